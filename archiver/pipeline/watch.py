"""What a batch tells while it runs, for whoever shows it."""

from dataclasses import dataclass
from typing import Protocol

from archiver.custody.log import Event
from archiver.model.batch import Row
from archiver.pipeline.polite import News


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier item came to that stands for the same row. `line` is the log line of that outcome."""

    item: int
    line: int
    outcome: str
    status: int | None


@dataclass(frozen=True, slots=True)
class InFlight:
    """A row that is being fetched, since `since` (monotonic seconds)."""

    row: Row
    number_of_try: int
    since: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the batch is: rows waiting for their first try or another one, and those being fetched."""

    waiting: int
    in_flight: tuple[InFlight, ...]


class Watch(Protocol):
    """Called only from the thread that runs the batch. An exception ends the batch with it."""

    def began(self, todo: int, done_before: dict[int, Earlier]) -> None:
        """`todo` rows are to be captured; those in `done_before`, by row number, were done by an earlier run."""
        ...

    def retrying(self, row: Row, number_of_try: int, reason: str, seconds: float) -> None:
        """The try with this number helped nothing; another follows, in `seconds` at the earliest."""
        ...

    def news(self, news: News) -> None:
        """A host is left alone for a while, or given up."""
        ...

    def finished(self, row: Row, event: Event, tries: int) -> None:
        """The outcome of the row is on record, synced."""
        ...

    def tick(self, standing: Standing) -> None:
        """Some time has passed: at least a few times a second."""
        ...
