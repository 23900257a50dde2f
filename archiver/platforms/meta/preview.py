"""The card that a page has for previews elsewhere (OpenGraph): often all that is told to readers without a login."""

from collections.abc import Callable
from typing import Final

from archiver.model.post import Found, Media, Missing, Post
from archiver.platforms.files import Files
from archiver.platforms.html import Element

CUT: Final = "the page tells it only as a preview, in words for readers, which may be cut"


def own_address(page: Element, is_mine: Callable[[str], bool]) -> Found[str] | None:
    """Return the address that the page names as its own, None where that is not the one of the post."""
    for selector, name in (('meta[property="og:url"]', "content"), ('link[rel="canonical"]', "href")):
        found = page.first(selector).attribute(name)
        if found is not None and is_mine(found.value):
            return found
    return None


def shows(page: Element, is_mine: Callable[[str], bool]) -> bool:
    """Return whether the page names the address of the post as its own, and has a preview of it."""
    return own_address(page, is_mine) is not None and any(_told(page, name) for name in ("title", "description"))


def post_of(page: Element, is_mine: Callable[[str], bool], files: Files) -> tuple[Post, tuple[Missing, ...]]:
    """Return what the preview tells, and what it does not."""
    pictures = files.renditions(_told(page, "image"), "preview")
    missing = (
        Missing("the text as such, the time, the numbers, the files", CUT, page.exchange),
        Missing("which picture it is", "the picture of a preview may be that of the account", page.exchange),
    )
    post = Post(
        "Note",
        url=own_address(page, is_mine),
        name=_told(page, "title"),
        summary=_told(page, "description"),
        attachment=(Media("Image", renditions=pictures),) if pictures else (),
    )
    return post, missing[: 2 if pictures else 1]


def _told(page: Element, name: str) -> Found[str] | None:
    return page.first(f'meta[property="og:{name}"]').attribute("content")
