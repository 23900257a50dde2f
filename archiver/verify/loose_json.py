"""JSON of others, read with bounds: any form, but no name twice in one object, and nothing that is no JSON."""

import json
from typing import NoReturn, cast

from archiver.canon import Json

MAX_DEPTH = 64


class BadJson(ValueError):
    """The bytes are no JSON that means the same to everybody; the message says why."""


def loose_json(data: bytes) -> Json:
    """Return the value of `data`, in UTF-8, with or without a mark of byte order. Raises `BadJson`.

    Numbers that are not whole come back as texts: nothing that is compared here is one.
    """
    try:
        text = data.decode("utf-8-sig")
        if max(text.count("["), text.count("{")) > MAX_DEPTH and _depth(text) > MAX_DEPTH:
            raise BadJson(f"it is nested deeper than {MAX_DEPTH}")
        return cast("Json", json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=str))
    except UnicodeDecodeError as exc:
        raise BadJson(f"it is not UTF-8 at byte {exc.start}") from exc
    except json.JSONDecodeError as exc:
        raise BadJson(f"it is not JSON at character {exc.pos}: {exc.msg}") from exc
    except BadJson:
        raise
    except (ValueError, RecursionError) as exc:
        raise BadJson("it holds a number that is too long, or is nested too deep") from exc


def _depth(text: str) -> int:
    """Return at most how deep the brackets stand, those within texts counted too."""
    depth = deepest = 0
    for char in text:
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("a name stands twice in one object")
    return found


def _refuse(text: str) -> NoReturn:
    raise BadJson(f"{text} is no JSON")
