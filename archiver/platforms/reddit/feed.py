"""A post or comment as Reddit's feed tells it (RFC 4287): words, author, times and one small picture; no numbers."""

import re
from typing import Final

from archiver.model.post import Actor, Content, Found, Media, Moment, Post
from archiver.platforms.files import Files
from archiver.platforms.html import Element, markup_in
from archiver.platforms.moments import rfc3339
from archiver.platforms.reddit.answers import DELETED
from archiver.platforms.xml import Part

_IMAGE_HOST = re.compile(r"https://i\.redd\.it/[A-Za-z0-9_-]{1,60}\.(?:jpe?g|png|gif|webp)")
_ELSEWHERE: Final = "what the post links to; not asked for"
_PART_OF_REDDIT: Final = "the feed names its page, and no file"
_REDDIT_MEDIA = re.compile(r"https://(?:v\.redd\.it/|www\.reddit\.com/gallery/)")


def post_of_entry(entry: Part, files: Files, *, gone: bool, is_comment: bool) -> Post:
    """Return what an entry tells; where it is `gone`, what is left: that it was there, when, and under which title."""
    published, updated = rfc3339(entry.first("published").text), rfc3339(entry.first("updated").text)
    if published is None or not published.value:
        published, updated = updated or published, None
    community = entry.first("category")
    name = community.attribute("label") or community.attribute("term")
    return Post(
        "Tombstone" if gone else "Note" if is_comment else "Article",
        id=entry.first("id").text,
        url=entry.first("link").attribute("href"),
        attributed_to=_author(entry),
        on_behalf_of=Actor("Group", id=community.attribute("term"), name=name) if name and not is_comment else None,
        published=published,
        updated=updated if _later(updated, published) else None,
        name=None if is_comment else entry.first("title").text,
        content=None if gone else text_of(entry),
        attachment=() if gone or is_comment else _attachments(entry, files),
    )


def author_of(entry: Part) -> Found[str] | None:
    """Return the name of the author as Reddit writes it elsewhere, without what says that it is one."""
    said = entry.first("author").first("name").text
    return Found(said.value.strip().removeprefix("/u/"), said.exchange, said.at) if said is not None else None


def text_of(entry: Part) -> Content | None:
    """Return what was written, as text and as markup; what stands around it in the feed is Reddit's own."""
    body = _markup(entry).first("div.md")
    return Content(body.text, body.html) if body and body.text else None


def words_of(entry: Part) -> str:
    """Return the text of what was written, "" where there is none."""
    found = text_of(entry)
    return found.text.value if found is not None and found.text is not None else ""


def _author(entry: Part) -> Actor | None:
    name = author_of(entry)
    if name is None or name.value == DELETED:
        return None
    return Actor("Person", preferred_username=name, url=entry.first("author").first("uri").text)


def _attachments(entry: Part, files: Files) -> tuple[Media, ...]:
    found = []
    linked = _markup(entry).first("span a[href]").attribute("href")
    still = entry.first("media:thumbnail").attribute("url")
    stills = files.renditions(still, "thumb")
    own = entry.first("link").attribute("href")
    if linked is not None and (own is None or linked.value.rstrip("/") != own.value.rstrip("/")):
        if _IMAGE_HOST.fullmatch(linked.value):
            found.append(Media("Image", renditions=(files.rendition(linked, "original"), *stills)))
        elif _REDDIT_MEDIA.match(linked.value):
            is_video = "//v." in linked.value[:20]
            found.append(Media("Video" if is_video else "Image", url=linked, renditions=stills, why=_PART_OF_REDDIT))
        else:
            found.append(Media("Link", url=linked, renditions=stills, why=_ELSEWHERE))
    elif stills:
        found.append(Media("Image", renditions=stills))
    return tuple(found)


def _markup(entry: Part) -> Element:
    """Return the markup that stands in the entry as a text."""
    said = entry.first("content").text
    return markup_in(said) if said is not None else Element(None, entry.exchange)


def _later(one: Moment | None, other: Moment | None) -> bool:
    return one is not None and other is not None and bool(one.value) and one.value != other.value
