"""Another try is another exchange of the same item, and what the item then is, its last try says."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from batchbench import BatchBench, Told, either_way, name_of, titled
from casebench import QUICK
from server import Answer, Reset, Script, html, http

from archiver.pipeline import manners, work
from archiver.pipeline.batch import Stop
from archiver.pipeline.crew import MAX_TOLD, NOT_BEGUN
from archiver.pipeline.retry import Heard

BUSY = http("too many", "X-Reason: busy", line=b"HTTP/1.1 503 Busy")


def in_turn(*answers: Answer | Script) -> Script:
    """Each name gets these answers one after the other, and the last of them from then on."""
    lock, seen = threading.Lock(), Counter[str]()

    def script(request: bytes) -> Answer:
        with lock:
            number = min(seen[name_of(request)], len(answers) - 1)
            seen[name_of(request)] += 1
        answer = answers[number]
        return answer(request) if callable(answer) else answer

    return script


@either_way
def test_a_refusal_and_then_the_page_are_one_complete_item_with_both_answers(batches: BatchBench) -> None:
    batches.server.default = in_turn(BUSY, titled)
    told = Told()
    result = batches.batch([batches.url(1), batches.url(2)], watch=told)
    assert result.counts["complete"] == 2
    assert sorted(told.retries) == [(1, 1, "unavailable", 0.0), (2, 1, "unavailable", 0.0)]
    assert told.tries == {1: 2, 2: 2}
    for event in batches.outcomes():
        assert (event.data["tries"], event.data["outcome"], event.data["reasons"]) == ([1, 1], "complete", [])
        assert [exchange["status"] for exchange in event.data["exchanges"]] == [503, 200]
        assert event.data["status"] == 200
        assert batches.answers(event) == [BUSY, html(event.data["url"].removeprefix("http://"))]
    batches.assert_sound()


def test_a_row_that_needs_one_try_says_nothing_of_tries(batches: BatchBench) -> None:
    batches.batch([batches.url(1)])
    assert "tries" not in batches.outcomes()[0].data


def test_refused_every_time_is_failed_and_every_try_is_on_the_record(batches: BatchBench) -> None:
    url = batches.server.url()
    batches.server.close()
    result = batches.batch([url], tries=2)
    (event,) = batches.outcomes()
    assert (event.event, event.data["tries"]) == ("item.failed", [1, 1])
    assert [exchange["failure"] for exchange in event.data["exchanges"]] == ["connect", "connect"]
    assert (result.counts["failed"], result.outcomes) == (1, {1: "failed"})
    batches.assert_sound()


@either_way
def test_an_answer_and_then_none_is_partial_for_the_answer_is_kept(batches: BatchBench) -> None:
    batches.server.default = in_turn(BUSY, (Reset(),))
    batches.batch([batches.url(1)], tries=2)
    (event,) = batches.outcomes()
    assert (event.data["outcome"], event.data["reasons"], event.data["status"]) == ("partial", ["no_answer"], 503)
    assert batches.answers(event) == [BUSY]
    batches.assert_sound()


@either_way
def test_each_try_follows_the_redirects_anew_with_the_cookies_it_began_with(batches: BatchBench) -> None:
    moved = http(b"", "Set-Cookie: seen=1", "Location: /2", line=b"HTTP/1.1 302 Found")
    second = in_turn(BUSY, titled)
    batches.server.default = lambda request: moved if b" /1 " in request else second(request)
    batches.batch([batches.url(1, "/1")])
    (event,) = batches.outcomes()
    assert event.data["tries"] == [2, 2]
    assert [exchange["status"] for exchange in event.data["exchanges"]] == [302, 503, 302, 200]
    assert [b"seen=1" in request for request in batches.server.requests] == [False, True, False, True]
    batches.assert_sound()


@pytest.mark.parametrize("tries", [1, 2, 4])
def test_there_are_no_more_tries_than_asked_for(tries: int, batches: BatchBench) -> None:
    batches.server.default = BUSY
    batches.batch([batches.url(1)], tries=tries)
    (event,) = batches.outcomes()
    assert len(batches.server.requests) == len(event.data["exchanges"]) == tries
    assert (event.data["outcome"], event.data["status"]) == ("complete", 503)
    batches.assert_sound()


@either_way
def test_a_host_that_asks_to_wait_is_asked_again_no_sooner(batches: BatchBench) -> None:
    at: list[float] = []

    def script(request: bytes) -> bytes:
        at.append(time.monotonic())
        return titled(request) if len(at) > 1 else http(b"", "Retry-After: 1", line=b"HTTP/1.1 429 Slow down")

    batches.server.default = script
    told = Told()
    batches.batch([batches.url(1)], watch=told)
    ((row, number, reason, seconds),) = told.retries
    assert (row, number, reason) == (1, 1, "busy")
    assert seconds >= 1.0
    assert at[1] - at[0] >= 1.0


@either_way
def test_an_answer_that_waits_for_another_try_is_on_disk_meanwhile(batches: BatchBench) -> None:
    batches.server.default = http("come back later", "Retry-After: 3000", line=b"HTTP/1.1 503 Busy")
    kept: list[bytes] = []
    told = Told()

    def stop() -> Stop:
        if not told.retries:
            return Stop.NO
        kept.extend(path.read_bytes() for path in batches.path.rglob("*.part"))
        return Stop.FINISH

    batches.batch([batches.url(1)], watch=told, stop=stop)
    assert kept[:1] == [batches.server.default]
    (event,) = batches.outcomes()
    assert (event.event, event.data["outcome"], event.data["reason"]) == ("item.interrupted", "interrupted", "stopped")
    assert event.data["reasons"] == ["interrupted"]
    assert batches.answers(event) == [batches.server.default]
    assert list(batches.path.rglob("*.part")) == []
    batches.assert_sound()


@either_way
def test_tries_that_would_not_fit_on_the_log_line_are_not_made(batches: BatchBench) -> None:
    hops: Iterator[int] = iter(range(1_000_000))

    def script(request: bytes) -> bytes:
        if b"/end" in request[:2000]:
            return BUSY
        number = next(hops)
        target = f"/end{number % 80}" if number % 80 == 79 else f"/{number}"
        location = f"http://h1.example{target}{'x' * 65_000}"
        return http(b"", f"Location: {location}", line=b"HTTP/1.1 302 Found")

    batches.server.default = script
    result = batches.batch([batches.url(1)], limits=replace(QUICK, max_redirects=100), tries=4)
    (event,) = batches.outcomes()
    assert len(event.data["exchanges"]) * 65_000 > MAX_TOLD
    assert ("tries" in event.data, result.counts["complete"]) == (False, 1)
    assert event.data["status"] == 503
    batches.assert_sound()


@either_way
def test_a_host_that_is_given_up_ends_its_rows_and_the_next_run_takes_them(
    batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manners, "PAUSES", ())
    batches.server.default = BUSY
    told = Told()
    urls = [*(batches.url(1, f"/{number}") for number in range(30)), batches.url(2)]
    result = batches.batch(urls, watch=told, concurrency=4)
    given_up = {news.host: news for news in told.heard if news.seconds is None}
    assert "h1.example:80" in given_up
    assert (result.stopped, batches.events()[-1].data["reason"]) == (False, "done")
    assert result.counts["not_begun"] > 0
    begun = {event.data["url"] for event in batches.outcomes() if "exchanges" in event.data}
    assert len(begun) == result.counts["complete"] == 31 - result.counts["not_begun"]
    assert batches.url(2) in begun, "nobody else has to suffer"
    reasons = {event.data["reason"] for event in batches.outcomes() if "exchanges" not in event.data}
    assert reasons == {NOT_BEGUN}
    batches.assert_sound()
    batches.server.default = titled
    again = batches.batch(urls)
    assert again.counts["done_before"] == len(begun)
    assert again.counts["complete"] == result.counts["not_begun"]
    assert set(batches.rows_done().values()) == {1}
    batches.assert_sound()


def test_without_any_name_server_the_batch_ends_with_its_rows_not_begun(
    batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(exchange: object, *_: object, **__: object) -> Heard:
        return Heard(exchange.address.host, "name-server-silent", "unresolved")  # type: ignore[attr-defined]

    monkeypatch.setattr(manners, "PAUSES", ())
    monkeypatch.setattr(work, "hear", silent)
    told = Told()
    result = batches.batch([batches.url(number) for number in range(40)], watch=told, concurrency=4)
    assert told.heard[-1].host == ""
    assert told.heard[-1].seconds is None
    assert result.counts["not_begun"] >= 20
    assert not result.stopped
    batches.assert_sound()
