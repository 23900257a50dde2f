"""Bags from which a case was taken, that name another one, or that hide something from their lists."""

import errno
import gzip
import hashlib
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from bundle_kit import (
    FORMS,
    Files,
    as_folder,
    as_tar,
    as_zip,
    bag_files,
    broken,
    disclosed_files,
    resealed,
    said,
    verified,
    worst,
)
from sealed_cases import JANES, both, sealed_case

from archiver.custody.receipt import Receipt
from archiver.errors import CaseError, ExitCode
from archiver.model.verdict import Severity
from archiver.verify.bundles import is_bundle
from archiver.verify.loose_json import MAX_DEPTH, BadJson, loose_json

PAYLOAD = {"data/a.txt": b"one", "data/b.txt": b"three"}
TEXTS = ("data/custody.jsonl", "data/case.yaml", "data/manifest.yaml")
NOTHING: Mapping[str, bytes] = MappingProxyType({})


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sealed") / "case"
    sealed_case(path)
    return path


@pytest.fixture(scope="module")
def bagged(case: Path) -> Files:
    return bag_files(case)


@pytest.fixture(scope="module")
def receipt(case: Path) -> Receipt:
    events = map(json.loads, (case / "custody.jsonl").read_text().splitlines())
    return Receipt.parse([event["data"]["receipt"] for event in events if event["event"] == "seal.completed"][-1])


def listing(files: Mapping[str, bytes], algorithm: str = "sha256") -> bytes:
    return "".join(f"{hashlib.new(algorithm, data).hexdigest()}  {name}\n" for name, data in files.items()).encode()


def foreign(more: Mapping[str, bytes] = NOTHING, payload: Mapping[str, bytes] = PAYLOAD) -> Files:
    """The least that somebody else's bag is, and `more` files by name."""
    declared = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    return {"bagit.txt": declared, "manifest-sha256.txt": listing(payload), **payload, **more}


def without(files: Files, *names: str) -> Files:
    return {name: data for name, data in files.items() if name not in names}


# --- the case is gone, or another one


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("all_of_it", [False, True], ids=["texts", "everything"])
def test_an_export_whose_case_was_taken_out_is_contradicted_by_its_own_description(
    tmp_path: Path, bagged: Files, form: str, all_of_it: bool
) -> None:
    left = {n: d for n, d in without(bagged, *TEXTS).items() if not (all_of_it and n.startswith("data/"))}
    verdict = verified(FORMS[form](tmp_path, resealed(left | {"data/holiday.txt": b"sun"})))
    assert broken(verdict) == {"contents"}, said(verdict)
    assert "it says that this is an export of urn:uuid:" in said(verdict)
    assert "data/custody.jsonl, the log of that case, is not there" in said(verdict)


def test_what_is_left_of_an_export_is_named_where_its_description_was_taken_too(tmp_path: Path, bagged: Files) -> None:
    left = resealed(without(bagged, *TEXTS) | {"bag-info.txt": b"Payload-Oxum: 1.1\n"})
    verdict = verified(as_zip(tmp_path / "x.zip", left))
    assert verdict.exit_code() is ExitCode.UNCHECKED
    assert "files are called as in an export of a case (VERIFY.txt, verify.py, " in said(verdict, "contents")
    texts = {name: data for name, data in left.items() if not name.startswith("data/")}
    verdict = verified(as_zip(tmp_path / "y.zip", resealed(texts | {"data/holiday.txt": b"sun"})))
    assert "2 files are called as in an export of a case (VERIFY.txt, verify.py)" in said(verdict, "contents")


def test_where_nothing_is_left_of_a_case_a_receipt_still_shows_that_it_is_gone(
    tmp_path: Path, receipt: Receipt
) -> None:
    path = as_zip(tmp_path / "x.zip", foreign())
    assert verified(path).exit_code() is ExitCode.OK
    verdict = verified(path, expect=receipt)
    assert broken(verdict) == {"receipt"}
    assert f"the receipt was given for seal 2 of {receipt.case}, and no case is here" in said(verdict)


def test_signers_and_roots_that_nothing_can_be_held_against_are_said_to_be_unchecked(tmp_path: Path) -> None:
    path = as_zip(tmp_path / "x.zip", foreign())
    assert worst(verified(path, signers=JANES.allowed()), "signatures") is Severity.UNCHECKED
    assert worst(verified(path, roots=both), "tokens") is Severity.UNCHECKED


def renamed(old: bytes, new: bytes) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        assert old in files["bag-info.txt"]
        return resealed({**files, "bag-info.txt": files["bag-info.txt"].replace(old, new)})

    return change


@pytest.mark.parametrize(
    ("change", "text", "severity"),
    [
        (renamed(b"urn:uuid:3", b"urn:uuid:4"), "an export of 'urn:uuid:4", Severity.BROKEN),
        (renamed(b"Archiver-Seal: 2", b"Archiver-Seal: 7"), "an export up to seal '7'", Severity.BROKEN),
        (renamed(b"Archiver-Seal: 2", b"Archiver-Seal: 2\nArchiver-Seal: 1"), "up to seal '1'", Severity.BROKEN),
        (renamed(b"archiver-bag/1", b"archiver-bag/2"), "the form 'archiver-bag/2'", Severity.UNCHECKED),
        (renamed(b"archiver-bag/1", b"a box"), "the form 'a box'", Severity.BROKEN),
    ],
    ids=["case", "seal", "two-seals", "newer", "no-form"],
)
@pytest.mark.parametrize("form", FORMS)
def test_an_export_that_describes_another_one_is_found(
    tmp_path: Path, bagged: Files, form: str, change: Callable[[Files], Files], text: str, severity: Severity
) -> None:
    verdict = verified(FORMS[form](tmp_path, change(bagged)))
    assert text in said(verdict, "contents"), said(verdict)
    assert verdict.worst is severity, said(verdict)


def test_who_packs_a_case_with_other_programs_may_describe_it_as_they_like(tmp_path: Path, bagged: Files) -> None:
    files = resealed({**bagged, "bag-info.txt": b"External-Identifier: box 7\nPayload-Oxum: 1.1\n"})
    verdict = verified(as_zip(tmp_path / "x.zip", files))
    assert verdict.exit_code() is ExitCode.OK, said(verdict)


# --- bags in bags


def test_what_lies_in_a_bag_and_could_be_verified_by_itself_is_named(
    tmp_path: Path, case: Path, bagged: Files, receipt: Receipt
) -> None:
    packed = as_zip(tmp_path / "in.zip", bagged).read_bytes()
    inner: tuple[Files, ...] = (
        {f"data/{name}": data for name, data in bagged.items()},
        {"data/export.zip": packed},
        {f"data/{name}": data for name, data in disclosed_files(case, 1).items()},
    )
    for number, payload in enumerate(inner):
        path = as_zip(tmp_path / f"{number}.zip", foreign(payload=payload))
        verdict = verified(path)
        assert verdict.exit_code() is ExitCode.OK, said(verdict)
        assert "what can be verified by itself" in said(verdict, "contents")
        verdict = verified(path, expect=receipt)  # it may be in there
        assert verdict.exit_code() is ExitCode.UNCHECKED, said(verdict)


# --- lists


@pytest.mark.parametrize("name", ["tagmanifest-x/evil.txt", "tagmanifest-sha256.exe", "tagmanifest-.txt"])
@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_called_nearly_as_a_list_is_not_taken_for_one(
    tmp_path: Path, bagged: Files, form: str, name: str
) -> None:
    verdict = verified(FORMS[form](tmp_path, {**bagged, name: b"hidden"}))
    assert f"BROKEN contents {name} : it is there, and no list names it" in said(verdict)


@pytest.mark.parametrize(
    ("encoding", "code"),
    [("UTF-8", 0), ("utf-8", 0), ("ISO-8859-1", 0), ("US-ASCII", 0), ("UTF-16", 9), ("x" * 41, 8), ("", 8)],
)
def test_lists_in_another_encoding_are_read_or_said_to_be_unread(tmp_path: Path, encoding: str, code: int) -> None:
    text = f"BagIt-Version: 1.0\nTag-File-Character-Encoding: {encoding}\n".encode()
    assert verified(as_zip(tmp_path / "x.zip", foreign({"bagit.txt": text}))).exit_code() == code


def test_names_in_latin_letters_are_read_as_such(tmp_path: Path) -> None:
    text = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: ISO-8859-1\n"
    payload = {"data/café.txt": b"one"}
    files = foreign({"bagit.txt": text, "manifest-sha256.txt": listing(payload).decode().encode("latin-1")}, payload)
    assert verified(as_zip(tmp_path / "x.zip", files)).exit_code() is ExitCode.OK


@pytest.mark.parametrize("stored", ["NFC", "NFD"])
def test_a_name_in_another_unicode_form_is_the_same_name(tmp_path: Path, stored: str) -> None:
    name, other = "data/café.txt", {"NFC": "NFD", "NFD": "NFC"}[stored]
    lists = {"manifest-sha256.txt": listing({unicodedata.normalize(other, name): b"one"})}  # type: ignore[arg-type]
    here = unicodedata.normalize(stored, name)  # type: ignore[arg-type]
    verdict = verified(as_zip(tmp_path / "x.zip", foreign(lists, {here: b"one"})))
    assert verdict.exit_code() is ExitCode.OK, said(verdict)
    assert "listed in another Unicode form" in said(verdict)
    verdict = verified(as_zip(tmp_path / "y.zip", foreign(lists, {here: b"two"})))
    assert broken(verdict) == {"contents"}


LISTS: dict[str, tuple[bytes, str]] = {
    "mark-of-byte-order": (b"\xef\xbb\xbf" + listing(PAYLOAD), "is no digest and name"),
    "backslashes": (listing(PAYLOAD).replace(b"/", b"\\"), "names what belongs in another list"),
    "escaped-as-sha256sum-does": (b"\\" + listing(PAYLOAD), "is no digest and name"),
    "leads-out": (listing(PAYLOAD) + b"0" * 64 + b"  data/../../etc/passwd\n", "it is listed, and not there"),
    "other-case": (listing(PAYLOAD).replace(b"a.txt", b"A.TXT"), "it is listed, and not there"),
    "digest-cut": (b"deadbeef  data/a.txt\ndeadbeef  data/b.txt\n", "'deadbeef' is listed"),
    "nothing": (b"", "no list names it"),
    "same-file-in-two-spellings": (listing(PAYLOAD) + b"0" * 64 + b"  ./data/a.txt\n", "a second time"),
    "same-file-escaped": (listing(PAYLOAD) + b"0" * 64 + b"  data/a%2Etxt\n", "it is listed, and not there"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_can_be_read_in_two_ways_is_contradicted(tmp_path: Path, name: str) -> None:
    data, text = LISTS[name]
    verdict = verified(as_zip(tmp_path / "x.zip", foreign({"manifest-sha256.txt": data})))
    assert broken(verdict) == {"contents"}
    assert text in said(verdict), said(verdict)


SAME: dict[str, bytes] = {
    "carriage-returns": listing(PAYLOAD).replace(b"\n", b"\r\n"),
    "carriage-returns-alone": listing(PAYLOAD).replace(b"\n", b"\r"),
    "dot-slash": listing(PAYLOAD).replace(b"data/", b"./data/"),
    "star": listing(PAYLOAD).replace(b"  ", b" *"),
    "tab": listing(PAYLOAD).replace(b"  ", b"\t"),
    "capitals": b"".join(line[:64].upper() + line[64:] for line in listing(PAYLOAD).splitlines(keepends=True)),
}


@pytest.mark.parametrize("name", SAME)
def test_another_way_to_write_the_same_list_is_taken(tmp_path: Path, name: str) -> None:
    verdict = verified(as_zip(tmp_path / "x.zip", foreign({"manifest-sha256.txt": SAME[name]})))
    assert verdict.exit_code() is ExitCode.OK, said(verdict)


def test_lists_that_disagree_about_a_file_are_contradicted(tmp_path: Path) -> None:
    lie = {"manifest-sha512.txt": listing({**PAYLOAD, "data/a.txt": b"other"}, "sha512")}
    verdict = verified(as_zip(tmp_path / "x.zip", foreign(lie)))
    assert "BROKEN contents data/a.txt : its sha512 is" in said(verdict)


def test_a_file_that_is_still_to_be_fetched_is_unchecked_and_not_missing(tmp_path: Path) -> None:
    fetch = b"https://example.org/b - data/b.txt\r\nhttps://example.org/c 5 data/c.txt\n"
    files = without(foreign({"fetch.txt": fetch}), "data/b.txt")
    verdict = verified(as_zip(tmp_path / "x.zip", files))
    assert verdict.exit_code() is ExitCode.UNCHECKED, said(verdict)
    assert "UNCHECKED contents data/b.txt : it is not there: fetch.txt says from where" in said(verdict)
    verdict = verified(as_zip(tmp_path / "y.zip", without(files, "data/a.txt")))
    assert "BROKEN contents data/a.txt : it is listed, and not there" in said(verdict)


@pytest.mark.parametrize("line", [b"\n", b"\r", b"00000000  data/%d\n"])
def test_a_list_of_more_files_than_are_looked_at_is_not_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: bytes
) -> None:
    monkeypatch.setattr("archiver.verify.bag_lists.MAX_MEMBERS", 3)
    lines = b"".join(line % n if b"%" in line else line for n in range(10))
    verdict = verified(as_zip(tmp_path / "x.zip", foreign({"manifest-sha256.txt": lines})))
    assert verdict.exit_code() is ExitCode.UNCHECKED, said(verdict)
    assert "more lines than the 3 files that are looked at" in said(verdict)


def test_lists_that_name_more_files_than_are_looked_at_are_not_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.verify.bag_lists.MAX_MEMBERS", 2)
    verdict = verified(as_zip(tmp_path / "x.zip", foreign()))
    assert verdict.exit_code() is ExitCode.OK, said(verdict)
    third = {"data/c.txt": b"x"}
    verdict = verified(as_zip(tmp_path / "y.zip", foreign({"manifest-sha512.txt": listing(third, "sha512")})))
    assert "UNCHECKED contents manifest-sha512.txt line 1: it lists more than 2 files" in said(verdict)


def test_a_size_that_is_stated_often_and_wrongly_is_said_once(tmp_path: Path) -> None:
    verdict = verified(as_zip(tmp_path / "x.zip", foreign({"bag-info.txt": b"Payload-Oxum: 1.1\n" * 50})))
    assert said(verdict).count("it says 1 bytes in 1 files") == 1


# --- how it comes


def test_the_folder_that_unpacking_leaves_is_looked_into(tmp_path: Path, bagged: Files) -> None:
    as_folder(tmp_path / "out/bag-1", bagged)
    assert is_bundle(tmp_path / "out")
    verdict = verified(tmp_path / "out")
    assert verdict.exit_code() is ExitCode.OK, said(verdict)
    assert verdict.subject == str(tmp_path / "out")
    warc = "data/evidence/000/000001.warc.gz"
    (tmp_path / "out/bag-1" / warc).write_bytes(bytes(len(bagged[warc])))
    assert {f.subject for f in verified(tmp_path / "out").findings if f.severity is Severity.BROKEN} == {warc}


def test_a_link_to_a_folder_is_not_the_folder_that_unpacking_leaves(tmp_path: Path, bagged: Files) -> None:
    as_folder(tmp_path / "bag", bagged)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/bag").symlink_to(tmp_path / "bag")
    assert not is_bundle(tmp_path / "out")


def test_a_folder_that_nobody_may_look_into_is_unreadable_and_no_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for method in ("exists", "is_file"):
        monkeypatch.setattr(Path, method, refuses)
    monkeypatch.setattr(os, "scandir", refuses)
    for look in (is_bundle, verified):
        with pytest.raises(CaseError, match="permission denied"):
            look(tmp_path)


def command(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "archiver", *args], cwd=cwd, capture_output=True, text=True)


def test_a_packed_tar_is_said_to_be_one_and_not_a_bad_warc(tmp_path: Path, bagged: Files, receipt: Receipt) -> None:
    packed = gzip.compress(as_tar(tmp_path / "x.tar", bagged).read_bytes())
    (tmp_path / "x.tar.gz").write_bytes(packed)
    for more in ((), ("--expect", receipt.text())):
        done = command("verify", "./x.tar.gz", *more, cwd=tmp_path)
        assert done.returncode == ExitCode.UNCHECKED, done.stdout + done.stderr
        assert "it is an archive that is packed as a whole" in done.stdout
        assert "gunzip makes a .tar" in done.stdout
        assert "contradicted" not in done.stdout


# --- JSON of others


def test_brackets_in_texts_are_not_nested() -> None:
    texts = ["[" * 500, "{" * 500, '\\"[[[' * 100]
    assert loose_json(json.dumps(texts).encode()) == texts


@pytest.mark.parametrize("pairs", [MAX_DEPTH // 2, 50_000])
def test_nesting_is_bounded_exactly(pairs: int) -> None:
    text = b'[{"]]":' * pairs + b"1" + b"}]" * pairs
    if 2 * pairs == MAX_DEPTH:
        assert loose_json(text) == json.loads(text)
        text = b"[" + text + b"]"
    with pytest.raises(BadJson, match=f"nested deeper than {MAX_DEPTH}"):
        loose_json(text)


def test_a_list_of_files_to_be_fetched_that_is_too_long_to_be_read_is_unchecked(tmp_path: Path) -> None:
    verdict = verified(as_zip(tmp_path / "bag.zip", foreign({"fetch.txt": b"\n" * 750_001})))
    assert "UNCHECKED contents fetch.txt : 'fetch.txt': it has more lines than" in said(verdict)
    assert broken(verdict) == set(), said(verdict)


def test_a_file_with_a_name_of_another_script_that_is_not_there_is_missing(tmp_path: Path) -> None:
    files = foreign()
    line = f"{'0' * 64}  data/Письмо.txt\n".encode()
    files["manifest-sha256.txt"] += line
    verdict = verified(as_zip(tmp_path / "bag.zip", files))
    assert "BROKEN contents data/Письмо.txt : it is listed, and not there" in said(verdict)
