"""A batch that is asked to stop ends in order, whatever it was doing, and the next one takes what is left."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import FrameType

import pytest
from batchbench import BatchBench, Told, address_list, either_way, name_of, titled
from server import Answer, Drip, Send, Stay, http

from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.pipeline.batch import Stop
from archiver.pipeline.crew import NOT_BEGUN, TICK
from archiver.pipeline.outcome import outcome_from_warc

TOGETHER = 20  # seconds that a test waits for what must come; it fails then
HALF = (Send(http(b"", "Content-Length: 99999999", length=False)), Drip(b"y" * 100, 0.01))


def workers() -> list[threading.Thread]:
    """Those that run; Python goes on listing one whose `start` was interrupted before it began."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("batch-") and thread.is_alive()]


def completed(batches: BatchBench, urls: list[str]) -> None:
    """Run the rest and assert that each row was captured once, and that the case is in order."""
    batches.server.default = titled
    CaseStore.open(batches.path, batches.runtime, adopt=outcome_from_warc).close()  # adopts what was not appended
    done = sum(batches.rows_done().values())
    told = Told()
    result = batches.batch(urls, watch=told)
    assert (told.todo, result.counts["done_before"]) == (len(urls) - done, done)
    assert batches.rows_done().keys() == {(row.digest, row.occurrence) for row in address_list(urls).rows}
    assert set(batches.rows_done().values()) == {1}
    assert [event.data["item"] for event in batches.requests()] == list(range(1, len(batches.requests()) + 1))
    batches.assert_sound()


@either_way
@pytest.mark.parametrize("at", [1, 5, 17, 40])
def test_finish_lets_what_is_in_flight_end_and_begins_nothing(at: int, batches: BatchBench) -> None:
    asked = Counter[str]()
    stopping = threading.Event()

    def script(request: bytes) -> bytes:
        asked[name_of(request)] += 1
        if len(asked) == at:
            stopping.set()
        return titled(request)

    batches.server.default = script
    urls = [batches.url(number % 9, f"/{number}") for number in range(40)]
    result = batches.batch(urls, stop=lambda: Stop.FINISH if stopping.is_set() else Stop.NO)
    assert result.stopped
    assert batches.events()[-1].data["reason"] == "stopped"
    assert result.counts["complete"] == len(asked) == 40 - result.counts["not_begun"]
    assert {event.data["outcome"] for event in batches.outcomes()} <= {"complete", "interrupted"}
    for event in batches.outcomes():
        assert event.data["outcome"] == "complete" or event.data["reason"] == NOT_BEGUN
    batches.assert_sound()
    assert not workers()
    before = set(asked)
    completed(batches, urls)
    assert not before & {name_of(request) for request in batches.server.requests[len(before) :]}


@either_way
def test_now_cuts_what_is_in_flight_and_keeps_what_has_arrived(batches: BatchBench) -> None:
    batches.server.default = HALF
    urls = [batches.url(number) for number in range(20)]

    def stop() -> Stop:
        most = max(map(len, [*batches.server.sent.values()]), default=0)
        return Stop.NOW if most > 2000 else Stop.NO

    result = batches.batch(urls, stop=stop, concurrency=4)
    assert result.counts["interrupted"] >= 1
    assert result.counts["interrupted"] + result.counts["not_begun"] == 20
    kept = [event for event in batches.outcomes() if event.data["reason"] == "stopped"]
    assert max(len(answer) for event in kept for answer in batches.answers(event)) > 500
    batches.assert_sound()
    completed(batches, urls)


@either_way
def test_now_after_finish_ends_what_would_not_end_by_itself(batches: BatchBench) -> None:
    stuck, asked = threading.Event(), [Stop.NO]

    def script(request: bytes) -> Answer:
        stuck.set()
        return (Stay(),)

    def stop() -> Stop:
        if stuck.is_set():
            asked.append(Stop.FINISH if len(asked) < 4 else Stop.NOW)
        return asked[-1]

    batches.server.default = script
    result = batches.batch([batches.url(1)], stop=stop)
    assert (asked[1:4], asked[-1]) == ([Stop.FINISH] * 3, Stop.NOW)
    assert result.outcomes == {1: "interrupted"}
    batches.assert_sound()


@either_way
def test_a_wish_to_stop_is_not_taken_back(batches: BatchBench) -> None:
    answers = iter([Stop.NOW])
    result = batches.batch([batches.url(n) for n in range(30)], stop=lambda: next(answers, Stop.NO), concurrency=2)
    assert result.stopped
    assert result.counts["not_begun"] > 0
    batches.assert_sound()


def test_while_the_last_rows_end_the_writer_waits_and_does_not_spin(batches: BatchBench) -> None:
    looks, released = [0], threading.Event()

    def script(request: bytes) -> bytes:
        assert released.wait(TOGETHER)
        return titled(request)

    def stop() -> Stop:
        looks[0] += 1
        if looks[0] == 8:
            released.set()
        return Stop.FINISH

    batches.server.default = script
    began = time.monotonic()
    batches.batch([batches.url(number) for number in range(50)], stop=stop, concurrency=2)
    in_flight = len(batches.server.requests)
    assert time.monotonic() - began >= TICK * (looks[0] - 2 * in_flight - 4), (
        "each look but those that follow an end waits"
    )
    batches.assert_sound()


@either_way
def test_stopped_before_anything_began_every_request_has_its_outcome(batches: BatchBench) -> None:
    urls = [batches.url(number) for number in range(9)]
    batches.batch(urls, stop=lambda: Stop.NOW, concurrency=3)
    assert len(batches.requests()) == len(batches.outcomes())
    batches.assert_sound()
    completed(batches, urls)


class Alarm(KeyboardInterrupt):
    """A Ctrl-C for tests."""


def alarmed(moment: float, again: float, work: Callable[[], object]) -> bool:
    """Do `work` while Ctrl-C is pressed at `moment` and every `again` seconds after; return whether that ended it."""
    armed = [True]

    def ring(number: int, frame: FrameType | None) -> None:
        if armed:
            raise Alarm

    usual = signal.signal(signal.SIGALRM, ring)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, moment, again)
            work()
        finally:
            armed.clear()
    except Alarm:
        return True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)
    return False


# Python itself loses one that comes while it calls back for a weak reference, and says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_ctrl_c_at_any_moment_leaves_no_thread_and_nothing_that_the_next_run_cannot_take_up(
    batches: BatchBench,
) -> None:
    batches.server.default = lambda request: (
        titled(request) if b"/slow" not in request else (Send(titled(request)[:60]), Stay())
    )
    urls = [batches.url(number % 11, f"/{number}" if number % 15 else "/slow") for number in range(150)]
    acknowledged: dict[int, Event] = {}
    told = Told(on_finished=lambda row, event: acknowledged.update({event.seq: event}))
    rung = 0
    for moment in range(9):
        rung += alarmed(0.02 + 0.05 * moment, 0.06, lambda: batches.batch(urls, watch=told, concurrency=8))
        assert not workers()
    assert rung
    assert acknowledged.items() <= {event.seq: event for event in batches.events()}.items()
    completed(batches, urls)
