"""The store on the real disk: what it writes, what it refuses, and what it repairs."""

import errno
import hashlib
import json
import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from casekit import (
    CASE,
    CASE_YAML,
    StepClock,
    adopt_real,
    assert_sound,
    events_in,
    outcome_of,
    rendered,
    request,
    step_runtime,
    warc_of,
    writer_of,
)
from simulated import SimulatedDisk

from archiver.config.case_file import CaseFile
from archiver.custody import events
from archiver.custody.disk import RealDisk
from archiver.custody.failures import storage_error
from archiver.custody.log import Event
from archiver.custody.openings import is_on_record
from archiver.custody.store import CaseStore
from archiver.errors import ArchiverError, CaseError, ConfigError, StorageError, UsageError
from archiver.model.exchange import Blob, PrivateFile
from archiver.model.item import StoredFile
from archiver.runtime import Runtime


@pytest.fixture
def runtime() -> Runtime:
    return step_runtime()


@pytest.fixture
def case(tmp_path: Path, runtime: Runtime) -> Path:
    """A new case with nothing in it."""
    CaseStore.create(tmp_path / "harbour", CASE_YAML, runtime)
    return tmp_path / "harbour"


def open_case(case: Path, runtime: Runtime, *, wait: float = 0, amending: bool = False) -> CaseStore:
    return CaseStore.open(case, runtime, adopt=adopt_real, wait=wait, amending=amending)


def captured(store: CaseStore) -> Event:
    requested = store.append(*request(store.next_item()))
    file, _ = store.put_warc(requested.data["item"], writer_of(warc_of(requested)))
    return store.append(*outcome_of(requested, file))


def sound(case: Path) -> None:
    disk = RealDisk(case)
    try:
        assert_sound(disk)
    finally:
        disk.close()


def test_new_case_opens_its_log_and_manifest(case: Path) -> None:
    log = (case / "custody.jsonl").read_bytes()
    (opened,) = events_in(log)
    assert (opened.event, opened.case, opened.actor) == ("case.opened", CASE, "Jane Doe")
    assert opened.data["case_yaml"]["text"] == CASE_YAML
    assert (case / "case.yaml").read_text("utf-8") == CASE_YAML
    assert (case / "manifest.yaml").read_bytes() == rendered(log)
    assert sorted(path.name for path in case.parent.iterdir()) == ["harbour"]


@pytest.mark.parametrize("umask", [0o000, 0o777, 0o022])
def test_folders_are_0700_and_files_0600_whatever_the_umask(tmp_path: Path, runtime: Runtime, umask: int) -> None:
    before = os.umask(umask)
    try:
        CaseStore.create(tmp_path / "x", CASE_YAML, runtime)
        with open_case(tmp_path / "x", runtime) as store:
            captured(store)
            store.put_private(PrivateFile(hashlib.sha256(b"s").hexdigest(), Blob(1, "", b"s")))
        with (tmp_path / "x" / "custody.jsonl").open("ab") as log:
            log.write(b"torn")
        open_case(tmp_path / "x", runtime).close()
    finally:
        os.umask(before)
    found = [tmp_path / "x", *(tmp_path / "x").rglob("*")]
    assert {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in found} == {(True, 0o700), (False, 0o600)}


def test_shell_tools_alone_can_follow_the_chain(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.append_many([events.note_added(f"заметка {number}\u2028") for number in range(41)])
        assert (store.seq, store.case, store.path) == (42, CASE, case)
        head = store.head
    found = [
        subprocess.run(
            ["sh", "-c", f"sed -n {line}p custody.jsonl | sha256sum"], cwd=case, capture_output=True, check=True
        ).stdout.decode()[:64]
        for line in (41, 42)
    ]
    prev = events_in((case / "custody.jsonl").read_bytes())[41].prev
    assert found == [prev, head]


def test_a_captured_item_is_on_the_record_with_its_file(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        event = captured(store)
        assert store.recovery.events == ()
    assert event.data["oldest_open"] == 0
    file = event.data["file"]
    data = (case / file["path"]).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])
    sound(case)
    assert (case / ".lock").read_bytes() == b""


def test_spooled_answers_go_when_the_item_is_stored(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        requested = store.append(*request(1))
        first, second, third = (store.spool_path(1) for _ in range(3))
        first.write_bytes(b"x")
        third.write_bytes(b"z")
        file, result = store.put_warc(1, writer_of(warc_of(requested) + b"y" * 3_000_000))
        assert result == file.size
        assert [path.exists() for path in (first, second, third)] == [False, False, False]
        store.append(*outcome_of(requested, file))
    sound(case)


def test_the_writer_sees_its_place_in_the_file(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.append(*request(1))
        _, places = store.put_warc(
            1, lambda out: (out.tell(), out.write(b"abc"), out.tell(), out.writable(), out.flush())
        )
    assert places == (0, 3, 3, True, None)


def test_open_items_become_interrupted_and_their_parts_are_put_aside(case: Path, runtime: Runtime) -> None:
    store = open_case(case, runtime)
    store.append_many([request(1), request(2), request(3)])
    store.spool_path(1).write_bytes(b"arrived")
    requested = events_in((case / "custody.jsonl").read_bytes())[2]
    store.put_warc(2, writer_of(warc_of(requested, "failed")))
    store.put_warc(3, writer_of(b"not the warc of item 3\nEND"[:20]))
    store.close()
    with open_case(case, runtime) as store:
        recovered, *outcomes = store.recovery.events
    actions = {(action["action"], action.get("item", action.get("path"))) for action in recovered.data["actions"]}
    assert actions == {
        ("quarantined", "evidence/000/000001.1.part"),
        ("quarantined", "evidence/000/000003.warc.gz"),
        ("interrupted", 1),
        ("adopted", 2),
        ("interrupted", 3),
    }
    assert [event.event for event in outcomes] == ["item.interrupted", "item.failed", "item.interrupted"]
    assert (case / "quarantine" / f"{recovered.seq:06d}-000001.1.part").read_bytes() == b"arrived"
    sound(case)


def test_an_adopted_outcome_that_does_not_fit_is_not_believed(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        requested = store.append(*request(1))
        file, _ = store.put_warc(1, writer_of(warc_of(requested)))
    for name, data in (
        events.note_added("x"),
        ("item.captured", {}),
        ("item.captured", {**outcome_of(requested, file)[1], "requested": 1}),
        ("item.captured", {**outcome_of(requested, file)[1], "file": {"path": "x", "size": 1, "sha256": "0" * 64}}),
    ):
        copy = case.parent / "copy"
        subprocess.run(["cp", "-a", str(case), str(copy)], check=True)
        with CaseStore.open(copy, runtime, adopt=lambda *_, name=name, data=data: (name, data), wait=0) as store:
            assert store.recovery.events[1].event == "item.interrupted"
        sound(copy)
        subprocess.run(["rm", "-r", str(copy)], check=True)


def test_private_files_of_a_killed_attempt_are_set_aside_and_those_on_record_stay(case: Path, runtime: Runtime) -> None:
    def private(data: bytes) -> PrivateFile:
        return PrivateFile(hashlib.sha256(data).hexdigest(), Blob(len(data), "", data))

    with open_case(case, runtime) as store:
        requested = store.append(*request(1))
        kept = store.put_private(private(b"on record"))
        file, _ = store.put_warc(1, writer_of(warc_of(requested)))
        name, data = outcome_of(requested, file)
        store.append(name, {**data, "private": [kept.sha256]})
        store.append(*request(2))
        stray = store.put_private(private(b"of a killed attempt"))
    with open_case(case, runtime) as store:
        recovered, interrupted = store.recovery.events
    aside = f"quarantine/{recovered.seq:06d}-{stray.sha256}.bin"
    action = {"action": "quarantined", "path": stray.path, "to": aside, "size": 19, "sha256": stray.sha256}
    assert recovered.data["actions"] == [action, {"action": "interrupted", "item": 2}]
    assert interrupted.event == "item.interrupted"
    assert (case / aside).read_bytes() == b"of a killed attempt"
    assert [path.name for path in (case / "private").iterdir()] == [f"{kept.sha256}.bin"]
    sound(case)
    with open_case(case, runtime) as store:
        assert not store.recovery.events
        (gone,) = [store.withhold(2, reason="r", authority="a", file=None, also=[StoredFile(aside, 19, stray.sha256)])]
    assert "file" not in gone.data
    assert not (case / aside).exists()
    sound(case)


def test_the_private_file_of_an_adopted_capture_stays(case: Path, runtime: Runtime) -> None:
    data = b"kept whole"
    sha256 = hashlib.sha256(data).hexdigest()
    with open_case(case, runtime) as store:
        requested = store.append(*request(1))
        store.put_private(PrivateFile(sha256, Blob(len(data), "", data)))
        file, _ = store.put_warc(1, writer_of(warc_of(requested)))
    name, outcome = outcome_of(requested, file)
    body = (name, {**outcome, "private": [sha256]})
    with CaseStore.open(case, runtime, adopt=lambda *_: body, wait=0) as store:
        assert [event.event for event in store.recovery.events] == ["incident.recovered", "item.captured"]
    assert (case / "private" / f"{sha256}.bin").read_bytes() == data
    sound(case)


def test_the_openings_of_an_amendment_that_was_not_made_are_set_aside(case: Path, runtime: Runtime) -> None:
    with (case / "case.yaml").open("a") as file:
        file.write("private:\n  source: Ivan the witness\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_case(case, runtime, amending=True) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, ((case / "custody.jsonl").stat().st_size + 10, hard))
        try:
            with pytest.raises(StorageError, match="full"):
                store.amend("a source")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    (opening,) = (case / "private").iterdir()
    with open_case(case, runtime, amending=True) as store:
        (recovered,) = store.recovery.events
        assert [action["path"] for action in recovered.data["actions"]] == [f"private/{opening.name}"]
        amended = store.amend("a source")
    assert "commit:sha256:" in amended.data["case_yaml"]["text"]
    sound(case)


def test_a_tail_that_was_set_aside_before_the_power_went_is_not_set_aside_twice(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        aside = case / "quarantine" / f"{store.seq + 1:06d}-custody.tail"
    with (case / "custody.jsonl").open("ab") as log:
        log.write(b'{"actor":"Ja')
    aside.parent.mkdir()
    aside.write_bytes(b'{"actor":"Ja')
    with open_case(case, runtime) as store:
        (recovered,) = store.recovery.events
    assert [action["to"] for action in recovered.data["actions"]] == [f"quarantine/{aside.name}"]
    assert [path.name for path in aside.parent.iterdir()] == [aside.name]
    sound(case)


def test_another_tail_that_was_set_aside_before_stays_beside_the_new_one(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        aside = case / "quarantine" / f"{store.seq + 1:06d}-custody.tail"
    with (case / "custody.jsonl").open("ab") as log:
        log.write(b'{"actor":"Ja')
    aside.parent.mkdir()
    aside.write_bytes(b'{"actor":"J')
    with open_case(case, runtime) as store:
        (recovered,) = store.recovery.events
    kept = {action["to"]: (case / action["to"]).read_bytes() for action in recovered.data["actions"]}
    second = str(aside.name).replace(".tail", ".2.tail")
    assert kept == {f"quarantine/{aside.name}": b'{"actor":"J', f"quarantine/{second}": b'{"actor":"Ja'}
    sound(case)


def test_torn_tail_is_kept_aside_and_recorded(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.append(*events.note_added("x"))
    size = (case / "custody.jsonl").stat().st_size
    with (case / "custody.jsonl").open("ab") as log:
        log.write(b'{"actor":"Ja')
    with open_case(case, runtime) as store:
        (recovered,) = store.recovery.events
    (action,) = recovered.data["actions"]
    assert (action["action"], action["offset"], action["size"]) == ("log_tail", size, 12)
    assert (case / action["to"]).read_bytes() == b'{"actor":"Ja'
    sound(case)


def test_a_lost_manifest_is_written_anew_and_that_is_recorded(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.append_many([events.note_added("x" * 500)] * 200)
    before = (case / "manifest.yaml").read_bytes()
    (case / "manifest.yaml").unlink()
    with open_case(case, runtime) as store:
        (recovered,) = store.recovery.events
    assert recovered.data["actions"] == [{"action": "manifest", "from_line": 1}]
    assert (case / "manifest.yaml").read_bytes().startswith(before)
    sound(case)


@pytest.mark.parametrize(
    ("cut", "from_line"), [(1, 21), (400, 20), (2000, 15)], ids=["last entry", "three entries", "many"]
)
def test_a_torn_manifest_is_completed_from_the_log(case: Path, runtime: Runtime, cut: int, from_line: int) -> None:
    with open_case(case, runtime) as store:
        store.append_many([events.note_added("x" * 100)] * 20)
    whole = (case / "manifest.yaml").read_bytes()
    (case / "manifest.yaml").write_bytes(whole[:-cut] + b"\0" * (cut // 2))
    with open_case(case, runtime) as store:
        (recovered,) = store.recovery.events
    (action,) = recovered.data["actions"]
    assert (action["action"], action["from_line"]) == ("manifest", from_line)
    assert (case / "manifest.yaml").read_bytes().startswith(whole)
    sound(case)


def change(case: Path, name: str, old: bytes, new: bytes) -> None:
    data = (case / name).read_bytes()
    assert old in data
    (case / name).write_bytes(data.replace(old, new))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("custody.jsonl", b"last", b"lost"),
        ("custody.jsonl", b'"seq":3', b'"seq":4'),
        ("custody.jsonl", b'"event":"case.opened"', b'"event":"case.amended"'),
        ("manifest.yaml", b"last", b"lost"),
        ("manifest.yaml", b"log_line: 3", b"log_line: 9"),
        ("manifest.yaml", b"- {log_line: 3", b"- {"),
        ("custody.jsonl", b"{", b"["),
    ],
)
def test_a_changed_end_is_not_taken_for_an_interrupted_write(
    case: Path, runtime: Runtime, name: str, old: bytes, new: bytes
) -> None:
    with open_case(case, runtime) as store:
        store.append_many([events.note_added("first"), events.note_added("last")])
    change(case, name, old, new)
    before = {path: path.read_bytes() for path in case.rglob("*") if path.is_file() and path.name != ".lock"}
    with pytest.raises(CaseError) as caught:
        open_case(case, runtime)
    assert caught.value.kind == "damaged"
    assert "verify" in caught.value.hint
    assert before == {path: path.read_bytes() for path in case.rglob("*") if path.is_file() and path.name != ".lock"}


def test_manifest_ahead_of_the_log_is_damage(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.append_many([events.note_added("first"), events.note_added("last")])
    log = (case / "custody.jsonl").read_bytes()
    (case / "custody.jsonl").write_bytes(log[: log.rstrip(b"\n").rfind(b"\n") + 1])
    with pytest.raises(CaseError, match="names line 3"):
        open_case(case, runtime)
    with (case / "manifest.yaml").open("ab") as manifest:
        manifest.write(b"\n- forged: 1\n")
    with pytest.raises(CaseError, match=r"names line 3|goes on"):
        open_case(case, runtime)


def test_text_after_the_manifest_is_damage(case: Path, runtime: Runtime) -> None:
    with (case / "manifest.yaml").open("ab") as manifest:
        manifest.write(b"- forged: 1\n")
    with pytest.raises(CaseError, match="goes on where the log ends"):
        open_case(case, runtime)


def test_newer_format_is_read_but_not_written(tmp_path: Path, runtime: Runtime) -> None:
    disk = SimulatedDisk()
    CaseStore.create(tmp_path, CASE_YAML, runtime, disk)
    log = disk.entries["custody.jsonl"].data
    log[:] = log.replace(b"archiver-case/1", b"archiver-case/2")
    with pytest.raises(CaseError) as caught:
        CaseStore.open(tmp_path, runtime, disk, adopt=adopt_real, wait=0)
    assert caught.value.kind == "newer-format"
    assert disk.holder is None


def test_changed_case_yaml_is_refused_until_amended(case: Path, runtime: Runtime) -> None:
    change(case, "case.yaml", "Гавань".encode(), "Порт".encode())
    with pytest.raises(ConfigError) as caught:
        open_case(case, runtime)
    assert "amend" in caught.value.hint
    with open_case(case, runtime, amending=True) as store:
        amended = store.amend("a better title")
        assert store.case_file.title == "Порт"
        with pytest.raises(UsageError):
            store.amend("again")
    assert amended.data["reason"] == "a better title"
    with open_case(case, runtime) as store:
        requested = store.append(*request(1))
    policy = requested.data["case_yaml"]
    raw = (case / "custody.jsonl").read_bytes()[policy["offset"] :].split(b"\n")[0]
    assert json.loads(raw)["seq"] == policy["line"] == amended.seq
    assert policy["sha256"] == hashlib.sha256((case / "case.yaml").read_bytes()).hexdigest()
    open_case(case, runtime).close()
    sound(case)


def test_private_values_are_committed_and_stay_with_the_case(tmp_path: Path, runtime: Runtime) -> None:
    text = CASE_YAML + 'private:\n  source: "Ivan the witness"\n  place: Odesa\n'
    CaseStore.create(tmp_path / "x", text, runtime)
    open_case(tmp_path / "x", runtime).close()
    change(tmp_path / "x", "case.yaml", b"Odesa", b"Kherson")
    with pytest.raises(ConfigError):
        open_case(tmp_path / "x", runtime)
    with open_case(tmp_path / "x", runtime, amending=True) as store:
        amended = store.amend("moved")
    open_case(tmp_path / "x", runtime).close()
    first, last = events_in((tmp_path / "x" / "custody.jsonl").read_bytes())
    before, after = (CaseFile.parse(event.data["case_yaml"]["text"]).private for event in (first, last))
    assert before[0] == after[0]
    assert before[1] != after[1]
    assert amended == last
    for name in ("custody.jsonl", "manifest.yaml"):
        assert b"Ivan" not in (tmp_path / "x" / name).read_bytes()
    assert len(list((tmp_path / "x" / "private").iterdir())) == 3
    recorded, now = last.data["case_yaml"]["text"], (tmp_path / "x" / "case.yaml").read_text("utf-8")
    assert not is_on_record(now, recorded, lambda sha256: None)
    assert not is_on_record(now, recorded, lambda sha256: b"[")
    assert not is_on_record(now, recorded, lambda sha256: b"[]")
    assert not is_on_record(now, recorded, lambda sha256: b'{"salt":1}')
    assert not is_on_record(now, CASE_YAML, lambda sha256: None)
    sound(tmp_path / "x")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "missing"),
        (b"\xff", "UTF-8"),
        (b"x" * (1 << 20) + b"y", "larger"),
        (b"title: x", "archiver_case is missing"),
    ],
    ids=["missing", "not utf-8", "too large", "not a case.yaml"],
)
def test_unusable_case_yaml_is_a_configuration_error(
    case: Path, runtime: Runtime, data: bytes | None, why: str
) -> None:
    (case / "case.yaml").unlink()
    if data is not None:
        (case / "case.yaml").write_bytes(data)
    with pytest.raises(ConfigError, match=why):
        open_case(case, runtime)
    open_case(case, runtime, amending=True).close()


def test_case_yaml_of_another_case_is_refused(case: Path, runtime: Runtime) -> None:
    change(case, "case.yaml", CASE.encode(), CASE[:-1].encode() + b"9")
    with pytest.raises(ConfigError, match="another case"):
        open_case(case, runtime)


def test_withheld_bytes_go_and_their_hash_stays(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        event = captured(store)
        secret = store.put_private(PrivateFile(hashlib.sha256(b"s").hexdigest(), Blob(1, "", b"s")))
        assert store.put_private(PrivateFile(secret.sha256, Blob(1, "", b"s"))) == secret
        file = StoredFile(**event.data["file"])
        with pytest.raises(ValueError, match="can hold no bytes of item 1"):
            store.withhold(1, reason="r", authority="a", file=StoredFile("case.yaml", 1, "0" * 64))
        store.withhold(1, reason="order 7", authority="court", file=file, also=[secret])
    assert not (case / file.path).exists()
    assert not (case / secret.path).exists()
    sound(case)


def test_unfinished_removal_is_finished(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        event = captured(store)
        file = StoredFile(**event.data["file"])
        store.append(*events.withheld(1, reason="order 7", authority="court", file=file))
    with open_case(case, runtime) as store:
        (recovered,) = store.recovery.events
    assert recovered.data["actions"] == [{"action": "removed", "path": file.path}]
    assert not (case / file.path).exists()
    sound(case)


def test_a_forged_removal_of_other_files_is_damage(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.append(*events.withheld(1, reason="r", authority="a", file=StoredFile("case.yaml", 1, "0" * 64)))
    with pytest.raises(CaseError, match="can hold no bytes of item 1"):
        open_case(case, runtime)
    assert (case / "case.yaml").exists()


def test_events_that_cannot_come_next_are_bugs(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        for name, data in (
            request(2),
            ("item.interrupted", {"item": 1}),
            ("note.added", {"text": 1}),
            ("note.added", {"text": "x", "item": None, "more": 1}),
        ):
            with pytest.raises(ValueError, match=r"item|text|more"):
                store.append(name, data)
        with pytest.raises(ValueError, match="not open"):
            store.spool_path(1)
        with pytest.raises(ValueError, match="hash"):
            store.put_private(PrivateFile("0" * 64, Blob(1, "", b"s")))
    (case / "private" / ("0" * 64 + ".bin")).unlink()
    sound(case)


def test_a_stored_file_is_never_written_over(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        requested = store.append(*request(1))
        store.put_warc(1, writer_of(warc_of(requested)))
        with pytest.raises(CaseError, match="in the case already"):
            store.put_warc(1, writer_of(b"other bytes"))
        with pytest.raises(StorageError, match="half written"):
            store.append(*events.note_added("x"))
    with open_case(case, runtime) as store:
        assert store.recovery.events[1].event == "item.captured"
    sound(case)


def write_everywhere(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime) as store:
        store.put_private(PrivateFile(hashlib.sha256(b"s").hexdigest(), Blob(1, "", b"s")))
        captured(store)


@pytest.mark.parametrize(
    "name", ["custody.jsonl", "manifest.yaml", ".lock", "case.yaml", "evidence", "private", "quarantine"]
)
def test_no_link_in_a_case_is_ever_followed(case: Path, runtime: Runtime, name: str) -> None:
    outside = case.parent / "outside"
    if (case / name).exists():
        (case / name).rename(outside)
    else:
        outside.mkdir()
    (case / name).unlink(missing_ok=True)
    before = {path: path.read_bytes() for path in [outside, *outside.rglob("*")] if path.is_file()}
    (case / name).symlink_to(outside)
    with pytest.raises(CaseError) as caught:
        write_everywhere(case, runtime)
    assert caught.value.kind == "unsafe"
    assert before == {path: path.read_bytes() for path in [outside, *outside.rglob("*")] if path.is_file()}
    assert outside.is_file() or not list(outside.iterdir())


def test_a_pipe_or_a_second_name_in_place_of_the_log_is_refused(case: Path, runtime: Runtime) -> None:
    os.link(case / "custody.jsonl", case.parent / "other")
    with pytest.raises(CaseError) as caught, open_case(case, runtime) as store:
        store.append(*events.note_added("x"))
    assert "second name" in caught.value.message
    (case / "custody.jsonl").unlink()
    os.mkfifo(case / "custody.jsonl")
    with pytest.raises(CaseError) as caught:
        open_case(case, runtime)
    assert caught.value.kind == "unsafe"


@pytest.mark.parametrize(("make", "kind"), [("nothing", "missing"), ("file", "not-a-case"), ("folder", "not-a-case")])
def test_what_is_no_case_is_named(tmp_path: Path, runtime: Runtime, make: str, kind: str) -> None:
    path = tmp_path / "x"
    if make == "file":
        path.write_text("x")
    if make == "folder":
        path.mkdir()
    with pytest.raises(CaseError) as caught:
        open_case(path, runtime)
    assert caught.value.kind == kind
    with pytest.raises(CaseError) as caught:
        CaseStore.create(path / "y" if make == "nothing" else path, CASE_YAML, runtime)
    assert caught.value.kind == ("missing" if make == "nothing" else "exists")


def test_paths_that_no_system_takes_are_case_errors(tmp_path: Path, runtime: Runtime) -> None:
    for path in (tmp_path / ("x" * 300), Path("a\0b")):
        with pytest.raises(CaseError):
            open_case(path, runtime)
    with pytest.raises(CaseError):
        CaseStore.create(tmp_path / ("x" * 300), CASE_YAML, runtime)


def test_a_name_taken_while_the_case_was_made_is_refused(tmp_path: Path, runtime: Runtime) -> None:
    disk = RealDisk.make(tmp_path / "x", "new")
    (tmp_path / "x").mkdir()
    with pytest.raises(CaseError) as caught:
        CaseStore.create(tmp_path / "x", CASE_YAML, runtime, disk)
    assert caught.value.kind == "exists"


def test_texts_that_no_case_yaml_can_hold_make_no_case(tmp_path: Path, runtime: Runtime) -> None:
    with pytest.raises(ConfigError):
        CaseStore.create(tmp_path / "x", "title: x", runtime)
    assert not list(tmp_path.iterdir())


HOLD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from casekit import adopt_real
from archiver.custody.store import CaseStore
from archiver.runtime import system_runtime
with CaseStore.open(Path(sys.argv[1]), system_runtime(), adopt=adopt_real):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_writer_is_told_who_writes_and_a_killed_one_leaves_nothing(case: Path, runtime: Runtime) -> None:
    here = str(Path(__file__).parent)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(case), here], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        clock = runtime.clock
        assert isinstance(clock, StepClock)
        with pytest.raises(CaseError) as caught:
            open_case(case, runtime, wait=5.0)
        assert clock.seconds >= 5.0
        assert caught.value.kind == "locked"
        assert f"process {holder.pid} since 20" in caught.value.message
        holder.kill()
    open_case(case, runtime).close()
    sound(case)


def test_an_odd_lock_file_is_not_believed(case: Path, runtime: Runtime) -> None:
    with open_case(case, runtime):
        (case / ".lock").write_bytes(b"\x1b[2J")
        with pytest.raises(CaseError, match="another process is writing"):
            open_case(case, runtime)


def test_errors_of_the_disk_are_told_apart(tmp_path: Path) -> None:
    disk = RealDisk.make(tmp_path / "x", "new")
    codes = [errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO]
    found: list[ArchiverError] = [storage_error(OSError(code, "x"), disk) for code in codes]
    assert [(type(error), error.kind) for error in found] == [
        (StorageError, "full"),
        (StorageError, "full"),
        (CaseError, "unwritable"),
        (StorageError, "io"),
    ]
    assert storage_error(OSError("odd"), disk).message == "the disk failed: odd"
    taken = storage_error(FileExistsError(errno.EEXIST, "x"), disk)
    assert (type(taken), taken.kind) == (CaseError, "damaged")
    assert "disk" not in taken.message
    disk.close()
    assert "0 bytes are free" in storage_error(OSError(errno.ENOSPC, "x"), disk).message
    disk.close()


def test_a_real_full_disk_leaves_a_case_that_is_sound(case: Path) -> None:
    code = (
        HOLD.replace('print("held", flush=True)', "fill()")
        .replace(
            "with CaseStore",
            """
import resource, os
from archiver.custody import events
from archiver.errors import StorageError
def fill():
    size = (Path(sys.argv[1]) / "custody.jsonl").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20_000, size + 20_000))
    for number in range(1000):
        try:
            store.append(*events.note_added("x" * 3000))
        except StorageError as exc:
            assert exc.kind == "full", exc
            assert "bytes are free" in exc.message
            print(number, flush=True)
            return
with CaseStore""",
        )
        .replace("adopt=adopt_real):", "adopt=adopt_real) as store:")
    )
    here = str(Path(__file__).parent)
    done = subprocess.run([sys.executable, "-c", code, str(case), here], input=b"", capture_output=True, check=True)
    assert 1 < int(done.stdout) < 10
    assert len(events_in((case / "custody.jsonl").read_bytes())) == 1 + int(done.stdout)
    sound(case)


def test_a_planted_file_of_the_next_item_is_no_failure_of_the_disk_and_is_set_aside(
    case: Path, runtime: Runtime
) -> None:
    (case / "evidence" / "000").mkdir(parents=True)
    (case / "evidence" / "000" / "000001.warc.gz").write_bytes(b"planted")
    with open_case(case, runtime) as store:
        store.append(*request(1))
        with pytest.raises(CaseError, match="in the case already"):
            store.put_warc(1, writer_of(b"WARC"))
    with open_case(case, runtime) as store:
        assert [event.event for event in store.recovery.events] == ["incident.recovered", "item.interrupted"]
    assert not (case / "evidence" / "000" / "000001.warc.gz").exists()
    assert b"planted" in {path.read_bytes() for path in (case / "quarantine").iterdir()}
