"""JSON of others, read with bounds: any form, but no name twice in one object, and nothing that is no JSON."""

import json
from itertools import chain
from typing import NoReturn, cast

from archiver.canon import Json

MAX_DEPTH = 64  # lists and objects in one another
_TOO_DEEP = f"it is nested deeper than {MAX_DEPTH}"


class BadJson(ValueError):
    """The bytes are no JSON that means the same to everybody; the message says why."""


def loose_json(data: bytes) -> Json:
    """Return the value of `data`, in UTF-8, with or without a mark of byte order. Raises `BadJson`.

    Numbers that are not whole come back as texts: nothing that is compared here is one.
    """
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=str)
    except UnicodeDecodeError as exc:
        raise BadJson(f"it is not UTF-8 at byte {exc.start}") from exc
    except json.JSONDecodeError as exc:
        raise BadJson(f"it is not JSON at character {exc.pos}: {exc.msg}") from exc
    except BadJson:
        raise
    except ValueError as exc:
        raise BadJson("it holds a number that is too long") from exc
    except RecursionError as exc:  # long after that bound
        raise BadJson(_TOO_DEEP) from exc
    if _deep(value):
        raise BadJson(_TOO_DEEP)
    return cast("Json", value)


def _deep(value: object) -> bool:
    """Return whether more than `MAX_DEPTH` lists and objects stand in one another."""
    level = [value]
    for _ in range(MAX_DEPTH):
        lists = [one for one in level if isinstance(one, list)]
        objects = [one for one in level if isinstance(one, dict)]
        level = [*chain.from_iterable(lists), *chain.from_iterable(one.values() for one in objects)]
    return any(isinstance(one, list | dict) for one in level)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("a name stands twice in one object")
    return found


def _refuse(text: str) -> NoReturn:
    raise BadJson(f"{text} is no JSON")
