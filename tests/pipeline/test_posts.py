"""A post is asked for as its adapter decides, kept as exchanges, and read again from the file with the same result."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import board as board_module
import pytest
from batchbench import BatchBench, Told
from board import Board
from casebench import QUICK, Bench
from server import RawServer, http

from archiver.canon import loads
from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.exchange import ConnectTo, Route
from archiver.model.item import RecordEntry
from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.pipeline.attempt import turn_of
from archiver.pipeline.cases import amend_case
from archiver.pipeline.options import CaptureOptions, PostOptions
from archiver.pipeline.rereading import reextract, reextract_post
from archiver.pipeline.view import extract
from archiver.platforms import registry
from archiver.platforms.registry import built_in
from archiver.warc.read import read_block

NOTICE = {"id": 7, "author": "Мать", "at": 1542873358, "text": "Пропал сын.\nПомогите", "lang": "ru", "likes": 3}
POSTS = PostOptions(extra=("board",))


@pytest.fixture(autouse=True)
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    point = EntryPoint("board", "board:ADAPTER", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group, name: [point] if name == "board" else [])
    registry._of_others.cache_clear()
    yield
    registry._of_others.cache_clear()


def answer(value: object, *headers: str, line: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return http(json.dumps(value).encode(), "Content-Type: application/json", *headers, line=line)


def kept(bench: Bench) -> dict[str, Any]:
    outcome = [event for event in bench.events() if event.event.startswith("item.")][-1]
    resource = next(record for record in outcome.data["records"] if record["type"] == "resource")
    found = loads(
        b"".join(read_block(bench.path / outcome.data["file"]["path"], resource["offset"], resource["length"]))
    )
    assert isinstance(found, dict)
    return found


def test_a_post_is_kept_beside_its_exchanges_and_each_value_names_its_record(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/api/7"] = answer(NOTICE)
    outcome = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    assert (outcome.event, outcome.data["outcome"], outcome.data["status"]) == ("item.captured", "complete", 200)
    assert outcome.data["url"] == raw_server.url("/notices/7")
    assert outcome.data["final_url"] == raw_server.url("/api/7")
    assert (outcome.data["title"], outcome.data["language"]) == ("Пропал сын.", "ru")
    post = outcome.data["post"]
    assert (post["platform"], post["key"], post["state"], post["rule"]) == (
        "board",
        "board:7",
        "available",
        "board.api.text",
    )
    document = kept(bench)
    assert document["post"]["content"]["text"] == NOTICE["text"]
    assert document["post"]["published"]["value"] == "2018-11-22T07:55:58Z"
    source = document["sources"]["/post/content/text"]
    answered = next(record for record in outcome.data["records"] if record["type"] == "response")
    assert source == {"exchange": 1, "record": answered["id"], "at": "/text"}
    bench.assert_sound()


def test_what_an_adapter_asks_goes_out_as_it_says_and_its_role_is_on_record(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/api/7"] = answer(NOTICE)
    outcome = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    (request,) = raw_server.requests
    assert request.startswith(b"POST /api/7 HTTP/1.1\r\n")
    assert b"\r\nAccept: application/json\r\n" in request
    assert request.endswith(b"\r\n\r\nfields=all")
    facts = next(record for record in outcome.data["records"] if record["type"] == "metadata")
    data = loads(b"".join(read_block(bench.path / outcome.data["file"]["path"], facts["offset"], facts["length"])))
    assert isinstance(data, dict)
    assert (data["role"], data["method"]) == ("notice", "POST")
    assert bench.events()[-2].data["request_url"] == raw_server.url("/api/7")


def test_a_token_goes_along_in_a_header_and_is_nowhere_in_the_case(bench: Bench, raw_server: RawServer) -> None:
    token = "vk1.a.s3cr3t-t0ken-0123456789"
    raw_server.routes["/api/7"] = answer(NOTICE | {"request_params": [{"key": "access_token", "value": token}]})
    bench.capture(raw_server.url("/notices/7"), raw_server, posts=replace(POSTS, tokens=(("board", token),)))
    assert f"Authorization: Bearer {token}".encode() in raw_server.requests[0]
    from gzip import decompress

    def unpacked(file: Any) -> bytes:
        data: bytes = file.read_bytes()
        return decompress(data) if file.name.endswith(".gz") else data

    assert bench.holds(token.encode(), unpacked) == []
    assert bench.events()[-2].data["settings"]["post"]["token"] is True
    assert kept(bench)["standing"]["state"] == "available"
    bench.assert_sound()


def test_media_are_asked_for_only_where_they_are_wanted(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/api/7"] = answer(NOTICE | {"picture": raw_server.url("/photo.jpg")})
    raw_server.routes["/photo.jpg"] = http(b"\xff\xd8jpeg", "Content-Type: image/jpeg")
    bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    assert kept(bench)["missing"] == [{"what": "the picture", "why": "not asked for", "exchange": 0}]
    bench.capture(raw_server.url("/notices/7"), raw_server, posts=replace(POSTS, media=True))
    assert kept(bench)["post"]["attachment"][0]["renditions"][0]["exchange"] == 2
    assert kept(bench)["missing"] == []
    assert bench.events()[-1].data["status"] == 200
    assert bench.events()[-1].data["final_url"] == raw_server.url("/api/7")  # the post stands for the item
    bench.assert_sound()


@pytest.mark.parametrize(
    ("line", "state", "outcome", "reasons"),
    [
        (b"HTTP/1.1 401 No", "needs_token", "partial", ["post-needs-token"]),
        (b"HTTP/1.1 404 No", "not_found", "complete", []),
        (b"HTTP/1.1 429 Slow", "rate_limited", "partial", ["post-rate-limited"]),
    ],
)
def test_a_post_that_was_not_shown_is_partial_and_one_that_is_gone_is_an_answer(
    bench: Bench, raw_server: RawServer, line: bytes, state: str, outcome: str, reasons: list[str]
) -> None:
    raw_server.routes["/api/7"] = answer({}, line=line)
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    assert (event.data["post"]["state"], event.data["outcome"], event.data["reasons"]) == (state, outcome, reasons)
    bench.assert_sound()


def test_a_platform_that_does_not_answer_is_a_failure_on_the_record(bench: Bench, raw_server: RawServer) -> None:
    url = raw_server.url("/notices/7")
    raw_server.close()
    event = bench.capture(url, raw_server, posts=POSTS)
    assert (event.event, event.data["failure"]["kind"]) == ("item.failed", "connect")
    assert event.data["post"]["state"] == "unavailable_unknown"
    bench.assert_sound()


def test_an_adapter_that_raises_costs_the_normalised_post_and_no_exchange(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/api/7"] = answer("explode")
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    assert event.event == "item.captured"
    document = kept(bench)
    assert document["post"] is None
    assert document["missing"][0]["why"] == "the adapter could not make it (RuntimeError)"
    bench.assert_sound()


def test_an_address_that_no_adapter_knows_is_a_page(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = http(b"<title>A page</title>", "Content-Type: text/html")
    event = bench.capture(raw_server.url("/elsewhere"), raw_server, posts=POSTS)
    assert (event.data["title"], "post" in event.data) == ("A page", False)
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=replace(POSTS, platform="none"))
    assert "post" not in event.data


def test_an_adapter_that_nobody_has_is_refused_before_anything_is_on_record(
    bench: Bench, raw_server: RawServer
) -> None:
    with pytest.raises(UsageError, match="there is no adapter of this name"):
        bench.capture(raw_server.url("/notices/7"), raw_server, posts=PostOptions(platform="friendster"))
    with pytest.raises(UsageError, match="adapter friendster, which the case allows, is not here"):
        bench.capture(raw_server.url("/notices/7"), raw_server, posts=PostOptions(extra=("friendster",)))
    assert bench.names() == ["case.opened"]


def test_read_again_from_the_file_the_post_is_the_same_byte_for_byte(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/api/7"] = answer(NOTICE | {"picture": raw_server.url("/photo.jpg")})
    raw_server.routes["/photo.jpg"] = http(b"\xff\xd8jpeg", "Content-Type: image/jpeg")
    bench.capture(raw_server.url("/notices/7"), raw_server, posts=replace(POSTS, media=True))
    file = bench.path / "case.yaml"
    file.write_text(file.read_text("utf-8") + "policy:\n  posts:\n    adapters: [board]\n", "utf-8")
    amend_case(bench.path, reason="the board is asked", runtime=bench.runtime)
    then, now = reextract_post(bench.path, 1)
    assert then == now
    assert loads(then) == kept(bench)
    told, again = reextract(bench.path, 1)
    assert told == again
    assert told["title"] == "Пропал сын."


def test_posts_in_a_batch_are_as_posts_alone_and_a_platform_that_asks_for_patience_gets_it(batches: BatchBench) -> None:
    answers = iter([answer({}, "Retry-After: 0", line=b"HTTP/1.1 429 Slow")] + [answer(NOTICE)] * 9)
    batches.server.default = lambda request: next(answers)
    told = Told()
    batches.batch([batches.url(1, "/notices/7"), batches.url(1, "/notices/8")], watch=told, per_host=1, posts=POSTS)
    events = batches.outcomes()
    assert [event.data["post"]["state"] for event in events] == ["available", "available"]
    assert sorted(len(event.data["exchanges"]) for event in events) == [1, 2]
    retried = next(event for event in events if len(event.data["exchanges"]) == 2)
    assert (retried.data["tries"], retried.data["post"]["exchange"]) == ([1, 1], 2)
    batches.assert_sound()


def test_a_platform_that_refuses_with_status_200_gets_its_patience_too(batches: BatchBench) -> None:
    answers = iter([answer({"slow": 1}), answer(NOTICE)])
    batches.server.default = lambda request: next(answers)
    batches.batch([batches.url(1, "/notices/7")], posts=POSTS)
    (event,) = batches.outcomes()
    assert (event.data["post"]["state"], event.data["tries"]) == ("available", [1, 1])
    batches.assert_sound()


def test_all_addresses_of_a_platform_take_their_turn_at_the_host_that_is_asked() -> None:
    options = CaptureOptions(posts=PostOptions(tokens=(("vk", "s3cret"),)))
    addresses = ["https://vk.com/wall-1_2", "https://m.vk.com/wall-1_3", "https://vk.ru/wall-1_4"]
    assert {turn_of(Address.parse(each), options) for each in addresses} == {
        ("api.vk.com:443", built_in("vk").about.spacing)
    }
    assert turn_of(Address.parse("https://a.example/"), options) == ("a.example:443", 0.0)


def test_records_of_an_item_are_named_as_they_are(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/api/7"] = answer(NOTICE)
    outcome = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    entries = [RecordEntry(**record) for record in outcome.data["records"]]
    assert [entry.type for entry in entries] == ["warcinfo", "response", "request", "metadata", "resource", "metadata"]


def test_a_post_is_taken_out_with_its_exchanges(bench: Bench, raw_server: RawServer, tmp_path: Path) -> None:
    raw_server.routes["/api/7"] = answer(NOTICE)
    bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    files = extract(bench.path, 1, tmp_path / "out")
    assert loads((tmp_path / "out/005-post.json").read_bytes()) == kept(bench)
    assert [file.name for file in files][-2:] == ["005-post.json", "006-metadata.block"]


def test_of_many_large_answers_an_adapter_sees_only_the_first_and_the_same_later(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.pipeline.seeing.MAX_SEEN", 300)
    monkeypatch.setattr("archiver.pipeline.posts.MAX_SEEN", 300)
    raw_server.routes["/api/7"] = answer(NOTICE | {"picture": raw_server.url("/large")})
    raw_server.routes["/large"] = http(b"x" * 1000, "Content-Type: text/plain")
    bench.capture(raw_server.url("/notices/7"), raw_server, posts=replace(POSTS, media=True))
    assert kept(bench)["missing"] == [{"what": "the picture", "why": "not asked for", "exchange": 0}]  # it is not whole
    file = bench.path / "case.yaml"
    file.write_text(file.read_text("utf-8") + "policy:\n  posts:\n    adapters: [board]\n", "utf-8")
    amend_case(bench.path, reason="the board is asked", runtime=bench.runtime)
    then, now = reextract_post(bench.path, 1)
    assert then == now
    bench.assert_sound()


def test_a_limit_that_is_reached_is_no_interruption(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/api/7"] = answer(NOTICE | {"picture": raw_server.url("/photo.jpg"), "more": "x" * 5000})
    limits = replace(QUICK, max_bytes=3000)
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=replace(POSTS, media=True), limits=limits)
    assert (event.data["outcome"], event.data["reasons"][0]) == ("partial", "cut-length")
    big = replace(QUICK, max_bytes=len(raw_server.sent["/api/7"]))
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=replace(POSTS, media=True), limits=big)
    assert (event.data["outcome"], event.data["reasons"]) == ("partial", ["post-limits"])
    bench.assert_sound()


def test_who_stops_before_anything_was_asked_has_an_item_that_says_so(bench: Bench, raw_server: RawServer) -> None:
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS, stop=lambda: True)
    assert (event.event, event.data["reasons"]) == ("item.interrupted", ["interrupted"])
    assert raw_server.requests == []
    bench.assert_sound()


def test_a_target_that_cannot_be_sent_costs_nothing_but_itself(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(board: Board, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        return (
            Target("odd", raw_server.url("/x"), headers=(("X-Odd", "a\r\nb"),)),
            Target("odd", raw_server.url("/x"), method="get it"),
            Target("odd", "javascript:alert(1)"),
            Target("odd", "http://["),
        )

    monkeypatch.setattr(Board, "more", odd)
    raw_server.routes["/api/7"] = answer(NOTICE)
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    assert (event.data["outcome"], event.data["reasons"], len(raw_server.requests)) == ("partial", ["post-target"], 1)
    assert event.data["post"]["state"] == "available"
    bench.assert_sound()


def test_an_adapter_that_never_has_enough_is_stopped(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(board: Board, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        return (Target("again", raw_server.url(f"/{len(seen)}")),)

    monkeypatch.setattr(Board, "more", endless)
    monkeypatch.setattr("archiver.pipeline.posts.MAX_EXCHANGES", 5)
    raw_server.default = answer(NOTICE)
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    assert (len(event.data["exchanges"]), event.data["reasons"]) == (5, ["post-limits"])


@pytest.mark.parametrize("method", ["match", "plan"])
def test_an_adapter_that_raises_before_anything_is_asked_is_told_and_nothing_is_on_record(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(Board, method, lambda *given: 1 / 0)
    with pytest.raises(UsageError, match=r"board failed.*ZeroDivisionError"):
        bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    assert bench.names() == ["case.opened"]


@pytest.mark.parametrize(("method", "reason"), [("more", "post-adapter"), ("classify", "post-unavailable-unknown")])
def test_an_adapter_that_raises_later_is_on_record_with_what_had_come(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch, method: str, reason: str
) -> None:
    monkeypatch.setattr(Board, method, lambda *given: 1 / 0)
    raw_server.routes["/api/7"] = answer(NOTICE)
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    assert (event.data["outcome"], event.data["reasons"], len(event.data["exchanges"])) == ("partial", [reason], 1)
    assert kept(bench)["post"]["content"]["text"] == NOTICE["text"]
    bench.assert_sound()


@pytest.mark.parametrize(
    ("method", "reason"), [("more", "post-adapter"), ("classify", "post-unavailable-unknown"), ("extract", None)]
)
def test_an_adapter_that_would_end_the_program_costs_no_exchange(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch, method: str, reason: str | None
) -> None:
    monkeypatch.setattr(Board, method, lambda *given: sys.exit(0))
    raw_server.routes["/api/7"] = answer(NOTICE)
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    assert event.data["reasons"] == ([reason] if reason else [])
    assert len(event.data["exchanges"]) == 1
    assert kept(bench)["missing"] == [] if reason else "SystemExit" in kept(bench)["missing"][0]["why"]
    bench.assert_sound()


def test_an_adapter_gets_no_token_of_another_platform(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Board, "match", lambda board, address: PostKey("vk", "vk:wall-1_2", "wall"))
    posts = PostOptions(extra=("board",), tokens=(("vk", "s3cret"),))
    with pytest.raises(UsageError, match="takes this address for a post of 'vk'"):
        bench.capture(raw_server.url("/notices/7"), raw_server, posts=posts)
    assert (bench.names(), raw_server.requests) == (["case.opened"], [])


VK = Route(connect_to=(ConnectTo("vk.com", 80, "127.0.0.1", 9),))


def test_a_link_of_somebody_leads_to_no_platform_that_opponents_read_without_a_yes(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/s"] = http(b"", "Location: http://vk.com/wall-1_2", line=b"HTTP/1.1 302 Found")
    event = bench.capture(raw_server.url("/s"), raw_server)
    assert (event.data["outcome"], event.data["reasons"]) == ("partial", ["redirect-watched"])
    assert len(event.data["exchanges"]) == 1
    allowed = replace(VK, allow=raw_server.allow)
    event = bench.capture(raw_server.url("/s"), route=allowed, posts=PostOptions(contact=("vk",)))
    assert [exchange["failure"] for exchange in event.data["exchanges"]] == [None, "connect"]
    bench.assert_sound()


def test_what_a_post_has_on_such_a_platform_is_named_and_not_asked_for(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/api/7"] = answer(NOTICE | {"picture": "http://vk.com/picture.jpg"})
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=replace(POSTS, media=True))
    assert (event.data["reasons"], len(event.data["exchanges"])) == (["post-watched"], 1)
    assert kept(bench)["missing"][0]["why"] == "not asked for"


def test_the_hash_of_an_adapter_is_that_of_its_code(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/api/7"] = answer(NOTICE)
    event = bench.capture(raw_server.url("/notices/7"), raw_server, posts=POSTS)
    line = f"{sha256(Path(str(board_module.__file__)).read_bytes()).hexdigest()}  board.py\n"
    assert event.data["post"]["adapter_sha256"] == sha256(line.encode()).hexdigest()
