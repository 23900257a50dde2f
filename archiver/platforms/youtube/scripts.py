"""The data in the scripts of a page of YouTube: `var ytInitialPlayerResponse = {…};`, and the page without scripts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from archiver.model.platform import Seen
from archiver.platforms.html import Element, page_in
from archiver.platforms.reading import Doc
from archiver.platforms.scripts import MAX_SCRIPTS, Script, assigned, scripts_of, text_of, value_at

PLAYER: Final = "ytInitialPlayerResponse"
DATA: Final = "ytInitialData"
SETTINGS: Final = "ytcfg.set"

_MAX_SETTINGS: Final = 5
_MAX_KEPT: Final = 65_536  # characters of a script that holds linked data
_SET: Final = "ytcfg.set({"
_LINKED: Final = "application/ld+json"


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
    text = text_of(seen)
    values: dict[str, Doc] = {}
    kept, at = [], 0
    for script in scripts_of(text):
        linked = script.marked(_LINKED) and script.end - script.begin < _MAX_KEPT
        kept.append(text[at : script.end if linked else script.begin])
        at = script.end
        for name, value in tuple(assigned(script, (PLAYER, DATA))) or _settings(script):
            if value is not None:
                values.setdefault(name, Doc(value, seen.number, f"{name} "))
    markup = "".join(kept) + (text[at:] if len(kept) < MAX_SCRIPTS else "")
    return Scripted(page_in(replace(seen, body=b"\xef\xbb\xbf" + markup.encode("utf-8", "replace"))), values)


def _settings(script: Script) -> Iterator[tuple[str, Any]]:
    at = script.begin
    for _ in range(_MAX_SETTINGS):
        at = script.page.find(_SET, at, script.end) + len(_SET)
        if at < len(_SET):
            return
        value, _at = value_at(script, at - 1)
        if isinstance(value, dict) and "INNERTUBE_CONTEXT_GL" in value:
            yield SETTINGS, value
            return
