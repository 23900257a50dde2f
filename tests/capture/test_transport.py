"""The wire under httpx."""

import gzip
from collections.abc import Iterator

import httpx
import pytest
from capturing import QUICK, Spools, whole
from server import RawServer, chunked, http

from archiver.capture.transport import NoAnswer, WireTransport
from archiver.capture.wire import Wire
from archiver.model.address import Address
from archiver.model.exchange import Exchange, Route
from archiver.runtime import Runtime


@pytest.fixture
def transport(runtime: Runtime, raw_server: RawServer, spools: Spools) -> Iterator[WireTransport]:
    wire = Wire(runtime, Route(allow=raw_server.allow), QUICK, spool=spools)
    with WireTransport(wire, runtime.clock, 20.0) as transport:
        yield transport


def test_a_client_gets_ordinary_answers(raw_server: RawServer, transport: WireTransport) -> None:
    raw_server.routes["/json?a=b"] = http('{"a": 1}', "Content-Type: application/json", "Set-Cookie: sid=1")
    raw_server.routes["/gzip"] = http(gzip.compress(b"coded"), "Content-Encoding: gzip")
    raw_server.routes["/chunked"] = chunked(b"one ", b"two")
    raw_server.routes["/gone"] = http("gone", line=b"HTTP/1.1 410 So Sorry")
    with httpx.Client(transport=transport, trust_env=False) as client:
        answer = client.get(raw_server.url("/json"), params={"a": "b"})
        assert answer.json() == {"a": 1}
        assert answer.http_version == "HTTP/1.1"
        assert client.get(raw_server.url("/gzip")).text == "coded"
        assert client.get(raw_server.url("/chunked")).text == "one two"
        gone = client.get(raw_server.url("/gone"))
        assert (gone.status_code, gone.reason_phrase) == (410, "So Sorry")
        exchange = gone.extensions["exchange"]
        assert isinstance(exchange, Exchange)
        assert exchange.response is not None
        assert whole(exchange) == raw_server.sent["/gone"]
    assert raw_server.requests[0].count(b"Host:") == raw_server.requests[0].count(b"Connection: close") == 1
    assert b"Cookie: [redacted]" in exchange.request
    assert b"httpx" not in b"".join(raw_server.requests)


def test_posts_and_secrets_pass_through_and_are_redacted(raw_server: RawServer, transport: WireTransport) -> None:
    raw_server.default = http("your key hunter2hunter2")
    with httpx.Client(transport=transport, trust_env=False) as client:
        answer = client.post(raw_server.url(), json={"q": 1}, headers={"X-Api-Key": "hunter2hunter2"})
    assert raw_server.requests[0].endswith(b'\r\n\r\n{"q":1}')
    assert raw_server.requests[0].count(b"Content-Length") == 1
    exchange: Exchange = answer.extensions["exchange"]
    assert b"hunter2" not in exchange.request
    assert answer.text == "your key **************"


def test_a_target_is_asked_for_as_it_stands(raw_server: RawServer, transport: WireTransport) -> None:
    raw_server.default = http("odd")
    target = Address.parse(raw_server.url("/%zz/../a b"))
    request = httpx.Request("GET", "http://unused.example/", extensions={"target": target})
    answer = transport.handle_request(request)
    assert answer.read() == b"odd"
    assert raw_server.requests[0].startswith(b"GET /%zz/../a%20b HTTP/1.1\r\nHost: 127.0.0.1:")


def test_an_answer_without_a_number_is_still_an_answer(raw_server: RawServer, transport: WireTransport) -> None:
    raw_server.default = b"<p>no status line at all</p>"
    answer = transport.handle_request(httpx.Request("GET", raw_server.url()))
    assert answer.status_code == 200
    assert answer.read() == b"<p>no status line at all</p>"


def test_no_answer_is_an_error_that_carries_the_exchange(transport: WireTransport) -> None:
    with httpx.Client(transport=transport, trust_env=False) as client, pytest.raises(NoAnswer) as caught:
        client.get("http://127.0.0.2:1/")
    assert caught.value.exchange.failure is not None
    assert caught.value.exchange.failure.kind == "refused"
    assert "not public" in str(caught.value)


def test_redirects_are_not_followed(raw_server: RawServer, transport: WireTransport) -> None:
    raw_server.default = http("", "Location: javascript:alert(1)", line=b"HTTP/1.1 302 Found")
    answer = transport.handle_request(httpx.Request("GET", raw_server.url()))
    assert answer.status_code == 302
    assert len(raw_server.requests) == 1


def test_what_httpx_is_given_is_durable_before(raw_server: RawServer, transport: WireTransport, spools: Spools) -> None:
    raw_server.default = http("small and plain")
    request = httpx.Request("GET", raw_server.url(), headers={"Host": raw_server.netloc})
    exchange = transport.handle_request(request).extensions["exchange"]
    assert exchange.response.path == spools.paths[0]
    assert spools.paths[0].read_bytes() == raw_server.sent["/"]
