"""Handing an answer on while it arrives, to somebody who may say when there has been enough of it."""

import select
import socket
from collections.abc import Callable
from typing import Protocol

from archiver.capture.waiting import SLICE
from archiver.model.exchange import Truncation

Stop = Callable[[], bool]


class Relay(Protocol):
    """Who gets the bytes of an answer as they come, after they were kept."""

    def send(self, data: bytes) -> None:
        """Take the next bytes. Raises nothing; may block for a while, and the answer then waits."""
        ...

    def enough(self) -> Truncation | None:
        """Say why no more of the answer shall be read, None to go on: "length", "time" or "unspecified".

        Asked at least twice a second, and once for each piece. An answer that is complete by then is not cut.
        """
        ...


class Asking:
    """Asks both whether to stop, and remembers in `why` what ended it."""

    def __init__(self, stop: Stop, relay: Relay | None) -> None:
        self.why: Truncation = "unspecified"
        self._stop = stop
        self._relay = relay

    def __call__(self) -> bool:
        """Return whether to stop."""
        if self._stop():
            return True
        why = self._relay.enough() if self._relay is not None else None
        self.why = why or self.why
        return why is not None


class LineRelay:
    """Hands an answer to whoever holds the other end of `line`, until that one hangs up or `stop` says so.

    `line` keeps its own way of blocking.
    """

    def __init__(self, line: socket.socket, stop: Stop) -> None:
        self._line = line
        self._stop = stop
        self._gone = False

    def send(self, data: bytes) -> None:
        """Hand on all of `data`, however long the other end takes to read it."""
        rest = memoryview(data)
        while rest and not self._gone:
            try:
                rest = rest[self._line.send(rest, socket.MSG_DONTWAIT) :]
            except BlockingIOError:
                self._gone = self._stop() or not self._wait()
            except OSError:
                self._gone = True

    def _wait(self) -> bool:
        """Wait a while until there is room; return whether the line is still open at this end."""
        poll = select.poll()
        try:
            poll.register(self._line, select.POLLOUT)
        except ValueError:
            return False
        poll.poll(SLICE * 1000)
        return True

    def enough(self) -> Truncation | None:
        """Say that the answer is read to its end, whoever has hung up."""
        return None
