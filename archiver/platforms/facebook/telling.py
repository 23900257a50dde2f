"""What the answers of Facebook tell: the objects about a post put together, else what is made for other sites."""

from typing import Final

from archiver.model.post import Actor, ActorType, Content, Count, Extracted, Media, Missing, Post
from archiver.platforms.facebook.files import attachments_of, photo_of, video_of, with_streams
from archiver.platforms.facebook.sight import Sight
from archiver.platforms.files import Files
from archiver.platforms.meta import preview
from archiver.platforms.meta.answers import embeddable
from archiver.platforms.meta.files import RULES
from archiver.platforms.meta.media import count
from archiver.platforms.meta.scripts import first_integer, first_text, holding
from archiver.platforms.moments import unix
from archiver.platforms.reading import Doc

MAX_PARTS: Final = 200  # objects that tell of one post

_ACTORS: Final[dict[str, ActorType]] = {"User": "Person", "Page": "Organization", "Group": "Group"}
_SHARED: Final = "attached_story"
_SECTIONS: Final = (
    ("comet_sections", "content", "story"),
    ("comet_sections", "content", "story", "comet_sections", "message", "story"),
    ("comet_sections", "message", "story"),
    ("comet_sections", "context_layout", "story"),
    ("comet_sections", "context_layout", "story", "comet_sections", "actor_photo", "story"),
    ("comet_sections", "timestamp", "story"),
)
_METADATA: Final = (
    ("comet_sections", "context_layout", "story", "comet_sections", "metadata"), ("comet_sections", "metadata"),
)  # fmt: skip
_TIMES: Final = (("creation_time",), ("publish_time",), ("created_time",))
_COUNTS: Final[tuple[tuple[str, tuple[tuple[str | int, ...], ...]], ...]] = (
    ("reactions", (("reaction_count", "count"), ("reactors", "count"))),
    ("shares", (("share_count", "count"),)),
    (
        "replies",
        (
            ("comment_rendering_instance", "comments", "total_count"),
            ("comments_count_summary_renderer", "feedback", "comment_rendering_instance", "comments", "total_count"),
            ("total_comment_count",),
        ),
    ),
    ("views", (("video_view_count",),)),
)
_SINGLE: Final = "the page does not repeat the id of the address: this is the only post that it is about"


def extracted_from(sight: Sight) -> Extracted:
    """Return what the answers tell of the post, photo or video that is meant."""
    files = Files.of(sight.seen, RULES)
    if sight.told:
        post = _story(sight, files) if sight.key.kind == "post" else _single(sight, files)
        return Extracted(post, missing=_missing(sight), warnings=(_SINGLE,) if sight.single else ())
    if preview.shows(sight.page, sight.is_mine):
        card, missing = preview.post_of(sight.page, sight.is_mine, files)
        return Extracted(card, missing=missing)
    link = embeddable(sight.seen, sight.is_mine)
    if link is None:
        return Extracted(None)
    why = "Facebook says only that other sites may show it"
    missing = (Missing("the text, the author, the time, the numbers, the files", why, link.exchange),)
    return Extracted(Post("Note", url=link), missing=missing)


def _story(sight: Sight, files: Files) -> Post:
    parts = _parts(sight.told)
    shared = next((each for part in parts if (each := part.at(_SHARED)).members), None)
    origin = (_post(_parts((shared,)), files),) if shared is not None else ()
    post = _post(parts, files)
    return Post(
        "Note",
        id=first_text(parts, ("post_id",)) or first_integer(parts, ("post_id",)),
        url=post.url,
        attributed_to=post.attributed_to,
        published=post.published,
        content=post.content,
        relation="repost" if origin else "",
        origin=origin,
        attachment=with_streams(post.attachment, sight.seen),
        counts=_counts(sight.told),
    )


def _post(parts: tuple[Doc, ...], files: Files) -> Post:
    text = first_text(parts, ("message", "text"))
    return Post(
        "Note",
        url=first_text(parts, ("wwwURL",), ("permalink_url",), ("url",)),
        attributed_to=_actor(next((each for part in parts if (each := part.at("actors", 0)).members), None)),
        published=unix(first_integer(parts, *_TIMES)),
        content=Content(text) if text is not None else None,
        attachment=next((found for part in parts if (found := attachments_of(part, files))), ()),
    )


def _single(sight: Sight, files: Files) -> Post:
    """Return a photo or a video that stands alone; what it says is its own or that of the story around it."""
    told = sight.told
    around = _parts(tuple(each.at("creation_story") for each in told))
    text = first_text(told, ("savable_description", "text"), ("message", "text")) or first_text(
        around, ("message", "text")
    )
    owners = (
        *(each.at(name) for name in ("owner", "video_owner") for each in told),
        *(each.at("short_form_video_context", "video_owner") for each in around),
        *(each.at("actors", 0) for each in around),
    )
    is_video = sight.key.kind == "video"
    media: tuple[Media, ...] = (video_of(told, files) if is_video else photo_of(told, files),)
    number = first_text(told, ("videoId",), ("video_id",), ("id",)) or first_integer(told, ("id",))
    return Post(
        "Video" if is_video else "Image",
        id=number,
        url=first_text(told, ("permalink_url",), ("url",)),
        attributed_to=_actor(next((each for each in owners if each.at("name").words), None)),
        published=unix(first_integer(told, *_TIMES) or first_integer(around, *_TIMES)),
        name=first_text(told, ("title", "text"), ("name",)),
        content=Content(text) if text is not None else None,
        attachment=with_streams(media, sight.seen),
        counts=_counts(told),
    )


def _parts(told: tuple[Doc, ...]) -> tuple[Doc, ...]:
    """Return the objects in which one story is told: itself, and the sections that repeat parts of it."""
    found: list[Doc] = []
    for story in told:
        sections = [story, *(story.at(*path) for path in _SECTIONS)]
        sections += [each.at("story") for path in _METADATA for each in story.at(*path).items[:20]]
        found += [each for each in sections if each.members]
    return tuple(found[:MAX_PARTS])


def _actor(actor: Doc | None) -> Actor | None:
    if actor is None:
        return None
    kind = actor.at("__typename").text
    return Actor(
        _ACTORS.get(kind.value, "Person") if kind is not None else "Person",
        actor.at("id").id,
        name=actor.at("name").words,
        url=actor.at("url").words,
        verified=actor.at("is_verified").boolean,
    )


def _counts(told: tuple[Doc, ...]) -> tuple[Count, ...]:
    summaries = holding(told, "comet_ufi_summary_and_actions_renderer", without=(_SHARED,))
    targets = holding(told, "feedback_target_with_context", without=(_SHARED,))
    places = [*(each.at("feedback") for each in summaries), *targets, *(each.at("feedback") for each in told), *told]
    return tuple(each for name, paths in _COUNTS for each in count(name, first_integer(places, *paths)))


def _missing(sight: Sight) -> tuple[Missing, ...]:
    found: list[Missing] = []
    for part in _parts(sight.told):
        for holder in part.at("attachments").items:
            everything = holder.at("styles", "attachment", "all_subattachments")
            total, shown = everything.at("count").integer, len(everything.at("nodes").items)
            if total is not None and total.value > shown:
                what = f"further pictures or videos: {total.value - shown}"
                found.append(Missing(what, "the page names only the first ones", everything.exchange))
    return tuple(dict.fromkeys(found))
