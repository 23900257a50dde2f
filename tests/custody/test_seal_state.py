"""What the log may say of keys, seals and tokens, and in which order."""

import base64
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casekit import CASE_YAML, adopt_from, events_in, step_runtime, whole
from sealkit import FINGERPRINT, KEY, SIGNER, fingerprint, signed, stamp_of, stamped_by, unstamped
from simulated import SimulatedDisk

from archiver.custody.log import Event, line_sha256
from archiver.custody.manifest import rendered
from archiver.custody.shapes import shape_problems
from archiver.custody.state import CaseState
from archiver.custody.store import CaseStore

OTHER = f"ssh-ed25519 {base64.b64encode(b'another blob').decode()}"
PATH = Path("/simulated")


def sealed_case() -> list[Event]:
    """Return the events of a case with two keys, of which one is revoked, two seals, and tokens."""
    disk = SimulatedDisk()
    CaseStore.create(PATH, CASE_YAML, step_runtime(), disk)
    with CaseStore.open(PATH, step_runtime(), disk, adopt=adopt_from(lambda path: b"")) as store:
        store.add_key(SIGNER, KEY, FINGERPRINT)
        store.seal(signed, SIGNER, FINGERPRINT, stamped_by("one", "two", "one", pending=[("three", "three: down")]))
        store.add_token(1, stamp_of("one"))
        store.add_token(1, stamp_of("three"))
        store.add_key("n.n.", OTHER, fingerprint(OTHER))
        store.revoke_key(SIGNER, FINGERPRINT, reason="lost", since="2026-11-20T00:00:00.25Z")
        store.seal(None, None, None, unstamped)
        store.add_token(2, stamp_of("one"))
    return events_in(whole(disk, "custody.jsonl"))


EVENTS = sealed_case()
NAMES = [event.event for event in EVENTS]


def problems_of(events: list[Event]) -> list[str]:
    """Return what is wrong with the events as a log, but for the chain, which is broken by changing them."""
    state = CaseState()
    found = [problem for event in events for problem in state.apply(event)]
    return [problem.message for problem in found if problem.kind != "chain"]


def changed(place: int, change: Callable[[dict[str, Any]], object]) -> list[Event]:
    events = copy.deepcopy(EVENTS)
    change(events[place].data)
    return events


def test_a_case_with_keys_seals_and_tokens_is_in_order() -> None:
    assert problems_of(EVENTS) == []
    state = CaseState()
    for event in EVENTS:
        assert state.apply(event) == ()
    assert list(state.sealed.completed) == [1, 2]
    key = state.sealed.keys[FINGERPRINT]
    assert (key.signer, key.line, key.added, key.revoked, key.since) == (SIGNER, KEY, 2, 7, "2026-11-20T00:00:00.25Z")
    assert state.sealed.keys[fingerprint(OTHER)].revoked == 0
    assert state.sealed.files["seals/000001.one.3.tsr"].sha256 == EVENTS[3].data["token"]["response"]["sha256"]


KEY_ADDED, SEAL_1, TOKEN, REVOKED, SEAL_2 = 1, 2, 3, 6, 7


@pytest.mark.parametrize(
    ("place", "change", "why"),
    [
        (KEY_ADDED, lambda d: d.update(fingerprint=fingerprint(OTHER)), "fingerprint is not that of the key"),
        (KEY_ADDED, lambda d: d.update(key="ssh-ed25519 A"), "fingerprint is not that of the key"),
        (KEY_ADDED, lambda d: d["file"].update(path="trust/0123456789abcdef.allowed_signers"), "path of another"),
        (KEY_ADDED, lambda d: d.update(signer="Bob"), "was not added for jane.doe@example.org"),
        (SEAL_1, lambda d: d.update(seal=2), "seal 2 is completed where seal 1 is next"),
        (SEAL_2, lambda d: d.update(seal=1), "seal 1 is completed where seal 2 is next"),
        (SEAL_2, lambda d: d.update(seal=3), "seal 3 is completed where seal 2 is next"),
        (SEAL_1, lambda d: d["entries"].update(path="seals/000001.sums"), "entries of seal 1 has the path of another"),
        (SEAL_1, lambda d: d["signature"].update(path="seals/1.seal.sig"), "signature of seal 1 has the path of"),
        (SEAL_1, lambda d: d.update(signature=None), "some of signature, signer and fingerprint"),
        (SEAL_1, lambda d: d.update(fingerprint=None), "some of signature, signer and fingerprint"),
        (SEAL_1, lambda d: d.update(signer=None), "some of signature, signer and fingerprint"),
        (SEAL_1, lambda d: d.update(fingerprint=fingerprint(OTHER)), "which was not added for"),
        (
            SEAL_1,
            lambda d: d["tokens"][0]["response"].update(path="seals/000001.two.tsr"),
            "response to one for seal 1",
        ),
        (SEAL_1, lambda d: d["tokens"].reverse(), "request to one for seal 1"),
        (SEAL_1, lambda d: d["file"].update(sha256="0" * 64), "receipt of seal 1 does not say"),
        (SEAL_1, lambda d: d.update(receipt="hello"), "receipt of seal 1 does not say"),
        (SEAL_1, lambda d: d.update(receipt=d["receipt"].upper()), "receipt of seal 1 does not say"),
        (SEAL_1, lambda d: d.update(receipt=d["receipt"].replace(" 1 2 ", " 1 3 ")), "receipt of seal 1 does not say"),
        (TOKEN, lambda d: d.update(seal=3), "there is no seal 3"),
        (TOKEN, lambda d: d["token"].update(authority="two"), "request to two for seal 1 has the path of another"),
        (REVOKED, lambda d: d.update(signer="n.n."), "n.n. has no key"),
        (REVOKED, lambda d: d.update(fingerprint=fingerprint(f"{OTHER[:-4]}AAAA")), "has no key"),
    ],
)
def test_what_does_not_fit_is_said(place: int, change: Callable[[dict[str, Any]], object], why: str) -> None:
    found = problems_of(changed(place, change))
    assert any(why in message for message in found), found


def with_line(name: str, data: dict[str, Any]) -> list[str]:
    last = EVENTS[-1]
    event = Event(last.case, last.seq + 1, line_sha256(last), last.at, last.actor, name, data, last.nonce)
    return problems_of([*EVENTS, event])


def test_a_revoked_key_is_not_added_again_nor_revoked_twice_and_signs_nothing_more() -> None:
    assert with_line("key.added", EVENTS[KEY_ADDED].data) == [
        f"the key {FINGERPRINT} is added, and was revoked on line 7"
    ]
    assert with_line("key.revoked", EVENTS[REVOKED].data) == [f"the key {FINGERPRINT} was revoked on line 7"]
    again = {**EVENTS[5].data, "signer": "somebody.else"}
    assert with_line("key.added", again) == [f"the key {fingerprint(OTHER)} is added, and was added on line 6"]
    late = copy.deepcopy(EVENTS[SEAL_1].data) | {"seal": 3, "tokens": []}
    assert f"it is signed with the key {FINGERPRINT}, which was revoked on line 7" in with_line("seal.completed", late)


@pytest.mark.parametrize(
    ("place", "member", "values"),
    [
        (KEY_ADDED, "signer", ["", "*", "a b", "-", "a,b", "ä", "x" * 101, 1]),
        (KEY_ADDED, "key", ["", "ssh-ed25519", "ssh-ed25519 AAAA comment", "ssh-ed25519  AAAA", "x y\n", None]),
        (KEY_ADDED, "fingerprint", ["", "MD5:00", "SHA256:" + "a" * 42, FINGERPRINT + "=", None]),
        (
            REVOKED,
            "since",
            ["", "2026-11-20", "2026-11-20T00:00:00", "2026-02-30T00:00:00Z", "2026-11-20T00:00:00+00:00"],
        ),
        (SEAL_1, "seal", [0, True, "1", None]),
        (SEAL_1, "signer", ["-", ""]),
        (SEAL_1, "file", [None, {}, "seals/000001.seal"]),
        (SEAL_1, "pending", [None, [{}], [{"authority": "ONE", "reason": ""}], [["one", "down"]]]),
        (SEAL_1, "pending", [[{"authority": "one", "reason": "x" * 4097}], [{"authority": "one", "reason": ""}] * 65]),
        (SEAL_1, "receipt", [None, "x" * 4097]),
        (SEAL_1, "software", [None, "x" * 4097]),
        (SEAL_1, "sums", [{"path": "x" * 251, "size": 1, "sha256": "0" * 64}]),
        (SEAL_1, "tokens", [None, [{}], EVENTS[SEAL_1].data["tokens"] * 33]),
        (KEY_ADDED, "key", ["ssh-ed25519 " + "A" * 8193]),
    ],
)
def test_every_member_of_the_events_about_seals_is_judged(place: int, member: str, values: list[object]) -> None:
    event = EVENTS[place]
    assert shape_problems(event.event, event.data) == ()
    for value in values:
        assert shape_problems(event.event, {**event.data, member: value}) == (f"{member} is not in its form",)
    left = {name: value for name, value in event.data.items() if name != member}
    assert shape_problems(event.event, left) == (f"{member} is missing",)


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("authority", ["", "One", "-one", "a/b", "../x", "x" * 32, 1]),
        ("gen_time", ["2026-11-22 06:56:03Z", "20261122065603Z", "2026-13-22T06:56:03Z", "2026-11-22T06:56:03.Z"]),
        ("serial", ["", "0F", "0x0f", 15, "0" * 133]),
        ("offset_ms", ["1", None, True]),
        ("response", [None, {"path": "x", "size": -1, "sha256": "0" * 64}]),
    ],
)
def test_every_member_of_a_token_is_judged(member: str, values: list[object]) -> None:
    data = EVENTS[TOKEN].data
    for value in values:
        odd = {**data, "token": {**data["token"], member: value}}
        assert shape_problems("token.added", odd) == ("token is not in its form",)
    for good in ("2026-11-22T06:56:03Z", "2026-11-22T06:56:03.123456789Z"):
        assert shape_problems("token.added", {**data, "token": {**data["token"], "gen_time": good}}) == ()


def test_the_inventory_says_what_people_need_of_a_seal() -> None:
    text = rendered(EVENTS[SEAL_1], "0" * 64).decode()
    assert text.startswith('- log_line: 3\n  log_sha256: "000')
    assert all(line.startswith("  ") for line in text.splitlines()[1:])
    assert '\n  event: "seal.completed"\n  seal: 1\n' in text
    assert '\n  tokens:\n    - {authority: "one", gen_time: "2026-11-22T06:56:09Z", serial: ' in text
    assert '\n  pending: [{authority: "three", reason: "three: down"}]\n' in text
    assert '\n  file:\n    path: "seals/000001.seal"\n' in text
    assert rendered(EVENTS[TOKEN], "0" * 64).decode().count("token: {authority: ") == 1


def test_of_one_event_a_few_problems_are_told_in_few_words() -> None:
    strange = {f"{number:06d}" + "x" * 10_000: 1 for number in range(1000)}
    found = shape_problems("token.added", strange)
    assert len(found) == 8
    assert max(map(len, found)) < 120
