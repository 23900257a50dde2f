"""Answers of YouTube that are broken, tampered with, huge or deeply nested: a state and a document, no exception."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from adapterkit import HOSTILE, Answer, Answers, play, rendered, survives
from test_youtube_comments import page_of
from youtubeanswers import (
    API,
    API_ITEM,
    CARD_OF_CHANNEL,
    FEED,
    FEED_ANSWER,
    ID,
    IMAGES,
    POST_ID,
    SHOWN,
    SITE,
    WATCH,
    api_comment,
    api_thread,
    around,
    community,
    details,
    markup,
    microformat,
    player,
    script,
    watch,
)

from archiver.model.platform import Access, Seen
from archiver.platforms.trial.damage import mutated
from archiver.platforms.youtube import ADAPTER

ALL = Access(token=True, replies=5, depth=2, media=True)
POST, HANDLE = f"{SITE}/post/{POST_ID}", f"{SITE}/@harbourwatch"
OF_API = SHOWN | {
    f"{API}/videos": Answer.json({"items": [API_ITEM]}),
    f"{API}/commentThreads": Answer.json({"items": [api_thread("t1", "First", 2)]}),
    f"{API}/comments": Answer.json({"items": [api_comment("t1.a", "x")]}),
    f"{IMAGES}/": Answer(b"\xff", headers=(("Content-Type", "image/jpeg"),)),
}
PLAYS: list[tuple[str, Answers | dict[str, Answer], Access]] = [
    (WATCH, SHOWN, Access(media=True)),
    (WATCH, page_of(), Access(replies=50, depth=2, media=True)),
    (WATCH, OF_API, ALL),
    (POST, {POST: watch(None, community())}, ALL),
    (POST, {POST: watch(None, community("sharedPostRenderer"))}, ALL),
    (HANDLE, {HANDLE: watch(None, CARD_OF_CHANNEL), FEED: FEED_ANSWER}, ALL),
]


@pytest.mark.parametrize("number", range(len(PLAYS)))
def test_tampered_answers_give_a_state_and_a_document(number: int) -> None:
    url, answers, access = PLAYS[number]
    survives(ADAPTER, play(ADAPTER, url, answers, access), rounds=60, seed=number)


@pytest.mark.parametrize("seed", range(6))
def test_tampered_data_in_the_scripts_of_a_page_give_a_state_and_a_document(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    for url, answers, access in PLAYS:
        played = play(ADAPTER, url, answers, access)
        for _ in range(15):
            shown = mutated(json.dumps(player()).encode(), chance).decode("utf-8", "replace")
            data = [around(), community(), CARD_OF_CHANNEL][chance.randrange(3)]
            held = mutated(json.dumps(data).encode(), chance).decode("utf-8", "replace")
            page = markup(
                f"<script>var ytInitialPlayerResponse = {shown};</script><script>var ytInitialData = {held};</script>"
            ).encode()
            seen = tuple(replace(each, body=page) if each.role == "page" else each for each in played.seen)
            rendered(ADAPTER, played.key, seen)
            ADAPTER.more(played.key, ALL, seen)


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_in_every_place_give_a_state(body: bytes) -> None:
    for url, answers, access in PLAYS:
        played = play(ADAPTER, url, answers, access)
        seen = tuple(
            Seen(each.number, each.role, each.url, each.status, each.headers, body, record=each.record)
            for each in played.seen
        )
        rendered(ADAPTER, played.key, seen)


def used(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


LONG = "x" * 10_000_000
HUGE: dict[str, bytes] = {
    "text": watch(player(videoDetails=details(shortDescription=LONG)), around()).body,
    "markup": markup("<p>ytInitialPlayerResponse = {" * 380_000).encode(),
    "scripts": markup("<script>var ytInitialPlayerResponse = {</script>" * 200_000).encode(),
    "settings": markup("<script>" + 'ytcfg.set({"a":' * 700_000 + "</script>").encode(),
    "nested": markup("<script>var ytInitialData = " + '{"a":' * 2_000_000 + "</script>").encode(),
    "blank": markup("<script>" + " " * 10_000_000 + "var ytInitialData = {};</script>").encode(),
    "entries": ("<feed><author><name>n</name></author>" + "<entry><title>x</title></entry>" * 60_000).encode(),
}


@pytest.mark.parametrize("name", HUGE)
def test_ten_megabytes_are_read_in_bounded_time(name: str) -> None:
    for url, role in ((WATCH, "page"), (HANDLE, "page"), (HANDLE, "feed")):
        played = play(ADAPTER, url, {WATCH: watch(), HANDLE: watch(None, CARD_OF_CHANNEL), FEED: FEED_ANSWER})
        seen = tuple(replace(each, body=HUGE[name]) if each.role == role else each for each in played.seen)
        assert used(lambda: rendered(ADAPTER, played.key, seen)) < 20, (name, role)  # noqa: B023


def test_long_lists_are_read_in_part() -> None:
    many: list[Any] = [{}] * 60_000
    thick = {"commentThreadRenderer": {}}
    data = around(engagementPanels=many, frameworkUpdates={"entityBatchUpdate": {"mutations": many}})
    data["contents"]["twoColumnWatchNextResults"]["results"]["results"]["contents"] = many
    shown = player(
        videoDetails=details(
            keywords=["k"] * 60_000, thumbnail={"thumbnails": [{"url": "https://a.example/x"}] * 30_000}
        ),
        captions={"playerCaptionsTracklistRenderer": {"captionTracks": [{"baseUrl": "/x"}] * 30_000}},
        microformat={"playerMicroformatRenderer": microformat(availableCountries=["XX"] * 60_000)},
    )
    answers = SHOWN | {WATCH: watch(shown, data)}
    found = play(ADAPTER, WATCH, answers, Access(replies=5, media=True))
    assert len(found.post["tag"]) == 500
    assert len(found.post["attachment"]) == 1 + 30
    tabs = {"twoColumnBrowseResultsRenderer": {"tabs": [{"tabRenderer": {"content": {"sectionListRenderer": {
        "contents": [thick] * 500}}}}] * 200}}  # fmt: skip
    assert play(ADAPTER, POST, {POST: watch(None, {"contents": tabs})}).document["post"] is None


def test_a_mark_of_byte_order_and_a_wrong_charset_are_read_through() -> None:
    page = watch(player(videoDetails=details(title="Паром під вогнем")), around())
    marked = Answer(b"\xef\xbb\xbf" + page.body, headers=page.headers)
    assert play(ADAPTER, WATCH, {WATCH: marked}).post["name"] == "Паром під вогнем"
    wrong = Answer(page.body, headers=(("Content-Type", "text/html; charset=no-such"),))
    assert play(ADAPTER, WATCH, {WATCH: wrong}).state == "available"


def test_a_page_that_broke_off_within_its_data_tells_nothing_false() -> None:
    page = markup(script("ytInitialPlayerResponse", player())).encode()
    for at in range(0, len(page), 97):
        cut = Answer(page[:at], headers=(("Content-Type", "text/html; charset=utf-8"),), whole=False)
        found = play(ADAPTER, WATCH, {WATCH: cut})
        assert found.document["post"] is None or found.post["id"] == ID


def test_targets_are_only_those_that_belong_to_youtube_or_are_files_that_it_names() -> None:
    for url, answers, access in PLAYS:
        for target in play(ADAPTER, url, answers, access).targets:
            assert target.url.startswith((f"{SITE}/", f"{API}/", "https://i.ytimg.com/", "https://yt3.ggpht.com/"))
            assert target.authorized == target.url.startswith(f"{API}/")
