"""Lists as JSON lines: an object or an address in quotes on each line."""

import json
import re
from collections.abc import Iterable
from itertools import chain
from typing import NoReturn

from archiver.config.address_list.entry import Entry, unreadable
from archiver.config.address_list.members import entry_of
from archiver.config.address_list.source import MAX_ROW, lines, refusal
from archiver.config.yaml import Mapping, Node, Scalar, Sequence, shown

MAX_DEPTH = 32  # as in the custody log
DEFAULTS = "defaults"

_BLANKS = re.compile(r"[ \t\r]*")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+"?')


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class _BadJson(ValueError):
    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why = why
        self.at = at


def json_lines(text: str, name: str) -> tuple[Entry | None, Iterable[Entry]]:
    """Return the defaults and the rows. Raises `ConfigError` for defaults that cannot be read, or that stand late.

    Rows that were meant to have a proxy must not be asked for without it because a brace is missing.
    """
    full = ((number, line) for number, line in lines(text) if _BLANKS.fullmatch(line) is None)
    first = next(full, None)
    if first is None:
        return None, ()
    defaults = _defaults(*first, name)
    if defaults is not None:
        return entry_of(defaults), (_entry(number, line, name) for number, line in full)
    return None, (_entry(number, line, name) for number, line in chain((first,), full))


def is_row(line: str) -> bool:
    """Return whether a line is an object or a text in JSON."""
    try:
        return line.lstrip(" \t")[:1] in {"{", '"'} and bool(_node(line, 1))
    except _BadJson:
        return False


def _defaults(number: int, line: str, name: str) -> Mapping | None:
    try:
        node = _node(line, number)
    except _BadJson as exc:
        if '"default' in line.lower():
            raise refusal(name, number, exc.at + 1, f"the defaults of the list cannot be read: {exc.why}") from exc
        return None
    entries = node.entries if isinstance(node, Mapping) else ()
    for key, value in entries:
        if key.text.lower().startswith(DEFAULTS[:-1]):
            if key.text == DEFAULTS and isinstance(value, Mapping) and len(entries) == 1:
                return value
            hint = 'a first line like {"defaults": {"max_time": 300}}'
            raise refusal(name, number, key.column, f"{shown(key.text)} cannot be read as defaults of the list", hint)
    return None


def _entry(number: int, line: str, name: str) -> Entry:
    try:
        node = _node(line, number)
    except _BadJson as exc:
        return unreadable(number, exc.at + 1, exc.why, "a whole object, or an address in quotes, on each line; no list")
    for key, _ in node.entries if isinstance(node, Mapping) else ():
        if key.text == DEFAULTS:
            hint = "they hold for every row, so they stand before all of them"
            raise refusal(name, number, key.column, "defaults stand on the first line, and alone", hint)
    return entry_of(node)


def _node(line: str, number: int) -> Mapping | Scalar:
    if len(line) > MAX_ROW:
        raise _BadJson(f"a row of {len(line)} characters, and {MAX_ROW} are allowed", 0)
    if _deeper(line):
        raise _BadJson(f"nested deeper than {MAX_DEPTH}", 0)
    at = _skip(line, 0)
    node: Mapping | Scalar
    if line[at] == "{":
        node, end = _object(line, at, number)
    elif line[at] == '"':
        value, end = _value(line, at)
        node = Scalar(str(value), 0, 0, number, at + 1)
    else:
        raise _BadJson("neither an object nor an address in double quotes", at)
    end = _skip(line, end)
    if end < len(line):
        raise _BadJson("not JSON: something follows the value", end)
    return node


def _object(line: str, at: int, number: int) -> tuple[Mapping, int]:
    """Return the object at `at` and where it ends; of the members, only `defaults` is taken apart further."""
    entries: list[tuple[Scalar, Node]] = []
    start = at
    at = _skip(line, at + 1)
    while line[at : at + 1] != "}" or entries:
        if line[at : at + 1] != '"':
            raise _BadJson("not JSON: a name in double quotes is missing", at)
        key, end = _value(line, at)
        place = Scalar(str(key), 0, 0, number, at + 1)
        at = _skip(line, end)
        if line[at : at + 1] != ":":
            raise _BadJson("not JSON: a colon is missing", at)
        at = _skip(line, at + 1)
        if key == DEFAULTS and line[at : at + 1] == "{" and start == _skip(line, 0):
            inner, end = _object(line, at, number)
            entries.append((place, inner))
        else:
            value, end = _value(line, at)
            entries.append((place, _as_node(value, number, at)))
        at = _skip(line, end)
        if line[at : at + 1] == "}":
            break
        if line[at : at + 1] != ",":
            raise _BadJson("not JSON: a comma or a brace is missing", at)
        at = _skip(line, at + 1)
    return Mapping(tuple(entries), number, start + 1), at + 1


def _as_node(value: object, line: int, at: int) -> Node:
    if isinstance(value, list):
        return Sequence(tuple(_as_node(item, line, at) for item in value), line, at + 1)
    if isinstance(value, dict):
        return Mapping((), line, at + 1)  # nothing in it is looked at
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return Scalar(text, 0, 0, line, at + 1)


def _value(line: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(line, at)
    except json.JSONDecodeError as exc:
        raise _BadJson(f"not JSON: {exc.msg[:1].lower()}{exc.msg[1:]}", exc.pos) from exc
    except ValueError as exc:
        raise _BadJson("not JSON: NaN and Infinity are no numbers", at) from exc


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _skip(line: str, at: int) -> int:
    match = _BLANKS.match(line, at)
    return match.end() if match is not None else at


def _deeper(line: str) -> bool:
    if line.count("[") + line.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", _STRINGS.sub("", line)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=_no_number)
