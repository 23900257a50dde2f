"""TikTok: addresses, what is asked, how a post stands, what is read. Of people who do not exist."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from adapterkit import Answer, Played, play

from archiver.model.address import Address
from archiver.model.platform import Access, Target
from archiver.platforms.registry import subject_of
from archiver.platforms.tiktok import ADAPTER
from archiver.platforms.tiktok.reading import ID_APART

CREATED = 1_709_534_767
NUMBER = str((CREATED - 3) << 32 | 0x5A5A5A5A)
POST = f"https://www.tiktok.com/@lena.primer/video/{NUMBER}"
OEMBED_URL = "https://www.tiktok.com/oembed?url="
CDN = "https://v16-webapp-prime.tiktok.com/"
PICTURES = "https://p16-sign.tiktokcdn.example/"
VIDEO_FILE = Answer(b"\0\0\0\x18ftypmp42 a film", headers=(("Content-Type", "video/mp4"),))
PICTURE = Answer(b"\xff\xd8 a picture", headers=(("Content-Type", "image/jpeg"),))
CAPTIONS = Answer(b"WEBVTT\n", headers=(("Content-Type", "text/vtt"),))
MEDIA = Access(media=True)

VIDEO: dict[str, Any] = {
    "id": NUMBER,
    "duration": 21,
    "width": 576,
    "height": 1024,
    "cover": f"{PICTURES}cover.jpg",
    "originCover": f"{PICTURES}origin.jpg",
    "playAddr": f"{CDN}play.mp4",
    "downloadAddr": f"{CDN}marked.mp4",
    "bitrateInfo": [
        {"Bitrate": 500_000, "PlayAddr": {"UrlList": [f"{CDN}low.mp4"], "Width": 320, "Height": 568}},
        {"Bitrate": 1_400_000, "PlayAddr": {"UrlList": [f"{CDN}high.mp4", f"{CDN}again.mp4"], "Width": 576}},
        {"Bitrate": 9_000_000, "PlayAddr": {"UrlList": []}},
    ],
    "subtitleInfos": [
        {"Url": f"{CDN}en.vtt", "LanguageCodeName": "eng-US", "Source": "MT"},
        {"Url": f"{CDN}ru.vtt", "LanguageCodeName": "rus-RU", "Source": "ASR"},
        {"Url": ""},
    ],
}
ITEM: dict[str, Any] = {
    "id": NUMBER,
    "desc": "Сквер в снегу #сквер @ivan.test",
    "createTime": str(CREATED),
    "textLanguage": "ru",
    "author": {"id": "6900", "uniqueId": "lena.primer", "nickname": "Лена", "verified": False, "secUid": "MS4"},
    "stats": {"playCount": 12_300, "diggCount": 100, "commentCount": 7, "shareCount": 2, "collectCount": 1},
    "statsV2": {"playCount": "12345", "diggCount": "101", "commentCount": "7", "shareCount": "-1"},
    "video": VIDEO,
    "music": {"id": "7001", "title": "звук", "authorName": "Лена", "playUrl": f"{CDN}sound.mp3"},
    "textExtra": [{"hashtagName": "сквер"}, {"hashtagName": "", "userUniqueId": "ivan.test"}, {}],
}
PHOTOS: dict[str, Any] = {
    "images": [
        {"imageURL": {"urlList": [f"{PICTURES}1.jpeg", f"{PICTURES}1b.jpeg"]}, "imageWidth": 1080, "imageHeight": 1920},
        {"imageURL": {"urlList": []}},
    ],
    "cover": {"imageURL": {"urlList": [f"{PICTURES}cover.jpeg"]}},
}
TOLD = {
    "version": "1.0", "type": "video", "title": ITEM["desc"], "author_url": "https://www.tiktok.com/@lena.primer",
    "author_name": "Лена", "author_unique_id": "lena.primer", "embed_product_id": NUMBER, "embed_type": "video",
    "thumbnail_url": f"{PICTURES}still.jpg", "thumbnail_width": 480, "thumbnail_height": 848,
}  # fmt: skip
TASK = base64.b64encode(json.dumps({"v": {"a": "AAAA", "c": "BBBB"}}).encode()).decode()
CHALLENGE = Answer.html(
    f'<html><body>Please wait...<p id="cs" class="{TASK}"></p><p id="wci" class="_wafchallengeid"></p></body></html>'
)


def page(data: object) -> Answer:
    text = json.dumps(data, ensure_ascii=False)
    head = "<html><head><title>x</title></head><body><script>var x = '__UNIVERSAL_DATA_FOR_REHYDRATION__'</script>"
    return Answer.html(
        f'{head}<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json">{text}</script></body></html>'
    )


def detail(scope: str = "webapp.video-detail", **members: Any) -> Answer:
    return page({"__DEFAULT_SCOPE__": {"webapp.app-context": {}, scope: members}})


def shown(*, scope: str = "webapp.video-detail", **changes: Any) -> Answer:
    item = {name: value for name, value in (ITEM | changes).items() if value is not None}
    return detail(scope, statusCode=0, statusMsg="", itemInfo={"itemStruct": item})


def ask(page: Answer | None = None, oembed: Answer | None = None, access: Access = Access(), **more: Answer) -> Played:  # noqa: B008
    answers = {OEMBED_URL: oembed or Answer.json(TOLD), "https://www.tiktok.com/@": page or shown()}
    return play(ADAPTER, POST, answers | more, access)


def roles(played: Played) -> list[str]:
    return [each.role.split(".")[0] for each in played.targets]


# addresses


@pytest.mark.parametrize(
    "url",
    [
        POST,
        POST.replace("/video/", "/photo/"),
        f"https://tiktok.com/@lena.primer/video/{NUMBER}?is_from_webapp=1&sender_device=pc",
        f"http://m.tiktok.com/@lena.primer/video/{NUMBER}/",
        f"https://www.tiktok.com/@/video/{NUMBER}",
        f"https://www.tiktok.com/%40lena.primer/video/{NUMBER}",
        f"https://www.tiktok.com/en-US/@lena.primer/video/{NUMBER}",
        f"https://www.tiktok.com/share/video/{NUMBER}",
        f"https://t.tiktok.com/i18n/share/video/{NUMBER}/",
        f"https://m.tiktok.com/v/{NUMBER}.html",
        f"https://www.tiktok.com/v/{NUMBER}",
        f"https://www.tiktok.com/embed/{NUMBER}",
        f"https://www.tiktok.com/embed/v2/{NUMBER}",
        f"https://www.tiktok.com/player/v1/{NUMBER}?music_info=0",
        f"https://www.vxtiktok.com/@lena.primer/video/{NUMBER}",
        f"https://tnktok.com/@lena.primer/photo/{NUMBER}",
        f"https://tiktxk.com./@lena.primer/video/{NUMBER}",
        f"https://tfxktok.com/@lena.primer/video/{NUMBER}",
    ],
)
def test_addresses_of_the_same_post_have_the_same_key(url: str) -> None:
    subject = subject_of(Address.parse(url))
    assert subject is not None
    assert (subject.key.platform, subject.key.id, subject.key.kind) == ("tiktok", f"tiktok:{NUMBER}", "post")


@pytest.mark.parametrize(
    ("url", "key", "page"),
    [
        ("https://vm.tiktok.com/ZMabc123/", "tiktok:short/vm/ZMabc123", "https://vm.tiktok.com/ZMabc123/"),
        ("https://vt.tiktok.com/ZSabc123?x=1", "tiktok:short/vt/ZSabc123", "https://vt.tiktok.com/ZSabc123/"),
        ("https://www.tiktok.com/t/ZTabc123", "tiktok:short/t/ZTabc123", "https://www.tiktok.com/t/ZTabc123/"),
        ("https://vm.vxtiktok.com/ZMabc123/", "tiktok:short/vm/ZMabc123", "https://vm.tiktok.com/ZMabc123/"),
    ],
)
def test_short_links_are_asked_where_they_lead(url: str, key: str, page: str) -> None:
    found = ADAPTER.match(Address.parse(url))
    assert found is not None
    assert (found.id, found.kind, found.part("page")) == (key, "short", page)
    assert [(each.url, each.redirects) for each in ADAPTER.plan(found, Access())] == [(page, False)]


@pytest.mark.parametrize(
    "url",
    [
        "https://www.tiktok.com/",
        "https://www.tiktok.com/@lena.primer",
        "https://www.tiktok.com/@lena.primer/live",
        "https://www.tiktok.com/tag/x",
        "https://www.tiktok.com/@lena.primer/video/x",
        "https://www.tiktok.com/@lena.primer/video/0",
        f"https://www.tiktok.com/@lena.primer/video/{NUMBER}/more",
        "https://vm.tiktok.com/",
        "https://tnktok.com/ZSabc123",
        f"https://tiktok.com.example/@lena.primer/video/{NUMBER}",
        f"https://nottiktok.com/@lena.primer/video/{NUMBER}",
        "mailto:lena@tiktok.com",
    ],
)
def test_other_addresses_are_none(url: str) -> None:
    assert ADAPTER.match(Address.parse(url)) is None


# what is asked


def test_what_is_told_for_embedding_comes_first_then_the_page() -> None:
    played = ask()
    assert [each.url for each in played.targets] == [
        f"https://www.tiktok.com/oembed?url=https%3A%2F%2Fwww.tiktok.com%2F%40lena.primer%2Fvideo%2F{NUMBER}",
        POST,
    ]
    assert all(not each.headers and not each.authorized for each in played.targets)


def test_a_short_link_leads_to_the_post() -> None:
    answers = {
        "https://vm.tiktok.com/": Answer(status=301, headers=(("Location", f"{POST}?_t=8"),)),
        OEMBED_URL: Answer.json(TOLD),
        POST: shown(),
    }
    played = play(ADAPTER, "https://vm.tiktok.com/ZMabc123/", answers)
    assert roles(played) == ["short", "oembed", "page"]
    assert (played.key.id, played.state) == ("tiktok:short/vm/ZMabc123", "available")
    assert played.post["id"] == NUMBER


def test_short_links_that_lead_to_each_other_are_followed_three_times() -> None:
    def answers(target: Target) -> Answer:
        if target.url == "https://vm.tiktok.com/first/":
            return Answer(status=302, headers=(("Location", "https://www.tiktok.com/t/second/"),))
        if target.url.endswith("/t/second/"):
            return Answer(status=302, headers=(("Location", f"/t/third/?{len(target.url)}"),))
        if target.url.endswith("/t/third/"):
            return Answer(status=302, headers=(("Location", "/t/fourth/"),))
        raise AssertionError(target.url)

    played = play(ADAPTER, "https://vm.tiktok.com/first", answers)
    assert [each.role for each in played.targets] == ["short", "short.2", "short.3"]
    assert played.rule == "tiktok.short.leads-elsewhere"


def test_a_link_to_itself_is_asked_once() -> None:
    here = Answer(status=302, headers=(("Location", "https://vm.tiktok.com/first/"),))
    played = play(ADAPTER, "https://vm.tiktok.com/first", {"https://vm.tiktok.com/": here})
    assert len(played.targets) == 1


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (Answer(status=429), "rate_limited", "tiktok.short.status-429"),
        (Answer(status=404), "not_found", "tiktok.short.status-404"),
        (Answer.html("x"), "unavailable_unknown", "tiktok.short.nothing"),
        (CHALLENGE, "challenge", "tiktok.short.challenge"),
        (Answer(failure="connect"), "unavailable_unknown", "tiktok.short.failed"),
        (
            Answer(status=302, headers=(("Location", "https://["),)),
            "unavailable_unknown",
            "tiktok.short.leads-elsewhere",
        ),
        (
            Answer(status=302, headers=(("Location", "https://www.tiktok.com/"),)),
            "unavailable_unknown",
            "tiktok.short.leads-elsewhere",
        ),
        (Answer(status=302, headers=(("Location", "/login?x"),)), "login_required", "tiktok.short.login"),
    ],
)
def test_a_short_link_that_leads_to_no_post(answer: Answer, state: str, rule: str) -> None:
    played = play(ADAPTER, "https://vm.tiktok.com/first", {"https://vm.tiktok.com/": answer})
    assert (played.state, played.rule, len(played.targets)) == (state, rule, 1)
    assert played.document["post"] is None
    assert played.document["missing"]


@pytest.mark.parametrize("status", [401, 403, 429, 451])
def test_nothing_is_asked_after_a_refusal(status: int) -> None:
    assert roles(ask(oembed=Answer(status=status), access=MEDIA)) == ["oembed"]
    assert roles(ask(Answer(status=status), access=MEDIA)) == ["oembed", "page"]


def test_nothing_is_asked_after_a_challenge_or_a_login() -> None:
    assert roles(ask(CHALLENGE, access=MEDIA)) == ["oembed", "page"]
    moved = Answer(status=302, headers=(("Location", "https://www.tiktok.com/login?redirect_url=x"),))
    assert roles(ask(moved, access=MEDIA)) == ["oembed", "page"]


# files


def film(answer: Answer = VIDEO_FILE, **changes: Any) -> Played:
    files = {CDN: answer, f"{CDN}ru.vtt": CAPTIONS, PICTURES: PICTURE}
    return ask(shown(**changes), access=MEDIA, **files)


def test_the_best_file_the_cover_and_the_captions_are_asked_for_with_a_referer() -> None:
    played = film()
    files = [each for each in played.targets if each.role.startswith("file.")]
    assert [each.url for each in files] == [f"{CDN}high.mp4", f"{PICTURES}origin.jpg", f"{CDN}ru.vtt"]
    assert {each.headers for each in files} == {(("Referer", "https://www.tiktok.com/"),)}
    assert not any(each.video for each in played.targets)
    video, music = played.post["attachment"]
    assert [(each["role"], each.get("exchange", 0)) for each in video["renditions"]] == [
        ("best", 3),
        ("thumb", 4),
        ("captions", 5),
        ("captions", 0),
    ]
    assert (video["duration"], video["renditions"][0]["width"]) == (21, 576)
    assert "height" not in video["renditions"][0]
    assert music["renditions"][0]["why"].startswith("not asked for")


def test_a_video_whose_file_is_refused_is_asked_for_as_a_stream_last() -> None:
    played = film(Answer(status=403))
    assert [each.video for each in played.targets] == [False] * 5 + [True]
    assert played.targets[-1].url == POST
    best = played.post["attachment"][0]["renditions"][0]
    assert best["why"] == "asked for, answered with status 403"


def test_a_video_whose_server_is_busy_is_not_asked_for_in_another_way() -> None:
    played = film(Answer(status=429))
    assert not any(each.video for each in played.targets)
    assert played.post["attachment"][0]["renditions"][0]["why"] == "asked for, answered with status 429"


def test_what_the_program_for_media_brings_is_listed() -> None:
    def answers(target: Target) -> Answer | None:
        if target.video:
            return VIDEO_FILE
        if target.role == "page":
            return shown(video={"id": NUMBER})
        return Answer.json(TOLD) if target.role == "oembed" else None

    played = play(ADAPTER, POST, answers, MEDIA)
    assert [each["role"] for each in played.post["attachment"][0]["renditions"]] == ["best"]
    assert played.state == "available"


def test_without_permission_no_file_is_asked_for() -> None:
    played = ask()
    assert roles(played) == ["oembed", "page"]
    assert {each["why"] for each in played.post["attachment"][0]["renditions"]} == {
        "not asked for",
        "in another language; not asked for",
    }


def test_no_file_is_asked_for_of_what_is_not_available() -> None:
    assert roles(ask(shown(isContentClassified=True), access=MEDIA)) == ["oembed", "page"]


def test_pictures_are_asked_for_each_once() -> None:
    played = film(imagePost=PHOTOS)
    assert [each.url for each in played.targets[2:]] == [f"{PICTURES}1.jpeg"]
    first, second, music = played.post["attachment"]
    assert (first["renditions"][0]["exchange"], first["renditions"][0]["width"]) == (3, 1080)
    assert second["why"] == "the page names no file"
    assert (music["type"], played.post["type"]) == ("Audio", "Image")
    assert played.post["url"] == POST.replace("video", "photo")


# states


@pytest.mark.parametrize(
    ("page", "state", "rule"),
    [
        (shown(), "available", "tiktok.page.item"),
        (shown(scope="webapp.reflow.video.detail"), "available", "tiktok.page.item"),
        (shown(isContentClassified=True), "age_gated", "tiktok.page.content-classified"),
        (shown(id="7000000000000000001"), "unavailable_unknown", "tiktok.page.other-post"),
        (detail(statusCode=10216), "private", "tiktok.page.status-code-10216"),
        (detail(statusCode=10222), "private", "tiktok.page.status-code-10222"),
        (detail(statusCode=10204, statusMsg="status_deleted"), "deleted", "tiktok.page.status-deleted"),
        (
            detail(statusCode=10204, statusMsg="item_privacy_authorization&status_deleted"),
            "deleted",
            "tiktok.page.status-deleted",
        ),
        (
            detail(statusCode=10204, statusMsg="status_audit_not_pass"),
            "removed_by_platform",
            "tiktok.page.status-audit-not-pass",
        ),
        (detail(statusCode=10204, statusMsg="status_self_see"), "private", "tiktok.page.status-self-see"),
        (detail(statusCode=10204, statusMsg="status_friend_see"), "private", "tiktok.page.status-friend-see"),
        (detail(statusCode=10204, statusMsg="author_secret"), "private", "tiktok.page.author-secret"),
        (
            detail(statusCode=10204, statusMsg="item_privacy_authorization"),
            "private",
            "tiktok.page.item-privacy-authorization",
        ),
        (detail(statusCode=10204, statusMsg="person_geo_fencing"), "geo_blocked", "tiktok.page.person-geo-fencing"),
        (
            detail(statusCode=10204, statusMsg="copyright_geo_filter"),
            "geo_blocked",
            "tiktok.page.copyright-geo-filter",
        ),
        (
            detail(statusCode=10204, statusMsg="cross_border_violation_ur"),
            "geo_blocked",
            "tiktok.page.cross-border-violation",
        ),
        (
            detail(statusCode=10204, statusMsg="content_classification"),
            "age_gated",
            "tiktok.page.content-classification",
        ),
        (detail(statusCode=10204), "unavailable_unknown", "tiktok.page.status-code-10204"),
        (
            detail(statusCode=10204, statusMsg="item doesn't exist"),
            "unavailable_unknown",
            "tiktok.page.status-code-10204",
        ),
        (detail(statusCode=100000), "unavailable_unknown", "tiktok.page.status-code-100000"),
        (CHALLENGE, "challenge", "tiktok.page.challenge"),
        (Answer(status=401), "login_required", "tiktok.page.status-401"),
        (Answer(status=403), "unavailable_unknown", "tiktok.page.status-403"),
        (Answer(status=429), "rate_limited", "tiktok.page.status-429"),
        (Answer(status=451), "geo_blocked", "tiktok.page.status-451"),
        (
            Answer(status=302, headers=(("Location", "https://www.tiktok.com/login?x=1"),)),
            "login_required",
            "tiktok.page.login",
        ),
        (Answer.html("<p>nothing</p>"), "needs_browser", "tiktok.oembed.only"),
        (Answer(status=404), "needs_browser", "tiktok.oembed.only"),
        (Answer(failure="timeout"), "unavailable_unknown", "tiktok.page.failed"),
        (replace(Answer.html("x"), whole=False), "unavailable_unknown", "tiktok.page.broken-off"),
        (Answer(status=503), "unavailable_unknown", "tiktok.page.status-503"),
    ],
)
def test_state_by_the_page(page: Answer, state: str, rule: str) -> None:
    played = ask(page)
    assert (played.state, played.rule) == (state, rule)
    standing = ADAPTER.classify(played.key, played.seen)
    assert played.seen[standing.exchange - 1].role == rule.split(".")[1]


@pytest.mark.parametrize(
    ("page", "oembed", "state", "rule"),
    [
        (Answer.html("x"), Answer.json({"code": 400}, 400), "unavailable_unknown", "tiktok.page.nothing"),
        (replace(Answer.html("x"), whole=False), Answer.json({}, 400), "unavailable_unknown", "tiktok.page.broken-off"),
        (Answer(status=404), Answer.json({}, 400), "not_found", "tiktok.page.status-404"),
        (Answer(status=500), Answer.json({}, 400), "unavailable_unknown", "tiktok.page.status-500"),
        (Answer(failure="connect"), Answer.json({}), "unavailable_unknown", "tiktok.page.failed"),
        (
            Answer.html("x"),
            Answer.json(TOLD | {"embed_product_id": "7000000000000000001"}),
            "unavailable_unknown",
            "tiktok.page.nothing",
        ),
        (shown(), Answer(status=429), "rate_limited", "tiktok.oembed.status-429"),
        (shown(), Answer(status=401), "login_required", "tiktok.oembed.status-401"),
        (shown(), Answer(status=403), "unavailable_unknown", "tiktok.oembed.status-403"),
        (shown(), Answer(status=451), "geo_blocked", "tiktok.oembed.status-451"),
        (shown(), CHALLENGE, "challenge", "tiktok.oembed.challenge"),
        (
            shown(),
            Answer(status=302, headers=(("Location", "https://www.tiktok.com/login?x=1"),)),
            "login_required",
            "tiktok.oembed.login",
        ),
    ],
)
def test_state_where_nothing_is_told_for_embedding(page: Answer, oembed: Answer, state: str, rule: str) -> None:
    played = ask(page, oembed)
    assert (played.state, played.rule) == (state, rule)


def test_nothing_seen_is_a_state() -> None:
    for url in (POST, "https://vm.tiktok.com/first"):
        key = ADAPTER.match(Address.parse(url))
        assert key is not None
        assert ADAPTER.classify(key, ()).rule == "tiktok.not-asked"
        assert ADAPTER.extract(key, ()).post is None
        assert ADAPTER.more(key, MEDIA, ()) == ()


def test_a_page_that_was_not_asked_for_is_no_reason() -> None:
    played = ask()
    assert ADAPTER.classify(played.key, played.seen[:1]).rule == "tiktok.not-asked"
    for answer, rule in ((Answer(status=503), "status-503"), (Answer(failure="tls"), "failed")):
        standing = ADAPTER.classify(played.key, ask(oembed=answer).seen[:1])
        assert (standing.state, standing.rule, standing.exchange) == ("unavailable_unknown", f"tiktok.oembed.{rule}", 1)
    absent = ask(oembed=Answer(status=404)).seen[:1]
    assert ADAPTER.classify(played.key, absent).rule == "tiktok.not-asked"


def test_words_decide_nothing() -> None:
    words = "Video currently unavailable. This account is private. Please wait... id=cs class=wci statusCode 10222"
    assert ask(shown(desc=words)).state == "available"
    assert ask(Answer.html(f"<p>{words}</p><p id='cs'></p>")).state == "needs_browser"


# fields


def test_fields_of_a_video() -> None:
    played = ask()
    post = played.post
    assert (post["type"], post["id"], post["url"]) == ("Video", NUMBER, POST)
    assert post["attributedTo"] == {
        "type": "Person", "id": "6900", "preferredUsername": "lena.primer", "name": "Лена",
        "url": "https://www.tiktok.com/@lena.primer", "verified": False,
    }  # fmt: skip
    assert post["published"] == {
        "value": "2024-03-04T06:46:07Z", "precision": "second", "source": "server", "raw": CREATED,
    }  # fmt: skip
    assert post["content"] == {"text": ITEM["desc"], "language": "ru"}
    assert [(each["name"], each["value"]) for each in post["counts"]] == [
        ("views", 12345),
        ("likes", 101),
        ("replies", 7),
        ("shares", 2),
        ("saves", 1),
    ]
    assert post["tag"] == [{"type": "Hashtag", "name": "сквер"}, {"type": "Mention", "name": "ivan.test"}]
    source = played.document["sources"]["/post/content/text"]
    path = "/__DEFAULT_SCOPE__/webapp.video-detail/itemInfo/itemStruct/desc"
    assert (source["exchange"], source["at"]) == (2, f"script#__UNIVERSAL_DATA_FOR_REHYDRATION__[1] {path}")
    assert [each["what"] for each in played.document["missing"]] == ["answers of other people"]
    assert played.document["warnings"] == []


def test_the_time_in_the_id_stands_beside_that_of_publication() -> None:
    document = ask().document
    assert document["idTime"] == {
        "value": "2024-03-04T06:46:04Z", "precision": "second", "source": "id", "raw": NUMBER,
    }  # fmt: skip
    late = ask(shown(createTime=str(CREATED + int(ID_APART) + 1))).document
    assert late["warnings"][0].startswith("the id was made at 2024-03-04T06:46:04Z, 604 seconds from")


def test_what_is_not_told_is_not_there() -> None:
    bare = ask(detail(statusCode=0, itemInfo={"itemStruct": {"id": NUMBER, "createTime": "0"}})).post
    assert bare == {"type": "Video", "id": NUMBER}
    assert ask(detail(itemInfo={"itemStruct": {"id": NUMBER}})).state == "available"


def test_files_of_other_shapes() -> None:
    without_rates = ask(shown(video=VIDEO | {"bitrateInfo": None, "originCover": ""}, music={"title": "звук"})).post
    video, music = without_rates["attachment"]
    assert [each["url"] for each in video["renditions"][:2]] == [f"{CDN}play.mp4", f"{PICTURES}cover.jpg"]
    assert music["why"] == "the page names no file"
    nothing = ask(shown(video={"id": NUMBER}, music=None)).post
    assert nothing["attachment"] == [{"type": "Video", "id": NUMBER, "why": "the page names no file"}]


def test_a_place_and_marks_that_tiktok_gives() -> None:
    document = ask(shown(poi={"name": "Сквер"}, IsAigc=True, isAd=True, locationCreated="RU")).document
    assert document["post"]["location"] == {"name": "Сквер"}
    assert [each.split(" (")[-1] for each in document["warnings"]] == [
        "IsAigc)",
        "isAd)",
        "locationCreated): whose place that is, it does not say",
    ]


def test_more_pictures_than_are_taken_are_said() -> None:
    image = PHOTOS["images"][1]
    document = ask(shown(imagePost={"images": [image] * 70})).document
    assert "70 are named" in document["missing"][1]["why"]


def test_where_page_and_embedding_differ_both_are_named() -> None:
    document = ask(oembed=Answer.json(TOLD | {"title": "Другое", "author_unique_id": "other"})).document
    assert [each.split(" is ")[0] for each in document["warnings"]] == ["the author's name", "the text"]


@pytest.mark.parametrize("page", [CHALLENGE, detail(statusCode=10204, statusMsg="status_self_see&x\x1b[31m")])
def test_what_is_told_for_embedding_is_read_where_the_page_shows_nothing(page: Answer) -> None:
    document = ask(page).document
    assert document["post"] == {
        "type": "Video", "id": NUMBER, "content": {"text": ITEM["desc"]},
        "attributedTo": {
            "type": "Person", "preferredUsername": "lena.primer", "name": "Лена",
            "url": "https://www.tiktok.com/@lena.primer",
        },
        "attachment": [{"type": "Video", "kind": "video", "renditions": [
            {"url": f"{PICTURES}still.jpg", "role": "thumb", "width": 480, "height": 848, "exchange": 0,
             "why": "not asked for"},
        ]}],
    }  # fmt: skip
    assert document["idTime"]["value"] == "2024-03-04T06:46:04Z"
    assert [each["exchange"] for each in document["missing"]] == [2, 1]
    assert "\x1b" not in "".join(document["warnings"])


def test_pictures_are_told_for_embedding_as_such() -> None:
    document = ask(CHALLENGE, Answer.json(TOLD | {"embed_type": "photo"})).document
    assert (document["post"]["type"], document["post"]["attachment"][0]["type"]) == ("Image", "Image")


def test_little_is_told_for_embedding() -> None:
    document = ask(CHALLENGE, Answer.json({"author_name": "Лена"})).document
    assert document["post"] == {"type": "Video", "attributedTo": {"type": "Person", "name": "Лена"}}
    assert document["idTime"] is None
