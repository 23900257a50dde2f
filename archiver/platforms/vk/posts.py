"""Posts, comments, photos, videos, topics and cards in the shape of the API, which newer pages hold as well.

Texts are kept as they come, with the marks `[id1|Name]` in them. Times are seconds since 1970, UTC, by VK's clock.
"""

import re
from dataclasses import replace
from typing import Final

from archiver.model.post import Content, Count, Found, Media, Place, Post, Tag
from archiver.platforms.files import NOT_ASKED, OTHER_SIZE, Files
from archiver.platforms.moments import unix
from archiver.platforms.reading import Doc
from archiver.platforms.vk.attachments import attachments, object_id, photo, poll_in, video
from archiver.platforms.vk.people import People, described, name_of, page_of

MAX_TAGS: Final = 1000  # of one text
MAX_ORIGINS: Final = 10  # posts that were shared one out of the other

_PORTRAITS: Final = ("photo_max_orig", "photo_max", "photo_200", "photo_100")

_MARK = re.compile(r"\[([^\[\]|]{1,300})\|([^\[\]|]{1,300})\]")
_ACCOUNT = re.compile(r"(?:(id)|club|public|event)([0-9]{1,18})(?::[^\[\]|]*)?")
_HASHTAG = re.compile(r"(?<!\w)#[\w@]{1,100}")


def wall_post(item: Doc, people: People, files: Files) -> Post:
    """Return a post on a wall, with what it shares; a comment where the number is that of one."""
    post = _entry(item, people, files)
    copies = item.at("copy_history").items[:MAX_ORIGINS]
    origin = tuple(replace(_entry(each, people, files), relation="repost") for each in copies)
    return replace(
        post,
        signed_by=people.actor(item.at("signer_id")),
        origin=origin,
        in_reply_to=item.at("post_id").id,
        location=_place(item.at("geo")),
        generator=item.at("post_source", "platform").words or item.at("post_source", "type").words,
    )


def comment(item: Doc, people: People, files: Files, post_url: str, above: Found[str] | None) -> Post:
    """Return a comment: one that was deleted as a Tombstone, for VK keeps its number and its time.

    `above` is what it answers where it does not say so itself.
    """
    number = item.at("id").id
    stack = item.at("parents_stack").items
    answers = item.at("reply_to_comment").id or (stack[-1].id if stack else None) or above
    separator = "&" if "?" in post_url else "?"
    name = "post" if "/topic" in post_url else "reply"
    url = Found(f"{post_url}{separator}{name}={number.value}", item.exchange, item.pointer) if number else None
    return Post(
        "Tombstone" if _true(item.at("deleted")) else "Note",
        number,
        url,
        people.actor(item.at("from_id")),
        published=unix(item.at("date").integer),
        content=_content(item.at("text")),
        in_reply_to=answers,
        attachment=attachments(item.at("attachments"), files),
        tag=_tags(item.at("text").text),
        counts=(*_counts(item), *_count("replies", item.at("thread", "count"))),
    )


def photo_post(item: Doc, people: People, files: Files) -> Post:
    """Return a photo as a post: its caption, who uploaded it, and the picture."""
    uploaded = item.at("user_id").integer
    by_person = uploaded is not None and uploaded.value not in (0, 100)  # 100 stands for the community itself
    return Post(
        "Image",
        item.at("id").id,
        _url("photo", item),
        people.actor(item.at("user_id" if by_person else "owner_id")),
        on_behalf_of=people.actor(item.at("owner_id")) if by_person and _owned_by_community(item) else None,
        published=unix(item.at("date").integer),
        content=_content(item.at("text")),
        in_reply_to=item.at("post_id").id,
        attachment=(photo(item, files),),
        tag=_tags(item.at("text").text),
        counts=_counts(item),
        location=_coordinates(item.at("lat"), item.at("long"), item.at("place").words),
    )


def video_post(item: Doc, people: People, files: Files) -> Post:
    """Return a video or clip as a post."""
    uploaded = item.at("user_id").integer is not None
    return Post(
        "Video",
        item.at("id").id,
        _url("video", item),
        people.actor(item.at("user_id" if uploaded else "owner_id")),
        on_behalf_of=people.actor(item.at("owner_id")) if uploaded and _owned_by_community(item) else None,
        published=unix(item.at("date").integer),
        name=item.at("title").words,
        summary=item.at("content_restricted_message").words,
        content=_content(item.at("description")),
        attachment=(video(item, files, item.at("type").words),),
        tag=_tags(item.at("description").text),
        counts=_counts(item),
        generator=item.at("platform").words,
    )


def topic_post(item: Doc, opening: Doc, people: People, files: Files, owner: Found[int] | None, url: str) -> Post:
    """Return a topic of a discussion board: its title, and its first message where that was told."""
    said = opening if opening else item
    text = opening.at("text") if opening else item.at("first_comment")
    author = opening.at("from_id") if opening else item.at("created_by")
    community = people.actor(Doc(owner.value, owner.exchange, owner.at)) if owner else None
    hangs = opening.at("attachments")
    return Post(
        "Note",
        item.at("id").id,
        Found(url, item.exchange, item.pointer),
        people.actor(author),
        on_behalf_of=community,
        published=unix(item.at("created").integer),
        updated=unix(item.at("updated").integer),
        name=item.at("title").words,
        content=_content(text),
        attachment=attachments(hangs, files),
        tag=_tags(text.text),
        counts=(*_counts(said if opening else Doc(None, item.exchange)), *_count("replies", item.at("comments"))),
        poll=poll_in(hangs),
    )


def card_post(card: Doc, owner: int, files: Files) -> Post:
    """Return what the card of a person or community tells."""
    number = card.at("id").integer
    signed = Found(owner, number.exchange, number.at) if number else None
    who = Doc(owner, card.exchange, f"{card.pointer}/id")
    closed = card.at("is_closed").integer or card.at("is_closed").boolean
    addresses = [url for name in _PORTRAITS if (url := card.at(name).words)]
    pictures = tuple(
        files.rendition(url, "preview" if n else "best", otherwise=OTHER_SIZE if n else NOT_ASKED)
        for n, url in enumerate(addresses)
    )
    return Post(
        "Tombstone" if card.at("deactivated").words else "Page",
        card.at("id").id,
        Found(page_of(owner), card.exchange, card.pointer),
        described(card, signed, who) if signed else None,
        name=name_of(card),
        summary=card.at("deactivated").words or card.at("status").words,
        content=_content(card.at("description")) or _content(card.at("about")),
        attachment=(Media("Image", renditions=pictures),) if pictures else (),
        tag=tuple(Tag("Link", href=url) for url in (card.at("site").words,) if url),
        counts=_count("followers", card.at("members_count")) or _count("followers", card.at("followers_count")),
        visibility=Found("closed", closed.exchange, closed.at) if closed and closed.value else None,
    )


def _entry(item: Doc, people: People, files: Files) -> Post:
    """Return what a post and one that it shares have in common."""
    hangs = item.at("attachments")
    text, source = item.at("text"), item.at("copyright")
    gone = _true(item.at("is_deleted"))
    credit = Tag("Link", source.at("name").words, source.at("link").words) if source.at("link").words else None
    return Post(
        "Tombstone" if gone else "Note",
        item.at("id").id,
        _url("wall", item),
        people.actor(item.at("from_id")),
        published=unix(item.at("date").integer),
        updated=unix(item.at("edited").integer),
        summary=item.at("deleted_reason").words
        or item.at("deleted_details").words
        or item.at("donut", "placeholder", "text").words,
        content=_content(text),
        attachment=attachments(hangs, files),
        tag=(*_tags(text.text), *((credit,) if credit else ())),
        counts=_counts(item),
        poll=poll_in(hangs),
    )


def _content(text: Doc) -> Content | None:
    return Content(text.text) if text.text is not None else None


def _tags(text: Found[str] | None) -> tuple[Tag, ...]:
    if text is None:
        return ()
    found: list[Tag] = []
    for match in _MARK.finditer(text.value):
        target, name = match[1], Found(match[2], text.exchange, text.at)
        account = _ACCOUNT.fullmatch(target)
        if account:
            leads = page_of(int(account[2]) if account[1] else -int(account[2]))
            found.append(Tag("Mention", name, Found(leads, text.exchange, text.at)))
        elif target.startswith(("http://", "https://")):
            found.append(Tag("Link", name, Found(target, text.exchange, text.at)))
        if len(found) >= MAX_TAGS:
            return tuple(found)
    for match in _HASHTAG.finditer(text.value):
        found.append(Tag("Hashtag", Found(match[0], text.exchange, text.at)))
        if len(found) >= MAX_TAGS:
            break
    return tuple(found)


def _counts(item: Doc) -> tuple[Count, ...]:
    found: list[Count] = []
    for name, member in (("likes", "likes"), ("shares", "reposts"), ("replies", "comments"), ("views", "views")):
        at = item.at(member)
        found += _count(name, at.at("count") if at.at("count") else at)
    for each in item.at("reactions", "items").items[:100]:
        kind = each.at("id").id
        found += _count(f"reaction {kind.value}", each.at("count")) if kind else ()
    return tuple(found)


def _count(name: str, at: Doc) -> tuple[Count, ...]:
    number = at.integer
    return (Count(name, number),) if number is not None and number.value >= 0 else ()


def _place(geo: Doc) -> Place | None:
    coordinates = geo.at("coordinates")
    name = geo.at("place", "title").words
    spelled = coordinates.words
    if spelled is not None:
        numbers = spelled.value.split()
        if len(numbers) != 2:
            return Place(name) if name else None
        latitude, longitude = (Found(each[:100], spelled.exchange, spelled.at) for each in numbers)
        return Place(name, latitude, longitude)
    return _coordinates(coordinates.at("latitude"), coordinates.at("longitude"), name)


def _coordinates(latitude: Doc, longitude: Doc, name: Found[str] | None) -> Place | None:
    if latitude.number is None or longitude.number is None:
        return Place(name) if name else None
    return Place(name, latitude.number, longitude.number)


def _url(kind: str, item: Doc) -> Found[str] | None:
    told = object_id(item)
    return Found(f"https://vk.com/{kind}{told.value}", told.exchange, told.at) if told else None


def _owned_by_community(item: Doc) -> bool:
    owner = item.at("owner_id").integer
    return owner is not None and owner.value < 0


def _true(at: Doc) -> bool:
    return bool(at.boolean and at.boolean.value)
