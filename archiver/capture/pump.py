"""Both directions of one exchange at once: every byte that arrives is kept, until the answer ends or a limit does."""

import socket
import ssl
from dataclasses import dataclass
from typing import Literal

from archiver.capture.relay import Relay
from archiver.capture.waiting import Patience, Stopped, reason
from archiver.http.reader import ResponseReader
from archiver.keep import Keeper
from archiver.model.exchange import Limits, Truncation

PIECE = 1 << 18  # bytes asked of the socket at once
MAX_EXTRA = 1 << 16  # bytes kept after a complete answer

Unclean = Literal["connection-reset", "tls-no-close-notify"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended. `cut` says which limit ended it; `unclean` what was wrong with the end, `detail` in words."""

    cut: Truncation | None = None
    unclean: Unclean | None = None
    detail: str = ""
    sent: int = 0


class Pump:
    """Sends `payload` and keeps what comes back. Use once.

    `reset` tells that the connection was reset while it was being opened. The system says so only once, to whoever asks
    first, and then lets the end look clean. `relay` gets what belongs to the answer, each piece after it was kept.
    Where the other end goes over to the protocol that was asked for, only the head is kept; what came behind it is
    `after`.
    """

    def __init__(
        self,
        sock: socket.socket,
        payload: bytes,
        reader: ResponseReader,
        keeper: Keeper,
        limits: Limits,
        *,
        reset: bool,
        relay: Relay | None = None,
    ) -> None:
        self.after = b""
        self._relay = relay
        self._sock = sock
        self._rest = memoryview(payload)
        self._reader = reader
        self._keeper = keeper
        self._limits = limits
        self._reset = reset
        self._sent = 0
        self._sending_blocked = False
        self._done_at: int | None = None  # how many bytes were there when the answer was complete

    def run(self, patience: Patience) -> Ending:
        """Return when the answer is complete and the line is quiet or closed, when it is closed, or at a limit.

        Nothing that the other end does raises; a disk that refuses does (`StorageError`).
        """
        try:
            ending = self._run(patience)
        except Stopped:
            ending = Ending(cut=None if self._reader.done else "unspecified")
        return Ending(ending.cut, ending.unclean, ending.detail, self._sent)

    def _run(self, patience: Patience) -> Ending:
        until = patience.until(self._limits.idle)
        lingering = False
        while True:
            if patience.stop():
                raise Stopped
            sent = self._send()
            data = self._receive()
            if isinstance(data, Ending):
                return data
            if self._reader.switched:
                return Ending()
            if self._full():
                return Ending(cut=None if self._reader.done else "length")
            if (data or sent) and not lingering:
                lingering = self._reader.done
                until = patience.until(self._limits.linger if lingering else self._limits.idle)
            over = patience.now() >= (until if lingering else patience.deadline)
            if over or not (data or sent or self._wait(patience, until)):
                return Ending(cut=None if self._reader.done else "time")

    def _wait(self, patience: Patience, until: float) -> bool:
        return patience.ready(self._sock, until, read=True, write=bool(self._rest) or self._sending_blocked)

    def _full(self) -> bool:
        if self._done_at is not None and self._keeper.size - self._done_at >= MAX_EXTRA:
            return True
        return self._keeper.size >= self._limits.max_bytes

    def _send(self) -> int:
        if not self._rest:
            return 0
        try:
            count = self._sock.send(self._rest[:PIECE])
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0
        except OSError as exc:  # the other end hears no more, but may have answered already: go on reading
            self._reset = self._reset or isinstance(exc, ConnectionResetError)
            self._rest = self._rest[:0]
            return 0
        self._sent += count
        self._rest = self._rest[count:]
        return count

    def _receive(self) -> bytes | Ending:
        """Return what has arrived, nothing when nothing has, or the ending when the connection is over."""
        room = min(PIECE, self._limits.max_bytes - self._keeper.size)
        if self._done_at is not None:
            room = min(room, self._done_at + MAX_EXTRA - self._keeper.size)
        self._sending_blocked = False
        try:
            data = self._sock.recv(room)
        except (BlockingIOError, ssl.SSLWantReadError):
            return b""
        except ssl.SSLWantWriteError:
            self._sending_blocked = True
            return b""
        except OSError as exc:
            return Ending(unclean=_unclean(exc), detail=reason(exc))
        if not data:
            return Ending(unclean="connection-reset", detail="connection reset by peer") if self._reset else Ending()
        self._take(data)
        return data

    def _take(self, data: bytes) -> None:
        before = self._keeper.size
        if self._reader.upgrade:  # what comes behind the head may be of another protocol, and no part of the answer
            self._reader.feed(data)
            if self._reader.switched:
                data, self.after = self._split(data, before)
            self._keeper.write(data)
        else:
            self._keeper.write(data)
            self._reader.feed(data)
        if self._done_at is None and self._reader.done:
            self._done_at = self._keeper.size
        if self._relay is not None and (answer := self._split(data, before)[0]):
            self._relay.send(answer)

    def _split(self, data: bytes, before: int) -> tuple[bytes, bytes]:
        """Return what of `data` belongs to the answer, and what does not; `before` is where it begins in the block."""
        end = self._reader.ends_at
        size = len(data) if end is None else max(0, end - before)
        return data[:size], data[size:]


def _unclean(exc: OSError) -> Unclean:
    return "tls-no-close-notify" if isinstance(exc, ssl.SSLError) else "connection-reset"
