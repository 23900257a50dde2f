"""The way back to the browser: what an answerer hands over waits here until the browser takes it."""

import contextlib
import socket
import threading
from collections import deque
from typing import Literal

MAX_WAITING = 1 << 25  # bytes that one answer may have waiting
MAX_TOGETHER = 1 << 28  # bytes that all may have waiting together…
MAX_BODIES = 1 << 28  # bytes of all requests' bodies that are being answered
ALWAYS = 1 << 20  # …but for these, so that one who takes nothing holds up nobody else
PART = 1 << 20

State = Literal["closed", "more", "plain", "over", "later"]


class Room:
    """What all exchanges of a gate hold in memory. `changed` is told of every change; hold it to look at `taken`."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.taken = 0  # by answers
        self._bodies = 0

    def lend(self, size: int) -> bool:
        """Return whether there is room for `size` more bytes of a request's body, which then are taken."""
        with self.changed:
            if self._bodies + size > MAX_BODIES:
                return False
            self._bodies += size
            return True

    def give_back(self, size: int) -> None:
        """`size` bytes of a request's body are not held any more."""
        with self.changed:
            self._bodies -= size

    def has(self, mine: int) -> bool:
        """Return whether someone who has `mine` bytes waiting may add some."""
        return mine < ALWAYS or (mine < MAX_WAITING and self.taken < MAX_TOGETHER)


class Way:
    """A `Line` (archiver.browser.values). The answerer hands in, the gate's thread of this connection takes out.

    `bell` becomes readable when there is something new to look at. Close it when nobody uses either side any more.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._hung = False
        self._let_go = False
        self._over = False
        self._far: socket.socket | None = None  # stands for the browser, in the hands of the answerer
        self._near: socket.socket | None = None
        self.bell, self._rope = socket.socketpair()
        self.bell.setblocking(False)
        self._rope.setblocking(False)

    def send(self, data: bytes) -> None:
        """See `Line.send`: there is room for 32 MiB, less where many answers wait at once."""
        for start in range(0, len(data), PART):
            piece = bytes(data[start : start + PART]) if len(data) > PART else bytes(data)
            with self._room.changed:
                self._room.changed.wait_for(lambda: self._closed or self._room.has(self._size))
                if self._closed:
                    return
                self._waiting.append(piece)
                self._size += len(piece)
                self._room.taken += len(piece)
                if len(self._waiting) == 1:
                    self._ring()

    @property
    def gone(self) -> bool:
        """See `Line.gone`."""
        with self._room.changed:
            return self._closed

    def let_go(self) -> None:
        """See `Line.let_go`. The connection is reset: the browser shall not take a part for the whole."""
        with self._room.changed:
            self._let_go = True
            self._drop()

    def plain(self) -> socket.socket:
        """See `Line.plain`. What was sent before goes first; the second call returns the same socket."""
        with self._room.changed:
            if self._far is None:
                self._far, self._near = socket.socketpair()
                if self._closed:
                    self._near.close()
                self._ring()
            return self._far

    # What follows is for the gate.

    @property
    def was_let_go(self) -> bool:
        """Whether the answerer gave up on this answer, or the gate closes."""
        return self._let_go

    @property
    def near(self) -> socket.socket | None:
        """The gate's end of the plain socket, once it was asked for."""
        return self._near

    def hang_up(self) -> None:
        """Note that the browser is gone."""
        with self._room.changed:
            self._hung = True
            self._drop()

    def finish(self) -> None:
        """Note that the answerer has returned: what waits is all there will be."""
        with self._room.changed:
            self._over = True
            if self._far is not None:
                self._far.close()
            self._ring()

    def look(self) -> tuple[State, bytes]:
        """Return how things stand, and with "more" the bytes that wait longest, which stay until they are `taken`."""
        with self._room.changed:
            if self._closed:
                return "closed", b""
            if self._waiting:
                return "more", self._waiting[0]
            if self._near is not None:
                return "plain", b""
            return ("over" if self._over else "later"), b""

    def taken(self) -> None:
        """The bytes that waited longest have been handed to the browser."""
        with self._room.changed:
            if self._waiting:  # nothing waits when it was let go meanwhile
                self._free(len(self._waiting.popleft()))

    def hush(self) -> None:
        """Let the bell be quiet until something new comes."""
        with contextlib.suppress(OSError):
            self.bell.recv(64)

    def close(self) -> None:
        """Give back what the system lent."""
        for end in (self.bell, self._rope, self._near, self._far):
            if end is not None:
                end.close()

    @property
    def _closed(self) -> bool:
        return self._hung or self._let_go

    def _drop(self) -> None:
        self._waiting.clear()
        self._free(self._size)
        if self._near is not None:
            with contextlib.suppress(OSError):  # closed already
                self._near.shutdown(socket.SHUT_RDWR)
        self._ring()

    def _free(self, size: int) -> None:
        self._size -= size
        self._room.taken -= size
        self._room.changed.notify_all()

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # it has been ringing all along, or nobody listens any more
            self._rope.send(b"!")
