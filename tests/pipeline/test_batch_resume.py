"""What was done stays done: known by what a row says, not by where it stands, and taken again only when asked for."""

import pytest
from batchbench import BatchBench, Told, address_list, name_of, titled
from server import Answer, Reset, Stay, http

from archiver.pipeline.batch import Stop

MISSING = http("not here", line=b"HTTP/1.1 404 Not Found")
BUSY = http("busy", line=b"HTTP/1.1 503 Busy")
CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nonly a part"


def mixed(request: bytes) -> Answer:
    """One page of each kind; `/cut` is partial, `/busy` complete and may pass, `/none` failed."""
    kind = name_of(request).rpartition("/")[2]
    return {"whole": titled(request), "gone": MISSING, "cut": CUT, "busy": BUSY, "none": (Reset(),)}[kind]


def kinds(batches: BatchBench) -> list[str]:
    return [batches.url(number, f"/{kind}") for number, kind in enumerate(("whole", "gone", "cut", "busy", "none"))]


@pytest.mark.parametrize(
    ("changes", "again"),
    [
        ({}, set()),
        ({"redo": "none"}, set()),
        ({"redo": "failed"}, {"none", "busy"}),
        ({"redo": "partial"}, {"none", "busy", "cut"}),
        ({"again": True}, {"whole", "gone", "cut", "busy", "none"}),
    ],
    ids=["usual", "none", "failed", "partial", "again"],
)
def test_only_what_is_asked_for_is_taken_again(
    changes: dict[str, object], again: set[str], batches: BatchBench
) -> None:
    batches.server.default = mixed
    urls = kinds(batches)
    first = batches.batch(urls, tries=1)
    assert first.outcomes == dict(enumerate(("complete", "complete", "partial", "complete", "failed"), 1))
    batches.server.default = titled
    told = Told()
    result = batches.batch(urls, watch=told, **changes)
    assert {url.rpartition("/")[2] for url in (row.address.url for row in address_list(urls).rows
                                               if row.number in told.finished_rows)} == again  # fmt: skip
    assert {number: earlier.item for number, earlier in told.before.items()} == {
        row.number: row.number for row in address_list(urls).rows if row.number not in told.finished_rows
    }
    assert result.counts["complete"] == len(again)
    assert (result.started is None) == (not again), "a run with nothing to do leaves no trace"
    assert len(batches.requests()) == 5 + len(again)
    batches.assert_sound()


def test_a_better_outcome_stands_although_a_worse_one_came_later(batches: BatchBench) -> None:
    urls = [batches.url(1)]
    batches.batch(urls)
    batches.server.default = (Reset(),)
    assert batches.batch(urls, again=True, tries=1).outcomes == {1: "failed"}
    told = Told()
    batches.batch(urls, watch=told, redo="partial")
    assert told.todo == 0
    assert (told.before[1].item, told.before[1].outcome) == (1, "complete")


def test_equal_rows_are_told_apart_and_a_row_that_moved_is_the_same_row(batches: BatchBench) -> None:
    one, two, three = batches.url(1), batches.url(2), batches.url(3)
    batches.batch([one, two, one])
    told = Told()
    batches.batch([three, one, one, two, one], watch=told)
    assert told.finished_rows == [1, 5] or told.finished_rows == [5, 1]
    assert {number: earlier.item for number, earlier in told.before.items()} == {2: 1, 3: 3, 4: 2}
    assert [event.data["row"]["occurrence"] for event in batches.requests()] == [1, 1, 2, 1, 3]
    batches.assert_sound()


def test_an_interrupted_row_is_never_done(batches: BatchBench) -> None:
    urls = [batches.url(number) for number in range(4)]
    batches.server.default = (Stay(),)
    batches.batch(urls, stop=lambda: Stop.NOW, concurrency=4)
    batches.server.default = titled
    told = Told()
    assert batches.batch(urls, watch=told).counts["complete"] == 4
    assert told.before == {}


def test_items_that_no_list_asked_for_stand_for_no_row(batches: BatchBench) -> None:
    batches.capture(batches.server.url(), batches.server)
    told = Told()
    batches.batch([batches.server.url()], watch=told)
    assert told.todo == 1
    batches.assert_sound()
