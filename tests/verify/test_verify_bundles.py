"""What others hand over is verified as what it says it is; whatever lies in it is found, and nothing escapes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from archives import ZipMember, plain_zip
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
from sealed_cases import FIRST, JANES, MALLORYS, begun, both, sealed_case
from sealed_cases import known as verify_known

from archiver.custody.log import parse_line
from archiver.custody.receipt import Receipt
from archiver.errors import CaseError
from archiver.model.verdict import Severity, Verdict
from archiver.verify.bundles import is_bundle

KNOWN = {"signers": JANES.allowed(), "roots": both}


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sealed") / "case"
    sealed_case(path)
    return path


@pytest.fixture(scope="module")
def bagged(case: Path) -> Files:
    return bag_files(case)


@pytest.fixture(scope="module")
def disclosed(case: Path) -> Files:
    return disclosed_files(case, 1, 3)


def receipt(case: Path, number: int) -> Receipt:
    seals = [json.loads(line) for line in (case / "custody.jsonl").read_text().splitlines()]
    found = [line["data"]["receipt"] for line in seals if line["event"] == "seal.completed"]
    return Receipt.parse(found[number - 1])


@pytest.mark.parametrize("form", FORMS)
def test_an_honest_bag_is_sound_in_every_form(tmp_path: Path, case: Path, bagged: Files, form: str) -> None:
    verdict = verified(FORMS[form](tmp_path, bagged), expect=receipt(case, 2), **KNOWN)
    assert verdict.worst is Severity.OK, said(verdict)
    assert dict(verdict.counts)["seals"] == 2
    assert {f.check for f in verdict.findings} >= {"container", "contents", "chain", "files", "seals", "receipt"}


@pytest.mark.parametrize("form", FORMS)
def test_an_honest_disclosure_is_sound_in_every_form(tmp_path: Path, case: Path, disclosed: Files, form: str) -> None:
    verdict = verified(FORMS[form](tmp_path, disclosed), expect=receipt(case, 2), **KNOWN)
    assert verdict.worst <= Severity.NOTE, said(verdict)
    assert {f.check for f in verdict.findings} >= {"lines", "seals", "signatures", "tokens", "files", "records"}


def test_a_packed_case_is_verified_as_a_case(tmp_path: Path, case: Path) -> None:
    files = {str(path.relative_to(case)): path.read_bytes() for path in sorted(case.rglob("*")) if path.is_file()}
    verdict = verified(as_tar(tmp_path / "case.tar", files), **KNOWN)
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert dict(verdict.counts) == dict(verify_known(case).counts)


def test_an_unpacked_bag_says_where_in_it_something_is(tmp_path: Path, bagged: Files) -> None:
    changed = dict(bagged)
    changed["data/evidence/000/000001.warc.gz"] = changed["data/evidence/000/000001.warc.gz"][:-1] + b"x"
    for form, write in FORMS.items():
        verdict = verified(write(tmp_path / form, changed) if _made(tmp_path / form) else tmp_path)
        subjects = {f.subject for f in verdict.findings if f.severity is Severity.BROKEN}
        assert subjects == {"data/evidence/000/000001.warc.gz"}, form


def _made(path: Path) -> bool:
    path.mkdir()
    return True


def edit(name: str, old: bytes, new: bytes) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        assert old in files[name], name
        return {**files, name: files[name].replace(old, new, 1)}

    return change


def without(*names: str) -> Callable[[Files], Files]:
    return lambda files: {name: data for name, data in files.items() if name not in names}


def plus(name: str, data: bytes = b"x") -> Callable[[Files], Files]:
    return lambda files: {**files, name: data}


WARC = "data/evidence/000/000001.warc.gz"
BAGS: dict[str, tuple[Callable[[Files], Files], str]] = {
    "file-changed": (edit(WARC, b"\x1f\x8b", b"\x1f\x8c"), "contents"),
    "file-missing": (without(WARC), "contents"),
    "file-added": (plus("data/more.txt"), "contents"),
    "tag-file-added": (plus("more.txt"), "contents"),
    "tag-file-changed": (plus("VERIFY.txt", b"trust me\n"), "contents"),
    "no-manifest": (without("manifest-sha256.txt"), "contents"),
    "no-declaration": (lambda f: {**f, "bagit.txt": b""}, "contents"),
    "no-version": (edit("bagit.txt", b"1.0", b"x.y"), "contents"),
    "oxum": (edit("bag-info.txt", b"Payload-Oxum: ", b"Payload-Oxum: 9"), "contents"),
    "line-twice": (lambda f: {**f, "manifest-sha256.txt": f["manifest-sha256.txt"] * 2}, "contents"),
    "line-elsewhere": (
        lambda f: {**f, "manifest-sha256.txt": f["manifest-sha256.txt"] + b"0" * 64 + b"  ../x\n"},
        "contents",
    ),
    "second-manifest-lacks": (plus("manifest-sha512.txt", b""), "contents"),
}
RESEALED: dict[str, tuple[Callable[[Files], Files], str]] = {
    "evidence-changed": (edit(WARC, b"\x1f\x8b", b"\x1f\x8c"), "files"),
    "evidence-missing": (without(WARC), "files"),
    "file-added": (plus("data/evidence/000/000009.warc.gz"), "layout"),
    "log-edited": (edit("data/custody.jsonl", b"a.example", b"b.example"), "chain"),
    "seal-edited": (edit("data/seals/000001.seal", b"seal: 1", b"seal: 2"), "seals"),
    "log-missing": (without("data/custody.jsonl"), "layout"),
    "token-missing": (without("data/seals/000001.first.tsr"), "seals"),
    "private-text": (edit("data/case.yaml", b"harbour", b"airport"), "case-file"),
}


@pytest.mark.parametrize("name", BAGS)
@pytest.mark.parametrize("form", FORMS)
def test_a_bag_that_is_not_as_listed_is_contradicted(tmp_path: Path, bagged: Files, name: str, form: str) -> None:
    change, check = BAGS[name]
    verdict = verified(FORMS[form](tmp_path, change(bagged)))
    assert check in broken(verdict), said(verdict)


@pytest.mark.parametrize("name", RESEALED)
def test_new_lists_do_not_make_another_case_sound(tmp_path: Path, bagged: Files, name: str) -> None:
    change, check = RESEALED[name]
    verdict = verified(as_zip(tmp_path / "x.zip", resealed(change(bagged))))
    assert "contents" not in broken(verdict), said(verdict)
    assert check in broken(verdict), said(verdict)


def test_a_cut_tail_shows_with_a_receipt(tmp_path: Path, case: Path, bagged: Files) -> None:
    changed = dict(bagged)
    lines = changed["data/custody.jsonl"].splitlines(keepends=True)
    first = next(n for n, line in enumerate(lines) if b'"seal.completed"' in line) + 1
    changed["data/custody.jsonl"] = b"".join(lines[:first])
    verdict = verified(as_zip(tmp_path / "x.zip", resealed(changed)), expect=receipt(case, 2), **KNOWN)
    assert "receipt" in broken(verdict), said(verdict)


def rewritten(change: Callable[[dict[str, object]], object]) -> Callable[[Files], Files]:
    """A disclosure whose statement says something else, in the one form."""

    def apply(files: Files) -> Files:
        statement = json.loads(files["disclosure.json"])
        change(statement)
        text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return {**files, "disclosure.json": text.encode() + b"\n"}

    return apply


def line_of(files: Files, event: bytes, item: int = 1) -> str:
    named = b'"item":%d,' % item
    return next(n for n in files if n.startswith("lines/") and event in files[n] and named in files[n])


def with_line(event: bytes, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    def apply(files: Files) -> Files:
        name = line_of(files, event)
        return {**files, name: change(files[name])}

    return apply


def swapped(one: str, other: str) -> Callable[[Files], Files]:
    return lambda files: {**files, one: files[other]}


def drop_lines(statement: dict[str, object]) -> None:
    statement["lines"] = []


EXHIBIT = "evidence/000/000001.warc.gz"
DISCLOSURES: dict[str, tuple[Callable[[Files], Files], str]] = {
    "evidence-changed": (edit(EXHIBIT, b"\x1f\x8b", b"\x1f\x8c"), "files"),
    "evidence-missing": (without(EXHIBIT), "files"),
    "evidence-of-another-item": (swapped(EXHIBIT, "evidence/000/000003.warc.gz"), "files"),
    "line-edited": (with_line(b"item.captured", lambda raw: raw.replace(b"a.example", b"b.example")), "lines"),
    "line-crlf": (with_line(b"item.captured", lambda raw: raw.replace(b"\n", b"\r\n")), "lines"),
    "line-reformatted": (with_line(b"item.captured", lambda raw: raw.replace(b",", b", ", 1)), "lines"),
    "line-missing": (without("lines/000002.json"), "lines"),
    "line-of-another": (swapped("lines/000002.json", "lines/000003.json"), "lines"),
    "proof-missing": (without("proofs/000002.json"), "lines"),
    "proof-of-another": (swapped("proofs/000002.json", "proofs/000003.json"), "lines"),
    "proof-shorter": (lambda f: {**f, "proofs/000002.json": _proof(f, cut=True)}, "lines"),
    "proof-of-another-tree": (lambda f: {**f, "proofs/000002.json": _proof(f, size=3)}, "lines"),
    "proof-no-object": (plus("proofs/000002.json", b"[]\n"), "lines"),
    "entries-changed": (lambda f: {**f, "seals/000001.entries.sha256": b"0" * 64 + b"\n"}, "seals"),
    "entries-missing": (without("seals/000001.entries.sha256"), "seals"),
    "seal-edited": (edit("seals/000001.seal", b"sealed-at: 2026", b"sealed-at: 2025"), "signatures"),
    "seal-of-another-number": (swapped("seals/000001.seal", "seals/000002.seal"), "seals"),
    "seal-missing": (without("seals/000001.seal"), "seals"),
    "seal-no-text": (plus("seals/000001.seal", b"seal\n"), "seals"),
    "signature-of-another-seal": (swapped("seals/000001.seal.sig", "seals/000002.seal.sig"), "signatures"),
    "signature-missing": (without("seals/000001.seal.sig"), "seals"),
    "sums-changed": (edit("seals/000001.sums", b"seal", b"sael"), "seals"),
    "token-of-another-seal": (swapped("seals/000001.first.tsr", "seals/000002.first.tsr"), "tokens"),
    "token-missing": (without("seals/000001.first.tsr"), "seals"),
    "token-damaged": (plus("seals/000001.first.tsr", b"x"), "tokens"),
    "unlisted-file": (plus("more.txt"), "lines"),
    "statement-not-canonical": (edit("disclosure.json", b",", b", "), "lines"),
    "statement-without-lines": (rewritten(drop_lines), "lines"),
    "statement-of-another-case": (
        rewritten(lambda s: s.__setitem__("case", "urn:uuid:00000000-0000-4000-8000-00000000dead")),
        "seals",
    ),
    "statement-without-items": (rewritten(lambda s: s.__setitem__("items", [])), "lines"),
    "statement-with-another-item": (rewritten(lambda s: s.__setitem__("items", [1, 2, 3])), "lines"),
    "statement-of-anything": (rewritten(lambda s: s.update(lines=[1, None, {}], seals=["x", {}])), "lines"),
    "statement-with-a-strange-authority": (
        rewritten(lambda s: s["seals"][0]["tokens"][0].__setitem__("authority", "../x")),  # type: ignore[index]
        "seals",
    ),
}


def _proof(files: Files, *, cut: bool = False, size: int = 0) -> bytes:
    told = json.loads(files["proofs/000002.json"])
    told["hashes"] = told["hashes"][:-1] if cut else told["hashes"]
    told["tree_size"] = size or told["tree_size"]
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize("name", DISCLOSURES)
def test_a_disclosure_that_was_changed_is_contradicted(tmp_path: Path, disclosed: Files, name: str) -> None:
    """Also where whoever changed it wrote its list of hashes anew."""
    change, check = DISCLOSURES[name]
    changed = change(disclosed)
    first = verified(as_zip(tmp_path / "x.zip", changed), **KNOWN)
    again = verified(as_zip(tmp_path / "y.zip", resealed(changed)), **KNOWN)
    assert "contents" in broken(first), said(first)
    assert "contents" not in broken(again), said(again)
    assert check in broken(again), said(again)


def test_a_seal_that_does_not_follow_the_one_before_is_contradicted(tmp_path: Path) -> None:
    """The second seal names another first one, and the key holder signed both."""
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST)
    case.page("http://b.example/y")
    case.seal(JANES, FIRST)
    other = begun(tmp_path / "other")
    other.note("made up")
    other.seal(JANES, FIRST)
    other.page("http://b.example/y")
    other.seal(JANES, FIRST)
    changed = disclosed_files(tmp_path / "case", 1, 2)
    theirs = disclosed_files(tmp_path / "other", 1, 2)
    changed |= {name: data for name, data in theirs.items() if name.startswith("seals/000002")}
    verdict = verified(as_zip(tmp_path / "x.zip", resealed(changed)), **KNOWN)
    assert "seals" in broken(verdict), said(verdict)
    assert "does not go on where seal 1" in said(verdict, "seals")


def test_an_unstamped_seal_is_said_to_be_one(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    verdict = verified(as_zip(tmp_path / "x.zip", disclosed_files(tmp_path / "case", 1)), **KNOWN)
    assert worst(verdict, "tokens") is Severity.UNCHECKED, said(verdict)


def test_a_withheld_item_is_disclosed_without_its_evidence(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    file = next(event.data["file"] for event in map(parse_line, case.lines) if event.event == "item.captured")
    facts = {"item": 1, "reason": "court order", "authority": "the court", "also": [], "file": file}
    (tmp_path / "case" / file["path"]).unlink()
    case.add("item.withheld", facts)
    case.seal(JANES, FIRST)
    verdict = verified(as_zip(tmp_path / "x.zip", disclosed_files(tmp_path / "case", 1)), **KNOWN)
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert "was withheld" in said(verdict, "files")


def test_a_disclosure_of_a_newer_kind_is_unchecked(tmp_path: Path, disclosed: Files) -> None:
    changed = rewritten(lambda s: s.__setitem__("schema", "archiver-disclosure/9"))(disclosed)
    verdict = verified(as_zip(tmp_path / "x.zip", resealed(changed)))
    assert verdict.worst is Severity.UNCHECKED, said(verdict)


def test_another_key_and_another_authority_are_not_those_you_named(tmp_path: Path, disclosed: Files) -> None:
    path = as_zip(tmp_path / "x.zip", disclosed)
    assert worst(verified(path, signers=MALLORYS.allowed()), "signatures") is Severity.BROKEN
    assert worst(verified(path, signers=MALLORYS.allowed("mallory")), "signatures") is Severity.UNCHECKED
    assert worst(verified(path), "signatures") is Severity.UNASKED
    assert worst(verified(path, roots=FIRST.roots), "tokens") <= Severity.NOTE


def test_a_receipt_of_another_case_or_seal_shows(tmp_path: Path, case: Path, disclosed: Files) -> None:
    path = as_zip(tmp_path / "x.zip", disclosed)
    given = receipt(case, 1)
    assert worst(verified(path, expect=given), "receipt") is Severity.OK
    other = replace(given, case="urn:uuid:00000000-0000-4000-8000-00000000dead")
    assert worst(verified(path, expect=other), "receipt") is Severity.BROKEN
    assert worst(verified(path, expect=replace(given, sha256="0" * 64)), "receipt") is Severity.BROKEN
    assert worst(verified(path, expect=replace(given, seal=9)), "receipt") is Severity.UNCHECKED


def test_a_foreign_bag_gets_its_own_checks(tmp_path: Path) -> None:
    bagit = pytest.importorskip("bagit", reason="bagit is not installed")
    folder = as_folder(tmp_path / "bag", {"a.txt": b"one", "b/ü 100%.txt": b"two"})
    bagit.make_bag(str(folder), checksums=["sha256", "md5"])
    verdict = verified(folder)
    assert verdict.worst is Severity.UNASKED, said(verdict)
    (folder / "data/a.txt").write_bytes(b"eno")
    assert broken(verified(folder)) == {"contents"}
    (folder / "data/a.txt").unlink()
    assert broken(verified(folder)) == {"contents"}


def test_a_foreign_bag_with_md5_alone_is_unchecked(tmp_path: Path) -> None:
    bagit = pytest.importorskip("bagit", reason="bagit is not installed")
    folder = as_folder(tmp_path / "bag", {"a.txt": b"one"})
    bagit.make_bag(str(folder), checksums=["md5"])
    assert verified(folder).worst is Severity.UNCHECKED
    (folder / "fetch.txt").write_text("https://example.org/x 3 data/x\n")
    assert "fetched from elsewhere" in said(verified(folder))


@pytest.mark.parametrize("name", ["slip", "twice-by-case", "hidden", "link"])
@pytest.mark.parametrize("kind", ["bag", "disclosure"])
def test_a_container_that_lies_is_refused_unread(
    tmp_path: Path, bagged: Files, disclosed: Files, name: str, kind: str
) -> None:
    honest = plain_zip(bagged if kind == "bag" else disclosed)
    lies = {
        "slip": honest.but(members=(*honest.members, ZipMember(b"../x", b"y"))),
        "twice-by-case": honest.but(members=(*honest.members, ZipMember(honest.members[0].name.upper(), b"y"))),
        "hidden": honest.but(before_directory=b"hidden"),
        "link": honest.but(members=(*honest.members, ZipMember(b"x", b"/etc/passwd", mode=0o120777))),
    }
    (tmp_path / "in").mkdir()
    (tmp_path / "in/x.zip").write_bytes(lies[name].data())
    verdict = verified(tmp_path / "in/x.zip")
    assert broken(verdict) == {"container"}, said(verdict)
    assert {f.check for f in verdict.findings} == {"container", "contents"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_link_in_a_bag_folder_is_not_followed(tmp_path: Path, bagged: Files) -> None:
    folder = as_folder(tmp_path / "bag", bagged)
    shutil.copy(folder / WARC, tmp_path / "elsewhere")
    (folder / WARC).unlink()
    (folder / WARC).symlink_to(tmp_path / "elsewhere")
    assert broken(verified(folder)) >= {"container", "contents", "layout"}


def test_what_a_path_is_decides_who_judges_it(tmp_path: Path, case: Path, bagged: Files) -> None:
    assert not is_bundle(case)
    assert not is_bundle(case / "evidence/000/000001.warc.gz")
    assert is_bundle(as_folder(tmp_path / "bag", bagged))
    (tmp_path / "beside.txt").write_bytes(b"x")
    assert not is_bundle(tmp_path)
    assert is_bundle(as_zip(tmp_path / "x.zip", {"a": b"x"}))
    assert verified(tmp_path / "x.zip").worst is Severity.UNCHECKED
    (tmp_path / "x.age").write_bytes(b"age-encryption.org/v1\n...")
    assert verified(tmp_path / "x.age").worst is Severity.UNCHECKED
    with pytest.raises(CaseError):
        verified(tmp_path / "nothing.zip")


def test_only_some_checks_are_told(tmp_path: Path, bagged: Files) -> None:
    verdict = verified(as_zip(tmp_path / "x.zip", bagged), only="contents,files")
    assert {f.check for f in verdict.findings} == {"contents", "files"}, said(verdict)


def command(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "archiver", *args], cwd=cwd, capture_output=True, text=True)


def test_the_command_takes_exports(tmp_path: Path, case: Path, bagged: Files, disclosed: Files) -> None:
    as_zip(tmp_path / "bag.zip", bagged)
    as_tar(tmp_path / "exhibit.tar", disclosed)
    as_tar(tmp_path / "bad.tar", edit(EXHIBIT, b"\x1f\x8b", b"\x1f\x8c")(disclosed))
    done = command("verify", "./bag.zip", "--expect", receipt(case, 2).text(), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "in words: everything that was checked agrees with what this export says of itself" in done.stdout
    done = command("verify", "exhibit.tar", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["counts"]["lines"] == 4
    done = command("verify", "./bad.tar", cwd=tmp_path)
    assert done.returncode == 8, done.stdout
    assert "not as it says of itself" in done.stdout
    assert command("verify", "./bag.zip", "--only", "nothing", cwd=tmp_path).returncode == 2


def test_any_damage_to_any_byte_of_an_export_is_found(tmp_path: Path, disclosed: Files) -> None:
    """Every 97th byte, and every byte of headers in between, over the whole of a zip."""
    data = as_zip(tmp_path / "x.zip", disclosed).read_bytes()
    path = tmp_path / "y.zip"
    ignored: list[int] = []
    for place in range(0, len(data), 97):
        changed = bytearray(data)
        changed[place] ^= 0x10
        path.write_bytes(changed)
        verdict: Verdict = verified(path)
        if verdict.worst < Severity.UNCHECKED:
            ignored.append(place)
    assert len(ignored) <= len(data) // 97 // 50, ignored  # dates, versions and attributes in headers of the zip
