"""The strict YAML reader: every scalar is text, and whatever YAML could make of it behind one's back is refused.

No types are guessed (`no`, `1:30` and `1.10` stay what was written), no key stands twice, and there are no anchors,
aliases, tags, directives or second documents. Every error names file, line and column, both from 1.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, cast

import yaml

from archiver.errors import ConfigError

MAX_TEXT = 1 << 20  # docs/spec/case-yaml.md §1, bytes
MAX_DEPTH = 8
MAX_SHOWN = 80  # characters of a text of the file inside a message


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text. `start` and `end` are character indexes into the source; `line` and `column` count from 1."""

    text: str
    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list, with where it begins."""

    items: "tuple[Node, ...]"
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the source, with where it begins."""

    entries: "tuple[tuple[Scalar, Node], ...]"
    line: int
    column: int


Node: TypeAlias = Scalar | Sequence | Mapping


def text_of(data: bytes, name: str) -> str:
    """Return `data` as text. Raises `ConfigError` when it is too large or not UTF-8."""
    if len(data) > MAX_TEXT:
        raise ConfigError("too-large", f"{name}: larger than {MAX_TEXT} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        before = data[: exc.start].decode("utf-8")
        line, column = _position(before, len(before))
        raise refusal(name, line, column, "the bytes are not UTF-8", "save the file as UTF-8") from exc


def load(text: str, name: str) -> Mapping:
    """Return the mapping that `text` is. Raises `ConfigError` for everything that the strict profile leaves out."""
    root = document(text, name)
    if not isinstance(root, Mapping):
        raise refusal(name, 1, 1, "the file is not a list of `key: value` lines")
    return root


def document(text: str, name: str) -> Node | None:
    """Return what `text` is, None when it is empty. Raises `ConfigError` as `load` does."""
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as exc:
        line, column = _position(text, exc.position)
        raise refusal(
            name, line, column, "a character that YAML does not allow", 'write it as an escape in quotes: "\\u0007"'
        ) from exc
    try:
        return _document(_events(loader), name)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark or loader.get_mark()
        raise refusal(name, mark.line + 1, mark.column + 1, f"not YAML: {exc.problem or exc.context}") from exc
    except (ValueError, OverflowError) as exc:  # an escape such as "\U00110000", which the scanner does not check
        mark = loader.get_mark()
        raise refusal(name, mark.line + 1, mark.column + 1, "not YAML: a number or escape out of range") from exc


def refusal(name: str, line: int, column: int, why: str, hint: str = "") -> ConfigError:
    """Return the error that says where in the file `name` something cannot be used, and why."""
    return ConfigError("case-yaml", f"{name}:{line}:{column}: {why}", hint)


def shown(text: str) -> str:
    """Return `text` quoted and cut to what fits into a message: a key may be as long as the file."""
    return repr(text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…")


def members(mapping: Mapping, known: Iterable[str], name: str) -> dict[str, Node]:
    """Return the values by key. Raises `ConfigError` for a key that is not `known`, with the nearest one as hint."""
    allowed = tuple(known)
    for key, _ in mapping.entries:
        if key.text not in allowed:
            near = difflib.get_close_matches(key.text, allowed, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(allowed)}"
            raise refusal(name, key.line, key.column, f"{shown(key.text)} is not a known key", hint)
    return {key.text: value for key, value in mapping.entries}


def _events(loader: yaml.SafeLoader) -> Iterator[yaml.Event]:
    while loader.check_event():
        yield cast("yaml.Event", loader.get_event())  # type: ignore[no-untyped-call]  # the stubs leave it out


def _start(event: yaml.Event) -> yaml.Mark:
    return cast("yaml.Mark", event.start_mark)  # the parser sets both marks of every event


def _end(event: yaml.Event) -> yaml.Mark:
    return cast("yaml.Mark", event.end_mark)


def _document(events: Iterator[yaml.Event], name: str) -> Node | None:
    root: Node | None = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if root is not None:
                raise _at(event, name, "a second document begins here")
            if event.version or event.tags:
                raise _at(event, name, "directives are not used here")
            root = _node(next(events), events, name, 0)
    return root


def _node(event: yaml.Event, events: Iterator[yaml.Event], name: str, depth: int) -> Node:
    if isinstance(event, yaml.AliasEvent):
        raise _at(event, name, "aliases are not used here")
    event = cast("yaml.ScalarEvent | yaml.CollectionStartEvent", event)  # where a value stands there is nothing else
    if event.anchor is not None:
        raise _at(event, name, "anchors are not used here")
    if event.tag is not None:
        raise _at(event, name, "tags are not used here")
    line, column = _start(event).line + 1, _start(event).column + 1
    if isinstance(event, yaml.ScalarEvent):
        try:
            event.value.encode("utf-8")
        except UnicodeEncodeError as exc:
            raise _at(event, name, "half of a surrogate pair is not text") from exc
        return Scalar(event.value, _start(event).index, _end(event).index, line, column)
    if depth == MAX_DEPTH:
        raise _at(event, name, f"nested deeper than {MAX_DEPTH}")
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_node(event, events, name, depth + 1))
        return Sequence(tuple(items), line, column)
    return _mapping(events, name, depth, line, column)


def _mapping(events: Iterator[yaml.Event], name: str, depth: int, line: int, column: int) -> Mapping:
    entries: list[tuple[Scalar, Node]] = []
    seen: set[str] = set()
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _node(event, events, name, depth + 1)
        if not isinstance(key, Scalar):
            raise _at(event, name, "a key must be text")
        if key.text in seen:
            raise _at(event, name, f"the key {shown(key.text)} stands here a second time")
        seen.add(key.text)
        entries.append((key, _node(next(events), events, name, depth + 1)))
    return Mapping(tuple(entries), line, column)


def _at(event: yaml.Event, name: str, why: str) -> ConfigError:
    mark = _start(event)
    return refusal(name, mark.line + 1, mark.column + 1, why)


def _position(text: str, index: int) -> tuple[int, int]:
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1
