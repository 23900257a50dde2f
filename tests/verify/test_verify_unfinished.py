"""What an interrupted write leaves is told apart from tampering; beside a writer it is a note."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from verify_cases import PAGE, Builder, findings, full_case, small_case, text_of

from archiver.canon import sha256_hex
from archiver.custody.layout import item_path, private_path
from archiver.custody.log import parse_line
from archiver.custody.read import Snapshot
from archiver.model.verdict import Severity
from archiver.verify.layout import Listing
from archiver.verify.run import verify_case, verify_snapshot

CONSISTENT = "consistent with an interrupted write"


@contextmanager
def writer(case: Path) -> Iterator[None]:
    """Somebody holds the lock of the case."""
    with (case / ".lock").open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def assert_unfinished(case: Path, *checks: str) -> None:
    """Exit 9 without a writer, and 0 beside one."""
    verdict = verify_case(case)
    assert {f.check for f in findings(verdict)} == set(checks), text_of(verdict)
    assert verdict.exit_code() == 9
    with writer(case):
        beside = verify_case(case)
    assert beside.exit_code() == 0, text_of(beside)
    assert len(findings(beside, Severity.NOTE)) >= len(findings(verdict))


@pytest.fixture
def open_item(tmp_path: Path) -> Builder:
    """A case whose second item was requested and nothing more."""
    case = small_case(tmp_path / "case")
    case.requested("http://b.example/")
    return case


def test_an_open_item_is_consistent_with_an_interrupted_write(open_item: Builder) -> None:
    assert_unfinished(open_item.path, "chain")


@pytest.mark.parametrize("name", ["000002.warc.gz.part", "000002.1.part", "000002.warc.gz"])
def test_parts_and_files_of_an_open_item_are_unfinished(open_item: Builder, name: str) -> None:
    (open_item.path / "evidence/000" / name).write_bytes(b"x")
    assert_unfinished(open_item.path, "chain", "layout")


def test_a_private_file_beside_an_open_item_is_unfinished(open_item: Builder) -> None:
    (open_item.path / private_path(sha256_hex(b"x"), "bin")).write_bytes(b"x")
    (open_item.path / (private_path(sha256_hex(b"y"), "bin") + ".part")).write_bytes(b"")
    assert_unfinished(open_item.path, "chain", "layout")


def test_parts_of_a_closed_item_are_not_excused(open_item: Builder) -> None:
    (open_item.path / "evidence/000/000001.warc.gz.part").write_bytes(b"x")
    assert verify_case(open_item.path).exit_code() == 8
    with writer(open_item.path):
        assert verify_case(open_item.path).exit_code() == 8


def test_a_part_that_a_writer_removes_while_we_read_is_no_finding(open_item: Builder) -> None:
    part = open_item.path / "evidence/000/000001.1.part"
    part.write_bytes(b"x")
    with Snapshot.open(open_item.path) as case:
        listing = Listing.of(case.entries())
        assert verify_snapshot(case, open_item.path, listing, writing=True).exit_code() == 8
        part.unlink()
        assert verify_snapshot(case, open_item.path, listing, writing=True).exit_code() == 0


@pytest.mark.parametrize("keep", [1, 100, -1])
def test_a_torn_last_line_is_unfinished(open_item: Builder, keep: int) -> None:
    event = open_item.lines[-1]
    log = open_item.path / "custody.jsonl"
    log.write_bytes(log.read_bytes().removesuffix(event) + event[:keep])
    manifest = open_item.path / "manifest.yaml"
    manifest.write_bytes(manifest.read_bytes()[: manifest.read_bytes().index(b"- {log_line: 4,")])
    assert_unfinished(open_item.path, "chain")


def test_a_tail_with_a_hole_and_whole_lines_behind_it_is_unfinished(open_item: Builder) -> None:
    manifest = (open_item.path / "manifest.yaml").read_bytes()
    open_item.add("note.added", {"text": "x" * 2000, "item": None})
    open_item.add("note.added", {"text": "y", "item": None})
    (open_item.path / "manifest.yaml").write_bytes(manifest)
    log = open_item.path / "custody.jsonl"
    data = bytearray(log.read_bytes())
    start = len(data) - len(open_item.lines[-1]) - len(open_item.lines[-2])
    first = (start // 512 + 1) * 512
    data[first : first + 512] = bytes(512)
    log.write_bytes(data)
    assert_unfinished(open_item.path, "chain")


def test_a_hole_in_a_line_that_the_manifest_lists_is_broken(open_item: Builder) -> None:
    log = open_item.path / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b"see ", b"see\0"))
    verdict = verify_case(open_item.path)
    assert verdict.exit_code() == 8
    assert any("it was whole once" in f.message for f in findings(verdict))
    assert verify_case(open_item.path, only="chain").exit_code() == 8
    (open_item.path / "manifest.yaml").unlink()
    assert verify_case(open_item.path, only="chain").exit_code() == 9


@pytest.mark.parametrize("back", [1, 2])
@pytest.mark.parametrize("keep", [0, 1, 70])
def test_a_manifest_that_lags_behind_is_unfinished(tmp_path: Path, keep: int, back: int) -> None:
    case = small_case(tmp_path / "case")
    case.add("note.added", {"text": "x", "item": 1})
    case.add("note.added", {"text": "y", "item": 1})
    manifest = case.path / "manifest.yaml"
    start = manifest.read_bytes().index(b"- {log_line: %d," % (6 - back))
    manifest.write_bytes(manifest.read_bytes()[: start + keep])
    assert_unfinished(case.path, "manifest")


def test_a_manifest_with_a_hole_of_a_sector_at_its_end_is_unfinished(tmp_path: Path) -> None:
    case = small_case(tmp_path / "case")
    case.add("note.added", {"text": "x" * 3000, "item": 1})
    manifest = case.path / "manifest.yaml"
    data = bytearray(manifest.read_bytes())
    start = data.index(b"- {log_line: 4,")
    first = (start // 512 + 1) * 512
    data[first : first + 1024] = bytes(1024)
    data[start : start + 1] = b"\0"  # no disk does that
    manifest.write_bytes(data)
    assert verify_case(case.path).exit_code() == 8
    data[start : start + 1] = b"-"
    manifest.write_bytes(data)
    assert_unfinished(case.path, "manifest")


def test_what_recovery_set_aside_before_its_event_is_unfinished(open_item: Builder) -> None:
    (open_item.path / "quarantine/000005-custody.tail").write_bytes(b"torn")
    (open_item.path / "quarantine/000005-custody.tail.copy").write_bytes(b"to")
    assert_unfinished(open_item.path, "chain", "layout")


def recovered(case: Builder, name: str, data: bytes) -> None:
    """Set `data` aside as recovery does, with its event."""
    path = f"quarantine/{case.state.seq + 1:06d}-{name}"
    (case.path / path).write_bytes(data)
    aside = {"to": path, "size": len(data), "sha256": sha256_hex(data)}
    actions = [{"action": "quarantined", "path": f"evidence/000/{name}", **aside}]
    case.add("incident.recovered", {"actions": actions, "software": "archiver 0.1.0"})


def test_quarantined_files_are_explained_and_their_hashes_checked(open_item: Builder) -> None:
    recovered(open_item, "000002.1.part", b"half a page")
    open_item.captured(open_item.requested("http://c.example/"), open_item.exchange("http://c.example/", PAGE))
    aside = next((open_item.path / "quarantine").iterdir())
    assert not findings(verify_case(open_item.path), Severity.BROKEN)
    aside.write_bytes(b"half a pagf")
    (finding,) = findings(verify_case(open_item.path), Severity.BROKEN)
    assert (finding.check, finding.subject) == ("files", f"quarantine/{aside.name}")
    aside.unlink()
    (finding,) = findings(verify_case(open_item.path), Severity.BROKEN)
    assert (finding.check, "missing" in finding.message) == ("files", True)


def test_a_private_file_is_unfinished_where_the_last_writer_did_not_end_well(tmp_path: Path) -> None:
    case = small_case(tmp_path / "case")
    (case.path / private_path(sha256_hex(b"x"), "json")).write_bytes(b"x")
    assert verify_case(case.path).exit_code() == 8
    (case.path / ".lock").write_bytes(b'{"pid":1,"since":"2026-11-22T06:55:58.854810Z"}\n')
    assert_unfinished(case.path, "layout")


def test_the_quarantined_bytes_of_an_item_without_file_are_explained_when_withheld(open_item: Builder) -> None:
    recovered(open_item, "000002.1.part", b"half a page")
    asked = parse_line(open_item.lines[open_item.state.items[2].requested - 1])
    facts = {name: asked.data[name] for name in ("item", "url", "note", "tags")} | {"requested": asked.seq}
    open_item.add("item.interrupted", {**facts, "outcome": "interrupted", "reason": "x", "oldest_open": 0})
    path = next((open_item.path / "quarantine").iterdir())
    also = {"path": f"quarantine/{path.name}", "size": 11, "sha256": sha256_hex(b"half a page")}
    open_item.add("item.withheld", {"item": 2, "reason": "erasure", "authority": "her own", "also": [also]})
    assert_unfinished(open_item.path, "layout")
    path.unlink()
    verdict = verify_case(open_item.path)
    assert verdict.exit_code() == 0
    assert ["her own" in note.message for note in findings(verdict, Severity.NOTE)] == [True]
    (open_item.path / item_path(2)).write_bytes(b"planted where nothing was withheld")
    assert verify_case(open_item.path).exit_code() == 8


def test_withheld_quarantined_bytes_are_explained(open_item: Builder) -> None:
    recovered(open_item, "000001.1.part", b"half a page")
    path = next((open_item.path / "quarantine").iterdir())
    file = open_item.state.items[1].file
    assert file is not None
    also = {"path": f"quarantine/{path.name}", "size": 11, "sha256": sha256_hex(b"half a page")}
    stored = {"path": file.path, "size": file.size, "sha256": file.sha256}
    open_item.add(
        "item.withheld", {"item": 1, "reason": "erasure", "authority": "her own", "file": stored, "also": [also]}
    )
    found = findings(verify_case(open_item.path))
    assert {f.subject for f in found if "removal not finished" in f.message} == {file.path, f"quarantine/{path.name}"}
    (open_item.path / file.path).unlink()
    path.unlink()
    assert [f.check for f in findings(verify_case(open_item.path))] == ["chain"]


def test_a_withheld_item_whose_file_is_still_there_is_not_finished(tmp_path: Path) -> None:
    case = small_case(tmp_path / "case")
    case.withheld(1, remove=False)
    assert_unfinished(case.path, "layout")
    (case.path / item_path(1)).unlink()
    verdict = verify_case(case.path)
    assert verdict.exit_code() == 0
    (note,) = findings(verdict, Severity.NOTE)
    assert "court order 7/26" in note.message
    assert "Amtsgericht" in note.message


def test_after_every_event_a_case_is_sound_or_unfinished(tmp_path: Path) -> None:
    codes = []
    full_case(tmp_path / "case", lambda path: codes.append(verify_case(path).exit_code()))
    assert set(codes) == {0, 9}
