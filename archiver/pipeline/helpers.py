"""Hands in other processes: helpers that fetch and store, for the one process that writes the log (docs/adr/0013).

A helper writes the files of the items that it was given, and nothing else. It holds the lock of the case as well, so
that nobody can repair the case while it lives, and it ends at once when its pipe is closed, however that comes about.
One that is lost ends the batch, as any other error does.
"""

import contextlib
import fcntl
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import BinaryIO, cast

from archiver.custody.events import Body
from archiver.custody.store import CaseStore
from archiver.errors import ArchiverError
from archiver.pipeline.helping import LOST, NO_ITEM, Again, Answer, Asked, Begun, Cut, Fetch, Store, Trouble
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.turn import Turn
from archiver.pipeline.work import Hands, Order, Tried, Work
from archiver.runtime import Runtime

MAX_HELPERS = 8
MUCH = 300  # rows that are worth the start of helpers, each of which takes as long as a hundred of them
START = 20.0  # seconds until one that has not begun is given up; it takes a fraction of one
END = 2.0  # seconds until one that does not end is killed
STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
KNOWN = 64  # different options that a helper remembers; a list in which every row has its own sends them along
# As an isolated process: neither the current folder, which may be the case, nor the environment says what it loads.
_HELPER = (
    "import sys; sys.path[:] = sys.argv[4:]; from archiver.pipeline.helping import help_out; help_out(*sys.argv[1:4])"
)


@contextlib.contextmanager
def hands(store: CaseStore, rows: int, threads: int, runtime: Runtime, processes: int | None) -> Iterator[Hands]:
    """Give the hands for a batch of so many rows, of which `threads` are worked on at a time.

    `processes` is how many helpers there are, by default one for each processor if there are rows enough; 0 is none.
    They have the clock and the chance of the system. Where none can be started, it is this process that works.
    """
    found: Hands | None = None
    count = _worth(rows) if processes is None else processes
    if count and store.held is not None:
        with contextlib.suppress(OSError):
            found = Helpers(store.path, store.held, count, threads)
    if found is None:
        turn = Turn()
        found = Work(store.shelf_for(turn.waits), runtime, turn)
    try:
        yield found
    finally:
        found.close()


def _worth(rows: int) -> int:
    processors = len(os.sched_getaffinity(0))
    return min(MAX_HELPERS, processors) if rows >= MUCH and processors > 1 else 0


class Helpers:
    """Hands in `count` processes. An item stays with the one that was given it first."""

    def __init__(self, path: Path, held: int, count: int, threads: int) -> None:
        """`held` is the lock of the case at `path`. Raises `OSError` when one cannot be started, or never begins."""
        self._helpers: list[_Helper] = []
        self._of: dict[int, _Helper] = {}
        try:
            for _ in range(count):
                self._helpers.append(_Helper(path, held, threads))
            for helper in self._helpers:
                helper.begun()
        except BaseException:
            self.close()
            raise

    @property
    def processes(self) -> tuple[int, ...]:
        """The ids of the processes."""
        return tuple(helper.pid for helper in self._helpers)

    def fetch(self, order: Order) -> Tried:
        """See `Hands.fetch`. The helper goes on and stores what is ready."""
        helper = self._of.get(order.item)
        if helper is None:
            helper = self._of[order.item] = min(self._helpers, key=lambda each: each.load)
            return helper.begin(order)
        return helper.again(order.item)

    def store(self, order: Order, *, stopped: bool) -> Body:
        """See `Hands.store`."""
        return self._of.pop(order.item).store(order.item, stopped=stopped)

    def cut(self) -> None:
        """See `Hands.cut`."""
        for helper in self._helpers:
            helper.cut()

    def close(self) -> None:
        """See `Hands.close`."""
        interrupted: KeyboardInterrupt | None = None
        while self._helpers:
            try:
                self._helpers[-1].end()
                self._helpers.pop()
            except KeyboardInterrupt as exc:  # it takes a moment, and whoever comes next must find nobody at work
                interrupted = exc
        if interrupted is not None:
            raise interrupted


class _Helper:
    """One process, and who waits for what it answers."""

    def __init__(self, path: Path, held: int, threads: int) -> None:
        lock = fcntl.fcntl(held, fcntl.F_DUPFD_CLOEXEC, 3)  # below are the pipes
        command = [sys.executable, "-I", "-c", _HELPER, str(path), str(lock), str(threads), *sys.path]
        usual = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # it inherits that, and stays deaf to them
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=[lock],
                process_group=0,  # a Ctrl-C at the terminal does not reach it
            )
        finally:
            os.close(lock)
            signal.pthread_sigmask(signal.SIG_SETMASK, usual)
        self.pid = self._process.pid
        self._orders = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)
        self._known: dict[CaptureOptions, int] = {}
        self._told = False
        self._waiting: dict[int, SimpleQueue[Answer]] = {NO_ITEM: SimpleQueue()}
        self._lost = False
        self._lock = threading.Lock()
        self._receiver = threading.Thread(target=self._receive, name="batch-answers", daemon=True)
        self._receiver.start()

    def begun(self) -> None:
        """Return when it can take orders. Raises `OSError` when it cannot: it was given nothing then."""
        try:
            if not isinstance(self._waiting[NO_ITEM].get(timeout=START), Begun):
                raise OSError("a helper ended before it began")
        except Empty as exc:
            raise OSError("a helper does not begin") from exc
        del self._waiting[NO_ITEM]

    @property
    def load(self) -> int:
        """On how many items it works."""
        return len(self._waiting)

    def begin(self, order: Order) -> Tried:
        """Have it make the first try."""
        self._waiting[order.item] = SimpleQueue()
        bare = replace(order.options, note="", tags=())  # those are in the request
        with self._lock:
            known = self._known.get(bare)
            if known is None and len(self._known) == KNOWN:
                self._known.clear()
            number = self._known.setdefault(bare, len(self._known))
            self._ask(Fetch(order.address, order.requested, number, bare if known is None else None))
        return self._tried(order.item)

    def again(self, item: int) -> Tried:
        """Have it make another try."""
        self._waiting[item] = SimpleQueue()
        with self._lock:
            self._ask(Again(item))
        return self._tried(item)

    def store(self, item: int, *, stopped: bool) -> Body:
        """Return the outcome; what was ready is being stored already."""
        if item not in self._waiting:
            self._waiting[item] = SimpleQueue()
            with self._lock:
                self._ask(Store(item, stopped))
        return cast("Body", self._answer(item, last=True))

    def cut(self) -> None:
        """Have it end what it is at. Called again, it makes one go on that somebody stopped, so that it can end."""
        self._process.send_signal(signal.SIGCONT)  # first: one that is stopped reads nothing, and could not be told
        with self._lock, contextlib.suppress(ArchiverError):
            if not self._told:
                self._told = True
                self._ask(Cut())

    def end(self) -> None:
        """Let it go, and return when it is gone. It ends by itself: nobody waits for anything of it."""
        self._process.send_signal(signal.SIGCONT)  # one that is stopped sees no end
        with contextlib.suppress(OSError):
            self._orders.close()
        try:
            self._process.wait(END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._receiver.join()
        self._answers.close()  # not before: it would wait for the one who reads them, and he for the process

    def _tried(self, item: int) -> Tried:
        tried = cast("Tried", self._answer(item, last=False))
        if not tried.ready:
            del self._waiting[item]
        return tried

    def _answer(self, item: int, *, last: bool) -> Begun | Tried | Body:
        answer = self._waiting[item].get()
        if isinstance(answer, Trouble):
            answer.raised()
        if last:
            del self._waiting[item]
        return answer

    def _ask(self, asked: Asked) -> None:
        data = pickle.dumps(asked)
        if self._lost:
            LOST.raised()
        try:
            self._orders.write(data)
            self._orders.flush()
        except OSError:
            LOST.raised()

    def _receive(self) -> None:
        """Hand every answer to the one who waits for it; when there are no more, tell all that it is lost."""
        with contextlib.suppress(Exception):  # whatever it is: whoever is not told of the end waits for ever
            while True:
                item, answer = pickle.load(self._answers)  # noqa: S301  # our own process wrote it
                self._waiting[item].put(answer)
        self._lost = True  # before the rest: whoever begins to wait from now on sees it when asking
        for waiting in [*self._waiting.values()]:
            waiting.put(LOST)
