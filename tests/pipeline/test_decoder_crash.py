"""A decoder that takes the process down takes no evidence with it."""

import gzip
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from casebench import Bench
from server import RawServer, html, http

from archiver.model.verdict import Severity
from archiver.pipeline.cases import add_note
from archiver.verify.run import verify_case

SECRET = "s3cr3t/tok&en=="

# The decoder of gzip, or our own reader, does what its first argument says as soon as it is given something.
DRIVER = """
import os, signal, sys
from dataclasses import replace
from archiver.__main__ import run
from archiver.http import coders, decode
from archiver.http.reader import ResponseReader
how = sys.argv.pop(1)
def killed(*args):
    os.kill(os.getpid(), signal.SIGKILL)
def ended(*args):
    os._exit(70)
def failed(*args):
    raise RuntimeError("a mistake of ours")
class Crashing:
    finished, unused = False, b""
    feed = {"killed": killed, "ended": ended, "failed": failed, "reader": None}[how]
if how == "reader":
    ResponseReader.feed = failed
else:
    decode.CODINGS[b"gzip"] = replace(coders.CODINGS[b"gzip"], decoder=Crashing)
sys.exit(run())
"""


def crash(how: str, bench: Bench, server: RawServer, *more: str) -> int:
    """Capture with a decoder or reader that ends as `how` says; return what the process ended with."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, how, "capture", server.url(), "--case", str(bench.path),
         "--allow-host", server.netloc, *more],
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode


def spools(case: Path) -> list[Path]:
    return list((case / "evidence").rglob("*.part"))


def assert_put_aside(bench: Bench, *answers: bytes) -> None:
    """The next command finds every one of `answers`, records it, and the case verifies."""
    assert verify_case(bench.path).worst is Severity.UNCHECKED
    add_note(bench.path, "the next command that writes", None, runtime=bench.runtime)
    assert bench.names()[-3:] == ["incident.recovered", "item.interrupted", "note.added"]
    kept = sorted((bench.path / "quarantine").iterdir())
    assert [path.read_bytes() for path in kept] == list(answers)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept)
    assert spools(bench.path) == []
    bench.assert_sound()


@pytest.mark.parametrize(("how", "code"), [("killed", -signal.SIGKILL), ("ended", 70)])
@pytest.mark.parametrize("more", [(), ("--header", f"X-Token: {SECRET}")], ids=["decoding", "search"])
def test_a_decoder_that_kills_the_process_leaves_the_answer_byte_for_byte(
    more: tuple[str, ...], how: str, code: int, bench: Bench, raw_server: RawServer
) -> None:
    answer = http(gzip.compress(b"<title>gone tomorrow</title>"), "Content-Encoding: gzip")
    raw_server.default = answer
    assert crash(how, bench, raw_server, *more) == code
    assert bench.names()[-1] == "item.requested"
    assert [path.read_bytes() for path in spools(bench.path)] == [answer]
    assert_put_aside(bench, answer)


@pytest.mark.parametrize("how", ["failed", "reader"])
def test_an_error_of_ours_leaves_the_answer_byte_for_byte(how: str, bench: Bench, raw_server: RawServer) -> None:
    answer = http(gzip.compress(b"<title>gone tomorrow</title>"), "Content-Encoding: gzip")
    raw_server.default = answer
    assert crash(how, bench, raw_server) not in {0, -signal.SIGKILL}
    assert_put_aside(bench, answer)


def test_no_spool_is_left_beside_a_finished_item(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = http("", "Location: /coded", line=b"HTTP/1.1 302 Found")
    raw_server.routes["/coded"] = http(gzip.compress(b"x" * 5_000), "Content-Encoding: gzip")
    raw_server.routes["/echo"] = http(f"you sent {SECRET}")
    for target in ("/", "/coded", "/echo"):
        event = bench.capture(raw_server.url(target), raw_server, headers=(("X-Token", SECRET),))
        assert event.event == "item.captured", json.dumps(event.data)
    assert spools(bench.path) == []
    assert len(list((bench.path / "private").iterdir())) == 1
    bench.assert_sound()


def test_the_answer_that_was_decoded_is_the_one_in_the_warc(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    plain = bench.capture(raw_server.url(), raw_server)
    raw_server.default = http(
        gzip.compress(b"<title>coded</title>"), "Content-Type: text/html", "Content-Encoding: gzip"
    )
    coded = bench.capture(raw_server.url(), raw_server)
    assert (plain.data["title"], coded.data["title"]) == ("x", "coded")
    bench.assert_sound()
