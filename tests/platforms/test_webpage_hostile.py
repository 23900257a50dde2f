"""Nothing that a page or a feed could hold stops a reading, or makes it long; nothing of it leads anywhere."""

import json
from dataclasses import replace

import pytest
from adapterkit import Answer, Played, survives
from webpages import (
    ARTICLE,
    ATOM,
    BLOG,
    BLOG_ANSWERS,
    JSON_FEED,
    MEDIA,
    OEMBED,
    PAPER,
    PDF,
    PETITION,
    PETITION_PAGE,
    RDF,
    RSS,
    ask,
    news,
    page,
    script,
)

from archiver.model.address import Address
from archiver.model.post import Found
from archiver.platforms.files import askable
from archiver.platforms.page import ADAPTER
from archiver.platforms.page.addresses import absolute, host_of, leads_back, same_page
from archiver.platforms.places import path_of

DEEP = "https://site.example/a/b"
HEAD = '<meta property="og:title" content="x">'


def answered() -> list[Played]:
    return [
        ask(BLOG, BLOG_ANSWERS, MEDIA),
        ask(PAPER, news(), MEDIA),
        ask(PETITION, Answer.html(PETITION_PAGE)),
        *(
            ask(DEEP, Answer(each.encode(), headers=(("Content-Type", "text/xml"),)), MEDIA)
            for each in (RSS, ATOM, RDF)
        ),
        ask(DEEP, Answer.json(JSON_FEED), MEDIA),
        ask(DEEP, Answer.json(OEMBED)),
        ask(DEEP, Answer(PDF, headers=(("Content-Type", "application/pdf"),))),
    ]


@pytest.mark.parametrize("number", range(9))
def test_whatever_is_answered_there_is_a_state_and_a_document(number: int) -> None:
    survives(ADAPTER, answered()[number])


def strange_objects() -> list[object]:
    values: list[object] = [
        None,
        True,
        0,
        -1,
        1.5,
        "",
        "x",
        [],
        {},
        [[]],
        [{}],
        [None],
        {"@id": "#x"},
        {"@type": []},
        "\ud800",
    ]
    values += ["http://[", "//", "http://127.0.0.1/", "javascript:x", {"url": {"url": {}}}, {"@value": 7}, ["x"] * 300]
    return values


@pytest.mark.parametrize(
    "member", [*ARTICLE, "video", "audio", "interactionStatistic", "hasPart", "isPartOf", "@graph"]
)
def test_members_of_any_type_are_survived(member: str) -> None:
    for value in strange_objects():
        played = ask(PAPER, news(json.dumps(ARTICLE | {member: value}), "utf-8"), MEDIA)
        assert played.state == "available"
        assert played.document


def big_pages() -> dict[str, str]:
    return {
        "deep": "<div>" * 100_000,
        "articles": "<article>" * 100_000,
        "asides": "<aside>" * 3_000 + '<a href="/x">y</a>' * 3_000,
        "links in links": "<article>" + '<a href="/x"><div>' * 4_000 + "word " * 100_000,
        "less-than": "<" * 10_000_000,
        "anchors": '<a href="x">' * 1_000_000,
        "items": '<div itemscope itemtype="/Article"><p itemprop="name">' * 50_000,
        "scripts": script({"@type": "Article"}) * 20_000,
        "metas": '<meta property="og:image" content="/x.jpg">' * 20_000,
        "pictures": "".join(f'<meta property="og:image" content="/{n}.jpg">' for n in range(9_000)),
        "keywords": f'<meta name="keywords" content="{"a," * 500_000}">',
        "a long address": f'<link rel="canonical" href="{"a/../" * 500_000}">',
        "deep JSON": script("[" * 100_000) + script('{"@graph":[' * 900 + "1" + "]}" * 900),
        "deep objects": script('{"@type":"WebPage","mainEntity":' * 450 + "{}" + "}" * 450),
        "many nodes": script([{"@type": "NewsArticle", "headline": str(n)} for n in range(50_000)]),
        "long text": script({"@type": "Article", "headline": "x" * 5_000_000, "articleBody": "y" * 5_000_000}),
        "long time": f'<meta name="date" content="{"2026-03-04 " * 100_000}">',
        "attributes": "<a " + " ".join(f"x{n}=1" for n in range(30_000)) + ">",
    }


@pytest.mark.parametrize("name", list(big_pages()))
def test_large_and_deep_pages_are_read_within_bounds(name: str) -> None:
    played = ask(DEEP, page(HEAD, big_pages()[name]), MEDIA)
    assert played.post["name"]
    assert len(played.targets) <= 1 + 20 + 1
    assert len(json.dumps(played.document)) < 8_000_000


def big_feeds() -> dict[str, str]:
    markup = "<description>" + "&lt;div>" * 9_000 + "</description>"
    return {
        "deep": "<rss>" * 2_000_000,
        "many": "<rss><channel>" + "<item><title>x</title></item>" * 300_000,
        "text": "<rss><channel><title>" + "y" * 15_000_000 + "</title></channel></rss>",
        "attributes": "<rss><channel " + " ".join(f'a{n}="1"' for n in range(300_000)) + "/></rss>",
        "spaces": "<rss><channel>" + "".join(f'<a xmlns:b{n}="urn:{n}">' for n in range(50_000)),
        "markup": "<rss><channel>" + f"<item><title>t</title>{markup}</item>" * 40 + "</channel></rss>",
        "many texts": "<rss><channel><item><title>" + "<b>x</b>" * 40_000 + "</title></item></channel></rss>",
        "below the depth": "<rss><channel><title>" + "<b>" * 50 + "x" + "</b>" * 50 + "y</title></channel></rss>",
    }


@pytest.mark.parametrize("name", list(big_feeds()))
def test_large_and_deep_feeds_are_read_within_bounds(name: str) -> None:
    body = big_feeds()[name].encode()
    played = ask(DEEP, Answer(body, headers=(("Content-Type", "application/rss+xml"),)))
    assert played.rule in {"page.feed.rss", "page.xml.not-one"}
    assert len(json.dumps(played.document)) < 8_000_000


@pytest.mark.parametrize(
    "body", [b"[" * 5_000_000, json.dumps(JSON_FEED | {"items": JSON_FEED["items"] * 20_000}).encode()]
)
def test_large_json_is_read_within_bounds(body: bytes) -> None:
    assert ask(DEEP, Answer(body, headers=(("Content-Type", "application/json"),))).document


@pytest.mark.parametrize(
    "piece", [b"/CreationDate ", b"/CreationDate(2026", b"/CreationDate(2026030405)", b"xmp:CreateDate>2026<"]
)
def test_large_documents_are_read_within_bounds(piece: bytes) -> None:
    body = b"%PDF-" + piece * (8_000_000 // len(piece))
    assert ask(DEEP, Answer(body, headers=(("Content-Type", "application/pdf"),))).rule == "page.pdf"


def test_truncated_anywhere_is_a_state() -> None:
    whole = news()
    for cut in range(0, len(whole.body), 61):
        played = ask(PAPER, replace(whole, body=whole.body[:cut], whole=False))
        assert played.state in {"available", "unavailable_unknown"}
        assert played.document


def test_hostile_words_stay_words() -> None:
    words = "&lt;script&gt;alert(1)&lt;/script&gt;\x1b[31m\u202e[bold]=cmd|' /C calc'!A0"
    played = ask(DEEP, page(f'<meta property="og:title" content="{words}">'))
    assert played.post["name"] == "<script>alert(1)</script>\x1b[31m\u202e[bold]=cmd|' /C calc'!A0"


def test_no_address_of_a_page_leads_to_a_host_without_a_name() -> None:
    urls = [
        "http://127.0.0.1/x",
        "http://2130706433/",
        "http://[::1]/",
        "http://localhost/",
        "file:///etc/passwd",
        "http://[",
        "data:,x",
    ]
    inner = "".join(
        f'<meta property="og:image" content="{url}"><meta property="og:video" content="{url}">' for url in urls
    )
    links = "".join(f'<link rel="alternate" type="application/json+oembed" href="{url}">' for url in urls)
    played = ask(DEEP, page(HEAD + inner + links), MEDIA)
    assert {Address.parse(each.url).host for each in played.targets} == {"site.example"}


@pytest.mark.parametrize(
    "url", ["", "http://[", "x", "ftp://site.example/", "https://", "https://a.example:99999/", "\udc00"]
)
def test_broken_addresses_are_none(url: str) -> None:
    assert (askable(url), host_of(url)) == ("", "")
    assert not same_page(url, url)
    assert not leads_back(url, DEEP)
    assert isinstance(path_of(url), str)
    assert absolute("http://[", Found(url, 1, "x")) is None
