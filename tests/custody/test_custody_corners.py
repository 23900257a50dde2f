"""What hardly ever happens: each has its own answer all the same."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from casekit import CASE_YAML, adopt_from, adopt_real, events_in, outcome_of, request, step_runtime, warc_of, writer_of
from simulated import SimulatedDisk

from archiver.custody import events, layout, log, read
from archiver.custody.disk import KEPT_OPEN, RealDisk
from archiver.custody.ends import CHUNK, find_ends
from archiver.custody.read import Snapshot
from archiver.custody.recover import remove
from archiver.custody.store import CaseStore
from archiver.errors import CaseError, StorageError

PATH = Path("/simulated")


@pytest.fixture
def case(tmp_path: Path) -> Path:
    CaseStore.create(tmp_path / "harbour", CASE_YAML, step_runtime())
    return tmp_path / "harbour"


@contextmanager
def free_descriptors(count: int) -> Iterator[None]:
    """Leave this process `count` more files to open."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open("/", os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_system_out_of_files_is_unreadable_not_missing(case: Path) -> None:
    for count in (0, 1):
        with free_descriptors(count), pytest.raises(CaseError) as caught:
            Snapshot.open(case)
        assert caught.value.kind == "unreadable"
    with Snapshot.open(case) as snapshot:
        with free_descriptors(0), pytest.raises(CaseError, match="too many open files"):
            list(snapshot.entries())
        with free_descriptors(0), pytest.raises(CaseError, match="too many open files"):
            snapshot.open_file("case.yaml")


def test_a_system_out_of_files_is_an_error_of_the_writer_too(case: Path) -> None:
    with free_descriptors(0), pytest.raises(CaseError):
        CaseStore.open(case, step_runtime(), adopt=adopt_real)
    with free_descriptors(1), pytest.raises(StorageError) as caught:
        CaseStore.open(case, step_runtime(), adopt=adopt_real)
    assert (caught.value.kind, caught.value.message) == ("files", "too many files are open at once")


def test_a_case_with_more_folders_than_files_may_be_open_is_repaired_and_written(case: Path) -> None:
    for number in range(1, 200):
        (case / f"evidence/{number:03d}").mkdir(parents=True)
        (case / f"evidence/{number:03d}/{number * 1000:06d}.warc.gz").touch()
    (case / ".lock").write_text("a writer that did not end well")
    with free_descriptors(KEPT_OPEN + 8), CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        assert store.append(*events.note_added("after it")).seq == store.seq
        for number in range(1, 200):
            store._disk.link(f"evidence/{number:03d}/{number * 1000:06d}.warc.gz", f"evidence/{number:03d}/other")
            store._disk.unlink(f"evidence/{number:03d}/other")


def test_errors_while_reading_are_unreadable(case: Path) -> None:
    with Snapshot.open(case) as snapshot, pytest.raises(CaseError) as caught:
        list(snapshot.lines(-1))
    assert caught.value.kind == "unreadable"
    with Snapshot(os.open("/proc/self", os.O_RDONLY), 0, None) as snapshot, pytest.raises(CaseError) as caught:
        list(snapshot.chunks("mem"))
    assert "input/output error" in caught.value.message
    with Snapshot(os.open("/proc/self", os.O_RDONLY), 0, None) as snapshot, pytest.raises(CaseError) as caught:
        snapshot.read("mem", 0, 10)
    assert "input/output error" in caught.value.message


def test_a_name_that_vanishes_while_listed_is_gone() -> None:
    root = os.open("/", os.O_RDONLY)
    try:
        assert read._entry(root, "no such name", "").what == "gone"
    finally:
        os.close(root)


def test_refused_reading_says_what_to_do() -> None:
    assert "another account" in read._unreadable("x", PermissionError(errno.EACCES, "x")).hint


def test_a_disk_closed_with_unsynced_files_lets_go_of_them(tmp_path: Path) -> None:
    disk = RealDisk.make(tmp_path / "x", "new")
    disk.create("a")
    before = len(list(Path("/proc/self/fd").iterdir()))
    disk.close()
    disk.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 2


@pytest.mark.parametrize("step", range(1, 12))
def test_a_case_that_cannot_be_made_is_an_error_of_the_disk(step: int) -> None:
    disk = SimulatedDisk()

    def on_call(number: int, call: str, name: str) -> None:
        if number == step:
            raise OSError(errno.EIO, "made up")

    disk.on_call = on_call
    with pytest.raises(StorageError):
        CaseStore.create(PATH, CASE_YAML, step_runtime(), disk)


def test_time_in_another_spelling_is_malformed() -> None:
    with pytest.raises(log.Malformed):
        log.parse_timestamp("2026-11-22")


def test_a_request_under_another_policy_than_the_one_on_record_is_damage() -> None:
    disk = SimulatedDisk()
    CaseStore.create(PATH, CASE_YAML, step_runtime(), disk)
    with CaseStore.open(PATH, step_runtime(), disk, adopt=adopt_real) as store:
        store._journal.position.policy = {"line": 1, "offset": 0, "sha256": "0" * 64}
        store.append(*request(1))
    with pytest.raises(CaseError, match=r"does not hold the case\.yaml in force") as caught:
        CaseStore.open(PATH, step_runtime(), disk, adopt=adopt_real)
    assert caught.value.kind == "damaged"


def test_a_long_fragment_is_one_torn_tail(case: Path) -> None:
    with (case / "custody.jsonl").open("ab") as file:
        file.write(b"x" * (2 * CHUNK + 7))
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        assert store.recovery.events[0].data["actions"][0]["size"] == 2 * CHUNK + 7


def test_a_log_without_a_single_line_vouches_for_nothing() -> None:
    data = b"x" * (CHUNK + 1)
    ends = find_ends(lambda offset, length: data[offset : offset + length], len(data), lambda offset, length: b"", 0)
    assert (ends.lines, ends.vouched, ends.log_end, ends.log_size) == (0, 0, 0, CHUNK + 1)


def test_a_first_line_that_is_no_event_is_damage(case: Path) -> None:
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        store.append(*events.note_added("x"))
    line = (case / "custody.jsonl").read_bytes().split(b"\n")[1] + b"\n"
    lines = b"{}\n" + line
    manifest = (case / "manifest.yaml").read_bytes().replace(b"log_line: 2", b"log_line: 1")
    with pytest.raises(CaseError, match=r"line 1 of custody\.jsonl is not an event"):
        find_ends(
            lambda offset, length: lines[offset : offset + length],
            len(lines),
            lambda offset, length: manifest[offset : offset + length],
            len(manifest),
        )


def test_other_bytes_already_aside_are_never_written_over(case: Path) -> None:
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        store.append(*request(1))
        store.spool_path(1).write_bytes(b"arrived")
    (case / "quarantine").mkdir()
    aside = case / layout.quarantine_path(3, "000001.1.part")
    aside.write_bytes(b"other")
    with pytest.raises(CaseError, match="with other bytes"):
        CaseStore.open(case, step_runtime(), adopt=adopt_real)
    assert aside.read_bytes() == b"other"
    aside.write_bytes(b"arrived")
    CaseStore.open(case, step_runtime(), adopt=adopt_real).close()


def test_parts_of_items_that_are_closed_are_left_for_verify(case: Path) -> None:
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        first, _ = store.append_many([request(1), request(2)])
        file, _ = store.put_warc(1, writer_of(warc_of(first)))
        store.append(*outcome_of(first, file))
    (case / "evidence" / "000" / "000001.1.part").write_bytes(b"x")
    CaseStore.open(case, step_runtime(), adopt=adopt_real).close()
    assert (case / "evidence" / "000" / "000001.1.part").exists()


def test_a_second_session_finds_its_folders_there(case: Path) -> None:
    for item in (1, 2):
        with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
            requested = store.append(*request(item))
            file, _ = store.put_warc(item, writer_of(warc_of(requested)))
            store.append(*outcome_of(requested, file))
    assert len(events_in((case / "custody.jsonl").read_bytes())) == 5


def test_the_thousandth_item_begins_a_folder() -> None:
    disk = SimulatedDisk()
    CaseStore.create(PATH, CASE_YAML, step_runtime(), disk)
    with CaseStore.open(PATH, step_runtime(), disk, adopt=adopt_from(lambda path: b"")) as store:
        store._journal.position.last_item = 998
        for item in (999, 1000):
            store.append(*request(item))
            store.put_warc(item, writer_of(b"bytes of it"))
    assert disk.names("evidence") == ("000", "001")
    assert disk.names("evidence/001") == ("001000.warc.gz",)


def test_what_is_gone_need_not_be_removed() -> None:
    disk = SimulatedDisk()
    remove(disk, ["evidence/000/000001.warc.gz"])
    assert disk.calls == 0
