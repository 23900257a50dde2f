"""JSON of others, read with bounds: any form, but no name twice in one object, and nothing that is no JSON."""

import json
import re
from typing import NoReturn, cast

from archiver.canon import Json
from archiver.errors import CaseError

MAX_DEPTH = 64
MAX_VALUES = 4_000_000  # a list of as many files as an export may hold has less than half of that

_MARK = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


class BadJson(ValueError):
    """The bytes are no JSON that means the same to everybody; the message says why."""


def loose_json(data: bytes) -> Json:
    """Return the value of `data`, in UTF-8, with or without a mark of byte order.

    Numbers that are not whole come back as texts: nothing that is compared here is one. Raises `BadJson`, and
    `CaseError` ("large") for more values than fit into memory: a byte or two can be a value of sixty.
    """
    try:
        text = data.decode("utf-8-sig")
        if sum(map(text.count, ",[{")) > MAX_VALUES:
            raise CaseError("large", f"it holds more than {MAX_VALUES} values, and no more are read of such a file")
        if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
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
    """Return how deep the brackets stand; those within texts are only characters."""
    depth = deepest = 0
    within = False
    for found in _MARK.finditer(text):
        mark = found[0]
        if mark == '"':
            within = not within
        elif not within and mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif not within and mark in "]}":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadJson("a name stands twice in one object")
    return found


def _refuse(text: str) -> NoReturn:
    raise BadJson(f"{text} is no JSON")
