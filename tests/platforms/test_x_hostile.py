"""Nothing that X's answers could hold stops a reading, or makes it long."""

import json
from dataclasses import replace
from typing import Any

import pytest
from adapterkit import Answer, Played, rendered, survives
from xanswers import (
    EARLIER,
    EVERYTHING,
    ID,
    PHOTO,
    POST,
    QUOTED,
    VIDEO,
    answer,
    api_answer,
    ask,
    embedded,
    of_api,
    problem,
    shown,
    tweet,
    unavailable,
)

from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.platforms.x import ADAPTER
from archiver.platforms.x.endpoints import ENDPOINTS

CONTROL = {"edit_tweet_ids": [EARLIER, ID]}
POLL = {"name": "poll2choice_image", "binding_values": {"choice1_label": {"string_value": "Yes"}}}
EVEN_MORE = {
    "extended_entities": {"media": [PHOTO, VIDEO]},
    "quoted_status_id_str": QUOTED,
    "place": {"full_name": "Quay"},
    "geo": {"coordinates": [1.5, 2.5]},
    "withheld_in_countries": ["RU"],
}


def as_guest() -> Played:
    quoted = {"result": tweet({"id_str": QUOTED}, rest_id=QUOTED)}
    told = tweet(EVEN_MORE, edit_control=CONTROL, quoted_status_result=quoted, card={"legacy": POLL})
    return ask(
        POST,
        Access(media=True),
        syndication=shown(mediaDetails=[PHOTO], edit_control=CONTROL, card=POLL, parent=shown(id_str="5")),
        graphql=answer({"__typename": "TweetWithVisibilityResults", "tweet": told}),
        oembed=embedded(),
        **{f"version_{EARLIER}": shown(id_str=EARLIER)},
    )


def with_token() -> Played:
    above = [{"type": "replied_to", "id": "7"}, {"type": "quoted", "id": QUOTED}]
    data = of_api(referenced_tweets=above, edit_history_tweet_ids=[EARLIER, ID], attachments={"media_keys": ["3_1"]})
    media = {"media_key": "3_1", "type": "photo", "url": PHOTO["media_url_https"]}
    beside = {"tweets": [of_api(id="7"), of_api(id=QUOTED)], "media": [media]}
    answers = api_answer(
        [of_api(id="11", referenced_tweets=[{"type": "replied_to", "id": ID}])], meta={"next_token": "a"}
    )
    return ask(
        POST, EVERYTHING, api=api_answer(data, beside), syndication=shown(), replies_20_2_0=answers, oembed=embedded()
    )


def gone() -> Played:
    return ask(POST, EVERYTHING, api=problem("resource-not-found"), graphql=unavailable("Suspended"))


def short_link() -> Played:
    page = Answer.html(f'<meta http-equiv="refresh" content="0;url={POST}">')
    return ask(
        "https://t.co/AbC", Access(token=True, media=True), page=page, syndication=shown(), graphql=answer(tweet())
    )


@pytest.mark.parametrize("played", [as_guest(), with_token(), gone(), short_link()])
def test_no_answer_makes_it_fail(played: Played) -> None:
    survives(ADAPTER, played, rounds=150)


@pytest.mark.parametrize("role", ["syndication", "graphql", "api", "oembed", "guest"])
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"data":' * 50_000,
        b'{"errors":[' + b'{"code":1},' * 200_000 + b"{}]}",
        b'{"html":"' + b"<div>" * 100_000 + b'","url":"' + POST.encode() + b'"}',
        b'{"text":"' + b"x" * 10_000_000 + b'","id_str":"' + ID.encode() + b'"}',
        b"\xff\xfe\x00",
        b"null",
        b"",
    ],
)
def test_large_and_deep_answers_are_read_in_bounds(role: str, body: bytes) -> None:
    played = ask(POST, Access(token=True, replies=20), **{role: Answer(body, 200)})
    assert played.state in {"unavailable_unknown", "available"}
    assert played.document["schema"]


def test_millions_of_things_are_not_kept() -> None:
    many = {"urls": [{"url": "https://t.co/a", "expanded_url": "https://a.example/"}] * 20_000}
    control = {"edit_tweet_ids": [str(n) for n in range(10**18, 10**18 + 5_000)] + [ID]}
    played = ask(POST, Access(media=True), syndication=shown(entities=many, mediaDetails=[PHOTO] * 5_000))
    assert len(played.post["tag"]) == 1000
    assert len(played.post["attachment"]) == 20
    versions = ask(syndication=shown(edit_control=control))
    assert sum(target.role.startswith("version.") for target in versions.targets) == 10


def test_posts_within_posts_end() -> None:
    deep: Any = tweet()
    for _ in range(50):
        deep = tweet(quoted_status_result={"result": deep})
    post, levels = ask(graphql=answer(deep)).post, 0
    while "origin" in post:
        (post,), levels = post["origin"], levels + 1
    assert levels == 2


def test_a_conversation_without_end_is_walked_once() -> None:
    circle = [
        of_api(id=str(n), referenced_tweets=[{"type": "replied_to", "id": str(n % 500 + 1)}]) for n in range(1, 501)
    ]
    pages = {"replies_20_99_0": api_answer(circle)}
    played = ask(POST, Access(token=True, replies=20, depth=99), api=api_answer(of_api()), **pages)
    assert "replies" not in played.post


def test_a_mark_of_byte_order_is_read() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(shown()).encode()
    assert ask(syndication=Answer(body)).state == "available"


def test_a_wrong_charset_is_no_post() -> None:
    body = json.dumps(shown(text="Дело"), ensure_ascii=False).encode("windows-1251")
    assert ask(syndication=Answer(body)).state == "unavailable_unknown"


def test_an_answer_that_broke_off_is_no_post() -> None:
    body = json.dumps(shown()).encode()[:-20]
    played = ask(syndication=Answer(body, whole=False), graphql=Answer(status=404))
    assert played.rule == "x.graphql.status-404"
    empty = ask(syndication=Answer(b"{}", whole=False), graphql=Answer(status=404))
    assert empty.state == "unavailable_unknown"


def test_hostile_words_stay_words() -> None:
    words = "<script>alert(1)</script>\x1b[31m\u202e[bold]=cmd|' /C calc'!A0"
    post = ask(syndication=shown(text=words, user={"screen_name": words, "name": words})).post
    assert post["content"]["text"] == words
    assert post["url"] == f"https://x.com/i/status/{ID}"
    assert "url" not in post["attributedTo"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://pbs.twimg.com.example/a.jpg",
        "https://twimg.com@10.0.0.1/a.jpg",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_files_are_asked_of_the_servers_of_x_alone(url: str) -> None:
    hostile = VIDEO | {"media_url_https": url, "video_info": {"variants": [{"content_type": "video/mp4", "url": url}]}}
    played = ask(POST, Access(media=True), syndication=shown(mediaDetails=[PHOTO | {"media_url_https": url}, hostile]))
    assert not any(target.role.startswith("file.") for target in played.targets)


def test_no_token_of_a_guest_can_add_a_header() -> None:
    for token in ("a\r\nX: y", "a b", "", "x" * 101, None, {}, 1.5):
        played = ask(guest=Answer.json({"guest_token": token}))
        assert "graphql" not in [target.role for target in played.targets]


def test_all_targets_are_on_the_hosts_of_the_data_file_or_of_the_files() -> None:
    hosts = {
        Address.parse(url).host for url in (ENDPOINTS.syndication, ENDPOINTS.guest, ENDPOINTS.graphql, ENDPOINTS.oembed)
    }
    for played in (as_guest(), with_token(), gone()):
        asked = {Address.parse(target.url).host for target in played.targets}
        assert asked <= hosts | {"pbs.twimg.com", "video.twimg.com"}


def test_one_answer_twice_counts_once() -> None:
    played = as_guest()
    doubled = tuple(replace(each, number=n) for n, each in enumerate((*played.seen, *played.seen), 1))
    records = tuple(replace(each, record=f"urn:uuid:record-{each.number}") for each in doubled)
    assert rendered(ADAPTER, played.key, records)["standing"]["state"] == "available"
    assert ADAPTER.more(played.key, Access(media=True), records) == ()
