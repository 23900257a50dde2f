"""One mapping of case.yaml, read strictly: each value in its form, or refused with file, line and column."""

import re

from archiver.config import yaml
from archiver.config.yaml import Mapping, Node, Scalar, Sequence, refusal
from archiver.errors import ConfigError

MAX_SECONDS = 7 * 86_400.0
MAX_TEXTS = 1000

_WHOLE = re.compile(r"[0-9]{1,15}")
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,3})?")


class Section:
    """The members of one mapping, read one by one with where they stand.

    `what` names the mapping in messages, `known` are the keys it may have. Raises `ConfigError` for anything else.
    """

    def __init__(self, node: Node | None, what: str, known: tuple[str, ...], name: str) -> None:
        self.name = name
        if isinstance(node, Scalar) and not node.text:
            node = None  # a section whose lines are all commented out
        if node is not None and not isinstance(node, Mapping):
            raise refusal(name, node.line, node.column, f"{what} holds `key: value` lines")
        self.members = yaml.members(node, known, name) if node is not None else {}
        self._place = (node.line, node.column) if node is not None else (1, 1)

    def bad(self, key: str, why: str, hint: str = "") -> ConfigError:
        """Return the refusal of the value of `key`."""
        node = self.members.get(key)
        line, column = (node.line, node.column) if node is not None else self._place
        return refusal(self.name, line, column, why, hint)

    def text(self, key: str, default: str, form: re.Pattern[str] | None = None) -> str:
        """Return the text at `key`, in its `form` where one is given."""
        node = self.members.get(key)
        if node is None:
            return default
        if not isinstance(node, Scalar):
            raise self.bad(key, f"{key} must be one text")
        if form is not None and form.fullmatch(node.text) is None:
            raise self.bad(key, f"{key} is not in its form")
        return node.text

    def truth(self, key: str) -> bool:
        """Return whether `key` is true; false when it is not there."""
        text = self.text(key, "false")
        if text not in {"true", "false"}:
            raise self.bad(key, f"{key} is true or false")
        return text == "true"

    def texts(self, key: str) -> list[Scalar]:
        """Return the list of texts at `key`, empty when it is not there."""
        node = self.members.get(key)
        if node is None:
            return []
        if not isinstance(node, Sequence) or len(node.items) > MAX_TEXTS:
            raise self.bad(key, f"{key} is a list of at most {MAX_TEXTS} texts")
        texts = [item for item in node.items if isinstance(item, Scalar)]
        if len(texts) != len(node.items):
            raise self.bad(key, f"{key} is a list of texts")
        return texts

    def whole(self, key: str, default: int, lowest: int, highest: int) -> int:
        """Return the whole number at `key`."""
        text = self.text(key, str(default))
        if _WHOLE.fullmatch(text) is None or not lowest <= int(text) <= highest:
            raise self.bad(key, f"{key} is a whole number from {lowest} to {highest}")
        return int(text)

    def seconds(self, key: str, default: float, highest: float = MAX_SECONDS) -> float:
        """Return the seconds at `key`: above zero, at most three decimals."""
        text = self.text(key, str(default))
        if _SECONDS.fullmatch(text) is None or not 0 < float(text) <= highest:
            raise self.bad(key, f"{key} is a number of seconds above 0 and up to {highest:.0f}, as 90 or 2.5")
        return float(text)
