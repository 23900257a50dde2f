"""The end and the central directory of a zip, read strictly (APPNOTE 6.3.10 §4.3.12 to §4.3.16)."""

import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.bundle.members import MAX_MEMBERS, Flaw, Weight

STORED, DEFLATED = 0, 8
EMPTY = 2  # bytes of nothing, deflated
UTF8, DESCRIPTOR, ENCRYPTED = 1 << 11, 1 << 3, 1 | 1 << 6 | 1 << 13
KNOWN_FLAGS = UTF8 | DESCRIPTOR | ENCRYPTED | 0b110  # the last two say how hard it was packed
MAX_DIRECTORY = 1 << 26  # bytes of the directory
MAX_COMMENT = 0xFFFF

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s4H4L5H2L")
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
MAX_USUAL = 64  # bytes of a usual extra field, but for a name
ZIP64 = 1
AES = 0x9901
UNICODE_PATH = 0x7075
# Sizes, times and owners as usual programs write them. Anything else in a header may be meant to say more.
USUAL_EXTRA = frozenset({ZIP64, AES, UNICODE_PATH, 0x000A, 0x5455, 0x5855, 0x7855, 0x7875})


class BadZip(ValueError):
    """The file is no zip that can be read in one way only; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A member as the directory has it: `size` bytes, `packed` bytes as they are stored, `at` of its local header."""

    name: str
    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    at: int

    @property
    def folder(self) -> bool:
        """Whether it is a folder."""
        return self.name.endswith("/")

    @property
    def encrypted(self) -> bool:
        """Whether its bytes cannot be read without a password."""
        return bool(self.flags & ENCRYPTED) or self.method == 99


def directory(descriptor: int) -> tuple[list[Entry], int, list[Flaw]]:
    """Return the members, where the directory begins, and what is unusual.

    Raises `BadZip` when there is more than one way to read the file.
    """
    total = os.fstat(descriptor).st_size
    at, count, start, size = _end(descriptor, total)
    if start + size != at:
        kind = "more than" if start + size < at else "less than"
        raise BadZip(f"{kind} the directory lies between where it is said to begin and the end record: hidden bytes")
    if size > MAX_DIRECTORY or count > MAX_MEMBERS:
        raise BadZip(f"it says that it holds {count} files; more than {MAX_MEMBERS} are not looked at")
    entries: list[Entry] = []
    flaws: list[Flaw] = []
    data = os.pread(descriptor, size, start)
    place = 0
    while place < len(data):
        entry, place, found = _entry(data, place, start)
        entries.append(entry)
        flaws += found
        if len(entries) > count:
            break
    if len(data) != size or len(entries) != count:
        raise BadZip(f"the end record counts {count} members, and the directory has {len(entries)} or more")
    return entries, start, flaws


def extras(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the extra fields of a header. Raises `BadZip` when they do not end where the header does."""
    at = 0
    while at < len(data):
        if len(data) < at + 4:
            raise BadZip("an extra field is cut off")
        kind, size = struct.unpack_from("<2H", data, at)
        at += 4
        if len(data) < at + size:
            raise BadZip("an extra field is longer than its header")
        yield kind, data[at : at + size]
        at += size


def extra_fields(data: bytes) -> dict[int, bytes]:
    """Return the extra fields of a header. Raises `BadZip`, also for one that comes twice."""
    fields: dict[int, bytes] = {}
    for kind, value in extras(data):
        if kind in fields:
            raise BadZip(f"the extra field {kind:#06x} comes twice in one header")
        fields[kind] = value
    return fields


def _end(descriptor: int, total: int) -> tuple[int, int, int, int]:
    """Return (where the records behind the directory begin, number of members, start and size of the directory)."""
    tail = os.pread(descriptor, _END.size + MAX_COMMENT, max(0, total - _END.size - MAX_COMMENT))
    found = tail.rfind(b"PK\5\6")
    if found < 0 or len(tail) - found < _END.size:
        raise BadZip("it has no end record: it is no zip, or was cut off")
    _, disk, first, here, count, size, start, comment = _END.unpack_from(tail, found)
    behind = len(tail) - found - _END.size
    if behind != comment:
        raise BadZip(f"{behind} bytes follow the end record, which announces {comment}: hidden bytes")
    if comment:
        raise BadZip(f"{comment} bytes of comment follow the end record: nothing that lists the content covers them")
    at = total - _END.size
    if here != count or disk or first:
        raise BadZip("it is a part of a zip in several pieces, or says so")
    if at >= _LOCATOR.size:
        locator = os.pread(descriptor, _LOCATOR.size, at - _LOCATOR.size)
        if locator.startswith(b"PK\6\7"):
            return _end64(descriptor, at - _LOCATOR.size, locator, (count, size, start))
    if _FULL32 in {size, start}:
        raise BadZip("it says that its sizes stand in a zip64 record, and there is none")
    return at, count, start, size


def _end64(descriptor: int, at: int, locator: bytes, short: tuple[int, int, int]) -> tuple[int, int, int, int]:
    _, disk, place, disks = _LOCATOR.unpack(locator)
    data = os.pread(descriptor, _END64.size, place) if place + _END64.size == at else b""
    if len(data) != _END64.size or not data.startswith(b"PK\6\6") or disk or disks > 1:
        raise BadZip("its zip64 record is not where the file says: hidden bytes")
    _, length, _, _, number, first, here, count, size, start = _END64.unpack(data)
    if length != _END64.size - 12 or number or first or here != count:
        raise BadZip("its zip64 record holds more than it should, or is of a zip in several pieces")
    full = (_FULL16, _FULL32, _FULL32)
    if any(old not in {new, mark} for old, new, mark in zip(short, (count, size, start), full, strict=True)):
        raise BadZip("its end record and its zip64 record tell different numbers")
    return place, count, start, size


def _entry(data: bytes, place: int, start: int) -> tuple[Entry, int, list[Flaw]]:
    if len(data) - place < _ENTRY.size or not data.startswith(b"PK\1\2", place):
        raise BadZip(f"its directory cannot be read at byte {start + place}")
    fields = _ENTRY.unpack_from(data, place)
    _, made_by, _, flags, method, _, crc, packed, size, named, extra, comment, disk, _, attributes, at = fields
    place += _ENTRY.size
    end = place + named + extra + comment
    if end > len(data):
        raise BadZip(f"its directory is cut off at byte {start + place}")
    raw = data[place : place + named]
    more = extra_fields(data[place + named : place + named + extra])
    packed, size, at, disk = _long(more.get(ZIP64, b""), packed, size, at, disk)
    if disk:
        raise BadZip("a member is said to lie in another piece of the zip")
    name, flaws = _name(raw, flags, more)
    if comment:
        flaws.append(Flaw(Weight.REFUSED, name, f"it has {comment} bytes of comment, which nothing lists"))
    flaws += _kind(name, made_by, attributes)
    if name.endswith("/") and (size or crc or packed > (EMPTY if method == DEFLATED else 0)):
        flaws.append(Flaw(Weight.REFUSED, name, f"it is a folder with {size} bytes of content, stored as {packed}"))
    if flags & ~KNOWN_FLAGS:
        flaws.append(Flaw(Weight.UNREAD, name, f"it is stored in a way that is not read here (flags {flags:#06x})"))
    flaws += unusual(name, more, "its header")
    return Entry(name, raw, flags, method, crc, packed, size, at), end, flaws


def _long(extra: bytes, packed: int, size: int, at: int, disk: int) -> tuple[int, int, int, int]:
    """Return the numbers of an entry, those that did not fit from its zip64 field."""
    place = 0
    values = []
    for value, mark, form in (
        (size, _FULL32, "<Q"),
        (packed, _FULL32, "<Q"),
        (at, _FULL32, "<Q"),
        (disk, _FULL16, "<L"),
    ):
        if value == mark:
            if len(extra) - place < struct.calcsize(form):
                raise BadZip("a member says that its size stands in a zip64 field, and it does not")
            values.append(int(struct.unpack_from(form, extra, place)[0]))
            place += struct.calcsize(form)
        else:
            values.append(value)
    if place != len(extra):
        raise BadZip("a zip64 field states numbers that the member does not ask it for")
    return values[1], values[0], values[2], values[3]


def _name(raw: bytes, flags: int, more: dict[int, bytes]) -> tuple[str, list[Flaw]]:
    flaws = []
    if flags & UTF8 or raw.isascii():
        name = raw.decode("utf-8", "surrogateescape")
    else:
        name = raw.decode("cp437")
        flaws.append(Flaw(Weight.UNREAD, name, "its name is not marked as Unicode: every program reads it another way"))
    if b"\0" in raw:
        flaws.append(Flaw(Weight.REFUSED, name, "its name holds a NUL byte, where some programs end it"))
    if other_name(raw, more):
        flaws.append(Flaw(Weight.REFUSED, name, "an extra field gives it another name"))
    return name, flaws


def unusual(name: str, fields: dict[int, bytes], where: str) -> Iterator[Flaw]:
    """Yield that a header holds extra fields that few programs write, or longer ones than these do."""
    long = {kind for kind, value in fields.items() if len(value) > MAX_USUAL and kind != UNICODE_PATH}
    if found := sorted(long | (fields.keys() - USUAL_EXTRA)):
        yield Flaw(Weight.NOTE, name, f"{where} holds extra fields ({', '.join(map(hex, found))})")


def other_name(raw: bytes, fields: dict[int, bytes]) -> bool:
    """Return whether an extra field gives the member another name, which some programs take."""
    return UNICODE_PATH in fields and fields[UNICODE_PATH][5:] != raw


def _kind(name: str, made_by: int, attributes: int) -> Iterator[Flaw]:
    mode = attributes >> 16
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        yield Flaw(Weight.REFUSED, name, "it is a symbolic link")
    elif kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        yield Flaw(Weight.REFUSED, name, "it is neither a file nor a folder")
    elif kind and (kind == stat.S_IFDIR) != name.endswith("/"):
        yield Flaw(Weight.REFUSED, name, "its name and its kind disagree about whether it is a folder")
    if made_by >> 8 == 0 and attributes & 0x10 and not name.endswith("/"):
        yield Flaw(Weight.REFUSED, name, "its name and its kind disagree about whether it is a folder")
