"""One post from what several answers tell of it, and sentences about where they differ."""

from dataclasses import dataclass, fields, replace
from typing import Any, Final

from archiver.model.post import Actor, Content, Found, Media, Moment, Post
from archiver.platforms.mastodon.words import same_words
from archiver.platforms.moments import apart

SECONDS_APART: Final = 1.0  # objects tell whole seconds, APIs parts of one

_OWN: Final = frozenset({"type", "relation", "origin", "attachment", "context", "replies"})


@dataclass(frozen=True, slots=True)
class Told:
    """A post as one answer tells it. `where` names the answer, in words."""

    post: Post
    where: str
    exchange: int


def merged(told: tuple[Told, ...]) -> Post | None:
    """Return the post as the first tells it, with what only later ones tell; None where none tells one."""
    if not told:
        return None
    post = told[0].post
    for each in told[1:]:
        post = _filled(post, each.post)
    return post


def differences(told: tuple[Told, ...]) -> tuple[str, ...]:
    """Return a sentence for everything that two answers tell in two ways; the first of them is the one that counts."""
    found = []
    for other in told[1:]:
        first = told[0]
        between = f"between {first.where} (exchange {first.exchange}) and {other.where} (exchange {other.exchange})"
        found += [f"{words} {between}" for words in _differing(first.post, other.post)]
    return tuple(found)


def _differing(one: Post, other: Post) -> list[str]:
    found = []
    for name, first, second in (("publication", one.published, other.published), ("edit", one.updated, other.updated)):
        seconds = apart(first, second)
        if seconds is not None and seconds > SECONDS_APART:
            found.append(f"the times of {name} differ, {_time(first)} and {_time(second)},")
    if (one.updated is None) != (other.updated is None):
        found.append("only one tells of an edit,")
    if _unlike(_text(one.content), _text(other.content)):
        found.append("the texts differ")
    if _unlike(_value(one.summary), _value(other.summary)):
        found.append("the warnings before the text differ")
    if one.sensitive is not None and other.sensitive is not None and one.sensitive.value != other.sensitive.value:
        found.append("what is said to be sensitive differs")
    if _unlike(_author(one), _author(other)):
        found.append("the ids of the author differ")
    return found


def _unlike(one: str, other: str) -> bool:
    return bool(one and other) and not same_words(one, other)


def _time(moment: Moment | None) -> str:
    return moment.value if moment is not None else ""


def _value(found: Found[str] | None) -> str:
    return found.value if found is not None else ""


def _text(content: Content | None) -> str:
    return _value(content.text) if content is not None else ""


def _author(post: Post) -> str:
    number = post.attributed_to.id if post.attributed_to is not None else None
    # Ids that are no addresses are those of one server, and nothing to compare.
    return number.value if number is not None and isinstance(number.value, str) and ":" in number.value else ""


def _filled(post: Post, other: Post) -> Post:
    added: dict[str, Any] = {}
    for each in fields(post):
        own, given = getattr(post, each.name), getattr(other, each.name)
        if each.name not in _OWN and own in (None, ()) and given not in (None, ()):
            added[each.name] = given
    if post.content is not None and other.content is not None:
        added["content"] = _content(post.content, other.content)
    if (
        post.attributed_to is not None
        and other.attributed_to is not None
        and not _unlike(_author(post), _author(other))
    ):
        added["attributed_to"] = _actor(post.attributed_to, other.attributed_to)
    if not post.relation and other.relation:
        added |= {"relation": other.relation, "origin": other.origin}
    return replace(post, **added, attachment=_attachments(post.attachment, other.attachment))


def _content(one: Content, other: Content) -> Content:
    return Content(one.text or other.text, one.html or other.html, one.language or other.language)


def _actor(one: Actor, other: Actor) -> Actor:
    added = {each.name: getattr(other, each.name) for each in fields(one) if getattr(one, each.name) is None}
    return replace(one, **added)


def _attachments(own: tuple[Media, ...], others: tuple[Media, ...]) -> tuple[Media, ...]:
    found = list(own)
    for other in others:
        urls = _urls(other)
        place = next((n for n, each in enumerate(found) if urls & _urls(each)), None)
        if place is None:
            found.append(other)
        else:
            found[place] = _media(found[place], other)
    return tuple(found)


def _urls(media: Media) -> frozenset[str]:
    named = () if media.url is None else (media.url.value,)
    return frozenset((*named, *(each.url.value for each in media.renditions)))


def _media(one: Media, other: Media) -> Media:
    known = _urls(one)
    more = tuple(each for each in other.renditions if each.url.value not in known)
    types = {each.url.value: each.media_type for each in other.renditions}
    renditions = (replace(each, media_type=each.media_type or types.get(each.url.value)) for each in one.renditions)
    return replace(
        one,
        description=one.description or other.description,
        duration=one.duration or other.duration,
        renditions=(*renditions, *more),
    )
