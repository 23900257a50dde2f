"""How a post stands, by the structure of the answers (docs/spec/platforms/facebook.md §States)."""

import re
from typing import Final

from archiver.model.platform import Standing
from archiver.platforms.facebook.addresses import PLATFORM
from archiver.platforms.facebook.sight import Sight
from archiver.platforms.meta.answers import Places, by_status, last, sent_away
from archiver.platforms.meta.keys import PAGE
from archiver.platforms.meta.standing import of_nothing, of_story, untold

PLACES: Final[Places] = (
    (re.compile(r"/checkpoint(?:/.*)?", re.DOTALL), "challenge", "checkpoint"),
    (re.compile(r"/login(?:\.php|/.*)?", re.DOTALL), "login_required", "login"),
    (re.compile(r"/cookie/.*", re.DOTALL), "needs_browser", "consent"),
    (re.compile(r"/unsupportedbrowser"), "needs_browser", "unsupported-browser"),
)
"""Where readers are sent."""


def standing_of(sight: Sight) -> Standing:
    """Return how the post stands, by the strongest that the answers say."""
    if sight.key.kind == "story":
        return of_story(PLATFORM, sight.seen)
    if sight.told:
        what = "single-story" if sight.single else sight.key.kind
        return Standing("available", f"facebook.page.{what}", sight.told[0].exchange)
    return untold(PLATFORM, sight.seen, sight.page, sight.is_mine, lambda: _absent(sight))


def _absent(sight: Sight) -> Standing:
    away = sent_away(PLATFORM, sight.seen, PAGE, PLACES) or by_status(PLATFORM, sight.seen, PAGE)
    if away is not None:
        return away
    answer = last(sight.seen, PAGE)
    number = answer.number if answer is not None else 0
    if sight.error:
        return Standing("unavailable_unknown", "facebook.page.error-root", number)
    if sight.others:
        return Standing("unavailable_unknown", "facebook.page.other-stories", number)
    if sight.page.first("form#login_form"):
        return Standing("login_required", "facebook.page.login-form", number)
    return of_nothing(PLATFORM, sight.seen)
