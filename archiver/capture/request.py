"""The request: which headers, in which order, as which bytes, and as which bytes on the record."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from archiver.capture.cookies import CookieJar
from archiver.capture.secrets import SHOWN, Secret, is_secret_header
from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.exchange import NEUTRAL_USER_AGENT, Redaction

Headers = tuple[tuple[bytes, bytes], ...]

ACCEPT = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ACCEPT_LANGUAGE = "en-US,en;q=0.5"
OURS = frozenset({"host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect", "trailer"})

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")  # all but the tab
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_METHOD = re.compile(r"[A-Z]{1,32}")
_MAX_METHOD = 32  # characters
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})  # methods whose empty body has a length, too (RFC 9110 §8.6)
_OF_THE_WAY = OURS | {"keep-alive"}  # and what Connection names, and all that begins with proxy- (RFC 9110 §7.6.1)
_KEPT_CODINGS = frozenset({b"gzip", b"x-gzip", b"deflate", b"identity"})
_NONE_ELSE = re.compile(rb"\*\s*;\s*q=0(\.0{0,3})?")


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request as it will be sent. `headers` are all headers but Host, Content-Length and Connection, in order.

    `secrets` are values of the user's that must not come back in the recorded answer. With `upgrade` the request asks
    for the protocol that its Upgrade header names, and Connection says so (RFC 9110 §7.8). Raises `UsageError` for what
    would make another request of it: a name that is no token, a line break or NUL in a value, an odd method.
    """

    address: Address
    method: str = "GET"
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    secrets: tuple[Secret, ...] = ()
    upgrade: bool = False

    def __post_init__(self) -> None:
        if not _TOKEN.fullmatch(self.method) or len(self.method) > _MAX_METHOD:
            raise UsageError("method", f"method {self.method[:40]!r} cannot be used")
        for name, value in self.headers:
            if not _TOKEN.fullmatch(name.decode("latin-1")) or set(value) & {0x00, 0x0A, 0x0D}:
                raise UsageError("header", f"header {name[:100]!r} cannot be sent", "remove line breaks and the like")

    def sent(self) -> bytes:
        """Return the bytes that go over the wire (RFC 9112 §3)."""
        return self._bytes(self._all_headers())

    def recorded(self) -> tuple[bytes, tuple[Redaction, ...]]:
        """Return the bytes for the record, each secret header value replaced, and what was replaced."""
        shown: list[tuple[bytes, bytes]] = []
        redactions: list[Redaction] = []
        for name, value in self._all_headers():
            label = name.decode("ascii")
            if is_secret_header(label):
                redactions.append(Redaction(f"request header {label}", len(value)))
                value = SHOWN
            shown.append((name, value))
        return self._bytes(tuple(shown)), tuple(redactions)

    def _all_headers(self) -> Headers:
        sized = self.body or self.method in _WITH_LENGTH
        length = ((b"Content-Length", str(len(self.body)).encode()),) if sized else ()
        host = (b"Host", self.address.netloc.encode("ascii"))
        return (host, *self.headers, *length, (b"Connection", b"Upgrade" if self.upgrade else b"close"))

    def _bytes(self, headers: Headers) -> bytes:
        line = f"{self.method} {self.address.target} HTTP/1.1\r\n".encode("ascii")
        return line + b"".join(name + b": " + value + b"\r\n" for name, value in headers) + b"\r\n" + self.body


def build_request(
    address: Address,
    *,
    now: datetime,
    user_agent: str = NEUTRAL_USER_AGENT,
    accept_language: str = ACCEPT_LANGUAGE,
    headers: tuple[tuple[str, str], ...] = (),
    cookies: CookieJar = CookieJar(),  # noqa: B008  # frozen
    first: Address | None = None,
    method: str = "GET",
    body: bytes = b"",
) -> WireRequest:
    """Return the request for `address` with the same headers in the same order for everybody.

    `headers` replace those of the same name and else follow. Where a redirect leads to another scheme, host or port
    than `first` has, secret headers stay at home; cookies go where they belong. Whoever is asked may know a secret from
    another hop, so all of them are looked for in every answer; and where there is one, no content coding is asked for,
    so that an echo can be found.

    Raises `UsageError` for a header that cannot be sent or is not the user's to set, and for an odd method.
    """
    if not _METHOD.fullmatch(method):
        raise UsageError("method", f"method {method[:40]!r} cannot be used")
    own = tuple(_checked(name, value) for name, value in headers)
    secrets = _secret_ones(own) + cookies.secrets
    if first is not None and _origin(first) != _origin(address):
        own = tuple((name, value) for name, value in own if not is_secret_header(name.decode("ascii")))
    cookie = cookies.header(address, now)
    defaults = [
        _checked("User-Agent", user_agent),
        (b"Accept", ACCEPT),
        _checked("Accept-Language", accept_language),
        (b"Accept-Encoding", b"identity" if secrets else b"gzip"),
        (b"Cookie", cookie),
    ]
    replaced = {name.lower() for name, _ in own}
    kept = [(name, value) for name, value in defaults if value and name.lower() not in replaced]
    return WireRequest(address, method, (*kept, *own), body, secrets)


def browser_request(
    address: Address,
    method: str,
    headers: Headers,
    body: bytes,
    *,
    extra: tuple[tuple[str, str], ...] = (),
    secrets: tuple[Secret, ...] = (),
) -> WireRequest:
    """Return the request for what a browser sent: `headers` in their order, without those that are for one connection.

    A request for a WebSocket (RFC 6455 §4.1) stays one, but asks for no extensions, so that its frames can be read. Of
    content codings only those are asked for that every reader of a record can undo, and none where there are secrets,
    so that an echo can be found. `extra` are the user's headers, for this very address: they replace the browser's of
    the same name and else follow. `secrets` are looked for in the answer beside the secret ones among these.

    Raises `UsageError` for a header that cannot be sent or is not the user's to set, and for an odd method.
    """
    own = tuple(_checked(name, value) for name, value in extra)
    hidden = _secret_ones(own) + secrets
    upgrade = method == "GET" and _asks_for_websocket(headers)
    left_out = _of_the_way(headers) | {name.lower() for name, _ in own}
    if upgrade:
        left_out |= {b"sec-websocket-extensions"}
    kept: list[tuple[bytes, bytes]] = []
    for name, value in headers:
        lower = name.lower()
        if upgrade and lower == b"upgrade":
            kept.append((name, b"websocket"))
        elif lower == b"accept-encoding" and lower not in left_out:
            kept.append((name, b"identity" if hidden else _codings(value)))
        elif lower not in left_out and not lower.startswith(b"proxy-"):
            kept.append((name, value))
    return WireRequest(address, method, (*kept, *own), body, hidden, upgrade)


def is_home(address: Address, home: Address) -> bool:
    """Return whether secret headers given for `home` may go to `address`: its origin, or the same host over TLS."""
    safer = (home.scheme, home.port, address.scheme, address.port) == ("http", 80, "https", 443)
    return _origin(address) == _origin(home) or (safer and address.host == home.host)


def _secret_ones(headers: Headers) -> tuple[Secret, ...]:
    named = ((name.decode("ascii"), value) for name, value in headers)
    return tuple(Secret(name, value) for name, value in named if is_secret_header(name))


def _asks_for_websocket(headers: Headers) -> bool:
    upgrades = {each for name, value in headers if name.lower() == b"upgrade" for each in _members(value.lower())}
    return b"websocket" in upgrades and any(name.lower() == b"sec-websocket-key" for name, _ in headers)


def _of_the_way(headers: Headers) -> set[bytes]:
    named = {each for name, value in headers if name.lower() == b"connection" for each in _members(value.lower())}
    return named | {name.encode("ascii") for name in _OF_THE_WAY}


def _codings(value: bytes) -> bytes:
    kept = [
        each
        for each in _members(value)
        if each.partition(b";")[0].strip().lower() in _KEPT_CODINGS or _NONE_ELSE.fullmatch(each)
    ]
    return b", ".join(kept) or b"identity"


def _members(value: bytes) -> list[bytes]:
    return [each.strip() for each in value.split(b",") if each.strip()]


def _checked(name: str, value: str) -> tuple[bytes, bytes]:
    if not _TOKEN.fullmatch(name):
        raise UsageError("header", f"header name {name[:100]!r} cannot be used", "give it as 'Name: value'")
    if name.lower() in OURS:
        raise UsageError("header", f"header {name} is set by the archiver itself", "use --connect-to for another host")
    try:
        raw = value.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise UsageError("header", f"header {name} is not valid Unicode text") from exc
    if _CONTROL.search(raw):
        raise UsageError("header", f"header {name} holds control characters", "remove line breaks and the like")
    return name.encode("ascii"), raw


def _origin(address: Address) -> tuple[str, str, int]:
    return address.scheme, address.host, address.port
