"""What the browser asks of the gate, read from hostile octets: a tunnel, a request, or something that is refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import h11

from archiver.browser.stream import Stream
from archiver.browser.values import Asked, Headers
from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.runtime import Clock

MAX_HEAD = 1 << 18  # bytes of request line and headers
MAX_HEADERS = 1000
MAX_BODY = 1 << 26  # bytes of a request's body
IDLE = 60.0  # seconds without a byte after which a request is given up

_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")  # scripts may name any but CONNECT, TRACE and TRACK
_ORIGIN = re.compile(rb"http://[^/?#@\\]+(?:[/?][^#]*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(.+):([0-9]{1,5})")
_FOR_US = frozenset({b"proxy-connection", b"proxy-authorization", b"transfer-encoding", b"expect"})


class Refused(Exception):
    """This cannot be answered. `status` goes to the browser, `detail` says why, `url` what for, as far as is known."""

    def __init__(self, status: int, detail: str, url: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.url = url


@dataclass(frozen=True, slots=True)
class Tunnel:
    """The browser wants a tunnel to `host` (ASCII, an IPv6 address without brackets), and sent `early` right behind."""

    host: str
    port: int
    early: bytes = field(default=b"", repr=False)

    @property
    def url(self) -> str:
        """What is asked for, as far as that is known."""
        return self.base("https")

    def base(self, scheme: str) -> str:
        """Return the beginning of every address that is asked for in this tunnel."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request, and what came right behind it: for a WebSocket that is the browser's already."""

    asked: Asked
    host: str
    port: int
    early: bytes = field(default=b"", repr=False)

    @property
    def url(self) -> str:
        """What is asked for."""
        return self.asked.url


class Asking:
    """Reads one request from `stream`. `moved` is told that bytes came; `lend`, whether a body may grow by so many.

    `held` is how many bytes were lent so far, whatever came of it.
    """

    def __init__(self, stream: Stream, clock: Clock, *, moved: Callable[[], None], lend: Callable[[int], bool]) -> None:
        self._stream = stream
        self._clock = clock
        self._moved = moved
        self._lend = lend
        self.held = 0
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)

    def read(self, base: str = "") -> Request | Tunnel:
        """Return what is asked for. `base` is the origin whose tunnel this is, "" outside of any.

        Raises `Refused`, and `Hung` (archiver.browser.stream) when the browser does not finish.
        """
        head = self._head()
        if head.method == b"CONNECT" and not base:
            return _tunnel(head.target, self._parser.trailing_data[0])
        address = _address(head, base)
        headers = tuple((bytes(name), bytes(value)) for name, value in head.headers.raw_items())
        body = self._body(head, address.url)
        upgrade = any(name == b"upgrade" and value.lower() == b"websocket" for name, value in head.headers)
        asked = Asked(head.method.decode("ascii"), address.url, _for_others(headers), body, upgrade)
        return Request(asked, address.host, address.port, self._parser.trailing_data[0])

    def _head(self) -> h11.Request:
        event = self._event()
        if not isinstance(event, h11.Request) or not _METHOD.fullmatch(event.method):
            raise Refused(400, "a method that cannot be sent")
        if len(event.headers) > MAX_HEADERS:
            raise Refused(431, f"more than {MAX_HEADERS} headers")
        return event

    def _body(self, head: h11.Request, url: str) -> bytes:
        told = next((int(value) for name, value in head.headers if name == b"content-length"), 0)
        if told > MAX_BODY:
            raise Refused(413, f"a body of more than {MAX_BODY} bytes", url)
        if self._parser.they_are_waiting_for_100_continue:
            self._stream.say(b"HTTP/1.1 100 Continue\r\n\r\n", IDLE)
            self._parser.send(h11.InformationalResponse(status_code=100, headers=[]))
        pieces: list[bytes] = []
        while isinstance(event := self._event(url), h11.Data):
            if self.held + len(event.data) > MAX_BODY:
                raise Refused(413, f"a body of more than {MAX_BODY} bytes", url)
            if not self._lend(len(event.data)):
                raise Refused(503, "too many large bodies at once", url)
            self.held += len(event.data)
            pieces.append(bytes(event.data))
        return b"".join(pieces)

    def _event(self, url: str = "") -> h11.Event:
        try:
            while not isinstance(event := self._parser.next_event(), h11.Event):
                data = self._stream.read()
                if not data:
                    self._stream.wait(self._clock.monotonic() + IDLE, read=True)
                    continue
                self._moved()
                self._parser.receive_data(data)
            return event
        except h11.RemoteProtocolError as exc:
            raise Refused(exc.error_status_hint, str(exc), url) from exc


def is_loopback(host: str) -> bool:
    """Return whether `host` leads back to this machine by its spelling alone (RFC 6761 §6.3)."""
    name = host.removesuffix(".")
    return name.startswith("127.") or name in {"localhost", "::1", "0.0.0.0"} or name.endswith(".localhost")  # noqa: S104


def _tunnel(target: bytes, early: bytes) -> Tunnel:
    match = _AUTHORITY.fullmatch(target.decode("ascii"))
    address = _parsed(f"https://{match[1]}:{match[2]}/") if match and not set(match[1]) & set("/?#@\\") else None
    if address is None or not address.port:
        raise Refused(400, "a tunnel to no host and port")
    return Tunnel(address.host, address.port, early)


def _address(head: h11.Request, base: str) -> Address:
    target = head.target.decode("ascii")
    if base and target.startswith("/"):
        address = _parsed(base + target)
    elif not base and _ORIGIN.fullmatch(head.target):
        address = _parsed(target)
    else:
        raise Refused(400, "not a request for a proxy" if not base else "not a request for the tunnel's host")
    if address is None:
        raise Refused(400, "an address that cannot be asked for")
    return address


def _parsed(url: str) -> Address | None:
    try:
        return Address.parse(url)
    except UsageError:
        return None


def _for_others(headers: Headers) -> Headers:
    return tuple((name, value) for name, value in headers if name.lower() not in _FOR_US)
