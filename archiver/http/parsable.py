"""How much of a stranger's HTML can be given to the parser, whatever it holds: bounded in time and in memory."""

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

# The parser's time grows with the square of the nesting and of the attributes of a tag; unbounded, a megabyte of open
# tags took it two minutes.
MAX_TAGS: Final = 10_000
_MOST_ATTRIBUTES: Final = 20_000
_MAX_ATTRIBUTE_WORK: Final = _MOST_ATTRIBUTES**2
_MAX_LOOKED: Final = 8  # times the characters of the page
_SHORT: Final = (
    200  # characters of a tag whose attributes are not counted: a hundred at most, and nothing to 10,000 tags
)
_QUOTE: Final = re.compile("[\"']")
_TAG_NAME: Final = re.compile("/?[A-Za-z][^ \t\n\f\r/>]*")
_ATTRIBUTE: Final = re.compile(
    "[ \t\n\f\r/]*(?:=?[^ \t\n\f\r/>=]*(?:[ \t\n\f\r]*=[ \t\n\f\r]*(?:\"[^\"]*\"?|'[^']*'?|[^ \t\n\f\r>]*))?)"
)

# An open `<font>` comes back in every paragraph after it: 80 KB of them made 4 GB. What comes of markup only the parser
# knows, so it is asked step by step, and no step can do much.
_STEP: Final = 1_000  # tags; the worst thousand of them makes a quarter of a million elements
_MAX_DEPTH: Final = 500
_MAX_GROWTH: Final = 4  # nodes for each tag


def parsable(text: str, tags: int = MAX_TAGS) -> str:
    """Return the beginning of `text` that can be parsed within seconds and some hundred megabytes.

    That is up to its `tags`-th tag, or to where there are too many attributes, or at most a thousand tags behind the
    place where more than 500 elements lie in one another, or where there are more than four for each tag.
    """
    step = min(_STEP, tags)
    part = _beginning(text, step)
    while len(part) < len(text) and step < tags and _is_tame(LexborHTMLParser(part).root, step):
        step = min(step + _STEP, tags)
        read, part = len(part), _beginning(text, step)
        if len(part) == read:
            break
    return part


def _beginning(text: str, tags: int) -> str:
    """Return `text` up to its `tags`-th tag, or to the first one that would make the parser slow.

    Whatever state the parser is in, a tag begins with "<" and a letter: each place that looks so is taken for one, also
    those in scripts and comments, which cost little. Where the characters looked at are many times those of the page,
    unclosed tags lie within one another, and that is the end as well.
    """
    start, work, looked = 0, 0, 0
    for number in range(tags + 1):
        start = text.find("<", start) + 1
        if not start:
            return text
        if number == tags:
            break
        closed = text.find(">", start, start + _SHORT)
        if closed >= 0 and _QUOTE.search(text, start, closed) is None:
            continue
        attributes, end = _attributes(text, start)
        work += attributes**2
        looked += end - start
        if work > _MAX_ATTRIBUTE_WORK or looked > _MAX_LOOKED * len(text):
            break
    return text[: start - 1]


def _attributes(text: str, start: int) -> tuple[int, int]:
    """Return how many attributes a tag has whose name begins at `start`, and where it ends (WHATWG HTML §13.2.5.32)."""
    name = _TAG_NAME.match(text, start)
    if name is None:
        return 0, start
    count, end = 0, name.end()
    while end < len(text) and not text.startswith(">", end) and count <= _MOST_ATTRIBUTES:
        found = _ATTRIBUTE.match(text, end)
        end = found.end() if found is not None else len(text)
        count += 1
    return count, end


def _is_tame(root: LexborNode | None, tags: int) -> bool:
    node, depth = root, 1
    for _ in range(tags * _MAX_GROWTH):
        if node is None:
            return True
        below = node.first_child
        if below is not None:
            node, depth = below, depth + 1
            if depth > _MAX_DEPTH:
                return False
            continue
        while node is not None and node.next is None:
            node, depth = node.parent if depth > 1 else None, depth - 1
        node = node.next if node is not None else None
    return False
