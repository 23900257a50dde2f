"""Somebody who hands cases out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from exportbench import Office
from stamping import LocalAuthority


@pytest.fixture(scope="session")
def authority() -> Iterator[LocalAuthority]:
    """An authority on loopback that stamps every seal."""
    with LocalAuthority("local") as found:
        yield found


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Office:
    """A folder with an empty case that nobody signs."""
    monkeypatch.chdir(tmp_path)
    found = Office(tmp_path, capsys)
    found.done("init", "harbour", "--title", "The harbour raid", "--collector", "J. Doe")
    return found
