"""Capture of many addresses, beside wget: whole processes, in turn, each in a fresh folder; every payload is checked.

    python benchmarks/capture_speed.py [--runs 3] [--only http https latency large] [--quick]

Measured are addresses a second (from start to end of the process), processor seconds and the peak memory of its largest
process, of

- `archiver batch` with 16 addresses at once and no time between them;
- `wget --warc-file`, with gzip as it comes and with none: one address after the other is all that one can do;
- 16 such wgets side by side, each with its share of the list and a WARC of its own;
- `curl --parallel`, which keeps nothing: what the site gives, so that it is seen not to be the bound.

`latency` has every answer 40 ms late, with 16, 32 and 64 at once; the bound is that number divided by the latency.
`large` is one file of 200 MB. Ratios are medians over the rounds of one run. A target that is missed is said, and fails
nothing; a payload that is not right, an unexpected exit code or a case that does not verify ends with exit code 1.

`--ours` measures another command in our place. In it, {list}, {case} and {concurrency} are put in; {allow} becomes
`--allow-host HOST:PORT`, {tls} `--ca-file PEM` where there is TLS, {addresses} all addresses, one argument each.
"""

import argparse
import os
import shlex
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_server import Served, served
from local_site import ADDRESSES, LARGE, SEED, Answer, Site, ready_site
from measured import Run, last_line, measure
from payloads import check

BATCH = (
    "archiver batch {list} --case {case} --concurrency {concurrency} --per-host {concurrency} --spacing 0 {allow} {tls}"
)
OURS, WGET, WGET_PLAIN, CURL = "archiver", "wget, gzip", "wget, no compression", "curl, nothing kept"
WGETS = "wgets side by side, gzip"
SCENARIOS = ("http", "https", "latency", "large")
LATENCY = 0.04
AT_ONCE = (16, 32, 64)
QUICK_ADDRESSES, QUICK_LARGE = 200, 5_000_000

FASTER_THAN_WGET = 5.0  # of its gzip WARC, in addresses a second
FASTER_THAN_PLAIN_WGET = 1.2  # of its WARC without compression; ours is compressed
OF_THE_LATENCY_BOUND = 0.9  # with every number at once
LARGE_FASTER_THAN_WGET = 3.0
LARGE_PEAK = 120_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tool is to do: get `answers` from `served` over `scheme`, so many at once, in the empty `folder`."""

    answers: Sequence[Answer]
    served: Served
    scheme: str
    concurrency: int
    folder: Path

    @property
    def addresses(self) -> list[str]:
        return [f"{self.served.origin(self.scheme)}{answer.path}" for answer in self.answers]


@dataclass(frozen=True, slots=True)
class Tool:
    """`command` says how it is started, after making what it needs in the folder; `warcs` are what it leaves there."""

    name: str
    command: Callable[[Asked], list[str | Path]]
    warcs: str = ""
    verifies: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """One run and what came of it. `trouble` says what is not as it must be."""

    run: Run
    kept: int
    payloads: str
    trouble: str = ""


def archiver(*arguments: str) -> list[str | Path]:
    """The archiver of this Python, as a command."""
    return [sys.executable, "-m", "archiver", *arguments]


def filled(
    template: str, at_once: int, hosts: Iterable[str], addresses: list[str], tls: Sequence[str] = ()
) -> list[str | Path]:
    """Put into `template` what it has places for; the list is `list.txt`, the case `./case/`."""
    several = {
        "{allow}": [word for host in hosts for word in ("--allow-host", host)],
        "{addresses}": addresses,
        "{tls}": tls,
    }
    words: list[str] = []
    for word in shlex.split(template):
        words += (
            several[word] if word in several else [word.format(list="list.txt", case="./case/", concurrency=at_once)]
        )
    return archiver(*words[1:]) if words[0] == "archiver" else [*words]


def ours(template: str) -> Tool:
    """Return the archiver, started as `template` says, in a new case."""

    def command(asked: Asked) -> list[str | Path]:
        _write_list(asked)
        made = measure(archiver("init", "./case/", "--title", "Speed", "--collector", "benchmark"), asked.folder)
        if made.code:
            raise OSError(f"archiver init: exit code {made.code}: {last_line(asked.folder)}")
        tls = ["--ca-file", str(asked.served.ca_file)] if asked.scheme == "https" else []
        return filled(template, asked.concurrency, [asked.served.allow(asked.scheme)], asked.addresses, tls)

    return Tool(OURS, command, "case/evidence/**/*.warc.gz", verifies=True)


def wget(name: str, *more: str) -> Tool:
    """Return a wget that follows the list into one WARC and keeps no other file."""

    def command(asked: Asked) -> list[str | Path]:
        _write_list(asked)
        return _wget(asked, "list.txt", "out", *more)

    return Tool(name, command, "out.warc*")


def wgets() -> Tool:
    """Return as many wgets side by side as there may be addresses at once, each with its share of the list."""

    def command(asked: Asked) -> list[str | Path]:
        shares = [asked.addresses[start :: asked.concurrency] for start in range(asked.concurrency)]
        names = [f"share-{number}" for number, share in enumerate(shares) if share]
        for name, share in zip(names, shares, strict=False):
            (asked.folder / name).write_text("".join(f"{address}\n" for address in share))
        (asked.folder / "shares.txt").write_text("".join(f"{name}\n" for name in names))
        start = ["xargs", f"--max-procs={asked.concurrency}", "--replace", "--arg-file=shares.txt"]
        return [*start, *_wget(asked, "{}", "out-{}")]

    return Tool(WGETS, command, "out-*.warc*")


def _wget(asked: Asked, listed: str, warc: str, *more: str) -> list[str | Path]:
    return [
        "wget", "--no-config", "--no-proxy", "--no-hsts", "--quiet", f"--input-file={listed}",
        "--output-document=/dev/null", f"--warc-file={warc}", f"--ca-certificate={asked.served.ca_file}", *more,
    ]  # fmt: skip


def curl() -> Tool:
    """Return a curl that gets every address, redirects too, and throws away what comes."""

    def command(asked: Asked) -> list[str | Path]:
        lines = (f'url = "{address}"\noutput = "/dev/null"\n' for address in asked.addresses)
        (asked.folder / "curl.txt").write_text("".join(lines))
        return [
            "curl", "--disable", "--noproxy", "*", "--silent", "--fail", "--location", "--config", "curl.txt",
            "--parallel", "--parallel-immediate", "--parallel-max", str(asked.concurrency),
            "--cacert", asked.served.ca_file, "--header", "Connection: close",
        ]  # fmt: skip

    return Tool(CURL, command)


def _write_list(asked: Asked) -> None:
    (asked.folder / "list.txt").write_text("".join(f"{address}\n" for address in asked.addresses))


def one_run(tool: Tool, site: Site, asked: Asked, *, verify: bool) -> Result:
    """Run `tool` once and look at what it left."""
    run = measure(tool.command(asked), asked.folder)
    troubles = [f"exit code {run.code}: {last_line(asked.folder)}"] if run.code else []
    if not tool.warcs:
        return Result(run, 0, "not kept", "; ".join(troubles))
    warcs = sorted(asked.folder.glob(tool.warcs))
    expected = site.expected()
    asked_for = {path for answer in asked.answers for path in (answer.path, answer.location) if path}
    checked = check(warcs, {path: expected[path] for path in sorted(asked_for)})
    said = str(checked)
    troubles += [] if checked.sound else [f"payloads: {checked}"]
    if tool.verifies and verify:
        code = measure(archiver("verify", "./case/"), asked.folder).code
        said += f"; verify: exit code {code}"
        troubles += [f"archiver verify: exit code {code}: {last_line(asked.folder)}"] if code else []
    return Result(run, sum(file.stat().st_size for file in warcs), said, "; ".join(troubles))


@dataclass(slots=True)
class Bench:
    """Runs the rounds and prints what came out. `troubles` are all that was not as it must be."""

    site: Site
    work: Path
    runs: int
    troubles: list[str]

    def rounds(
        self, title: str, tools: Sequence[Tool], answers: Sequence[Answer], served: Served, scheme: str, at_once: int
    ) -> dict[str, list[Result]]:
        """Let the tools take turns, each round beginning with another one; print their table."""
        results: dict[str, list[Result]] = {tool.name: [] for tool in tools}
        for number in range(self.runs):
            first = number % len(tools)
            for tool in (*tools[first:], *tools[:first]):
                folder = Path(tempfile.mkdtemp(dir=self.work))
                result = one_run(tool, self.site, Asked(answers, served, scheme, at_once, folder), verify=number == 0)
                results[tool.name].append(result)
                self.troubles += [f"{title}, {tool.name}: {result.trouble}"] if result.trouble else []
        self._table(title, results, len(answers), sum(answer.length for answer in answers))
        return results

    def _table(self, title: str, results: dict[str, list[Result]], addresses: int, size: int) -> None:
        print(f"\n{title}: {addresses} addresses, {size / 1e6:.0f} MB, median of {self.runs}\n")
        print("| | addresses/s | MB/s | wall, s | processor, s | peak memory, MB | kept, MB | payloads |")
        print("|---|---|---|---|---|---|---|---|")
        for name, of_tool in results.items():
            wall, cpu = _median(of_tool, lambda run: run.wall), _median(of_tool, lambda run: run.cpu)
            print(
                f"| {name} | {addresses / wall:.1f} | {size / 1e6 / wall:.1f} | {wall:.2f} | {cpu:.2f} "
                f"| {max(result.run.peak for result in of_tool) / 1e6:.0f} | {of_tool[-1].kept / 1e6:.1f} "
                f"| {of_tool[0].payloads} |"
            )
        print()

    def compare(self, results: dict[str, list[Result]], peer: str, target: float | None) -> None:
        """Print how often our speed is that of `peer`: the median of the ratios within each round.

        Speed at which something went missing is not compared.
        """
        if peer not in results:
            return
        if any(result.trouble for name in (OURS, peer) for result in results[name]):
            print(f"- speed, in times that of {peer}: not compared, for not everything is as it must be")
            return
        pairs = zip(results[OURS], results[peer], strict=True)
        ratio = statistics.median(theirs.run.wall / mine.run.wall for mine, theirs in pairs)
        against(f"speed, in times that of {peer}", ratio, target)


def _median(results: Iterable[Result], of: Callable[[Run], float]) -> float:
    return statistics.median(of(result.run) for result in results)


def against(what: str, value: float, target: float | None, *, at_most: bool = False) -> None:
    """Print a figure, its target, and whether it was reached."""
    text = f"- {what}: {value:.2f}"
    if target is not None:
        reached = value <= target if at_most else value >= target
        text += f" (target: at {'most' if at_most else 'least'} {target:.2f}; {'reached' if reached else 'missed'})"
    print(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="rounds (3)")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, default=SCENARIOS, help="what to measure (all)")
    parser.add_argument("--addresses", type=int, help=f"of the site ({ADDRESSES}, or {QUICK_ADDRESSES} if quick)")
    parser.add_argument("--seed", type=int, default=SEED, help=f"of the site ({SEED})")
    parser.add_argument("--quick", action="store_true", help="one round with little: shows that it works, no figures")
    parser.add_argument("--site", type=Path, help="folder to keep the site in (a temporary one)")
    parser.add_argument("--work", type=Path, help="folder for what the tools write (a temporary one)")
    parser.add_argument("--ours", default=BATCH, metavar="COMMAND", help="what to measure in our place")
    wanted = parser.parse_args()
    addresses = wanted.addresses or (QUICK_ADDRESSES if wanted.quick else ADDRESSES)
    with tempfile.TemporaryDirectory(dir=wanted.work) as temporary:  # nothing is deleted before the end: see README.md
        large = QUICK_LARGE if wanted.quick else LARGE
        site = ready_site(wanted.site or Path(temporary) / "site", addresses=addresses, seed=wanted.seed, large=large)
        bench = Bench(site, Path(temporary), 1 if wanted.quick else wanted.runs, [])
        _tell(site, wanted.ours)
        run_all(bench, wanted.only, ours(wanted.ours), AT_ONCE[:1] if wanted.quick else AT_ONCE)
    for trouble in bench.troubles:
        print(f"not as it must be: {trouble}", file=sys.stderr)
    print(f"\nrepeat it: python benchmarks/capture_speed.py {shlex.join(sys.argv[1:])}".rstrip())
    return 1 if bench.troubles else 0


def _tell(site: Site, template: str) -> None:
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"site: {len(site.answers)} addresses, {site.size / 1e6:.0f} MB, {site.exchanges} exchanges, on loopback")
    print(f"machine: {os.cpu_count()} processors, load {load} before the first run; read the ratios")
    print(f"ours: {template}")
    for name in ("wget", "curl"):
        if shutil.which(name) is None:
            print(f"{name} is not installed: nothing is compared with it")


def run_all(bench: Bench, scenarios: Sequence[str], mine: Tool, late_at_once: Sequence[int]) -> None:
    """Measure what was asked for, and print it; `late_at_once` are the concurrencies to try with late answers."""
    has_wget = shutil.which("wget") is not None
    single = [wget(WGET), wget(WGET_PLAIN, "--no-warc-compression")] if has_wget else []
    several = [wgets()] if has_wget else []
    curls = [curl()] if shutil.which("curl") else []
    site = bench.site
    with served(site) as server:
        for scheme in ("http", "https"):
            if scheme in scenarios:
                tools = [mine, *single, *several, *curls]
                results = bench.rounds(scheme, tools, site.answers, server, scheme, AT_ONCE[0])
                bench.compare(results, WGET, FASTER_THAN_WGET)
                bench.compare(results, WGET_PLAIN, FASTER_THAN_PLAIN_WGET)
                bench.compare(results, WGETS, None)
        if "large" in scenarios:
            results = bench.rounds("large", [mine, *single], [site.large], server, "http", AT_ONCE[0])
            bench.compare(results, WGET, LARGE_FASTER_THAN_WGET)
            peak = max(result.run.peak for result in results[OURS])
            against("peak memory, MB", peak / 1e6, LARGE_PEAK / 1e6, at_most=True)
    if "latency" in scenarios:
        with served(site, latency=LATENCY) as server:
            for at_once in late_at_once:
                title = f"latency {LATENCY * 1000:.0f} ms, {at_once} at once"
                results = bench.rounds(title, [mine, *several, *curls], site.answers, server, "http", at_once)
                bench.compare(results, WGETS, None)
                rate = len(site.answers) / _median(results[OURS], lambda run: run.wall)
                bound = at_once / LATENCY * len(site.answers) / site.exchanges
                against(f"speed, in times the bound of {bound:.0f} addresses/s", rate / bound, OF_THE_LATENCY_BOUND)


if __name__ == "__main__":
    sys.exit(main())
