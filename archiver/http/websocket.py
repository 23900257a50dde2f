"""One side of a WebSocket as frames (RFC 6455 §5.2). Whatever its octets are, nothing raises; memory is bounded.

Names for what is odd about a frame, as docs/spec/websocket.md lists them:
`reserved-bits`, `opcode-reserved`, `unmasked` (by a browser), `masked` (by a server), `control-long`,
`control-fragmented`, `length-not-shortest`, `length-too-large`, `torn`, `unread`.
"""

from dataclasses import dataclass
from typing import Final

MAX_PART: Final = 1 << 20  # octets of a frame that are handed out at once
MAX_SIZE: Final = 2**53 - 1  # of a payload whose length can be told; no frame comes near
TEXT: Final = 1

_OPCODES = frozenset({0, 1, 2, 8, 9, 10})
_LONGEST_CONTROL = 125
_SHORT_FORMS = {2: 126, 8: 1 << 16}  # a payload shorter than this needs no length of so many octets


@dataclass(frozen=True, slots=True)
class Part:
    """A frame, or a part of one that is longer than `MAX_PART`: the very octets `wire`.

    `start` is where they begin in the frame, `head` how many of them are no payload. `size` is that of the whole
    payload as announced, None where it is not known. `key` is the masking key as it begins here, b"" where there is
    none. `whole` says that the part is all of a frame.
    """

    wire: bytes
    opcode: int
    fin: bool
    size: int | None
    start: int
    head: int
    key: bytes
    whole: bool
    odd: tuple[str, ...]

    def plain(self) -> bytes:
        """Return the octets with the masking of the payload undone."""
        return self.flipped(self.wire)

    def flipped(self, octets: bytes) -> bytes:
        """Return `octets`, in the place of this part, masked where they are plain and plain where they are masked."""
        payload = octets[self.head :]
        if not self.key or not payload:
            return octets
        stream = (self.key * (len(payload) // 4 + 1))[: len(payload)]
        turned = int.from_bytes(payload) ^ int.from_bytes(stream)
        return octets[: self.head] + turned.to_bytes(len(payload))

    def payload(self) -> bytes:
        """Return what these octets hold of the payload, unmasked."""
        return self.plain()[self.head :]

    @property
    def text(self) -> str | None:
        """The text of a whole text frame that is a message of its own, else None."""
        if not (self.whole and self.fin and self.opcode == TEXT) or "reserved-bits" in self.odd:
            return None
        try:
            return self.payload().decode("utf-8")
        except UnicodeDecodeError:
            return None


@dataclass(frozen=True, slots=True)
class _Head:
    first: int
    size: int  # of the head
    payload: int
    key: bytes
    odd: tuple[str, ...]


class FrameReader:
    """Splits what one side said into frames; feed it all octets that came, then close it.

    `browser` says whose they are. What was handed out, joined, is what was fed. After `most` parts no frames are told
    apart any more: what comes is handed out as it comes, as `unread`.
    """

    def __init__(self, *, browser: bool, most: int | None = None) -> None:
        self.torn = False
        self._more = most
        self._browser = browser
        self._buffer = bytearray()
        self._head: _Head | None = None
        self._start = 0  # how much of the frame was handed out

    def feed(self, data: bytes) -> list[Part]:
        """Take the next octets and return what is complete now."""
        self._buffer += data
        found: list[Part] = []
        while True:
            if self._more == 0:
                return found + self._unread()
            head = self._head = self._head or self._read_head()
            if head is None:
                return found
            left = head.size + head.payload - self._start
            if len(self._buffer) < min(left, MAX_PART):
                return found
            found.append(self._part(head, min(left, MAX_PART)))
            self._more = self._more and self._more - 1
            if left <= MAX_PART:
                self._head, self._start = None, 0

    def close(self) -> list[Part]:
        """The side has ended: return the rest, which is less than was announced; `torn` says whether that is so."""
        if self._more == 0:
            return self._unread()
        self.torn = bool(self._buffer) or self._head is not None
        if not self._buffer:
            return []
        if self._head is not None:
            return [self._part(self._head, len(self._buffer), "torn")]
        return [_bare(bytes(self._buffer), "torn")]

    def _unread(self) -> list[Part]:
        wire, self._buffer, self._head = bytes(self._buffer), bytearray(), None
        return [_bare(wire, "unread")] if wire else []

    def _part(self, head: _Head, size: int, *odd: str) -> Part:
        wire = bytes(self._buffer[:size])
        del self._buffer[:size]
        start, self._start = self._start, self._start + size
        turn = max(0, start - head.size) % 4
        return Part(
            wire=wire,
            opcode=head.first & 15,
            fin=head.first > 127,
            size=head.payload if head.payload <= MAX_SIZE else None,
            start=start,
            head=max(0, head.size - start),
            key=head.key[turn:] + head.key[:turn],
            whole=size == head.size + head.payload,
            odd=head.odd + odd,
        )

    def _read_head(self) -> _Head | None:
        if len(self._buffer) < 2:
            return None
        first, second = self._buffer[:2]
        masked, short = second > 127, second & 127
        more = {126: 2, 127: 8}.get(short, 0)
        size = 2 + more + (4 if masked else 0)
        if len(self._buffer) < size:
            return None
        payload = int.from_bytes(self._buffer[2 : 2 + more]) if more else short
        key = bytes(self._buffer[2 + more : size])
        return _Head(first, size, payload, key, self._odd(first, payload, more, masked=masked))

    def _odd(self, first: int, payload: int, more: int, *, masked: bool) -> tuple[str, ...]:
        opcode = first & 15
        seen = {
            "reserved-bits": bool(first & 0x70),
            "opcode-reserved": opcode not in _OPCODES,
            "unmasked": self._browser and not masked,
            "masked": masked and not self._browser,
            "control-long": opcode > 7 and payload > _LONGEST_CONTROL,
            "control-fragmented": opcode > 7 and first < 128,
            "length-not-shortest": payload < _SHORT_FORMS.get(more, 0),
            "length-too-large": payload >= 1 << 63,
        }
        return tuple(name for name, so in seen.items() if so)


def _bare(wire: bytes, odd: str) -> Part:
    return Part(wire, wire[0] & 15, wire[0] > 127, None, 0, len(wire), b"", False, (odd,))
