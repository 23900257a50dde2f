"""Each check finds what no other one finds."""

import gzip
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from verify_cases import (
    PAGE,
    Builder,
    blob,
    broken_checks,
    findings,
    log_lines,
    rewrite,
    small_case,
    text_of,
)

from archiver.canon import dumps, sha256_hex
from archiver.custody import state
from archiver.custody.layout import private_path
from archiver.custody.log import EVENTS
from archiver.errors import CaseError
from archiver.model.verdict import Severity
from archiver.verify import log
from archiver.verify.report import CHECKS, SEALED
from archiver.verify.run import verify_case

WARC = "evidence/000/000001.warc.gz"
Events = list[dict[str, Any]]


def test_sound_cases_say_what_was_checked_and_what_was_not_asked(small: Path, full: Path) -> None:
    for case in (small, full):
        verdict = verify_case(case)
        assert not findings(verdict), text_of(verdict)
        assert {f.check for f in verdict.findings if f.severity is Severity.OK} == set(CHECKS) - set(SEALED)
        assert [f.check for f in findings(verdict, Severity.UNASKED)] == ["receipt", "receipt"]
        assert (verdict.exit_code(), verdict.exit_code(strict=True)) == (0, 9)


def test_counts_are_those_of_the_case(full: Path) -> None:
    counts = dict(verify_case(full).counts)
    files = list((full / "evidence").rglob("*.warc.gz"))
    assert counts["bytes"] == sum(file.stat().st_size for file in files)
    assert (counts["files"], counts["items"], counts["withheld"], counts["open"]) == (4, 6, 1, 0)
    assert counts["events"] == len(log_lines(full))


def test_only_one_check_is_told_when_only_one_is_asked_for(full: Path) -> None:
    for check in CHECKS:
        assert {finding.check for finding in verify_case(full, only=check).findings} == {check}


# layout


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "evidence/000/000002.warc.gz",
        "evidence/000/photo.jpg",
        "evidence/000/000001.1.part",
        "evidence/001/000001.warc.gz",
        "seals/000002.seal",
        "seals/README",
        "trust/allowed_signers",
        "trust/0123456789abcdef.allowed_signers",
        "quarantine/000002-custody.tail",
        "quarantine/000002-custody.tail.copy",
        "quarantine/999999-custody.tail.copy",
        "private/readme",
        "evidence/000/\udcff",
    ],
)
def test_a_file_that_no_event_explains_is_found_by_layout_alone(small: Path, name: str) -> None:
    path = small / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    assert broken_checks(small) == {"layout"}
    assert verify_case(small).exit_code() == 8


@pytest.mark.parametrize("name", ["extra", "evidence/000/000001.warc.gz.d", "evidence/0001"])
def test_a_folder_of_an_unknown_name_is_found_by_layout_alone(small: Path, name: str) -> None:
    (small / name).mkdir()
    assert broken_checks(small) == {"layout"}


def test_links_pipes_and_folders_in_the_place_of_files_are_refused(small: Path) -> None:
    (small / "seals" / "x.seal").symlink_to("/etc/passwd")
    os.mkfifo(small / "quarantine" / "000009-pipe")
    (small / "trust").rmdir()
    (small / "trust").symlink_to("seals")
    (small / "private" / f"{'a' * 64}.json").mkdir()
    found = [f for f in findings(verify_case(small)) if f.check == "layout"]
    assert {f.subject for f in found} == {
        "seals/x.seal",
        "quarantine/000009-pipe",
        "trust",
        f"private/{'a' * 64}.json",
    }


def test_evidence_behind_a_link_is_not_followed(small: Path, tmp_path: Path) -> None:
    shutil.move(small / "evidence", tmp_path / "elsewhere")
    (small / "evidence").symlink_to(tmp_path / "elsewhere")
    verdict = verify_case(small)
    assert verdict.exit_code() == 8
    assert {(f.check, f.severity.name) for f in findings(verdict)} == {("layout", "BROKEN"), ("files", "UNCHECKED")}


def test_an_evidence_file_that_became_a_pipe_or_a_folder_is_named(small: Path) -> None:
    (small / WARC).unlink()
    os.mkfifo(small / WARC)
    assert {(f.check, f.subject) for f in findings(verify_case(small))} == {("layout", WARC), ("files", WARC)}
    (small / WARC).unlink()
    (small / WARC).mkdir()
    assert {(f.check, f.subject) for f in findings(verify_case(small))} == {("layout", WARC), ("files", WARC)}


def test_a_manifest_that_became_a_link_is_named_and_the_rest_is_judged(small: Path) -> None:
    (small / "manifest.yaml").rename(small.parent / "elsewhere")
    (small / "manifest.yaml").symlink_to("../elsewhere")
    verdict = verify_case(small)
    assert {(f.check, f.subject, f.severity.name) for f in findings(verdict)} == {
        ("layout", "manifest.yaml", "BROKEN"),
        ("manifest", "manifest.yaml", "UNCHECKED"),
    }
    assert {"chain", "files", "records"} <= {f.check for f in findings(verdict, Severity.OK)}


def test_a_second_name_of_an_evidence_file_is_a_note(small: Path, tmp_path: Path) -> None:
    os.link(small / WARC, tmp_path / "other")
    verdict = verify_case(small)
    assert [f.subject for f in findings(verdict, Severity.NOTE)] == [WARC]
    assert verdict.exit_code() == 0


@pytest.mark.parametrize("name", ["manifest.yaml", "case.yaml"])
def test_a_missing_fixed_file_is_found(small: Path, name: str) -> None:
    (small / name).unlink()
    found = {(f.check, f.severity) for f in findings(verify_case(small))}
    check = "manifest" if name == "manifest.yaml" else "case-file"
    assert found == {("layout", Severity.BROKEN), (check, Severity.UNCHECKED)}


def test_a_missing_lock_file_and_missing_empty_folders_are_nothing(small: Path) -> None:
    (small / ".lock").unlink()
    for name in ("seals", "trust", "private", "quarantine"):
        (small / name).rmdir()
    assert verify_case(small).exit_code() == 0


# chain


def changed_lines(case: Path, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    path = case / "custody.jsonl"
    path.write_bytes(b"".join(edit(path.read_bytes().splitlines(keepends=True))))


def test_an_outcome_that_is_gone_is_not_told_again_on_every_line_behind_it(full: Path) -> None:
    gone = next(n for n, event in enumerate(log_lines(full)) if event["event"] == "item.captured")
    changed_lines(full, lambda lines: lines[:gone] + lines[gone + 1 :])
    told = [finding.where for finding in findings(verify_case(full)) if "oldest_open" in finding.message]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("edit", "where", "says"),
    [
        (lambda lines: lines[:5] + lines[6:], "line 6", "line 6 is not there"),
        (lambda lines: lines[:5] + lines[8:], "line 6", "lines 6 to 8 are not there"),
        (lambda lines: [*lines[:5], lines[4], *lines[5:]], "line 6", "it repeats the line before it"),
        (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], "line 6", "line 6 is not there"),
        (lambda lines: [*lines[:5], lines[2], *lines[5:]], "line 6", "seq is 3 where 6 must stand"),
        (lambda lines: [*lines[1:]], "line 1", "line 1 is not there"),
    ],
)
def test_dropped_inserted_swapped_and_repeated_lines_are_named(
    full: Path, edit: Callable[[list[bytes]], list[bytes]], where: str, says: str
) -> None:
    changed_lines(full, edit)
    found = [f for f in verify_case(full, only="chain").findings if f.severity is Severity.BROKEN]
    assert any(f.where.startswith(where + " ") and says in f.message for f in found), found


def test_the_end_of_the_log_cut_off_shows_in_the_manifest_and_the_folder(full: Path) -> None:
    changed_lines(full, lambda lines: lines[:5])
    assert broken_checks(full) >= {"manifest", "layout"}
    (finding,) = [f for f in findings(verify_case(full)) if f.check == "manifest"]
    assert "has an entry for log line 6" in finding.message


def test_a_consistently_edited_event_is_found_by_the_records_alone(full: Path) -> None:
    def edit(events: Events) -> None:
        events[2]["data"]["final_url"] = "http://a.example/never"

    rewrite(full, edit)
    assert broken_checks(full) == {"records"}


def test_an_edited_request_breaks_the_tie_to_its_file(full: Path) -> None:
    def edit(events: Events) -> None:
        events[1]["at"] = "2026-11-22T05:00:00.000000Z"

    rewrite(full, edit)
    verdict = verify_case(full)
    assert {f.check for f in findings(verdict)} == {"records"}
    assert any("names another log line" in f.message for f in findings(verdict))


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda events: events[0].update(case="urn:uuid:00000000-0000-0000-0000-000000000000"), "another case"),
        (lambda events: events.append({**events[0]}), "the first line, and only that"),
        (lambda events: events.append({**events[2]}), "item 1 has an outcome on line 3"),
        (lambda events: events.append({**events[1], "data": {**events[1]["data"], "item": 9}}), "item 2 is next"),
        (lambda events: events.append({**events[0], "event": "item.forged"}), "not an event of this format"),
    ],
)
def test_events_that_cannot_stand_where_they_stand_are_found(
    small: Path, edit: Callable[[Events], object], says: str
) -> None:
    rewrite(small, lambda events: edit(events) and None)
    found = [f for f in verify_case(small, only="chain").findings if f.severity is Severity.BROKEN]
    assert any(says in f.message for f in found), found


def test_crlf_conversion_of_the_log_is_called_that(full: Path) -> None:
    path = full / "custody.jsonl"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (finding,) = findings(verify_case(full))
    assert finding.check == "chain"
    assert "line endings were changed" in finding.message


def test_a_clock_that_was_set_back_is_a_note(tmp_path: Path) -> None:
    case = Builder(tmp_path / "case")
    case.opened()
    case.add("note.added", {"text": "x", "item": None}, at=case.at.replace(year=2020))
    verdict = verify_case(case.path)
    assert verdict.exit_code() == 0
    assert ["set back" in f.message for f in findings(verdict, Severity.NOTE)] == [True]


# canonical


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seq":1,', b'"seq": 1,'),
        (b'"v":1', b'"v":1,"v":1'),
        (b'"v":1', b'"v":true'),
        (b'"nonce":"', b'"nonce":"G'),
        (b'"seq":1,', b'"seq":1.0,'),
        (b'{"actor"', b'\xef\xbb\xbf{"actor"'),
    ],
)
def test_lines_that_are_not_canonical_are_found(tmp_path: Path, old: bytes, new: bytes) -> None:
    case = Builder(tmp_path / "case")
    case.opened()
    changed_lines(case.path, lambda lines: [lines[0].replace(old, new)])
    assert "canonical" in broken_checks(case.path, only="canonical")


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: data.pop("note"),
        lambda data: data.update(extra=1),
        lambda data: data.update(oldest_open=7),
        lambda data: data.update(settings_sha256="0" * 64),
        lambda data: data["case_yaml"].update(line=2),
    ],
)
def test_members_that_are_missing_extra_or_wrong_are_found(
    small: Path, edit: Callable[[dict[str, Any]], object]
) -> None:
    rewrite(small, lambda events: edit(events[1]["data"]) and None)
    assert "canonical" in broken_checks(small)


@pytest.mark.parametrize("name", ["url", "note", "tags"])
def test_an_outcome_that_repeats_its_request_in_other_words_is_found(full: Path, name: str) -> None:
    def edit(events: Events) -> None:
        (event,) = (event for event in events if event["event"] == "item.interrupted")
        event["data"][name] = ["x"] if name == "tags" else "x"

    rewrite(full, edit)
    (finding,) = findings(verify_case(full))
    assert (finding.check, f"{name} is not that of the request" in finding.message) == ("canonical", True)


def test_a_file_path_of_another_item_is_not_opened(small: Path) -> None:
    (small.parent / "secret.warc.gz").write_bytes(b"x")
    rewrite(small, lambda events: events[2]["data"]["file"].update(path="../secret.warc.gz"))
    verdict = verify_case(small)
    assert "canonical" in {f.check for f in findings(verdict)}
    assert verdict.exit_code() == 8


def test_more_unreadable_lines_than_anyone_reads_end_the_reading(small: Path) -> None:
    with (small / "custody.jsonl").open("ab") as log:
        log.write(b"{}\n" * 10_002)
    found = findings(verify_case(small), Severity.UNCHECKED)
    assert any("the rest was not looked at" in f.message for f in found)


# versions


def test_a_newer_format_is_unchecked_and_not_broken(small: Path) -> None:
    def edit(events: Events) -> None:
        events[0]["data"]["format"] = "archiver-case/2"
        events.append({**events[0], "event": "case.blessed", "data": {"by": "somebody"}})
        events.append({**events[0], "event": "note.added", "data": {"text": "with a new member", "item": None, "z": 1}})

    rewrite(small, edit)
    (small / "seals" / "000001.seal").write_bytes(b"of a kind to come")
    verdict = verify_case(small)
    assert verdict.exit_code() == 9, text_of(verdict)
    assert {f.check for f in findings(verdict, Severity.UNCHECKED)} == {"canonical", "layout", "manifest", "records"}


def test_in_a_newer_format_the_chain_and_the_named_files_are_still_judged(small: Path) -> None:
    rewrite(small, lambda events: events[0]["data"].update(format="archiver-case/2"))
    (small / "manifest.yaml").write_bytes(b"of another kind")
    assert verify_case(small).exit_code() == 9
    (small / WARC).write_bytes(b"changed")
    assert "files" in {f.check for f in findings(verify_case(small), Severity.BROKEN)}


def test_lines_of_a_newer_version_are_unchecked_and_their_chain_judged(small: Path) -> None:
    for first_prev, severity in (("0" * 64, Severity.UNCHECKED), ("1" * 64, Severity.BROKEN)):
        first = dumps({"v": 2, "prev": first_prev, "what": "ever"}) + b"\n"
        second = dumps({"v": 2, "prev": sha256_hex(first)}) + b"\n"
        (small / "custody.jsonl").write_bytes(first + second)
        (small / WARC).unlink(missing_ok=True)
        verdict = verify_case(small)
        assert verdict.worst is severity, text_of(verdict)
        assert any("version 2" in f.message for f in findings(verdict))


@pytest.mark.parametrize("version", ["2", "true", "0", "null"])
def test_a_line_of_another_version_in_a_case_of_ours_is_broken(small: Path, version: str) -> None:
    changed_lines(small, lambda lines: [*lines[:2], lines[2].replace(b'"v":1}', b'"v":%s}' % version.encode())])
    assert "canonical" in {f.check for f in findings(verify_case(small), Severity.BROKEN)}


@pytest.mark.parametrize("text", ["", "archiver-case/0", "archiver-case/1x", "other"])
def test_a_format_of_no_known_form_is_broken(tmp_path: Path, text: str) -> None:
    case = Builder(tmp_path / "case")
    case.opened()
    rewrite(case.path, lambda events: events[0]["data"].update(format=text))
    assert "canonical" in {f.check for f in findings(verify_case(case.path), Severity.BROKEN)}


def test_events_that_a_later_version_explains_are_unchecked(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (state, log):  # all that this version knows are explained
        monkeypatch.setattr(module, "EVENTS", EVENTS | {"item.weighed"})
    rewrite(small, lambda lines: lines.extend({**lines[0], "event": "item.weighed", "data": {}} for _ in range(3)))
    found = findings(verify_case(small))
    assert [f.severity for f in found] == [Severity.UNCHECKED]


# case-file


def test_an_edited_case_yaml_is_found_by_its_check_alone(small: Path) -> None:
    path = small / "case.yaml"
    path.write_text(path.read_text().replace("Jane Doe", "John Doe"))
    (finding,) = findings(verify_case(small))
    assert (finding.check, finding.where) == ("case-file", "line 8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"\n", b"\r\n", "line endings"),
        (b"Jane", b"J\xffne", "UTF-8"),
        (b"title:", b"titel:", "cannot be read"),
        (b"# What", b"x" * (1 << 20) + b"# What", "larger"),
    ],
)
def test_a_case_yaml_that_cannot_be_compared_says_why(small: Path, old: bytes, new: bytes, says: str) -> None:
    path = small / "case.yaml"
    path.write_bytes(path.read_bytes().replace(old, new))
    (finding,) = findings(verify_case(small))
    assert (finding.check, finding.severity) == ("case-file", Severity.BROKEN)
    assert says in finding.message


def test_lines_added_to_case_yaml_are_found(small: Path) -> None:
    with (small / "case.yaml").open("a") as file:
        file.write("# one more\n")
    (finding,) = findings(verify_case(small))
    assert finding.where == f"line {(small / 'case.yaml').read_text().count(chr(10))}"


def test_a_changed_private_value_is_found(full: Path) -> None:
    path = full / "case.yaml"
    path.write_text(path.read_text().replace("Ivan", "Igor"))
    (finding,) = findings(verify_case(full))
    assert finding.check == "case-file"


def test_without_its_opening_a_private_value_cannot_be_compared(full: Path) -> None:
    next((full / "private").iterdir()).unlink()
    verdict = verify_case(full)
    (finding,) = findings(verdict)
    assert (finding.check, finding.severity) == ("case-file", Severity.UNCHECKED)
    assert any(f.subject == "private" for f in findings(verdict, Severity.NOTE))
    path = full / "case.yaml"
    path.write_text(path.read_text().replace("Jane Doe", "John Doe"))
    assert findings(verify_case(full))[0].severity is Severity.BROKEN


@pytest.mark.parametrize("data", [b"not json", b"[]", b'{"salt":1,"value":"Ivan"}'])
def test_an_opening_that_opens_nothing_is_broken(full: Path, data: bytes) -> None:
    next((full / "private").iterdir()).write_bytes(data)
    assert broken_checks(full) == {"files", "case-file"}


def test_the_disclosed_text_in_the_place_of_case_yaml_is_sound(full: Path) -> None:
    (full / "case.yaml").write_text(log_lines(full)[-1]["data"]["case_yaml"]["text"])
    next((full / "private").iterdir()).unlink()
    assert verify_case(full).exit_code() == 0


def test_a_private_key_that_the_log_does_not_know_is_found(full: Path) -> None:
    path = full / "case.yaml"
    path.write_text(path.read_text() + '  other: "x"\n')
    (finding,) = findings(verify_case(full))
    assert (finding.check, finding.severity) == ("case-file", Severity.BROKEN)


# files


def test_a_missing_evidence_file_is_found_by_files_alone(full: Path) -> None:
    (full / "evidence/000/000003.warc.gz").unlink()
    (finding,) = findings(verify_case(full))
    assert (finding.check, finding.subject) == ("files", "evidence/000/000003.warc.gz")


def test_a_gzip_header_changed_without_effect_is_found_by_files_alone(small: Path) -> None:
    data = bytearray((small / WARC).read_bytes())
    data[4] ^= 1  # MTIME of the first member: no reader looks at it
    (small / WARC).write_bytes(data)
    assert {f.check for f in findings(verify_case(small))} == {"files", "records"}
    assert {f.where for f in findings(verify_case(small))} == {"record 1 at byte 0"}


def test_bytes_behind_the_last_record_are_placed(small: Path) -> None:
    size = (small / WARC).stat().st_size
    with (small / WARC).open("ab") as file:
        file.write(b"more")
    found = {f.check: f for f in findings(verify_case(small))}
    assert found.keys() == {"files", "structure"}
    assert found["files"].where == f"byte {size}"


def test_a_cut_file_names_the_first_record_that_differs(small: Path) -> None:
    (small / WARC).write_bytes((small / WARC).read_bytes()[:-5])
    (finding,) = [f for f in findings(verify_case(small)) if f.check == "files"]
    assert finding.where.startswith("record 5 at byte ")
    assert "bytes, and" in finding.message


def test_an_index_with_gaps_still_places_the_difference(small: Path) -> None:
    rewrite(small, lambda events: events[2]["data"]["records"][1].update(offset=1))
    (small / WARC).write_bytes((small / WARC).read_bytes()[:-5])
    (finding,) = [f for f in findings(verify_case(small)) if f.check == "files"]
    assert finding.where.startswith("byte ")


# structure, digests, records: a forger who writes file, log and manifest anew


def repacked(case: Path, edit: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the records of the WARC of item 1, and make log and manifest agree with the new bytes."""
    events = log_lines(case)
    position = next(n for n, event in enumerate(events) if event["data"].get("file", {}).get("path") == WARC)
    spans = events[position]["data"]["records"]
    data = (case / WARC).read_bytes()
    records = [gzip.decompress(data[r["offset"] : r["offset"] + r["length"]]) for r in spans]
    packed = [gzip.compress(record, mtime=0) for record in edit(records)]
    (case / WARC).write_bytes(b"".join(packed))

    def index(events: Events) -> None:
        offset, entries = 0, []
        for number, span in enumerate(packed):
            old = spans[min(number, len(spans) - 1)]
            entries.append({**old, "offset": offset, "length": len(span), "sha256": sha256_hex(span)})
            offset += len(span)
        whole = b"".join(packed)
        events[position]["data"]["file"].update(size=len(whole), sha256=sha256_hex(whole))
        events[position]["data"]["records"] = entries

    rewrite(case, index)


def replaced(old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda records: [record.replace(old, new) for record in records]


def with_block(record: bytes, block: bytes, **payload: bytes) -> bytes:
    """The record with another block, its length and block digest made to fit."""
    head, _, _ = record.partition(b"\r\n\r\n")
    lines = []
    for line in head.split(b"\r\n"):
        if line.startswith(b"Content-Length:"):
            line = b"Content-Length: %d" % len(block)
        if line.startswith(b"WARC-Block-Digest:"):
            line = b"WARC-Block-Digest: sha256:" + hashlib.sha256(block).hexdigest().encode()
        if line.startswith(b"WARC-Payload-Digest:") and payload:
            line = b"WARC-Payload-Digest: sha256:" + hashlib.sha256(payload["payload"]).hexdigest().encode()
        lines.append(line)
    return b"\r\n".join(lines) + b"\r\n\r\n" + block + b"\r\n\r\n"


def block_of(record: bytes) -> bytes:
    return record.partition(b"\r\n\r\n")[2][:-4]


def test_repacking_alone_changes_no_verdict(small: Path) -> None:
    repacked(small, lambda records: records)
    assert verify_case(small).exit_code() == 0


@pytest.mark.parametrize(
    "edit",
    [
        lambda records: [records[0] + records[1], *records[2:]],
        lambda records: [r.replace(b"WARC-Warcinfo-ID", b"WARC-Refers-To") for r in records],
        lambda records: [r.replace(b"WARC/1.1", b"WARC/1.0") for r in records],
        lambda records: [r.replace(b"WARC-Protocol: http/1.1", b"X-Protocol: http/1.1") for r in records],
        lambda records: [r.replace(b"Content-Type: application/json", b"Content-Type: text/json") for r in records],
        lambda records: [
            r.replace(b"WARC-IP-Address: 192.0.2.7\r\n", b"WARC-IP-Address: 192.0.2.7\n") for r in records
        ],
    ],
)
def test_a_file_that_is_no_longer_of_our_profile_is_found_by_structure(
    small: Path, edit: Callable[[list[bytes]], list[bytes]]
) -> None:
    repacked(small, edit)
    assert "structure" in broken_checks(small)


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ([1, 0, 2, 3, 4], "the first record is not the warcinfo record"),
        ([0, 2, 1, 3, 4], "where the metadata of an exchange must be"),
        ([0, 1, 2, 4, 3], "follows the summary"),
        ([0, 1, 2, 3], "does not end with its summary"),
        ([0, 1, 2, 4], "the last exchange has no metadata"),
    ],
)
def test_records_out_of_order_or_missing_are_found_by_structure(small: Path, order: list[int], says: str) -> None:
    repacked(small, lambda records: [records[number] for number in order])
    found = [f for f in findings(verify_case(small)) if f.check == "structure"]
    assert any(says in f.message for f in found), found


def test_a_changed_block_is_found_by_digests_alone(small: Path) -> None:
    repacked(small, replaced(b"Host: a.example", b"Host: b.example"))
    assert broken_checks(small) == {"digests"}


def test_a_changed_body_with_a_fitting_block_digest_is_found_by_digests_alone(small: Path) -> None:
    other = PAGE.replace(b"Gone", b"Here")

    def edit(records: list[bytes]) -> list[bytes]:
        return [records[0], with_block(records[1], other), *records[2:]]

    repacked(small, edit)
    found = findings(verify_case(small))
    assert {f.check for f in found} == {"digests"}
    assert {f.where.partition(" at")[0] for f in found} == {"record 2"}


def test_a_changed_body_with_all_its_digests_is_found_by_the_entity_digest(small: Path) -> None:
    other = PAGE.replace(b"Gone", b"Here")

    def edit(records: list[bytes]) -> list[bytes]:
        return [records[0], with_block(records[1], other, payload=other.partition(b"\r\n\r\n")[2]), *records[2:]]

    repacked(small, edit)
    (finding,) = findings(verify_case(small))
    assert finding.check == "digests"
    assert "entity_sha256" in finding.message


@pytest.mark.parametrize(
    ("number", "old", "new", "says"),
    [
        (0, b"isPartOf: urn:uuid:3", b"isPartOf: urn:uuid:4", "its isPartOf is"),
        (2, b"GET /x?y=1 ", b"GET /z?y=1 ", "asks for something else"),
        (2, b"GET /x", b"PUT /x", "asks for something else"),
        (3, b'"method":"GET"', b'"method":"PUT"', "asks for something else"),
        (3, b'"peer_ip":"192.0.2.7"', b'"peer_ip":"192.0.2.8"', "peer_ip is '192.0.2.8' in the record"),
        (3, b'"url":"http://a.example/x', b'"url":"http://b.example/x', "was asked for"),
        (3, b'"url":"http://a.example/x', b'"url":"nowhere/x', "asks for something else"),
        (3, b'"head_size":', b'"head_size":1', "head_size of the answer is"),
        (3, b'"truncated":null', b'"truncated":"time"', "WARC-Truncated is None"),
        (3, b"archiver-exchange/1", b"archiver-exchange/2", "its schema is"),
        (3, b'{"', b'{ "', "not canonical JSON"),
        (3, b'"started_at":"2026', b'"started_at":"2025', "began at another time"),
        (
            3,
            b'"redactions":[]',
            b'"redactions":[{"commitment":null,"length":1,"place":"x"}]',
            "1 redactions are declared",
        ),
        (4, b'"outcome":"complete"', b'"outcome":"partial"', "'outcome' is 'partial' in the summary"),
        (4, b'"case":"urn:uuid:3', b'"case":"urn:uuid:4', "the summary is of case"),
        (4, b'"note":', b'"noted":', "stands only in the"),
        (4, b"archiver-item/1", b"archiver-item/2", "its schema is"),
    ],
)
def test_a_record_that_tells_another_story_is_found_by_records(
    small: Path, number: int, old: bytes, new: bytes, says: str
) -> None:
    def edit(records: list[bytes]) -> list[bytes]:
        changed = with_block(records[number], block_of(records[number]).replace(old, new))
        assert changed != records[number]
        return [changed if n == number else record for n, record in enumerate(records)]

    repacked(small, edit)
    found = findings(verify_case(small))
    assert {f.check for f in found} == {"records"}, found
    assert any(says in f.message for f in found), found


def test_a_record_head_that_tells_another_story_is_found_by_records(small: Path) -> None:
    repacked(small, replaced(b"WARC-Target-URI: http://a.example/x", b"WARC-Target-URI: http://b.example/x"))
    assert broken_checks(small) == {"records"}
    assert any("it is about" in f.message for f in findings(verify_case(small)))


def test_another_address_in_the_file_of_others_is_found_by_records(small: Path) -> None:
    repacked(small, replaced(b"WARC-IP-Address: 192.0.2.7", b"WARC-IP-Address: 192.0.2.9"))
    assert broken_checks(small) == {"records"}


def test_an_index_that_names_other_records_is_found_by_records_alone(small: Path) -> None:
    rewrite(small, lambda events: events[2]["data"]["records"][3].update(id="urn:uuid:" + "0" * 36))
    (finding,) = findings(verify_case(small))
    assert (finding.check, finding.where.partition(" at")[0]) == ("records", "record 4")


def test_an_index_that_is_too_short_or_too_long_is_found_by_records_alone(small: Path) -> None:
    longer = Path(shutil.copytree(small, small.with_name("longer")))
    rewrite(small, lambda events: events[2]["data"]["records"].pop())
    assert {f.check for f in findings(verify_case(small))} == {"records"}
    rewrite(longer, lambda events: events[2]["data"]["records"].append(events[2]["data"]["records"][0]))
    assert any("the event lists 6" in f.message for f in findings(verify_case(longer)))


def test_exchanges_that_only_one_side_knows_are_found_by_records(full: Path, small: Path) -> None:
    rewrite(full, lambda events: events[2]["data"]["exchanges"].pop())
    assert broken_checks(full) == {"records"}
    rewrite(small, lambda events: events[2]["data"]["exchanges"].append(events[2]["data"]["exchanges"][0]))
    assert any("2" in f.message and "exchanges" in f.message for f in findings(verify_case(small)))


def test_imported_bytes_of_another_hash_are_found_by_records_alone(full: Path) -> None:
    def edit(events: Events) -> None:
        (event,) = (event for event in events if event["event"] == "item.imported")
        event["data"]["sha256"] = "0" * 64

    rewrite(full, edit)
    found = findings(verify_case(full))
    assert {f.check for f in found} == {"records"}
    assert any("of the imported bytes" in f.message for f in found)


def test_an_answer_described_without_a_response_record_is_found(small: Path) -> None:
    repacked(small, lambda records: [records[0], records[2], records[3], records[4]])
    found = findings(verify_case(small))
    assert any("there is no response record" in f.message for f in found)


def test_a_metadata_block_too_large_to_read_is_said_so(tmp_path: Path) -> None:
    case = Builder(tmp_path / "case")
    case.opened()
    asked = case.requested("http://a.example/")
    page = case.exchange("http://a.example/", PAGE)
    case.captured(asked, page)

    def edit(records: list[bytes]) -> list[bytes]:
        return [*records[:3], with_block(records[3], b" " * (16 * 1024**2 + 1)), records[4]]

    repacked(case.path, edit)
    assert any("larger than any that is read" in f.message for f in findings(verify_case(case.path)))


def test_many_problems_of_one_file_are_told_up_to_a_limit(small: Path) -> None:
    repacked(small, lambda records: [records[0], *[records[2]] * 100, *records[3:]])
    assert 20 < len(findings(verify_case(small))) < 120


# manifest


def test_an_edited_manifest_is_found_by_its_check_alone(full: Path) -> None:
    path = full / "manifest.yaml"
    text = path.read_text()
    path.write_text(text.replace("http://b.example/long", "http://b.example/short", 1))
    (finding,) = findings(verify_case(full))
    number = text[: text.index("http://b.example/long")].count("\n") + 1
    assert (finding.check, finding.where) == ("manifest", f"line {number}")
    assert "short" in finding.message


def test_crlf_conversion_of_the_manifest_is_called_that(full: Path) -> None:
    path = full / "manifest.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    (finding,) = findings(verify_case(full))
    assert (finding.check, "line endings" in finding.message) == ("manifest", True)


def test_text_appended_to_the_manifest_is_found(full: Path) -> None:
    with (full / "manifest.yaml").open("a") as file:
        file.write("# and more\n")
    (finding,) = findings(verify_case(full))
    assert "# and more" in finding.message


def test_behind_an_unreadable_line_the_manifest_is_not_compared(full: Path) -> None:
    changed_lines(full, lambda lines: [*lines[:5], b"{}\n", *lines[6:]])
    (finding,) = [f for f in findings(verify_case(full)) if f.check == "manifest"]
    assert finding.severity is Severity.UNCHECKED
    assert "log line 6" in finding.message


# no case


@pytest.mark.parametrize("only", ["files,chain", "digests,manifest", "layout,files", "records,receipt"])
def test_several_checks_at_once_find_what_each_finds_alone(full: Path, only: str) -> None:
    (full / WARC).write_bytes((full / WARC).read_bytes()[:-1])
    (full / "extra").touch()
    together = verify_case(full, only=only).findings
    assert set(together) == {finding for check in only.split(",") for finding in verify_case(full, only=check).findings}
    assert {finding.check for finding in together} == set(only.split(","))


def test_what_is_no_case_is_an_error_and_not_a_verdict(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(CaseError):
            verify_case(path)
    (tmp_path / "file").touch()
    with pytest.raises(CaseError):
        verify_case(tmp_path / "file")


def test_a_case_without_its_log_or_with_a_pipe_in_its_place_is_broken(small: Path) -> None:
    (small / "custody.jsonl").unlink()
    verdict = verify_case(small, only="files")
    assert (verdict.exit_code(), [f.check for f in verdict.findings]) == (8, ["layout"])
    os.mkfifo(small / "custody.jsonl")
    assert verify_case(small).exit_code() == 8


def test_an_empty_log_is_broken(small: Path) -> None:
    (small / "custody.jsonl").write_bytes(b"")
    assert "chain" in broken_checks(small)


def test_private_files_of_a_capture_are_explained_by_its_records(tmp_path: Path) -> None:
    from archiver.model.exchange import PrivateFile, Redaction

    case = Builder(tmp_path / "case")
    case.opened()
    kept = b"0123456789abcdef\n" + PAGE
    private = PrivateFile(sha256_hex(kept), blob(kept))
    (case.path / private_path(private.sha256, "bin")).write_bytes(kept)
    asked = case.requested("http://a.example/")
    masked = (Redaction("response byte 10", 4, private.sha256),)
    case.captured(asked, case.exchange("http://a.example/", PAGE, redactions=masked, private=(private,)))
    assert verify_case(case.path).exit_code() == 0
    assert verify_case(case.path, only="layout").exit_code() == 0
    (case.path / private_path(private.sha256, "bin")).write_bytes(b"other")
    assert broken_checks(case.path) == {"files"}
    (case.path / private_path(private.sha256, "bin")).unlink()
    assert verify_case(case.path).exit_code() == 0


def test_a_private_file_that_nothing_commits_to_contradicts_the_log(small: Path) -> None:
    data = b"planted, or left by somebody"
    (small / private_path(sha256_hex(data), "bin")).write_bytes(data)
    verdict = verify_case(small)
    assert verdict.exit_code() == 8
    (finding,) = findings(verdict, Severity.BROKEN)
    assert (finding.check, finding.subject) == ("layout", private_path(sha256_hex(data), "bin"))


def test_rebuilding_a_whole_case_is_not_found_and_said_so(tmp_path: Path) -> None:
    case = small_case(tmp_path / "case")
    assert case.path.is_dir()
    told = [f for f in verify_case(tmp_path / "case").findings if f.severity is Severity.UNASKED]
    assert any("rebuild it whole" in f.meaning for f in told)


def test_a_line_out_of_canonical_form_in_a_sound_chain_is_found_by_canonical_alone(tmp_path: Path) -> None:
    case = Builder(tmp_path / "case")
    case.opened()
    case.add("note.added", {"text": "x", "item": None})

    def loosened(lines: list[bytes]) -> list[bytes]:
        first = lines[0].replace(b'"seq":1', b'"seq": 1')
        return [first, lines[1].replace(sha256_hex(lines[0]).encode(), sha256_hex(first).encode())]

    changed_lines(case.path, loosened)
    (case.path / "manifest.yaml").write_bytes(b"")
    found = findings(verify_case(case.path))
    assert {f.check for f in found if f.severity is Severity.BROKEN} == {"canonical"}
    assert {f.where for f in found if f.check == "canonical"} == {"line 1 at byte 0"}


def test_a_resource_in_the_wrong_place_is_found_by_structure(small: Path) -> None:
    def edit(records: list[bytes]) -> list[bytes]:
        odd = records[3].replace(b"WARC-Type: metadata", b"WARC-Type: resource").replace(b"exchange-000001", b"extra")
        other = odd.replace(b"urn:archiver:", b"urn:other:")
        return [records[0], odd, other, *records[1:]]

    repacked(small, edit)
    messages = [f.message for f in findings(verify_case(small)) if f.check == "structure"]
    assert any("an exchange follows the resources" in message for message in messages)
    assert any("urn:other:" in message for message in messages)


def test_a_digest_in_another_spelling_is_found_by_structure_alone(small: Path) -> None:
    repacked(small, replaced(b"WARC-Payload-Digest: sha256:", b"WARC-Payload-Digest: SHA-256:"))
    assert broken_checks(small) == {"structure"}
