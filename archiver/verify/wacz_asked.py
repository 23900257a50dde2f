"""The requests in a WACZ that were no GET: how programs look for their answers, read anew (docs/spec/exports.md §5.2).

Nothing here is shared with what writes an index.
"""

import json
import re
from base64 import b64encode
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from urllib.parse import unquote, unquote_to_bytes

MAX_KEPT = (1 << 20) + (1 << 16)  # bytes of the block of a request that are looked at
MAX_QUERY = 4096  # characters of a body that programs look at

_MAX_BODY = 1 << 20
_MAX_DEPTH = 200
_MAX_METHOD = 64  # characters
_TYPE = "content-type"
_WEB = re.compile(r"https?://[^/?]*", re.IGNORECASE)
_ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}")
_NAME = re.compile(r"""^content-disposition:[^\r\n]*?[; \t]name=(?:"([^"\r\n]*)"|([^;"\s]+))""", re.I | re.M)
_FILE = re.compile(r"^content-disposition:[^\r\n]*?[; \t]filename=", re.IGNORECASE | re.MULTILINE)
_LINE = re.compile('name="([^"]+)"\r\n\r\n([^\r\n\u2028\u2029]*)', re.IGNORECASE)
_LETTERS = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._")
_BROWSER, _PYTHON = _LETTERS | {0x2A}, _LETTERS | {0x7E}  # what each leaves as it is
_UNREADABLE = (ValueError, OverflowError, RecursionError)

Spelling = Callable[[object], str | None]  # how a program writes a value of JSON, None for one that it leaves out


@dataclass(frozen=True, slots=True)
class Question:
    """A request: its method; `fields` stand for the query that a key must have because of it, as `fields_of` has them.

    `body` is what ReplayWeb.page looks for, `others` what other programs put there.
    """

    method: str
    fields: int = 0
    body: str = ""
    others: frozenset[str] = frozenset()


def question(block: bytes, size: int) -> Question:
    """Return what the request asks; `block` is the beginning of its block, which has `size` bytes in all."""
    head, _, body = block.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    method = line.partition(" ")[0][:_MAX_METHOD]
    if method == "GET" or not method:
        return Question(method)
    query = reading = ""
    others: frozenset[str] = frozenset()
    if method in {"POST", "PUT"}:
        kind = next((value for name, _, value in (f.partition(":") for f in fields) if name.lower() == _TYPE), "")
        whole = size == len(block) and len(body) <= _MAX_BODY
        asked = _Body(kind.strip(" \t\r\n\v\f"), body[:_MAX_BODY], whole=whole)
        query, reading = asked.for_keys(_pywb)[:MAX_QUERY], asked.for_pages()[:MAX_QUERY]
        others = frozenset({query, reading, asked.for_keys(_indexer)[:MAX_QUERY]})
    more = fields_of(f"__wb_method={method}{'&' if query else ''}{query}")
    return Question(method, more, reading, others)


def fields_of(query: str) -> int:
    """Return what is the same for queries with the same fields, in whatever order and spelling."""
    data = _unescaped(query.partition("#")[0])
    return sum(int.from_bytes(sha256(field).digest()) for field in data.split(b"&"))


def key_fits(key: str, url: str, asked: Question | None) -> bool:
    """Return whether path and query of a key are those of `url`, and of the request where that was no GET."""
    place, _, query = key.partition("?")
    head, mark, own = url.partition("#")[0].partition("?")
    web = _WEB.match(head)
    if _names(place.partition(")")[2] if web else place) != _names(head[web.end() :] if web else head):
        return False
    more = asked.fields if asked is not None else 0
    due = (fields_of(own) if own or (more and mark) else 0) + more
    return (fields_of(query) if query else 0) == due


def _names(path: str) -> list[bytes]:
    kept: list[bytes] = []
    for name in _unescaped(path).split(b"/"):
        if name == b".." and kept:
            kept.pop()
        elif name not in {b"", b"."}:
            kept.append(name)
    return kept


def _unescaped(text: str) -> bytes:
    """Return the text in lower case without any escape, also such as were escaped again."""
    data = unquote_to_bytes(re.sub("[\t\r\n]", "", text).encode("utf-8", "replace"))
    if b"%" not in data:
        return data.lower()
    kept = bytearray()
    for byte in data:
        kept.append(byte)
        while _ESCAPE.match(kept, max(len(kept) - 3, 0)):
            kept[-3:] = bytes.fromhex(kept[-2:].decode("ascii"))
    return bytes(kept).lower()


class _Body:
    """A body as the programs read it; with `whole` all of it is there."""

    def __init__(self, kind: str, body: bytes, *, whole: bool) -> None:
        self._kind = kind
        self._body = body
        self._whole = whole
        self._text = body.decode("utf-8", "replace").removeprefix("\ufeff")

    def for_keys(self, spelling: Spelling) -> str:
        """Return the query that pywb and cdxj-indexer make of it."""
        kind, body = self._kind, self._body
        if not body:
            return ""
        if kind.startswith(("application/json", "text/plain")):
            found = self._flat(body, spelling, _PYTHON, named=True)
            return found if found is not None else "" if kind.startswith("application/json") else self._base64()
        if kind.startswith("multipart/") and "boundary=" in kind:
            return "&".join(self._parts())
        if kind.startswith("application/x-www-form-urlencoded") and self._is_text():
            return unquote(body.decode("utf-8", "ignore").replace("+", " "))
        return self._base64()

    def for_pages(self) -> str:
        """Return the query that ReplayWeb.page makes of it."""
        kind = self._kind.split(";")[0]
        if kind == "application/x-www-form-urlencoded":
            return self._text
        if kind in {"application/json", "text/plain"}:
            return self._flat(self._text, _script, _BROWSER) or ""
        if kind == "multipart/form-data":
            return self._first_lines()
        return self._base64()

    def _base64(self) -> str:
        return "__wb_post_data=" + b64encode(self._body[: 3 * MAX_QUERY]).decode("ascii")

    def _is_text(self) -> bool:
        try:
            getincrementaldecoder("utf-8")().decode(self._body, self._whole)
        except UnicodeDecodeError:
            return False
        return True

    def _flat(self, data: str | bytes, spelling: Spelling, plain: frozenset[int], *, named: bool = False) -> str | None:
        """Return the values of JSON as a query, None where it is none."""
        seen: dict[str, str] = {}
        times: dict[str, int] = {}
        try:
            if not self._whole:
                return None
            for name, value in _values(json.loads(data, parse_constant=_never), "", 0):
                text = spelling(value)
                if text is None or (named and not name):
                    continue
                times[name] = times.get(name, 1) + 1 if name in seen else 1
                seen[name if times[name] == 1 else f"{name}.{times[name]}_"] = text
            return "&".join(f"{_escaped(name, plain)}={_escaped(text, plain)}" for name, text in seen.items())
        except _UNREADABLE:
            return None

    def _parts(self) -> Iterator[str]:
        """Yield the fields of a form: files by their bytes, all else as text."""
        boundary = self._kind.split("boundary=", 1)[1].strip()
        boundary = boundary[1:].split('"')[0] if boundary[:1] == '"' else boundary.split(";")[0].strip()
        if not boundary:
            yield self._base64()
            return
        body = self._body[:-2] if self._body.endswith(b"\r\n") else self._body
        for part in (b"\r\n" + body).split(f"\r\n--{boundary}".encode("latin-1"))[1:]:
            if part.startswith(b"--"):
                return
            head, _, value = part.partition(b"\r\n\r\n")
            told = head.decode("utf-8", "replace")
            if match := _NAME.search(told):
                shown = value if _FILE.search(told) else value.decode("utf-8", "replace").encode("utf-8")
                yield f"{_escaped(match[1] or match[2] or '', _PYTHON)}={_escaped(shown, _PYTHON)}"

    def _first_lines(self) -> str:
        boundary = self._kind.split("boundary=")[1] if "boundary=" in self._kind else ""
        found: dict[str, str] = {}
        for part in self._text.split(boundary) if boundary else ():
            if match := _LINE.search(part.strip("-").strip()):
                found[match[1]] = match[2]
        return "&".join(f"{_escaped(name, _BROWSER)}={_escaped(text, _BROWSER)}" for name, text in found.items())


def _values(value: object, name: str, depth: int) -> Iterator[tuple[str, object]]:
    """Yield what of JSON holds nothing else, with the name nearest to it. Raises `ValueError` below `_MAX_DEPTH`."""
    if not isinstance(value, dict | list):
        yield name, value
    elif depth == _MAX_DEPTH:
        raise ValueError("nested too deep")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _values(each, key, depth + 1)
    else:
        for each in value:
            yield from _values(each, name, depth + 1)


def _never(_name: str) -> object:
    raise ValueError("JSON has no such number")


def _pywb(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _indexer(value: object) -> str:
    return str(value)


def _script(value: object) -> str | None:
    """Return a value as JavaScript writes it, None for an empty text, which is left out."""
    if isinstance(value, str):
        return value or None
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    number = Decimal(repr(float(str(value))))
    if number.is_infinite():
        return f"{'-' if number < 0 else ''}Infinity"
    minus, found, power = number.normalize().as_tuple()
    digits = "".join(map(str, found))
    point = len(digits) + int(power)
    if number == 0:
        return "0"
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        text = f"{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{'-' if point < 1 else '+'}{abs(point - 1)}"
    return f"-{text}" if minus else text


def _escaped(text: str | bytes, plain: frozenset[int]) -> str:
    if isinstance(text, str) and plain is _BROWSER:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    data = text.encode("utf-8") if isinstance(text, str) else text
    return "".join(chr(byte) if byte in plain else "+" if byte == 0x20 else f"%{byte:02X}" for byte in data)
