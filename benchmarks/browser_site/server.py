"""The server: a thread for each connection, and a log of every octet of every exchange."""

import contextlib
import datetime as dt
import itertools
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from archiver.demo.certificates import leaf, root
from browser_site.messages import Answer, Asked, Logged
from browser_site.places import HOSTS, answer_to

LOOPBACK = "127.0.0.1"
PORTS = {"http": 80, "https": 443}  # those that the addresses of the site mean
PIECE = 65_536
PATIENCE = 60.0  # seconds that a client may be silent
POLL = 0.1
VALID = dt.timedelta(days=2)

Socket = socket.socket | ssl.SSLSocket


class Site:
    """Serves the site on two ports of loopback while it is entered, and keeps the log after."""

    def __init__(self, now: dt.datetime) -> None:
        authority = root("Measurement site authority", now, VALID)
        places = [x509.DNSName(host) for host in HOSTS]
        own = leaf("Measurement site", authority, now, VALID, ExtendedKeyUsageOID.SERVER_AUTH, places=places)
        self.ca_pem = authority.pem
        self.authority = authority.certificate
        self._context = _context(own.key_pem, own.pem + authority.pem)
        self._stop = threading.Event()
        self._turn = threading.Lock()
        self._numbers = itertools.count(1)
        self._log: dict[int, Logged] = {}
        self._busy: set[int] = set()  # numbers of exchanges that go on
        self._open: set[Socket] = set()
        self._threads: list[threading.Thread] = []
        self._listeners: dict[str, socket.socket] = {}

    def __enter__(self) -> Self:
        self._listeners = {scheme: socket.create_server((LOOPBACK, 0), backlog=128) for scheme in PORTS}
        for scheme, listener in self._listeners.items():
            listener.settimeout(POLL)
            self._start(self._accept, scheme, listener)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        with self._turn:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)  # an SSLSocket's own would forget its TLS in mid-use
        for thread in self._threads:
            thread.join()
        for listener in self._listeners.values():
            listener.close()

    def port(self, scheme: str) -> int:
        number: int = self._listeners[scheme].getsockname()[1]
        return number

    def routes(self) -> list[str]:
        """Return `HOST:PORT:127.0.0.1:PORT` for every host and scheme, as `--connect-to` takes them."""
        return [f"{host}:{port}:{LOOPBACK}:{self.port(scheme)}" for host in HOSTS for scheme, port in PORTS.items()]

    def mark(self) -> int:
        """Return the number of exchanges that began; `since` takes it."""
        with self._turn:
            return max((*self._log, *self._busy, 0))

    def since(self, mark: int, patience: float = 10.0) -> tuple[Logged, ...]:
        """Return the exchanges after `mark`, once none of them goes on any more, or `patience` seconds have gone by."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            with self._turn:
                if not any(number > mark for number in self._busy):
                    break
            time.sleep(POLL)
        with self._turn:
            return tuple(self._log[number] for number in sorted(self._log) if number > mark)

    def _start(self, work: Callable[..., None], *words: object) -> None:
        thread = threading.Thread(target=work, args=words, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, scheme: str, listener: socket.socket) -> None:
        for connection in itertools.count(0):
            while True:
                try:
                    sock, _ = listener.accept()
                    break
                except TimeoutError:
                    if self._stop.is_set():
                        return
            self._start(self._serve, scheme, 2 * connection + (scheme == "https"), sock)

    def _serve(self, scheme: str, connection: int, sock: Socket) -> None:
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError), contextlib.ExitStack() as closing:
            closing.callback(sock.close)
            if scheme == "https":
                sock = self._context.wrap_socket(sock, server_side=True)
                closing.callback(sock.close)
            with self._turn:
                if self._stop.is_set():
                    return
                self._open.add(sock)
            try:
                _Connection(self, scheme, connection, sock).run()
                if isinstance(sock, ssl.SSLSocket):
                    sock.unwrap()  # close_notify: the end is an end
            finally:
                with self._turn:
                    self._open.discard(sock)

    def begin(self) -> int:
        with self._turn:
            number = next(self._numbers)
            self._busy.add(number)
            return number

    def keep(self, logged: Logged) -> None:
        with self._turn:
            self._log[logged.number] = logged
            self._busy.discard(logged.number)


class _Connection:
    """One connection: requests, one after the other, and their answers."""

    def __init__(self, site: Site, scheme: str, number: int, sock: Socket) -> None:
        self._site, self._scheme, self._number, self._sock = site, scheme, number, sock
        self._received = b""
        self._heard = bytearray()
        self._said = bytearray()

    def run(self) -> None:
        while request := self._request():
            number = self._site.begin()
            asked = _asked(number, self._scheme, *request)
            url = f"{self._scheme}://{asked.host}{asked.target}"
            logged = Logged(number, self._number, asked.method, url, b"".join(request), b"", False)
            try:
                answer = answer_to(asked)
                logged = self._answered(logged, answer)
            finally:
                self._site.keep(logged)
            if not logged.whole or answer.then != "keep" or asked.value("Connection").lower() == "close":
                return

    def _answered(self, logged: Logged, answer: Answer) -> Logged:
        """Send `answer`, and return `logged` with what was sent of it."""
        self._said.clear()
        try:
            for piece in answer.pieces:
                self.send(piece)
        except OSError:
            return replace(logged, response=bytes(self._said))
        logged = replace(logged, response=bytes(self._said), whole=True)
        if answer.then == "stay":
            with contextlib.suppress(OSError):
                self._sock.recv(1)
        if answer.talk is None:
            return logged
        self._said.clear()
        with contextlib.suppress(OSError):
            answer.talk(self)
        return replace(logged, heard=bytes(self._heard) + self._received, said=bytes(self._said))

    def send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            sent = self._sock.send(view[:PIECE])
            self._said += view[:sent]
            view = view[sent:]

    def receive(self, size: int) -> bytes:
        while len(self._received) < size:
            self._more()
        data, self._received = self._received[:size], self._received[size:]
        self._heard += data
        return data

    def _request(self) -> tuple[bytes, bytes] | None:
        """Return head and body of the next request, None at the end of the connection."""
        try:
            while b"\r\n\r\n" not in self._received:
                self._more()
            place = self._received.index(b"\r\n\r\n") + 4
            first, self._received = self._received[:place], self._received[place:]
            size = int(_fields(first).get("content-length", "0"))
            while len(self._received) < size:
                self._more()
        except OSError:
            return None
        body, self._received = self._received[:size], self._received[size:]
        return first, body

    def _more(self) -> None:
        data = self._sock.recv(PIECE)
        if not data:
            raise ConnectionError("the client closed")
        self._received += data


def _asked(number: int, scheme: str, first: bytes, body: bytes) -> Asked:
    lines = first.decode("latin-1").split("\r\n")
    method, target, _ = (*lines[0].split(" ", 2), "", "")[:3]
    fields = tuple((name, value.strip()) for name, mark, value in (line.partition(":") for line in lines[1:]) if mark)
    host = next((value for name, value in fields if name.lower() == "host"), "")
    return Asked(number, scheme, host, method, target, fields, body)


def _fields(first: bytes) -> dict[str, str]:
    lines = first.decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _context(secret: bytes, chain: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    with tempfile.TemporaryDirectory() as folder:  # ssl reads keys from files only; the folder is 0700
        path = Path(folder) / "leaf.pem"
        path.touch(mode=0o600)
        path.write_bytes(secret + chain)
        context.load_cert_chain(path)
    return context
