"""Pages of sites that do not exist, in three languages: a paper, a petition, a blog."""

import json
from collections.abc import Mapping
from typing import Any

from adapterkit import Answer, Answers, Played, play

from archiver.model.platform import Access
from archiver.platforms.page import ADAPTER

MEDIA = Access(media=True)
PAPER = "https://липовый-вестник.example/news/2026/skver"
PAPER_ASKED = "https://xn----ctbbmledmb0afl6ao3k.example/news/2026/skver"
PETITION = "https://firmas.example/p/parque-rio-seco"
BLOG = "https://harbour.example/2026/05/the-quay"
PICTURE = Answer(b"\xff\xd8\xff\xe0 a picture", headers=(("Content-Type", "image/jpeg"),))

ARTICLE: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "mainEntityOfPage": {"@type": "WebPage", "@id": PAPER},
    "headline": "Сквер на Липовой улице огородили ночью",
    "description": "Жители узнали об этом утром.",
    "datePublished": "2026-03-04T08:06:07+03:00",
    "dateModified": "2026-03-04T09:00:00+03:00",
    "inLanguage": "ru",
    "author": [
        {"@type": "Person", "name": "Вера Тестова", "url": "/authors/testova"},
        {"@type": "Person", "name": "Пётр Примеров"},
    ],
    "publisher": {
        "@type": "NewsMediaOrganization",
        "name": "Липовый вестник",
        "url": "https://липовый-вестник.example/",
        "logo": {"@type": "ImageObject", "url": "/logo.png"},
    },
    "articleSection": "Город",
    "keywords": "сквер, забор, Липовая улица",
    "image": {"@type": "ImageObject", "url": "/img/skver.jpg", "width": 1200, "height": 800, "caption": "Забор"},
    "articleBody": "Забор поставили в четыре часа утра.\nРаботы никто не объявлял.",
    "relatedLink": ["/news/2026/lipa"],
    "mentions": {"@type": "Organization", "name": "Управа"},
    "isAccessibleForFree": True,
}
NEWS = """<!DOCTYPE html><html lang="ru"><head>
<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">
<title>Сквер на Липовой улице огородили ночью — Липовый вестник</title>
<link rel="canonical" href="/news/2026/skver">
<link rel="alternate" type="application/rss+xml" href="/rss.xml">
<meta property="og:type" content="article">
<meta property="og:title" content="Сквер на Липовой улице огородили ночью">
<meta property="og:site_name" content="Липовый вестник">
<meta property="og:locale" content="ru_RU">
<meta property="og:image" content="/img/skver.jpg">
<meta property="article:published_time" content="2026-03-04T05:06:07+00:00">
{scripts}</head><body>
<article><h1>Сквер на Липовой улице огородили ночью</h1><time datetime="2026-03-04T08:06:07+03:00">4 марта</time>
<p>Забор поставили в четыре часа утра. <a href="/doc/razreshenie">Разрешения</a> никто не видел.</p>
<aside>Читайте также: <a href="/news/2026/lipa">Срубили  липу</a> <a href="https://ads.example/1">Реклама</a></aside>
</article><footer><a href="/contacts">Контакты</a></footer></body></html>"""


def script(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f'<script type="application/ld+json">{text}</script>'


def news(value: object = ARTICLE, encoding: str = "windows-1251", content_type: str = "text/html") -> Answer:
    """The page of the paper, in the encoding that its `<meta>` declares."""
    text = NEWS.replace("{scripts}", script(value) if value else "")
    text = text.replace("windows-1251", "utf-8") if encoding == "utf-8" else text
    return Answer(text.encode(encoding, "xmlcharrefreplace"), headers=(("Content-Type", content_type),))


PETITION_PAGE = (
    """<!DOCTYPE html><html lang="es"><head><title>Salvemos el parque</title>
<meta property="og:title" content="Salvemos el parque Río Seco"><meta property="og:type" content="website">
<meta property="og:url" content="https://firmas.example/p/parque-rio-seco">
<meta name="description" content="Pedimos que no se tale."><meta name="author" content="Vecinos de Río Seco">
"""
    + script(
        {
            "@context": "https://schema.org",
            "@graph": [
                {"@type": "Organization", "@id": "#org", "name": "Firmas", "url": "https://firmas.example/"},
                {
                    "@type": ["Article", "CreativeWork"],
                    "url": PETITION,
                    "headline": "Salvemos el parque Río Seco",
                    "author": {"@id": "#starter"},
                    "publisher": {"@id": "#org"},
                    "datePublished": "2026-02-03",
                    "inLanguage": "es-AR",
                    "interactionStatistic": [
                        {
                            "@type": "InteractionCounter",
                            "interactionType": "https://schema.org/EndorseAction",
                            "userInteractionCount": 12345,
                        },
                        {"@type": "InteractionCounter", "interactionType": {"@type": "ShareAction"},
                         "userInteractionCount": "678"},
                    ],
                    "commentCount": 9,
                },
                {"@type": "Person", "@id": "#starter", "name": "Inés Ejemplo"},
            ],
        }
    )
    + "</head><body><main><h1>Salvemos el parque Río Seco</h1><p>Firma aquí.</p></main></body></html>"
)  # fmt: skip

BLOG_PAGE = f"""<!DOCTYPE html><html lang="en-GB"><head><title>The quay</title>
<meta property="og:title" content="The quay"><meta property="og:type" content="article">
<meta property="og:image" content="https://files.example/quay.jpg"><meta property="og:image:width" content="640">
<meta property="og:image:alt" content="A crane"><meta property="og:video" content="https://files.example/quay.mp4">
<meta property="og:video:type" content="video/mp4">
<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed/1.0/embed?url=x">
<link rel="alternate" type="application/json" href="https://harbour.example/wp-json/wp/v2/posts/71">
<link rel="alternate" type="application/rss+xml" href="/feed/">
<link rel="alternate" type="application/rss+xml" href="/comments/feed/">
<link rel="alternate" type="application/rss+xml" href="{BLOG}/feed/">
<link rel="alternate" type="application/atom+xml" href="https://elsewhere.example/atom">
</head><body><article><h1>The quay</h1><p>They poured the concrete at night.</p></article></body></html>"""
WP_POST: dict[str, Any] = {
    "id": 71,
    "date": "2026-05-06T11:00:00",
    "date_gmt": "2026-05-06T10:00:00",
    "modified_gmt": "2026-05-07T10:00:00",
    "link": f"{BLOG}/",
    "title": {"rendered": "The quay"},
    "content": {"rendered": "<p>They poured the concrete at night.</p>\n<p>Nobody was told.</p>", "protected": False},
    "excerpt": {"rendered": "<p>At night &amp; in secret.</p>"},
}
OEMBED: dict[str, Any] = {
    "version": "1.0",
    "type": "rich",
    "title": "The quay",
    "author_name": "Jo Sample",
    "author_url": "https://harbour.example/author/jo",
    "provider_name": "Harbour notes",
    "provider_url": "https://harbour.example",
    "thumbnail_url": "https://files.example/thumb.jpg",
    "thumbnail_width": 300,
    "thumbnail_height": 200,
}
RSS = f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"><channel>
<title>Harbour notes</title><atom:link href="https://harbour.example/feed/" rel="self"/>
<link>https://harbour.example/</link><description>What is built</description><language>en</language>
<lastBuildDate>Thu, 07 May 2026 10:00:00 +0000</lastBuildDate>
<item><title>The quay</title><link>{BLOG}/</link><guid isPermaLink="false">71</guid><dc:creator>Jo Sample</dc:creator>
<pubDate>Wed, 06 May 2026 12:00:00 +0200</pubDate><category>Building</category><category>Harbour</category>
<description>At night &amp;amp; in secret.</description>
<content:encoded><![CDATA[<p>They poured the concrete at night.</p>]]></content:encoded>
<enclosure url="https://files.example/talk.mp3" type="audio/mpeg" length="123"/></item>
<item><title>The crane</title><link>https://harbour.example/2026/04/the-crane/</link>
<author>jo@harbour.example (Jo Sample)</author><pubDate>Wed, 08 Apr 2026 12:00 XYZ</pubDate></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="es"><title>Río Seco</title>
<subtitle>Noticias</subtitle><id>urn:example:feed</id><updated>2026-02-04T10:00:00Z</updated>
<link rel="self" href="/atom"/><link href="https://firmas.example/"/>
<entry><title>Talan</title><id>urn:example:1</id><link rel="alternate" href="/p/1"/>
<link rel="enclosure" type="video/mp4" href="/v.mp4"/><published>2026-02-03T10:00:00-03:00</published>
<updated>2026-02-04T10:00:00Z</updated><author><name>Inés Ejemplo</name><uri>/ines</uri></author>
<category term="parque"/><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Talan <b>ya</b></div></content>
</entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://old.example/"><title>Old</title>
<link>https://old.example/</link></channel><item rdf:about="https://old.example/1"><title>One</title>
<link>https://old.example/1</link><dc:date>2026-01-02T03:04:05Z</dc:date></item></rdf:RDF>"""
JSON_FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Harbour notes",
    "home_page_url": "https://harbour.example/",
    "language": "en",
    "items": [
        {
            "id": "71",
            "url": BLOG,
            "title": "The quay",
            "content_html": "<p>They poured it.</p>",
            "date_published": "2026-05-06T10:00:00Z",
            "authors": [{"name": "Jo Sample"}],
            "tags": ["Building"],
            "image": "https://files.example/quay.jpg",
            "attachments": [{"url": "https://files.example/talk.mp3", "mime_type": "audio/mpeg"}],
        }
    ],
}
PDF = (
    b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\n2 0 obj <</CreationDate(D:20260304080607+03'00')"
    b"/ModDate (D:20260305)>> endobj\n<x:xmpmeta><xmp:CreateDate>2026-03-04T08:06:07+03:00</xmp:CreateDate></x:xmpmeta>"
    b"\ntrailer <</Root 1 0 R/Info 2 0 R>>\nstartxref\n0\n%%EOF\n"
)
BLOG_ANSWERS = {
    BLOG: Answer.html(BLOG_PAGE),
    "https://harbour.example/wp-json/oembed/": Answer.json(OEMBED),
    "https://harbour.example/wp-json/wp/v2/posts/71": Answer.json(WP_POST),
    "https://harbour.example/feed/": Answer(RSS.encode(), headers=(("Content-Type", "application/rss+xml"),)),
    "https://files.example/": PICTURE,
}


def ask(url: str, answers: Answers | Mapping[str, Answer] | Answer, access: Access = Access()) -> Played:  # noqa: B008
    """Ask for a page; one answer is that of the page itself, and of its feeds nothing."""
    there = (lambda target: answers if target.role == "page" else None) if isinstance(answers, Answer) else answers
    return play(ADAPTER, url, there, access)


def page(inner: str, body: str = "") -> Answer:
    return Answer.html(f"<!DOCTYPE html><html><head>{inner}</head><body>{body}</body></html>")
