"""Rare turns of a disclosure: lists of no form, lines that tell of other things, files that change meanwhile."""

import errno
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from bundle_kit import Files, as_folder, as_zip, broken, disclosed_files, resealed, said, verified
from sealed_cases import FIRST, JANES, begun, both, sealed_case

from archiver.bundle.folder import Folder
from archiver.bundle.zip import Zip
from archiver.canon import dumps
from archiver.custody.events import interrupted
from archiver.errors import CaseError
from archiver.model.verdict import Severity, Verdict

KNOWN = {"signers": JANES.allowed(), "roots": both}
EXHIBIT = "evidence/000/000001.warc.gz"
SEAL, ENTRIES = "seals/000001.seal", "seals/000001.entries.sha256"
ENOUGH = 64  # pieces that no reading of a seal needs


@pytest.fixture(scope="module")
def disclosed(tmp_path_factory: pytest.TempPathFactory) -> Files:
    path = tmp_path_factory.mktemp("sealed") / "case"
    sealed_case(path)
    return disclosed_files(path, 1, 3)


def stated(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    """A disclosure whose statement says something else, in its one form and listed anew."""
    statement = json.loads(files["disclosure.json"])
    change(statement)
    return resealed({**files, "disclosure.json": dumps(statement) + b"\n"})


def line_of(files: Files, event: str, item: int) -> str:
    found = {name: json.loads(data) for name, data in files.items() if name.startswith("lines/")}
    return next(n for n, line in found.items() if (line["event"], line["data"].get("item")) == (event, item))


def retold(files: Files, name: str, change: Callable[[dict[str, Any]], object]) -> Files:
    """A disclosure in which what a line says was changed, in its one form and listed anew."""
    line = json.loads(files[name])
    change(line["data"])
    return resealed({**files, name: dumps(line) + b"\n"})


def zipped(tmp_path: Path, files: Files) -> Verdict:
    return verified(as_zip(tmp_path / "x.zip", files), **KNOWN)


def first_hash(files: Files) -> bytes:
    return files["SHA256SUMS"].splitlines(keepends=True)[0]


SUMS: dict[str, Callable[[Files], bytes]] = {
    "no-digest": lambda files: b"trust me\n",
    "short-digest": lambda files: b"ab  more.txt\n",
    "control-characters": lambda files: b"\x1b[2J\xff\n",
    "a-file-twice": first_hash,
    "itself": lambda files: b"0" * 64 + b"  SHA256SUMS\n",
}


@pytest.mark.parametrize("name", SUMS)
def test_a_line_of_the_list_that_names_no_file_of_its_own_is_contradicted(
    tmp_path: Path, disclosed: Files, name: str
) -> None:
    count = disclosed["SHA256SUMS"].count(b"\n")
    verdict = zipped(tmp_path, {**disclosed, "SHA256SUMS": disclosed["SHA256SUMS"] + SUMS[name](disclosed)})
    assert broken(verdict) == {"contents"}, said(verdict)
    assert f"BROKEN contents SHA256SUMS line {count + 1}: it is not the digest" in said(verdict, "contents")
    assert "\x1b" not in said(verdict)


def test_a_statement_that_does_not_end_with_lf_is_contradicted(tmp_path: Path, disclosed: Files) -> None:
    changed = {**disclosed, "disclosure.json": disclosed["disclosure.json"].rstrip(b"\n")}
    verdict = zipped(tmp_path, resealed(changed))
    assert broken(verdict) == {"lines"}, said(verdict)
    assert "it does not end with LF" in said(verdict, "lines")


@pytest.mark.parametrize("case", [None, 7, ["urn:uuid:x"]])
def test_a_statement_that_names_no_case_is_contradicted_and_leads_to_nothing(
    tmp_path: Path, disclosed: Files, case: object
) -> None:
    verdict = zipped(tmp_path, stated(disclosed, lambda s: s.update(case=case)))
    assert broken(verdict) == {"lines"}, said(verdict)
    assert "it names no case" in said(verdict, "lines")
    assert dict(verdict.counts).keys() == {"files", "bytes"}


def test_a_line_that_is_told_of_twice_is_contradicted_and_counted_once(tmp_path: Path, disclosed: Files) -> None:
    number = json.loads(disclosed["disclosure.json"])["lines"][0]["line"]
    verdict = zipped(tmp_path, stated(disclosed, lambda s: s["lines"].append(s["lines"][0])))
    assert broken(verdict) == {"lines"}, said(verdict)
    assert f"it tells of line {number} twice" in said(verdict, "lines")
    assert dict(verdict.counts)["lines"] == 4


@pytest.mark.parametrize("member", ["file", "proof"])
@pytest.mark.parametrize("path", ["../../etc/passwd", EXHIBIT, None])
def test_a_line_in_another_file_than_its_own_is_not_read(
    tmp_path: Path, disclosed: Files, member: str, path: str | None
) -> None:
    verdict = zipped(tmp_path, stated(disclosed, lambda s: s["lines"][0].update({member: path})))
    assert "lines" in broken(verdict), said(verdict)
    assert "or of other files than its own" in said(verdict, "lines")
    assert dict(verdict.counts)["lines"] == 3


@pytest.mark.parametrize("change", [lambda data: data.pop("records"), lambda data: data.update(file=EXHIBIT)])
def test_a_line_of_no_shape_tells_nothing_of_its_item(
    tmp_path: Path, disclosed: Files, change: Callable[[dict[str, Any]], object]
) -> None:
    name = line_of(disclosed, "item.captured", 1)
    verdict = zipped(tmp_path, retold(disclosed, name, change))
    assert f"BROKEN lines {name} : it is not what such a line says: " in said(verdict, "lines")
    assert "the one with its outcome, is not there" in said(verdict, "lines")


def test_a_note_about_a_disclosed_item_is_one_more_proved_line(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.add("note.added", {"text": "seen by two", "item": 1})
    case.seal(JANES, FIRST)
    files = disclosed_files(tmp_path / "case", 1)
    assert line_of(files, "note.added", 1)
    verdict = zipped(tmp_path, files)
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert "3 lines of the log, each in the list of entries" in said(verdict, "lines")


def test_an_item_without_a_file_is_disclosed_by_its_lines(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.add(*interrupted(case.requested("http://d.example/"), reason="found open after a crash"))
    case.seal(JANES, FIRST)
    files = disclosed_files(tmp_path / "case", 2)
    assert not any(name.startswith("evidence/") for name in files)
    verdict = zipped(tmp_path, files)
    assert verdict.worst is Severity.UNASKED, said(verdict)
    counts = dict(verdict.counts)
    assert (counts["items"], counts["lines"], counts["records"]) == (1, 2, 0)


def test_an_outcome_that_names_another_request_is_contradicted(tmp_path: Path, disclosed: Files) -> None:
    name = line_of(disclosed, "item.captured", 1)
    verdict = zipped(tmp_path, retold(disclosed, name, lambda data: data.update(requested=data["requested"] + 1)))
    assert f"BROKEN lines {name} : item 1 was requested on another line than it says" in said(verdict, "lines")


@pytest.mark.parametrize("path", ["evidence/000/000003.warc.gz", "../../../etc/passwd", "disclosure.json"])
def test_an_outcome_that_names_the_file_of_something_else_has_no_evidence(
    tmp_path: Path, disclosed: Files, path: str
) -> None:
    name = line_of(disclosed, "item.captured", 1)
    verdict = zipped(tmp_path, retold(disclosed, name, lambda data: data["file"].update(path=path)))
    assert f"BROKEN lines {name} : it names '{path}' where item 1 belongs" in said(verdict, "lines")
    assert dict(verdict.counts)["records"] < dict(zipped(tmp_path, disclosed).counts)["records"]


def test_a_line_under_a_seal_that_does_not_cover_it_is_not_proved(tmp_path: Path, disclosed: Files) -> None:
    verdict = zipped(tmp_path, stated(disclosed, lambda s: s["lines"][-1].update(seal=1)))
    assert broken(verdict) == {"lines"}, said(verdict)
    assert "seal 1 covers lines 1 to 4, and not this one" in said(verdict, "lines")


@pytest.mark.parametrize("seal", [9, None, "1"])
def test_a_line_under_a_seal_that_is_not_there_is_not_proved(tmp_path: Path, disclosed: Files, seal: object) -> None:
    verdict = zipped(tmp_path, stated(disclosed, lambda s: s["lines"][0].update(seal=seal)))
    assert broken(verdict) == {"lines"}, said(verdict)
    assert "under which it is said to be, cannot be" in said(verdict, "lines")


class Failing(io.BytesIO):
    """A file that the disk stopped giving bytes of."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(errno.EIO, "input/output error")


@pytest.mark.parametrize("gone", [True, False])
def test_a_list_of_entries_that_fails_when_it_is_read_again_proves_no_line(
    tmp_path: Path, disclosed: Files, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    """It was there when its hash was taken, and is gone, or not readable, when a line is looked up in it."""
    honest = Zip.open_file

    def open_file(self: Zip, path: str) -> BinaryIO:
        if not path.endswith(ENTRIES):
            return honest(self, path)
        if gone:
            raise CaseError("missing", "it is gone")
        return Failing()

    monkeypatch.setattr(Zip, "open_file", open_file)
    verdict = zipped(tmp_path, disclosed)
    assert broken(verdict) == set(), said(verdict)
    assert said(verdict, "lines").count("UNCHECKED lines") == 2
    assert said(verdict, "lines").count("the list of entries of seal 1 could not be read again") == 2
    assert "of seal 2" not in said(verdict, "lines")


def test_a_seal_that_grows_while_it_is_read_is_read_to_a_bound(
    tmp_path: Path, disclosed: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no end from the moment on when its size and hash were taken."""
    honest = Folder.chunks
    pieces: list[int] = []
    readings: list[str] = []

    def chunks(self: Folder, name: str) -> Iterator[bytes]:
        readings.extend([name] if name == SEAL else [])
        if name != SEAL or len(readings) < 4:
            yield from honest(self, name)
            return
        while len(pieces) < ENOUGH:
            pieces.append(1 << 16)
            yield b"\0" * pieces[-1]

    monkeypatch.setattr(Folder, "chunks", chunks)
    verdict = verified(as_folder(tmp_path / "export", disclosed), **KNOWN)
    assert 0 < len(pieces) < ENOUGH
    assert "seals" in broken(verdict), said(verdict)
    assert f"{SEAL} : it is not {len(disclosed[SEAL])} bytes long" in said(verdict, "seals")
