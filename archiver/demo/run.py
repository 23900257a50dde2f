"""The walk through the main job: make a case, serve the site, capture, import, note, seal, export, verify.

Nothing leaves loopback: every address of the case is led to the built-in servers, and no name is resolved.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import as_file
from pathlib import Path

from archiver.custody.log import Event
from archiver.demo.hand import Checked, bag_of, checked_by_hand, exported
from archiver.demo.outside import outside_of, refuse_taken, verify_from_outside, write_outside
from archiver.demo.sealing import means
from archiver.demo.server import DemoServer
from archiver.demo.site import TOUR, imported_file, site
from archiver.demo.words import bag_lines, item_lines, outside_lines, seal_lines, verdict_lines
from archiver.errors import ExitCode, Interrupted
from archiver.model.address import Address
from archiver.model.verdict import Verdict
from archiver.pipeline.capture import capture
from archiver.pipeline.cases import add_note, init_case
from archiver.pipeline.imports import import_file
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.seal import Sealed
from archiver.runtime import Runtime

TITLE = "Demonstration: arrests in Verkhnelansk (fictional)"
COLLECTOR = "demo collector"
PURPOSE = "to show what a case looks like; every person, place and outlet in it is fictional"
AUTHORITY = "none: a demonstration"
CLOSING_NOTE = "Items 9 and 10 are why this case exists: one entry is gone, the other broke off while it was read."


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the walk left behind: the case folder, the events of what was done in it but for seals, in order, the
    verdict, and the lines that were said.

    `outside` are the files beside the case that a verifier needs, by name; `bag` is the export, None where there was no
    seal, and `by_hand` tells whether stock programs found nothing wrong with it.
    """

    case: Path
    outside: Mapping[str, Path]
    bag: Path | None
    by_hand: bool
    events: tuple[Event, ...]
    verdict: Verdict
    lines: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """That of the verdict, and 8 where a check by hand failed."""
        return self.verdict.exit_code() if self.by_hand else ExitCode.CONTRADICTED


def free_folder(cases: Path) -> Path:
    """Return the first of `cases`/demo, demo-2, demo-3 … that does not exist, nor what lies beside it."""
    number = 1
    while any(map(_taken, _made(folder := cases / ("demo" if number == 1 else f"demo-{number}")))):
        number += 1
    return folder


def _made(folder: Path) -> tuple[Path, Path, Path]:
    return folder, outside_of(folder), bag_of(folder)


def _taken(folder: Path) -> bool:
    try:
        return folder.exists()
    except OSError:  # the cases folder cannot be looked into: making the case says so
        return False


def run_demo(
    folder: Path, *, runtime: Runtime, say: Callable[[str], None], stop: Callable[[], bool] = lambda: False
) -> DemoResult:
    """Make a finished case at `folder` from the built-in site, with what a verifier needs and a bag of it beside it;
    have it checked by stock programs, and verify it.

    `say` is handed each line as it happens; texts of the site stand in it unescaped. Raises `CaseError` when `folder`
    or a folder beside it exists or loopback cannot be listened on, and `Interrupted` once `stop` says so; what was
    complete is recorded.
    """
    lines: list[str] = []

    def tell(*said: str) -> None:
        for line in said:
            lines.append(line)
            say(line)

    outside, bag = outside_of(folder), bag_of(folder)
    refuse_taken(outside)
    refuse_taken(bag)
    with means(runtime) as sealers:
        opened = init_case(
            folder,
            title=TITLE,
            collector=COLLECTOR,
            purpose=PURPOSE,
            authority=AUTHORITY,
            seals=sealers.policy,
            runtime=runtime,
        )
        tell(f"made the case {folder}", *sealers.told)
        sealing = sealers.sealing(folder, runtime)
        before = sealing.seal("asked") if sealers.policy.authorities else Sealed()
        tell(*seal_lines("the empty case", before))
        events = [opened]

        def ended(event: Event) -> None:
            events.append(event)
            tell(*item_lines(event))

        tell("serving the built-in site on loopback; nothing leaves this machine")
        _captured(folder, runtime, ended, stop)
        ended(_imported(folder, runtime))
        events.append(add_note(folder, CLOSING_NOTE, None, runtime=runtime))
        tell("added a note to the case")
        after = sealing.seal("after")
        tell(*seal_lines("what came since" if before.event else "all of it", after))
        files = sealers.outside(after)
    if files:
        write_outside(outside, files)
        tell(*outside_lines(outside, tuple(files)))
    needed, checks = {name: outside / name for name in files}, tuple[Checked, ...]()
    if after.event is not None:
        events.append(exported(folder, bag, runtime))
        checks = tuple(checked_by_hand(bag, after.event.data, needed))
        tell(*bag_lines(bag, checks))
    verdict = verify_from_outside(folder, files, runtime.clock.now())
    tell(*verdict_lines(verdict, (before, after)))
    sound = all(check.sound for check in checks)
    return DemoResult(folder, needed, bag if checks else None, sound, tuple(events), verdict, tuple(lines))


def _captured(folder: Path, runtime: Runtime, ended: Callable[[Event], None], stop: Callable[[], bool]) -> None:
    """Capture the tour; `ended` is handed the end of each item as it happens."""
    with DemoServer(site(), runtime.clock.now()) as server:
        for place in TOUR:
            options = CaptureOptions(note=place.note, tags=place.tags, route=server.route())
            ended(capture(folder, Address.parse(place.address), options, runtime=runtime, stop=stop))
            if stop():
                raise Interrupted("interrupted", "the demo was stopped", f"what was complete is in {folder}")


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
