"""Which row may start when, so that no host is hammered and no host holds up another (docs/spec/politeness.md).

A `Queue` belongs to one thread, reads no clock and never waits: it is told the time (monotonic seconds) and says what
may start now, or when to look again. Each call takes O(log n) for n rows, however they are spread over hosts.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Final, Literal

from archiver.pipeline.manners import (
    BACK_OFF,
    IN_A_ROW,
    JITTER,
    MAX_BACK_OFF,
    MAX_WAIT,
    RETRY_FLOOR,
    RETRY_SHARE,
    SILENT_IN_A_ROW,
    TOLD_FROM,
    Manners,
    Trouble,
)
from archiver.pipeline.retry import RULES, Heard, Strain, Verdict

__all__ = ["Ended", "Manners", "News", "Queue", "Turn"]

_Heap = list[tuple[float, int, str]]

_NO_STRAIN: Final[frozenset[Strain]] = frozenset({"none", "nameless", "ok"})


@dataclass(frozen=True, slots=True)
class Turn:
    """A row that may start now, for the `number_of_try`th time (from 1). It is in flight until `Queue.ended`."""

    row: int
    host: str
    number_of_try: int


@dataclass(frozen=True, slots=True)
class News:
    """A host is left alone for `seconds` because of its strain, or because it "asked"; given up where that is None.

    `host` is "" when it is all of them. `unstarted` is how many of its rows wait for their first try; `unfinished` are
    the rows that had waited for another try and will not get one.
    """

    host: str
    reason: Strain | Literal["asked"]
    seconds: float | None
    unstarted: int
    unfinished: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """What follows from the end of a try: another in `again_in` seconds at the earliest, or none, and what is new."""

    again_in: float | None
    news: tuple[News, ...] = ()


@dataclass(slots=True)
class _Host:
    name: str
    rows: deque[int] = field(default_factory=deque)  # never begun, in input order
    again: list[tuple[float, int]] = field(default_factory=list)  # heap of (not before, row)
    in_flight: int = 0
    next_start: float = -math.inf
    held: float = -math.inf  # asked to wait, or backing off, until then
    trouble: Trouble = field(default_factory=lambda: Trouble(IN_A_ROW))
    requests: int = 0
    retries: int = 0
    given_up: bool = False
    stamp: int = 0  # of its valid entries in the heaps; all others are stale
    rest: float = 0.0  # seconds that it is left alone after each row, of which it then has one at a time

    @property
    def free_at(self) -> float:
        return max(self.next_start, self.left_alone_until)

    @property
    def left_alone_until(self) -> float:
        return max(self.held, self.trouble.until)


@dataclass(frozen=True, slots=True)
class _Flight:
    turn: Turn
    begun: float


class Queue:
    """Rows waiting for their turn. Rows are numbers, lower ones first; hosts are names as of `retry.host_of`.

    `chance` returns numbers from 0 up to but not including 1.
    """

    def __init__(self, manners: Manners, chance: Callable[[], float]) -> None:
        self._manners = manners
        self._chance = chance
        self._hosts: dict[str, _Host] = {}
        self._flights: dict[int, _Flight] = {}
        self._tries: dict[int, int] = {}  # of rows that wait for another
        self._waiting = 0
        self._ready: _Heap = []  # (row, stamp, host): may start now
        self._later: _Heap = []  # (time, stamp, host): to be looked at then
        self._way_out = Trouble(SILENT_IN_A_ROW)
        self._silent: set[str] = set()  # hosts in a row for which no name server answered
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many rows wait for a turn that they may still get."""
        return self._waiting

    @property
    def in_flight(self) -> int:
        """How many rows have begun a try that has not ended."""
        return len(self._flights)

    def add(self, row: int, host: str, rest: float = 0.0) -> None:
        """Let `row` wait for its first try. Rows are added in input order, before the first `next`.

        With a `rest`, `host` has one row at a time and is left alone for so many seconds after each: a row that asks
        several times paces itself, and must not meet another.
        """
        known = self._host(host)
        known.rows.append(row)
        known.rest = max(known.rest, rest)
        self._waiting += 1
        if len(known.rows) == 1:
            self._place(known, -math.inf)

    def next(self, now: float) -> Turn | None:
        """Return the earliest row that may start now, begun with this very call, or None."""
        if now < self._way_out.until or (self._way_out.pauses and self._flights):
            return None
        while self._later and self._later[0][0] <= now:
            _, stamp, name = heappop(self._later)
            if self._hosts[name].stamp == stamp:
                self._place(self._hosts[name], now)
        while self._ready:
            _, stamp, name = heappop(self._ready)
            if self._hosts[name].stamp == stamp:
                return self._begin(self._hosts[name], now)
        return None

    def wake_at(self, now: float) -> float | None:
        """Return when `next` may have something, though nothing ends before; None when only an end can change that."""
        if not self._waiting or (self._way_out.pauses and self._flights):
            return None
        if now < self._way_out.until:
            return self._way_out.until
        self._drop_stale(self._ready)
        self._drop_stale(self._later)
        if self._ready:
            return now
        return self._later[0][0] if self._later else None

    def ended(self, row: int, now: float, verdict: Verdict, *, final: bool = False) -> Ended:
        """Take note that the try of `row` is over, and of what each host on its way said; none follows `final`."""
        flight = self._flights.pop(row)
        host = self._hosts[flight.turn.host]
        host.in_flight -= 1
        host.next_start = max(host.next_start, now + host.rest) if host.rest else host.next_start
        told = _by_host(verdict)
        news = [self._note(heard, flight.begun, now) for heard in told.values()]
        news.append(self._note_way_out(verdict, flight.begun, now))
        again_in = None if final else self._put_back(flight.turn, now, verdict)
        for name in {host.name, *told} & self._hosts.keys():
            self._place(self._hosts[name], now)
        return Ended(again_in, tuple(piece for piece in news if piece is not None))

    def close(self) -> tuple[int, ...]:
        """Let nothing start any more; return the rows that had waited for another try."""
        self._closed = True
        return tuple(row for host in self._hosts.values() for row in self._give_up(host))

    def _host(self, name: str) -> _Host:
        if name not in self._hosts:
            self._hosts[name] = _Host(name)
        return self._hosts[name]

    def _begin(self, host: _Host, now: float) -> Turn:
        due = host.again and host.again[0][0] <= now
        row = heappop(host.again)[1] if due else host.rows.popleft()
        turn = Turn(row, host.name, self._tries.pop(row, 0) + 1)
        self._flights[row] = _Flight(turn, now)
        self._waiting -= 1
        host.in_flight += 1
        if host.name:
            host.next_start = now + self._manners.spacing * (1 - JITTER + 2 * JITTER * self._chance())
        self._place(host, now)
        return turn

    def _place(self, host: _Host, now: float) -> None:
        """Put `host` where `next` will find it; with all its places taken it comes back when a try ends."""
        host.stamp += 1
        if host.given_up or not (host.rows or host.again) or host.in_flight >= self._places(host):
            return
        due = host.again[0][0] if host.again else math.inf
        if host.free_at > now:
            heappush(self._later, (host.free_at, host.stamp, host.name))
        elif due <= now:
            heappush(self._ready, (host.again[0][1], host.stamp, host.name))
        else:
            if host.rows:
                heappush(self._ready, (host.rows[0], host.stamp, host.name))
            if host.again:
                heappush(self._later, (due, host.stamp, host.name))

    def _drop_stale(self, heap: _Heap) -> None:
        while heap and self._hosts[heap[0][2]].stamp != heap[0][1]:
            heappop(heap)

    def _places(self, host: _Host) -> float:
        if not host.name:
            return math.inf  # nobody is asked
        return 1 if host.trouble.in_a_row or host.rest else self._manners.per_host

    def _note(self, heard: Heard, begun: float, now: float) -> News | None:
        strained = heard.strain not in _NO_STRAIN
        if heard.host not in self._hosts and not strained and heard.wait is None:
            return None  # memory is for hosts with rows, and for those with something to remember
        host = self._host(heard.host)
        host.requests += 1
        if heard.strain == "ok":
            host.trouble.over()
        asked = heard.wait or 0.0
        if asked > MAX_WAIT and not strained:
            asked = 0.0  # most likely a date in a wrong unit; if not, the next answer will be a refusal and say so
        pause = host.trouble.refused(begun, now, at_once=asked > MAX_WAIT) if strained else 0.0
        if pause == math.inf:
            return None if host.given_up else News(host.name, heard.strain, None, len(host.rows), self._give_up(host))
        hold = min(asked, MAX_WAIT) or (self._back_off(host.trouble.in_a_row) if strained else 0.0)
        longer = now + hold - max(now, host.held)
        host.held = max(host.held, now + hold)
        if pause and pause >= asked:
            return News(host.name, heard.strain, pause, len(host.rows))
        return News(host.name, "asked", hold, len(host.rows)) if asked and longer >= TOLD_FROM else None

    def _note_way_out(self, verdict: Verdict, begun: float, now: float) -> News | None:
        if verdict.reason != "name-server-silent":
            if any(heard.strain != "none" for heard in verdict.heard):  # somebody could be reached, or a name looked up
                self._way_out.over()
                self._silent.clear()
            return None
        host = verdict.heard[-1].host
        if host in self._silent and not self._way_out.pauses:
            return None
        self._silent.add(host)
        pause = self._way_out.refused(begun, now)
        if not pause or self._closed:
            return None
        unstarted = sum(len(each.rows) for each in self._hosts.values() if not each.given_up)
        if pause == math.inf:
            return News("", verdict.strain, None, unstarted, self.close())
        return News("", verdict.strain, pause, unstarted)

    def _put_back(self, turn: Turn, now: float, verdict: Verdict) -> float | None:
        host = self._hosts[turn.host]
        asked_of = self._hosts.get(verdict.heard[-1].host, host)
        most = min(self._manners.tries, RULES[verdict.reason].tries)
        if not verdict.again or turn.number_of_try >= most or (verdict.wait or 0.0) > MAX_WAIT:
            return None
        if self._closed or host.given_up or asked_of.given_up:
            return None
        if asked_of.retries >= RETRY_FLOOR + RETRY_SHARE * asked_of.requests:
            return None
        asked_of.retries += 1
        wait = verdict.wait or self._back_off(turn.number_of_try)
        not_before = max(now + wait, asked_of.left_alone_until)
        heappush(host.again, (not_before, turn.row))
        self._tries[turn.row] = turn.number_of_try
        self._waiting += 1
        return max(not_before, host.left_alone_until, self._way_out.until) - now

    def _give_up(self, host: _Host) -> tuple[int, ...]:
        if host.given_up:
            return ()
        host.given_up = True
        host.stamp += 1
        unfinished = tuple(sorted(row for _, row in host.again))
        self._waiting -= len(host.rows) + len(unfinished)
        host.again.clear()
        return unfinished

    def _back_off(self, failures: int) -> float:
        """Return a wait with full jitter: anything up to twice as much as after one failure less."""
        return self._chance() * min(MAX_BACK_OFF, BACK_OFF * 2.0 ** min(max(failures, 1) - 1, 16))


def _by_host(verdict: Verdict) -> dict[str, Heard]:
    """Return for each host what it said last, with the longest wait: a redirect to its own refusal is no success."""
    told: dict[str, Heard] = {}
    for heard in verdict.heard:
        if heard.host:
            waits = [each.wait for each in (told.get(heard.host), heard) if each is not None and each.wait is not None]
            told[heard.host] = replace(heard, wait=max(waits, default=None))
    return told
