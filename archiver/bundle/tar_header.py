"""One header block of a tar, and what extended headers say (POSIX.1-2017 pax interchange format). Pure."""

from dataclasses import dataclass

BLOCK = 512
MAX_EXTENDED = 1 << 16  # bytes of an extended header; a path takes a few hundred
_CHECKSUM = slice(148, 156)
_POSIX, _GNU, _OLD = (b"ustar\x0000", b"ustar\0\0\0"), b"ustar  \0", bytes(8)
_NUMBERS = ((100, 108), (108, 116), (116, 124), (136, 148), (329, 337), (337, 345))  # mode, owner, group, time, device
_OWNERS = ((265, 297), (297, 329))  # by name


class BadTar(ValueError):
    """The file is no tar that can be read in one way only; the message says why."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says: the name with its prefix, the size of the data in bytes, the kind as its one byte."""

    name: str
    size: int
    kind: bytes
    link: str


def parse_header(block: bytes, at: int) -> Header:
    """Return what the header at byte `at` says. Raises `BadTar` when it is none, or says something hidden."""
    if _number(block[_CHECKSUM], at) != sum(block) - sum(block[_CHECKSUM]) + 8 * 0x20:
        raise BadTar(f"there is no sound header at byte {at}")
    magic = block[257:265]
    name = _text(block[:100], at)
    prefix = _text(block[345:500], at) if magic in _POSIX else ""
    if magic not in {*_POSIX, _GNU, _OLD}:
        raise BadTar(f"the header at byte {at} is of a kind of tar that is not read here")
    # Where others have times, or nothing, some programs read the folder of the file whatever the kind of tar.
    if block[156:157] != b"S" and block[500 if magic in _POSIX else 345 :].strip(b"\0"):  # "S" has its holes there
        raise BadTar(f"hidden bytes lie in the header at byte {at}")
    for start, end in _OWNERS:
        _text(block[start:end], at)
    for start, end in _NUMBERS:
        if not block[start] & 0x80:  # else a number of any value, which decides nothing
            _number(block[start:end], at)
    size = _number(block[124:136], at)
    return Header(f"{prefix}/{name}" if prefix else name, size, block[156:157], _text(block[157:257], at))


def extended(data: bytes) -> dict[str, str]:
    """Return the records of an extended header. Raises `BadTar` when they are not well-formed, or one comes twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        digits, blank, _ = data[at : at + 16].partition(b" ")
        length = int(digits) if blank and digits.isdigit() and digits[:1] != b"0" else 0
        key, equals, value = data[at + len(digits) + 1 : at + length].partition(b"=")
        if not value.endswith(b"\n") or not equals or at + length > len(data):
            raise BadTar("an extended header is not well-formed")
        name = key.decode("utf-8", "surrogateescape")
        if name in found:
            raise BadTar(f"an extended header says {name!r} twice")
        found[name] = value[:-1].decode("utf-8", "surrogateescape")
        at += length
    return found


def gnu_name(data: bytes) -> str:
    """Return the long name that a GNU header holds."""
    return data.removesuffix(b"\0").decode("utf-8", "surrogateescape")


def _text(field: bytes, at: int) -> str:
    text, _, rest = field.partition(b"\0")
    if rest.strip(b"\0"):
        raise BadTar(f"hidden bytes lie behind a name in the header at byte {at}")
    return text.decode("utf-8", "surrogateescape")


def _number(field: bytes, at: int) -> int:
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=False) - (0x80 << 8 * (len(field) - 1))
        if field[0] != 0x80 or value >= 1 << 60:
            raise BadTar(f"a number in the header at byte {at} is negative, or too large")
        return value
    digits = field.strip(b" \0") or b"0"
    if not all(0x30 <= digit <= 0x37 for digit in digits):
        raise BadTar(f"a number in the header at byte {at} is not octal")
    return int(digits, 8)
