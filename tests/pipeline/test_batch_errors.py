"""What ends a batch in the middle ends all of it: no thread is left, what was acknowledged stands, the next goes on."""

import errno
import os
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from batchbench import BatchBench, Told, address_list, titled
from server import Stay, http

from archiver import keep
from archiver.capture import dial
from archiver.custody.disk import RealDisk
from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import CaseError, StorageError
from archiver.pipeline import crew, work
from archiver.pipeline.attempt import Attempt
from archiver.verify.run import verify_case


class Bug(Exception):
    """A mistake of ours, for a test."""


def on_call(number: int, error: BaseException, real: Callable[..., Any]) -> Callable[..., Any]:
    """`real`, but its call with this number raises; from one thread or many."""
    lock, calls = threading.Lock(), [0]

    def called(*args: Any, **kwargs: Any) -> Any:
        with lock:
            calls[0] += 1
            now = calls[0] == number
        if now:
            raise error
        return real(*args, **kwargs)

    return called


def ended_by(batches: BatchBench, error: type[BaseException], urls: list[str], **changes: Any) -> dict[int, Event]:
    """Run a batch that this error ends; return what was acknowledged before, all of which is in the log."""
    told = changes.pop("watch", None) or Told()
    told.events.clear()
    with pytest.raises(error):
        batches.batch(urls, watch=told, **changes)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batch-")]
    assert all(event in batches.events() for event in told.events.values())
    return dict(told.events)


def taken_up(batches: BatchBench, urls: list[str]) -> None:
    """Run it again, and assert that every row has been captured once."""
    result = batches.batch(urls)
    assert result.counts["done_before"] + result.counts["complete"] == len(urls)
    assert batches.rows_done().keys() == {(row.digest, row.occurrence) for row in address_list(urls).rows}
    assert set(batches.rows_done().values()) == {1}
    batches.assert_sound()


def thirty(batches: BatchBench) -> list[str]:
    return [batches.url(number % 6, f"/{number}") for number in range(30)]


@pytest.mark.parametrize("where", ["began", "finished", "tick", "retrying", "news"])
@pytest.mark.parametrize("error", [Bug(), KeyboardInterrupt()], ids=["bug", "ctrl-c"])
def test_an_error_of_the_one_who_watches_ends_the_batch_with_that_error(
    where: str, error: BaseException, batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where in {"retrying", "news"}:
        batches.server.default = http(b"", "Retry-After: 4000", line=b"HTTP/1.1 503 Busy")
    if where == "retrying":
        batches.server.default = http(b"", "Retry-After: 30", line=b"HTTP/1.1 503 Busy")
    told = Told()
    setattr(told, where, on_call(1 if where in {"began", "news"} else 3, error, getattr(told, where)))
    ended_by(batches, type(error), thirty(batches), watch=told)
    batches.server.default = titled
    if where != "news":
        taken_up(batches, thirty(batches))


def test_an_error_does_not_hide_behind_a_second_one(batches: BatchBench) -> None:
    errors = iter([Bug("first"), Bug("second"), Bug("third")])

    def fails(*_: object) -> None:
        raise next(errors)

    told = Told(on_finished=fails)
    with pytest.raises(Bug, match="first"):
        batches.batch(thirty(batches), watch=told)
    taken_up(batches, thirty(batches))


def test_what_is_in_flight_when_an_error_comes_is_cut_and_what_was_stored_is_appended(batches: BatchBench) -> None:
    waiting = threading.Event()

    def script(request: bytes) -> Any:
        if b"/0 " in request:
            waiting.set()
            return (Stay(),)
        assert waiting.wait(20)
        return titled(request)

    batches.server.default = script
    told = Told(on_finished=on_call(1, Bug(), lambda row, event: None))
    urls = thirty(batches)
    ended_by(batches, Bug, urls, watch=told)
    first = next(event for event in batches.outcomes() if event.data["item"] == 1)
    assert (first.data["outcome"], first.data["reason"]) == ("interrupted", "stopped")
    batches.server.default = titled
    taken_up(batches, urls)


@pytest.mark.parametrize("number", [1, 7, 25])
def test_a_bug_in_what_stores_ends_the_batch_with_it(
    number: int, batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(work, "stored", on_call(number, Bug(), work.stored))
        ended_by(batches, Bug, thirty(batches))
    taken_up(batches, thirty(batches))


@pytest.mark.parametrize("number", [1, 7, 25])
def test_a_bug_in_what_fetches_ends_the_batch_with_it(
    number: int, batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Attempt, "hops", on_call(number, Bug(), Attempt.hops))
        ended_by(batches, Bug, thirty(batches))
    taken_up(batches, thirty(batches))


@pytest.mark.parametrize("number", [1, 2, 3, 9])
def test_an_error_in_what_appends_ends_the_batch_and_what_is_stored_is_adopted(
    number: int, batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(CaseStore, "append_many", on_call(number, Bug(), CaseStore.append_many))
        ended_by(batches, Bug, thirty(batches))
    taken_up(batches, thirty(batches))


def test_threads_that_cannot_be_started_are_an_error_and_no_hang(
    batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Third(threading.Thread):
        start = on_call(3, Bug(), threading.Thread.start)

    with monkeypatch.context() as patch:
        names = {
            "Thread": Third,
            "Lock": threading.Lock,
            "Condition": threading.Condition,
        }
        patch.setattr(crew, "threading", SimpleNamespace(**names))  # and not for the server
        with pytest.raises(Bug):
            batches.batch(thirty(batches))
    taken_up(batches, thirty(batches))


def test_two_tries_that_a_kill_left_without_their_outcome_are_adopted_with_both(
    batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([http("busy", line=b"HTTP/1.1 503 Busy")])
    batches.server.default = lambda request: next(answers, titled(request))
    with monkeypatch.context() as patch:
        patch.setattr(CaseStore, "append_many", on_call(3, Bug(), CaseStore.append_many))
        patch.setattr(crew.Crew, "_save", lambda _: None)
        ended_by(batches, Bug, [batches.url(1)])
    result = batches.batch([batches.url(1)])
    assert result.counts["done_before"] == 1
    (event,) = batches.outcomes()
    assert (event.data["outcome"], event.data["tries"]) == ("complete", [1, 1])
    batches.assert_sound()


@pytest.mark.parametrize(
    ("call", "number"),
    [(call, number) for call in ("append", "sync", "sync_folder") for number in (2, 10, 26)]
    + [(call, number) for call in ("create", "link", "unlink") for number in (1, 15)]
    + [("make_folder", 1), ("make_folder", 2)],
)
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
def test_a_disk_that_fails_anywhere_is_one_error_and_loses_nothing(
    call: str, number: int, code: int, batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = thirty(batches)
    with monkeypatch.context() as patch:
        patch.setattr(RealDisk, call, on_call(number, OSError(code, "made up"), getattr(RealDisk, call)))
        ended_by(batches, StorageError, urls)
    taken_up(batches, urls)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "failing"])
def test_an_answer_that_the_disk_does_not_take_ends_the_batch(
    code: int, batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = http(os.urandom(1 << 21))
    batches.server.default = lambda request: large if b"/13 " in request else titled(request)
    urls = thirty(batches)
    with monkeypatch.context() as patch:
        patch.setattr(keep.os, "fstatvfs", on_call(1, OSError(code, "made up"), os.fstatvfs))
        ended_by(batches, StorageError, urls)
    if code == errno.ENOSPC:
        batches.assert_sound()
    taken_up(batches, urls)


def test_a_case_folder_that_cannot_be_written_is_told_as_that(
    batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(RealDisk, "create", on_call(2, PermissionError(errno.EACCES, "no"), RealDisk.create))
        with pytest.raises(CaseError) as caught:
            batches.batch(thirty(batches))
    assert caught.value.kind == "unwritable"
    taken_up(batches, thirty(batches))


def test_too_many_open_files_end_a_batch_and_fail_no_row(batches: BatchBench, monkeypatch: pytest.MonkeyPatch) -> None:
    batches.server.default = titled
    urls = [batches.url(number, "/") for number in range(6)]
    error = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    with monkeypatch.context() as patched:
        patched.setattr(dial, "_connect", on_call(4, error, dial._connect))
        ended_by(batches, StorageError, urls)
    assert {event.data["outcome"] for event in batches.outcomes()} <= {"complete", "interrupted"}
    assert verify_case(batches.path).exit_code() == 0
    assert batches.batch(urls).counts["failed"] == 0
    assert set(batches.rows_done().values()) == {1}
