"""What is asked after what was seen: the card and the player, comments, the picture, the video, captions.

Captions come last: they are of the same host as the video, which refuses those who ask for many of them.
"""

from typing import Final

from archiver.model.media import ROLE
from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.platforms.files import Files
from archiver.platforms.video import video_target
from archiver.platforms.youtube import asks
from archiver.platforms.youtube.addresses import watch_url
from archiver.platforms.youtube.answers import Answers, of_youtube, read
from archiver.platforms.youtube.channel import channel_id
from archiver.platforms.youtube.comments import next_comments
from archiver.platforms.youtube.extracting import extracted
from archiver.platforms.youtube.standing import standing, stopped
from archiver.platforms.youtube.videos import plays

_REFUSED: Final = frozenset({401, 403, 429})


def first_of(key: PostKey, access: Access) -> tuple[Target, ...]:
    """Return the request to the Data API, where there is a token, and that for the page."""
    api = (asks.api_video(key),) if access.token and key.kind == "video" else ()
    return (*api, asks.page(key))


def next_of(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return what is asked next, nothing at the end. After a test, a login or a refusal only the Data API goes on."""
    answers = read(seen)
    asked = {each.role for each in answers.hops}
    if stopped(key, answers):
        return _comments_of_api(key, access, answers) if answers.item(key) else ()
    for target in _pages(key, answers):
        if target.role not in asked:
            return (target,)
    if standing(key, answers).state != "available":
        return ()
    comments = next_comments(key, access, answers) if key.kind == "video" else ()
    if comments or not access.media:
        return comments
    post = extracted(key, answers, seen).post
    files = Files.of(seen).targets(post.attachment) if post is not None else ()
    apart = tuple(each for each in files if not of_youtube(each.url))
    if apart or key.kind != "video" or not plays(key, answers):
        return apart or files
    video = video_target(watch_url(key.part("id")), access, seen)
    return video or (() if _video_refused(seen) else files)


def _pages(key: PostKey, answers: Answers) -> tuple[Target, ...]:
    if key.kind == "video":
        card, player = asks.card(key), asks.player(key)
        return (card, player) if answers.shown else (player, card)  # a card kept back ends the asking
    number = key.part("id") or channel_id(answers.data)
    return (asks.feed(number),) if key.kind == "channel" and number else ()


def _video_refused(seen: tuple[Seen, ...]) -> bool:
    return any(each.role == ROLE and of_youtube(each.url) and each.status in _REFUSED for each in seen)


def _comments_of_api(key: PostKey, access: Access, answers: Answers) -> tuple[Target, ...]:
    return tuple(each for each in next_comments(key, access, answers) if each.authorized)
