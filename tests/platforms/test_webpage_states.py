"""How a page stands, what is asked for beside it, and what is not."""

import pytest
from adapterkit import Answer, Played
from webpages import (
    BLOG,
    BLOG_ANSWERS,
    BLOG_PAGE,
    JSON_FEED,
    MEDIA,
    OEMBED,
    PDF,
    PICTURE,
    RSS,
    WP_POST,
    ask,
    page,
    script,
)

from archiver.model.address import Address
from archiver.model.platform import Access, Seen, Target
from archiver.platforms.page import ADAPTER
from archiver.platforms.registry import subject_of

DEEP = "https://site.example/a/b"
TELLS = page('<meta property="og:title" content="x">')
ARTICLE = page(script({"@type": "Article", "headline": "x"}))
FILE = "https://files.example/"


def typed(body: bytes, media_type: str) -> Answer:
    return Answer(body, headers=(("Content-Type", media_type),) if media_type else ())


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (ARTICLE, "available", "page.html.json-ld"),
        (TELLS, "available", "page.html.open-graph"),
        (page('<meta name="twitter:title" content="x">'), "available", "page.html.twitter"),
        (page('<meta name="dc.title" content="x">'), "available", "page.html.dublin-core"),
        (page('<meta name="author" content="x">'), "available", "page.html.meta"),
        (typed(RSS.encode(), "application/rss+xml"), "available", "page.feed.rss"),
        (typed(RSS.encode(), "text/html"), "available", "page.feed.rss"),
        (typed(RSS.encode(), ""), "available", "page.feed.rss"),
        (Answer.json(JSON_FEED), "available", "page.feed.json"),
        (Answer.json(OEMBED), "available", "page.oembed"),
        (typed(PDF, "application/pdf"), "available", "page.pdf"),
        (typed(PDF, "application/octet-stream"), "available", "page.pdf"),
        (page("<title>x</title>"), "unavailable_unknown", "page.html.not-one"),
        (typed(b"<html>", ""), "unavailable_unknown", "page.html.not-one"),
        (typed(b"<a/>", "text/xml"), "unavailable_unknown", "page.xml.not-one"),
        (Answer.json({"type": "rich"}), "unavailable_unknown", "page.json.not-one"),
        (typed(b"no", "application/pdf"), "unavailable_unknown", "page.pdf.not-one"),
        (typed(b"words", "text/plain"), "unavailable_unknown", "page.other.not-one"),
        (PICTURE, "unavailable_unknown", "page.other.not-one"),
        (Answer(TELLS.body, 404, TELLS.headers), "not_found", "page.status-404"),
        (Answer(TELLS.body, 410, TELLS.headers), "not_found", "page.status-410"),
        (Answer(status=401), "login_required", "page.status-401"),
        (Answer(TELLS.body, 403, TELLS.headers), "unavailable_unknown", "page.status-403"),
        (Answer(status=429), "rate_limited", "page.status-429"),
        (Answer(status=451), "geo_blocked", "page.status-451"),
        (Answer(status=503), "unavailable_unknown", "page.status-503"),
        (Answer(status=302), "unavailable_unknown", "page.status-302"),
        (Answer(status=403, headers=(("cf-mitigated", "challenge"),)), "challenge", "page.challenge"),
        (Answer(TELLS.body, 202, (*TELLS.headers, ("x-amzn-waf-action", "challenge"))), "challenge", "page.challenge"),
        (Answer(failure="dns"), "unavailable_unknown", "page.failed"),
    ],
)
def test_state_of_a_page(answer: Answer, state: str, rule: str) -> None:
    played = ask(DEEP, answer, MEDIA)
    assert (played.state, played.rule) == (state, rule)
    assert (played.document["post"] is None) is (state != "available")
    assert state == "available" or len(played.targets) == 1


def test_a_page_that_nobody_asked_for_is_not_there() -> None:
    key = ADAPTER.match(Address.parse(DEEP))
    assert key is not None
    assert ADAPTER.classify(key, ()).rule == "page.not-asked"
    assert ADAPTER.extract(key, ()).post is None
    assert ADAPTER.more(key, MEDIA, ()) == ()


def redirected(start: str, end: str, answer: Answer) -> str:
    key = ADAPTER.match(Address.parse(start))
    assert key is not None
    moved = Answer(status=302, headers=(("Location", end),)).seen(1, "page", Address.parse(start).url)
    return ADAPTER.classify(key, (moved, answer.seen(2, "page", Address.parse(end).url))).rule


DOOR = "page.redirect.leads-back"
CONSENT = f"https://consent.example/?continue={DEEP.replace(':', '%3A').replace('/', '%2F')}&gl=X"


@pytest.mark.parametrize(
    ("start", "end", "answer", "rule"),
    [
        (DEEP, CONSENT, TELLS, DOOR),
        (DEEP, CONSENT, page(""), DOOR),
        (DEEP, CONSENT, page("", "<p>" * 9), DOOR),
        (DEEP, "https://site.example/login?next=/a/b", TELLS, DOOR),
        (DEEP, "https://site.example/login?next=%2Fa%2Fb", page(""), DOOR),
        (DEEP, CONSENT, ARTICLE, "page.html.json-ld"),
        (DEEP, CONSENT, page(f'<meta property="og:url" content="{DEEP}">'), "page.html.open-graph"),
        (DEEP, "https://site.example/a/b/", TELLS, "page.html.open-graph"),
        (DEEP, "https://www.site.example/a/b?from=https://site.example/a/b", TELLS, "page.html.open-graph"),
        (DEEP, "https://other.example/c", TELLS, "page.html.open-graph"),
        (DEEP, "https://site.example/start?next=/a/bc", TELLS, "page.html.open-graph"),
        (DEEP, "https://site.example/login?next=/a/b%3Fx=1", TELLS, DOOR),
        ("https://site.example/", "https://site.example/start?from=/", TELLS, "page.html.open-graph"),
        ("https://short.example/x7", "https://firmas.example/p?ref=abc", TELLS, "page.html.open-graph"),
    ],
)
def test_a_redirect_to_a_page_that_leads_back_is_a_door_and_not_the_page(
    start: str, end: str, answer: Answer, rule: str
) -> None:
    assert redirected(start, end, answer) == rule


def roles(played: Played) -> list[str]:
    return [each.role.partition(".")[0] for each in played.targets]


def test_without_permission_the_site_of_the_page_alone_is_asked() -> None:
    played = ask(BLOG, BLOG_ANSWERS)
    assert [(each.role, each.url) for each in played.targets] == [
        ("page", BLOG),
        ("oembed", "https://harbour.example/wp-json/oembed/1.0/embed?url=x"),
        ("wordpress", "https://harbour.example/wp-json/wp/v2/posts/71"),
        ("feed.1", "https://harbour.example/feed/"),
    ]


def test_with_permission_files_come_last_and_each_once() -> None:
    played = ask(
        BLOG,
        BLOG_ANSWERS | {f"{FILE}quay.mp4": typed(b"m", "video/mp4"), f"{FILE}talk": typed(b"s", "audio/mpeg")},
        MEDIA,
    )
    assert [each.url for each in played.targets[4:]] == [
        f"{FILE}{name}" for name in ("quay.jpg", "quay.mp4", "thumb.jpg", "talk.mp3")
    ]
    assert [each["renditions"][0]["exchange"] for each in played.post["attachment"]] == [5, 6, 7, 8]


def test_a_video_of_which_no_file_came_is_asked_for_as_one_last_of_all() -> None:
    stream = Answer(b"v", headers=(("Content-Type", "video/mp4"),))
    body = '<article><video><source src="/list.m3u8"></video><audio src="/a.mp3"></audio></article>'
    inner = '<meta property="og:title" content="x">'
    answers = {DEEP: page(inner, body), "https://site.example/list": typed(b"#", "application/x-mpegURL")}

    def answer(target: Target) -> Answer | None:
        return stream if target.video else answers.get(target.url, typed(b"l", "application/x-mpegURL"))

    played = ask(DEEP, answer, MEDIA)
    assert played.targets[-1] == Target("video", DEEP, video=True)
    assert played.post["attachment"][-1]["renditions"] == [
        {"url": DEEP, "role": "best", "exchange": len(played.targets)}
    ]
    assert roles(ask(DEEP, answer)) == ["page"]


def test_nothing_more_is_asked_of_a_host_that_has_refused() -> None:
    for answers in (
        BLOG_ANSWERS | {"https://harbour.example/wp-json/oembed/": Answer(status=429)},
        BLOG_ANSWERS
        | {"https://harbour.example/wp-json/oembed/": Answer(status=200, headers=(("cf-mitigated", "challenge"),))},
    ):
        assert roles(ask(BLOG, answers)) == ["page", "oembed"]
    images = "".join(f'<meta property="og:image" content="https://files.example/{n}.jpg">' for n in range(30))
    many = ask(DEEP, {DEEP: page(images), FILE: Answer(status=403)}, MEDIA)
    assert roles(many) == ["page", *["media"] * 5]
    whys = [each["renditions"][0]["why"] for each in many.post["attachment"]]
    assert whys[:6] == [*["asked for, answered with status 403"] * 5, "not asked for: its host has refused before"]


def test_no_more_than_twenty_files_are_asked_for() -> None:
    images = "".join(f'<meta property="og:image" content="https://files.example/{n}.jpg">' for n in range(30))
    played = ask(DEEP, {DEEP: page(images), FILE: PICTURE}, MEDIA)
    assert roles(played) == ["page", *["media"] * 20]
    assert played.post["attachment"][20]["renditions"][0]["why"] == "not asked for: there are more than 20 files"


@pytest.mark.parametrize(
    ("url", "answer", "why"),
    [
        ("http://127.0.0.1/a.jpg", PICTURE, "its address is none that can be asked for"),
        ("http://intranet/a.jpg", PICTURE, "its address is none that can be asked for"),
        ("http://[::1]/a.jpg", PICTURE, "its address is none that can be asked for"),
        (f"{FILE}a.jpg", Answer(failure="timeout"), "asked for, no answer: timeout"),
        (f"{FILE}a.jpg", TELLS, "asked for, a page came in its place"),
        (f"{FILE}a.jpg", Answer(b"x", whole=False), "asked for, cut short"),
    ],
)
def test_why_a_file_is_not_there(url: str, answer: Answer, why: str) -> None:
    played = ask(DEEP, {DEEP: page(f'<meta property="og:image" content="{url}">'), FILE: answer}, MEDIA)
    assert played.post["attachment"][0]["renditions"][0]["why"] == why


def test_what_came_of_the_other_forms_is_said() -> None:
    oembed = "https://harbour.example/wp-json/oembed/"
    played = ask(BLOG, {BLOG: Answer.html(BLOG_PAGE), oembed: Answer(status=500)})
    assert [each["why"] for each in played.document["missing"]] == [
        "asked for, answered with status 500",
        "asked for, no answer: connect",
        "asked for, no answer: connect",
        "not asked for: it is on another host than the page",
    ]
    for answer in (Answer.json({"id": 7}), Answer.json([]), typed(b"<rss/>", "text/xml"), Answer.html("")):
        others = {BLOG: Answer.html(BLOG_PAGE), "https://harbour.example/": answer}
        assert len(ask(BLOG, others).document["missing"]) == 1


def test_an_oembed_of_another_host_is_not_asked() -> None:
    inner = '<link rel="alternate" type="application/json+oembed" href="{}"><meta name="author" content="a">'
    for other in ("https://oembed.example/?u=1", "http://site.example/o", "https://site.example:8443/o"):
        played = ask(DEEP, page(inner.format(other)))
        assert roles(played) == ["page"]
        assert played.document["missing"][0]["what"].endswith(f"at {other}")


def test_wordpress_without_a_body_or_a_time_tells_the_rest() -> None:
    wordpress = WP_POST | {"content": {"rendered": ""}, "date_gmt": "0000-00-00T00:00:00"}
    post = ask(BLOG, BLOG_ANSWERS | {"https://harbour.example/wp-json/wp/v2/posts/71": Answer.json(wordpress)}).post
    assert (post["published"]["raw"], post["content"]["text"]) == (
        "0000-00-00T00:00:00", "They poured the concrete at night.",
    )  # fmt: skip
    assert "value" not in post["published"]


def test_the_adapter_is_found_by_name_only() -> None:
    address = Address.parse(DEEP)
    assert subject_of(address) is None
    named = subject_of(address, "page")
    assert named is not None
    assert (named.key.id, named.adapter.about.name) == (f"page:{DEEP}", "page")
    assert subject_of(Address.parse("ftp://site.example/"), "page") is None
    assert subject_of(Address.parse("https://t.me/Lantern_Street/71"), "page") is not None
    assert ADAPTER.match(Address.parse("at://did:plc:x/app.bsky.feed.post/1")) is None


def test_exchanges_without_a_role_are_the_page_too() -> None:
    key = ADAPTER.match(Address.parse(DEEP))
    assert key is not None
    plain = TELLS.seen(2, "", DEEP)
    found = ADAPTER.extract(key, (Seen(1, "", "https://site.example/old", 301), plain))
    assert found.post is not None
    assert ADAPTER.more(key, Access(), (plain,)) == ()
