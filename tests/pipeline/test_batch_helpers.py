"""What only helpers can do wrong: be killed, outlive the one who writes the log, hear a Ctrl-C, fail on their own."""

import contextlib
import io
import os
import pickle
import resource
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

import pytest
from batchbench import BatchBench, Told, address_list, name_of, titled
from casebench import QUICK
from server import Send, Stay, http
from test_batch_kills import command, finished, lines_of

from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import CaseError, Interrupted, StorageError
from archiver.model.address import Address
from archiver.pipeline import helpers, helping
from archiver.pipeline.attempt import asked
from archiver.pipeline.batch import Stop
from archiver.pipeline.helpers import KNOWN, Helpers
from archiver.pipeline.helping import LOST, NO_ITEM, Begun, Cut, Fetch, Store, Trouble
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.outcome import outcome_from_warc
from archiver.pipeline.work import Order, Tried

pytestmark = pytest.mark.parametrize("batches", [2], indirect=True, ids=[""])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Helpers]:
    """The helpers of every batch that begins, as they are started."""
    found: list[Helpers] = []

    class Noted(Helpers):
        def __init__(self, path: Path, held: int, count: int, threads: int) -> None:
            super().__init__(path, held, count, threads)
            found.append(self)

    monkeypatch.setattr(helpers, "Helpers", Noted)
    return found


def gone(process: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


def thirty(batches: BatchBench) -> list[str]:
    return [batches.url(number % 6, f"/{number}") for number in range(30)]


def completed(batches: BatchBench, urls: list[str]) -> None:
    """Run the rest, and assert that each row was captured once and the case is in order."""
    batches.server.default = titled
    result = batches.batch(urls)
    assert result.counts["complete"] + result.counts["done_before"] == len(urls)
    assert batches.rows_done().keys() == {(row.digest, row.occurrence) for row in address_list(urls).rows}
    assert set(batches.rows_done().values()) == {1}
    batches.assert_sound()


def test_the_work_is_shared_and_no_process_is_left(batches: BatchBench, started: list[Helpers]) -> None:
    loads: list[tuple[int, ...]] = []
    together = threading.Barrier(4)

    def script(request: bytes) -> bytes:
        together.wait(30)
        loads.append(tuple(helper.load for helper in started[0]._helpers))
        return titled(request)

    batches.server.default = script
    result = batches.batch([batches.url(number) for number in range(4)], concurrency=4)
    assert result.counts["complete"] == 4
    assert (2, 2) in loads
    assert started[0].processes == ()
    batches.assert_sound()


@pytest.mark.parametrize("at", [1, 4, 17])
def test_a_helper_that_is_killed_ends_the_batch_and_every_row_has_one_honest_outcome(
    at: int, batches: BatchBench, started: list[Helpers]
) -> None:
    seen: set[str] = set()

    def script(request: bytes) -> bytes:
        seen.add(name_of(request))
        if len(seen) == at:
            os.kill(started[0].processes[0], signal.SIGKILL)
        return titled(request)

    batches.server.default = script
    told, urls = Told(), thirty(batches)
    with pytest.raises(Interrupted) as caught:
        batches.batch(urls, watch=told, concurrency=4)
    assert caught.value.kind == "helper-lost"
    assert all(event in batches.events() for event in told.events.values())
    asked, ended = batches.requests(), batches.outcomes()
    assert sorted(event.data["item"] for event in ended) == [event.data["item"] for event in asked], "put in order"
    assert {event.data["outcome"] for event in ended} <= {"complete", "interrupted"}
    batches.assert_sound()
    completed(batches, urls)


def test_both_helpers_killed_while_nothing_is_asked_end_the_batch(batches: BatchBench, started: list[Helpers]) -> None:
    def kill_all() -> None:
        if started:
            for process in started[0].processes:
                os.kill(process, signal.SIGKILL)

    with pytest.raises(Interrupted):
        batches.batch(thirty(batches), watch=Told(on_tick=kill_all), concurrency=2)
    completed(batches, thirty(batches))


def test_nobody_writes_to_the_case_while_a_helper_lives_and_it_ends_with_the_batch(batches: BatchBench) -> None:
    """The helpers are stopped in the middle of their work, then the process that writes the log is killed."""
    urls = thirty(batches)
    children: list[int] = []
    stopped: SimpleQueue[bool] = SimpleQueue()

    def script(request: bytes) -> tuple[Send, Stay] | bytes:
        if b"/9 " not in request:
            return titled(request)
        found = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text()
        children.extend(map(int, found.split()))
        for each in children:
            os.kill(each, signal.SIGSTOP)
        child.kill()
        stopped.put(True)
        return (Send(titled(request)[:50]), Stay())

    batches.server.default = script
    with subprocess.Popen(command(batches, urls, 0, concurrency=4), stdout=subprocess.PIPE) as child:
        said, _ = child.communicate(timeout=60)
    assert stopped.get(timeout=60)
    try:
        with pytest.raises(CaseError) as caught:
            CaseStore.open(batches.path, batches.runtime, adopt=outcome_from_warc, wait=0)
        assert caught.value.kind == "locked"
    finally:
        for each in children:
            os.kill(each, signal.SIGCONT)
    batches.server.default = titled
    finished(batches, urls, lines_of(said))  # waits for the lock
    assert len(children) == 2
    assert all(map(gone, children))


def test_signals_to_the_helpers_are_not_theirs_to_answer(batches: BatchBench, started: list[Helpers]) -> None:
    def script(request: bytes) -> bytes:
        for process in started[0].processes:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(process, number)
            assert os.getpgid(process) != os.getpgid(0), "a Ctrl-C does not even reach it"
        return titled(request)

    batches.server.default = script
    assert batches.batch(thirty(batches), concurrency=4).counts["complete"] == 30
    batches.assert_sound()


def test_ctrl_c_in_the_middle_cuts_the_helpers_and_keeps_what_has_arrived(batches: BatchBench) -> None:
    arrived = titled(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")[:60]
    batches.server.default = (Send(arrived), Stay())
    looks: list[Stop] = []

    def stop() -> Stop:
        if len(batches.server.requests) == 4:
            looks.append(Stop.FINISH if len(looks) < 5 else Stop.NOW)
        return looks[-1] if looks else Stop.NO

    urls = [batches.url(number) for number in range(12)]
    result = batches.batch(urls, stop=stop, concurrency=4)
    assert result.stopped
    assert (result.counts["interrupted"], result.counts["not_begun"]) == (4, 8)
    batches.assert_sound()
    completed(batches, urls)


@pytest.mark.parametrize("again", [False, True], ids=["once", "over and over"])
def test_a_helper_that_somebody_stopped_goes_on_when_the_batch_is_to_end_at_once(
    again: bool, batches: BatchBench, started: list[Helpers]
) -> None:
    batches.server.default = (Send(b"HTTP/1.1 200 OK\r\n"), Stay())
    urls = [batches.url(number) for number in range(12)]
    held: list[int] = []

    def stop() -> Stop:
        if len(batches.server.requests) == 4 and (again or not held):
            held.extend(started[0].processes)
            for process in started[0].processes:
                os.kill(process, signal.SIGSTOP)
        return Stop.NOW if held else Stop.NO

    result = batches.batch(urls, stop=stop, concurrency=4)
    assert result.stopped
    assert (result.counts["interrupted"], result.counts["not_begun"]) == (4, 8)
    assert len(held) >= 2
    assert all(map(gone, held))
    batches.assert_sound()
    completed(batches, urls)


def test_an_error_ends_the_batch_though_its_helpers_are_stopped(batches: BatchBench, started: list[Helpers]) -> None:
    batches.server.default = (Send(b"HTTP/1.1 200 OK\r\n"), Stay())
    held: list[int] = []

    class Bug(Exception):
        """A mistake of ours, for a test."""

    def fails() -> None:
        if len(batches.server.requests) == 4:
            held.extend(started[0].processes)
            for process in held:
                os.kill(process, signal.SIGSTOP)
            raise Bug

    urls = [batches.url(number) for number in range(12)]
    with pytest.raises(Bug):
        batches.batch(urls, watch=Told(on_tick=fails), concurrency=4)
    assert len(held) == 2
    assert all(map(gone, held))
    completed(batches, urls)


def test_a_helper_that_is_stopped_for_good_is_ended_with_the_batch(
    batches: BatchBench, started: list[Helpers], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it would be were it stopped once more in the moment before its pipe is closed."""
    monkeypatch.setattr(helpers, "END", 0.1)
    monkeypatch.setattr(helpers.signal, "SIGCONT", signal.SIGSTOP)
    processes: list[int] = []

    def finished(row: object, event: object) -> None:
        if len(told.finished_rows) == 30:
            processes.extend(started[0].processes)

    told = Told(on_finished=finished)
    assert batches.batch(thirty(batches), watch=told, concurrency=4).counts["complete"] == 30
    assert len(processes) == 2
    assert all(map(gone, processes))
    batches.assert_sound()


def test_an_error_here_leaves_no_helper_and_what_was_stored_is_appended(
    batches: BatchBench, started: list[Helpers]
) -> None:
    class Bug(Exception):
        """A mistake of ours, for a test."""

    def fails(row: object, event: object) -> None:
        raise Bug

    processes: list[int] = []
    told = Told(on_finished=fails, on_tick=lambda: processes.extend(started[0].processes))
    with pytest.raises(Bug):
        batches.batch(thirty(batches), watch=told, concurrency=4)
    assert processes
    assert all(map(gone, processes))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batch-")]
    completed(batches, thirty(batches))


def test_a_full_disk_in_a_helper_ends_the_batch_as_a_full_disk(batches: BatchBench) -> None:
    large = http(os.urandom(3 << 20))
    batches.server.default = lambda request: large if b"/13 " in request else titled(request)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, usual[1]))
        with pytest.raises(StorageError) as caught:
            batches.batch(thirty(batches), concurrency=4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert caught.value.kind == "full"
    batches.assert_sound()
    completed(batches, thirty(batches))


def test_a_bug_in_a_helper_is_a_bug_here_with_its_trace(batches: BatchBench, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = "import sys; sys.path[:] = sys.argv[4:]; from archiver.pipeline import work; work.stored = None; "
    with monkeypatch.context() as patch:
        patch.setattr(helpers, "_HELPER", broken + "from archiver.pipeline.helping import *; help_out(*sys.argv[1:4])")
        with pytest.raises(RuntimeError, match=r"(?s)a helper of the batch failed:.*Traceback.*NoneType"):
            batches.batch(thirty(batches))
    completed(batches, thirty(batches))


def test_a_helper_that_cannot_even_tell_of_its_error_is_lost_and_nobody_waits_for_it(
    batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "import sys; sys.path[:] = sys.argv[4:]; from archiver.pipeline import helping, work; work.stored = None; "
    with monkeypatch.context() as patch:
        patch.setattr(helpers, "_HELPER", broken + "helping.Trouble.of = None; helping.help_out(*sys.argv[1:4])")
        with pytest.raises(Interrupted, match="ended unexpectedly"):
            batches.batch(thirty(batches))
    completed(batches, thirty(batches))


def test_where_no_process_can_be_started_this_one_does_the_work(
    batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers.sys, "executable", "/nonexistent/python")
    assert batches.batch(thirty(batches)).counts["complete"] == 30
    batches.assert_sound()


@pytest.mark.parametrize(
    "program",
    ["raise SystemExit(3)", "print('no answer of ours')", "import time; time.sleep(600)"],
    ids=["ends at once", "is another program", "does not begin"],
)
def test_where_helpers_cannot_begin_this_process_does_the_work(
    program: str, batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes: list[int] = []
    usual = subprocess.Popen.__init__

    def noted(self: subprocess.Popen[bytes], *more: Any, **named: Any) -> None:
        usual(self, *more, **named)
        processes.append(self.pid)

    monkeypatch.setattr(subprocess.Popen, "__init__", noted)
    monkeypatch.setattr(helpers, "_HELPER", program)
    monkeypatch.setattr(helpers, "START", 0.5 if "sleep" in program else 60)
    monkeypatch.setattr(helpers, "END", 0.1)
    assert batches.batch(thirty(batches)).counts["complete"] == 30
    assert len(processes) == 2
    assert all(map(gone, processes))
    batches.assert_sound()


def test_helpers_are_started_where_there_is_much_to_do_and_more_than_one_processor(
    batches: BatchBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers.os, "sched_getaffinity", lambda _: set(range(4)))
    assert helpers._worth(helpers.MUCH) == 4
    assert helpers._worth(helpers.MUCH - 1) == 0
    monkeypatch.setattr(helpers.os, "sched_getaffinity", lambda _: {0})
    assert helpers._worth(100_000) == 0


def test_every_row_is_fetched_with_its_own_options_however_many_there_are(
    batches: BatchBench, started: list[Helpers]
) -> None:
    with CaseStore.open(batches.path, batches.runtime, adopt=outcome_from_warc) as store:
        route = replace(CaptureOptions().route, allow=batches.server.allow)
        agents = [f"agent {number % (2 * KNOWN)}" for number in range(4 * KNOWN)]
        with helpers.hands(store, 1, 8, batches.runtime, 1) as hands:
            for number, agent in enumerate(agents):
                options = CaptureOptions(route=route, limits=QUICK, user_agent=agent, note=str(number))
                address = Address.parse(batches.server.url(f"/{number}"))
                requested = store.append(*asked(number + 1, address, options))
                assert hands.fetch(Order(address, options, requested)).ready
                store.append(*hands.store(Order(address, options, requested), stopped=False))
    found = [next(line for line in each.split(b"\r\n") if line[:5] == b"User-") for each in batches.server.requests]
    assert found == [f"User-Agent: {agent}".encode() for agent in agents]
    batches.assert_sound()


@contextlib.contextmanager
def serving(store: CaseStore) -> Iterator[tuple[io.BufferedWriter, io.BufferedReader]]:
    """A helper on a thread of this process: what it is asked, and what it answers."""
    assert store.held is not None
    held, ends = store.held, [os.pipe(), os.pipe()]
    orders, answers = os.fdopen(ends[0][0], "rb"), os.fdopen(ends[1][1], "wb")
    ended: SimpleQueue[BaseException] = SimpleQueue()

    def serve() -> None:
        try:
            helping.serve(store.path, held, orders, answers, 2)
        except EOFError as exc:
            ended.put(exc)

    thread = threading.Thread(target=serve)
    thread.start()
    with orders, answers, os.fdopen(ends[1][0], "rb") as heard, os.fdopen(ends[0][1], "wb") as said:
        assert said_by(heard) == (NO_ITEM, Begun())
        yield said, heard
        said.close()
        thread.join()
        assert isinstance(ended.get(timeout=30), EOFError)


def say(pipe: io.BufferedWriter, asked: object) -> None:
    pickle.dump(asked, pipe)
    pipe.flush()


def said_by(pipe: IO[bytes]) -> Any:
    return pickle.load(pipe)  # noqa: S301  # our own


def requested(store: CaseStore, batches: BatchBench, target: str) -> tuple[Event, Address, CaptureOptions]:
    options = CaptureOptions(route=replace(CaptureOptions().route, allow=batches.server.allow), limits=QUICK)
    address = Address.parse(batches.server.url(target))
    return store.append(*asked(store.next_item(), address, options)), address, options


def test_a_helper_stores_what_is_ready_and_waits_with_what_is_not(batches: BatchBench) -> None:
    batches.server.routes["/busy"] = http(b"", line=b"HTTP/1.1 503 Busy")
    batches.server.default = titled
    with (
        CaseStore.open(batches.path, batches.runtime, adopt=outcome_from_warc) as store,
        serving(store) as (said, heard),
    ):
        event, address, options = requested(store, batches, "/1")
        say(said, Fetch(address, event, 0, options))
        item, tried = said_by(heard)
        assert (item, tried.ready) == (1, True)
        store.append(*said_by(heard)[1])
        event, address, _ = requested(store, batches, "/busy")
        say(said, Fetch(address, event, 0, None))
        item, tried = said_by(heard)
        assert (item, tried.ready, tried.verdict.again) == (2, False, True)
        say(said, helping.Again(2))
        assert isinstance(said_by(heard)[1], Tried)
        say(said, Store(2, stopped=True))
        body = said_by(heard)[1]
        assert (body[1]["outcome"], body[1]["tries"]) == ("interrupted", [1, 1])
        store.append(*body)
        say(said, Cut())
        event, address, options = requested(store, batches, "/1")
        say(said, Fetch(address, event, 0, options))
        assert said_by(heard)[1].ready
        store.append(*said_by(heard)[1])
        say(said, Store(77, stopped=False))
        item, trouble = said_by(heard)
        assert item == 77
        with pytest.raises(RuntimeError, match="KeyError: 77"):
            trouble.raised()
    assert [event.data["outcome"] for event in batches.outcomes()] == ["complete", "interrupted", "interrupted"]
    batches.assert_sound()


def test_an_error_with_words_of_its_own_is_that_error_here(batches: BatchBench) -> None:
    trouble = said_by(io.BytesIO(pickle.dumps(Trouble.of(StorageError("full", "no room", "make some")))))
    with pytest.raises(StorageError) as caught:
        trouble.raised()
    assert (caught.value.kind, caught.value.message, caught.value.hint) == ("full", "no room", "make some")
    with pytest.raises(Interrupted):
        LOST.raised()
