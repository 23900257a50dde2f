"""The corners of a WACZ: lists cut short, blocks told twice, lines without end, and what the system does not give."""

import errno
import gzip
import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from archives import ZipMember
from bundle_kit import Wacz, as_folder, broken, said, verified, wacz_of, worst
from sealed_cases import sealed_case

from archiver.bundle.folder import Folder
from archiver.bundle.members import unreadable
from archiver.model.verdict import Finding, Severity, Verdict
from archiver.verify.wacz_lines import MAX_LINE

WARC, INDEX, PAGES, PACKAGE = "archive/000001.warc.gz", "indexes/index.cdxj", "pages/pages.jsonl", "datapackage.json"
PACKED, BLOCKS = "indexes/index.cdx.gz", "indexes/index.idx"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Wacz:
    path = tmp_path_factory.mktemp("sealed") / "case"
    sealed_case(path)
    return wacz_of(path)


def but(wacz: Wacz, *without: str) -> dict[str, bytes]:
    return {name: data for name, data in wacz.files.items() if name not in without}


def having(wacz: Wacz, name: str, data: bytes) -> Wacz:
    return replace(wacz, files={**wacz.files, name: data})


def with_index(wacz: Wacz, files: dict[str, bytes]) -> Wacz:
    """The same with these files for its index."""
    return replace(wacz, files={**but(wacz, INDEX), **files})


def of(verdict: Verdict, check: str, subject: str) -> list[Finding]:
    return [finding for finding in verdict.findings if (finding.check, finding.subject) == (check, subject)]


def damaged_member(wacz: Wacz, name: str, *, deflate: bool = False) -> bytes:
    """The zip with a member of which both headers state another checksum."""
    members = [
        ZipMember(each.encode(), data, deflate=deflate and each == name, stated_crc=1 if each == name else None)
        for each, data in wacz.all_files().items()
    ]
    return wacz.zip().but(members=tuple(members)).data()


def refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The disk gives the bytes of every file but this one."""
    genuine = Folder.open_file

    def open_file(self: Folder, path: str) -> Any:
        if path == name:
            raise unreadable(path, OSError(errno.EIO, "broken"))
        return genuine(self, path)

    monkeypatch.setattr(Folder, "open_file", open_file)


# --- the list of files


def test_a_list_of_files_that_is_damaged_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    (tmp_path / "x.wacz").write_bytes(damaged_member(honest, PACKAGE))
    verdict = verified(tmp_path / "x.wacz")
    found = [f for f in of(verdict, "contents", PACKAGE) if f.severity is Severity.BROKEN]
    assert len(found) == 1, said(verdict)
    assert "its checksum is" in found[0].message


def test_a_list_of_files_that_the_disk_does_not_give_is_unchecked(
    tmp_path: Path, honest: Wacz, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(monkeypatch, PACKAGE)
    verdict = verified(as_folder(tmp_path / "x", honest.all_files()))
    found = of(verdict, "contents", PACKAGE)
    assert {f.severity for f in found} == {Severity.UNCHECKED}, said(verdict)
    assert any("could not be read: input/output error" in f.message for f in found), said(verdict)


@pytest.mark.parametrize("size", [None, "12", [12], {}])
def test_an_entry_without_a_size_is_contradicted_and_its_hash_compared(
    tmp_path: Path, honest: Wacz, size: object
) -> None:
    def sized(package: dict[str, Any]) -> dict[str, Any]:
        package["resources"][0].update(bytes=size)
        return package

    verdict = verified(replace(honest, package=sized).write(tmp_path / "x.wacz"))
    assert [f.message[:32] for f in verdict.findings if f.severity is Severity.BROKEN] == [
        "an entry of its list has no size"
    ], said(verdict)

    def forged(package: dict[str, Any]) -> dict[str, Any]:
        sized(package)["resources"][0].update(hash="sha256:" + "0" * 64)
        return package

    verdict = verified(replace(honest, package=forged).write(tmp_path / "y.wacz"))
    assert any("its sha256 is" in f.message for f in of(verdict, "contents", WARC)), said(verdict)


# --- WARCs that cannot be opened


def test_a_packed_warc_that_is_damaged_is_told_once(tmp_path: Path, honest: Wacz) -> None:
    (tmp_path / "x.wacz").write_bytes(damaged_member(honest, WARC, deflate=True))
    verdict = verified(tmp_path / "x.wacz")
    found = [f for f in verdict.findings if "its checksum is" in f.message]
    assert [(f.check, f.subject, f.severity) for f in found] == [("contents", WARC, Severity.BROKEN)], said(verdict)
    assert of(verdict, "structure", WARC) == []


def test_a_warc_that_the_disk_does_not_give_is_unchecked(
    tmp_path: Path, honest: Wacz, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(monkeypatch, WARC)
    verdict = verified(as_folder(tmp_path / "x", honest.all_files()))
    assert worst(verdict, "structure") is Severity.UNCHECKED, said(verdict)
    assert "could not be read: input/output error" in said(verdict, "structure")


# --- the index


def test_a_packed_index_without_a_list_of_its_blocks_is_told(tmp_path: Path, honest: Wacz) -> None:
    wacz = with_index(honest, {PACKED: gzip.compress(honest.files[INDEX], mtime=0)})
    verdict = verified(wacz.write(tmp_path / "x.wacz"))
    found = of(verdict, "index", PACKED)
    assert [f.severity for f in found] == [Severity.NOTE], said(verdict)
    assert "there is no list of its blocks" in found[0].message


def test_records_beyond_those_that_are_held_are_unchecked(
    tmp_path: Path, honest: Wacz, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("wacz_records", "wacz_index"):
        monkeypatch.setattr(f"archiver.verify.{module}.MAX_RECORDS", 0)
    verdict = verified(honest.write(tmp_path / "x.wacz"))
    assert worst(verdict, "index") is Severity.UNCHECKED, said(verdict)
    assert "records behind the first 0 were not compared with the index" in said(verdict, "index")


@pytest.mark.parametrize("head", [b" CDX N b a m s k r M S V g\n", b'!meta 0 {"format": "cdxj"}\n', b"\n \n"])
def test_a_head_and_empty_lines_of_an_index_are_no_entries(tmp_path: Path, honest: Wacz, head: bytes) -> None:
    verdict = verified(having(honest, INDEX, head + honest.files[INDEX] + b"\n").write(tmp_path / "x.wacz"))
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert worst(verdict, "index") is Severity.OK


def test_a_head_in_the_middle_of_an_index_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    data = honest.files[INDEX] + b"!meta 0 {}\n"
    verdict = verified(having(honest, INDEX, data).write(tmp_path / "x.wacz"))
    assert broken(verdict) == {"index"}, said(verdict)


def blocks_of(honest: Wacz, *lines: str) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """An index packed as two blocks, and what a list says of them; `lines` are more lines for the list."""
    blocks = [gzip.compress(data, mtime=0) for data in (honest.files[INDEX], b"\n")]
    told = [
        {
            "offset": at,
            "length": len(block),
            "filename": "index.cdx.gz",
            "digest": f"sha256:{sha256(block).hexdigest()}",
        }
        for at, block in zip((0, len(blocks[0])), blocks, strict=True)
    ]
    key = honest.files[INDEX].decode().partition(" {")[0]
    text = "\n".join(['!meta 0 {"format": "cdxj-gzip-1.0"}', *lines, *(f"{key} {json.dumps(each)}" for each in told)])
    return {PACKED: b"".join(blocks), BLOCKS: f"{text}\n".encode()}, told


def test_two_blocks_that_follow_each_other_and_empty_lines_are_sound(tmp_path: Path, honest: Wacz) -> None:
    files, _ = blocks_of(honest, "", " ")
    verdict = verified(with_index(honest, files).write(tmp_path / "x.wacz"))
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert worst(verdict, "index") is Severity.OK


def test_a_second_block_that_lies_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    files, told = blocks_of(honest)
    lie = {**told[1], "digest": "sha256:" + "0" * 64}
    key = honest.files[INDEX].decode().partition(" {")[0]
    text = "".join(f"{key} {json.dumps(each)}\n" for each in (told[0], lie))
    verdict = verified(with_index(honest, {**files, BLOCKS: text.encode()}).write(tmp_path / "x.wacz"))
    assert [(f.where, f.message) for f in of(verdict, "index", BLOCKS)] == [
        ("line 2", "the block that it names has another digest")
    ], said(verdict)


@pytest.mark.parametrize("line", ["no brace at all", "a 2020 {", 'a 2020 {"offset": 0, "offset": 1}', "a {\udcff}"])
def test_a_line_that_names_no_block_is_contradicted_and_the_rest_read(tmp_path: Path, honest: Wacz, line: str) -> None:
    files, _ = blocks_of(honest)
    text = line.encode("utf-8", "surrogateescape") + b"\n" + files[BLOCKS]
    verdict = verified(with_index(honest, {**files, BLOCKS: text}).write(tmp_path / "x.wacz"))
    assert [(f.where, f.message) for f in of(verdict, "index", BLOCKS)] == [("line 1", "it names no block")], said(
        verdict
    )
    assert broken(verdict) == {"index"}


# --- lines


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_of_an_index_too_long_to_be_read_is_unchecked(tmp_path: Path, honest: Wacz, end: bytes) -> None:
    data = honest.files[INDEX] + b"z" * (MAX_LINE + 1) + end
    verdict = verified(having(honest, INDEX, data).write(tmp_path / "x.wacz"))
    assert worst(verdict, "index") is Severity.UNCHECKED, said(verdict)
    assert f"it has a line of over {MAX_LINE} bytes" in said(verdict, "index")


def test_a_packed_line_too_long_to_be_read_is_unchecked(tmp_path: Path, honest: Wacz) -> None:
    """A small file that unpacks to much more than is held of one line."""
    packed = gzip.compress(bytes(64 * MAX_LINE), mtime=0)
    verdict = verified(with_index(honest, {PACKED: packed}).write(tmp_path / "x.wacz"))
    assert f"it has a line of over {MAX_LINE} bytes" in said(verdict, "index"), said(verdict)


def test_a_text_of_too_many_bytes_is_unchecked(tmp_path: Path, honest: Wacz, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.verify.wacz_lines.MAX_TEXT", 10)
    verdict = verified(honest.write(tmp_path / "x.wacz"))
    assert "more than 10 bytes in all" in said(verdict, "index"), said(verdict)
    assert {f.subject for f in verdict.findings if f.severity is Severity.UNCHECKED} == {INDEX, PAGES}
    assert broken(verdict) == set(), said(verdict)


def test_a_last_line_without_its_end_is_read(tmp_path: Path, honest: Wacz) -> None:
    wacz = having(honest, INDEX, honest.files[INDEX].rstrip(b"\n"))
    verdict = verified(wacz.write(tmp_path / "x.wacz"))
    assert verdict.worst is Severity.UNASKED, said(verdict)
    verdict = verified(having(wacz, INDEX, wacz.files[INDEX] + b"\na 20200101000000 {").write(tmp_path / "y.wacz"))
    assert "line 2" in said(verdict, "index"), said(verdict)


def test_a_packed_index_with_flipped_bytes_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    packed = bytearray(gzip.compress(honest.files[INDEX], mtime=0))
    packed[-8] ^= 1  # its checksum
    verdict = verified(with_index(honest, {PACKED: bytes(packed)}).write(tmp_path / "x.wacz"))
    assert broken(verdict) == {"index"}, said(verdict)
    assert "it cannot be unpacked" in said(verdict, "index")


# --- pages


def test_pages_with_a_line_too_long_to_be_read_are_unchecked(tmp_path: Path, honest: Wacz) -> None:
    wacz = having(honest, PAGES, honest.files[PAGES] + b" " * (MAX_LINE + 1))
    verdict = verified(wacz.write(tmp_path / "x.wacz"))
    assert [f.severity for f in of(verdict, "index", PAGES)] == [Severity.UNCHECKED], said(verdict)
    assert "it has a line of over" in said(verdict, "index")


def test_pages_that_the_disk_does_not_give_are_unchecked(
    tmp_path: Path, honest: Wacz, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(monkeypatch, PAGES)
    verdict = verified(as_folder(tmp_path / "x", honest.all_files()))
    assert [f.severity for f in of(verdict, "index", PAGES)] == [Severity.UNCHECKED], said(verdict)
    assert verdict.worst is Severity.UNCHECKED, said(verdict)


def test_empty_lines_among_pages_offer_nothing(tmp_path: Path, honest: Wacz) -> None:
    header, page = honest.files[PAGES].splitlines(keepends=True)
    verdict = verified(having(honest, PAGES, header + b"\n  \n" + page + b"\r\n").write(tmp_path / "x.wacz"))
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert worst(verdict, "index") is Severity.OK


def test_a_list_that_names_what_cannot_be_a_name_is_contradicted_and_no_bug(tmp_path: Path, honest: Wacz) -> None:
    def more(package: dict[str, Any]) -> dict[str, Any]:
        resource = {"name": "a", "path": "archive/a\ud800", "hash": "sha256:" + "0" * 64, "bytes": 1}
        return {**package, "resources": [*package["resources"], resource]}

    verdict = verified(replace(honest, package=more).write(tmp_path / "x.wacz"))
    assert worst(verdict, "contents") is Severity.BROKEN
    assert "\\ud800" in said(verdict)


def test_a_list_of_blocks_with_numbers_below_zero_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    packed = gzip.compress(honest.files[INDEX])
    lines = [
        {"offset": 0, "length": -5, "filename": "index.cdx.gz"},
        {"offset": -5, "length": len(packed) + 5, "filename": "index.cdx.gz"},
    ]
    key = honest.files[INDEX].decode().partition(" {")[0]
    blocks = "".join(f"{key} {json.dumps(line)}\n" for line in lines).encode()
    head = b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n'
    verdict = verified(with_index(honest, {PACKED: packed, BLOCKS: head + blocks}).write(tmp_path / "x.wacz"))
    assert worst(verdict, "index") is Severity.BROKEN


def test_an_index_with_another_digest_than_its_record_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    key, _, facts = honest.files[INDEX].decode().splitlines()[0].partition(" {")
    line = json.loads("{" + facts)
    label = line["digest"].partition(":")[0]
    lying = f"{key} {json.dumps({**line, 'digest': f'{label}:{0:064d}'})}\n"
    verdict = verified(having(honest, INDEX, lying.encode()).write(tmp_path / "x.wacz"))
    assert worst(verdict, "index") is Severity.BROKEN
    assert "digest" in said(verdict, "index")
