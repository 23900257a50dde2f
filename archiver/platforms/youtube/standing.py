"""How a video, a community post or a channel stands (docs/spec/platforms/youtube.md §States)."""

from typing import Final

from archiver.model.platform import PostKey, Seen, Standing, State
from archiver.platforms.youtube.answers import Answers
from archiver.platforms.youtube.channel import feed_in, shows_channel
from archiver.platforms.youtube.community import shared
from archiver.platforms.youtube.playability import verdict
from archiver.platforms.youtube.refusals import STOPS, refusal

_REJECTED_WITH_ACCOUNT: Final = frozenset({"uploaderAccountClosed", "uploaderAccountSuspended"})


def standing(key: PostKey, answers: Answers) -> Standing:
    """Return how what `key` means stands."""
    if key.kind == "video":
        return _video(key, answers)
    if key.kind == "post":
        found = shared(key, answers.data)
        if found is not None:
            return Standing("available", "youtube.page.post", found.exchange)
    elif shows_channel(answers.data):
        return Standing("available", "youtube.page.channel", answers.data.exchange)
    elif atom := feed_in(answers.last("feed")):
        return Standing("available", "youtube.feed.channel", atom.exchange)
    return refusal(answers, "page") or _no_item(answers)


def stopped(key: PostKey, answers: Answers) -> bool:
    """Return whether YouTube's site is asked nothing more: it tests, refuses, wants a login, or does not answer."""
    for role in dict.fromkeys(each.role for each in answers.hops):
        if role.startswith(("api.", "file.")):
            continue
        refused = refusal(answers, role)
        if refused is not None and role == "oembed" and not _refuses(refused):
            continue  # its other statuses are about the video
        if refused is not None and (refused.state in STOPS or refused.rule.endswith((".status-403", ".failed"))):
            return True
    said = (verdict(key.part("id"), where, doc, answers) for where, doc in answers.players)
    return any(each is not None and each.state == "challenge" for each in said)


def _refuses(refused: Standing) -> bool:
    return refused.state in ("challenge", "rate_limited") or refused.rule.endswith(".status-403")


def _video(key: PostKey, answers: Answers) -> Standing:
    if answers.item(key):
        return _of_api(key, answers)
    said = [verdict(key.part("id"), where, doc, answers) for where, doc in answers.players]
    told = [each for each in said if each is not None]
    shown = next((each for each in told if each.state == "available"), None)
    plain = next((each for each in told if each.state != "unavailable_unknown"), None)
    if shown or plain:
        return shown or plain or told[0]
    if told:
        return told[0]
    if answers.card.at("title").words is not None:
        return Standing("available", "youtube.oembed.card", answers.card.exchange)
    return refusal(answers, "page") or refusal(answers, "player") or _nothing(answers)


def _of_api(key: PostKey, answers: Answers) -> Standing:
    item = answers.item(key)
    status = item.at("status", "uploadStatus").words
    why = item.at("status", "rejectionReason").words
    found: tuple[State, str] = ("available", "item")
    if status is not None and status.value == "deleted":
        found = ("deleted", "upload-deleted")
    elif status is not None and status.value == "rejected":
        of_account = why is not None and why.value in _REJECTED_WITH_ACCOUNT
        found = ("account_gone", "account-rejected") if of_account else ("removed_by_platform", "upload-rejected")
    return Standing(found[0], f"youtube.api.{found[1]}", item.exchange)


def _no_item(answers: Answers) -> Standing:
    """Return what a page means that came and does not show it: the site says so by an alert, and not why."""
    if any(each.at("alertRenderer", "type").words is not None for each in answers.data.at("alerts").items):
        return Standing("unavailable_unknown", "youtube.page.alert", answers.data.exchange)
    return _nothing(answers)


def _nothing(answers: Answers) -> Standing:
    page: Seen | None = answers.last("page")
    if page is None:
        return Standing("unavailable_unknown", "youtube.page.not-asked")
    what = "no-data" if page.whole else "broken-off"
    return Standing("unavailable_unknown", f"youtube.page.{what}", page.number)
