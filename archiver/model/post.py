"""A post in one form for all platforms, each of its values with the place in the evidence that it was taken from.

Names are those of ActivityStreams 2.0 where it has one, of schema.org else (docs/spec/post.md). Nothing is evidence
here: a `Post` is made from recorded exchanges, and can be made from them again.
"""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

T_co = TypeVar("T_co", bound=str | int | bool, covariant=True)

PostType = Literal["Note", "Article", "Video", "Audio", "Image", "Question", "Page", "Tombstone"]
ActorType = Literal["Person", "Group", "Organization", "Service"]
MediaType = Literal["Image", "Video", "Audio", "Document", "Link"]
Precision = Literal["second", "minute", "day", "relative"]
TimeSource = Literal["server", "client", "id", "page"]
RenditionRole = Literal["original", "best", "preview", "thumb", "manifest", "captions"]


@dataclass(frozen=True, slots=True)
class Found(Generic[T_co]):
    """A value and where it stands: in the answer of exchange `exchange` of the item, at `at`.

    `at` is a JSON pointer (RFC 6901) into the entity, or for a page a CSS selector, with `@name` for an attribute; in
    an archive of blocks the name of the block stands before the pointer.
    """

    value: T_co
    exchange: int
    at: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as it was told: `value` in RFC 3339, UTC, made from `raw`; "" where that cannot be told from it.

    `source` says whose clock it is: the platform's, that of whoever posted (`client`), the id of the post, or the words
    of a page.
    """

    value: str
    precision: Precision
    source: TimeSource
    raw: Found[str] | Found[int]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who posted, signed, was mentioned or forwarded. The name in an address proves nothing: this is from the data."""

    type: ActorType
    id: Found[str] | Found[int] | None = None
    preferred_username: Found[str] | None = None
    name: Found[str] | None = None
    url: Found[str] | None = None
    verified: Found[bool] | None = None
    published: Moment | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a post says: `text` plain, `html` as served, neither normalised; `language` as the platform says."""

    text: Found[str] | None = None
    html: Found[str] | None = None
    language: Found[str] | None = None


@dataclass(frozen=True, slots=True)
class Rendition:
    """One file of an attachment. `exchange` is where its bytes are, 0 where they were not captured, and `why` not."""

    url: Found[str]
    role: RenditionRole
    media_type: Found[str] | None = None
    width: Found[int] | None = None
    height: Found[int] | None = None
    exchange: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """An attachment. `kind` is the platform's own word for it; `why` says what is known of one without any file."""

    type: MediaType
    kind: Found[str] | None = None
    id: Found[str] | Found[int] | None = None
    name: Found[str] | None = None
    description: Found[str] | None = None
    url: Found[str] | None = None
    duration: Found[int] | None = None
    renditions: tuple[Rendition, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How often something was done to a post, seen at the time of its exchange. `raw` where only words were shown.

    `name` is likes, shares, replies, quotes, views, votes or a reaction. Unknown is not zero: what is not told is not
    in the list.
    """

    name: str
    value: Found[int] | None = None
    raw: Found[str] | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Tag:
    """Something in the text: a mention, a hashtag, a link. `href` is where it leads."""

    type: Literal["Mention", "Hashtag", "Link"]
    name: Found[str] | None = None
    href: Found[str] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a poll."""

    name: Found[str]
    votes: Count | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """A question with its answers, as they stood."""

    question: Found[str] | None = None
    choices: tuple[Choice, ...] = ()
    total: Count | None = None
    end_time: Moment | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post says that it was. Coordinates are texts, as told."""

    name: Found[str] | None = None
    latitude: Found[str] | None = None
    longitude: Found[str] | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """An earlier or later version of a post."""

    published: Moment | None
    content: Content


@dataclass(frozen=True, slots=True)
class Post:
    """What the platform tells of one post, or of one answer to it.

    `origin` is what was shared, forwarded or quoted, as far as it is told here, `relation` how. A `Tombstone` is a post
    of which only its removal is left. `received` is when the platform says that it got the post, where `published` is
    the word of whoever posted. `start_time` and `end_time` are those of a broadcast or an event. `context` are posts
    beside it (before, after, in the same album), `replies` the answers, both flat: each says in `in_reply_to` what it
    answers.
    """

    type: PostType
    id: Found[str] | Found[int] | None = None
    url: Found[str] | None = None
    attributed_to: Actor | None = None
    on_behalf_of: Actor | None = None
    signed_by: Actor | None = None
    published: Moment | None = None
    received: Moment | None = None
    updated: Moment | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    edited: Found[bool] | None = None
    name: Found[str] | None = None
    summary: Found[str] | None = None
    content: Content | None = None
    sensitive: Found[bool] | None = None
    in_reply_to: Found[str] | Found[int] | None = None
    relation: Literal["", "repost", "quote", "forward"] = ""
    origin: "tuple[Post, ...]" = ()
    attachment: tuple[Media, ...] = ()
    tag: tuple[Tag, ...] = ()
    counts: tuple[Count, ...] = ()
    poll: Poll | None = None
    location: Place | None = None
    visibility: Found[str] | None = None
    generator: Found[str] | None = None
    history: tuple[Edit, ...] = ()
    context: "tuple[Post, ...]" = ()
    replies: "tuple[Post, ...]" = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """What the post has and the item has not, and why, in words; `exchange` shows it, 0 where none does."""

    what: str
    why: str
    exchange: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """What came of holding an answer against a hash, a signature or another answer, offline.

    `sound` is True where it holds, False where it is contradicted, None where it could not be checked; `words` say
    what was held against what, for people. `exchange` has what was checked, 0 where nothing came.
    """

    name: str
    sound: bool | None
    words: str
    exchange: int = 0


@dataclass(frozen=True, slots=True)
class Extracted:
    """What an adapter reads from the exchanges of an item.

    `id_time` is the time that the id of the post tells by itself, None for ids that tell none. `warnings` are
    sentences about what does not fit together. `checks` are there for platforms whose answers can be checked.
    """

    post: Post | None
    id_time: Moment | None = None
    missing: tuple[Missing, ...] = ()
    warnings: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
