"""The reader's view: read only, no link followed, one snapshot, whatever the folder holds."""

import fcntl
import os
import threading
from pathlib import Path

import pytest
from casekit import CASE_YAML, adopt_real, step_runtime

from archiver.custody import events, read
from archiver.custody.log import MAX_LINE
from archiver.custody.read import MAX_DEPTH, RawLine, Snapshot
from archiver.custody.store import CaseStore
from archiver.errors import CaseError


@pytest.fixture
def case(tmp_path: Path) -> Path:
    runtime = step_runtime()
    CaseStore.create(tmp_path / "harbour", CASE_YAML, runtime)
    with CaseStore.open(tmp_path / "harbour", runtime, adopt=adopt_real) as store:
        store.append_many([events.note_added("one"), events.note_added("two")])
    return tmp_path / "harbour"


def lines_of(case: Path) -> list[RawLine]:
    with Snapshot.open(case) as snapshot:
        return list(snapshot.lines())


def test_lines_carry_place_and_hash_and_a_torn_end_is_told(case: Path) -> None:
    with (case / "custody.jsonl").open("ab") as log:
        log.write(b"torn")
    lines = lines_of(case)
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert [line.complete for line in lines] == [True, True, True, False]
    assert b"".join(line.raw for line in lines) == (case / "custody.jsonl").read_bytes()
    assert lines[1].offset == lines[0].size
    assert f'"prev":"{lines[0].sha256}"'.encode() in lines[1].raw


def test_a_snapshot_keeps_its_size_while_the_log_grows(case: Path) -> None:
    with Snapshot.open(case) as snapshot:
        with (case / "custody.jsonl").open("ab") as log:
            log.write(b"more\n")
        lines = list(snapshot.lines())
        assert sum(line.size for line in lines) == snapshot.log_size
        start = lines[1].offset
        assert [line.number for line in snapshot.lines(start, 2)] == [2, 3]
        with (case / "custody.jsonl").open("r+b") as log:
            log.truncate(10)
        assert sum(line.size for line in snapshot.lines()) == 10


def test_a_line_longer_than_any_may_be_is_not_held(case: Path) -> None:
    with (case / "custody.jsonl").open("ab") as log:
        log.write(b"x" * MAX_LINE + b"\n{}\n")
    lines = lines_of(case)
    assert [(line.too_long, line.raw == b"") for line in lines[3:]] == [(True, True), (False, False)]


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000, 1 << 20])
def test_lines_with_a_mark_are_those_that_hold_it_wherever_a_block_ends(
    case: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "_CHUNK", chunk)
    written = [b"mark\n", b"\n", b"mark\r mark\n", b"mar\nk\n", b"x" * 3000 + b"mark\n", b"none\n", b"torn mark"]
    (case / "custody.jsonl").write_bytes(b"".join(written))
    with Snapshot.open(case) as snapshot:
        with (case / "custody.jsonl").open("ab") as log:
            log.write(b"\nmark\n")
        assert list(snapshot.lines_with(b"mark")) == [(1, b"mark\n"), (3, b"mark\r mark\n"), (6, written[4])]
        assert list(snapshot.lines_with(b"absent")) == []


def test_what_follows_in_a_line_longer_than_any_may_be_is_no_line(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "_CHUNK", 4)
    monkeypatch.setattr(read, "MAX_LINE", 20)
    (case / "custody.jsonl").write_bytes(b"mark\n" + b"x" * 40 + b"mark\nmark 3\n")
    with Snapshot.open(case) as snapshot:
        assert list(snapshot.lines_with(b"mark")) == [(1, b"mark\n"), (3, b"mark 3\n")]


def test_everything_in_the_folder_is_listed_and_no_link_followed(case: Path) -> None:
    (case / "evidence" / "000").mkdir(parents=True)
    (case / "evidence" / "000" / "x").write_bytes(b"123")
    (case / "evidence" / "link").symlink_to("/etc")
    os.mkfifo(case / "pipe")
    with Snapshot.open(case) as snapshot:
        found = {entry.path: (entry.what, entry.size) for entry in snapshot.entries() if entry.what != "folder"}
        order = [entry.path for entry in snapshot.entries()]
        assert found["evidence/000/x"] == ("file", 3)
        assert found["evidence/link"][0] == "link"
        assert found["pipe"][0] == "other"
        assert "evidence/link/passwd" not in order
        assert order.index("evidence") < order.index("evidence/000") < order.index("evidence/000/x")
        for path, kind in (
            ("evidence/link/passwd", "unsafe"),
            ("evidence/link", "unsafe"),
            ("pipe", "unsafe"),
            ("evidence", "unsafe"),
            ("../harbour/case.yaml", "unsafe"),
            ("nothing", "missing"),
            ("case.yaml/x", "unsafe"),
            ("a\0b", "unreadable"),
            ("x" * 300, "unreadable"),
        ):
            with pytest.raises(CaseError) as caught:
                snapshot.open_file(path)
            assert caught.value.kind == kind, path


def test_bytes_come_in_order_and_bounded(case: Path) -> None:
    (case / "big").write_bytes(b"ab" * 1_500_000)
    with Snapshot.open(case) as snapshot:
        assert b"".join(snapshot.chunks("big")) == b"ab" * 1_500_000
        assert b"".join(snapshot.chunks("big", 3)) == b"aba"
        assert snapshot.case_yaml() == CASE_YAML.encode()


def test_whether_somebody_writes_is_known_from_the_lock_alone(case: Path) -> None:
    with Snapshot.open(case) as snapshot:
        assert not snapshot.writer_active()
        with CaseStore.open(case, step_runtime(), adopt=adopt_real):
            assert snapshot.writer_active()
        assert not snapshot.writer_active()
        (case / ".lock").unlink()
        assert not snapshot.writer_active()


def test_a_reader_looking_at_the_lock_does_not_stop_a_writer(case: Path) -> None:
    runtime = step_runtime()
    with (case / ".lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        timer = threading.Timer(0.1, fcntl.flock, (lock, fcntl.LOCK_UN))
        timer.start()
        while True:
            try:
                CaseStore.open(case, runtime, adopt=adopt_real, wait=0).close()
            except CaseError:
                continue
            break
        timer.join()


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        ("nothing", "missing"),
        ("file", "not-a-case"),
        ("folder", "not-a-case"),
        ("link", "unsafe"),
        ("loop", "unreadable"),
    ],
)
def test_what_is_no_case_is_named(tmp_path: Path, make: str, kind: str) -> None:
    path = tmp_path / "x"
    if make == "file":
        path.write_text("x")
    elif make == "loop":
        path.symlink_to(path)
    elif make != "nothing":
        path.mkdir()
    if make == "link":
        (path / "custody.jsonl").symlink_to("/etc/passwd")
    with pytest.raises(CaseError) as caught:
        Snapshot.open(path)
    assert caught.value.kind == kind


def test_a_case_is_read_without_any_right_to_write(case: Path) -> None:
    for path in [*case.rglob("*"), case]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path: path.stat().st_mtime_ns for path in [case, *case.rglob("*")]}
    assert len(lines_of(case)) == 3
    assert before == {path: path.stat().st_mtime_ns for path in [case, *case.rglob("*")]}


def test_folders_nested_without_end_are_named_by_the_first_of_them(case: Path) -> None:
    folder = os.open(case, os.O_RDONLY)
    for _ in range(100):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    with Snapshot.open(case) as snapshot:
        assert max(entry.path.count("/") for entry in snapshot.entries()) == MAX_DEPTH
