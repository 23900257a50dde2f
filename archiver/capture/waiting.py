"""Waiting for a socket without ever being deaf: limits are kept, and a wish to stop is heard within half a second."""

import select
import socket
import ssl
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from archiver.model.exchange import FailureKind
from archiver.runtime import Clock, Waits

SLICE = 0.25  # seconds between two looks at `stop`


class Stopped(Exception):
    """The user or the system asked to stop."""


class Failed(Exception):
    """The exchange ends here without an answer; becomes a `Failure`."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Patience:
    """Until when to wait at most, and whom to ask whether to go on. `deadline` is monotonic time.

    `waits` is entered around every wait (`Runtime.waits`).
    """

    clock: Clock
    deadline: float
    stop: Callable[[], bool]
    waits: Waits = nullcontext

    def now(self) -> float:
        """Return monotonic time."""
        return self.clock.monotonic()

    def until(self, seconds: float) -> float:
        """Return the time `seconds` from now, or the deadline when that comes first."""
        return min(self.deadline, self.now() + seconds)

    def ready(self, sock: socket.socket, until: float, *, read: bool = False, write: bool = False) -> bool:
        """Return whether `sock` became ready before `until`. Errors and hang-ups count as ready.

        Raises `Stopped` when `stop` says so while waiting. Signals interrupt nothing (PEP 475).
        """
        poll = select.poll()
        poll.register(sock, (select.POLLIN if read else 0) | (select.POLLOUT if write else 0))
        if self.stop():
            raise Stopped
        if poll.poll(0):  # nothing to wait for
            return True
        while True:
            left = until - self.now()
            with self.waits():
                found = poll.poll(max(0.0, min(left, SLICE)) * 1000)
            if found:
                return True
            if left <= 0:
                return False
            if self.stop():
                raise Stopped


def reason(exc: OSError | ValueError) -> str:
    """Return the system's words for `exc`, lower case, without a number or a name of this machine."""
    if isinstance(exc, ssl.SSLEOFError):
        return "the connection was closed"
    if isinstance(exc, ssl.SSLError) and exc.reason:
        return exc.reason.lower().replace("_", " ")
    if isinstance(exc, ValueError):
        return "the host name cannot be used"
    return (exc.strerror or str(exc) or type(exc).__name__).lower()
