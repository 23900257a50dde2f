"""No authority holds up a page: it is asked while the page is fetched, and its stamp stands before the outcome."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from batchbench import BatchBench, Told, either_way
from sealbench import SealBench, made
from server import RawServer, html
from stamping import LocalAuthority

from archiver.custody.stamp import Stamps
from archiver.errors import ConfigError, ExitCode
from archiver.model.address import Address
from archiver.model.exchange import Route
from archiver.pipeline.batch import Stop
from archiver.pipeline.capture import capture
from archiver.pipeline.cases import open_case
from archiver.pipeline.dating import NOT_WAITED_FOR, Dating
from archiver.pipeline.imports import import_file
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.seal import MEANWHILE
from archiver.pipeline.seals import seals_now
from archiver.runtime import Runtime
from archiver.verify.run import verify_case

AFTER = ["case.opened", "seal.completed", "item.requested", "token.added", "item.captured"]


@pytest.fixture
def authority() -> Iterator[LocalAuthority]:
    with LocalAuthority("first") as first:
        yield first


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime, authority: LocalAuthority) -> SealBench:
    return made(tmp_path, runtime, authority, signer=False)


def capture_dated(bench: SealBench, page: RawServer, dating: Dating, **changes: object) -> None:
    options = CaptureOptions(route=replace(Route(), allow=page.allow))
    capture(bench.path, Address.parse(page.url("/")), options, runtime=bench.runtime, dating=dating, **changes)  # type: ignore[arg-type]


def waiting_for(event: threading.Event) -> Callable[[], Stamps]:
    def ask() -> Stamps:
        event.wait(20)
        return Stamps()

    return ask


def assert_sound(bench: SealBench) -> None:
    assert verify_case(bench.path).exit_code() is ExitCode.OK


def test_a_page_is_fetched_before_an_authority_that_takes_its_time_has_answered(
    bench: SealBench, raw_server: RawServer, authority: LocalAuthority
) -> None:
    authority.gate = fetched = threading.Event()

    def page(request: bytes) -> bytes:
        fetched.set()  # who asked for the time first, and waited for it, would wait in vain
        return html("seen")

    raw_server.default = page
    sealed, dating = bench.sealing().before()
    capture_dated(bench, raw_server, dating)
    assert bench.names() == AFTER
    assert sealed.event is not None
    assert sealed.event.data["pending"] == [
        {
            "authority": "tsa-1",
            "reason": f"tsa-1: {MEANWHILE}",
        }
    ]
    assert (dating.tokens, dating.pending) == ((bench.events()[3],), ())
    assert seals_now(bench.path).pending == ()
    assert_sound(bench)


def test_the_stamps_are_put_on_record_once_and_before_the_first_outcome(
    bench: SealBench, raw_server: RawServer
) -> None:
    raw_server.default = html("seen")
    _, dating = bench.sealing().before()
    capture_dated(bench, raw_server, dating)
    capture_dated(bench, raw_server, dating)
    assert bench.names() == [*AFTER, "item.requested", "item.captured"]
    assert bench.before().event is None  # what was stamped just now is young


def test_an_import_waits_for_the_time_as_well(bench: SealBench, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"\xff\xd8")
    _, dating = bench.sealing().before()
    import_file(bench.path, file, source="the family", runtime=bench.runtime, dating=dating)
    assert bench.names() == [*AFTER[:-1], "item.imported"]


def test_an_authority_that_is_down_costs_neither_the_item_nor_its_seal(
    bench: SealBench, raw_server: RawServer, authority: LocalAuthority
) -> None:
    authority.mode = "down"
    raw_server.default = html("seen")
    _, dating = bench.sealing().before()
    capture_dated(bench, raw_server, dating)
    assert bench.names() == [name for name in AFTER if name != "token.added"]
    assert dating.tokens == ()
    assert [reason.partition(":")[0] for reason in dating.pending] == ["tsa-1"]
    assert seals_now(bench.path).pending == ("tsa-1",)
    assert_sound(bench)


def test_who_stops_waits_for_no_authority(bench: SealBench, raw_server: RawServer, authority: LocalAuthority) -> None:
    authority.mode = "silent"
    raw_server.default = html("seen")
    stopped = threading.Event()
    _, dating = bench.sealing().before()

    def stop() -> bool:
        if list(bench.path.glob("evidence/*/*.warc.gz")):
            stopped.set()  # the item is stored: all that is waited for is the time
        return stopped.is_set()

    capture_dated(bench, raw_server, dating, stop=stop)
    assert bench.names() == [name for name in AFTER if name != "token.added"]
    assert bench.events()[-1].data["outcome"] == "complete"
    assert dating.pending == (NOT_WAITED_FOR,)
    assert_sound(bench)


def test_an_item_that_was_killed_while_it_waited_for_the_time_is_whole(bench: SealBench, raw_server: RawServer) -> None:
    raw_server.default = html("seen")

    class Killed(BaseException):
        pass

    def stop() -> bool:
        if list(bench.path.glob("evidence/*/*.warc.gz")):
            raise Killed
        return False

    silence = threading.Event()
    dating = Dating(1, waiting_for(silence))
    bench.seal(offline=True)
    with suppress(Killed):
        capture_dated(bench, raw_server, dating, stop=stop)
    silence.set()
    with open_case(bench.path, bench.runtime):
        pass
    outcome = bench.events()[-1]
    assert (outcome.event, outcome.data["outcome"]) == ("item.captured", "complete")
    assert_sound(bench)


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda: (_ for _ in ()).throw(ConfigError("proxy", "the proxy cannot be used")), "the proxy cannot be used"),
        (lambda: Stamps((), (("tsa-1", "tsa-1: it said nothing"),)), "tsa-1: it said nothing"),
    ],
)
def test_what_stands_in_the_way_of_the_time_is_told(bench: SealBench, ask: object, reason: str) -> None:
    dating = Dating(1, ask)  # type: ignore[arg-type]
    with open_case(bench.path, bench.runtime) as store:
        dating.settle(store)
    assert dating.pending == (reason,)


def test_a_stamp_that_cannot_be_kept_is_told(bench: SealBench) -> None:
    _, dating = bench.sealing().before()
    (bench.path / "seals/000001.seal").unlink()
    with open_case(bench.path, bench.runtime) as store:
        dating.settle(store)
    assert dating.pending == ("a time stamp that came could not be kept: there is no seal 1 in this case",)
    assert dating.tokens == ()


def test_a_machine_without_threads_to_give_captures_all_the_same(
    bench: SealBench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw_server.default = html("seen")

    def none_left(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", none_left)
        _, dating = bench.sealing().before()
    capture_dated(bench, raw_server, dating)
    assert dating.pending == ("nobody could be asked for the time: too much is going on here",)


@either_way
def test_the_rows_of_a_batch_are_fetched_and_stored_while_their_outcomes_wait_for_the_time(
    batches: BatchBench, bench: SealBench, authority: LocalAuthority
) -> None:
    authority.gate = stored = threading.Event()
    told = Told()

    def look() -> None:
        if len(list(batches.path.glob("evidence/*/*.warc.gz"))) == 40:
            stored.set()

    told.on_tick = look
    sealed, dating = bench.sealing().before()
    assert sealed.event is not None
    result = batches.batch([batches.url(n % 5, f"/{n}") for n in range(40)], watch=told, dating=dating)
    assert result.counts["complete"] == 40
    names = batches.names()
    assert names.index("token.added") < names.index("item.captured")
    batches.assert_sound()


def test_a_batch_that_is_stopped_waits_for_no_authority(batches: BatchBench) -> None:
    silence = threading.Event()
    dating = Dating(1, waiting_for(silence))

    def stop() -> Stop:
        return Stop.FINISH if list(batches.path.glob("evidence/*/*.warc.gz")) else Stop.NO

    batches.batch([batches.url(1)], stop=stop, dating=dating)
    silence.set()
    assert dating.pending == (NOT_WAITED_FOR,)
    assert [event.data["outcome"] for event in batches.outcomes()] == ["complete"]


def test_outcomes_wait_for_a_few_seconds_in_all_and_what_comes_later_is_said_to_be_missing(
    bench: SealBench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.pipeline.dating.TICK", 0.001)
    raw_server.default = html("seen")
    silence = threading.Event()
    bench.seal(offline=True)
    dating = Dating(1, waiting_for(silence))
    capture_dated(bench, raw_server, dating)
    assert not dating.over()
    capture_dated(bench, raw_server, dating)
    dating.give_up()
    silence.set()
    assert dating.pending == (NOT_WAITED_FOR,)
    assert bench.names().count("item.captured") == 2


def test_others_write_while_an_authority_is_asked_and_the_seal_covers_what_they_wrote(
    bench: SealBench, authority: LocalAuthority
) -> None:
    written: list[str] = []

    def write_once() -> None:
        if not written:
            written.append("a note")
            bench.note()  # who waited for the case here would wait for whoever waits for this answer

    authority.meanwhile = write_once
    sealed = bench.seal()
    assert bench.names() == ["case.opened", "note.added", "seal.completed", "token.added"]
    assert sealed.event is not None
    assert sealed.event.data["pending"] == [{"authority": "tsa-1", "reason": f"tsa-1: {MEANWHILE}"}]
    assert ([event.data["seal"] for event in sealed.tokens], sealed.pending, sealed.lacking) == ([1], (), False)
    assert len(authority.requests) == 2
    assert_sound(bench)


def test_others_write_while_a_seal_is_renewed(bench: SealBench, authority: LocalAuthority) -> None:
    authority.mode = "down"
    bench.seal()
    authority.mode = "good"
    authority.meanwhile = bench.note
    assert [event.data["seal"] for event in bench.renew().tokens] == [1]
    assert bench.names() == ["case.opened", "seal.completed", "note.added", "token.added"]
    assert_sound(bench)


def test_a_key_that_is_gone_by_the_time_the_log_went_on_leaves_what_was_captured(
    tmp_path: Path, runtime: Runtime, authority: LocalAuthority
) -> None:
    bench = made(tmp_path, runtime, authority)

    def write_and_lose() -> None:
        bench.note()
        for file in bench.keys.glob("jane*"):
            file.unlink()

    authority.meanwhile = write_and_lose
    sealed = bench.seal()
    assert (sealed.event, sealed.lacking) == (None, True)
    assert "jane" in sealed.due
    assert "seal.completed" not in bench.names()
    assert_sound(bench)
