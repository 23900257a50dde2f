"""Answers of servers that lie, break, or mean harm: a state and a document, in bounded time, whatever comes."""

import json
from typing import Any

import pytest
from adapterkit import HOSTILE, Answer, Played, play, rendered, survives
from fediverse import (
    APP,
    AWAY,
    AWAY_NUMBER,
    HERE,
    NUMBER,
    ORIGIN,
    PAGE,
    STREAMS,
    UUID,
    as_object,
    note,
    origin_status,
    picture,
    remote_status,
    status,
)

from archiver.model.platform import Access, Target
from archiver.platforms.mastodon import ADAPTER
from archiver.platforms.mastodon.words import plain

EVERYTHING = Access(token=True, replies=20, depth=3, media=True)


def full(target: Target) -> Answer | None:
    """A post that has everything, at two servers."""
    poll = {"options": [{"title": "Ja", "votes_count": 1}], "votes_count": 1, "expires_at": "2023-03-11T00:00:00Z"}
    more: dict[str, Any] = {
        "edited_at": "2023-03-10T18:00:00Z",
        "media_attachments": [picture(remote_url=f"{AWAY}/a.png")],
        "mentions": [{"acct": "anna", "url": f"{HERE}/@anna"}],
        "tags": [{"name": "fluss", "url": f"{HERE}/tags/fluss"}],
        "card": {"url": "https://zeitung.example/", "title": "Pegel", "image": f"{HERE}/card.png"},
        "poll": poll,
        "quote": {"state": "accepted", "quoted_status": status("109999999999990000")},
    }
    below = [status(str(n), in_reply_to_id=AWAY_NUMBER) for n in range(3)]
    answers = {
        "page": Answer.html(PAGE),
        "status": Answer.json(remote_status(**more)),
        "origin.status": Answer.json(origin_status(**more)),
        "origin.object": Answer.json(as_object(ORIGIN, attachment=[{"type": "Image", "url": f"{AWAY}/a.png"}])),
        "origin.page": Answer.html(PAGE),
        "history": Answer.json([{"content": "<p>Früher</p>", "created_at": "2023-03-10T16:46:36Z"}]),
        "context.20.3": Answer.json({"ancestors": [status("1")], "descendants": below}),
    }
    return answers.get(target.role, Answer(b"\x89PNG"))


def boosted(target: Target) -> Answer | None:
    if target.role == "status":
        return Answer.json(status(uri=f"{HERE}/users/anna/statuses/{NUMBER}/activity", reblog=remote_status()))
    return full(target)


def of_misskey(target: Target) -> Answer | None:
    files = [{"id": "1", "type": "image/png", "url": f"{HERE}/a.png", "thumbnailUrl": f"{HERE}/t.png"}]
    if target.role.endswith("note"):
        return Answer.json(note(files=files, renote=note(uri=ORIGIN), poll={"choices": [{"text": "Ja", "votes": 1}]}))
    return Answer.json(as_object(f"{HERE}/notes/9yzabc1234")) if target.role == "object" else Answer.html(APP)


def of_pleroma(target: Target) -> Answer | None:
    return Answer.json(as_object(f"{HERE}/objects/{UUID}")) if target.role == "object" else Answer.html(PAGE)


def gone(target: Target) -> Answer | None:
    tombstone = {"@context": STREAMS, "id": f"{HERE}/users/anna/statuses/{NUMBER}", "type": "Tombstone"}
    return Answer.json(tombstone, 410) if target.role == "object" else Answer.json({"error": "Record not found"}, 404)


@pytest.mark.parametrize(
    ("url", "answers"),
    [
        (f"{HERE}/@boris@fluss.example/{NUMBER}", full),
        (f"{HERE}/@anna/{NUMBER}", boosted),
        (f"{HERE}/@anna/{NUMBER}", gone),
        (f"{HERE}/notes/9yzabc1234", of_misskey),
        (f"{HERE}/objects/{UUID}", of_pleroma),
    ],
)
def test_whatever_is_made_of_the_answers_there_is_a_state(url: str, answers: Any) -> None:
    survives(ADAPTER, play(ADAPTER, url, answers, EVERYTHING), rounds=150)


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_answers_to_everything(body: bytes) -> None:
    for path in (f"/@anna/{NUMBER}", f"/objects/{UUID}", "/notes/9yzabc1234"):
        played = play(ADAPTER, HERE + path, lambda _: Answer(body), EVERYTHING)
        assert played.state == "unavailable_unknown"
        assert played.document["post"] is None


def one(value: Any) -> Played:
    answer = Answer(value if isinstance(value, bytes) else json.dumps(value).encode())
    return play(ADAPTER, f"{HERE}/@anna/{NUMBER}", lambda at: answer if at.role == "status" else None, EVERYTHING)


def test_mark_of_byte_order_and_a_wrong_character_set_are_read() -> None:
    body = b"\xef\xbb\xbf" + json.dumps(status(), ensure_ascii=False).encode()
    answer = Answer(body, headers=(("Content-Type", "application/json; charset=windows-1251"),))
    played = play(ADAPTER, f"{HERE}/@anna/{NUMBER}", lambda target: answer if target.role == "status" else None)
    assert "Мост закрыт" in played.post["content"]["text"]


def test_answer_that_was_cut_off_is_no_status() -> None:
    assert one(json.dumps(status()).encode()[:-9]).state == "unavailable_unknown"


def test_nested_boosts_and_quotes_end_somewhere() -> None:
    inner = status()
    for _ in range(200):
        inner = status(reblog=inner, quote={"state": "accepted", "quoted_status": inner} if _ < 10 else None)
    assert one(inner).post["origin"]


@pytest.mark.parametrize(
    "value",
    [
        status(content="<" * 10_000_000),
        status(content="<a " * 3_000_000),
        status(content="&" * 10_000_000),
        status(content="<p>" * 3_000_000),
        status(mentions=[{"acct": "a" * 10, "url": "b"}] * 200_000),
        status(media_attachments=[picture(url=f"{HERE}/{n}.png") for n in range(40_000)]),
        status(account={"acct": "x" * 5_000_000}, uri="h" * 5_000_000),
        status(pleroma={"emoji_reactions": [{"name": "x" * 500, "count": 1}] * 20_000}),
    ],
)
def test_of_ten_megabytes_a_bounded_part_is_told(value: dict[str, Any]) -> None:
    post = one(value).post
    assert len(post.get("tag", ())) <= 100
    assert len(post.get("attachment", ())) <= 100
    assert len(post["counts"]) <= 104


def test_thread_of_ten_thousand_hostile_answers_is_bounded() -> None:
    below = [status(str(n), in_reply_to_id=str(n - 1), content="<p>" * 300) for n in range(10_000)]
    context = Answer.json({"ancestors": below[:5000], "descendants": below})

    def answers(target: Target) -> Answer | None:
        return context if "context" in target.role else Answer.json(status("0")) if target.role == "status" else None

    played = play(ADAPTER, f"{HERE}/@anna/0", answers, Access(replies=10**9, depth=10**9))
    assert len(played.post["replies"]) == 60
    assert len(played.post["context"]) == 40


def test_role_of_a_thread_that_nobody_gave_limits_no_wider() -> None:
    played = play(ADAPTER, f"{HERE}/@boris@fluss.example/{NUMBER}", full, EVERYTHING)
    strange = tuple(
        type(each)(each.number, "context.x", each.url, each.status, each.headers, each.body, record=each.record)
        if each.role.startswith("context")
        else each
        for each in played.seen
    )
    assert "replies" not in rendered(ADAPTER, played.key, strange)["post"]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>a</p><p>b<br>c<BR/>d</p>", "a\n\nb\nc\nd"),
        ('<a href="https://x.example"><span class="invisible">https://</span>x.example</a>', "https://x.example"),
        ("1 &lt; 2 &amp; 3 < 4", "1 < 2 & 3 < 4"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("a\0b&#xD800;&#0;", "ab\ufffd\ufffd"),
        ("<p>:welle:</p>", ":welle:"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<<b>>x", "<>x"),
    ],
)
def test_words_of_markup(markup: str, words: str) -> None:
    assert plain(markup) == words
