"""Lists as CSV or TSV. Where a row ends is found here, what is in it is read by the csv module in strict mode."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archiver.config.address_list.entry import KNOWN, Entry, called, field_of, unreadable
from archiver.config.address_list.source import MAX_ROW, refusal
from archiver.config.cells import unguarded
from archiver.config.yaml import shown
from archiver.errors import ConfigError
from archiver.model.batch import ListProblem

MAX_COLUMNS = 1000
MAX_NAMED = 5  # unknown columns in a message

_DELIMITERS = (",", ";", "\t")
_BLANKS = " \t\r\n"
_QUOTED = re.compile(r'"[^"]*"')
_TAGS = re.compile(r"[;,\n]")
_ROUTES = re.compile(r"[;,\s]")
_SPLIT = {"tags": _TAGS, "allow_host": _ROUTES, "connect_to": _ROUTES, "headers": re.compile(r"\n")}
_GUARDED = ("note", "tags")
_HEADER_HINT = "begin with a row that names the columns: address,note,tags"
_QUOTE_HINT = "close it, and double a quote that belongs to the text"


@dataclass(frozen=True, slots=True)
class _Record:
    """One row of the file as text, with the lines that it takes; `bad` says where its quotes go wrong, and how."""

    line: int
    text: str
    bad: tuple[int, str] | None = None

    def place(self, at: int) -> tuple[int, int]:
        """Return line and column of the character `at`."""
        return self.line + self.text.count("\n", 0, at), at - self.text.rfind("\n", 0, at)


class _BadRow(ValueError):
    def __init__(self, place: tuple[int, int], why: str, hint: str) -> None:
        super().__init__(why)
        self.place = place
        self.why = why
        self.hint = hint


def table_rows(text: str, name: str) -> Iterable[Entry]:
    """Return the rows. Raises `ConfigError` for a header row that is missing, or says what is not known here."""
    delimiter = _delimiter(text)
    records = _records(text, delimiter)
    header = next(records, None)
    if header is None:
        raise refusal(name, 1, 1, "there is no header row", _HEADER_HINT)
    columns = _columns(header, delimiter, name)
    return (entry for record in records if (entry := _entry(record, delimiter, columns)) is not None)


def is_table(text: str) -> bool:
    """Return whether a text begins with a header row that can be used."""
    try:
        table_rows(text, "")
    except ConfigError:
        return False
    return True


def _delimiter(text: str) -> str:
    start = len(text) - len(text.lstrip(_BLANKS))
    end = text.find("\n", start, start + MAX_ROW)
    line = _QUOTED.sub("", text[start : end if end >= 0 else start + MAX_ROW])
    best = max(_DELIMITERS, key=line.count)
    return best if best in line else "\t"  # one column only: then the addresses may well contain commas


def _columns(header: _Record, delimiter: str, name: str) -> tuple[str | None, ...]:
    """Return the field of every column: "" for one of our own answers, None for one without a name."""
    try:
        cells = [cell.strip(_BLANKS) for cell in _cells(header, delimiter)]
    except _BadRow as exc:
        raise refusal(name, *exc.place, f"the header row: {exc.why}", exc.hint) from exc
    if len(cells) > MAX_COLUMNS:
        raise refusal(name, header.line, 1, f"{len(cells)} columns, and {MAX_COLUMNS} are allowed")
    columns = tuple(field_of(cell.lower()) if cell else None for cell in cells)
    strange = [number for number, cell in enumerate(cells) if cell and columns[number] is None]
    if strange:
        named = ", ".join(called(cells[number]) or f"column {number + 1}" for number in strange[:MAX_NAMED])
        more = f" and {len(strange) - MAX_NAMED} more" if len(strange) > MAX_NAMED else ""
        verb = "is not a known column" if len(strange) == 1 else "are not known columns"
        raise refusal(
            name,
            *_place(header, delimiter, strange[0]),
            f"{named}{more} {verb}",
            KNOWN if any(columns) else _HEADER_HINT,
        )
    for number, column in enumerate(columns):
        if column and column in columns[:number]:
            place = _place(header, delimiter, number)
            raise refusal(name, *place, f"{shown(cells[number])} is the second column of its kind: {column}")
    if "address" not in columns:
        raise refusal(name, header.line, 1, "there is no column address", "name the column of the addresses so, or url")
    return columns


def _entry(record: _Record, delimiter: str, columns: tuple[str | None, ...]) -> Entry | None:
    """Return the row that `record` says, None when all of its cells are empty."""
    try:
        cells = [cell.strip(_BLANKS) for cell in _cells(record, delimiter)]
    except _BadRow as exc:
        return unreadable(*exc.place, exc.why, exc.hint)
    if not any(cells):
        return None
    if len(cells) != len(columns):
        first = _place(record, delimiter, len(columns)) if len(cells) > len(columns) else record.place(len(record.text))
        why = f"{len(cells)} field{'' if len(cells) == 1 else 's'}, and the header row has {len(columns)}"
        return unreadable(*first, why, "put a field that holds the delimiter or a line end in double quotes")
    fields: dict[str, tuple[str, ...]] = {}
    problems: list[ListProblem] = []
    for number, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        if cell and column is None and not problems:
            place = _place(record, delimiter, number)
            problems.append(ListProblem(*place, "a field in a column without a name", "name it in the header row"))
        elif cell and column:
            fields[column] = _texts(column, unguarded(cell) if column in _GUARDED else cell)
    return Entry(
        record.line,
        fields,
        lambda field, _number: _place(record, delimiter, columns.index(field)),
        tuple(problems),
    )


def _texts(column: str, cell: str) -> tuple[str, ...]:
    separator = _SPLIT.get(column)
    if separator is None:
        return (cell,)
    return tuple(text for text in (each.strip(_BLANKS) for each in separator.split(cell)) if text)


def _cells(record: _Record, delimiter: str) -> list[str]:
    if len(record.text) > MAX_ROW:
        raise _BadRow((record.line, 1), f"a row of {len(record.text)} characters, and {MAX_ROW} are allowed", "")
    if record.bad is not None:
        raise _BadRow(record.place(record.bad[0]), record.bad[1], _QUOTE_HINT)
    if "\0" in record.text:
        place = record.place(record.text.index("\0"))
        raise _BadRow(place, "a null character", "save the file as UTF-8")
    try:
        return next(csv.reader([record.text], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error as exc:
        if "\r" in record.text:
            place = record.place(record.text.index("\r"))
            raise _BadRow(place, "a carriage return inside the row", "end lines with LF or CRLF") from exc
        raise _BadRow((record.line, 1), f"not CSV: {exc}", "") from exc


def _place(record: _Record, delimiter: str, cell: int) -> tuple[int, int]:
    """Return line and column where cell `cell` begins."""
    starts = _walk(record.text, 0, delimiter)[1]
    return record.place(starts[min(cell, len(starts) - 1)])


def _records(text: str, delimiter: str) -> Iterator[_Record]:
    """Yield the rows that are not blank.

    Where quotes go wrong, the next row begins on the next line: nothing after it is lost, and the time stays linear,
    since the search for the end of a quote stops at the next one that would open.
    """
    at, line = 0, 1
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        bad = None
        if text.find('"', at, end) >= 0:
            end, _, bad = _walk(text, at, delimiter)
        row = text[at:end].removesuffix("\r")
        if row.strip(_BLANKS):
            yield _Record(line, row, (bad[0] - at, bad[1]) if bad is not None else None)
        line += text.count("\n", at, end + 1)
        at = end + 1


def _walk(text: str, at: int, delimiter: str) -> tuple[int, list[int], tuple[int, str] | None]:
    """Return where the row that begins at `at` ends, where its cells begin, and what is wrong with its quotes."""
    starts: list[int] = []
    line_end = _line_end(text, at)
    while True:
        while text.startswith(" ", at):
            at += 1
        starts.append(at)
        if text.startswith('"', at):
            close = _closing(text, at + 1)
            if close < 0:
                return line_end, starts, (at, "the quote that opens here is never closed")
            after = close + 1
            after_end = line_end if after <= line_end else _line_end(text, after)
            ended = after == after_end or (after + 1 == after_end and text[after] == "\r")
            if not ended and not text.startswith(delimiter, after):
                return line_end, starts, (at, "the quote that opens here closes in the middle of a field")
            if ended:
                return after_end, starts, None
            at, line_end = after + 1, after_end
        else:
            found = text.find(delimiter, at, line_end)
            if found < 0:
                return line_end, starts, None
            at = found + 1


def _closing(text: str, at: int) -> int:
    """Return where the quote stands that closes a field, -1 if none does; two in a row are one that belongs to it."""
    while (at := text.find('"', at)) >= 0:
        if not text.startswith('"', at + 1):
            return at
        at += 2
    return -1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
