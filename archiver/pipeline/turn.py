"""Whose turn it is to work, among threads that mostly wait."""

import threading
from types import TracebackType

LONGEST = 0.1  # seconds; whoever waited that long goes on beside the others: a turn saves time, and stops nobody


class Turn:
    """Entered by threads that work; each gives its turn away while it waits for the network or the disk (`waits`).

    Python runs one thread at a time in any case. Threads that are all ready to run wake one another at every call of
    the system, dozens of times for each address; those that wait for their turn sleep until they have it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mine = threading.local()
        self._aside = _Aside(self)

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.give()

    def take(self) -> None:
        """Return when it is this thread's turn, or when it has waited long enough."""
        self._mine.taken = self._lock.acquire(timeout=LONGEST)

    def give(self) -> None:
        """Let another thread have its turn."""
        if self._mine.taken:
            self._mine.taken = False
            self._lock.release()

    def waits(self) -> "_Aside":
        """Return what to enter around a wait, while it is this thread's turn (`Runtime.waits`)."""
        return self._aside


class _Aside:
    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def __enter__(self) -> None:
        self._turn.give()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._turn.take()
