"""The plain text of the markup in posts, in time that grows with its length alone."""

import html
import re
from typing import Final

from archiver.model.post import Content, Found

_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})?[^<>]*>")
_BLOCKS: Final = frozenset({"p", "div", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol"})


def plain(markup: str) -> str:
    """Return the words of `markup`: tags left out, `br` as a line break, an empty line between paragraphs."""
    text = html.unescape(_TAG.sub(_break, markup)).replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8").strip()


def content_of(markup: Found[str] | None, language: Found[str] | None = None) -> Content | None:
    """Return the markup as served and its plain text; None where there is neither markup nor a language."""
    if markup is None or not markup.value:
        return Content(language=language) if language is not None else None
    words = plain(markup.value)
    text = Found(words, markup.exchange, markup.at) if words else None
    return Content(text, markup, language)


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same but for white space, which servers set in their own ways."""
    return "".join(one.split()) == "".join(other.split())


def _break(match: re.Match[str]) -> str:
    closing, name = match[1], (match[2] or "").lower()
    if name == "br":
        return "\n"
    if name in _BLOCKS and closing:
        return "\n\n" if name == "p" else "\n"
    return ""
