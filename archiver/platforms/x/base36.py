"""Numbers in base 36 as ECMAScript's `Number.prototype.toString(36)` writes them, fractions and all.

The syndication interface wants the id of a post in such a form. The standard leaves the digits of a fraction to each
implementation; this is the shortest form that reads back as the same number, as the one behind X's pages writes it.
"""

import math
from typing import Final

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def syndication_token(number: int) -> str:
    """Return the token for the post with this id, which is not negative: (id / 10^15 · π) without zeros and the dot."""
    return base36(number / 1e15 * math.pi).translate(str.maketrans("", "", "0."))


def base36(value: float) -> str:
    """Return a number from 0 up to but not including 2^53 in base 36."""
    digits = _fraction(value)
    return _whole(int(value)) + ("." if digits else "") + "".join(_DIGITS[digit] for digit in digits)


def _whole(value: int) -> str:
    text = ""
    while value:
        value, digit = divmod(value, len(_DIGITS))
        text = _DIGITS[digit] + text
    return text or "0"


def _fraction(value: float) -> list[int]:
    """Return as many digits behind the point as tell `value` from its neighbours.

    Rounding never carries: had the number been so near to the next digit, it had ended one digit earlier.
    """
    rest = value - int(value)
    precision = max((math.nextafter(value, math.inf) - value) / 2, math.nextafter(0.0, 1.0))
    digits: list[int] = []
    while rest >= precision:
        rest, precision = rest * len(_DIGITS), precision * len(_DIGITS)
        digits.append(int(rest))
        rest -= digits[-1]
        if (rest > 0.5 or (rest == 0.5 and digits[-1] % 2)) and rest + precision > 1:
            digits[-1] = min(digits[-1] + 1, len(_DIGITS) - 1)
            break
    return digits
