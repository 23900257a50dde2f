"""One connection of the browser through the gate: where it leads, its handshake, and what was said in it."""

import base64
import binascii
from typing import Final

from archiver.browser.netlog_draft import Draft, Ending, Ledger
from archiver.browser.netlog_file import BEGIN, END, Event
from archiver.browser.netlog_http1 import Http1
from archiver.browser.netlog_http2 import Http2
from archiver.http.handshake import CERTIFICATE, SERVER_HELLO, certificate_chain, server_hello
from archiver.model.address import DEFAULT_PORTS
from archiver.model.exchange import Tls

SOCKET_EVENTS: Final = frozenset(
    {
        "SOCKET_ALIVE",
        "TCP_CONNECT",
        "HTTP_TRANSACTION_SEND_TUNNEL_HEADERS",
        "HTTP_TRANSACTION_TUNNEL_READ_HEADERS",
        "SSL_CONNECT",
        "SSL_HANDSHAKE_MESSAGE_RECEIVED",
        "SSL_SOCKET_BYTES_SENT",
        "SSL_SOCKET_BYTES_RECEIVED",
        "SSL_READ_ERROR",
        "SOCKET_BYTES_SENT",
        "SOCKET_BYTES_RECEIVED",
        "SOCKET_READ_ERROR",
    }
)


class Connection:
    """One connection; give it its events. `drafts` are the exchanges that it began.

    What is no tunnel through the gate on `gate` is not read: plain http passes the gate as requests, and is recorded
    there. `host` and `port` are where the tunnel leads. `tls` is what its handshake showed, None without one.
    """

    def __init__(self, ledger: Ledger, gate: int, *, insecure: bool) -> None:
        self.host = ""
        self.port = 0
        self.drafts: list[Draft] = []
        self.switched = False
        self._ledger = ledger
        self._gate = f"127.0.0.1:{gate}"
        self._insecure = insecure
        self._ours = False
        self._tunnel = False
        self._secure = False
        self._hello = ("", "")
        self._chain: tuple[bytes, ...] = ()
        self._alpn = ""
        self._trouble: str | None = None
        self._talk: Http1 | Http2 | None = None
        self._end: Ending = "left"
        self._lost = False

    @property
    def tls(self) -> Tls | None:
        """What the handshake showed; the browser's own judgement of the certificate is `verified`."""
        if not self._hello[0]:
            return None
        sni = "" if ":" in self.host or self.host.replace(".", "").isdigit() else self.host
        verified = False if self._trouble is not None else None if self._insecure else True
        problem = self._trouble if self._trouble is not None else "not verified" if self._insecure else ""
        return Tls(*self._hello, self._alpn, sni, self._chain, verified, problem)

    @property
    def refused(self) -> bool:
        """Whether the handshake failed."""
        return self._trouble is not None

    def take(self, event: Event, error: str) -> None:
        """Read one event; `error` names the net error in it, "" for none. Raises `StorageError`."""
        if event.name == "TCP_CONNECT" and event.phase == END:
            self._ours = event.text("remote_address") == self._gate
        elif not self._ours or self._lost:
            return
        elif event.name == "HTTP_TRANSACTION_SEND_TUNNEL_HEADERS":
            self.host, self.port = _target(event.text("line"))
        elif event.name == "HTTP_TRANSACTION_TUNNEL_READ_HEADERS" and event.phase == END:
            self._tunnel = not error and bool(self.host)
        elif self._tunnel:
            self._inside(event, error)

    def close(self, at: int) -> None:
        """The connection, or the log, is over. Raises `StorageError`."""
        if self._talk is not None:
            self.switched = isinstance(self._talk, Http1) and self._talk.switched
            self._talk.ended(self._end, at)
            self._talk = None

    def _inside(self, event: Event, error: str) -> None:
        if event.name == "SSL_CONNECT" and event.phase == BEGIN:
            self._secure = True
        elif event.name == "SSL_CONNECT":
            self._alpn = event.text("next_proto")
            self._trouble = error.lower().removeprefix("err_").replace("_", " ") if error else None
        elif event.name == "SSL_HANDSHAKE_MESSAGE_RECEIVED":
            self._handshake(event)
        elif event.name.endswith("READ_ERROR"):
            self._end = "reset"
        elif "_BYTES_" in event.name and event.name.startswith("SSL_") == self._secure:
            self._bytes(event)

    def _handshake(self, event: Event) -> None:
        message = _octets(event.text("bytes")) or b""
        if message[:1] == bytes([SERVER_HELLO]):
            self._hello = server_hello(message)
        elif message[:1] == bytes([CERTIFICATE]):
            self._chain = certificate_chain(message)

    def _bytes(self, event: Event) -> None:
        data = _octets(event.text("bytes"))
        if data is None or len(data) != event.number("byte_count"):
            self._lost = True  # a gap: what follows belongs nobody knows where
            self._ledger.short.add("connection-unreadable")
            self.close(event.time)
            return
        talk = self._talk = self._talk or self._begun()
        before = len(self._ledger.drafts)
        if event.name.endswith("SENT"):
            talk.sent(data, event.time)
        elif data:
            talk.received(data, event.time)
        else:
            self._end = "closed"
        self.drafts += self._ledger.drafts[before:]

    def _begun(self) -> Http1 | Http2:
        if self._alpn == "h2":
            return Http2(self._ledger)
        scheme = "https" if self._secure else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == DEFAULT_PORTS[scheme]
        return Http1(self._ledger, f"{scheme}://{host if usual else f'{host}:{self.port}'}")


def _target(line: str) -> tuple[str, int]:
    """Return host and port of a CONNECT request line."""
    words = line.split(" ")
    host, _, port = words[1].rpartition(":") if len(words) > 2 and words[0] == "CONNECT" else ("", "", "")
    return (host.strip("[]"), int(port)) if port.isascii() and port.isdigit() and len(port) < 6 else ("", 0)


def _octets(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
