"""Power cuts, kills and failing calls at every step of a working day, on the simulated disk.

The seeds are in the test ids: a failure is replayed with `pytest -k 'step-…'`.
"""

import errno
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from casekit import (
    CASE_YAML,
    adopt_from,
    assert_sound,
    events_in,
    outcome_of,
    request,
    step_runtime,
    warc_of,
    whole,
    writer_of,
)
from simulated import Died, SimulatedDisk

from archiver.custody import events
from archiver.custody.failures import storage_error
from archiver.custody.log import Event, event_line
from archiver.custody.state import OUTCOMES
from archiver.custody.store import CaseStore
from archiver.errors import ArchiverError, StorageError
from archiver.model.exchange import Blob, PrivateFile
from archiver.model.item import StoredFile
from archiver.runtime import Runtime

PATH = Path("/simulated")
SECRET = b"salt\nsecret"
SECRET_FILE = PrivateFile(hashlib.sha256(SECRET).hexdigest(), Blob(len(SECRET), "", SECRET))


@dataclass
class Day:
    """What a day's work was told is done: events, and items whose WARC is in place."""

    acknowledged: list[Event] = field(default_factory=list)
    stored: set[int] = field(default_factory=set)


def open_store(disk: SimulatedDisk, runtime: Runtime) -> CaseStore:
    return CaseStore.open(
        PATH, runtime, disk, adopt=adopt_from(lambda path: whole(disk, str(path.relative_to(PATH)))), wait=0
    )


def new_disk() -> SimulatedDisk:
    disk = SimulatedDisk()
    CaseStore.create(PATH, CASE_YAML, step_runtime(), disk)
    assert not disk.pending, "a published case is durable"
    return disk


def spooled(store: CaseStore, disk: SimulatedDisk, item: int, data: bytes) -> None:
    name = str(store.spool_path(item).relative_to(PATH))
    try:
        disk.create(name)
        disk.append(name, data)
        disk.sync(name)
    except OSError as exc:
        raise storage_error(exc, disk) from exc


def work(disk: SimulatedDisk, day: Day) -> None:
    """Do a bit of everything that writes; `day` is told whatever is acknowledged, at once."""

    def done(*finished: Event) -> tuple[Event, ...]:
        day.acknowledged += finished
        return finished

    def store_warc(requested: Event) -> tuple[str, dict[str, object]]:
        item = requested.data["item"]
        file, _ = store.put_warc(item, writer_of(warc_of(requested)))
        day.stored.add(item)
        return outcome_of(requested, file)

    with open_store(disk, step_runtime()) as store:
        done(store.append(*events.note_added("начало")))
        (first,) = done(store.append(*request(store.next_item())))
        spooled(store, disk, 1, b"x" * 5000)
        store.put_private(SECRET_FILE)
        done(store.append(*store_warc(first)))
        batch = done(*store.append_many([request(2), request(3), request(4)]))
        spooled(store, disk, 3, b"y" * 700)
        outcomes = [store_warc(requested) for requested in batch[:2]]
        done(*store.append_many(outcomes))
        done(store.append(*events.note_added("длинное " * 1500)))
        done(*store.append_many([events.note_added(f"{number} " + "й" * 400) for number in range(30)]))
        done(store.append(*events.interrupted(batch[2], reason="stopped")))
        record = next(event for event in day.acknowledged if event.event in OUTCOMES)
        file = StoredFile(**record.data["file"])
        done(store.withhold(1, reason="order", authority="court", file=file))
        done(store.append(*events.note_added("end", 2)))


def recovered(disk: SimulatedDisk, day: Day) -> None:
    """Open the case once more and assert every promise; then assert that a second time finds nothing to do."""
    with open_store(disk, step_runtime()):
        pass
    state = assert_sound(disk)
    log = events_in(whole(disk, "custody.jsonl"))
    assert [event_line(event) for event in log[1 : 1 + len(day.acknowledged)]] == [
        event_line(event) for event in day.acknowledged
    ]
    for item in day.stored:
        assert state.items[item].event == "item.captured", f"item {item} was stored and is {state.items[item]}"
    before = (whole(disk, "custody.jsonl"), whole(disk, "manifest.yaml"), sorted(disk.entries), disk.calls)
    with open_store(disk, step_runtime()) as again:
        assert again.recovery.events == ()
    assert before == (whole(disk, "custody.jsonl"), whole(disk, "manifest.yaml"), sorted(disk.entries), disk.calls)


def dies_at(number: int) -> Callable[[int, str, str], None]:
    def on_call(call: int, what: str, name: str) -> None:
        if call == number:
            raise Died

    return on_call


def fails_at(number: int, code: int) -> Callable[[int, str, str], None]:
    def on_call(call: int, what: str, name: str) -> None:
        if call == number:
            raise OSError(code, "made up")

    return on_call


def stopped(disk: SimulatedDisk, on_call: Callable[[int, str, str], None]) -> tuple[bool, Day, BaseException | None]:
    """Work until `on_call` stops it; return whether it did, and what was acknowledged."""
    day = Day()
    disk.calls = 0
    disk.on_call = on_call
    try:
        work(disk, day)
    except (Died, ArchiverError) as exc:
        return True, day, exc
    return False, day, None


def steps() -> int:
    disk = new_disk()
    disk.calls = 0
    work(disk, Day())
    return disk.calls


STEPS = steps()


def test_a_day_without_trouble_is_sound() -> None:
    disk = new_disk()
    day = Day()
    work(disk, day)
    recovered(disk.after_kill(), day)
    assert not disk.pending
    assert all(not inode.dirty for inode in disk.entries.values())


@pytest.mark.parametrize("step", range(1, STEPS + 1), ids=lambda step: f"step-{step}")
def test_kill_at_any_call_loses_nothing_acknowledged(step: int) -> None:
    disk = new_disk()
    _, day, _ = stopped(disk, dies_at(step))
    recovered(disk.after_kill(), day)
    # What the repair said is done has to outlast a power cut as well.
    for seed in range(3):
        recovered(disk.after_power_loss(seed), day)


def power_losses(step: int, seeds: range) -> int:
    disk = new_disk()
    _, day, _ = stopped(disk, dies_at(step))
    count = 0
    for seed in seeds:
        found = disk.after_power_loss(seed)
        again = found.copied()
        recovered(found, day)
        count += 1
        calls = found.calls
        if calls:
            chance = random.Random(seed)  # noqa: S311  # replayable, not secret
            again.on_call = dies_at(chance.randint(1, calls))
            try:
                open_store(again, step_runtime()).close()
            except Died:
                recovered(again.after_power_loss(seed + 1) if chance.random() < 0.7 else again.after_kill(), day)
                count += 1
    return count


@pytest.mark.parametrize("step", range(1, STEPS + 1), ids=lambda step: f"step-{step}")
def test_power_loss_at_any_call_loses_nothing_acknowledged(step: int) -> None:
    assert power_losses(step, range(step * 1000, step * 1000 + 5))


@pytest.mark.long
@pytest.mark.parametrize("step", range(1, STEPS + 1), ids=lambda step: f"step-{step}")
def test_power_loss_in_every_state_loses_nothing_acknowledged(step: int) -> None:
    assert power_losses(step, range(step * 1_000_000, step * 1_000_000 + 700)) >= 700


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("step", range(1, STEPS + 1), ids=lambda step: f"step-{step}")
def test_failure_of_any_call_is_one_clear_error_and_loses_nothing(step: int, code: int) -> None:
    disk = new_disk()
    failed, day, error = stopped(disk, fails_at(step, code))
    assert failed
    assert isinstance(error, StorageError)
    assert error.kind == ("io" if code == errno.EIO else "full")
    if code == errno.ENOSPC:
        assert "4096 bytes are free" in error.message
    crashed = disk.after_power_loss(step)
    recovered(crashed, day)
    # The next process may find in memory what never reached the disk; once it has said done, it must be there.
    recovered(disk.after_kill(), day)
    recovered(disk.after_power_loss(step), day)


@pytest.mark.parametrize("step", range(1, STEPS + 1), ids=lambda step: f"step-{step}")
def test_failure_inside_recovery_is_survived(step: int) -> None:
    disk = new_disk()
    _, day, _ = stopped(disk, dies_at(step))
    call = 0
    while True:
        call += 1
        again = disk.copied()
        again.calls = 0
        again.on_call = fails_at(call, errno.EIO if call % 2 else errno.ENOSPC)
        try:
            open_store(again, step_runtime()).close()
        except StorageError:
            recovered(again.after_kill(), day)
            continue
        break


@pytest.mark.parametrize("step", range(1, STEPS + 1), ids=lambda step: f"step-{step}")
def test_what_is_acknowledged_after_a_repair_is_durable_names_included(step: int) -> None:
    disk = new_disk()
    _, day, _ = stopped(disk, dies_at(step))
    with open_store(disk.after_kill(), step_runtime()) as store:
        requested = store.append(*request(store.next_item()))
        file, _ = store.put_warc(requested.data["item"], writer_of(warc_of(requested)))
        private = store.put_private(SECRET_FILE)
        store.append(*outcome_of(requested, file))
        assert not disk.pending
    cut = disk.after_power_loss(step)
    assert (whole(cut, file.path), whole(cut, private.path)) == (warc_of(requested), SECRET)
    recovered(cut, day)


@pytest.mark.parametrize("call", [2, 4], ids=["evidence", "evidence-000"])
def test_a_failed_sync_of_a_new_folder_stops_the_store(call: int) -> None:
    disk = new_disk()
    with open_store(disk, step_runtime()) as store:
        store.append(*request(1))
        disk.calls = 0
        disk.on_call = fails_at(call, errno.EIO)
        with pytest.raises(StorageError):
            store.spool_path(1)
        with pytest.raises(StorageError, match="takes nothing more"):
            store.put_warc(1, writer_of(b"WARC"))
    assert disk.left, "the next one must know that this one did not end well"


def test_a_power_cut_within_a_repair_leaves_nothing_aside_that_the_log_cannot_explain() -> None:
    disk = new_disk()
    day = Day()
    with open_store(disk, step_runtime()) as store:
        first, _ = day.acknowledged = list(store.append_many([request(1), request(2)]))
        spooled(store, disk, 2, b"y" * 700)
        file, _ = store.put_warc(1, writer_of(warc_of(first)))
        disk.calls = 0
        disk.on_call = dies_at(2)  # its line is in the log, and not synced
        with pytest.raises(Died):
            store.append(*outcome_of(first, file))
    day.stored.add(1)
    call = 0
    while True:
        call += 1
        again = disk.copied().after_kill()
        again.on_call = dies_at(call)
        try:
            open_store(again, step_runtime()).close()
        except Died:
            for seed in range(6):
                recovered(again.after_power_loss(seed), day)
            continue
        break


def test_a_manifest_that_is_missing_after_an_interruption_is_written_anew() -> None:
    disk = new_disk()
    _, day, _ = stopped(disk, dies_at(STEPS // 2))
    disk.left = b"the writer did not end well"
    disk.unlink("manifest.yaml")
    recovered(disk.after_kill(), day)
