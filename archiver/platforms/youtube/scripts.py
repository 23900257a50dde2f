"""The data in the scripts of a page of YouTube: `var ytInitialPlayerResponse = {…};`.

Only what a script begins with counts: texts of strangers are quoted all over a page, within scripts too.
"""

import json
import re
from typing import Any, Final

from archiver.platforms.html import Element
from archiver.platforms.reading import Doc, Fraction

PLAYER: Final = "ytInitialPlayerResponse"
DATA: Final = "ytInitialData"
SETTINGS: Final = "ytcfg.set"

_MAX_SCRIPTS: Final = 300
_MAX_IN_A_ROW: Final = 5  # values of one script
_ASSIGNED = re.compile(
    r"""[;\s]{0,80}(?:var\s{1,8}|window\[["'])?(ytInitialPlayerResponse|ytInitialData)(?:["']\])?\s{0,8}=\s{0,8}(?=\{)"""
)
_SETTINGS: Final = "ytcfg.set({"
_MAX_SETTINGS: Final = 5


def assigned(page: Element) -> dict[str, Doc]:
    """Return the values that scripts of `page` begin by assigning, by their names: of each name the first one.

    The settings of the page are among them, of which the country is wanted where the page says it. The place of a
    value is the name, then a JSON pointer.
    """
    found: dict[str, Doc] = {}
    for script in page.css("script")[:_MAX_SCRIPTS]:
        text = script.node.text(deep=True) if script.node is not None else ""
        at, begins = 0, _ASSIGNED.match(text)
        for _ in range(_MAX_IN_A_ROW):
            if begins is None:
                break
            value, at = _value(text, begins.end())
            if value is not None:
                found.setdefault(begins[1], Doc(value, page.exchange, f"{begins[1]} "))
            begins = _ASSIGNED.match(text, at)
        if not at and SETTINGS not in found:
            settings = _settings(text)
            if settings is not None:
                found[SETTINGS] = Doc(settings, page.exchange, f"{SETTINGS} ")
    return found


def _settings(text: str) -> Any:
    at = -1
    for _ in range(_MAX_SETTINGS):
        at = text.find(_SETTINGS, at + 1)
        if at < 0:
            return None
        value, _end = _value(text, at + len(_SETTINGS) - 1)
        if isinstance(value, dict) and "INNERTUBE_CONTEXT_GL" in value:
            return value
    return None


def _value(text: str, at: int) -> tuple[Any, int]:
    """Return the JSON value that begins at `at`, and where it ends; nothing where it is none, or nested too deep."""
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, len(text)


def _refuse(text: str) -> Any:
    raise ValueError(text)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=Fraction)
