"""The short codes in addresses of Instagram and Threads: the number of the post in another alphabet.

The upper bits of the number are the time at which it was given out (docs/spec/post.md §Times).
"""

from typing import Final

from archiver.model.post import Found, Moment
from archiver.platforms.moments import apart, snowflake

MAX_APART: Final = 3600.0
"""Seconds between the time of the number and the time told, above which a warning says so. The number is given out when
an upload begins, minutes before; for what was written earlier and published later it is more."""
PRIVATE: Final = 28  # characters that Instagram adds to codes of private accounts

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_EPOCH_MS: Final = 1_314_220_021_721
_SHIFT: Final = 23


def plain(code: str) -> str:
    """Return the code without what is added for private accounts."""
    return code[:-PRIVATE] if len(code) > PRIVATE else code


def number_of(code: str) -> str:
    """Return the number that a code spells, "" for what spells none of 64 bits."""
    value = 0
    for letter in plain(code):
        digit = _ALPHABET.find(letter)
        if digit < 0 or value >= 1 << 64:
            return ""
        value = value * 64 + digit
    return str(value) if 0 < value < 1 << 64 else ""


def number_told(found: Found[str] | None) -> Found[str] | None:
    """Return the number of a post that an answer tells: with or without that of the account behind it."""
    return Found(found.value.partition("_")[0], found.exchange, found.at) if found is not None else None


def spelled(code: str, place: Found[str] | None) -> Found[str] | None:
    """Return the number that the code of the post spells, at the place where an answer names it."""
    number = number_of(code)
    return Found(number, place.exchange, place.at) if place is not None and number else None


def time_in(number: Found[str] | None) -> Moment | None:
    """Return the time in the number of a post."""
    return snowflake(number, shift=_SHIFT, epoch_ms=_EPOCH_MS)


def doubts(code: str, number: Found[str] | None, told: Moment | None) -> tuple[str, ...]:
    """Return what does not fit together: code and number, the time in the number and the one that is told."""
    warnings: list[str] = []
    if number is not None and number_of(code) != number.value:
        warnings.append(f"the code {plain(code)[:40]} is not that of the number {number.value[:40]} beside it")
    seconds = apart(time_in(number), told)
    if seconds is not None and seconds > MAX_APART:
        warnings.append(
            f"the number of the post was given out {round(seconds / 3600)} hours from the time that is told: it may "
            "have been written earlier than published"
        )
    return tuple(warnings)
