"""How a post stands, by the structure of the answers (docs/spec/platforms/instagram.md §States)."""

import re
from typing import Final

from archiver.model.platform import Standing
from archiver.platforms.instagram.addresses import PLATFORM
from archiver.platforms.instagram.sight import Sight
from archiver.platforms.instagram.telling import shows_embed
from archiver.platforms.meta.answers import Places, by_status, last, sent_away
from archiver.platforms.meta.keys import PAGE
from archiver.platforms.meta.standing import of_nothing, of_story, untold

PLACES: Final[Places] = (
    (re.compile(r"/challenge(?:/.*)?", re.DOTALL), "challenge", "challenge"),
    (re.compile(r"/accounts/login(?:/.*)?", re.DOTALL), "login_required", "login"),
    (re.compile(r"/"), "login_required", "home"),
)
"""Where readers are sent. The login comes after a few pages: it says nothing of the post."""


def standing_of(sight: Sight) -> Standing:
    """Return how the post stands, by the strongest that the answers say."""
    if sight.key.kind == "story":
        return of_story(PLATFORM, sight.seen)
    if sight.item:
        return Standing("available", "instagram.page.media", sight.item.exchange)
    if shows_embed(sight):
        return Standing("available", "instagram.embed.media", sight.embed.exchange)
    return untold(PLATFORM, sight.seen, sight.page, sight.is_mine, lambda: _absent(sight))


def _absent(sight: Sight) -> Standing:
    away = sent_away(PLATFORM, sight.seen, PAGE, PLACES) or by_status(PLATFORM, sight.seen, PAGE)
    if away is not None:
        return away
    answer = last(sight.seen, PAGE)
    number = answer.number if answer is not None else 0
    gated = [each for each in sight.places if each and not each.at("if_not_gated_logged_out")]
    if gated:
        return Standing("login_required", "instagram.page.gated", gated[0].exchange)
    if any(sight.places):
        return Standing("unavailable_unknown", "instagram.page.other-media", number)
    if sight.places:
        return Standing("unavailable_unknown", "instagram.page.null", number)
    return of_nothing(PLATFORM, sight.seen)
