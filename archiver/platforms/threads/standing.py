"""How a post stands, by the structure of the answers (docs/spec/platforms/threads.md §States)."""

import re
from typing import Final

from archiver.model.platform import Standing
from archiver.platforms.meta.answers import Places, by_status, last, sent_away
from archiver.platforms.meta.keys import PAGE
from archiver.platforms.meta.standing import of_nothing, untold
from archiver.platforms.threads.addresses import PLATFORM
from archiver.platforms.threads.sight import Sight

PLACES: Final[Places] = (
    (re.compile(r"/challenge(?:/.*)?", re.DOTALL), "challenge", "challenge"),
    (re.compile(r"/(?:accounts/)?login(?:/.*)?", re.DOTALL), "login_required", "login"),
    (re.compile(r"/\?(?:.*&)?error=invalid_post(?:&.*)?", re.DOTALL), "unavailable_unknown", "invalid-post"),
    (re.compile(r"/"), "login_required", "home"),
)
"""Where readers are sent."""


def standing_of(sight: Sight) -> Standing:
    """Return how the post stands, by the strongest that the answers say."""
    if sight.is_withheld:
        return Standing("unavailable_unknown", "threads.page.post-unavailable", sight.post.exchange)
    if sight.post:
        return Standing("available", "threads.page.post", sight.post.exchange)
    return untold(PLATFORM, sight.seen, sight.page, sight.is_mine, lambda: _absent(sight))


def _absent(sight: Sight) -> Standing:
    away = sent_away(PLATFORM, sight.seen, PAGE, PLACES) or by_status(PLATFORM, sight.seen, PAGE)
    if away is not None:
        return away
    answer = last(sight.seen, PAGE)
    number = answer.number if answer is not None else 0
    if sight.others:
        return Standing("unavailable_unknown", "threads.page.other-posts", number)
    return of_nothing(PLATFORM, sight.seen)
