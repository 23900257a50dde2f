"""Asking an authority over HTTP: which bytes leave, by which way, and what is made of each kind of answer."""

import gzip
import hashlib
import threading
from dataclasses import replace

import pytest
from authority import Authority as Issuer
from proxies import TestProxy
from server import Drip, RawServer, Send, http
from stamping import LocalAuthority, Mode

from archiver.custody.stamp import Authority, StampFailed, Stamps, stamps
from archiver.custody.token import request
from archiver.errors import ConfigError, UsageError
from archiver.model.exchange import NEUTRAL_USER_AGENT, ConnectTo, Route
from archiver.pipeline.authorities import LIMITS, asking
from archiver.runtime import Runtime

SUMS = b"2e5d  000007.seal\n"
QUERY = request(hashlib.sha256(SUMS).digest(), 4711)


def asked(authority: LocalAuthority, runtime: Runtime, seconds: float = 30) -> Stamps:
    ask = asking(Route(allow=authority.allow), runtime, replace(LIMITS, max_time=seconds, idle=seconds))
    named = (Authority("first", authority.url),)
    return stamps(SUMS, named, ask=ask, clock=runtime.clock, ids=runtime.ids, seconds=seconds + 5)


def test_the_authority_learns_a_hash_and_nothing_that_tells_us_apart(runtime: Runtime) -> None:
    with LocalAuthority() as authority:
        found = asked(authority, runtime)
        (raw,) = authority.requests
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.decode().split("\r\n") == [
        "POST /tsr HTTP/1.1",
        f"Host: {authority.host_port}",
        f"User-Agent: {NEUTRAL_USER_AGENT}",
        "Accept-Language: en-US,en;q=0.5",
        "Accept: application/timestamp-reply",
        "Accept-Encoding: identity",
        "Content-Type: application/timestamp-query",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    assert body == found.tokens[0].request
    assert hashlib.sha256(SUMS).digest() in body


@pytest.mark.parametrize("mode", ["good", "wrong-type", "chunked", "gzip", "late"])
def test_a_good_stamp_counts_however_it_is_packed(mode: Mode, runtime: Runtime) -> None:
    with LocalAuthority(mode=mode) as authority:
        found = asked(authority, runtime)
        assert found.pending == ()
        assert authority.verified(SUMS, found.tokens[0].response)


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        ("down", "the connection ended before the first byte of an answer: connection reset by peer"),
        ("other-data", "its answer was not accepted: the time stamp is over other data"),
        ("other-nonce", "its answer was not accepted: the answer belongs to another request"),
        ("no-certificate", "its answer was not accepted: the token holds no certificate"),
        ("garbage", "its answer was not accepted: the answer is no time stamp"),
        ("empty", "its answer was not accepted: the answer is empty"),
        ("huge", "its answer has more than 65536 bytes"),
        ("redirect", "it answered with HTTP status 302"),
        ("error", "it answered with HTTP status 503"),
        ("refusal", "its answer was not accepted: the authority refused: Message digest algorithm is not supported."),
    ],
)
def test_any_other_answer_leaves_it_pending_in_plain_words(mode: Mode, why: str, runtime: Runtime) -> None:
    with LocalAuthority(mode=mode) as authority:
        found = asked(authority, runtime)
        assert found.tokens == ()
        ((name, reason),) = found.pending
        assert name == "first"
        assert reason.startswith(f"first: {why}")
        assert len(authority.requests) == 1  # nothing is asked twice, and no redirect followed


def test_an_authority_that_says_nothing_has_its_seconds_and_no_more(runtime: Runtime) -> None:
    with LocalAuthority(mode="silent") as authority:
        assert asked(authority, runtime, seconds=1).pending == (("first", "first: no answer within 1 seconds"),)


def test_an_authority_that_is_gone_is_pending(runtime: Runtime) -> None:
    with LocalAuthority() as authority:
        pass
    ((_, reason),) = asked(authority, runtime).pending
    assert "refused" in reason


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (http(b"x" * 70_000), "its answer has more than 65536 bytes"),
        (http(b"x", "Content-Length: 100", length=False), "its answer was cut off"),
        (b"not HTTP at all", "it answered with HTTP status none"),
        (http(b"x" * 10, "X: " + "y" * 100_000), "its answer has more than 65536 bytes"),
    ],
)
def test_answers_out_of_bounds_are_refused(answer: bytes, why: str, raw_server: RawServer, runtime: Runtime) -> None:
    raw_server.default = answer
    with pytest.raises(StampFailed, match=why):
        asking(Route(allow=raw_server.allow), runtime)(raw_server.url("/"), QUERY)


def test_an_answer_that_trickles_has_its_seconds_and_no_more(raw_server: RawServer, runtime: Runtime) -> None:
    raw_server.default = (Send(http(b"x", "Content-Length: 60000", length=False)), Drip(b"x", 0.05))
    ask = asking(Route(allow=raw_server.allow), runtime, replace(LIMITS, max_time=1))
    with pytest.raises(StampFailed, match="no complete answer within 1 seconds"):
        ask(raw_server.url("/"), QUERY)


def test_a_machine_without_room_for_an_answer_says_so(monkeypatch: pytest.MonkeyPatch, runtime: Runtime) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    with pytest.raises(StampFailed, match="the answer could not be kept: No such file or directory"):
        asking(Route(), runtime)("http://tsa.example.org/", QUERY)


def test_a_compressed_flood_is_no_stamp(raw_server: RawServer, runtime: Runtime) -> None:
    raw_server.default = http(gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip")
    assert len(asking(Route(allow=raw_server.allow), runtime)(raw_server.url("/"), QUERY)) <= 65_536


@pytest.mark.parametrize("url", ["ftp://tsa.example.org/", "file:///etc/passwd", "tsa.example.org", "", "http://"])
def test_only_web_addresses_are_asked(url: str, runtime: Runtime) -> None:
    with pytest.raises(StampFailed):
        asking(Route(), runtime)(url, QUERY)


def test_the_guard_keeps_an_authority_from_leading_into_the_local_network(runtime: Runtime) -> None:
    with LocalAuthority() as authority:
        with pytest.raises(StampFailed):
            asking(Route(), runtime)(authority.url, QUERY)
        assert authority.requests == []


def test_it_goes_by_the_proxy_of_the_case(runtime: Runtime) -> None:
    with LocalAuthority() as authority, TestProxy("socks5", authority.allow[0]) as proxy:
        ask = asking(Route(proxy=proxy.url(scheme="socks5h")), runtime)
        assert ask("http://tsa.example.org/tsr", QUERY).startswith(b"\x30")
        assert proxy.asked == [("tsa.example.org", 80)]
        assert authority.requests[0].startswith(b"POST /tsr HTTP/1.1\r\nHost: tsa.example.org\r\n")


def test_it_goes_where_connect_to_leads(runtime: Runtime) -> None:
    with LocalAuthority() as authority:
        host, port = authority.allow[0]
        route = Route(allow=authority.allow, connect_to=(ConnectTo("tsa.example.org", 80, host, port),))
        assert asking(route, runtime)("http://tsa.example.org/tsr", QUERY).startswith(b"\x30")


def test_over_tls_the_certificate_must_be_one_that_the_route_trusts(
    tls_server: RawServer, ca: Issuer, runtime: Runtime
) -> None:
    with LocalAuthority() as authority:
        tls_server.default = lambda raw: http(authority.reply(raw.partition(b"\r\n\r\n")[2]))
        trusted = asking(Route(allow=tls_server.allow, ca_pem=ca.pem), runtime)
        assert trusted(tls_server.url("/tsr"), QUERY).startswith(b"\x30")
        with pytest.raises(StampFailed, match="certificate"):
            asking(Route(allow=tls_server.allow), runtime)(tls_server.url("/tsr"), QUERY)


def test_a_route_that_cannot_be_used_is_said_before_anybody_is_asked(runtime: Runtime) -> None:
    with pytest.raises((ConfigError, UsageError)):
        asking(Route(ca_pem="nothing"), runtime)


def test_several_may_be_asked_at_once_through_one_route(runtime: Runtime) -> None:
    with LocalAuthority("first", key="rsa") as first, LocalAuthority("second") as second:
        ask = asking(Route(allow=first.allow + second.allow), runtime, replace(LIMITS, max_time=60))
        named = (Authority("first", first.url), Authority("second", second.url))
        found = stamps(SUMS, named, ask=ask, clock=runtime.clock, ids=runtime.ids, seconds=60)
        assert [stamp.authority for stamp in found.tokens] == ["first", "second"]
        assert first.verified(SUMS, found.tokens[0].response)
        assert second.verified(SUMS, found.tokens[1].response)
    assert not [thread for thread in threading.enumerate() if thread.name == "time-stamp"]
