"""Hostile HTML made into elements within bounds of time and memory."""

from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.http.parsable import parsable

MAX_TEXT: Final = 4 << 20  # characters; the pages people read have less than one mebibyte
MAX_TAGS: Final = 50_000


def elements_of(text: str) -> tuple[list[LexborNode], bool]:
    """Return the elements of the page `text` in order, as browsers parse it, and whether it was parsed to its end."""
    part = parsable(text[:MAX_TEXT], MAX_TAGS)
    root = LexborHTMLParser(part).root
    return list(root.traverse()) if root is not None else [], len(part) == len(text)
