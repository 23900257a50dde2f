"""The two standard streams: the answer on stdout, the talk on stderr; calm on a terminal, plain on a pipe.

Every text that is shown passes through `text.safe` here. A reader that goes away (`archiver list CASE | head`) changes
neither the work nor its exit code.
"""

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, TextIO

from archiver.cli.text import fit, padded, safe
from archiver.errors import ArchiverError, StorageError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

MIN_WIDTH = 40  # below this, lines wrap at this width and the terminal breaks them further

NARROW_HANG = 4  # where a body stands, below its head, when there is no room for it beside the head


class Tone(StrEnum):
    """How a word looks on a terminal that has colours; the word itself says the same."""

    PLAIN = ""
    STRONG = "bold"
    GOOD = "green"
    CAUTION = "yellow"
    BAD = "red"
    QUIET = "dim"


@dataclass(frozen=True, slots=True)
class Field:
    """One fact of an answer: `key: value` on a pipe, an aligned line on a terminal."""

    key: str
    value: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One line for a terminal: a head of `indent` cells, then pieces with their tones, wrapped at `indent`."""

    pieces: tuple[tuple[str, Tone], ...] = ()
    indent: int = 0
    head: tuple[tuple[str, Tone], ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table on a terminal: `width` 0 takes what is left."""

    heading: str
    width: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: a cell for each column, and the tone of the cell with the outcome word."""

    cells: tuple[str, ...]
    toned: int = 0
    tone: Tone = Tone.PLAIN


class Sink:
    """One standard stream. Raises `StorageError` when the answer cannot be written; a reader that left is no error."""

    def __init__(self, stream: TextIO | None, environ: Mapping[str, str]) -> None:
        self._stream = stream
        self._environ = environ
        self.encoding = getattr(stream, "encoding", None) or "utf-8"
        self.gone = stream is None
        self.terminal = stream is not None and stream.isatty()

    def put(self, shown: str) -> None:
        """Write text that is already safe, and flush it."""
        if self._stream is None or self.gone:
            return
        try:
            self._stream.write(shown)
            self._stream.flush()
        except BrokenPipeError:
            self.leave()
        except OSError as exc:
            self.leave()
            if exc.errno != errno.EIO or not self.terminal:  # a terminal that was closed is a reader that left
                raise unwritable(exc) from exc

    def line(self, text: str) -> None:
        """Write one line, made safe."""
        self.put(safe(text, self.encoding) + "\n")

    def rich(self, lines: Iterable["tuple[Text, Text, int]"]) -> None:
        """Write lines for a terminal: a head, a body that wraps, and the column where wrapped lines begin."""
        self.put(self.rendered(lines))

    def rendered(self, lines: Iterable["tuple[Text, Text, int]"]) -> str:
        """Return what `rich` writes."""
        from rich.text import Text

        console = self.console()
        with console.capture() as captured:
            for head, body, hang in lines:
                if console.width - hang < MIN_WIDTH // 2 and hang > NARROW_HANG:
                    if head.plain.strip():
                        console.print(head, no_wrap=True, overflow="ignore", crop=False)
                    head = Text(" " * NARROW_HANG)
                    hang = NARROW_HANG
                width = max(console.width - hang, MIN_WIDTH // 2)
                for number, part in enumerate(body.wrap(console, width, overflow="fold") or [body]):
                    start = head if number == 0 else Text(" " * hang)
                    line = Text.assemble(start, part)
                    line.rstrip()
                    console.print(line, no_wrap=True, overflow="ignore", crop=False)
        return captured.get()

    def console(self) -> "Console":
        """Return a console that adds nothing of its own: no markup, no emoji, no highlighting, no links."""
        from rich.console import Console

        return Console(
            file=self._stream,
            force_terminal=True,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            _environ=self._environ,
        )

    def leave(self) -> None:
        """Stop writing: nobody reads any more."""
        # The interpreter flushes the stream once more at exit; what it still holds must have somewhere to go.
        self.gone = True
        try:
            descriptor = self._stream.fileno() if self._stream is not None else -1
        except (OSError, ValueError):
            return
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)


@dataclass
class Screen:
    """Where a command answers. `json` is set when the answer is a document for programs, `begun` once one has begun."""

    out: Sink
    err: Sink
    json: bool = False
    begun: bool = False
    _started: bool = field(default=False, init=False)

    def document(self, value: Mapping[str, object]) -> None:
        """Answer with one JSON document, ASCII only."""
        self.out.put(json.dumps(value, ensure_ascii=True, allow_nan=False, indent=2) + "\n")

    def object_line(self, value: Mapping[str, object]) -> None:
        """Answer with one JSON object on one line, ASCII only."""
        self.out.put(json.dumps(value, ensure_ascii=True, allow_nan=False) + "\n")

    def fields(self, fields: Iterable[Field]) -> None:
        """Answer with facts; a second group is set off by an empty line."""
        kept = tuple(fields)
        if self._started:
            self.out.put("\n")
        self._started = True
        if not self.out.terminal:
            self.out.put("".join(f"{f.key}: {safe(f.value, self.out.encoding)}\n" for f in kept))
            return
        hang = max((len(f.key) for f in kept), default=0) + 2
        self.out.rich((self._text(padded(f.key, hang), Tone.QUIET), self._text(f.value, f.tone), hang) for f in kept)

    def lines(self, lines: Iterable[Line]) -> None:
        """Answer with lines made for a terminal."""
        self._started = True
        self.out.rich((self._head(line), self._joined(line.pieces), line.indent) for line in lines)

    def separated(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Answer with lines of columns separated by tabs; no cell can hold a tab."""
        for cells in rows:
            self.out.put("\t".join(safe(cell, self.out.encoding) for cell in cells) + "\n")

    def table(self, columns: tuple[Column, ...], rows: Iterable[Row]) -> None:
        """Answer with an aligned table on a terminal, page by page while the rows arrive."""
        widths = self._widths(columns)
        heading = self._table_line(Row(tuple(column.heading for column in columns)), widths, Tone.QUIET)
        for number, chunk in enumerate(_chunks(rows, 200)):
            shown = [*([heading] if number == 0 else []), *(self._table_line(row, widths) for row in chunk)]
            self.out.rich([(type(heading)("\n").join(shown), type(heading)(""), 0)])

    def say(self, text: str) -> None:
        """Talk on stderr, where somebody is there to read it; silent on a pipe."""
        if self.err.terminal:
            self._wrapped_on_stderr("", text)

    def warn(self, text: str) -> None:
        """Say on stderr what must be heard on a pipe, too."""
        self._wrapped_on_stderr("", text)

    def error(self, error: ArchiverError) -> None:
        """Say what stopped the command: a document on one line in JSON mode, two lines on stderr else."""
        if self.json and not self.out.gone:
            self.object_line(error_document(error))
            return
        self._wrapped_on_stderr("error: ", error.message)
        if error.hint:
            self._wrapped_on_stderr("hint: ", error.hint)

    def _wrapped_on_stderr(self, head: str, text: str) -> None:
        if not self.err.terminal:
            self.err.line(head + text)
            return
        from rich.text import Text

        tone = Tone.BAD if head == "error: " else Tone.QUIET
        body = Text(safe(text, self.err.encoding))
        self.err.rich([(Text(head, style=tone.value), body, len(head))])

    def _text(self, text: str, tone: Tone) -> "Text":
        from rich.text import Text

        return Text(safe(text, self.out.encoding), style=tone.value)

    def _head(self, line: Line) -> "Text":
        return self._joined(line.head or ((" " * line.indent, Tone.PLAIN),))

    def _joined(self, pieces: tuple[tuple[str, Tone], ...]) -> "Text":
        from rich.text import Text

        return Text.assemble(*((safe(text, self.out.encoding), tone.value) for text, tone in pieces))

    def _widths(self, columns: tuple[Column, ...]) -> tuple[int, ...]:
        console_width = max(self.out.console().width, MIN_WIDTH)
        left = console_width - sum(column.width for column in columns) - 2 * (len(columns) - 1)
        flexible = sum(1 for column in columns if column.width == 0) or 1
        return tuple(column.width or max(left // flexible, 10) for column in columns)

    def _table_line(self, row: Row, widths: tuple[int, ...], tone: Tone = Tone.PLAIN) -> "Text":
        from rich.text import Text

        encoding = self.out.encoding
        cells = [fit(safe(cell, encoding), width, encoding) for cell, width in zip(row.cells, widths, strict=True)]
        line = Text(style=tone.value)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            last = number == len(cells) - 1
            style = row.tone.value if number == row.toned else ""
            line.append(cell if last else padded(cell, width), style=style or None)
            line.append("" if last else "  ")
        line.rstrip()
        return line


def unwritable(exc: OSError) -> StorageError:
    """Return what is said when nothing can be written to stdout."""
    return StorageError(
        "output",
        f"standard output: the answer could not be written: {os.strerror(exc.errno or 0)}",
        "what was done is on the record; ask again with `archiver list` or `archiver show`",
    )


def error_document(error: ArchiverError) -> dict[str, object]:
    """Return the JSON document of an error (docs/spec/json-output.md)."""
    return {
        "schema": "archiver-error/1",
        "error": {
            "kind": error.kind,
            "message": error.message,
            "hint": error.hint,
            "exit_code": int(error.exit_code),
        },
    }


def _chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk
