"""Redirects, hop by hop: what is followed, where it ends, and how the end is named."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from archiver.model.address import Address
from archiver.model.exchange import Blob, Exchange, Failure
from archiver.model.http import Message
from archiver.pipeline.hops import Hops, follow

AT = datetime(2026, 11, 22, tzinfo=UTC)
FIRST = "http://h/1"


def answer(url: str, status: int = 200, *headers: tuple[bytes, bytes]) -> Exchange:
    message = Message(b"HTTP/1.1", status, b"", headers, 10, (), "length", "complete", 0, 0, 0, "", ())
    return Exchange(Address.parse(url), "GET", AT, AT, b"GET", response=Blob(1, ""), message=message)


def moved(url: str, *locations: bytes) -> Exchange:
    return answer(url, 302, *((b"Location", location) for location in locations))


def walk(*exchanges: Exchange, limit: int = 20, sent: Callable[[int], str] = lambda _: "") -> Hops:
    by_url: Mapping[str, Exchange] = {exchange.address.url: exchange for exchange in exchanges}
    calls: list[str] = []

    def fetch(address: Address) -> tuple[Exchange, str]:
        calls.append(address.url)
        return by_url[address.url], sent(len(calls))

    return follow(Address.parse(FIRST), fetch, limit)


def names(exchange: Exchange) -> list[str]:
    return [anomaly.name for anomaly in exchange.anomalies]


def test_each_hop_is_an_exchange() -> None:
    hops = walk(moved(FIRST, b"2"), moved("http://h/2", b"//g/3"), answer("http://g/3"))
    assert [exchange.address.url for exchange in hops.exchanges] == [FIRST, "http://h/2", "http://g/3"]
    assert (hops.outcome, hops.reasons) == ("complete", ())


@pytest.mark.parametrize("status", [200, 403, 503])
def test_a_test_for_browsers_in_place_of_the_page_is_not_the_page(status: int) -> None:
    hops = walk(moved(FIRST, b"2"), answer("http://h/2", status, (b"cf-mitigated", b"challenge")))
    assert (hops.outcome, hops.reasons) == ("partial", ("challenge",))


def test_headers_are_not_remembered_once_an_answer_has_been_judged() -> None:
    hops = walk(
        replace(moved(FIRST, b"2"), unmasked=moved(FIRST, b"2").message), answer("http://h/2", 200, (b"A", b"b"))
    )
    assert [exchange.message.headers for exchange in hops.exchanges if exchange.message is not None] == [(), ()]
    assert [exchange.unmasked for exchange in hops.exchanges] == [None, None]


@pytest.mark.parametrize("status", [300, 304, 305, 306, 399, 200])
def test_other_statuses_with_a_location_are_not_followed(status: int) -> None:
    assert len(walk(answer(FIRST, status, (b"Location", b"/x"))).exchanges) == 1


def test_a_redirect_without_location_is_the_answer() -> None:
    assert walk(answer(FIRST, 302)).outcome == "complete"


@pytest.mark.parametrize(
    ("location", "why"),
    [(b"", "location-unusable"), (b"http://", "location-unusable"), (b"/" + b"x" * 70_000, "location-too-long")],
)
def test_an_unusable_location_is_named_and_the_answer_kept(location: bytes, why: str) -> None:
    hops = walk(moved(FIRST, location))
    assert (hops.outcome, hops.reasons) == ("partial", (why,))
    assert names(hops.exchanges[0]) == [why]


def test_of_several_locations_the_first_is_followed_and_the_oddity_named() -> None:
    hops = walk(moved(FIRST, b"/2", b"/3"), answer("http://h/2"))
    assert hops.outcome == "complete"
    assert names(hops.exchanges[0]) == ["location-several"]


def test_a_location_in_a_head_that_was_cut_is_not_followed() -> None:
    cut = moved(FIRST, b"http://e")
    assert cut.message is not None
    hops = walk(replace(cut, message=replace(cut.message, framing="none", end="cut")))
    assert (len(hops.exchanges), hops.reasons) == (1, ("cut-disconnect",))


def test_a_loop_ends_after_each_page_was_asked_once() -> None:
    hops = walk(moved(FIRST, b"/2"), moved("http://h/2", b"/1"))
    assert len(hops.exchanges) == 2
    assert (hops.outcome, hops.reasons) == ("partial", ("redirect-loop",))


def test_a_page_that_sets_a_cookie_and_sends_back_is_asked_again() -> None:
    first = moved(FIRST, b"/1")
    assert first.message is not None
    sets = replace(first, message=replace(first.message, headers=(*first.message.headers, (b"Set-Cookie", b"a=1"))))
    hops = walk(sets, limit=3, sent=lambda call: f"cookie {call}")
    assert len(hops.exchanges) == 4
    assert hops.reasons == ("redirect-limit",)


def test_a_failure_at_once_is_failed() -> None:
    failed = Exchange(Address.parse(FIRST), "GET", AT, AT, failure=Failure("dns", "no such name"))
    hops = walk(failed)
    assert (hops.outcome, hops.reasons, hops.standing_for) == ("failed", ("dns",), None)


def test_a_refused_redirect_after_a_first_answer_is_partial() -> None:
    refused = Exchange(Address.parse("http://10.0.0.1/"), "GET", AT, AT, failure=Failure("refused", "private"))
    hops = walk(moved(FIRST, b"http://10.0.0.1/"), refused)
    assert (hops.outcome, hops.reasons) == ("partial", ("redirect-refused",))
    assert hops.standing_for is hops.exchanges[0]


def test_a_cut_body_on_any_hop_is_partial() -> None:
    cut = replace(moved(FIRST, b"/2"), truncated="length")
    hops = walk(cut, answer("http://h/2"))
    assert (hops.outcome, hops.reasons) == ("partial", ("cut-length",))


def test_a_body_that_the_reader_found_cut_is_partial_even_without_a_truncation() -> None:
    whole = answer(FIRST)
    assert whole.message is not None
    assert walk(replace(whole, message=replace(whole.message, end="cut"))).reasons == ("cut-disconnect",)


def test_a_body_that_ends_with_the_connection_is_not_called_complete() -> None:
    whole = answer(FIRST)
    assert whole.message is not None
    ended = replace(whole, message=replace(whole.message, end="close"))
    assert (walk(ended).outcome, walk(ended).reasons) == ("unconfirmed", ())
    unclean = replace(ended, truncated="disconnect")
    assert (walk(unclean).outcome, walk(unclean).reasons) == ("partial", ("end-not-confirmed",))


@pytest.mark.parametrize(
    "exchange",
    [
        replace(moved(FIRST, b"/2"), truncated="unspecified"),
        Exchange(Address.parse(FIRST), "GET", AT, AT, failure=Failure("interrupted", "stopped")),
    ],
)
def test_a_stop_ends_the_walk_and_is_said(exchange: Exchange) -> None:
    hops = walk(exchange)
    assert len(hops.exchanges) == 1
    assert (hops.outcome, hops.reasons) == ("interrupted", ("interrupted",))


def test_a_redirect_to_where_opponents_would_see_it_is_not_followed_and_the_answer_is_kept() -> None:
    exchange = moved(FIRST, b"https://vk.com/wall-1_2")
    hops = follow(Address.parse(FIRST), lambda _: (exchange, ""), 20, lambda address: address.host == "vk.com")
    assert (hops.outcome, hops.reasons, len(hops.exchanges)) == ("partial", ("redirect-watched",), 1)
    assert names(hops.exchanges[0]) == ["redirect-watched"]
