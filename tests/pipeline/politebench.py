"""A batch without network, threads and waiting: a clock that jumps from one event to the next drives a `Queue`."""

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

from archiver.pipeline.polite import Ended, News, Queue, Turn
from archiver.pipeline.retry import RULES, Heard, Reason, Verdict, verdict_on

Answer = Callable[[Turn, float], tuple[float, Verdict]]  # (turn, when) → (how long it took, what came of it)


def said(host: str, reason: Reason = "", wait: float | None = None) -> Heard:
    """What `host` says when `reason` is all there is."""
    return Heard(host, reason, RULES[reason].strain, wait)


def always(reason: Reason = "", wait: float | None = None, took: float = 0.1) -> Answer:
    """Every host gives the same answer every time."""
    return lambda turn, _: (took, verdict_on([said(turn.host, reason, wait)]))


def by_host(answers: dict[str, Answer], otherwise: Answer) -> Answer:
    """Each host has its own way."""
    return lambda turn, now: answers.get(turn.host, otherwise)(turn, now)


@dataclass
class Run:
    """What happened: (time, turn), (time, turn, what followed), (time, news)."""

    starts: list[tuple[float, Turn]] = field(default_factory=list)
    ends: list[tuple[float, Turn, Ended]] = field(default_factory=list)
    news: list[tuple[float, News]] = field(default_factory=list)
    looks: int = 0

    def starts_of(self, host: str) -> list[float]:
        return [at for at, turn in self.starts if turn.host == host]

    def rows(self) -> list[int]:
        return [turn.row for _, turn in self.starts if turn.number_of_try == 1]

    def pauses_of(self, host: str) -> list[float | None]:
        return [news.seconds for _, news in self.news if news.host == host]


def drive(queue: Queue, answer: Answer, *, concurrency: int = 8, until: float = math.inf) -> Run:
    """Run `queue` to its end as a batch does, checking at every step what must never happen."""
    run, now = Run(), 0.0
    flying: list[tuple[float, int, Turn, Verdict]] = []
    while now < until:
        while len(flying) < concurrency and (turn := _look(queue, now, run)) is not None:
            assert turn.row not in {flight[2].row for flight in flying}
            run.starts.append((now, turn))
            took, verdict = answer(turn, now)
            heappush(flying, (now + took, len(run.starts), turn, verdict))
        assert queue.in_flight == len(flying)
        wake = queue.wake_at(now) if len(flying) < concurrency else None
        assert wake is None or wake > now, "it would look again and again at the same time"
        if not flying and wake is None:
            break
        now = min(flying[0][0] if flying else math.inf, wake if wake is not None else math.inf)
        while flying and flying[0][0] <= now:
            _, _, turn, verdict = heappop(flying)
            ended = queue.ended(turn.row, now, verdict)
            run.ends.append((now, turn, ended))
            run.news += [(now, news) for news in ended.news]
    return run


def _look(queue: Queue, now: float, run: Run) -> Turn | None:
    run.looks += 1
    return queue.next(now)


def most_at_once(run: Run) -> dict[str, int]:
    """For each host, how many of its rows were in flight at the same time at most."""
    events = [(at, 1, turn.host) for at, turn in run.starts] + [(at, 0, turn.host) for at, turn, _ in run.ends]
    now: dict[str, int] = defaultdict(int)
    most: dict[str, int] = defaultdict(int)
    for _, begins, host in sorted(events):
        now[host] += 1 if begins else -1
        most[host] = max(most[host], now[host])
    return most
