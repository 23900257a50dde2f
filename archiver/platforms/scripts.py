"""Data that a page hands to its own scripts: JSON in `<script>` elements, and JSON that a script assigns to a name.

for data in json_scripts(seen, 'id="__STATE__"', "script#__STATE__"):
    data.at("post", "title").text
for script in scripts_of(text_of(seen)):
    values = assigned(script, ("__INITIAL_STATE__",))

Scripts make up nearly all of some pages, megabytes of them: they are found by their tags in the text, whatever a parser
of pages would leave out, and read by a JSON parser. Nothing here raises.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from archiver.model.platform import Seen
from archiver.platforms.html import Element
from archiver.platforms.reading import Doc, Fraction, parsed, refuse

MAX_SCRIPTS: Final = 2_000  # of one page
MAX_LINKED: Final = 50  # of one page, with JSON-LD
MAX_ASSIGNED: Final = 5  # values of one script

_MAX_TAG: Final = 2_000  # characters of an opening tag
_WRAPS: Final = (("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("/*<![CDATA[*/", "/*]]>*/"), ("<![CDATA[", "]]>"))
_BEFORE: Final = r"""[;\s]{0,80}(?:var\s{1,8}|window\[["']|window\.)?"""
_BEHIND: Final = r"""(?:["']\])?\s{0,8}=\s{0,8}(?=\{)"""


@dataclass(frozen=True, slots=True)
class Script:
    """Where a script stands in the text of a page: its opening tag from `tag`, what is in it from `begin` to `end`."""

    page: str
    tag: int
    begin: int
    end: int

    def marked(self, mark: str) -> bool:
        """Whether `mark` stands in its opening tag."""
        return self.begin - self.tag < _MAX_TAG and self.page.find(mark, self.tag, self.begin) >= 0

    def holds(self, words: str) -> bool:
        """Whether `words` stand in it."""
        return self.page.find(words, self.begin, self.end) >= 0


def text_of(seen: Seen) -> str:
    """Return the text of a page in UTF-8, whatever a header says."""
    return seen.body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def scripts_of(text: str) -> Iterator[Script]:
    """Yield the scripts of a page, the last one up to where the page breaks off."""
    at = 0
    for _ in range(MAX_SCRIPTS):
        tag = text.find("<script", at)
        begin = text.find(">", tag) + 1 if tag >= 0 else 0
        if not begin:
            return
        end = text.find("</script", begin)
        at = end if end >= 0 else len(text)
        yield Script(text, tag, begin, at)


def json_scripts(seen: Seen, mark: str, selector: str, holding: Iterable[str] = ()) -> Iterator[Doc]:
    """Yield the JSON of the scripts whose opening tag has `mark`, those that hold one of the members `holding`.

    Without `holding` all are yielded. The place of a value is `selector` with the number of the script, then a pointer.
    """
    names = [f'"{name}"' for name in holding]
    for number, script in enumerate((each for each in scripts_of(text_of(seen)) if each.marked(mark)), 1):
        if not names or any(map(script.holds, names)):
            value = parsed(script.page[script.begin : script.end].strip())
            if value is not None:
                yield Doc(value, seen.number, f"{selector}[{number}] ")


def assigned(script: Script, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yield the names of `names` with the objects that a script begins by assigning to them.

    Only what a script begins with counts: texts of strangers are quoted all over a page, within scripts too.
    """
    pattern = re.compile(f"{_BEFORE}({'|'.join(map(re.escape, names))}){_BEHIND}")
    at = script.begin
    for _ in range(MAX_ASSIGNED):
        found = pattern.match(script.page, at, script.end)
        if found is None:
            return
        value, at = value_at(script, found.end())
        yield found[1], value


def value_at(script: Script, at: int) -> tuple[Any, int]:
    """Return the JSON value that begins at `at`, and where it ends; None for none, or one nested too deep to read."""
    try:
        value, behind = _DECODER.raw_decode(script.page, at)
    except (ValueError, RecursionError):
        return None, script.end
    return (value, behind) if behind <= script.end else (None, script.end)


def linked_data(page: Element) -> Iterator[Doc]:
    """Yield the JSON-LD of a page, for each script that has some: nothing stands in a `Doc` where it is no JSON.

    What is put around it for old browsers is taken away, and control characters in its strings are tolerated.
    """
    for script in page.css('script[type^="application/ld+json"]')[:MAX_LINKED]:
        text = script.text
        if text is not None:
            yield Doc(parsed(_bare(text.value), strict=False), script.exchange, f"{script.path} ")


def _bare(text: str) -> str:
    text = text.strip().removeprefix("\ufeff")
    for _ in range(2):
        for start, end in _WRAPS:
            if text.startswith(start):
                text = text[len(start) :].strip().removesuffix(end).strip()
    return text.removesuffix(";")


_DECODER: Final = json.JSONDecoder(parse_constant=refuse, parse_float=Fraction)
