"""The reader of lists: which format it is, the rows in order, what repeats."""

import hashlib
from collections.abc import Iterable
from pathlib import PurePosixPath

from archiver.config.address_list.entry import Entry, Said, judged, judged_defaults
from archiver.config.address_list.identity import row_digest
from archiver.config.address_list.json_lines import is_row, json_lines
from archiver.config.address_list.plain import plain_rows
from archiver.config.address_list.source import lines, refusal, text_of, too_large
from archiver.config.address_list.table import is_table, table_rows
from archiver.config.address_list.yaml_rows import yaml_rows
from archiver.model.batch import AddressList, ListFormat, ListProblem, Row

MAX_ROWS = 1_000_000
EXTENSIONS: dict[str, ListFormat] = {
    ".txt": "text",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".yaml": "yaml",
    ".yml": "yaml",
}

_YAML_STARTS = ("- ", "---", "addresses:", "rows:", "defaults:")


def read_list(data: bytes, name: str, format: ListFormat | None = None) -> AddressList:
    """Return the list that `data` holds (docs/spec/address-list.md); `name` is how messages call the file.

    The format is `format`, else what the ending of `name` says, else what the content looks like. Rows that cannot be
    used are `problems` of the list, in the order of the file. Raises `ConfigError`, with name, line and column, where
    the list as a whole cannot be read: no text, too large, a header row or defaults that cannot be used, no YAML.
    """
    text = text_of(data, name)
    format = format or EXTENSIONS.get(PurePosixPath(name).suffix.lower()) or _format_of(text)
    written, entries = _entries(text, name, format)
    defaults = judged_defaults(written) if written is not None else Said()
    if isinstance(defaults, ListProblem):
        why = f"the defaults of the list: {defaults.message}"
        raise refusal(name, defaults.line, defaults.column, why, defaults.hint)
    rows: list[Row] = []
    problems: list[ListProblem] = []
    repeated: list[tuple[int, int]] = []
    first_of: dict[str, int] = {}
    equal: dict[str, int] = {}
    left_out = 0
    for count, entry in enumerate(entries, 1):
        if count > MAX_ROWS:
            raise too_large(name, f"more than {MAX_ROWS} rows", "divide it into several lists")
        found = judged(entry, defaults)
        if isinstance(found, list):
            problems += found
            left_out += 1
            continue
        address, said = found
        number, digest = len(rows) + 1, row_digest(address.submitted, said)
        equal[digest] = equal.get(digest, 0) + 1
        rows.append(
            Row(number, entry.line, address, said.note, said.tags, said.options, digest, occurrence=equal[digest])
        )
        if (first := first_of.setdefault(address.url, number)) != number:
            repeated.append((number, first))
    sha256 = hashlib.sha256(data).hexdigest()
    return AddressList(name, format, len(data), sha256, tuple(rows), tuple(problems), left_out, tuple(repeated))


def _entries(text: str, name: str, format: ListFormat) -> tuple[Entry | None, Iterable[Entry]]:
    if format == "jsonl":
        return json_lines(text, name)
    if format == "yaml":
        return yaml_rows(text, name)
    return None, table_rows(text, name) if format == "csv" else plain_rows(text)


def _format_of(text: str) -> ListFormat:
    """Return what a text looks like from its first line that says something; plain text where in doubt."""
    first = next((line for _, line in lines(text) if line.strip() and not line.lstrip().startswith("#")), "")
    if is_row(first) or first.lstrip(" \t").startswith(("{", "[")):  # no address begins so; JSON on many lines does
        return "jsonl"
    if first.startswith(_YAML_STARTS):
        return "yaml"
    return "csv" if is_table(text) else "text"
