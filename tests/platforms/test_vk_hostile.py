"""Answers of VK that are broken, tampered with, huge or deeply nested: a state and a document, never an exception."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from adapterkit import HOSTILE, Answer, Played, play, rendered, survives
from vkanswers import (
    API,
    CDN,
    COMMENTS,
    EMPTY_PAGE,
    GAZETA,
    MARKUP,
    OPENING,
    PHOTO,
    POST,
    TOPIC,
    VIDEO,
    container,
    page,
    payload,
    redirect,
    response,
    wall,
)

from archiver.model.platform import Access, Seen
from archiver.platforms.vk import ADAPTER

ALL = Access(token=True, replies=5, depth=2, media=True)
WALL, PHOTO_PAGE, VIDEO_PAGE = "https://vk.com/wall-77_1001", "https://vk.com/photo-77_31", "https://vk.com/video-77_41"
VIDEO_DATA = {
    "mvData": {"title": "Т", "likes": 3},
    "player": {"params": [{"url720": f"{CDN}7", "date": 1, "jpg": f"{CDN}j"}]},
}
GROUP = {API + "groups.getById": response({"groups": [GAZETA]})}

TOPIC_PAGE = "https://vk.com/topic-77_61"
ON_PAGE = payload(0, "x", [{"id": "-77_31", "x_src": "https://a.example/x"}])
POST_AND_COMMENTS = {API + "wall.getById": wall(POST), API + "wall.getComments": response(COMMENTS)}
TOPIC_AND_COMMENTS = {
    API + "board.getTopics": response({"items": [TOPIC]}),
    API + "board.getComments": response({"items": [OPENING]}),
}
VIDEO_AND_COMMENTS = {
    API + "video.get": response({"items": [VIDEO]}),
    API + "video.getComments": response(COMMENTS),
}
NAME = {API + "utils.resolveScreenName": response({"object_id": 77, "type": "group"})}
WIDGET = payload(0, "x", container(POST), charset="utf-8")
PLAYS: list[tuple[str, Mapping[str, Answer], Access]] = [
    (WALL, POST_AND_COMMENTS | {WALL: page(container(POST))}, ALL),
    (WALL + "?reply=1002", POST_AND_COMMENTS, ALL),
    (WALL, {WALL: EMPTY_PAGE, "https://vk.com/wkview.php": WIDGET}, Access()),
    (WALL, {WALL: page(MARKUP)}, Access(media=True)),
    (PHOTO_PAGE, {API + "photos.getById": response([PHOTO])} | GROUP, ALL),
    (PHOTO_PAGE, {PHOTO_PAGE: EMPTY_PAGE, "https://vk.com/al_photos.php": ON_PAGE}, Access()),
    (VIDEO_PAGE, VIDEO_AND_COMMENTS, ALL),
    (VIDEO_PAGE, {VIDEO_PAGE: EMPTY_PAGE, "https://vk.com/al_video.php": payload(0, VIDEO_DATA)}, Access()),
    (TOPIC_PAGE + "?post=2", TOPIC_AND_COMMENTS | GROUP, ALL),
    ("https://vk.com/gazeta_primer", NAME | GROUP, ALL),
    ("https://vk.cc/c0ffee", {"https://vk.cc/": redirect(WALL), API: wall(POST)}, ALL),
]


@pytest.mark.parametrize("number", range(len(PLAYS)))
def test_tampered_answers_give_a_state_and_a_document(number: int) -> None:
    url, answers, access = PLAYS[number]
    survives(ADAPTER, play(ADAPTER, url, answers, access), rounds=100, seed=number)


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_in_every_place_give_a_state(body: bytes) -> None:
    for url, answers, access in PLAYS:
        played = play(ADAPTER, url, answers, access)
        seen = tuple(
            Seen(each.number, each.role, each.url, each.status, each.headers, body, record=each.record)
            for each in played.seen
        )
        assert rendered(ADAPTER, played.key, seen)["platform"] == "vk"
        ADAPTER.more(played.key, access, seen)


def test_a_mark_of_byte_order_is_no_obstacle() -> None:
    told = wall(POST)
    found = play(ADAPTER, WALL, {API: Answer(b"\xef\xbb\xbf" + told.body)}, Access(token=True))
    assert found.post["content"]["text"] == POST["text"]
    told = payload(0, container(POST), charset="utf-8")
    answers = {WALL: EMPTY_PAGE, "https://vk.com/wkview.php": Answer(b"\xef\xbb\xbf" + told.body)}
    assert play(ADAPTER, WALL, answers).post["content"]["text"] == POST["text"]


def test_a_truncated_answer_of_the_api_is_no_post() -> None:
    body = wall(POST).body
    found = play(ADAPTER, WALL, {API: Answer(body[: len(body) // 2], whole=False)}, Access(token=True))
    assert found.rule == "vk.api.unreadable"


def test_a_page_in_another_charset_than_it_says_loses_letters_and_nothing_else() -> None:
    told = page(MARKUP)
    shown = Answer(told.body.replace(b"windows-1251", b"koi8-r"), 200, (("Content-Type", "text/html; charset=koi8-r"),))
    found = play(ADAPTER, WALL, {WALL: shown})
    assert (found.state, found.post["published"]["raw"]) == ("available", 1700000200)


def spent(answers: Mapping[str, Answer], access: Access = ALL) -> tuple[float, Played]:
    before = time.process_time()
    found = play(ADAPTER, WALL, answers, access)
    assert found.document["platform"] == "vk"
    return time.process_time() - before, found


def test_huge_answers_are_read_within_bounds() -> None:
    text = POST | {"text": "[id1|" * 1_000_000 + "#" * 4_000_000}
    many = [POST | {"id": n} for n in range(2, 7_000)]
    deep: Any = POST
    for _ in range(200):
        deep = POST | {"copy_history": [deep]}
    hangs = POST | {
        "attachments": [{"type": "photo", "photo": {"sizes": [{"url": f"{CDN}{n}"}]}} for n in range(60_000)]
    }
    threads = {"count": 9, "items": [{"id": n, "thread": {"items": [{"id": n}] * 3}} for n in range(100_000)]}
    for post, comments in ((text, COMMENTS), (many[0], COMMENTS), (deep, COMMENTS), (hangs, COMMENTS), (POST, threads)):
        api = {
            API + "wall.getById": wall(post, *many[:10]),
            API + "wall.getComments": response(comments),
            WALL: redirect("/login"),
        }
        assert spent(api, Access(token=True, replies=5, depth=2))[0] < 30
    assert len(json.dumps(many)) > 10_000_000
    assert spent({API: wall(*many), WALL: redirect("/login")})[0] < 30


def test_huge_pages_are_read_within_bounds() -> None:
    for body in (
        MARKUP + "<div data-exec='{}'>" * 300_000,
        container(POST | {"text": "x" * 3_000_000}) + container(POST),
        "<div class='wall_post_text'>" * 300_000,
        "x" * 10_000_000,
        f'<div id="post-77_1001"><div class="wall_post_text">{"слово " * 1_000_000}</div></div>',
    ):
        assert spent({WALL: page(body)}, Access())[0] < 30
        answers = {WALL: EMPTY_PAGE, "https://vk.com/wkview.php": payload(0, "", body)}
        assert spent(answers, Access())[0] < 30


def test_values_of_data_in_a_date_are_looked_for_only_so_deep() -> None:
    nested: Any = {"date": 1}
    for _ in range(50):
        nested = {"x": nested}
    block = f"<div class=\"PostDateBlock__root\"><i data-exec='{json.dumps(nested)}'></i></div>"
    body = f'<div id="post-77_1001"><div class="wall_post_text">Текст</div>{block}</div>'
    assert "published" not in play(ADAPTER, WALL, {WALL: page(body)}).post
