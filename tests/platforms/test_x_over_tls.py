"""X on loopback under its own names, over TLS: what goes out is what was planned, and all of it is on record."""

from dataclasses import replace
from gzip import decompress
from pathlib import Path

import pytest
from adapterkit import Answer, Played
from authority import Authority
from casebench import Bench
from simulator import Simulator, post_of, recorded_urls
from xanswers import ID, PHOTO, POST, TEXT, VIDEO, answer, api_answer, ask, embedded, of_api, shown, tweet, unavailable

from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.pipeline.cases import init_case
from archiver.pipeline.rereading import reextract_post
from archiver.platforms.x.endpoints import ENDPOINTS
from archiver.runtime import Runtime

TOKEN = "AAAA-f4ke-t0ken-of-the-operator-0123456789"
MEDIA = {"extended_entities": {"media": [PHOTO, VIDEO]}}


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


def simulated(played: Played, ca: Authority) -> Simulator:
    assert all(not each.failure for each in played.answers)
    platform = Simulator(ca, *sorted({Address.parse(target.url).host for target in played.targets}))
    answers = iter(played.answers)
    platform.on("", lambda asked: next(answers))
    return platform


def unpacked(file: Path) -> bytes:
    data = file.read_bytes()
    return decompress(data) if file.name.endswith(".gz") else data


def test_a_post_with_its_files_is_taken_as_a_guest(bench: Bench, ca: Authority) -> None:
    played = ask(POST, Access(media=True), syndication=shown(), graphql=answer(tweet(MEDIA)), oembed=embedded())
    with simulated(played, ca) as platform:
        event = platform.capture(bench, POST, media=True)
        assert [(each.method, each.url) for each in platform.asked] == [(t.method, t.url) for t in played.targets]
        guest, graphql = platform.asked[1:3]
    assert guest.header("authorization") == graphql.header("authorization") == f"Bearer {ENDPOINTS.bearer}"
    assert (guest.body, guest.header("content-length")) == (b"", "0")
    assert graphql.header("x-guest-token") == "1841206275088290999"
    assert recorded_urls(event) == [target.url for target in played.targets]
    assert (event.data["post"]["state"], event.data["outcome"]) == ("available", "complete")
    post = post_of(bench, event)
    assert post["post"]["content"]["text"] == TEXT
    assert [each["renditions"][0]["exchange"] for each in post["post"]["attachment"]] == [5, 6]
    then, now = reextract_post(bench.path, 1)
    assert then == now
    bench.assert_sound()


def test_the_keys_that_were_sent_are_masked_and_the_guests_token_stands_in_the_answer(
    bench: Bench, ca: Authority
) -> None:
    played = ask(POST, syndication=shown(), graphql=answer(tweet()), oembed=embedded())
    with simulated(played, ca) as platform:
        platform.capture(bench, POST)
    assert bench.holds(ENDPOINTS.bearer.encode(), unpacked) == []
    assert bench.holds(b'"guest_token": "1841206275088290999"', unpacked) != []
    assert bench.holds(b"x-guest-token: [redacted]", unpacked) != []
    bench.assert_sound()


def test_the_operators_token_goes_to_the_api_alone_and_onto_no_record(bench: Bench, ca: Authority) -> None:
    access = Access(token=True)
    played = ask(POST, access, api=api_answer(of_api()), syndication=shown(), oembed=embedded())
    with simulated(played, ca) as platform:
        event = platform.capture(bench, POST, tokens=(("x", TOKEN),))
        sent = [each.header("authorization") for each in platform.asked]
    assert sent == [f"Bearer {TOKEN}", "", ""]
    assert event.data["post"]["rule"] == "x.api.post"
    assert bench.holds(TOKEN.encode(), unpacked) == []
    bench.assert_sound()


@pytest.mark.parametrize(
    ("graphql", "state", "outcome", "reason"),
    [
        (unavailable("Suspended"), "account_gone", "complete", []),
        (unavailable("Protected"), "private", "partial", ["post-private"]),
        (unavailable("NsfwLoggedOut"), "age_gated", "partial", ["post-age-gated"]),
        (answer({}), "not_found", "complete", []),
    ],
)
def test_what_is_not_shown_is_an_answer(
    graphql: Answer, state: str, outcome: str, reason: list[str], bench: Bench, ca: Authority
) -> None:
    gone = Answer.json({}, 404)
    played = ask(POST, syndication=gone, graphql=graphql, oembed=gone)
    with simulated(played, ca) as platform:
        event = platform.capture(bench, POST)
    assert (event.data["post"]["state"], event.data["outcome"], event.data["reasons"]) == (state, outcome, reason)
    assert post_of(bench, event)["post"] is None
    bench.assert_sound()


def test_a_short_link_that_leads_elsewhere_is_whole_as_a_page(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, "t.co", "news.example") as web:
        web.on("t.co/AbC", Answer(status=301, headers=(("Location", "https://news.example/a"),)))
        web.on("news.example/a", Answer.html(f"<title>News</title><p>x.com/a/status/{ID}</p>"))
        event = web.capture(bench, "https://t.co/AbC")
    assert (event.data["outcome"], event.data["reasons"], event.data["title"]) == ("complete", [], "News")
    assert recorded_urls(event) == ["https://t.co/AbC", "https://news.example/a"]
    bench.assert_sound()
