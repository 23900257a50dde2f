"""One connection of the browser, never blocking: plain or TLS, an end of it is one thing however it came."""

import contextlib
import select
import socket
import ssl
import struct
from collections.abc import Callable

from archiver.runtime import Clock

PIECE = 1 << 18  # bytes asked of a socket at once
SLICE = 0.25  # seconds between two looks at whether the gate closes
_AT_ONCE = struct.pack("ii", 1, 0)


class Hung(Exception):
    """The other end is gone, or took too long, or the gate closes."""


class Stream:
    """Wraps a connected socket and owns it. One thread uses it.

    `closing` is asked while waiting; what waits then ends in `Hung`.
    """

    def __init__(self, sock: socket.socket, clock: Clock, closing: Callable[[], bool]) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._clock = clock
        self._closing = closing
        self._read_needs = select.POLLIN
        self._write_needs = select.POLLOUT

    def secure(self, context: ssl.SSLContext, seconds: float) -> None:
        """Speak TLS from here on, as the server. Raises `Hung` when that fails."""
        try:
            # An end without close_notify is an end: browsers close that way.
            self._sock = tls = context.wrap_socket(self._sock, server_side=True, do_handshake_on_connect=False)
            until = self._clock.monotonic() + seconds
            while True:
                try:
                    return tls.do_handshake()
                except ssl.SSLWantReadError:
                    self.wait(until, read=True)
                except ssl.SSLWantWriteError:
                    self.wait(until, write=True)
        except (OSError, ValueError) as exc:
            raise Hung from exc

    def first(self, seconds: float) -> int:
        """Return the first byte that comes, which stays where it is. Raises `Hung`."""
        self.wait(self._clock.monotonic() + seconds, read=True)
        try:
            found = self._sock.recv(1, socket.MSG_PEEK)
        except OSError as exc:
            raise Hung from exc
        if not found:
            raise Hung
        return found[0]

    def read(self, size: int = PIECE) -> bytes:
        """Return what has come, nothing when nothing has. Raises `Hung` at the end."""
        self._read_needs = select.POLLIN
        try:
            data = self._sock.recv(size)
        except (BlockingIOError, ssl.SSLWantReadError):
            return b""
        except ssl.SSLWantWriteError:
            self._read_needs = select.POLLOUT
            return b""
        except (OSError, ValueError) as exc:
            raise Hung from exc
        if not data:
            raise Hung
        return data

    def write(self, data: bytes | memoryview) -> int:
        """Return how many bytes of `data` were taken. Raises `Hung`."""
        self._write_needs = select.POLLOUT
        try:
            return self._sock.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError):
            return 0
        except ssl.SSLWantReadError:
            self._write_needs = select.POLLIN
            return 0
        except (OSError, ValueError) as exc:
            raise Hung from exc

    def events(self, *, read: bool, write: bool) -> int:
        """Return what to poll this stream for."""
        return (self._read_needs if read else 0) | (self._write_needs if write else 0)

    def wait(self, until: float, *, read: bool = False, write: bool = False) -> None:
        """Return when there is something to do. Raises `Hung` at `until`, or when the gate closes."""
        poll = select.poll()
        poll.register(self._sock, self.events(read=read, write=write))
        while not self._closing():
            left = until - self._clock.monotonic()
            if poll.poll(max(0.0, min(left, SLICE)) * 1000):
                return
            if left <= 0:
                raise Hung
        raise Hung

    def say(self, data: bytes, seconds: float) -> None:
        """Send all of `data`. Raises `Hung`."""
        until = self._clock.monotonic() + seconds
        rest = memoryview(data)
        while rest:
            count = self.write(rest)
            rest = rest[count:]
            if rest and not count:
                self.wait(until, write=True)

    def finish(self) -> None:
        """Say that this was all; nothing raises."""
        with contextlib.suppress(Hung):
            self.end_writing()

    def drain(self, idle: float, longest: float) -> None:
        """Throw away what comes until the other end closes, says nothing for `idle` seconds, or `longest` are over.

        A connection that is closed with bytes unread is reset, and what was said last may never be read. Nothing
        raises; what is thrown away is not deciphered first.
        """
        self._read_needs = select.POLLIN
        until = self._clock.monotonic() + longest
        with contextlib.suppress(Hung, OSError):
            while (now := self._clock.monotonic()) < until:
                self.wait(min(until, now + idle), read=True)
                if not socket.socket.recv(self._sock, PIECE):
                    return

    def end_writing(self) -> None:
        """Say that nothing more comes; reading goes on. Raises `Hung`."""
        try:
            if isinstance(self._sock, ssl.SSLSocket):
                self._tls_goodbye(self._sock)
            socket.socket.shutdown(self._sock, socket.SHUT_WR)
        except OSError as exc:
            raise Hung from exc

    def reset(self) -> None:
        """Close so that the other end knows that something is missing."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.close()

    def close(self) -> None:
        """Close."""
        self._sock.close()

    def fileno(self) -> int:
        """Return what to poll."""
        return self._sock.fileno()

    def _tls_goodbye(self, tls: ssl.SSLSocket) -> None:
        try:
            tls.unwrap()
        except (OSError, ValueError):  # theirs has not come yet, or never will
            return


class Counted(Stream):
    """A stream of which somebody wants to know how much it brings."""

    def __init__(
        self, sock: socket.socket, clock: Clock, closing: Callable[[], bool], brought: Callable[[int], None]
    ) -> None:
        super().__init__(sock, clock, closing)
        self._brought = brought

    def read(self, size: int = PIECE) -> bytes:
        """As `Stream.read`."""
        data = super().read(size)
        self._brought(len(data))
        return data
