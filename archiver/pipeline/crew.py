"""Those who work on a batch: threads that fetch and store, and one that writes the log
(docs/adr/0011-batch-threads-and-one-log-writer.md).

The order that makes an item evidence is kept for each of them: its request is synced before its first packet leaves,
its WARC before its outcome is appended, its outcome before anybody is told. Requests and outcomes that are due at the
same moment share one sync.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial

from archiver.custody import events
from archiver.custody.events import Body
from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.model.batch import Row
from archiver.model.exchange import PrivateFile
from archiver.pipeline.attempt import asked, first_asked
from archiver.pipeline.dating import Dating
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.outcome import RowMark
from archiver.pipeline.polite import Manners, Queue
from archiver.pipeline.retry import host_of
from archiver.pipeline.watch import InFlight, Standing, Watch
from archiver.pipeline.work import Hands, Order
from archiver.runtime import Runtime

WRITERS = 4  # threads beyond the concurrency: while these store what they fetched, others use the network
TICK = 0.2  # seconds between two looks at whether to stop
MAX_TOLD = 1 << 20  # bytes on the item's log line; tries that take more are the last: a line has its limit
NOT_BEGUN = "the batch ended before this row was begun"


class Stop(Enum):
    """What the user wants: go on; let what is in flight end and begin nothing; end at once."""

    NO = 0
    FINISH = 1
    NOW = 2


@dataclass(frozen=True, slots=True)
class Task:
    """A row that is to be captured, and how."""

    row: Row
    options: CaptureOptions


@dataclass(slots=True, eq=False)
class _Item:
    """The item of a task, from its request to its outcome. `stopped`: it had hoped for another try."""

    index: int
    row: Row
    order: Order
    tries: int = 0
    line_bytes: int = 0
    private: tuple[PrivateFile, ...] = ()
    number_of_try: int = 0
    since: float = 0.0
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class _Done:
    row: Row
    tries: int
    body: Body


class Crew:
    """Works through `tasks` once; their items are numbered in that order. `outcomes` has what is on record, by row."""

    def __init__(
        self,
        store: CaseStore,
        tasks: Sequence[Task],
        started: Event,
        concurrency: int,
        hands: Hands,
        manners: Manners,
        runtime: Runtime,
        watch: Watch,
        dating: Dating,
    ) -> None:
        self.outcomes: dict[int, str] = {}
        self._store = store
        self._tasks = tasks
        self._batch = started.seq
        self._concurrency = concurrency
        self._hands = hands
        self._runtime = runtime
        self._watch = watch
        self._dating = dating
        self._queue = Queue(manners, runtime.chance)
        self._stop = Stop.NO
        self._error: BaseException | None = None
        self._wanted = 0  # how many tasks should have their request on record
        self._asked = 0  # how many have
        self._items: dict[int, _Item] = {}  # the open ones, by the index of their task
        self._flying: set[int] = set()
        self._working = 0
        self._storing = 0
        self._last: deque[_Item] = deque()  # those that had hoped for another try, and are to be stored as they are
        self._done: deque[_Done] = deque()
        self._told: deque[Callable[[], None]] = deque()  # what the watch is still to hear
        self._lock = threading.Lock()
        self._for_writer = threading.Condition(self._lock)
        self._for_workers = threading.Condition(self._lock)
        self._for_requests = threading.Condition(self._lock)
        for index, task in enumerate(tasks):
            self._queue.add(index, host_of(first_asked(task.row.address, task.options)))

    def work(self, stop: Callable[[], Stop]) -> bool:
        """Return when every task has an outcome or will have none in this run, and whether it was stopped.

        Raises what ended it before that; all threads have ended then.
        """
        count = min(self._concurrency, len(self._tasks)) + WRITERS
        threads = [threading.Thread(target=self._worker, name=f"batch-{n}", daemon=True) for n in range(count)]
        try:
            self._wanted = min(len(self._tasks), self._concurrency)
            self._write()
            for thread in threads:
                thread.start()
            while self._going():
                self._heed(stop())
                self._write()
        except BaseException as exc:  # noqa: BLE001  # raised again below, when nobody works any more
            self._fail(exc)
        while not self._idle():
            continue
        for thread in threads:
            if thread.is_alive():
                thread.join()
        if self._error is not None:
            self._save()
            raise self._error
        self._leave()
        return self._stop is not Stop.NO

    # the one thread that writes the log

    def _going(self) -> bool:
        with self._lock:
            outcomes = self._done and self._dating.over()
            if not (outcomes or self._told or self._wanted > self._asked):
                self._for_writer.wait(TICK)
            return self._error is None and bool(not self._over() or self._storing or self._done or self._told)

    def _idle(self) -> bool:
        """Wait until no worker works any more; False when a Ctrl-C came first, which cuts what is in flight.

        Whoever has not begun by now will find nothing to do. (`Thread.join` does not say who still works: interrupted,
        it takes its thread for ended.)
        """
        try:
            while True:
                with self._lock:
                    if not self._working:
                        return True
                    self._for_writer.wait(TICK)
                if self._error is not None:
                    self._hands.cut()
        except BaseException as exc:  # noqa: BLE001  # raised by `work`
            self._fail(exc)
            return False

    def _save(self) -> None:
        """Append what was stored before an error ended it all, if that can be; else whoever opens the case does so."""
        self._store.distrust()
        if self._done:
            with contextlib.suppress(Exception):
                self._store.append_many([each.body for each in self._done])

    def _heed(self, stop: Stop) -> None:
        if stop is not Stop.NO:
            self._dating.give_up()
        with self._lock:
            if stop.value > self._stop.value:
                self._stop, self._wanted = stop, self._asked
                for index in self._queue.close():
                    self._items[index].stopped = True
                    self._last.append(self._items[index])
                self._for_workers.notify_all()
                self._for_requests.notify_all()
        if self._stop is Stop.NOW:
            self._hands.cut()

    def _write(self) -> None:
        """Append the outcomes and the requests that are due, with one sync, and tell of them."""
        with self._lock:
            done: deque[_Done] = deque()
            if self._dating.over():
                done, self._done = self._done, done
            told, self._told = self._told, deque()
            first, last = self._asked, self._wanted
        if done:
            self._dating.settle(self._store)
        bodies = [each.body for each in done]
        tasks = self._tasks[first:last]
        for item, task in enumerate(tasks, self._store.next_item()):
            bodies.append(asked(item, task.row.address, task.options, self._mark(task.row)))
        written = self._store.append_many(bodies) if bodies else ()
        orders = [Order(t.row.address, t.options, e) for t, e in zip(tasks, written[len(done) :], strict=True)]
        for order in orders:
            self._store.shelf.make_room(order.item)  # by one process, so that no other takes it for durable before
        with self._lock:
            for index, task, order in zip(range(first, last), tasks, orders, strict=True):
                self._items[index] = _Item(index, task.row, order)
            self._asked = last
            self._for_requests.notify_all()
        for tell in told:
            tell()
        for each, event in zip(done, written, strict=False):
            self.outcomes[each.row.number] = event.data["outcome"]
            self._watch.finished(each.row, event, each.tries)
        self._watch.tick(self._standing())

    def _leave(self) -> None:
        """Close the items that were asked for ahead and never begun."""
        left = [self._items[index].order.requested for index in sorted(self._items)]
        if left:
            self._store.append_many([events.interrupted(requested, reason=NOT_BEGUN) for requested in left])

    def _mark(self, row: Row) -> RowMark:
        return RowMark(self._batch, row.number, row.digest, row.occurrence)

    def _standing(self) -> Standing:
        with self._lock:
            items = [self._items[index] for index in sorted(self._flying) if index in self._items]
            flying = tuple(InFlight(item.row, item.number_of_try, item.since) for item in items)
            return Standing(self._queue.waiting, flying)

    # the threads that fetch and store

    def _worker(self) -> None:
        with self._lock:
            self._working += 1
        try:
            while (item := self._next()) is not None:
                if item.index not in self._flying or self._fetched(item):
                    self._store_away(item)
        except BaseException as exc:  # noqa: BLE001  # raised by the thread that called `work`
            self._fail(exc)
        finally:
            with self._lock:
                self._working -= 1
                self._for_writer.notify()

    def _next(self) -> _Item | None:
        """Return an item to fetch, which is in flight then, or one that is only to be stored; None at the end."""
        with self._lock:
            while self._error is None:
                if self._last:
                    self._storing += 1
                    return self._last.popleft()
                item = self._begun()
                if item is not None:
                    return item
                if self._over():
                    break
                self._for_workers.wait(self._until_next())
            self._for_workers.notify_all()
            self._for_writer.notify()
            return None

    def _begun(self) -> _Item | None:
        now = self._runtime.clock.monotonic()
        free = self._stop is Stop.NO and len(self._flying) < self._concurrency
        turn = self._queue.next(now) if free else None
        if turn is None:
            return None
        self._flying.add(turn.row)
        if self._queue.waiting and len(self._flying) < self._concurrency:
            self._for_workers.notify()  # there may be more to begin
        ahead = min(len(self._tasks), turn.row + 1 + self._concurrency)
        if ahead > self._wanted:
            self._wanted = ahead
            self._for_writer.notify()
        while turn.row not in self._items and self._stop is Stop.NO and self._error is None:
            self._for_requests.wait()
        item = self._items.get(turn.row)
        if item is None:
            self._flying.discard(turn.row)
            return None
        item.number_of_try, item.since = turn.number_of_try, now
        return item

    def _until_next(self) -> float | None:
        if self._stop is not Stop.NO or len(self._flying) >= self._concurrency:
            return None
        now = self._runtime.clock.monotonic()
        wake_at = self._queue.wake_at(now)
        return None if wake_at is None else max(0.001, wake_at - now)

    def _over(self) -> bool:
        return not (self._flying or self._last or (self._queue.waiting and self._stop is Stop.NO))

    def _fetched(self, item: _Item) -> bool:
        """Make one try and return whether it is the last one of the item."""
        tried = self._hands.fetch(item.order)
        verdict = tried.verdict
        with self._lock:
            item.tries += 1
            item.line_bytes += tried.line_bytes
            item.private += tried.private
            self._flying.discard(item.index)
            final = item.line_bytes > MAX_TOLD
            ended = self._queue.ended(item.index, self._runtime.clock.monotonic(), verdict, final=final)
            for news in ended.news:
                self._told.append(partial(self._watch.news, news))
                self._last.extend(self._items[index] for index in news.unfinished)
            if ended.again_in is None:
                self._storing += 1
            else:
                self._told.append(
                    partial(self._watch.retrying, item.row, item.number_of_try, verdict.reason, ended.again_in)
                )
            self._for_workers.notify(1 + len(self._last))
            self._for_writer.notify()
            return ended.again_in is None

    def _store_away(self, item: _Item) -> None:
        for file in item.private:
            self._store.put_private(file)
        body = self._hands.store(item.order, stopped=item.stopped)
        with self._lock:
            del self._items[item.index]
            self._done.append(_Done(item.row, item.tries, body))
            self._storing -= 1
            self._for_writer.notify()

    def _fail(self, exc: BaseException) -> None:
        with self._lock:
            if self._error is None:
                self._error = exc
            for condition in (self._for_workers, self._for_requests, self._for_writer):
                condition.notify_all()
        self._hands.cut()
