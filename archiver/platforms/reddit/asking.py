"""What is asked of Reddit, and in which order: little, for it tells little to visitors, and counts every request."""

from typing import Final
from urllib.parse import urlencode

from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.platforms.files import Files
from archiver.platforms.reddit.addresses import SHORT, meant, name_of, page_of
from archiver.platforms.reddit.answers import (
    API_REASON,
    API_THREAD,
    FEED,
    FEED_THREAD,
    INFO,
    OEMBED,
    ROLES,
    Answers,
    read,
)
from archiver.platforms.reddit.feed import post_of_entry
from archiver.platforms.reddit.posts import post_of_item, stream_of
from archiver.platforms.reddit.standing import TOKEN_REFUSED, refusal, standing_of
from archiver.platforms.video import video_target

MAX_LINKS: Final = 3  # short links that lead to each other
MAX_REPLIES: Final = 500  # the most that one answer of the interface has
MAX_IN_FEED: Final = 100

_API: Final = "https://oauth.reddit.com"


def first_of(key: PostKey, access: Access) -> tuple[Target, ...]:
    """Return what is asked first: where a short link leads, the interface where there is a token, else the feed."""
    if key.kind == SHORT:
        return (_short(key, 1),)
    return (_api(key, access),) if access.token else (_feed(key, access),)


def next_of(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return what is asked next; nothing after a refusal. A token that is not accepted is none."""
    ours = [each for each in seen if each.role in ROLES or each.role.startswith(SHORT)]
    token = access.token and not any(_is_of_api(each) and each.status == TOKEN_REFUSED for each in ours)
    if not ours or any(refusal(each) for each in ours if not (_is_of_api(each) and each.status == TOKEN_REFUSED)):
        return ()
    key = meant(key, seen)
    asked = {each.role for each in seen}
    if key.kind == SHORT:
        links = sum(1 for role in asked if role.startswith(SHORT))
        fresh = all(each.url != key.part("page") for each in ours)
        return (_short(key, links + 1),) if links < MAX_LINKS and fresh else ()
    answers = read(key, seen)
    if not answers.item and not answers.entry:
        wanted = (_api(key, access), _reason(key)) if token else (_feed(key, access), _oembed(key))
        return next(((target,) for target in wanted if target.role not in asked), ())
    if not access.media or standing_of(key, seen).state != "available":
        return ()
    return _files(key, answers, access, seen)


def _files(key: PostKey, answers: Answers, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    files = Files.of(seen)
    if answers.item:
        post = post_of_item(answers.item, files, seen)
        media = [*post.attachment, *(each for one in post.origin for each in one.attachment)]
    else:
        media = [*post_of_entry(answers.entry, files, gone=False, is_comment=key.kind == "comment").attachment]
    wanted = files.targets(media)
    if wanted or not any(each.type == "Video" for each in media):
        return wanted
    there = any(each.role in {"best", "original"} and each.exchange for one in media for each in one.renditions)
    return () if there else video_target(stream_of(answers.item) or page_of(key), access, seen)


def _short(key: PostKey, number: int) -> Target:
    return Target(SHORT if number == 1 else f"{SHORT}.{number}", key.part("page"), redirects=False)


def _api(key: PostKey, access: Access) -> Target:
    """Ask the interface for the post alone, where no answers are wanted: this way none come."""
    if access.replies > 0 and access.depth > 0:
        return _thread(key, API_THREAD, min(access.replies, MAX_REPLIES), access.depth)
    names = ",".join(dict.fromkeys((name_of(key), f"t3_{key.part('id')}")))
    return Target(INFO, f"{_API}/api/info?raw_json=1&id={names}", authorized=True, redirects=False)


def _reason(key: PostKey) -> Target:
    """Ask for the page of the post: it says why there is none, where asking for the post alone only leaves it out."""
    return _thread(key, API_REASON, 1, 1)


def _thread(key: PostKey, role: str, limit: int, depth: int) -> Target:
    told = {"raw_json": "1", "sort": "old", "limit": str(limit), "depth": str(depth)}
    if key.part("comment"):
        told |= {"comment": key.part("comment"), "context": "0", "depth": str(depth + 1)}
    return Target(role, f"{_API}/comments/{key.part('id')}?{urlencode(told)}", authorized=True, redirects=False)


def _feed(key: PostKey, access: Access) -> Target:
    """Ask for the feed of the post. It has answers of others in it, and one is the least that can be asked for."""
    wanted = min(access.replies, MAX_IN_FEED) if access.depth > 0 else 0
    return Target(FEED_THREAD if wanted > 0 else FEED, f"{page_of(key)}.rss?limit={max(wanted, 1)}")


def _oembed(key: PostKey) -> Target:
    return Target(OEMBED, f"https://www.reddit.com/oembed?{urlencode({'url': page_of(key)})}")


def _is_of_api(seen: Seen) -> bool:
    return seen.role in {INFO, API_THREAD, API_REASON}
