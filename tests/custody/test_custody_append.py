"""Appending many events with many items open: how often the disk is asked, which item is the oldest, what a failure
leaves."""

import errno
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from casekit import CASE_YAML, adopt_from, assert_sound, outcome_of, request, step_runtime, warc_of, writer_of
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import SimulatedDisk

from archiver.custody import events
from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import StorageError
from archiver.model.item import StoredFile

PATH = Path("/simulated")


def opened(disk: SimulatedDisk) -> CaseStore:
    return CaseStore.open(PATH, step_runtime(), disk, adopt=adopt_from(lambda path: b""), wait=0)


def new_case() -> SimulatedDisk:
    disk = SimulatedDisk()
    CaseStore.create(PATH, CASE_YAML, step_runtime(), disk)
    return disk


def stored(store: CaseStore, requested: Event) -> StoredFile:
    return store.put_warc(requested.data["item"], writer_of(warc_of(requested)))[0]


def test_many_events_are_one_write_and_one_sync_of_log_and_manifest() -> None:
    disk = new_case()
    store = opened(disk)
    calls: list[tuple[str, str]] = []
    disk.on_call = lambda number, call, name: calls.append((call, name))
    asked = store.append_many([request(item) for item in range(1, 65)])
    once = Counter((call, name) for name in ("custody.jsonl", "manifest.yaml") for call in ("append", "sync"))
    assert Counter(calls) == once
    files = [stored(store, requested) for requested in asked]
    calls.clear()
    store.append_many([outcome_of(requested, file) for requested, file in zip(asked, files, strict=True)])
    assert Counter(calls) == once
    assert_sound(disk)


class Counting(dict[int, Event]):
    """Counts how often somebody looks for an item."""

    looks = 0

    def __contains__(self, item: object) -> bool:
        self.looks += 1
        return super().__contains__(item)

    def __iter__(self) -> Iterator[int]:
        for item in super().__iter__():
            self.looks += 1
            yield item


def test_closing_many_items_at_once_looks_at_each_of_them_a_few_times_only() -> None:
    store = opened(new_case())
    count = 300
    asked = store.append_many([request(item) for item in range(1, count + 1)])
    found = store._journal.position.open = Counting(store._journal.position.open)
    store.append_many([events.interrupted(requested, reason="x") for requested in asked])
    assert not found
    assert found.looks < 8 * count


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["", "", "", "log", "manifest", "bug"])), max_size=12))
def test_the_oldest_open_item_is_right_in_any_order_and_after_any_failure_that_is_taken_back(
    steps: list[tuple[int, str]],
) -> None:
    disk = new_case()
    store = opened(disk)
    waiting: dict[int, tuple[Event, StoredFile]] = {}

    def full(number: int, call: str, name: str) -> None:
        if call == "append" and name.startswith(("custody", "manifest")[failing == "manifest"]):
            raise OSError(errno.ENOSPC, name)

    for which, failing in steps:
        done = [waiting[item] for item in sorted(waiting)[which : which + 2]]
        first = store.next_item()
        bodies = [*(outcome_of(*each) for each in done), request(first), request(first + 1)]
        before = (store.seq, store.head, dict(store._journal.position.open), store._journal.position.oldest_open)
        if failing:
            disk.on_call = full if failing != "bug" else lambda number, call, name: None
            with pytest.raises(ValueError if failing == "bug" else StorageError):
                store.append_many([*bodies, *([request(99)] if failing == "bug" else [])])
            position = store._journal.position
            assert before == (store.seq, store.head, position.open, position.oldest_open)
            disk.on_call = lambda number, call, name: None
        asked = store.append_many(bodies)[len(done) :]
        for requested, _ in done:
            del waiting[requested.data["item"]]
        for requested in asked:
            waiting[requested.data["item"]] = (requested, stored(store, requested))
        assert list(store._journal.position.open) == sorted(waiting)
        assert store._journal.position.oldest_open == min(waiting)
    for requested, file in reversed(waiting.values()):
        store.append(*outcome_of(requested, file))
    store.append(*events.note_added("x"))
    assert_sound(disk)
