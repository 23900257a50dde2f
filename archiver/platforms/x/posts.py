"""A post as GraphQL and the syndication tell it: two shapes that have most names in common."""

from dataclasses import replace
from typing import Final

from archiver.model.post import Actor, Content, Count, Found, Place, Post
from archiver.platforms.files import Files
from archiver.platforms.reading import Doc
from archiver.platforms.x.answers import inner, versions
from archiver.platforms.x.cards import link_of, note_of, poll_of
from archiver.platforms.x.media import media_of
from archiver.platforms.x.notes import Notes, Told
from archiver.platforms.x.values import actor, code, count, created, page_of, plain, source, tags

MAX_DEEP: Final = 2  # posts within posts that are read: a quote in a repost

_LONG: Final = ("note_tweet", "note_tweet_results", "result")
_GONE: Final = frozenset({"TweetTombstone", "TweetUnavailable"})
_COUNTS: Final = (
    ("likes", "favorite_count"), ("shares", "retweet_count"), ("replies", "reply_count"), ("quotes", "quote_count"),
    ("bookmarks", "bookmark_count"), ("replies", "conversation_count"),
)  # fmt: skip


def told_by(result: Doc, where: str, files: Files, notes: Notes) -> Told:
    """Return the post in `result`, with what it says of itself; `where` names the answer, in words."""
    base = inner(result)
    long, short = base.at(*_LONG, "text").words, _legacy(base).at("full_text").words
    if long is not None and short is not None and plain(long) != plain(short):
        notes.warns(f"{where} tells the text in two lengths (exchange {long.exchange}); the one at {long.at} is taken")
    cut = long is None and bool(base.at("note_tweet"))
    return Told(post_in(result, files, notes, MAX_DEEP), where, base.exchange, cut, versions(base))


def post_in(result: Doc, files: Files | None, notes: Notes, deep: int) -> Post:
    """Return a post; `files` is None for one of which no files are asked for."""
    base = inner(result)
    legacy, user = _legacy(base), _user(base)
    number, author = legacy.at("id_str").id or base.at("rest_id").id, _actor(user)
    long = base.at(*_LONG)
    entities = long.at("entity_set") if long.at("text").words else legacy.at("entities")
    cards = (base.at("card", "legacy"), base.at("tweet_card", "legacy"), legacy.at("card"))
    card = next((each for each in cards if each.at("name").words), Doc(None, base.exchange))
    poll, parent = poll_of(card), base.at("parent")
    post = Post(
        "Note" if poll is None else "Question",
        number,
        page_of(author.preferred_username if author is not None else None, number),
        author,
        published=created(legacy.at("created_at")),
        edited=_edited(base),
        content=Content(long.at("text").words or _short(legacy), language=legacy.at("lang").words),
        sensitive=_sensitive(legacy),
        in_reply_to=legacy.at("in_reply_to_status_id_str").words,
        attachment=(*media_of(legacy, files), *link_of(card, files), *note_of(base)),
        tag=tags(entities),
        counts=_counts(base, legacy),
        poll=poll,
        location=_place(legacy),
        visibility=_visibility(result, user),
        generator=source(base.at("source") if base.at("source") else legacy.at("source")),
        context=(post_in(parent, None, notes, deep - 1),) if parent and deep > 0 else (),
    )
    return _with_origin(post, base, legacy, notes, deep)


def _legacy(base: Doc) -> Doc:
    """Return where most members stand: one step below in GraphQL, at the top in the syndication."""
    return base.at("legacy") if base.at("legacy") else base


def _short(legacy: Doc) -> Found[str] | None:
    return legacy.at("full_text").text or legacy.at("text").text


def _user(base: Doc) -> Doc:
    for each in (base.at("core", "user_results", "result"), base.at("core", "user_result", "result")):
        if each:
            return each
    return base.at("user")


def _actor(user: Doc) -> Actor | None:
    """Return the author; newer answers have moved names and marks from `legacy` to places of their own."""

    def first(*places: tuple[str, ...]) -> Doc:
        found = (user.at(*place) for place in places)
        return next((each for each in found if each), Doc(None, user.exchange))

    return actor(
        first(("rest_id",), ("id_str",)),
        first(("core", "screen_name"), ("legacy", "screen_name"), ("screen_name",)),
        first(("core", "name"), ("legacy", "name"), ("name",)),
        first(("core", "created_at"), ("legacy", "created_at")),
        first(("verification", "verified"), ("legacy", "verified"), ("verified",)),
        first(("is_blue_verified",), ("verification", "is_blue_verified")),
        first(("verification", "verified_type"), ("legacy", "verified_type"), ("verified_type",)),
    )


def _edited(base: Doc) -> Found[bool] | None:
    numbers = versions(base)
    if len(numbers) > 1:
        return Found(True, numbers[-1].exchange, numbers[-1].at)
    return base.at("isEdited").boolean


def _sensitive(legacy: Doc) -> Found[bool] | None:
    told = legacy.at("possibly_sensitive").boolean
    if told is not None and told.value:
        return told
    for media in (*legacy.at("extended_entities", "media").items[:20], *legacy.at("mediaDetails").items[:20]):
        for _, warning in media.at("sensitive_media_warning").members:
            if warning.value is True:
                return warning.boolean
    return told


def _counts(base: Doc, legacy: Doc) -> tuple[Count, ...]:
    found = {each.name: each for name, member in reversed(_COUNTS) for each in count(name, legacy.at(member))}
    views = count("views", base.at("views", "count")) or count("views", base.at("view_count_info", "count"))
    return (*sorted(found.values(), key=lambda each: each.name), *views)


def _place(legacy: Doc) -> Place | None:
    place = legacy.at("place")
    name = place.at("full_name").words or place.at("name").words
    longitude, latitude = (legacy.at("coordinates", "coordinates", n).number for n in (0, 1))
    if longitude is None or latitude is None:
        latitude, longitude = (legacy.at("geo", "coordinates", n).number for n in (0, 1))
    if latitude is None or longitude is None:
        return Place(name) if name is not None else None
    return Place(name, latitude, longitude)


def _visibility(result: Doc, user: Doc) -> Found[str] | None:
    """Return that X limits what may be done with the post, or that the account is protected."""
    kind = result.at("__typename").words
    if kind is not None and kind.value == "TweetWithVisibilityResults":
        return kind
    for place in (user.at("privacy", "protected"), user.at("legacy", "protected")):
        if place.value is True:
            return Found("protected", place.exchange, place.pointer)
    return None


def _with_origin(post: Post, base: Doc, legacy: Doc, notes: Notes, deep: int) -> Post:
    """Return `post` with what it reposts or quotes, as far as it is told."""
    reposted = (legacy.at("retweeted_status_result", "result"), legacy.at("retweeted_status_results", "result"))
    for each in reposted:
        if each and deep > 0:
            return replace(post, relation="repost", origin=(post_in(each, None, notes, deep - 1),))
    number = legacy.at("quoted_status_id_str").words
    places = (base.at("quoted_status_result", "result"), base.at("quoted_tweet_results", "result"))
    for each in (*places, base.at("quoted_tweet")):
        if _is_post(each) and deep > 0:
            return replace(post, relation="quote", origin=(post_in(each, None, notes, deep - 1),))
    if number is None:
        return post
    told = next((each for each in places if each), Doc(None, number.exchange))
    kind = told.at("__typename").value
    reason = code(told.at("reason"))
    notes.lacks("the quoted post", f"X does not show it{f' ({reason})' if reason else ''}", number.exchange)
    gone = kind in _GONE if isinstance(kind, str) else False
    origin = Post("Tombstone" if gone else "Note", number, page_of(None, number))
    return replace(post, relation="quote", origin=(origin,))


def _is_post(place: Doc) -> bool:
    found = inner(place)
    return bool(found.at("legacy", "id_str").id or found.at("rest_id").id or found.at("id_str").id)
