"""A site that a browser speaks to by itself: HTTP/1.1 or HTTP/2 over TLS, connections kept open, every octet known."""

import contextlib
import gzip
import hashlib
import json
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import brotlicffi
import h2.config
import h2.connection
import h2.events
import h2.exceptions
from server import LOOPBACK

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """One request as the server read it; `raw` is the head and body of HTTP/1.1, b"" in HTTP/2."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""
    raw: bytes = b""

    def value(self, name: bytes) -> bytes:
        return next((value for key, value in self.headers if key.lower() == name), b"")


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: the headers and the body as it goes out. `cut` ends the answer after so many body bytes."""

    status: int = 200
    headers: Headers = ()
    body: bytes = b""
    reason: bytes = b"OK"
    chunked: bool = False
    until_close: bool = False
    cut: int | None = None
    before: bytes = b""  # interim answers

    def h1(self) -> bytes:
        """Its octets in HTTP/1.1."""
        lines = [b"HTTP/1.1 %d %s" % (self.status, self.reason), *(b"%s: %s" % pair for pair in self.headers)]
        body = self.body if self.cut is None else self.body[: self.cut]
        if self.chunked:
            lines.append(b"Transfer-Encoding: chunked")
            body = b"".join(b"%x;x=y\r\n%s\r\n" % (len(piece), piece) for piece in _pieces(body, 700))
            body += b"0\r\nX-Trailer: yes\r\n\r\n" if self.cut is None else b""
        elif not self.until_close and self.status not in {204, 304}:
            lines.append(b"Content-Length: %d" % len(self.body))
        return self.before + b"\r\n".join(lines) + b"\r\n\r\n" + body


Route = Callable[[Asking], Reply]


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out for one request: HTTP/1.1 octets in `raw`, and the reply they were made of."""

    asking: Asking
    reply: Reply
    raw: bytes
    protocol: str


@dataclass
class SpeakingServer:
    """Serves `routes` over TLS to whoever connects; `protocols` are what it offers by ALPN. `sent` is in order."""

    context: ssl.SSLContext
    routes: dict[str, Route] = field(default_factory=dict)
    protocols: tuple[str, ...] = ("h2", "http/1.1")

    def __post_init__(self) -> None:
        self.sent: list[Sent] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.context.set_alpn_protocols(list(self.protocols))

    def __enter__(self) -> Self:
        self._listener = socket.create_server((LOOPBACK, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._loop = threading.Thread(target=self._accept)
        self._loop.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._loop.join()
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def url(self, target: str = "/", host: str = LOOPBACK) -> str:
        return f"https://{host}:{self.port}{target}"

    def of(self, target: str) -> list[Sent]:
        """What went out for `target`, in order."""
        return [sent for sent in self.sent if sent.asking.target == target]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        stream: socket.socket = connection
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(20)
            stream = self.context.wrap_socket(connection, server_side=True)
            with self._lock:
                self._open.add(stream)
            if isinstance(stream, ssl.SSLSocket) and stream.selected_alpn_protocol() == "h2":
                self._serve_h2(stream)
            else:
                self._serve_h1(stream)
        with self._lock:
            self._open.discard(stream)
        stream.close()

    def _reply(self, asking: Asking, protocol: str) -> Reply:
        route = self.routes.get(asking.target.partition("?")[0])
        reply = route(asking) if route else Reply(404, ((b"Content-Type", b"text/plain"),), b"no", b"Not Found")
        raw = reply.h1() if protocol == "h1" else b""
        if asking.method == "HEAD":
            raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        with self._lock:
            self.sent.append(Sent(asking, reply, raw, protocol))
        return reply

    def _serve_h1(self, stream: socket.socket) -> None:
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                piece = stream.recv(65536)
                if not piece:
                    return
                data += piece
            head, _, data = data.partition(b"\r\n\r\n")
            first, *lines = head.split(b"\r\n")
            headers = tuple((name, value.strip()) for name, _, value in (line.partition(b":") for line in lines))
            size = next((int(value) for name, value in headers if name.lower() == b"content-length"), 0)
            while len(data) < size:
                data += stream.recv(65536)
            body, data = data[:size], data[size:]
            method, target, _ = first.decode("ascii").split(" ")
            reply = self._reply(Asking(method, target, headers, body, head + b"\r\n\r\n" + body), "h1")
            stream.sendall(self.sent_raw(reply, method))
            if reply.cut is not None or reply.until_close:
                return

    @staticmethod
    def sent_raw(reply: Reply, method: str) -> bytes:
        raw = reply.h1()
        return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" else raw

    def _serve_h2(self, stream: socket.socket) -> None:
        settings = h2.config.H2Configuration(client_side=False, header_encoding=None, normalize_inbound_headers=False)
        speaker = h2.connection.H2Connection(settings)
        speaker.initiate_connection()
        stream.sendall(speaker.data_to_send())
        asked: dict[int, tuple[list[tuple[bytes, bytes]], bytearray]] = {}
        waiting: dict[int, tuple[Reply, bytearray]] = {}
        while piece := stream.recv(65536):
            for event in speaker.receive_data(piece):
                match event:
                    case h2.events.RequestReceived():
                        asked[event.stream_id] = ([(bytes(n), bytes(v)) for n, v in event.headers], bytearray())
                    case h2.events.DataReceived():
                        asked[event.stream_id][1].extend(event.data)
                        speaker.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    case h2.events.StreamEnded():
                        self._begin_h2(speaker, event.stream_id, *asked.pop(event.stream_id), waiting)
                    case h2.events.StreamReset():
                        waiting.pop(event.stream_id, None)
                    case h2.events.ConnectionTerminated():
                        return
            self._go_on(speaker, waiting)
            stream.sendall(speaker.data_to_send())

    def _begin_h2(
        self,
        speaker: h2.connection.H2Connection,
        number: int,
        headers: list[tuple[bytes, bytes]],
        body: bytearray,
        waiting: dict[int, tuple[Reply, bytearray]],
    ) -> None:
        pseudo = {name: value.decode("ascii") for name, value in headers if name.startswith(b":")}
        rest = tuple(pair for pair in headers if not pair[0].startswith(b":"))
        reply = self._reply(Asking(pseudo[b":method"], pseudo[b":path"], rest, bytes(body)), "h2")
        if reply.before:
            speaker.send_headers(number, [(b":status", b"103"), (b"link", b"</x>; rel=preload; as=fetch")])
        out = [(b":status", b"%d" % reply.status), *((name.lower(), value) for name, value in reply.headers)]
        empty = not reply.body or pseudo[b":method"] == "HEAD"
        speaker.send_headers(number, out, end_stream=empty)
        if not empty:
            waiting[number] = (reply, bytearray(reply.body if reply.cut is None else reply.body[: reply.cut]))

    def _go_on(self, speaker: h2.connection.H2Connection, waiting: dict[int, tuple[Reply, bytearray]]) -> None:
        for number, (reply, rest) in list(waiting.items()):
            while rest:
                room = min(speaker.local_flow_control_window(number), speaker.max_outbound_frame_size)
                if room <= 0:
                    break
                speaker.send_data(number, bytes(rest[:room]))
                del rest[:room]
            if not rest:
                if reply.cut is None:
                    speaker.end_stream(number)
                else:
                    speaker.reset_stream(number, 2)
                del waiting[number]


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def noise(size: int, seed: str = "") -> bytes:
    """So many bytes that look like chance and are always the same."""
    return hashlib.shake_256(seed.encode()).digest(size)


PAGE = b"""<!doctype html><html><head><meta charset=utf-8><title>direct</title>
<link rel=stylesheet href=/style.css><script src=/code.js></script></head><body>
<img src=/moved.png><img src=/pixel.png><img src=/cut.png><iframe sandbox src=/frame></iframe>
<script>
const done = [];
const ask = (...a) => fetch(...a).then(r => r.text()).catch(() => "");
(async () => {
  await ask("/cached"); await ask("/cached", {cache: "no-cache"}); await ask("/cached", {cache: "force-cache"});
  await ask("/post", {method: "POST", body: JSON.stringify({q: "\\u00e9", n: [1,2,3]}),
                      headers: {"content-type": "application/json", "X-Own": "1"}});
  await ask("/form", {method: "POST", body: new URLSearchParams({a: "b c"})});
  await ask("/big-post", {method: "POST", body: "x".repeat(300000)});
  const form = new FormData(); form.append("file", new Blob(["blob".repeat(10)]), "a.bin");
  await ask("/blob", {method: "PUT", body: form});
  await ask("/head", {method: "HEAD"}); await ask("/nothing"); await ask("/double"); await ask("/chunked");
  await ask("/large"); await ask("/range", {headers: {range: "bytes=10-19"}}); await ask("/early"); await ask("/empty");
  await ask("/gone?x=1#y");
  const stop = new AbortController();
  const half = await fetch("/endless", {signal: stop.signal});
  const reader = half.body.getReader(); await reader.read(); stop.abort();
  await new Promise(r => { const w = new Worker("/worker.js"); w.onmessage = r; w.onerror = r; });
  if (navigator.serviceWorker) {
    try { await navigator.serviceWorker.register("/sw.js"); await navigator.serviceWorker.ready; } catch (e) {}
    await ask("/from-sw");
  }
  try { await fetch("/close"); } catch (e) {}
  document.title = "done";
  await ask("/done");
})();
</script></body></html>"""

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def site() -> dict[str, Route]:
    """The routes of a small site that asks for everything once."""

    def fixed(body: bytes, kind: bytes, *more: tuple[bytes, bytes], **settings: object) -> Route:
        reply = Reply(headers=((b"Content-Type", kind), *more), body=body, **settings)  # type: ignore[arg-type]
        return lambda _asking: reply

    def cached(asking: Asking) -> Reply:
        tag = ((b"ETag", b'"v1"'), (b"Cache-Control", b"max-age=1000"))
        if asking.value(b"if-none-match") == b'"v1"':
            return Reply(304, tag, b"", b"Not Modified")
        return Reply(200, ((b"Content-Type", b"text/plain"), *tag), b"cached text")

    def ranged(asking: Asking) -> Reply:
        return Reply(206, ((b"Content-Range", b"bytes 10-19/100"),), noise(100)[10:20], b"Partial Content")

    def told(asking: Asking) -> Reply:
        said = {"method": asking.method, "size": len(asking.body), "sha256": hashlib.sha256(asking.body).hexdigest()}
        return Reply(200, ((b"Content-Type", b"application/json"),), json.dumps(said).encode())

    js = b"window.code = 1; // " + b"long " * 500
    css = b"body { background: #eee url(/paint.png) } /* " + b"long " * 500 + b"*/"
    return {
        "/": fixed(gzip.compress(PAGE, mtime=0), b"text/html", (b"Content-Encoding", b"gzip"), chunked=True),
        "/style.css": fixed(gzip.compress(css, mtime=0), b"text/css", (b"content-encoding", b"gzip")),
        "/code.js": fixed(brotlicffi.compress(js), b"text/javascript", (b"Content-Encoding", b"br")),
        "/moved.png": lambda _: Reply(302, ((b"Location", b"/pixel.png?moved"),), b"over there", b"Found"),
        "/pixel.png": fixed(PNG, b"image/png"),
        "/paint.png": fixed(PNG, b"image/png"),
        "/cut.png": fixed(PNG * 50, b"image/png", cut=1000),
        "/frame": fixed(b"<p>frame<img src=/pixel.png?frame>", b"text/html"),
        "/cached": cached,
        "/post": told,
        "/form": told,
        "/big-post": told,
        "/blob": told,
        "/head": fixed(b"not sent", b"text/plain"),
        "/nothing": lambda _: Reply(204, ((b"X-Nothing", b"1"),), b"", b"No Content"),
        "/double": fixed(
            b"twice",
            b"text/plain",
            (b"X-Two", b"one"),
            (b"Set-Cookie", b"a=1"),
            (b"Set-Cookie", b"b=2; Path=/"),
            (b"X-TWO", b"two"),
            (b"X-Latin", b"caf\xe9"),
            (b"X-Empty", b""),
        ),
        "/chunked": fixed(noise(5000, "chunked"), b"application/octet-stream", chunked=True),
        "/large": fixed(noise(3_000_000, "large"), b"application/octet-stream"),
        "/range": ranged,
        "/early": fixed(b"late", b"text/plain", before=b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        "/empty": fixed(b"", b"text/plain"),
        "/endless": fixed(noise(8_000_000, "endless"), b"application/octet-stream"),
        "/worker.js": fixed(b"fetch('/from-worker').then(() => postMessage(1))", b"text/javascript"),
        "/from-worker": fixed(b"worker's", b"text/plain"),
        "/sw.js": fixed(
            b"self.addEventListener('install', e => { self.skipWaiting(); e.waitUntil(fetch('/from-sw')); });",
            b"text/javascript",
        ),
        "/from-sw": fixed(b"service worker's", b"text/plain"),
        "/close": fixed(b"until the end", b"text/plain", until_close=True),
        "/done": fixed(b"done", b"text/plain"),
    }
