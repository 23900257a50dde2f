"""A receipt that was kept elsewhere against the seals that are here: the only thing that shows a missing end."""

from collections.abc import Iterator, Sequence

from archiver.custody.receipt import Receipt
from archiver.model.verdict import Finding, Severity
from archiver.verify.sealed import Sealed, numbers, some

_OTHER = (
    "the receipt says nothing about this case, and this case nothing about the receipt: find out which was mixed up"
)
_GONE = (
    "there was a later state of this case than the one in this folder: its end was cut off, or this is an older copy, "
    "or another copy went on separately; what was recorded there is not here"
)
_REPLACED = (
    "the case that the receipt was given for is not the one in this folder: what was sealed then was exchanged for "
    "something else; or two copies of the case both went on, and this is the other; or the receipt was copied wrongly"
)
_MISCOPIED = (
    "the log records this seal with the hash of the receipt: what differs beside that was copied wrongly, or the log "
    "was changed there; compare it with the receipt as it was given, letter by letter"
)
_UNFIT = (
    "the log still repeats the hash of the seal, and what it says under it was changed since the receipt was given, or "
    "the seal was: the check of the seals says where"
)
_UNSEEN = "the log repeats the hash of the receipt, and whether its lines are those that were sealed could not be seen"
_UNREAD = "what the log says behind the place that could not be read may hold it"


def check_receipt(
    receipt: Receipt, case: str, seals: Sequence[Sealed], lines: int, *, complete: bool
) -> Iterator[Finding]:
    """Yield whether the case `case`, of which `seals` and `lines` were read, holds what `receipt` was given for.

    `complete` says that the log was read to its end.
    """
    if case and receipt.case != case:
        message = f"the receipt is of another case: of {receipt.case}, and this one is {case}"
        yield _finding(Severity.BROKEN, message, _OTHER)
        return
    sealed = next((sealed for sealed in seals if sealed.number == receipt.seal), None)
    if sealed is None and not complete:
        yield _finding(Severity.UNCHECKED, f"seal {receipt.seal} of the receipt was not found", _UNREAD)
    elif sealed is None:
        here = f"the newest seal here is number {seals[-1].number}" if seals else "no seal is here"
        message = (
            f"the receipt was given for seal {receipt.seal} over {some(receipt.entries, 'line')} of the log; {here}, "
            f"and the log has {some(lines, 'line')}"
        )
        yield _finding(Severity.BROKEN, message, _GONE)
    else:
        yield from _compared(receipt, sealed, seals, lines)


def _compared(receipt: Receipt, sealed: Sealed, seals: Sequence[Sealed], lines: int) -> Iterator[Finding]:
    differs = [
        f"the {name} is {here or 'none'}, and the receipt says {said or 'none'}"
        for name, said, here in (
            ("SHA-256 of its text", receipt.sha256, sealed.sha256),
            ("last line that it covers", receipt.entries, sealed.last),
            ("key that signed it", receipt.fingerprint, sealed.fingerprint),
        )
        if said != here
    ]
    if receipt.fingerprint != sealed.fingerprint and _folded(receipt.fingerprint) == _folded(sealed.fingerprint):
        differs[-1] += " (which is the same but for capitals and small letters: these count)"
    if receipt.gen_time is not None and receipt.gen_time not in sealed.times:
        differs.append(f"none of its time stamps says {receipt.gen_time}, as the receipt does")
    if differs:
        same = receipt.sha256 == sealed.sha256
        what = "has the SHA-256 of the receipt, and not all that it says" if same else "is not the one of the receipt"
        meaning = _MISCOPIED if same else _REPLACED
        yield _finding(Severity.BROKEN, f"seal {receipt.seal} {what}: {'; '.join(differs)}", meaning)
        return
    place = seals.index(sealed)
    if unfit := [each for each in seals[: place + 1] if not each.follows]:
        unseen = not any(each.read for each in unfit)
        message = (
            f"the log records seal {receipt.seal} with the hash of the receipt, and {numbers(unfit)} not here as "
            "recorded, or not over these lines"
        )
        severity, meaning = (Severity.UNCHECKED, _UNSEEN) if unseen else (Severity.BROKEN, _UNFIT)
        yield _finding(severity, message, meaning)
        return
    later = len(seals) - place - 1
    newer = f"; {some(later, 'seal') if later else 'no seal'} and {some(lines - sealed.last, 'line')} were added since"
    message = (
        f"seal {receipt.seal} is the one that the receipt was given for: lines 1 to {sealed.last} are as they were then"
    )
    yield Finding("receipt", Severity.OK, "", message + newer)


def _folded(fingerprint: str | None) -> str:
    return (fingerprint or "").upper()


def no_receipt(seals: Sequence[Sealed]) -> Finding:
    """Return that nobody can know whether this is the newest state, naming the newest one that is here."""
    message = "no receipt was given, so nobody can know from this folder whether this is its newest state"
    meaning = "events at the end may have been cut off with their files; a line kept elsewhere would show it"
    if seals:
        newest = seals[-1]
        message += (
            f"; the newest seal here is number {newest.number}, over lines 1 to {newest.last}, made by its own word at "
            f"{newest.sealed_at}"
        )
        meaning = (
            "events at the end may have been cut off with their seals and files: compare with the last receipt that "
            "somebody kept elsewhere (--expect)"
        )
    return _finding(Severity.UNASKED, message, meaning)


def _finding(severity: Severity, message: str, meaning: str) -> Finding:
    return Finding("receipt", severity, "", message, meaning=meaning)
