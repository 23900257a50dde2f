"""The candidates of `srcset` and `imagesrcset` (HTML §4.8.4.3.10, "parse a srcset attribute")."""

from collections.abc import Iterator
from typing import Final

_SPACES: Final = "\t\n\f\r "
_SIZE: Final = "wx"


def candidates(text: str) -> tuple[str, ...]:
    """Return the addresses that `text` offers as they stand there, the largest image first; the time is linear.

    A smaller image can be made of a larger one, so that this is the order in which they are worth having. Without a
    readable size one counts as of its natural size, 1x.
    """
    sized = sorted(_parsed(text), key=lambda each: -each[1])  # stable: equal ones stay as they stand
    return tuple(dict.fromkeys(url for url, _ in sized))


def _parsed(text: str) -> Iterator[tuple[str, float]]:
    at = 0
    while True:
        at = _past(text, at, _SPACES + ",")
        if at == len(text):
            return
        start, at = at, _until(text, at, _SPACES)
        url = text[start:at]
        if url.endswith(","):
            yield url.rstrip(","), 1
        else:
            start, at = at, _end_of_descriptors(text, at)
            yield url, _size(text[start:at])


def _past(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _until(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] not in characters:
        at += 1
    return at


def _end_of_descriptors(text: str, at: int) -> int:
    inside = False
    while at < len(text) and (inside or text[at] != ","):
        inside = text[at] == "(" or (inside and text[at] != ")")
        at += 1
    return at


def _size(descriptors: str) -> float:
    for each in descriptors[:200].split():
        number, unit = each[:-1], each[-1]
        if unit in _SIZE and number.replace(".", "", 1).isdecimal() and number.isascii():
            return float(number)
    return 1
