"""A case, servers and a list for tests of `archiver batch`."""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_processes import PROGRAM, environment
from server import RawServer

from archiver.cli.main import main

PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 57\r\n\r\n"
    b"<html lang=en><title>The harbour raid</title>Hello</html>\n"
)


@dataclass
class Desk:
    """The folder somebody works in, with the case `harbour`."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    @property
    def log(self) -> bytes:
        return (self.folder / "cases/harbour/custody.jsonl").read_bytes()

    def run(self, *args: str, typed: str | bytes | None = None) -> tuple[int, str, str]:
        """Run a command line in this process; `typed` is on its standard input."""
        if typed is not None:
            data = typed.encode("utf-8") if isinstance(typed, str) else typed
            self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
        code = main(args, environ={})
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def batch(self, file: str, *more: str, sites: Iterable[RawServer] = (), typed: str | bytes | None = None) -> Any:
        """Run `archiver batch`, at once, with the sites allowed."""
        return self.run(*arguments(file, *more, sites=sites), typed=typed)

    def documents(self, file: str, *more: str, sites: Iterable[RawServer] = ()) -> tuple[int, list[dict[str, Any]]]:
        """Run `archiver batch --json` and return the objects."""
        code, out, err = self.batch(file, "--json", *more, sites=sites)
        assert err == ""
        assert out.isascii()
        return code, [json.loads(line) for line in out.splitlines()]

    def listed(self, *addresses: str, name: str = "links.txt") -> str:
        """Write a list of addresses and return its name."""
        (self.folder / name).write_text("".join(f"{address}\n" for address in addresses), "utf-8")
        return name

    def begun(self, file: str, *more: str, sites: Iterable[RawServer] = (), **pipes: Any) -> subprocess.Popen[str]:
        """Begin `archiver batch` as a process of its own."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes}
        return subprocess.Popen(
            (*PROGRAM, *arguments(file, *more, sites=sites)), cwd=self.folder, env=environment(), text=True, **pipes
        )

    def items(self) -> list[dict[str, Any]]:
        """Return what `archiver list --json` says."""
        code, out, _ = self.run("list", "harbour", "--json")
        assert code == 0
        return [json.loads(line) for line in out.splitlines()]


def arguments(file: str, *more: str, sites: Iterable[RawServer] = ()) -> list[str]:
    """Return the command line of a batch that waits for nobody."""
    allowed = [word for site in sites for word in ("--allow-host", site.netloc)]
    spacing = () if "--spacing" in more else ("--spacing", "0")
    return ["batch", file, "--case", "harbour", *spacing, *allowed, *more]


def until(true: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)
