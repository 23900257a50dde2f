"""`archiver verify` beside `warcio check`, `fastwarc check -p` and `openssl dgst -sha256` on the same files, in turns.

    python benchmarks/verify_speed.py [--size 2000] [--rounds 3] [--items N] [--case FOLDER]

Builds a case of `--size` megabytes through the real store: HTML of 5-200 KB, plain, gzip-coded or chunked, scripts,
redirects, images to 2 MB that do not compress, and one file of 200 MB (a tenth of a smaller case). `--items N` builds N
small pages instead. `--case` keeps the case there, or uses the one that is there. Prints medians (seconds, bytes a
second, processor seconds), peak memory, and how the promises stand. Every command must have found the files sound.
fastwarc takes one file, so it is given all of them joined.
"""

import argparse
import gzip
import hashlib
import math
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from archiver.http.parse import read_message
from archiver.model.address import Address
from archiver.model.exchange import Blob, Connection, Exchange
from archiver.pipeline.cases import init_case, open_case
from archiver.pipeline.hops import Hops
from archiver.pipeline.options import CaptureOptions, settings_record
from archiver.pipeline.outcome import capture_summary, intent
from archiver.pipeline.record import stored
from archiver.runtime import system_runtime

MB = 1_000_000
HERE = Path(sys.executable).parent
Answers = tuple[bytes, ...]  # the answers of one item, in order


def words(chance: random.Random) -> bytes:
    """Text that compresses as HTML does."""
    known = [chance.randbytes(chance.randint(1, 5)).hex() for _ in range(6000)]
    weights = [1 / rank for rank in range(1, 6001)]
    drawn = chance.choices(known, weights, k=800_000)
    return b" ".join(
        f'<p class="{word}"><a href="/{word}">{word}</a></p>\n'.encode() if n % 17 == 0 else word.encode()
        for n, word in enumerate(drawn)
    )


def answer(kind: str, body: bytes, *more: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", "Server: nginx", "Date: Sun, 22 Nov 2026 06:55:58 GMT", f"Content-Type: {kind}", *more]
    if not any(line.startswith("Transfer-Encoding") for line in more):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def chunked(body: bytes) -> bytes:
    pieces = (body[start : start + 8192] for start in range(0, len(body), 8192))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def between(chance: random.Random, least: int, most: int) -> int:
    return int(math.exp(chance.uniform(math.log(least), math.log(most))))


def answers(chance: random.Random, text: bytes) -> Iterator[Answers]:
    """Without end: what the items of a usual case were answered with."""
    moved = b"HTTP/1.1 301 Moved Permanently\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    while True:
        start = chance.randrange(len(text) - 200_000)
        page = b"<!doctype html><title>page</title>" + text[start : start + chance.randint(5_000, 200_000)]
        plain = answer("text/html; charset=utf-8", page)
        yield from [(plain,), (plain,), (moved, plain)]
        yield (answer("text/html", gzip.compress(page, 6), "Content-Encoding: gzip"),)
        yield (answer("text/html", chunked(page), "Transfer-Encoding: chunked"),)
        yield (answer("text/javascript", text[start : start + between(chance, 1_000, 80_000)]),)
        for _ in range(2):
            yield (answer("image/jpeg", chance.randbytes(between(chance, 10_000, 2_000_000))),)


def build(path: Path, size: int, items: int) -> None:
    """Make the case: about `size` bytes of WARC, or `items` small pages."""
    runtime, chance = system_runtime(), random.Random(1)  # noqa: S311  # repeatable, not secret
    text = words(chance)
    init_case(path, title="a large case", collector="benchmark", runtime=runtime)
    large = min(200 * MB, size // 10)
    with open_case(path, runtime) as store:

        def keep(given: Answers) -> int:
            url = f"http://a.example/{store.next_item()}"
            asked = intent("capture", store.next_item(), url=url, request_url=url, note="", tags=(),
                           settings=settings_record(CaptureOptions()))  # fmt: skip
            requested = store.append(*asked)
            exchanges = tuple(exchange(f"{url}{'/x' * hop}", raw) for hop, raw in enumerate(given))
            summary = capture_summary(requested, Hops(exchanges, "complete", ()))
            body = stored(store, requested, summary, exchanges=exchanges, resources=(), runtime=runtime)
            size: int = store.append(*body).data["file"]["size"]
            return size

        def exchange(url: str, raw: bytes) -> Exchange:
            address, now = Address.parse(url), runtime.clock.now()
            request = f"GET {address.target} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
            blob = Blob(len(raw), hashlib.sha256(raw).hexdigest(), raw)
            peer = Connection(peer_ip="192.0.2.7", peer_port=80)
            return Exchange(address, "GET", now, now + timedelta(milliseconds=9), request, connection=peer,
                            response=blob, message=read_message([raw]))  # fmt: skip

        for number in range(items):
            keep((answer("text/html", b"<title>%d</title>" % number + text[number : number + 2000]),))
        kept = 0 if items else keep((answer("video/mp4", chance.randbytes(large)),))
        for given in answers(chance, text):
            if items or kept >= size:
                break
            kept += keep(given)


@dataclass(frozen=True)
class Run:
    """One run: seconds, seconds of processor, peak memory of all its processes in MB, and what it said."""

    seconds: float
    cpu: float
    memory: int
    said: str


def used() -> float:
    found = resource.getrusage(resource.RUSAGE_CHILDREN)
    return found.ru_utime + found.ru_stime


def run(command: list[str], folder: Path) -> Run:
    """Run `command`; fails as it fails."""
    begun, before = time.perf_counter(), used()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, cwd=folder, stdout=said, stderr=subprocess.STDOUT)
        peak = 0
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(0.02)
        taken = time.perf_counter() - begun
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    if process.returncode:
        raise SystemExit(f"{command[:3]} ended with {process.returncode}: {text[-2000:]}")
    return Run(taken, used() - before, peak, text)


def resident(pid: int) -> int:
    """Return how many MB a process and its children hold now."""
    total = 0
    for folder in (pid, *children(pid)):
        try:
            found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{folder}/smaps_rollup").read_text(), re.MULTILINE)
        except OSError:
            continue
        total += int(found[1]) // 1000 if found else 0
    return total


def children(pid: int) -> list[int]:
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [deeper for child in map(int, found) for deeper in (child, *children(child))]


def measured(case: Path, rounds: int, peers: bool) -> None:
    files = sorted(str(path.relative_to(case)) for path in case.glob("evidence/*/*.warc.gz"))
    size = sum((case / name).stat().st_size for name in files)
    print(f"{len(files)} files, {size / MB:.0f} MB of WARC, log {(case / 'custody.jsonl').stat().st_size / MB:.0f} MB")
    verify = [sys.executable, "-m", "archiver", "verify", f"{case}/"]
    commands = {"verify": verify, "verify --only files": [*verify, "--only", "files"],
                "verify --only chain": [*verify, "--only", "chain"],
                "verify --only files,chain": [*verify, "--only", "files,chain"]}  # fmt: skip
    with tempfile.TemporaryDirectory(dir=case.parent) as work:
        if peers:
            joined = Path(work) / "joined.warc.gz"
            with joined.open("wb") as out:
                for name in files:
                    out.write((case / name).read_bytes())
            commands |= {"openssl dgst -sha256": ["openssl", "dgst", "-sha256", *files],
                         "fastwarc check -p": [str(HERE / "fastwarc"), "check", "-q", "-p", str(joined)],
                         "warcio check": [str(HERE / "warcio"), "check", *files]}  # fmt: skip
        found: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                found[name].append(run(command, case))
    if "verdict: sound" not in found["verify"][0].said:
        raise SystemExit(f"the case is not sound: {found['verify'][0].said}")
    seconds = {name: statistics.median(one.seconds for one in runs) for name, runs in found.items()}
    print(
        f"medians of {rounds}\n\n| command | seconds | MB/s | processor seconds | memory, MB |\n|---|---|---|---|---|"
    )
    for name, runs in found.items():
        speed, cpu = size / MB / seconds[name], statistics.median(one.cpu for one in runs)
        print(f"| {name} | {seconds[name]:.2f} | {speed:.0f} | {cpu:.2f} | {max(one.memory for one in runs)} |")
    if peers:
        both = seconds["verify --only files"] + seconds["verify --only chain"]
        print(f"\nverify: {seconds['warcio check'] / seconds['verify']:.1f} times warcio check (promised: 6)")
        print(f"verify: {seconds['fastwarc check -p'] / seconds['verify']:.1f} times fastwarc check -p (promised: 2.5)")
        print(f"files and chain: {seconds['openssl dgst -sha256'] / both:.1f} times openssl dgst (promised: 1.5)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=2000, help="megabytes of WARC")
    parser.add_argument("--items", type=int, default=0, help="small pages instead")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--case", type=Path)
    parser.add_argument("--no-peers", action="store_true")
    wanted = parser.parse_args()
    os.environ["LC_ALL"] = "C.UTF-8"
    with tempfile.TemporaryDirectory() as work:
        case = (wanted.case or Path(work) / "large").absolute()
        if not case.exists():
            begun = time.perf_counter()
            build(case, wanted.size * MB, wanted.items)
            print(f"built in {time.perf_counter() - begun:.0f} s")
        measured(case, wanted.rounds, not wanted.no_peers)


if __name__ == "__main__":
    main()
