"""The local headers of a zip against its directory, and the bytes between them (APPNOTE 6.3.10 §4.3.7, §4.3.9)."""

import os
import struct
from collections.abc import Iterator

from archiver.bundle.members import Flaw, Weight
from archiver.bundle.zip_directory import DESCRIPTOR, USUAL_EXTRA, UTF8, ZIP64, BadZip, Entry, extra_fields

_LOCAL = struct.Struct("<4s5H3L2H")
_FULL32 = 0xFFFFFFFF
_DESCRIPTORS = ("<4s3L", "<4sL2Q", "<3L", "<L2Q")  # with and without a mark, 32 and 64 bits


def data_starts(descriptor: int, entries: list[Entry], stop: int) -> tuple[dict[str, int], list[Flaw]]:
    """Return where the data of each member begins, by name, and what is unusual.

    Raises `BadZip` when a header differs from the directory, or when the members, one after the other, do not fill the
    file from its first byte to the directory at byte `stop`.
    """
    starts: dict[str, int] = {}
    flaws: list[Flaw] = []
    expected = 0
    for entry in sorted(entries, key=lambda entry: entry.at):
        if entry.at != expected:
            what = "hidden bytes lie before" if entry.at > expected else "another member overlaps"
            raise BadZip(f"{what} the member {entry.name!r}: it begins at byte {entry.at}, and byte {expected} is next")
        starts[entry.name], found = _start(descriptor, entry)
        flaws += found
        end = starts[entry.name] + entry.packed
        expected = end + (_descriptor(descriptor, end, entry) if entry.flags & DESCRIPTOR else 0)
    if expected != stop:
        raise BadZip(f"the last member ends at byte {expected}, and the directory begins at byte {stop}: hidden bytes")
    return starts, flaws


def _start(descriptor: int, entry: Entry) -> tuple[int, list[Flaw]]:
    data = os.pread(descriptor, _LOCAL.size, entry.at)
    if len(data) < _LOCAL.size or not data.startswith(b"PK\3\4"):
        raise BadZip(f"there is no member at byte {entry.at}, where {entry.name!r} is said to begin")
    _, _, flags, method, _, _, crc, packed, size, named, extra = _LOCAL.unpack(data)
    more = os.pread(descriptor, named + extra, entry.at + _LOCAL.size)
    if len(more) < named + extra:
        raise BadZip(f"the header of {entry.name!r} is cut off")
    fields = extra_fields(more[named:])
    if more[:named] != entry.raw or (flags ^ entry.flags) & UTF8:
        raise BadZip(f"the member that the directory calls {entry.name!r} has another name in its own header")
    if flags != entry.flags or method != entry.method:
        raise BadZip(f"the directory and the header of {entry.name!r} say differently how it is stored")
    size, packed = _long(fields.get(ZIP64, b""), size, packed)
    later = flags & DESCRIPTOR and (crc, packed, size) in {(0, 0, 0), (0, _FULL32, _FULL32)}
    if not later and (crc, packed, size) != (entry.crc, entry.packed, entry.size):
        raise BadZip(f"the directory and the header of {entry.name!r} state different sizes or checksums")
    return entry.at + _LOCAL.size + named + extra, list(_unusual(entry, fields))


def _unusual(entry: Entry, fields: dict[int, bytes]) -> Iterator[Flaw]:
    if unusual := fields.keys() - USUAL_EXTRA:
        message = f"its own header holds extra fields ({', '.join(map(hex, sorted(unusual)))})"
        yield Flaw(Weight.NOTE, entry.name, message)


def _long(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    """Return the sizes of a local header, which has both in its zip64 field or none."""
    if len(extra) not in {0, 16}:
        raise BadZip("a zip64 field in a member's own header has not the length of one")
    if _FULL32 not in {size, packed} or not extra:
        return size, packed
    long_size, long_packed = struct.unpack("<2Q", extra)
    return (long_size if size == _FULL32 else size), (long_packed if packed == _FULL32 else packed)


def _descriptor(descriptor: int, end: int, entry: Entry) -> int:
    """Return the length of what follows the data of a member and repeats its checksum and sizes."""
    data = os.pread(descriptor, 24, end)
    for form in _DESCRIPTORS:
        if len(data) < struct.calcsize(form):
            continue
        *mark, crc, packed, size = struct.unpack_from(form, data)
        if mark in ([], [b"PK\7\x08"]) and (crc, packed, size) == (entry.crc, entry.packed, entry.size):
            return struct.calcsize(form)
    raise BadZip(f"what follows the data of {entry.name!r} does not repeat its checksum and sizes")
