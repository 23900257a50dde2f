"""Where a connection goes: the address that was judged, and no other."""

import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from capturing import Ask, names, whole
from forbidden import FORBIDDEN
from server import RawServer, http

from archiver.capture.dns import DnsServer
from archiver.capture.resolve import SystemResolver
from archiver.capture.waiting import Patience
from archiver.errors import StorageError
from archiver.model.exchange import ConnectTo, DnsAnswer, Limits, Route

PUBLIC = "93.184.216.34"


@dataclass
class FakeResolver:
    """Answers each name from a list, one answer after the other (the last one again and again); keeps the calls."""

    answers: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    rcode: str = "NOERROR"
    calls: list[str] = field(default_factory=list)

    def resolve(self, host: str, patience: Patience) -> tuple[DnsAnswer, ...]:
        self.calls.append(host)
        left = self.answers.get(host, [()])
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return (
            DnsAnswer(host, "A", self.rcode, tuple(a for a in addresses if ":" not in a), "dns", b"wire"),
            DnsAnswer(host, "AAAA", self.rcode, tuple(a for a in addresses if ":" in a), "dns", b"wire"),
        )


@pytest.fixture
def canary() -> Iterator[RawServer]:
    """A server that nobody may reach; the port of every forbidden address in these tests."""
    with RawServer(default=http("CANARY"), host="0.0.0.0") as server:
        yield server
        assert server.connections == 0


def test_a_name_that_means_loopback_is_refused_before_a_packet_leaves(canary: RawServer, ask: Ask) -> None:
    resolver = FakeResolver({"evil.example": [("127.0.0.1",)]})
    exchange = ask(f"http://evil.example:{canary.port}/", resolver=resolver)
    assert exchange.failure is not None
    assert exchange.failure.kind == "refused"
    assert exchange.request == b""
    assert [answer.wire for answer in exchange.connection.dns] == [b"wire", b"wire"]


@pytest.mark.parametrize("host", [host for host in FORBIDDEN if host[0] != "["])
def test_no_spelling_of_a_forbidden_address_reaches_a_server(host: str, canary: RawServer, ask: Ask) -> None:
    exchange = ask(f"http://{host}:{canary.port}/")
    assert exchange.failure is not None
    assert exchange.failure.kind == "refused"


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "a.localhost", "localhost."])
def test_names_of_this_machine_are_refused(name: str, canary: RawServer, ask: Ask) -> None:
    exchange = ask(f"http://{name}:{canary.port}/")
    assert exchange.failure is not None
    assert exchange.failure.kind == "refused"
    assert exchange.connection.dns[0].source == "hosts"


def test_rebinding_between_check_and_dial_is_impossible(canary: RawServer, ask: Ask) -> None:
    resolver = FakeResolver({"rebind.example": [("127.0.0.2",), ("127.0.0.1",), (PUBLIC,)]})
    with RawServer(default=http("public"), host="127.0.0.2") as server:
        route = Route(allow=(("127.0.0.2", server.port),))
        exchange = ask(f"http://rebind.example:{server.port}/", route, resolver=resolver)
        assert whole(exchange) == http("public")
        assert exchange.connection.peer_ip == "127.0.0.2"
        assert resolver.calls == ["rebind.example"]
        again = ask(f"http://rebind.example:{server.port}/", route, resolver=resolver)
        assert again.failure is not None
        assert again.failure.kind == "refused"
        assert server.connections == 1


def test_only_acceptable_addresses_of_several_are_dialled(canary: RawServer, ask: Ask) -> None:
    with RawServer(default=http("right"), host="127.0.0.3") as server:
        resolver = FakeResolver({"several.example": [("10.0.0.1", "127.0.0.1", "127.0.0.3", "::1")]})
        route = Route(allow=(("127.0.0.3", server.port),))
        exchange = ask(f"http://several.example:{server.port}/", route, resolver=resolver)
    assert whole(exchange) == http("right")
    assert exchange.connection.peer_ip == "127.0.0.3"


def test_the_next_address_is_tried_when_one_refuses(ask: Ask) -> None:
    with RawServer(default=http("second"), host="127.0.0.3") as server:
        resolver = FakeResolver({"two.example": [("127.0.0.4", "127.0.0.3")]})
        route = Route(allow=(("two.example", server.port),))
        exchange = ask(f"http://two.example:{server.port}/", route, resolver=resolver)
    assert whole(exchange) == http("second")
    assert exchange.connection.peer_ip == "127.0.0.3"


def test_every_failed_attempt_is_in_the_detail(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    resolver = FakeResolver({"none.example": [("10.9.9.9", "127.0.0.4", "127.0.0.5")]})
    route = Route(allow=(("127.0.0.4", port), ("127.0.0.5", port)))
    exchange = ask(f"http://none.example:{port}/", route, resolver=resolver)
    assert exchange.failure is not None
    assert exchange.failure.kind == "connect"
    assert "10.9.9.9 is not public" in exchange.failure.detail
    assert f"127.0.0.4:{port}: connection refused" in exchange.failure.detail
    assert f"127.0.0.5:{port}: connection refused" in exchange.failure.detail


def test_an_address_that_swallows_packets_is_a_timeout(ask: Ask) -> None:
    # A listener whose backlog is full drops the next SYN, as a firewall would.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        host, port = listener.getsockname()
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex((host, port))
        exchange = ask(f"http://{host}:{port}/", Route(allow=((host, port),)), limits=Limits(connect=0.3))
        for filler in fillers:
            filler.close()
    assert exchange.failure is not None
    assert exchange.failure.kind == "timeout"


@pytest.mark.parametrize(("rcode", "words"), [("NXDOMAIN", "does not exist"), ("SERVFAIL", "SERVFAIL"),
                                              ("NOERROR", "no address"), ("NO-ANSWER", "no name server")])  # fmt: skip
def test_a_name_without_address_is_a_dns_failure_with_the_answers(rcode: str, words: str, ask: Ask) -> None:
    exchange = ask("http://gone.example/", resolver=FakeResolver(rcode=rcode))
    assert exchange.failure is not None
    assert exchange.failure.kind == "dns"
    assert words in exchange.failure.detail
    assert {answer.rcode for answer in exchange.connection.dns} == {rcode}


@pytest.mark.parametrize("url", ["ftp://ftp.example/x", "file:///etc/passwd", "javascript:alert(1)", "data:,x"])
def test_other_schemes_are_refused_without_a_lookup(url: str, ask: Ask) -> None:
    resolver = FakeResolver()
    exchange = ask(url, resolver=resolver)
    assert exchange.failure is not None
    assert exchange.failure.kind == "refused"
    assert resolver.calls == []


def test_connect_to_dials_the_named_place_and_keeps_the_host(raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = http("here")
    route = Route(connect_to=(ConnectTo("site.example", 80, "127.0.0.1", raw_server.port),))
    resolver = FakeResolver()
    exchange = ask("http://site.example/page", route, resolver=resolver)
    assert whole(exchange) == http("here")
    assert b"\r\nHost: site.example\r\n" in b"\r\n" + raw_server.requests[0]
    assert exchange.connection.via == f"connect-to 127.0.0.1:{raw_server.port}"
    assert exchange.connection.peer_ip == "127.0.0.1"
    assert resolver.calls == []


def test_the_first_of_several_connect_to_counts(raw_server: RawServer, ask: Ask) -> None:
    # Those of the command line come before those of case.yaml.
    here = ConnectTo("site.example", 80, "127.0.0.1", raw_server.port)
    exchange = ask("http://site.example/", Route(connect_to=(here, replace(here, to_port=1))))
    assert exchange.connection.peer_port == raw_server.port


def test_connect_to_opens_the_place_for_its_own_host_and_port_only(canary: RawServer, ask: Ask) -> None:
    route = Route(connect_to=(ConnectTo("site.example", 80, "127.0.0.1", canary.port),))
    resolver = FakeResolver({"other.example": [("127.0.0.1",)], "site.example": [("127.0.0.1",)]})
    for url in (f"http://127.0.0.1:{canary.port}/", f"http://other.example:{canary.port}/",
                f"http://site.example:{canary.port}/"):  # fmt: skip
        exchange = ask(url, route, resolver=resolver)
        assert exchange.failure is not None
        assert exchange.failure.kind == "refused"


def test_connect_to_does_not_open_another_scheme(ask: Ask) -> None:
    exchange = ask("ftp://site.example/", Route(connect_to=(ConnectTo("", 0, "127.0.0.1", 1),)))
    assert exchange.failure is not None
    assert exchange.failure.kind == "refused"


def test_connect_to_a_name_looks_that_name_up(raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = http("here")
    route = Route(connect_to=(ConnectTo("site.example", 80, "origin.example", raw_server.port),))
    resolver = FakeResolver({"origin.example": [("127.0.0.1",)]})
    assert whole(ask("http://site.example/", route, resolver=resolver)) == http("here")
    assert resolver.calls == ["origin.example"]


def test_an_onion_name_never_meets_a_name_server(ask: Ask) -> None:
    resolver = FakeResolver()
    exchange = ask("http://abcdefghij.onion/", resolver=resolver)
    assert exchange.failure is not None
    assert exchange.failure.kind == "refused"
    assert resolver.calls == []


def test_odd_answers_of_the_same_server_do_not_share_a_connection(raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = http("one") + http("two")
    for _ in range(2):
        assert "bytes-after-end" in names(ask(raw_server.url(), Route(allow=raw_server.allow)))
    assert raw_server.connections == 2


def test_a_flood_of_forbidden_addresses_is_told_in_few_words(ask: Ask) -> None:
    flood = tuple(f"10.0.{number // 256}.{number % 256}" for number in range(4000))
    exchange = ask("http://flood.example/", resolver=FakeResolver({"flood.example": [flood]}))
    assert exchange.failure is not None
    assert exchange.failure.kind == "refused"
    assert exchange.failure.detail.endswith("and 3992 addresses more")
    assert len(exchange.failure.detail) < 1000


@pytest.mark.parametrize("code", [errno.EMFILE, errno.ENFILE])
@pytest.mark.parametrize("host", ["93.184.216.34", "named.example"])
def test_too_many_open_files_are_no_failure_of_a_host(
    host: str, code: int, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*args: object, **more: object) -> socket.socket:
        raise OSError(code, os.strerror(code))

    resolver = SystemResolver(servers=(DnsServer("127.0.0.1", 53),))
    monkeypatch.setattr(socket, "socket", none_left)
    with pytest.raises(StorageError) as caught:
        ask(f"http://{host}/", resolver=resolver)
    assert caught.value.kind == "files"
