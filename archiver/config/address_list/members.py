"""Rows that are written as keys and values: JSON lines and YAML."""

from typing import TypeAlias

from archiver.config.address_list.entry import KNOWN, MANY, Entry, called, field_of
from archiver.config.yaml import Mapping, Node, Scalar, Sequence, shown
from archiver.model.batch import ListProblem

_Texts: TypeAlias = dict[str, tuple[Scalar, ...]]


def entry_of(node: Node) -> Entry:
    """Return the row that `node` says: an address, or `key: value` members."""
    texts: _Texts = {}
    problems: list[ListProblem] = []
    if isinstance(node, Scalar):
        texts["address"] = (node,)
    elif isinstance(node, Mapping):
        _read(node, texts, problems)
    else:
        problems.append(ListProblem(node.line, node.column, "a row is an address, or keys and values"))
    return Entry(
        node.line,
        {name: tuple(scalar.text for scalar in scalars) for name, scalars in texts.items()},
        lambda name, number: (texts[name][number].line, texts[name][number].column),
        tuple(problems),
    )


def _read(node: Mapping, texts: _Texts, problems: list[ListProblem]) -> None:
    for key, value in node.entries:
        name = field_of(key.text)
        if name == "":  # one of our own, see there
            continue
        if name is None:
            why, hint = f"{called(key.text) or 'this'} is not a known key", KNOWN
        elif name in texts:
            why, hint = f"{shown(key.text)} is said a second time", "say it once in a row"
        else:
            found = _scalars(value, name in MANY)
            if found is not None:
                texts[name] = found
                continue
            texts[name] = ()
            key = Scalar("", 0, 0, value.line, value.column)
            why = f"{name} is a list of texts" if name in MANY else f"{name} is one text"
            hint = 'as in ["one", "two"], each in quotes' if name in MANY else ""
        problems.append(ListProblem(key.line, key.column, why, hint))


def _scalars(value: Node, many: bool) -> tuple[Scalar, ...] | None:
    if many:
        items = value.items if isinstance(value, Sequence) else ()
        scalars = tuple(item for item in items if isinstance(item, Scalar))
        return scalars if isinstance(value, Sequence) and len(scalars) == len(items) else _nothing(value)
    return (value,) if isinstance(value, Scalar) else None


def _nothing(value: Node) -> tuple[Scalar, ...] | None:
    return () if isinstance(value, Scalar) and not value.text else None
