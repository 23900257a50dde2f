"""The lines of a text in a bundle, packed with gzip or not, with bounds on lines and on the whole."""

import zlib
from collections.abc import Iterator

from archiver.bundle.members import CHUNK, Bundle, damaged

MAX_TEXT = 1 << 31  # bytes of an index or a list of pages, unpacked
MAX_LINE = 1 << 20  # bytes


def lines_of(bundle: Bundle, name: str) -> Iterator[bytes]:
    """Yield the lines of a file without their LF. Raises `CaseError` as the bundle does, and for what is too long."""
    pieces = bundle.chunks(name)
    rest, size = b"", 0
    for piece in _unpacked(pieces, name) if name.endswith(".gz") else pieces:
        size += len(piece)
        *whole, rest = (rest + piece).split(b"\n")
        if size > MAX_TEXT or len(rest) > MAX_LINE or any(len(line) > MAX_LINE for line in whole):
            raise damaged(name, f"it has a line of over {MAX_LINE} bytes, or more than {MAX_TEXT} bytes in all")
        yield from whole
    if rest:
        yield rest


def _unpacked(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    inflater = zlib.decompressobj(31)
    begun = False
    try:
        for piece in pieces:
            data = piece
            while data:
                begun = True
                yield inflater.decompress(data, CHUNK)
                data = inflater.unconsumed_tail
                if inflater.eof:
                    data, begun = inflater.unused_data, False
                    inflater = zlib.decompressobj(31)
    except zlib.error as exc:
        raise damaged(name, "it cannot be unpacked") from exc
    if begun:
        raise damaged(name, "its packed data do not end")
