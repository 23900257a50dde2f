"""VERIFY.txt of real exports, followed word for word by somebody who has nothing of ours; verify.py beside it."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from byhandbench import Done, Stranger, failed
from exportbench import Office
from server import RawServer
from sshkeys import made_key, signed
from stamping import LocalAuthority
from standing import pythons, said

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
    reordered_proof(out)
    listed_anew(out)
    assert said(out / "verify.py").code == 8


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


@pytest.mark.parametrize("python", pythons() or [""])
def test_other_versions_of_python_say_the_same(sealed: Office, python: str) -> None:
    if not python:
        pytest.skip("there is no other version of Python on this machine")
    bag = sealed.bag()
    assert said(bag / "verify.py", python=python) == said(bag / "verify.py")
    flip(bag / "data/evidence/000/000001.warc.gz")
    assert said(bag / "verify.py", python=python).code == 8


def test_verify_py_reads_only(sealed: Office) -> None:
    bag = sealed.bag()
    before = sorted((str(path), path.stat().st_mtime_ns) for path in bag.rglob("*"))
    assert said(bag / "verify.py", bag).code == 0
    assert sorted((str(path), path.stat().st_mtime_ns) for path in bag.rglob("*")) == before
