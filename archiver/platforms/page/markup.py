"""Markup that stands within another answer: the contents of a feed or an interface."""

from typing import Final

from selectolax.lexbor import LexborHTMLParser

from archiver.http.page import page_text
from archiver.model.post import Found
from archiver.platforms.html import Element
from archiver.platforms.page.elements import text_of

MAX_TAGS: Final = 2_000  # of one text: a feed has hundreds, and the parser's time grows with the square of the nesting


def text_of_html(said: Found[str] | None) -> Found[str] | None:
    """Return the text of markup; what is no markup is its own text."""
    if said is None or ("<" not in said.value and "&" not in said.value):
        return said
    bounded = "<".join(said.value.split("<", MAX_TAGS)[:MAX_TAGS])
    text = page_text(b"text/html; charset=utf-8", bounded.encode("utf-8", "replace"))
    return text_of(Element(LexborHTMLParser(text).root, said.exchange, said.at))
