"""The lines of a text in a bundle, packed with gzip or not, with bounds on lines and on the whole."""

import zlib
from collections.abc import Iterator

from archiver.bundle.members import CHUNK, Bundle, damaged
from archiver.errors import CaseError

MAX_TEXT = 1 << 31  # bytes of an index or a list of pages, unpacked
MAX_LINE = 1 << 20  # bytes

_STEP = 1 << 14  # packed bytes at a time: what follows a member is copied for the next, and members can be tiny


def lines_of(bundle: Bundle, name: str, *, limit: int = MAX_LINE) -> Iterator[bytes]:
    """Yield the lines of a file without their LF, each of at most `limit` bytes.

    Raises `CaseError` as the bundle does, and "large" for what is longer than a line or a whole may be.
    """
    pieces = bundle.chunks(name)
    rest, size = b"", 0
    for piece in _unpacked(pieces, name) if name.endswith(".gz") else pieces:
        size += len(piece)
        *whole, rest = (rest + piece).split(b"\n")
        if size > MAX_TEXT or len(rest) > limit or any(len(line) > limit for line in whole):
            why = f"it has a line of over {limit} bytes, or more than {MAX_TEXT} bytes in all"
            raise CaseError("large", f"{name!r}: {why}")
        yield from whole
    if rest:
        yield rest


def _unpacked(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    inflater = zlib.decompressobj(31)
    begun = False
    try:
        for data in (piece[at : at + _STEP] for piece in pieces for at in range(0, len(piece), _STEP)):
            left = data
            while left:
                begun = True
                yield inflater.decompress(left, CHUNK)
                left = inflater.unconsumed_tail
                if inflater.eof:
                    left, begun = inflater.unused_data, False
                    inflater = zlib.decompressobj(31)
    except zlib.error as exc:
        raise damaged(name, "it cannot be unpacked") from exc
    if begun:
        raise damaged(name, "its packed data do not end")
