"""How a post stands: by status and structure of the answers, never by words."""

from typing import Final

from archiver.model.platform import Seen, Standing
from archiver.platforms.mastodon.answers import (
    Heard,
    is_actor,
    is_error,
    is_one,
    is_sign_in,
    last,
    page_post,
)
from archiver.platforms.mastodon.note import NO_SUCH
from archiver.platforms.reading import json_in
from archiver.platforms.statuses import is_challenge

NOT_ONE: Final = "mastodon.not-one"

_NAMES: Final = (("status", "api"), ("note", "misskey"), ("object", "object"), ("page", "page"))


def standing_of(heard: Heard) -> Standing:
    """Return how the post stands on the server that was named, else where its page led."""
    for step in (_shown, _stopped, _gone, _login, _absent):
        found = step(heard)
        if found is not None:
            return found
    return _untold(heard)


def _shown(heard: Heard) -> Standing | None:
    if heard.status:
        return Standing("available", "mastodon.api.status", heard.status.exchange)
    if heard.note:
        return Standing("available", "mastodon.misskey.note", heard.note.exchange)
    told = ((heard.object, "object"), (heard.origin_status, "origin.api"), (heard.origin_object, "origin.object"))
    for found, name in told:
        if found:
            if found.at("type").value == "Tombstone":
                return Standing("deleted", f"mastodon.{name}.tombstone", found.exchange)
            return Standing("available", f"mastodon.{name}.{'status' if 'api' in name else 'post'}", found.exchange)
    if heard.origin_note:
        return Standing("available", "mastodon.origin.misskey.note", heard.origin_note.exchange)
    page = page_post(heard)
    return Standing("available", "mastodon.page.article", page.exchange) if page else None


def _stopped(heard: Heard) -> Standing | None:
    for answer, name in _answers(heard):
        if is_challenge(answer):
            return Standing("challenge", f"mastodon.{name}.challenge", answer.number)
    for answer, name in _answers(heard):
        if answer.status == 429:
            return Standing("rate_limited", f"mastodon.{name}.429", answer.number)
    return None


def _gone(heard: Heard) -> Standing | None:
    for answer, name in _answers(heard):
        if answer.status == 410 and is_one(heard):
            actor = last(heard.seen, "actor")
            if actor is not None and actor.status == 410:
                return Standing("account_gone", "mastodon.actor.410", actor.number)
            if actor is not None and is_actor(actor):
                return Standing("deleted", f"mastodon.{name}.410", answer.number)
            return Standing("unavailable_unknown", f"mastodon.{name}.410", answer.number)
    return None


def _login(heard: Heard) -> Standing | None:
    if not is_one(heard):
        return None
    for answer, name in _answers(heard):
        if (
            answer.status == 401 and name != "object"
        ):  # an object may want a signature of servers, where people need none
            return Standing("login_required", f"mastodon.{name}.401", answer.number)
    page = last(heard.seen, "page")
    if page is not None and is_sign_in(page):
        return Standing("login_required", "mastodon.page.sign-in", page.number)
    return None


def _absent(heard: Heard) -> Standing | None:
    note = last(heard.seen, "note")
    if note is not None and json_in(note).at("error", "code").value == NO_SUCH:
        return Standing("not_found", "mastodon.misskey.no-such-note", note.number)
    status = last(heard.seen, "status")
    if status is not None and status.status == 404 and is_error(status) and is_one(heard):
        return Standing("not_found", "mastodon.api.404", status.number)
    found = last(heard.seen, "object")
    if status is None and found is not None and found.status == 404 and is_one(heard):
        return Standing("not_found", "mastodon.object.404", found.number)
    return None


def _untold(heard: Heard) -> Standing:
    answers = _answers(heard)
    if answers and all(each.failure for each, _ in answers):
        return Standing("unavailable_unknown", "mastodon.no-answer", answers[0][0].number)
    if not is_one(heard):
        page = last(heard.seen, "page")
        return Standing("unavailable_unknown", NOT_ONE, page.number if page is not None else 0)
    for answer, name in answers:
        if answer.failure or answer.status >= 300:
            what = "no-answer" if answer.failure else str(answer.status)
            return Standing("unavailable_unknown", f"mastodon.{name}.{what}", answer.number)
    return Standing("unavailable_unknown", "mastodon.unreadable", answers[0][0].number)


def _answers(heard: Heard) -> list[tuple[Seen, str]]:
    found = ((last(heard.seen, role), name) for role, name in _NAMES)
    return [(answer, name) for answer, name in found if answer is not None]
