"""What a page names of itself in other forms on its own site: oEmbed, WordPress, feeds; and what they tell."""

from dataclasses import dataclass
from typing import Final

from archiver.model.platform import Seen
from archiver.model.post import Actor, Found, Media, PostType, Rendition
from archiver.platforms.page.addresses import absolute, same_origin, same_page
from archiver.platforms.page.answers import FEED, OEMBED, WORDPRESS
from archiver.platforms.page.elements import Links
from archiver.platforms.page.feeds import feed_in
from archiver.platforms.page.markup import text_of_html
from archiver.platforms.page.times import in_utc
from archiver.platforms.page.told import Told
from archiver.platforms.places import path_of
from archiver.platforms.reading import Doc, json_in

MAX_FEEDS: Final = 2

_FEED_TYPES: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_OEMBED_TYPES: Final[dict[str, PostType]] = {"video": "Video", "photo": "Image"}


@dataclass(frozen=True, slots=True)
class Companion:
    """Another form of the page: the role of the target that asks for it, what it is in words, and where it is.

    `why` says why it is not asked for, "" where it may be.
    """

    role: str
    what: str
    url: Found[str]
    why: str


def companions_of(links: Links, page_url: str) -> tuple[Companion, ...]:
    """Return the other forms that a page names, the most telling first; of feeds the first two without comments."""
    found = [
        _companion(OEMBED, "what the site says of the page for embedding (oEmbed)", url, page_url)
        for url in links.alternates("application/json+oembed")[:1]
    ]
    found += [
        _companion(WORDPRESS, "the page in the interface of WordPress", url, page_url)
        for url in links.alternates("application/json")
        if "/wp-json/wp/v2/" in url.value
    ][:1]
    feeds = [url for url in links.alternates(*_FEED_TYPES) if not _has_comments(url.value, page_url)]
    found += [
        _companion(f"{FEED}.{number}", "a feed of the site", url, page_url)
        for number, url in enumerate(feeds[:MAX_FEEDS], 1)
    ]
    return tuple(found)


def oembed_in(seen: Seen, form: str = "oEmbed") -> Told | None:
    """Return what an answer of oEmbed tells (https://oembed.com), None where it is none."""
    doc = json_in(seen)
    kind = doc.at("type").value
    if kind not in ("photo", "video", "link", "rich") or doc.at("version").id is None:
        return None
    author, house = doc.at("author_name").words, doc.at("provider_name").words
    page = absolute(seen.url, doc.at("author_url").words)
    site = absolute(seen.url, doc.at("provider_url").words)
    return Told(
        form,
        type=_OEMBED_TYPES.get(kind),
        authors=(Actor("Person", name=author, url=page),) if author or page else (),
        publisher=Actor("Organization", name=house, url=site) if house or site else None,
        name=doc.at("title").words,
        media=(*_picture(doc, seen.url, "url" if kind == "photo" else ""), *_picture(doc, seen.url, "thumbnail_url")),
    )


def wordpress_in(seen: Seen) -> Told | None:
    """Return what the interface of WordPress tells of a post or a page; its `_gmt` times are in UTC by definition."""
    doc = json_in(seen)
    if doc.at("id").integer is None or doc.at("link").words is None or doc.at("date_gmt").words is None:
        return None
    html = doc.at("content", "rendered").words
    return Told(
        "WordPress",
        id=doc.at("id").id,
        url=absolute(seen.url, doc.at("link").words),
        published=in_utc(doc.at("date_gmt").words),
        updated=in_utc(doc.at("modified_gmt").words),
        name=text_of_html(doc.at("title", "rendered").words),
        summary=text_of_html(doc.at("excerpt", "rendered").words),
        text=text_of_html(html),
        html=html,
    )


def entry_in(seen: Seen, urls: tuple[str, ...]) -> Told | None:
    """Return what a feed tells of the page that is at one of `urls`, None where it has no such entry."""
    feed = feed_in(seen)
    for each in feed.items if feed is not None else ():
        if each.url is not None and any(same_page(each.url.value, url) for url in urls):
            return each
    return None


def _companion(role: str, what: str, url: Found[str], page_url: str) -> Companion:
    own = same_origin(url.value, page_url)
    return Companion(role, what, url, "" if own else "not asked for: it is on another host than the page")


def _has_comments(url: str, page_url: str) -> bool:
    """Whether a feed is one of comments, by its path: below that of the page itself, or below `/comments/`."""
    path, own = path_of(url).rstrip("/"), path_of(page_url).rstrip("/")
    return path.endswith("/comments/feed") or (own != "" and path.startswith(f"{own}/feed"))


def _picture(doc: Doc, base: str, name: str) -> tuple[Media, ...]:
    url = absolute(base, doc.at(name).words) if name else None
    if url is None:
        return ()
    width, height = ("thumbnail_width", "thumbnail_height") if name == "thumbnail_url" else ("width", "height")
    file = Rendition(url, "best", width=doc.at(width).integer, height=doc.at(height).integer)
    return (Media("Image", renditions=(file,)),)
