import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from archiver.http import charsets
from archiver.http.charsets import charset_guessed, charset_named, text_of
from archiver.http.page import MAX_PAGE, Page, page_text, read_page
from archiver.http.parsable import _attributes

HTML = b"text/html"
RUSSIAN = "<html lang=ru><title>Свидетельство о событии</title><p>Это произошло утром</p>"
SPANISH = "<html lang=es><title>El niño llegó mañana</title><p>Según testigos, ocurrió aquí</p>"


def test_title_and_language_are_read() -> None:
    data = b'<!doctype html><html lang="en-GB"><head><title>\n A  &amp; B\t</title></head><body>x'
    assert read_page(b"text/html; charset=utf-8", data) == Page("A & B", "en-GB", "utf-8")


@pytest.mark.parametrize(
    ("media_type", "codec", "before", "charset", "guessed"),
    [
        (HTML, "utf-8-sig", "", "utf-8", False),
        (b"text/html; charset=windows-1251", "utf-8-sig", "", "utf-8", False),
        (HTML, "utf-16", "", "utf-16le", False),
        (b"text/html; charset=utf-16be", "utf-16-be", "", "utf-16be", False),
        (b"TEXT/HTML;a=b; Charset='CP1251' ;x", "cp1251", "", "windows-1251", False),
        (b"text/html; charset=koi8-r", "koi8-r", "<meta charset=utf-8>", "koi8-r", False),
        (HTML, "cp1251", '<meta charset=" Windows-1251 ">', "windows-1251", False),
        (HTML, "cp866", "<meta name=a content=b><meta charset=866>", "ibm866", False),
        (b"text/html; charset=what", "koi8-r", "<meta charset=KOI8-R>", "koi8-r", False),
        (HTML, "utf-8", "<meta charset=utf-16le>", "utf-8", False),
        (HTML, "koi8-r", "<meta http-equiv=content-type content='text/html; charset=koi8-r'>", "koi8-r", False),
        (HTML, "koi8-r", "<meta http-equiv=content-type content='text/html; charset = \"koi8-r\" '>", "koi8-r", False),
        (HTML, "koi8-r", "<meta http-equiv=content-type content='charset=koi8-r; x'>", "koi8-r", False),
        (HTML, "utf-8", "<meta http-equiv=content-type content='text/html; charset koi8-r'>", "utf-8", True),
        (HTML, "utf-8", "<meta http-equiv=content-type><meta http-equiv=x>", "utf-8", True),
        (HTML, "utf-8", "", "utf-8", True),
        (HTML, "cp1251", "", "windows-1251", True),
    ],
)
def test_the_encoding_is_found_where_browsers_look(
    media_type: bytes, codec: str, before: str, charset: str, guessed: bool
) -> None:
    data = (before + RUSSIAN).encode(codec)
    page = read_page(media_type, data)
    assert (page.title, page.charset, page.guessed) == ("Свидетельство о событии", charset, guessed)


def test_a_western_page_without_a_declaration_is_not_taken_for_russian() -> None:
    page = read_page(HTML, SPANISH.encode("latin-1"))
    assert page == Page("El niño llegó mañana", "es", "windows-1252", guessed=True)


def test_a_character_cut_at_the_end_of_the_copy_is_still_utf_8() -> None:
    assert charset_guessed("Свидетель".encode()[:-1]) == "utf-8"


def test_labels_are_those_of_the_standard() -> None:
    assert charset_named(" ISO-8859-1\n") == "windows-1252"
    assert charset_named("cp1251") == "windows-1251"
    assert charset_named("latin5") == "windows-1254"
    assert charset_named("gb2312") == "gbk"
    assert charset_named("utf8") == "utf-8"
    assert charset_named("utf-7") is None


def test_every_encoding_of_the_table_can_be_used() -> None:
    for name in charsets._TABLE:
        assert text_of(b"\xff\x00\x80abc\xfe", name)


@pytest.mark.parametrize("media_type", [b"application/pdf", b"text/plain; charset=utf-8", b""])
def test_what_is_not_html_has_no_title(media_type: bytes) -> None:
    assert read_page(media_type, b"<title>x</title>", b"ru, en") == Page(None, "ru", "")


def test_an_answer_without_a_media_type_is_html_when_it_begins_like_it() -> None:
    assert read_page(None, b"\xef\xbb\xbf \n<title>x</title>").title == "x"
    assert read_page(None, b"title", None) == Page(None, None, "")


def test_the_page_speaks_before_the_header_about_its_language() -> None:
    assert read_page(HTML, b"<html lang=ru>", b"en").language == "ru"
    assert read_page(HTML, b"<html xml:lang=ru>", b"en").language == "ru"
    assert read_page(HTML, b"<html>", b"en").language == "en"
    assert read_page(HTML, b"<html lang='no such language at all'>", b"\xff").language is None
    assert read_page(HTML, b"<html lang=" + b"x" * 40 + b">").language is None


def test_the_title_of_a_drawing_is_not_that_of_the_page() -> None:
    assert read_page(HTML, b"<svg><g><title>drawn</title></g></svg><title>page</title>").title == "page"
    assert read_page(HTML, b"<svg><title>drawn</title></svg>").title is None


def test_an_empty_title_is_none() -> None:
    assert read_page(HTML, b"<title> \n </title><title>second</title>").title is None
    assert read_page(HTML, b"").title is None


def test_a_title_is_bounded_and_holds_nothing_that_json_cannot() -> None:
    assert read_page(HTML, b"<title>" + b"x" * MAX_PAGE).title == "x" * 500
    title = read_page(b"text/html; charset=utf-8", b"<title>&#xD800;a\0b&#0;\xed\xa0\x80\xff&#x1b;</title>").title
    assert title is not None
    assert "\0" not in title
    assert title.encode("utf-8").decode("utf-8") == title
    assert "\x1b" in title


def test_only_the_first_megabyte_is_read() -> None:
    assert read_page(HTML, b" " * MAX_PAGE + b"<title>late</title>").title is None


@pytest.mark.parametrize(
    "unit",
    [
        b"<div>",
        b"<b>",
        b"<table><tr><td>",
        b"<svg>",
        b"<a>",
        b"<p><b>",
        b"<template>",
        b"<form>",
        b"<",
        b"<!--",
        b"</x>",
    ],
)
def test_deep_or_endless_markup_neither_crashes_nor_stalls(unit: bytes) -> None:
    data = b"<title>t</title>" + unit * (MAX_PAGE // len(unit))
    assert read_page(HTML, data).title == "t"


def test_a_hundred_thousand_nested_tags_around_the_title_do_not_crash() -> None:
    read_page(HTML, b"<svg>" + b"<g>" * 100_000 + b"<title>deep</title>")
    assert read_page(HTML, b"<svg>" + b"<g>" * 500 + b"<title>deep</title>").title == "deep"


@pytest.mark.parametrize("before", [b"", b"x='>' ", b"<!-- a b c --><p a=1>"])
def test_very_many_attributes_neither_crash_nor_stall(before: bytes) -> None:
    tag = before + b" ".join(b"a%d" % i for i in range(150_000)) + b">"
    assert read_page(HTML, b"<title>t</title><html lang=ru " + tag).title == "t"


def test_a_long_script_before_the_title_is_no_tag() -> None:
    script = b"<script>" + b"let a = 1; " * 20_000 + b"</script>"
    assert read_page(HTML, script + b"<title>t</title>").title == "t"


@given(st.binary(max_size=300), st.sampled_from([None, HTML, b"text/html; charset=utf-16", b"text/html;charset=sjis"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_make_a_page(data: bytes, media_type: bytes | None) -> None:
    page = read_page(media_type, b"<title>" + data, data)
    assert page.title is None or page.title.encode("utf-8").decode("utf-8") == page.title
    assert page.title is None or "\0" not in page.title


def test_a_page_with_a_large_script_is_read_behind_it_too() -> None:
    script = json.dumps({"text": 'he said "yes" / "no", and that is that; ' * 20_000 + "if a < b " * 2_000})
    page = f'<script type="application/json">{script}</script><p title="a > b">what comes after</p>'
    assert page_text(b"text/html", page.encode()).endswith("what comes after</p>")


@pytest.mark.parametrize("between", [" ", "<", "=<", "/", "='<' ", '="<" ', "\n=\n'>'\n"])
@pytest.mark.parametrize("before", ["", "<script>", "<!-- ", '<p title="', "<textarea>"])
def test_a_tag_with_very_many_attributes_is_not_read_wherever_it_stands(before: str, between: str) -> None:
    tag = "<a " + between.join(f"b{number}" for number in range(40_000))
    assert len(page_text(b"text/html", f"<p>first</p>{before}{tag}>last".encode())) < 100


def test_tags_that_are_never_closed_are_looked_at_a_few_times_only() -> None:
    page = "<a " * 100 + "x" * 500_000
    assert page_text(b"text/html", page.encode()) == "<a " * 8


@given(st.text(alphabet="<>/=ab \"'\n!-", max_size=60))
def test_the_parser_sees_no_more_attributes_in_a_tag_than_were_counted(text: str) -> None:
    counted = max((_attributes(text, at + 1)[0] for at in range(len(text)) if text[at] == "<"), default=0)
    seen = max((len(node.attributes) for node in LexborHTMLParser(f"<body>{text}").css("*")), default=0)
    assert seen <= counted
