"""The gate: what the browser asks reaches the answerer, what the answerer says reaches the browser, octet for octet."""

import socket
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from gating import (
    AUTHORITY,
    OK,
    Told,
    asking,
    connected,
    everything,
    exactly,
    gate_for,
    gate_threads,
    get,
    head,
    secured,
    status,
    tunnelled,
)

from archiver.browser.gate import Gate
from archiver.browser.values import Asked, Line
from archiver.errors import StorageError
from archiver.runtime import system_runtime


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


def test_answer_reaches_the_browser_octet_for_octet() -> None:
    odd = b"HTTP/1.1 200 \xd0\xb9\r\nX-Odd:\xff\x01\r\nx-odd: twice\r\nTransfer-Encoding: chunked\r\n\r\n"
    odd += b"2;x=y\r\nok\r\n0\r\nT: r\r\n\r\nmore"
    told = Told(odd)
    with gate_for(told) as gate:
        assert asking(gate, get("http://site.test/a?b=%zz")) == odd
        with secured(gate) as tls:
            assert tls.selected_alpn_protocol() == "http/1.1"
            tls.sendall(b"GET /a?b HTTP/1.1\r\nHost: site.test\r\n\r\n")
            assert everything(tls) == odd
    assert [asked.url for asked in told.asked] == ["http://site.test/a?b=%zz", "https://site.test/a?b"]


def test_request_is_told_as_the_browser_sent_it() -> None:
    told = Told()
    request = (
        b"POST http://site.test:8080/x HTTP/1.1\r\nHost: site.test:8080\r\nProxy-Connection: keep-alive\r\nX-b: 2\r\n"
        b"x-A: 1\r\nX-B: \xe9\xff\r\nEmpty:\r\nContent-Length: 5\r\nProxy-Authorization: Basic eA==\r\n\r\n\x00\xffabc"
    )
    with gate_for(told) as gate:
        assert asking(gate, request) == OK
    (asked,) = told.asked
    assert (asked.method, asked.url, asked.body, asked.upgrade) == (
        "POST",
        "http://site.test:8080/x",
        b"\x00\xffabc",
        False,
    )
    assert asked.headers == (
        (b"Host", b"site.test:8080"),
        (b"X-b", b"2"),
        (b"x-A", b"1"),
        (b"X-B", b"\xe9\xff"),
        (b"Empty", b""),
        (b"Content-Length", b"5"),
    )


def test_chunked_body_is_told_whole_and_without_its_framing() -> None:
    told = Told()
    with gate_for(told) as gate, secured(gate) as tls:
        tls.sendall(b"POST / HTTP/1.1\r\nHost: site.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        tls.sendall(b"2\r\nde\r\n0\r\n\r\n")
        assert everything(tls) == OK
    assert told.asked[0].body == b"abcde"
    assert told.asked[0].headers == ((b"Host", b"site.test"),)


def test_client_that_waits_for_100_is_told_to_go_on() -> None:
    told = Told()
    with gate_for(told) as gate, connected(gate) as sock:
        sock.sendall(
            b"POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert status(head(sock)) == 100
        sock.sendall(b"hi")
        assert everything(sock) == OK
    assert told.asked[0].body == b"hi"


@pytest.mark.parametrize(
    ("authority", "sni", "url"),
    [
        (b"site.test:8443", "site.test", "https://site.test:8443/"),
        (b"xn--e1afmkfd.xn--p1ai:443", "xn--e1afmkfd.xn--p1ai", "https://xn--e1afmkfd.xn--p1ai/"),
        (b"under_score.site.test:443", "under_score.site.test", "https://under_score.site.test/"),
        (b"127.0.0.1:443", "127.0.0.1", "https://127.0.0.1/"),
        (b"[2001:db8::1]:444", "2001:db8::1", "https://[2001:db8::1]:444/"),
        (b".".join([b"a" * 60] * 4) + b":443", ".".join(["a" * 60] * 4), "https://" + ".".join(["a" * 60] * 4) + "/"),
        (b"site.test:443", None, "https://site.test/"),
    ],
)
def test_every_host_has_a_certificate(authority: bytes, sni: str | None, url: str) -> None:
    told = Told()
    with gate_for(told) as gate, secured(gate, authority, sni) as tls:
        tls.sendall(b"GET / HTTP/1.1\r\nHost: whatever\r\n\r\n")
        assert everything(tls) == OK
    assert told.asked[0].url == url


def test_another_server_name_changes_nothing_about_whose_tunnel_it_is() -> None:
    told = Told()
    with gate_for(told) as gate, secured(gate, b"site.test:443", "other.test", check=False) as tls:
        tls.sendall(b"GET / HTTP/1.1\r\nHost: other.test\r\n\r\n")
        assert everything(tls) == OK
    assert told.asked[0].url == "https://site.test/"


def test_tunnel_without_tls_is_plain_http() -> None:
    told = Told()
    with gate_for(told) as gate, tunnelled(gate, b"site.test:80") as sock:
        sock.sendall(b"GET /chat HTTP/1.1\r\nHost: site.test\r\n\r\n")
        assert everything(sock) == OK
    assert told.asked[0].url == "http://site.test/chat"


def test_answer_without_a_byte_is_a_closed_connection() -> None:
    with gate_for(Told(b"")) as gate:
        assert asking(gate, get("http://site.test/")) == b""
        with secured(gate) as tls:
            tls.sendall(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")
            assert tls.recv(10) == b""


def test_answer_that_was_let_go_is_reset_and_no_whole_one() -> None:
    def act(_asked: Asked, line: Line) -> None:
        line.send(b"HTTP/1.1 200 OK\r\n\r\npart")
        line.let_go()
        line.send(b"more")
        assert line.gone

    with gate_for(Told(act=act)) as gate, connected(gate) as sock:
        sock.sendall(get("http://site.test/"))
        with pytest.raises(ConnectionResetError):
            exactly(sock, 1000)


def test_answerer_waits_for_a_browser_that_takes_nothing_until_it_is_let_go() -> None:
    sent: list[int] = []
    lines: list[Line] = []
    full = threading.Event()

    def act(_asked: Asked, line: Line) -> None:
        lines.append(line)
        for _ in range(64):
            line.send(bytes(1 << 20))
            sent.append(1)
            if len(sent) > 31:
                full.set()

    with gate_for(Told(act=act)) as gate, connected(gate) as sock:
        sock.sendall(get("http://site.test/"))
        assert full.wait(30)
        time.sleep(0.2)  # whether more is taken, it must not be all
        assert 32 <= len(sent) < 64
        lines[0].let_go()
        while gate.open:
            time.sleep(0.01)
    assert len(sent) == 64


def test_answerer_hears_that_the_browser_is_gone() -> None:
    heard = threading.Event()

    def act(_asked: Asked, line: Line) -> None:
        line.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while not line.gone:
            time.sleep(0.01)
        line.send(bytes(1 << 26))
        heard.set()

    with gate_for(Told(act=act)) as gate:
        with connected(gate) as sock:
            sock.sendall(get("http://site.test/"))
            head(sock)
        assert heard.wait(30)
        heard.clear()
        with secured(gate) as tls:
            tls.sendall(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")
            head(tls)
        assert heard.wait(30)


def test_slow_browser_gets_all_of_a_large_answer() -> None:
    body = bytes(range(256)) * (1 << 18)  # 64 MiB: twice what waits

    def act(_asked: Asked, line: Line) -> None:
        line.send(b"HTTP/1.1 200 OK\r\n\r\n" + body)

    with gate_for(Told(act=act)) as gate, secured(gate) as tls:
        tls.sendall(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")
        head(tls)
        assert exactly(tls, 1000) == body[:1000]
        time.sleep(0.1)
        rest = bytearray()
        while piece := tls.recv(1 << 18):
            rest += piece
    assert rest == body[1000:]


def test_web_socket_is_a_plain_socket_for_the_answerer() -> None:
    def act(asked: Asked, line: Line) -> None:
        assert asked.upgrade
        assert asked.value("sec-websocket-key") == b"x"
        plain = line.plain()
        plain.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        while data := plain.recv(100):
            plain.sendall(data.upper())
        plain.close()

    upgrade = b"GET /ws HTTP/1.1\r\nHost: site.test\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n"
    upgrade += b"Sec-WebSocket-Key: x\r\n\r\n"
    told = Told(act=act)
    with gate_for(told) as gate:
        with secured(gate) as tls:
            tls.sendall(upgrade + b"early")
            assert status(head(tls)) == 101
            assert exactly(tls, 5) == b"EARLY"
            tls.sendall(b"abc")
            assert exactly(tls, 3) == b"ABC"
            tls.shutdown(socket.SHUT_WR)  # without close_notify
        with tunnelled(gate, b"site.test:80") as sock:
            sock.sendall(upgrade)
            assert status(head(sock)) == 101
            sock.sendall(b"abc")
            sock.shutdown(socket.SHUT_WR)
            assert everything(sock) == b"ABC"
    assert [asked.url for asked in told.asked] == ["https://site.test/ws", "http://site.test/ws"]


def test_web_socket_ends_when_its_answerer_returns() -> None:
    def act(_asked: Asked, line: Line) -> None:
        line.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        line.plain().sendall(bytes(1 << 20))

    with gate_for(Told(act=act)) as gate, secured(gate) as tls:
        tls.sendall(b"GET / HTTP/1.1\r\nHost: site.test\r\nUpgrade: websocket\r\n\r\n")
        assert status(head(tls)) == 101
        assert exactly(tls, 1 << 20) == bytes(1 << 20)
        assert tls.recv(1) == b""  # though this end has not been closed
        while gate.open:
            time.sleep(0.01)


def test_closing_ends_what_is_open_and_tells_it() -> None:
    here = threading.Semaphore(0)

    def act(asked: Asked, line: Line) -> None:
        here.release()
        if asked.upgrade:
            assert line.plain().recv(1) == b""
        elif asked.url.endswith("/full"):
            line.send(bytes(1 << 27))
        else:
            while not line.gone:
                time.sleep(0.01)

    gate = gate_for(Told(act=act))
    with gate, connected(gate), tunnelled(gate), connected(gate) as a, connected(gate) as b, secured(gate) as tls:
        a.sendall(get("http://site.test/waits"))
        b.sendall(get("http://site.test/full"))
        tls.sendall(b"GET /ws HTTP/1.1\r\nHost: site.test\r\nUpgrade: websocket\r\n\r\n")
        for _ in range(3):
            assert here.acquire(timeout=30)
        assert sorted(gate.close()) == ["http://site.test/full", "http://site.test/waits", "https://site.test/ws"]
        assert not gate_threads()
        assert everything(tls) == b""
        assert gate.close() == ()


def test_what_an_answerer_raises_is_raised_at_the_end() -> None:
    def act(_asked: Asked, _line: Line) -> None:
        raise StorageError("disk", "the disk is full")

    def use() -> None:
        with gate_for(Told(act=act)) as gate:
            assert asking(gate, get("http://site.test/")) == b""
            assert isinstance(gate.failure, StorageError)

    with pytest.raises(StorageError):
        use()


def test_quiet_is_counted_from_the_last_byte() -> None:
    clock = Watch()
    with Gate(Told(), AUTHORITY, replace(system_runtime(), clock=clock)) as gate:
        clock.seconds += 5
        assert gate.quiet_for() == 5
        asking(gate, get("http://site.test/"))
        assert gate.quiet_for() == 0
        clock.seconds += 1
        assert gate.quiet_for() == 1


def test_many_connections_are_all_served() -> None:
    told = Told()
    with gate_for(told) as gate:
        held = [socket.create_connection(("127.0.0.1", gate.port), timeout=30) for _ in range(600)]
        answers = []
        for sock in held:
            sock.sendall(get("http://site.test/"))
            answers.append(everything(sock))
            sock.close()
    assert answers == [OK] * 600
    assert not gate_threads()
