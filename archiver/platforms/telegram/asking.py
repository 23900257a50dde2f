"""What is asked of t.me, and in which order: one page at a time, none after a refusal."""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.platforms.html import Element
from archiver.platforms.telegram.media import Files, file_urls
from archiver.platforms.telegram.message import is_withheld, post_of
from archiver.platforms.telegram.standing import CLOSED, is_refusal
from archiver.platforms.telegram.widget import Message, Pages, pages_in

MAX_COMMENTS: Final = 100  # the most that the page of a discussion has been seen to give at once

_SITE: Final = "https://t.me"


def first_of(key: PostKey) -> tuple[Target, ...]:
    """Return what is asked first: the message, the discussion where a comment is meant, or the page of the name."""
    if key.kind in CLOSED:
        return (Target("card", f"{_SITE}{key.part('page')}", redirects=False),)
    if key.kind == "channel":
        return (_card(key),)
    if key.kind == "comment":
        return (_discussion(key, 1),)
    return (_embed(key),)


def next_of(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return the next page that is missing, then the files; nothing after a refusal."""
    if key.kind in CLOSED or any(is_refusal(each) for each in seen):
        return ()
    pages = pages_in(seen)
    asked = {each.role for each in seen}
    if not asked or all(not each.status for each in seen):
        return ()  # nothing was asked, or nothing answers
    for target in _pages(key, access, pages):
        if target.role not in asked:
            return (target,)
    if access.media and "media" not in asked:
        return tuple(Target("media", url) for message in _meant(key, pages) for url in file_urls(message))
    return ()


def comments_asked(url: str) -> int:
    """Return how many comments the address of a discussion asks for, 0 where it is none."""
    try:
        asked = dict(parse_qsl(urlsplit(url).query)[:50]).get("comments_limit", "")
    except ValueError:
        return 0
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 3 else 0


def _pages(key: PostKey, access: Access, pages: Pages) -> tuple[Target, ...]:
    if key.kind == "comment":
        return (_embed(key), _card(key))
    around = Target("around", f"{_SITE}/s/{key.part('name')}", redirects=False)
    if key.kind == "channel":
        return (around,)
    targets = [Target("around", f"{around.url}/{key.part('number')}", redirects=False), _card(key)]
    meant = _meant(key, pages)
    if any(is_withheld(post_of(each, Files())) for each in meant):
        targets.append(Target("words", f"{_SITE}/{_where(key)}", redirects=False))
    if meant and access.replies > 0 and access.depth > 0:
        targets.append(_discussion(key, min(access.replies, MAX_COMMENTS)))
    return tuple(targets)


def _meant(key: PostKey, pages: Pages) -> tuple[Message, ...]:
    """Return the message whose files are wanted: the one that is meant, none for a channel."""
    if key.kind == "comment":
        comment: Element = pages.comment(key.part("comment"))
        return (Message(comment, "", 0, frozenset()),) if comment else ()
    found = (pages.post(key, role) for role in ("embed", "around"))
    return tuple(each for each in found if each is not None)[:1] if key.kind == "post" else ()


def _embed(key: PostKey) -> Target:
    return Target("embed", f"{_SITE}/{_where(key)}?embed=1&mode=tme")


def _card(key: PostKey) -> Target:
    return Target("card", f"{_SITE}/{key.part('name')}", redirects=False)


def _discussion(key: PostKey, limit: int) -> Target:
    comment = f"&comment={key.part('comment')}" if key.part("comment") else ""
    return Target("discussion", f"{_SITE}/{_where(key)}?embed=1&discussion=1{comment}&comments_limit={limit}")


def _where(key: PostKey) -> str:
    return f"{key.part('name')}/{key.part('number')}"
