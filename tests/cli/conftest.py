"""Fixtures for the command line."""

from pathlib import Path

import pytest
from listbench import PAGE, Desk
from server import Pause, RawServer, Send, Stay


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Somebody's folder, with an empty case."""
    monkeypatch.chdir(tmp_path)
    found = Desk(tmp_path, capsys, monkeypatch)
    assert found.run("init", "harbour", "--title", "The harbour raid", "--collector", "J. Doe")[0] == 0
    return found


@pytest.fixture
def pages(raw_server: RawServer) -> RawServer:
    """A site whose every page is there, but for some."""
    raw_server.default = PAGE
    raw_server.routes = {
        "/gone": b"HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone",
        "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "/slow": (Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Stay()),
        "/soon": (Pause(2), Send(PAGE)),
        "/busy": b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
    }
    return raw_server
