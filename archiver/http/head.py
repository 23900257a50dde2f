"""Where a head begins and ends, and what its lines say: pure functions over the bytes of one head.

The rules are those of Chromium's parser. The status line may be preceded by up to four stray bytes (a byte order mark,
an empty line); the letters `http`, in any case, begin it. The head ends at an empty line, LF or CR LF. Inside it LF,
CR LF and a bare CR all end a line. A line that begins with white space continues the header before it; where there is
none, and where a line has no colon, an empty name, or a name that is no token (RFC 9110 §5.6.2), the line is not a
header. White space around name and value is dropped. Everything else stays as it came.

Beyond Chromium, `ICY 200 OK` (SHOUTcast) is a status line too: players and curl read it so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MAX_LINES: Final = 100_000  # a head that Chromium accepts (256 KiB) has fewer

_SLOP: Final = 4  # stray bytes that Chromium skips before "http"
_MAX_DIGITS: Final = 9
_NUMBERED = re.compile(rb"http/([0-9])\.([0-9])", re.IGNORECASE)
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(rb"[\x01-\x08\x0b-\x1f\x7f]")
_ONCE: Final = frozenset(
    b"age content-disposition content-location content-type date etag expires last-modified retry-after".split()
)


class Notes:
    """Anomaly names with the offset where each was seen first, so that no answer can make them grow without bound."""

    def __init__(self) -> None:
        self.first: dict[str, int] = {}

    def note(self, name: str, at: int) -> None:
        """Remember `name` at block offset `at`, unless it was seen before."""
        self.first.setdefault(name, at)


@dataclass(frozen=True, slots=True)
class Head:
    """One head as read. `modern` tells whether the version is HTTP/1.1 or later, as chunked coding requires."""

    version: bytes
    modern: bool
    status: int | None
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    def items(self, name: bytes) -> Iterator[bytes]:
        """Yield the comma-separated members of every header `name` (lower case), in order, without white space."""
        for key, value in self.headers:
            if key.lower() == name:
                start, end = 0, value.find(b",")
                while end >= 0:
                    yield value[start:end].strip(b" \t")
                    start, end = end + 1, value.find(b",", end + 1)
                yield value[start:].strip(b" \t")


def head_start(data: bytes | bytearray) -> int | None:
    """Return where the status line begins in `data`, -1 when there is none, None while eight bytes have not come."""
    begin = bytes(data[: _SLOP + 4]).lower()
    if begin.startswith(b"icy "):
        return 0
    found = begin.find(b"http")
    return None if found < 0 and len(begin) < _SLOP + 4 else found


def head_end(data: bytearray, start: int) -> tuple[int, int]:
    """Return (end, resume): `end` is just past the empty line, or -1 when it has not come.

    `resume` is the `start` for the next call when more bytes have come; no byte is looked at twice but the last three.
    """
    while (lf := data.find(b"\n", start)) >= 0:
        after = bytes(data[lf + 1 : lf + 3])
        if after.startswith(b"\n"):
            return lf + 2, lf
        if after == b"\r\n":
            return lf + 3, lf
        if after in (b"", b"\r"):
            return -1, lf
        start = lf + 1
    return -1, len(data)


def read_head(data: bytes, at: int, notes: Notes) -> Head:
    """Return what the head `data`, which begins with its status line at block offset `at`, says; never raises."""
    lines = _lines(data, at, notes)
    version, modern, status, reason = _status_line(next(lines)[0], at, notes)
    headers: list[tuple[bytes, bytes]] = []
    seen: set[bytes] = set()
    for line, where in _unfolded(lines, notes):
        name, value = _header(line, where, notes)
        if not name:
            continue
        if (key := name.lower()) in _ONCE:
            if key in seen:
                notes.note("header-several", where)
            seen.add(key)
        headers.append((name, value))
    return Head(version, modern, status, reason, tuple(headers))


def _lines(data: bytes, at: int, notes: Notes) -> Iterator[tuple[bytes, int]]:
    """Yield (line without its end, block offset) for the status line and every line after it that is not empty."""
    start = count = 0
    while start < len(data):
        lf = data.find(b"\n", start)
        end = len(data) if lf < 0 else lf
        crlf = lf > start and data[lf - 1] == 0x0D
        if lf >= 0 and not crlf:
            notes.note("head-bare-lf", at + lf)
        whole = data[start : end - 1 if crlf else end]
        if b"\r" in whole:
            notes.note("header-bare-cr", at + start + whole.index(b"\r"))
        offset = start
        for line in whole.split(b"\r", MAX_LINES - count):
            count += 1
            if count > MAX_LINES:
                notes.note("header-too-many", at + offset)
                return
            if line:
                yield line, at + offset
            offset += len(line) + 1
        start = end + 1


def _unfolded(lines: Iterator[tuple[bytes, int]], notes: Notes) -> Iterator[tuple[bytes, int]]:
    parts: list[bytes] = []
    begin = 0
    named = False
    for line, where in lines:
        if line[:1] not in (b" ", b"\t"):
            if parts:
                yield b" ".join(parts), begin
            parts, begin = [line], where
            named = line.find(b":") > 0
        elif named:
            notes.note("header-folded", where)
            parts.append(line.strip(b" \t"))
        else:
            notes.note("header-leading-space", where)
    if parts:
        yield b" ".join(parts), begin


def _header(line: bytes, where: int, notes: Notes) -> tuple[bytes, bytes]:
    """Return name and value, the name empty when the line is not a header."""
    raw_name, colon, rest = line.partition(b":")
    name, value = raw_name.strip(b" \t"), rest.strip(b" \t")
    if not line.isascii():
        notes.note("header-non-ascii", where)
    if not colon:
        notes.note("header-no-colon", where)
        return b"", b""
    if not name:
        notes.note("header-name-empty", where)
        return b"", b""
    if not _TOKEN.fullmatch(name):
        notes.note("header-name-odd", where)
        return b"", b""
    if name != raw_name:
        notes.note("header-space-before-colon", where)
    if b"\0" in value:
        notes.note("header-nul", where)
    if _CONTROL.search(value):
        notes.note("header-control", where)
    return name, value


def _status_line(line: bytes, at: int, notes: Notes) -> tuple[bytes, bool, int | None, bytes]:
    version = line.replace(b"\t", b" ").partition(b" ")[0]
    gap, rest = _split(line[len(version) :], b" \t")
    digits, rest = _split(rest, b"0123456789")
    gap_after, reason = _split(rest, b" \t")
    if version[:4].lower() == b"icy":
        notes.note("status-icy", at)
    elif version not in (b"HTTP/1.0", b"HTTP/1.1"):
        notes.note("status-version-odd", at)
    usable = 0 < len(digits) <= _MAX_DIGITS
    if not usable:
        notes.note("status-missing", at)
    elif len(digits) != 3 or not b"100" <= digits <= b"599":
        notes.note("status-out-of-range", at)
    if (digits and gap != b" ") or gap_after not in (b"", b" ") or (digits and reason and not gap_after):
        notes.note("status-spacing", at)
    if not reason.isascii() or b"\0" in reason or _CONTROL.search(reason):
        notes.note("status-reason-odd", at)
    numbered = _NUMBERED.fullmatch(version)
    modern = numbered is not None and (int(numbered[1]), int(numbered[2])) >= (1, 1)
    return version, modern, int(digits) if usable else None, reason.rstrip(b" \t")


def _split(data: bytes, kind: bytes) -> tuple[bytes, bytes]:
    rest = data.lstrip(kind)
    return data[: len(data) - len(rest)], rest
