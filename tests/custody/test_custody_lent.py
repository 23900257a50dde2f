"""What the one writer of a case lends to its helpers: the lock, and a shelf for items."""

import os
from pathlib import Path

import pytest
from casekit import adopt_real, outcome_of, request, step_runtime, warc_of, writer_of
from test_custody_threads import new_case, sound

from archiver.custody import events
from archiver.custody.disk import RealDisk
from archiver.custody.guard import Guard
from archiver.custody.layout import LOCK
from archiver.custody.shelf import Shelf
from archiver.custody.store import CaseStore
from archiver.errors import CaseError, StorageError


def test_a_helper_stores_items_of_the_case_whose_lock_it_holds(tmp_path: Path) -> None:
    case = new_case(tmp_path / "x")
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        assert store.held is not None
        (asked,) = store.append_many([request(1)])
        store.shelf.make_room(1)
        lent = RealDisk.lent(case, store.held)
        shelf = Shelf(lent, Guard(lent), lambda item: item == 1)
        assert shelf.path == case
        file, _ = shelf.put_warc(1, writer_of(warc_of(asked)))
        store.append(*outcome_of(asked, file))
        lent.close()
        with pytest.raises(ValueError, match="item 2 is not open"):
            store.shelf.make_room(2)


def test_the_lock_lasts_as_long_as_one_who_holds_it(tmp_path: Path) -> None:
    case = new_case(tmp_path / "x")
    store = CaseStore.open(case, step_runtime(), adopt=adopt_real)
    assert store.held is not None
    helper = os.dup(store.held)
    store.close()
    with pytest.raises(CaseError) as caught:
        CaseStore.open(case, step_runtime(), adopt=adopt_real, wait=0)
    assert caught.value.kind == "locked"
    os.close(helper)
    CaseStore.open(case, step_runtime(), adopt=adopt_real, wait=0).close()


def test_another_folder_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    case, other = new_case(tmp_path / "x"), new_case(tmp_path / "y")
    CaseStore.open(other, step_runtime(), adopt=adopt_real).close()
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        assert store.held is not None
        with pytest.raises(CaseError) as caught:
            RealDisk.lent(other, store.held)
        assert caught.value.kind == "not-a-case"


def test_what_is_distrusted_is_looked_through_by_the_next_one(tmp_path: Path) -> None:
    case = new_case(tmp_path / "x")
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        store.append(*events.note_added("all is well"))
    assert (case / LOCK).read_bytes() == b""
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        store.distrust()
        store.append(*events.note_added("or is it"))
    assert (case / LOCK).read_bytes() != b""
    CaseStore.open(case, step_runtime(), adopt=adopt_real).close()
    assert (case / LOCK).read_bytes() == b""


def test_a_folder_that_cannot_be_made_is_an_error_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = new_case(tmp_path / "x")

    def failing(disk: RealDisk, name: str) -> bool:
        raise OSError(5, "Input/output error")

    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as store:
        store.append(*request(1))
        with monkeypatch.context() as patch:
            patch.setattr(RealDisk, "make_folder", failing)
            with pytest.raises(StorageError):
                store.shelf.make_room(1)
        with pytest.raises(StorageError):
            store.append(*events.note_added("half written"))
    CaseStore.open(case, step_runtime(), adopt=adopt_real).close()
    sound(case)
