"""What an HTML page names: elements, attributes, bases, encodings."""

import pytest
from requisitekit import PAGE, Reply, found, page, sheet

from archiver.model.platform import Seen
from archiver.requisites.find import needs
from archiver.requisites.values import KINDS, Rules

SITE = "https://news.example"

PLAIN = [
    ("<link rel=stylesheet href=x>", "stylesheet", "link[1] @href"),
    ("<link rel='Alternate StyleSheet' type=text/css title=t href=x>", "stylesheet", "link[1] @href"),
    ("<link rel='shortcut icon' href=x>", "icon", "link[1] @href"),
    ("<link rel=apple-touch-icon sizes=180x180 href=x>", "icon", "link[1] @href"),
    ("<link rel=mask-icon href=x>", "icon", "link[1] @href"),
    ("<link rel=manifest href=x>", "manifest", "link[1] @href"),
    ("<link rel=preload as=font crossorigin href=x>", "font", "link[1] @href"),
    ("<link rel=preload as=style href=x>", "stylesheet", "link[1] @href"),
    ("<link rel=preload as=fetch href=x>", "data", "link[1] @href"),
    ("<link rel=modulepreload href=x>", "script", "link[1] @href"),
    ("<link rel=preload as=image imagesrcset='x 2x'>", "candidate", "link[1] @imagesrcset"),
    ("<script src=x></script>", "script", "script[1] @src"),
    ("<script type=module src=x></script>", "script", "script[1] @src"),
    ("<img src=x>", "image", "img[1] @src"),
    ("<image src=x>", "image", "img[1] @src"),  # an old name that every browser knows
    ("<p><IMG SRC = '\n x\t'>", "image", "img[1] @src"),
    ("<img srcset='x 2x'>", "candidate", "img[1] @srcset"),
    ("<picture><source srcset='x 640w'></picture>", "candidate", "source[1] @srcset"),
    ("<input type=IMAGE src=x>", "image", "input[1] @src"),
    ("<body background=x>", "image", "body[1] @background"),
    ("<table><tr><td background=x></table>", "image", "td[1] @background"),
    ("<video poster=x></video>", "poster", "video[1] @poster"),
    ("<video><track src=x></video>", "track", "track[1] @src"),
    ("<iframe loading=lazy src=x></iframe>", "frame", "iframe[1] @src"),
    ("<frameset><frame src=x></frameset>", "frame", "frame[1] @src"),
    ("<object data=x></object>", "object", "object[1] @data"),
    ("<embed src=x>", "object", "embed[1] @src"),
    ("<svg><image xlink:href=x /></svg>", "image", "image[1] @xlink:href"),
    ("<svg><use href='x#icon'/></svg>", "image", "use[1] @href"),
    ("<svg><filter><feImage href=x /></filter></svg>", "image", "feimage[1] @href"),
    ("<svg><script xlink:href=x></script></svg>", "script", "script[1] @xlink:href"),
    ("<svg><rect fill='url(x#red)'/></svg>", "image", "rect[1] @fill 1:1 url()"),
    ("<p style='background: url(x)'>", "image", "p[1] @style 1:13 url()"),
    ("<style>a { background: url('x') }</style>", "image", "style[1] 1:17 url()"),
    ("<style type=TEXT/CSS>@import 'x';</style>", "stylesheet", "style[1] 1:1 @import"),
    ("<noscript><img src=x></noscript>", "image", "img[1] @src"),
    ("<iframe srcdoc='<img src=x>'></iframe>", "image", "iframe[1] @srcdoc img[1] @src"),
]


@pytest.mark.parametrize(("html", "kind", "place"), PLAIN)
def test_an_address_is_found_where_the_standard_has_it(html: str, kind: str, place: str) -> None:
    targets = {each.url: each for each in found(html).targets}
    one = targets[f"{SITE}/a/x"]
    assert (one.kind, one.place, one.exchange, one.depth) == (kind, place, 1, 1)
    assert set(targets) <= {f"{SITE}/a/x", f"{SITE}/favicon.ico"}


@pytest.mark.parametrize(
    "html",
    [
        "<template><img src=x><link rel=stylesheet href=x></template>",
        "<!-- <img src=x> -->",
        "<textarea><img src=x></textarea>",
        "<script>document.write('<img src=x>')</script>",
        "<a href=x>text</a><form action=x></form><blockquote cite=x></blockquote><img longdesc=x usemap='#x'>",
        "<link rel=canonical href=x><link rel=prefetch href=x><link rel=preconnect href=x><link href=x>",
        "<link rel=stylesheet/less href=x>",
        "<style type=text/less>a{b:url(x)}</style>",
        "<input type=text src=x>",
        "<img src=''><img src='  '><img src><img src='#x'><iframe src='about:blank'></iframe>",
        "<img src='data:image/gif;base64,R0lGOD'><iframe src='javascript:false'></iframe>",
        "<style>@namespace url(x); a[href='url(x)'] { content: 'url(x)' }</style>",
        "<meta property=og:image content=x><meta http-equiv=refresh content=30>",
        "plain text",
        "",
    ],
)
def test_what_is_no_need_of_the_page_is_neither_asked_for_nor_named(html: str) -> None:
    made = found(html)
    assert set(made.urls) <= {f"{SITE}/favicon.ico"}
    assert made.last.skipped == ()


@pytest.mark.parametrize(
    ("html", "url", "reason"),
    [
        ("<video src=v.mp4></video>", f"{SITE}/a/v.mp4", "media"),
        ("<audio><source src=v.ogg></audio>", f"{SITE}/a/v.ogg", "media"),
        ("<link rel=preload as=video href=v.mp4>", f"{SITE}/a/v.mp4", "media"),
        ("<img data-src=l.jpg src='data:,'>", f"{SITE}/a/l.jpg", "lazy"),
        ("<img data-srcset='l.jpg 2x'>", f"{SITE}/a/l.jpg", "lazy"),
        ("<iframe data-src=l.html></iframe>", f"{SITE}/a/l.html", "lazy"),
        ("<meta http-equiv=Refresh content='5; URL=\"/next?a,b;c\" x'>", f"{SITE}/next?a,b;c", "refresh"),
        ("<meta http-equiv=Refresh content='0,/next'>", f"{SITE}/next", "refresh"),
        ("<iframe src=y.html srcdoc='<p>play'></iframe>", f"{SITE}/a/y.html", "srcdoc"),
        ("<link rel=stylesheet type=text/less href=x>", f"{SITE}/a/x", "type"),
        ("<script type=text/template src=x></script>", f"{SITE}/a/x", "type"),
        ("<img src='blob:https://news.example/1'>", "blob:https://news.example/1", "scheme"),
        ("<img src='FTP://news.example/1'>", "FTP://news.example/1", "scheme"),
        ("<img src='http://a b/'>", "http://a b/", "address"),
        ("<img src='https://exa mple.org:99999/'>", "https://exa mple.org:99999/", "address"),
        ("<iframe srcdoc='<iframe src=deep.html>'></iframe>", f"{SITE}/a/deep.html", "frame-depth"),
        ("<iframe srcdoc='<iframe srcdoc=x>'></iframe>", "about:srcdoc", "frame-depth"),
        ("<style>a{} @import 'x';</style>", f"{SITE}/a/x", "import-late"),
    ],
)
def test_what_is_left_out_is_named_with_its_reason(html: str, url: str, reason: str) -> None:
    made = found(html)
    assert made.skipped == {url: reason}
    assert url not in made.urls


def test_what_is_left_out_in_one_place_and_asked_for_in_another_is_not_named() -> None:
    made = found("<img data-src=x.jpg><noscript><img src=x.jpg></noscript>")
    assert made.kinds[f"{SITE}/a/x.jpg"] == "image"
    assert made.last.skipped == ()


def test_sound_video_and_lazy_images_come_when_they_are_wanted() -> None:
    html = "<video src=v.mp4><source src=w.webm></video><img data-src=l.jpg data-srcset='m.jpg 2x'>"
    made = found(html, Rules(media=True, lazy=True))
    assert made.kinds[f"{SITE}/a/v.mp4"] == made.kinds[f"{SITE}/a/w.webm"] == "media"
    assert made.kinds[f"{SITE}/a/l.jpg"] == "image"
    assert made.kinds[f"{SITE}/a/m.jpg"] == "candidate"
    assert made.last.skipped == ()


LINKS = (
    "<a href='/r/Report.PDF?v=1#p2'>a</a><a href=/get?id=7 type=application/pdf>b</a>"
    "<a download href=/data.zip>c</a><a href=/pdf>d</a><area href=/map.pdf><a href=/x.docx>e</a>"
)


@pytest.mark.parametrize(
    ("linked", "urls"),
    [
        (set(), []),
        ({"pdf"}, ["/r/Report.PDF?v=1", "/get?id=7", "/map.pdf"]),
        ({"download"}, ["/data.zip"]),
        ({"docx", "zip"}, ["/data.zip", "/x.docx"]),
    ],
)
def test_linked_files_come_only_when_asked_for(linked: set[str], urls: list[str]) -> None:
    made = found(LINKS, Rules(linked=frozenset(linked)))
    assert [each.url for each in made.targets if each.kind == "linked"] == [SITE + url for url in urls]


def test_links_in_a_frame_are_links_of_another_page() -> None:
    made = found("<iframe src=f></iframe>", Rules(linked=frozenset({"pdf"})), {f"{SITE}/a/f": page("<a href=/x.pdf>")})
    assert f"{SITE}/x.pdf" not in made.urls


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("/b/", f"{SITE}/b/x.png"),
        ("//cdn.example/i/", "https://cdn.example/i/x.png"),
        ("http://cdn.example", "http://cdn.example/x.png"),
        ("\\\\cdn.example\\i\\", "https://cdn.example/i/x.png"),
        ("data:text/plain,x", f"{SITE}/a/x.png"),  # browsers take none of these
        ("ftp://cdn.example/", f"{SITE}/a/x.png"),
        ("", f"{SITE}/a/x.png"),
    ],
)
def test_the_first_base_counts_wherever_it_stands(base: str, url: str) -> None:
    assert url in found(f"<img src=x.png><base target=_top><base href='{base}'><base href=/second/>").urls


def test_the_base_is_the_address_that_answered() -> None:
    others = {"https://other.example/deep/er.html": page("<img src=x.png><link rel=stylesheet href=s.css>")}
    others["https://other.example/deep/s.css"] = Reply(b"", status=301, location="//cdn.example/c/s.css", type="")
    others["https://cdn.example/c/s.css"] = sheet("a{background:url(y.png)}")
    made = found(Reply(status=302, location="https://other.example/deep/er.html"), others=others)
    assert "https://other.example/deep/x.png" in made.urls
    assert "https://cdn.example/c/y.png" in made.urls
    assert {each.depth for each in made.targets if each.url.endswith("y.png")} == {2}


def test_a_srcdoc_frame_has_the_base_of_its_page_unless_it_says_otherwise() -> None:
    html = "<base href=/b/><iframe srcdoc='<img src=x>'></iframe><iframe srcdoc='<base href=c/><img src=y>'></iframe>"
    assert {f"{SITE}/b/x", f"{SITE}/b/c/y", f"{SITE}/b/z"} <= set(found(html + "<img src=z>").urls)


def test_a_page_in_windows_1251_asks_as_browsers_do() -> None:
    html = """<html lang=ru><head><meta charset=windows-1251><title>Новости</title>
    <link rel=stylesheet href="/стиль.css?тема=ночь"></head>
    <body><img src="/фото/Пётр.jpg?размер=большой&x=中"><img src="//пример.рф/a.png"><img src='\\i\\b.png'></body>"""
    css = "@import 'ещё.css?й';\nbody{background:url(фон.png?ц)}"
    url = "/%D1%81%D1%82%D0%B8%D0%BB%D1%8C.css?%F2%E5%EC%E0=%ED%EE%F7%FC"
    imported = f"{SITE}/%D0%B5%D1%89%D1%91.css?%E9"
    others = {SITE + url: sheet(css.encode("cp1251")), imported: sheet("i{background:url(ж?ж)}".encode("cp1251"))}
    made = found(page(html.encode("cp1251", "xmlcharrefreplace"), "text/html"), others=others)
    assert made.urls == [
        SITE + url,
        imported,
        f"{SITE}/%D1%84%D0%BE%D1%82%D0%BE/%D0%9F%D1%91%D1%82%D1%80.jpg"
        "?%F0%E0%E7%EC%E5%F0=%E1%EE%EB%FC%F8%EE%E9&x=%26%2320013%3B",
        "https://xn--e1afmkfd.xn--p1ai/a.png",
        f"{SITE}/i/b.png",
        f"{SITE}/%D1%84%D0%BE%D0%BD.png?%F6",
        f"{SITE}/%D0%B6?%E6",
        f"{SITE}/favicon.ico",
    ]


@pytest.mark.parametrize(
    ("lang", "words", "charset"),
    [
        ("en", "Témoin – “quoted”", "windows-1252"),
        ("ru", "Свидетель у причала", "koi8-r"),
        ("ar", "شاهد على الرصيف", "windows-1256"),
    ],
)
def test_pages_of_three_languages_in_their_old_encodings_and_in_utf8(lang: str, words: str, charset: str) -> None:
    html = f"""<!DOCTYPE html><html lang={lang}><head><meta charset={{}}><title>{words}</title>
    <link rel=stylesheet href=/css/main.css media=print><link rel=icon href=/i.png>
    </head><body><h1>{words}</h1>
    <picture><source type=image/avif srcset="/p-480.avif 480w, /p-960.avif 960w"><img src=/p.jpg>
    </picture>
    <script async src="https://cdn.example/app.js"></script></body></html>"""
    expected = [
        ("/css/main.css", "stylesheet"),
        ("/p.jpg", "image"),
        ("https://cdn.example/app.js", "script"),
        ("/i.png", "icon"),
        ("/p-960.avif", "candidate"),
        ("/p-480.avif", "candidate"),
    ]
    for name in (charset, "utf-8"):
        made = found(page(html.format(name).encode(name), "text/html"))
        assert [(each.url.removeprefix(SITE), each.kind) for each in made.targets] == expected


def test_utf_16_pages_ask_in_utf_8() -> None:
    made = found(page("\ufeff<img src='/x?ж'>".encode("utf-16-le"), "text/html"))
    assert f"{SITE}/x?%D0%B6" in made.urls


def test_a_frame_has_its_needs_and_the_frames_in_it_are_named() -> None:
    inner = page(
        "<base href=/f/><link rel=stylesheet href=s.css><img src=x.png><iframe src=g.html></iframe><object data=o>"
    )
    others = {
        f"{SITE}/a/f.html": inner,
        f"{SITE}/f/s.css": sheet("a{background:url(y.png)}"),
        f"{SITE}/f/o": page("<img src=never.png>"),
    }
    made = found("<iframe src=f.html></iframe>", others=others)
    assert {f"{SITE}/f/{name}" for name in ("s.css", "x.png", "y.png", "o")} <= set(made.urls)
    assert f"{SITE}/f/never.png" not in made.urls
    assert made.skipped == {f"{SITE}/f/g.html": "frame-depth"}
    assert {each.url: each.depth for each in made.targets}[f"{SITE}/f/y.png"] == 3


def test_deeper_frames_come_where_the_rules_say_so() -> None:
    others = {f"{SITE}/a/f": page("<iframe src=g></iframe>"), f"{SITE}/a/g": page("<img src=x><iframe src=h></iframe>")}
    made = found("<iframe src=f></iframe>", Rules(frames=2), others)
    assert f"{SITE}/a/x" in made.urls
    assert made.skipped == {f"{SITE}/a/h": "frame-depth"}


def test_an_object_that_is_a_page_or_a_drawing_has_its_needs() -> None:
    others = {
        f"{SITE}/a/o": page("<img src=x.png>"),
        f"{SITE}/a/d.svg": page(
            '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><style><![CDATA[a{fill:url(p.svg#a)}]]></style>'
            '<image href="in.png"/></svg>',
            "image/svg+xml",
        ),
    }
    made = found("<object data=o></object><embed src=d.svg>", others=others)
    assert {f"{SITE}/a/x.png", f"{SITE}/a/in.png", f"{SITE}/a/p.svg"} <= set(made.urls)


def test_the_icons_of_a_manifest() -> None:
    manifest = b"""\xef\xbb\xbf{"icons": [{"src": "192.png"}, {"src": 5}, 7],
        "shortcuts": [{"icons": [{"src": "/s.png"}]}, 3]}"""
    others = {f"{SITE}/m/site.json": Reply(manifest, "application/manifest+json")}
    made = found("<link rel=manifest href=/m/site.json>", others=others)
    assert made.places[f"{SITE}/m/192.png"] == "/icons/0/src"
    assert made.places[f"{SITE}/s.png"] == "/shortcuts/0/icons/0/src"


@pytest.mark.parametrize("body", [b"{", b"[" * 200_000, b"\xff\xfe", b"[]", b'{"icons": {}}'])
def test_a_manifest_that_cannot_be_read_has_no_icons(body: bytes) -> None:
    made = found("<link rel=manifest href=m>", others={f"{SITE}/a/m": Reply(body, "application/json")})
    assert made.urls == [f"{SITE}/a/m", f"{SITE}/favicon.ico"]


def test_the_usual_icon_is_asked_for_only_where_the_page_names_none() -> None:
    assert f"{SITE}/favicon.ico" in found("<link rel=apple-touch-icon href=x>").urls
    assert f"{SITE}/favicon.ico" not in found("<link rel=icon href=x>").urls


def test_what_leads_on_comes_first_and_sizes_for_other_screens_last() -> None:
    html = """<img src=1.jpg srcset="1s.jpg 100w, 1l.jpg 900w"><img src=2.jpg srcset="2s.jpg 100w, 2l.jpg 900w">
    <script src=s.js></script><video poster=p.jpg></video><iframe src=f></iframe><link rel=stylesheet href=c.css>"""
    made = found(html, others={f"{SITE}/a/c.css": sheet("@import 'd.css';")})
    assert [[each.url.rpartition("/")[2] for each in targets] for targets in made.rounds] == [
        ["c.css", "f"],
        ["d.css"],
        ["1.jpg", "2.jpg", "p.jpg", "s.js", "favicon.ico", "1l.jpg", "2l.jpg", "1s.jpg", "2s.jpg"],
    ]
    order = [KINDS.index(each.kind) for each in made.rounds[-1]]
    assert order == sorted(order)


def test_an_address_that_is_wanted_as_two_things_is_asked_for_as_the_one_that_comes_first() -> None:
    html = """<picture><source srcset=x.png><img src=x.png></picture>
    <link rel=preload as=style href=y><link rel=stylesheet href=y>"""
    assert found(html).kinds == {
        f"{SITE}/a/x.png": "image",
        f"{SITE}/a/y": "stylesheet",
        f"{SITE}/favicon.ico": "icon",
    }


def test_limits_cut_the_least_important_and_name_it() -> None:
    html = "".join(f"<img src={n}.jpg><script src={n}.js></script>" for n in range(6)) + "<link rel=stylesheet href=c>"
    made = found(html, Rules(most=6, of_kind={"stylesheet": 1, "image": 4, "script": 9}))
    assert [each.url.rpartition("/")[2] for each in made.targets] == ["c", "0.jpg", "1.jpg", "2.jpg", "3.jpg", "0.js"]
    assert {url.rpartition("/")[2] for url in made.skipped} == {
        "4.jpg", "5.jpg", "1.js", "2.js", "3.js", "4.js", "5.js", "favicon.ico",
    }  # fmt: skip
    assert set(made.skipped.values()) == {"limit"}


def test_of_many_that_are_skipped_the_first_are_named_and_the_rest_counted() -> None:
    made = found("".join(f"<video src={n}></video>" for n in range(30)), Rules(named=10))
    assert len(made.last.skipped) == 10
    assert made.last.unnamed == 20


def test_what_could_not_be_asked_for_at_all_does_not_stand_in_the_way() -> None:
    seen = (page("<link rel=stylesheet href=c><img src=x>").seen(1, PAGE),)
    first = needs(seen, Rules())
    assert [each.kind for each in first.targets] == ["stylesheet"]
    then = needs(seen, Rules(), frozenset({first.targets[0].url}))
    assert [each.kind for each in then.targets] == ["image", "icon"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"%PDF-1.7", "application/pdf"),
        Reply(b"a{background:url(x)}", "text/css"),
        Reply(b"", "text/html"),
        Reply(failure="timeout"),
        Reply(status=302, location=PAGE),
    ],
)
def test_an_answer_that_is_no_page_needs_nothing(reply: Reply) -> None:
    assert found(reply).targets == ()
    assert needs((), Rules()).targets == ()
    not_followed = Reply(b"<img src=x>", status=302, location="/elsewhere").seen(1, PAGE)
    assert needs((not_followed,), Rules()).targets == ()
    assert (
        needs((Seen(1, "", "nonsense", 200, (), b"<img src=x>"), Seen(2, "", "mailto:x", 200)), Rules()).targets == ()
    )


def test_an_error_page_and_one_without_a_media_type_are_pages() -> None:
    assert f"{SITE}/a/x" in found(Reply(b"<img src=x>", status=404)).urls
    assert f"{SITE}/a/x" in found(Reply(b"\n<img src=x>", "")).urls
    assert found(Reply(b"img src=x", "")).urls == []


def test_a_page_that_redirects_to_itself_until_it_has_its_cookie() -> None:
    there = Reply(status=302, location=PAGE).seen(1, PAGE)
    assert needs((there, page("<img src=x>").seen(2, PAGE), there), Rules()).targets[0].url == f"{SITE}/a/x"


def test_a_page_that_is_framed_by_itself_is_read_once() -> None:
    made = found(f"<iframe src='{PAGE}#top'></iframe><img src=x>")
    assert made.urls == [f"{SITE}/a/x", f"{SITE}/favicon.ico"]


def test_a_page_that_did_not_come_whole_may_need_more_than_is_known() -> None:
    made = found(Reply(b"<img src=x><img sr", whole=False))
    assert made.skipped == {PAGE: "unread"}
    assert f"{SITE}/a/x" in made.urls
