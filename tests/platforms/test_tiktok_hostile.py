"""Nothing that TikTok's answers could hold stops a reading, or makes it long."""

import json
import random
from dataclasses import replace

import pytest
from adapterkit import Answer, Played, rendered, replaced, survives
from test_tiktok import (
    CDN,
    CHALLENGE,
    ITEM,
    NUMBER,
    PHOTOS,
    PICTURE,
    PICTURES,
    POST,
    TOLD,
    VIDEO_FILE,
    ask,
    detail,
    page,
    play,
    shown,
)

from archiver.model.platform import Access
from archiver.platforms.tiktok import ADAPTER

ALL = Access(token=True, replies=9, depth=3, media=True)
FILES = {CDN: VIDEO_FILE, PICTURES: PICTURE}


def answered() -> list[Played]:
    link = Answer(status=301, headers=(("Location", POST),))
    return [
        ask(access=ALL, **FILES),
        ask(shown(imagePost=PHOTOS), access=ALL, **FILES),
        ask(detail(statusCode=10204, statusMsg="a&b"), access=ALL),
        ask(CHALLENGE, access=ALL),
        ask(Answer.html("x"), Answer.json({"code": 400}, 400), access=ALL),
        play(ADAPTER, "https://vm.tiktok.com/first", {"https://vm.tiktok.com/": link, POST: shown()}, ALL),
    ]


@pytest.mark.parametrize("number", range(6))
def test_whatever_the_answers_are_turned_into(number: int) -> None:
    survives(ADAPTER, answered()[number], rounds=120, seed=number)


@pytest.mark.parametrize("number", range(60))
def test_whatever_the_data_in_the_page_are_turned_into(number: int) -> None:
    chance = random.Random(number)  # noqa: S311
    data = {"__DEFAULT_SCOPE__": {"webapp.video-detail": {"statusCode": 0, "itemInfo": {"itemStruct": ITEM}}}}
    for _ in range(6):
        data = replaced(data, chance)
    body = f'<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__">{json.dumps(data)}</script>'
    assert ask(Answer.html(body), access=ALL, **FILES).document


@pytest.mark.parametrize("number", range(6))
def test_roles_in_any_order_and_number(number: int) -> None:
    played = answered()[number]
    twice = (*reversed(played.seen), *played.seen)
    renumbered = tuple(replace(each, number=n, record=f"urn:uuid:{n}") for n, each in enumerate(twice, 1))
    assert rendered(ADAPTER, played.key, renumbered)


def hostile() -> dict[str, Answer]:
    opening = '<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__">'
    return {
        "openings": Answer.html(opening * 150_000),
        "beginnings": Answer.html("<script " * 1_200_000),
        "no end": Answer.html(f"{opening}{{"),
        "deep": Answer.html(f"{opening}{'[' * 1_000_000}</script>"),
        "10 MB of text": shown(desc="слово " * 900_000),
        "a list of many": shown(textExtra=[{"hashtagName": "x"}] * 300_000),
        "many pictures": shown(imagePost={"images": [PHOTOS["images"][0]] * 50_000}),
        "many rates": shown(video=ITEM["video"] | {"bitrateInfo": ITEM["video"]["bitrateInfo"] * 20_000}),
        "many reasons": detail(statusCode=1, statusMsg="a&" * 1_000_000),
        "many captions": shown(video=ITEM["video"] | {"subtitleInfos": ITEM["video"]["subtitleInfos"] * 20_000}),
        "a number": shown(createTime="9" * 100_000),
        "elements": Answer.html("<p id=cs class=x>" * 500_000),
    }


@pytest.mark.parametrize("name", list(hostile()))
def test_large_and_deep_answers_are_read_within_bounds(name: str) -> None:
    played = ask(hostile()[name], access=ALL, **FILES)
    assert played.document
    assert len(played.targets) <= 103


def test_a_page_larger_than_a_parser_of_pages_reads_is_read() -> None:
    rest = {"webapp.other": [{"text": "a b / \" ' " * 5}] * 20_000}
    item = {"statusCode": 0, "itemInfo": {"itemStruct": ITEM}}
    assert ask(page({"__DEFAULT_SCOPE__": rest | {"webapp.video-detail": item}})).post["id"] == NUMBER


def test_truncated_anywhere_is_a_state() -> None:
    whole = shown()
    for cut in range(0, len(whole.body), 97):
        played = ask(replace(whole, body=whole.body[:cut], whole=False), Answer.json({}, 400))
        assert played.state in {"available", "unavailable_unknown"}
        assert played.document


def test_a_mark_of_byte_order_and_a_wrong_charset_are_read() -> None:
    marked = replace(shown(), body=b"\xef\xbb\xbf" + shown().body)
    assert ask(marked).post["content"]["text"] == ITEM["desc"]
    untrue = replace(shown(), headers=(("Content-Type", "text/html; charset=windows-1251"),))
    assert ask(untrue).post["content"]["text"] == ITEM["desc"]
    told = Answer(b"\xef\xbb\xbf" + json.dumps(TOLD).encode(), headers=(("Content-Type", "text/plain"),))
    assert ask(CHALLENGE, told).post["id"] == NUMBER


def test_addresses_of_files_that_cannot_be_asked_for_are_not() -> None:
    video = ITEM["video"] | {
        "bitrateInfo": None,
        "playAddr": "http://127.0.0.1/x",
        "originCover": "javascript:alert(1)",
    }
    played = ask(shown(video=video | {"subtitleInfos": []}), access=ALL)
    assert [each.role for each in played.targets] == ["oembed", "page", "video"]
    assert {each["why"] for each in played.post["attachment"][0]["renditions"]} == {
        "its address is none that can be asked for"
    }
