"""Texts in cells that a spreadsheet may open: they must not become formulas (docs/spec/address-list.md §3)."""

import re

_FORMULA = re.compile(r"'*\s*[=+\-@\t\r]")


def guarded(text: str) -> str:
    """Return `text` with an apostrophe before what a spreadsheet would take for a formula; `unguarded` undoes it.

    Blanks in front make it no safer. A text that begins with apostrophes and then so gets one more, so that every text
    comes back as it was.
    """
    return "'" + text if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text that `guarded` made `cell` of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
