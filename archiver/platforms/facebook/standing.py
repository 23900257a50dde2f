"""How a post stands, by the structure of the answers (docs/spec/platforms/facebook.md §States)."""

import re
from typing import Final

from archiver.model.platform import Standing
from archiver.platforms.facebook.addresses import PLATFORM
from archiver.platforms.facebook.sight import Sight
from archiver.platforms.meta import preview
from archiver.platforms.meta.answers import Places, by_status, embedding, is_whole, last, sent_away
from archiver.platforms.meta.keys import PAGE

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
        answer = last(sight.seen, PAGE)
        number = answer.number if answer is not None else 0
        refused = by_status(PLATFORM, sight.seen, PAGE)
        limited = refused is not None and refused.state == "rate_limited"
        return refused if refused and limited else Standing("login_required", "facebook.address.story", number)
    if sight.told:
        what = "single-story" if sight.single else sight.key.kind
        return Standing("available", f"facebook.page.{what}", sight.told[0].exchange)
    whole = is_whole(sight.seen, PAGE)
    if whole and preview.shows(sight.page, sight.is_mine):
        return Standing("needs_browser", "facebook.page.preview", sight.page.exchange)
    said = embedding(PLATFORM, sight.seen, sight.is_mine)
    if whole and said is not None and said.state == "needs_browser":
        return said
    absent = _absent(sight)
    limited = said is not None and said.state == "rate_limited"
    return said if said is not None and limited and absent.state == "unavailable_unknown" else absent


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
    cut = answer is not None and not answer.whole
    return Standing("unavailable_unknown", f"facebook.page.{'broken-off' if cut else 'nothing'}", number)
