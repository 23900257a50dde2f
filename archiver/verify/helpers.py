"""The files of many items checked at a time, their results in the order in which the items were given.

What is little is checked in this process. Once there is much, helpers are started: processes of their own, because most
of the work on usual items is Python's (docs/adr/0012). A helper opens the case as this process does, and ends when its
pipe is closed, however that comes about. One that cannot be started, or is lost, costs time and nothing else: what it
was given is checked here.
"""

import math
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import BinaryIO, cast

from archiver.custody.read import Snapshot
from archiver.verify.claim import Claim
from archiver.verify.evidence import Checked, Opens, check_item

MAX_HELPERS = 8
ITEM = 40_000  # bytes of a file that take as long as the rest of the work on an item
BATCH = 4_000_000  # bytes given away at a time, counted with `ITEM` for each item
MUCH = 16 * BATCH  # bytes that are worth the start of helpers
HASHED = 8  # times faster than it is checked is a file hashed
AHEAD = 64  # batches given away and not taken back
# As an isolated process: neither the current folder, which may be the case, nor the environment says what it loads.
_HELPER = (
    "import sys; sys.path[:] = sys.argv[3:]; from archiver.verify.helpers import help_out; help_out(*sys.argv[1:3])"
)

Judged = Iterable[tuple[Claim, Checked]]


class Helpers:
    """A context manager: give it claims and take what comes back, then take the rest."""

    def __init__(self, case: Opens, path: Path, *, only_files: bool, processes: int | None) -> None:
        """Check files of `case`, which lies at `path`, with `only_files` as for `check_item`.

        `processes` is how many read at a time, by default one for each processor as soon as there is much to do.
        """
        self._case = case
        self._path = path
        self._only_files = only_files
        self._wanted = processes or min(MAX_HELPERS, os.cpu_count() or 1)
        self._until_start: float = 0 if processes is not None else HASHED * MUCH if only_files else MUCH
        self._helpers: list[_Helper] = []
        self._next = _Batch()
        self._out: deque[_Batch] = deque()

    def __enter__(self) -> "Helpers":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        for helper in self._helpers:
            helper.end(at_once=kind is not None)

    def give(self, claim: Claim) -> Judged:
        """Have `claim` checked in its turn; return what is due before it."""
        self._next.add(claim)
        if self._next.weight >= BATCH:
            self._give_away()
        return self._results(self._out.popleft()) if len(self._out) > AHEAD else ()

    def rest(self) -> Iterator[tuple[Claim, Checked]]:
        """Yield everything that was not taken back yet."""
        if self._next.claims:
            self._give_away()
        while self._out:
            yield from self._results(self._out.popleft())

    def _give_away(self) -> None:
        batch, self._next = self._next, _Batch()
        self._out.append(batch)
        self._until_start -= batch.weight
        if self._until_start > 0 or self._wanted == 1:
            return
        if self._until_start > -math.inf:
            self._until_start = -math.inf
            with suppress(OSError):
                for _ in range(self._wanted):
                    self._helpers.append(_Helper(self._path, self._only_files))
        for waiting in self._out:
            if waiting.helper is None and self._helpers:
                min(self._helpers, key=lambda helper: helper.load).ask(waiting)

    def _results(self, batch: "_Batch") -> Judged:
        found = batch.helper.answer(batch) if batch.helper is not None else None
        if found is None:
            found = [check_item(self._case, claim, only_files=self._only_files) for claim in batch.claims]
        return zip(batch.claims, found, strict=True)


@dataclass(slots=True)
class _Batch:
    claims: list[Claim] = field(default_factory=list)
    weight: int = 0
    helper: "_Helper | None" = None

    def add(self, claim: Claim) -> None:
        self.claims.append(claim)
        self.weight += ITEM + (max(claim.size, 0) if isinstance(claim.size, int) else 0)


class _Helper:
    """Another process; `load` is how much it was given and was not asked for yet, without end once it is lost."""

    def __init__(self, path: Path, only_files: bool) -> None:
        self.load: float = 0
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-I", "-c", _HELPER, path, "files" if only_files else "", *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C is answered by the process that started it
        )
        self._asked = cast("BinaryIO", self._process.stdin)
        self._answers = cast("BinaryIO", self._process.stdout)

    def ask(self, batch: _Batch) -> None:
        """Give it the claims of `batch`, unless it is lost."""
        if self.load == math.inf:
            return
        try:
            pickle.dump(batch.claims, self._asked)
            self._asked.flush()
        except OSError:
            self.load = math.inf
        else:
            batch.helper = self
            self.load += batch.weight

    def answer(self, batch: _Batch) -> list[Checked] | None:
        """Return what came out for the oldest batch that it was given, None when it is lost."""
        try:
            found: list[Checked] = pickle.load(self._answers)  # noqa: S301  # our own process wrote it
        except (EOFError, OSError, pickle.UnpicklingError):
            self.load = math.inf
            return None
        self.load -= batch.weight
        return found

    def end(self, *, at_once: bool) -> None:
        """Let it go; `at_once` ends it in the middle of its work."""
        if at_once:
            self._process.terminate()
        for pipe in (self._asked, self._answers):
            with suppress(OSError):
                pipe.close()
        self._process.wait()


def help_out(path: str, only: str) -> None:
    """Be a helper: check the batches that come on standard input, and answer on standard output."""
    serve(Path(path), sys.stdin.buffer, sys.stdout.buffer, only_files=bool(only))


def serve(path: Path, asked: BinaryIO, answers: BinaryIO, *, only_files: bool) -> None:
    """Check batches of claims about the case at `path` until there are no more."""
    batches: SimpleQueue[list[Claim]] = SimpleQueue()
    Thread(target=_receive, args=(asked, batches), daemon=True).start()
    with Snapshot.open(path) as case:
        while claims := batches.get():
            pickle.dump([check_item(case, claim, only_files=only_files) for claim in claims], answers)
            answers.flush()


def _receive(asked: BinaryIO, batches: "SimpleQueue[list[Claim]]") -> None:
    """Take everything as it comes, so that nobody waits for a helper that waits to be heard."""
    with suppress(Exception):  # whatever it is: a helper that is not told of the end waits for ever
        while True:
            batches.put(pickle.load(asked))  # noqa: S301  # the process that started this one wrote it
    batches.put([])
