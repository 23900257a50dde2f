"""Instagram: which post an address means, what is asked, how it stands, and what is read from the answers."""

from dataclasses import replace
from typing import Any

import pytest
from adapterkit import Answer, Played, play
from metapages import (
    CODE,
    FILM,
    HERE,
    IG,
    IG_EMBED,
    IG_OEMBED,
    PICTURE,
    PK,
    TAKEN,
    captioned,
    code_of,
    embed_markup,
    film,
    graph_error,
    item,
    moved,
    number_at,
    og,
    page,
    picture,
    polaris,
    told,
)

from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.platforms.instagram import ADAPTER

MEDIA = Access(media=True)
SHELL = page({"result": {"data": {"viewer": None}}})


def ask(url: str = IG, access: Access = Access(), **answers: Answer) -> Played:  # noqa: B008
    places = {"page": "https://www.instagram.com/", "oembed": IG_OEMBED, "embed": IG_EMBED, "files": HERE}
    return play(ADAPTER, url, {places[role]: answer for role, answer in answers.items()}, access)


def roles(played: Played) -> list[str]:
    return [each.role.partition(".")[0] for each in played.targets]


@pytest.mark.parametrize(
    ("address", "key", "kind", "asked"),
    [
        (f"https://www.instagram.com/p/{CODE}/", CODE, "post", IG),
        (f"http://instagram.com/p/{CODE}", CODE, "post", IG),
        (f"https://m.instagram.com/p/{CODE}/?igsh=MWx3&img_index=2", CODE, "post", IG),
        (f"https://www.instagram.com/quay_street/p/{CODE}/", CODE, "post", IG),
        (f"https://www.instagram.com/quay_street/reel/{CODE}/", CODE, "post", IG),
        (f"https://www.instagram.com/reel/{CODE}/", CODE, "post", IG),
        (f"https://www.instagram.com/reels/{CODE}/", CODE, "post", IG),
        (f"https://www.instagram.com/tv/{CODE}/", CODE, "post", IG),
        (f"https://www.instagram.com/p/{CODE}/embed/captioned/", CODE, "post", IG),
        (f"https://www.instagram.com/p/{CODE}/c/17900000000000000/", CODE, "post", IG),
        (f"https://instagr.am/p/{CODE}/", CODE, "post", IG),
        (f"https://www.ddinstagram.com/reel/{CODE}/", CODE, "post", IG),
        (
            f"https://www.instagram.com/p/{CODE}{'x' * 28}/", CODE, "post",
            f"https://www.instagram.com/p/{CODE}{'x' * 28}/",
        ),
        ("https://www.instagram.com/share/BAbCd12_-x", "share/BAbCd12_-x", "share", None),
        ("https://www.instagram.com/share/p/BAbCd12/", "share/BAbCd12", "share", None),
        ("https://www.instagram.com/share/reel/BAbCd12/", "share/BAbCd12", "share", None),
        ("https://www.instagram.com/stories/quay_street/3561/", "stories/quay_street/3561", "story", None),
        ("https://www.instagram.com/stories/highlights/179/", "stories/highlights/179", "story", None),
        ("https://www.instagram.com/s/aGlnaGxpZ2h0OjE3?story_media_id=1", "s/aGlnaGxpZ2h0OjE3", "story", None),
    ],
)  # fmt: skip
def test_what_an_address_means(address: str, key: str, kind: str, asked: str | None) -> None:
    found = ADAPTER.match(Address.parse(address))
    assert found is not None
    assert (found.id, found.kind) == (f"instagram:{key}", kind)
    (target,) = ADAPTER.plan(found, MEDIA)
    assert asked in (None, target.url)
    assert target.url.startswith("https://www.instagram.com/")


@pytest.mark.parametrize(
    "address",
    [
        "https://www.instagram.com/",
        "https://www.instagram.com/quay_street/",
        "https://www.instagram.com/quay_street/reels/",
        "https://www.instagram.com/explore/tags/door/",
        "https://www.instagram.com/accounts/login/",
        "https://www.instagram.com/reels/audio/123456/",
        "https://www.instagram.com/stories/quay_street/",
        f"https://instagram.com.example/p/{CODE}/",
        f"https://notinstagram.com/p/{CODE}/",
        f"https://about.instagram.com/p/{CODE}/",
        f"ftp://instagram.com/p/{CODE}/",
    ],
)
def test_what_is_no_post_means_nothing(address: str) -> None:
    assert ADAPTER.match(Address.parse(address)) is None


def other_code() -> dict[str, Any]:
    return item(pk="12345678901234", code="ADs6M")


LOGIN = moved(f"https://www.instagram.com/accounts/login/?next=/p/{CODE}/")
OEMBED = embed_markup(f"{IG}?utm_source=ig_embed&amp;utm_campaign=loading")
NO = graph_error(24)
STATES = [
    ({"page": told()}, "available", "page.media"),
    ({"page": page({"xdt_api__v1__media__shortcode__web_info": {"items": [item()]}})}, "available", "page.media"),
    ({"page": SHELL, "oembed": OEMBED, "embed": captioned()}, "available", "embed.media"),
    (
        {"page": SHELL, "oembed": OEMBED, "embed": captioned("https://www.instagram.com/p/Other_1/")},
        "needs_browser", "oembed.embeddable",
    ),
    ({"page": SHELL, "oembed": OEMBED}, "needs_browser", "oembed.embeddable"),
    ({"page": LOGIN, "oembed": OEMBED}, "needs_browser", "oembed.embeddable"),
    ({"page": Answer.html(og(IG)), "oembed": NO}, "needs_browser", "page.preview"),
    (
        {"page": Answer.html(f'<link rel="canonical" href="{IG}"><meta property="og:title" content="x">')},
        "needs_browser", "page.preview",
    ),
    ({"page": LOGIN, "oembed": NO}, "login_required", "redirect.login"),
    ({"page": LOGIN, "oembed": graph_error(4)}, "login_required", "redirect.login"),
    ({"page": moved("/"), "oembed": NO}, "login_required", "redirect.home"),
    ({"page": moved("https://www.instagram.com/challenge/?next=/")}, "challenge", "redirect.challenge"),
    ({"page": moved("http://["), "oembed": NO}, "unavailable_unknown", "page.status-302"),
    ({"page": page(polaris(None)), "oembed": NO}, "login_required", "page.gated"),
    ({"page": page({"data": {"xig_polaris_media": None}}), "oembed": NO}, "unavailable_unknown", "page.null"),
    ({"page": told(other_code()), "oembed": NO}, "unavailable_unknown", "page.other-media"),
    ({"page": SHELL, "oembed": NO}, "unavailable_unknown", "page.nothing"),
    (
        {"page": Answer.html("<html>", 200), "oembed": Answer.json({"html": "<p>x</p>"})},
        "unavailable_unknown", "page.nothing",
    ),
    ({"page": Answer(b"<html><script", whole=False), "oembed": NO}, "unavailable_unknown", "page.broken-off"),
    ({"page": replace(Answer.html(og(IG)), whole=False), "oembed": OEMBED}, "unavailable_unknown", "page.broken-off"),
    ({"page": Answer(status=500), "oembed": OEMBED}, "unavailable_unknown", "page.status-500"),
    ({"page": SHELL, "oembed": graph_error(4)}, "rate_limited", "oembed.limit"),
    ({"page": SHELL, "oembed": graph_error(1, 429)}, "rate_limited", "oembed.limit"),
    ({"page": Answer(status=404), "oembed": NO}, "not_found", "page.status-404"),
    ({"page": Answer(status=410), "oembed": NO}, "not_found", "page.status-410"),
    ({"page": Answer(status=429)}, "rate_limited", "page.status-429"),
    ({"page": Answer(status=401)}, "login_required", "page.status-401"),
    ({"page": Answer(status=403)}, "unavailable_unknown", "page.status-403"),
    ({"page": Answer(status=451)}, "geo_blocked", "page.status-451"),
    ({"page": Answer(status=500), "oembed": NO}, "unavailable_unknown", "page.status-500"),
    ({}, "unavailable_unknown", "page.failed"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "state", "rule"), STATES)
def test_how_a_post_stands(answers: dict[str, Answer], state: str, rule: str) -> None:
    played = ask(**answers)
    assert (played.state, played.rule) == (state, f"instagram.{rule}")


def test_nothing_asked_is_said() -> None:
    key = ADAPTER.match(Address.parse(IG))
    assert key is not None
    assert ADAPTER.classify(key, ()).rule == "instagram.page.not-asked"
    assert ADAPTER.more(key, MEDIA, ()) == ()
    assert ADAPTER.extract(key, ()).post is None


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (LOGIN, "login_required", "instagram.address.story"),
        (SHELL, "login_required", "instagram.address.story"),
        (Answer(failure="connect"), "login_required", "instagram.address.story"),
        (Answer(status=429), "rate_limited", "instagram.page.status-429"),
    ],
)
def test_stories_are_for_people_with_a_login(answer: Answer, state: str, rule: str) -> None:
    played = ask("https://www.instagram.com/stories/quay_street/3561/", MEDIA, page=answer)
    assert (played.state, played.rule, roles(played)) == (state, rule, ["page"])
    assert played.document["post"] is None


def test_a_story_not_asked_for_has_no_exchange() -> None:
    key = ADAPTER.match(Address.parse("https://www.instagram.com/stories/quay_street/3561/"))
    assert key is not None
    assert ADAPTER.classify(key, ()).exchange == 0


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({"page": told()}, ["page"]),
        ({"page": SHELL, "oembed": NO}, ["page", "oembed"]),
        ({"page": SHELL, "oembed": OEMBED, "embed": captioned()}, ["page", "oembed", "embed"]),
        ({"page": LOGIN, "oembed": OEMBED}, ["page", "oembed"]),
        ({"page": SHELL, "oembed": Answer(status=429)}, ["page", "oembed"]),
        ({"page": Answer(status=503), "oembed": OEMBED}, ["page", "oembed"]),
        ({"page": Answer(status=429)}, ["page"]),
        ({"page": Answer(status=403)}, ["page"]),
        ({"page": moved("/challenge/")}, ["page"]),
        ({}, ["page"]),
    ],
)
def test_what_is_asked_when_files_are_not_wanted(answers: dict[str, Answer], asked: list[str]) -> None:
    assert roles(ask(**answers)) == asked


def test_a_link_is_followed_to_its_post() -> None:
    link = "https://www.instagram.com/share/p/BAbCd12/"
    there = moved(f"{IG}?igsh=x", 301)
    played = play(ADAPTER, link, {link: there, IG_OEMBED: OEMBED})
    assert (played.state, played.rule) == ("needs_browser", "instagram.oembed.embeddable")
    assert roles(played) == ["page", "oembed", "embed"]
    assert played.key.id == "instagram:share/BAbCd12"
    nowhere = play(ADAPTER, link, {link: Answer(status=404)})
    assert (nowhere.rule, len(nowhere.targets)) == ("instagram.page.status-404", 1)


def test_the_members_of_a_post() -> None:
    place = {"name": "Quay 9", "lat": 38.2, "lng": -121.1}
    played = ask(page=told(item(location=place, caption_is_edited=True, title="A door"), head=og(f"{IG}?x=1")))
    post = played.post
    assert post["type"] == "Image"
    assert (post["id"], post["url"], post["name"]) == (str(PK), f"{IG}?x=1", "A door")
    assert post["content"] == {"text": "They rang at ten to seven.\nПозвонили в семь."}
    assert post["attributedTo"] == {
        "type": "Person", "id": "77001", "preferredUsername": "quay_street", "name": "Набережная 9", "verified": False,
    }  # fmt: skip
    assert post["published"] == {
        "value": "2026-03-04T05:06:07Z", "precision": "second", "source": "server", "raw": TAKEN,
    }  # fmt: skip
    assert post["counts"] == [
        {"name": "likes", "value": 5, "exact": True}, {"name": "replies", "value": 2, "exact": True},
    ]  # fmt: skip
    assert post["location"] == {"name": "Quay 9", "latitude": "38.2", "longitude": "-121.1"}
    assert post["edited"] is True
    assert played.document["sources"]["/post/content/text"]["at"].startswith("script[data-sjs][2] /require/0/")
    assert played.document["missing"] == []


def test_the_time_in_the_number_stands_beside_the_one_told() -> None:
    played = ask(page=told())
    assert played.document["idTime"]["value"].startswith("2026-03-04T05:04:37")
    assert played.document["warnings"] == []
    early = number_at(TAKEN - 90_000)
    code = code_of(early)
    later = play(ADAPTER, f"https://www.instagram.com/p/{code}/", lambda asked: told(item(pk=early, code=code)))
    assert "25 hours" in later.document["warnings"][0]


def test_a_code_that_is_not_that_of_the_number_is_said() -> None:
    played = ask(page=told(item(pk=f"{PK + 1}_77001")))
    assert "is not that of the number" in played.document["warnings"][0]


def test_a_post_that_is_named_by_its_number_alone_is_the_one() -> None:
    bare = item(pk=f"{PK}_77001")
    del bare["code"]
    assert ask(page=told(bare)).rule == "instagram.page.media"
    assert ask(page=told(bare | {"pk": "1"}), oembed=NO).rule == "instagram.page.other-media"


def test_the_code_of_a_private_account_is_said_and_means_the_same_post() -> None:
    played = ask(f"{IG[:-1]}{'x' * 28}/", page=told())
    assert played.state == "available"
    assert "28 characters" in played.document["warnings"][0]


def test_what_the_page_holds_of_others_is_named_and_not_read() -> None:
    played = ask(page=told(item(), 3))
    assert played.document["missing"][0]["what"] == "comments that the page holds: 3"
    assert "replies" not in played.post


def test_numbers_that_the_account_hides_are_not_told() -> None:
    played = ask(page=told(item(like_and_view_counts_disabled=True, view_count=70)))
    assert [each["name"] for each in played.post["counts"]] == ["replies", "views"]
    assert played.document["missing"][0]["what"] == "how many like it"


def test_unknown_is_not_zero() -> None:
    bare = {"pk": str(PK), "code": CODE, "like_count": -1, "user": None, "location": {}, "caption": None}
    post = ask(page=told(bare)).post
    assert post == {"type": "Note", "id": str(PK)}


def test_a_picture_is_asked_for_in_its_largest_size() -> None:
    played = ask(IG, MEDIA, page=told(), files=PICTURE)
    assert [each.url for each in played.targets[1:]] == [f"{HERE}/large.jpg?stp=a&oe=1"]
    (media,) = played.post["attachment"]
    best, small = media["renditions"]
    assert (media["type"], media["kind"], media["description"]) == ("Image", "feed", "Photo of a door.")
    assert (best["role"], best["width"], best["exchange"]) == ("best", 1080, 2)
    assert (small["role"], small["why"]) == ("preview", "not asked for: another size of the same")


def test_pictures_and_videos_of_a_series_in_their_order() -> None:
    parts = [{"pk": "1", "media_type": 1, "display_uri": f"{HERE}/one.jpg", "original_width": 9}, film() | {"pk": "2"}]
    parts[1]["image_versions2"] = {"candidates": [picture("still")]}
    whole = item(media_type=8, carousel_media=[*parts, {"pk": "3"}], video_dash_manifest="<MPD/>")
    played = ask(IG, MEDIA, page=told(whole), files=FILM)
    names = ["one.jpg", "film.mp4", "still.jpg?stp=a&oe=1"]
    assert [each.url for each in played.targets[1:]] == [f"{HERE}/{name}" for name in names]
    one, two, three = played.post["attachment"]
    assert (one["type"], two["type"], two["duration"], three["type"]) == ("Image", "Video", 12, "Image")
    assert [each["role"] for each in two["renditions"]] == ["best", "preview", "thumb"]
    assert [each.get("exchange") for each in two["renditions"]] == [3, 0, 4]
    assert three["why"] == "the answer names no file"
    assert played.document["missing"][0]["what"] == "other streams of the video"


def test_a_video_without_a_file_says_so() -> None:
    played = ask(IG, MEDIA, page=told(item(media_type=2, image_versions2=None, video_duration="x")))
    assert played.post["type"] == "Video"
    (video,) = played.post["attachment"]
    assert (video["type"], video["why"]) == ("Video", "the answer names no file")
    assert "renditions" not in video
    assert "duration" not in video
    assert len(played.targets) == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(status=403), "asked for, answered with status 403"),
        (Answer(failure="tls"), "asked for, no answer: tls"),
        (Answer.html("<p>"), "asked for, a page came in its place"),
        (
            Answer(b"\xff\xd8", whole=False),
            "asked for, cut short",
        ),
    ],
)  # fmt: skip
def test_a_file_that_is_not_there_says_why(answer: Answer, why: str) -> None:
    played = ask(IG, MEDIA, page=told(), files=answer)
    best = played.post["attachment"][0]["renditions"][0]
    assert (best["exchange"], best["why"]) == (0, why)


def test_files_are_asked_for_a_few_at_a_time_and_none_after_a_refusal() -> None:
    parts = [{"media_type": 1, "display_uri": f"{HERE}/{n}.jpg"} for n in range(12)]
    refused = ask(IG, MEDIA, page=told(item(carousel_media=parts)), files=Answer(status=429))
    assert len(refused.targets) == 1 + 5
    assert len(ask(IG, MEDIA, page=told(item(carousel_media=parts)), files=PICTURE).targets) == 1 + 12


@pytest.mark.parametrize("url", ["http://127.0.0.1/a.jpg", "javascript:1", "http://[", "file:///etc/passwd", "//x/y"])
def test_only_files_of_named_hosts_are_asked_for(url: str) -> None:
    played = ask(IG, MEDIA, page=told(item(image_versions2={"candidates": [{"url": url}]})))
    assert len(played.targets) == 1
    assert "none that can be asked for" in played.post["attachment"][0]["renditions"][0]["why"]


def test_the_page_for_other_sites_is_read_as_far_as_it_goes() -> None:
    played = ask(IG, MEDIA, page=SHELL, oembed=OEMBED, embed=captioned(), files=PICTURE)
    assert played.post["attributedTo"] == {"type": "Person", "preferredUsername": "quay_street"}
    assert played.post["summary"].endswith("They rang.")
    assert played.post["attachment"][0]["renditions"][0]["exchange"] == 4
    assert played.document["idTime"]["value"].startswith("2026-03-04T05:04:37")
    assert played.document["missing"]


def test_a_post_that_other_sites_may_show_is_told_by_its_address_alone() -> None:
    played = ask(page=LOGIN, oembed=OEMBED)
    assert played.post == {"type": "Note", "url": f"{IG}?utm_source=ig_embed&utm_campaign=loading"}
    assert played.document["sources"]["/post/url"]["at"].startswith("/html [data-instgrm-permalink]")
    assert played.document["idTime"]["value"].startswith("2026-03-04T05:04:37")
    assert "other sites may show" in played.document["missing"][0]["why"]


def test_a_preview_is_said_to_be_one() -> None:
    card = og(f"{IG}", image=f"{HERE}/og.jpg")
    played = ask(IG, MEDIA, page=Answer.html(card), oembed=NO, files=PICTURE)
    assert (played.post["name"], played.post["summary"]) == ("Quay Street", "They rang at ten to seven.")
    assert played.post["attachment"][0]["renditions"][0]["exchange"] == 3
    assert len(played.document["missing"]) == 2
    assert len(ask(page=Answer.html(og(IG)), oembed=NO).document["missing"]) == 1


def test_an_address_that_spells_no_number_tells_no_time() -> None:
    url = f"https://www.instagram.com/p/{'_' * 12}/"
    played = play(ADAPTER, url, {url: SHELL, IG_OEMBED: embed_markup(url)})
    assert played.state == "needs_browser"
    assert played.document["idTime"] is None
