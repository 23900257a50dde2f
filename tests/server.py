"""A server that sends exactly the bytes it is told to, on loopback, plain or over TLS. Scripts are data: see `Step`."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
MAX_REQUEST = 1 << 22
MAX_SENT = 1 << 24  # bytes remembered of one answer
POLL = 0.05


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drip:
    """Send `data` again and again, `every` seconds, until the client is gone or `times` is reached."""

    data: bytes
    every: float
    times: int = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Stay:
    """Keep the connection open until the client closes it."""


@dataclass(frozen=True, slots=True)
class Reset:
    """End with a TCP reset."""


@dataclass(frozen=True, slots=True)
class Ragged:
    """Over TLS: close without close_notify. In the clear: an ordinary close."""


@dataclass(frozen=True, slots=True)
class HalfClose:
    """Say that nothing more will be sent, then stay until the client closes."""


Step = Send | Pause | Drip | Stay | Reset | Ragged | HalfClose
Answer = bytes | tuple[Step, ...]
Script = Callable[[bytes], Answer]  # given the request as it arrived


@dataclass
class RawServer:
    """Answers each request target from `routes`; anything else from `default`. One request per connection.

    `requests` are the raw requests in order, `connections` counts the accepted ones, `sent` maps each target to the
    bytes that went out for it the last time. Scripts end in a clean close unless their last step says otherwise.
    `read_request=False` makes a server that never reads.
    """

    routes: dict[str, Answer | Script] = field(default_factory=dict)
    default: Answer | Script = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    context: ssl.SSLContext | None = None
    read_request: bool = True
    family: socket.AddressFamily = socket.AF_INET
    host: str = LOOPBACK

    def __post_init__(self) -> None:
        self.requests: list[bytes] = []
        self.sent: dict[str, bytearray] = {}
        self.connections = 0
        self.sni: list[str | None] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        if self.context is not None:
            self.context.sni_callback = self._note_sni

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.host, 0), family=self.family, backlog=128)
        self._listener.settimeout(POLL)
        self.port: int = self._listener.getsockname()[1]
        self._loop = threading.Thread(target=self._accept)
        self._loop.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop, and wait for every thread."""
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the loop
        self._loop.join()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    @property
    def scheme(self) -> str:
        return "http" if self.context is None else "https"

    @property
    def netloc(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, target: str = "/", host: str = "") -> str:
        """The address of `target`, under the server's own host or another name for it."""
        return f"{self.scheme}://{f'{host}:{self.port}' if host else self.netloc}{target}"

    @property
    def allow(self) -> tuple[tuple[str, int], ...]:
        """What a route must allow so that the guard lets this server be asked."""
        return ((self.host, self.port),)

    def add(self, cases: "tuple[HostileCase, ...]") -> None:
        """Serve every case at `case.target`."""
        self.routes.update({case.target: case.steps for case in cases})

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closing, or nobody came in a while
                continue
            with self._lock:
                self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _note_sni(self, _socket: object, name: str | None, _context: object) -> None:
        self.sni.append(name)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection
        with contextlib.suppress(OSError):  # clients come and go: that is what these tests are about
            if self.context is not None:
                stream = self.context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False)
            self._answer(stream)
        stream.close()
        connection.close()

    def _answer(self, stream: socket.socket) -> None:
        request = self._request(stream) if self.read_request else b""
        target = request.split(b" ", 2)[1].decode("latin-1") if request.count(b" ") >= 2 else ""
        answer = self.routes.get(target, self.default)
        if callable(answer):
            answer = answer(request)
        steps: tuple[Step, ...] = (Send(answer),) if isinstance(answer, bytes) else answer
        with self._lock:
            self.sent[target] = bytearray()
        for step in steps:
            if not self._step(stream, target, step):
                return
        self._close(stream)

    def _request(self, stream: socket.socket) -> bytes:
        request = b""
        while b"\r\n\r\n" not in request and len(request) < MAX_REQUEST:
            data = stream.recv(65536)
            if not data:
                break
            request += data
        head, _, body = request.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                while len(body) < int(value):
                    body += stream.recv(65536)
        with self._lock:
            self.requests.append(head + b"\r\n\r\n" + body if head != request else request)
        return request

    def _step(self, stream: socket.socket, target: str, step: Step) -> bool:
        match step:
            case Send(data):
                self._send(stream, target, data)
            case Pause(seconds):
                self._stop.wait(seconds)
            case Drip(data, every, times):
                for _ in range(times):
                    if self._stop.is_set():
                        return False
                    self._send(stream, target, data)
                    self._stop.wait(every)
            case Stay():
                self._drain(stream)
                return False
            case Reset():
                raw = stream.detach() if not isinstance(stream, ssl.SSLSocket) else None
                end = socket.socket(fileno=raw) if raw is not None else stream
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.close()
                return False
            case Ragged():
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(stream, socket.SHUT_WR)
                self._drain(stream)
                return False
            case HalfClose():
                self._close(stream)
                return False
        return True

    def _send(self, stream: socket.socket, target: str, data: bytes) -> None:
        for start in range(0, len(data), 1 << 20):
            piece = data[start : start + (1 << 20)]
            with self._lock:  # before it leaves, so that no client knows more than this
                if len(self.sent[target]) < MAX_SENT:
                    self.sent[target] += piece
            stream.sendall(piece)

    def _close(self, stream: socket.socket) -> None:
        if isinstance(stream, ssl.SSLSocket):
            with contextlib.suppress(OSError):
                stream.unwrap()
            return
        stream.shutdown(socket.SHUT_WR)
        self._drain(stream)

    def _drain(self, stream: socket.socket) -> None:
        # Closing while unread bytes are here would turn the end into a reset.
        limit = time.monotonic() + 20
        stream.settimeout(POLL)
        while not self._stop.is_set() and time.monotonic() < limit:
            try:
                if not stream.recv(65536):
                    return
            except TimeoutError:
                continue


@dataclass(frozen=True, slots=True)
class HostileCase:
    """One answer that real servers give and parsers stumble over.

    `expect` are anomaly names that the exchange must carry (others may be there too); `whole` says whether the message
    is complete as far as anyone can tell; `endless` cases are cut by a limit, so what is kept is a prefix.
    """

    name: str
    group: str
    steps: tuple[Step, ...]
    expect: tuple[str, ...] = ()
    endless: bool = False

    @property
    def target(self) -> str:
        return f"/case/{self.name}"

    @property
    def sent(self) -> bytes:
        """Every byte that goes out, in order; for an endless case the first of them."""
        return b"".join(step.data for step in self.steps if isinstance(step, Send | Drip))


def http(
    body: bytes | str = b"ok",
    *headers: str | bytes,
    line: bytes = b"HTTP/1.1 200 OK",
    length: bool = True,
    eol: bytes = b"\r\n",
) -> bytes:
    """An answer with this body; `headers` are whole lines."""
    data = body.encode() if isinstance(body, str) else body
    lines = [line, *(header.encode() if isinstance(header, str) else header for header in headers)]
    if length:
        lines.append(b"Content-Length: " + str(len(data)).encode())
    return eol.join(lines) + eol * 2 + data


def html(title: str, body: str = "", *headers: str) -> bytes:
    """A small page in UTF-8."""
    page = f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"
    return http(page, "Content-Type: text/html; charset=utf-8", *headers)


def chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n", headers: tuple[str | bytes, ...] = ()) -> bytes:
    """A chunked answer with one chunk per piece."""
    head = http(b"", "Transfer-Encoding: chunked", *headers, length=False)
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + end


def routes_of(cases: "tuple[HostileCase, ...]") -> Mapping[str, Answer]:
    """The routes under which a server serves `cases`."""
    return {case.target: case.steps for case in cases}
