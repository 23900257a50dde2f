"""Nothing that Reddit's answers could hold stops a reading, or makes it long."""

from dataclasses import replace

import pytest
from adapterkit import Answer, Played, rendered, survives
from test_reddit import (
    COMMENT,
    FEED,
    FILM,
    INFO,
    ITEM,
    LINKED,
    MORE,
    OEMBED,
    PICTURE,
    REMARK,
    SAID,
    SOURCE,
    THREAD,
    TOLD,
    ask,
    below,
    entry,
    feed,
    info,
    thread,
    with_film,
)

from archiver.model.platform import Access
from archiver.platforms.reddit import ADAPTER
from archiver.platforms.reddit.answers import asked_for

ALL = Access(token=True, replies=9, depth=3, media=True)
OPEN = Access(replies=9, media=True)
FILES = {"https://i.redd.it/": PICTURE, "https://preview.redd.it/": PICTURE, "https://v.redd.it/": FILM}
GALLERY = {"a": {"e": "Image", "id": "a", "s": {"u": "https://preview.redd.it/a.jpg", "x": 1, "y": 2}}}
MOVED = Answer(status=301, headers=(("Location", COMMENT),))


def answered() -> list[Played]:
    short = "https://www.reddit.com/r/harbour/s/AbCd12"
    return [
        ask({THREAD: thread(ITEM, below(REMARK, below(REMARK)), MORE)} | FILES, ALL),
        ask(
            {THREAD: thread(LINKED | {"media_metadata": GALLERY, "preview": {"images": [{"source": SOURCE}]}})} | FILES,
            ALL,
        ),
        ask({INFO: info(with_film(), REMARK)} | FILES, Access(token=True, media=True), COMMENT),
        ask({THREAD: thread(LINKED | {"crosspost_parent_list": [with_film() | {"id": "9"}]})} | FILES, ALL),
        ask({FEED: feed(entry(outside="https://i.redd.it/a.jpg"), SAID)} | FILES, OPEN),
        ask({FEED: feed(), OEMBED: Answer.json(TOLD)}, OPEN),
        ask({short: MOVED, INFO: info(ITEM, REMARK)}, Access(token=True, media=True), short),
    ]


@pytest.mark.parametrize("number", range(7))
def test_whatever_the_answers_are_turned_into(number: int) -> None:
    survives(ADAPTER, answered()[number], rounds=120, seed=number)


@pytest.mark.parametrize("number", range(7))
def test_roles_in_any_order_and_number(number: int) -> None:
    played = answered()[number]
    twice = (*reversed(played.seen), *played.seen)
    renumbered = tuple(replace(each, number=n, record=f"urn:uuid:{n}") for n, each in enumerate(twice, 1))
    assert rendered(ADAPTER, played.key, renumbered)


def nested(depth: int) -> str:
    """Answers of answers, deeper than any program follows by calling itself."""
    opening = '{"kind":"t1","data":{"name":"t1_a","body":"x","replies":{"kind":"Listing","data":{"children":['
    return opening * depth + "]}}}" * depth


def hostile() -> dict[str, Answer]:
    post = '[{"data":{"children":[{"kind":"t3","data":{"name":"t3_1abcd2"}}]}},{"data":{"children":['
    return {
        "deep answers": Answer((post + nested(200) + "]}}]").encode()),
        "deeper answers": Answer((post + nested(100_000) + "]}}]").encode()),
        "a million answers": thread(ITEM, *[MORE] * 50_000),
        "10 MB of text": info(ITEM | {"selftext": "слово " * 900_000}),
        "many pictures": info(LINKED | {"media_metadata": {str(n): GALLERY["a"] for n in range(20_000)}}),
        "many choices": info(ITEM | {"poll_data": {"options": [{"text": "x"}] * 300_000}}),
        "a number": info(ITEM | {"created_utc": 10**40, "score": 10**40}),
        "a reason": Answer.json({"reason": "a" * 1_000_000}, 403),
    }


@pytest.mark.parametrize("name", list(hostile()))
def test_large_and_deep_answers_are_read_within_bounds(name: str) -> None:
    played = ask({INFO: hostile()[name], THREAD: hostile()[name]}, ALL)
    assert played.document
    assert len(played.targets) <= 103


def hostile_feeds() -> dict[str, Answer]:
    return {
        "entries": feed(*[entry()] * 12_000),
        "other entries": feed(entry(), *[SAID.replace("kz9xy1", f"a{n}") for n in range(12_000)]),
        "10 MB of text": feed(entry(text="слово " * 900_000)),
        "markup": feed(entry(text="<b>" * 300_000)),
        "links": feed(entry(text='<span><a href="https://x.example/">' * 100_000)),
        "deep": Answer(b"<feed>" + b"<entry>" * 1_000_000),
        "entities": Answer(b'<!DOCTYPE f [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><feed><entry>&b;</entry></feed>'),
    }


@pytest.mark.parametrize("name", list(hostile_feeds()))
def test_large_and_deep_feeds_are_read_within_bounds(name: str) -> None:
    played = ask({FEED: hostile_feeds()[name]} | FILES, OPEN)
    assert played.document
    assert len(played.document["post"]["replies"] if played.document["post"] and "replies" in played.post else ()) <= 9


def test_truncated_anywhere_is_a_state() -> None:
    for whole, address, access in ((feed(entry(), SAID), FEED, OPEN), (thread(ITEM, below(REMARK)), THREAD, ALL)):
        for cut in range(0, len(whole.body), 53):
            played = ask({address: replace(whole, body=whole.body[:cut], whole=False)}, access)
            assert played.state in {"available", "unavailable_unknown"}
            assert played.document


def test_a_mark_of_byte_order_is_read() -> None:
    for whole, address, access in ((feed(entry()), FEED, OPEN), (thread(ITEM), THREAD, ALL)):
        assert ask({address: replace(whole, body=b"\xef\xbb\xbf" + whole.body)}, access).post["name"] == ITEM["title"]


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://x.example/?limit=7", 7),
        ("https://x.example/?limit=７", 0),
        ("https://x.example/?limit=77777", 0),
        ("https://x.example/", 0),
        ("https://[/?limit=7", 0),
    ],
)
def test_how_many_answers_an_address_asks_for(url: str, number: int) -> None:
    assert asked_for(url) == number


def test_odd_addresses_of_redirects_are_no_login() -> None:
    played = ask({FEED: Answer(status=302, headers=(("Location", "https://["),))})
    assert played.rule == "reddit.feed.status-302"
