"""What a batch came to: counts, reasons with an example each, hosts that were given up, and what to do next."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archiver.cli.batch_words import count, host_name, span
from archiver.cli.facts import members, text, texts, whole
from archiver.cli.items import meaning, outcome_of
from archiver.cli.screen import Field, Tone
from archiver.cli.sealing import sealed_document, sealed_fields
from archiver.custody.log import Event
from archiver.errors import ExitCode
from archiver.model.batch import AddressList, Row
from archiver.pipeline.batch import BatchResult
from archiver.pipeline.polite import News
from archiver.pipeline.retry import STATUSES
from archiver.pipeline.seal import Sealed
from archiver.pipeline.watch import Earlier

KEPT = ("complete", "unconfirmed")
SHOWN_REASONS = 10
SHOWN_STATUSES = 6
SHOWN_HOSTS = 10


@dataclass(slots=True)
class Because:
    """How many rows of this run ended with `outcome` because of `reason`, and the first of them."""

    outcome: str
    reason: str
    example: Row
    count: int = 0


@dataclass(slots=True)
class Tally:
    """Counts while a batch runs; nothing in it grows with the list but by hosts that are given up."""

    todo: int = 0
    earlier: Counter[str] = field(default_factory=Counter)
    passing: int = 0  # rows of earlier runs that ended with a refusal that may pass
    outcomes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    given_up: dict[str, News] = field(default_factory=dict)
    refused_host: str = ""  # one that may not be asked because it is not public
    _because: dict[tuple[str, str], Because] = field(default_factory=dict)

    def began(self, todo: int, done_before: Mapping[int, Earlier]) -> None:
        """Take in what earlier runs have done."""
        self.todo = todo
        self.earlier = Counter(each.outcome for each in done_before.values())
        self.passing = sum(1 for each in done_before.values() if each.status in STATUSES)

    def finished(self, row: Row, event: Event) -> None:
        """Take in an outcome."""
        outcome, data = outcome_of(event), event.data
        self.outcomes[outcome] += 1
        if (status := whole(data, "status")) is not None:
            self.statuses[status] += 1
            self.passing += status in STATUSES
        for reason in texts(data, "reasons") if outcome not in KEPT else ():
            found = self._because.setdefault((outcome, reason), Because(outcome, reason, row))
            found.count += 1
        if row.address.host and text(members(data, "failure"), "kind") == "refused":
            self.refused_host = self.refused_host or row.address.host + f":{row.address.port}"

    def news(self, news: News) -> None:
        """Take in that a host was given up."""
        if news.seconds is None:
            self.given_up[news.host] = news

    @property
    def done(self) -> int:
        """How many rows have an outcome of this run."""
        return sum(self.outcomes.values())

    @property
    def because(self) -> list[Because]:
        """The reasons, most frequent first."""
        return sorted(self._because.values(), key=lambda each: (-each.count, each.outcome, each.reason))


@dataclass(frozen=True, slots=True)
class Ending:
    """All that is said when a batch is over."""

    listed: AddressList
    result: BatchResult
    tally: Tally
    folder: Path
    case: str
    seconds: float
    results: str
    exit_code: ExitCode
    sealed: Sealed
    again: bool = False


def ended_document(ending: Ending) -> dict[str, object]:
    """Return the last line of `archiver batch --json`."""
    tally, counts = ending.tally, ending.result.counts
    return {
        "schema": "archiver-batch/1",
        "type": "ended",
        "case": ending.case,
        "folder": str(ending.folder),
        "stopped": ending.result.stopped,
        "counts": {**counts, "left_out": ending.listed.left_out},
        "earlier": dict(sorted(tally.earlier.items())),
        "statuses": {str(status): number for status, number in sorted(tally.statuses.items())},
        "reasons": [
            {
                "outcome": each.outcome,
                "reason": each.reason,
                "meaning": meaning(each.reason),
                "count": each.count,
                "row": each.example.number,
                "line": each.example.line,
                "url": each.example.address.submitted,
            }
            for each in tally.because
        ],
        "given_up": [
            {"host": news.host, "reason": news.reason, "not_asked": news.unstarted} for news in tally.given_up.values()
        ],
        "seconds": round(ending.seconds, 3),
        "results": ending.results or None,
        "sealed": sealed_document(ending.sealed),
        "exit_code": int(ending.exit_code),
    }


def ended_fields(ending: Ending) -> tuple[Field, ...]:
    """Return what is said at the end: what there is now, why not more, and what to do next."""
    tally, counts = ending.tally, ending.result.counts
    kept = [f"{tally.outcomes[name]} {name}" for name in KEPT if tally.outcomes[name]]
    lines = []
    if tally.todo:
        lines.append(Field("kept", ", ".join(kept) or "nothing in this run", Tone.GOOD if kept else Tone.PLAIN))
    for name, tone in (("partial", Tone.CAUTION), ("failed", Tone.BAD), ("interrupted", Tone.CAUTION)):
        if tally.outcomes[name]:
            lines.append(Field(name, str(tally.outcomes[name]), tone))
    if counts["not_begun"]:
        lines.append(Field("not begun", str(counts["not_begun"]), Tone.CAUTION))
    if ending.listed.left_out:
        lines.append(Field("left out", f"{count(ending.listed.left_out, 'row')} of the list, see above", Tone.CAUTION))
    if tally.earlier:
        lines.append(
            Field("done before", ", ".join(f"{number} {name}" for name, number in tally.earlier.most_common()))
        )
    if tally.statuses and (len(tally.statuses) > 1 or not 200 <= min(tally.statuses) <= 299):
        lines.append(Field("answers", _statuses(tally)))
    lines += [Field("because", _because(each)) for each in tally.because[:SHOWN_REASONS]]
    if len(tally.because) > SHOWN_REASONS:
        lines.append(Field("because", f"and {count(len(tally.because) - SHOWN_REASONS, 'more reason')}"))
    lines += [Field("given up", _given_up(news)) for news in list(tally.given_up.values())[:SHOWN_HOSTS]]
    if len(tally.given_up) > SHOWN_HOSTS:
        lines.append(Field("given up", f"and {count(len(tally.given_up) - SHOWN_HOSTS, 'more host')}"))
    if ending.results:
        lines.append(Field("results", ending.results))
    lines += sealed_fields(ending.sealed)
    if tally.todo:
        lines.append(Field("took", span(ending.seconds)))
    return (*lines, *(Field("next", words) for words in _next(ending)))


def _because(each: Because) -> str:
    times = f"{each.count} × " if each.count > 1 else ""
    example = "for example line" if each.count > 1 else "line"
    place = f"{example} {each.example.line}: {each.example.address.submitted}"
    return f"{times}{each.outcome}: {meaning(each.reason)} ({place})"


def _statuses(tally: Tally) -> str:
    known = tally.statuses.most_common()
    more = sum(number for _, number in known[SHOWN_STATUSES:])
    words = [f"{number} × {status}" for status, number in known[:SHOWN_STATUSES]]
    return ", ".join([*words, f"{more} × another"] if more else words)


def _given_up(news: News) -> str:
    host = host_name(news.host) if news.host else "everything, for no name server answered"
    return f"{host}: {count(news.unstarted, 'address was', 'addresses were')} not asked"


def _next(ending: Ending) -> list[str]:
    tally, counts = ending.tally, ending.result.counts
    failed = tally.outcomes["failed"] + tally.earlier["failed"]
    partial = tally.outcomes["partial"] + tally.earlier["partial"]
    words = _left(counts["not_begun"] + tally.outcomes["interrupted"], ending.again)
    if failed or tally.passing:
        also = f" and the {tally.passing} whose server was in trouble (429, 5xx)" if tally.passing else ""
        whom = f"the {failed} that failed{also}" if failed else also.removeprefix(" and ")
        words.append(f"add --redo failed to try again {whom}")
    if partial:
        them = f"the {partial} of which only a part was kept"
        redone = failed or tally.passing
        words.append(
            f"or --redo partial, which takes in {them}" if redone else f"add --redo partial to try again {them}"
        )
    if (failed or partial) and not ending.results:
        words.append("add --results FILE.csv for a table of all rows, what became of each, and why")
    if tally.refused_host:
        words.append(f"if addresses that are not public are meant: --allow-host {tally.refused_host}")
    if ending.listed.left_out:
        words.append("correct the rows that were left out and run it again; what is done is not fetched twice")
    if not words:
        words.append(f"archiver list {ending.case}")
    return words


def _left(left: int, again: bool) -> list[str]:
    """Return how to go on with rows that are left. A row that an earlier run had done is not left without `--again`."""
    if not left:
        return []
    them = f"the {left} that are left" if left > 1 else "the one that is left"
    if again:
        return [f"{them}: --again would capture all rows once more; without it, only those that were never captured"]
    return [f"run the same command again to go on with {them}"]
