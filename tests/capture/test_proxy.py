"""Through a proxy: names stay remote, credentials stay out of the record, and without the proxy nothing goes out."""

import socket
from dataclasses import dataclass, field

import pytest
from authority import Authority
from capturing import Ask, whole
from proxies import TestProxy as Proxying
from server import RawServer, http

from archiver.capture.proxy import Proxy
from archiver.capture.waiting import Patience
from archiver.errors import UsageError
from archiver.model.exchange import ConnectTo, DnsAnswer, Exchange, Limits, Route

LOGIN = ("user name", "p:ss/w%rd")
USERINFO = "user%20name:p%3Ass%2Fw%25rd"


@dataclass
class NoResolver:
    """Nobody may ask it."""

    calls: list[str] = field(default_factory=list)

    def resolve(self, host: str, patience: Patience) -> tuple[DnsAnswer, ...]:
        self.calls.append(host)
        return (DnsAnswer(host, "A", "NXDOMAIN", (), "dns"),)


def _nothing_leaks(exchange: Exchange) -> None:
    assert "ss/w" not in repr(exchange)
    assert "user" not in exchange.connection.via


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize("login", [None, LOGIN])
def test_a_plain_target_is_reached_and_its_name_left_to_the_proxy(
    kind: str, login: tuple[str, str] | None, raw_server: RawServer, ask: Ask
) -> None:
    raw_server.default = http("through")
    resolver = NoResolver()
    with Proxying(kind, ("127.0.0.1", raw_server.port), login) as proxy:
        route = Route(proxy=proxy.url(USERINFO if login else ""))
        exchange = ask("http://site.example/page?x=1", route, resolver=resolver)
        assert proxy.asked == [("site.example", 80)]
        assert proxy.logins == ([":".join(LOGIN)] if login else [])
        assert exchange.connection.via == f"proxy {proxy.url()}"
    assert whole(exchange) == http("through")
    assert raw_server.requests[0].startswith(b"GET /page?x=1 HTTP/1.1\r\nHost: site.example\r\n")
    assert (exchange.connection.peer_ip, exchange.connection.peer_port, exchange.connection.dns) == ("", 0, ())
    assert resolver.calls == []
    _nothing_leaks(exchange)


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_tls_target_is_reached_and_verified(kind: str, ca: Authority, ask: Ask) -> None:
    with (
        RawServer(default=http("deep"), context=ca.context("site.test")) as server,
        Proxying(kind, ("127.0.0.1", server.port)) as proxy,
    ):
        exchange = ask("https://site.test/", Route(proxy=proxy.url(), ca_pem=ca.pem), resolver=NoResolver())
        assert proxy.asked == [("site.test", 443)]
    assert whole(exchange) == http("deep")
    assert exchange.connection.tls is not None
    assert exchange.connection.tls.verified is True


def test_socks5h_is_the_same_as_socks5(raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = http("onion")
    with Proxying("socks5", ("127.0.0.1", raw_server.port)) as proxy:
        exchange = ask("http://abcdef.onion/", Route(proxy=proxy.url(scheme="socks5h")), resolver=NoResolver())
        assert proxy.asked == [("abcdef.onion", 80)]
    assert whole(exchange) == http("onion")


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize("host", ["8.8.8.8", "[2606:4700::1111]"])
def test_literal_addresses_go_through_as_they_are(kind: str, host: str, raw_server: RawServer, ask: Ask) -> None:
    with Proxying(kind, ("127.0.0.1", raw_server.port)) as proxy:
        ask(f"http://{host}:8080/", Route(proxy=proxy.url()), resolver=NoResolver())
        assert proxy.asked == [(host.strip("[]"), 8080)]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "[::1]", "169.254.169.254", "localhost", "a.localhost", "printer.local",
             "metadata.google.internal", "box.home.arpa", "router"]
)  # fmt: skip
def test_local_targets_are_refused_before_the_proxy_hears_of_them(host: str, ask: Ask) -> None:
    with Proxying("socks5") as proxy:
        exchange = ask(f"http://{host}/", Route(proxy=proxy.url()), resolver=NoResolver())
        assert proxy.raw == []
    assert exchange.failure is not None
    assert exchange.failure.kind == "refused"


def test_connect_to_goes_through_the_proxy_too(raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = http("both")
    with Proxying("http", ("127.0.0.1", raw_server.port)) as proxy:
        route = Route(proxy=proxy.url(), connect_to=(ConnectTo("site.example", 80, "10.1.1.1", 8080),))
        exchange = ask("http://site.example/", route, resolver=NoResolver())
        assert proxy.asked == [("10.1.1.1", 8080)]
        assert exchange.connection.via == f"connect-to 10.1.1.1:8080, proxy {proxy.url()}"
    assert whole(exchange) == http("both")


def test_a_proxy_that_is_down_fails_closed(raw_server: RawServer, ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for scheme in ("http", "socks5", "socks5h"):
        route = Route(proxy=f"{scheme}://user:hunter22@127.0.0.1:{port}", allow=raw_server.allow)
        exchange = ask(raw_server.url(), route, resolver=NoResolver())
        assert exchange.failure is not None
        assert exchange.failure.kind == "proxy"
        assert "cannot be reached" in exchange.failure.detail
        assert "hunter22" not in repr(exchange)
    assert raw_server.connections == 0


def test_a_proxy_whose_name_does_not_exist_fails_closed(raw_server: RawServer, ask: Ask) -> None:
    resolver = NoResolver()
    exchange = ask(raw_server.url(), Route(proxy="http://proxy.example", allow=raw_server.allow), resolver=resolver)
    assert exchange.failure is not None
    assert exchange.failure.kind == "proxy"
    assert resolver.calls == ["proxy.example"]
    assert exchange.connection.dns == ()
    assert raw_server.connections == 0


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "status 403"),
        (b"HTTP/1.1 407 Login\r\n\r\n", "status 407"),
        (b"HTTP/1.0 502 Bad\n\n", "status 502"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", "status 302"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "not one of HTTP"),
        (b"\x00\x01garbage\r\n\r\n", "not one of HTTP"),
        (b"HTTP/1.1\r\n\r\n", "not one of HTTP"),
        (b"HTTP/1.1 20", "closed the connection"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, "no end"),
    ],
)
def test_a_connect_that_is_refused_says_how(reply: bytes, words: str, ask: Ask) -> None:
    with Proxying("http", reply=reply) as proxy:
        exchange = ask("https://site.example/", Route(proxy=proxy.url()))
    assert exchange.failure is not None
    assert exchange.failure.kind == "proxy"
    assert words in exchange.failure.detail
    assert exchange.request == b""


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"!HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak socks 5"),
        (b"!\x05\xff", "demands a login"),
        (b"!\x05", "closed the connection"),
        (b"\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00", "general failure"),
        (b"\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", "not allowed"),
        (b"\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00", "host unreachable"),
        (b"\x05\x77\x00\x01\x00\x00\x00\x00\x00\x00", "code 119"),
        (b"\x04\x00\x00\x01\x00\x00\x00\x00\x00\x00", "does not speak socks 5"),
        (b"\x05\x00\x00\x09\x00\x00\x00\x00\x00\x00", "cannot be read"),
        (b"\x05\x00\x00\x01\x00", "closed the connection"),
    ],
)
def test_a_socks_proxy_that_refuses_says_how(reply: bytes, words: str, ask: Ask) -> None:
    with Proxying("socks5", reply=reply) as proxy:
        exchange = ask("http://site.example/", Route(proxy=proxy.url()))
    assert exchange.failure is not None
    assert exchange.failure.kind == "proxy"
    assert words in exchange.failure.detail


@pytest.mark.parametrize("bound", [b"\x03\x04abcd\x12\x34", b"\x04" + bytes(16) + b"\x12\x34"])
def test_every_form_of_a_bound_address_is_passed_by(bound: bytes) -> None:
    talk = Proxy.parse("socks5://127.0.0.1").talk("site.example", 80)
    wire = b"\x05\x00" + b"\x05\x00\x00" + bound
    _, size = next(talk)
    while len(wire) > size:
        piece, wire = wire[:size], wire[size:]
        _, size = talk.send(piece)
    assert len(wire) == size
    with pytest.raises(StopIteration):
        talk.send(wire)


@pytest.mark.parametrize(("kind", "words"), [("http", "407"), ("socks5", "refused the login")])
def test_a_wrong_login_is_refused_and_not_repeated(kind: str, words: str, ask: Ask) -> None:
    with Proxying(kind, login=LOGIN) as proxy:
        exchange = ask("http://site.example/", Route(proxy=proxy.url("someone:letmein1")))
    assert exchange.failure is not None
    assert exchange.failure.kind == "proxy"
    assert words in exchange.failure.detail
    assert "letmein1" not in repr(exchange)


def test_a_login_that_is_not_wanted_is_said(ask: Ask) -> None:
    with Proxying("socks5") as proxy:
        exchange = ask("http://site.example/", Route(proxy=proxy.url("a:b")))
    assert exchange.failure is not None
    assert "accepts no such login" in exchange.failure.detail


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_slow_proxy_is_waited_for(kind: str, raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = http("slow")
    with Proxying(kind, ("127.0.0.1", raw_server.port), delay=0.01) as proxy:
        assert whole(ask("http://site.example/", Route(proxy=proxy.url()))) == http("slow")


def test_a_proxy_that_never_answers_is_given_up(ask: Ask) -> None:
    with Proxying("http", delay=1.0) as proxy:
        exchange = ask("http://site.example/", Route(proxy=proxy.url()), limits=Limits(connect=0.3))
    assert exchange.failure is not None
    assert exchange.failure.kind == "proxy"
    assert "in time" in exchange.failure.detail


def test_bytes_right_behind_the_proxys_answer_belong_to_the_target(raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = ()
    with Proxying("http", ("127.0.0.1", raw_server.port), early=http("early")) as proxy:
        assert whole(ask("http://site.example/", Route(proxy=proxy.url()))) == http("early")


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:1080", "ftp://proxy.example", "http://", "http://:80", "socks4://proxy.example", "http://proxy:99999",
     "https://proxy.example", "http://[::1", "socks5://" + "u" * 256 + ":p@proxy.example"],
)  # fmt: skip
def test_a_proxy_address_that_cannot_be_used_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Proxy.parse(url)
    assert url not in str(caught.value)


def test_proxy_addresses_have_usual_ports_and_hide_credentials() -> None:
    assert Proxy.parse("http://proxy.example") == Proxy("http", "proxy.example", 3128)
    assert Proxy.parse("SOCKS5H://[::1]").shown == "socks5h://[::1]:1080"
    proxy = Proxy.parse("socks5://u%40x:s3cr%3At@proxy.example:9050/")
    assert (proxy.user, proxy.password, proxy.port) == (b"u@x", b"s3cr:t", 9050)
    assert "s3cr" not in repr(proxy) + proxy.shown
