"""The data that a page of Meta hands to its own scripts: JSON in `<script type="application/json" data-sjs>`.

Where in it something stands changes from month to month; the names of members last for years. So they are looked for,
within bounds. Nothing here raises.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from archiver.model.platform import Seen
from archiver.model.post import Found
from archiver.platforms.reading import Doc
from archiver.platforms.scripts import json_scripts

MAX_PLACES: Final = 400_000  # of one page that are looked at


def scripts(seen: Seen, *names: str) -> tuple[Doc, ...]:
    """Return the data of the page in `seen` that hold one of `names` somewhere, in the order of the page."""
    return tuple(json_scripts(seen, "data-sjs", "script[data-sjs]", names))


def where(docs: Iterable[Doc], fits: Callable[[dict[str, Any]], bool], *, without: tuple[str, ...] = ()) -> list[Doc]:
    """Return the objects below `docs` that fit, those further out first; members called `without` are passed over."""
    found: list[Doc] = []
    left = MAX_PLACES
    for doc in docs:
        waiting: deque[tuple[Any, _Way]] = deque([(doc.value, None)])
        while waiting and left > 0:
            value, way = waiting.popleft()
            left -= 1
            if isinstance(value, dict):
                if fits(value):
                    found.append(doc.at(*_steps(way)))
                waiting.extend(
                    (each, (way, name)) for name, each in value.items() if _holds(each) and name not in without
                )
            elif isinstance(value, list):
                waiting.extend((each, (way, number)) for number, each in enumerate(value) if _holds(each))
    return found


def holding(docs: Iterable[Doc], name: str, *, without: tuple[str, ...] = ()) -> list[Doc]:
    """Return what stands in members called `name`, null among it, those further out first."""
    return [each.at(name) for each in where(docs, lambda value: name in value, without=without)]


def first_text(docs: Iterable[Doc], *paths: tuple[str | int, ...]) -> Found[str] | None:
    """Return the first text that is not empty, of the paths in order and for each of `docs`."""
    places = list(docs)
    found = (doc.at(*path).words for path in paths for doc in places)
    return next((each for each in found if each is not None), None)


def first_integer(docs: Iterable[Doc], *paths: tuple[str | int, ...]) -> Found[int] | None:
    """Return the first whole number that is not negative, of the paths in order and for each of `docs`."""
    places = list(docs)
    found = (doc.at(*path).integer for path in paths for doc in places)
    return next((each for each in found if each is not None and each.value >= 0), None)


_Way = tuple[Any, str | int] | None


def _holds(value: object) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _steps(way: _Way) -> list[str | int]:
    steps: list[str | int] = []
    while way is not None:
        way, step = way
        steps.append(step)
    return steps[::-1]
