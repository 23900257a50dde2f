"""A tunnel for a browser that speaks for itself: judged and dialled as the wire's own connections, and noted."""

import errno
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from capturing import QUICK
from forbidden import FORBIDDEN
from proxies import TestProxy
from server import RawServer, http
from test_dial import FakeResolver

from archiver.capture.blind import MAX_KNOWN, Blind
from archiver.capture.waiting import Failed, Stopped
from archiver.errors import StorageError
from archiver.model.exchange import Connection, ConnectTo, Failure, Route
from archiver.runtime import Runtime

Make = Callable[..., Blind]


@pytest.fixture
def blind(runtime: Runtime) -> Make:
    """Make a dialler: `blind(Route(…), resolver=…, stop=…)`."""

    def make(route: Route = Route(), seconds: float = 10, **more: object) -> Blind:  # noqa: B008  # frozen
        deadline = runtime.clock.monotonic() + seconds
        return Blind(runtime, route, QUICK, deadline=deadline, **more)  # type: ignore[arg-type]

    return make


def _said(sock: socket.socket) -> bytes:
    with sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        found = b""
        while piece := sock.recv(65536):
            found += piece
    return found


def test_a_tunnel_is_a_blocking_socket_in_which_nothing_was_said(blind: Make, raw_server: RawServer) -> None:
    raw_server.default = http("through")
    dial = blind(Route(allow=raw_server.allow))
    assert _said(dial("127.0.0.1", raw_server.port)) == http("through")
    assert dial.reached("127.0.0.1", raw_server.port) == (
        Connection(peer_ip="127.0.0.1", peer_port=raw_server.port),
        None,
    )


@pytest.mark.parametrize("host", [host.strip("[]") for host in FORBIDDEN])
def test_no_forbidden_address_gets_a_tunnel(host: str, blind: Make, raw_server: RawServer) -> None:
    dial = blind()
    with pytest.raises(Failed) as refusal:
        dial(host, raw_server.port)
    assert refusal.value.kind == "refused"
    assert dial.reached(host, raw_server.port)[1] == Failure("refused", refusal.value.detail)
    assert raw_server.connections == 0


def test_a_name_that_means_loopback_is_refused_and_its_answer_noted(blind: Make, raw_server: RawServer) -> None:
    dial = blind(resolver=FakeResolver({"evil.example": [("127.0.0.1",)]}))
    with pytest.raises(Failed, match="not public"):
        dial("evil.example", raw_server.port)
    connection, failure = dial.reached("EVIL.example.", raw_server.port)
    assert connection.dns[0].addresses == ("127.0.0.1",)
    assert failure is not None
    assert raw_server.connections == 0


def test_connect_to_and_a_proxy_are_used_as_for_any_exchange(blind: Make, raw_server: RawServer) -> None:
    raw_server.default = http("elsewhere")
    route = Route(connect_to=(ConnectTo("site.test", 443, "127.0.0.1", raw_server.port),))
    dial = blind(route)
    assert _said(dial("site.test", 443)) == http("elsewhere")
    assert dial.reached("site.test", 443)[0].via == f"connect-to 127.0.0.1:{raw_server.port}"
    with TestProxy("http", ("127.0.0.1", raw_server.port)) as proxy:
        dial = blind(Route(allow=raw_server.allow, proxy=proxy.url()))
        assert _said(dial("127.0.0.1", raw_server.port)) == http("elsewhere")
        connection, _ = dial.reached("127.0.0.1", raw_server.port)
        assert connection == Connection(via=f"proxy {proxy.url()}")


def test_where_tunnels_ended_at_several_addresses_none_is_named(blind: Make) -> None:
    with RawServer(host="127.0.0.2") as second, socket.create_server(("127.0.0.1", second.port)):
        resolver = FakeResolver({"both.test": [("127.0.0.1",), ("127.0.0.2",)]})
        dial = blind(Route(allow=(("both.test", second.port),)), resolver=resolver)
        dial("both.test", second.port).close()
        assert dial.reached("both.test", second.port)[0].peer_ip == "127.0.0.1"
        dial("both.test", second.port).close()
        connection, failure = dial.reached("both.test", second.port)
        assert (connection.peer_ip, connection.peer_port, failure) == ("", 0, None)
        assert connection.dns


def test_a_failure_stays_known_after_a_later_tunnel(blind: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    dial = blind(Route(allow=(("127.0.0.1", port),)))
    with pytest.raises(Failed) as refused:
        dial("127.0.0.1", port)
    assert refused.value.kind == "connect"
    with RawServer() as server:
        dial = blind(Route(allow=(*server.allow, ("127.0.0.1", port))))
        dial("127.0.0.1", server.port).close()
        assert dial.reached("127.0.0.1", server.port)[1] is None
    with pytest.raises(Failed):
        dial("127.0.0.1", server.port)
    connection, failure = dial.reached("127.0.0.1", server.port)
    assert connection.peer_port == server.port
    assert failure is not None


@pytest.mark.parametrize("host", ["", "a b", "ex\nample.org", "-" * 300, "[", "%", "\x00"])
def test_a_host_that_cannot_exist_is_refused(host: str, blind: Make) -> None:
    dial = blind()
    with pytest.raises(Failed) as refusal:
        dial(host, 443)
    assert refusal.value.kind in {"refused", "dns"}


def test_the_wish_to_stop_and_the_deadline_are_kept(blind: Make, raw_server: RawServer) -> None:
    with pytest.raises(Stopped):
        blind(Route(allow=raw_server.allow), stop=lambda: True)("127.0.0.1", raw_server.port)
    with pytest.raises(Failed, match="no time"):
        blind(Route(allow=raw_server.allow), seconds=-1)("127.0.0.1", raw_server.port)
    assert raw_server.connections == 0


def test_too_many_open_files_say_nothing_about_a_host(
    blind: Make, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dial = blind(Route(allow=raw_server.allow))

    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, "too many")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(StorageError):
        dial("127.0.0.1", raw_server.port)
    assert dial.reached("127.0.0.1", raw_server.port) == (Connection(), None)


def test_what_is_remembered_is_bounded(blind: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert MAX_KNOWN == 10_000
    monkeypatch.setattr("archiver.capture.blind.MAX_KNOWN", 2)
    dial = blind()
    for number in range(3):
        with pytest.raises(Failed):
            dial(f"127.0.0.{number}", 443)
    assert dial.reached("127.0.0.1", 443)[1] is not None
    assert dial.reached("127.0.0.2", 443) == (Connection(), None)
