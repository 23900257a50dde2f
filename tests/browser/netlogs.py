"""NetLog files made by hand: events in the order given, with numbers that are those of no release of Chromium."""

import base64
import json
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from archiver.browser.netlog import Heard, exchanges_of
from archiver.browser.netlog_asked import REQUEST_EVENTS
from archiver.browser.netlog_socket import SOCKET_EVENTS
from archiver.model.exchange import Exchange

GATE = 4000
NUMBERS = {name: 1000 + number for number, name in enumerate(sorted(SOCKET_EVENTS | REQUEST_EVENTS | {"OTHER"}))}
ERRORS = {"ERR_ABORTED": -3, "ERR_TUNNEL_CONNECTION_FAILED": -111, "ERR_CERT_DATE_INVALID": -201, "ERR_FAILED": -2}
OFFSET = 1_750_000_000_000


@dataclass
class LogFile:
    """Collects lines; `write` makes the file. Times go up by a millisecond an event."""

    lines: list[str] = field(default_factory=list)
    time: int = 0

    def event(self, source: int, name: str, phase: int = 0, **params: object) -> None:
        self.time += 1
        event = {"params": params} if params else {}
        where = {"id": source, "start_time": "0", "type": 10}
        self.lines.append(
            json.dumps({**event, "phase": phase, "source": where, "time": str(self.time), "type": NUMBERS[name]})
            .replace(": ", ":")
            .replace(", ", ",")
        )

    def connect(self, source: int, target: str = "site.test:443", *, gate: int = GATE, tls: str = "http/1.1") -> None:
        """A tunnel to `target`; `tls` is what was agreed on in it, "" for none."""
        self.event(source, "TCP_CONNECT", 1)
        self.event(source, "TCP_CONNECT", 2, remote_address=f"127.0.0.1:{gate}")
        self.event(source, "HTTP_TRANSACTION_SEND_TUNNEL_HEADERS", line=f"CONNECT {target} HTTP/1.1\r\n")
        self.event(source, "SOCKET_BYTES_SENT", byte_count=7, bytes=base64.b64encode(b"CONNECT").decode())
        self.event(source, "HTTP_TRANSACTION_TUNNEL_READ_HEADERS", 2)
        if tls:
            self.event(source, "SSL_CONNECT", 1)
            self.event(source, "SSL_CONNECT", 2, next_proto=tls)

    def sent(self, source: int, data: bytes, *, tls: bool = True, size: int | None = None) -> None:
        self._bytes(source, "SENT", data, tls, size)

    def received(self, source: int, data: bytes, *, tls: bool = True, size: int | None = None) -> None:
        self._bytes(source, "RECEIVED", data, tls, size)

    def closed(self, source: int, *, by_server: bool = True) -> None:
        if by_server:
            self.received(source, b"")
        self.event(source, "SOCKET_ALIVE", 2)

    def asked(self, source: int, url: str, method: str = "GET", *, gate: int = GATE) -> None:
        """A request as the browser sees it, up to where it has a connection."""
        self.event(source, "URL_REQUEST_START_JOB", 1, url=url, method=method)
        self.event(source, "HTTP_STREAM_REQUEST", 1)
        self.event(source, "HTTP_STREAM_JOB_CONTROLLER_BOUND", source_dependency={"id": source + 100_000, "type": 32})
        name = "HTTP_STREAM_JOB_CONTROLLER_PROXY_SERVER_RESOLVED"
        self.event(source + 100_000, name, proxy_chain=f"[127.0.0.1:{gate}]")

    def write(self, path: Path, end: str = '],\n"polledData": [{}]\n}\n') -> Path:
        constants = {"logEventTypes": NUMBERS, "netError": ERRORS, "timeTickOffset": OFFSET, "logFormatVersion": 1}
        first = json.dumps({"constants": constants})[:-1]
        path.write_text(first + ',\n"events": [\n' + ",\n".join(self.lines) + end, "utf-8")
        return path

    def _bytes(self, source: int, way: str, data: bytes, tls: bool, size: int | None) -> None:
        told = len(data) if size is None else size
        more = {"bytes": base64.b64encode(data).decode()} if data else {}
        self.event(source, f"{'SSL_' if tls else ''}SOCKET_BYTES_{way}", byte_count=told, **more)


def heard(path: Path, *, gate: int = GATE, **more: object) -> Heard:
    """Read a log; files go beside it."""
    numbers = count()
    return exchanges_of(path, gate=gate, place=lambda: path.parent / f"body.{next(numbers)}", **more)  # type: ignore[arg-type]


def block(exchange: Exchange) -> bytes:
    """Every byte of the answer."""
    return b"" if exchange.response is None else b"".join(exchange.response.chunks())
