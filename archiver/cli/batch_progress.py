"""How far a batch is, on a terminal: lines that stay, and below them a few that are drawn anew in place."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archiver.cli.batch_words import count, host_name, span
from archiver.cli.screen import Sink, Tone
from archiver.cli.text import fit, safe
from archiver.pipeline.polite import News
from archiver.pipeline.watch import Standing
from archiver.runtime import Clock

REDRAW = 0.2  # seconds between two drawings
PLAIN_REDRAW = 60.0  # seconds, where nothing can be drawn in place
FLYING = 5  # addresses in flight that are shown
WINDOW = 120.0  # seconds over which the rate is taken
KNOWN_AFTER = (10, 5.0)  # rows and seconds until a rate says anything
RECKON = 5.0  # seconds between two looks at which host takes longest


class Area:
    """A few lines at the end of a terminal that are replaced in place; what stays is written above them."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._drawn = 0
        self.moves = not sink.console().is_dumb_terminal

    @property
    def room(self) -> tuple[int, int]:
        """Columns and lines that there are for the area."""
        size = self._sink.console().size
        return max(size.width - 1, 20), max(size.height - 2, 1)

    def draw(self, stay: Iterable[tuple[str, Tone]], lines: Iterable[tuple[str, Tone]]) -> None:
        """Write the lines of `stay` for good, and `lines`, which are safe already, where the area is."""
        from rich.text import Text

        width, height = self.room
        encoding = self._sink.encoding
        kept = self._sink.rendered((Text(), Text(safe(text, encoding), style=tone.value), 0) for text, tone in stay)
        area = list(lines)[:height]
        shown = self._sink.rendered(
            (Text(), Text(fit(text, width, encoding), style=tone.value), 0) for text, tone in area
        )
        back = f"\r\x1b[{self._drawn}A\x1b[J" if self._drawn else ""
        self._drawn = len(area)
        self._sink.put(back + kept + shown)


@dataclass(slots=True)
class Pace:
    """How fast rows end, and how long the rest will take at least."""

    clock: Clock
    spacing: float
    left_of: dict[str, int]  # rows without outcome, by host
    began: float = 0.0
    paused: dict[str, float] = field(default_factory=dict)  # until when (monotonic) a host is left alone
    _ends: deque[float] = field(default_factory=deque)
    _ended: int = 0
    _reckoned: float = float("-inf")
    _longest: int = 0

    def finished(self, host: str) -> None:
        """Take note that a row of `host` has its outcome."""
        self._ended += 1
        self._ends.append(self.clock.monotonic())
        if host in self.left_of:
            self.left_of[host] -= 1

    def news(self, news: News) -> None:
        """Take note of a pause, or of a host that is given up."""
        if news.seconds is not None:
            self.paused[news.host] = self.clock.monotonic() + news.seconds
        else:
            self.paused.pop(news.host, None)
            self.left_of.pop(news.host, None)

    def waiting(self, now: float) -> Mapping[str, float]:
        """Return the hosts that are being left alone, and for how many seconds still; the longest first."""
        self.paused = {host: until for host, until in self.paused.items() if until > now}
        return {host: until - now for host, until in sorted(self.paused.items(), key=lambda each: -each[1])}

    def rate(self, now: float) -> float | None:
        """Return rows a second of late, None while that says nothing."""
        while self._ends and self._ends[0] < now - WINDOW:
            self._ends.popleft()
        rows, seconds = KNOWN_AFTER
        if self._ended < rows or now - self.began < seconds:
            return None
        return len(self._ends) / min(WINDOW, now - self.began)

    def left(self, rows: int, now: float) -> float | None:
        """Return how many seconds `rows` rows will take, None while nobody can say."""
        rate = self.rate(now)
        if not rate:
            return None
        if now - self._reckoned >= RECKON:
            self._longest = max(self.left_of.values(), default=0)
            self._reckoned = now
        waiting = [seconds for host, seconds in self.waiting(now).items() if self.left_of.get(host) or not host]
        return max(rows / rate, self._longest * self.spacing, *waiting)


class Progress:
    """Draws how far a batch is. Nothing is written after `close`."""

    def __init__(self, sink: Sink, clock: Clock, pace: Pace) -> None:
        self._area = Area(sink)
        self._encoding = sink.encoding
        self._clock = clock
        self._pace = pace
        self._stay: list[tuple[str, Tone]] = []
        self._next = 0.0
        self.stopping = False

    def stay(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Say something that stays."""
        self._stay.append((text, tone))

    def draw(self, todo: int, outcomes: Mapping[str, int], standing: Standing) -> None:
        """Show how far it is, a few times a second."""
        now = self._clock.monotonic()
        due = now >= self._next
        if self._area.moves and due:
            self._next = now + REDRAW
            self._area.draw(self._taken(), self._lines(todo, outcomes, standing, now))
        elif not self._area.moves and (due or self._stay):
            headline = [(self._headline(todo, outcomes, now), Tone.PLAIN)] if due else []
            self._next = now + PLAIN_REDRAW if due else self._next
            self._area.draw([*self._taken(), *headline], ())

    def close(self) -> None:
        """Take the area away and write what is still to be said."""
        self._area.draw(self._taken(), ())

    def _taken(self) -> list[tuple[str, Tone]]:
        taken, self._stay = self._stay, []
        return taken

    def _lines(self, todo: int, outcomes: Mapping[str, int], standing: Standing, now: float) -> list[tuple[str, Tone]]:
        lines = [("", Tone.PLAIN), (self._headline(todo, outcomes, now), Tone.STRONG)]
        waiting = self._pace.waiting(now)
        for host, seconds in list(waiting.items())[:1]:
            more = f" and {count(len(waiting) - 1, 'other host')}" if len(waiting) > 1 else ""
            name = safe(host_name(host), self._encoding) if host else "everything"
            lines.append((f"left alone for now: {name} ({span(seconds)}){more}", Tone.CAUTION))
        flying = sorted(standing.in_flight, key=lambda each: each.since)
        lines.append((self._under_way(len(flying), standing.waiting), Tone.QUIET))
        width, height = self._area.room
        shown = flying[: max(0, min(FLYING, height - len(lines) - 1))]
        for each in shown:
            again = f", try {each.number_of_try}" if each.number_of_try > 1 else ""
            tail = f"  {round(now - each.since)} s{again}"
            url = safe(each.row.address.submitted, self._encoding)
            lines.append((f"  {fit(url, max(10, width - 2 - len(tail)), self._encoding)}{tail}", Tone.QUIET))
        if len(flying) > len(shown):
            lines.append((f"  and {len(flying) - len(shown)} more", Tone.QUIET))
        return lines

    def _under_way(self, flying: int, waiting: int) -> str:
        if self.stopping:
            return f"stopping: {flying} still under way; Ctrl-C again stops at once"
        if flying:
            return f"{flying} under way (Ctrl-C finishes these and stops)"
        return f"none under way, {waiting} waiting for their turn (Ctrl-C stops)"

    def _headline(self, todo: int, outcomes: Mapping[str, int], now: float) -> str:
        done = sum(outcomes.values())
        lacking = [f"{outcomes[name]} {name}" for name in ("failed", "partial", "interrupted") if outcomes.get(name)]
        words = [f"{done} of {todo} done" + (f" ({', '.join(lacking)})" if lacking else "")]
        rate = self._pace.rate(now)
        if rate and done < todo:
            words.append(f"{rate:.1f} a second" if rate >= 1 else f"{rate * 60:.1f} a minute")
            left = self._pace.left(todo - done, now)
            if left is not None and not self.stopping:
                words.append(f"{'at least' if self._pace.waiting(now) else 'about'} {span(left)} left")
        return ", ".join(words)
