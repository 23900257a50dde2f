"""Answers that somebody made to break the reader: too big, too deep, of another kind, cut, in another encoding."""

import json
from typing import Any

import pytest
from adapterkit import HOSTILE, Answer, play, survives
from blueskykit import (
    BLOB,
    DID,
    HANDLE,
    POSTS,
    RKEY,
    URI,
    Repository,
    World,
    document,
    record,
    threaded,
    view,
)

from archiver.model.platform import Access
from archiver.platforms.bluesky import ADAPTER
from archiver.platforms.bluesky.cbor import encoded
from archiver.platforms.bluesky.cid import Cid

PAGE = f"https://bsky.app/profile/{HANDLE}/post/{RKEY}"
ROLES = ("handle", "handle-host", "thread", "did", "did-log", "record", "proof", "status", "blob", "shown")
WORLD = World(
    record(embed={"images": [{"image": BLOB, "alt": ""}]}), {"embed": {"images": [{"fullsize": "https://c.example/"}]}}
)
WANTED = Access(media=True, replies=20, depth=5)


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("role", ROLES)
def test_any_answer_to_any_question_leads_to_a_state(role: str, body: bytes) -> None:
    for status in (200, 400):
        played = play(ADAPTER, PAGE, World(WORLD.post, WORLD.shown, changed={role: Answer(body, status)}), WANTED)
        assert played.state
        assert played.document["checks"] is not None


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b"\xef\xbb\xbf  \n"])
def test_mark_of_byte_order_before_the_answer_does_no_harm(prefix: bytes) -> None:
    told = json.dumps({"thread": threaded(view(record()))}).encode()
    assert play(ADAPTER, PAGE, World(changed={"thread": Answer(prefix + told)})).rule == "bluesky.app.shown"


def test_answer_in_another_encoding_is_no_answer() -> None:
    told = json.dumps({"thread": threaded(view(record("Порт")))}, ensure_ascii=False).encode("windows-1251")
    played = play(ADAPTER, PAGE, World(record("Порт"), changed={"thread": Answer(told)}))
    assert played.rule == "bluesky.server.record"
    assert played.post["content"]["text"] == "Порт"


def test_ten_megabytes_of_answers_are_read_and_bounded() -> None:
    uri = f"at://{DID}/{POSTS}/3lkbr"
    many = [threaded(view(record("x" * 200), f"{uri}{number}")) for number in range(14_000)]
    told = json.dumps({"thread": threaded(view(record()), replies=many)}).encode()
    assert len(told) > 10_000_000
    played = play(ADAPTER, PAGE, World(changed={"thread": Answer(told)}), Access(replies=30))
    assert len(played.post["replies"]) == 30


def test_answers_below_answers_without_end_are_followed_without_recursion() -> None:
    told: Any = None
    for number in range(150):
        post = view(record(f"{number}"), f"at://{DID}/{POSTS}/3lk{number}")
        told = threaded(post, replies=[told] if told else [])
    text = json.dumps({"thread": threaded(view(record()), replies=[told])}).encode()
    assert len(play(ADAPTER, PAGE, World(changed={"thread": Answer(text)}), Access(replies=500)).post["replies"]) == 150


def test_posts_above_are_bounded() -> None:
    told: Any = None
    for number in range(130):
        told = threaded(view(record(f"{number}"), f"at://{DID}/{POSTS}/3lk{number}"), parent=told)
    text = json.dumps({"thread": threaded(view(record()), parent=told)}).encode()
    assert len(play(ADAPTER, PAGE, World(changed={"thread": Answer(text)})).post["context"]) == 100


@pytest.mark.parametrize(
    "value",
    [
        {"text": ["x"] * 300_000},
        {"text": "x" * 3_000_000},
        {"a": 2**70},
        {"a": 1e300},
        {"a": "\ud800"},
        {"$link": "x"},
        {"facets": [{"index": {"byteStart": 0, "byteEnd": 1}, "features": [{"tag": "x"}] * 1000}] * 600},
        {"embed": {"images": [{"image": BLOB}] * 5000}},
        {"embed": {"video": BLOB, "captions": [{"file": BLOB}] * 5000}},
    ],
)
def test_records_that_no_app_would_write_are_read_as_far_as_they_go(value: dict[str, Any]) -> None:
    told = json.dumps({"uri": URI, "cid": "x", "value": value}).encode()
    played = play(ADAPTER, PAGE, World(changed={"record": Answer(told), "thread": Answer(b"")}), WANTED)
    assert played.state == "available"
    assert len(played.targets) < 100


def test_record_that_is_signed_and_cannot_be_read_is_not_made_up() -> None:
    repository = Repository({f"{POSTS}/{RKEY}": record()})
    data = b"\xfb" + bytes(8)  # a fraction: signed, and not of the protocol
    repository.blocks[Cid.of(data)] = data
    node = repository.keep({"l": None, "e": [{"p": 0, "k": f"{POSTS}/{RKEY}".encode(), "v": Cid.of(data), "t": None}]})
    signed = Repository({}, data=node)
    signed.blocks |= repository.blocks
    world = World(changed={"proof": Answer(signed.archive()), "thread": Answer(b""), "record": Answer(b"")})
    played = play(ADAPTER, PAGE, world)
    assert played.rule == "bluesky.proof.record"
    assert "content" not in played.post


def test_records_of_other_shapes_in_the_archive_are_told_without_their_members() -> None:
    for value in (5, None, [], "x", {"text": 5}):
        repository = Repository({f"{POSTS}/{RKEY}": value})
        world = World(changed={"proof": Answer(repository.archive()), "thread": Answer(b""), "record": Answer(b"")})
        played = play(ADAPTER, PAGE, world)
        assert played.rule == "bluesky.proof.record"
        assert "content" not in played.post


def test_servers_that_are_none_are_not_asked() -> None:
    for server in ("", "x", "ftp://pds.example", "https://", "javascript:alert(1)", "https://[", 5, None):
        told = document() | {
            "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": server}]
        }
        played = play(ADAPTER, PAGE, World(changed={"did": Answer.json(told)}), WANTED)
        assert "record" not in [target.role for target in played.targets]


def test_archives_with_lying_lengths_and_counts_are_refused() -> None:
    deep = b"\x81" * 100_000
    wide = encoded([1] * 15_000)
    for body in (
        deep,
        b"\xff" * 100_000,
        b"\xff\xff\xff\xff\x07" + bytes(100),
        wide,
        bytes(3_000_000),
        b"\x01\xa0" * 50_000,
    ):
        played = play(ADAPTER, PAGE, World(changed={"proof": Answer(body)}))
        assert next(each for each in played.document["checks"] if each["name"] == "archive")["sound"] is False


def test_answers_that_were_tampered_with_lead_to_a_state() -> None:
    for changed in (
        {},
        {"thread": Answer.json({"error": "NotFound"}, 400)},
        {"blob": Answer.json({"error": "X"}, 400)},
    ):
        survives(
            ADAPTER, play(ADAPTER, PAGE, World(WORLD.post, WORLD.shown, changed=changed), WANTED), rounds=150, seed=5
        )
