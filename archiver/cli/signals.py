"""Ctrl-C, SIGTERM and a closed terminal mean the same: stop, and keep what has arrived."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Halt:
    """Asked whether to stop. Outside `patiently`, a signal raises `KeyboardInterrupt` at once; inside, the first ones
    are only counted, so that what is under way can end by itself and be recorded, and one more raises.
    """

    def __init__(self) -> None:
        self._asked = 0
        self._patience = 0

    def __call__(self) -> bool:
        """Whether somebody asked to stop."""
        return self._asked > 0

    @property
    def asked(self) -> int:
        """How often somebody asked to stop."""
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
    def patiently(self, times: int = 1) -> Iterator[None]:
        """Let the first `times` signals only be questions."""
        self._patience = times
        try:
            yield
        finally:
            self._patience = 0

    def _received(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1
        if self._asked > self._patience:
            raise KeyboardInterrupt
