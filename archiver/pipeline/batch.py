"""A list of addresses becomes items: many at once, each as `capture` makes it, politely, and resumed where it ended."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archiver.custody import events
from archiver.custody.log import Event
from archiver.model.batch import AddressList, Row
from archiver.pipeline.attempt import Attempt
from archiver.pipeline.cases import open_case
from archiver.pipeline.crew import WRITERS, Crew, Stop, Task
from archiver.pipeline.dating import UNDATED, Dating
from archiver.pipeline.helpers import hands
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.polite import Manners
from archiver.pipeline.resume import Redo, done_before
from archiver.pipeline.watch import Earlier, Watch
from archiver.runtime import Runtime

__all__ = ["BatchOptions", "BatchResult", "Stop", "run_batch"]

MAX_CONCURRENCY = 256


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a list is worked through: at most `concurrency` addresses at a time, `again` those that are done as well.

    `processes` is how many helpers fetch and store; by default as many as pay.
    """

    concurrency: int = 8
    manners: Manners = field(default_factory=Manners)
    again: bool = False
    redo: Redo = "none"
    processes: int | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What a run did. `started` and `ended` are None when there was nothing to do.

    `outcomes` has the outcome of each row by its number, of this run or before; a row that was not begun is not in it.
    """

    started: Event | None
    ended: Event | None
    counts: Mapping[str, int]
    outcomes: Mapping[int, str]
    stopped: bool


def run_batch(
    path: Path,
    listed: AddressList,
    options: BatchOptions,
    capture_options: Callable[[Row], CaptureOptions],
    *,
    runtime: Runtime,
    stop: Callable[[], Stop],
    watch: Watch,
    dating: Dating = UNDATED,
) -> BatchResult:
    """Capture every row of `listed` that is not done yet into the case at `path`.

    Items are numbered in the order of the rows; each outcome is on record, synced, before `watch` hears of it. `stop`
    is asked several times a second. What is in flight then ends or is cut, as it says, and is recorded; the next run
    takes what is left. Outcomes wait for `dating`, which holds up neither requests nor what is stored.

    Raises, before anything is asked or recorded, `UsageError` and `ConfigError` for options that cannot be used, and
    otherwise as `capture`; what was acknowledged by then stands.
    """
    with open_case(path, runtime) as store:
        before = {} if options.again else done_before(path, listed.rows, options.redo)
        tasks = [Task(row, capture_options(row)) for row in listed.rows if row.number not in before]
        for task in tasks:  # refuses what cannot be sent before anything is on record, and is done again row by row
            Attempt.prepared(task.row.address, task.options, spool=Path, runtime=runtime)
        watch.began(len(tasks), before)
        if not tasks:
            return _result(None, None, before, {}, listed, stopped=False)
        started = store.append(*events.batch_started(listed, _recorded(options)))
        count = min(options.concurrency, len(tasks)) + WRITERS
        with hands(store, len(tasks), count, runtime, options.processes) as found_hands:
            crew = Crew(
                store, tasks, started, options.concurrency, found_hands, options.manners, runtime, watch, dating
            )
            stopped = crew.work(stop)
        counts = _counts(before, crew.outcomes, listed)
        ended = store.append(*events.batch_ended(started, "stopped" if stopped else "done", counts))
        return _result(started, ended, before, crew.outcomes, listed, stopped=stopped)


def _result(
    started: Event | None,
    ended: Event | None,
    before: Mapping[int, Earlier],
    outcomes: Mapping[int, str],
    listed: AddressList,
    *,
    stopped: bool,
) -> BatchResult:
    earlier = {number: found.outcome for number, found in before.items()}
    return BatchResult(started, ended, _counts(before, outcomes, listed), {**earlier, **outcomes}, stopped)


def _counts(before: Mapping[int, Earlier], outcomes: Mapping[int, str], listed: AddressList) -> dict[str, int]:
    found = Counter(outcomes.values())
    counts = {name: found[name] for name in ("complete", "unconfirmed", "partial", "failed", "interrupted")}
    return counts | {"done_before": len(before), "not_begun": len(listed.rows) - len(before) - len(outcomes)}


def _recorded(options: BatchOptions) -> dict[str, Any]:
    return {
        "again": options.again,
        "concurrency": options.concurrency,
        "per_host": options.manners.per_host,
        "redo": options.redo,
        "spacing_ms": round(options.manners.spacing * 1000),
        "tries": options.manners.tries,
    }
