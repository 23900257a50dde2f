"""Memory stays small whatever comes: measured in a process of its own.

The peak is taken from /proc, for `ru_maxrss` counts what the parent had when the process began.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from server import Drip, RawServer, Send, http

PROGRAM = """
import itertools, sys
from pathlib import Path
from archiver.capture.request import build_request
from archiver.capture.wire import Wire
from archiver.model.address import Address
from archiver.model.exchange import Limits, Route
from archiver.runtime import system_runtime

url, port, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
runtime, numbers = system_runtime(), itertools.count()
route = Route(allow=(("127.0.0.1", port),))
wire = Wire(runtime, route, Limits(), spool=lambda: folder / f"{next(numbers)}.part")
headers = tuple(("X-Token", value) for value in sys.argv[4:])
request = build_request(Address.parse(url), now=runtime.clock.now(), headers=headers)
exchange = wire.exchange(request, deadline=runtime.clock.monotonic() + 300)
assert exchange.failure is None and exchange.truncated is None, exchange
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(exchange.response.size, peak)
"""

MEBI = 1 << 20


def _measure(server: RawServer, target: str, folder: Path, *secrets: str) -> tuple[int, int]:
    command = [sys.executable, "-c", PROGRAM, server.url(target), str(server.port), str(folder), *secrets]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    size, peak = map(int, done.stdout.split())
    return size, peak * 1024


def _serve(server: RawServer, target: str, head: bytes, piece: bytes, times: int) -> None:
    server.routes[target] = (Send(head), Drip(piece, 0, times))


def test_300_megabytes_fit_in_little_memory(raw_server: RawServer, tmp_path: Path) -> None:
    head = http("", "Content-Type: video/mp4").replace(b"Length: 0", b"Length: %d" % (300 * MEBI))
    _serve(raw_server, "/big", head, bytes(MEBI), 300)
    size, peak = _measure(raw_server, "/big", tmp_path)
    assert size == len(head) + 300 * MEBI
    assert peak < 120 * MEBI


def test_looking_for_echoes_takes_little_memory_too(raw_server: RawServer, tmp_path: Path) -> None:
    _serve(raw_server, "/echo", http("", length=False), bytes(MEBI) + b"s3cr3t-t0ken", 50)
    _, peak = _measure(raw_server, "/echo", tmp_path, "s3cr3t-t0ken")
    assert peak < 120 * MEBI
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.long
def test_two_gigabytes_fit_in_little_memory(raw_server: RawServer, tmp_path: Path) -> None:
    head = http("").replace(b"Length: 0", b"Length: %d" % (2048 * MEBI))
    _serve(raw_server, "/huge", head, bytes(MEBI), 2048)
    size, peak = _measure(raw_server, "/huge", tmp_path)
    assert size == len(head) + 2048 * MEBI
    assert peak < 120 * MEBI
