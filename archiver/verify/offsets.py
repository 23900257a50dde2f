"""What the log says of the machine's clock when a time stamp came, against the times that the log itself claims."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from archiver.custody.log import Event, parse_timestamp
from archiver.model.verdict import Finding, Severity
from archiver.verify.sealed import EARLIEST, LATEST, SLACK, Sealed, Stamp, shown, some, span

_SET = (
    "all of these are by the same clock: it was set in between, or one of them was changed; nothing here says which, "
    "and the claimed times are not to be relied upon"
)
_WRONG = (
    "one of the two clocks was wrong; what the log claims around this line is off by as much if it was the machine's. "
    "That the clock showed this is the word of whoever wrote the log"
)


@dataclass(slots=True)
class _Off:
    """The stamp that lay furthest from the machine's clock in one direction, and how many lay that way."""

    by: timedelta = timedelta()
    path: str = ""
    line: int = 0
    count: int = 0


@dataclass(slots=True)
class OffsetCheck:
    """Give it every sound stamp that may be relied upon; then ask for the `end`."""

    _behind: _Off = field(default_factory=_Off)
    _ahead: _Off = field(default_factory=_Off)

    def token(self, path: str, event: Event, sealed: Sealed, stamp: Stamp, offset_ms: int) -> Iterator[Finding]:
        """Yield that `event` cannot have recorded the stamp when its clock and `offset_ms` say that it did."""
        offset = timedelta(milliseconds=offset_ms)
        if abs(offset) > stamp.slack:
            off = self._behind if offset_ms > 0 else self._ahead
            off.count += 1
            if abs(offset) > off.by:
                off.by, off.path, off.line = abs(offset), path, event.seq
        came = _came(stamp.at, offset)
        by = f"by log line {event.seq} this time stamp came when the clock of the machine showed {shown(came)}"
        if came - parse_timestamp(event.at) > SLACK:
            message = f"{by}, and the line was written when it showed {shown(parse_timestamp(event.at))}"
            yield Finding("tokens", Severity.NOTE, path, message, meaning=_SET)
        elif parse_timestamp(sealed.sealed_at) - came > SLACK:
            message = f"{by}, and the seal was made when it showed {shown(parse_timestamp(sealed.sealed_at))}"
            yield Finding("tokens", Severity.NOTE, path, message, meaning=_SET)

    def end(self) -> Iterator[Finding]:
        """Yield how far the clock of the machine was from the stamps when they came, as the log says."""
        for off, way in ((self._behind, "behind"), (self._ahead, "ahead of")):
            if off.count:
                message = (
                    f"when this time stamp came, the clock of the machine was {span(off.by)} {way} it, as log line "
                    f"{off.line} says"
                )
                if off.count > 1:
                    message += f"; it was {way} {some(off.count, 'time stamp')} in all, and this one the most"
                yield Finding("tokens", Severity.NOTE, off.path, message, meaning=_WRONG)


def _came(at: datetime, offset: timedelta) -> datetime:
    try:
        return min(max(at - offset, EARLIEST), LATEST)
    except OverflowError:
        return LATEST if offset < timedelta() else EARLIEST
