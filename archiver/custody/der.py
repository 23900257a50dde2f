"""A strict reader for the few DER structures that time stamps are made of (X.690 §10), and the writer of as few.

It reads what it is asked to expect, one level at a time: nothing recurses, and whatever is not plain DER is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BITS: Final = 0x03
OCTETS: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
UTF8: Final = 0x0C
TIME: Final = 0x18  # GeneralizedTime
SEQUENCE: Final = 0x30
SET: Final = 0x31

_MAX_INTEGER: Final = 66  # bytes; serial numbers and nonces are shorter
_MAX_OID: Final = 64
_ARC: Final = re.compile(rb"[\x80-\xff]*[\x00-\x7f]")


class BadDer(ValueError):
    """The bytes are not the DER that was expected; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its tag byte, all its bytes, and those behind tag and length."""

    tag: int
    raw: bytes
    content: bytes

    def reader(self, what: str) -> "Reader":
        """Return a reader of the values inside."""
        return Reader(self.content, what)


class Reader:
    """Takes values off `data` in order; `what` names the place in messages."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    def take(self, tag: int) -> Value:
        """Return the next value, whose tag byte is `tag`. Raises `BadDer`."""
        value = self.next_with(tag)
        if value is None:
            raise self._bad("ends too early" if self._at == len(self._data) else "has an unexpected part")
        return value

    def next_with(self, tag: int) -> Value | None:
        """Return the next value when its tag byte is `tag`, else None and stay. Raises `BadDer`."""
        if self._at == len(self._data) or self._data[self._at] != tag:
            return None
        return self._next()

    def rest(self, tag: int | None = None) -> Iterator[Value]:
        """Yield every value that is left, each with the tag byte `tag` where one is given. Raises `BadDer`."""
        while self._at < len(self._data):
            yield self._next() if tag is None else self.take(tag)

    def end(self) -> None:
        """Raise `BadDer` unless all has been read."""
        if self._at != len(self._data):
            raise self._bad(f"goes on for {len(self._data) - self._at} bytes behind its end")

    def integer(self, tag: int = INTEGER) -> int:
        """Return the next value as a number. Raises `BadDer`."""
        content = self.take(tag).content
        if not 0 < len(content) <= _MAX_INTEGER:
            raise self._bad("has a number without a size that it may have")
        if len(content) > 1 and (content[0], content[1] >> 7) in {(0x00, 0), (0xFF, 1)}:
            raise self._bad("has a number that is longer than need be")
        return int.from_bytes(content, "big", signed=True)

    def oid(self) -> str:
        """Return the next value as an object identifier in dots. Raises `BadDer`."""
        content = self.take(OID).content
        if not 0 < len(content) <= _MAX_OID or content[-1] & 0x80:
            raise self._bad("has an identifier that cannot be read")
        arcs: list[int] = []
        for match in _ARC.finditer(content):
            if match.group()[0] == 0x80:
                raise self._bad("has an identifier that is longer than need be")
            arc = 0
            for byte in match.group():
                arc = arc << 7 | byte & 0x7F
            arcs.append(arc)
        first = min(arcs[0] // 40, 2)
        return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))

    def _next(self) -> Value:
        data, start = self._data, self._at
        head = start + 2
        if head > len(data):
            raise self._bad("ends too early")
        tag, length = data[start], data[start + 1]
        if tag & 0x1F == 0x1F:
            raise self._bad("has a tag of more than one byte")
        if length >= 0x80:
            count = length & 0x7F
            head += count
            if not 1 <= count <= 4 or head > len(data):
                raise self._bad("has a length that cannot be read")
            length = int.from_bytes(data[start + 2 : head], "big")
            if length < 0x80 or length >> 8 * (count - 1) == 0:
                raise self._bad("has a length that is longer than need be")
        end = head + length
        if end > len(data):
            raise self._bad("ends too early")
        self._at = end
        return Value(tag, data[start:end], data[head:end])

    def _bad(self, why: str) -> BadDer:
        return BadDer(f"{self._what} {why}")


def read_one(data: bytes, tag: int, what: str) -> Value:
    """Return the one value that `data` is. Raises `BadDer` when anything precedes, follows or replaces it."""
    reader = Reader(data, what)
    value = reader.take(tag)
    reader.end()
    return value


def encoded(tag: int, *contents: bytes) -> bytes:
    """Return the value with this tag byte and the joined contents."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def encoded_integer(number: int) -> bytes:
    """Return `number`, which must not be negative, as an INTEGER."""
    return encoded(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))
