"""Captures with a browser, measured on a site of the project's own that keeps a log of every octet.

    python benchmarks/browser_capture.py [--runs 3] [--only article feed …] [--how=--browser] [--work DIR] [--json FILE]

For each page, by the commands as a person calls them:

- exchanges whose answer in the WARC is the server's own, octet for octet; those that are cut (and say so), that are
  anything else, and that are missing; the same of the requests, but for values that the record says it does not show;
  WebSockets of which every frame was kept on both sides; and records of answers that the server never gave;
- pixels that differ between the picture taken live and one of the replay, while the site is stopped: counted here, and
  compared with what `archiver check-replay` says; and requests of the replay that the archive had no answer for;
- seconds of a capture beside those of `chromium --headless --screenshot`, which looks at the first view and waits for
  nothing: in turn, medians, and the median of the ratios of the rounds.

`--how` is the option of `archiver capture` that is measured. Exit code 1 where an exchange is missing or is another
than the server's, a WebSocket is not whole, an answer was never given, a command fails, or pixels differ on a page on
which nothing moves.
"""

import argparse
import datetime as dt
import json
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from browser_compare import Compared, Difference, compare, difference, kept_in, picture_in
from browser_field import NOTHING_PRESERVED, Ran, archiver, capture, chosen, new_case, plain_screenshot, warc_of
from browser_site.places import PAGES, Page
from browser_site.server import Site

BROWSER = "--browser"
COLUMNS = (
    "page", "exchanges", "exact", "cut", "other", "missing", "requests", "sockets", "pixels that differ",
    "asked in vain", "plain, s", "ours, s", "ratio",
)  # fmt: skip


@dataclass
class Measured:
    """What is known of one page: of each round what was kept and how long it took, of the last one the replay."""

    page: Page
    kept: list[Compared] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    item: int = 0
    live: bytes | None = None
    replayed: Difference | None = None
    said: dict[str, object] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        pairs = [ours / plain for ours, plain in zip(self.ours, self.plain, strict=True) if plain]
        return statistics.median(pairs) if pairs else 0.0

    @property
    def failed(self) -> list[str]:
        """What must not be: in the order in which it was found."""
        bad = list(self.trouble)
        for compared in self.kept:
            bad += compared.wrong_for_good
        if self.replayed is not None and self.replayed.differing and not self.page.moving:
            bad.append(f"{self.replayed.differing} pixels differ, within {self.replayed.box}")
        if self.replayed is not None and self.replayed.differing != self.said.get("differing"):
            bad.append(
                f"archiver check-replay says {self.said.get('differing')} pixels, {self.replayed.differing} differ"
            )
        return bad

    @property
    def asked_in_vain(self) -> int | None:
        """How many requests of the replay the archive had no answer for; None where nothing was replayed."""
        missing = self.said.get("missing")
        return len(missing) if isinstance(missing, list) else None


def measured_live(page: Page, one: Measured, site: Site, case: str, folder: Path, how: str, plain_first: bool) -> None:
    """One round of a page: the plain picture and the capture, in either order."""

    def plain() -> None:
        before = site.mark()
        ran = plain_screenshot(page, site, folder / f"{page.name}.plain.png")
        one.plain.append(ran.seconds)
        if ran.code:
            one.trouble.append(f"the browser alone: exit code {ran.code}")
        site.since(before)  # what it asked last is not of the capture

    if plain_first:
        plain()
    mark = site.mark()
    ran = capture(case, page, site, folder / "authority.pem", how)
    one.ours.append(ran.seconds)
    one.processor.append(ran.processor)
    take(one, ran, site, mark, case)
    if not plain_first:
        plain()


def take(one: Measured, ran: Ran, site: Site, mark: int, case: str) -> None:
    """Compare what one capture kept with the log since `mark`."""
    log = site.since(mark)
    warc = warc_of(ran, case)
    if warc is None:
        one.trouble.append(f"archiver capture: exit code {ran.code}: {ran.errors.strip()[-300:] or 'nothing was kept'}")
        return
    if ran.code == NOTHING_PRESERVED:
        one.trouble.append("archiver capture: nothing was preserved")
    one.kept.append(compare(log, kept_in(warc)))
    one.item = int(ran.said["items"][0]["item"])
    one.live = picture_in(warc, "fullPage")


def measured_replay(one: Measured, case: str, folder: Path) -> None:
    """Replay the last item of a page and compare the pictures, here and by what the command says."""
    if one.live is None:
        return
    file = folder / f"{one.page.name}.replay.png"
    (folder / f"{one.page.name}.live.png").write_bytes(one.live)
    ran = archiver("check-replay", case, str(one.item), "--screenshot", file)
    one.said = ran.said
    if ran.code or not file.exists():
        one.trouble.append(f"archiver check-replay: exit code {ran.code}: {ran.errors.strip()[-300:]}")
        return
    one.replayed = difference(one.live, file.read_bytes())


def measure(pages: tuple[Page, ...], runs: int, folder: Path, how: str) -> list[Measured]:
    """Measure `pages`; everything lies in `folder` after: the case, and the pictures `NAME.live.png`, `.replay.png`."""
    case = new_case(folder / "case")
    found = [Measured(page) for page in pages]
    with Site(dt.datetime.now(dt.UTC)) as site:
        (folder / "authority.pem").write_bytes(site.ca_pem)
        for number in range(runs):
            for one in found:
                measured_live(one.page, one, site, case, folder, how, bool(number % 2))
    for one in found:  # the site is stopped
        measured_replay(one, case, folder)
    return found


def table(found: list[Measured]) -> str:
    """Return a table in Markdown: exchanges of all rounds together, medians of seconds."""
    rows = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    total = [0] * 6
    for one in found:
        counts = _counts(one)
        total = [before + now for before, now in zip(total, counts, strict=True)]
        seconds = [f"{statistics.median(each):.1f}" if each else "" for each in (one.plain, one.ours)]
        vain = "" if one.asked_in_vain is None else str(one.asked_in_vain)
        rows.append(_row(one.page.name, counts, _sockets([one]), _pixels(one), vain, *seconds, f"{one.ratio:.1f}"))
    rows.append(_row("all", total, _sockets(found), "", "", "", "", ""))
    return "\n".join(rows)


def document(found: list[Measured]) -> str:
    """Return all of it in JSON."""
    return json.dumps(
        [
            {
                "page": one.page.name, "url": one.page.url, "moving": one.page.moving,
                **dict(zip(("exchanges", "exact", "cut", "other", "missing", "requests"), _counts(one), strict=True)),
                "unheard": sum(len(each.unheard) for each in one.kept),
                "sockets": [each.sockets for each in one.kept],
                "differs": sorted({text for each in one.kept for text in each.wrong}),
                "plain": one.plain, "ours": one.ours, "processor": one.processor, "ratio": one.ratio,
                "replay": asdict(one.replayed) if one.replayed else None, "said": one.said, "failed": one.failed,
            }
            for one in found
        ],
        ensure_ascii=False, indent=1,
    )  # fmt: skip


def _counts(one: Measured) -> list[int]:
    verdicts = [sum(each.count(verdict) for each in one.kept) for verdict in ("exact", "cut", "other", "missing")]
    return [sum(len(each.pairs) for each in one.kept), *verdicts, sum(each.requests for each in one.kept)]


def _sockets(found: list[Measured]) -> str:
    told = [each.sockets for one in found for each in one.kept]
    whole, of = sum(each[0] for each in told), sum(each[1] for each in told)
    return f"{whole} of {of}" if of else ""


def _pixels(one: Measured) -> str:
    if one.replayed is None:
        return "no picture"
    return f"{one.replayed.differing} of {one.replayed.pixels}" + (" (it moves)" if one.page.moving else "")


def _row(name: str, counts: list[int], *cells: str) -> str:
    return "| " + " | ".join((name, *map(str, counts), *cells)) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], choices=[page.name for page in PAGES])
    parser.add_argument("--how", default=BROWSER, help="the option of `archiver capture` that is measured")
    parser.add_argument("--work", type=Path, help="keep case and pictures there; else they are removed")
    parser.add_argument("--json", type=Path, help="write all of it there as well")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = wanted.work or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = measure(chosen(wanted.only), wanted.runs, folder, wanted.how)
    print(table(found))
    if wanted.json:
        wanted.json.write_text(document(found))
    failed = False
    for one in found:
        for text in dict.fromkeys(one.failed):
            failed = True
            print(f"{one.page.name}: {text}", file=sys.stderr)
    print("repeat it:", " ".join(["python", *sys.argv]))
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
