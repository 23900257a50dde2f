"""What the answers tell of a post of TikTok, what they leave out, and what does not fit together."""

from collections.abc import Iterator
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Extracted, Found, Missing, Moment, Post
from archiver.platforms.files import Files
from archiver.platforms.moments import id_doubts, snowflake
from archiver.platforms.tiktok.addresses import SHORT, meant
from archiver.platforms.tiktok.answers import Answers, read
from archiver.platforms.tiktok.posts import MAX_IMAGES, embedded_post, post_of
from archiver.platforms.tiktok.standing import reasons_of, standing_of

ID_APART: Final = 600.0  # seconds between the time in the id and that of publication, above which it is said

_COMMENTS: Final = "TikTok tells them to its own programs, in requests that these sign; they are not asked for"
_THIN: Final = "what TikTok tells for embedding has none of them"


def extracted_from(key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
    """Return what the answers tell: the page before what is told for embedding."""
    key = meant(key, seen)
    standing = standing_of(key, seen)
    if key.kind == SHORT:
        gone = Missing("the post", f"the short link did not lead to one ({standing.rule})", standing.exchange)
        return Extracted(None, missing=(gone,))
    answers, files = read(key, seen), Files.of(seen)
    id_time = _id_time(answers)
    if answers.item:
        post = post_of(answers, files, seen)
        return Extracted(post, id_time, tuple(_left_out(answers)), tuple(_warnings(answers, post, id_time)))
    lacking = Missing(
        "the post as its page tells it", f"the page does not show it ({standing.rule})", standing.exchange
    )
    warnings = tuple(_reasons(answers))
    if answers.oembed:
        thin = Missing("the time of publication, the numbers and the file", _THIN, answers.oembed.exchange)
        return Extracted(embedded_post(answers.oembed, files), id_time, (lacking, thin), warnings)
    return Extracted(None, id_time, (lacking,), warnings)


def _id_time(answers: Answers) -> Moment | None:
    number = answers.item.at("id").id or answers.oembed.at("embed_product_id").id
    return snowflake(number, shift=32, epoch_ms=0, per_second=1)


def _left_out(answers: Answers) -> Iterator[Missing]:
    yield Missing("answers of other people", _COMMENTS, answers.item.exchange)
    images = len(answers.item.at("imagePost", "images").items)
    if images > MAX_IMAGES:
        yield Missing(
            "further pictures", f"{images} are named: no more than {MAX_IMAGES} are taken", answers.item.exchange
        )


def _warnings(answers: Answers, post: Post, id_time: Moment | None) -> Iterator[str]:
    item, told = answers.item, answers.oembed
    yield from id_doubts(id_time, post.published, ID_APART)
    for member, words in (("IsAigc", "as made by a machine"), ("isAd", "as advertising")):
        if item.at(member).value is True:
            yield f"TikTok marks the post {words} ({member})"
    region = item.at("locationCreated").words
    if region is not None:
        yield f"TikTok notes {region.value[:20]!r} for it (locationCreated): whose place that is, it does not say"
    yield from _differences("author's name", item.at("author", "uniqueId").words, told.at("author_unique_id").words)
    yield from _differences("text", item.at("desc").words, told.at("title").words)
    yield from _reasons(answers)


def _differences(what: str, one: Found[str] | None, other: Found[str] | None) -> Iterator[str]:
    if one is not None and other is not None and one.value.strip() != other.value.strip():
        yield (
            f"the {what} is not the same in exchange {one.exchange} (page) and {other.exchange} (for embedding): "
            "the former is taken"
        )


def _reasons(answers: Answers) -> Iterator[str]:
    said = reasons_of(answers)
    if said:
        yield f"TikTok's names for the reason are {', '.join(each[:60] for each in said[:10])!r}"
