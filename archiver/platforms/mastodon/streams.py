"""An object of ActivityStreams 2.0, as servers hand it to each other, as a post.

https://www.w3.org/TR/activitystreams-vocabulary/; what servers add to it: docs/spec/platforms/mastodon.md.
"""

from typing import Final

from archiver.model.post import Actor, Choice, Count, Found, Media, Moment, Poll, Post, PostType, Rendition, Tag
from archiver.platforms.mastodon.answers import STREAMS
from archiver.platforms.mastodon.files import Files, type_of
from archiver.platforms.mastodon.status import MAX_LIST
from archiver.platforms.mastodon.words import content_of
from archiver.platforms.moments import rfc3339
from archiver.platforms.reading import Doc

_PUBLIC: Final = frozenset({f"{STREAMS}#Public", "as:Public", "Public"})
_TYPES: Final[dict[str, PostType]] = {
    "Note": "Note", "Question": "Question", "Article": "Article", "Page": "Page", "Video": "Video", "Audio": "Audio",
    "Image": "Image", "Tombstone": "Tombstone",
}  # fmt: skip
_COUNTS: Final = (("replies", "replies"), ("likes", "likes"), ("shares", "shares"))
_QUOTES: Final = ("quote", "quoteUri", "quoteUrl", "_misskey_quote")


def post_of_object(found: Doc, files: Files) -> Post:
    """Return the post that an object tells; of a `Tombstone` its id and the time of the removal, where it says one."""
    kind = _TYPES.get(str(found.at("type").value), "Note")
    if kind == "Tombstone":
        return Post(type=kind, id=found.at("id").words, updated=rfc3339(found.at("deleted").words))
    quoted = next((place for name in _QUOTES if (place := link_of(found.at(name))) is not None), None)
    return Post(
        type=kind,
        id=found.at("id").words,
        url=_page_of(found.at("url")),
        attributed_to=_actor(found.at("attributedTo")),
        published=rfc3339(found.at("published").words),
        updated=rfc3339(found.at("updated").words),
        name=found.at("name").words,
        summary=found.at("summary").words,
        content=content_of(found.at("content").words or _only(found.at("contentMap")), _language(found)),
        sensitive=found.at("sensitive").boolean,
        in_reply_to=link_of(found.at("inReplyTo")),
        relation="quote" if quoted is not None else "",
        origin=(Post(type="Note", id=quoted),) if quoted is not None else (),
        attachment=_attachments(found, files),
        tag=_tags(found),
        counts=_counts(found),
        poll=_poll(found),
        visibility=_visibility(found),
    )


def object_file_urls(found: Doc) -> tuple[str, ...]:
    """Return the addresses of the files of an object."""
    urls = (url for each in _files(found) for url in _links(each.at("url")))
    return tuple(dict.fromkeys(url.value for url in urls))


def link_of(place: Doc) -> Found[str] | None:
    """Return the address that stands here, by itself, in an object, or first in a list."""
    for each in (place, *place.items[:1]):
        found = each.words or each.at("id").words or each.at("href").words
        if found is not None:
            return found
    return None


def _links(place: Doc) -> tuple[Found[str], ...]:
    found = (link_of(each) for each in (place.items[:MAX_LIST] if place.items else (place,)))
    return tuple(each for each in found if each is not None)


def _page_of(place: Doc) -> Found[str] | None:
    for each in place.items[:MAX_LIST]:
        if each.at("mediaType").value == "text/html":
            return each.at("href").words
    return link_of(place)


def _actor(place: Doc) -> Actor | None:
    found = link_of(place)
    return Actor("Person", id=found) if found is not None else None


def _only(names: Doc) -> Found[str] | None:
    members = names.members
    return members[0][1].words if len(members) == 1 else None


def _language(found: Doc) -> Found[str] | None:
    members = found.at("contentMap").members
    if len(members) != 1 or not members[0][0] or len(members[0][0]) > 35:
        return None
    name, place = members[0]
    return Found(name.encode("utf-8", "replace").decode("utf-8"), place.exchange, place.pointer)


def _visibility(found: Doc) -> Found[str] | None:
    for name, meaning in (("to", "public"), ("cc", "unlisted")):
        for place in (found.at(name), *found.at(name).items[:MAX_LIST]):
            if place.text is not None and place.text.value in _PUBLIC:
                return Found(meaning, place.exchange, place.pointer)
    return None


def _counts(found: Doc) -> tuple[Count, ...]:
    told = ((name, found.at(place, "totalItems").integer) for name, place in _COUNTS)
    return tuple(Count(name, value) for name, value in told if value is not None)


def _files(found: Doc) -> tuple[Doc, ...]:
    place = found.at("attachment")
    return tuple(each for each in (place.items[:MAX_LIST] or (place,)) if each.at("url") and each.at("type").text)


def _attachments(found: Doc, files: Files) -> tuple[Media, ...]:
    media = [_media(each, files) for each in _files(found)]
    links = (each for each in found.at("attachment").items[:MAX_LIST] if each.at("type").value == "Link")
    return (*media, *(Media("Link", each.at("type").words, url=each.at("href").words) for each in links))


def _media(each: Doc, files: Files) -> Media:
    mime, kind = each.at("mediaType").words, each.at("type").words
    width, height = each.at("width").integer, each.at("height").integer
    renditions: tuple[Rendition, ...] = tuple(
        files.rendition(url, "original", media_type=mime, width=width, height=height) for url in _links(each.at("url"))
    )
    told = mime or kind
    return Media(
        type=type_of(told.value if told is not None else ""),
        kind=kind,
        description=each.at("name").words or each.at("summary").words,
        renditions=renditions,
        why="" if renditions else "the object names no file",
    )


def _tags(found: Doc) -> tuple[Tag, ...]:
    place = found.at("tag")
    tags = []
    for each in place.items[:MAX_LIST] or (place,):
        name, href = each.at("name").words, each.at("href").words
        if each.at("type").value == "Mention":
            tags.append(Tag("Mention", name, href))
        elif each.at("type").value == "Hashtag":
            tags.append(Tag("Hashtag", name, href))
    return tuple(tags)


def _poll(found: Doc) -> Poll | None:
    options = found.at("oneOf").items or found.at("anyOf").items
    choices = []
    for each in options[:MAX_LIST]:
        name, votes = each.at("name").text, each.at("replies", "totalItems").integer
        if name is not None:
            choices.append(Choice(name, Count("votes", votes) if votes is not None else None))
    end: Moment | None = rfc3339(found.at("endTime").words) or rfc3339(found.at("closed").words)
    return Poll(choices=tuple(choices), end_time=end) if choices else None
