"""How a message stands, by the structure of the answers (docs/spec/platforms/telegram.md §States).

Telegram answers 200 to everything, and has one element for all that it does not show: for messages that were deleted or
never there, for channels that are withheld, for names that nobody has. Its words differ, and decide nothing here; what
the channel's own page shows beside it does.
"""

from typing import Final

from archiver.model.platform import PostKey, Seen, Standing, State
from archiver.platforms.statuses import STATES, STOPPED, is_challenge
from archiver.platforms.telegram.media import Files
from archiver.platforms.telegram.message import is_withheld, post_of
from archiver.platforms.telegram.widget import Pages, pages_in

CLOSED: Final[dict[str, State]] = {"members": "private", "invite": "private", "story": "needs_token"}
"""Kinds of addresses behind which the web shows no message, whatever it answers."""


def standing_of(key: PostKey, seen: tuple[Seen, ...]) -> Standing:
    """Return how the message, comment or channel that `key` means stands."""
    pages = pages_in(seen)
    if key.kind in CLOSED:
        return _refusal(pages, "card") or Standing(
            CLOSED[key.kind], f"telegram.address.{key.kind}", _number(pages, "card")
        )
    if key.kind == "channel":
        return _channel(pages)
    return _comment(key, pages) if key.kind == "comment" else _post(key, pages)


def is_refusal(seen: Seen) -> bool:
    """Whether an answer says to stop: too much was asked, or a test or a permission stands before the page."""
    return seen.status in STOPPED or is_challenge(seen)


def _post(key: PostKey, pages: Pages) -> Standing:
    for role in ("embed", "around"):
        message = pages.post(key, role)
        if message is not None:
            if is_withheld(post_of(message, Files())):
                return Standing("needs_token", f"telegram.{role}.unsupported", message.element.exchange)
            return Standing("available", f"telegram.{role}.message", message.element.exchange)
    return _refusal(pages, "embed", "around") or _absent(pages)


def _absent(pages: Pages) -> Standing:
    if pages.error("embed"):
        if pages.shows_channel():
            return Standing("not_found", "telegram.embed.error-in-shown-channel", _number(pages, "embed"))
        if pages.redirected("around"):
            return Standing("unavailable_unknown", "telegram.around.redirect", _number(pages, "around"))
        return Standing("unavailable_unknown", "telegram.embed.error", _number(pages, "embed"))
    if pages.messages("embed"):
        return Standing("unavailable_unknown", "telegram.embed.other-message", _number(pages, "embed"))
    return _nothing(pages, "embed")


def _comment(key: PostKey, pages: Pages) -> Standing:
    comment = pages.comment(key.part("comment"))
    if comment:
        return Standing("available", "telegram.discussion.comment", comment.exchange)
    refused = _refusal(pages, "discussion", "embed")
    if refused:
        return refused
    if pages.error("discussion"):
        return Standing("unavailable_unknown", "telegram.discussion.error", _number(pages, "discussion"))
    if pages.comments():
        return Standing("unavailable_unknown", "telegram.discussion.other-comments", _number(pages, "discussion"))
    return _nothing(pages, "discussion")


def _channel(pages: Pages) -> Standing:
    for role in ("card", "around"):
        if pages.card(role):
            return Standing("available", f"telegram.{role}.channel", _number(pages, role))
    return _refusal(pages, "card", "around") or _nothing(pages, "card")


def _nothing(pages: Pages, role: str) -> Standing:
    """Return why a page without anything to read on it is one: not asked, no answer, its status, or what it lacks."""
    seen = pages.seen.get(role)
    if seen is None:
        return Standing("unavailable_unknown", f"telegram.{role}.not-asked")
    if seen.failure or not seen.status:
        return Standing("unavailable_unknown", f"telegram.{role}.failed", seen.number)
    if seen.status in {404, 410}:
        return Standing("not_found", f"telegram.{role}.status-{seen.status}", seen.number)
    if seen.status != 200:
        return Standing("unavailable_unknown", f"telegram.{role}.status-{seen.status}", seen.number)
    return Standing("unavailable_unknown", f"telegram.{role}.{'nothing' if seen.whole else 'broken-off'}", seen.number)


def _refusal(pages: Pages, *roles: str) -> Standing | None:
    for role in roles:
        seen = pages.seen.get(role)
        if seen is not None and is_refusal(seen):
            return Standing(_refused_state(seen), f"telegram.{role}.{_refused_rule(seen)}", seen.number)
    return None


def _refused_state(seen: Seen) -> State:
    if is_challenge(seen):
        return "challenge"
    return STATES.get(seen.status, "unavailable_unknown")


def _refused_rule(seen: Seen) -> str:
    return "challenge" if is_challenge(seen) else f"status-{seen.status}"


def _number(pages: Pages, role: str) -> int:
    seen = pages.seen.get(role)
    return seen.number if seen is not None else 0
