"""How a post stands: by statuses, codes and names of reasons; never by words (docs/spec/platforms/tiktok.md)."""

from typing import Final

from archiver.model.platform import PostKey, Seen, Standing, State
from archiver.platforms.statuses import STATES, STOPPED, of_status
from archiver.platforms.tiktok.addresses import SHORT, meant
from archiver.platforms.tiktok.answers import OEMBED, PAGE, Answers, is_challenge, is_login, read

_CODES: Final[dict[int, State]] = {10216: "private", 10222: "private"}  # the post is; the account is
_REASONS: Final[tuple[tuple[str, State], ...]] = (  # what decides most first: several may stand together
    ("status_deleted", "deleted"),
    ("status_audit_not_pass", "removed_by_platform"),
    ("status_self_see", "private"),
    ("status_friend_see", "private"),
    ("author_secret", "private"),
    ("item_privacy_authorization", "private"),
    ("person_geo_fencing", "geo_blocked"),
    ("copyright_geo_filter", "geo_blocked"),
    ("cross_border_violation", "geo_blocked"),
    ("content_classification", "age_gated"),
)


def standing_of(key: PostKey, seen: tuple[Seen, ...]) -> Standing:
    """Return how the post stands: what the page says goes before what is told for embedding."""
    key = meant(key, seen)
    if key.kind == SHORT:
        return _unresolved(seen)
    answers = read(key, seen)
    found = _of_item(answers) or _of_code(answers) or _of_refusal(answers.page) or _of_refusal(answers.embed)
    if found is not None:
        return found
    page = answers.page
    if answers.oembed and page is not None and page.whole and page.status in {200, 404, 410}:
        return Standing("needs_browser", "tiktok.oembed.only", answers.oembed.exchange)
    if page is None and answers.embed is not None and (answers.embed.failure or answers.embed.status >= 500):
        return _of_status(answers.embed)
    return _of_status(page)


def is_refusal(seen: Seen) -> bool:
    """Whether an answer says to stop: too much was asked, a test or a login stands before the page."""
    return seen.status in STOPPED or is_challenge(seen) or is_login(seen)


def reasons_of(answers: Answers) -> tuple[str, ...]:
    """Return the names of reasons that TikTok gives, which it joins with `&`."""
    said = answers.detail.at("statusMsg").words
    return tuple(said.value[:500].split("&")) if said else ()


def _of_item(answers: Answers) -> Standing | None:
    item, code = answers.item, answers.detail.at("statusCode").integer
    if not item or (code is not None and code.value):
        return None
    if item.at("isContentClassified").value is True:
        return Standing("age_gated", "tiktok.page.content-classified", item.exchange)
    return Standing("available", "tiktok.page.item", item.exchange)


def _of_code(answers: Answers) -> Standing | None:
    code = answers.detail.at("statusCode").integer
    if answers.other:
        return Standing("unavailable_unknown", "tiktok.page.other-post", answers.detail.exchange)
    if code is None or not code.value:
        return None
    said = reasons_of(answers)
    for name, state in _REASONS:
        if any(each == name or each.startswith(f"{name}_") for each in said):
            return Standing(state, f"tiktok.page.{name.replace('_', '-')}", code.exchange)
    return Standing(
        _CODES.get(code.value, "unavailable_unknown"), f"tiktok.page.status-code-{code.value}", code.exchange
    )


def _of_refusal(seen: Seen | None) -> Standing | None:
    if seen is None or not is_refusal(seen):
        return None
    if is_challenge(seen):
        return Standing("challenge", f"tiktok.{seen.role}.challenge", seen.number)
    if is_login(seen):
        return Standing("login_required", f"tiktok.{seen.role}.login", seen.number)
    return Standing(
        STATES.get(seen.status, "unavailable_unknown"), f"tiktok.{seen.role}.status-{seen.status}", seen.number
    )


def _of_status(seen: Seen | None) -> Standing:
    """Return what the status of an answer says that has nothing else to say."""
    if seen is None:
        return Standing("unavailable_unknown", "tiktok.not-asked")
    name = seen.role if seen.role in {PAGE, OEMBED} else SHORT
    return of_status(f"tiktok.{name}", seen)


def _unresolved(seen: tuple[Seen, ...]) -> Standing:
    links = [each for each in seen if each.role.startswith(SHORT)]
    if not links:
        return Standing("unavailable_unknown", "tiktok.not-asked")
    last = links[-1]
    found = _of_refusal(last)
    if found is not None:
        return Standing(found.state, f"tiktok.{SHORT}.{found.rule.rpartition('.')[2]}", last.number)
    if last.header("location"):
        return Standing("unavailable_unknown", "tiktok.short.leads-elsewhere", last.number)
    return _of_status(last)
