"""How a post or comment stands: by statuses, reasons with names, and the marks that stand in place of what is gone.

See docs/spec/platforms/reddit.md §States.
"""

from typing import Final

from archiver.model.platform import PostKey, Seen, Standing, State
from archiver.platforms.html import page_in
from archiver.platforms.places import path_of
from archiver.platforms.reading import Doc
from archiver.platforms.reddit.addresses import SHORT, meant
from archiver.platforms.reddit.answers import (
    API_REASON,
    API_THREAD,
    DELETED,
    FEED,
    FEED_THREAD,
    INFO,
    OEMBED,
    REMOVED,
    Answers,
    read,
    reason_of,
)
from archiver.platforms.reddit.feed import author_of, words_of
from archiver.platforms.statuses import STATES, STOPPED, of_status
from archiver.platforms.xml import is_whole

TOKEN_REFUSED: Final = 401
_TEST: Final = 'form input[name="js_challenge"], form input[name="solution"]'
_BY_AUTHOR: Final = frozenset({"deleted", "author"})
_REASONS: Final[dict[str, State]] = {
    "private": "private", "gold_only": "private", "quarantined": "login_required", "gated": "login_required",
    "banned": "removed_by_platform",
}  # fmt: skip
_PLACES: Final[tuple[tuple[str, State, str], ...]] = (
    ("/login", "login_required", "login"),
    ("/over18", "age_gated", "over18"),
    ("/quarantine", "login_required", "quarantine"),
)


def standing_of(key: PostKey, seen: tuple[Seen, ...]) -> Standing:
    """Return how it stands: what the interface for programs says goes before the feed, and that before embedding."""
    key = meant(key, seen)
    if key.kind == SHORT:
        return _unresolved(seen)
    answers = read(key, seen)
    if answers.item:
        return _of_item(answers.item)
    if answers.entry:
        return _of_entry(answers)
    feed = answers.seen(FEED, FEED_THREAD)
    asked = [each for role in (API_THREAD, API_REASON, INFO, FEED, FEED_THREAD) if (each := answers.last.get(role))]
    asked = [each for each in asked if feed is None or each.status != TOKEN_REFUSED or each is feed]
    for each in asked:
        found = refusal(each)
        if found is not None:
            return found
    if answers.oembed and feed is not None and _came_without_it(feed):
        return Standing("needs_token", "reddit.oembed.only", answers.oembed.exchange)
    return _of_status(asked or [each for each in (answers.last.get(OEMBED),) if each is not None])


def refusal(seen: Seen) -> Standing | None:
    """Return what an answer says that asks to be left alone, or that names a reason; None for any other."""
    name = f"reddit.{seen.role}"
    if _is_test(seen):
        return Standing("challenge", f"{name}.challenge", seen.number)
    reason = reason_of(seen)
    if reason in _REASONS:
        return Standing(_REASONS[reason], f"{name}.reason-{reason.replace('_', '-')}", seen.number)
    for place in (seen.url, seen.header("location")):
        path = path_of(place)
        for beginning, state, what in _PLACES:
            if path == beginning or path.startswith(f"{beginning}/"):
                return Standing(state, f"{name}.{what}", seen.number)
    if seen.status in STOPPED:
        return Standing(STATES.get(seen.status, "unavailable_unknown"), f"{name}.status-{seen.status}", seen.number)
    return None


def _came_without_it(feed: Seen) -> bool:
    is_page = "html" in feed.header("content-type").lower()
    return feed.whole and (feed.status in {404, 410} or (feed.status == 200 and not is_page and is_whole(feed)))


def _is_test(seen: Seen) -> bool:
    """Return whether a page came that lets scripts solve a task before it leads on, in place of what was asked."""
    if seen.header("cf-mitigated").lower() == "challenge":
        return True
    return "html" in seen.header("content-type").lower() and bool(page_in(seen).first(_TEST))


def is_gone(item: Doc) -> bool:
    """Return whether only the removal is left of what the interface tells."""
    return _of_item(item).state != "available"


def _of_item(item: Doc) -> Standing:
    category = item.at("removed_by_category").words
    if category is not None:
        state: State = "deleted" if category.value in _BY_AUTHOR else "removed_by_platform"
        name = category.value[:40].lower().replace("_", "-")
        plain = "".join(each for each in name if each.isascii() and (each.isalnum() or each == "-"))
        return Standing(state, f"reddit.api.removed-by-{plain}", item.exchange)
    author = item.at("author").value
    body = item.at("body").value if item.at("body").text else item.at("selftext").value
    return _of_marks("api", author, body, item.exchange)


def _of_entry(answers: Answers) -> Standing:
    entry = answers.entry
    author = author_of(entry)
    return _of_marks("feed", author.value if author else None, words_of(entry), entry.exchange)


def _of_marks(name: str, author: object, body: object, exchange: int) -> Standing:
    if body == REMOVED:
        return Standing("removed_by_platform", f"reddit.{name}.body-removed", exchange)
    if body == DELETED and author in (DELETED, None):
        return Standing("deleted", f"reddit.{name}.body-deleted", exchange)
    return Standing("available", f"reddit.{name}.{'item' if name == 'api' else 'entry'}", exchange)


def _of_status(asked: list[Seen]) -> Standing:
    """Return what the status of the first answer says, where none has anything to say."""
    if not asked:
        return Standing("unavailable_unknown", "reddit.not-asked")
    return of_status(f"reddit.{asked[0].role}", asked[0])


def _unresolved(seen: tuple[Seen, ...]) -> Standing:
    links = [each for each in seen if each.role.startswith(SHORT)]
    if not links:
        return Standing("unavailable_unknown", "reddit.not-asked")
    last = links[-1]
    found = refusal(last)
    if found is not None:
        return found
    if last.header("location"):
        return Standing("unavailable_unknown", f"reddit.{last.role}.leads-elsewhere", last.number)
    return _of_status([last])
