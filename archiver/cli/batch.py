"""`archiver batch` (docs/spec/batch.md): a list of addresses becomes items, many at once; it goes on where it ended."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from archiver.cli.batch_results import ResultsFile
from archiver.cli.batch_rows import RowSettings, is_page, listed, name_problems, refused
from archiver.cli.batch_tally import Ending, ended_document, ended_fields
from archiver.cli.batch_watch import Telling
from archiver.cli.collecting import worst
from archiver.cli.flags import Flags, overridden, unlinked
from archiver.cli.posting import readied
from archiver.cli.sealing import Sealer
from archiver.cli.tools import Tools
from archiver.config import values
from archiver.errors import ArchiverError, ExitCode, StorageError, UsageError
from archiver.model.batch import AddressList, ListFormat
from archiver.pipeline.batch import MAX_CONCURRENCY, BatchOptions, BatchResult, run_batch
from archiver.pipeline.capture import exit_code_for
from archiver.pipeline.options import case_options
from archiver.pipeline.polite import Manners
from archiver.pipeline.resume import REDO, Redo, row_items
from archiver.pipeline.seal import Sealed

FORMATS: tuple[ListFormat, ...] = ("text", "csv", "jsonl", "yaml")
MAX_TRIES = 20
MAX_SPACING = 3600.0  # seconds
FILES_EACH = 3  # open at a time for an address that is under way: sockets, and an answer that is large
FILES = 120  # for everything else: log, folders, what is being stored, what was open before


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of `archiver batch` alone, as they were typed."""

    format: str | None = None
    concurrency: str = "8"
    per_host: str | None = None
    spacing: str | None = None
    tries: str | None = None
    again: bool = False
    redo: str = "none"
    skip_bad: bool = False
    results: str | None = None

    def list_format(self) -> ListFormat | None:
        """Return the format that was asked for. Raises `UsageError`."""
        found = next((format for format in FORMATS if format == self.format), None)
        if self.format is not None and found is None:
            raise UsageError("flag", f"--format '{self.format}': not a format", f"one of {', '.join(FORMATS)}")
        return found

    def options(self) -> BatchOptions:
        """Return how the list is to be worked through. Raises `UsageError`."""
        usual = Manners()
        manners = Manners(
            per_host=usual.per_host if self.per_host is None else _number(self.per_host, "--per-host", MAX_CONCURRENCY),
            spacing=usual.spacing if self.spacing is None else _spacing(self.spacing),
            tries=usual.tries if self.tries is None else _number(self.tries, "--tries", MAX_TRIES),
        )
        concurrency = _number(self.concurrency, "--concurrency", MAX_CONCURRENCY)
        return BatchOptions(concurrency, manners, self.again, self._redo())

    def _redo(self) -> Redo:
        found = next((redo for redo in REDO if redo == self.redo), None)
        if found is None:
            raise UsageError("flag", f"--redo '{self.redo}': not one of them", f"one of {', '.join(REDO)}")
        if self.again and found != "none":
            raise UsageError("flag", "--again and --redo: they say different things", "give one of them")
        return found


def batch(tools: Tools, file: str, case: str, wishes: Wishes, flags: Flags) -> ExitCode:
    """Capture a list. All of it is understood before the first address is asked."""
    folder = tools.case(case)
    options, format = wishes.options(), wishes.list_format()
    base = overridden(case_options(folder), flags)
    results = ResultsFile.usable(wishes.results, folder) if wishes.results is not None else None
    read = listed(tools, file, format)
    if base.linked and not (base.page or any(row.options.page for row in read.rows)):
        raise unlinked()
    settings = RowSettings(base, tools.runtime)
    found = settings.usable(read)
    if found.problems:
        name_problems(tools.screen, file, found)
        if not wishes.skip_bad:
            raise refused(file, found)
    wanted = ((row.address, "none" if is_page(base, row.options) else row.options.platform or "") for row in found.rows)
    settings = settings.over(readied(tools, folder, wanted, base, may_ask=False))
    _make_room(min(options.concurrency, max(1, len(found.rows))))
    clock = tools.runtime.clock
    began = clock.monotonic()
    telling = Telling(tools.screen, clock, tools.halt, found, case, folder, options.manners.spacing)
    sealer = Sealer.of(tools, folder, base)
    with tools.halt.patiently(2):
        _, dating = sealer.before()
        with _closing(telling):
            result = run_batch(
                folder,
                found,
                options,
                settings.of,
                runtime=tools.runtime,
                stop=telling.stop,
                watch=telling,
                dating=dating,
            )
        sealed = _sealed(tools, telling, sealer)
        if results is not None:
            try:
                batch_line = result.started.seq if result.started is not None else None
                results.write(found.rows, row_items(folder, found.rows, batch_line))
            except StorageError as exc:  # what was done is told all the same
                telling.error, results = telling.error or exc, None
        code = exit_code(found, result) if telling.error is None else telling.error.exit_code
        if code is ExitCode.OK and sealed.lacking:
            code = ExitCode.NOT_SEALED
        seconds = clock.monotonic() - began
        written = str(results.path) if results is not None else ""
        _say_ended(
            tools,
            telling,
            Ending(found, result, telling.tally, folder, case, seconds, written, code, sealed, options.again),
        )
    if telling.error is not None:
        raise telling.error
    return code


def _sealed(tools: Tools, telling: Telling, sealer: Sealer) -> Sealed:
    """Seal what was added; an error is told after what was done."""
    if tools.halt() and not telling.tally.done:
        return Sealed()
    try:
        return sealer.after(stopped=tools.halt())
    except ArchiverError as exc:
        telling.error = telling.error or exc
        return Sealed()


def exit_code(found: AddressList, result: BatchResult) -> ExitCode:
    """Return the exit code over all rows of the list as they stand now, earlier runs included.

    A row that was left out or not begun is one of which nothing was preserved.
    """
    left = result.counts["not_begun"]
    if result.stopped and (left or result.counts["interrupted"]):
        return ExitCode.INTERRUPTED
    codes = {exit_code_for(outcome) for outcome in set(result.outcomes.values())}
    return worst(codes | ({ExitCode.NOTHING_PRESERVED} if left or found.left_out else set()))


def _say_ended(tools: Tools, telling: Telling, ending: Ending) -> None:
    screen = tools.screen
    if screen.json and not screen.out.gone:
        telling.answer(ended_document(ending))
    elif screen.out.terminal:
        screen.fields(ended_fields(ending))
    elif screen.err.terminal or ending.exit_code is not ExitCode.OK:  # no exit code but 0 comes without words
        for each in ended_fields(ending):
            screen.warn(f"{each.key}: {each.value}")


def _make_room(concurrency: int) -> None:
    """Let this process have as many files open as `concurrency` takes. Raises `UsageError` where it may not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = FILES_EACH * concurrency + FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        fits = (hard - FILES) // FILES_EACH
        raise UsageError(
            "files",
            f"{concurrency} addresses at a time need up to {needed} open files, and the system allows {hard}",
            f"--concurrency {fits} fits, or allow more (ulimit -Hn)" if fits > 0 else "allow more (ulimit -Hn)",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


@contextmanager
def _closing(telling: Telling) -> Iterator[None]:
    try:
        yield
    finally:
        telling.close()


def _number(text: str, flag: str, highest: int) -> int:
    if text.strip("0") == "":
        raise UsageError("flag", f"{flag} '{text}': at least 1 is needed", f"a whole number from 1 to {highest}")
    return values.count(text, flag, highest)


def _spacing(text: str) -> float:
    seconds = 0.0 if text in {"0", "0.0"} else values.seconds(text, "--spacing")
    if seconds > MAX_SPACING:
        raise UsageError("flag", f"--spacing '{text}': too long", f"at most {MAX_SPACING:.0f} seconds; 0 for none")
    return seconds
