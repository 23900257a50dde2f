"""VERIFY.txt of real exports, followed word for word by somebody who has nothing of ours; verify.py beside it."""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from byhandbench import Done, Stranger, failed
from exportbench import Office
from server import RawServer
from sshkeys import made_key, signed
from stamping import LocalAuthority
from standing import pythons, said

from archiver.custody.log import parse_line
from archiver.custody.seal import Seal
from archiver.export.byhand import Exhibit, Facts, Kind, Line, SealFacts, Token, verify_txt

SHELLS = ("/bin/sh", "/bin/bash")


@pytest.fixture
def sealed(office: Office, raw_server: RawServer, authority: LocalAuthority) -> Office:
    """A case of four items and three seals, signed and stamped, with lines that tell of seals between."""
    raw_server.routes = {
        "/news": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<title>Raid</title>.",
        "/gone": b"HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone",
    }
    office.policy(authority, "interval: 0.001")
    office.captured(raw_server, "/news")
    office.captured(raw_server, "/gone")
    office.kept("photo.jpg", b"\xff\xd8 a photo")
    office.done("note", "harbour", "He rang at noon \x1b[2J\u202e", "--item", "1")
    office.done("seal", "harbour")
    office.kept("second.jpg", b"\xff\xd8 another")
    office.done("seal", "harbour")
    return office


def stranger(office: Office, authority: LocalAuthority, shell: str = "/bin/sh") -> Stranger:
    """Somebody whom jane gave her key, and who knows the authority."""
    key = next((office.case / "trust").iterdir()).read_text()
    return Stranger.at(office.folder / "stranger", key, authority.roots_pem, shell)


def followed(office: Office, authority: LocalAuthority, export: Path, shell: str = "/bin/sh") -> list[Done]:
    return stranger(office, authority, shell).follows((export / "VERIFY.txt").read_text("ascii"), export)


def shown(done: list[Done]) -> str:
    wrong = (each for each in done if not each.agrees)
    return "\n".join(f"{each.block.typed}\n=> {each.output}\n!= {each.block.answer}" for each in wrong)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_for_a_bag_gives_the_answer_that_the_text_promises(
    sealed: Office, authority: LocalAuthority, shell: str
) -> None:
    done = followed(sealed, authority, sealed.bag(), shell)
    assert len(done) >= 15
    assert failed(done) == [], shown(done)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_for_a_disclosure_gives_the_answer_that_the_text_promises(
    sealed: Office, authority: LocalAuthority, shell: str
) -> None:
    done = followed(sealed, authority, sealed.disclosed(1, 4), shell)
    assert len(done) >= 20
    assert failed(done) == [], shown(done)


def test_a_withheld_exhibit_is_named_and_nothing_else_fails(sealed: Office, authority: LocalAuthority) -> None:
    sealed.done("withhold", "harbour", "2", "--reason", "order 7", "--authority", "the court", "--yes")
    done = followed(sealed, authority, sealed.bag())
    assert failed(done) == [], shown(done)


def test_a_case_that_nobody_signed_or_stamped_says_so(office: Office, authority: LocalAuthority) -> None:
    office.kept("photo.jpg", b"\xff\xd8 a photo")
    bag = office.bag()
    text = (bag / "VERIFY.txt").read_text("ascii")
    assert "nobody signed this seal" in text
    assert "No authority has stamped this seal." in text
    nobody = Stranger.at(office.folder / "stranger", "", authority.roots_pem)
    done = nobody.follows(text, bag)
    assert failed(done) == [], shown(done)


# What somebody could do to an export, and the command whose answer then is another


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def flip_end(path: Path) -> None:
    """Turn a bit of the last byte, which belongs to the signature of a time stamp."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def listed_anew(export: Path) -> None:
    """Write the lists of hashes again: whoever changes a file can do that."""
    for name, top in (("manifest-sha256.txt", "data"), ("SHA256SUMS", ".")):
        if (export / name).exists():
            files = sorted(path for path in (export / top).rglob("*") if path.is_file() and path.name != "SHA256SUMS")
            (export / name).write_text("".join(f"{hashed(path)}  {path.relative_to(export)}\n" for path in files))
    if (tags := export / "tagmanifest-sha256.txt").exists():
        files = sorted(path for path in export.iterdir() if path.is_file() and path != tags)
        tags.write_text("".join(f"{hashed(path)}  {path.name}\n" for path in files))


def hashed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def edit_line(case: Path) -> None:
    log = case / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b"the family", b"a neighbor", 1))


def take_line(case: Path) -> None:
    log = case / "custody.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:3] + lines[4:]))


def sign_anew(case: Path) -> None:
    """Sign the newest seal with another key, and let the sums say so."""
    key = made_key(case.parent.parent, "mallory")
    text = (newest := sorted((case / "seals").glob("*.seal"))[-1]).read_bytes()
    (signature := newest.with_suffix(".seal.sig")).write_bytes(signed(key, text))
    sums = newest.with_suffix(".sums")
    sums.write_text(f"{hashed(newest)}  {newest.name}\n{hashed(signature)}  {signature.name}\n")


def other_stamp(case: Path) -> None:
    first, *_, last = sorted((case / "seals").glob("*.tsr"))
    shutil.copy(first, last)


def add_evidence(case: Path) -> None:
    shutil.copy(case / "evidence/000/000001.warc.gz", case / "evidence/000/000099.warc.gz")


def forge_list(case: Path) -> None:
    """Replace a file, and its hash in the list of its seal."""
    flip(file := case / "evidence/000/000003.warc.gz")
    name = "evidence/000/000003.warc.gz\n"
    for listed in (case / "seals").glob("*.files.sha256"):
        lines = listed.read_text().splitlines(keepends=True)
        listed.write_text("".join(f"{hashed(file)}  {name}" if line.endswith(name) else line for line in lines))


BAG_ATTACKS: list[tuple[Callable[[Path], object], str]] = [
    (lambda case: flip(case / "evidence/000/000003.warc.gz"), "echo as sealed"),
    (lambda case: (case / "evidence/000/000003.warc.gz").unlink(), "echo as sealed"),
    (add_evidence, "find evidence"),
    (forge_list, "value files-sha256"),
    (edit_line, "value log-sha256"),
    (take_line, "value log-sha256"),
    (lambda case: flip(case / "manifest.yaml"), "value manifest-sha256"),
    (lambda case: flip(case / "seals/000001.entries.sha256"), "value entries-sha256"),
    (lambda case: flip(case / "seals/000001.seal"), "value previous-seal-sha256"),
    (lambda case: flip(sorted((case / "seals").glob("*.seal"))[-1]), "ssh-keygen -Y verify"),
    (sign_anew, "ssh-keygen -Y verify"),
    (other_stamp, "openssl ts -verify"),
    (lambda case: flip_end(sorted((case / "seals").glob("*.tsr"))[-1]), "openssl ts -verify"),
]


def test_in_a_bag_that_was_changed_the_step_that_must_fail_fails_and_verify_py_says_so(
    sealed: Office, authority: LocalAuthority
) -> None:
    bag, somebody = sealed.bag(), stranger(sealed, authority)
    text = (bag / "VERIFY.txt").read_text("ascii")
    assert said(bag / "verify.py").code == 0
    for number, (attack, step) in enumerate(BAG_ATTACKS):
        changed = Path(shutil.copytree(bag, sealed.folder / f"changed-{number}" / "bag"))
        attack(changed / "data")
        wrong = failed(somebody.follows(text, changed))
        assert any("manifest-sha256.txt" in typed for typed in wrong), f"{step}: the lists do not show it"
        assert any(step in typed for typed in wrong), f"{step}: {wrong}"
        listed_anew(changed)
        wrong = failed(somebody.follows(text, changed))
        assert not any("manifest-sha256.txt" in typed for typed in wrong)
        assert any(step in typed for typed in wrong), f"{step}, lists made anew: {wrong}"
        result = said(changed / "verify.py")
        assert result.code == 8, f"{step}: {result.text}"


def test_whoever_names_another_key_or_other_roots_is_told_so(sealed: Office, authority: LocalAuthority) -> None:
    bag = sealed.bag()
    made_key(sealed.folder, "other")
    key = f"jane {(sealed.folder / 'other.pub').read_text()}"
    with LocalAuthority("other") as other:
        somebody = Stranger.at(sealed.folder / "stranger", key, other.roots_pem)
    wrong = failed(somebody.follows((bag / "VERIFY.txt").read_text("ascii"), bag))
    assert len(wrong) == 2, wrong
    assert "ssh-keygen -Y verify" in wrong[0]
    assert "openssl ts -verify" in wrong[1]


def reordered_proof(out: Path) -> None:
    proof = next((out / "proofs").iterdir())
    proof.write_text(proof.read_text().replace('"hashes":["', '"hashes":["0', 1))


def other_index(out: Path) -> None:
    index = json.loads((out / "disclosure.json").read_text())
    (out / "disclosure.json").write_text(json.dumps({**index, "lines": index["lines"][1:]}))


DISCLOSURE_ATTACKS: list[tuple[Callable[[Path], object], str]] = [
    (lambda out: flip(out / "evidence/000/000001.warc.gz"), "evidence/000/000001.warc.gz"),
    (lambda out: flip(next((out / "lines").iterdir())), "sha256sum < lines/"),
    (lambda out: flip(next((out / "seals").glob("*.entries.sha256"))), ".entries.sha256"),
    (lambda out: flip(next((out / "seals").glob("*.seal"))), "ssh-keygen -Y verify"),
    (lambda out: flip_end(next((out / "seals").glob("*.tsr"))), "openssl ts -verify"),
    (lambda out: (out / "evidence/000/more.txt").write_text("x"), "find . "),
]


def test_in_a_disclosure_that_was_changed_the_step_that_must_fail_fails_and_verify_py_says_so(
    sealed: Office, authority: LocalAuthority
) -> None:
    out, somebody = sealed.disclosed(1, 4), stranger(sealed, authority)
    text = (out / "VERIFY.txt").read_text("ascii")
    assert said(out / "verify.py").code == 0
    for number, (attack, step) in enumerate(DISCLOSURE_ATTACKS):
        changed = Path(shutil.copytree(out, sealed.folder / f"changed-{number}" / "out"))
        attack(changed)
        wrong = failed(somebody.follows(text, changed))
        assert any(step in typed for typed in wrong), f"{step}: {wrong}"
        if not step.startswith("find"):
            listed_anew(changed)
            wrong = failed(somebody.follows(text, changed))
            assert not any("SHA256SUMS" in typed for typed in wrong)
            assert any(step in typed for typed in wrong), f"{step}, list made anew: {wrong}"
        if "openssl" not in step:  # which verify.py does not do, and says so
            result = said(changed / "verify.py")
            assert result.code == 8, f"{step}: {result.text}"
    for attack in (reordered_proof, other_index):
        attack(changed := Path(shutil.copytree(out, sealed.folder / f"changed-{attack.__name__}")))
        listed_anew(changed)
        assert said(changed / "verify.py").code == 8, attack.__name__


def test_verify_py_prints_the_commands_that_are_left_and_they_are_right(
    sealed: Office, authority: LocalAuthority
) -> None:
    bag, somebody = sealed.bag(), stranger(sealed, authority)
    lines = said(bag / "verify.py").text.splitlines()
    left = [line.strip() for line in lines if line.startswith("  ")]
    assert [command.split()[0] for command in left] == ["ssh-keygen", "openssl"]
    for command in left:
        done = somebody.types(command, bag / "data/seals")
        assert "Good" in done or "Verification: OK" in done, done


@pytest.mark.parametrize("python", pythons() or [sys.executable])
def test_other_versions_of_python_say_the_same(sealed: Office, python: str) -> None:
    bag = sealed.bag()
    assert said(bag / "verify.py", python=python) == said(bag / "verify.py")
    flip(bag / "data/evidence/000/000001.warc.gz")
    assert said(bag / "verify.py", python=python).code == 8


def test_verify_py_reads_only(sealed: Office) -> None:
    bag = sealed.bag()
    before = sorted((str(path), path.stat().st_mtime_ns) for path in bag.rglob("*"))
    assert said(bag / "verify.py", bag).code == 0
    assert sorted((str(path), path.stat().st_mtime_ns) for path in bag.rglob("*")) == before


# A WACZ: the same files in other folders


def as_wacz(bag: Path, out: Path) -> list[Exhibit]:
    """Lay the case of a bag out as the archive of a WACZ, unpacked, and return the exhibits."""
    data = bag / "data"
    for folder in ("archive", "custody", "verify"):
        (out / folder).mkdir(parents=True)
    for name in ("custody.jsonl", "manifest.yaml", "case.yaml"):
        shutil.copy(data / name, out / "custody" / name)
    for folder in ("seals", "trust"):
        shutil.copytree(data / folder, out / folder)
    shutil.copy(bag / "verify.py", out / "verify/verify.py")
    lines = (data / "custody.jsonl").read_bytes().splitlines()
    numbered = ((number, json.loads(line)["data"]) for number, line in enumerate(lines, 1))
    outcomes = {told["item"]: number for number, told in numbered if "records" in told}
    exhibits = []
    for item, number in outcomes.items():
        path = shutil.copy(data / f"evidence/000/{item:06d}.warc.gz", out / f"archive/{item:06d}.warc.gz")
        exhibits.append(Exhibit(item, f"archive/{item:06d}.warc.gz", hashed(Path(path)), number))
    return exhibits


def packaged(out: Path) -> None:
    """Write the lists of a WACZ, old ones over."""
    lists = {"datapackage.json", "datapackage-digest.json"}
    files = sorted(path for path in out.rglob("*") if path.is_file() and path.name not in lists)
    names = [f"{path.relative_to(out)}" for path in files]
    facts = [{"bytes": path.stat().st_size, "hash": f"sha256:{hashed(path)}"} for path in files]
    resources = [{**fact, "name": name, "path": name} for name, fact in zip(names, facts, strict=True)]
    (out / "datapackage.json").write_text(json.dumps({"resources": resources}, separators=(",", ":")))
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashed(out / 'datapackage.json')}"}
    (out / "datapackage-digest.json").write_text(json.dumps(digest))


def test_every_command_for_a_wacz_gives_the_answer_that_the_text_promises(
    sealed: Office, authority: LocalAuthority
) -> None:
    bag, out = sealed.bag(), sealed.folder / "unpacked"
    exhibits = as_wacz(bag, out)
    seal = Seal.parse(sorted((out / "seals").glob("*.seal"))[-1].read_bytes())
    lines = (out / "custody/custody.jsonl").read_bytes().splitlines(keepends=True)
    events = [parse_line(line) for line in lines]
    facts = SealFacts.of(seal, events[seal.last_line], [event for event in events if event.event == "token.added"])
    text = verify_txt(Facts("wacz", (facts,), prefix="custody/", exhibits=tuple(exhibits), seals_in="seals/"))
    (out / "verify/VERIFY.txt").write_text(text)
    packaged(out)
    somebody = stranger(sealed, authority)
    done = somebody.follows(text, out)
    assert failed(done) == [], shown(done)
    assert said(out / "verify/verify.py", out).code == 0
    edit_line(out / "custody")
    packaged(out)
    wrong = failed(somebody.follows(text, out))
    assert any("value log-sha256" in typed for typed in wrong), wrong
    assert said(out / "verify/verify.py", out).code == 8


def test_a_wacz_of_single_items_is_checked_by_its_lists(sealed: Office, authority: LocalAuthority) -> None:
    bag, out = sealed.bag(), sealed.folder / "unpacked"
    exhibits = as_wacz(bag, out)
    for folder in ("custody", "seals", "trust"):
        shutil.rmtree(out / folder)
    text = verify_txt(Facts("wacz", (), exhibits=tuple(exhibits)))
    packaged(out)
    somebody = stranger(sealed, authority)
    done = somebody.follows(text, out)
    assert failed(done) == [], shown(done)
    assert said(out / "verify/verify.py", out).code == 0
    flip(out / "archive/000001.warc.gz")
    wrong = failed(somebody.follows(text, out))
    assert any("archive/000001.warc.gz" in typed for typed in wrong), wrong
    assert said(out / "verify/verify.py", out).code == 8


# The text itself


def made_up(signer: str = "jane", tokens: int = 1, kind: Kind = "bag") -> Facts:
    first, sha256 = bytes(32).hex(), "a" * 64
    seal = Seal(
        *("urn:uuid:00000000-0000-4000-8000-000000000001", 1, first, "2026-11-22T06:55:58.854810Z", 1, 1, 0, 10),
        *(sha256, sha256, sha256, (sha256,), sha256, sha256, 0, 10, sha256, signer),
    )
    name = "a" * 31
    stamps = (Token(name, "2026-11-02T06:56:03.5Z", f"000001.{name}.{k}.tsr") for k in range(2, 2 + tokens))
    known = SealFacts(seal, sha256, "SHA256:" + "A" * 43, tuple(stamps))
    lines = (Line(1, sha256, 1, "item.captured"),)
    exhibits = tuple(Exhibit(n, f"evidence/000/{n:06d}.warc.gz", sha256, 1) for n in range(1, 6))
    return Facts(kind, (known,), prefix="data/" if kind == "bag" else "", exhibits=exhibits, lines=lines)


@pytest.mark.parametrize("kind", ["bag", "disclosure", "wacz"])
@pytest.mark.parametrize("signer", ["j", "a" * 100])
def test_the_text_is_plain_and_80_columns_wide_whatever_the_names(kind: Kind, signer: str) -> None:
    text = verify_txt(made_up(signer, 3, kind))
    assert text == verify_txt(made_up(signer, 3, kind))
    assert text.isascii()
    assert all(character == "\n" or character.isprintable() for character in text)
    words = (word for word in text.split() if len(word) > 76)
    assert all(word == signer for word in words)
    wide = [line for line in text.splitlines() if len(line) > 80 and signer not in line]
    assert wide == []
    assert text.endswith("\n")
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_a_time_is_told_as_openssl_prints_it_and_in_seconds() -> None:
    token = Token("first", "2026-11-02T06:56:03.500Z", "000001.first.tsr")
    assert (token.printed, token.epoch) == ("Nov  2 06:56:03.5 2026 GMT", 1793602563)
    assert Token("first", "2026-11-22T06:56:03Z", "x").printed == "Nov 22 06:56:03 2026 GMT"


def test_a_long_case_goes_through_three_exhibits_and_says_how_many_are_left() -> None:
    text = verify_txt(made_up())
    assert text.count("Item ") == 3
    assert "The other 2 go the same way." in text


def test_a_file_beside_the_case_in_a_bag_shows_by_hand(sealed: Office, authority: LocalAuthority) -> None:
    bag, somebody = sealed.bag(), stranger(sealed, authority)
    text = (bag / "VERIFY.txt").read_text("ascii")
    assert failed(somebody.follows(text, bag)) == []
    (bag / "read me first.txt").write_text("all is well")
    (wrong,) = failed(somebody.follows(text, bag))
    assert "find . " in wrong
