"""Ctrl-C, SIGTERM and a closed terminal mean the same: stop, and keep what has arrived."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Halt:
    """Asked whether to stop. Outside `patiently`, a signal raises `KeyboardInterrupt` at once; inside, the first one
    only makes `halt()` true, so that a capture can end by itself and be recorded, and the second one raises.
    """

    def __init__(self) -> None:
        self._asked = False
        self._patient = False

    def __call__(self) -> bool:
        """Whether somebody asked to stop."""
        return self._asked

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Receive the signals while the block runs; those that the parent process ignores stay ignored."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in STOPPING}
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, self._received)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def patiently(self) -> Iterator[None]:
        """Let the first signal only be a question."""
        self._patient = True
        try:
            yield
        finally:
            self._patient = False

    def _received(self, number: int, frame: FrameType | None) -> None:
        again, self._asked = self._asked, True
        if again or not self._patient:
            raise KeyboardInterrupt
