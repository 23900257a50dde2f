"""The checks one by one, where a whole case is more than is needed."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from verify_cases import CASE, Builder, findings, rewrite

from archiver.canon import sha256_hex
from archiver.custody.layout import Kind, Place, private_path
from archiver.custody.log import MAX_LINE
from archiver.custody.read import Entry, Snapshot
from archiver.custody.state import CaseState
from archiver.errors import CaseError, ExitCode
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import Claim
from archiver.verify.evidence import check_item
from archiver.verify.layout import Explained, Listing, check_kept, check_layout
from archiver.verify.manifest import last_listed
from archiver.verify.report import MAX_QUOTED, Report, quoted
from archiver.verify.run import verify_case
from archiver.verify.warc_file import verify_warc

WARC = "evidence/000/000001.warc.gz"


class Failing(io.BytesIO):
    """A file on a disk that fails behind its first bytes."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 100:
            raise OSError(5, "Input/output error")
        return super().read(50)


class Disk:
    """Opens every path as one file that fails."""

    def open_file(self, path: str) -> BinaryIO:
        return Failing(bytes(1000))


def test_an_error_of_the_disk_is_unchecked_and_not_broken() -> None:
    data = {"file": {"path": WARC, "size": 1000, "sha256": "0" * 64}, "records": [], "exchanges": []}
    checked = check_item(Disk(), Claim(CASE, 1, 3, "2026-11-22T06:56:00.000000Z", "item.captured", data, "0" * 64))
    assert [(f.check, f.severity) for f in checked.findings] == [("files", Severity.UNCHECKED)]
    assert "Input/output error" in checked.findings[0].message


def test_a_folder_that_cannot_be_read_is_unchecked_and_what_is_gone_is_nothing() -> None:
    def entries() -> Iterator[Entry]:
        yield Entry("evidence/000/000001.1.part", "gone", 0, 0)
        raise CaseError("unreadable", "'evidence': could not be read: permission denied")

    listing = Listing.of(entries())
    assert [f.severity for f in listing.findings] == [Severity.UNCHECKED]
    assert not listing.others


def test_what_vanishes_or_turns_into_a_pipe_while_it_is_read_is_told(small: Path) -> None:
    name = private_path("a" * 64, "bin")
    listing = Listing(others=[(name, Place(Kind.PRIVATE)), ("quarantine/000009-x", Place(Kind.QUARANTINE, 9))])
    known = Explained(CaseState(), frozenset({"a" * 64}), writing=False, newer=False)
    with Snapshot.open(small) as case:
        assert list(check_kept(case, listing, known)) == []
        (small / name).symlink_to("/etc/passwd")
        (finding,) = check_kept(case, listing, known)
        assert (finding.check, finding.severity) == ("files", Severity.UNCHECKED)


def test_a_warc_that_is_gone_when_it_is_looked_at_again_is_not_extra(small: Path) -> None:
    known = Explained(CaseState(), frozenset(), writing=False, newer=False)
    listing = Listing(warcs={1, 2}, fixed={"case.yaml", "custody.jsonl", "manifest.yaml"})
    with Snapshot.open(small) as case:
        assert [f.subject for f in check_layout(case, listing, known)] == [WARC]


def test_a_line_that_is_too_long_is_named_and_not_read(small: Path) -> None:
    with (small / "custody.jsonl").open("ab") as log:
        log.write(b" " * MAX_LINE + b"\n")
    (finding,) = [f for f in findings(verify_case(small)) if f.check == "canonical"]
    assert f"{MAX_LINE + 1} bytes" in finding.message


def test_the_last_listed_line_is_found_across_chunks() -> None:
    text = b"x: 1\nentries:\n- {log_line: 1, a: b}\n- log_line: 12\n  x: '- {log_line: 99, '\n"
    for size in (200, 40, 130):
        assert last_listed(text[at : at + size] for at in range(0, len(text), size)) == 12
    assert last_listed([]) == 0


def test_a_report_counts_what_it_does_not_show_and_long_texts_are_cut() -> None:
    report = Report()
    report.extend(Finding("chain", Severity.NOTE, "x", str(n)) for n in range(300))
    report.add(Finding("layout", Severity.OK, "", "fine"))
    found = report.findings()
    assert [f.check for f in found[:2]] == ["layout", "chain"]
    assert found[-1].message == "100 more findings like these are not shown"
    assert len(quoted("x" * 1000)) == MAX_QUOTED + 1


def test_a_bare_file_of_ours_is_judged_by_our_profile(small: Path, tmp_path: Path) -> None:
    data = (small / WARC).read_bytes()
    file = tmp_path / "a.warc.gz"
    file.write_bytes(data)
    assert verify_warc(file).exit_code() is ExitCode.OK
    assert {f.check for f in verify_warc(file, only="digests").findings} == {"digests"}
    rewritten = sha256_hex(data)
    assert any(rewritten in f.message for f in verify_warc(file).findings)
    file.write_bytes(data[: data.rfind(b"\x1f\x8b\x08")])
    verdict = verify_warc(file)
    assert verdict.exit_code() is ExitCode.CONTRADICTED
    assert any("does not end with its summary" in f.message for f in verdict.findings)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
def test_a_bare_file_that_cannot_be_read_is_unchecked() -> None:
    assert verify_warc(Path("/proc/self/mem")).exit_code() is ExitCode.UNCHECKED
    with pytest.raises(CaseError):
        verify_warc(Path("/nothing/here"))


def test_no_event_at_all_explains_nothing(tmp_path: Path) -> None:
    case = Builder(tmp_path / "case")
    case.opened()
    rewrite(
        case.path, lambda events: events.append({**events[0], "event": "incident.recovered", "data": {"actions": []}})
    )
    assert "canonical" in {f.check for f in findings(verify_case(case.path))}
