"""The first promise: what is recorded is what arrived, whatever a server sends."""

import hashlib
from collections.abc import Iterator

import pytest
from authority import Authority
from capturing import Ask, names, whole
from hostile_answers import CASES, CHUNKED, CODING, CONNECTION, CONTROL, HEADERS, PLAIN_CASES, TLS
from server import HostileCase, RawServer

from archiver.http.anomalies import ANOMALIES
from archiver.http.parse import read_message
from archiver.model.exchange import Exchange, Route

OVER_TLS = (*CONTROL, *HEADERS[::4], *CHUNKED[::4], *CODING[::6], *CONNECTION, *TLS)


@pytest.fixture(scope="module")
def plain() -> Iterator[RawServer]:
    with RawServer() as server:
        server.add(CASES)
        yield server


@pytest.fixture(scope="module")
def secure(ca: Authority) -> Iterator[RawServer]:
    with RawServer(context=ca.context("127.0.0.1")) as server:
        server.add(CASES)
        yield server


def _check(case: HostileCase, server: RawServer, exchange: Exchange) -> None:
    assert exchange.failure is None
    assert exchange.response is not None
    got = whole(exchange)
    sent = server.sent[case.target]
    if case.endless:
        assert got
        assert sent.startswith(got)
        assert exchange.truncated == "time"
    else:
        assert got == sent == case.sent
    assert exchange.response.sha256 == hashlib.sha256(got).hexdigest()
    assert exchange.response.size == len(got)
    assert set(case.expect) <= names(exchange)
    assert names(exchange) <= set(ANOMALIES)
    message = exchange.message
    assert message is not None
    again = read_message([got], cut=exchange.truncated is not None)
    assert (again.status, again.headers, again.entity_sha256) == (
        message.status,
        message.headers,
        message.entity_sha256,
    )


@pytest.mark.parametrize("case", PLAIN_CASES, ids=lambda case: case.name)
def test_the_record_is_what_the_server_sent(case: HostileCase, plain: RawServer, ask: Ask) -> None:
    exchange = ask(plain.url(case.target), Route(allow=plain.allow), seconds=0.4 if case.endless else 20)
    _check(case, plain, exchange)
    if case.group == "control":
        assert names(exchange) == set(case.expect)


@pytest.mark.parametrize("case", OVER_TLS, ids=lambda case: case.name)
def test_the_record_is_what_the_server_sent_over_tls(
    case: HostileCase, secure: RawServer, ask: Ask, ca: Authority
) -> None:
    route = Route(allow=secure.allow, ca_pem=ca.pem)
    exchange = ask(secure.url(case.target), route, seconds=0.6 if case.endless else 20)
    if case.expect == ("connection-reset",):
        assert names(exchange) & {"connection-reset", "tls-no-close-notify"}
        assert exchange.truncated == "disconnect"
        assert whole(exchange) == case.sent
        return
    _check(case, secure, exchange)
    assert exchange.connection.tls is not None
    assert exchange.connection.tls.verified is True


def test_every_case_has_a_name_of_its_own_and_expects_published_names() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 200
    assert {name for case in CASES for name in case.expect} <= set(ANOMALIES)
