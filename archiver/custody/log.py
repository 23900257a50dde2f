"""Lines of the custody log (docs/spec/custody-log.md). Pure: bytes in, values out, and back."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from archiver import canon
from archiver.canon import Json, NotCanonical

MAX_LINE = 16 * 1024 * 1024  # docs/spec/custody-log.md §2, bytes with the LF
GENESIS = "0" * 64
FORMAT = "archiver-case/1"

EVENTS = frozenset(
    {
        "case.opened",
        "item.requested",
        "item.captured",
        "item.failed",
        "item.interrupted",
        "seal.completed",
        "token.added",
        "note.added",
        "case.amended",
        "custody.transferred",
        "custody.acknowledged",
        "item.imported",
        "item.withheld",
        "export.made",
        "key.added",
        "key.revoked",
        "incident.recovered",
        "batch.started",
        "batch.ended",
        "replay.checked",
    }
)

_MEMBERS = {"v", "case", "seq", "prev", "at", "actor", "event", "data", "nonce"}
_CASE = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_HEX32 = re.compile(r"[0-9a-f]{32}")
_EVENT = re.compile(r"[a-z]{1,32}\.[a-z]{1,32}")
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


class Malformed(ValueError):
    """Canonical JSON, but not a line of a custody log; the message says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """One custody event, as on its line. `at` is UTC with six decimals and `Z`; `prev` and `nonce` lower-case hex."""

    case: str
    seq: int
    prev: str
    at: str
    actor: str
    event: str
    data: dict[str, Any]
    nonce: str


def timestamp(at: datetime) -> str:
    """Return `at`, which must be aware, as the log writes it: UTC, six decimals, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_timestamp(text: str) -> datetime:
    """Return the time that `text` spells as the log writes it. Raises `Malformed` for any other spelling."""
    if _AT.fullmatch(text) is None:
        raise Malformed("the time is not UTC with six decimals and Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError as exc:
        raise Malformed(f"the time does not exist: {exc}") from exc


def event_line(event: Event) -> bytes:
    """Return the bytes of the line, with its LF: RFC 8785 over the nine members.

    Raises `ValueError` when a value is outside the JSON profile or the line is longer than `MAX_LINE`.
    """
    line = canon.dumps(
        {
            "v": 1,
            "case": event.case,
            "seq": event.seq,
            "prev": event.prev,
            "at": event.at,
            "actor": event.actor,
            "event": event.event,
            "data": event.data,
            "nonce": event.nonce,
        }
    )
    if len(line) >= MAX_LINE:
        raise ValueError(f"the event needs a line of {len(line) + 1} bytes, and {MAX_LINE} are allowed")
    return line + b"\n"


def line_sha256(event: Event) -> str:
    """Return the SHA-256 of the event's line with its LF, as the next line's `prev` has it."""
    return canon.sha256_hex(event_line(event))


def parse_line(raw: bytes) -> Event:
    """Return the event of a raw line, given with its LF; `event_line(parse_line(raw)) == raw` holds.

    Raises `NotCanonical` when the bytes are not the one canonical form of their value or lack the LF, and `Malformed`
    when the value is not an event. Whether it belongs at its place is for `state` to say.
    """
    if len(raw) > MAX_LINE:
        raise NotCanonical(f"longer than {MAX_LINE} bytes")
    if not raw.endswith(b"\n"):
        raise NotCanonical("the line does not end with LF")
    value = canon.loads(raw[:-1])
    if not isinstance(value, dict) or value.keys() != _MEMBERS:
        raise Malformed(f"the members are not exactly {', '.join(sorted(_MEMBERS))}")
    seq = value["seq"]
    if value["v"] != 1 or isinstance(value["v"], bool):
        raise Malformed("v is not 1")
    if not isinstance(seq, int) or isinstance(seq, bool) or seq < 1:
        raise Malformed("seq is not a number from 1")
    data = value["data"]
    if not isinstance(data, dict):
        raise Malformed("data is not an object")
    event = Event(
        case=_text(value, "case", _CASE),
        seq=seq,
        prev=_text(value, "prev", _HEX64),
        at=_text(value, "at", _AT),
        actor=_text(value, "actor", None),
        event=_text(value, "event", _EVENT),
        data=data,
        nonce=_text(value, "nonce", _HEX32),
    )
    parse_timestamp(event.at)
    return event


def is_hole(raw: bytes) -> bool:
    """Return whether `raw` cannot be a whole line: no LF at its end, or NUL bytes where the disk never wrote.

    JSON escapes NUL, so no event holds one. A hole that nothing vouches for, and all that follows it, is a torn tail.
    """
    return not raw.endswith(b"\n") or b"\0" in raw


def _text(value: dict[str, Json], name: str, pattern: re.Pattern[str] | None) -> str:
    text = value[name]
    if not isinstance(text, str) or not text or (pattern is not None and pattern.fullmatch(text) is None):
        raise Malformed(f"{name} is not in its form")
    return text
