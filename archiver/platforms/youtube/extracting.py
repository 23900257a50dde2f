"""What the answers tell of a video, a community post or a channel, and what they leave out."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Extracted, Found, Missing, Post
from archiver.platforms.files import Files
from archiver.platforms.moments import apart
from archiver.platforms.reading import Doc
from archiver.platforms.youtube.answers import Answers, about
from archiver.platforms.youtube.channel import channel_post
from archiver.platforms.youtube.comments import replies, token_of
from archiver.platforms.youtube.community import community_post, shared
from archiver.platforms.youtube.playability import countries, reason
from archiver.platforms.youtube.videos import is_live, published_of, video_post
from archiver.platforms.youtube.words import first

APART: Final = 60.0  # seconds between two times of the same thing that are worth a warning
FEW: Final = 200  # countries: where a video is shown in all, some 250 are told

_NOT_ASKED: Final = "not asked for"
_NO_ITEM: Final = Doc(None, 0)


def extracted(key: PostKey, answers: Answers, seen: tuple[Seen, ...]) -> Extracted:
    """Return what the answers tell. Ids of YouTube are drawn by lot, and tell no time."""
    files = Files.of(seen)
    broken = tuple(
        f"the answer in exchange {each.number} ({each.role}) broke off: what is not in it may have been there"
        for each in answers.hops
        if each.status and not each.whole and not each.role.startswith("file.")
    )
    if key.kind == "video":
        return _video(key, answers, seen, broken)
    if key.kind == "channel":
        found = channel_post(answers.data, answers.last("feed"), files)
        missing = _of_channel(answers) if found is not None else (_nothing("the channel", answers),)
        return Extracted(found, missing=missing, warnings=broken)
    told = shared(key, answers.data)
    if told is None:
        return Extracted(None, missing=(_nothing("the post", answers),), warnings=broken)
    return Extracted(community_post(told, files), missing=(_comments_of_post(told.exchange),), warnings=broken)


def _video(key: PostKey, answers: Answers, seen: tuple[Seen, ...], broken: tuple[str, ...]) -> Extracted:
    said = next((words for _, doc in answers.players if (words := reason(doc))), "")
    post = video_post(key, answers, seen)
    if post is None:
        missing = Missing("the video", f"YouTube says: {said}" if said else "no answer tells of it", _number(answers))
        return Extracted(None, missing=(missing,), warnings=(*broken, *_warnings(key, answers)))
    number = post.id if post.id is not None and isinstance(post.id.value, str) else None
    comments, left = replies(key, answers, Found(str(number.value), number.exchange, number.at) if number else None)
    gaps = (*_gaps(post, said, answers), *left, *(() if comments or left else _comments(answers)))
    return Extracted(replace(post, replies=comments), missing=gaps, warnings=(*broken, *_warnings(key, answers)))


def _gaps(post: Post, said: str, answers: Answers) -> Iterator[Missing]:
    """Yield what the post has and the item has not."""
    if post.id is None:
        why = "only the card that other sites show came: it has the title and the name of the channel"
        yield Missing("the video with its text, time and numbers", why, answers.card.exchange)
    for media in post.attachment:
        if media.type == "Video" and media.why:
            words = f"; YouTube says: {said}" if said else ""
            yield Missing("the video itself", f"{media.why}{words}", _number(answers))


def _comments(answers: Answers) -> tuple[Missing, ...]:
    if not token_of(answers.data):
        return ()
    return (Missing("comments", _NOT_ASKED, answers.data.exchange),)


def _comments_of_post(exchange: int) -> Missing:
    return Missing("comments", f"{_NOT_ASKED}: of community posts they are not taken", exchange)


def _of_channel(answers: Answers) -> tuple[Missing, ...]:
    feed = answers.last("feed")
    if feed is None:
        return (Missing("videos of the channel", "its feed was not asked for: its id is not told", _number(answers)),)
    if feed.status != 200:
        how = f"status {feed.status}" if feed.status else f"no answer: {feed.failure}"
        return (Missing("videos of the channel", f"its feed was asked for: {how}", feed.number),)
    return (Missing("older videos of the channel", "its feed has the newest ones alone", feed.number),)


def _nothing(what: str, answers: Answers) -> Missing:
    alerts = (first((each,), "alertRenderer", "text") for each in answers.data.at("alerts").items[:5])
    said = next((found for found in alerts if found is not None), None)
    why = f"YouTube says: {' '.join(said.value[:300].split())}" if said is not None else "the page does not show it"
    return Missing(what, why, _number(answers))


def _warnings(key: PostKey, answers: Answers) -> Iterator[str]:
    """Yield sentences about what does not fit together, or is easily taken for something else."""
    for where, doc in answers.players:
        if about(doc) not in ("", key.part("id")):
            yield f"the player of exchange {doc.exchange} ({where}) tells about another video: {about(doc)[:40]}"
    told = answers.told(key)
    docs: list[tuple[Doc, tuple[str, ...]]] = [(answers.item(key), ("snippet",))]
    docs += [*((each, ("videoDetails",)) for each in told), (answers.card, ())]
    for what, names in (
        ("title", ("title",)),
        ("text", ("description", "shortDescription")),
        ("channel", ("channelId",)),
    ):
        stated = [one for doc, path in docs if (one := _any(doc.at(*path), names)) is not None]
        for other in stated[1:]:
            if other.value != stated[0].value:
                yield f"the {what} differs between exchange {stated[0].exchange} and exchange {other.exchange}"
    times = [when for each in told if (when := published_of(_NO_ITEM, (each,))) is not None]
    times = [*([when] if (when := published_of(answers.item(key), ())) is not None else []), *times]
    for later in times[1:]:
        seconds = apart(times[0], later)
        if seconds is not None and seconds > APART:
            exchanges = f"exchange {times[0].raw.exchange} and exchange {later.raw.exchange}"
            yield f"the times of publication in {exchanges} lie {int(seconds)} s apart"
    if is_live(told):
        yield "it was live, or yet to begin, when it was asked for: what it says of itself will change"
    shown = next((found for each in told if (found := countries(each))), ())
    if 0 < len(shown) < FEW:
        here = answers.country
        place = f"; YouTube takes this request to come from {here.value}" if here is not None else ""
        yield f"it is shown in {len(shown)} countries alone{place}"


def _any(doc: Doc, names: tuple[str, ...]) -> Found[str] | None:
    return next((found for name in names if (found := doc.at(name).text) is not None), None)


def _number(answers: Answers) -> int:
    seen = answers.last("page")
    return seen.number if seen is not None else 0
