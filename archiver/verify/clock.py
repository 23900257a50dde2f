"""Times that people claim against times that authorities attest: which of the claims can be right."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from archiver.custody.layout import LOG
from archiver.custody.log import parse_timestamp
from archiver.custody.read import RawLine
from archiver.model.verdict import Finding, Severity
from archiver.verify.sealed import LATEST, SLACK, Sealed, Stamp, shown

LONG = timedelta(days=1)  # lines that wait longer for the next stamp are told; a session is shorter
_LATE = (
    "a time stamp is asked for when a seal is made; where it comes this much later – there was no network, or the "
    "clock was set back – the claimed time rests on the word of whoever sealed"
)
_AHEAD = "the clock of the machine was wrong, or was set forward: the claimed times are not to be relied upon"
_BACK = (
    "what these lines tell was written after that stamp: the clock of the machine was wrong, or was set back, and "
    "their times are not to be relied upon"
)
_FUTURE = (
    "a case holds nothing of the future: the clock of the machine that wrote the log was wrong, or was set forward, or "
    "that of the machine which verifies is wrong"
)
_WAITED = "nothing shows when in between; the claimed times rest on the clock and the word of whoever wrote the log"


class ClockCheck:
    """Give it every line with the latest time stamp that a line before records; then ask for the `end`.

    `now` is the time of the verification, None when it is not known.
    """

    def __init__(self, now: datetime | None) -> None:
        self._now = now
        self._future = _text(min(now, LATEST) + SLACK) if now is not None else ""
        self._late: tuple[int, str] | None = None  # the first line that is dated later than that
        self._after: Stamp | None = None
        self._least = ""
        self._told = False

    def line(self, raw: RawLine, at: str, after: Stamp | None) -> Iterator[Finding]:
        """Yield that a line claims a time before that of a stamp which was there already. Told once for each stamp."""
        if self._future and at > self._future and self._late is None:
            self._late = raw.number, at
        if after is not self._after:
            self._after, self._told = after, False
            self._least = _text(after.at - after.slack) if after is not None else ""
        if at >= self._least or self._told or after is None:
            return
        self._told = True
        message = (
            f"claimed {shown(parse_timestamp(at))}, and written after {after.text} (time stamp of {after.authority})"
        )
        yield Finding("tokens", Severity.NOTE, LOG, message, f"line {raw.number}", _BACK)

    def end(self, seals: list[Sealed]) -> Iterator[Finding]:
        """Yield which seals, and which of the lines under them, claim times that their stamps do not bear out.

        And, where the time of the verification is known, from where on the log claims later ones than that.
        """
        if self._late is not None and self._now is not None:
            line, at = self._late
            message = f"claimed {shown(parse_timestamp(at))}, and by the clock of this machine it is {shown(self._now)}"
            yield Finding("tokens", Severity.NOTE, LOG, message, f"line {line}", _FUTURE)
        until: Stamp | None = None
        found: list[Finding] = []
        for sealed in reversed(seals):
            until = _earlier(sealed.proved, until)
            if until is not None:
                found += _claims(sealed, until)
        yield from reversed(found)


def provable(seals: list[Sealed]) -> dict[int, datetime]:
    """Return before when each seal, given by the log line that records it, provably existed.

    A stamp over a later seal proves that as well, because that one holds the earlier.
    """
    until: Stamp | None = None
    found: dict[int, datetime] = {}
    for sealed in reversed(seals):
        until = _earlier(sealed.proved, until)
        if until is not None:
            found[sealed.line] = until.at + until.accuracy
    return found


def _earlier(one: Stamp | None, other: Stamp | None) -> Stamp | None:
    return min((stamp for stamp in (one, other) if stamp is not None), key=lambda stamp: stamp.at, default=None)


def _claims(sealed: Sealed, until: Stamp) -> Iterator[Finding]:
    claimed = parse_timestamp(sealed.sealed_at)
    proof = f"{until.text} (time stamp of {until.authority})"
    if until.at - claimed > until.slack:
        message = f"claimed {shown(claimed)}, provable only before {proof}"
        yield Finding("tokens", Severity.NOTE, sealed.path, message, meaning=_LATE)
    latest = max(claimed, _moment(sealed.latest) or claimed)
    if latest - until.at > until.slack:
        message = f"claimed {shown(latest)}, and it existed before {proof}"
        yield Finding("tokens", Severity.NOTE, sealed.path, message, meaning=_AHEAD)
    earliest = _moment(sealed.earliest)
    if earliest is not None and min(claimed, until.at) - earliest > LONG:
        message = (
            f"lines {sealed.first} to {sealed.last} claim times from {shown(earliest)} on, and are provable only "
            f"before {proof}"
        )
        yield Finding("tokens", Severity.NOTE, sealed.path, message, meaning=_WAITED)


def _moment(text: str) -> datetime | None:
    return parse_timestamp(text) if text else None


def _text(at: datetime) -> str:
    """Return a time so that it compares with those of the log as text."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
