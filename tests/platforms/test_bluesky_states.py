"""How posts on Bluesky stand: for each way in which one can be missing, the answers that show it."""

from typing import Any

import pytest
from adapterkit import Answer, play
from blueskykit import DID, HANDLE, POSTS, RKEY, URI, Repository, World, document, error, others, record

from archiver.platforms.bluesky import ADAPTER

GONE = error("NotFound")
ABSENT = Answer(Repository(others()).archive())
NO_RECORD = error("RecordNotFound")
SILENT = Answer(failure="connect")
OTHER_DOCUMENT = Answer.json(document() | {"id": 1})


def status(active: Any, told: Any = None) -> Answer:
    return Answer.json({"did": DID, "active": active} | ({"status": told} if told else {}))


def inactive(code: str, told: str = "") -> dict[str, Answer]:
    answers = {"thread": GONE, "record": NO_RECORD, "proof": error(code)}
    return answers | ({"status": status(False, told)} if told else {"status": error(code)})


@pytest.mark.parametrize(
    ("changed", "state", "rule"),
    [
        ({}, "available", "app.shown"),
        ({"record": NO_RECORD, "proof": SILENT}, "available", "app.shown"),
        ({"proof": ABSENT}, "deleted", "proof.absent-while-shown"),
        ({"thread": GONE}, "available", "server.record"),
        ({"thread": GONE, "record": error("InternalServerError", 500)}, "available", "proof.record"),
        ({"thread": GONE, "record": NO_RECORD}, "removed_by_platform", "proof.present-while-withheld"),
        ({"thread": GONE, "record": NO_RECORD, "proof": ABSENT}, "not_found", "proof.absent"),
        ({"thread": GONE, "record": NO_RECORD, "proof": SILENT}, "not_found", "server.record-not-found"),
        ({"thread": GONE, "record": SILENT, "proof": SILENT}, "not_found", "app.not-found"),
        ({"thread": Answer.json({"thread": {"uri": URI, "notFound": True}}), "record": SILENT, "proof": SILENT},
         "not_found", "app.not-found-post"),
        ({"thread": Answer.json({"thread": {"uri": URI, "blocked": True}}), "record": SILENT, "proof": SILENT},
         "private", "app.blocked-post"),
        (inactive("RepoTakendown", "takendown"), "account_gone", "status.takendown"),
        (inactive("RepoSuspended", "suspended"), "account_gone", "status.suspended"),
        (inactive("RepoDeactivated", "deactivated"), "account_gone", "status.deactivated"),
        (inactive("RepoNotFound", "deleted"), "account_gone", "status.deleted"),
        (inactive("RepoTakendown"), "account_gone", "server.repo-takendown"),
        (inactive("RepoSuspended"), "account_gone", "server.repo-suspended"),
        (inactive("RepoDeactivated"), "account_gone", "server.repo-deactivated"),
        (inactive("RepoNotFound"), "account_gone", "server.repo-not-found"),
        (inactive("Other", "throttled"), "not_found", "server.record-not-found"),
        (inactive("Other") | {"status": status(True)}, "not_found", "server.record-not-found"),
        ({"thread": GONE, "did": Answer.json({"message": "…"}, 410)}, "account_gone", "did.given-up"),
        ({"thread": SILENT, "did": Answer.json({"message": "…"}, 404)}, "not_found", "did.unknown"),
        ({"thread": error("AuthMissing", 401), "did": SILENT}, "login_required", "status-401"),
        ({"thread": error("Forbidden", 403), "did": SILENT}, "unavailable_unknown", "status-403"),
        ({"thread": error("RateLimitExceeded", 429), "did": SILENT}, "rate_limited", "status-429"),
        ({"thread": Answer.html("<p>…</p>", 451), "did": SILENT}, "geo_blocked", "status-451"),
        ({"thread": Answer.html("", 403, ("CF-Mitigated", "challenge")), "did": SILENT}, "challenge", "challenge"),
        ({"thread": error("InternalServerError", 500), "did": SILENT}, "unavailable_unknown", "thread.failed"),
        ({"thread": Answer.json([]), "did": SILENT}, "unavailable_unknown", "did.failed"),
        ({"thread": Answer.json({"thread": {"post": {"uri": URI.replace(RKEY, "3other")}}}), "did": Answer.json({})},
         "unavailable_unknown", "nothing-tells"),
        ({"thread": Answer.json({"thread": {"post": {"uri": URI, "record": []}}}), "did": OTHER_DOCUMENT},
         "unavailable_unknown", "nothing-tells"),
        ({"thread": Answer(b"{", whole=False), "did": SILENT}, "unavailable_unknown", "thread.failed"),
    ],
)  # fmt: skip
def test_answers_decide_the_state(changed: dict[str, Any], state: str, rule: str) -> None:
    played = play(ADAPTER, f"at://{DID}/{POSTS}/{RKEY}", World(changed=changed))
    assert (played.state, played.rule) == (state, f"bluesky.{rule}")


@pytest.mark.parametrize(
    ("answer", "state", "rule"),
    [
        (error("InvalidRequest"), "not_found", "handle.unknown"),
        (error("InternalServerError", 502), "unavailable_unknown", "handle.failed"),
        (SILENT, "unavailable_unknown", "handle.failed"),
        (error("RateLimitExceeded", 429), "rate_limited", "status-429"),
        (Answer.json({"did": "did:key:z"}), "unavailable_unknown", "nothing-tells"),
        (Answer.json([]), "unavailable_unknown", "nothing-tells"),
    ],
)
def test_handles_that_lead_nowhere(answer: Answer, state: str, rule: str) -> None:
    played = play(ADAPTER, f"https://bsky.app/profile/{HANDLE}/post/{RKEY}", World(changed={"handle": answer}))
    assert (played.state, played.rule) == (state, f"bluesky.{rule}")
    assert played.document["post"] is None
    assert played.document["missing"][0]["what"] == "the account"


def test_the_server_is_asked_how_the_account_stands_only_where_the_record_or_the_proof_did_not_come() -> None:
    def roles(changed: dict[str, Any]) -> list[str]:
        return [target.role for target in play(ADAPTER, f"at://{DID}/{POSTS}/{RKEY}", World(changed=changed)).targets]

    assert "status" not in roles({})
    assert "status" not in roles({"thread": GONE})
    assert roles({"thread": GONE, "record": NO_RECORD})[-1] == "status"
    assert roles({"proof": SILENT})[-1] == "status"


def test_record_of_another_post_is_not_taken_for_this_one() -> None:
    for uri in (
        URI.replace(RKEY, "3other"),
        URI.replace(DID, "did:plc:" + "d" * 24),
        "",
        None,
        f"at://{DID}/other/{RKEY}",
    ):
        changed = {"thread": GONE, "record": Answer.json({"uri": uri, "cid": "x", "value": record()}), "proof": SILENT}
        assert play(ADAPTER, f"at://{DID}/{POSTS}/{RKEY}", World(changed=changed)).rule == "bluesky.app.not-found"
