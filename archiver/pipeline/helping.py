"""A helper of a batch, in a process of its own, and what is said between it and the one that writes the log."""

import contextlib
import os
import pickle
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from archiver.custody.disk import RealDisk
from archiver.custody.events import Body
from archiver.custody.guard import Guard
from archiver.custody.log import Event
from archiver.custody.shelf import Shelf
from archiver.errors import ArchiverError, Interrupted
from archiver.model.address import Address
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.turn import Turn
from archiver.pipeline.work import Order, Tried, Work
from archiver.runtime import system_runtime


@dataclass(frozen=True, slots=True)
class Fetch:
    """Make the first try of an item, and store it when it is ready. `options` None are those that had this number."""

    address: Address
    requested: Event
    number: int
    options: CaptureOptions | None


@dataclass(frozen=True, slots=True)
class Again:
    """Make another try, and store the item when it is ready."""

    item: int


@dataclass(frozen=True, slots=True)
class Store:
    """Store an item that waited for another try, or for its private files to be kept."""

    item: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """End what is in flight, and what is begun from now on."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The first answer, about `NO_ITEM`: orders can be taken."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error, for whoever waits for an answer; `bug` is the trace of one that has no words of its own."""

    error: type[ArchiverError] = ArchiverError
    kind: str = ""
    message: str = ""
    hint: str = ""
    bug: str = ""

    @classmethod
    def of(cls, exc: BaseException) -> "Trouble":
        """Return what can be sent of `exc`."""
        if isinstance(exc, ArchiverError):
            return cls(type(exc), exc.kind, exc.message, exc.hint)
        return cls(bug="".join(traceback.format_exception(exc)))

    def raised(self) -> NoReturn:
        """Raise it."""
        if self.bug:
            raise RuntimeError(f"a helper of the batch failed:\n{self.bug}")
        raise self.error(self.kind, self.message, self.hint)


LOST = Trouble(
    Interrupted,
    "helper-lost",
    "a process that fetched for the batch ended unexpectedly, and the batch ends with it",
    "was there too little memory? Repeat the command: nothing that was acknowledged is lost",
)

Asked = Fetch | Again | Store | Cut
NO_ITEM = 0  # items are numbered from 1
Answer = Begun | Tried | Body | Trouble
"""Sent with the number of its item. The first to a `Fetch` or `Again` is how the try went, the last is the outcome."""


def help_out(path: str, held: str, threads: str) -> None:
    """Be a helper: take what comes on standard input and answer on standard output, until the input ends.

    It ends at once then: whoever gave the orders needs nothing any more, or is dead, and what is half done is what a
    crash leaves. Signals that ask to stop are blocked from the start (`helpers`): the process that writes the log
    answers them. `held` is the lock of the case at `path`.
    """
    with contextlib.suppress(Exception):  # nobody is there to be told
        serve(Path(path), int(held), sys.stdin.buffer, sys.stdout.buffer, int(threads))
    os._exit(0)


def serve(path: Path, held: int, orders: BinaryIO, answers: BinaryIO, threads: int) -> None:
    """Do what is asked on `orders`, on at most so many threads, until there is no more."""
    disk, turn = RealDisk.lent(path, held), Turn()
    helper = _Helping(disk, turn, answers)
    pool = ThreadPoolExecutor(threads)
    helper.answer(NO_ITEM, Begun())
    while True:
        helper.take(pickle.load(orders), pool.submit)  # noqa: S301  # the process that started this one wrote it


class _Helping:
    def __init__(self, disk: RealDisk, turn: Turn, answers: BinaryIO) -> None:
        self._orders: dict[int, Order] = {}
        self._options: dict[int, CaptureOptions] = {}
        shelf = Shelf(disk, Guard(disk), self._orders.__contains__, turn.waits)
        self._work = Work(shelf, system_runtime(), turn)
        self._answers = answers
        self._lock = threading.Lock()

    def take(self, asked: Asked, submit: Callable[..., object]) -> None:
        if isinstance(asked, Cut):
            self._work.cut()
        elif isinstance(asked, Store):
            submit(self._do, asked.item, self._store, asked.stopped)
        elif isinstance(asked, Again):
            submit(self._do, asked.item, self._try)
        else:
            if asked.options is not None:
                self._options[asked.number] = asked.options
            order = Order(asked.address, self._options[asked.number], asked.requested)
            self._orders[order.item] = order
            submit(self._do, order.item, self._try)

    def _do(self, item: int, what: Callable[..., None], *how: bool) -> None:
        try:
            what(item, *how)
        except BaseException as exc:  # noqa: BLE001  # raised again by the one who waits for the answer
            self.answer(item, exc)

    def _try(self, item: int) -> None:
        tried = self._work.fetch(self._orders[item])
        self.answer(item, tried)
        if tried.ready:
            self._store(item, stopped=False)

    def _store(self, item: int, stopped: bool) -> None:
        body = self._work.store(self._orders[item], stopped=stopped)
        del self._orders[item]
        self.answer(item, body)

    def answer(self, item: int, answer: Answer | BaseException) -> None:
        try:
            data = pickle.dumps((item, Trouble.of(answer) if isinstance(answer, BaseException) else answer))
            with self._lock:
                self._answers.write(data)
                self._answers.flush()
        except BaseException:  # noqa: BLE001  # nobody hears us, or nothing can be said: then we are lost, and known to be
            os._exit(1)
