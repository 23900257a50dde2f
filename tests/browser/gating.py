"""What speaks to a gate as a browser does, octet by octet, and answerers for it."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from archiver.browser.authority import Authority
from archiver.browser.gate import Blind, Gate
from archiver.browser.values import Asked, Line
from archiver.runtime import system_runtime

PATIENT = 30.0
OK = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 2\r\n\r\nok"


@dataclass
class Told:
    """An answerer that notes what it was asked and answers `answer`, or does `act`."""

    answer: bytes = OK
    act: Callable[[Asked, Line], None] | None = None
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked, line: Line) -> None:
        self.asked.append(asked)
        if self.act is not None:
            self.act(asked, line)
        else:
            line.send(self.answer)


AUTHORITY = Authority.fresh(system_runtime())


def gate_for(answerer: Callable[[Asked, Line], None], blind: Blind | None = None) -> Gate:
    return Gate(answerer, AUTHORITY, system_runtime(), blind=blind)


@contextlib.contextmanager
def connected(gate: Gate) -> Iterator[socket.socket]:
    """A connection to the gate."""
    with socket.create_connection(("127.0.0.1", gate.port), timeout=PATIENT) as sock:
        yield sock


@contextlib.contextmanager
def tunnelled(gate: Gate, authority: bytes = b"site.test:443") -> Iterator[socket.socket]:
    """A connection through which the gate has opened a tunnel."""
    with connected(gate) as sock:
        sock.sendall(b"CONNECT " + authority + b" HTTP/1.1\r\nHost: " + authority + b"\r\n\r\n")
        assert head(sock).startswith(b"HTTP/1.1 200 ")
        yield sock


@contextlib.contextmanager
def secured(
    gate: Gate, authority: bytes = b"site.test:443", sni: str | None = "site.test", *, check: bool = True
) -> Iterator[ssl.SSLSocket]:
    """A TLS connection through a tunnel, by a client that trusts the gate's authority."""
    context = ssl.create_default_context(cadata=AUTHORITY.pem)
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.check_hostname = check and sni is not None
    with tunnelled(gate, authority) as sock, context.wrap_socket(sock, server_hostname=sni) as tls:
        yield tls


def head(sock: socket.socket) -> bytes:
    """The octets up to the first empty line, and not one more."""
    data = b""
    while not data.endswith(b"\r\n\r\n") and (byte := sock.recv(1)):
        data += byte
    return data


def everything(sock: socket.socket) -> bytes:
    """What comes until the end, which may be a reset."""
    data = b""
    with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
        while piece := sock.recv(1 << 16):
            data += piece
    return data


def exactly(sock: socket.socket, size: int) -> bytes:
    """The next `size` octets."""
    data = b""
    while len(data) < size and (piece := sock.recv(size - len(data))):
        data += piece
    return data


def asking(gate: Gate, request: bytes) -> bytes:
    """Everything that comes back for `request`."""
    with connected(gate) as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(request)
        return everything(sock)


def get(url: str) -> bytes:
    """A request as for a proxy."""
    host = url.split("/")[2]
    return f"GET {url} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")


def status(answer: bytes) -> int:
    """The status of an answer; 0 for a connection that was closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def gate_threads() -> list[str]:
    """The threads of gates that run."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("gate")]
