"""What CSS names, and in which encoding it is read."""

import pytest
from requisitekit import Reply, found, sheet

from archiver.requisites.css import painted_in_sheet
from archiver.requisites.values import Rules

SITE = "https://news.example"


def names(css: str) -> list[tuple[str, str]]:
    painted, whole = painted_in_sheet(css)
    assert whole
    return [(each.kind, each.url) for each in painted if each.reason is None]


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        ("@import 'a.css';", [("stylesheet", "a.css")]),
        ('@import url(a.css) screen and (min-width: 1px);', [("stylesheet", "a.css")]),
        ('@IMPORT URL( "a.css" ) layer(x) supports(background: url(no))', [("stylesheet", "a.css")]),
        (
            "@charset 'utf-8'; @layer a, b; /* c */ @import 'a.css'; @import \"b.css\"",
            [("stylesheet", "a.css"), ("stylesheet", "b.css")],
        ),
        ("<!-- @import 'a.css'; -->", [("stylesheet", "a.css")]),
        ("@import; @import 5; @import url(); @import ''; a{background:url()}", []),
        ("a @import 'x'; b{}", []),
        ("@media x { @import 'no.css'; a{background:url(y)} }", [("image", "y")]),
        ("@namespace svg url(http://www.w3.org/2000/svg);", []),
        ("@media x { @namespace url(no); a{background:url(y)} }", [("image", "y")]),
        ("a{background:url(x.png)}", [("image", "x.png")]),
        ("a{background:url( 'x y.png' )}", [("image", "x y.png")]),
        ("a{background:\\75 rl(x.png)}", [("image", "x.png")]),
        ("a{background:url(x\\29 .png)}", [("image", "x).png")]),
        ("a{background:url(x y.png)}", []),
        ("a{background:src('x.png')}", [("image", "x.png")]),
        ("a{background:url(x.png", [("image", "x.png")]),
        ("a{b{c:url(x.png)}d:url(y.png)}", [("image", "x.png"), ("image", "y.png")]),
        ("a{--b:{c:[url(x.png)] (url(y.png))}}", [("image", "x.png"), ("image", "y.png")]),
        ("a{cursor:url(a.cur) 2 2,url(b.cur),auto}", [("image", "a.cur"), ("image", "b.cur")]),
        (
            "a{background:image-set('a.avif' type('image/avif'), url(b.png) 2x, linear-gradient('no'))}",
            [("image", "a.avif"), ("image", "b.png")],
        ),
        ("a{background:-webkit-cross-fade(url(a.png), url('b.png'), 50%)}", [("image", "a.png"), ("image", "b.png")]),
        (
            "@font-face{font-family:'F';src:local('no'),url(f.woff2) format('woff2'),url('f.eot?#iefix')}",
            [("font", "f.woff2"), ("font", "f.eot?#iefix")],
        ),
        ("@media x{@font-face{src:url(f.ttf)}a{b:url(c)}}", [("font", "f.ttf"), ("image", "c")]),
        ("@counter-style x{symbols:url(s.png)}", [("image", "s.png")]),
        ("/* url(x) @import 'y'; */ a{content:'url(z)'}", []),
        ("a[b='url(x)'], url(y) {}", []),
        ("a{b:'\n;c:url(x.png)}", [("image", "x.png")]),
    ],
)  # fmt: skip
def test_addresses_are_those_that_the_grammar_makes(css: str, expected: list[tuple[str, str]]) -> None:
    assert names(css) == expected


@pytest.mark.parametrize("before", ["a{}", "@namespace 'x';", "@layer x{}", "@media x{}", "nonsense {}"])
def test_an_import_behind_a_rule_is_named_and_not_asked_for(before: str) -> None:
    painted, _ = painted_in_sheet(f"{before} @import 'late.css';")
    assert [(each.url, each.reason) for each in painted] == [("late.css", "import-late")]


def test_the_place_is_line_and_column() -> None:
    painted, _ = painted_in_sheet("@import 'a';\n\n  b { c: url(d) }\n")
    assert [each.place for each in painted] == ["1:1 @import", "3:10 url()"]


ENCODINGS = [
    ("\ufeff".encode() + "a{b:url(x?ж)}".encode(), "text/css; charset=windows-1251", "%D0%B6"),  # the mark comes first
    ("a{b:url(x?ж)}".encode("koi8-r"), "text/css; charset=KOI8-R", "%D6"),
    ('@charset "koi8-r";a{b:url(x?ж)}'.encode("koi8-r"), "text/css", "%D6"),
    ('@charset "windows-1251";a{b:url(x?ж)}'.encode("koi8-r"), 'text/css; charset="koi8-r"', "%D6"),
    ('@charset "utf-16le";a{b:url(x?ж)}'.encode(), "text/css", "%D0%B6"),
    ('@charset "no-such";a{b:url(x?ж)}'.encode("cp1251"), "text/css", "%E6"),  # else that of the page
    ('@charset "koi8-r" ;a{b:url(x?ж)}'.encode("cp1251"), "text/css", "%E6"),
    ("a{b:url(x?ж)}".encode("cp1251"), "text/css; charset=no-such", "%E6"),
    ("a{b:url(x?ж)}".encode("utf-16"), "", "%D0%B6"),
]


@pytest.mark.parametrize(("data", "media_type", "query"), ENCODINGS)
def test_a_stylesheet_is_read_in_its_own_encoding(data: bytes, media_type: str, query: str) -> None:
    html = Reply(b"<link rel=stylesheet href=/c.css>", "text/html; charset=windows-1251")
    made = found(html, others={f"{SITE}/c.css": sheet(data, media_type)})
    assert f"{SITE}/x?{query}" in made.urls


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"a{b:url(x.png)}", "text/html"),
        Reply(b"<a>{b:url(x.png)}", ""),
        Reply(b"a{b:url(x.png)}", "text/css", status=404),
        Reply(b"", "text/css"),
        Reply(failure="refused"),
    ],
)
def test_what_came_in_place_of_a_stylesheet_is_none(reply: Reply) -> None:
    made = found("<link rel=stylesheet href=/c.css>", others={f"{SITE}/c.css": reply})
    assert made.urls == [f"{SITE}/c.css", f"{SITE}/favicon.ico"]


def test_imports_are_followed_as_far_as_the_rules_say() -> None:
    chain = {f"{SITE}/{n}.css": sheet(f"@import '{n + 1}.css';b{{c:url({n}.png)}}") for n in range(9)}
    made = found("<link rel=stylesheet href=/0.css>", Rules(imports=2), chain)
    assert [each.url.rpartition("/")[2] for each in made.targets if each.url.endswith(("css", "png"))] == [
        "0.css", "1.css", "2.css", "0.png", "1.png", "2.png",
    ]  # fmt: skip
    assert made.skipped == {f"{SITE}/3.css": "import-depth"}
    assert [len(each) for each in made.rounds] == [1, 1, 1, 4]


def test_stylesheets_that_import_one_another_end() -> None:
    others = {f"{SITE}/a.css": sheet("@import 'b.css';@import 'a.css';"), f"{SITE}/b.css": sheet("@import 'a.css';")}
    made = found("<link rel=stylesheet href=/a.css>", others=others)
    assert made.urls == [f"{SITE}/a.css", f"{SITE}/b.css", f"{SITE}/favicon.ico"]
    assert made.last.skipped == ()


def test_a_number_that_cannot_be_read_costs_its_stylesheet_and_is_named() -> None:
    css = "a{b:url(x.png);width:" + "9" * 5_000 + "}"
    made = found("<link rel=stylesheet href=/a.css><img src=y.png>", others={f"{SITE}/a.css": sheet(css)})
    assert made.skipped == {f"{SITE}/a.css": "unread"}
    assert f"{SITE}/a/y.png" in made.urls
