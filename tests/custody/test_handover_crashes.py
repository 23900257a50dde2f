"""A case.yaml that a program exchanges: power cuts, kills and failing calls at every step, on the simulated disk."""

import errno
import random
from functools import partial

import pytest
import stepwise
from casekit import CASE, CASE_YAML, assert_sound, events_in, step_runtime, whole
from sealkit import unstamped
from simulated import Died, SimulatedDisk
from stepwise import OnCall
from test_custody_power_loss import PATH, Day, dies_at, fails_at, open_store, recovered

from archiver.config.case_file import CaseFile
from archiver.config.new_hands import in_new_hands
from archiver.custody import events
from archiver.custody.handover import Held
from archiver.custody.log import Event
from archiver.custody.receipt import Receipt
from archiver.custody.store import CaseStore
from archiver.errors import ConfigError, StorageError

KEY = "SHA256:" + "A" * 43
PRIVATE_YAML = CASE_YAML + 'private:\n  source: "the neighbour"\n'
NEW_HANDS = partial(in_new_hands, collector="Office", signer="office", key=KEY)


def new_disk(text: str = PRIVATE_YAML) -> SimulatedDisk:
    disk = SimulatedDisk()
    CaseStore.create(PATH, text, step_runtime(), disk)
    with open_store(disk, step_runtime()) as store:
        store.append(*events.transferred("Office", Held(), reason=""))
        store.seal(None, None, None, unstamped)
    assert not disk.pending
    return disk


def take_over(store: CaseStore) -> tuple[Event, ...]:
    _, transfer, sealed, *_ = events_in(whole(store._disk, "custody.jsonl"))
    receipt = Receipt.parse(sealed.data["receipt"])
    body = events.acknowledged(
        transfer, store.head, receipt, Held(), compared=False, not_asked=(), signer="office", fingerprint=KEY
    )
    return store.rewrite(NEW_HANDS, "custody passed", [body])


def work(disk: SimulatedDisk, day: Day) -> None:
    with open_store(disk, step_runtime()) as store:
        day.acknowledged += take_over(store)
        day.acknowledged.append(store.append(*events.note_added("in new hands")))


def stopped(disk: SimulatedDisk, on_call: OnCall) -> tuple[Day, BaseException | None]:
    day = Day(events_in(whole(disk, "custody.jsonl"))[1:])
    return day, stepwise.stopped(work, disk, on_call, day)


every_step = stepwise.every_step(new_disk, work)


def as_recorded(disk: SimulatedDisk, day: Day) -> None:
    """Whatever happened: the text in place is the one on record, both in the old or both in the new hands."""
    recovered(disk, day)
    log = events_in(whole(disk, "custody.jsonl"))
    names = [event.event for event in log]
    amended = names.count("case.amended")
    assert amended <= names.count("custody.acknowledged") <= 1
    assert "case.yaml.part" not in disk.entries
    collector = CaseFile.parse(whole(disk, "case.yaml").decode()).collector
    assert collector == ("Office" if amended else "Jane Doe")
    assert b"the neighbour" in whole(disk, "case.yaml")
    assert b"the neighbour" not in whole(disk, "custody.jsonl") + whole(disk, "manifest.yaml")


def goes_on(disk: SimulatedDisk) -> None:
    """What was stopped is done again, as far as it is missing."""
    names = [event.event for event in events_in(whole(disk, "custody.jsonl"))]
    with open_store(disk.after_kill(), step_runtime()) as store:
        if "custody.acknowledged" not in names and "case.amended" not in names:
            take_over(store)
        elif "case.amended" not in names:
            store.rewrite(NEW_HANDS, "custody passed")
        assert store.append(*events.note_added("goes on")).actor == "Office"
    state = assert_sound(disk)
    assert state.custody.taken is not None


def test_nothing_but_collector_and_key_changes_and_commitments_stay() -> None:
    disk = new_disk()
    before = events_in(whole(disk, "custody.jsonl"))[0].data["case_yaml"]["text"]
    day, error = stopped(disk, lambda number, call, name: None)
    assert error is None
    as_recorded(disk.after_kill(), day)
    log = events_in(whole(disk, "custody.jsonl"))
    assert [event.actor for event in log] == ["Jane Doe"] * 3 + ["Office"] * 3
    after = log[4].data["case_yaml"]["text"]
    assert CaseFile.parse(before).private == CaseFile.parse(after).private
    assert after == NEW_HANDS(before)


def test_a_copy_without_private_files_keeps_its_commitments() -> None:
    first = new_disk()
    disclosed = events_in(whole(first, "custody.jsonl"))[0].data["case_yaml"]["text"].encode()
    disk = first.copied()
    for name in [name for name in disk.entries if name.startswith("private")]:
        del disk.entries[name]
    disk.entries["case.yaml"].data[:] = disclosed
    with open_store(disk, step_runtime()) as store:
        take_over(store)
    log = events_in(whole(disk, "custody.jsonl"))
    assert whole(disk, "case.yaml").decode() == log[-1].data["case_yaml"]["text"]
    assert CaseFile.parse(disclosed.decode()).private == CaseFile.parse(whole(disk, "case.yaml").decode()).private


@every_step
def test_kill_while_case_yaml_is_exchanged_leaves_one_of_two_texts_and_its_log(step: int) -> None:
    disk = new_disk()
    day, error = stopped(disk, dies_at(step))
    assert isinstance(error, Died)
    as_recorded(disk.after_kill(), day)
    goes_on(disk)


def power_losses(step: int, seeds: range) -> None:
    disk = new_disk()
    day, _ = stopped(disk, dies_at(step))
    for seed in seeds:
        found = disk.after_power_loss(seed)
        again = found.copied()
        as_recorded(found, day)
        calls = found.calls
        goes_on(found)
        if calls:
            again.on_call = dies_at(random.Random(seed).randint(1, calls))  # noqa: S311  # replayable, not secret
            with pytest.raises(Died):
                open_store(again, step_runtime())
            as_recorded(again.after_power_loss(seed + 1), day)


@every_step
def test_power_loss_while_case_yaml_is_exchanged_loses_nothing_acknowledged(step: int) -> None:
    power_losses(step, range(step * 1000, step * 1000 + 5))


@pytest.mark.long
@every_step
def test_power_loss_while_case_yaml_is_exchanged_in_every_state(step: int) -> None:
    power_losses(step, range(step * 1_000_000, step * 1_000_000 + 300))


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@every_step
def test_failure_while_case_yaml_is_exchanged_is_one_clear_error(step: int, code: int) -> None:
    disk = new_disk()
    day, error = stopped(disk, fails_at(step, code))
    assert isinstance(error, StorageError)
    assert error.kind == ("io" if code == errno.EIO else "full")
    as_recorded(disk.after_power_loss(step), day)
    as_recorded(disk.after_kill(), day)
    goes_on(disk)


def test_a_full_disk_takes_the_same_change_once_there_is_space() -> None:
    for step in range(1, 12):
        disk = new_disk()
        with open_store(disk, step_runtime()) as store:
            disk.calls = 0
            disk.on_call = fails_at(step, errno.ENOSPC)
            try:
                take_over(store)
            except StorageError:
                disk.on_call = lambda number, call, name: None
                if store._journal.guard.broken:
                    continue
                assert "case.yaml.part" not in disk.entries
                take_over(store)
        as_recorded(disk.after_kill(), Day(events_in(whole(disk, "custody.jsonl"))[1:]))


def test_a_new_case_yaml_that_is_none_is_taken_away() -> None:
    for data in (b"", b"\xff", b"archiver_case: 1\n", NEW_HANDS(PRIVATE_YAML).encode()):
        disk = new_disk()
        disk.create("case.yaml.part")
        disk.append("case.yaml.part", data)
        as_recorded(disk, Day(events_in(whole(disk, "custody.jsonl"))[1:]))


def test_a_change_that_touches_a_private_value_is_refused() -> None:
    disk = new_disk()
    with open_store(disk, step_runtime()) as store:
        with pytest.raises(ConfigError, match="private values"):
            store.rewrite(lambda text: text.replace("neighbour", "cousin"), "R")
        with pytest.raises(ConfigError, match="another case"):
            store.rewrite(lambda text: text.replace(CASE, CASE[:-1] + "f"), "R")
    assert "case.yaml.part" not in disk.entries
