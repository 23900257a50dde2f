"""The data in the scripts of a page of YouTube: `var ytInitialPlayerResponse = {…};`, and the page without scripts.

Only what a script begins with counts: texts of strangers are quoted all over a page, within scripts too. Scripts make
up nearly all of a page, a megabyte and more: they are found by their tags and read by a JSON parser, never searched.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from archiver.model.platform import Seen
from archiver.platforms.html import Element, page_in
from archiver.platforms.reading import Doc, Fraction

PLAYER: Final = "ytInitialPlayerResponse"
DATA: Final = "ytInitialData"
SETTINGS: Final = "ytcfg.set"

_MAX_SCRIPTS: Final = 500
_MAX_IN_A_ROW: Final = 5  # values of one script
_MAX_SETTINGS: Final = 5
_MAX_KEPT: Final = 65_536  # characters of a script that holds linked data
_ASSIGNED = re.compile(
    r"""[;\s]{0,80}(?:var\s{1,8}|window\[["'])?(ytInitialPlayerResponse|ytInitialData)(?:["']\])?\s{0,8}=\s{0,8}(?=\{)"""
)
_SET: Final = "ytcfg.set({"
_LINKED: Final = "application/ld+json"
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Scripted:
    """A page: `markup` without its scripts but those of linked data, `values` what scripts begin by assigning.

    Of each name the first value counts. The settings of the page are among them, those with the country, where it says
    one. The place of a value is its name, then a JSON pointer.
    """

    markup: Element
    values: dict[str, Doc]


def scripted(seen: Seen) -> Scripted:
    """Return what is in the page that was answered. YouTube writes UTF-8, whatever a header says."""
    text = seen.body.removeprefix(_BOM).decode("utf-8", "replace")
    values: dict[str, Doc] = {}
    kept, at = [], 0
    for tag, begin, end in _scripts(text):
        linked = _LINKED in text[tag:begin] and end - begin < _MAX_KEPT
        kept.append(text[at : end if linked else begin])
        at = end
        for name, value in _values(text, begin, end):
            values.setdefault(name, Doc(value, seen.number, f"{name} "))
    markup = "".join(kept) + (text[at:] if len(kept) < _MAX_SCRIPTS else "")
    return Scripted(page_in(replace(seen, body=_BOM + markup.encode("utf-8", "replace"))), values)


def _scripts(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield where scripts stand: where the tag begins, where it ends, and where the script does."""
    at = 0
    for _ in range(_MAX_SCRIPTS):
        tag = text.find("<script", at)
        begin = text.find(">", tag) + 1 if tag >= 0 else 0
        if not begin:
            return
        end = text.find("</script", begin)
        at = end if end >= 0 else len(text)
        yield tag, begin, at


def _values(text: str, begin: int, end: int) -> Iterator[tuple[str, Any]]:
    found, at = _ASSIGNED.match(text, begin, end), begin
    for _ in range(_MAX_IN_A_ROW):
        if found is None:
            break
        value, at = _value(text, found.end(), end)
        if value is not None:
            yield found[1], value
        found = _ASSIGNED.match(text, at, end)
    if at == begin:
        yield from _settings(text, begin, end)


def _settings(text: str, begin: int, end: int) -> Iterator[tuple[str, Any]]:
    for _ in range(_MAX_SETTINGS):
        begin = text.find(_SET, begin, end) + len(_SET)
        if begin < len(_SET):
            return
        value, _at = _value(text, begin - 1, end)
        if isinstance(value, dict) and "INNERTUBE_CONTEXT_GL" in value:
            yield SETTINGS, value
            return


def _value(text: str, at: int, end: int) -> tuple[Any, int]:
    """Return the JSON value that begins at `at`, and where it ends; nothing where it is none, or nested too deep."""
    try:
        value, behind = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, end
    return (value, behind) if behind <= end else (None, end)


def _refuse(text: str) -> Any:
    raise ValueError(text)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse, parse_float=Fraction)
