"""How much of a stranger's HTML can be given to the parser, whatever it holds: bounded in time and in memory."""

from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

# The parser's time grows with the square of the nesting and of the attributes of a tag; unbounded, a megabyte of open
# tags took it two minutes.
MAX_TAGS: Final = 10_000
_MAX_ATTRIBUTE_WORK: Final = 20_000**2
_SHORT: Final = (
    200  # characters of a tag whose attributes are not counted: a hundred at most, and nothing to 10,000 tags
)
_SEPARATORS: Final = " \t\n\f\r/\"'"

# An open `<font>` comes back in every paragraph after it: 80 KB of them made 4 GB. Attributes hide between many "<" of
# one tag: a megabyte of these took 40 seconds. What belongs together only the parser knows, so it is asked step by
# step, and no step can do much.
_STEP: Final = 1_000  # tags; the worst thousand of them makes a quarter of a million elements
_MAX_DEPTH: Final = 500
_MAX_GROWTH: Final = 4  # nodes for each tag
_MAX_ATTRIBUTES: Final = 1_000  # of one element
_TAG_END: Final = "\"'>"  # whatever is open: a tag without end would not be among the elements


def parsable(text: str, tags: int = MAX_TAGS) -> str:
    """Return the beginning of `text` that can be parsed within seconds and some hundred megabytes.

    That is up to its `tags`-th tag, or to where there are too many attributes, or at most a thousand tags behind the
    place where more than 500 elements lie in one another, where there are more than four for each tag, or where one has
    more than a thousand attributes.
    """
    step = min(_STEP, tags)
    part = _beginning(text, step)
    while len(part) < len(text) and step < tags and _is_tame(LexborHTMLParser(part + _TAG_END).root, step):
        step = min(step + _STEP, tags)
        read, part = len(part), _beginning(text, step)
        if len(part) == read:
            break
    return part


def _beginning(text: str, tags: int) -> str:
    pieces = text.split("<", tags)  # the first one stands before any tag
    work = 0
    for number, piece in enumerate(pieces[1:tags], 1):
        if len(piece) > _SHORT:
            work += _most_attributes(piece) ** 2
            if work > _MAX_ATTRIBUTE_WORK:
                return "<".join(pieces[:number])
    return "<".join(pieces[:tags])


def _most_attributes(piece: str) -> int:
    """Return a number that the attributes of the tag beginning with `piece` do not exceed."""
    if piece.startswith(("!", "?")):
        return 0
    tag = piece.partition(">")[0]
    if '"' in tag or "'" in tag:
        tag = piece  # that ">" may stand inside a value
    return sum(tag.count(mark) for mark in _SEPARATORS)


def _is_tame(root: LexborNode | None, tags: int) -> bool:
    node, depth = root, 1
    for _ in range(tags * _MAX_GROWTH):
        if node is None:
            return True
        if node.is_element_node and len(node.attributes) > _MAX_ATTRIBUTES:
            return False
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
