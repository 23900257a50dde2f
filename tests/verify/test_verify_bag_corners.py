"""A bag that says too little, too much or something unknown is told from one that was changed."""

import errno
import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from bundle_kit import Files, as_folder, as_tar, as_zip, bag_files, broken, resealed, said, verified, worst
from sealed_cases import FIRST, JANES, begun, sealed_case

from archiver.bundle import room
from archiver.canon import sha256_hex
from archiver.errors import ExitCode
from archiver.model.verdict import Finding, Severity, Verdict
from archiver.verify.bag_info import MAX_TAG
from archiver.verify.bag_lists import MAX_MANIFEST

Write = Callable[[Path, Files], Path]

PAYLOAD = {"data/a.txt": b"one", "data/b.txt": b"three"}


@pytest.fixture(scope="module")
def bagged(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Our own bag of a sealed case."""
    path = tmp_path_factory.mktemp("sealed") / "case"
    sealed_case(path)
    return bag_files(path)


def listing(files: Files, algorithm: str = "sha256") -> bytes:
    return "".join(f"{hashlib.new(algorithm, data).hexdigest()}  {name}\n" for name, data in files.items()).encode()


def foreign(more: Mapping[str, bytes] = MappingProxyType({})) -> Files:
    """The least that somebody else's bag is, and `more` files by name."""
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": b"Payload-Oxum: 8.2\n",
        "manifest-sha256.txt": listing(PAYLOAD),
    }
    return {**tags, **PAYLOAD, **more}


def of(verdict: Verdict, subject: str) -> list[Finding]:
    return [f for f in verdict.findings if (f.check, f.subject) == ("contents", subject)]


def refuse(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """The disk gives no bytes of files of these names."""
    opened = os.open

    def failing(path: Any, flags: int, *args: Any, **given: Any) -> int:
        if path in names:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return opened(path, flags, *args, **given)

    monkeypatch.setattr(os, "open", failing)


def test_the_least_bag_is_not_contradicted(tmp_path: Path) -> None:
    verdict = verified(as_folder(tmp_path / "bag", foreign()))
    assert verdict.worst is Severity.UNASKED, said(verdict)


def test_a_bag_needs_no_description(tmp_path: Path) -> None:
    files = foreign()
    del files["bag-info.txt"]
    verdict = verified(as_folder(tmp_path / "bag", files))
    assert verdict.worst is Severity.UNASKED, said(verdict)


def test_a_declaration_too_large_to_be_one_is_unchecked_and_not_read(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "bag", foreign())
    os.truncate(folder / "bagit.txt", MAX_TAG + 1)
    verdict = verified(folder)
    (finding,) = (f for f in of(verdict, "bagit.txt") if f.severity is Severity.UNCHECKED)
    assert f"at most {MAX_TAG} are read" in finding.message
    assert "neither good nor bad news" in finding.meaning
    assert not broken(verdict), said(verdict)


def test_a_declaration_that_is_no_text_declares_no_bag(tmp_path: Path) -> None:
    files = foreign({"bagit.txt": b"BagIt-Version: 1.0\n\xff\xfe\n"})
    verdict = verified(as_zip(tmp_path / "x.zip", files))
    (finding,) = (f for f in of(verdict, "bagit.txt") if f.severity is Severity.BROKEN)
    assert "it does not say that this is a bag" in finding.message


@pytest.mark.parametrize("version", ["1.1", "2.0", "999.0"])
def test_a_bag_of_a_newer_version_is_unchecked_and_not_contradicted(tmp_path: Path, version: str) -> None:
    text = f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n".encode()
    verdict = verified(as_zip(tmp_path / "x.zip", foreign({"bagit.txt": text})))
    assert f"UNCHECKED contents bagit.txt : it is a bag of version {version}, which is newer" in said(verdict)
    assert not broken(verdict), said(verdict)


@pytest.mark.parametrize("version", ["0.93", "0.97", "1.0"])
def test_a_bag_of_an_older_version_is_read_as_one_of_today(tmp_path: Path, version: str) -> None:
    text = f"BagIt-Version: {version}\nTag-File-Character-Encoding: UTF-8\n".encode()
    verdict = verified(as_zip(tmp_path / "x.zip", foreign({"bagit.txt": text})))
    assert verdict.worst is Severity.UNASKED, said(verdict)


def test_a_second_manifest_of_an_unknown_kind_is_said_not_to_have_been_compared(tmp_path: Path) -> None:
    files = foreign({"manifest-crc32.txt": b"deadbeef  data/a.txt\ndeadbeef  data/b.txt\n"})
    verdict = verified(as_zip(tmp_path / "x.zip", files))
    (finding,) = (f for f in of(verdict, "manifest-crc32.txt") if f.severity is Severity.UNCHECKED)
    assert (finding.message, finding.meaning) == (
        "it is made with crc32, which is not known here",
        "it was not compared",
    )
    assert not broken(verdict), said(verdict)


def test_a_manifest_of_an_unknown_kind_hides_no_change_from_the_others(tmp_path: Path) -> None:
    files = foreign({"manifest-crc32.txt": b"deadbeef  data/a.txt\n", "data/a.txt": b"eno"})
    verdict = verified(as_zip(tmp_path / "x.zip", files))
    assert "BROKEN contents data/a.txt : its sha256 is" in said(verdict)


def test_a_second_manifest_too_large_to_be_read_is_unchecked(tmp_path: Path) -> None:
    folder = as_folder(tmp_path / "bag", foreign({"manifest-sha512.txt": b""}))
    os.truncate(folder / "manifest-sha512.txt", MAX_MANIFEST + 1)
    verdict = verified(folder)
    (finding,) = (f for f in of(verdict, "manifest-sha512.txt") if f.severity is Severity.UNCHECKED)
    assert f"at most {MAX_MANIFEST} are read" in finding.message
    assert not broken(verdict), said(verdict)


def test_a_second_manifest_that_the_disk_does_not_give_is_unchecked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = as_folder(tmp_path / "bag", foreign({"manifest-sha512.txt": listing(PAYLOAD, "sha512")}))
    assert verified(folder).worst is Severity.UNASKED
    refuse(monkeypatch, "manifest-sha512.txt")
    verdict = verified(folder)
    assert "UNCHECKED contents manifest-sha512.txt" in said(verdict)
    assert not broken(verdict), said(verdict)


@pytest.mark.parametrize("blank", [b"\n", b"  \t\n", b"\r\n\r\n"])
def test_blank_lines_in_a_manifest_mean_nothing(tmp_path: Path, blank: bytes) -> None:
    first, second = listing(PAYLOAD).splitlines(keepends=True)
    files = foreign({"manifest-sha256.txt": blank + first + blank + second + blank})
    verdict = verified(as_zip(tmp_path / "x.zip", files))
    assert verdict.worst is Severity.UNASKED, said(verdict)


def test_a_blank_line_does_not_shift_where_a_bad_one_is_said_to_be(tmp_path: Path) -> None:
    files = foreign({"manifest-sha256.txt": b"\n" + listing(PAYLOAD) + b"\nnothing\n"})
    (finding,) = (f for f in of(verified(as_zip(tmp_path / "x.zip", files)), "manifest-sha256.txt") if f.where)
    assert (finding.severity, finding.where) == (Severity.BROKEN, "line 5")
    assert "is no digest and name" in finding.message


def test_a_file_that_only_some_manifests_list_is_contradicted(tmp_path: Path) -> None:
    """RFC 8493 wants every manifest to list every file: who takes one name out of one list is seen."""
    some = {"data/a.txt": PAYLOAD["data/a.txt"]}
    files = foreign({"manifest-sha512.txt": listing(some, "sha512"), "manifest-sha384.txt": listing(some, "sha384")})
    verdict = verified(as_zip(tmp_path / "x.zip", files))
    assert not of(verdict, "data/a.txt"), said(verdict)
    (finding,) = of(verdict, "data/b.txt")
    assert finding.severity is Severity.BROKEN
    assert finding.message == "the manifest made with sha384, sha512 does not list it, and another does"


def test_a_listed_file_that_the_disk_does_not_give_is_unchecked_and_not_contradicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = as_folder(tmp_path / "bag", foreign())
    refuse(monkeypatch, "a.txt")
    verdict = verified(folder)
    (finding,) = of(verdict, "data/a.txt")
    assert finding.severity is Severity.UNCHECKED
    assert os.strerror(errno.EIO).lower() in finding.message
    assert finding.meaning == "its content could not be checked; that is neither good nor bad news about it"
    assert not broken(verdict), said(verdict)


def test_a_description_that_cannot_be_read_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = foreign()
    tags = {name: data for name, data in files.items() if not name.startswith("data/")}
    folder = as_folder(tmp_path / "bag", {**files, "tagmanifest-sha256.txt": listing(tags)})
    assert verified(folder).worst is Severity.UNASKED
    refuse(monkeypatch, "bag-info.txt")
    verdict = verified(folder)
    (finding,) = of(verdict, "bag-info.txt")
    assert finding.severity is Severity.UNCHECKED
    assert not broken(verdict), said(verdict)


@pytest.mark.parametrize("form", [as_zip, as_tar])
def test_a_packed_case_without_room_to_unpack_it_is_unchecked_and_its_lists_compared(
    tmp_path: Path, bagged: Files, monkeypatch: pytest.MonkeyPatch, form: Write
) -> None:
    path = form(tmp_path / "export", bagged)
    monkeypatch.setattr(room, "RESERVE", 1 << 62)
    verdict = verified(path)
    (finding,) = (f for f in verdict.findings if f.check == "layout")
    assert finding.severity is Severity.UNCHECKED
    assert "would have to be unpacked" in finding.message
    assert "neither good nor bad news" in finding.meaning
    assert worst(verdict, "contents") is Severity.OK
    assert dict(verdict.counts)["files"] == len(bagged)
    assert not {"chain", "files", "seals"} & {f.check for f in verdict.findings if f.severity is Severity.OK}


def set_aside(path: Path, *names: str) -> None:
    """A sealed case in which recovery set files aside."""
    case = begun(path)
    actions = []
    for name in names:
        aside = f"quarantine/{case.state.seq + 1:06d}-{name}"
        (path / aside).write_bytes(b"half a page")
        digest = {"size": 11, "sha256": sha256_hex(b"half a page")}
        actions.append({"action": "quarantined", "path": f"evidence/000/{name}", "to": aside, **digest})
    case.add("incident.recovered", {"actions": actions, "software": "archiver 0.1.0"})
    case.seal(JANES, FIRST)


@pytest.mark.parametrize("form", [as_folder, as_zip])
def test_what_an_export_leaves_out_of_quarantine_is_one_note(tmp_path: Path, form: Write) -> None:
    set_aside(tmp_path / "case", "000002.1.part", "000003.1.part")
    verdict = verified(form(tmp_path / "export", bag_files(tmp_path / "case")))
    (finding,) = (f for f in verdict.findings if "set aside" in f.message)
    assert (finding.check, finding.severity) == ("files", Severity.NOTE)
    assert finding.message == "2 files that recovery set aside are not here: an export leaves them out"
    assert not broken(verdict), said(verdict)


def test_a_case_in_an_archive_that_is_no_export_misses_its_quarantine(tmp_path: Path) -> None:
    """Only an export may leave it out: a copy of the case may not."""
    case = tmp_path / "case"
    set_aside(case, "000002.1.part")
    files = {str(path.relative_to(case)): path.read_bytes() for path in sorted(case.rglob("*")) if path.is_file()}
    assert not broken(verified(as_zip(tmp_path / "whole.zip", files)))
    kept = {name: data for name, data in files.items() if not name.startswith("quarantine/")}
    verdict = verified(as_zip(tmp_path / "cut.zip", kept))
    assert "what recovery set aside is missing" in said(verdict, "files")
    assert broken(verdict) == {"files"}, said(verdict)


def test_a_file_put_into_the_quarantine_of_an_export_is_held_against_the_log(tmp_path: Path) -> None:
    case = tmp_path / "case"
    set_aside(case, "000002.1.part")
    (aside,) = (case / "quarantine").iterdir()
    files = resealed({**bag_files(case), f"data/quarantine/{aside.name}": b"half a lie."})
    verdict = verified(as_zip(tmp_path / "x.zip", files))
    assert "contents" not in broken(verdict), said(verdict)
    assert "files" in broken(verdict), said(verdict)


@pytest.mark.parametrize("name", ["manifest-sha3256.txt", "manifest-sha3_256.txt", "manifest-blake2b.txt"])
def test_a_bag_whose_only_manifest_is_of_an_unknown_kind_is_unchecked_and_not_accused(
    tmp_path: Path, name: str
) -> None:
    files = foreign({name: listing(PAYLOAD)})
    del files["manifest-sha256.txt"]
    verdict = verified(as_folder(tmp_path / "bag", files))
    assert worst(verdict, "contents") is Severity.UNCHECKED


def test_a_stated_size_in_a_file_that_is_too_large_to_read_is_said_to_be_unchecked(tmp_path: Path) -> None:
    files = foreign({"bag-info.txt": b"Payload-Oxum: 1.1\n" + b"X: y\n" * MAX_TAG})
    verdict = verified(as_folder(tmp_path / "bag", files))
    assert worst(verdict, "contents") is Severity.UNCHECKED
    assert of(verdict, "bag-info.txt")


def test_a_manifest_of_an_unknown_kind_beside_a_good_one_hides_no_file(tmp_path: Path) -> None:
    files = foreign({"data/added.txt": b"x", "manifest-blake2b.txt": b"00000000  data/added.txt\n"})
    verdict = verified(as_folder(tmp_path / "bag", files))
    assert [finding.severity for finding in of(verdict, "data/added.txt")] == [Severity.BROKEN]


@pytest.mark.parametrize("name", ["data/evidence/000/000001.warc.gz", "data/manifest.yaml"])
@pytest.mark.parametrize("base", ["", "bag/"])
def test_a_file_packed_in_a_way_that_is_not_read_here_is_neither_missing_nor_changed(
    tmp_path: Path, bagged: Files, name: str, base: str
) -> None:
    path = tmp_path / "bag.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for each, data in sorted(bagged.items()):
            how = zipfile.ZIP_LZMA if each == name else zipfile.ZIP_STORED
            packed.writestr(zipfile.ZipInfo(f"{base}{each}"), data, how)
    verdict = verified(path)
    assert broken(verdict) == set(), said(verdict)
    unchecked = {finding.check for finding in verdict.findings if finding.severity is Severity.UNCHECKED}
    assert {"container", "files" if "evidence" in name else "manifest"} <= unchecked, said(verdict)
    assert verdict.exit_code() is ExitCode.UNCHECKED
