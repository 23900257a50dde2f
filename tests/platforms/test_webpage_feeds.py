"""Addresses that are feeds or documents, and the times that they tell."""

import pytest
from adapterkit import Answer, Played
from webpages import ATOM, BLOG, JSON_FEED, MEDIA, OEMBED, PDF, RDF, RSS, ask

from archiver.model.post import Found
from archiver.platforms.page.times import told

FEED = "https://harbour.example/feed/"


def feed(text: str | bytes, media_type: str = "application/xml", url: str = FEED) -> Played:
    body = text.encode() if isinstance(text, str) else text
    return ask(url, Answer(body, headers=(("Content-Type", media_type),)), MEDIA)


def test_rss_tells_itself_and_its_entries_beside_it() -> None:
    played = feed(RSS)
    post = played.post
    assert (post["type"], post["name"], post["summary"], post["url"]) == (
        "Page", "Harbour notes", "What is built", "https://harbour.example/",
    )  # fmt: skip
    assert post["content"]["language"] == "en"
    first, second = post["context"]
    assert (first["type"], first["id"], first["url"], first["attributedTo"]["name"]) == (
        "Article", "71", f"{BLOG}/", "Jo Sample",
    )  # fmt: skip
    assert (first["published"]["value"], first["summary"]) == ("2026-05-06T10:00:00Z", "At night & in secret.")
    assert first["content"] == {
        "text": "They poured the concrete at night.", "html": "<p>They poured the concrete at night.</p>",
    }  # fmt: skip
    assert [each["name"] for each in first["tag"]] == ["Building", "Harbour"]
    assert first["attachment"][0]["type"] == "Audio"
    assert second["published"] == {"raw": "Wed, 08 Apr 2026 12:00 XYZ", "precision": "minute", "source": "page"}
    assert second["attributedTo"]["name"] == "Jo Sample"
    source = played.document["sources"]["/post/context/1/published/raw"]
    assert source["at"] == "channel[1] item[2] pubDate[1]"
    assert [each.url for each in played.targets] == [FEED, "https://files.example/talk.mp3"]


def test_atom_rss_1_and_json_feed() -> None:
    atom = feed(ATOM, "application/atom+xml", "https://firmas.example/atom").post
    entry = atom["context"][0]
    assert (atom["name"], atom["id"], atom["content"]["language"]) == ("Río Seco", "urn:example:feed", "es")
    assert (entry["url"], entry["published"]["value"]) == ("https://firmas.example/p/1", "2026-02-03T13:00:00Z")
    assert entry["attributedTo"] == {"type": "Person", "name": "Inés Ejemplo", "url": "https://firmas.example/ines"}
    assert (entry["content"]["text"], entry["tag"][0]["name"]) == ("Talan ya", "parque")
    assert entry["attachment"][0]["renditions"][0]["url"] == "https://firmas.example/v.mp4"
    rdf = feed(RDF, "application/rdf+xml").post
    assert [(each["name"], each["id"]) for each in rdf["context"]] == [("One", "https://old.example/1")]
    made = ask(FEED, Answer.json(JSON_FEED)).post["context"][0]
    assert (made["content"]["text"], made["published"]["value"]) == ("They poured it.", "2026-05-06T10:00:00Z")
    assert [each["type"] for each in made["attachment"]] == ["Image", "Audio"]


@pytest.mark.parametrize(
    ("declared", "media_type"),
    [
        ("windows-1251", "text/xml"),
        ("utf-8", "text/xml; charset=windows-1251"),
        ("windows-1251", "application/rss+xml; charset=nonsense"),
    ],
)
def test_a_feed_in_windows_1251_is_read_as_header_or_xml_declare(declared: str, media_type: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><rss><channel><title>Вестник</title></channel></rss>'
    assert feed(text.encode("cp1251"), media_type).post["name"] == "Вестник"


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rss><channel><title>&b;</title></channel></rss>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><rss><channel><title>x</title></channel></rss>',
        '<?xml version="1.0" encoding="utf-7"?><rss/>',
        '<?xml version="1.0" encoding="nonsense"?><rss/>',
        "<html><channel><title>x</title></channel></html>",
        "<rss></rss>",
        "",
    ],
)
def test_document_types_and_what_is_no_feed_are_not_read(text: str) -> None:
    assert feed(text).rule == "page.xml.not-one"


def test_a_broken_feed_is_read_up_to_where_it_breaks() -> None:
    played = feed(RSS.replace("<title>The crane</title>", "<title>The &nbsp;crane</title>"))
    assert [each["name"] for each in played.post["context"]][:1] == ["The quay"]
    assert played.document["warnings"] == [
        "the feed is broken, or larger than what is read: what was read is its beginning"
    ]


def test_only_the_first_entries_of_a_long_feed_are_read() -> None:
    items = "".join(f"<item><guid>https://harbour.example/{n}</guid><title>t{n}</title></item>" for n in range(300))
    played = feed(f"<rss><channel>{items}</channel></rss>")
    assert (len(played.post["context"]), played.post["context"][0]["url"]) == (200, "https://harbour.example/0")
    assert played.document["missing"][0]["what"] == "100 entries of the feed"


def test_what_says_nothing_in_a_feed_is_left_out() -> None:
    item = "<item><title>t</title><category/><enclosure/><author/><link/><guid>7</guid></item><item/>"
    context = feed(f"<rss><channel>{item}</channel></rss>").post["context"]
    assert [set(each) for each in context] == [{"type", "id", "name", "url"}]


def test_a_pasted_oembed_tells_what_it_does() -> None:
    photo = OEMBED | {"type": "photo", "url": "/p.jpg", "width": 3, "height": 2}
    post = ask("https://harbour.example/oembed?url=x", Answer.json(photo)).post
    assert (post["type"], post["name"], post["attributedTo"]["name"]) == ("Image", "The quay", "Jo Sample")
    assert post["attachment"][0]["renditions"][0]["width"] == 3
    bare = ask(FEED, Answer.json({"type": "link", "version": "1.0"})).document["post"]
    assert bare == {"type": "Page", "url": FEED}


def pdf(body: bytes, disposition: str = "", *, whole: bool = True) -> Played:
    headers = (("Content-Type", "application/pdf"), *((("Content-Disposition", disposition),) if disposition else ()))
    return ask("https://harbour.example/report", Answer(body, headers=headers, whole=whole), MEDIA)


def test_a_pdf_is_a_document_with_the_times_that_it_claims() -> None:
    played = pdf(PDF)
    post = played.post
    assert post["published"] == {
        "value": "2026-03-04T05:06:07Z", "raw": "D:20260304080607+03'00'", "precision": "second", "source": "client",
    }  # fmt: skip
    assert post["updated"] == {"raw": "D:20260305", "precision": "day", "source": "client"}
    file = {"url": "https://harbour.example/report", "role": "original", "exchange": 1}
    assert post["attachment"] == [{"type": "Document", "renditions": [file]}]
    assert played.document["sources"]["/post/published/raw"]["at"].startswith("byte ")
    assert len(played.targets) == 1


def test_a_pdf_that_claims_several_times_claims_none() -> None:
    played = pdf(PDF + b"/CreationDate(D:20200101000000Z)%%EOF")
    assert "published" not in played.post
    assert "claims several times of creation: 2026-03-04T05:06:07Z (byte" in played.document["warnings"][0]


def test_a_pdf_that_broke_off_says_so() -> None:
    assert "no %%EOF" in pdf(PDF.replace(b"%%EOF", b"")).document["warnings"][0]
    cut = pdf(PDF[:40], whole=False)
    assert cut.post["attachment"][0]["renditions"][0]["why"] == "cut off in exchange 1"
    assert "broke off" in cut.document["warnings"][0]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("attachment; filename*=UTF-8''%D0%94%D0%B5%D0%BB%D0%BE.pdf; filename=x.pdf", "Дело.pdf"),
        ("attachment; filename*=windows-1251''%C4%E5%EB%EE.pdf", "Дело.pdf"),
        ('inline; FILENAME="Дело 7.pdf"'.encode().decode("latin-1"), "Дело 7.pdf"),
        ('inline; filename="caf\xe9.pdf"', "café.pdf"),
        ("attachment; filename=a.pdf", "a.pdf"),
        ("attachment", None),
        ("attachment; filename*=x''%00", "\0"),
        ('attachment; filename=" "', None),
    ],
)
def test_the_name_of_a_file_is_that_of_its_server(said: str, name: str | None) -> None:
    assert pdf(PDF, said).post.get("name") == name


@pytest.mark.parametrize(
    ("words", "value", "precision"),
    [
        ("2026-03-04T08:06:07+03:00", "2026-03-04T05:06:07Z", "second"),
        ("2026-03-04T08:06:07.250+0300", "2026-03-04T05:06:07.250000Z", "second"),
        ("2026-03-04T08:06+03", "2026-03-04T05:06:00Z", "minute"),
        ("2026-03-04 05:06:07 UTC", "2026-03-04T05:06:07Z", "second"),
        ("2026/03/04 05:06:07 +0000", "2026-03-04T05:06:07Z", "second"),
        ("20260304T050607Z", "2026-03-04T05:06:07Z", "second"),
        ("Wed, 4 Mar 2026 05:06:07 GMT", "2026-03-04T05:06:07Z", "second"),
        ("04 March 2026 08:06 +0300", "2026-03-04T05:06:00Z", "minute"),
        ("Wed, 04 Mar 2026 00:06:07 EST", "2026-03-04T05:06:07Z", "second"),
        ("1772600767", "2026-03-04T05:06:07Z", "second"),
        ("2026-03-04T08:06:07", "", "second"),
        ("Wed, 04 Mar 2026 08:06:07", "", "second"),
        ("Wed, 04 Mar 2026 08:06:07 A", "", "second"),
        ("2026-03-04", "", "day"),
        ("2026-13-44T25:61:61Z", "", "second"),
        ("04 Mrz 2026 08:06 +0100", "", "relative"),
        ("4 марта 2026", "", "relative"),
        ("03/04/2026", "", "relative"),
    ],
)
def test_times_are_told_in_utc_or_not_at_all(words: str, value: str, precision: str) -> None:
    moment = told(Found(words, 1, "x"))
    assert moment is not None
    assert (moment.value, moment.precision, moment.raw.value) == (value, precision, words)
