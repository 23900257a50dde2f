"""The walk through the main job: serve the site, make a case, capture, import, note, verify.

Nothing leaves loopback: every address of the case is led to the built-in server, and no name is resolved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file
from pathlib import Path

from archiver.custody.log import Event
from archiver.demo.server import DemoServer
from archiver.demo.site import TOUR, Stop, imported_file, site
from archiver.errors import Interrupted
from archiver.model.address import Address
from archiver.model.exchange import Route
from archiver.model.verdict import Severity, Verdict
from archiver.pipeline.capture import capture
from archiver.pipeline.cases import add_note, init_case
from archiver.pipeline.imports import import_file
from archiver.pipeline.options import CaptureOptions
from archiver.runtime import Runtime
from archiver.verify.run import verify_case

TITLE = "Demonstration: arrests in Verkhnelansk (fictional)"
COLLECTOR = "demo collector"
PURPOSE = "to show what a case looks like; every person, place and outlet in it is fictional"
AUTHORITY = "none: a demonstration"
COUNTED = frozenset({"events", "items", "records"})
CLOSING_NOTE = "Items 9 and 10 are why this case exists: one entry is gone, the other broke off while it was read."


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the walk left behind: the case folder, its events in order, the verdict, and the lines that were said."""

    case: Path
    events: tuple[Event, ...]
    verdict: Verdict
    lines: tuple[str, ...]


def free_folder(cases: Path) -> Path:
    """Return the first of `cases`/demo, demo-2, demo-3 … that does not exist."""
    number = 1
    while _taken(folder := cases / ("demo" if number == 1 else f"demo-{number}")):
        number += 1
    return folder


def _taken(folder: Path) -> bool:
    try:
        return folder.exists()
    except OSError:  # the cases folder cannot be looked into: making the case says so
        return False


def run_demo(
    folder: Path, *, runtime: Runtime, say: Callable[[str], None], stop: Callable[[], bool] = lambda: False
) -> DemoResult:
    """Make a finished case at `folder` from the built-in site and verify it.

    `say` is handed each line as it happens; texts of the site stand in it unescaped. Raises `CaseError` when `folder`
    exists or loopback cannot be listened on, and `Interrupted` once `stop` says so; what was complete is recorded.
    """
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        say(line)

    opened = init_case(folder, title=TITLE, collector=COLLECTOR, purpose=PURPOSE, authority=AUTHORITY, runtime=runtime)
    tell(f"made the case {folder}")
    events = [opened]
    with DemoServer(site(), runtime.clock.now()) as server:
        tell("serving the built-in site on loopback; nothing leaves this machine")
        for place in TOUR:
            events.append(_captured(folder, place, server.route(), runtime, stop))
            for line in _item_lines(events[-1]):
                tell(line)
            if stop():
                raise Interrupted("interrupted", "the demo was stopped", f"what was complete is in {folder}")
    events.append(_imported(folder, runtime))
    for line in _item_lines(events[-1]):
        tell(line)
    events.append(add_note(folder, CLOSING_NOTE, None, runtime=runtime))
    tell("added a note to the case")
    verdict = verify_case(folder)
    tell(f"verified: {_verdict_line(verdict)}")
    return DemoResult(folder, tuple(events), verdict, tuple(lines))


def _captured(folder: Path, place: Stop, route: Route, runtime: Runtime, stop: Callable[[], bool]) -> Event:
    options = CaptureOptions(note=place.note, tags=place.tags, route=route)
    return capture(folder, Address.parse(place.address), options, runtime=runtime, stop=stop)


def _imported(folder: Path, runtime: Runtime) -> Event:
    with as_file(imported_file()) as file:
        return import_file(
            folder,
            file,
            source="written down by the family, handed over on paper and typed",
            note="what the family saw on 12 November",
            tags=("statement",),
            media_type="text/plain; charset=utf-8",
            runtime=runtime,
        )


def _item_lines(event: Event) -> tuple[str, ...]:
    data = event.data
    status = data.get("status") or "-"
    line = f"{data['item']:>6}  {data.get('outcome', 'imported')!s:<8} {status!s:>3} {data['url']}"
    what = data.get("title") or data.get("media_type")
    return (line, f"{'':8}{what}") if what else (line,)


def _verdict_line(verdict: Verdict) -> str:
    worst = verdict.worst
    words = (
        "contradicted" if worst is Severity.BROKEN else "not all checked" if worst is Severity.UNCHECKED else "sound"
    )
    counted = ", ".join(f"{count} {name}" for name, count in verdict.counts if name in COUNTED)
    return f"{words}, exit code {int(verdict.exit_code())} ({counted})"
