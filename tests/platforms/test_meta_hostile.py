"""Nothing that pages of Meta could hold stops a reading, or makes it long; and their data are found within bounds."""

import json
import random
from dataclasses import replace

import pytest
from adapterkit import Answer, Played, play, rendered, survives
from metapages import (
    CODE,
    ERROR,
    FB,
    FB_OEMBED,
    FILES,
    FILM,
    HERE,
    IG,
    IG_EMBED,
    IG_OEMBED,
    NUMBER,
    PFBID,
    PICTURE,
    PK,
    THREAD,
    THREADS_OEMBED,
    captioned,
    embed_markup,
    film,
    item,
    moved,
    node,
    og,
    page,
    photo,
    polaris,
    raw_page,
    story,
    thread,
    thread_post,
    video,
)

from archiver.model.platform import Access, Seen
from archiver.platforms.contract import Adapter
from archiver.platforms.facebook import ADAPTER as FACEBOOK
from archiver.platforms.instagram import ADAPTER as INSTAGRAM
from archiver.platforms.meta.codes import number_of, plain
from archiver.platforms.meta.scripts import MAX_PLACES, first_integer, holding, scripts, where
from archiver.platforms.scripts import MAX_SCRIPTS
from archiver.platforms.threads import ADAPTER as THREADS
from archiver.platforms.trial.damage import mutated

ALL = Access(token=True, replies=30, media=True)
REEL = "https://www.facebook.com/reel/900200/"
BY_PFBID = f"https://www.facebook.com/quaystreet/posts/{PFBID}"
SERIES = item(media_type=8, carousel_media=[film(), item(), {}])
DATA: dict[str, tuple[Adapter, str, object]] = {
    "instagram": (INSTAGRAM, IG, polaris(SERIES, 2)),
    "threads": (THREADS, THREAD, thread([thread_post(PK - 9), thread_post(carousel_media=[film()])], [thread_post(5)])),
    "facebook": (FACEBOOK, FB, node(story(NUMBER, photo(), video(), attached_story={"message": {"text": "x"}}))),
    "facebook-pfbid": (FACEBOOK, BY_PFBID, node(story(NUMBER, photo()))),
    "facebook-video": (FACEBOOK, REEL, {"video": video(creation_story=story())}),
    "facebook-photo": (FACEBOOK, "https://www.facebook.com/photo/?fbid=900100", {"currMedia": photo()}),
}
FILES_TOO = {HERE: FILM, FILES: PICTURE}


def answered(name: str, whole: Answer) -> Played:
    adapter, url, _ = DATA[name]
    oembed = embed_markup(url, "data-href")
    asked = {f"{url.split('/')[0]}//{url.split('/')[2]}/": whole, "https://graph.": oembed, IG_EMBED: captioned()}
    return play(adapter, url, asked | FILES_TOO, ALL)


def everything() -> list[tuple[Adapter, Played]]:
    found = [(DATA[name][0], answered(name, page(DATA[name][2], head=og(DATA[name][1])))) for name in DATA]
    found += [(DATA[name][0], answered(name, page(ERROR, head=og(DATA[name][1])))) for name in DATA]
    return found + [(DATA[name][0], answered(name, moved("/login/"))) for name in DATA]


@pytest.mark.parametrize("number", range(18))
def test_whatever_the_answers_are_turned_into(number: int) -> None:
    survives(*everything()[number], rounds=40, seed=number)


@pytest.mark.parametrize("name", DATA)
def test_whatever_the_data_in_a_page_are_turned_into(name: str) -> None:
    chance = random.Random(name)  # noqa: S311
    data = json.dumps(DATA[name][2]).encode()
    for _ in range(150):
        body = b'<script type="application/json" data-sjs>' + mutated(data, chance) + b"</script>"
        assert answered(name, Answer(body, 200, (("Content-Type", "text/html"),))).document


@pytest.mark.parametrize("number", range(18))
def test_roles_in_any_order_and_number(number: int) -> None:
    adapter, played = everything()[number]
    twice = (*reversed(played.seen), *played.seen)
    renumbered = tuple(replace(each, number=n, record=f"urn:uuid:{n}") for n, each in enumerate(twice, 1))
    assert rendered(adapter, played.key, renumbered)


def large(name: str) -> dict[str, Answer]:
    data = DATA[name][2]
    text = json.dumps(data)
    places = '{"xig_polaris_media":null,"thread_items":[],"post_id":"1","comet_sections":{}},'
    return {
        "10 MB of text": page(json.loads(text.replace("They rang at ten to seven.", "слово " * 900_000))),
        "places side by side": raw_page(f"[{places * 60_000}0]"),
        "deep": raw_page("[" * 90_000 + text + "]" * 90_000),
        "deep enough": raw_page('{"thread_items":' * 900 + text + "}" * 900),
        "scripts": raw_page(*["{}"] * 100_000),
        "scripts that are cut": Answer.html('<script type="application/json" data-sjs>' * 100_000),
        "tags": Answer.html("<div>" * 100_000 + "<script data-sjs" * 100_000),
        "a long tag": Answer.html(f"<script data-sjs {'a' * 5_000_000}>{text}</script>"),
        "numbers": raw_page(text.replace("1772600767", "9" * 6_000)),
        "long lists": raw_page(text.replace("[", "[" + "0," * 50_000)),
    }


@pytest.mark.parametrize("kind", list(large("threads")))
@pytest.mark.parametrize("name", DATA)
def test_large_and_deep_pages_are_read_within_bounds(name: str, kind: str) -> None:
    played = answered(name, large(name)[kind])
    assert played.document
    assert len(played.targets) < 10


@pytest.mark.parametrize("name", DATA)
def test_truncated_anywhere_is_a_state(name: str) -> None:
    whole = page(DATA[name][2])
    for cut in range(0, len(whole.body), 151):
        played = answered(name, replace(whole, body=whole.body[:cut], whole=False))
        assert played.state in {"available", "unavailable_unknown", "needs_browser"}
        assert played.document


@pytest.mark.parametrize("name", DATA)
def test_a_mark_of_byte_order_and_a_wrong_charset_are_read(name: str) -> None:
    whole = page(DATA[name][2])
    assert answered(name, replace(whole, body=b"\xef\xbb\xbf" + whole.body)).state == "available"
    untrue = Answer(whole.body, 200, (("Content-Type", "text/html; charset=koi8-r"),))
    assert answered(name, untrue).state == "available"
    broken = Answer(whole.body.replace(b"They", b"\xffhey"), 200, whole.headers)
    assert answered(name, broken).document


def test_hostile_words_stay_words() -> None:
    words = "</script><script>alert(1)\x1b[31m\u202e[bold]=cmd|' /C calc'!A0"
    data = json.dumps(polaris(item(caption={"text": words + "\ud800"}))).replace("<", "\\u003C")
    played = answered("instagram", raw_page(data))
    assert played.post["content"]["text"] == words + "\ufffd"


def test_data_are_looked_for_within_bounds() -> None:
    seen = Seen(1, "page", IG, 200, body=raw_page(*['{"a":1}'] * (MAX_SCRIPTS + 50)).body)
    assert len(scripts(seen, "a")) == MAX_SCRIPTS - 2  # two of other kinds stand before them
    wide = Seen(1, "page", IG, 200, body=raw_page(json.dumps({"a": [[0]] * (MAX_PLACES + 10), "b": {"c": 1}})).body)
    (doc,) = scripts(wide, "a")
    assert len(where([doc], lambda value: True)) <= MAX_PLACES
    assert holding([doc], "nothing") == []


def test_data_that_are_no_object_and_addresses_that_are_none_are_passed_over() -> None:
    seen = Seen(1, "page", IG, 200, body=raw_page('"a"').body)
    assert where(scripts(seen, "a"), lambda value: True) == []
    for name, (adapter, url, _) in DATA.items():
        key = answered(name, page(ERROR)).key
        odd = (Seen(1, "page", "http://[", 302, ((b"Location", b"//["),)),)
        assert adapter.classify(key, odd).rule.endswith("page.status-302"), url
        assert adapter.more(key, ALL, odd)


def test_what_is_passed_over_is_not_looked_into() -> None:
    seen = Seen(1, "page", IG, 200, body=raw_page('{"x":{"n":1},"y":{"n":-5},"z":[{"n":7}]}').body)
    data = scripts(seen, "n")
    assert [each.value for each in holding(data, "n", without=("x",))] == [-5, 7]
    assert [each.pointer for each in holding(data, "n")][-1] == "script[data-sjs][2] /z/0/n"
    found = first_integer([each for doc in data for each in (doc.at("y"), doc.at("z", 0))], ("n",))
    assert found is not None
    assert found.value == 7


@pytest.mark.parametrize("code", ["", "A", "AAAA", "!", "_" * 12, "é", CODE + "AAAA"])
def test_a_code_that_spells_no_number_spells_none(code: str) -> None:
    assert number_of(code) == ""


def test_a_code_spells_its_number() -> None:
    assert (number_of(CODE), number_of("B"), plain(CODE + "x" * 28)) == (str(PK), "1", CODE)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"html":5}', b'{"html":"<a data-href=x>"}', b'{"error":{"code":"4"}}', b"<html>"]
)
def test_whatever_the_interface_for_embedding_answers_is_a_state(body: bytes) -> None:
    for adapter, url, endpoint in (
        (INSTAGRAM, IG, IG_OEMBED),
        (THREADS, THREAD, THREADS_OEMBED),
        (FACEBOOK, FB, FB_OEMBED),
    ):
        site = "/".join(url.split("/")[:3])
        played = play(adapter, url, {f"{site}/": Answer.html(""), endpoint: Answer(body)}, ALL)
        assert played.state in {"unavailable_unknown", "rate_limited"}
        assert played.document["post"] is None
