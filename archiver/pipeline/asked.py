"""How long the headers of an answer ask us to stay away (docs/spec/politeness.md, "How long a host asks to wait").

The values come from strangers: what cannot be read is as if it were not there, and nothing raises. Where several can be
read, the longest wait counts.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from archiver.model.http import Message

LONGEST: Final = 366 * 86_400.0  # seconds; whoever says more means "never", and numbers stay small
MAX_VALUE: Final = 512  # bytes of one header that are looked at; real ones have fewer than a hundred
MAX_LINES: Final = 16  # header lines of one name that are looked at
RATE_HEADERS: Final = ("ratelimit", "x-ratelimit", "x-rate-limit")  # in front of "-remaining" and "-reset"

_FIRST_ERROR: Final = 400
_EPOCH: Final = 1_000_000_000.0  # a wait of 30 years or a date after 2001: such a number is a date, in seconds
_EPOCH_MS: Final = _EPOCH * 1000
_NUMBER = re.compile(r"\s*([0-9]+)(?:\.[0-9]*)?\s*")
_NOTHING_LEFT = re.compile(r"\s*0+(?:\.0*)?\s*")
_MEMBER = re.compile(r'\s*("(?:[^"\\]|\\.)*"\s*|[^",;=]*)((?:;[^",;]*)*)(?:,|$)')
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?P<h>[0-9]{2}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2})"
_DATES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\s*[a-z]{{3}},\s*(?P<day>[0-9]{{1,2}})\s+(?P<month>[a-z]{{3}})\s+(?P<year>[0-9]{{4}})\s+{_TIME}\s+GMT\s*",
        rf"\s*[a-z]{{6,9}},\s*(?P<day>[0-9]{{1,2}})-(?P<month>[a-z]{{3}})-(?P<year>[0-9]{{2}})\s+{_TIME}\s+GMT\s*",
        rf"\s*[a-z]{{3}}\s+(?P<month>[a-z]{{3}})\s+(?P<day>[0-9]{{1,2}})\s+{_TIME}\s+(?P<year>[0-9]{{4}})\s*",
    )
)


def asked_to_wait(message: Message, now: datetime) -> float | None:
    """Return for how many seconds the answer asks us to stay away, at most `LONGEST`; None for not at all.

    `Retry-After` counts in answers of status 400 and above (RFC 9110 §10.2.3), rate-limit headers in all answers, but
    only where nothing is left. Dates are compared with the answer's own `Date`, and with `now` where that cannot be
    read: the clock of a laptop may be hours wrong.
    """
    stated = http_date(_text(message.value("date") or b""), now)
    here = stated if stated is not None else now
    waits = list(_rate_limits(message, here))
    if message.status is not None and message.status >= _FIRST_ERROR:
        waits += [_retry_after(text, here) for text in _texts(message, "retry-after")]
    longest = max((wait for wait in waits if wait is not None), default=0.0)
    return min(longest, LONGEST) if longest > 0 else None


def http_date(text: str, now: datetime) -> datetime | None:
    """Return the date that `text` gives in one of the three forms of RFC 9110 §5.6.7, or None.

    The name of the day is not compared with the date. A year of two digits is of the century in which the date is not
    more than fifty years after `now`. A leap second is read as the second before it.
    """
    found = next((match for form in _DATES if (match := form.fullmatch(text))), None)
    if found is None or found["month"].lower() not in _MONTHS:
        return None
    year, month = int(found["year"]), _MONTHS.index(found["month"].lower()) + 1
    if len(found["year"]) == 2:
        year += now.year // 100 * 100
        year -= 100 if year > now.year + 50 else 0
    try:
        second = min(int(found["s"]), 59)
        return datetime(year, month, int(found["day"]), int(found["h"]), int(found["m"]), second, tzinfo=UTC)
    except ValueError:
        return None


def _retry_after(text: str, here: datetime) -> float | None:
    seconds = _number(text)
    if seconds is not None:
        return seconds
    date = http_date(text, here)
    return (date - here).total_seconds() if date is not None else None


def _rate_limits(message: Message, here: datetime) -> Iterator[float | None]:
    for name in RATE_HEADERS:
        if any(_NOTHING_LEFT.fullmatch(text) for text in _texts(message, f"{name}-remaining")):
            yield from (_reset(text, here) for text in _texts(message, f"{name}-reset"))
    windows = {name: values.get("w", "") for name, values in _members(message, "ratelimit-policy")}
    for name, values in _members(message, "ratelimit"):
        if _NOTHING_LEFT.fullmatch(values.get("r", "")):
            yield _number(values.get("t") or windows.get(name, ""))
    pairs = _pairs(",".join(_texts(message, "ratelimit")), ",")
    if _NOTHING_LEFT.fullmatch(pairs.get("remaining", "")):  # the form of the drafts before 2024
        yield _number(pairs.get("reset", ""))


def _reset(text: str, here: datetime) -> float | None:
    """Return the wait that a reset header gives: seconds, seconds or milliseconds since 1970, or ISO 8601."""
    number = _number(text)
    if number is not None:
        if number < _EPOCH:
            return number
        return (number / 1000 if number >= _EPOCH_MS else number) - here.timestamp()
    try:
        date = datetime.fromisoformat(text.strip())
        return (date if date.tzinfo is not None else date.replace(tzinfo=UTC)).timestamp() - here.timestamp()
    except (ValueError, OverflowError):
        return None


def _members(message: Message, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the members of a structured list (RFC 9651 §3.1) with their parameters, as far as it can be read."""
    for text in _texts(message, name):
        at = 0
        while at < len(text) and (match := _MEMBER.match(text, at)):
            at = match.end()
            yield match[1].strip(' "'), _pairs(match[2], ";")


def _pairs(text: str, between: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(between))
    return {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}


def _number(text: str) -> float | None:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = match[1].lstrip("0") or "0"
    return float(digits) if len(digits) <= 15 else float(10**15)


def _texts(message: Message, name: str) -> Iterator[str]:
    yield from (_text(value) for value in message.values(name)[:MAX_LINES])


def _text(value: bytes) -> str:
    """Return `value` as text; too long or not ASCII, it can be none of what is read here."""
    return value.decode("ascii") if len(value) <= MAX_VALUE and value.isascii() else ""
