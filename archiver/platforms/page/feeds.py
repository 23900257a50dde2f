"""RSS 2.0 and 1.0, Atom and JSON Feed: what a feed tells of itself, and each of its entries.

https://www.rssboard.org/rss-specification, RFC 4287, https://www.jsonfeed.org/version/1.1/
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from archiver.model.platform import Seen
from archiver.model.post import Actor, Found, Media, MediaType, Post, PostType, Rendition, Tag
from archiver.platforms.page.addresses import absolute
from archiver.platforms.page.answers import kind_of
from archiver.platforms.page.markup import text_of_html
from archiver.platforms.page.times import told as time_told
from archiver.platforms.page.told import Told, post_of
from archiver.platforms.reading import Doc, json_in
from archiver.platforms.xml import Part, entries, xml_in

MAX_ENTRIES: Final = 200
FORM: Final = "the feed"

_ROOTS: Final = {"rss": "rss", "rdf:RDF": "rss-1", "feed": "atom"}
_JSON_FEED = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/[0-9.]{1,9}")
_MAIL_NAME = re.compile(r"[^()\s]{1,200}@[^()\s]{1,200} \(([^()]{1,200})\)")
_KINDS: Final[dict[str, MediaType]] = {"image": "Image", "video": "Video", "audio": "Audio"}


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its `kind` (rss, rss-1, atom, json), what it tells of itself, and the first of its entries.

    `entries` counts all that it has; `whole` says that it was read to its end.
    """

    kind: str
    told: Told
    items: tuple[Told, ...]
    entries: int
    whole: bool


def feed_in(seen: Seen) -> Feed | None:
    """Return the feed in an answer, None where there is none."""
    if kind_of(seen) == "json":
        doc = json_in(seen)
        version = doc.at("version").text
        return _json_feed(doc, seen.url) if version is not None and _JSON_FEED.fullmatch(version.value) else None
    root = xml_in(seen)
    if root.name not in _ROOTS:
        return None
    channel = root if root.name == "feed" else root.first("channel")
    if not channel:
        return None
    items = tuple(entries(root))
    told = tuple(_told(each, seen.url, "Article") for each in items[:MAX_ENTRIES])
    return Feed(_ROOTS[root.name], _told(channel, seen.url, None), told, len(items), root.whole)


def entries_of(feed: Feed) -> Iterator[Post]:
    """Yield the entries of a feed as posts."""
    for each in feed.items:
        post = post_of((each,))
        if post is not None:
            yield post


def _told(node: Part, base: str, kind: PostType | None) -> Told:
    url = absolute(base, _link(node))
    encoded = node.said("content:encoded", "content")
    brief = node.said("description", "summary", "subtitle", "itunes:summary")
    return Told(
        FORM,
        type=kind,
        id=node.said("guid", "id") or node.attribute("rdf:about"),
        url=url,
        authors=tuple(_authors(node, base)),
        published=time_told(node.said("pubDate", "published", "issued", "dc:date", "dcterms:created")),
        updated=time_told(node.said("updated", "modified", "dcterms:modified", "lastBuildDate")),
        name=node.said("title"),
        summary=text_of_html(brief),
        text=text_of_html(encoded),
        html=encoded,
        language=node.said("language", "dc:language") or node.attribute("xml:lang"),
        tags=tuple(_tags(node)),
        media=tuple(_media(node, base)),
        generator=node.said("generator"),
    )


def _link(node: Part) -> Found[str] | None:
    for each in node.all("link"):
        if _value(each, "rel") in ("", "alternate"):
            found = each.text or each.attribute("href")
            if found is not None:
                return found
    guid = node.first("guid")
    return guid.text if _value(guid, "isPermaLink") != "false" else None


def _authors(node: Part, base: str) -> Iterator[Actor]:
    for each in node.all("author", "dc:creator", "managingEditor", "itunes:author"):
        words, name = each.text, each.said("name")
        if name is None and words is not None:
            named = _MAIL_NAME.fullmatch(words.value)
            name = Found(named[1], words.exchange, words.at) if named else words
        if name is not None:
            yield Actor("Person", name=name, url=absolute(base, each.said("uri", "url")))


def _tags(node: Part) -> Iterator[Tag]:
    for each in node.all("category", "dc:subject"):
        words = each.attribute("label") or each.attribute("term") or each.text
        if words is not None:
            yield Tag("Hashtag", words)


def _media(node: Part, base: str) -> Iterator[Media]:
    for each in node.all("enclosure", "media:content", "media:thumbnail", "link"):
        if each.name != "link" or _value(each, "rel") == "enclosure":
            url = absolute(base, each.attribute("url") or each.attribute("href"))
            mime = each.attribute("type")
            word = "image" if each.name == "media:thumbnail" else _value(each, "medium")
            if url is not None:
                yield _file(url, mime, word)


def _value(part: Part, name: str) -> str:
    found = part.attribute(name)
    return found.value if found is not None else ""


def _file(url: Found[str], mime: Found[str] | None, word: str = "") -> Media:
    kind = word or (mime.value.partition("/")[0].lower() if mime is not None else "")
    return Media(_KINDS.get(kind, "Document"), renditions=(Rendition(url, "best", mime),))


def _json_feed(doc: Doc, base: str) -> Feed:
    items = doc.at("items").items
    told = tuple(_json_told(each, base, "Article") for each in items[:MAX_ENTRIES])
    return Feed("json", _json_told(doc, base, None), told, len(items), whole=True)


def _json_told(doc: Doc, base: str, kind: PostType | None) -> Told:
    html = doc.at("content_html").words
    people = doc.at("authors").items[:20] or (doc.at("author"),)
    picture = absolute(base, doc.at("image").words)
    files = ((absolute(base, each.at("url").words), each.at("mime_type").words) for each in doc.at("attachments").items)
    media = tuple(_file(url, mime) for url, mime in files if url is not None)
    names = (each.words for each in doc.at("tags").items[:100])
    return Told(
        FORM,
        type=kind,
        id=doc.at("id").id,
        url=absolute(base, doc.at("url").words or doc.at("home_page_url").words),
        authors=tuple(
            Actor("Person", name=each.at("name").words, url=absolute(base, each.at("url").words))
            for each in people
            if each.at("name").words is not None
        ),
        published=time_told(doc.at("date_published").words),
        updated=time_told(doc.at("date_modified").words),
        name=doc.at("title").words,
        summary=doc.at("summary").words or doc.at("description").words,
        text=doc.at("content_text").words or text_of_html(html),
        html=html,
        language=doc.at("language").words,
        tags=tuple(Tag("Hashtag", each) for each in names if each is not None),
        media=((_file(picture, None, "image"),) if picture is not None else ()) + media,
    )
