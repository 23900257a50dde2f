"""The body of a recorded answer as a program reads it: a decoded copy, from the disk, of bounded memory."""

import io
from collections.abc import Iterator
from typing import Final

from archiver.http.decode import decoded
from archiver.http.parse import entity_pieces
from archiver.model.exchange import Exchange

MAX_CODED: Final = 64 * 1024**2  # bytes out of a body with a content coding: it is undone in memory
MAX_AT_ONCE: Final = 64 * 1024**2  # bytes that are read in one call, whatever was asked for


class Missing(OSError):
    """The answer ends before its body does, or there is more of it than can be had at once."""


def pieces_of(exchange: Exchange, headers: tuple[tuple[bytes, bytes], ...]) -> Iterator[bytes]:
    """Yield the body of an answer with every coding undone, as far as it came.

    Raises `Missing` at the end of one of which bytes are missing.
    """
    answer, message = exchange.response, exchange.message
    if answer is None or message is None:
        return
    pieces = entity_pieces(answer.chunks(), exchange.method)
    coding = b", ".join(value for name, value in headers if name.lower() == b"content-encoding")
    whole = exchange.truncated is None and message.end != "cut"
    if coding.strip().lower() in {b"", b"identity"}:
        yield from pieces
    else:
        copy = decoded(pieces, coding, max_output=MAX_CODED)
        whole = whole and copy.complete
        yield copy.data
    if not whole:
        raise Missing("the answer ended before its body did")


class Body(io.RawIOBase):
    """Gives what `pieces_of` gives in pieces of the size that is asked for. Raises `Missing` only when all was read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Return up to `size` bytes, b"" at the end; all of them for None or a negative number."""
        if size is None or size < 0:
            return self._all()
        while size and not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._rest = memoryview(piece)
        taken, self._rest = self._rest[:size], self._rest[size:]
        return bytes(taken)

    def _all(self) -> bytes:
        data = bytearray()
        while piece := self.read(1 << 16):
            data += piece
            if len(data) > MAX_AT_ONCE:
                raise Missing(f"more than {MAX_AT_ONCE} bytes were to be read at once")
        return bytes(data)
