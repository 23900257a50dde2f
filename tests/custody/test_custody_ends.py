"""Opening a case: the same few kilobytes whether it holds ten lines or twenty thousand."""

from collections.abc import Callable
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
from simulated import SimulatedDisk

from archiver.custody import events
from archiver.custody.ends import lines_backwards, lines_forwards
from archiver.custody.log import MAX_LINE, Event, event_line, line_sha256
from archiver.custody.manifest import rendered
from archiver.custody.position import find_position
from archiver.custody.shapes import shape_problems
from archiver.custody.state import CaseState
from archiver.custody.store import CaseStore
from archiver.errors import CaseError
from archiver.model.item import StoredFile

PATH = Path("/simulated")


def reader_of(data: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, length: data[offset : offset + length]


def open_store(disk: SimulatedDisk) -> CaseStore:
    return CaseStore.open(PATH, step_runtime(), disk, adopt=adopt_from(lambda path: b""), wait=0)


def long_case(items: int) -> SimulatedDisk:
    """Return a case with twice as many lines as items, written without the store's syncs, for speed."""
    disk = SimulatedDisk()
    CaseStore.create(PATH, CASE_YAML, step_runtime(), disk)
    log, manifest = disk.entries["custody.jsonl"], disk.entries["manifest.yaml"]
    (last,) = events_in(bytes(log.data))
    policy = {"line": 1, "offset": 0, "sha256": last.data["case_yaml"]["sha256"]}

    def add(name: str, data: dict[str, object]) -> Event:
        event = Event(last.case, last.seq + 1, line_sha256(last), last.at, last.actor, name, data, last.nonce)
        log.data += event_line(event)
        manifest.data += rendered(event, line_sha256(event))
        return event

    for item in range(1, items + 1):
        name, data = request(item)
        last = requested = add(name, {**data, "case_yaml": policy, "oldest_open": item})
        file = StoredFile(f"evidence/{item // 1000:03d}/{item:06d}.warc.gz", 1, "0" * 64)
        name, data = outcome_of(requested, file)
        last = add(name, {**data, "oldest_open": 0})
    return disk


def test_opening_a_long_case_reads_no_more_than_a_short_one() -> None:
    reads = []
    for items in (100, 10_000):
        disk = long_case(items)
        disk.reads = disk.calls = 0
        with open_store(disk) as store:
            assert store.next_item() == items + 1
        reads.append(disk.reads)
        assert disk.calls == 0
    assert reads[1] < reads[0] * 1.1
    assert reads[1] < 600_000


def test_position_reaches_back_to_the_oldest_open_item_and_the_policy_in_force() -> None:
    disk = SimulatedDisk()
    CaseStore.create(PATH, CASE_YAML, step_runtime(), disk)
    store = open_store(disk)
    first, second, third = store.append_many([request(1), request(2), request(3)])
    for requested in (third, second):
        file, _ = store.put_warc(requested.data["item"], writer_of(warc_of(requested)))
        store.append(*outcome_of(requested, file))
        store.append(*events.note_added("x"))
    log = whole(disk, "custody.jsonl")
    position = find_position(reader_of(log), len(log), store.seq)
    assert (position.open, position.last_item, position.seq) == ({1: first}, 3, 8)
    assert (position.head, position.size, position.oldest_open) == (store.head, len(log), 1)
    assert position.policy == first.data["case_yaml"]
    disk.close()
    open_store(disk).close()
    assert_sound(disk)


@pytest.mark.parametrize("count", [2, 4, 0])
def test_position_in_a_log_that_does_not_count_is_damage(count: int) -> None:
    disk = long_case(1)
    log = whole(disk, "custody.jsonl")
    with pytest.raises(CaseError, match=r"out of place|does not open a case"):
        find_position(reader_of(log), len(log) if count else 0, count)


def test_position_in_a_broken_chain_is_damage() -> None:
    disk = long_case(3)
    log = whole(disk, "custody.jsonl").replace(b'"max_bytes":1000', b'"max_bytes":2000')
    with pytest.raises(CaseError, match="does not continue"):
        find_position(reader_of(log), len(log), 7)


def test_position_in_a_log_that_opens_no_case_is_damage() -> None:
    disk = long_case(0)
    first = events_in(whole(disk, "custody.jsonl"))[0]
    note = event_line(Event(first.case, 1, first.prev, first.at, "x", *events.note_added("x"), first.nonce))
    with pytest.raises(CaseError, match="does not open a case"):
        find_position(reader_of(note), len(note), 1)


def test_lines_are_the_same_from_both_ends() -> None:
    data = b"".join(b"x" * (number * 997) + b"\n" for number in range(400)) + b"y" * 300_000 + b"\n\n"
    forwards = list(lines_forwards(reader_of(data), 0, len(data)))
    backwards = list(lines_backwards(reader_of(data), len(data)))
    assert forwards == [line for _, line in reversed(backwards)]
    assert b"".join(forwards) == data
    assert all(data[offset : offset + len(line)] == line for offset, line in backwards)
    assert list(lines_backwards(reader_of(b""), 0)) == []


def test_a_line_longer_than_any_may_be_ends_the_walk() -> None:
    data = b"a\n" + b"x" * (MAX_LINE + 70_000) + b"\n"
    assert [len(line) for line in lines_forwards(reader_of(data), 0, len(data))] == [2, MAX_LINE]
    with pytest.raises(CaseError, match="longer than"):
        list(lines_backwards(reader_of(data), len(data)))
    assert list(lines_forwards(lambda offset, length: b"", 0, 10)) == [], "a file that shrank"


def test_a_hole_in_the_manifest_before_a_whole_entry_is_found_and_filled() -> None:
    disk = SimulatedDisk()
    CaseStore.create(PATH, CASE_YAML, step_runtime(), disk)
    with open_store(disk) as store:
        store.append_many([events.note_added("x" * 700) for _ in range(12)])
    manifest = disk.entries["manifest.yaml"].data
    before = bytes(manifest)
    for start in (len(before) - 3000, len(before) - 9000):
        manifest[:] = before
        manifest[start : start + 512] = bytes(512)
        again = disk.copied()
        with open_store(again) as store:
            (recovered,) = store.recovery.events
            assert recovered.data["actions"][0]["action"] == "manifest"
        assert whole(again, "manifest.yaml").startswith(before)
        assert_sound(again)


def changed(name: str, data: dict[str, object], **new: object) -> tuple[str, dict[str, object]]:
    return name, {key: value for key, value in {**data, **new}.items() if value != "gone"}


def test_every_member_is_judged() -> None:
    name, data = request(1)
    good = {**data, "case_yaml": {"line": 1, "offset": 0, "sha256": "0" * 64}, "oldest_open": 1}
    assert shape_problems(name, good) == ()
    assert shape_problems("an.event.to.come", {"anything": 1}) == ()
    for member, value in {
        "item": 0,
        "how": "guess",
        "url": None,
        "tags": [1],
        "settings": [],
        "settings_sha256": "x",
        "case_yaml": {"line": 1},
        "oldest_open": True,
        "more": 1,
        "note": "gone",
    }.items():
        (problem,) = shape_problems(*changed(name, good, **{member: value}))
        assert member in problem
    actions = [
        {"action": "adopted", "item": 1, "path": "x"},
        {"action": "manifest", "from_line": 1},
        {"action": "manifest", "from_line": 1, "to": "x", "size": 1, "sha256": "0" * 64},
    ]
    assert shape_problems(*events.recovered(actions)) == ()
    for odd in (1, {"action": "x"}, {"action": "adopted", "item": 0, "path": "x"}, {"action": "adopted", "item": 1}):
        assert shape_problems("incident.recovered", {"software": "x", "actions": [odd]}) != ()


def state_after(*bodies: tuple[str, dict[str, object]]) -> tuple[CaseState, list[str]]:
    """Return the fold over a good opening and `bodies`, with the messages of the last one's problems."""
    state = CaseState()
    last = Event(
        "urn:uuid:00000000-0000-4000-8000-000000000001",
        1,
        "0" * 64,
        "2026-11-22T06:55:58.854810Z",
        "x",
        *events.opened(CASE_YAML),
        "0" * 32,
    )
    problems = state.apply(last)
    for name, data in bodies:
        last = Event(last.case, last.seq + 1, state.head, last.at, "x", name, data, "0" * 32)
        problems = state.apply(last)
    return state, [f"{problem.kind}: {problem.message}" for problem in problems]


def test_the_fold_names_what_cannot_stand() -> None:
    policy = {"line": 1, "offset": 0, "sha256": events.opened(CASE_YAML)[1]["case_yaml"]["sha256"]}
    name, data = request(1)
    first = (name, {**data, "case_yaml": policy, "oldest_open": 1})
    state, problems = state_after(first)
    assert (problems, [item.item for item in state.open_items], state.newer) == ([], [1], False)
    requested = Event("x", 2, "", "", "x", *first, "")
    file = StoredFile("evidence/000/000001.warc.gz", 1, "0" * 64)
    name, data = outcome_of(requested, file)
    captured = (name, {**data, "oldest_open": 0})
    gone = events.withheld(1, reason="r", authority="a", file=file)
    other = StoredFile("evidence/000/000002.warc.gz", 1, "0" * 64)
    text = events.opened(CASE_YAML)[1]
    for bodies, expected in (
        ([changed(*first, item=2)], "order: item 2 is requested where item 1 is next"),
        ([first, first], "order: item 1 is requested where item 2 is next"),
        ([changed(*first, settings_sha256="0" * 64)], "data: settings_sha256"),
        ([changed(*first, case_yaml={**policy, "line": 2})], "data: case_yaml"),
        ([changed(*first, oldest_open=0)], "data: oldest_open"),
        ([captured], "order: item 1 was never requested"),
        ([first, captured, captured], "order: item 1 has an outcome on line 3"),
        ([first, changed(*captured, requested=1)], "data: item 1 was requested on line 2"),
        ([first, (name, {**captured[1], "file": events.stored(other)})], "data: the file of item 1"),
        ([first, changed(*captured, status="200")], "data: status"),
        ([gone], "order: item 1 has nothing"),
        ([first, gone], "order: item 1 has nothing"),
        ([first, captured, events.withheld(1, reason="r", authority="a", file=None)], "order: item 1 has nothing"),
        (
            [first, captured, events.withheld(1, reason="r", authority="a", file=file, also=[other])],
            "data: item 1: evidence/000/000002.warc.gz can hold none",
        ),
        ([first, captured, gone, gone], "order: item 1 was withheld on line 4"),
        ([first, captured, events.withheld(1, reason="r", authority="a", file=other)], "data: the withheld file"),
        ([events.note_added("x", 7)], "order: there is no item 7"),
        ([("case.opened", text)], "order: the first line"),
        ([("made.up", {})], "order: made.up is not an event"),
        ([("case.amended", {**text, "reason": "r", "format": "gone"})], "data: format"),
    ):
        _, problems = state_after(*bodies)
        assert any(problem.startswith(expected) for problem in problems), (expected, problems)
    amended = changed("case.amended", {**text, "reason": "r"}, format="gone")
    assert state_after(amended)[0].case_yaml == (2, policy["sha256"])
    facts = {**text["case_yaml"], "size": 1}
    assert state_after(changed(*amended, case_yaml=facts))[1] == [
        "data: the digest or the size of case.yaml is not that of its text"
    ]
    assert state_after(first, events.note_added("x", 1))[1] == []
    state, problems = state_after(first, captured, gone)
    assert (state.gone, problems) == ({file.path: 4}, [])


def test_the_fold_names_a_broken_chain() -> None:
    state = CaseState()
    event = Event("urn:uuid:1", 2, "1" * 64, "", "x", *events.note_added("x"), "")
    assert [problem.kind for problem in state.apply(event)] == ["chain", "chain"]
    again = Event("urn:uuid:2", 3, state.head, "", "x", *events.note_added("x"), "")
    assert [problem.message for problem in state.apply(again)] == ["the line belongs to another case"]
    newer = Event("urn:uuid:1", 1, "0" * 64, "", "x", *events.opened("x"), "")
    newer.data["format"] = "archiver-case/2"
    state = CaseState()
    assert state.apply(newer) == ()
    assert state.newer
    assert state.apply(Event("urn:uuid:1", 2, state.head, "", "x", "made.up", {}, "")) == ()
