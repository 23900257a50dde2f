"""How much of a hostile page the parser is given."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from archiver.http.page import read_page
from archiver.http.parsable import MAX_TAGS, parsable


def fonts(number: int) -> str:
    return "<p>" + "".join(f"<font a={n}>" for n in range(number)) + "</p><p>x" * 5_000


@pytest.mark.parametrize(
    "html",
    [
        fonts(2_500),
        fonts(400),  # never deep, and four hundred elements for every paragraph
        "<div>" * 100_000,
        "<table>" + "<div>" * 100_000,
    ],
    ids=["deep and wide", "wide", "deep", "thrown out of a table"],
)
def test_few_bytes_do_not_become_gigabytes(html: str) -> None:
    part = parsable(html, 50_000)
    assert len(part) < len(html)
    root = LexborHTMLParser(part).root
    assert root is not None
    assert sum(1 for _ in root.traverse()) < 1_000_000


def test_a_page_of_formatting_that_comes_back_is_read_in_seconds() -> None:
    assert read_page(b"text/html", b"<title>Pier</title>" + fonts(5_000).encode()).title == "Pier"


def test_a_tame_page_is_given_whole_up_to_its_number_of_tags() -> None:
    row = "<tr><td>1<td><a href=x>y</a></tr>"
    html = "<table>" + row * 1_500
    assert parsable(html) == html
    assert parsable(html, 1_234).count("<") == 1_234
    assert parsable(row * MAX_TAGS).count("<") == MAX_TAGS


def test_attributes_hidden_in_one_tag_are_not_parsed_to_the_end() -> None:
    pieces = ("<" + " ".join(f"{n * 50 + m:x}" for m in range(30)) for n in range(4_000))
    html = f"<title>Pier</title><p {' '.join(pieces)}>"
    assert parsable(html) == "<title>Pier</title>"


def test_attributes_end_it_too() -> None:
    html = f"<!-- {'a long comment ' * 10_000}-->{'<p>' * 2_000}"
    assert parsable(html).startswith(html[:200_000])
    html = "<p>" * 1_500 + "<p " + "a=1 " * 100_000 + ">" + "<p>" * 5_000
    assert parsable(html, 50_000) == "<p>" * 1_500
    assert parsable("", 1_000) == ""
