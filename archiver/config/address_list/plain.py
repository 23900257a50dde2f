"""Lists as text: one address a line."""

from collections.abc import Iterator

from archiver.config.address_list.entry import Entry, unreadable
from archiver.config.address_list.source import MAX_ROW, lines

_BLANKS = " \t"


def plain_rows(text: str) -> Iterator[Entry]:
    """Yield the rows: every line that is neither blank nor a comment is an address."""
    for number, line in lines(text):
        address = line.strip(_BLANKS)
        if address and not address.startswith("#"):
            yield _row(number, len(line) - len(line.lstrip(_BLANKS)) + 1, address)


def _row(number: int, column: int, address: str) -> Entry:
    if len(address) > MAX_ROW:
        return unreadable(number, column, f"a row of {len(address)} characters, and {MAX_ROW} are allowed")
    for character, called in (("\r", "a carriage return"), ("\0", "a null character")):
        if character in address:
            at = column + address.index(character)
            return unreadable(number, at, f"{called} inside the line", "end lines with LF or CRLF; save as UTF-8")
    blank = next((at for at, character in enumerate(address) if character in _BLANKS), None)
    if blank is not None:  # a second address, a remark: asked for as one, it would be answered, mostly with 404
        hint = "one address a line; %20 for a blank that belongs to it; remarks have lines of their own, or a CSV"
        return unreadable(number, column + blank, "a blank inside the line", hint)
    return Entry(number, {"address": (address,)}, lambda _field, _number: (number, column))
