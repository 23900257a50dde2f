"""A post as X's API v2 tells it, which X documents: what belongs to it lies beside it, under `includes`."""

from dataclasses import dataclass, replace
from typing import Final

from archiver.model.post import Actor, Content, Count, Found, Media, Place, Post
from archiver.platforms.files import Files
from archiver.platforms.reading import Doc
from archiver.platforms.x.answers import versions
from archiver.platforms.x.cards import poll_by_api
from archiver.platforms.x.media import MAX_MEDIA, media_by_api
from archiver.platforms.x.notes import Notes, Told
from archiver.platforms.x.values import actor, count, created, page_of, plain, source, tags

WHERE: Final = "the API"

_COUNTS: Final = (
    ("bookmarks", "bookmark_count"), ("likes", "like_count"), ("quotes", "quote_count"), ("replies", "reply_count"),
    ("shares", "retweet_count"), ("views", "impression_count"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Includes:
    """What lies beside the posts of an answer, by its numbers."""

    users: dict[str, Doc]
    posts: dict[str, Doc]
    media: dict[str, Doc]
    polls: dict[str, Doc]
    places: dict[str, Doc]

    @classmethod
    def of(cls, answer: Doc) -> "Includes":
        """Return what lies beside the posts of `answer`."""
        beside = answer.at("includes")
        return cls(
            _by(beside.at("users"), "id"),
            _by(beside.at("tweets"), "id"),
            _by(beside.at("media"), "media_key"),
            _by(beside.at("polls"), "id"),
            _by(beside.at("places"), "id"),
        )


def told_by_api(tweet: Doc, includes: Includes, files: Files, notes: Notes) -> Told:
    """Return the post in `tweet`, with what it shares and answers."""
    long, short = tweet.at("note_tweet", "text").words, tweet.at("text").words
    if long is not None and short is not None and plain(long) != plain(short):
        notes.warns(f"{WHERE} tells the text in two lengths (exchange {long.exchange}); the one at {long.at} is taken")
    post = post_by_api(tweet, includes, files)
    for named in tweet.at("referenced_tweets").items[:10]:
        number, kind = named.at("id").id, named.at("type").value
        if number is None:
            continue
        told = includes.posts.get(number.value)
        other = post_by_api(told, includes, None) if told is not None else Post("Note", number, page_of(None, number))
        if kind == "replied_to":
            context = (other,) if told is not None else ()
            post = replace(post, context=context)
        elif kind in ("quoted", "retweeted"):
            if told is None:
                notes.lacks(
                    "the quoted post" if kind == "quoted" else "the reposted post",
                    "X does not show it",
                    number.exchange,
                )
            post = replace(post, relation="quote" if kind == "quoted" else "repost", origin=(other,))
    return Told(post, WHERE, tweet.exchange, False, versions(tweet))


def post_by_api(tweet: Doc, includes: Includes, files: Files | None) -> Post:
    """Return a post by itself; `files` is None for one of which no files are asked for."""
    number, author = tweet.at("id").id, _actor(tweet, includes)
    long = tweet.at("note_tweet")
    is_long = long.at("text").words is not None
    numbers = versions(tweet)
    poll = next(
        (told for each in _named(tweet.at("attachments", "poll_ids"), includes.polls) if (told := poll_by_api(each))),
        None,
    )
    return Post(
        "Note" if poll is None else "Question",
        number,
        page_of(author.preferred_username if author is not None else None, number),
        author,
        published=created(tweet.at("created_at")),
        edited=Found(True, numbers[-1].exchange, numbers[-1].at) if len(numbers) > 1 else None,
        content=Content(long.at("text").words or tweet.at("text").text, language=tweet.at("lang").words),
        sensitive=tweet.at("possibly_sensitive").boolean,
        in_reply_to=answered(tweet),
        attachment=_media(tweet, includes, files),
        tag=tags(long.at("entities") if is_long else tweet.at("entities")),
        counts=_counts(tweet.at("public_metrics")),
        poll=poll,
        location=_place(tweet, includes),
        generator=source(tweet.at("source")),
    )


def answered(tweet: Doc) -> Found[str] | None:
    """Return the number of the post that a post answers, None where it answers none."""
    named = tweet.at("referenced_tweets").items[:10]
    return next((each.at("id").id for each in named if each.at("type").value == "replied_to"), None)


def _actor(tweet: Doc, includes: Includes) -> Actor | None:
    number = tweet.at("author_id")
    user = includes.users.get(number.id.value) if number.id is not None else None
    if user is None:
        return Actor("Person", number.id) if number.id is not None else None
    nothing = Doc(None, user.exchange)
    kind = user.at("verified_type")
    is_organisation = kind.value in ("business", "government")
    return actor(
        user.at("id"), user.at("username"), user.at("name"), user.at("created_at"), user.at("verified"), nothing,
        kind if is_organisation else nothing,
    )  # fmt: skip


def _media(tweet: Doc, includes: Includes, files: Files | None) -> tuple[Media, ...]:
    named = _named(tweet.at("attachments", "media_keys"), includes.media)
    return tuple(media_by_api(each, files) for each in named[:MAX_MEDIA])


def _counts(metrics: Doc) -> tuple[Count, ...]:
    return tuple(each for name, member in _COUNTS for each in count(name, metrics.at(member)))


def _place(tweet: Doc, includes: Includes) -> Place | None:
    number = tweet.at("geo", "place_id").id
    place = includes.places.get(number.value) if number is not None else None
    name = place.at("full_name").words or place.at("name").words if place is not None else None
    longitude, latitude = (tweet.at("geo", "coordinates", "coordinates", n).number for n in (0, 1))
    if longitude is None or latitude is None:
        return Place(name) if name is not None else None
    return Place(name, latitude, longitude)


def _named(numbers: Doc, beside: dict[str, Doc]) -> list[Doc]:
    found = (each.id for each in numbers.items[:MAX_MEDIA])
    return [beside[each.value] for each in found if each is not None and each.value in beside]


def _by(listed: Doc, member: str) -> dict[str, Doc]:
    return {number.value: each for each in listed.items if (number := each.at(member).id) is not None}
