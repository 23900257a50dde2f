"""Facebook: which post an address means, what is asked, how it stands, and what is read from the answers."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from adapterkit import Answer, Played, play
from metapages import (
    ERROR,
    FB,
    FB_OEMBED,
    FILES,
    FILM,
    NUMBER,
    PFBID,
    PICTURE,
    TAKEN,
    embed_markup,
    graph_error,
    moved,
    node,
    og,
    page,
    photo,
    story,
    video,
)

from archiver.model.address import Address
from archiver.model.media import ROLE
from archiver.model.platform import Access
from archiver.platforms.facebook import ADAPTER

MEDIA = Access(media=True)
S = "https://www.facebook.com"
SHELL = page({"result": {"data": {"viewer": {"post_id": None}}}})
NO = graph_error(24)
BY_PFBID = f"{S}/quaystreet/posts/{PFBID}"
REEL, PHOTO = f"{S}/reel/900200/", f"{S}/photo/?fbid=900100"


def ask(url: str = FB, access: Access = Access(), **answers: Answer) -> Played:  # noqa: B008
    places = {"page": f"{S}/", "oembed": FB_OEMBED, "files": FILES}
    return play(ADAPTER, url, {places[role]: answer for role, answer in answers.items()}, access)


def markup(url: str = FB) -> Answer:
    return embed_markup(url, "data-href")


N, G = NUMBER, f"{S}/groups/quay.neighbours/posts/{NUMBER}/"


@pytest.mark.parametrize(
    ("address", "kind", "number", "asked"),
    [
        (FB, "post", N, FB),
        (f"https://m.facebook.com/quaystreet/posts/{N}/?comment_id=1&fbclid=x", "post", N, FB),
        (f"https://web.facebook.com/quaystreet/posts/they-rang-at-seven/{N}/", "post", N, FB),
        (f"https://mbasic.facebook.com/quaystreet/posts/{N}", "post", N, FB),
        (f"https://de-de.facebook.com/quaystreet/posts/{N}", "post", N, FB),
        (f"https://fb.com/quaystreet/posts/{N}", "post", N, FB),
        (BY_PFBID, "post", PFBID, BY_PFBID),
        (
            f"{S}/permalink.php?story_fbid={PFBID}&id=100044", "post", PFBID,
            f"{S}/permalink.php?story_fbid={PFBID}&id=100044",
        ),
        (
            f"https://m.facebook.com/story.php?story_fbid={N}&id=100044&refid=52", "post", N,
            f"{S}/permalink.php?story_fbid={N}&id=100044",
        ),
        (f"{S}/permalink.php?story_fbid={N}", "post", N, f"{S}/permalink.php?story_fbid={N}"),
        (f"{S}/groups/quay.neighbours/posts/{N}/", "post", N, G),
        (f"{S}/groups/quay.neighbours/permalink/{N}/", "post", N, G),
        (f"{S}/groups/quay.neighbours/posts/d41d8cd9/{N}/?app=fbl", "post", N, G),
        (f"{S}/groups/quay.neighbours/?multi_permalinks={N}", "post", N, G),
        (f"https://m.facebook.com/groups/quay.neighbours?view=permalink&id={N}", "post", N, G),
        (PHOTO, "photo", "900100", PHOTO),
        (f"{S}/photo.php?fbid=900100&set=a.1&type=3", "photo", "900100", PHOTO),
        (f"{S}/photo?fbid=900100", "photo", "900100", PHOTO),
        (f"{S}/quaystreet/photos/900100", "photo", "900100", PHOTO),
        (f"{S}/quaystreet/photos/a.10150/900100/?type=3", "photo", "900100", PHOTO),
        (f"{S}/quaystreet/videos/900200/", "video", "900200", f"{S}/quaystreet/videos/900200/"),
        (f"{S}/quaystreet/videos/the-door/900200/", "video", "900200", f"{S}/quaystreet/videos/900200/"),
        (
            f"{S}/quaystreet/videos/vb.22819070941/900200/?type=2&theater", "video", "900200",
            f"{S}/quaystreet/videos/900200/",
        ),
        (f"{S}/watch/?v=900200", "video", "900200", f"{S}/watch/?v=900200"),
        (f"{S}/watch/live/?v=900200", "video", "900200", f"{S}/watch/?v=900200"),
        (f"{S}/video.php?v=900200", "video", "900200", f"{S}/watch/?v=900200"),
        (f"{S}/video/embed?video_id=900200", "video", "900200", f"{S}/watch/?v=900200"),
        (REEL, "video", "900200", REEL),
        (f"{S}/plugins/post.php?href={quote(FB, safe='')}&width=500", "post", N, FB),
        (f"{S}/v19.0/plugins/video.php?href={quote(REEL, safe='')}", "video", "900200", REEL),
        (
            f"{S}/stories/100044/UzpfSVN=/?view_single=1", "story", "stories/100044/UzpfSVN=",
            f"{S}/stories/100044/UzpfSVN%3D/",
        ),
        (f"{S}/share/p/1AbCdEfGhI/?mibextid=x", "share", "share/1AbCdEfGhI", f"{S}/share/p/1AbCdEfGhI/"),
        (f"{S}/share/v/1AbCdEfGhI/", "share", "share/1AbCdEfGhI", f"{S}/share/v/1AbCdEfGhI/"),
        (f"{S}/share/r/1AbCdEfGhI/", "share", "share/1AbCdEfGhI", f"{S}/share/r/1AbCdEfGhI/"),
        (f"{S}/share/1AbCdEfGhI/", "share", "share/1AbCdEfGhI", f"{S}/share/1AbCdEfGhI/"),
        ("https://fb.watch/aB3-dE_9/", "share", "watch/aB3-dE_9", "https://fb.watch/aB3-dE_9/"),
    ],
)  # fmt: skip
def test_what_an_address_means(address: str, kind: str, number: str, asked: str) -> None:
    key = ADAPTER.match(Address.parse(address))
    assert key is not None
    assert (key.id, key.kind) == (f"facebook:{number}", kind)
    assert [each.url for each in ADAPTER.plan(key, MEDIA)] == [asked]


@pytest.mark.parametrize(
    "address",
    [
        f"{S}/",
        f"{S}/quaystreet",
        f"{S}/quaystreet/posts/",
        f"{S}/groups/quay.neighbours/",
        f"{S}/groups/quay.neighbours/?view=permalink",
        f"{S}/events/123456789/",
        f"{S}/watch/",
        f"{S}/watch/?v=abc",
        f"{S}/photo/",
        f"{S}/permalink.php?id=100044",
        f"{S}/story.php?story_fbid=../1",
        f"{S}/plugins/post.php?href=x",
        f"{S}/plugins/post.php?href={quote(f'{S}/plugins/post.php?href=' + quote(FB, safe=''), safe='')}",
        f"{S}/plugins/post.php?href={quote('https://example.org/quaystreet/posts/123456', safe='')}",
        f"{S}/groups/posts/{NUMBER}",
        "https://fb.watch/",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org",
        f"https://developers.facebook.com/quaystreet/posts/{NUMBER}",
        f"https://facebook.com.example/quaystreet/posts/{NUMBER}",
        f"ftp://facebook.com/quaystreet/posts/{NUMBER}",
    ],
)
def test_what_is_no_post_means_nothing(address: str) -> None:
    assert ADAPTER.match(Address.parse(address)) is None


LOGIN = moved(f"{S}/login/?next=x")
OTHER = story("555666777888")
STATES = [
    (FB, {"page": page(node(story()))}, "available", "page.post"),
    (FB, {"page": page(node(story(int(NUMBER))))}, "available", "page.post"),
    (
        BY_PFBID, {"page": page(node(story(NUMBER, url=BY_PFBID) | {"permalink_url": BY_PFBID}))},
        "available", "page.post",
    ),
    (BY_PFBID, {"page": page(node(story()))}, "available", "page.single-story"),
    (BY_PFBID, {"page": page(node(story()), node(OTHER)), "oembed": NO}, "unavailable_unknown", "page.other-stories"),
    (REEL, {"page": page({"result": {"data": {"video": video()}}})}, "available", "page.video"),
    (REEL, {"page": page({"a": {"videoId": "900200", "playable_url": f"{FILES}/sd.mp4"}})}, "available", "page.video"),
    (PHOTO, {"page": page({"result": {"data": {"currMedia": photo()}}})}, "available", "page.photo"),
    (FB, {"page": Answer.html(og(FB)), "oembed": NO}, "needs_browser", "page.preview"),
    (FB, {"page": SHELL, "oembed": markup()}, "needs_browser", "oembed.embeddable"),
    (FB, {"page": LOGIN, "oembed": markup()}, "needs_browser", "oembed.embeddable"),
    (FB, {"page": SHELL, "oembed": markup(REEL)}, "unavailable_unknown", "page.nothing"),
    (FB, {"page": LOGIN, "oembed": NO}, "login_required", "redirect.login"),
    (FB, {"page": moved(f"{S}/login.php?next=x"), "oembed": NO}, "login_required", "redirect.login"),
    (FB, {"page": moved(f"{S}/checkpoint/?next=x")}, "challenge", "redirect.checkpoint"),
    (FB, {"page": moved(f"{S}/cookie/consent_prompt/?next=x"), "oembed": NO}, "needs_browser", "redirect.consent"),
    (FB, {"page": moved(f"{S}/unsupportedbrowser"), "oembed": NO}, "needs_browser", "redirect.unsupported-browser"),
    (FB, {"page": page(ERROR), "oembed": NO}, "unavailable_unknown", "page.error-root"),
    (
        FB, {"page": page(ERROR, body='<form id="login_form"></form>'), "oembed": NO},
        "unavailable_unknown", "page.error-root",
    ),
    (FB, {"page": page({"modules": ["CometErrorRoot.react"]}), "oembed": NO}, "unavailable_unknown", "page.nothing"),
    (FB, {"page": page(node(OTHER)), "oembed": NO}, "unavailable_unknown", "page.other-stories"),
    (FB, {"page": page({"params": {"post_id": NUMBER}}), "oembed": NO}, "unavailable_unknown", "page.nothing"),
    (FB, {"page": Answer.html('<form id="login_form"></form>'), "oembed": NO}, "login_required", "page.login-form"),
    (FB, {"page": SHELL, "oembed": NO}, "unavailable_unknown", "page.nothing"),
    (FB, {"page": Answer(b"<html>", whole=False), "oembed": NO}, "unavailable_unknown", "page.broken-off"),
    (
        FB, {"page": replace(Answer.html(og(FB)), whole=False), "oembed": markup()},
        "unavailable_unknown", "page.broken-off",
    ),
    (
        BY_PFBID, {"page": replace(page(node(story())), whole=False), "oembed": NO},
        "unavailable_unknown", "page.other-stories",
    ),
    (FB, {"page": SHELL, "oembed": graph_error(4)}, "rate_limited", "oembed.limit"),
    (FB, {"page": Answer(status=404), "oembed": NO}, "not_found", "page.status-404"),
    (FB, {"page": Answer(status=400), "oembed": NO}, "unavailable_unknown", "page.status-400"),
    (FB, {"page": Answer(status=429)}, "rate_limited", "page.status-429"),
    (FB, {"page": Answer(status=401)}, "login_required", "page.status-401"),
    (FB, {"page": Answer(status=403)}, "unavailable_unknown", "page.status-403"),
    (FB, {"page": Answer(status=451)}, "geo_blocked", "page.status-451"),
    (FB, {}, "unavailable_unknown", "page.failed"),
    (f"{S}/stories/100044/x/", {"page": LOGIN}, "login_required", "address.story"),
    (f"{S}/stories/100044/x/", {"page": SHELL}, "login_required", "address.story"),
    (f"{S}/stories/100044/x/", {"page": Answer(status=429)}, "rate_limited", "page.status-429"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "answers", "state", "rule"), STATES)
def test_how_a_post_stands(url: str, answers: dict[str, Answer], state: str, rule: str) -> None:
    played = ask(url, **answers)
    assert (played.state, played.rule) == (state, f"facebook.{rule}")


@pytest.mark.parametrize("url", [FB, f"{S}/stories/100044/x/"])
def test_nothing_asked_is_said(url: str) -> None:
    key = ADAPTER.match(Address.parse(url))
    assert key is not None
    assert ADAPTER.classify(key, ()).exchange == 0
    assert ADAPTER.more(key, MEDIA, ()) == ()
    assert ADAPTER.extract(key, ()).post is None


@pytest.mark.parametrize(
    ("url", "answers", "asked"),
    [
        (FB, {"page": page(node(story()))}, []),
        (FB, {"page": SHELL, "oembed": NO}, ["oembed_post"]),
        (PHOTO, {"page": LOGIN, "oembed": NO}, ["oembed_post"]),
        (REEL, {"page": SHELL, "oembed": Answer(status=429)}, ["oembed_video"]),
        (FB, {"page": Answer(status=429)}, []),
        (FB, {"page": moved("/checkpoint/")}, []),
        (FB, {}, []),
        (f"{S}/stories/100044/x/", {"page": SHELL}, []),
    ],
)
def test_one_question_more_only_where_the_page_tells_nothing(
    url: str, answers: dict[str, Answer], asked: list[str]
) -> None:
    played = ask(url, **answers)
    assert [each.url.partition("?")[0].rpartition("/")[2] for each in played.targets[1:]] == asked


@pytest.mark.parametrize("link", [f"{S}/share/p/1AbCdEfGhI/", "https://fb.watch/aB3-dE_9/"])
def test_a_link_is_followed_to_its_post(link: str) -> None:
    played = play(ADAPTER, link, {link: moved(f"{FB}?rdid=x"), FB_OEMBED: markup()})
    assert (played.state, played.rule) == ("needs_browser", "facebook.oembed.embeddable")
    nowhere = play(ADAPTER, link, {link: moved(f"{S}/login/?next=x")})
    assert (nowhere.rule, len(nowhere.targets)) == ("facebook.redirect.login", 1)


def test_the_members_of_a_post() -> None:
    played = ask(page=page(node(story())))
    post = played.post
    assert (post["id"], post["url"]) == (NUMBER, FB)
    assert post["content"] == {"text": "They rang at ten to seven."}
    assert post["published"]["value"] == "2026-03-04T05:06:07Z"
    assert post["attributedTo"] == {
        "type": "Person", "id": "4455", "name": "Анна Л.", "url": "https://www.facebook.com/anna.l",
    }  # fmt: skip
    assert {each["name"]: each["value"] for each in post["counts"]} == {"reactions": 31, "shares": 4, "replies": 7}
    assert played.document["idTime"] is None
    assert played.document["sources"]["/post/content/text"]["at"].startswith("script[data-sjs][2] /require/0/")


def test_a_post_found_by_being_the_only_one_says_so_and_tells_its_number() -> None:
    played = ask(BY_PFBID, page=page(node(story()), {"comments": {"post_id": NUMBER}}))
    assert played.post["id"] == NUMBER
    assert "the only post" in played.document["warnings"][0]


def test_a_number_that_is_a_number_is_read() -> None:
    whole = story() | {"post_id": int(NUMBER)}
    assert ask(page=page(node(whole))).post["id"] == int(NUMBER)


def test_what_a_post_shares_is_its_origin() -> None:
    shared = {
        "message": {"text": "Shared words"}, "post_id": "42424242", "creation_time": TAKEN - 60,
        "actors": [{"__typename": "Page", "name": "Quay Street"}], "attachments": [{"media": photo()}],
    }  # fmt: skip
    played = ask(FB, MEDIA, page=page(node(story(attached_story=shared))), files=PICTURE)
    (origin,) = played.post["origin"]
    assert (played.post["relation"], origin["content"]["text"]) == ("repost", "Shared words")
    assert origin["attributedTo"] == {"type": "Organization", "name": "Quay Street"}
    assert origin["published"]["value"] == "2026-03-04T05:05:07Z"
    assert origin["attachment"][0]["renditions"][0]["exchange"] == 2
    assert played.post["content"]["text"] == "They rang at ten to seven."


def test_pictures_and_videos_are_asked_for_in_their_best_form() -> None:
    played = ask(FB, MEDIA, page=page(node(story(NUMBER, photo(), video()))), files=FILM)
    names = ["one.jpg?oh=1", "hd.mp4", "still.jpg"]
    assert [each.url for each in played.targets[1:]] == [f"{FILES}/{name}" for name in names]
    picture, film = played.post["attachment"]
    assert (picture["type"], picture["id"], picture["description"]) == ("Image", "900100", "A door")
    assert [each["role"] for each in picture["renditions"]] == ["best", "preview"]
    assert (film["type"], film["duration"]) == ("Video", 61)
    assert [each["role"] for each in film["renditions"]] == ["best", "preview", "thumb"]


def test_a_series_of_pictures_and_what_the_page_does_not_name() -> None:
    nodes = [{"media": photo("1", "one")}, {"media": video()}, {"media": {"__typename": "Sticker"}}]
    holder = {"styles": {"attachment": {"all_subattachments": {"count": 9, "nodes": nodes}}}}
    played = ask(page=page(node(story(attachments=[holder, {"styles": {"attachment": {}}}]))))
    assert [each["type"] for each in played.post["attachment"]] == ["Image", "Video"]
    assert [each["what"] for each in played.document["missing"]] == ["further pictures or videos: 6"]


def test_a_link_is_an_attachment() -> None:
    link = {"url": "https://quay.example/9", "title_with_entities": {"text": "Quay"}, "description": {"text": "Nine"}}
    played = ask(page=page(node(story(attachments=[{"style_type_renderer": {"attachment": link}}]))))
    assert played.post["attachment"] == [
        {"type": "Link", "name": "Quay", "description": "Nine", "url": "https://quay.example/9"}
    ]


def test_a_video_alone() -> None:
    played = ask(REEL, MEDIA, page=page({"result": {"data": {"video": video()}}}), files=FILM)
    post = played.post
    assert (post["type"], post["id"], post["name"]) == ("Video", "900200", "The door")
    assert post["content"] == {"text": "The door, from outside"}
    assert post["attributedTo"] == {"type": "Organization", "id": "555", "name": "Quay Street", "verified": True}
    assert post["published"]["value"] == "2026-03-04T05:06:07Z"
    assert [each.url for each in played.targets[1:]] == [f"{FILES}/hd.mp4", f"{FILES}/still.jpg"]


def test_a_video_is_told_by_several_objects_and_the_story_around_it() -> None:
    delivery = {
        "progressive_urls": [
            {"progressive_url": f"{FILES}/p-sd.mp4", "metadata": {"quality": "SD"}},
            {"progressive_url": f"{FILES}/p-hd.mp4", "metadata": {"quality": "HD"}},
            {"progressive_url": None},
        ]
    }
    owner = {"short_form_video_context": {"video_owner": {"name": "Quay Street"}}, "message": {"text": "Around"}}
    first = {"__typename": "Video", "id": "900200", "creation_story": owner | {"creation_time": TAKEN}}
    second = {
        "videoId": 900200, "length_in_second": 9,
        "videoDeliveryResponseFragment": {"videoDeliveryResponseResult": delivery},
    }  # fmt: skip
    played = ask(REEL, MEDIA, page=page({"video": first}, {"player": second}), files=FILM)
    post = played.post
    assert (post["content"]["text"], post["attributedTo"]["name"]) == ("Around", "Quay Street")
    assert post["published"]["value"] == "2026-03-04T05:06:07Z"
    assert played.targets[1].url == f"{FILES}/p-hd.mp4"
    assert post["attachment"][0]["duration"] == 9


def streamed(**more: Any) -> dict[str, Any]:
    return video(browser_native_hd_url=None, browser_native_sd_url=None) | more


def test_a_video_without_a_file_is_asked_for_as_a_stream_last() -> None:
    whole = page({"result": {"data": {"video": streamed()}}})
    played = play(ADAPTER, REEL, lambda target: FILM if target.video or FILES in target.url else whole, MEDIA)
    assert [each.role.partition(".")[0] for each in played.targets] == ["page", "media", ROLE]
    (film,) = played.post["attachment"]
    assert "why" not in film
    assert [(each["role"], each["exchange"]) for each in film["renditions"]] == [("best", 3), ("thumb", 2)]
    assert played.rule == "facebook.page.video"
    none = play(ADAPTER, REEL, lambda target: whole if target.role == "page" else None, MEDIA)
    assert none.post["attachment"][0]["why"] == "the answer names no file"
    assert ROLE not in [each.role for each in ask(REEL, page=whole).targets]


def test_a_photo_alone() -> None:
    beside = {"id": "900100", "created_time": TAKEN, "owner": {"__typename": "User", "name": "Anna"}}
    beside["message"] = {"text": "A door"}
    played = ask(PHOTO, MEDIA, page=page({"currMedia": photo()}, {"data": beside}), files=PICTURE)
    post = played.post
    assert (post["type"], post["id"], post["content"]["text"]) == ("Image", "900100", "A door")
    assert post["attributedTo"] == {"type": "Person", "name": "Anna"}
    assert post["published"]["value"] == "2026-03-04T05:06:07Z"
    assert post["attachment"][0]["renditions"][0]["exchange"] == 2


def test_unknown_is_not_zero() -> None:
    bare = {"post_id": NUMBER, "comet_sections": {"content": {"story": {}}}, "actors": [{"id": 7}]}
    assert ask(page=page(node(bare))).post == {
        "type": "Note",
        "id": NUMBER,
        "attributedTo": {"type": "Person", "id": "7"},
    }


def test_a_preview_and_an_address_alone_are_said_to_be_that() -> None:
    card = ask(FB, MEDIA, page=Answer.html(og(FB, image=f"{FILES}/og.jpg")), oembed=NO, files=PICTURE)
    assert card.post["summary"] == "They rang at ten to seven."
    assert len(card.document["missing"]) == 2
    alone = ask(page=LOGIN, oembed=markup())
    assert alone.post == {"type": "Note", "url": FB}
    assert "other sites may show it" in alone.document["missing"][0]["why"]
