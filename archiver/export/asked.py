"""How programs that replay look for the answer to a request that was no GET: by its method, and by its body as a query.

There are two readings of a body. That of pywb goes into the key of an index (IIPC, CDX for non-GET requests, as pywb
2.10 has it), that of ReplayWeb.page (warcio.js) into `requestBody`. Both flatten forms and JSON, and take anything else
as Base64.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from urllib.parse import quote_plus, unquote_plus, urlencode

MAX_QUERY = 4096  # characters of a query; both programs cut it there
MAX_BODY = 1 << 20  # bytes of a body that are read
MAX_HEAD = 1 << 16  # bytes of the head of a request that are read
MAX_METHOD = 64  # bytes of a method
MAX_DEPTH = 200  # objects and lists within each other; JSON that is deeper is taken for none

_FORM, _JSON, _TEXT = "application/x-www-form-urlencoded", "application/json", "text/plain"
_BODIED = frozenset({"POST", "PUT"})  # whose bodies the programs read
_TYPE = re.compile(rb"^content-type:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(r"""^content-disposition:[^\r\n]*?[; \t]name=(?:"([^"\r\n]*)"|([^;"\s]+))""", re.I | re.M)
_FILE = re.compile(r"^content-disposition:[^\r\n]*?[; \t]filename=", re.IGNORECASE | re.MULTILINE)
_PLAIN_FIELD = re.compile(r'name="([^"]+)"\r\n\r\n([^\r\n\u2028\u2029]*)', re.IGNORECASE)
_EXACT = 1 << 53  # whole numbers up to here are the same in JavaScript
_NO_JSON = (ValueError, RecursionError, OverflowError)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was no GET: its method, its body as a query for pywb and for ReplayWeb.page, "" for none.

    Each query has at most `MAX_QUERY` characters, so that long bodies that begin alike are the same.
    """

    method: str
    query: str = ""
    body: str = ""

    def key(self, url: str) -> str:
        """Return the address under which a program looks for the answer, before it is put into the form of a key."""
        url = url.partition("#")[0]
        more = f"__wb_method={self.method}{'&' if self.query else ''}{self.query}"
        return f"{url}{'&' if '?' in url else '?'}{more}"


class Request:
    """Reads the block of a request record while it passes: what lies behind `MAX_HEAD` and `MAX_BODY` is not held."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._cut = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        room = MAX_HEAD + MAX_BODY - len(self._kept)
        self._kept += data[:room]
        self._cut = self._cut or len(data) > room

    def asked(self) -> Asked | None:
        """Return how the request is looked for, None for a GET and for what is no request."""
        head, _, body = bytes(self._kept).partition(b"\r\n\r\n")
        method = head.partition(b" ")[0][:MAX_METHOD].decode("latin-1")
        if method == "GET" or not method:
            return None
        if method not in _BODIED:
            return Asked(method)
        found = _TYPE.search(head)
        kind = found[1].strip().decode("latin-1") if found else ""
        cut = self._cut or len(body) > MAX_BODY
        return Asked(method, _for_pywb(kind, body[:MAX_BODY], cut=cut), _for_replayweb(kind, body[:MAX_BODY], cut=cut))


def _for_pywb(kind: str, body: bytes, *, cut: bool) -> str:
    query = ""
    if not body:
        return query
    if kind.startswith((_JSON, _TEXT)):
        try:
            query = urlencode(_numbered(_python_fields(_parsed(body, cut=cut))))
        except _NO_JSON:
            query = "" if kind.startswith(_JSON) else _base64(body)
    elif kind.startswith("multipart/") and (boundary := _boundary(kind)):
        query = urlencode(list(_parts(body, boundary)))
    elif kind.startswith(_FORM) and _is_text(body, cut=cut):
        query = unquote_plus(body.decode("utf-8", "ignore"))
    else:
        query = _base64(body)
    return query[:MAX_QUERY]


def _for_replayweb(kind: str, body: bytes, *, cut: bool) -> str:
    match kind.partition(";")[0]:
        case "application/x-www-form-urlencoded":
            query = _text(body)
        case "application/json" | "text/plain":
            try:
                query = _encoded(_numbered(_script_fields(_parsed(_text(body), cut=cut))))
            except _NO_JSON:
                query = ""
        case "multipart/form-data":
            query = _encoded(dict(_plain_fields(_text(body), kind.partition("boundary=")[2].partition("boundary=")[0])))
        case _:
            query = _base64(body)
    return query[:MAX_QUERY]


def _parsed(body: str | bytes, *, cut: bool) -> object:
    """Return the JSON. Raises one of `_NO_JSON` where it is none, nested too deep, or longer than what is held."""
    if cut:
        raise ValueError("only its beginning is held")
    return json.loads(body, parse_constant=_refuse)  # NaN and the like


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _leaves(value: object) -> Iterator[tuple[str, object]]:
    """Yield each value that holds no other, under the name nearest to it, "" for none."""
    within: list[Iterator[tuple[str, object]]] = [iter([("", value)])]
    while within:
        if len(within) > MAX_DEPTH + 1:
            raise ValueError("nested too deep")
        name, found = next(within[-1], ("", within))
        if found is within:
            within.pop()
        elif isinstance(found, dict):
            within.append(iter(found.items()))
        elif isinstance(found, list):
            within.append(zip(repeat(name), found))
        else:
            yield name, found


def _numbered(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the fields, a name that comes again with its number: a, a.2_, a.3_."""
    found: dict[str, str] = {}
    counts: dict[str, int] = {}
    for name, text in fields:
        if name in found:
            counts[name] = counts.get(name, 1) + 1
            found[f"{name}.{counts[name]}_"] = text
        else:
            found[name] = text
    return found


def _python_fields(value: object) -> Iterator[tuple[str, str]]:
    for name, leaf in _leaves(value):
        if name:
            yield name, _python_text(leaf)


def _python_text(leaf: object) -> str:
    if leaf is None or isinstance(leaf, bool):
        return json.dumps(leaf)
    return str(int(leaf) if isinstance(leaf, float) and leaf.is_integer() else leaf)


def _script_fields(value: object) -> Iterator[tuple[str, str]]:
    for name, leaf in _leaves(value):
        if leaf is None or isinstance(leaf, bool):
            yield name, json.dumps(leaf)
        elif text := leaf if isinstance(leaf, str) else _script_number(leaf):
            yield name, text


def _script_number(value: object) -> str:
    """Return a number as JavaScript writes it (ECMA-262 §6.1.6.1.20)."""
    if isinstance(value, int) and abs(value) <= _EXACT:
        return str(value)
    digits, _, power = f"{float(str(value))!r}".partition("e")
    if digits.endswith("inf"):
        return digits.replace("inf", "Infinity")
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    before, _, after = digits.partition(".")
    after = after.rstrip("0")
    point = len(before) + int(power or 0)  # where it stands behind the first digit
    digits = before + after
    zeros = len(digits) - len(digits.lstrip("0"))
    digits, point = digits.lstrip("0"), point - zeros
    if not digits:
        return "0"
    digits = digits.rstrip("0")
    if not -6 < point <= 21:
        mantissa = digits[0] + ("." + digits[1:] if digits[1:] else "")
        return f"{sign}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return f"{sign}{digits.ljust(point, '0')}"
    return f"{sign}{digits[:point]}.{digits[point:]}"


def _encoded(fields: dict[str, str]) -> str:
    """Return the fields as a browser writes a form (WHATWG URL §5.2)."""
    return "&".join(f"{_form(name)}={_form(text)}" for name, text in fields.items())


def _form(text: str) -> str:
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return quote_plus(whole, safe="*").replace("~", "%7E")


def _boundary(kind: str) -> bytes:
    text = kind.partition("boundary=")[2].strip()
    return (text[1:].partition('"')[0] if text.startswith('"') else text.partition(";")[0].strip()).encode("latin-1")


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, str | bytes]]:
    """Yield name and value of each part of a form (RFC 7578); the value of a file is its bytes. A last part without an
    end goes to the end."""
    for part in (b"\r\n" + body.removesuffix(b"\r\n")).split(b"\r\n--" + boundary)[1:]:
        if part.startswith(b"--"):
            return
        head, _, value = part.partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace")
        if name := _NAME.search(text):
            yield name[1] or name[2] or "", value if _FILE.search(text) else value.decode("utf-8", "replace")


def _plain_fields(text: str, boundary: str) -> Iterator[tuple[str, str]]:
    """Yield name and first line of each part that says nothing else of itself."""
    for part in text.split(boundary) if boundary else ():
        if found := _PLAIN_FIELD.search(part.strip("-").strip()):
            yield found[1], found[2]


def _is_text(body: bytes, *, cut: bool) -> bool:
    """Return whether the body is UTF-8; with `cut` its last character may be torn."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as exc:
        return cut and exc.end == len(body) and exc.reason == "unexpected end of data"
    return True


def _text(body: bytes) -> str:
    """Return the body as a browser reads a text."""
    return body.decode("utf-8", "replace").removeprefix("\ufeff")


def _base64(body: bytes) -> str:
    return f"__wb_post_data={b64encode(body[:MAX_QUERY]).decode('ascii')}"
