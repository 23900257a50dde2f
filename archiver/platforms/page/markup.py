"""Markup that stands within another answer: the contents of a feed or an interface."""

from typing import Final

from archiver.model.post import Found
from archiver.platforms.html import markup_in
from archiver.platforms.page.elements import text_of

MAX_TAGS: Final = 2_000  # of one text: a feed has hundreds, and the parser's time grows with the square of the nesting


def text_of_html(said: Found[str] | None) -> Found[str] | None:
    """Return the text of markup; what is no markup is its own text."""
    if said is None or ("<" not in said.value and "&" not in said.value):
        return said
    bounded = "<".join(said.value.split("<", MAX_TAGS)[:MAX_TAGS])
    return text_of(markup_in(Found(bounded, said.exchange, said.at)))
