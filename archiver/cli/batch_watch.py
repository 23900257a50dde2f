"""Tells of a batch while it runs: lines of JSON, lines of columns on a pipe, or a picture on a terminal."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from archiver.cli.batch_progress import Pace, Progress
from archiver.cli.batch_rows import NAMED, repeated_lines
from archiver.cli.batch_tally import KEPT, Tally
from archiver.cli.batch_words import count, news_line, retry_line
from archiver.cli.facts import text, whole
from archiver.cli.items import TONES, because, item_document, number, outcome_of
from archiver.cli.screen import Screen, Tone
from archiver.cli.signals import Halt
from archiver.custody.log import Event
from archiver.errors import ArchiverError, StorageError
from archiver.model.batch import AddressList, Row
from archiver.pipeline.batch import Stop
from archiver.pipeline.polite import News
from archiver.pipeline.retry import host_of
from archiver.pipeline.watch import Earlier, Standing
from archiver.runtime import Clock

SCHEMA = "archiver-batch/1"


class Telling:
    """Hears of a batch and tells of it; `stop` says what whoever runs it wants.

    An answer that cannot be written ends no capture: the batch is asked to stop as by one Ctrl-C, and `error` is what
    is to be raised when it has.
    """

    def __init__(
        self, screen: Screen, clock: Clock, halt: Halt, listed: AddressList, case: str, folder: Path, spacing: float
    ) -> None:
        self.tally = Tally()
        self.error: ArchiverError | None = None
        self._screen = screen
        self._clock = clock
        self._halt = halt
        self._listed = listed
        self._case = case
        self._folder = folder
        self._spacing = spacing
        self._had_reader = not screen.out.gone
        self._progress: Progress | None = None
        self._pace: Pace | None = None
        self._told = Stop.NO
        self._flying = 0

    def stop(self) -> Stop:
        """Return what is wanted: one question, or a reader who left, lets what is under way end; two end it."""
        left = (self._had_reader and self._screen.out.gone) or self.error is not None
        wanted = Stop(min(max(self._halt.asked, int(left)), Stop.NOW.value))
        if wanted.value > self._told.value:
            self._told = wanted
            self._say_stopping(wanted)
        return wanted

    def began(self, todo: int, done_before: dict[int, Earlier]) -> None:
        """See `Watch`."""
        self.tally.began(todo, done_before)
        if self._screen.json:
            self._object(self._began(todo))
            return
        self._guarded(lambda: self._say_began(todo, len(done_before)))
        if self._screen.err.terminal:
            left_of = Counter(host_of(row.address) for row in self._listed.rows if row.number not in done_before)
            self._pace = Pace(self._clock, self._spacing, left_of, self._clock.monotonic())
            self._progress = Progress(self._screen.err, self._clock, self._pace) if todo else None

    def retrying(self, row: Row, number_of_try: int, reason: str, seconds: float) -> None:
        """See `Watch`."""
        if self._screen.json:
            url = row.address.submitted
            said: dict[str, object] = {"url": url, "try": number_of_try, "reason": reason, "seconds": round(seconds, 3)}
            self._object({"type": "retry", "row": row.number, "line": row.line, **said})
        elif self._progress is not None:
            self._progress.stay(retry_line(row.line, row.address.submitted, reason, seconds), Tone.QUIET)

    def news(self, news: News) -> None:
        """See `Watch`."""
        self.tally.news(news)
        if self._screen.json:
            seconds = None if news.seconds is None else round(news.seconds, 3)
            said: dict[str, object] = {"host": news.host, "reason": news.reason, "seconds": seconds}
            self._object({"type": "host", **said, "given_up": seconds is None, "waiting": news.unstarted})
        elif self._progress is not None and self._pace is not None:
            self._pace.news(news)
            self._progress.stay(news_line(news), Tone.BAD if news.seconds is None else Tone.CAUTION)
        else:  # a run through the night has its stderr in a file
            self._guarded(lambda: self._screen.warn(news_line(news)))

    def finished(self, row: Row, event: Event, tries: int) -> None:
        """See `Watch`."""
        self.tally.finished(row, event)
        if self._screen.json:
            item = item_document(event, self._folder)
            self._object({"type": "item", "row": row.number, "line": row.line, "tries": tries, **item})
        elif not self._screen.out.terminal:
            self._guarded(lambda: self._screen.separated([_cells(event)]))
        if self._pace is not None and self._progress is not None:
            self._pace.finished(host_of(row.address))
            outcome = outcome_of(event)
            if outcome not in KEPT:
                why = "; ".join(because(event.data))
                line = f"line {row.line}: {outcome}: {why}: {row.address.submitted}"
                self._progress.stay(line, TONES.get(outcome, Tone.PLAIN))

    def tick(self, standing: Standing) -> None:
        """See `Watch`."""
        self._flying = len(standing.in_flight)
        progress = self._progress
        if progress is not None:
            self._guarded(lambda: progress.draw(self.tally.todo, self.tally.outcomes, standing))

    def close(self) -> None:
        """Take the picture away; what stays, stays."""
        progress, self._progress = self._progress, None
        if progress is not None:
            self._guarded(progress.close)

    def answer(self, value: dict[str, object]) -> None:
        """Answer with one more line of JSON."""
        self._guarded(lambda: self._screen.object_line(value))

    def _object(self, value: dict[str, object]) -> None:
        self.answer({"schema": SCHEMA, **value})

    def _guarded(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except StorageError as exc:
            self.error = self.error or exc

    def _began(self, todo: int) -> dict[str, object]:
        listed = self._listed
        lines = {row.number: row.line for row in listed.rows}
        pairs = [(again, first) for again, first in listed.repeated if again in lines and first in lines]
        return {
            "type": "began",
            "case": self._case,
            "folder": str(self._folder),
            "list": {
                "name": listed.name,
                "format": listed.format,
                "size": listed.size,
                "sha256": listed.sha256,
                "rows": len(listed.rows),
                "left_out": listed.left_out,
            },
            "todo": todo,
            "earlier": dict(sorted(self.tally.earlier.items())),
            "repeated_count": len(pairs),
            "repeated": [
                {"row": again, "line": lines[again], "first_row": first, "first_line": lines[first]}
                for again, first in pairs[:NAMED]
            ],
        }

    def _say_began(self, todo: int, done: int) -> None:
        for line in repeated_lines(self._listed):
            self._screen.warn(line)
        rows = count(len(self._listed.rows), "row")
        out = f" ({count(self._listed.left_out, 'row')} left out)" if self._listed.left_out else ""
        before = f", {done} done before" if done else ""
        left = f", {todo} to do" if todo else ": nothing is left to do"
        self._screen.say(f"{rows}{out}{before}{left}")

    def _say_stopping(self, wanted: Stop) -> None:
        if self._progress is None:
            return
        if wanted is Stop.NOW:
            words = "stopping at once; what has arrived is kept"
        elif self._flying:
            them = "the one that is" if self._flying == 1 else f"{self._flying} that are"
            words = f"finishing {them} under way, beginning no more; Ctrl-C again stops at once"
        else:
            words = "stopping"
        self._progress.stopping = True
        self._progress.stay(words, Tone.CAUTION)


def _cells(event: Event) -> tuple[str, ...]:
    """Return the columns of `archiver list`: item, outcome, status, time, address, title."""
    data = event.data
    status = whole(data, "status")
    return (
        number(whole(data, "item")),
        outcome_of(event),
        "-" if status is None else str(status),
        text(data, "started_at") or event.at,
        text(data, "url"),
        text(data, "title"),
    )
