"""Many addresses at once: each is captured as if it were alone, and the record reads as if they had come in order."""

import threading
from collections import Counter, defaultdict

import pytest
from batchbench import BatchBench, Told, address_list, either_way, name_of, titled
from hostile_answers import PLAIN_CASES
from server import html, http

from archiver.canon import sha256_hex
from archiver.custody.log import Event
from archiver.errors import ArchiverError, ConfigError, UsageError
from archiver.model.batch import Row
from archiver.model.exchange import Limits

TOGETHER = 20  # seconds that a test waits for what must come; it fails then


@either_way
def test_every_row_is_captured_with_its_own_answer_and_numbered_in_the_order_of_the_list(batches: BatchBench) -> None:
    urls = [batches.url(number % 7, f"/{number}") for number in range(60)]
    told = Told()
    result = batches.batch(urls, watch=told)
    assert [event.data["url"] for event in batches.requests()] == urls
    assert [event.data["item"] for event in batches.requests()] == list(range(1, 61))
    assert {event.data["url"].removeprefix("http://"): event.data["title"] for event in batches.outcomes()} == {
        url.removeprefix("http://"): url.removeprefix("http://") for url in urls
    }
    assert sorted(told.finished_rows) == list(range(1, 61))
    assert (result.counts["complete"], result.stopped, set(result.outcomes.values())) == (60, False, {"complete"})
    assert batches.names()[1:2] + batches.names()[-1:] == ["batch.started", "batch.ended"]
    batches.assert_sound()


def test_start_and_end_say_which_list_how_and_what_became_of_it(batches: BatchBench) -> None:
    urls = [batches.url(1), batches.url(2), batches.url(1)]
    result = batches.batch(urls, problems=2, concurrency=3, spacing=0.25)
    listed = address_list(urls)
    started, ended = batches.events()[1], batches.events()[-1]
    assert (result.started, result.ended) == (started, ended)
    assert started.data["list"] == {
        "name": "list.txt", "format": "text", "size": listed.size, "sha256": None, "rows": 3, "left_out": 2,
        "rows_sha256": sha256_hex("".join(f"{row.digest}\n" for row in listed.rows).encode()),
    }  # fmt: skip
    assert started.data["options"] == {
        "again": False, "concurrency": 3, "per_host": 2, "redo": "none", "spacing_ms": 250, "tries": 3,
    }  # fmt: skip
    assert ended.data == {"batch": 2, "reason": "done", "counts": dict(result.counts)}
    assert result.counts == {
        "complete": 3, "unconfirmed": 0, "partial": 0, "failed": 0, "interrupted": 0, "done_before": 0, "not_begun": 0,
    }  # fmt: skip
    assert [event.data["row"] for event in batches.requests()] == [
        {"batch": 2, "number": row.number, "digest": row.digest, "occurrence": row.occurrence} for row in listed.rows
    ]


@either_way
def test_the_watch_is_called_by_one_thread_and_only_after_the_outcome_is_in_the_log(batches: BatchBench) -> None:
    def on_disk(row: Row, event: Event) -> None:
        assert event in batches.events()

    told = Told(on_finished=on_disk)
    batches.batch([batches.url(number) for number in range(12)], watch=told)
    assert told.todo == 12
    assert len(told.finished_rows) == 12
    assert told.threads == {threading.current_thread()}
    assert told.standings


def test_a_slow_host_holds_up_nobody_and_is_logged_when_it_ends(batches: BatchBench) -> None:
    others_done = threading.Event()

    def script(request: bytes) -> bytes:
        if name_of(request).startswith("h0.example"):
            assert others_done.wait(TOGETHER)
        return titled(request)

    batches.server.default = script
    urls = [
        batches.url(0, "/a"),
        batches.url(0, "/b"),
        *(batches.url(number % 5 + 1, f"/{number}") for number in range(30)),
    ]
    told = Told()
    told.on_finished = lambda row, event: others_done.set() if len(told.finished_rows) == 30 else None
    batches.batch(urls, watch=told, concurrency=4)
    assert [event.data["item"] for event in batches.requests()] == list(range(1, 33))
    assert {event.data["item"] for event in batches.outcomes()[-2:]} == {1, 2}
    batches.assert_sound()


@either_way
@pytest.mark.parametrize(("concurrency", "per_host"), [(1, 2), (3, 1), (6, 2), (5, 9)])
def test_neither_limit_is_ever_exceeded_as_the_server_sees_it(
    concurrency: int, per_host: int, batches: BatchBench
) -> None:
    lock, now, most = threading.Lock(), Counter[str](), defaultdict[str, int](int)

    def script(request: bytes) -> bytes:
        host = name_of(request).partition("/")[0]
        with lock:
            now.update([host, "all"])
            for name in (host, "all"):
                most[name] = max(most[name], now[name])
        threading.Event().wait(0.005)
        with lock:
            now.subtract([host, "all"])
        return titled(request)

    batches.server.default = script
    urls = [batches.url(number % 3, f"/{number}") for number in range(36)]
    batches.batch(urls, concurrency=concurrency, per_host=per_host)
    assert most.pop("all") <= concurrency
    assert max(most.values()) <= min(per_host, concurrency)
    batches.assert_sound()


@either_way
def test_as_many_as_allowed_are_really_under_way_together(batches: BatchBench) -> None:
    meeting = threading.Barrier(8, timeout=TOGETHER)

    def script(request: bytes) -> bytes:
        meeting.wait()
        return titled(request)

    batches.server.default = script
    batches.batch([batches.url(number) for number in range(16)], concurrency=8)
    batches.assert_sound()


@pytest.mark.parametrize("rows", [1, 3])
def test_more_places_than_rows_are_no_harm(rows: int, batches: BatchBench) -> None:
    result = batches.batch([batches.url(number) for number in range(rows)], concurrency=100)
    assert result.counts["complete"] == rows
    batches.assert_sound()


def test_a_list_without_rows_leaves_no_trace(batches: BatchBench) -> None:
    before = (batches.path / "custody.jsonl").read_bytes()
    told = Told()
    result = batches.batch([], watch=told)
    assert (told.todo, result.started, result.ended, dict(result.outcomes)) == (0, None, None, {})
    assert (batches.path / "custody.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"tags": ("\ud800",)}, UsageError),
        ({"headers": (("Bad Name", "x"),)}, UsageError),
        ({"cookies": "no cookie file\n"}, ConfigError),
    ],
)
def test_options_that_cannot_be_used_leave_no_trace(
    wrong: dict[str, object], error: type[ArchiverError], batches: BatchBench
) -> None:
    before = (batches.path / "custody.jsonl").read_bytes()
    with pytest.raises(error):
        batches.batch([batches.url(1)], **wrong)
    assert (batches.path / "custody.jsonl").read_bytes() == before


@either_way
def test_no_request_reaches_a_server_before_it_is_in_the_log_on_disk(batches: BatchBench) -> None:
    seen: Counter[str] = Counter()
    unknown: list[str] = []

    def script(request: bytes) -> bytes:
        name = name_of(request)
        asked = {event.data["url"] for event in batches.requests()}
        if f"http://{name}" not in asked:
            unknown.append(name)
        seen[name] += 1
        return titled(request) if seen[name] > 1 else http(b"", line=b"HTTP/1.1 503 Busy")

    batches.server.default = script
    batches.batch([batches.url(number) for number in range(20)])
    assert unknown == []
    assert set(seen.values()) == {2}, "first tries and others"
    batches.assert_sound()


@either_way
def test_rows_are_asked_for_ahead_by_the_concurrency_and_no_further(batches: BatchBench) -> None:
    ahead: list[int] = []

    def script(request: bytes) -> bytes:
        number = int(name_of(request).partition("/")[2])
        ahead.append(len(batches.requests()) - number)
        return titled(request)

    batches.server.default = script
    batches.batch([batches.url(1, f"/{number}") for number in range(1, 41)], concurrency=4, per_host=1)
    assert 0 <= min(ahead) <= max(ahead) <= 4


@either_way
def test_hostile_servers_among_good_ones_spoil_nothing(batches: BatchBench) -> None:
    cases = [case for case in PLAIN_CASES if not case.endless]
    batches.server.add(tuple(cases))
    urls = []
    for number, case in enumerate(cases):
        urls += [batches.url(number, case.target), batches.url(1000 + number, f"/good/{number}")]
    limits = Limits(connect=5, idle=1.0, linger=0.1, max_time=10, max_redirects=2)
    result = batches.batch(urls, concurrency=64, per_host=8, limits=limits)
    assert (result.counts["not_begun"], result.counts["interrupted"]) == (0, 0)
    by_url = {event.data["url"]: event for event in batches.outcomes()}
    for url in urls[1::2]:
        assert by_url[url].data["title"] == url.removeprefix("http://")
    for url, case in zip(urls[::2], cases, strict=True):
        if case.sent:
            assert case.sent in batches.answers(by_url[url]), case.name
    batches.assert_sound()


@either_way
def test_rows_that_echo_a_secret_at_the_same_time_are_all_masked(batches: BatchBench) -> None:
    secret = "s3cr3t-value-of-the-investigator"
    meeting = threading.Barrier(8, timeout=TOGETHER)

    def script(_: bytes) -> bytes:
        meeting.wait()
        return html("x", f"you said {secret}")

    batches.server.default = script
    batches.batch([batches.url(number) for number in range(8)], headers=(("X-Api-Key", secret),))
    assert {len(event.data["private"]) for event in batches.outcomes()} == {1}
    assert len(list((batches.path / "private").iterdir())) == 8
    assert all(secret.encode() not in answer for event in batches.outcomes() for answer in batches.answers(event))
    batches.assert_sound()
