"""What the answers tell of a post: its data where a page has them, else what is made for other sites."""

from typing import Final

from archiver.model.post import Actor, Content, Count, Extracted, Found, Media, Missing, Place, Post, PostType
from archiver.platforms.files import Files
from archiver.platforms.instagram.sight import Sight
from archiver.platforms.meta import preview
from archiver.platforms.meta.answers import embeddable
from archiver.platforms.meta.codes import PRIVATE, doubts, number_told, plain, spelled, time_in
from archiver.platforms.meta.files import RULES
from archiver.platforms.meta.media import count, media_of
from archiver.platforms.moments import unix
from archiver.platforms.reading import Doc

_TYPES: Final[dict[int, PostType]] = {1: "Image", 2: "Video"}
_LINKS: Final = 50  # of a page for other sites that are looked at
_OTHERS: Final = "answers of other people are not taken into the post; they stand in the recorded page"
_EVERYTHING: Final = "the text, the author, the time, the numbers, the files"


def extracted_from(sight: Sight) -> Extracted:
    """Return what the answers tell of the post that is meant."""
    files = Files.of(sight.seen, RULES)
    if sight.item:
        return _of_item(sight, files)
    post: Post | None = None
    missing: tuple[Missing, ...] = ()
    link = embeddable(sight.seen, sight.is_mine)
    if shows_embed(sight):
        post, missing = _of_embed(sight, files)
    elif preview.shows(sight.page, sight.is_mine):
        post, missing = preview.post_of(sight.page, sight.is_mine, files)
    elif link is not None:
        post = Post("Note", url=link)
        missing = (Missing(_EVERYTHING, "Instagram says only that other sites may show the post", link.exchange),)
    number = spelled(sight.key.part("code"), post.url if post is not None else None)
    return Extracted(post, time_in(number), missing, _warnings(sight))


def shows_embed(sight: Sight) -> bool:
    """Return whether the page for other sites shows the picture of this very post."""
    return bool(_picture(sight)) and _link(sight) is not None


def _of_item(sight: Sight, files: Files) -> Extracted:
    item = sight.item
    told, number = unix(item.at("taken_at").integer), number_told(item.at("pk").id)
    kind = item.at("media_type").integer
    text = item.at("caption", "text").words
    post = Post(
        _TYPES.get(kind.value, "Note") if kind is not None else "Note",
        id=number,
        url=preview.own_address(sight.page, sight.is_mine),
        attributed_to=_author(item.at("user") or item.at("owner")),
        published=told,
        edited=item.at("caption_is_edited").boolean,
        name=item.at("title").words,
        content=Content(text) if text is not None else None,
        attachment=media_of(item, files),
        counts=_counts(item),
        location=_place(item.at("location")),
    )
    code = sight.key.part("code")
    return Extracted(post, time_in(number), _missing(sight), (*_warnings(sight), *doubts(code, number, told)))


def _missing(sight: Sight) -> tuple[Missing, ...]:
    item, found = sight.item, []
    if sight.comments:
        found.append(Missing(f"comments that the page holds: {len(sight.comments)}", _OTHERS, item.exchange))
    if _hidden(item):
        found.append(Missing("how many like it", "the account does not show it", item.exchange))
    if item.at("video_dash_manifest").words is not None:
        why = "the page tells them as a manifest beside the file that is named; not asked for"
        found.append(Missing("other streams of the video", why, item.exchange))
    return tuple(found)


def _hidden(item: Doc) -> bool:
    hidden = item.at("like_and_view_counts_disabled").boolean
    return hidden is not None and hidden.value


def _counts(item: Doc) -> tuple[Count, ...]:
    likes = () if _hidden(item) else count("likes", item.at("like_count").integer)
    views = item.at("view_count").integer or item.at("play_count").integer
    return (*likes, *count("replies", item.at("comment_count").integer), *count("views", views))


def _author(user: Doc) -> Actor | None:
    if not user.members:
        return None
    return Actor(
        "Person", user.at("pk").id or user.at("id").id, user.at("username").words, user.at("full_name").words,
        verified=user.at("is_verified").boolean,
    )  # fmt: skip


def _place(location: Doc) -> Place | None:
    name = location.at("name").words
    latitude, longitude = location.at("lat").number, location.at("lng").number
    return Place(name, latitude, longitude) if name or latitude or longitude else None


def _of_embed(sight: Sight, files: Files) -> tuple[Post, tuple[Missing, ...]]:
    picture = files.renditions(_picture(sight), "best")
    name = sight.embed.first(".UsernameText").text
    post = Post(
        "Note",
        url=_link(sight),
        attributed_to=Actor("Person", preferred_username=name) if name is not None else None,
        summary=sight.embed.first(".Caption").text,
        attachment=(Media("Image", renditions=picture),),
    )
    why = "the page for other sites shows one picture, and the text with the name of the account in front"
    return post, (Missing("the time, the numbers, further pictures, a video", why, sight.embed.exchange),)


def _picture(sight: Sight) -> Found[str] | None:
    return sight.embed.first("img.EmbeddedMediaImage").attribute("src")


def _link(sight: Sight) -> Found[str] | None:
    found = (each.attribute("href") for each in sight.embed.css("a[href]")[:_LINKS])
    return next((each for each in found if each is not None and sight.is_mine(each.value)), None)


def _warnings(sight: Sight) -> tuple[str, ...]:
    code = sight.key.part("code")
    if plain(code) == code:
        return ()
    return (f"the address has the {PRIVATE} characters that Instagram adds where the account was private then",)
