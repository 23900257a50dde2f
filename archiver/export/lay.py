"""How VERIFY.txt is laid out: paragraphs, commands to type, answers to expect. ASCII, 80 columns."""

import textwrap
from collections.abc import Iterable

WIDTH = 76
INDENT = "    "
NOTHING = "nothing"


def heading(number: int, title: str) -> str:
    """Return the head of a step."""
    text = f"{number}. {title}"
    return f"{text}\n{'-' * len(text)}\n\n"


def say(text: str) -> str:
    """Return a paragraph."""
    return f"{textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)}\n\n"


def commands(*lines: str) -> str:
    """Return a block to type: everything in it is run together, in one shell."""
    return "Type:\n" + "".join(f"{INDENT}{line}\n" for line in lines) + "\n"


def answer(*lines: str) -> str:
    """Return what the block before must answer; none at all for no lines. `...` in it stands for any text."""
    if not lines:
        return f"Answer: {NOTHING}\n\n"
    return "Answer:\n" + "".join(_wrapped(line) for line in lines) + "\n"


def assigned(name: str, value: str, width: int = 56) -> list[str]:
    """Return the lines of a shell that give `value` to the variable `name`, however long it is.

    `value` must be of letters, digits and `._@+-/` alone.
    """
    pieces = [value[at : at + width] for at in range(0, len(value), width)] or [""]
    first, *more = pieces
    return [f"{name}={first}", *(f"{name}=${name}{piece!r}" for piece in more)]


def bullets(items: Iterable[str]) -> str:
    """Return a list."""
    kept = (
        textwrap.fill(
            item,
            WIDTH,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for item in items
    )
    return "\n".join(kept) + "\n\n"


def _wrapped(line: str) -> str:
    """Return a line of an answer, broken between words where it is too long."""
    kept = textwrap.fill(
        line,
        WIDTH,
        initial_indent=INDENT,
        subsequent_indent=INDENT + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{kept}\n"
