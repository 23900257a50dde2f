"""What a page tells of itself, in which form, and what it tells in two ways."""

from typing import Any

import pytest
from adapterkit import Answer
from webpages import (
    ARTICLE,
    BLOG,
    BLOG_ANSWERS,
    BLOG_PAGE,
    MEDIA,
    NEWS,
    OEMBED,
    PAPER,
    PAPER_ASKED,
    PETITION,
    PETITION_PAGE,
    WP_POST,
    ask,
    news,
    page,
    script,
)

from archiver.model.address import Address
from archiver.platforms.page import ADAPTER

DEEP = "https://site.example/a/b"
HEAD = '<meta property="og:title" content="x">'


def article(**members: Any) -> str:
    return script({"@type": "Article", "url": DEEP} | members)


def told(inner: str, body: str = "") -> dict[str, Any]:
    return ask(DEEP, page(inner, body)).post


def warnings(inner: str, body: str = "", url: str = DEEP) -> list[str]:
    found = ask(url, page(inner, body)).document["warnings"]
    assert isinstance(found, list)
    return found


def test_an_article_tells_author_times_language_words_and_what_stands_beside_it() -> None:
    played = ask(PAPER, news())
    post, host = played.post, PAPER_ASKED.removesuffix("/news/2026/skver")
    assert (post["type"], post["url"], post["name"]) == ("Article", PAPER_ASKED, ARTICLE["headline"])
    assert post["attributedTo"] == {"type": "Person", "name": "Вера Тестова", "url": f"{host}/authors/testova"}
    assert (post["onBehalfOf"]["type"], post["onBehalfOf"]["name"]) == ("Organization", "Липовый вестник")
    assert post["published"] == {
        "value": "2026-03-04T05:06:07Z",
        "precision": "second",
        "source": "page",
        "raw": "2026-03-04T08:06:07+03:00",
    }
    assert post["updated"]["value"] == "2026-03-04T06:00:00Z"
    assert post["content"] == {"text": ARTICLE["articleBody"], "language": "ru"}
    assert post["summary"] == "Жители узнали об этом утром."
    words = [each["name"] for each in post["tag"] if each["type"] == "Hashtag"]
    assert words == ["сквер", "забор", "Липовая улица", "Город"]
    assert [each["name"] for each in post["tag"] if each["type"] == "Mention"] == ["Пётр Примеров", "Управа"]
    links = [each for each in post["tag"] if each["type"] == "Link"]
    assert links == [{"type": "Link", "name": "Разрешения", "href": f"{host}/doc/razreshenie"}]
    assert post["context"] == [{"type": "Page", "url": f"{host}/news/2026/lipa", "name": "Срубили липу"}]
    assert post["attachment"][0]["renditions"][0] | {"why": ""} == {
        "url": f"{host}/img/skver.jpg", "role": "best", "width": 1200, "height": 800, "exchange": 0, "why": "",
    }  # fmt: skip
    assert played.document["warnings"] == []
    assert played.document["sources"]["/post/name"]["at"] == 'script[type^="application/ld+json"][1] /headline'


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("windows-1251", "text/html"),
        ("utf-8", "text/html"),
        ("utf-8", "text/html; charset=utf-8"),
        ("windows-1251", "text/html; charset=windows-1251"),
        ("utf-8-sig", "text/html; charset=windows-1251"),
        ("utf-16", "text/html"),
    ],
)
def test_pages_are_read_in_the_encoding_that_they_declare(encoding: str, content_type: str) -> None:
    assert ask(PAPER, news(encoding=encoding, content_type=content_type)).post["name"] == ARTICLE["headline"]


def test_the_host_may_be_cyrillic_and_is_asked_for_in_ascii() -> None:
    assert ask(PAPER, news()).targets[0].url == PAPER_ASKED
    one, other = (ADAPTER.match(Address.parse(url)) for url in (PAPER, f"{PAPER_ASKED}#comments"))
    assert one == other is not None


def test_without_json_ld_the_other_forms_tell() -> None:
    played = ask(PAPER, news(None))
    post = played.post
    assert played.rule == "page.html.open-graph"
    assert post["attributedTo"] == {"type": "Organization", "name": "Липовый вестник"}
    assert (post["published"]["value"], post["content"]["language"]) == ("2026-03-04T05:06:07Z", "ru_RU")
    assert post["content"]["text"].splitlines()[-1] == "Забор поставили в четыре часа утра. Разрешения никто не видел."
    assert played.document["sources"]["/post/name"]["at"] == 'meta[property="og:title"][1] @content'
    assert played.document["sources"]["/post/content/text"]["at"] == "article[1]"


def test_a_petition_tells_its_signatures_by_structure_and_a_day_is_no_time() -> None:
    played = ask(PETITION, Answer.html(PETITION_PAGE))
    post = played.post
    assert [(each["name"], each["value"]) for each in post["counts"]] == [
        ("endorsements", 12345), ("shares", 678), ("replies", 9),
    ]  # fmt: skip
    assert post["published"] == {"raw": "2026-02-03", "precision": "day", "source": "page"}
    assert (post["attributedTo"]["name"], post["onBehalfOf"]["name"]) == ("Inés Ejemplo", "Firmas")
    assert post["content"] == {"text": "Salvemos el parque Río Seco\nFirma aquí.", "language": "es-AR"}
    missing = {"what": "9 comments", "why": "comments on pages are not read", "exchange": 1}
    assert played.document["missing"] == [missing]


def test_other_forms_of_the_page_on_its_own_site_are_read_too() -> None:
    played = ask(BLOG, BLOG_ANSWERS, MEDIA)
    post = played.post
    assert played.rule == "page.html.wordpress"
    assert post["published"] == {
        "value": "2026-05-06T10:00:00Z", "precision": "second", "source": "server", "raw": "2026-05-06T10:00:00",
    }  # fmt: skip
    assert post["content"]["text"] == "They poured the concrete at night.\nNobody was told."
    assert post["content"]["html"] == WP_POST["content"]["rendered"]
    assert (post["id"], post["summary"]) == ("71", "At night & in secret.")
    assert post["attributedTo"]["url"] == OEMBED["author_url"]
    assert [each["name"] for each in post["tag"]] == ["Building", "Harbour"]
    kinds = [each["type"] for each in post["attachment"]]
    assert kinds == ["Image", "Video", "Image", "Audio"]
    assert post["attachment"][0] == {
        "type": "Image", "description": "A crane",
        "renditions": [{"url": "https://files.example/quay.jpg", "role": "best", "width": 640, "exchange": 5}],
    }  # fmt: skip
    assert played.document["missing"] == [
        {
            "what": "a feed of the site, at https://elsewhere.example/atom",
            "why": "not asked for: it is on another host than the page",
            "exchange": 1,
        }
    ]


def test_the_page_alone_is_enough() -> None:
    alone = ask(BLOG, Answer.html(BLOG_PAGE)).seen[:1]
    key = ADAPTER.match(Address.parse(BLOG))
    assert key is not None
    post = ADAPTER.extract(key, alone).post
    assert post is not None
    assert post.name is not None
    assert post.name.value == "The quay"


@pytest.mark.parametrize(
    "inner",
    [
        "<title>Words</title>",
        '<title>Words</title><meta name="viewport" content="width=1"><link rel="canonical" href="/x">',
        '<meta property="og:title" content=" ">',
        script("{not json"),
        script({"@type": "WebSite", "name": "Site"}) + script([{"@type": "BreadcrumbList"}, {"@type": "Organization"}]),
        script("[[[") + script("") + script("7") + script('{"@type":[7,null]}'),
    ],
)
def test_a_page_that_tells_nothing_of_itself_is_a_page_like_any_other(inner: str) -> None:
    played = ask(DEEP, page(inner, "<h1>Words</h1><p>More words.</p>"))
    assert (played.rule, played.document["post"], len(played.targets)) == ("page.html.not-one", None, 1)


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        (article(), "Article"),
        (script({"@type": "schema:BlogPosting", "headline": "x"}), "Article"),
        (script({"@type": ["http://schema.org/ReportageNewsArticle"], "headline": "x"}), "Article"),
        (script({"@type": "DiscussionForumPosting", "text": "x"}), "Note"),
        (script({"@type": "VideoObject", "name": "x"}), "Video"),
        (script({"@type": "PodcastEpisode", "name": "x"}), "Audio"),
        (script({"@type": "ImageObject", "name": "x"}), "Image"),
        (script({"@type": "WebPage", "name": "x"}), "Page"),
        (script({"@type": "Book", "name": "x", "datePublished": "1991-05-01"}), "Page"),
        (script({"@type": "ItemPage", "mainEntity": {"@type": "VideoObject", "name": "x"}}), "Video"),
        ('<meta property="og:type" content="video.other"><meta property="og:title" content="x">', "Video"),
        ('<meta property="og:type" content="website"><meta property="og:title" content="x">', "Page"),
    ],
)
def test_kinds(inner: str, kind: str) -> None:
    assert told(inner)["type"] == kind


def test_the_times_and_people_of_a_thing_are_not_those_of_the_page_about_it() -> None:
    book = {"@type": "Book", "name": "x", "datePublished": "1991-05-01", "author": "A", "publisher": "B"}
    assert not {"published", "attributedTo"} & set(told(script(book)))


@pytest.mark.parametrize(
    "text",
    [
        '<!-- {"@type":"Article","headline":"x"} -->',
        '//<![CDATA[\n{"@type":"Article","headline":"x"}\n//]]>',
        '/*<![CDATA[*/{"@type":"Article","headline":"x"}/*]]>*/',
        '\ufeff {"@type":"Article","headline":"x"};',
        '{"@type":"Article","headline":"x","description":"a\nb\tc\x01"}',
        '{"@graph":[[{"@type":"Article","headline":"x"}]]}',
    ],
)
def test_json_ld_is_read_out_of_what_surrounds_it_and_with_control_characters(text: str) -> None:
    assert told(script(text))["name"] == "x"


def test_json_ld_that_is_none_is_said_and_costs_nothing_else() -> None:
    inner = script('{"@type":"Article","headline":"x",}') + '<meta property="og:title" content="y">'
    assert told(inner)["name"] == "y"
    assert warnings(inner) == [
        'what stands at script[type^="application/ld+json"][1] (exchange 1) is no JSON, and was not read'
    ]


def test_of_several_articles_the_one_that_names_the_page_is_it_and_the_others_stand_beside() -> None:
    others = [{"@type": "Article", "headline": f"n{n}", "url": f"/n{n}", "datePublished": "2026-01-02"} for n in (1, 2)]
    post = told(script(others) + article(headline="this"))
    assert (post["name"], [each["url"] for each in post["context"]]) == (
        "this", ["https://site.example/n1", "https://site.example/n2"],
    )  # fmt: skip
    front = told(script(others) + '<meta property="og:title" content="News">')
    assert (front["name"], front["type"], [each["name"] for each in front["context"]]) == ("News", "Page", ["n1", "n2"])
    twice = told(script([{"@type": "Article", "headline": "same"}] * 2))
    assert (twice["name"], "context" in twice) == ("same", False)


def test_a_video_on_an_article_is_not_the_page_unless_it_says_so() -> None:
    video = {"@type": "VideoObject", "name": "clip", "uploadDate": "2026-01-02", "contentUrl": "/v.mp4"}
    kind = '<meta property="og:type" content="article"><meta property="og:title" content="x">'
    post = told(script(video) + kind)
    assert (post["type"], post["name"], "published" in post) == ("Article", "x", False)
    assert [each["name"] for each in post["attachment"]] == ["clip"]
    own = told(script(video | {"url": DEEP}) + kind)
    assert (own["type"], own["name"], len(own["attachment"])) == ("Video", "clip", 1)


@pytest.mark.parametrize(
    ("author", "wanted"),
    [
        ("Ana", {"type": "Person", "name": "Ana"}),
        ("/ana", {"type": "Person", "url": "https://site.example/ana"}),
        ({"@type": "NewsMediaOrganization", "name": ["Desk"]}, {"type": "Organization", "name": "Desk"}),
        ({"@type": "Person", "sameAs": ["https://ana.example/"]}, {"type": "Person", "url": "https://ana.example/"}),
        ([{}, {"name": {"@value": "Ana"}}], {"type": "Person", "name": "Ana"}),
        ({"@id": "#nobody"}, None),
    ],
)
def test_authors(author: object, wanted: dict[str, str] | None) -> None:
    assert told(article(author=author, headline="x")).get("attributedTo") == wanted


def test_files_that_json_ld_names() -> None:
    video = {
        "@type": "VideoObject", "name": "v", "contentUrl": "/v.mp4", "thumbnailUrl": ["/t.jpg"], "duration": "PT1M3.5S",
        "encodingFormat": "video/mp4",
    }  # fmt: skip
    audio = {"@type": "AudioObject", "embedUrl": "https://player.example/1", "duration": "long"}
    report = {"@type": "MediaObject", "contentUrl": "/r.pdf"}
    post = told(article(video=video, audio=audio, associatedMedia=[report, {}], image=["/a.jpg", "/a.jpg", 7]))
    first, second, third, fourth = post["attachment"]
    assert (first["duration"], [each["role"] for each in first["renditions"]]) == (63, ["best", "thumb"])
    assert second == {"type": "Audio", "url": "https://player.example/1", "why": "the page names a player, and no file"}
    assert (third["type"], third["renditions"][0]["url"]) == ("Document", "https://site.example/r.pdf")
    assert (fourth["type"], fourth["renditions"][0]["why"]) == ("Image", "not asked for")


def test_counts_are_those_that_name_an_action() -> None:
    statistic = [
        {"interactionType": {"@type": "http://schema.org/LikeAction"}, "userInteractionCount": 7},
        {"interactionType": "SignAction", "userInteractionCount": "8"},
        {"interactionType": "Signatures", "userInteractionCount": 9},
        {"interactionType": "LikeAction", "userInteractionCount": -1},
        {"interactionType": {"@id": "https://schema.org/WatchAction"}, "userInteractionCount": 5},
        7,
    ]
    counts = told(article(interactionStatistic=statistic, interactionCount=6))["counts"]
    assert [(each["name"], each["value"]) for each in counts] == [("likes", 7), ("sign", 8), ("views", 5)]


def test_references_within_the_page_are_followed_once() -> None:
    nodes = [{"@type": "Article", "url": DEEP, "author": {"@id": "#a"}, "inLanguage": {"@id": "#l"}, "isPartOf": "/s"},
             {"@id": "#a", "@type": "Person", "name": "Ana", "url": {"@id": "#a"}},
             {"@id": "#l", "@type": "Language", "name": "Español", "alternateName": "es"}]  # fmt: skip
    post = told(script({"@graph": nodes}))
    assert (post["attributedTo"], post["content"]["language"]) == ({"type": "Person", "name": "Ana"}, "es")
    assert post["context"] == [{"type": "Page", "url": "https://site.example/s"}]


@pytest.mark.parametrize("said", [False, "False", "http://schema.org/False"])
def test_an_article_behind_payment_is_there_and_its_body_is_missing(said: object) -> None:
    for members in ({"isAccessibleForFree": said}, {"hasPart": {"isAccessibleForFree": said}}):
        played = ask(DEEP, page(article(headline="x", **members)))
        assert played.state == "available"
        assert [each["what"] for each in played.document["missing"]] == ["the article as subscribers read it"]


MICRODATA = """<div itemscope itemtype="https://schema.org/NewsArticle">
<meta itemprop="datePublished" content="2026-03-04T08:00+03">
<span itemprop="headline">Сквер</span><span itemprop="dateModified"><time datetime="x">вчера</time></span>
<div itemprop="author" itemscope itemtype="https://schema.org/Person"><a itemprop="url" href="/t">
<b itemprop="name">Вера Тестова</b></a></div>
<div itemprop="publisher" itemscope itemtype="https://schema.org/Organization">
<meta itemprop="name" content="Вестник"></div>
<span itemprop="image" itemscope itemtype="https://schema.org/ImageObject">
<img itemprop="contentUrl" src="/i.jpg"></span>
<meta itemprop="keywords" content="сквер, забор"><a itemprop="relatedLink" href="https://other.example/r">Ещё</a>
<div itemprop="articleBody">Текст<script>no()</script><p>абзац</p><style>x</style></div></div>"""


def test_microdata_is_read_where_one_item_is_the_article() -> None:
    played = ask(DEEP, page("", MICRODATA))
    post = played.post
    assert (played.rule, post["type"], post["name"]) == ("page.html.microdata", "Article", "Сквер")
    assert (post["published"]["value"], post["published"]["precision"]) == ("2026-03-04T05:00:00Z", "minute")
    assert post["updated"] == {"precision": "relative", "raw": "вчера", "source": "page"}
    assert post["attributedTo"] == {"type": "Person", "name": "Вера Тестова", "url": "https://site.example/t"}
    assert post["onBehalfOf"] == {"type": "Organization", "name": "Вестник"}
    assert post["content"]["text"] == "Текст\nабзац"
    assert post["attachment"][0]["renditions"][0]["url"] == "https://site.example/i.jpg"
    assert post["context"] == [{"type": "Page", "url": "https://other.example/r", "name": "Ещё"}]
    assert [each["name"] for each in post["tag"]] == ["сквер", "забор"]
    assert ask(DEEP, page("", MICRODATA * 2)).rule == "page.html.not-one"


def test_microdata_in_its_plainest_form() -> None:
    body = """<section itemscope itemtype="http://schema.org/BlogPosting"><span itemprop="author">Jo</span>
    <a itemprop="url" href="/p">p</a><img itemprop="image" src="/p.jpg">
    <i itemprop="publisher"><a href="/h">House</a></i>
    <div itemscope itemtype="http://schema.org/Article" itemprop="citation"><b itemprop="headline">other</b></div>
    <i itemprop="name">Mine</i><i itemprop="author"></i></section>"""
    post = told("", body)
    assert (post["name"], post["attributedTo"]["name"], post["onBehalfOf"]["url"]) == (
        "Mine", "Jo", "https://site.example/h",
    )  # fmt: skip
    assert post["url"] == "https://site.example/p"


AUTHOR = '<meta name="author" content="a">'


@pytest.mark.parametrize(
    ("metas", "member", "wanted"),
    [
        ('<meta name="DC.creator" content="Ana"><meta name="DC.Title" content="x">', "attributedTo", "Ana"),
        ('<meta name="author" content="Ana">', "attributedTo", "Ana"),
        ('<meta property="article:author" content="Ana">', "attributedTo", "Ana"),
        ('<meta name="twitter:title" content="x">', "name", "x"),
        ('<meta name="description" content="x">', "summary", "x"),
        ('<meta name="date" content="2026-03-04">', "published", "2026-03-04"),
        ('<meta name="dcterms.issued" content="2026-03-04T05:06Z">', "published", "2026-03-04T05:06Z"),
        ('<meta property="og:updated_time" content="1772600767">' + AUTHOR, "updated", "2026-03-04T05:06:07Z"),
        ('<meta name="generator" content="Engine 2">' + AUTHOR, "generator", "Engine 2"),
    ],
)  # fmt: skip
def test_names_of_metas(metas: str, member: str, wanted: str) -> None:
    found = told(metas)[member]
    assert wanted in (found, *(found.values() if isinstance(found, dict) else ()))


def test_files_that_open_graph_describes() -> None:
    inner = """<meta property="og:image:url" content="http://site.example/a.jpg">
    <meta property="og:image:secure_url" content="https://site.example/a.jpg">
    <meta property="og:image:type" content="image/jpeg"><meta property="og:image:height" content="20">
    <meta property="og:image:height" content="high"><meta property="og:image" content="/b.jpg">
    <meta property="og:video:url" content="https://player.example/1"><meta property="og:video:type" content="text/html">
    <meta property="og:video:width" content="640"><meta property="og:video" content="https://player.example/2">
    <meta property="og:audio:type" content="audio/mpeg"><meta name="twitter:image" content="/c.jpg">
    <meta name="twitter:player:stream" content="/s.mp4">"""
    first, second, third, fourth, *others = told(inner)["attachment"]
    assert first["renditions"] == [
        {"url": "http://site.example/a.jpg", "role": "best", "mediaType": "image/jpeg", "height": 20, "exchange": 0,
         "why": "not asked for"},
    ]  # fmt: skip
    assert second["renditions"][0]["url"] == "https://site.example/b.jpg"
    assert third == {"type": "Video", "url": "https://player.example/1", "why": "the page names a player, and no file"}
    assert fourth["renditions"][0]["url"] == "https://player.example/2"
    assert [each["type"] for each in others] == ["Image", "Video"]


def test_the_elements_of_the_page_fill_what_nothing_else_tells() -> None:
    body = """<main><h1>Head</h1><article><time datetime="2026-03-04T05:06:07Z">x</time><p>One<br>two</p>
    <figure><img src="/a.jpg" alt="a"><figcaption>Cap</figcaption></figure><nav><a href="/menu">menu</a></nav>
    <video poster="/p.jpg"><source src="/v.webm"><source src="/v.mp4"></video><video></video><audio></audio>
    <img><img src="data:image/png;base64,AAAA"><audio src="/s.mp3"></audio><a href="#x">x</a>
    <a href="mailto:x@y.example">m</a><a href="javascript:x()">j</a><a href="/l"><img alt="z"></a></article></main>
    <a rel="next" href="/2">Next</a><a rel="related" href="https://o.example/r" title="R"></a>"""
    played = ask(
        DEEP, page('<link rel="prev" href="/0"><link rel="prev" href="https://ads.example/"><base href="/q/">', body)
    )
    post = played.post
    assert (played.rule, post["name"], post["published"]["value"]) == (
        "page.html.elements", "Head", "2026-03-04T05:06:07Z",
    )  # fmt: skip
    assert post["content"]["text"] == "x\nOne\ntwo\nCap\nx mj"
    assert [each["type"] for each in post["attachment"]] == ["Image", "Video", "Video", "Audio"]
    assert post["attachment"][2]["why"] == "the page names no file for it"
    assert [each["href"] for each in post["tag"]] == [f"{DEEP.removesuffix('/a/b')}{path}" for path in ("/q/#x", "/l")]
    assert [each["url"] for each in post["context"]] == [
        "https://site.example/2", "https://o.example/r", "https://site.example/0",
    ]  # fmt: skip


def test_times_of_several_are_whose_nobody_knows() -> None:
    body = '<article><time datetime="2026-01-01">a</time><time datetime="2026-01-02">b</time></article>'
    assert ask(DEEP, page("", body)).rule == "page.html.not-one"


DATED = '<meta property="article:published_time" content="{}">'


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("2026-03-04T08:06:07+03:00", "2026-03-04T05:06:07Z", False),
        ("2026-03-04T08:06:07+03:00", "2026-03-04T08:06:07Z", True),
        ("2026-03-04T08:06:07+03:00", "2026-03-04 08:06", False),
        ("2026-03-04T08:06:07+03:00", "2026-03-05 08:06:07", True),
        ("2026-03-04T08:06:07+03:00", "2026-03-04", False),
        ("2026-03-04T08:06:07+03:00", "2026-03-03", False),
        ("2026-03-04T08:06:07+03:00", "2026-03-01", True),
        ("2026-03-04T08:06:07+03:00", "yesterday", False),
        ("2026-03-04T08:06:07+03:00", "2026-02-31", False),
        ("2026-03-04T08:06:07+03:00", "2026-99-31T08:06:07Z", False),
        ("2026-03-04T08:06:07+03:00", "2150-03-04T08:06:07Z", False),
    ],
)
def test_times_differ_where_they_can_be_the_same_in_no_zone(one: str, other: str, differ: bool) -> None:
    found = warnings(article(datePublished=one) + DATED.format(other))
    assert bool(found) is differ
    assert all("the times of publication differ: 2026-03-04T05:06:07Z (JSON-LD, exchange 1, script" in x for x in found)
    assert all('(OpenGraph, exchange 1, meta[property="article:published_time"][1] @content)' in x for x in found)


@pytest.mark.parametrize(
    ("inner", "says"),
    [
        (article(headline="One") + '<meta property="og:title" content="Two">', "the headlines differ"),
        (article(headline="&#171;A&#187; \u2013 B") + '<meta property="og:title" content="&quot;A&quot; - B">', ""),
        (article(headline="A &amp; B") + '<meta property="og:title" content="a &amp; b | Site">', ""),
        (article(inLanguage="es") + '<meta property="og:locale" content="ru_RU">', "the languages differ"),
        (article(inLanguage="Spanish") + '<meta property="og:locale" content="es_AR">', ""),
        ('<link rel="canonical" href="https://other.example/a/b">' + article(), "says that it is at"),
        ('<link rel="canonical" href="http://www.site.example/a/b/">' + article(), ""),
        ('<link rel="canonical" href="/a/c">' + article(), "the addresses differ"),
        ('<link rel="canonical" href="/"><meta property="og:title" content="x">', "first page of its site"),
        ('<link rel="canonical" href="/">' + article(), "the addresses differ"),
    ],
)
def test_what_is_told_in_two_ways_is_said(inner: str, says: str) -> None:
    found = warnings(inner + '<meta name="author" content="a">')
    assert len(found) == (1 if says else 0), found
    assert all(says in each for each in found)


def test_the_first_page_of_a_site_may_say_that_it_is_one() -> None:
    inner = '<link rel="canonical" href="/"><meta property="og:title" content="x">'
    assert warnings(inner, url="https://site.example/") == []
    assert len(warnings(inner, url="https://site.example/?p=7")) == 1


def test_a_page_that_broke_off_or_is_too_long_is_read_as_far_as_it_came() -> None:
    whole = page(article(headline="x"), "<p>" * 11_000)
    played = ask(DEEP, Answer(whole.body, headers=whole.headers, whole=False))
    broke_off, too_long = played.document["warnings"]
    assert (played.state, played.post["name"]) == ("available", "x")
    assert "broke off" in broke_off
    assert "more than 10000 tags" in too_long


def test_spaces_that_a_page_shows_are_kept_and_long_texts_are_bounded() -> None:
    text = told(HEAD, "<article>10\u00a0000  signs,\n one\u2009line</article>")["content"]["text"]
    assert text == "10\u00a0000 signs, one\u2009line"
    assert len(told(HEAD, f"<article>{'word ' * 300_000}</article>")["content"]["text"]) <= 1 << 20


def test_lists_are_bounded_and_what_says_nothing_is_left_out() -> None:
    nodes = [{"@type": "Article", "headline": f"n{n}", "url": f"/n{n}"} for n in range(1_000)]
    post = told(script(nodes) + article(headline="behind") + HEAD)
    assert (post["name"], len(post["context"])) == ("x", 100)
    tags = "".join(f'<meta property="article:tag" content="{n}">' for n in range(400))
    assert len(told(HEAD + tags)["tag"]) == 300
    pictures = "".join(f'<meta property="og:image" content="/{n}.jpg">' for n in range(200))
    assert len(told(pictures)["attachment"]) == 100
    others = script([{"@type": "Article", "headline": "no address"}, {"@type": "Article", "url": DEEP}])
    assert "context" not in told(others + HEAD)
    assert [each["name"] for each in told('<meta name="keywords" content="a,, b,">' + HEAD)["tag"]] == ["a", "b"]
    assert "tag" not in told(article(mentions={"url": "/x"}, keywords=[" ", {}]) + HEAD)


def test_properties_that_lie_too_deep_are_not_those_of_the_item() -> None:
    deep = "<div>" * 70 + '<i itemprop="headline">x</i>' + "</div>" * 70
    body = (
        f'<div itemscope itemtype="/Article"><i itemprop="description">y</i><i itemprop="relatedLink">z</i>{deep}</div>'
    )
    post = told("", body)
    assert (post["summary"], "name" in post) == ("y", False)


def test_the_language_of_the_page_is_that_of_its_root() -> None:
    text = NEWS.replace("{scripts}", "").replace('<meta property="og:locale" content="ru_RU">', "")
    played = ask(PAPER, Answer(text.encode("cp1251"), headers=(("Content-Type", "text/html"),)))
    assert played.post["content"]["language"] == "ru"
    assert played.document["sources"]["/post/content/language"]["at"] == "html[1] @lang"
