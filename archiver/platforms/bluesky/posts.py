"""Posts as the app shows them and as their records tell them, turned into the form that all platforms share."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from archiver.model.post import Actor, Content, Count, Found, Media, Missing, Post
from archiver.platforms.bluesky.embeds import embed_shown, linked_record, media_of, quote_in
from archiver.platforms.bluesky.facets import tags_of
from archiver.platforms.bluesky.names import page_of
from archiver.platforms.bluesky.sight import Sight
from archiver.platforms.moments import rfc3339
from archiver.platforms.reading import Doc

HIDING: Final = frozenset({"!hide", "!takedown", "!suspend"})
ASKS_FOR_LOGIN: Final = "!no-unauthenticated"

_SENSITIVE: Final = frozenset(
    {"!warn", "porn", "sexual", "nudity", "sexual-figurative", "graphic-media", "gore", "corpse", "self-harm"}
)
_COUNTS: Final = (
    ("likes", "likeCount"),
    ("shares", "repostCount"),
    ("replies", "replyCount"),
    ("quotes", "quoteCount"),
)
_MAX_LABELS: Final = 100
_MAX_ABOVE: Final = 100  # posts above
_QUOTES_DEEP: Final = 2  # a quote within a quote


@dataclass(slots=True)
class Notes:
    """What is to be said beside the post."""

    missing: list[Missing] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def lacks(self, what: str, why: str, exchange: int) -> None:
        """Say that something of the post is not here."""
        self.missing.append(Missing(what, why, exchange))


def post_of(record: Doc, view: Doc, notes: Notes, sight: Sight | None = None, deep: int = _QUOTES_DEEP) -> Post:
    """Return the post that `record` tells and `view` shows; either may be nothing.

    With `sight` its files are looked for among what was captured. `deep` is how many quotes within quotes are followed.
    """
    text, langs = record.at("text").text, _languages(record)
    uri = view.at("uri").words
    origin, linked = _quoted(record, view, notes, deep)
    return Post(
        "Note",
        id=uri,
        url=_page(uri),
        attributed_to=actor_of(view.at("author")),
        published=rfc3339(record.at("createdAt").words, source="client"),
        received=rfc3339(view.at("indexedAt").words),
        content=Content(text, language=langs) if text or langs else None,
        sensitive=_sensitive(record, view),
        in_reply_to=record.at("reply", "parent", "uri").words,
        relation="quote" if origin else "",
        origin=origin,
        attachment=media_of(record, view, sight) + linked,
        tag=tags_of(record, notes.warnings),
        counts=tuple(Count(name, count) for name, member in _COUNTS if (count := view.at(member).integer) is not None),
        visibility=_visibility(view),
    )


def shown_post(view: Doc, notes: Notes) -> Post:
    """Return a post of which only the app's view is here: one above, or an answer."""
    return post_of(view.at("record"), view, notes)


def actor_of(author: Doc) -> Actor | None:
    """Return an account as the app shows it."""
    if not author.at("did").words:
        return None
    return Actor(
        "Person",
        id=author.at("did").words,
        preferred_username=author.at("handle").words,
        name=author.at("displayName").words,
        verified=_verified(author.at("verification", "verifiedStatus").words),
        published=rfc3339(author.at("createdAt").words),
    )


def posts_above(thread: Doc, notes: Notes) -> tuple[Post, ...]:
    """Return what the post answers, and what that answers, the nearest first."""
    found: list[Post] = []
    place = thread.at("parent")
    while place and len(found) < _MAX_ABOVE:
        found.append(_one_of(place, "a post above", notes))
        place = place.at("parent")
    return tuple(found)


def replies_below(thread: Doc, limit: int, notes: Notes) -> tuple[Post, ...]:
    """Return at most `limit` answers, the nearest to the post first; what is left out goes to `notes`."""
    found: list[Post] = []
    left_out = 0
    waiting = deque(thread.at("replies").items)
    while waiting:
        place = waiting.popleft()
        if len(found) < limit:
            found.append(_one_of(place, "an answer", notes))
            waiting.extend(place.at("replies").items)
        else:
            left_out += 1
    if left_out:
        why = f"at most {limit} were asked for; the answer of the platform, which is kept, has at least {left_out} more"
        notes.lacks("answers", why, thread.exchange)
    return tuple(found)


def labels_of(place: Doc) -> Iterator[Found[str]]:
    """Yield the labels that stand at a view, without those that were taken back."""
    for label in place.at("labels").items[:_MAX_LABELS]:
        value = label.at("val").words
        if value is not None and label.at("neg").value is not True:
            yield value


def _one_of(place: Doc, what: str, notes: Notes) -> Post:
    view = place.at("post")
    if view:
        return shown_post(view, notes)
    reason = (
        "not shown: one of two accounts has blocked the other" if place.at("blocked").value is True else "not there"
    )
    notes.lacks(what, reason, place.exchange)
    uri = place.at("uri").words
    return Post("Tombstone", id=uri, url=_page(uri), attributed_to=actor_of(place.at("author")))


def _quoted(record: Doc, view: Doc, notes: Notes, deep: int) -> tuple[tuple[Post, ...], tuple[Media, ...]]:
    """Return what a post quotes: a post, or a list or feed, which is an attachment."""
    reference, shown = quote_in(record.at("embed")), quote_in(embed_shown(view))
    uri = reference.at("uri").words or shown.at("uri").words
    if uri is None:
        return (), ()
    if (linked := linked_record(reference, shown)) is not None:
        return (), (linked,)
    named, current = reference.at("cid").words, shown.at("cid").words
    if named is not None and current is not None and named.value != current.value:
        notes.warnings.append(
            f"the quoted post is shown in another version, {current.value}, than the one that was quoted, {named.value}"
        )
    if isinstance(shown.at("value").value, dict) and deep > 0:
        return (post_of(shown.at("value"), shown, notes, deep=deep - 1),), ()
    gone, why = _not_shown(shown)
    notes.lacks("the quoted post", why, uri.exchange)
    author = actor_of(shown.at("author"))
    return (Post("Tombstone" if gone else "Note", id=uri, url=_page(uri), attributed_to=author),), ()


def _not_shown(quoted: Doc) -> tuple[bool, str]:
    """Return whether a quoted post is not to be had, and why it is not here."""
    if quoted.at("notFound").value is True:
        return True, "not there"
    if quoted.at("blocked").value is True:
        return True, "not shown: one of two accounts has blocked the other"
    if quoted.at("detached").value is True:
        return True, "not shown: its author has detached it from this post"
    return False, "its name and hash alone are told here"


def _languages(record: Doc) -> Found[str] | None:
    place = record.at("langs")
    told = [each.value for item in place.items[:_MAX_LABELS] if (each := item.words) is not None]
    return Found(", ".join(told), place.exchange, place.pointer) if told else None


def _sensitive(record: Doc, view: Doc) -> Found[bool] | None:
    """Return that somebody warns of the post: its author, or a service that labels posts."""
    own = (each.at("val").words for each in record.at("labels", "values").items[:_MAX_LABELS])
    for label in (*labels_of(view), *own):
        if label is not None and label.value in _SENSITIVE:
            return Found(True, label.exchange, label.at)
    return None


def _visibility(view: Doc) -> Found[str] | None:
    """Return the label that hides a post, or its account, from all readers or from those without login."""
    labels = (*labels_of(view), *labels_of(view.at("author")))
    hiding = [label for label in labels if label.value in HIDING]
    return next(iter(hiding + [label for label in labels if label.value == ASKS_FOR_LOGIN]), None)


def _verified(status: Found[str] | None) -> Found[bool] | None:
    return Found(status.value == "valid", status.exchange, status.at) if status is not None else None


def _page(uri: Found[str] | None) -> Found[str] | None:
    """Return the address of a post in the app, made from its name."""
    page = page_of(uri.value) if uri is not None else ""
    return Found(page, uri.exchange, uri.at) if uri is not None and page else None
