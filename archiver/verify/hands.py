"""In whose hands the case was: what the log tells of it, and what the receivers' own keys say to that."""

from collections.abc import Iterator

from archiver.custody.handover import HandOver, Passing
from archiver.custody.layout import LOG
from archiver.custody.log import Event
from archiver.model.verdict import Finding, Severity
from archiver.verify.report import quoted

MAX_PASSINGS = 100  # hand-overs that are told one by one; a case has a few
_WORD = (
    "the receiver says to have read everything again and found it sound, and signed that: it is worth what the key is, "
    "which must be known from elsewhere"
)
_UNSIGNED = (
    "whoever wrote the log can have written this line, too: ask the one who is named whether they received the case, "
    "and with which key they sealed it"
)
_NOT_YET = (
    "until the receiver seals the case with a key of their own (archiver acknowledge once more) the log alone says so"
)
_ALONE = "one key does not show that two people were there: ask both"
_OPEN = (
    "nobody says here to have received it: this is the giver's copy, or one on the way. The copy that was handed over "
    "may have gone on elsewhere; two copies that both go on are two cases with one name"
)


def hands(custody: HandOver, missing: Severity) -> Iterator[Finding]:
    """Yield who passed the case on to whom, and as `missing` where nothing but the log says that it was received."""
    for passing in custody.passings[:MAX_PASSINGS]:
        yield _passed(passing, missing)
    if (more := len(custody.passings) - MAX_PASSINGS) > 0:
        yield Finding("signatures", Severity.NOTE, LOG, f"the case was passed on {more} times more after that")
    if custody.pending is not None:
        yield _waiting(custody.pending, custody.lapsed)


def _passed(passing: Passing, missing: Severity) -> Finding:
    where = f"lines {passing.passed} to {passing.taken}"
    what = (
        f"{quoted(passing.giver)} passed the case on to {quoted(passing.receiver)}, who took it over on {passing.at}"
        f"{'' if passing.compared else ' and had no receipt of the giver to compare it with'}"
    )
    if not passing.sealed and passing.others:
        what = (
            f"by {where} of the log {what}; no seal since is by {passing.fingerprint}, the key that was to counter-sign"
        )
        return Finding("signatures", missing, "", what, meaning=_UNSIGNED)
    if not passing.sealed:
        return Finding("signatures", Severity.NOTE, LOG, f"{what}; it is not counter-signed yet", where, _NOT_YET)
    if passing.fingerprint == passing.before:
        what = (
            f"by {where} of the log {what}; the key of the seal that was received counter-signed: {passing.fingerprint}"
        )
        return Finding("signatures", missing, "", what, meaning=_ALONE)
    what += f"; counter-signed with {passing.fingerprint} (line {passing.sealed})"
    return Finding("signatures", Severity.NOTE, LOG, what, where, _WORD)


def _waiting(pending: Event, lapsed: int) -> Finding:
    message = f"{quoted(pending.actor)} passed the case on to {quoted(pending.data['to'])}, who has not taken it over"
    if lapsed:
        message += f"; with line {lapsed}, which was added since, it is not the case any more that was passed on"
    return Finding("signatures", Severity.NOTE, LOG, message, f"line {pending.seq}", _OPEN)
