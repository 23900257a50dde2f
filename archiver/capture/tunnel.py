"""A connection that went over to another protocol: bytes pass both ways, each kept before it is handed on."""

import select
import socket
import ssl
from dataclasses import dataclass, field, replace
from datetime import timedelta

from archiver.capture.waiting import SLICE, Patience
from archiver.keep import Keeper, Spool
from archiver.model.exchange import Limits
from archiver.model.websocket import By, Piece, Talk, TalkEnd

READ = 1 << 16  # bytes asked of a socket at once
PENDING = 1 << 20  # bytes that may wait to be handed on; until there are fewer, no more are read from the other side
MAX_PIECES = 100_000  # that are told apart
TOGETHER = timedelta(milliseconds=10)  # what one side says within that time, without an answer between, is one piece

_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(slots=True)
class _Side:
    """One end of the tunnel: what came from it, and what waits to be handed to it."""

    by: By
    sock: socket.socket
    keeper: Keeper
    flags: int = 0
    waiting: bytearray = field(default_factory=bytearray)
    end: TalkEnd | None = None  # how it hung up
    deaf: bool = False  # it takes nothing any more, but may have said something before
    wants_write: bool = False  # TLS cannot read before it has written

    def receive(self, size: int) -> bytes:
        """Return what is there, as far as it is not more than `size`; at the end, set `end` and return nothing."""
        self.wants_write = False
        try:
            data = self.sock.recv(size, self.flags)
        except ssl.SSLWantWriteError:
            self.wants_write = True
        except _NOT_NOW:
            pass
        except OSError:
            self._hung_up("broken" if self.by == "server" else self.by)
        else:
            if not data:
                self._hung_up(self.by)
            return data
        return b""

    def _hung_up(self, end: TalkEnd) -> None:
        self.end, self.deaf = end, True
        self.waiting.clear()

    def take(self, data: bytes) -> None:
        """Put `data` behind what waits, unless nobody will take it."""
        if not self.deaf:
            self.waiting += data

    def hand_on(self) -> bool:
        """Hand on what waits, as far as it is taken at once; return whether any of it was."""
        moved = False
        while self.waiting:
            try:
                sent = self.sock.send(self.waiting[:READ], self.flags)
            except _NOT_NOW:
                break
            except OSError:
                self.deaf = True
                self.waiting.clear()
                break
            del self.waiting[:sent]
            moved = True
        return moved


class Tunnel:
    """Passes bytes between `server` and `line`, the browser's end, and keeps them. Use once.

    `server` is non-blocking; `line` may be either, and stays as it is. `held` is how many bytes of the limit are used.
    """

    def __init__(
        self, server: socket.socket, line: socket.socket, spool: Spool, limits: Limits, patience: Patience, *, held: int
    ) -> None:
        self._server = _Side("server", server, Keeper(spool, waits=patience.waits))
        self._browser = _Side("browser", line, Keeper(spool, waits=patience.waits), socket.MSG_DONTWAIT)
        self._patience = patience
        self._linger = limits.linger
        self._room = limits.max_bytes - held
        self._pieces: list[Piece] = []

    def run(self, first: bytes, *, settle: bool = False) -> Talk:
        """Return what was said, `first` by the server: when either end has closed, at a limit, or on a wish to stop.

        `settle` asks for octets that are durable however few they are. What the ends do raises nothing; a disk that
        refuses does (`StorageError`). Whatever else may end it leaves what had come in files.
        """
        try:
            end = self._run(first)
            keepers = self._browser.keeper, self._server.keeper
            browser, server = (keeper.settle() if settle else keeper.finish() for keeper in keepers)
        except BaseException:
            self._browser.keeper.leave()
            self._server.keeper.leave()
            raise
        finally:
            self._browser.keeper.close()
            self._server.keeper.close()
        return Talk(browser, server, tuple(self._pieces), end, self._patience.clock.now())

    def _run(self, first: bytes) -> TalkEnd:
        self._keep(self._server, self._browser, first)
        until = self._patience.deadline
        over: TalkEnd | None = None  # who hung up first
        while True:
            if self._patience.stop():
                return over or "stopped"
            if self._patience.now() >= until:
                return over or "time"
            if self._room <= 0 or len(self._pieces) >= MAX_PIECES:
                return over or "length"
            if over is not None and self._server.end is not None and not self._browser.waiting:
                return over
            handed = self._browser.hand_on() | self._server.hand_on()
            moved = self._pass(self._browser, self._server) | self._pass(self._server, self._browser)
            if over is None or handed:  # what is under way when one end hangs up is kept, and handed on
                over = over or self._server.end or self._browser.end
                until = self._patience.deadline if over is None else self._patience.until(self._linger)
            if not (handed or moved):
                self._wait(until)

    def _pass(self, side: _Side, other: _Side) -> bool:
        """Take what `side` has said, and return whether it said or did anything."""
        if side.end is not None or len(other.waiting) >= PENDING:
            return False
        data = side.receive(min(READ, max(1, self._room)))
        self._keep(side, other, data)
        return bool(data) or side.end is not None

    def _keep(self, side: _Side, other: _Side, data: bytes) -> None:
        if not data:
            return
        side.keeper.write(data)
        other.take(data)
        self._room -= len(data)
        now = self._patience.clock.now()
        last = self._pieces[-1] if self._pieces else None
        if last is not None and last.by == side.by and now - last.at < TOGETHER:
            self._pieces[-1] = replace(last, size=last.size + len(data))
        else:
            self._pieces.append(Piece(side.by, len(data), now))

    def _wait(self, until: float) -> None:
        poll = select.poll()
        for side, other in ((self._browser, self._server), (self._server, self._browser)):
            reads = side.end is None and len(other.waiting) < PENDING
            writes = side.wants_write or bool(side.waiting)
            if (reads or writes) and side.sock.fileno() >= 0:  # a line that was closed is found by the next look at it
                poll.register(side.sock, (select.POLLIN if reads else 0) | (select.POLLOUT if writes else 0))
        with self._patience.waits():
            poll.poll(max(0.0, min(until - self._patience.now(), SLICE)) * 1000)
