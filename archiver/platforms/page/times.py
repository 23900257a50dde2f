"""Times as sites write them: RFC 3339 and what is near it, those of mail and of PDF. Nothing here raises or guesses."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from archiver.model.post import Found, Moment, Precision, TimeSource
from archiver.platforms.moments import rfc3339, unclear, unix

_ISO = re.compile(
    r"([0-9]{4})([-/.]?)([0-9]{2})\2([0-9]{2})"
    r"(?:(?:[Tt]|[ ]{1,3})([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"[ ]{0,3}(Z|z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_MAIL = re.compile(
    r"(?:[A-Za-z]{3,9},?[ ]{1,3})?([0-9]{1,2})[ ]([A-Za-z]{3})[a-z]{0,6}[ ]([0-9]{4})"
    r"[ ]{1,3}([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:[ ]{1,3}([A-Z]{1,3}|[+-][0-9]{4}))?"
)
_PDF = re.compile(
    r"(?:D:)?([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:(Z)|([+-])([0-9]{2})'?([0-9]{2})?)?'?0*'?"
)
_UNIX = re.compile("[0-9]{10}")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES: Final = {  # RFC 822 §5.1; letters alone were defined wrongly there, and mean nothing (RFC 5322 §4.3)
    "GMT": "+00:00", "UT": "+00:00", "UTC": "+00:00", "Z": "+00:00", "EST": "-05:00", "EDT": "-04:00",
    "CST": "-06:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00", "PST": "-08:00", "PDT": "-07:00",
}  # fmt: skip
_EAST: Final = timedelta(hours=14)  # how far clocks are ahead of UTC at most, and behind it
_WEST: Final = timedelta(hours=12)
_SLACK: Final = timedelta(seconds=60)
"""Two times less far apart are the same: one of them may have lost its seconds."""


def told(found: Found[str] | None, source: TimeSource = "page") -> Moment | None:
    """Return the time that a site spells; `value` is "" where it does not say its zone, or tells a day only."""
    if found is None:
        return None
    words = found.value.strip()
    if match := _ISO.fullmatch(words):
        day = f"{match[1]}-{match[3]}-{match[4]}"
        if match[5] is None:
            return Moment("", "day", source, found)
        clock = f"{match[5]}:{match[6]}" + (f":{match[7]}" if match[7] else "") + (f".{match[8]}" if match[8] else "")
        return _moment(found, day, clock, _zone(match[9]), source)
    if match := _MAIL.fullmatch(words):
        month = match[2].lower()
        if month in _MONTHS:
            day = f"{match[3]}-{_MONTHS.index(month) + 1:02}-{match[1]:0>2}"
            clock = f"{match[4]:0>2}:{match[5]}" + (f":{match[6]}" if match[6] else "")
            zone = match[7] or ""
            return _moment(found, day, clock, zone if zone[:1] in "+-" else _ZONES.get(zone, ""), source)
    if _UNIX.fullmatch(words):
        return _as_told(unix(Found(int(words), found.exchange, found.at), source=source), found)
    return unclear(found, source=source)


def in_utc(found: Found[str] | None) -> Moment | None:
    """Return the time that a text without a zone spells, where its format says that it is in UTC."""
    return _as_told(rfc3339(Found(f"{found.value.strip()}Z", found.exchange, found.at)), found) if found else None


def of_pdf(found: Found[str]) -> Moment:
    """Return the time that a PDF spells (ISO 32000-1 §7.9.4), by the clock of whoever made the file."""
    match = _PDF.fullmatch(found.value.strip())
    if match is None:
        bare = Found(found.value.strip().removeprefix("D:"), found.exchange, found.at)
        return _as_told(told(bare, "client"), found) or Moment("", "relative", "client", found)
    zone = "+00:00" if match[7] else f"{match[8]}{match[9]}:{match[10] or '00'}" if match[8] else ""
    return _moment(found, f"{match[1]}-{match[2]}-{match[3]}", f"{match[4]}:{match[5]}:{match[6]}", zone, "client")


def clash(one: Moment, other: Moment) -> bool:
    """Whether two times cannot be the same one: where a zone or the time of day is missing, in no zone there is."""
    first, second = _span(one), _span(other)
    if first is None or second is None:
        return False
    return first[0] > second[1] + _SLACK or second[0] > first[1] + _SLACK


def spelled(moment: Moment) -> str:
    """Return a time in words: in UTC, or as it was told."""
    return moment.value or f'"{str(moment.raw.value)[:100]}"'


def _moment(found: Found[str], day: str, clock: str, zone: str, source: TimeSource) -> Moment:
    precision: Precision = "second" if clock.count(":") == 2 else "minute"
    if not zone:
        return Moment("", precision, source, found)
    moment = rfc3339(Found(f"{day}T{clock}{zone}", found.exchange, found.at), source=source)
    return _as_told(moment, found) or Moment("", precision, source, found)


def _as_told(moment: Moment | None, found: Found[str]) -> Moment | None:
    return replace(moment, raw=found) if moment is not None else None


def _zone(said: str | None) -> str:
    if not said:
        return ""
    if said in ("Z", "z", "UTC", "GMT"):
        return "+00:00"
    return said if len(said) > 3 else f"{said}:00"


def _span(moment: Moment) -> tuple[datetime, datetime] | None:
    try:
        if moment.value:
            exact = datetime.fromisoformat(moment.value)
            return exact, exact
        match = _ISO.fullmatch(str(moment.raw.value).strip())
        if match is None:
            return None
        day = datetime(int(match[1]), int(match[3]), int(match[4]), tzinfo=UTC)
        if match[5] is None:
            return day - _EAST, day + timedelta(days=1) + _WEST
        if match[9]:
            return None  # it says a zone, and is no time all the same
        local = day + timedelta(hours=int(match[5]), minutes=int(match[6]), seconds=int(match[7] or 0))
        return local - _EAST, local + _WEST
    except (ValueError, OverflowError):
        return None
