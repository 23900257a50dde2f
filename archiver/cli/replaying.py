"""Commands that show an item again: replay and check-replay."""

import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.facts import members, text
from archiver.cli.items import event_document, number, replay_words, short_words
from archiver.cli.parse import item_number
from archiver.cli.reporting import new_file
from archiver.cli.screen import Field, Tone
from archiver.cli.tools import Tools
from archiver.errors import ArchiverError, CaseError, ExitCode, Interrupted, UsageError

if TYPE_CHECKING:
    from archiver.browser.find import Program
    from archiver.custody.log import Event
    from archiver.replay.index import Index
    from archiver.replay.pictures import Difference, Png
    from archiver.replay.player import Gap, Heard
    from archiver.replay.session import Opening

MAX_LISTED = 5000  # items on the page from which they are opened
MAX_NAMED = 20  # requests without an answer that are named on a terminal; --json names them all
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")
TOUCHED = "its file is not, byte for byte, the one that the log names"
WHY = {
    "address": "nothing was kept under this address",
    "method": "it was kept for another method, or for a WebSocket, or for none",
    "query": "it was kept with another query",
    "body": "it was kept for other data sent along",
    "part": "another part of it was kept",
    "unchanged": "only that it had not changed was kept",
    "no-answer": "nobody answered it then",
}


@dataclass(frozen=True, slots=True)
class _Item:
    """An item that is about to be shown."""

    folder: Path
    item: int
    untouched: bool
    warc: Path
    index: "Index"
    opening: "Opening"


def replay(tools: Tools, case: str, item: str | None, screenshot: str | None) -> ExitCode:
    """Open an item, or the list of all, in windows until they are closed; or make a picture of an item."""
    from archiver.browser.find import found

    folder = tools.case(case)
    if screenshot is not None and item is None:
        raise UsageError("flag", "--screenshot: of which item?", "name one: archiver list shows them")
    file = new_file(screenshot, "--screenshot", ".png") if screenshot is not None else None
    if file is None:
        _require_screen(tools)
    chosen = _item(tools, folder, item_number(item)) if item is not None else None
    program = found(None, tools.environ)
    tools.warn_of_root()
    if chosen is None:
        return _browse(tools, case, folder, program)
    if file is None:
        return _look(tools, case, chosen, program)
    png, short = _photograph(tools, chosen, program)
    _save(file, png)
    return _answer(tools, case, chosen, program, short, (file, png))


def check_replay(tools: Tools, case: str, item: str, screenshot: str | None) -> ExitCode:
    """Lay a picture of the replay over the one taken live, and put what came of it on the record."""
    from archiver.browser.find import found
    from archiver.model.item import Picture
    from archiver.pipeline.checking import block_within, record_check
    from archiver.replay.pictures import MAX_BYTES, compared, picture
    from archiver.replay.session import FULL_PAGE

    folder = tools.case(case)
    file = new_file(screenshot, "--screenshot", ".png") if screenshot is not None else None
    chosen = _item(tools, folder, item_number(item))
    record = chosen.index.products.get(FULL_PAGE)
    if record is None:
        raise UsageError(
            "no-picture",
            f"item {chosen.item}: no picture of the page was taken at the capture, so there is nothing to compare with",
            "capture the address with --browser; archiver replay --screenshot makes a picture of any item",
        )
    if not chosen.untouched:
        raise CaseError("damaged", f"item {chosen.item}: {TOUCHED}", "archiver verify says more")
    program = found(None, tools.environ)
    tools.warn_of_root()
    live = picture(block_within(chosen.warc, record, MAX_BYTES), "the picture taken live")
    png, short = _photograph(tools, chosen, program)
    difference = compared(live, png)
    if file is not None:
        _save(file, png)
    event = record_check(
        folder,
        chosen.item,
        Picture(live.sha256, live.width, live.height, record.id),
        Picture(png.sha256, png.width, png.height),
        differing=difference.differing,
        missing=chosen.opening.player.heard().missing,
        browser=_named(program),
        runtime=tools.runtime,
        stop=tools.halt,
    )
    return _checked(tools, case, chosen, short, (file, png) if file is not None else None, difference, event)


def _item(tools: Tools, folder: Path, item: int) -> _Item:
    from archiver.model.exchange import NEUTRAL_USER_AGENT
    from archiver.pipeline.checking import answered, untouched
    from archiver.pipeline.view import records_of
    from archiver.replay.index import indexed, same_address
    from archiver.replay.player import Player
    from archiver.replay.session import Looks, Opening

    requested, outcome, warc = answered(folder, item)
    index = indexed(item, warc, records_of(outcome))
    there = [stored.url for stored in index.exchanges if stored.record is not None]
    if not there:
        raise UsageError("item", f"item {item}: it holds no answer that could be shown", "archiver show says what came")
    asked = (same_address(text(outcome.data, name)) for name in ("request_url", "final_url"))
    url = next((each for each in asked if each in there), there[0])
    settings = members(requested.data, "settings")
    agent = text(settings, "user_agent")
    looks = Looks.of("" if agent == NEUTRAL_USER_AGENT else agent[:1000], text(settings, "accept_language")[:1000])
    opening = Opening(url, Player(index, tools.runtime.clock), looks)
    return _Item(folder, item, untouched(warc, outcome), warc, index, opening)


def _photograph(tools: Tools, chosen: _Item, program: "Program") -> "tuple[Png, tuple[str, ...]]":
    from archiver.replay.session import photographed

    tools.screen.say(f"showing {chosen.opening.url} from item {number(chosen.item)}; the network is not asked")
    found = None
    with tools.halt.patiently():
        try:
            found = photographed(program, chosen.opening, tools.runtime, stop=tools.halt)
        except CaseError:
            if not tools.halt():
                raise
    if found is None or tools.halt():
        raise Interrupted("interrupted", "the replay was stopped, and nothing of it is on record")
    return found


def _look(tools: Tools, case: str, chosen: _Item, program: "Program") -> ExitCode:
    from archiver.replay.session import Windows

    tools.screen.say("close the browser, or press Ctrl-C, to end")
    with tools.halt.patiently(), Windows(program, tools.runtime, tools.environ, looks=chosen.opening.looks) as windows:
        windows.show(chosen.opening.url, chosen.opening.player)
        windows.wait(tools.halt)
    return _answer(tools, case, chosen, program, (), None)


def _browse(tools: Tools, case: str, folder: Path, program: "Program") -> ExitCode:
    from archiver.pipeline.view import items
    from archiver.replay.pages import START, Entry, listed
    from archiver.replay.session import Lobby, Looks, Windows

    views = (view for view in items(folder) if view.file and not view.withheld and view.outcome != "imported")
    entries = [Entry(view.number, view.url, view.title, view.at, view.outcome) for view in islice(views, MAX_LISTED)]
    more = next(views, None) is not None
    lobby = Lobby(listed(case, entries, more=more))
    opened: list[int] = []

    def meanwhile() -> None:
        while not lobby.wanted.empty():
            try:
                chosen = _item(tools, folder, lobby.wanted.get())
                if not chosen.untouched:
                    tools.screen.warn(f"item {number(chosen.item)}: {TOUCHED}; archiver verify says more")
                windows.show(chosen.opening.url, chosen.opening.player)
                opened.append(chosen.item)
            except ArchiverError as exc:
                tools.screen.warn(exc.message)

    tools.screen.say("close the browser, or press Ctrl-C, to end")
    with tools.halt.patiently(), Windows(program, tools.runtime, tools.environ, looks=Looks()) as windows:
        windows.show(START, lobby)
        windows.wait(tools.halt, meanwhile)
    if tools.screen.json:
        head = {"schema": "archiver-replay/1", "case": case, "folder": str(folder), "item": None, "opened": opened}
        tools.screen.document(head | {"exit_code": int(ExitCode.OK)})
    else:
        tools.screen.fields((Field("case", case), Field("opened", ", ".join(map(number, opened)) or "nothing")))
    return ExitCode.OK


def _answer(
    tools: Tools,
    case: str,
    chosen: _Item,
    program: "Program",
    short: tuple[str, ...],
    made: "tuple[Path, Png] | None",
) -> ExitCode:
    heard = chosen.opening.player.heard()
    if tools.screen.json:
        head = {"schema": "archiver-replay/1", "case": case, "folder": str(chosen.folder)}
        told = _document(chosen, heard, short, made) | {"browser": _named(program)}
        tools.screen.document(head | told | {"exit_code": int(ExitCode.OK)})
    else:
        tools.screen.fields(_fields(chosen, heard, short, made))
    return ExitCode.OK


def _checked(
    tools: Tools,
    case: str,
    chosen: _Item,
    short: tuple[str, ...],
    made: "tuple[Path, Png] | None",
    difference: "Difference",
    event: "Event",
) -> ExitCode:
    heard = chosen.opening.player.heard()
    if tools.screen.json:
        head = {"schema": "archiver-check-replay/1", "case": case, "folder": str(chosen.folder)}
        found = {name: event.data[name] for name in ("live", "replay", "pixels", "differing", "browser")}
        told = found | {"box": list(difference.box) if difference.box is not None else None}
        recorded = {"event": event_document(event) | {"data": event.data}, "exit_code": int(ExitCode.OK)}
        tools.screen.document(head | _document(chosen, heard, short, made) | told | recorded)
        return ExitCode.OK
    box = difference.box
    tone = Tone.GOOD if not difference.differing else Tone.CAUTION
    where = f"from {box[0]}, {box[1]} to {box[2]}, {box[3]}" if box is not None else ""
    tools.screen.fields(
        (
            *_fields(chosen, heard, short, made),
            Field("compared", replay_words(event.data), tone),
            *((Field("differs", where, Tone.CAUTION),) if where else ()),
            Field("recorded", f"line {event.seq} of the log: {event.event}"),
        )
    )
    return ExitCode.OK


def _document(
    chosen: _Item, heard: "Heard", short: tuple[str, ...], made: "tuple[Path, Png] | None"
) -> dict[str, object]:
    return {
        "item": chosen.item,
        "url": chosen.opening.url,
        "requests": {
            "asked": heard.asked,
            "same": heard.same,
            "part": heard.part,
            "head": heard.head,
            "alike": heard.alike,
            "missing": heard.missing,
            "broken": heard.broken,
        },
        "missing": [_gap(each) for each in heard.gaps],
        "alike": [_gap(each) for each in heard.loosely],
        "unread": chosen.index.unread,
        "untouched": chosen.untouched,
        "short": list(short),
        "screenshot": None
        if made is None
        else {"path": str(made[0]), "sha256": made[1].sha256, "width": made[1].width, "height": made[1].height},
    }


def _gap(gap: "Gap") -> dict[str, object]:
    return {"method": gap.method, "url": gap.url, "why": gap.why, "nearest": gap.nearest or None}


def _fields(
    chosen: _Item, heard: "Heard", short: tuple[str, ...], made: "tuple[Path, Png] | None"
) -> tuple[Field, ...]:
    from_the_item = heard.asked - heard.missing
    tone = Tone.GOOD if not heard.missing else Tone.CAUTION
    unread = chosen.index.unread
    return (
        Field("item", number(chosen.item)),
        Field("address", chosen.opening.url),
        Field("answered", f"{from_the_item} of {heard.asked} requests, all from the item", tone),
        *(Field("missing", f"{WHY.get(each.why, each.why)}: {each.url}") for each in heard.gaps[:MAX_NAMED]),
        *_some("missing", heard.missing - MAX_NAMED, "more; --json names them"),
        *_some("answered alike", heard.alike, "by what was kept for an address or form alike"),
        *_some("cut short", heard.broken, "answers, because their records cannot be read: archiver verify"),
        *(() if chosen.untouched else (Field("damaged", f"{TOUCHED}: archiver verify", Tone.BAD),)),
        *_some("not read", unread, "records of the item cannot be read: archiver verify"),
        *(Field("fell short", short_words(each), Tone.CAUTION) for each in short),
        *((Field("screenshot", f"{made[0]}, {made[1].width} x {made[1].height}"),) if made is not None else ()),
    )


def _some(key: str, count: int, words: str) -> tuple[Field, ...]:
    return (Field(key, f"{count} {words}", Tone.CAUTION),) if count > 0 else ()


def _named(program: "Program") -> str:
    return f"{program.name} {program.version}"


def _save(file: Path, png: "Png") -> None:
    from archiver.report.file import write_new

    write_new(file, png.data)


def _require_screen(tools: Tools) -> None:
    if sys.platform != "darwin" and not any(tools.environ.get(name) for name in SCREENS):
        raise UsageError(
            "no-screen", "there is no screen here to open a window on", "--screenshot FILE.png makes a picture instead"
        )
