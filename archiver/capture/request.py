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


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request as it will be sent. `headers` are all headers but Host, Content-Length and Connection, in order.

    `secrets` are values of the user's that must not come back in the recorded answer. Raises `UsageError` for what
    would make another request of it: a name that is no token, a line break or NUL in a value, an odd method.
    """

    address: Address
    method: str = "GET"
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    secrets: tuple[Secret, ...] = ()

    def __post_init__(self) -> None:
        if not _METHOD.fullmatch(self.method):
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
        length = ((b"Content-Length", str(len(self.body)).encode()),) if self.body or self.method == "POST" else ()
        host = (b"Host", self.address.netloc.encode("ascii"))
        return (host, *self.headers, *length, (b"Connection", b"close"))

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
    own = tuple(_checked(name, value) for name, value in headers)
    secrets = tuple(Secret(n.decode("ascii"), v) for n, v in own if is_secret_header(n.decode("ascii")))
    secrets += cookies.secrets
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


def is_home(address: Address, home: Address) -> bool:
    """Return whether secret headers given for `home` may go to `address`: its origin, or the same host over TLS."""
    safer = (home.scheme, home.port, address.scheme, address.port) == ("http", 80, "https", 443)
    return _origin(address) == _origin(home) or (safer and address.host == home.host)


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
