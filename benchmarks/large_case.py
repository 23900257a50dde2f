"""A case of 100,000 items: what an event costs, how soon `list` begins, how long `list` and `verify --only chain` take.

    python benchmarks/large_case.py [--items 100000] [--open 5000]

Whole processes with their memory at its highest; the events in this process, synced in groups. The case is written by
the project's own journal; its WARCs are left out, because nothing that is measured here opens one.
"""

import argparse
import os
import pty
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cases import GROUP, opened, outcome, request, write_case

Figures = tuple[float, float, float, float]  # seconds to the first bytes, seconds in all, seconds of CPU, MB


def measured(*arguments: str, terminal: bool = False) -> Figures:
    ours, theirs = pty.openpty() if terminal else os.pipe()
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "archiver", *arguments], stdout=theirs, stderr=subprocess.DEVNULL
    ) as p:
        os.close(theirs)
        first = 0.0
        while _read(ours):
            first = first or time.perf_counter() - begun
        os.close(ours)
        _, status, used = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
    return first, time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except OSError:
        return b""  # a terminal whose other side is closed


def appended(folder: Path, waiting: int, items: int = 64 * GROUP) -> float:
    """Return the microseconds of CPU that an item costs, request and outcome, with `waiting` others open."""
    with opened(folder) as store:
        first = store.next_item()
        asked = list(store.append_many([request(first + k) for k in range(waiting + GROUP)]))
        begun = time.process_time()
        for item in range(first + waiting + GROUP, first + waiting + items, GROUP):
            done, asked = asked[:GROUP], asked[GROUP:]
            store.append_many([outcome(event.data["item"], event.seq) for event in done])
            asked += store.append_many([request(item + k) for k in range(GROUP)])
        spent = time.process_time() - begun
        store.append_many([outcome(event.data["item"], event.seq) for event in asked])
    return 1e6 * spent / (items - GROUP)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--open", type=int, default=5_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        case = Path(work) / "large"
        begun = time.perf_counter()
        write_case(case, wanted.items)
        spent = time.perf_counter() - begun
        size = (case / "custody.jsonl").stat().st_size
        print(f"large case: {wanted.items} items, log {size / 1e6:.0f} MB, written in {spent:.0f} s")
        print("\n| | first bytes, s | whole, s | CPU, s | MB |\n|---|---|---|---|---|")
        runs: tuple[tuple[str, Callable[[], Figures]], ...] = (
            ("list, on a pipe", lambda: measured("list", f"{case}/")),
            ("list --json", lambda: measured("list", f"{case}/", "--json")),
            ("list, on a terminal", lambda: measured("list", f"{case}/", terminal=True)),
            ("verify --only chain", lambda: measured("verify", f"{case}/", "--only", "chain")),
            ("verify --only manifest", lambda: measured("verify", f"{case}/", "--only", "manifest")),
        )
        for name, run in runs:
            first, whole, spent, memory = run()
            print(f"| {name} | {first:.2f} | {whole:.1f} | {spent:.1f} | {memory:.0f} |")
        print("\n| items open meanwhile | µs of CPU an item |\n|---|---|")
        for waiting in (0, wanted.open):
            print(f"| {waiting} | {appended(case, waiting):.0f} |")


if __name__ == "__main__":
    main()
