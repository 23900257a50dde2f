"""Odnoklassniki: addresses, what is asked, how a post stands, what is read. Of people and films that do not exist."""

import json
import random
from dataclasses import replace
from html import escape
from typing import Any

import pytest
from adapterkit import Answer, Played, play, rendered, replaced, survives

from archiver.model.address import Address
from archiver.model.platform import Access, Target
from archiver.platforms.odnoklassniki import ADAPTER
from archiver.platforms.registry import subject_of

NUMBER = "4630512007777"
VIDEO = f"https://ok.ru/video/{NUMBER}"
TOPIC = "https://ok.ru/group/53000000000001/topic/155900000000009"
FILES = "https://vd42.okcdn.example/"
PICTURES = "https://iv.okcdn.example/"
FILM = Answer(b"\0\0\0\x18ftypmp42 a film", headers=(("Content-Type", "video/mp4"),))
PICTURE = Answer(b"\xff\xd8 a picture", headers=(("Content-Type", "image/jpeg"),))
MEDIA = Access(media=True)
LOGIN = Answer(status=302, headers=(("Location", "https://ok.ru/dk?st.cmd=anonymMain&st.redirect=x"),))
ELSEWHERE: dict[str, Any] = {"isExternalPlayer": True, "url": f"https://films.example/{NUMBER}", "poster": "x"}
STUB = '<div class="vp_video_stub"><div class="vp_video_stub_txt">Видео не найдено</div></div>'

METADATA: dict[str, Any] = {
    "provider": "UPLOADED_ODKL",
    "likeCount": 12,
    "author": {"id": "580000000001", "name": "Двор на Липовой", "profile": "https://ok.ru/group/53000000000001"},
    "movie": {
        "id": NUMBER, "title": "Снег во дворе", "duration": "191", "poster": f"{PICTURES}poster", "status": "OK",
        "subtitleTracks": [
            {"url": f"{FILES}ru.vtt", "language": "ru"}, {"url": f"{FILES}en.vtt", "language": "en"}, {"language": "x"},
        ],
    },
    "videos": [
        {"name": "mobile", "url": f"{FILES}mobile", "disallowed": False},
        {"name": "hd", "url": f"{FILES}hd", "disallowed": False},
        {"name": "ultra", "url": f"{FILES}ultra", "disallowed": True},
        {"name": "unheard-of", "url": f"{FILES}x"},
        {"name": "full"},
    ],
    "hlsManifestUrl": f"{FILES}list.m3u8",
}  # fmt: skip
HEAD = (
    '<meta property="og:title" content="Снег"><meta property="og:description" content="Описание">'
    f'<meta property="og:url" content="{VIDEO}"><meta name="ya:ovs:adult" content="false">'
    '<meta property="ya:ovs:views_total" content="4500"><meta name="ya:ovs:upload_date" content="2026-03-04">'
)


def player(options: object, head: str = HEAD, body: str = "") -> Answer:
    other = escape(json.dumps({"flashvars": {"id": "1"}}))
    said = escape(json.dumps(options))
    return Answer.html(
        f'<html><head>{head}</head><body>{body}<div data-options="{other}"></div>'
        f'<div data-module="OKVideo" data-options="{said}"></div></body></html>'
    )


def shown(*, head: str = HEAD, **changes: Any) -> Answer:
    told = {name: value for name, value in (METADATA | changes).items() if value is not None}
    return player({"flashvars": {"metadata": json.dumps(told, ensure_ascii=False)}, "mvId": NUMBER}, head)


def movie(**changes: Any) -> Answer:
    return shown(movie={name: value for name, value in (METADATA["movie"] | changes).items() if value is not None})


def ask(page: Answer, access: Access = Access(), **more: Answer) -> Played:  # noqa: B008
    return play(ADAPTER, VIDEO, {"https://ok.ru/video/": page} | more, access)


def topic(*texts: str, head: str = "", url: str = TOPIC) -> Answer:
    meta = (
        f'<meta property="og:title" content="Двор на Липовой"><meta property="og:url" content="{url}">'
        '<meta property="og:description" content="Снег во  дворе с утра, и никто не знал">'
        f'<meta property="og:image" content="{PICTURES}snow">'
    )
    shown = "".join(f'<div class="media-text_cnt_tx emoji-tx textWrap">{each}</div>' for each in texts)
    return Answer.html(f"<html><head>{head or meta}</head><body>{shown}</body></html>")


def ask_topic(page: Answer, access: Access = Access()) -> Played:  # noqa: B008
    return play(ADAPTER, TOPIC, {"https://ok.ru/group": page, PICTURES: PICTURE}, access)


# addresses


@pytest.mark.parametrize(
    ("url", "key"),
    [
        (VIDEO, f"video/{NUMBER}"),
        (f"http://www.ok.ru/video/{NUMBER}/", f"video/{NUMBER}"),
        (f"https://m.ok.ru/video/{NUMBER}?from=x", f"video/{NUMBER}"),
        (f"https://mobile.ok.ru./live/{NUMBER}", f"video/{NUMBER}"),
        (f"https://odnoklassniki.ru/videoembed/{NUMBER}?autoplay=1", f"video/{NUMBER}"),
        (f"https://www.odnoklassniki.ru/web-api/video/moviePlayer/{NUMBER}", f"video/{NUMBER}"),
        (f"https://m.ok.ru/dk?st.cmd=movieLayer&st.mvId={NUMBER}", f"video/{NUMBER}"),
        ("https://ok.ru/video/63567000000189-0?fromTime=5", "video/63567000000189-0"),
        (TOPIC, "topic/155900000000009"),
        ("https://m.ok.ru/group/53000000000001/topic/155900000000009", "topic/155900000000009"),
        ("https://ok.ru/dvor.na-lipovoi/topic/155900000000009/", "topic/155900000000009"),
        ("https://ok.ru/profile/580000000001/statuses/155900000000009", "topic/155900000000009"),
        ("https://ok.ru/lena/statuses/155900000000009", "topic/155900000000009"),
    ],
)
def test_addresses_of_the_same_thing_have_the_same_key(url: str, key: str) -> None:
    subject = subject_of(Address.parse(url))
    assert subject is not None
    assert (subject.key.platform, subject.key.id) == ("odnoklassniki", f"odnoklassniki:{key}")


@pytest.mark.parametrize(
    "url",
    [
        "https://ok.ru/",
        "https://ok.ru/video",
        "https://ok.ru/video/c5765359",
        "https://ok.ru/video/search/x",
        "https://ok.ru/dk?st.cmd=anonymMain",
        "https://ok.ru/dk?st.mvId=x",
        "https://ok.ru/group/53000000000001",
        "https://ok.ru/group/53000000000001/topics",
        "https://ok.ru/profile/580000000001/pphotos/1",
        f"https://api.ok.ru/video/{NUMBER}",
        f"https://book.ru/video/{NUMBER}",
        "mailto:x@ok.ru",
    ],
)
def test_other_addresses_are_none(url: str) -> None:
    assert ADAPTER.match(Address.parse(url)) is None


def test_it_is_said_who_may_watch() -> None:
    assert "Russian" in ADAPTER.about.watched


# what is asked


def urls(played: Played) -> list[str]:
    return [each.url for each in played.targets]


def test_one_page_is_enough_where_it_has_the_player() -> None:
    assert urls(ask(shown())) == [VIDEO]
    assert urls(ask_topic(topic("x"))) == [TOPIC]


def test_the_page_for_embedding_is_asked_where_the_other_has_no_player() -> None:
    played = ask(Answer.html("x"), **{"https://ok.ru/videoembed/": shown()})
    assert urls(played) == [VIDEO, f"https://ok.ru/videoembed/{NUMBER}"]
    assert (played.state, played.post["id"]) == ("available", NUMBER)


def test_data_that_the_page_only_names_are_asked_for_as_the_player_would() -> None:
    where = "https://ok.ru/dk?cmd=videoPlayerMetadata&mid=4630512007777"
    options = {"flashvars": {"metadataUrl": where.replace("&", "%26"), "location": "AutoplayLayerMovieRBlock"}}
    played = ask(player(options | {"mvId": NUMBER}), **{"https://ok.ru/dk": Answer.json(METADATA)})
    target = played.targets[1]
    assert (target.role, target.method, target.url) == ("metadata", "POST", where)
    assert target.body == b"st.location=AutoplayLayerMovieRBlock"
    assert (played.state, played.post["attachment"][0]["duration"]) == ("available", 191)
    assert played.document["sources"]["/post/id"]["at"] == "/movie/id"


@pytest.mark.parametrize(
    "where", ["https://elsewhere.example/x", "http://ok.ru/x", "//ok.ru/x", "https://[", "", "https://ok.ru.example/"]
)
def test_data_on_other_sites_are_not_asked_for(where: str) -> None:
    played = ask(player({"flashvars": {"metadataUrl": where}, "mvId": NUMBER}))
    assert urls(played) == [VIDEO]
    assert (played.state, played.rule) == ("unavailable_unknown", "odnoklassniki.page.nothing")


@pytest.mark.parametrize("status", [401, 403, 429, 451])
def test_nothing_is_asked_after_a_refusal(status: int) -> None:
    assert urls(ask(Answer(status=status), MEDIA)) == [VIDEO]


def test_nothing_is_asked_after_a_login() -> None:
    assert urls(ask(LOGIN, MEDIA)) == [VIDEO]


def test_the_best_file_the_poster_and_the_captions_are_asked_for() -> None:
    played = ask(shown(), MEDIA, **{FILES: FILM, PICTURES: PICTURE})
    assert urls(played)[1:] == [f"{FILES}hd", f"{PICTURES}poster", f"{FILES}ru.vtt"]
    video = played.post["attachment"][0]
    assert [(each["role"], each["exchange"]) for each in video["renditions"]] == [
        ("best", 2),
        ("manifest", 0),
        ("thumb", 3),
        ("captions", 4),
        ("captions", 0),
    ]
    assert "why" not in video


def test_a_video_without_a_file_is_asked_for_as_a_stream_last() -> None:
    def answers(target: Target) -> Answer | None:
        if target.role == "page":
            return shown(videos=[])
        return FILM if target.video else PICTURE

    played = play(ADAPTER, VIDEO, answers, MEDIA)
    assert [each.video for each in played.targets] == [False, False, False, True]
    assert played.targets[-1].url == VIDEO
    assert [each["role"] for each in played.post["attachment"][0]["renditions"]][:2] == ["best", "manifest"]


def test_a_topic_has_the_picture_of_its_card() -> None:
    played = ask_topic(topic("Снег во дворе с утра, и никто не знал, надолго ли"), MEDIA)
    assert urls(played) == [TOPIC, f"{PICTURES}snow"]
    assert played.post["attachment"][0]["renditions"][0]["exchange"] == 2


def test_no_file_is_asked_for_of_what_is_not_available() -> None:
    assert urls(ask(movie(status="CENSORED"), MEDIA)) == [VIDEO]
    assert urls(ask_topic(topic(), MEDIA)) == [TOPIC]


# states


@pytest.mark.parametrize(
    ("page", "state", "rule"),
    [
        (shown(), "available", "odnoklassniki.player.video"),
        (movie(status=None), "available", "odnoklassniki.player.video"),
        (movie(status="PROCESSING"), "available", "odnoklassniki.player.video"),
        (player(ELSEWHERE), "available", "odnoklassniki.player.elsewhere"),
        (movie(status="BLOCKED"), "removed_by_platform", "odnoklassniki.player.status-blocked"),
        (movie(status="CENSORED"), "removed_by_platform", "odnoklassniki.player.status-censored"),
        (
            movie(status="COPYRIGHTS_RESTRICTED"),
            "removed_by_platform",
            "odnoklassniki.player.status-copyrights-restricted",
        ),
        (movie(status="LIMITED_ACCESS"), "private", "odnoklassniki.player.status-limited-access"),
        (movie(status="NOT_FOUND"), "not_found", "odnoklassniki.player.status-not-found"),
        (movie(status="UNAVAILABLE"), "unavailable_unknown", "odnoklassniki.player.status-unavailable"),
        (movie(status="ERROR"), "unavailable_unknown", "odnoklassniki.player.status-error"),
        (
            shown(movie=METADATA["movie"] | {"status": "VANISHED"}, videos=[]),
            "unavailable_unknown",
            "odnoklassniki.player.status-unknown",
        ),
        (shown(movie={}), "unavailable_unknown", "odnoklassniki.page.nothing"),
        (Answer.html(STUB), "unavailable_unknown", "odnoklassniki.page.stub"),
        (Answer.html('<div class="page-not-found">x</div>'), "not_found", "odnoklassniki.page.not-found"),
        (Answer(status=404), "not_found", "odnoklassniki.page.status-404"),
        (Answer(status=410), "not_found", "odnoklassniki.page.status-410"),
        (Answer(status=401), "login_required", "odnoklassniki.page.status-401"),
        (Answer(status=403), "unavailable_unknown", "odnoklassniki.page.status-403"),
        (Answer(status=429), "rate_limited", "odnoklassniki.page.status-429"),
        (Answer(status=451), "geo_blocked", "odnoklassniki.page.status-451"),
        (Answer(status=500), "unavailable_unknown", "odnoklassniki.page.status-500"),
        (LOGIN, "login_required", "odnoklassniki.page.login"),
        (Answer.html("<p>x</p>"), "unavailable_unknown", "odnoklassniki.page.nothing"),
        (replace(Answer.html("<p>"), whole=False), "unavailable_unknown", "odnoklassniki.page.broken-off"),
        (Answer.html(""), "needs_browser", "odnoklassniki.page.empty"),
        (Answer(failure="timeout"), "unavailable_unknown", "odnoklassniki.page.failed"),
    ],
)
def test_state_of_a_video(page: Answer, state: str, rule: str) -> None:
    played = ask(page)
    assert (played.state, played.rule) == (state, rule)
    standing = ADAPTER.classify(played.key, played.seen)
    assert played.seen[standing.exchange - 1].role == "page"


def test_the_page_for_embedding_may_say_how_it_stands() -> None:
    played = ask(Answer.html("x"), **{"https://ok.ru/videoembed/": Answer.html(STUB)})
    assert (played.state, played.rule) == ("unavailable_unknown", "odnoklassniki.embed.stub")
    assert played.document["missing"][0]["why"].endswith(
        "(odnoklassniki.embed.stub); Odnoklassniki says: Видео не найдено"
    )


def test_the_front_page_in_place_of_a_video_is_said() -> None:
    played = ask(Answer.html("x"))
    moved = (replace(played.seen[0], url="https://ok.ru/"),)
    assert ADAPTER.classify(played.key, moved).rule == "odnoklassniki.page.front-page"
    odd = (replace(played.seen[0], url="https://["),)
    assert ADAPTER.classify(played.key, odd).rule == "odnoklassniki.page.nothing"


@pytest.mark.parametrize(
    ("page", "state", "rule"),
    [
        (topic("Что угодно"), "available", "odnoklassniki.page.text"),
        (topic("Другое", "Снег во дворе с утра, и никто не знал больше"), "available", "odnoklassniki.page.text"),
        (topic("Другое", "Третье"), "needs_browser", "odnoklassniki.page.preview-only"),
        (topic(), "needs_browser", "odnoklassniki.page.preview-only"),
        (
            topic("x", "y", head=f'<link rel="canonical" href="{TOPIC}">'),
            "unavailable_unknown",
            "odnoklassniki.page.nothing",
        ),
        (topic("x", head=f'<link rel="canonical" href="{TOPIC}?a">'), "available", "odnoklassniki.page.text"),
        (topic("x", url="https://ok.ru/group/1/topic/2"), "unavailable_unknown", "odnoklassniki.page.nothing"),
        (LOGIN, "login_required", "odnoklassniki.page.login"),
        (Answer.html(""), "needs_browser", "odnoklassniki.page.empty"),
        (Answer(status=404), "not_found", "odnoklassniki.page.status-404"),
    ],
)
def test_state_of_a_topic(page: Answer, state: str, rule: str) -> None:
    played = ask_topic(page)
    assert (played.state, played.rule) == (state, rule)


def test_of_a_topic_that_broke_off_only_a_text_that_begins_as_its_card_is_taken() -> None:
    for page in (topic("Другое"), topic()):
        played = ask_topic(replace(page, whole=False), MEDIA)
        assert (played.state, played.rule) == ("unavailable_unknown", "odnoklassniki.page.broken-off")
        assert "content" not in played.post
    begun = ask_topic(replace(topic("Другое", "Снег во дворе с утра, и никто не знал бол"), whole=False))
    assert begun.rule == "odnoklassniki.page.text"
    assert "the end of the page" in [each["what"] for each in begun.document["missing"]]


def test_the_time_of_a_topic_is_the_only_one_on_its_page() -> None:
    one = '<time datetime="2026-03-04T05:06:07Z"></time>'
    assert ask_topic(topic(f"x{one}")).post["published"]["value"] == "2026-03-04T05:06:07Z"
    assert "published" not in ask_topic(topic(f"x{one}{one}")).post


def test_a_player_of_another_video_is_said_to_be_one() -> None:
    assert ask(movie()).document["warnings"] == []
    assert ask(movie(id=f"{NUMBER}-0")).document["warnings"] == []
    assert "which is not that of the address" in ask(movie(id="77777")).document["warnings"][0]


def test_words_decide_nothing() -> None:
    words = ">Access to this video is restricted</div> vp_video_stub_txt page-not-found Видео удалено"
    assert ask(Answer.html(f"<p>{escape(words)}</p>")).rule == "odnoklassniki.page.nothing"
    assert ask(movie(title=words)).state == "available"


def test_nothing_seen_is_a_state() -> None:
    for url in (VIDEO, TOPIC):
        key = ADAPTER.match(Address.parse(url))
        assert key is not None
        assert ADAPTER.classify(key, ()).rule == "odnoklassniki.not-asked"
        assert ADAPTER.extract(key, ()).post is None
        assert ADAPTER.more(key, MEDIA, ()) == ()


# fields


def test_fields_of_a_video() -> None:
    document = ask(shown()).document
    post = document["post"]
    assert (post["type"], post["id"], post["name"], post["summary"]) == ("Video", NUMBER, "Снег во дворе", "Описание")
    assert post["url"] == VIDEO
    assert post["attributedTo"] == {
        "type": "Group", "id": "580000000001", "name": "Двор на Липовой", "url": "https://ok.ru/group/53000000000001",
    }  # fmt: skip
    assert post["published"] == {"precision": "day", "source": "page", "raw": "2026-03-04"}
    assert [(each["name"], each["value"]) for each in post["counts"]] == [("likes", 12), ("views", 4500)]
    assert post["sensitive"] is False
    video = post["attachment"][0]
    assert (video["duration"], video["kind"]) == (191, "UPLOADED_ODKL")
    assert document["idTime"] is None
    at = "[data-options][2] @data-options /flashvars/metadata /movie/title"
    assert document["sources"]["/post/name"]["at"] == at


def test_a_whole_time_is_one() -> None:
    head = '<meta property="ya:ovs:upload_date" content="2026-03-04T05:06:07+03:00">'
    assert ask(shown(head=head)).post["published"]["value"] == "2026-03-04T02:06:07Z"


def test_what_is_not_told_is_not_there() -> None:
    bare = ask(shown(head="", author=None, likeCount=-1, movie={"duration": 0}, videos=None, hlsManifestUrl=None)).post
    assert bare == {
        "type": "Video",
        "attachment": [{"type": "Video", "kind": "UPLOADED_ODKL", "why": "the player names no file"}],
    }
    assert ask(shown(author={"name": "Лена"})).post["attributedTo"]["type"] == "Person"


def test_metadata_may_stand_as_an_object() -> None:
    assert ask(player({"flashvars": {"metadata": METADATA}, "mvId": NUMBER})).post["id"] == NUMBER


def test_a_video_of_another_site_is_not_asked_for_there() -> None:
    played = ask(player(ELSEWHERE), MEDIA)
    assert urls(played) == [VIDEO]
    assert played.post["attachment"] == [
        {"type": "Video", "url": ELSEWHERE["url"], "why": "the video lies on another site; nothing was asked there"}
    ]
    youtube = ask(shown(provider="USER_YOUTUBE", movie=METADATA["movie"] | {"contentId": "https://youtu.be/x"})).post
    assert youtube["attachment"][0]["url"] == "https://youtu.be/x"


def test_a_video_for_those_who_pay_says_so() -> None:
    post = ask(shown(videos=[], hlsManifestUrl=None, paymentInfo={"price": 1})).post
    assert "those who pay" in post["attachment"][0]["why"]


def test_fields_of_a_topic() -> None:
    text = "Снег во дворе с утра,<br>и никто не знал"
    document = ask_topic(topic(text)).document
    assert document["post"]["content"] == {"text": "Снег во дворе с утра,\nи никто не знал", "html": text}
    assert (document["post"]["name"], document["post"]["url"]) == ("Двор на Липовой", TOPIC)
    assert "summary" not in document["post"]
    assert [each["what"].split(",")[0] for each in document["missing"]] == ["answers of other people", "the author"]
    preview = ask_topic(topic()).post
    assert preview["summary"] == "Снег во  дворе с утра, и никто не знал"
    assert "content" not in preview


# hostile


def answered() -> list[Played]:
    more = {FILES: FILM, PICTURES: PICTURE}
    where = {"metadataUrl": "https://ok.ru/dk?cmd=x"}
    return [
        ask(shown(), MEDIA, **more),
        ask(player({"flashvars": where, "mvId": NUMBER}), MEDIA, **{"https://ok.ru/dk": Answer.json(METADATA)}, **more),
        ask(Answer.html(STUB), MEDIA, **{"https://ok.ru/videoembed/": Answer.html(STUB)}),
        ask_topic(topic("a", "Снег во дворе с утра, и никто не знал"), MEDIA),
    ]


@pytest.mark.parametrize("number", range(4))
def test_whatever_the_answers_are_turned_into(number: int) -> None:
    survives(ADAPTER, answered()[number], rounds=120, seed=number)


@pytest.mark.parametrize("number", range(60))
def test_whatever_the_data_in_the_page_are_turned_into(number: int) -> None:
    chance = random.Random(number)  # noqa: S311
    data: Any = {"flashvars": {"metadata": METADATA}, "mvId": NUMBER}
    for _ in range(6):
        data = replaced(data, chance)
    assert ask(player(data), MEDIA, **{FILES: FILM, PICTURES: PICTURE}).document


@pytest.mark.parametrize("number", range(4))
def test_roles_in_any_order_and_number(number: int) -> None:
    played = answered()[number]
    twice = (*reversed(played.seen), *played.seen)
    renumbered = tuple(replace(each, number=n, record=f"urn:uuid:{n}") for n, each in enumerate(twice, 1))
    assert rendered(ADAPTER, played.key, renumbered)


def hostile() -> dict[str, Answer]:
    return {
        "options": Answer.html(f'<p data-options="{NUMBER}">' * 200_000),
        "no end": Answer.html('<p data-options="' + NUMBER * 500_000),
        "deep": player({"flashvars": {"metadata": "[" * 900_000}, "mvId": NUMBER}),
        "10 MB of text": movie(title="слово " * 900_000),
        "many files": shown(videos=METADATA["videos"] * 50_000),
        "many captions": movie(subtitleTracks=METADATA["movie"]["subtitleTracks"] * 50_000),
        "elements": Answer.html('<div class="vp_video_stub_txt">' * 300_000),
        "texts": topic(*["x"] * 100_000),
    }


@pytest.mark.parametrize("name", list(hostile()))
def test_large_and_deep_answers_are_read_within_bounds(name: str) -> None:
    for played in (ask(hostile()[name], MEDIA), ask_topic(hostile()[name], MEDIA)):
        assert played.document
        assert len(played.targets) <= 103


def test_a_page_larger_than_a_parser_of_pages_reads_is_read() -> None:
    assert ask(shown(rest=["a b / '"] * 30_000, head="")).post["id"] == NUMBER


def test_pages_in_old_charsets_are_read() -> None:
    text = shown().body.decode()
    declared = Answer(text.encode("cp1251"), headers=(("Content-Type", "text/html; charset=windows-1251"),))
    silent = Answer(text.encode("cp1251"), headers=(("Content-Type", "text/html"),))
    marked = Answer(b"\xef\xbb\xbf" + text.encode(), headers=(("Content-Type", "text/html; charset=nothing"),))
    for page in (declared, silent, marked):
        assert ask(page).post["name"] == "Снег во дворе"


def test_truncated_anywhere_is_a_state() -> None:
    whole = shown()
    for cut in range(0, len(whole.body), 97):
        played = ask(replace(whole, body=whole.body[:cut], whole=False))
        assert played.state in {"available", "unavailable_unknown", "needs_browser"}
        assert played.document
