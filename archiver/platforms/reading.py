"""Reading the JSON of strangers: any value may be missing, of another type, or hostile. Nothing here raises.

doc = json_in(seen)                              the answer of an exchange
post = doc.at("response", "items", 0)
post.at("text").text                             a `Found`, or None
[each.at("id").integer for each in post.at("attachments").items]
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from archiver.model.platform import Seen
from archiver.model.post import Found

MAX_TEXT: Final = 1 << 20  # characters of one value
MAX_ITEMS: Final = 10_000  # of one list that are looked at

_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Doc:
    """A place in a JSON value, and what stands there: `value` is None where nothing does."""

    value: Any
    exchange: int
    pointer: str = ""

    def at(self, *path: str | int) -> "Doc":
        """Return the place below this one: names of members, numbers of items."""
        value, pointer = self.value, self.pointer
        for step in path:
            pointer += f"/{step}" if isinstance(step, int) else f"/{step.replace('~', '~0').replace('/', '~1')}"
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and 0 <= step < len(value) else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return Doc(value, self.exchange, pointer)

    def __bool__(self) -> bool:
        """Whether anything but null stands here."""
        return self.value is not None

    @property
    def items(self) -> tuple["Doc", ...]:
        """The items of the list here, none where it is no list."""
        if not isinstance(self.value, list):
            return ()
        return tuple(Doc(value, self.exchange, f"{self.pointer}/{n}") for n, value in enumerate(self.value[:MAX_ITEMS]))

    @property
    def members(self) -> tuple[tuple[str, "Doc"], ...]:
        """The members of the object here, none where it is no object."""
        if not isinstance(self.value, dict):
            return ()
        return tuple((name, self.at(name)) for name in list(self.value)[:MAX_ITEMS])

    @property
    def text(self) -> Found[str] | None:
        """The text here, as it stands."""
        if not isinstance(self.value, str) or isinstance(self.value, Fraction):
            return None
        return Found(_LONE.sub("\ufffd", self.value[:MAX_TEXT]), self.exchange, self.pointer)

    @property
    def words(self) -> Found[str] | None:
        """The text here, None for an empty one."""
        return self.text if self.value else None

    @property
    def integer(self) -> Found[int] | None:
        """The whole number here; one that is spelled as a text counts."""
        value = self.value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**53:
            return None
        return Found(value, self.exchange, self.pointer)

    @property
    def id(self) -> Found[str] | None:
        """The text or whole number here, as a text: for ids, which are too long for numbers on some platforms."""
        value = self.value
        if isinstance(value, bool | Fraction) or not isinstance(value, str | int) or not (spelled := str(value)[:1000]):
            return None
        return Found(_LONE.sub("\ufffd", spelled), self.exchange, self.pointer)

    @property
    def boolean(self) -> Found[bool] | None:
        """The truth value here; 0 and 1 count."""
        value = self.value
        if isinstance(value, bool) or (isinstance(value, int) and value in (0, 1)):
            return Found(bool(value), self.exchange, self.pointer)
        return None

    @property
    def number(self) -> Found[str] | None:
        """The number here as a text, fractions and all: coordinates, durations."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | Fraction):
            return None
        return Found(str(value)[:100], self.exchange, self.pointer)


class Fraction(str):
    """A number that is not whole, as it was spelled."""

    __slots__ = ()


def json_in(seen: Seen, cut: Callable[[bytes], bytes] = lambda body: body) -> Doc:
    """Return the JSON value in the answer of `seen`, nothing where it is none, or nested too deep to read.

    UTF-8, with or without a mark of byte order. Of a name that stands twice the last one counts, as everywhere.
    `cut` takes the JSON out of what surrounds it.
    """
    return Doc(parsed(cut(seen.body)), seen.number)


def parsed(data: bytes | str, *, strict: bool = True) -> Any:
    """Return the value of a JSON text, None where it is none, or nested too deep to read.

    With `strict` false control characters may stand in its strings, as they do in what pages hold.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        return json.loads(text, strict=strict, parse_constant=refuse, parse_float=Fraction)
    except (ValueError, RecursionError):
        return None


def refuse(text: str) -> NoReturn:
    """Refuse what is no JSON, and Python would take for a number: NaN, Infinity. Raises `ValueError`."""
    raise ValueError(text)
