"""What may come to the gate from anybody on this machine, or from a page that does its worst: refused, and told."""

import contextlib
import itertools
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import pytest
from gating import (
    AUTHORITY,
    OK,
    PATIENT,
    Told,
    asking,
    connected,
    everything,
    gate_for,
    gate_threads,
    get,
    head,
    secured,
    status,
    tunnelled,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.browser.gate import Gate
from archiver.browser.values import Asked, Line

TO_THE_DOOR = {
    "garbage": b"\x00\xff\x80garbage\r\n\r\n",
    "garbage before a tunnel": b"garbage\r\nCONNECT site.test:443 HTTP/1.1\r\nHost: site.test\r\n\r\n",
    "TLS to the proxy": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "to the gate itself, origin form": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "asterisk form": b"OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "no host": b"GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n",
    "no Host header": b"GET http://a.test/ HTTP/1.1\r\n\r\n",
    "two Host headers": b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n",
    "user information": b"GET http://user:secret@a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "fragment": b"GET http://a.test/#x HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "backslash for a slash": b"GET http://a.test\\@b.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "https in the clear": b"GET https://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "another scheme": b"GET ftp://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "port past the last": b"GET http://a.test:65536/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "method that is no token": b"G(T http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "NUL in a header": b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX: a\x00b\r\n\r\n",
    "space before the colon": b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX : b\r\n\r\n",
    "lengths that differ": b"POST http://a.test/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "negative length": b"POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: -1\r\n\r\n",
    "unknown transfer coding": b"POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: gzip\r\n\r\n",
    "bad chunk": b"POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "100,000 headers": b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n" + b"a:b\r\n" * 100_000 + b"\r\n",
    "1,001 headers": b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n" + b"a:b\r\n" * 1000 + b"\r\n",
    "a header without end": b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX: " + b"x" * (1 << 19),
    "an address without end": b"GET http://a.test/" + b"x" * (1 << 19),
    "an address too long": b"GET http://a.test/" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "tunnel without port": b"CONNECT a.test HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "tunnel to port 0": b"CONNECT a.test:0 HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "tunnel to port 65536": b"CONNECT a.test:65536 HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "tunnel to no host": b"CONNECT :443 HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "tunnel to a path": b"CONNECT a.test/x:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "tunnel with user information": b"CONNECT u:p@a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "tunnel to a name that cannot be": b"CONNECT a..b:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "tunnel to a name too long": b"CONNECT " + b"a." * 127 + b"b:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "tunnel to a zone": b"CONNECT [fe80::1%25eth0]:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "bytes before the tunnel": b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n\x16\x03\x01",
}
INTO_A_TUNNEL = {
    "absolute form": b"GET http://b.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n",
    "another tunnel": b"CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n",
    "not HTTP": b"SSH-2.0-x\r\n\r\n",
}


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def gate(told: Told) -> Iterator[Gate]:
    with gate_for(told) as gate:
        yield gate
    assert not gate_threads()


@pytest.mark.parametrize("name", TO_THE_DOOR)
def test_nobody_is_asked_for(name: str, gate: Gate, told: Told) -> None:
    answer = asking(gate, TO_THE_DOOR[name])
    assert 400 <= status(answer) < 500 or status(answer) == 501
    assert b"refused by the archiver's gate" in answer
    assert not told.asked
    (refusal,) = gate.refusals
    assert refusal.status == status(answer)
    assert refusal.detail
    assert asking(gate, get("http://site.test/")) == OK


@pytest.mark.parametrize("name", INTO_A_TUNNEL)
def test_nobody_is_asked_in_a_tunnel_for(name: str, gate: Gate, told: Told) -> None:
    with tunnelled(gate) as sock:
        sock.sendall(INTO_A_TUNNEL[name])
        assert status(everything(sock)) == 400
    with secured(gate) as tls:
        tls.sendall(INTO_A_TUNNEL[name])
        assert status(everything(tls)) == 400
    assert not told.asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "x.localhost", "LOCALHOST", "2130706433", "0x7f.1"])
def test_gate_does_not_lead_to_itself(host: str, gate: Gate, told: Told) -> None:
    assert status(asking(gate, get(f"http://{host}:{gate.port}/"))) == 403
    authority = f"{host}:{gate.port}".encode()
    assert status(asking(gate, b"CONNECT " + authority + b" HTTP/1.1\r\nHost: x\r\n\r\n")) == 403
    assert not told.asked


def test_body_announced_too_large_is_refused_at_once(gate: Gate, told: Told) -> None:
    with connected(gate) as sock:
        sock.sendall(b"POST http://a.test/up HTTP/1.1\r\nHost: a.test\r\nContent-Length: 67108865\r\n\r\n")
        assert status(everything(sock)) == 413
    assert not told.asked
    assert gate.refusals[0].url == "http://a.test/up"


def test_body_that_grows_too_large_is_refused_and_the_refusal_is_read(
    gate: Gate, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.browser.asking.MAX_BODY", 1 << 20)
    chunk = b"10000\r\n" + bytes(1 << 16) + b"\r\n"
    start = b"POST http://a.test/up HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert status(asking(gate, start + chunk * 64)) == 413
    assert not told.asked


def test_refusal_over_tls_is_read_by_a_browser_that_sends_all_before_it_reads(gate: Gate, told: Told) -> None:
    with secured(gate) as tls:
        tls.sendall(b"POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 70000000\r\n\r\n")
        for _ in range(70):
            tls.sendall(bytes(1_000_000))
        assert status(everything(tls)) == 413
    assert not told.asked


def test_largest_body_is_taken(gate: Gate, told: Told) -> None:
    body = bytes(1 << 26)
    start = b"POST http://a.test/up HTTP/1.1\r\nHost: a.test\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert asking(gate, start + body) == OK
    assert told.asked[0].body == body


def test_many_large_bodies_at_once_are_refused_and_room_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.browser.way.MAX_BODIES", 1 << 20)
    here, go_on = threading.Semaphore(0), threading.Event()

    def act(_asked: Asked, line: Line) -> None:
        here.release()
        go_on.wait(PATIENT)
        line.send(OK)

    request = b"POST http://a.test/ HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n" + bytes(700_000)
    with gate_for(Told(act=act)) as gate:
        with connected(gate) as first:
            first.sendall(request)
            assert here.acquire(timeout=PATIENT)
            assert status(asking(gate, request)) == 503
            go_on.set()
            assert everything(first) == OK
        while len(gate_threads()) > 1:
            time.sleep(0.01)
        assert asking(gate, request) == OK


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"GET",
        b"GET http://a.test/ HTTP/1.1\r\nHost: a.te",
        b"POST http://a.test/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf",
        b"POST http://a.test/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
        b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n",
        b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n",
    ],
)
@pytest.mark.parametrize("how", ["hangs up", "says nothing more"])
def test_half_a_request_is_given_up(
    part: bytes, how: str, gate: Gate, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "says nothing more":
        monkeypatch.setattr("archiver.browser.asking.IDLE", 0.05)
        monkeypatch.setattr("archiver.browser.gate.PATIENCE", 0.05)
    with connected(gate) as sock:
        sock.sendall(part)
        if how == "hangs up":
            sock.shutdown(socket.SHUT_WR)
        assert status(everything(sock)) in {0, 200 if part.startswith(b"CONNECT") else 0}
    assert not told.asked


def test_request_that_drips_in_is_served(gate: Gate, told: Told) -> None:
    with connected(gate) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in get("http://site.test/"):
            sock.sendall(bytes([byte]))
        assert everything(sock) == OK
    assert told.asked[0].url == "http://site.test/"


def test_garbage_for_a_handshake_ends_that_connection_only(gate: Gate, told: Told) -> None:
    for garbage in (b"\x16" + bytes(600), b"\x16\x03\x01\xff\xff" + bytes(70_000), b"\x16\x03\x01"):
        with tunnelled(gate) as sock, contextlib.suppress(OSError):
            sock.sendall(garbage)
            sock.shutdown(socket.SHUT_WR)
            everything(sock)
    assert not told.asked
    assert asking(gate, get("http://site.test/")) == OK


def test_client_that_does_not_trust_the_gate_is_let_go(gate: Gate, told: Told) -> None:
    with tunnelled(gate) as sock, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(sock, server_hostname="site.test")
    with tunnelled(gate) as sock, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context(cadata=AUTHORITY.pem).wrap_socket(sock, server_hostname="other.test")
    assert not told.asked
    assert asking(gate, get("http://site.test/")) == OK


def test_garbage_inside_a_secured_tunnel_is_a_hang_up(gate: Gate, told: Told) -> None:
    with secured(gate) as tls:
        socket.socket.send(tls, b"\x17\x03\x03\x00\x20" + bytes(32))
        with pytest.raises(ssl.SSLError, match=r"(?i)mac"):
            everything(tls)
    assert not told.asked


def test_second_request_on_a_connection_is_not_answered(gate: Gate, told: Told) -> None:
    assert asking(gate, get("http://site.test/1") + get("http://site.test/2")) == OK
    assert [asked.url for asked in told.asked] == ["http://site.test/1"]


def test_browser_that_talks_on_before_its_answer_is_hung_up_on() -> None:
    def act(_asked: Asked, line: Line) -> None:
        while not line.gone:
            threading.Event().wait(0.01)

    with gate_for(Told(act=act)) as gate, connected(gate) as sock, contextlib.suppress(ConnectionError):
        sock.sendall(get("http://site.test/") + bytes(1 << 20))
        assert everything(sock) == b""


def test_thousands_of_connections_that_say_nothing_cost_the_browser_nothing_when_they_go(told: Told) -> None:
    with gate_for(told) as gate:
        for _ in range(20):
            held = [socket.create_connection(("127.0.0.1", gate.port), timeout=PATIENT) for _ in range(100)]
            for sock in held:
                sock.close()
        assert asking(gate, get("http://site.test/")) == OK
        assert threading.active_count() < 300
    assert not gate_threads()


def somebody_else() -> socket.socket:
    """A socket of the user nobody; only root can make one."""
    os.seteuid(65534)  # a socket belongs to whoever makes it
    try:
        return socket.socket()
    finally:
        os.seteuid(0)


def test_another_user_is_not_served(gate: Gate, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 4242)
        with contextlib.suppress(ConnectionError):
            assert asking(gate, get("http://site.test/")) == b""
    if os.geteuid() == 0:
        with somebody_else() as sock, contextlib.suppress(ConnectionError):
            sock.connect(("127.0.0.1", gate.port))
            sock.sendall(get("http://site.test/"))
            assert everything(sock) == b""
    assert not told.asked
    assert asking(gate, get("http://site.test/")) == OK


PIECES = [
    b"GET ",
    b"CONNECT ",
    b"http://a.test/",
    b"a.test:443",
    b" HTTP/1.1",
    b"\r\n",
    b"\n",
    b"Host: a.test",
    b":",
    b"\x00",
    b"\xff",
    b"Content-Length: 3",
    b"Transfer-Encoding: chunked",
    b"Upgrade: websocket",
    b"\r\n\r\n",
    b"abc",
]
HEADS = st.lists(
    st.sampled_from(PIECES) | st.binary(max_size=20),
    max_size=20,
)


def test_no_octets_raise_in_a_thread(gate: Gate) -> None:
    turn = itertools.count()

    @settings(max_examples=150, deadline=None)
    @given(HEADS, st.booleans())
    def send(pieces: list[bytes], inside: bool) -> None:
        next(turn)
        opened = tunnelled(gate) if inside else connected(gate)
        with opened as sock, contextlib.suppress(OSError):
            sock.sendall(b"".join(pieces))
            sock.shutdown(socket.SHUT_WR)
            everything(sock)

    send()
    assert next(turn) > 50
    assert gate.failure is None


def test_head_is_read_no_further_than_its_end(gate: Gate) -> None:
    with tunnelled(gate) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
        assert head(sock).endswith(b"\r\n\r\n")
        assert everything(sock) == b"ok"
