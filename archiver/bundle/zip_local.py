"""The local headers of a zip against its directory, and the bytes between them (APPNOTE 6.3.10 §4.3.7, §4.3.9)."""

import os
import struct

from archiver.bundle.members import Flaw
from archiver.bundle.zip_directory import DESCRIPTOR, UTF8, ZIP64, BadZip, Entry, extra_fields, other_name, unusual

_LOCAL = struct.Struct("<4s5H3L2H")
_SIZES = struct.Struct("<2Q")  # of a zip64 field
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
    ordered = sorted(entries, key=lambda entry: entry.at)
    places = [*(entry.at for entry in ordered), stop]
    for entry, following in zip(ordered, places[1:], strict=True):
        if entry.at != expected:
            what = "hidden bytes lie before" if entry.at > expected else "another member overlaps"
            raise BadZip(f"{what} the member {entry.name!r}: it begins at byte {entry.at}, and byte {expected} is next")
        starts[entry.name], found = _start(descriptor, entry)
        flaws += found
        end = starts[entry.name] + entry.packed
        expected = end + (_descriptor(descriptor, end, following, entry) if entry.flags & DESCRIPTOR else 0)
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
    if more[:named] != entry.raw or (flags ^ entry.flags) & UTF8 or other_name(entry.raw, fields):
        raise BadZip(f"the member that the directory calls {entry.name!r} has another name in its own header")
    if flags != entry.flags or method != entry.method:
        raise BadZip(f"the directory and the header of {entry.name!r} say differently how it is stored")
    later = {0, _FULL32} if flags & DESCRIPTOR else set()  # each for itself: some programs know the size before
    known = (entry.crc, entry.size, entry.packed)
    stated = ((crc, *sizes) for sizes in _sizes(fields.get(ZIP64, b""), size, packed))
    if not all(value == right or value in later for each in stated for value, right in zip(each, known, strict=True)):
        raise BadZip(f"the directory and the header of {entry.name!r} state different sizes or checksums")
    return entry.at + _LOCAL.size + named + extra, list(unusual(entry.name, fields, "its own header"))


def _sizes(extra: bytes, size: int, packed: int) -> set[tuple[int, int]]:
    """Return what a local header states as size and size as stored: once, and again where it has a zip64 field."""
    if not extra:
        return {(size, packed)}
    if len(extra) != _SIZES.size:
        raise BadZip("a zip64 field in a member's own header has not the length of one")
    long_size, long_packed = _SIZES.unpack(extra)
    short = (long_size if size == _FULL32 else size, long_packed if packed == _FULL32 else packed)
    return {short, (long_size, long_packed)}


def _descriptor(descriptor: int, end: int, following: int, entry: Entry) -> int:
    """Return the length of what follows the data of a member and repeats its checksum and sizes.

    Of an empty member it can be read in several lengths: then it ends where what is `following` begins.
    """
    data = os.pread(descriptor, 24, end)
    lengths: set[int] = set()
    for form in _DESCRIPTORS:
        if len(data) < struct.calcsize(form):
            continue
        *mark, crc, packed, size = struct.unpack_from(form, data)
        if mark in ([], [b"PK\7\x08"]) and (crc, packed, size) == (entry.crc, entry.packed, entry.size):
            lengths.add(struct.calcsize(form))
    if not lengths:
        raise BadZip(f"what follows the data of {entry.name!r} does not repeat its checksum and sizes")
    return following - end if following - end in lengths else min(lengths)
