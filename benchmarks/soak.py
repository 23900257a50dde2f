"""A long list through good, slow and hostile hosts: does memory stay flat, and does the case verify afterwards?

    python benchmarks/soak.py [--rows 20000] [--every 1000] [--without refused] [--work FOLDER]

One `archiver batch`, watched from outside: each time another 1,000 items have an outcome in the case's log, the
resident memory of the process (with its children) is noted. The hosts are loopback addresses: one behaves; one is late,
one slow, one resets, one asks to be left alone for a second (429), one sends broken chunks and bodies that end too
soon; one refuses. Needs about 60 KB of disk for each row.

Memory is flat if the largest figure of the second half is at most 1.1 times the largest one of the first half.
"""

import argparse
import json
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from capture_speed import BATCH, against, archiver, filled
from local_server import served
from local_site import SEED, Site, ready_site
from measured import last_line, measure

ROWS, EVERY = 20_000, 1000
SITE_ADDRESSES = 2000
GROWTH = 1.1
POLL = 0.2
SHARES = {"good": 0.80, "late": 0.05, "slow": 0.03, "reset": 0.03, "busy": 0.03, "broken": 0.03, "refused": 0.03}
PRESERVED = (0, 6)  # all of it, or not all: hostile hosts see to the latter
OUTCOMES = ("item.captured", "item.failed")


class Growing:
    """The events of a custody log that somebody else is writing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self.outcomes: Counter[str] = Counter()

    def read(self) -> int:
        """Take in the lines that have come since; return how many items have an outcome."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._offset)
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._offset += len(line)
                    event = json.loads(line)
                    if event["event"] in OUTCOMES:
                        self.outcomes[event["data"]["outcome"]] += 1
        return self.outcomes.total()


def resident(process: int) -> int:
    """Bytes of memory that `process` and its children hold; 0 when it has ended."""
    total = 0
    try:
        status = Path(f"/proc/{process}/status").read_text()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            total = 1024 * int(line.split()[1])
    return total + sum(resident(int(child)) for child in children)


def write_list(
    path: Path, site: Site, hosts: dict[str, str], port: int, rows: int, seed: int, without: Sequence[str]
) -> list[str]:
    """Write `rows` different addresses, hosts mixed but for those that are to be left out, and return them."""
    chance = random.Random(seed)  # noqa: S311 - a seed is the point
    shares = {kind: share for kind, share in SHARES.items() if kind not in without}
    kinds = chance.choices(list(shares), list(shares.values()), k=rows)
    print(", ".join(f"{count} {kind}" for kind, count in Counter(kinds).most_common()))
    addresses = [
        f"http://{hosts[kind]}:{port}{site.answers[number % len(site.answers)].path}?row={number}"
        for number, kind in enumerate(kinds)
    ]
    path.write_text("".join(f"{address}\n" for address in addresses))
    return addresses


def watch(process: "subprocess.Popen[bytes]", log: Growing, every: int) -> list[tuple[int, int]]:
    """Return items and memory, each time that `every` further items have an outcome, until the process ends."""
    noted: list[tuple[int, int]] = []
    begun = time.monotonic()
    while process.poll() is None:
        memory, items = resident(process.pid), log.read()
        if memory and items >= every * (len(noted) + 1):
            noted.append((items, memory))
            print(f"| {items} | {memory / 1e6:.1f} | {time.monotonic() - begun:.0f} |", flush=True)
        time.sleep(POLL)
    return noted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--every", type=int, default=EVERY, help="items between two figures")
    parser.add_argument("--site-addresses", type=int, default=SITE_ADDRESSES, help="different answers of the site")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--without", nargs="*", default=(), choices=SHARES, help="kinds of hosts to leave out")
    parser.add_argument("--concurrency", type=int, default=16)
    parser.add_argument("--work", type=Path, help="folder for site and case (a temporary one)")
    parser.add_argument("--ours", default=BATCH, metavar="COMMAND", help="another command (see capture_speed.py)")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=wanted.work) as temporary:
        folder = Path(temporary)
        site = ready_site(folder / "site", addresses=wanted.site_addresses, seed=wanted.seed, large=1000)
        with served(site, hostile=True) as server:
            addresses = write_list(
                folder / "list.txt", site, server.hosts, server.http, wanted.rows, wanted.seed, wanted.without
            )
            hosts = [f"{host}:{server.http}" for host in server.hosts.values()]
            command = filled(wanted.ours, wanted.concurrency, hosts, addresses)
            return soak(folder, command, wanted.rows, wanted.every)


def soak(folder: Path, command: list[str | Path], rows: int, every: int) -> int:
    """Run `command` on a new case and look at it; return 0 if all is as it must be."""
    measure(archiver("init", "./case/", "--title", "Soak", "--collector", "benchmark"), folder)
    log = Growing(folder / "case" / "custody.jsonl")
    print("\n| items | resident memory, MB | seconds |\n|---|---|---|")
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=folder)
        try:
            noted = watch(process, log, every)
        except BaseException:
            process.send_signal(signal.SIGTERM)
            raise
        finally:
            process.wait()
    troubles = []
    if process.returncode not in PRESERVED:
        troubles.append(f"archiver batch: exit code {process.returncode}: {last_line(folder)}")
    if log.read() != rows:
        troubles.append(f"{log.read()} of {rows} rows have an outcome")
    print("\noutcomes: " + ", ".join(f"{count} {outcome}" for outcome, count in log.outcomes.most_common()))
    verified = measure(archiver("verify", "./case/"), folder)
    print(
        f"archiver verify: exit code {verified.code} after {verified.wall:.0f} s, {verified.peak / 1e6:.0f} MB at most"
    )
    if verified.code:
        troubles.append(f"archiver verify: exit code {verified.code}: {last_line(folder)}")
    if len(noted) > 1:
        half = len(noted) // 2
        growth = max(memory for _, memory in noted[half:]) / max(memory for _, memory in noted[:half])
        against("memory in the second half, in times that of the first", growth, GROWTH, at_most=True)
    for trouble in troubles:
        print(f"not as it must be: {trouble}", file=sys.stderr)
    print(f"repeat it: python benchmarks/soak.py {shlex.join(sys.argv[1:])}".rstrip())
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
