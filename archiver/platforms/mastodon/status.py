"""A status of the client API of Mastodon, which Pleroma and others have too, as a post.

https://docs.joinmastodon.org/entities/Status/
"""

from dataclasses import dataclass, replace
from typing import Final

from archiver.model.post import Actor, Choice, Count, Edit, Found, Media, Moment, Poll, Post, RenditionRole, Tag
from archiver.platforms.files import OF_ANOTHER
from archiver.platforms.mastodon.answers import is_status
from archiver.platforms.mastodon.files import OF_A_LINK, SMALLER, Files, type_of
from archiver.platforms.mastodon.words import content_of
from archiver.platforms.moments import rfc3339
from archiver.platforms.reading import Doc

MAX_LIST: Final = 100  # attachments, mentions, tags, reactions, versions of one post

_COUNTS: Final = (
    ("replies", "replies_count"),
    ("shares", "reblogs_count"),
    ("likes", "favourites_count"),
    ("quotes", "quotes_count"),
)


@dataclass(frozen=True, slots=True)
class Parents:
    """The addresses of statuses by their ids on one server: `in_reply_to_id` says no more than such an id."""

    uris: dict[str, Found[str]]

    @classmethod
    def among(cls, statuses: tuple[Doc, ...]) -> "Parents":
        """Return those of `statuses`."""
        pairs = ((each.at("id").id, each.at("uri").words) for each in statuses)
        return cls({number.value: uri for number, uri in pairs if number is not None and uri is not None})

    def of(self, status: Doc) -> Found[str] | None:
        """Return the address of what `status` answers, else its id as told."""
        told = status.at("in_reply_to_id").id
        return self.uris.get(told.value, told) if told is not None else None


def post_of_status(
    status: Doc, files: Files, parents: Parents | None = None, *, why: str = "", deep: bool = True
) -> Post:
    """Return the post that a status tells. `why` is said of its files; with `deep` also what it shares or quotes."""
    reblog = status.at("reblog")
    post = Post(
        type="Question" if status.at("poll", "options").items else "Note",
        id=status.at("uri").words,
        url=status.at("url").words,
        attributed_to=actor_of(status.at("account")),
        published=rfc3339(status.at("created_at").words),
        in_reply_to=(parents or Parents({})).of(status),
        counts=_counts(status),
        visibility=status.at("visibility").words,
        generator=status.at("application", "name").words,
    )
    if is_status(reblog):  # the words of a boost are those of the other post: they are said there alone
        origin = post_of_status(reblog, files, deep=False) if deep else _named(reblog)
        return replace(post, type="Note", relation="repost", origin=(origin,))
    quoted = quoted_in(status)
    origins = () if quoted is None else (_quoted(quoted, files, deep=deep),)
    return replace(
        post,
        updated=rfc3339(status.at("edited_at").words),
        summary=status.at("spoiler_text").words,
        content=content_of(status.at("content").words, status.at("language").words),
        sensitive=status.at("sensitive").boolean,
        relation="quote" if origins or status.at("quote", "state").words else "",
        origin=origins,
        attachment=_attachments(status, files, why),
        tag=_tags(status),
        poll=_poll(status.at("poll")),
    )


def quoted_in(status: Doc) -> Doc | None:
    """Return the status, or the id of the status, that a status quotes; None where none is shown."""
    quote = status.at("quote")
    for place in (quote.at("quoted_status"), quote, status.at("pleroma", "quote")):
        if is_status(place):
            return place
    for place in (quote.at("quoted_status_id"), status.at("pleroma", "quote_url"), status.at("quote_id")):
        if place.id is not None:
            return place
    return None


def edits_of(history: Doc) -> tuple[Edit, ...]:
    """Return the versions of a post, the first one first, as the answer lists them."""
    return tuple(
        Edit(rfc3339(each.at("created_at").words), content)
        for each in history.items[:MAX_LIST]
        if (content := content_of(each.at("content").text)) is not None
    )


def actor_of(account: Doc) -> Actor:
    """Return who an account is."""
    group, bot = account.at("group").value is True, account.at("bot").value is True
    return Actor(
        type="Group" if group else "Service" if bot else "Person",
        id=account.at("uri").words or account.at("id").id,
        preferred_username=account.at("username").words or account.at("acct").words,
        name=account.at("display_name").words,
        url=account.at("url").words,
        published=_day(rfc3339(account.at("created_at").words)),
    )


def file_urls(status: Doc) -> tuple[str, ...]:
    """Return the addresses of the files of a status: of each the one at its origin, then the copy that is shown."""
    found = []
    for each in status.at("media_attachments").items[:MAX_LIST]:
        found += [place.value for place in (each.at("remote_url").words, each.at("url").words) if place is not None]
    return tuple(dict.fromkeys(found))


def _quoted(quoted: Doc, files: Files, *, deep: bool) -> Post:
    if is_status(quoted):
        return post_of_status(quoted, files, why=OF_ANOTHER, deep=False) if deep else _named(quoted)
    return Post(type="Note", id=quoted.id)


def _named(status: Doc) -> Post:
    return Post(type="Note", id=status.at("uri").words, url=status.at("url").words)


def _day(moment: Moment | None) -> Moment | None:
    # Servers tell the day alone, spelled as its midnight.
    if moment is not None and moment.value.endswith("T00:00:00Z"):
        return replace(moment, precision="day")
    return moment


def _counts(status: Doc) -> tuple[Count, ...]:
    told = [(name, status.at(place).integer) for name, place in _COUNTS]
    reactions = status.at("pleroma", "emoji_reactions").items[:MAX_LIST]
    told += [
        (name.value, each.at("count").integer) for each in reactions if (name := each.at("name").words) is not None
    ]
    return tuple(Count(name[:100], value) for name, value in told if value is not None)


def _attachments(status: Doc, files: Files, why: str) -> tuple[Media, ...]:
    found = [_media(each, files, why) for each in status.at("media_attachments").items[:MAX_LIST]]
    card = status.at("card")
    if card.at("url").words is not None:
        image = card.at("image").words
        shown = () if image is None else (files.rendition(image, "preview", why=OF_A_LINK),)
        words = (card.at("title").words, card.at("description").words, card.at("url").words)
        found.append(Media("Link", card.at("type").words, None, *words, renditions=shown))
    return tuple(found)


def _media(media: Doc, files: Files, why: str) -> Media:
    kind = media.at("type").words
    mime = media.at("pleroma", "mime_type").words
    remote, shown, preview = (media.at(name).words for name in ("remote_url", "url", "preview_url"))
    size = media.at("meta", "original")
    renditions = []
    width, height = size.at("width").integer, size.at("height").integer
    if remote is not None:
        renditions.append(files.rendition(remote, "original", media_type=mime, width=width, height=height, why=why))
    if shown is not None and (remote is None or shown.value != remote.value):
        role: RenditionRole = "original" if remote is None else "best"
        renditions.append(files.rendition(shown, role, media_type=mime, width=width, height=height, why=why))
    if preview is not None and preview.value not in [each.url.value for each in renditions]:
        small = media.at("meta", "small")
        width, height = small.at("width").integer, small.at("height").integer
        renditions.append(files.rendition(preview, "preview", width=width, height=height, why=SMALLER))
    return Media(
        type=type_of(kind.value if kind is not None else ""),
        kind=kind,
        id=media.at("id").id,
        description=media.at("description").words,
        duration=seconds_of(size.at("duration")) or seconds_of(media.at("meta", "duration")),
        renditions=tuple(renditions),
        why="" if renditions else "the server names no file: it has not fetched it, or does not hand it out",
    )


def seconds_of(place: Doc) -> Found[int] | None:
    """Return whole seconds; parts of one are left out."""
    number = place.number
    whole = number.value.partition(".")[0] if number is not None else ""
    if number is None or not (whole.isascii() and whole.isdigit() and len(whole) < 10):
        return None
    return Found(int(whole), number.exchange, number.at)


def _tags(status: Doc) -> tuple[Tag, ...]:
    mentions = [Tag("Mention", each.at("acct").words, each.at("url").words) for each in status.at("mentions").items]
    hashtags = [Tag("Hashtag", each.at("name").words, each.at("url").words) for each in status.at("tags").items]
    return (*mentions[:MAX_LIST], *hashtags[:MAX_LIST])


def _poll(poll: Doc) -> Poll | None:
    if not poll.at("options"):
        return None
    choices = []
    for each in poll.at("options").items[:MAX_LIST]:
        name, votes = each.at("title").text, each.at("votes_count").integer
        if name is not None:
            choices.append(Choice(name, Count("votes", votes) if votes is not None else None))
    total = poll.at("votes_count").integer
    return Poll(
        choices=tuple(choices),
        total=Count("votes", total) if total is not None else None,
        end_time=rfc3339(poll.at("expires_at").words),
    )
