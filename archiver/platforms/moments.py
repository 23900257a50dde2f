"""Times as platforms tell them, always in UTC; and the times that ids tell by themselves. Nothing here raises.

Which ids hold a time, and how: docs/spec/post.md §Times.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from archiver.model.post import Found, Moment, Precision, TimeSource

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 4_102_444_800_000_000  # microseconds to the year 2100; later ones are no times of posts
_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)(Z|z|[+-][0-9]{2}:?[0-9]{2})"
)
_TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
_TID_DIGITS: Final = "234567abcdefghijklmnopqrstuvwxyz"


def unix(found: Found[int] | None, *, per_second: int = 1, source: TimeSource = "server") -> Moment | None:
    """Return the time that so many seconds (or parts of one) since 1970 are, None for none."""
    if found is None:
        return None
    return Moment(_written(found.value * (1_000_000 // per_second)), "second", source, found)


def rfc3339(found: Found[str] | None, *, source: TimeSource = "server") -> Moment | None:
    """Return the time that a text spells, which must say its zone: `value` is "" where it does not."""
    if found is None:
        return None
    match = _RFC3339.fullmatch(found.value.strip())
    if match is None:
        return Moment("", "second", source, found)
    precision: Precision = "second" if match[2].count(":") == 2 else "minute"
    zone = "+00:00" if match[3] in "Zz" else match[3]
    clock = re.sub(r"(\.[0-9]{6})[0-9]+$", r"\1", match[2])
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{clock}{zone}")
        return Moment(_written((moment - _EPOCH) // timedelta(microseconds=1)), precision, source, found)
    except (ValueError, OverflowError):
        return Moment("", precision, source, found)


def unclear(found: Found[str] | None, precision: Precision = "relative", source: TimeSource = "page") -> Moment | None:
    """Return a time that is only told in words: nobody here guesses what was meant."""
    return Moment("", precision, source, found) if found is not None else None


def snowflake(found: Found[str] | None, *, shift: int, epoch_ms: int, per_second: int = 1000) -> Moment | None:
    """Return the time in an id whose upper bits count milliseconds (or other parts of a second) since `epoch_ms`.

    None for what is no such id.
    """
    if found is None or not re.fullmatch(r"[0-9]{10,20}", found.value):
        return None
    value = _written((int(found.value) >> shift) * (1_000_000 // per_second) + epoch_ms * 1000)
    return Moment(value, "second", "id", found) if value else None


def tid(found: Found[str] | None) -> Moment | None:
    """Return the time in a record key of the AT Protocol: microseconds and ten bits more, base32-sortable."""
    if found is None or _TID.fullmatch(found.value) is None:
        return None
    number = 0
    for digit in found.value:
        number = number * 32 + _TID_DIGITS.index(digit)
    value = _written(number >> 10)
    return Moment(value, "second", "id", found) if value else None


def apart(one: Moment | None, other: Moment | None) -> float | None:
    """Return how many seconds lie between two times, None where one of them is not known."""
    if one is None or other is None or not one.value or not other.value:
        return None
    return abs((datetime.fromisoformat(one.value) - datetime.fromisoformat(other.value)).total_seconds())


def id_doubts(id_time: Moment | None, told: Moment | None, most: float) -> tuple[str, ...]:
    """Return that the time in an id is more than `most` seconds from that of publication, nothing where it is not."""
    seconds = apart(id_time, told)
    if id_time is None or seconds is None or seconds <= most:
        return ()
    return (f"the id was made at {id_time.value}, {seconds:.0f} seconds from the time of publication that is told",)


def _written(microseconds: int) -> str:
    if not 0 <= microseconds <= _LATEST:
        return ""
    moment = _EPOCH + timedelta(microseconds=microseconds)
    timespec = "microseconds" if microseconds % 1_000_000 else "seconds"
    return moment.isoformat(timespec=timespec).replace("+00:00", "Z")
