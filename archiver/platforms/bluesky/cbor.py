"""DAG-CBOR as the AT Protocol has it, strictly: for each value there is one encoding, and any other is refused.

Whole numbers of 64 bits in their shortest form, definite lengths, texts in UTF-8, maps whose names are texts in order
of length and then of bytes, links under tag 42; no fractions
(atproto.com/specs/data-model, ipld.io/specs/codecs/dag-cbor).
"""

import base64
import binascii
from typing import Any, Final

from archiver.platforms.bluesky.cid import Cid, Malformed
from archiver.platforms.reading import Fraction

MAX_DEPTH: Final = 64  # levels within one value: a post has about ten
MAX_VALUES: Final = 20_000  # within one value: a post, or a node of a tree, has some hundred

_SIMPLE: Final = {0xF4: False, 0xF5: True, 0xF6: None}
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}
_LINK: Final = b"\xd8\x2a\x58\x25\x00"  # tag 42, 37 bytes, a zero before the CID


def decoded(data: bytes) -> Any:
    """Return the value that `data` encodes: None, bool, int, str, bytes, `Cid`, list or dict.

    Raises `Malformed` for anything but the one encoding of a value, and for values deeper than `MAX_DEPTH`
    or of more than `MAX_VALUES`.
    """
    reader = _Reader(data)
    value = reader.value(MAX_DEPTH)
    if reader.at != len(data):
        raise Malformed("bytes after the end of the value")
    return value


def encoded(value: Any) -> bytes:
    """Return the one encoding of a value. Raises `Malformed` for values that DAG-CBOR does not know."""
    pieces: list[bytes] = []
    _encode(value, pieces, MAX_DEPTH)
    return b"".join(pieces)


def of_json(value: Any) -> Any:
    """Return the value that the JSON of the AT Protocol tells, with `$link` and `$bytes` turned into what they mean.

    Raises `Malformed` where the JSON tells no such value: fractions, broken links, too deep.
    """
    return _of_json(value, MAX_DEPTH)


def to_json(value: Any) -> Any:
    """Return a decoded value as the JSON of the AT Protocol tells it."""
    if isinstance(value, Cid):
        return {"$link": str(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii").rstrip("=")}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {name: to_json(item) for name, item in value.items()}
    return value


class _Reader:
    """Reads one value after the other; `at` is where the next one begins."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.values = 0

    def value(self, depth: int) -> Any:
        if depth == 0:
            raise Malformed(f"deeper than {MAX_DEPTH} levels")
        self.values += 1
        if self.values > MAX_VALUES:
            raise Malformed(f"more than {MAX_VALUES} values")
        first = self._take(1)[0]
        if first in _SIMPLE:
            return _SIMPLE[first]
        major, size = first >> 5, self._size(first & 31)
        if major == 0:
            return size
        if major == 1:
            return -1 - size
        if major == 2:
            return self._take(size)
        if major == 3:
            return self._text(size)
        if major == 4:
            return [self.value(depth - 1) for _ in range(self._count(size))]
        if major == 5:
            return self._map(self._count(size), depth)
        if major == 6:
            return self._link(size)
        raise Malformed("a fraction, or a simple value that DAG-CBOR does not know")

    def _map(self, size: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        last: tuple[int, bytes] = (-1, b"")
        for _ in range(size):
            first = self._take(1)[0]
            if first >> 5 != 3:
                raise Malformed("a map with a name that is no text")
            start_size = self._size(first & 31)
            start = self.at
            name = self._text(start_size)
            rank = (start_size, self.data[start : self.at])
            if rank <= last:
                raise Malformed("a map whose names are not in order, or stand twice")
            last = rank
            found[name] = self.value(depth - 1)
        return found

    def _link(self, tag: int) -> Cid:
        if tag != 42:
            raise Malformed(f"tag {tag}: DAG-CBOR knows 42 alone")
        first = self._take(1)[0]
        if first >> 5 != 2:
            raise Malformed("a link that is not made of bytes")
        data = self._take(self._size(first & 31))
        if data[:1] != b"\0":
            raise Malformed("a link without the zero before its CID")
        return Cid.read(data[1:])

    def _text(self, size: int) -> str:
        try:
            return self._take(size).decode("utf-8")
        except UnicodeDecodeError as exc:
            raise Malformed("a text that is not UTF-8") from exc

    def _count(self, size: int) -> int:
        if size > len(self.data) - self.at:  # each item has a byte at least
            raise Malformed("more items than bytes")
        return size

    def _size(self, short: int) -> int:
        if short < 24:
            return short
        if short not in _WIDTHS:
            raise Malformed("a length that is not definite")
        width = _WIDTHS[short]
        size = int.from_bytes(self._take(width), "big")
        if size < (24 if width == 1 else 1 << (4 * width)):
            raise Malformed("a number that is not in its shortest form")
        return size

    def _take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise Malformed("it ends within a value")
        self.at += size
        return self.data[self.at - size : self.at]


def _encode(value: Any, out: list[bytes], depth: int) -> None:
    if depth == 0:
        raise Malformed(f"deeper than {MAX_DEPTH} levels")
    if len(out) > 2 * MAX_VALUES:  # a text has two pieces: its length and itself
        raise Malformed(f"more than {MAX_VALUES} values")
    if value is None or isinstance(value, bool):
        out.append(b"\xf6" if value is None else b"\xf5" if value else b"\xf4")
    elif isinstance(value, int):
        out.append(_head(0, value) if value >= 0 else _head(1, -1 - value))
    elif isinstance(value, Cid):
        out.append(_LINK + bytes(value))
    elif isinstance(value, bytes):
        out += (_head(2, len(value)), value)
    elif isinstance(value, str):
        data = _utf8(value)
        out += (_head(3, len(data)), data)
    elif isinstance(value, list):
        out.append(_head(4, len(value)))
        for item in value:
            _encode(item, out, depth - 1)
    elif isinstance(value, dict):
        out.append(_head(5, len(value)))
        for size, name, item in sorted(((len(data := _utf8(name)), data, name) for name in value), key=lambda n: n[:2]):
            out += (_head(3, size), name)
            _encode(value[item], out, depth - 1)
    else:
        raise Malformed(f"a value that DAG-CBOR does not know: {type(value).__name__}")


def _head(major: int, size: int) -> bytes:
    if size < 24:
        return bytes((major << 5 | size,))
    for short, width in _WIDTHS.items():
        if size < 1 << (8 * width):
            return bytes((major << 5 | short,)) + size.to_bytes(width, "big")
    raise Malformed("a number of more than 64 bits")


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise Malformed("a text with half a character") from exc


def _of_json(value: Any, depth: int) -> Any:
    if depth == 0:
        raise Malformed(f"deeper than {MAX_DEPTH} levels")
    if isinstance(value, Fraction):
        raise Malformed("a number that is not whole")
    if isinstance(value, list):
        return [_of_json(item, depth - 1) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$link"} and isinstance(link := value["$link"], str):
        return Cid.parse(link)
    if value.keys() == {"$bytes"} and isinstance(text := value["$bytes"], str):
        return _bytes(text)
    return {name: _of_json(item, depth - 1) for name, item in value.items()}


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Malformed("bytes that are not base64") from exc
