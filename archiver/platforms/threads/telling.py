"""What the answers of Threads tell of a post: its data where the page has them, else what is made for other sites."""

from dataclasses import replace
from typing import Final

from archiver.model.post import Actor, Content, Count, Extracted, Found, Missing, Post, Tag
from archiver.platforms.files import OF_ANOTHER, Files
from archiver.platforms.meta import preview
from archiver.platforms.meta.answers import embeddable
from archiver.platforms.meta.codes import doubts, number_told, spelled, time_in
from archiver.platforms.meta.files import RULES
from archiver.platforms.meta.media import count, media_of
from archiver.platforms.moments import unix
from archiver.platforms.reading import Doc
from archiver.platforms.threads.sight import Sight

_MAX_PIECES: Final = 500  # of one text
_COUNTS: Final = (("replies", "direct_reply_count"), ("quotes", "quote_count"), ("shares", "repost_count"))
_OTHERS: Final = "answers of other people are not taken into the post; they stand in the recorded page"


def extracted_from(sight: Sight) -> Extracted:
    """Return what the answers tell of the post that is meant."""
    files = Files.of(sight.seen, RULES)
    code = sight.key.part("code")
    if sight.post:
        post = _post(sight.post, sight, files)
        number = number_told(sight.post.at("pk").id)
        return Extracted(post, time_in(number), _missing(sight), doubts(code, number, post.published))
    if preview.shows(sight.page, sight.is_mine):
        card, missing = preview.post_of(sight.page, sight.is_mine, files)
        return Extracted(card, time_in(spelled(code, card.url)), missing)
    link = embeddable(sight.seen, sight.is_mine)
    if link is None:
        return Extracted(None)
    why = "Threads says only that other sites may show the post"
    missing = (Missing("the text, the author, the time, the numbers, the files", why, link.exchange),)
    return Extracted(Post("Note", url=link), time_in(spelled(code, link)), missing)


def _post(item: Doc, sight: Sight, files: Files) -> Post:
    above = sight.above[-1].at("code").id if sight.above else None
    quoted = item.at("text_post_app_info", "share_info", "quoted_post")
    return Post(
        "Note",
        id=number_told(item.at("pk").id),
        url=preview.own_address(sight.page, sight.is_mine),
        attributed_to=_author(item.at("user")),
        published=unix(item.at("taken_at").integer),
        edited=item.at("caption_is_edited").boolean,
        content=_content(item),
        in_reply_to=above,
        relation="quote" if quoted.members else "",
        origin=(_beside(quoted),) if quoted.members else (),
        attachment=media_of(item, files),
        tag=_tags(item),
        counts=(*count("likes", _likes(item)), *_counts(item)),
        context=tuple(_beside(each) for each in sight.above),
    )


def _beside(item: Doc) -> Post:
    """Return what another post tells of itself: one that is quoted, or stands above in the thread."""
    return Post(
        "Note",
        id=number_told(item.at("pk").id),
        attributed_to=_author(item.at("user")),
        published=unix(item.at("taken_at").integer),
        content=_content(item),
        attachment=media_of(item, Files({}, replace(RULES, otherwise=OF_ANOTHER))),
        tag=_tags(item),
    )


def _missing(sight: Sight) -> tuple[Missing, ...]:
    found, told = [], sight.post.at("text_post_app_info")
    answers = told.at("is_reply").boolean
    if answers is not None and answers.value and not sight.above:
        found.append(Missing("the post that it answers", "the page does not tell it", sight.post.exchange))
    if sight.others:
        found.append(Missing(f"other posts that the page holds: {sight.others}", _OTHERS, sight.post.exchange))
    return tuple(found)


def _author(user: Doc) -> Actor | None:
    if not user.members:
        return None
    return Actor(
        "Person", user.at("pk").id or user.at("id").id, user.at("username").words, user.at("full_name").words,
        verified=user.at("is_verified").boolean,
    )  # fmt: skip


def _content(item: Doc) -> Content | None:
    """Return the text: that of the caption, else the pieces of the newer form put together."""
    text = item.at("caption", "text").words
    pieces = _pieces(item)
    if text is None and pieces:
        whole = "".join(_words(each) for each in pieces)
        place = item.at("text_post_app_info", "text_fragments", "fragments")
        text = Found(whole, place.exchange, place.pointer) if whole else None
    return Content(text) if text is not None else None


def _words(piece: Doc) -> str:
    told, name = piece.at("plaintext").words, _mentioned(piece)
    if told is None:
        return f"@{name.value}" if name is not None else ""
    return told.value


def _mentioned(piece: Doc) -> Found[str] | None:
    return piece.at("mention_fragment", "mentioned_user", "username").words


def _pieces(item: Doc) -> tuple[Doc, ...]:
    return item.at("text_post_app_info", "text_fragments", "fragments").items[:_MAX_PIECES]


def _tags(item: Doc) -> tuple[Tag, ...]:
    found: list[Tag] = []
    for each in _pieces(item):
        name = _mentioned(each)
        link = each.at("link_fragment", "uri").words or each.at("link_fragment", "url").words
        if name is not None:
            found.append(Tag("Mention", name))
        elif link is not None:
            found.append(Tag("Link", each.at("plaintext").words, link))
    return tuple(found)


def _likes(item: Doc) -> Found[int] | None:
    hidden = item.at("like_and_view_counts_disabled").boolean
    return None if hidden is not None and hidden.value else item.at("like_count").integer


def _counts(item: Doc) -> tuple[Count, ...]:
    told = item.at("text_post_app_info")
    return tuple(each for name, member in _COUNTS for each in count(name, told.at(member).integer))
