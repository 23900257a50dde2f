"""One post from what several answers of X tell of it, and sentences about where they differ."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Final

from archiver.model.post import Actor, Content, Found, Moment, Post
from archiver.platforms.moments import apart
from archiver.platforms.x.embedded import WHERE as OEMBED
from archiver.platforms.x.embedded import day_in
from archiver.platforms.x.notes import Told
from archiver.platforms.x.values import plain

SECONDS_APART: Final = 1.0  # GraphQL tells whole seconds, others parts of one

_OWN: Final = frozenset({"type", "content", "counts", "relation", "origin", "attributed_to"})


def merged(told: tuple[Told, ...]) -> Post | None:
    """Return the post as the first answer tells it whole, with what only others tell; None where none tells one.

    An answer that has the text cut off comes after those that have all of it; oEmbed only where there is no other.
    """
    ranked = in_order(told)
    if not ranked:
        return None
    post = ranked[0].post
    for each in ranked[1:]:
        post = _filled(post, each.post)
    return post


def in_order(told: tuple[Told, ...]) -> tuple[Told, ...]:
    """Return the answers that a post is made of, the one that counts most first."""
    full = sorted((each for each in told if each.where != OEMBED), key=lambda each: each.cut)
    return tuple(full) or told


def differences(told: tuple[Told, ...]) -> Iterator[str]:
    """Yield a sentence for everything that two answers tell in two ways; the first of them is the one that counts."""
    ranked = in_order(told)
    others = [*ranked[1:], *(each for each in told if each not in ranked)]
    for other in others:
        first = ranked[0]
        between = f"between {first.where} (exchange {first.exchange}) and {other.where} (exchange {other.exchange})"
        yield from (f"{words} {between}" for words in _differing(first, other))


def _filled(post: Post, other: Post) -> Post:
    """Return `post` with the members that it has not and `other` has. What is shared and how go together."""
    found = {
        each.name: getattr(other, each.name)
        for each in fields(Post)
        if each.name not in _OWN and getattr(post, each.name) in (None, (), "")
    }
    names = {each.name for each in post.counts}
    counts = (*post.counts, *(each for each in other.counts if each.name not in names))
    if not post.origin:
        found |= {"relation": other.relation, "origin": other.origin}
    kind = other.type if post.poll is None and other.poll is not None else post.type
    content, author = _content(post, other), _author(post.attributed_to, other.attributed_to)
    return replace(post, type=kind, content=content, attributed_to=author, counts=counts, **found)


def _content(post: Post, other: Post) -> Content:
    one, two = post.content or Content(), other.content or Content()
    return Content(one.text or two.text, one.html or two.html, one.language or two.language)


def _author(one: Actor | None, other: Actor | None) -> Actor | None:
    if one is None or other is None or _value(one.id) != _value(other.id):
        return one or other
    named = one.preferred_username or other.preferred_username
    return replace(
        one,
        preferred_username=named,
        name=one.name or other.name,
        url=one.url or other.url,
        verified=one.verified or other.verified,
        published=one.published or other.published,
    )


def _differing(one: Told, other: Told) -> Iterator[str]:
    if other.where == OEMBED:
        yield from _differing_from_embedded(one.post, other.post)
        return
    seconds = apart(one.post.published, other.post.published)
    if seconds is not None and seconds > SECONDS_APART:
        yield f"the times of publication differ, {_time(one.post.published)} and {_time(other.post.published)},"
    if one.cut or other.cut:
        if not _is_cut_of(_text(one.post), _text(other.post)):
            yield "the texts differ, and one of them is cut off"
        elif one.cut != other.cut:
            yield "the texts differ in length: one of them is cut off, and the other taken,"
    elif _unlike(_text(one.post), _text(other.post)):
        yield "the texts differ"
    for name, first, second in _names(one.post.attributed_to, other.post.attributed_to):
        if _unlike(first, second):
            yield f"the {name} differs"
    if len(one.post.attachment) != len(other.post.attachment) and one.post.attachment and other.post.attachment:
        yield "the numbers of attachments differ"
    if one.versions and other.versions and [v.value for v in one.versions] != [v.value for v in other.versions]:
        yield "the lists of versions differ"


def _differing_from_embedded(post: Post, embedded: Post) -> Iterator[str]:
    """Yield what oEmbed tells in another way: the name, and the day where it is not the one before or after either."""
    for name, first, second in _names(post.attributed_to, embedded.attributed_to):
        if _unlike(first.lower(), second.lower()):
            yield f"the {name} differs"
    said = embedded.published.raw.value if embedded.published is not None else ""
    day = day_in(said) if isinstance(said, str) else ""
    noon = Moment(f"{day}T12:00:00+00:00", "day", "page", Found(day, 0, "")) if _is_day(day) else None
    seconds = apart(post.published, noon)
    if seconds is not None and seconds > 1.5 * 86_400:
        yield f"the days of publication differ, {_time(post.published)} and {day},"


def _is_day(day: str) -> bool:
    return bool(day) and 1 <= int(day[8:]) <= 28


def _names(one: Actor | None, other: Actor | None) -> Iterator[tuple[str, str, str]]:
    if one is not None and other is not None:
        yield "id of the author", _value(one.id), _value(other.id)
        yield "user name of the author", _value(one.preferred_username), _value(other.preferred_username)
        yield "name of the author", _value(one.name), _value(other.name)


def _unlike(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _is_cut_of(one: str, other: str) -> bool:
    """Return whether one text is the beginning of the other, but for the mark and the link at its end."""
    short, long = sorted((one, other), key=len)
    return long.startswith(short.rpartition("…")[0].rstrip() if "…" in short else _before_link(short))


def _before_link(text: str) -> str:
    return text.rpartition("https://t.co/")[0].rstrip() if "https://t.co/" in text else text


def _text(post: Post) -> str:
    return plain(post.content.text) if post.content is not None else ""


def _time(moment: Moment | None) -> str:
    return moment.value if moment is not None else ""


def _value(found: Found[str] | Found[int] | None) -> str:
    return str(found.value) if found is not None else ""
