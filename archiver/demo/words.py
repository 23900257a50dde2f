"""The lines that the demo says, for somebody who has never seen a case."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from archiver.custody.log import Event
from archiver.demo.hand import Checked
from archiver.demo.outside import RECEIPT, ROOTS, SIGNERS
from archiver.model.verdict import Severity, Verdict
from archiver.pipeline.seal import Sealed

COUNTED = frozenset({"events", "seals", "stamps", "items", "records"})
INDENT = " " * 8

_WHAT = {RECEIPT: "the receipt", SIGNERS: "the signer's public key", ROOTS: "the authorities' certificates"}


def item_lines(event: Event) -> tuple[str, ...]:
    """Return what is said about the end of an item: its outcome and address, and what it is."""
    data = event.data
    status = data.get("status") or "-"
    line = f"{data['item']:>6}  {data.get('outcome', 'imported')!s:<8} {status!s:>3} {data['url']}"
    what = data.get("title") or data.get("media_type")
    return (line, f"{INDENT}{what}") if what else (line,)


def seal_lines(what: str, sealed: Sealed) -> tuple[str, ...]:
    """Return what is said about a seal over `what`: who signed it, and who saw it when. Nothing where none was made."""
    if sealed.event is None:
        return (f"not sealed: {sealed.due}",) if sealed.due else ()
    data = sealed.event.data
    signed = f"signed by {data['signer']}" if data["signer"] else "which nobody signed"
    return (
        f"sealed {what}: seal {data['seal']}, {signed}",
        *(f"{INDENT}time stamp {token['gen_time']} by {token['authority']}" for token in data["tokens"]),
        *(f"{INDENT}no time stamp: {reason}" for reason in sealed.pending),
    )


def outside_lines(folder: object, names: Sequence[str]) -> tuple[str, ...]:
    """Return what is in the folder beside the case, the files `names`, and what it is for."""
    *others, last = (_WHAT[name] for name in names)
    what = f"{', '.join(others)} and {last}" if others else last
    which = "these" if others else "it"
    return (
        f"put {what} into {folder}",
        f"{INDENT}whoever checks the case must get {which} another way: what lies beside it can be exchanged with it",
    )


def bag_lines(bag: object, checks: Sequence[Checked]) -> tuple[str, ...]:
    """Return what is said about the export, and what stock programs found in it."""
    return (
        f"exported the case as a bag to {bag}; its VERIFY.txt says how to check it without this program",
        "checked it by hand, with programs that every Debian has:",
        *(INDENT + check.line for check in checks),
    )


def verdict_lines(verdict: Verdict, seals: Sequence[Sealed]) -> tuple[str, ...]:
    """Return what the verifier found, and what each of the three files from elsewhere showed by it."""
    worst = verdict.worst
    words = (
        "contradicted" if worst is Severity.BROKEN else "not all checked" if worst is Severity.UNCHECKED else "sound"
    )
    counted = ", ".join(_some(count, name) for name, count in verdict.counts if name in COUNTED and count)
    how = "verified the case with what lies outside" if any(seal.event for seal in seals) else "verified"
    return (f"{how}: {words}, exit code {int(verdict.exit_code())} ({counted})", *_shown(verdict, seals))


def _shown(verdict: Verdict, seals: Sequence[Sealed]) -> tuple[str, ...]:
    made = [sealed.event.data for sealed in seals if sealed.event is not None]
    lines: list[str] = []
    if made and _sound(verdict, "receipt"):
        lines.append(f"{RECEIPT} shows: nothing up to seal {made[-1]['seal']} was cut off or exchanged")
    if made and _sound(verdict, "signatures"):
        which = "both seals are" if len(made) > 1 else "the seal is"
        lines.append(f"{SIGNERS} shows: {which} signed with the key of {made[-1]['signer']}")
    if len(made) > 1 and _sound(verdict, "tokens"):
        after, before = _times(made[0])[-1], _times(made[-1])[0]
        lines.append(f"{ROOTS} shows: every item was recorded after {after} and before {before}")
    return tuple(INDENT + line for line in lines)


def _some(count: int, names: str) -> str:
    return f"{count} {names.removesuffix('s') if count == 1 else names}"


def _times(data: Mapping[str, Any]) -> list[str]:
    """Return the times that the authorities attest for a seal, the earliest first."""
    return sorted((str(token["gen_time"]) for token in data["tokens"]), key=datetime.fromisoformat)


def _sound(verdict: Verdict, check: str) -> bool:
    found = [finding.severity for finding in verdict.findings if finding.check == check]
    return bool(found) and max(found) is Severity.OK
