"""Feeds of strangers are read within bounds, and ask for nothing."""

import pytest
from adapterkit import Answer

from archiver.model.platform import Seen
from archiver.platforms.xml import MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT, Part, entries, is_whole, xml_in

ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:m="http://search.yahoo.com/mrss/" xmlns:x="urn:x"><title>T</title>'
    '<entry><id>one</id><author><name>Анна</name></author><link href="https://a.example/1" rel=""/>'
    '<m:thumbnail url="https://a.example/1.jpg"/><x:id>other</x:id><title>a <![CDATA[<b>]]> &amp; c</title></entry>'
    "<entry><id> </id></entry></feed>"
)
RSS = "<rss><channel><title>T</title><item><guid>g</guid></item></channel></rss>"


def read(body: str | bytes) -> Part:
    data = body.encode() if isinstance(body, str) else body
    return xml_in(Answer(data).seen(3, "feed", "https://a.example/feed"))


def said(part: Part) -> str | None:
    return part.text.value if part.text else None


def test_an_entry_tells_what_stands_in_it_and_where() -> None:
    feed = read(ATOM)
    first, second = feed.all("entry")
    assert said(first.first("id")) == "one"
    name = first.first("author").first("name").text
    assert name is not None
    assert (name.value, name.exchange, name.at) == ("Анна", 3, "entry[1] author[1] name[1]")
    href = first.first("link").attribute("href")
    assert href is not None
    assert (href.value, href.at) == ("https://a.example/1", "entry[1] link[1] @href")
    assert first.first("link").attribute("rel") is None
    assert first.first("media:thumbnail").attribute("url")
    assert said(first.first("{urn:x}id")) == "other"
    assert said(first.first("title")) == "a <b> & c"
    assert second.first("id").text is None
    assert feed.attribute("nothing") is None
    assert first.first("nothing").text is None
    assert not first.first("nothing").first("more").all("x")
    assert first.first("nothing").attribute("href") is None
    assert first.first("nothing").path == "entry[1] nothing[1]"


def test_entries_of_atom_and_items_of_rss() -> None:
    assert len(list(entries(read(ATOM)))) == 2
    assert [said(each.first("guid")) for each in entries(read(RSS))] == ["g"]
    assert list(entries(read("<rdf><item/><item/></rdf>")))
    assert not list(entries(read("")))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xef\xbb\xbf",
        b"text",
        b"{}",
        b"<html><body>x",
        b'<?xml version="1.0" encoding="no-such"?><feed/>',
        '<?xml version="1.0" encoding="windows-1251"?><feed>Дело</feed>'.encode("cp1251"),
        '<?xml version="1.0"?><feed>Дело</feed>'.encode("utf-16"),
        b"<feed>\xff</feed>",
        b"<feed>&#xD800;</feed>",
        b"<feed>&nothing;</feed>",
        b'<feed a="1" a="2"/>',
        b"<a:feed/>",
    ],
)
def test_whatever_came_is_read_or_is_none(body: bytes) -> None:
    list(entries(read(body)))
    assert read(body).text is None or said(read(body)) == "Дело"


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "document_type",
    [
        f'<!DOCTYPE feed [<!ENTITY e0 "lol">{BOMB}]>',
        '<!DOCTYPE feed [<!ENTITY e11 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE feed [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]>',
        '<!DOCTYPE feed SYSTEM "http://127.0.0.1/x.dtd">',
        "<!DOCTYPE feed>",
    ],
)
def test_a_document_type_is_refused_and_with_it_every_entity(document_type: str) -> None:
    assert not read(f'<?xml version="1.0"?>{document_type}<feed><entry><id>&e11;</id></entry></feed>')
    assert not read(f"{document_type}<feed><entry><id>x</id></entry></feed>")


def test_what_breaks_off_has_what_was_closed_before() -> None:
    cut = read(ATOM[: ATOM.index("</entry>") + 20])
    assert len(cut.all("entry")) == 1
    assert not read(ATOM[: ATOM.index("</entry>")]).all("entry")


def test_large_and_deep_feeds_are_read_within_bounds() -> None:
    assert len(read("<feed>" + "<entry/>" * (MAX_ELEMENTS * 2) + "</feed>").all("entry")) == MAX_ELEMENTS - 1
    deep = read("<feed><entry/>" + "<a>" * 100_000)
    assert deep.all("entry")
    assert not deep.all("a")
    assert read("<a>" * (MAX_DEPTH - 1) + "</a>" * (MAX_DEPTH - 1)).all("a")
    long = read(f"<feed><id>{'слово ' * 900_000}</id></feed>")
    assert len(said(long.first("id")) or "") == MAX_TEXT
    assert read(f'<feed a="{"x" * 5_000_000}"/>').attribute("a") is not None


def test_a_failure_is_no_feed() -> None:
    assert not xml_in(Seen(1, "feed", "https://a.example/", 0, failure="timeout"))


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (b"<feed/>", True),
        (b"\xef\xbb\xbf<feed><entry/></feed>  \n", True),
        (b"", False),
        (b"<feed><entry/>", False),
        (b"<feed>\xcc</feed>", False),
        (b"<!DOCTYPE feed><feed/>", False),
        (b"<p>Blocked<br></p>", False),
    ],
)
def test_a_feed_is_whole_where_it_is_well_formed_to_its_end(body: bytes, whole: bool) -> None:
    assert is_whole(Seen(1, "feed", "https://x.example/", 200, body=body)) is whole
