"""Bodies, one class for each way in which they are delimited: bytes in, entity pieces out, with bounded memory.

A chunk line may end in LF alone, have white space around its size, `0x` before it, any number of leading zeros and an
extension after it: all that one browser or another reads. Anything else (a size that is no number, a line of more than
16 KiB, chunk data that no line end follows) breaks the coding: everything from the first byte that cannot be
understood, to the close, is then kept as entity just as it came, so that nothing is lost and a plain body that was only
marked as chunked reads as it is.
"""

import re
from typing import Final, Literal, Protocol, TypeAlias

from archiver.http.head import Notes
from archiver.model.http import End

MAX_CHUNK_LINE: Final = 16_384  # Chromium's bound

Piece: TypeAlias = tuple[int, bytes]

# Possessive throughout: a line of 16 KiB must not cost more than one pass.
_SIZE_LINE = re.compile(rb"([ \t]*+(?:0[xX])?)0*+([0-9A-Fa-f]*+)(?<=[0-9A-Fa-f])([ \t]*+)(;.*)?", re.DOTALL)
_SIZE_BEGUN = re.compile(rb"[ \t]*+(?:0[xX])?")


class Body(Protocol):
    """What is between the head and the end of an answer."""

    @property
    def done(self) -> bool:
        """Whether the framing says that the body is over."""
        ...

    def take(self, data: bytes, at: int, out: list[Piece]) -> int:
        """Read `data` at block offset `at`: add entity pieces to `out`, return how many bytes were the body's."""
        ...

    def end(self, at: int, out: list[Piece], *, clean: bool, cut: bool) -> End:
        """The connection ended at block offset `at`: return how the body ended, add pieces only now decided."""
        ...


class LengthBody:
    """A body of a known number of bytes; of none, for an answer that has no body."""

    def __init__(self, length: int, notes: Notes) -> None:
        self._left = length
        self._notes = notes
        self.done = length == 0

    def take(self, data: bytes, at: int, out: list[Piece]) -> int:
        """See `Body.take`."""
        piece = data if len(data) <= self._left else data[: self._left]
        if piece:
            out.append((at, piece))
        self._left -= len(piece)
        self.done = self._left == 0
        return len(piece)

    def end(self, at: int, out: list[Piece], *, clean: bool, cut: bool) -> End:
        """See `Body.end`."""
        if self.done:
            return "complete"
        self._notes.note("body-cut", at)
        return "cut"


class CloseBody:
    """A body that runs to the end of the connection."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self.done = False

    def take(self, data: bytes, at: int, out: list[Piece]) -> int:
        """See `Body.take`."""
        if data:
            out.append((at, data))
        return len(data)

    def end(self, at: int, out: list[Piece], *, clean: bool, cut: bool) -> End:
        """See `Body.end`."""
        if cut:
            self._notes.note("body-cut", at)
            return "cut"
        self._notes.note("body-close-delimited", at)
        if not clean:
            self._notes.note("body-end-unproven", at)
        return "close"


class ChunkedBody:
    """A body in chunked transfer coding (RFC 9112 §7.1), read leniently."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._state: Literal["size", "data", "after", "trailer", "raw", "done"] = "size"
        self._left = 0
        self._trailer_at = 0
        self._line = bytearray()  # the unfinished line; of a trailer line only the first two bytes
        self._raw = CloseBody(notes)

    @property
    def done(self) -> bool:
        """Whether the empty line after the last chunk has come."""
        return self._state == "done"

    def take(self, data: bytes, at: int, out: list[Piece]) -> int:
        """See `Body.take`."""
        pos, size = 0, len(data)
        while pos < size:
            if self._state == "data":
                piece = data[pos : pos + self._left]
                out.append((at + pos, piece))
                pos += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._state = "after"
            elif self._state == "size":
                pos = self._take_size(data, pos, at, out)
            elif self._state == "after":
                pos = self._take_after(data, pos, at, out)
            elif self._state == "trailer":
                pos = self._take_trailer(data, pos, at)
            elif self._state == "raw":
                return pos + self._raw.take(data[pos:], at + pos, out)
            else:
                break
        return pos

    def end(self, at: int, out: list[Piece], *, clean: bool, cut: bool) -> End:
        """See `Body.end`."""
        line = bytes(self._line)
        begun = _SIZE_BEGUN.fullmatch(line) or _SIZE_LINE.fullmatch(line.removesuffix(b"\r"))
        if self._state == "size" and not begun:
            self._break("chunk-broken", at - len(line), line, out)
        if self._state == "raw":
            return self._raw.end(at, out, clean=clean, cut=cut)
        if self._state == "done":
            return "complete"
        if self._state == "trailer" and not cut:
            self._notes.note("chunk-end-missing", at)
            return "complete"
        between = self._state == "size" and not line and not cut
        self._notes.note("chunk-last-missing" if between else "body-cut", at)
        return "cut"

    def _take_size(self, data: bytes, pos: int, at: int, out: list[Piece]) -> int:
        begin = at + pos - len(self._line)
        limit = pos + MAX_CHUNK_LINE - len(self._line)
        lf = data.find(b"\n", pos, limit)
        stop = min(limit, len(data)) if lf < 0 else lf + 1
        line = bytes(self._line) + data[pos:stop] if self._line else data[pos:stop]
        self._line.clear()
        if lf >= 0:
            self._read_size(line, begin, out)
        elif len(line) == MAX_CHUNK_LINE:
            self._break("chunk-broken", begin, line, out)
        else:
            self._line += line
        return stop

    def _read_size(self, line: bytes, begin: int, out: list[Piece]) -> None:
        match = _SIZE_LINE.fullmatch(line[:-1].removesuffix(b"\r"))
        if match is None:
            self._break("chunk-broken", begin, line, out)
            return
        before, digits, after, extension = match.groups()
        self._left = int(digits or b"0", 16) if len(digits) <= 16 else 2**63
        if self._left >= 2**63:
            self._break("chunk-size-too-large", begin, line, out)
            return
        if not line.endswith(b"\r\n"):
            self._notes.note("chunk-bare-lf", begin + len(line) - 1)
        if before or after:
            self._notes.note("chunk-size-odd", begin)
        if extension is not None:
            self._notes.note("chunk-extension", begin)
        self._trailer_at = begin + len(line)
        self._state = "data" if self._left else "trailer"

    def _take_after(self, data: bytes, pos: int, at: int, out: list[Piece]) -> int:
        byte = data[pos]
        if byte == 0x0D and not self._line:
            self._line.append(byte)
            return pos + 1
        before = bytes(self._line)
        self._line.clear()
        if byte != 0x0A:
            self._break("chunk-broken", at + pos - len(before), before, out)
            return pos
        if not before:
            self._notes.note("chunk-bare-lf", at + pos)
        self._state = "size"
        return pos + 1

    def _take_trailer(self, data: bytes, pos: int, at: int) -> int:
        lf = data.find(b"\n", pos)
        end = len(data) if lf < 0 else lf
        self._line += data[pos : min(end, pos + 2 - len(self._line))]
        if lf < 0:
            return end
        if self._line and self._line != b"\r":
            self._notes.note("chunk-trailer", self._trailer_at)
        else:
            if not self._line:
                self._notes.note("chunk-bare-lf", at + lf)
            self._state = "done"
        self._line.clear()
        return lf + 1

    def _break(self, name: str, begin: int, line: bytes, out: list[Piece]) -> None:
        self._notes.note(name, begin)
        if line:
            out.append((begin, line))
        self._state = "raw"
