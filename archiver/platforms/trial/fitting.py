"""Whether a value is what its dataclass says: adapters of others may have no type checker."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from archiver.model.post import Found

T = TypeVar("T")

MOST_LEVELS: Final = 40  # of posts within posts; no platform shows so many


def misfits(value: object, hint: Any, where: str = "", level: int = 0) -> Iterator[str]:
    """Yield a sentence for each value within `value` that is not what `hint` says: a type as in archiver.model.post."""
    if level > MOST_LEVELS:
        yield f"{where} is nested too deep"
        return
    fitting = next((each for each in _choices(hint) if _is(value, each)), None)
    if fitting is None:
        yield f"{where} is {_told(value)}, not {_named(hint)}"
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from misfits(item, get_args(fitting)[0], f"{where}/{number}", level + 1)
    elif is_dataclass(value) and not isinstance(value, Found):
        for name, member in _members(fitting).items():
            yield from misfits(getattr(value, name), member, f"{where}/{name}", level + 1)


def within(value: object, kind: type[T], where: str = "") -> Iterator[tuple[str, T]]:
    """Yield each `kind` within `value`, and its path; what lies within one of them is not looked into."""
    if isinstance(value, kind):
        yield where, value
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from within(item, kind, f"{where}/{number}")
    elif is_dataclass(value):
        for each in fields(value):
            yield from within(getattr(value, each.name), kind, f"{where}/{each.name}")


@lru_cache
def _members(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _is(value: object, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin is Found:
        if not isinstance(value, Found):
            return False
        told: Found[Any] = value
        return _is(told.value, get_args(hint)[0]) and _is(told.exchange, int) and _is(told.at, str)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
    kind: type = origin or hint
    return isinstance(value, kind)


def _told(value: object) -> str:
    return f"Found({type(value.value).__name__})" if isinstance(value, Found) else repr(value)[:60]


def _named(hint: Any) -> str:
    names = (str(each).replace("archiver.model.post.", "") for each in _choices(hint) if each is not NoneType)
    return " or ".join(name.removeprefix("<class '").removesuffix("'>") for name in names)
