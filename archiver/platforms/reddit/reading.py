"""What the answers tell of a post or comment of Reddit, and what they leave out."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Actor, Extracted, Missing, Post
from archiver.platforms.files import Files
from archiver.platforms.reading import Doc
from archiver.platforms.reddit.addresses import SHORT, meant
from archiver.platforms.reddit.answers import (
    API_THREAD,
    DELETED,
    FEED,
    FEED_THREAD,
    REMOVED,
    Answers,
    asked_for,
    children,
    read,
    replies_in,
)
from archiver.platforms.reddit.feed import post_of_entry, words_of
from archiver.platforms.reddit.posts import comment_of_item, post_of_item
from archiver.platforms.reddit.standing import standing_of
from archiver.platforms.xml import Part

VARIABLE: Final = "ARCHIVER_REDDIT_TOKEN"

_ONLY_API: Final = f"Reddit tells it to programs with a token only ({VARIABLE})"
_NOT_ASKED: Final = "not asked for"
_UNASKED: Final = "not asked for; one may have come along in the feed, which cannot be had without: it is not read out"
_EDITED: Final = "Reddit says that it was edited, and not how it read before"
_FEW: Final = "no more were asked for, or Reddit gave no more at once"
_FLAT: Final = "the feed puts answers in one list, and does not say what each answers"


def extracted_from(key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
    """Return what the answers tell: the interface before the feed. Ids are counted up, and tell no time."""
    key = meant(key, seen)
    standing = standing_of(key, seen)
    if key.kind == SHORT:
        why = f"the short link did not lead to one ({standing.rule})"
        return Extracted(None, missing=(Missing("the post", why, standing.exchange),))
    answers, files = read(key, seen), Files.of(seen)
    gone = standing.state != "available"
    if answers.item:
        return _from_api(key, answers, files, seen)
    if answers.entry:
        return _from_feed(key, answers, files, gone=gone)
    missing = [Missing("the post", f"it is not told ({standing.rule})", standing.exchange)]
    if answers.oembed:
        missing.append(Missing("the time, the text and the numbers", _ONLY_API, answers.oembed.exchange))
        return Extracted(_embedded(answers.oembed), missing=tuple(missing))
    return Extracted(None, missing=tuple(missing))


def _from_api(key: PostKey, answers: Answers, files: Files, seen: tuple[Seen, ...]) -> Extracted:
    item = answers.item
    if key.kind == "comment":
        above = (post_of_item(answers.above, Files({}), ()),) if answers.above else ()
        post = replace(comment_of_item(item), context=above)
    else:
        post = post_of_item(item, files, seen)
    thread = answers.seen(API_THREAD)
    most = asked_for(thread.url) if thread is not None else 0
    own = item.at("name").id
    things = list(replies_in(answers.thread, most + 1)) if most else []
    comments = [each.at("data") for each in things if each.at("kind").value == "t1"]
    replies = tuple(
        comment_of_item(each)
        for each in comments
        if (name := each.at("name").id) is not None and own is not None and name.value != own.value
    )[:most]
    missing = [*_left_out(post), *_answers_left(item, answers, most, len(replies))]
    return Extracted(replace(post, replies=replies), missing=tuple(missing), warnings=tuple(_warnings(item)))


def _answers_left(item: Doc, answers: Answers, most: int, came: int) -> Iterator[Missing]:
    total = item.at("num_comments").integer
    if not most:
        if total is None or total.value:
            yield Missing("answers of other people", _NOT_ASKED, item.exchange)
        return
    marks = [each for each in replies_in(answers.thread, 10_000) if each.at("kind").value == "more"]
    left = sum(max(count.value, 0) for each in marks if (count := each.at("data", "count").integer))
    if left or len(children(answers.thread)) > most or (total is not None and total.value > came):
        number = f"{left} more are there: " if left else ""
        yield Missing("further answers", number + _FEW, answers.thread.exchange)


def _from_feed(key: PostKey, answers: Answers, files: Files, *, gone: bool) -> Extracted:
    is_comment = key.kind == "comment"
    post = post_of_entry(answers.entry, files, gone=gone, is_comment=is_comment)
    thread = answers.seen(FEED_THREAD)
    most = asked_for(thread.url) if thread is not None else 0
    entry_names = {each.first("id").text for each in (answers.entry, answers.entry_above)}
    others = [
        each
        for each in answers.entries
        if (name := each.first("id").text) and name not in entry_names and name.value.startswith("t1_")
    ]
    replies = tuple(post_of_entry(each, Files({}), gone=_is_marked(each), is_comment=True) for each in others[:most])
    above: tuple[Post, ...] = ()
    if is_comment and answers.entry_above:
        above = (post_of_entry(answers.entry_above, Files({}), gone=_is_marked(answers.entry_above), is_comment=False),)
    missing = [Missing("the numbers", _ONLY_API, answers.entry.exchange), *_left_out(post)]
    if not most:
        missing.append(Missing("answers of other people", _UNASKED, answers.entry.exchange))
    elif replies:
        missing.append(Missing("which answer answers what", _FLAT, answers.entry.exchange))
    if most and len(replies) >= most:
        missing.append(Missing("further answers", _FEW, answers.entry.exchange))
    feed = answers.seen(FEED, FEED_THREAD)
    broken = "the feed in exchange {} broke off: what is not in it may have been there"
    warnings = (broken.format(feed.number),) if feed is not None and not feed.whole else ()
    return Extracted(replace(post, context=above, replies=replies), missing=tuple(missing), warnings=warnings)


def _is_marked(entry: Part) -> bool:
    return words_of(entry) in {DELETED, REMOVED}


def _embedded(told: Doc) -> Post:
    author = told.at("author_name").words
    return Post(
        "Article",
        attributed_to=Actor("Person", preferred_username=author) if author else None,
        name=told.at("title").words,
    )


def _left_out(post: Post) -> Iterator[Missing]:
    exchange = post.id.exchange if post.id is not None else 0
    if post.updated is not None or post.edited is not None:
        yield Missing("the earlier text", _EDITED, exchange)
    for each in post.attachment:
        if each.why:
            yield Missing("what the post shows or links to", each.why, exchange)


def _warnings(item: Doc) -> Iterator[str]:
    if item.at("author").value == DELETED:
        yield "the account of the author is gone, or its name was taken away with the post"
    if item.at("quarantine").value is True:
        yield "Reddit has put the community under quarantine (quarantine)"
    spoken = item.at("distinguished").words
    if spoken is not None:
        yield f"written in an office: {spoken.value[:20]!r} (distinguished)"
