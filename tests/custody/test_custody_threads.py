"""Several threads store at the same time; a Ctrl-C may come at any moment."""

import hashlib
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from casekit import CASE_YAML, adopt_real, assert_sound, outcome_of, request, step_runtime, warc_of, writer_of

from archiver.custody import disk as disk_module
from archiver.custody import events
from archiver.custody.beneath import open_folder_beneath
from archiver.custody.disk import RealDisk
from archiver.custody.guard import Guard, Writing
from archiver.custody.store import CaseStore
from archiver.errors import CaseError
from archiver.model.exchange import Blob, PrivateFile


def new_case(path: Path) -> Path:
    CaseStore.create(path, CASE_YAML, step_runtime())
    return path


def sound(case: Path) -> None:
    disk = RealDisk(case)
    try:
        assert_sound(disk)
    finally:
        disk.close()


def test_items_stored_by_many_threads_at_once_are_all_whole(tmp_path: Path) -> None:
    case = new_case(tmp_path / "x")
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        asked = store.append_many([request(number) for number in range(1, 41)])

        def stored(number: int) -> tuple[str, dict[str, object]]:
            store.spool_path(number + 1).write_bytes(os.urandom(3000))
            file, _ = store.put_warc(number + 1, writer_of(warc_of(asked[number])))
            return outcome_of(asked[number], file)

        with ThreadPoolExecutor(16) as pool:
            store.append_many(list(pool.map(stored, range(40))))
    sound(case)


def test_the_same_private_bytes_of_many_threads_are_kept_once(tmp_path: Path) -> None:
    case = new_case(tmp_path / "x")
    data = os.urandom(2_000_000)
    file = PrivateFile(hashlib.sha256(data).hexdigest(), Blob(len(data), "", data))
    together = threading.Barrier(8)
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:

        def keep(_: int) -> str:
            together.wait(20)
            return store.put_private(file).sha256

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(keep, range(8))) == {file.sha256}
    assert [each.name for each in (case / "private").iterdir()] == [f"{file.sha256}.bin"]


def test_a_ctrl_c_just_after_an_event_was_written_leaves_a_store_that_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = new_case(tmp_path / "x")
    guarded = Guard.writing

    @contextmanager
    def interrupted(guard: Guard) -> Iterator[Writing]:
        with guarded(guard) as writing:
            yield writing
        raise KeyboardInterrupt

    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        store.append(*request(1))
        with monkeypatch.context() as patch:
            patch.setattr(Guard, "writing", interrupted)
            with pytest.raises(KeyboardInterrupt):
                store.append(*request(2))
        assert store.next_item() == 3
        store.append(*request(3))
        store.append(*events.note_added("after it"))
    CaseStore.open(case, step_runtime(), adopt=adopt_real).close()
    sound(case)


def test_a_folder_that_two_threads_open_at_once_stays_open_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = new_case(tmp_path / "x")
    disk = RealDisk(case)
    opened: list[int] = []

    def both(root: int, name: str) -> int:
        opened.append(open_folder_beneath(root, name))
        mine = opened[-1]
        if len(opened) == 1:
            disk.sync_folder(name)  # what the other thread does meanwhile
        return mine

    disk.make_folder("private")
    monkeypatch.setattr(disk_module, "open_folder_beneath", both)
    disk.sync_folder("private")
    assert len(opened) == 2
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])
    os.fstat(opened[1])
    disk.close()


@pytest.mark.parametrize("name", ["private/..", "private/.", "private/"])
def test_what_is_no_name_beneath_a_folder_is_refused(name: str, tmp_path: Path) -> None:
    disk = RealDisk(new_case(tmp_path / "x"))
    with pytest.raises(CaseError, match="is not a name beneath it"):
        disk.create(name)
    disk.close()
