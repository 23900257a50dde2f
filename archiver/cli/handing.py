"""transfer and acknowledge: a case passes from one person to another, and both say so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.keeping import event_members
from archiver.cli.looking import Given
from archiver.cli.parse import exists, optional_words, words
from archiver.cli.reporting import new_file
from archiver.cli.screen import Field, Tone
from archiver.cli.sealing import sealed_document, sealed_fields, sealing_of
from archiver.cli.tools import Tools
from archiver.errors import CaseError, ExitCode, Interrupted, UsageError
from archiver.model.handover import shortened
from archiver.model.verdict import Severity

if TYPE_CHECKING:
    from archiver.custody.receipt import Receipt
    from archiver.model.handover import HandedOver
    from archiver.model.verdict import Verdict
    from archiver.pipeline.handover import Offer, Passed, Taken

_TEXT, _PAGE = ".txt", (".html", ".htm")


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a case is handed over, as typed. `receipt` is the file to write the receipt to."""

    to: str
    reason: str
    instead: bool
    unsigned: bool
    offline: bool
    receipt: str | None


def transfer(tools: Tools, case: str, wishes: Wishes) -> ExitCode:
    """Pass the case on, seal it, and print the receipt."""
    from archiver.pipeline import handover

    words(wishes.to, "--to")
    optional_words(wishes.reason, "--reason")
    file = new_file(wishes.receipt, "--receipt", _TEXT, *_PAGE) if wishes.receipt is not None else None
    sealing = sealing_of(tools, case, wishes.offline)
    with _repeatable("do not hand the case over yet"):
        passed = handover.transfer(
            sealing, wishes.to, reason=wishes.reason, instead=wishes.instead, unsigned=wishes.unsigned
        )
    if not tools.screen.json:
        _show_passed(tools, case, passed)  # first: the file may find no room
    if file is not None and passed.receipt is not None:
        _write(file, passed.receipt)
        tools.screen.say(f"receipt: {file}")
    code = ExitCode.NOT_SEALED if passed.sealed.lacking else ExitCode.OK
    if tools.screen.json:
        written = str(file) if file is not None and passed.receipt is not None else None
        tools.screen.document(_passed_document(tools, case, passed, written) | {"exit_code": int(code)})
    return code


def heed_transfer(tools: Tools, case: str) -> None:
    """Say that what is about to be added comes after the case was passed on, before it does. Raises as `Tools.case`."""
    from archiver.pipeline.passed import passed_on

    transfer = passed_on(tools.case(case))
    if transfer is not None and not tools.screen.json:
        to = shortened(transfer.data["to"])
        tools.screen.warn(
            f"case {case}: passed on to {to} on line {transfer.seq} of the log; with what is added now nobody "
            "can take this copy over any more, and the one that was handed over goes on without it"
        )


def acknowledge(tools: Tools, case: str, collector: str, signer: str, given: Given, offline: bool) -> ExitCode:
    """Read everything again, and take the case over when nothing contradicts and nothing is unchecked.

    After an attempt that was stopped, what is on record already is not done again.
    """
    from archiver.pipeline import handover

    words(collector, "--collector")
    folder = tools.case(case)
    if not exists(folder):
        raise CaseError("missing", f"case {case}: there is no such case", "give a path with a slash for one elsewhere")
    _require_no_bag(case, folder)
    found = _offered(folder, collector)
    verdict = None
    checked = handover.Checked(False, ())
    if found is None or found.taken is None:
        verdict = _verdict(tools, case, folder, given, found)
        if verdict.exit_code() is not ExitCode.OK:
            return _refused(tools, case, folder, verdict)
        unasked = sorted({finding.check for finding in verdict.findings if finding.severity is Severity.UNASKED})
        checked = handover.Checked(given.expect is not None, tuple(unasked))
    offer = found or handover.offered(folder, collector)
    with _repeatable("what is on record already is not done again"):
        taken = handover.acknowledge(sealing_of(tools, case, offline), offer, signer, checked)
    code = ExitCode.NOT_SEALED if taken.sealed.lacking else ExitCode.OK
    if tools.screen.json:
        document = _taken_document(case, folder, verdict) | {"event": event_members(taken.event)}
        tools.screen.document(document | {"sealed": sealed_document(taken.sealed), "exit_code": int(code)})
    else:
        tools.screen.fields(_taken_fields(case, collector, taken))
        tools.screen.say("send the receipt to the one who handed the case over: it shows that it arrived whole")
    return code


def _require_no_bag(case: str, folder: Path) -> None:
    """Raise `UsageError` where the case lies packed, or in a bag, whose lists would not fit it any more."""
    hint = (
        "unpack it, archiver verify the bag, and copy its folder data to a case of your own: cp -r BAG/data cases/NAME"
    )
    for bag in (folder, folder.resolve().parent):
        if exists(bag / "bagit.txt"):
            raise UsageError("bag", f"case {case}: it is in a bag, which must stay as it came", hint)
    if folder.is_file():
        raise UsageError("bag", f"case {case}: a file, and a case is a folder", hint)


@contextmanager
def _repeatable(meanwhile: str) -> Iterator[None]:
    """Say what somebody who pressed Ctrl-C, perhaps instead of a passphrase, is to do next."""
    try:
        yield
    except KeyboardInterrupt as exc:
        raise Interrupted("interrupted", f"interrupted: {meanwhile}", "run the same command again") from exc


def _offered(folder: Path, collector: str) -> "Offer | None":
    """Return what the case offers to `collector`, None where its log cannot be read: then the check says why."""
    from archiver.pipeline.handover import offered

    try:
        return offered(folder, collector)
    except CaseError as exc:
        if exc.kind != "damaged":
            raise
        return None


def _verdict(tools: Tools, case: str, folder: Path, given: Given, offer: "Offer | None") -> "Verdict":
    from archiver.cli import outside
    from archiver.verify.run import verify_case

    known = outside.known(given)
    expect = known.receipt
    if offer is not None and expect is not None and _too_old(expect, offer):
        why = f"the receipt is older than the hand-over, which is line {offer.transfer.seq} of the log"
        hint = "take the one that archiver transfer printed; an older one is for archiver verify --expect"
        raise UsageError("old-receipt", f"--expect: {why}", hint)
    tools.screen.say(f"checking {case}")
    now = tools.runtime.clock.now()
    return verify_case(folder, expect=expect, signers=known.signers, roots=known.roots, now=now)


def _too_old(receipt: "Receipt", offer: "Offer") -> bool:
    return receipt.case == offer.transfer.case and receipt.entries < offer.transfer.seq


def _refused(tools: Tools, case: str, folder: Path, verdict: "Verdict") -> ExitCode:
    from archiver.cli import verdicts

    code, asked, screen = verdict.exit_code(), verdicts.Asked(), tools.screen
    if screen.json:
        document = _taken_document(case, folder, verdict) | {"event": None, "sealed": None}
        screen.document(document | {"exit_code": int(code)})
        return code
    verdicts.show(screen, verdict, asked)
    if code is ExitCode.CONTRADICTED:
        screen.warn(f"case {case}: not acknowledged, and nothing was written: ask the giver for a sound copy")
    else:
        screen.warn(
            f"case {case}: not acknowledged, and nothing was written: not everything could be checked; where a command "
            "was interrupted, archiver recover puts the case in order"
        )
    return code


def _write(file: Path, handed: "HandedOver") -> None:
    from archiver.report.file import write_new
    from archiver.report.handover import receipt_page, receipt_text

    write_new(file, receipt_text(handed) if file.suffix.lower() == _TEXT else receipt_page(handed))


def _show_passed(tools: Tools, case: str, passed: "Passed") -> None:
    from archiver.report.handover import SIGNATURES, rows

    again = " (it was there already)" if passed.again else ""
    about = Field("recorded", f"line {passed.event.seq} of the log: {passed.event.event}{again}")
    sealed = [field for field in sealed_fields(passed.sealed) if field.key not in {"receipt", "time stamp"}]
    tools.screen.fields((Field("case", case), about, *sealed))
    if passed.receipt is None:
        tools.screen.warn(f"case {case}: do not hand it over yet: no seal covers the transfer; run the command again")
        return
    tools.screen.fields(Field(what, value) for what, value in rows(passed.receipt))
    line = "_" * 34
    tools.screen.fields(Field(f"signature, {who}", f"{line}  date and place {line[:20]}") for who in SIGNATURES)


def _passed_document(tools: Tools, case: str, passed: "Passed", written: str | None) -> dict[str, object]:
    handed = passed.receipt
    shown = asdict(handed) | {"stamps": [{"authority": a, "gen_time": t} for a, t in handed.stamps]} if handed else None
    return {
        "schema": "archiver-transfer/1",
        "case": case,
        "folder": str(tools.case(case)),
        "again": passed.again,
        "event": event_members(passed.event),
        "sealed": sealed_document(passed.sealed),
        "receipt": shown,
        "written": written,
    }


def _taken_document(case: str, folder: Path, verdict: "Verdict | None") -> dict[str, object]:
    from archiver.cli.verdicts import Asked, verdict_document

    checked = verdict_document(verdict, Asked()) if verdict is not None else None
    return {"schema": "archiver-acknowledge/1", "case": case, "folder": str(folder), "verdict": checked}


def _taken_fields(case: str, collector: str, taken: "Taken") -> tuple[Field, ...]:
    data = taken.event.data
    files = "1 file" if data["files"] == 1 else f"{data['files']} files"
    called = () if collector == data["to"] else (Field("called", f"{data['to']}, as the giver wrote it"),)
    against = "the giver's receipt fits" if data["compared"] else "no receipt of the giver was compared (--expect)"
    return (
        Field("case", case),
        Field("acknowledged", f"from {shortened(data['from'])} to {data['to']}", Tone.GOOD),
        *called,
        Field("read again", f"{files} with {data['bytes']} bytes: sound; {against}"),
        Field("recorded", f"line {taken.event.seq} of the log: {taken.event.event}"),
        Field("case.yaml", f"collector {data['to']}; seals signed by {data['signer']}, {data['fingerprint']}"),
        *sealed_fields(taken.sealed),
    )
