"""Real batches, really killed: what they said was done is there, and the next run captures what is missing, once."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from batchbench import BatchBench, Told, address_list, either_way, name_of, titled
from server import http

from archiver.custody.log import line_sha256

HERE = Path(__file__).parent

WORK = """
import json, os, signal, sys, threading
from pathlib import Path
path, folders, netloc, urls, last, options = json.loads(sys.argv[1])
sys.path[:0] = folders
from batchbench import BatchBench, Told
from server import RawServer
from archiver.custody.log import line_sha256
from archiver.runtime import system_runtime
lock, calls = threading.Lock(), [0]
def counted(real):
    def called(*args, **kwargs):
        with lock:
            calls[0] += 1
            if calls[0] == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return called
server = RawServer()
server.host, server.port = netloc
told = Told(on_finished=lambda row, event: print(event.seq, line_sha256(event), flush=True))
bench = BatchBench(Path(path), system_runtime(), server)
print("begin", flush=True)
for name in ("write", "fsync", "link", "unlink", "mkdir", "open"):
    setattr(os, name, counted(getattr(os, name)))
bench.batch(urls, watch=told, **options)
print("end", flush=True)
"""


def some(batches: BatchBench) -> list[str]:
    """Rows on three hosts, some of which stand in the list twice."""
    urls = [batches.url(number % 3, f"/{number}") for number in range(12)]
    return [*urls, urls[0], urls[5], urls[0]]


def refusing_first(batches: BatchBench) -> None:
    """Every fourth page is refused once in each run that asks for it."""
    seen: set[str] = set()

    def script(request: bytes) -> bytes:
        name = name_of(request)
        if name.endswith(("3", "7")) and name not in seen:
            seen.add(name)
            return http(b"later", line=b"HTTP/1.1 503 Busy")
        seen.discard(name)
        return titled(request)

    batches.server.default = script


def command(batches: BatchBench, urls: list[str], last: int, **options: object) -> list[str]:
    server = batches.server
    options.setdefault("processes", batches.processes)
    told = [str(batches.path), [str(HERE), str(HERE.parent)], [server.host, server.port], urls, last, options]
    return [sys.executable, "-c", WORK, json.dumps(told)]


def killed(batches: BatchBench, urls: list[str], last: int, **options: object) -> dict[int, str]:
    """Run a batch that is killed at its call number `last`; return the lines that it said are there."""
    with subprocess.Popen(command(batches, urls, last, **options), stdout=subprocess.PIPE) as child:
        said, _ = child.communicate(timeout=60)
    assert said.endswith(b"end\n") == (child.returncode == 0)
    assert child.returncode in {0, -signal.SIGKILL}
    return lines_of(said)


def lines_of(said: bytes) -> dict[int, str]:
    return {int(line.split()[0]): line.split()[1] for line in said.decode().splitlines() if len(line) > 64}


def finished(batches: BatchBench, urls: list[str], said: dict[int, str]) -> None:
    """Run the rest here, and assert every promise."""
    told = Told()
    result = batches.batch(urls, watch=told)
    log = {event.seq: line_sha256(event) for event in batches.events()}
    assert said.items() <= log.items()
    assert told.todo + len(told.before) == len(urls)
    assert result.counts["complete"] == told.todo
    assert batches.rows_done().keys() >= {(row.digest, row.occurrence) for row in address_list(urls).rows}
    assert set(batches.rows_done().values()) == {1}, "no row twice, equal ones are told apart"
    assert [event.data["item"] for event in batches.requests()] == list(range(1, len(batches.requests()) + 1))
    asked = {event.data["item"]: event.data["url"] for event in batches.requests()}
    for event in batches.outcomes():
        if event.data["outcome"] == "complete":
            assert event.data["title"] == asked[event.data["item"]].removeprefix("http://")
    batches.assert_sound()
    assert batches.batch(urls).counts["done_before"] == len(urls)


@either_way
@pytest.mark.parametrize("last", [1, 7, 14, 22, 35, 50, 70, 90, 120, 160])
def test_a_batch_killed_at_any_call_is_completed_by_the_next_run(last: int, batches: BatchBench) -> None:
    refusing_first(batches)
    urls = some(batches)
    finished(batches, urls, killed(batches, urls, last))


@either_way
def test_a_batch_killed_again_and_again_comes_to_its_end(batches: BatchBench) -> None:
    refusing_first(batches)
    urls = some(batches)
    said: dict[int, str] = {}
    for last in (30, 60, 45):
        said |= killed(batches, urls, last)
    finished(batches, urls, said)


@either_way
def test_a_kill_at_the_moment_of_a_request_leaves_that_row_to_the_next_run(batches: BatchBench) -> None:
    urls = some(batches)
    children: list[subprocess.Popen[bytes]] = []

    def script(request: bytes) -> bytes:
        if b"/6 " in request and children:
            children.pop().kill()
        return titled(request)

    batches.server.default = script
    with subprocess.Popen(command(batches, urls, 0), stdout=subprocess.PIPE) as child:
        children.append(child)
        said, _ = child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    finished(batches, urls, lines_of(said))


@either_way
@pytest.mark.long
def test_batches_killed_300_times_lose_nothing_that_was_acknowledged(batches: BatchBench) -> None:
    chance = random.Random(7)  # noqa: S311  # replayable, not secret
    refusing_first(batches)
    said: dict[int, str] = {}
    for round_ in range(60):
        urls = [f"{url}?{round_}" for url in some(batches)]
        for _ in range(5):
            said |= killed(batches, urls, chance.randint(1, 250), concurrency=chance.randint(1, 12))
        finished(batches, urls, said)


ROWS = 2000
MOST = """
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "kB", flush=True)
"""


@either_way
@pytest.mark.long
def test_two_thousand_rows_take_little_more_memory_than_two_hundred(batches: BatchBench) -> None:
    """Finished items are let go of: each of these answers has 200 kB, all of them together 400 MB."""
    batches.server.default = lambda request: http(os.urandom(200_000))
    most = []
    for count in (200, ROWS):
        urls = [batches.url(number % 20, f"/{count}/{number}") for number in range(count)]
        told = command(batches, urls, 0)
        said = subprocess.run([*told[:2], WORK + MOST, told[3]], capture_output=True, check=True).stdout.decode()
        most.append(next(int(line.split()[0]) for line in said.splitlines() if line.endswith(" kB")))
    assert most[1] - most[0] < 40_000, most
    batches.assert_sound()
