"""Tunnels that nobody looks into: whoever opens the way decides where they lead; the gate carries octets."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
from authority import Authority
from gating import OK, PATIENT, Told, asking, connected, everything, exactly, gate_for, gate_threads, get, head, status
from server import RawServer, http

from archiver.errors import UsageError

WAY = b"CONNECT site.test:443 HTTP/1.1\r\nHost: site.test\r\n\r\n"


class Far:
    """Opens ways to itself and shows their other ends."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.ends: list[socket.socket] = []

    def __call__(self, host: str, port: int) -> socket.socket:
        self.asked.append((host, port))
        here, there = socket.socketpair()
        there.settimeout(PATIENT)
        self.ends.append(there)
        return here


@pytest.fixture
def far() -> Iterator[Far]:
    far = Far()
    yield far
    for end in far.ends:
        end.close()


@contextlib.contextmanager
def opened(far: Far, told: Told) -> Iterator[socket.socket]:
    with gate_for(told, blind=far) as gate, connected(gate) as sock:
        sock.sendall(WAY)
        assert status(head(sock)) == 200
        yield sock
    assert not gate_threads()


def test_octets_pass_both_ways_unchanged_until_both_have_ended(far: Far) -> None:
    told = Told()
    with opened(far, told) as sock:
        sock.sendall(b"\x16\x03\x01 not looked at")
        assert exactly(far.ends[0], 17) == b"\x16\x03\x01 not looked at"
        sock.shutdown(socket.SHUT_WR)
        assert everything(far.ends[0]) == b""
        far.ends[0].sendall(b"after your end")
        far.ends[0].close()
        assert everything(sock) == b"after your end"
    assert far.asked == [("site.test", 443)]
    assert not told.asked


def test_far_end_may_end_first(far: Far) -> None:
    with opened(far, Told()) as sock:
        far.ends[0].sendall(b"bye")
        far.ends[0].shutdown(socket.SHUT_WR)
        assert everything(sock) == b"bye"
        sock.sendall(b"and you")
        sock.shutdown(socket.SHUT_WR)
        assert everything(far.ends[0]) == b"and you"


def test_bytes_right_behind_the_request_are_carried(far: Far) -> None:
    with gate_for(Told(), blind=far) as gate, connected(gate) as sock:
        sock.sendall(WAY + b"early")
        assert status(head(sock)) == 200
        assert exactly(far.ends[0], 5) == b"early"


def test_large_volumes_pass_both_ways_at_once(far: Far) -> None:
    data = bytes(range(256)) * (1 << 16)  # 16 MiB
    with opened(far, Told()) as sock:
        jobs = [threading.Thread(target=end.sendall, args=(data,)) for end in (sock, far.ends[0])]
        got: list[bytes] = []
        jobs += [
            threading.Thread(target=lambda e=end: got.append(exactly(e, len(data)))) for end in (sock, far.ends[0])
        ]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
    assert got == [data, data]


@pytest.mark.parametrize("error", [UsageError("guard", "address is private"), OSError("unreachable"), KeyError()])
def test_way_that_cannot_be_opened_is_a_502(error: Exception) -> None:
    def blind(_host: str, _port: int) -> socket.socket:
        raise error

    told = Told()
    with gate_for(told, blind=blind) as gate:
        assert status(asking(gate, WAY)) == 502
        assert gate.refusals[0].url == "https://site.test:443"
        assert asking(gate, get("http://site.test/")) == OK  # what is not a tunnel is answered
        assert len(told.asked) == 1


def test_blind_tunnel_to_the_gate_itself_is_refused(far: Far) -> None:
    with gate_for(Told(), blind=far) as gate:
        assert status(asking(gate, b"CONNECT 127.0.0.1:%d HTTP/1.1\r\nHost: x\r\n\r\n" % gate.port)) == 403
    assert not far.asked


def test_closing_ends_open_tunnels(far: Far) -> None:
    with gate_for(Told(), blind=far) as gate, connected(gate) as sock:
        sock.sendall(WAY)
        assert status(head(sock)) == 200
        gate.close()
        assert everything(sock) == b""
        assert everything(far.ends[0]) == b""
        assert not gate_threads()


def test_real_tls_server_is_seen_through_a_blind_tunnel(ca: Authority) -> None:
    context = ca.context("site.test")
    with RawServer({"/": http(b"really")}, context=context) as server:

        def blind(_host: str, _port: int) -> socket.socket:
            return socket.create_connection((server.host, server.port))

        with gate_for(Told(), blind=blind) as gate, connected(gate) as sock:
            sock.sendall(WAY)
            assert status(head(sock)) == 200
            with ssl.create_default_context(cadata=ca.pem).wrap_socket(sock, server_hostname="site.test") as tls:
                tls.sendall(b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n")
                assert everything(tls) == http(b"really")
