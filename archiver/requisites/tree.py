"""Hostile HTML made into a tree within bounds of time and memory."""

from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.http.page import parsable

MAX_TEXT: Final = 4 << 20  # characters; the pages people read have less than one mebibyte
MAX_TAGS: Final = 50_000

# The parser's time grows with the square of the nesting, and an open `<font>` comes back in every paragraph after it:
# 80 KB made 4 GB. Only the parser knows how deep a page is, so it is asked step by step, and no step can do much.
_STEP: Final = 1_000  # tags; the worst thousand of them makes a quarter of a million elements
_MAX_DEPTH: Final = 500
_MAX_GROWTH: Final = 4  # elements for each tag


def elements_of(text: str) -> tuple[list[LexborNode], bool]:
    """Return the elements of the page `text` in order, as browsers parse it, and whether it was parsed to its end."""
    begun, read, tags = text[:MAX_TEXT], -1, _STEP
    while True:
        part = parsable(begun, tags)
        root = LexborHTMLParser(part).root
        stuck = len(part) in {len(begun), read} or tags >= MAX_TAGS
        if stuck or root is None or not _is_tame(root, tags):
            return list(root.traverse()) if root is not None else [], len(part) == len(text)
        read, tags = len(part), tags + _STEP


def _is_tame(root: LexborNode, tags: int) -> bool:
    node, depth = root, 1
    for _ in range(tags * _MAX_GROWTH):
        below = node.first_child
        if below is not None:
            node, depth = below, depth + 1
            if depth > _MAX_DEPTH:
                return False
            continue
        while node.next is None:
            if node.parent is None or depth == 1:
                return True
            node, depth = node.parent, depth - 1
        node = node.next
    return False
