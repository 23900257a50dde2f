"""Commands that keep a case in order: init, note, amend, withhold, recover."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.parse import cases_folder, item_number, new_case_path, optional_words, words
from archiver.cli.screen import Field
from archiver.cli.tools import Tools
from archiver.config.seals import Seals, parse_authority
from archiver.errors import ExitCode, StorageError, UsageError

if TYPE_CHECKING:
    from archiver.custody.log import Event

PROPOSED = "proposed"
PROPOSAL = (("digicert", "http://timestamp.digicert.com"), ("sectigo", "http://timestamp.sectigo.com"))
"""Two authorities of different operators, whose roots are among those that systems come with."""


@dataclass(frozen=True, slots=True)
class CaseTexts:
    """What is said of a new case."""

    title: str
    collector: str
    purpose: str
    authority: str


def init(tools: Tools, case: str, texts: "CaseTexts", signer: str | None, tsa: list[str], offline: bool) -> ExitCode:
    """Make the case, and the cases folder where it is the first one."""
    from archiver.pipeline.cases import init_case

    folder = new_case_path(case, tools.environ)
    seals = Seals(*_signer(tools, signer), _authorities(tools, tsa, offline))
    if folder.parent == cases_folder(tools.environ):
        make_cases_folder(folder.parent)
    opened = init_case(
        folder,
        title=words(texts.title, "--title"),
        collector=words(texts.collector, "--collector"),
        purpose=optional_words(texts.purpose, "--purpose"),
        authority=optional_words(texts.authority, "--authority"),
        offline=offline,
        seals=seals,
        runtime=tools.runtime,
    )
    if tools.screen.json:
        document = _document("init", case, folder, opened) | {"id": opened.case, "signer": seals.signer or None}
        asked = [{"name": name, "url": url} for name, url in seals.authorities]
        tools.screen.document(document | {"authorities": asked})
        return ExitCode.OK
    tools.screen.fields(
        (
            Field("case", case),
            Field("id", opened.case),
            Field("folder", str(folder)),
            Field("opened", f"{opened.at} by {opened.actor}"),
            *_seal_fields(seals),
        )
    )
    tools.screen.say(f"next: archiver capture URL --case {case}")
    return ExitCode.OK


def _signer(tools: Tools, name: str | None) -> tuple[str, str]:
    from archiver.pipeline.identity import identities_folder, identity

    return (name, identity(identities_folder(tools.environ), name).public.fingerprint) if name is not None else ("", "")


def _authorities(tools: Tools, given: list[str], offline: bool) -> tuple[tuple[str, str], ...]:
    """Return who will be asked for the time: those that were named, or on a terminal two that are proposed."""
    if offline and given:
        raise UsageError("flag", "--offline and --tsa: they say different things", "give one of them")
    if given == [PROPOSED]:
        return PROPOSAL
    if given or offline:
        found = tuple(parse_authority(text) for text in given)
        if len(dict(found)) < len(found):
            raise UsageError("flag", "--tsa: two authorities have the same name", "give each a name of its own")
        return found
    proposed = " and ".join(f"{name} ({url})" for name, url in PROPOSAL)
    said = tools.confirmed(
        f"Two time-stamp authorities can be asked at each seal: {proposed}.",
        "With a time stamp a stranger can see later that the case existed by then.",
        "Each of them learns a hash, the time, and the network address of this machine (or of the proxy).",
        prompt="Type yes to ask them; with anything else nobody is asked: ",
    )
    return PROPOSAL if said else ()


def _seal_fields(seals: Seals) -> tuple[Field, ...]:
    who = f"{seals.signer}, {seals.key}" if seals.signer else "nobody: archiver identity new NAME, then --signer NAME"
    whom = [f"{name} ({url}): learns a hash, the time, and the network address" for name, url in seals.authorities]
    nobody = f"nobody is asked; --tsa {PROPOSED} asks {' and '.join(name for name, _ in PROPOSAL)}"
    return (Field("seals signed by", who), *(Field("time stamps", text) for text in whom or [nobody]))


def note(tools: Tools, case: str, text: str, item: str | None) -> ExitCode:
    """Add the note."""
    from archiver.pipeline.cases import add_note

    number = item_number(item) if item is not None else None
    words(text, "note")
    folder = tools.case(case)
    event = add_note(folder, text, number, runtime=tools.runtime)
    return recorded(tools, "note", case, folder, event)


def amend(tools: Tools, case: str, reason: str) -> ExitCode:
    """Record that case.yaml was changed."""
    from archiver.pipeline.cases import amend_case

    folder = tools.case(case)
    return recorded(
        tools, "amend", case, folder, amend_case(folder, reason=words(reason, "--reason"), runtime=tools.runtime)
    )


def withhold(tools: Tools, case: str, item: str, reason: str, authority: str, yes: bool) -> ExitCode:
    """Remove the bytes of an item, after a yes."""
    from archiver.pipeline.withhold import withhold_item

    number = item_number(item)
    folder = tools.case(case)
    words(reason, "--reason")
    words(authority, "--authority")
    if not yes:
        _ask(tools, case, folder, number)
    event = withhold_item(folder, number, reason=reason, authority=authority, runtime=tools.runtime)
    return recorded(tools, "withhold", case, folder, event)


def recover(tools: Tools, case: str) -> ExitCode:
    """Repair the case, or say that there is nothing to repair."""
    from archiver.pipeline.cases import recover_case

    folder = tools.case(case)
    event = recover_case(folder, runtime=tools.runtime)
    if tools.screen.json:
        document = {"schema": "archiver-recover/1", "case": case, "folder": str(folder), "repaired": event is not None}
        tools.screen.document(document | {"event": event_members(event) if event is not None else None})
    elif event is None:
        tools.screen.fields((Field("case", case), Field("repaired", "nothing: the case is in order")))
    else:
        tools.screen.fields((Field("case", case), *_actions(event), *_recorded(event)))
    return ExitCode.OK


def _ask(tools: Tools, case: str, folder: Path, number: int) -> None:
    from archiver.cli.facts import text
    from archiver.pipeline.view import item_history

    what = text(item_history(folder, number)[0].data, "url")
    question = f"The bytes of item {number} of case {case} will be removed: {what}"
    answer = tools.confirmed(question, "This cannot be undone.")
    if answer is None:
        raise UsageError("not-confirmed", f"item {number}: not withheld: nobody is there to ask", "scripts say --yes")
    if not answer:
        raise UsageError("not-confirmed", f"item {number}: not withheld: the answer was not yes", "nothing was changed")


def make_cases_folder(folder: Path) -> None:
    """Make the folder that holds the cases, unless it is there. Raises `StorageError`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise StorageError("storage", f"{folder}: cannot be made: {exc.strerror or exc}", "archiver doctor") from exc


def recorded(tools: Tools, command: str, case: str, folder: Path, event: "Event") -> ExitCode:
    """Answer with the one event that a command has put on the record."""
    if tools.screen.json:
        tools.screen.document(_document(command, case, folder, event))
    else:
        tools.screen.fields((Field("case", case), *_recorded(event)))
    return ExitCode.OK


def _document(command: str, case: str, folder: Path, event: "Event") -> dict[str, object]:
    return {"schema": f"archiver-{command}/1", "case": case, "folder": str(folder), "event": event_members(event)}


def event_members(event: "Event") -> dict[str, object]:
    """Return an event as JSON answers hold it, with its data."""
    from archiver.cli.items import event_document

    return event_document(event) | {"data": event.data}


def _recorded(event: "Event") -> tuple[Field, ...]:
    return (Field("recorded", f"line {event.seq} of the log: {event.event}"), Field("at", event.at))


def _actions(event: "Event") -> tuple[Field, ...]:
    from archiver.cli.facts import objects, text, whole
    from archiver.cli.items import number

    said = {
        "adopted": "a finished capture whose log line was missing was adopted",
        "interrupted": "the capture was not finished, and is recorded as interrupted",
        "quarantined": "a piece was set aside",
        "log_tail": "the torn end of the log was set aside",
        "manifest": "the inventory was written again from the log",
        "removed": "the removal of withheld bytes was finished",
    }
    fields = []
    for action in objects(event.data, "actions"):
        item = whole(action, "item")
        what = said.get(text(action, "action"), text(action, "action"))
        place = " -> ".join(part for part in (text(action, "path"), text(action, "to")) if part)
        where = [f"item {number(item)}"] if item is not None else []
        fields.append(Field("repaired", ": ".join([*where, *([place] if place else []), what])))
    return tuple(fields)
