"""How a post stands: by which answers hold it, by the codes of those that do not, by what is proved."""

from collections.abc import Iterator
from typing import Final

from archiver.model.platform import PostKey, Seen, Standing, State
from archiver.platforms.bluesky.posts import HIDING, labels_of
from archiver.platforms.bluesky.sight import Sight, family, is_good, sight_of
from archiver.platforms.reading import json_in
from archiver.platforms.statuses import is_challenge

_ACCOUNT_CODES: Final = {
    "RepoTakendown": "repo-takendown",
    "RepoSuspended": "repo-suspended",
    "RepoDeactivated": "repo-deactivated",
    "RepoNotFound": "repo-not-found",
    "AccountTakedown": "account-takedown",
    "AccountDeactivated": "account-deactivated",
}
_GONE: Final = frozenset({"takendown", "suspended", "deleted", "deactivated"})
_REFUSALS: Final[dict[int, tuple[State, str]]] = {
    401: ("login_required", "status-401"),
    403: ("unavailable_unknown", "status-403"),
    429: ("rate_limited", "status-429"),
    451: ("geo_blocked", "status-451"),
}


def standing_of(key: PostKey, seen: tuple[Seen, ...]) -> Standing:
    """Return how the post stands, with the exchange that shows it. Never raises."""
    sight = sight_of(key, seen)
    for reason in (_held, _account_gone, _absent, _refused, _unnamed, _failed):
        if (found := reason(sight)) is not None:
            return found
    return Standing("unavailable_unknown", "bluesky.nothing-tells")


def code_of(seen: Seen | None) -> str:
    """Return the code of an error that an answer tells, "" where it tells none."""
    if seen is None or seen.status < 400:
        return ""
    error = json_in(seen).at("error").text
    return error.value if error is not None else ""


def _held(sight: Sight) -> Standing | None:
    """Return how a post stands that is in the answers."""
    proof, where = sight.proof, sight.proof_exchange
    if sight.thread:
        if proof is not None and proof.lacks:
            return Standing("deleted", "bluesky.proof.absent-while-shown", where)
        labels = {label.value for label in labels_of(sight.thread.at("post"))}
        rule = "shown-with-hiding-label" if labels & HIDING else "shown"
        return Standing("available", f"bluesky.app.{rule}", sight.thread.exchange)
    if sight.record:
        return Standing("available", "bluesky.server.record", sight.record.exchange)
    if proof is not None and proof.exists:
        if code_of(sight.last("record")) == "RecordNotFound":
            return Standing("removed_by_platform", "bluesky.proof.present-while-withheld", where)
        return Standing("available", "bluesky.proof.record", where)
    if proof is not None and proof.data is not None:
        return Standing("available", "bluesky.server.archive", where)
    return None


def _account_gone(sight: Sight) -> Standing | None:
    status = sight.last("status")
    if status is not None and is_good(status):
        told = json_in(status).at("status").text
        if json_in(status).at("active").value is False and told is not None and told.value in _GONE:
            return Standing("account_gone", f"bluesky.status.{told.value}", status.number)
    for role in ("proof", "status", "record"):
        answer = sight.last(role)
        if answer is not None and (rule := _ACCOUNT_CODES.get(code_of(answer))):
            return Standing("account_gone", f"bluesky.server.{rule}", answer.number)
    directory = sight.last("did")
    if directory is not None and directory.status == 410:
        return Standing("account_gone", "bluesky.did.given-up", directory.number)
    return None


def _absent(sight: Sight) -> Standing | None:
    if sight.proof is not None and sight.proof.lacks:
        return Standing("not_found", "bluesky.proof.absent", sight.proof_exchange)
    record = sight.last("record")
    if record is not None and code_of(record) == "RecordNotFound":
        return Standing("not_found", "bluesky.server.record-not-found", record.number)
    for answer in _of(sight, "thread"):
        place = json_in(answer).at("thread") if is_good(answer) else None
        if place is not None and place.at("blocked").value is True:
            return Standing("private", "bluesky.app.blocked-post", answer.number)
        if code_of(answer) == "NotFound" or (place is not None and place.at("notFound").value is True):
            rule = "not-found-post" if place is not None else "not-found"
            return Standing("not_found", f"bluesky.app.{rule}", answer.number)
    directory = sight.last("did")
    if directory is not None and directory.status == 404:
        return Standing("not_found", "bluesky.did.unknown", directory.number)
    return None


def _refused(sight: Sight) -> Standing | None:
    for seen in sight.seen:
        if is_challenge(seen):
            return Standing("challenge", "bluesky.challenge", seen.number)
        if seen.status in _REFUSALS:
            state, rule = _REFUSALS[seen.status]
            return Standing(state, f"bluesky.{rule}", seen.number)
    return None


def _unnamed(sight: Sight) -> Standing | None:
    """Return that nobody knows whose the handle is: it was given up or changed, or never was."""
    answer = sight.last("handle")
    if sight.did is None and answer is not None and code_of(answer) == "InvalidRequest":
        return Standing("not_found", "bluesky.handle.unknown", answer.number)
    return None


def _failed(sight: Sight) -> Standing | None:
    """Return the first answer that failed, of those that could have told."""
    for seen in sight.seen:
        if family(seen.role) in ("handle", "thread", "did", "record") and not is_good(seen):
            return Standing("unavailable_unknown", f"bluesky.{family(seen.role)}.failed", seen.number)
    return None


def _of(sight: Sight, kind: str) -> Iterator[Seen]:
    """Yield the last exchange of a kind of target."""
    yield from [seen for seen in sight.seen if family(seen.role) == kind][-1:]
