"""The command that hands a case out: export."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from archiver.cli.items import event_document
from archiver.cli.parse import item_number
from archiver.cli.screen import Field, Tone
from archiver.cli.sealing import Sealer, sealed_document, sealed_fields
from archiver.cli.tools import Tools
from archiver.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from archiver.custody.log import Event
    from archiver.export.facts import Kind
    from archiver.export.make import Form, Made
    from archiver.pipeline.seal import Sealed


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is exported, and for whom: the options as they were typed."""

    output: str
    kind: str
    items: tuple[str, ...]
    recipients: tuple[str, ...]
    offline: bool


def export(tools: Tools, case: str, wishes: Wishes) -> ExitCode:
    """Seal what waits for it, write the export, and put it on the record."""
    from archiver.custody.read import Snapshot
    from archiver.export.age import parse_recipients
    from archiver.export.make import form_of, make, target_of
    from archiver.export.placing import leftovers, remove, require_free
    from archiver.export.plan import planned
    from archiver.pipeline.exports import record_export, sealed_first
    from archiver.pipeline.options import case_options

    folder, kind = tools.case(case), _kind(wishes)
    items = tuple(sorted(set(map(item_number, wishes.items)))) or None
    recipients = parse_recipients(wishes.recipients)
    output = _path(wishes.output)
    form = _form(form_of(output), kind, output)
    target = target_of(output, form, recipients)
    require_free(target, folder)
    for left in leftovers(target):
        tools.screen.warn(f"{left} is left over from an export that did not end, unless one is under way: delete it")
    options = case_options(folder)
    options = replace(options, offline=options.offline or wishes.offline)
    sealed = sealed_first(Sealer.of(tools, folder, options).sealing)
    if sealed.due:
        return _answer(tools, case, _Answer(kind, items, sealed))
    with Snapshot.open(folder) as snapshot:
        plan = planned(snapshot, kind, items)
        tools.screen.say(f"copying {len(plan.entries)} files, {plan.size} bytes")
        made = make(plan, target, form, recipients, tools.runtime.ids.nonce()[:8])
    try:
        event = record_export(
            folder, kind, items, made.file, recipients=len(recipients), seal=plan.seal, runtime=tools.runtime
        )
    except BaseException:
        remove(target)  # what is not on the record was not handed out
        raise
    return _answer(tools, case, _Answer(kind, items, sealed, made, event, plan.named))


@dataclass(frozen=True, slots=True)
class _Answer:
    kind: "Kind"
    items: tuple[int, ...] | None
    sealed: "Sealed"
    made: "Made | None" = None
    event: "Event | None" = None
    named: tuple[str, ...] = ()


def _answer(tools: Tools, case: str, answer: _Answer) -> ExitCode:
    code = ExitCode.NOT_SEALED if answer.sealed.lacking or answer.made is None else ExitCode.OK
    if tools.screen.json:
        head = {"schema": "archiver-export/1", "case": case, "folder": str(tools.case(case))}
        tools.screen.document(head | _document(answer) | {"exit_code": int(code)})
    else:
        tools.screen.fields((Field("case", case), *sealed_fields(answer.sealed), *_fields(answer)))
    return code


def _document(answer: _Answer) -> dict[str, object]:
    made, event = answer.made, answer.event
    return {
        "as": answer.kind,
        "items": list(answer.items) if answer.items is not None else None,
        "path": str(made.path) if made is not None else None,
        "size": made.size if made is not None else None,
        "sha256": made.sha256 if made is not None else None,
        "named": list(answer.named),
        "sealed": sealed_document(answer.sealed),
        "event": event_document(event) | {"data": event.data} if event is not None else None,
    }


def _fields(answer: _Answer) -> tuple[Field, ...]:
    made, event = answer.made, answer.event
    if made is None or event is None:
        return (Field("exported", "nothing: only what is sealed is exported", Tone.CAUTION),)
    encrypted = event.data["recipients"]
    return (
        Field("exported", str(made.path), Tone.GOOD),
        Field("holds", f"{answer.kind} of {_items(answer)}, up to seal {event.data['seal']}"),
        *((Field("encrypted", f"for {encrypted} recipient{'' if encrypted == 1 else 's'}"),) if encrypted else ()),
        Field("sha256", made.sha256),
        *(
            Field("names as well", f"{text}: how an item was reached stands in its line", Tone.CAUTION)
            for text in answer.named
        ),
        Field("recorded", f"line {event.seq} of the log: {event.event}"),
    )


def _items(answer: _Answer) -> str:
    if answer.items is None:
        return "the case"
    return f"item{'' if len(answer.items) == 1 else 's'} {', '.join(map(str, answer.items))}"


def _kind(wishes: Wishes) -> "Kind":
    from archiver.export.facts import Kind

    for kind in get_args(Kind):
        if wishes.kind == kind:
            if kind in _ITEMS and (kind == "disclosure") != bool(wishes.items):
                raise UsageError("flag", _ITEMS[kind], "archiver export --help")
            found: Kind = kind
            return found
    known = ", ".join(get_args(Kind))
    raise UsageError("flag", f"--as '{wishes.kind}': not a kind of export", f"one of: {known}")


_ITEMS = {
    "bag": "--item: a bag holds the whole case; single items are a disclosure",
    "disclosure": "--as disclosure: name the items that are disclosed, each with --item",
}


def _form(form: "Form", kind: "Kind", output: Path) -> "Form":
    """Return the form of the export; a WACZ is a zip that must be called one, and nothing else is called so."""
    named = output.suffix.lower() == ".wacz"
    if named != (kind == "wacz"):
        hint = "a WACZ is a file whose name ends in .wacz, and no other export has such a name"
        raise UsageError("export-path", f"{output}: not a name for --as {kind}", hint)
    return "zip" if named else form


def _path(text: str) -> Path:
    if text == "-":
        raise UsageError(
            "export-path", "-o -: an export is not written to the standard output", "name a file or folder"
        )
    if any(0xD800 <= ord(char) <= 0xDFFF or char == "\0" for char in text) or not Path(text).name:
        raise UsageError("export-path", f"-o '{text}': not a name for an export", "it becomes part of the record")
    return Path(text)
