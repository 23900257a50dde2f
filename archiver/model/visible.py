"""Text of strangers made visible: one line in which nothing hides, turns the reading direction, or does anything.

Titles, headers, addresses, file names and error messages come from strangers; whatever shows them to people, on a
terminal, on a page or on paper, sends them through `safe`.
"""

import unicodedata
from functools import lru_cache

MAX_MARKS = 8  # combining marks in a row; no script stacks more, and taller stacks paint over other lines

# Printable by category, yet drawing nothing: the rest of Default_Ignorable_Code_Point (Unicode 15.1).
_INVISIBLE = frozenset(
    chr(code)
    for start, end in (
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0),
        (0xE0100, 0xE01EF),
    )
    for code in range(start, end + 1)
)


def safe(text: str, encoding: str = "utf-8") -> str:
    r"""Return `text` as one line that a terminal shows and does nothing else with.

    Controls (C0, C1, DEL), line and paragraph separators, bidirectional and other format characters, zero-width and
    tag characters, lone surrogates, private-use and unassigned characters, and what `encoding` cannot express become
    visible escapes: `\x1b`, `\u202e`, `\U000e0041`. A backslash is doubled only where it would look like one of these,
    so that two different texts never look the same. Spaces of every width stay. The result always encodes; nothing is
    raised.
    """
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    pieces: list[str] = []
    slashes = marks = 0
    for char in text:
        if char == "\\":
            slashes += 1
            continue
        marks = marks + 1 if unicodedata.combining(char) else 0
        shown = char if marks <= MAX_MARKS and _visible(char, encoding) else _escape(char)
        if slashes:
            pieces.append("\\" * (slashes * 2 if shown != char or char in "xuU" else slashes))
            slashes = 0
        pieces.append(shown)
    pieces.append("\\" * slashes)
    return "".join(pieces)


@lru_cache(maxsize=4096)
def encodable(char: str, encoding: str) -> bool:
    """Whether a stream of this encoding can carry `char`."""
    try:
        char.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _visible(char: str, encoding: str) -> bool:
    if char in _INVISIBLE or not (char.isprintable() or unicodedata.category(char) == "Zs"):
        return False
    return char.isascii() or encodable(char, encoding)


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
