"""A note of the API of Misskey and what came of it (Sharkey, Firefish, Iceshrimp) as a post.

https://misskey.io/api-doc, notes/show. Its text is in the markup of Misskey, which is left as it stands.
"""

from typing import Final

from archiver.model.post import Actor, Choice, Content, Count, Found, Media, Poll, Post, Tag
from archiver.platforms.files import OF_ANOTHER
from archiver.platforms.mastodon.answers import is_note
from archiver.platforms.mastodon.files import SMALLER, Files, type_of
from archiver.platforms.mastodon.status import MAX_LIST
from archiver.platforms.moments import rfc3339
from archiver.platforms.reading import Doc

NO_SUCH: Final = "NO_SUCH_NOTE"


def post_of_note(note: Doc, files: Files, *, why: str = "", deep: bool = True) -> Post:
    """Return the post that a note tells; `why` is said of its files; with `deep` also what it shares or quotes."""
    text, renote = note.at("text").words, note.at("renote")
    shares = is_note(renote)
    origin = (post_of_note(renote, files, why=OF_ANOTHER if text else "", deep=False),) if shares and deep else ()
    return Post(
        type="Question" if note.at("poll", "choices").items else "Note",
        id=note.at("uri").words,
        url=note.at("url").words,
        attributed_to=_actor(note.at("user")),
        published=rfc3339(note.at("createdAt").words),
        updated=rfc3339(note.at("updatedAt").words),
        summary=note.at("cw").words,
        content=Content(text) if text is not None else None,
        in_reply_to=note.at("reply", "uri").words or note.at("replyId").id,
        relation=("quote" if text is not None else "repost") if shares else "",
        origin=origin,
        attachment=tuple(_media(each, files, why) for each in note.at("files").items[:MAX_LIST]),
        tag=tuple(Tag("Hashtag", each.words) for each in note.at("tags").items[:MAX_LIST] if each.words is not None),
        counts=_counts(note),
        poll=_poll(note.at("poll")),
        visibility=note.at("visibility").words,
    )


def note_file_urls(note: Doc) -> tuple[str, ...]:
    """Return the addresses of the files of a note."""
    urls = (each.at("url").words for each in note.at("files").items[:MAX_LIST])
    return tuple(dict.fromkeys(url.value for url in urls if url is not None))


def _actor(user: Doc) -> Actor:
    bot = user.at("isBot").value is True
    url: Found[str] | None = user.at("uri").words or user.at("url").words
    return Actor(
        "Service" if bot else "Person", user.at("id").id, user.at("username").words, user.at("name").words, url
    )


def _counts(note: Doc) -> tuple[Count, ...]:
    told = [("replies", note.at("repliesCount").integer), ("shares", note.at("renoteCount").integer)]
    told += [(name[:100], place.integer) for name, place in note.at("reactions").members[:MAX_LIST]]
    clean = ((name.encode("utf-8", "replace").decode("utf-8"), value) for name, value in told)
    return tuple(Count(name, value) for name, value in clean if value is not None)


def _media(each: Doc, files: Files, why: str) -> Media:
    mime, url, thumb = each.at("type").words, each.at("url").words, each.at("thumbnailUrl").words
    width, height = each.at("properties", "width").integer, each.at("properties", "height").integer
    renditions = []
    if url is not None:
        renditions.append(files.rendition(url, "original", media_type=mime, width=width, height=height, why=why))
    if thumb is not None and (url is None or thumb.value != url.value):
        renditions.append(files.rendition(thumb, "thumb", why=SMALLER))
    return Media(
        type=type_of(mime.value if mime is not None else ""),
        kind=mime,
        id=each.at("id").id,
        name=each.at("name").words,
        description=each.at("comment").words,
        renditions=tuple(renditions),
        why="" if renditions else "the server names no file",
    )


def _poll(poll: Doc) -> Poll | None:
    choices = []
    for each in poll.at("choices").items[:MAX_LIST]:
        name, votes = each.at("text").text, each.at("votes").integer
        if name is not None:
            choices.append(Choice(name, Count("votes", votes) if votes is not None else None))
    return Poll(choices=tuple(choices), end_time=rfc3339(poll.at("expiresAt").words)) if choices else None
