"""A real browser speaks for itself through a blind tunnel, and its log gives back what the server knows it sent."""

import base64
import hashlib
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from authority import Authority
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from direct_run import CHROMIUM, BlindProxy, browse
from directsite import Asking, Reply, Sent, SpeakingServer, site

from archiver.browser.netlog import Heard, exchanges_of
from archiver.capture.blind import Blind
from archiver.capture.waiting import Patience
from archiver.model.exchange import DnsAnswer, Exchange, Failure, Limits, Route
from archiver.runtime import Runtime

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed")

PROTOCOLS = {"h1": ("http/1.1",), "h2": ("h2", "http/1.1")}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what was read in the log, and what the server and the gate know."""

    heard: Heard
    sent: tuple[Sent, ...]
    tunnels: tuple[tuple[str, int], ...]
    plain: int
    port: int

    def of(self, target: str) -> Exchange:
        """The exchange for `target`; there must be one."""
        (found,) = [each for each in self.heard.exchanges if each.address.target == target]
        return found


Browse = Callable[..., Run]


class _NoNames:
    """What the browser asks for on its own account has no address here."""

    def resolve(self, _host: str, _patience: Patience) -> tuple[DnsAnswer, ...]:
        return ()


@pytest.fixture
def run(ca: Authority, runtime: Runtime, tmp_path: Path) -> Browse:
    """Show a page and read the log: `run(server, "/")`."""
    key = ca.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    spki = base64.b64encode(hashlib.sha256(key).digest()).decode()
    numbers = count()

    def make(
        server: SpeakingServer,
        target: str = "/",
        *flags: str,
        until: Callable[[Callable[[], Heard]], bool],
        trusted: bool = True,
        kill: bool = False,
    ) -> Run:
        log = tmp_path / "net.json"
        route = Route(allow=(("127.0.0.1", server.port),))
        until_when = runtime.clock.monotonic() + 60
        dial = Blind(runtime, route, Limits(), deadline=until_when, resolver=_NoNames())
        with BlindProxy(dial) as proxy:

            def read() -> Heard:
                if not log.exists():
                    return Heard(())
                return exchanges_of(
                    log, gate=proxy.port, place=lambda: tmp_path / f"body.{next(numbers)}", reached=dial.reached
                )

            flags = (f"--proxy-server=127.0.0.1:{proxy.port}", "--proxy-bypass-list=<-loopback>", *flags)
            key = spki if trusted else "none"
            browse(server.url(target), log, *flags, spki=key, until=lambda: until(read), kill=kill)
            return Run(read(), tuple(server.sent), tuple(proxy.tunnels), proxy.plain_asked, server.port)

    return make


def _context(ca: Authority, **more: float) -> ssl.SSLContext:
    return ca.context("localhost", "127.0.0.1", **more)


def _at(heard: Heard, host: str) -> list[Exchange]:
    return [each for each in heard.exchanges if each.address.host == host]


def _block(exchange: Exchange) -> bytes:
    return b"" if exchange.response is None else b"".join(exchange.response.chunks())


def _matched(run: Run) -> list[tuple[Sent, Exchange]]:
    """What the server sent beside what the log holds of it, in the order of each address."""
    left = [each for each in run.heard.exchanges if each.address.port == run.port]
    pairs = []
    for sent in run.sent:
        wanted = (sent.asking.method, sent.asking.target)
        found = next((each for each in left if (each.method, each.address.target) == wanted), None)
        assert found is not None, wanted
        left.remove(found)
        pairs.append((sent, found))
    assert left == []
    return pairs


def test_http1_is_the_very_bytes_both_ways(ca: Authority, run: Browse) -> None:
    with SpeakingServer(_context(ca), site(), PROTOCOLS["h1"]) as server:
        made = run(server, until=lambda _: bool(server.of("/done")))
    pairs = _matched(made)
    assert len(pairs) > 30
    for sent, exchange in pairs:
        assert (exchange.fidelity, exchange.failure) == ("wire", None)
        assert exchange.request == sent.asking.raw
        if sent.asking.target == "/endless":  # the page gave it up
            assert sent.raw.startswith(_block(exchange))
            assert exchange.truncated == "unspecified"
        else:
            assert _block(exchange) == sent.raw
    _check_connections(made, "http/1.1")
    assert {each.address.target for _, each in pairs if each.truncated} == {"/endless", "/cut.png"}
    assert Counter(each.message.status for _, each in pairs if each.message)[304] == 1


def test_http2_has_every_header_and_every_octet_of_the_bodies(ca: Authority, run: Browse) -> None:
    with SpeakingServer(_context(ca), site(), PROTOCOLS["h2"]) as server:
        made = run(server, until=lambda _: bool(server.of("/done")))
    pairs = _matched(made)
    assert len(pairs) > 30
    for sent, exchange in pairs:
        assert sent.protocol == "h2"
        assert (exchange.fidelity, exchange.failure) == ("reconstructed", None)
        host = b"Host: 127.0.0.1:%d" % made.port
        fields = b"".join(b"%s: %s\r\n" % pair for pair in sent.asking.headers)
        line = f"{sent.asking.method} {sent.asking.target} HTTP/1.1".encode()
        assert exchange.request == line + b"\r\n" + host + b"\r\n" + fields + b"\r\n" + sent.asking.body
        reply = sent.reply
        head = b"HTTP/1.1 103 \r\nlink: </x>; rel=preload; as=fetch\r\n\r\n" if reply.before else b""
        fields = b"".join(b"%s: %s\r\n" % (name.lower(), value) for name, value in reply.headers)
        body = b"" if sent.asking.method == "HEAD" else reply.body if reply.cut is None else reply.body[: reply.cut]
        whole = head + b"HTTP/1.1 %d \r\n%s\r\n%s" % (reply.status, fields, body)
        if sent.asking.target == "/endless":
            assert whole.startswith(_block(exchange))
            assert exchange.truncated == "unspecified"
        else:
            assert _block(exchange) == whole
    _check_connections(made, "h2")
    assert {each.address.target for _, each in pairs if each.truncated} == {"/endless", "/cut.png"}


def _check_connections(made: Run, alpn: str) -> None:
    for exchange in made.heard.exchanges:
        if exchange.address.port != made.port:
            assert exchange.failure is not None  # the browser's own: no way out
            continue
        tls = exchange.connection.tls
        assert tls is not None
        assert (tls.alpn, tls.version, tls.verified, tls.sni) == (alpn, "TLSv1.3", True, "")
        assert len(tls.chain) in {0, 2}  # none where a session was taken up again
        assert (exchange.connection.peer_ip, exchange.connection.peer_port) == ("127.0.0.1", made.port)
    assert made.heard.short == ()


def test_what_the_guard_refuses_is_an_exchange_that_says_so(ca: Authority, run: Browse) -> None:
    page = b"<img src=https://10.0.0.7/x.png><img src=http://plain.test/y.png onerror='fetch(`/done`)'>"
    with SpeakingServer(_context(ca), site(), PROTOCOLS["h1"]) as server:
        server.routes["/mixed"] = lambda _: Reply(headers=((b"Content-Type", b"text/html"),), body=page)
        insecure = ("--allow-running-insecure-content", "--disable-features=AutoupgradeMixedContent")
        made = run(
            server,
            "/mixed",
            *insecure,
            until=lambda read: bool(server.of("/done")) and any(each.failure for each in _at(read(), "10.0.0.7")),
        )
    assert made.of("/x.png").failure == Failure("refused", "address 10.0.0.7 is not public: private")
    assert ("10.0.0.7", 443) in made.tunnels
    assert made.plain > 0
    assert [each for each in made.heard.exchanges if each.address.scheme == "http"] == []


def test_a_websocket_is_kept_up_to_its_head(ca: Authority, run: Browse) -> None:
    page = b"""<script>
const socket = new WebSocket("wss://" + location.host + "/socket");
socket.onmessage = (event) => { document.title = event.data; };
socket.onclose = () => fetch("/done");
</script>"""

    def accept(asking: Asking) -> Reply:
        key = hashlib.sha1(asking.value(b"sec-websocket-key") + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11")  # noqa: S324
        headers = (
            (b"Upgrade", b"websocket"),
            (b"Connection", b"Upgrade"),
            (b"Sec-WebSocket-Accept", base64.b64encode(key.digest())),
        )
        return Reply(101, headers, b"\x81\x02hi\x88\x00", b"Switching Protocols", until_close=True)

    with SpeakingServer(_context(ca), site(), PROTOCOLS["h1"]) as server:
        server.routes["/live"] = lambda _: Reply(headers=((b"Content-Type", b"text/html"),), body=page)
        server.routes["/socket"] = accept
        made = run(server, "/live", until=lambda _: bool(server.of("/done")))
        (sent,) = server.of("/socket")
    exchange = made.of("/socket")
    assert exchange.request == sent.asking.raw
    assert _block(exchange) == sent.raw.removesuffix(b"\x81\x02hi\x88\x00")
    assert made.heard.short == ("websocket-frames",)


def test_a_certificate_that_the_browser_refuses_is_kept_with_its_chain(ca: Authority, run: Browse) -> None:
    with SpeakingServer(_context(ca), site(), PROTOCOLS["h2"]) as server:
        made = run(server, trusted=False, until=lambda read: any(each.failure for each in _at(read(), "127.0.0.1")))
        assert server.sent == []
    found = [each for each in made.heard.exchanges if each.address.port == made.port]
    assert found
    failure, tls = found[0].failure, found[0].connection.tls
    assert failure == Failure("tls_verify", "the browser gave up: ERR_CERT_AUTHORITY_INVALID")
    assert tls is not None
    assert (tls.verified, tls.problem, len(tls.chain)) == (False, "cert authority invalid", 2)


def test_a_browser_that_was_killed_leaves_nothing_that_was_not_said(ca: Authority, run: Browse) -> None:
    with SpeakingServer(_context(ca), site(), PROTOCOLS["h1"]) as server:
        made = run(server, until=lambda _: bool(server.of("/done")), kill=True)
    assert made.heard.short == ("log-torn",)
    for exchange in made.heard.exchanges:
        if exchange.message is not None:
            raws = [sent.raw for sent in made.sent if sent.asking.target == exchange.address.target]
            assert any(raw.startswith(_block(exchange)) for raw in raws)
            assert exchange.truncated or _block(exchange) in raws
