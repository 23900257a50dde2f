"""Power cuts, kills and failing calls at every step of sealing, on the simulated disk and with real processes."""

import errno
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import stepwise
from casekit import CASE_YAML, adopt_real, assert_sound, outcome_of, request, step_runtime, warc_of, writer_of
from sealkit import BLOB, FINGERPRINT, KEY, SIGNER, signed, stamp_of, stamped_by, unstamped
from simulated import Died, SimulatedDisk
from stepwise import OnCall
from test_custody_kills import assert_kept
from test_custody_power_loss import Day, dies_at, fails_at, new_disk, open_store, recovered

from archiver.custody import events, layout
from archiver.custody.disk import RealDisk
from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import CaseError, StorageError

PENDING = [("three", "three: no answer in 10 s")]


def work(disk: SimulatedDisk, day: Day) -> None:
    """Do everything that has to do with keys, seals and tokens; `day` is told whatever is acknowledged, at once."""

    def done(*finished: Event) -> tuple[Event, ...]:
        day.acknowledged += finished
        return finished

    with open_store(disk, step_runtime()) as store:
        done(store.add_key(SIGNER, KEY, FINGERPRINT))
        (requested,) = done(store.append(*request(store.next_item())))
        file, _ = store.put_warc(1, writer_of(warc_of(requested)))
        day.stored.add(1)
        done(store.append(*outcome_of(requested, file)))
        done(store.seal(signed, SIGNER, FINGERPRINT, stamped_by("one", "two", pending=PENDING)))
        done(store.append(*events.note_added("длинное " * 700)))
        done(store.add_token(1, stamp_of("three")))
        done(store.seal(None, None, None, unstamped))
        done(store.add_token(1, stamp_of("one")))
        done(store.revoke_key(SIGNER, FINGERPRINT, reason="lost", since=None))


def stopped(disk: SimulatedDisk, on_call: OnCall) -> tuple[Day, BaseException | None]:
    day = Day()
    return day, stepwise.stopped(work, disk, on_call, day)


every_step = stepwise.every_step(new_disk, work)


def test_a_day_of_sealing_without_trouble_is_sound() -> None:
    disk = new_disk()
    day = Day()
    work(disk, day)
    recovered(disk.after_kill(), day)
    assert not disk.pending
    assert all(not inode.dirty for inode in disk.entries.values())


def goes_on(disk: SimulatedDisk) -> None:
    """Seal the repaired case once more: whatever was left behind is in nobody's way."""
    with open_store(disk.after_kill(), step_runtime()) as store:
        before = store.last_seal()
        event = store.seal(None, None, None, stamped_by("one"))
        assert event.data["seal"] == (before.number + 1 if before else 1)
    assert_sound(disk)


@every_step
def test_kill_while_sealing_leaves_a_case_that_the_next_writer_repairs(step: int) -> None:
    disk = new_disk()
    day, error = stopped(disk, dies_at(step))
    assert isinstance(error, Died)
    recovered(disk.after_kill(), day)
    for seed in range(3):
        recovered(disk.after_power_loss(seed), day)
    goes_on(disk)


def power_losses(step: int, seeds: range) -> None:
    disk = new_disk()
    day, _ = stopped(disk, dies_at(step))
    for seed in seeds:
        found = disk.after_power_loss(seed)
        again = found.copied()
        recovered(found, day)
        calls = found.calls
        goes_on(found)
        if calls:
            chance = random.Random(seed)  # noqa: S311  # replayable, not secret
            again.on_call = dies_at(chance.randint(1, calls))
            try:
                open_store(again, step_runtime()).close()
            except Died:
                again = again.after_power_loss(seed + 1) if chance.random() < 0.7 else again.after_kill()
                recovered(again, day)


@every_step
def test_power_loss_while_sealing_loses_nothing_acknowledged(step: int) -> None:
    power_losses(step, range(step * 1000, step * 1000 + 2))


@pytest.mark.long
@every_step
def test_power_loss_while_sealing_in_every_state_loses_nothing_acknowledged(step: int) -> None:
    power_losses(step, range(step * 1_000_000, step * 1_000_000 + 200))


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@every_step
def test_failure_while_sealing_is_one_clear_error_and_loses_nothing(step: int, code: int) -> None:
    disk = new_disk()
    day, error = stopped(disk, fails_at(step, code))
    assert isinstance(error, StorageError)
    assert error.kind == ("io" if code == errno.EIO else "full")
    recovered(disk.after_power_loss(step), day)
    recovered(disk.after_kill(), day)
    recovered(disk.after_power_loss(step), day)
    goes_on(disk)


def test_a_disk_that_was_full_takes_the_same_seal_once_there_is_space() -> None:
    call = 0
    failed = 0
    while True:
        call += 1
        disk = new_disk()
        with open_store(disk, step_runtime()) as store:
            store.add_key(SIGNER, KEY, FINGERPRINT)
            store.append(*events.note_added("x"))
            disk.make_folder("seals")
            disk.sync_folder("")
            disk.calls = 0
            disk.on_call = fails_at(call, errno.ENOSPC)
            try:
                store.seal(signed, SIGNER, FINGERPRINT, stamped_by("one"))
            except StorageError:
                failed += 1
                if not store._journal.guard.broken:
                    assert store.seal(signed, SIGNER, FINGERPRINT, stamped_by("one")).data["seal"] == 1
                    assert_sound(disk)
                continue
            break
    assert failed > 20


def test_a_full_disk_takes_back_nothing_that_was_there_before() -> None:
    disk = new_disk()
    with open_store(disk, step_runtime()) as store:
        disk.make_folder("seals")
        disk.create("seals/000001.sums.part")

        def on_call(number: int, call: str, name: str) -> None:
            if call == "append" and name == "seals/000001.seal.part":
                raise OSError(errno.ENOSPC, "made up")

        disk.on_call = on_call
        with pytest.raises(StorageError):
            store.seal(None, None, None, unstamped)
    assert disk.names("seals") == ("000001.sums.part",)
    recovered(disk.after_kill(), Day([]))
    goes_on(disk)


def test_a_disk_that_fails_while_a_full_one_is_cleared_is_one_error() -> None:
    disk = new_disk()
    with open_store(disk, step_runtime()) as store:
        store.append(*events.note_added("x"))

        def on_call(number: int, call: str, name: str) -> None:
            if call == "append" and name == "manifest.yaml":
                raise OSError(errno.ENOSPC, "made up")
            if call == "unlink" and name == "seals/000001.seal":
                raise OSError(errno.EIO, "made up")

        disk.on_call = on_call
        with pytest.raises(StorageError) as found:
            store.seal(None, None, None, unstamped)
        assert found.value.kind == "io"
        with pytest.raises(StorageError, match="takes nothing more"):
            store.seal(None, None, None, unstamped)
    recovered(disk.after_kill(), Day([]))
    goes_on(disk)


def interrupted_at(name: str) -> SimulatedDisk:
    """Return a case of a writer that was killed when it had just made the file `name`."""
    disk = new_disk()

    def on_call(number: int, call: str, path: str) -> None:
        if call == "sync" and path == name:
            raise Died

    disk.on_call = on_call
    with pytest.raises(Died):
        work(disk, Day())
    return disk.after_kill()


@pytest.mark.parametrize(
    ("name", "aside"),
    [
        ("trust/", ["trust/"]),
        ("custody.jsonl", []),
        ("seals/000001.seal.sig.part", ["seals/000001.seal.part", "seals/000001.seal.sig.part"]),
        ("seals/000001.three.tsr.part", ["seals/000001.three.tsq.part", "seals/000001.three.tsr.part"]),
    ],
)
def test_what_a_stopped_attempt_left_is_put_aside_under_its_name(name: str, aside: list[str]) -> None:
    trust = layout.trust_path(hashlib.sha256(BLOB).hexdigest()) + ".part"
    disk = interrupted_at(trust if name == "trust/" else name)
    with open_store(disk, step_runtime()) as store:
        moved = [
            action["path"]
            for event in store.recovery.events
            for action in event.data["actions"]
            if action["action"] == "quarantined"
        ]
    expected = {trust if path == "trust/" else path for path in aside}
    assert expected <= set(moved)
    assert_sound(disk)


def test_files_of_a_seal_in_a_case_without_its_lock_file_stop_one_attempt_and_are_then_put_aside(
    tmp_path: Path,
) -> None:
    case = tmp_path / "x"
    CaseStore.create(case, CASE_YAML, step_runtime())
    (case / "seals").mkdir()
    (case / "seals/000001.entries.sha256.part").write_bytes(b"half")
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store, pytest.raises(CaseError) as found:
        store.seal(None, None, None, unstamped)
    assert found.value.kind == "damaged"
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        (event,) = store.recovery.events
        assert "seals/000001.entries.sha256.part" in {action["path"] for action in event.data["actions"]}
        store.seal(None, None, None, unstamped)
    disk = RealDisk(case)
    assert_sound(disk)
    disk.close()


def test_a_seal_put_aside_before_does_not_explain_another_of_its_number() -> None:
    disk = new_disk()
    for _ in range(2):

        def on_call(number: int, call: str, path: str) -> None:
            if call == "append" and path == "custody.jsonl":
                raise Died

        store = open_store(disk.after_kill(), step_runtime())
        disk.on_call = on_call
        with pytest.raises(Died):
            store.seal(None, None, None, unstamped)
    with open_store(disk.after_kill(), step_runtime()) as store:
        moved = {action["path"] for action in store.recovery.events[0].data["actions"]}
        assert moved == {f"seals/000001.{suffix}" for suffix in ("seal", "sums", "files.sha256", "entries.sha256")}
    assert_sound(disk)


WORK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from casekit import adopt_real
from sealkit import BLOB, FINGERPRINT, KEY, SIGNER, signed, stamp_of, stamped_by
from archiver.custody import events
from archiver.custody.log import line_sha256
from archiver.custody.store import CaseStore
from archiver.runtime import system_runtime
def done(event):
    print(event.seq, line_sha256(event), flush=True)
with CaseStore.open(Path(sys.argv[1]), system_runtime(), adopt=adopt_real, wait=20) as store:
    if not store.known_keys():
        done(store.add_key(SIGNER, KEY, FINGERPRINT))
    while True:
        done(store.append(*events.note_added("y" * 500)))
        done(store.seal(signed, SIGNER, FINGERPRINT, stamped_by("one", "two")))
        done(store.add_token(store.last_seal().number, stamp_of("one")))
"""


def kill_at_random(case: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # replayable, not secret
    CaseStore.create(case, CASE_YAML, step_runtime())
    acknowledged: dict[int, str] = {}
    for _ in range(times):
        command = [sys.executable, "-c", WORK, str(case), str(Path(__file__).parent)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as worker:
            assert worker.stdout is not None
            said = worker.stdout.readline()
            time.sleep(chance.random() * 0.1)
            os.kill(worker.pid, signal.SIGKILL)
            assert_kept(case, said + worker.stdout.read(), acknowledged)


def test_a_sealing_process_killed_at_random_loses_nothing_acknowledged(tmp_path: Path) -> None:
    kill_at_random(tmp_path / "x", 5, 1)


@pytest.mark.long
def test_a_sealing_process_killed_200_times_loses_nothing_acknowledged(tmp_path: Path) -> None:
    for seed in range(10):
        kill_at_random(tmp_path / f"x{seed}", 20, seed)
