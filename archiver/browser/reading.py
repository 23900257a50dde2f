"""The text of a page as a program for the blind would read it: from its accessibility tree, shadow roots included."""

from typing import Any, Final

MAX_NODES: Final = 1_000_000

_INLINE: Final = frozenset(
    {
        *("link", "emphasis", "strong", "mark", "code", "subscript", "superscript", "insertion", "deletion", "Abbr"),
        *("time", "LabelText", "Ruby", "none", "StaticText", "InlineTextBox"),
    }
)


def text_of(nodes: object) -> str:
    """Return the texts of `Accessibility.AXNode`s in the order of reading, a line for each block.

    Whatever is not as it should be in them is left out: they are hostile.
    """
    if not isinstance(nodes, list):
        return ""
    known = {each.get("nodeId"): each for each in nodes[:MAX_NODES] if isinstance(each, dict)}
    lines: list[str] = []
    last: object = None
    waiting: list[tuple[object, object]] = (
        [(nodes[0].get("nodeId"), None)] if known and isinstance(nodes[0], dict) else []
    )
    while waiting:
        name, block = waiting.pop()
        node = known.pop(name, None)  # once each: what names itself as its own child is no loop
        if node is None:
            continue
        role = _value(node.get("role"))
        if role == "StaticText":
            text = _value(node.get("name"))
            if block == last and lines:
                lines[-1] += text
            else:
                lines.append(text)
            last = block
            continue
        below = node.get("childIds")
        inside = block if role in _INLINE else name
        if isinstance(below, list):
            waiting += [(each, inside) for each in reversed(below) if isinstance(each, str)]
        if role == "LineBreak":
            last = None
    return "\n".join(line for each in lines if (line := " ".join(each.split())))


def _value(told: Any) -> str:
    value = told.get("value") if isinstance(told, dict) else None
    return value if isinstance(value, str) else ""
