"""The head of one WARC record: bytes to fields, and what is odd about them (WARC 1.1 §4, §5). Pure."""

import re
from dataclasses import dataclass, field

from archiver.warc.regular import is_regular

MAX_HEAD = 2 * 1024**2  # bytes; an address of 65,536 characters, escaped, stands in less than half of it
MAX_SHOWN = 120  # characters of a value in a message

_BLANK = " \t"
_END = re.compile(rb"\n\r?\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\r(?!\n)")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REGULAR_FIELD = re.compile(r"([^:\r\n]+): ([^\r]+)")
_LENGTH = re.compile(r"[0-9]{1,15}")

Oddity = tuple[str, str]  # name of a problem, detail


@dataclass(frozen=True, slots=True)
class Head:
    """A record's head: `fields` in order as (name, value) without framing white space, `size` in bytes with its end.

    `odd` holds what could be seen while reading the lines alone; `archiver.warc.rules` judges the fields, unless they
    are all `regular`. `type`, `id` and `uri`, the latter two without angle brackets, are empty where there is none.
    """

    version: str
    fields: tuple[tuple[str, str], ...]
    size: int
    odd: tuple[Oddity, ...] = ()
    regular: bool = False
    type: str = field(init=False, compare=False)
    id: str = field(init=False, compare=False)
    uri: str = field(init=False, compare=False)
    _by_name: dict[str, list[str]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_name = self._by_name
        for name, value in self.fields:
            by_name.setdefault(name.lower(), []).append(value)
        object.__setattr__(self, "type", self.value("WARC-Type"))
        object.__setattr__(self, "id", unbracketed(self.value("WARC-Record-ID")))
        object.__setattr__(self, "uri", unbracketed(self.value("WARC-Target-URI")))

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of every field called `name`, whatever its case, in order."""
        return tuple(self._by_name.get(name.lower(), ()))

    def value(self, name: str) -> str:
        """Return the first value of field `name`, or an empty text."""
        values = self._by_name.get(name.lower())
        return values[0] if values else ""

    @property
    def content_length(self) -> int | None:
        """The size of the block, None unless it is given once, in 1 to 15 ASCII digits."""
        values = self.values("Content-Length")
        return int(values[0]) if len(values) == 1 and _LENGTH.fullmatch(values[0]) else None


def head_end(data: bytes, start: int = 0) -> int:
    """Return where in `data` the head that begins at `start` ends, its empty line included, or -1 when it does not."""
    match = _END.search(data, start)
    return match.end() if match else -1


def parse_head(data: bytes) -> Head:
    """Return the head that `data` spells, from the version line to the empty line.

    Never raises: what cannot be read as the standard says is kept as well as possible and named in `odd`.
    """
    if is_regular(data):
        text = data.decode("ascii")
        return Head(text[:8], tuple(_REGULAR_FIELD.findall(text)), len(data), regular=True)
    odd: list[Oddity] = []
    version, *lines = _lines(data, odd)
    if version not in {"WARC/1.0", "WARC/1.1"}:
        odd.append(("head-version", f"it begins with {shown(version)}"))
    fields: list[tuple[str, str]] = []
    for line in lines:
        if line[:1] in {" ", "\t"}:
            odd.append(("head-folded", f"line {shown(line)}"))
            if fields:
                name, value = fields[-1]
                fields[-1] = (name, f"{value} {line.strip(_BLANK)}".strip(_BLANK))
            continue
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            odd.append(("head-field", f"line {shown(line)}"))
            continue
        fields.append((name, value.strip(_BLANK)))
    return Head(version, tuple(fields), len(data), tuple(odd))


def unbracketed(value: str) -> str:
    """Return `value` without one pair of angle brackets around it."""
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value


def shown(value: str) -> str:
    """Return `value` quoted and cut, for a message."""
    return repr(value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "…")


def _lines(data: bytes, odd: list[Oddity]) -> list[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        odd.append(("head-line", "the head is not UTF-8"))
        text = data.decode("utf-8", "backslashreplace")
    raw = text.split("\n")
    while len(raw) > 1 and raw[-1] in {"", "\r"}:
        raw.pop()
    lines = [line.removesuffix("\r") for line in raw]
    if data.count(b"\n") != data.count(b"\r\n"):
        odd.append(("head-line", "a line ends with LF alone"))
    control = _CONTROL.search(data)
    if control is not None:
        odd.append(("head-line", f"a control character at byte {control.start()} of the head"))
    return lines
