"""WebSockets through the wire, on loopback: the head is the answer, and both sides are kept and handed on."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from authority import Authority
from capturing import QUICK, Spools, names, whole
from server import RawServer, http

from archiver.capture import tunnel as tunnelling
from archiver.capture.request import browser_request
from archiver.capture.secrets import Secret
from archiver.capture.wire import Wire
from archiver.errors import StorageError
from archiver.model.address import Address
from archiver.model.exchange import Blob, Exchange, Limits, Route
from archiver.model.websocket import Talk
from archiver.runtime import Runtime

HEAD = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"
)
HI = b"\x81\x02hi"
KEY = b"\x01\x02\x03\x04"
ASKS = ((b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"), (b"Sec-WebSocket-Key", b"eHh4eHh4eHh4eHh4eHh4eA=="))

Behaviour = Callable[[socket.socket], None]


def masked(payload: bytes, first: int = 0x81) -> bytes:
    """A frame as a browser sends it."""
    return bytes((first, 0x80 | len(payload))) + KEY + bytes(b ^ KEY[i % 4] for i, b in enumerate(payload))


def octets(blob: Blob) -> bytes:
    return b"".join(blob.chunks())


@dataclass
class Upgrading:
    """A server that reads one request and then does as it is told with the connection."""

    behaviour: Behaviour
    context: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)

    def __enter__(self) -> "Upgrading":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(20)
        self._listener.close()

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}/chat"

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(20)
        with contextlib.suppress(OSError):
            stream = self.context.wrap_socket(connection, server_side=True) if self.context else connection
            data = b""
            while b"\r\n\r\n" not in data:
                data += stream.recv(65536)
            self.requests.append(data)
            self.behaviour(stream)
            stream.close()
        connection.close()


@dataclass
class Browser:
    """The other end of the line; what it is told to say, and what it heard."""

    line: socket.socket
    theirs: socket.socket

    def heard(self) -> bytes:
        self.theirs.settimeout(20)
        self.line.close()
        found = b""
        with contextlib.suppress(ConnectionError):
            while data := self.theirs.recv(1 << 20):
                found += data
        return found


@pytest.fixture
def browser() -> Iterator[Browser]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Browser(ours, theirs)


Tunnelled = Callable[..., tuple[Exchange, Talk | None]]


@pytest.fixture
def tunnelled(runtime: Runtime, spools: Spools, browser: Browser) -> Tunnelled:
    def make(
        url: str,
        *,
        seconds: float = 20,
        limits: Limits = QUICK,
        secrets: tuple[Secret, ...] = (),
        ca: str | None = None,
        stop: Callable[[], bool] = lambda: False,
        max_bytes: int | None = None,
    ) -> tuple[Exchange, Talk | None]:
        address = Address.parse(url)
        request = browser_request(address, "GET", ASKS, b"", secrets=secrets)
        wire = Wire(runtime, Route(allow=((address.host, address.port),), ca_pem=ca), limits, spool=spools)
        deadline = runtime.clock.monotonic() + seconds
        return wire.tunnel(request, browser.line, deadline=deadline, stop=stop, max_bytes=max_bytes)

    return make


def _echo_once(stream: socket.socket) -> None:
    stream.sendall(HEAD + HI)
    stream.sendall(b"\x82\x03" + stream.recv(100)[:3])


def test_the_head_alone_is_the_answer_and_both_sides_are_kept(browser: Browser, tunnelled: Tunnelled) -> None:
    browser.theirs.sendall(masked(b"hello"))
    with Upgrading(_echo_once) as server:
        exchange, talk = tunnelled(server.url)
    assert whole(exchange) == HEAD
    assert exchange.message is not None
    assert (exchange.message.status, exchange.message.framing, exchange.message.end) == (101, "none", "complete")
    assert (exchange.message.extra_size, exchange.anomalies, exchange.truncated) == (0, (), None)
    assert talk is not None
    assert octets(talk.browser) == masked(b"hello")
    assert octets(talk.server) == HI + b"\x82\x03" + masked(b"hello")[:3]
    assert talk.end == "server"
    assert sum(piece.size for piece in talk.pieces) == talk.browser.size + talk.server.size
    assert browser.heard() == HEAD + octets(talk.server)
    assert b"Connection: Upgrade" in server.requests[0]


def _read(end: socket.socket, heard: bytearray) -> None:
    while data := end.recv(1 << 20):
        heard += data


def test_over_tls(browser: Browser, tunnelled: Tunnelled, ca: Authority) -> None:
    big = b"\x82\x7f" + (300_000).to_bytes(8) + b"b" * 300_000

    def serve(stream: socket.socket) -> None:
        stream.sendall(HEAD + HI + big)
        assert stream.recv(100) == masked(b"bye")
        assert isinstance(stream, ssl.SSLSocket)
        stream.unwrap()

    browser.theirs.sendall(masked(b"bye"))
    with Upgrading(serve, ca.context("127.0.0.1")) as server:
        heard = bytearray()
        reader = threading.Thread(target=lambda: _read(browser.theirs, heard))
        reader.start()
        exchange, talk = tunnelled(server.url, ca=ca.pem)
        browser.line.close()
        reader.join(20)
    assert talk is not None
    assert (talk.end, octets(talk.server), octets(talk.browser)) == ("server", HI + big, masked(b"bye"))
    assert bytes(heard) == HEAD + HI + big
    assert exchange.connection.tls is not None


def test_another_answer_is_an_ordinary_exchange(browser: Browser, tunnelled: Tunnelled) -> None:
    with RawServer({"/chat": http(b"no", line=b"HTTP/1.1 403 No")}) as server:
        exchange, talk = tunnelled(server.url("/chat"))
    assert talk is None
    assert whole(exchange) == browser.heard() == http(b"no", line=b"HTTP/1.1 403 No")


def test_a_failure_before_a_byte_hands_on_nothing(browser: Browser, tunnelled: Tunnelled) -> None:
    with RawServer({"/chat": ()}) as server:
        exchange, talk = tunnelled(server.url("/chat"))
    assert exchange.failure is not None
    assert (talk, browser.heard()) == (None, b"")


def test_a_server_that_drops_in_the_middle_of_a_frame(browser: Browser, tunnelled: Tunnelled) -> None:
    with Upgrading(lambda stream: stream.sendall(HEAD + b"\x81\x7e\x01\x00torn")) as server:
        _, talk = tunnelled(server.url)
    assert talk is not None
    assert (talk.end, octets(talk.server)) == ("server", b"\x81\x7e\x01\x00torn")


def test_a_reset_is_named(browser: Browser, tunnelled: Tunnelled) -> None:
    def serve(stream: socket.socket) -> None:
        stream.sendall(HEAD + HI)
        stream.recv(100)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    browser.theirs.sendall(masked(b"now"))
    with Upgrading(serve) as server:
        _, talk = tunnelled(server.url)
    assert talk is not None
    assert (talk.end, octets(talk.server)) == ("broken", HI)


def test_a_browser_that_hangs_up_at_once_still_gets_its_words_sent_and_the_answer_kept(
    browser: Browser, tunnelled: Tunnelled
) -> None:
    got: list[bytes] = []

    def serve(stream: socket.socket) -> None:
        stream.sendall(HEAD)
        got.append(stream.recv(100))
        stream.sendall(b"\x88\x00")
        stream.recv(1)

    browser.theirs.sendall(masked(b"", 0x88))
    browser.theirs.close()
    with Upgrading(serve) as server:
        exchange, talk = tunnelled(server.url)
    assert talk is not None
    assert whole(exchange) == HEAD
    assert got == [masked(b"", 0x88)]
    assert (talk.end, octets(talk.server)) == ("browser", b"\x88\x00")


def test_a_browser_that_never_reads_ends_with_the_time(browser: Browser, tunnelled: Tunnelled) -> None:
    def serve(stream: socket.socket) -> None:
        stream.sendall(HEAD)
        with contextlib.suppress(OSError):
            while True:
                stream.sendall(b"n" * 65536)

    with Upgrading(serve) as server:
        _, talk = tunnelled(server.url, seconds=1.5)
    assert talk is not None
    assert talk.end == "time"
    assert tunnelling.PENDING <= talk.server.size <= tunnelling.PENDING + (8 << 20)  # and what sockets hold


@pytest.mark.parametrize("limit", ["bytes", "pieces"])
def test_a_talk_has_limits(limit: str, browser: Browser, tunnelled: Tunnelled, monkeypatch: pytest.MonkeyPatch) -> None:
    if limit == "pieces":
        monkeypatch.setattr(tunnelling, "MAX_PIECES", 1)

    def serve(stream: socket.socket) -> None:
        stream.sendall(HEAD)
        with contextlib.suppress(OSError):
            while True:
                stream.sendall(HI)

    with Upgrading(serve) as server:
        _, talk = tunnelled(server.url, max_bytes=len(HEAD) + 1001 if limit == "bytes" else None)
    assert talk is not None
    assert talk.end == "length"
    assert talk.server.size == 1001 or limit == "pieces"


def test_a_wish_to_stop_ends_a_silent_talk(browser: Browser, tunnelled: Tunnelled) -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 12

    def serve(stream: socket.socket) -> None:
        stream.sendall(HEAD)
        stream.recv(1)

    with Upgrading(serve) as server:
        _, talk = tunnelled(server.url, stop=stop)
    assert talk is not None
    assert talk.end == "stopped"


def test_a_disk_that_refuses_is_an_error_and_leaves_what_had_come(
    browser: Browser, tunnelled: Tunnelled, monkeypatch: pytest.MonkeyPatch, spools: Spools
) -> None:
    def full(*_: object) -> None:
        raise StorageError("full", "disk is full", "free some space")

    monkeypatch.setattr(tunnelling.Tunnel, "_wait", full)
    with Upgrading(_echo_once) as server, pytest.raises(StorageError):
        tunnelled(server.url)
    assert HI in {path.read_bytes() for path in spools.paths}


def test_echoes_do_not_hide_the_head(browser: Browser, tunnelled: Tunnelled) -> None:
    secret = Secret("Cookie", b"sid=sesame-0123456789")
    head = HEAD.replace(b"Accept: x", b"Accept: sesame-0123456789")
    with Upgrading(lambda stream: stream.sendall(head + HI)) as server:
        exchange, talk = tunnelled(server.url, secrets=(secret,))
    assert talk is not None
    assert whole(exchange) == head.replace(b"sesame-0123456789", b"*" * 17)
    assert exchange.message is not None
    assert (exchange.message.framing, names(exchange)) == ("none", {"secret-echoed"})
    assert browser.heard() == head + HI


def test_a_secret_that_is_said_is_masked_in_the_record_and_true_for_both_ends(
    browser: Browser, tunnelled: Tunnelled
) -> None:
    secret = b"sesame-0123456789"
    got: list[bytes] = []

    def serve(stream: socket.socket) -> None:
        stream.sendall(HEAD)
        got.append(stream.recv(100))
        stream.sendall(b"\x81\x11" + secret)

    browser.theirs.sendall(masked(secret))
    with Upgrading(serve) as server:
        exchange, talk = tunnelled(server.url, secrets=(Secret("Cookie", b"sid=" + secret),))
    assert talk is not None
    assert got == [masked(secret)]
    assert browser.heard() == HEAD + b"\x81\x11" + secret
    assert octets(talk.server) == b"\x81\x11" + b"*" * 17
    assert octets(talk.browser) == masked(b"*" * 17)
    assert (names(exchange), len(exchange.redactions), whole(exchange)) == ({"secret-echoed"}, 2, HEAD)
    assert len(exchange.private) == 2


def test_a_line_that_is_closed_meanwhile_ends_the_talk(browser: Browser, tunnelled: Tunnelled) -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        if len(asked) > 12:
            browser.line.close()
        return False

    def serve(stream: socket.socket) -> None:
        stream.sendall(HEAD)
        stream.recv(1)

    with Upgrading(serve) as server:
        _, talk = tunnelled(server.url, stop=stop)
    assert talk is not None
    assert talk.end == "browser"
