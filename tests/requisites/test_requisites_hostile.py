"""Pages that want to cost time, memory or an exception: what is read of them is bounded, and nothing raises."""

import random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requisitekit import PAGE, Reply, found, page, sheet

from archiver.model.address import MAX_ADDRESS
from archiver.model.platform import Seen
from archiver.requisites.find import MAX_SHEETS, needs
from archiver.requisites.links import MAX_CHARACTERS, MAX_FOUND
from archiver.requisites.tree import elements_of
from archiver.requisites.values import KINDS, Rules

SITE = "https://news.example"
ICON = f"{SITE}/favicon.ico"


def nested_srcdoc(depth: int) -> str:
    html = "<img src=x>"
    for _ in range(depth):
        html = "<iframe srcdoc='" + html.replace("&", "&amp;").replace("'", "&#39;") + "'>"
    return html


PAGES = {
    "open elements": "<div>" * 200_000,
    "formatting that comes back in every paragraph": "<p>"
    + "".join(f"<font a={n}>" for n in range(5_000))
    + "</p><p>x" * 5_000,
    "elements that the table throws out": "<table>" + "<div>" * 100_000,
    "the same attribute": "<p " + "a=1 " * 500_000 + ">",
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(300_000)) + ">",
    "text": "x" * (16 << 20),
    "images": "<img src=x>" * 1_000_000,
    "images of many names": "".join(f"<img src={n}>" for n in range(20_000)),
    "hosts": "".join(f"<img src='//ж{n}.пример.рф/'>" for n in range(10_000)),
    "style attributes": "<p style='a:url(x)'>" * 50_000,
    "open braces": "<style>" + "{" * (16 << 20),
    "open functions": "<p style='" + "a(" * (1 << 19) + "'>",
    "a style without end": "<style>a{b:url(" + "x" * (1 << 20),
    "a comment without end": "<!-- <img src=x>" + "<" * (1 << 20),
    "candidates": "<img srcset='" + "a 1x," * 500_000 + "'>",
    "commas": "<img srcset='" + "," * 1_000_000 + "'>",
    "parentheses": "<img srcset='a " + "(" * 1_000_000 + "'>",
    "a long base": f"<base href='/{'b' * 60_000}/'>" + "".join(f"<img src={n}>" for n in range(20_000)),
    "a long query": "<img src='?" + "ж" * 1_000_000 + "'>",
    "steps up": f"<img src='{'../' * 20_000}x'>" * 50,
    "frames in frames": nested_srcdoc(8),
    "frames": "<iframe srcdoc='<img src=x>'></iframe>" * 20_000,
    "refreshes": "<meta http-equiv=refresh content='" + ";" * 1_000_000 + "'>",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_wants_to_be_slow_is_read_as_far_as_it_goes(name: str) -> None:
    seen = (page(PAGES[name], "text/html").seen(1, PAGE),)
    made = needs(seen, Rules())
    assert len(made.known) <= MAX_FOUND + 1  # and the icon that browsers ask for by default
    assert sum(len(each.url) for each in made.known) <= MAX_CHARACTERS + MAX_ADDRESS
    assert len(made.targets) <= Rules().most
    assert len(made.skipped) <= Rules().named


def test_a_page_of_many_addresses_is_cut_and_says_so() -> None:
    made = found(PAGES["images of many names"])
    assert sum(each.kind == "image" for each in made.targets) == 300
    assert made.skipped[PAGE] == "unread"
    assert made.last.unnamed > 1_000


def test_a_long_base_makes_no_megabytes() -> None:
    made = found(PAGES["a long base"])
    assert sum(map(len, made.urls)) < MAX_CHARACTERS * 1.1
    assert made.skipped == {PAGE: "unread"}


def test_formatting_that_comes_back_in_every_paragraph_is_cut_before_it_fills_memory() -> None:
    elements, whole = elements_of(PAGES["formatting that comes back in every paragraph"])
    assert not whole
    assert len(elements) < 1_000_000


def test_a_page_that_makes_many_elements_of_few_tags_is_cut_however_flat_it_is() -> None:
    html = "<p>" + "".join(f"<font a={n}>" for n in range(400)) + "</p><p>x" * 10_000
    elements, whole = elements_of(html)
    assert not whole
    assert len(elements) < 500_000


def test_a_long_page_that_is_tame_is_read_to_its_end() -> None:
    rows = "".join(f"<tr><td>{n}<td><a href={n}>x</a>" for n in range(6_000))
    html = f"<!doctype html><table>{rows}</table><img src=last.png>"
    assert html.count("<") > 20_000
    made = found(html)
    assert f"{SITE}/a/last.png" in made.urls
    assert made.last.skipped == ()


def test_stylesheets_are_read_up_to_a_bound_and_the_rest_is_named() -> None:
    one = sheet("a{b:url(x.png)}" + " " * (MAX_SHEETS // 8 - 100))
    names = [f"{SITE}/{n}.css" for n in range(10)]
    html = "".join(f"<link rel=stylesheet href=/{n}.css>" for n in range(10))
    made = found(html, others=dict.fromkeys(names, one))
    assert made.skipped == dict.fromkeys(names[8:], "unread")


@pytest.mark.parametrize(
    "css",
    [
        "{" * (1 << 17),
        "a(" * (1 << 17),
        "url(" * (1 << 17),
        "'\n" * (1 << 17),
        "/*" * (1 << 17),
        "\\" * (1 << 17),
        "@import '" * (1 << 17),
        "@import 'a';" * 20_000,
        "a{b:url(x)}" * 20_000,
        "@media x{" * 50_000 + "a{b:url(x)}",
        "@" * (1 << 17),
        "U+?" * (1 << 17),
        "1e9" * (1 << 17),
        "<!--" * (1 << 17),
        "a{b:" + "[" * (1 << 17) + "url(x)",
        "\0\ud800\uffff\x7f" * 1000,
    ],
    ids=range(16),
)
def test_css_that_wants_to_be_slow_is_read_as_far_as_it_goes(css: str) -> None:
    seen = page("<link rel=stylesheet href=/c.css>").seen(1, PAGE)
    asked = sheet(css.encode("utf-8", "surrogatepass")).seen(2, f"{SITE}/c.css")
    made = needs((seen, asked), Rules())
    assert made.targets
    assert len(made.known) <= MAX_FOUND + 2


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///",
        "https:",
        "//",
        "http://[::1",
        "http://[fe80::1%25eth0]/",
        "//" + "a." * 200,
        "x" * 70_000,
        "ж" * 30_000,
        "\0\x01\x7f\x1b[31m",
        "%zz%",
        "\\\\\\",
        "http://xn--a/",
        "http://0x7f.1:65536/",
        "http:x",
        "://",
        "?",
    ],
)
def test_odd_addresses_raise_nothing_and_are_asked_for_as_they_can_be_sent(url: str) -> None:
    spelled = url.replace("&", "&amp;").replace('"', "&quot;")
    made = found(f'<img src="{spelled}"><style>a{{b:url("{quote(url)}")}}</style><a href="{spelled}">')
    for each in made.urls:
        assert each.isascii()
        assert each.isprintable()


def test_headers_of_strangers_raise_nothing() -> None:
    for headers in (((b"Content-Type", b"\xff\xfe;charset=\xff"),), ((b"content-type", b""),), ((b"\xff", b"\xff"),)):
        for status in (0, 99, 200, 301, 999):
            seen = Seen(
                1,
                "",
                PAGE,
                status,
                (
                    *headers,
                    (b"Location", b"\xff\0//["),
                ),
                b"<img src=x>",
            )
            assert needs((seen, seen), Rules()) == needs((seen, seen), Rules())


PIECES = [
    "<link rel=stylesheet href=c.css>", "<style>", "</style>", "@import 'c.css';", "a{b:url(x.png)}", "@font-face{src:",
    "url(", "'", '"', ")", "}", "{", "<iframe src=f.html>", "<iframe srcdoc='<img src=y>'>", "<base href='/b/'>",
    "<img srcset='a 1x, b 2x' src=z", ">", "<", "/", "=", "&#39;", "&", "<svg>", "<use href=#a xlink:href=s.svg>",
    "<template>", "</template>", "<noscript>", "<table>", "<video src=v poster=p>", "<p style='b:url(i)'>", "<!--",
    "-->", "<script>", "</script>", "image-set('q' 1x)", "\\", "\0", "ж", "\ud800", "<frameset>", "<frame src=g>",
    "<meta http-equiv=refresh content='0;url=n'>", "<link rel='icon manifest preload' as=style href=m imagesrcset='w'>",
    "<object data=o>", "<a href=x.pdf download>", "@media print{", "http://[", "//ж.рф/", "data:,", "9" * 5_000,
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.lists(st.sampled_from(PIECES), max_size=30), st.booleans())
def test_whatever_is_answered_the_result_is_bounded_and_the_same_again(
    html: list[str], css: list[str], everything: bool
) -> None:
    rules = Rules(frozenset({"pdf", "download"}), media=True, lazy=True, most=20) if everything else Rules(most=20)
    text, style = ("".join(pieces).encode("utf-8", "surrogatepass") for pieces in (html, css))
    others = {f"{SITE}{folder}/{name}": reply for folder in ("/a", "/b") for name, reply in (
        ("c.css", sheet(style)), ("f.html", page(text)), ("m", Reply(style, "application/json")), ("o", page(text)),
        ("s.svg", Reply(text, "image/svg+xml")), ("g", Reply(text, status=302, location="f.html", whole=False)),
    )}  # fmt: skip
    made = found(page(text), rules, others)
    assert len(made.targets) <= 20
    assert len(set(made.urls)) == len(made.urls)
    assert {each.kind for each in made.targets} <= set(KINDS) - {"page"}
    assert all(each.exchange <= len(made.seen) and each.depth >= 1 for each in made.targets)
    assert all(each.reason for each in made.last.skipped)


USUAL = """<!doctype html><html><head><base href="/b/"><link rel="stylesheet" href="c.css"><style>@import url(d.css);
@font-face{src:url(f.woff2) format("woff2")} body{background:image-set("a.png" 1x, url('b.png') 2x)}</style></head>
<body style="background:url(e.png)"><picture><source srcset="g.avif 1x, h.avif 2x"><img src="i.jpg?a=1&amp;b=ж">
</picture><iframe src="f.html"></iframe><svg><use xlink:href="s.svg#x"/></svg><video poster="p.jpg"></video>
</body></html>""".encode()


def test_mutated_pages_raise_nothing() -> None:
    chance = random.Random(6)  # noqa: S311  # the same pages every time
    for _ in range(100):
        data = bytearray(USUAL)
        for _ in range(chance.randint(1, 8)):
            at, length = chance.randrange(len(data)), chance.randint(0, 30)
            match chance.randrange(4):
                case 0:
                    data[at] = chance.randrange(256)
                case 1:
                    del data[at : at + length]
                case 2:
                    data[at:at] = data[at : at + length]
                case _:
                    data[at:at] = chance.randbytes(length)
        others = {f"{SITE}/b/c.css": sheet(bytes(data)), f"{SITE}/b/f.html": page(bytes(data))}
        made = found(page(bytes(data)), others=others)
        assert len(made.targets) < 60
