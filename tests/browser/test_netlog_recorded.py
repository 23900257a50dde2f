"""Logs that a real Chromium wrote (`record_netlog`) are read as they were when it wrote them, with no browser here."""

import json
from pathlib import Path

import pytest
from directsite import Asking
from netlogs import block, heard
from record_netlog import routes

from archiver.http.parse import read_message

HERE = Path(__file__).parent
ASKED = {
    ("GET", target)
    for target in ("/", "/style.css", "/moved.png", "/pixel.png?moved", "/cut.png", "/double", "/chunked", "/early")
} | {("GET", "/nothing"), ("POST", "/post"), ("GET", "/done"), ("GET", "/favicon.ico")}


@pytest.mark.parametrize("name", ["h1", "h2"])
def test_a_recorded_log_gives_what_its_server_sent(name: str, tmp_path: Path) -> None:
    recorded = (HERE / f"recorded-{name}.json").read_bytes()
    log = tmp_path / "net.json"
    log.write_bytes(recorded)
    made = heard(log, gate=json.loads(recorded.splitlines()[0].rstrip(b",") + b"}")["constants"]["gate"])
    assert made.short == ()
    assert {(each.method, each.address.target) for each in made.exchanges} == ASKED
    for exchange in made.exchanges:
        assert (exchange.failure, exchange.fidelity) == (None, "wire" if name == "h1" else "reconstructed")
        body = b"posted" if exchange.method == "POST" else b""
        assert exchange.request.endswith(b"\r\n\r\n" + body)
        route = routes().get(exchange.address.target.partition("?")[0])
        if route is None:
            continue
        reply = route(Asking(exchange.method, exchange.address.target, (), body))
        if name == "h1":
            assert block(exchange) == reply.h1()
        else:
            assert block(exchange).endswith(
                b"\r\n\r\n" + (reply.body if reply.cut is None else reply.body[: reply.cut])
            )
        assert (exchange.truncated == "disconnect") == (reply.cut is not None)
        assert exchange.message is not None
        clean = exchange.truncated is None or name == "h1"
        assert exchange.message == read_message([block(exchange)], exchange.method, clean=clean)
    (double,) = [each for each in made.exchanges if each.address.target == "/double"]
    assert double.message is not None
    names = [field.lower() for field, _ in double.message.headers if field.lower() != b"content-length"]
    assert names == [b"content-type", b"x-two", b"set-cookie", b"set-cookie", b"x-two", b"x-latin", b"x-empty"]


def test_a_recording_says_nothing_of_the_machine_it_was_made_on() -> None:
    for path in HERE.glob("recorded-*.json"):
        text = path.read_text("utf-8")
        assert path.stat().st_size < 100_000
        assert not any(word in text for word in ("command_line", "clientInfo", "user-data-dir", "google"))
