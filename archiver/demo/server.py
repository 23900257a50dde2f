"""The site on loopback: a threaded socket server that sends the bytes of a table and nothing of its own.

It speaks HTTP and HTTPS on ports that the system chooses, with a certificate authority that lives as long as the
server does. One request per connection; the request is only read far enough to know which answer is meant, and its
body only where the answer depends on it.
"""

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from archiver.demo.certificates import leaf, root
from archiver.demo.site import Answer, Key, hosts, not_found
from archiver.errors import CaseError
from archiver.model.address import DEFAULT_PORTS
from archiver.model.exchange import ConnectTo, Route

LOOPBACK = "127.0.0.1"
MAX_REQUEST = 65_536  # bytes of a request head, and of a body
PATIENCE = 10.0  # seconds that a client may be silent
POLL = 0.2  # seconds between looks at whether to stop
VALID = dt.timedelta(days=2)  # of the certificates


class DemoServer:
    """Serves `table` (scheme, host, target → answer) on loopback while it is entered.

    `now` dates the certificates. Raises `CaseError` when loopback cannot be listened on.
    """

    def __init__(self, table: Mapping[Key, Answer], now: dt.datetime) -> None:
        self._table = table
        self._ca_pem, self._context = _tls(hosts(table), now)
        self._stop = threading.Event()
        self._listeners: dict[str, socket.socket] = {}
        self._loops: list[threading.Thread] = []
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        try:
            self._listeners = {scheme: socket.create_server((LOOPBACK, 0)) for scheme in ("http", "https")}
        except OSError as exc:
            raise CaseError("demo", f"loopback cannot be listened on: {exc.strerror}") from exc
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="demo-answer")
        for scheme, listener in self._listeners.items():
            listener.settimeout(POLL)
            loop = threading.Thread(target=self._accept, args=(scheme, listener), name=f"demo-{scheme}")
            loop.start()
            self._loops.append(loop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for loop in self._loops:
            loop.join()
        if self._pool is not None:
            self._pool.shutdown()
        for listener in self._listeners.values():
            listener.close()

    def route(self) -> Route:
        """Return the route that leads every host of the table here, trusting this server's authority only."""
        places = sorted({(scheme, host) for scheme, host, _ in self._table})
        return Route(
            connect_to=tuple(
                ConnectTo(host, DEFAULT_PORTS[scheme], LOOPBACK, self._port(scheme)) for scheme, host in places
            ),
            ca_pem=self._ca_pem,
        )

    def _port(self, scheme: str) -> int:
        port: int = self._listeners[scheme].getsockname()[1]
        return port

    def _accept(self, scheme: str, listener: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            if self._pool is not None:
                self._pool.submit(self._serve, scheme, connection)

    def _serve(self, scheme: str, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with contextlib.suppress(OSError):  # a client that went away is no trouble of a demo
            if scheme == "http":
                with connection:
                    self._answer(scheme, connection)
                return
            with self._context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as secure:
                self._answer(scheme, secure)
                secure.unwrap()  # close_notify, so that the end is an end
        connection.close()

    def _answer(self, scheme: str, connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received and len(received) < MAX_REQUEST:
            data = connection.recv(4096)
            if not data:
                return
            received += data
        head, _, body = received.partition(b"\r\n\r\n")
        key, length = _asked(scheme, head)
        answer = self._table.get(key, not_found()) if key else not_found()
        if not isinstance(answer, bytes):
            while len(body) < length and (data := connection.recv(4096)):
                body += data
            answer = answer(body[:length])
        connection.sendall(answer)


def _asked(scheme: str, head: bytes) -> tuple[Key | None, int]:
    """Return which answer the request is for, None where it names no host, and how many bytes of body it has."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    said = fields.get("content-length", "")
    length = min(int(said), MAX_REQUEST) if said.isdecimal() and len(said) < 10 else 0
    host = fields.get("host")
    if host is None or len(words) != 3:
        return None, length
    return (scheme, host.rpartition(":")[0] or host, words[1]), length


def _tls(names: tuple[str, ...], now: dt.datetime) -> tuple[str, ssl.SSLContext]:
    """Return the authority's certificate (PEM) and a server context with a leaf for `names`."""
    authority = root("archiver demo authority", now, VALID)
    places: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    places.append(x509.IPAddress(ipaddress.ip_address(LOOPBACK)))
    site = leaf("archiver demo site", authority, now, VALID, ExtendedKeyUsageOID.SERVER_AUTH, places=places)
    return authority.pem.decode("ascii"), _context(site.key_pem, site.pem + authority.pem)


def _context(secret: bytes, chain: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # ssl reads keys from files only; the folder is 0700
        path = Path(folder) / "leaf.pem"
        path.touch(mode=0o600)
        path.write_bytes(secret + chain)
        context.load_cert_chain(path)
    return context
