"""The lenient reader: what an answer means, decided from its bytes alone, whatever they are.

Sans I/O: the caller feeds what arrives, in pieces of any size, and says when the connection ended. No input raises,
every split of the same bytes gives the same `Message`, and memory stays bounded by `MAX_HEAD` and one fed piece.

A broken answer is read as Chromium reads it; `archiver.http.head`, `.framing` and `.body` state the rules for heads,
lengths and chunks. Besides those:

- After a 101 that the request asked for the answer is over: what follows is of another protocol.
- Interim answers (1xx but 101) are read past; their codes are in `Message.interim`, their headers are not kept apart.
- Bytes that do not begin like a status line are an HTTP/0.9 answer: all of it body, to the close. So is what follows an
  interim answer without a status line of its own.
- Heads, interim ones included, end at `MAX_HEAD` bytes, and interim answers at `MAX_INTERIM`: what follows is read as a
  body to the close.
- A head that the connection cuts off is read as far as it came; `framing` is then `none` and `end` is `cut`.
- The answer is over where its framing says so; everything after that is counted in `extra_size` and nothing else.

Each anomaly is named once, with the place where it was seen first.
"""

import hashlib
from typing import Final

from archiver.http.body import Body, ChunkedBody, CloseBody, LengthBody, Piece
from archiver.http.framing import body_extent
from archiver.http.head import Head, Notes, head_end, head_start, read_head
from archiver.model.http import Anomaly, End, Framing, Message

MAX_HEAD: Final = 8 * 1024**2
MAX_INTERIM: Final = 1000
_LEAST_ROOM: Final = 16  # for a head that begins just below the limit, so that its beginning can be told

_NO_HEAD = Head(b"", False, None, b"", ())


class ResponseReader:
    """Reads one answer to a request with `method`; feed it all bytes that came, then close it.

    `upgrade` tells that the request asked for another protocol.
    `late` holds, after `close`, entity pieces that only the end could decide: an answer of fewer than eight bytes
    without a status line, or a last chunk line that is none. It is empty for everything else. `entity_hash` is the
    SHA-256 of the pieces handed out so far.
    """

    def __init__(self, method: str = "GET", *, upgrade: bool = False) -> None:
        self.late: tuple[Piece, ...] = ()
        self._method = method
        self.upgrade = upgrade
        self._notes = Notes()
        self._fed = 0
        self._entity_size = 0
        self.entity_hash = hashlib.sha256()
        self._interim: list[int] = []
        self._head = _NO_HEAD
        self._head_size = 0  # of everything before the body, or before the head that is being collected
        self._buffer = bytearray()  # the head that is being collected
        self._start: int | None = None  # where its status line begins
        self._resume = 0
        self._framing: Framing = "none"
        self._body: Body | None = None
        self._body_size = 0

    @property
    def done(self) -> bool:
        """Whether the framing says that the answer is over; further bytes count as extra."""
        return self._body is not None and self._body.done

    @property
    def ends_at(self) -> int | None:
        """Where in the block the answer ends, None while it does not."""
        return self._head_size + self._body_size if self.done else None

    @property
    def switched(self) -> bool:
        """Whether the other end went over to the protocol that the request asked for."""
        return self.upgrade and self.done and self._head.status == 101

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...] | None:
        """The headers of the answer, None while its head has not come."""
        return self._head.headers if self._body is not None else None

    def feed(self, data: bytes) -> list[Piece]:
        """Read the next bytes and return the entity pieces in them: (offset in the block, bytes), in order."""
        at = self._fed
        self._fed += len(data)
        out: list[Piece] = []
        if self._body is None:
            self._buffer += data
            if not self._collect():
                return out
            at = self._head_size
            data = bytes(self._buffer)
            self._buffer.clear()
        self._take(data, at, out)
        return self._counted(out)

    def close(self, *, clean: bool, cut: bool = False) -> Message:
        """The connection ended: return what the answer was. Call once.

        `clean` is False after a reset or a TLS end without close_notify: a body that only the close delimits is then
        named `body-end-unproven`. `cut` is True when we stopped: an answer that is not `done` then ends as `cut`.
        """
        late: list[Piece] = []
        end: End = "cut"
        if self._body is None:
            self._close_head(late)
        if self._body is not None:
            end = self._body.end(self._fed, late, clean=clean, cut=cut)
        self.late = tuple(self._counted(late))
        extra = self._fed - self._head_size - self._body_size
        if extra:
            self._notes.note("bytes-after-end", self._fed - extra)
        found = sorted((at, name) for name, at in self._notes.first.items())
        return Message(
            version=self._head.version,
            status=self._head.status,
            reason=self._head.reason,
            headers=self._head.headers,
            head_size=self._head_size,
            interim=tuple(self._interim),
            framing=self._framing,
            end=end,
            body_size=self._body_size,
            extra_size=extra,
            entity_size=self._entity_size,
            entity_sha256=self.entity_hash.hexdigest(),
            anomalies=tuple(Anomaly(name, at) for at, name in found),
        )

    def _collect(self) -> bool:
        """Read heads from the buffer until the body begins; return whether it does, with its first bytes left there."""
        while self._body is None:
            if len(self._interim) >= MAX_INTERIM or self._head_size >= MAX_HEAD:
                self._notes.note("interim-too-many", self._head_size)
                self._begin("close", CloseBody(self._notes))
                break
            if self._start is None:
                self._start = head_start(self._buffer)
                if self._start is None:
                    return False
                self._resume = max(self._start, 0)
            if self._start < 0:
                self._begin_http09()
                break
            room = max(MAX_HEAD - self._head_size, _LEAST_ROOM)
            end, self._resume = head_end(self._buffer, self._resume)
            if 0 <= end <= room:
                self._read_whole(end)
            elif len(self._buffer) >= room:
                self._read_part(room, "head-too-long")
                self._begin("close", CloseBody(self._notes))
            else:
                return False
        return True

    def _read_whole(self, end: int) -> None:
        at = self._head_size
        head = self._read(end)
        if head.status is not None and head.status // 100 == 1 and head.status != 101:
            self._interim.append(head.status)
            self._start = None
            return
        self._head = head
        extent = body_extent(self._method, head, at, self._notes, upgrade=self.upgrade)
        if extent.framing == "chunked":
            self._begin("chunked", ChunkedBody(self._notes))
        elif extent.framing == "close":
            self._begin("close", CloseBody(self._notes))
        else:
            self._begin(extent.framing, LengthBody(extent.length, self._notes))

    def _read_part(self, end: int, name: str) -> None:
        self._notes.note(name, self._head_size + end)
        self._head = self._read(end)

    def _read(self, end: int) -> Head:
        start = self._start or 0
        if start:
            self._notes.note("status-junk-before", self._head_size)
        head = read_head(bytes(self._buffer[start:end]), self._head_size + start, self._notes)
        self._head_size += end
        del self._buffer[:end]
        return head

    def _begin_http09(self) -> None:
        self._notes.note("status-line-missing", self._head_size)
        self._begin("http09", CloseBody(self._notes))

    def _begin(self, framing: Framing, body: Body) -> None:
        self._framing = framing
        self._body = body

    def _close_head(self, late: list[Piece]) -> None:
        if not self._buffer:
            self._notes.note("interim-only" if self._interim else "answer-empty", self._head_size)
        elif self._start is None:
            self._begin_http09()
            self._take(bytes(self._buffer), self._head_size, late)
        else:
            self._read_part(len(self._buffer), "head-cut")

    def _take(self, data: bytes, at: int, out: list[Piece]) -> None:
        if self._body is not None and not self._body.done:
            self._body_size += self._body.take(data, at, out)

    def _counted(self, pieces: list[Piece]) -> list[Piece]:
        for _, piece in pieces:
            self.entity_hash.update(piece)
            self._entity_size += len(piece)
        return pieces
