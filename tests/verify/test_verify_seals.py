"""Each seal is made again from the log and the files, and whatever differs is found and named."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from sealed_cases import (
    FIRST,
    JANES,
    SECOND,
    Facts,
    Sealer,
    begun,
    frontier,
    known,
    sealed_case,
    subtree,
    told,
)
from verify_cases import findings, log_lines, rewrite, small_case, text_of

from archiver.canon import Json, sha256_hex
from archiver.custody.manifest import block_head
from archiver.custody.read import Snapshot
from archiver.custody.receipt import Receipt
from archiver.errors import CaseError
from archiver.model.verdict import Severity
from archiver.pipeline.cases import init_case
from archiver.runtime import system_runtime
from archiver.verify.beside import Beside
from archiver.verify.report import SEALED
from archiver.verify.run import verify_case

ZEROS = "0" * 64


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sealed_case(tmp_path_factory.mktemp("sealed") / "case").path


@pytest.fixture
def case(master: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(master, tmp_path / "case"))


def broken(path: Path, check: str = "seals") -> str:
    """What `check` finds broken, finding by finding; the case as a whole is contradicted."""
    verdict = known(path)
    assert verdict.exit_code() == 8, text_of(verdict)
    return "\n".join(
        f"{f.subject} {f.where}: {f.message}"
        for f in verdict.findings
        if f.check == check and f.severity is Severity.BROKEN
    )


def test_a_sound_sealed_case_leaves_nothing_open_to_whoever_knows_signer_authorities_and_receipt(case: Path) -> None:
    receipt = Receipt.parse(log_lines(case)[9]["data"]["receipt"])
    verdict = known(case, expect=receipt)
    assert verdict.exit_code(strict=True) == 0, text_of(verdict)
    assert {f.check for f in verdict.findings if f.severity is Severity.OK} >= set(SEALED)
    assert (dict(verdict.counts)["seals"], dict(verdict.counts)["stamps"]) == (2, 5)


def test_without_any_of_these_it_says_what_was_not_asked(case: Path) -> None:
    verdict = verify_case(case)
    assert (verdict.exit_code(), verdict.exit_code(strict=True)) == (0, 9)
    assert {f.check for f in findings(verdict, Severity.UNASKED)} == {"signatures", "tokens", "receipt"}
    assert all(f.meaning for f in findings(verdict, Severity.UNASKED))


def test_each_of_the_checks_can_be_asked_for_alone(case: Path, tmp_path: Path) -> None:
    small_case(tmp_path / "bare")
    for check in SEALED:
        for path in (case, tmp_path / "bare"):
            assert {finding.check for finding in verify_case(path, only=check).findings} == {check}


def test_a_case_without_seals_says_what_it_always_said(tmp_path: Path) -> None:
    small_case(tmp_path / "bare")
    said = [f.message for f in findings(verify_case(tmp_path / "bare"), Severity.UNASKED)]
    assert said == [
        "no receipt was given, so nobody can know from this folder whether this is its newest state",
        "this case carries no seals: no signature and no time stamp of somebody else is in it",
    ]


def test_lines_since_the_last_seal_are_counted_without_those_about_seals(case: Path) -> None:
    assert "1 line since the last seal is covered by no seal" in told(known(case), "seals")


# the text of a seal


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("case", "urn:uuid:00000000-0000-4000-8000-000000000000", "its line 'case' says urn:uuid:00000000"),
        ("seal", 3, "its line 'seal' says 3, and 2 belongs there"),
        ("previous-seal-sha256", "ab" * 32, "its line 'previous-seal-sha256' says abab"),
        ("log-entries", "4-5", "it is not the text of a seal: tree-frontier"),
        ("log-offset", 7, "its line 'log-offset' says 7"),
        ("log-length", 7, "log lines 5 to 8 are not those that were sealed"),
        ("log-sha256", "cd" * 32, "log lines 5 to 8 are not those that were sealed"),
        ("log-head", "cd" * 32, "its line 'log-head' says 'cdcd"),
        ("tree-root", "cd" * 32, "tree-root is not that of tree-frontier"),
        ("entries-sha256", "cd" * 32, "its line 'entries-sha256' says 'cdcd"),
        ("files-sha256", "cd" * 32, "it names other lists of entries or files than log line 9"),
        ("manifest-offset", 7, "it seals manifest.yaml from byte 7 on, and the seal before ended at byte"),
        ("manifest-offset", 10**6, "it seals manifest.yaml from byte 1000000 on, and the seal before ended at byte"),
        ("manifest-length", 7, "what seal 2 covers of it is not what was sealed"),
        ("manifest-sha256", "cd" * 32, "what seal 2 covers of it is not what was sealed"),
    ],
)
def test_a_seal_that_says_anything_but_what_the_log_yields_is_found(
    tmp_path: Path, name: str, value: object, said: str
) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST)
    case.page("http://b.example/")
    case.note()
    case.seal(JANES, FIRST, facts=lambda facts: {**facts, name: value})
    assert said in broken(case.path)


def test_a_tree_of_other_lines_is_found(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")

    def other(facts: Facts) -> Facts:
        leaves = [b"x\n"] * len(case.lines)
        return {**facts, "tree-root": subtree(leaves).hex(), "tree-frontier": ",".join(frontier(leaves))}

    case.seal(JANES, FIRST, facts=other)
    assert "its line 'tree-root' says" in broken(case.path)
    assert "its line 'tree-frontier' says" in broken(case.path)


def test_a_seal_over_fewer_lines_than_there_are_is_found(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    text = case.note
    text()
    case.seal(JANES, FIRST)
    text()
    case.covered, case.manifest = case.covered + 1, case.manifest + 1
    case.seal(JANES, FIRST)
    said = broken(case.path)
    assert "log lines 7 to 7 are not those that were sealed" in said


def test_a_seal_of_a_part_of_the_manifest_is_found(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    first = (case.path / "manifest.yaml").read_bytes().index(b"\n- ", 3000) + 1

    def shorter(facts: Facts) -> Facts:
        part = (case.path / "manifest.yaml").read_bytes()[:first]
        return {**facts, "manifest-length": first, "manifest-sha256": sha256_hex(part)}

    case.seal(JANES, FIRST, facts=shorter)
    assert "it seals manifest.yaml up to the entry of line" in broken(case.path)


def test_a_seal_that_names_another_signer_than_the_log_is_found(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, facts=lambda facts: {**facts, "signer": "mallory"})
    assert "it names the signer 'mallory', and log line 5 'jane.doe@example.org'" in broken(case.path, "signatures")


def test_sums_of_other_files_are_found(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    case.note()

    def swapped(data: Facts) -> Facts:
        return {**data, "sums": case.file("seals/000002.sums", b"ab" * 32 + b"  000001.seal\n")}

    case.seal(JANES, data=swapped)
    assert "seals/000002.sums : it does not list the seal and its signature" in broken(case.path)


@pytest.mark.parametrize("stated", ["2026-11-22T06:50:00Z", "-"])
def test_a_receipt_on_the_record_with_another_time_than_the_stamps_is_found(tmp_path: Path, stated: str) -> None:
    case = begun(tmp_path / "case")

    def backdated(data: Facts) -> Facts:
        words = data["receipt"].split(" ")
        return {**data, "receipt": " ".join([*words[:4], stated, *words[5:]])}

    case.seal(JANES, FIRST, data=backdated)
    assert "the receipt on the record states the time" in broken(case.path)


def test_an_event_that_names_the_file_of_another_seal_is_found(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    case.note()
    one = case.seals[0].data
    event = {**one, "seal": 2}
    case.state.sealed.completed.clear()
    rewrite_with(case, event)
    said = broken(case.path)
    assert "seals/000002.seal : log line 7 records 'seals/000001.seal' where this file belongs" in said


def rewrite_with(case: Sealer, data: Facts) -> None:
    rewrite(case.path, lambda events: events.append({**events[4], "data": data}))


def test_a_seal_told_twice_is_found(case: Path) -> None:
    rewrite(case, lambda events: events.append(events[4]))
    assert "records it a second time" in broken(case)


def test_a_file_that_many_events_name_is_read_once(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite(case, lambda events: events.extend(events[4] for _ in range(50)))
    opened: list[str] = []
    real = Snapshot.open_file

    def counted(self: Snapshot, path: str) -> BinaryIO:
        opened.append(path)
        return real(self, path)

    monkeypatch.setattr(Snapshot, "open_file", counted)
    assert known(case).exit_code() == 8
    assert opened.count("seals/000001.seal") == 1
    assert opened.count("manifest.yaml") < 5


def test_a_receipt_that_is_none_is_left_to_the_check_of_the_log(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    rewrite(case.path, lambda events: events[4]["data"].update(receipt="none"))
    assert "receipt" not in broken(case.path)
    assert "the receipt of seal 1 does not say what this line says" in broken(case.path, "canonical")


def test_an_event_without_its_members_is_left_to_the_check_of_the_log(case: Path) -> None:
    rewrite(case, lambda events: events[4]["data"].pop("file"))
    assert "file is missing" in broken(case, "canonical")


# the lines under a seal


def test_an_edited_line_is_named_by_the_seal_that_covers_it_and_by_no_other(case: Path) -> None:
    log = case / "custody.jsonl"
    lines = log.read_bytes().split(b"\n")
    lines[6] = lines[6].replace(b"http://b.example/y", b"http://b.example/x")
    log.write_bytes(b"\n".join(lines))
    said = broken(case)
    assert "seals/000002.seal : log lines 5 to 9 are not those that were sealed" in said
    assert "the first that differs is line 7" in said
    assert "000001.seal" not in said


def test_a_line_cut_out_shows_at_its_own_seal_alone(case: Path) -> None:
    log = case / "custody.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:1] + lines[2:]))
    said = broken(case)
    assert "seals/000001.seal : log lines 1 to 4 are not those that were sealed" in said
    assert "the first that differs is line 2" in said
    assert "000002.seal" not in said


def test_lines_added_before_the_end_of_a_seal_are_named_as_more(case: Path) -> None:
    log = case / "custody.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:4], lines[12], *lines[4:]]))
    assert "there are more of them now" in broken(case)


def test_lines_gone_from_the_end_of_a_seal_are_named_as_gone(case: Path) -> None:
    log = case / "custody.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:3], *lines[4:]]))
    assert "the last of them are gone" in broken(case)


def test_without_the_list_of_entries_no_place_is_named(case: Path) -> None:
    log = case / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b"http://a.example/x", b"http://a.example/y"))
    (case / "seals/000001.entries.sha256").write_bytes(b"")
    said = broken(case)
    assert "log lines 1 to 4 are not those that were sealed" in said
    assert "differs" not in said


def test_a_manifest_edited_under_a_seal_is_found_by_the_seal_as_well(case: Path) -> None:
    manifest = case / "manifest.yaml"
    manifest.write_bytes(manifest.read_bytes().replace(b"http://a.example/x", b"http://a.example/y", 1))
    said = broken(case)
    assert "manifest.yaml bytes 0 to" in said
    assert "what seal 1 covers of it is not what was sealed on" in said
    assert "seal 2" not in said


def test_a_manifest_that_is_gone_leaves_the_rest_of_the_seals_judged(case: Path) -> None:
    (case / "manifest.yaml").unlink()
    verdict = known(case)
    assert "UNCHECKED manifest.yaml" in told(verdict, "seals")
    assert "BROKEN" not in told(verdict, "seals")


# the files beside it


SIDE = ("seal", "seal.sig", "sums", "entries.sha256", "files.sha256", "first.tsq", "first.tsr", "first.2.tsr")


@pytest.mark.parametrize("name", [f"seals/000001.{suffix}" for suffix in SIDE] + ["trust"])
def test_a_file_beside_the_log_that_is_missing_is_named_with_the_line_that_recorded_it(case: Path, name: str) -> None:
    path = next((case / "trust").iterdir()) if name == "trust" else case / name
    path.unlink()
    assert f"{path.relative_to(case)} : the file that log line" in broken(case)


@pytest.mark.parametrize("name", [f"seals/000001.{suffix}" for suffix in SIDE])
def test_a_file_beside_the_log_that_grew_is_found(case: Path, name: str) -> None:
    with (case / name).open("ab") as file:
        file.write(b"\n")
    assert f"{name} : it is not " in broken(case)


@pytest.mark.parametrize("suffix", ["seal", "seal.sig", "sums", "files.sha256", "entries.sha256"])
def test_converted_line_ends_are_called_that(case: Path, suffix: str) -> None:
    path = case / f"seals/000001.{suffix}"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    said = broken(case)
    assert f"seals/000001.{suffix} : its line endings were changed from LF to CR LF" in said
    assert "\n" not in said


def test_changed_line_endings_of_a_whole_case_accuse_nobody_of_more(case: Path) -> None:
    for path in (*case.glob("seals/*"), *case.glob("trust/*"), case / "custody.jsonl"):
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    verdict = known(case)
    assert "BROKEN" not in told(verdict, "signatures") + told(verdict, "tokens")
    assert told(verdict, "seals").count("BROKEN") == told(verdict, "seals").count("its line endings were changed")


def test_a_changed_line_is_named_beside_changed_line_endings(case: Path) -> None:
    rewrite(case, lambda events: events[1].update(actor="Eve"))
    entries = case / "seals/000001.entries.sha256"
    entries.write_bytes(entries.read_bytes().replace(b"\n", b"\r\n"))
    assert "the first that differs is line 2" in broken(case)


def test_line_endings_are_told_wherever_the_file_is_read_in_pieces() -> None:
    class Pieces:
        def chunks(self, name: str, limit: int) -> Iterator[bytes]:
            return (bytes((byte,)) for byte in b"a\r\nb\rc\r\n\r")

    facts: Json = {"path": "x", "size": 7, "sha256": sha256_hex(b"a\nb\rc\n\r")}
    beside = Beside(cast("Snapshot", Pieces()))
    found = beside.read(facts, "x", 1)
    assert (found.data, found.intact) == (b"a\nb\rc\n\r", True)
    assert "line endings" in beside.taken()[0].message


def test_a_file_beside_the_log_that_is_huge_is_found_and_not_held(case: Path) -> None:
    with (case / "seals/000001.seal").open("r+b") as file:
        file.truncate(1 << 34)
    gc.collect()
    assert "seals/000001.seal : it is not " in broken(case)


@pytest.mark.parametrize("suffix", ["seal", "seal.sig", "sums", "entries.sha256", "first.tsr"])
def test_a_pipe_in_the_place_of_such_a_file_is_unchecked_there_and_contradicts_the_layout(
    case: Path, suffix: str
) -> None:
    path = case / f"seals/000001.{suffix}"
    path.unlink()
    os.mkfifo(path)
    verdict = known(case)
    assert f"UNCHECKED seals/000001.{suffix}" in told(verdict, "seals")
    assert "it is neither a file nor a folder" in told(verdict, "layout")
    assert verdict.exit_code() == 8


@pytest.mark.parametrize(
    "name",
    [
        "seals/000002.seal.bak",
        "seals/000004.seal",
        "seals/000001.third.tsr",
        "seals/000001.first.3.tsr",
        "seals/000001.seal.part",
        "seals/notes.txt",
        "trust/allowed_signers",
        "trust/0123456789abcdef.allowed_signers",
        "trust/0123456789abcdef.allowed_signers.part",
    ],
)
def test_a_file_added_to_seals_or_trust_is_found(case: Path, name: str) -> None:
    (case / name).write_bytes(b"x")
    assert name in broken(case, "layout")


# what a stopped writer leaves


def orphans(path: Path) -> Path:
    """A case of which the last line, that of seal 2, was never written."""
    case = begun(path)
    case.seal(JANES, FIRST, SECOND)
    case.note()
    log, manifest = (path / "custody.jsonl").read_bytes(), (path / "manifest.yaml").read_bytes()
    case.seal(JANES, FIRST, SECOND)
    (path / "custody.jsonl").write_bytes(log)
    (path / "manifest.yaml").write_bytes(manifest)
    return path


def test_files_of_the_next_seal_are_consistent_with_an_interrupted_write(tmp_path: Path) -> None:
    path = orphans(tmp_path / "case")
    (path / "seals/000002.first.2.tsr.part").write_bytes(b"x")
    verdict = known(path)
    assert verdict.exit_code() == 9, text_of(verdict)
    assert {f.message for f in findings(verdict)} == {"it is consistent with an interrupted write"}


def test_files_of_a_token_or_key_are_that_after_a_writer_that_did_not_end_well(case: Path) -> None:
    (case / "seals/000001.third.tsr").write_bytes(b"x")
    (case / "trust/0123456789abcdef.allowed_signers.part").write_bytes(b"x")
    (case / ".lock").write_text('{"pid":1,"since":"2026-11-22T06:55:58.854810Z"}\n')
    assert known(case).exit_code() == 9


def cut(path: Path, lines: int) -> None:
    """Cut the log and the manifest after so many lines."""
    log = path / "custody.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:lines]))
    manifest = (path / "manifest.yaml").read_bytes()
    at = [0]
    while (found := manifest.find(b"\n- ", at[-1])) >= 0:
        at.append(found + 1)
    end = next((place for place in at if (block_head(manifest[place:]) or (0,))[0] == lines + 1), len(manifest))
    (path / "manifest.yaml").write_bytes(manifest[:end])


def test_a_log_cut_below_what_an_unrecorded_seal_covers_is_found(tmp_path: Path) -> None:
    path = orphans(tmp_path / "case")
    cut(path, 5)
    assert "it covers the log up to line 6, and the log ends with line 5" in broken(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (lambda data: b"x", "it is not the text of a seal"),
        (lambda data: data.replace(b"seal: 2", b"seal: 4"), "it is not the next seal of this log"),
        (lambda data: data.replace(b"log-sha256: ", b"log-sha256: 0")[:-2], "it is not the text of a seal"),
    ],
)
def test_an_unrecorded_seal_that_no_writer_left_is_found(
    tmp_path: Path, text: Callable[[bytes], bytes], said: str
) -> None:
    path = orphans(tmp_path / "case")
    seal = path / "seals/000002.seal"
    seal.write_bytes(text(seal.read_bytes()))
    assert said in broken(path)


def test_an_unrecorded_seal_over_other_lines_is_found(tmp_path: Path) -> None:
    path = orphans(tmp_path / "case")
    rewrite(path, lambda events: events[5]["data"].update(text="nothing was seen"))
    said = broken(path)
    assert "no line of the log records it, and lines 5 to 6 are not what it sealed" in said


def unreadable(monkeypatch: pytest.MonkeyPatch, name: str, after: int = 0) -> None:
    """Let the system refuse to open a file of this name, after it has been opened so many times."""
    opened = []
    real = Snapshot.open_file

    def refuse(self: Snapshot, path: str) -> BinaryIO:
        opened.append(path)
        if path == name and opened.count(name) > after:
            raise CaseError("unreadable", f"{path!r}: could not be read: permission denied")
        return real(self, path)

    monkeypatch.setattr(Snapshot, "open_file", refuse)


def test_an_unrecorded_seal_that_cannot_be_read_is_unchecked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = orphans(tmp_path / "case")
    unreadable(monkeypatch, "seals/000002.seal")
    assert "UNCHECKED seals/000002.seal" in told(known(path), "seals")


def test_a_seal_that_cannot_be_read_is_unchecked_and_the_next_one_judged(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable(monkeypatch, "seals/000001.seal")
    verdict = known(case)
    assert verdict.exit_code() == 9, text_of(verdict)
    assert "UNCHECKED seals/000001.seal" in told(verdict, "seals")
    assert "UNCHECKED seals/000001.seal.sig" in told(verdict, "signatures")


def test_a_list_of_entries_that_cannot_be_read_again_names_no_place(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = case / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b"http://a.example/x", b"http://a.example/y"))
    unreadable(monkeypatch, "seals/000001.entries.sha256", after=1)
    said = broken(case)
    assert "log lines 1 to 4 are not those that were sealed" in said
    assert "differs" not in said


# formats to come


def test_seals_in_a_case_of_a_newer_format_are_never_called_contradicted(case: Path) -> None:
    rewrite(case, lambda events: events[0]["data"].update(format="archiver-case/2"))
    verdict = known(case)
    assert "BROKEN" not in told(verdict, "seals") + told(verdict, "signatures") + told(verdict, "tokens")
    assert verdict.exit_code() == 9 or "chain" in {f.check for f in findings(verdict, Severity.BROKEN)}


def test_a_log_of_a_newer_format_is_not_said_to_carry_no_seals(case: Path) -> None:
    rewrite_versions(case)
    assert "carries no seals" not in text_of(known(case))


def rewrite_versions(case: Path) -> None:
    log = case / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"v":1}', b'"v":2}'))


def test_signers_and_roots_named_for_a_case_without_seals_are_not_passed_over(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    init_case(plain, title="T", collector="J. Doe", runtime=system_runtime())
    verdict = known(plain)
    assert "you named signers, and nobody signed here" in told(verdict, "signatures")
    assert "no seal is stamped here" in told(verdict, "tokens")
    assert verdict.exit_code() == 9
    assert verify_case(plain).exit_code() == 0
