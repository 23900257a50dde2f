"""What stops an export, and that it leaves nothing behind."""

import errno
import hashlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from exportbench import Office, files_of
from stamping import LocalAuthority

from archiver.custody.read import Snapshot
from archiver.errors import CaseError, ExitCode
from archiver.export import entries, placing, sinks
from archiver.export.sealed import read_sealed
from archiver.verify.run import verify_case

ROOT = Path(__file__).parents[2]
KINDS = (("--as", "bag"), ("--as", "disclosure", "--item", "1"))
NAMES = ("out", "out.zip", "out.tar")


@pytest.fixture
def full(office: Office) -> Office:
    office.kept("a.txt", b"first")
    office.kept("b.txt", b"second")
    office.done("seal", "harbour")
    return office


def refused(office: Office, *args: str, code: ExitCode, says: str) -> None:
    """The command is refused, nothing is left behind, and the case does not tell of an export."""
    before = office.left_behind()
    done, out, err = office.run("export", "harbour", *args)
    assert (done, out) == (code, ""), err
    assert says in err
    assert office.left_behind() == before
    assert "export.made" not in office.names()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("made", ["file", "folder", "link"])
def test_nothing_is_written_over(full: Office, name: str, made: str) -> None:
    target = full.folder / name
    makes: dict[str, Callable[[], object]] = {
        "file": lambda: target.write_bytes(b"mine"),
        "folder": target.mkdir,
        "link": lambda: target.symlink_to("nowhere"),
    }
    makes[made]()
    refused(full, "-o", name, "--as", "bag", code=ExitCode.CASE, says="there is already something of that name")
    assert made != "file" or target.read_bytes() == b"mine"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_taken_meanwhile_is_not_written_over(
    full: Office, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = full.folder / name
    syncs = sinks.sync_folder if name == "out" else sinks.sync

    def taken(what: object) -> None:
        target.write_bytes(b"mine")
        syncs(what)  # type: ignore[arg-type]

    where = "archiver.export.sinks.sync_folder" if name == "out" else "archiver.export.make.sync"
    monkeypatch.setattr(where, taken)
    code, _, err = full.run("export", "harbour", "-o", name, "--as", "bag")
    assert (code, "already something" in err) == (ExitCode.CASE, True)
    assert target.read_bytes() == b"mine"
    assert full.left_behind() == {"a.txt", "b.txt", name}
    assert "export.made" not in full.names()


@pytest.mark.parametrize(
    ("output", "code", "says"),
    [
        ("no/such/out.zip", ExitCode.CASE, "the folder for it is missing"),
        ("a.txt/out.zip", ExitCode.USAGE, "cannot be the place of an export"),
        ("cases/harbour/out.zip", ExitCode.USAGE, "lies in the case itself"),
        ("cases/../cases/harbour/evidence/out", ExitCode.USAGE, "lies in the case itself"),
        ("x" * 300, ExitCode.USAGE, "cannot be the place of an export"),
        ("out.tar.gz", ExitCode.USAGE, "nothing is written that ends in .gz"),
        ("out.7Z", ExitCode.USAGE, "nothing is written that ends in .7z"),
        ("out.zip.age", ExitCode.USAGE, "ends in .age"),
        ("nul\0.zip", ExitCode.USAGE, "not a name for an export"),
        ("\udcff.zip", ExitCode.USAGE, "not a name for an export"),
        ("", ExitCode.USAGE, "not a name for an export"),
    ],
)
def test_a_place_that_cannot_be_used_is_refused(full: Office, output: str, code: ExitCode, says: str) -> None:
    refused(full, "-o", output, "--as", "bag", code=code, says=says)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--as", "box"), "--as 'box': not a kind of export"),
        (("--as", "bag", "--item", "1"), "a bag holds the whole case"),
        (("--as", "disclosure"), "name the items that are disclosed"),
        (("--as", "disclosure", "--item", "one"), "item 'one': not an item number"),
        (("--as", "bag", "--encrypt-to", "age1nonsense"), "--encrypt-to 'age1nonsense': not a recipient"),
        (("--as", "bag", "--encrypt-to", "ssh-ed25519 AAAA"), "not a recipient"),
    ],
)
def test_what_cannot_be_meant_is_refused(full: Office, args: tuple[str, ...], says: str) -> None:
    refused(full, "-o", "out.zip", *args, code=ExitCode.USAGE, says=says)


def test_a_case_that_is_not_there_is_refused(full: Office) -> None:
    code, _, err = full.run("export", "port", "-o", "out", "--as", "bag")
    assert (code, "port" in err) == (ExitCode.CASE, True)


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS, ids=["bag", "disclosure"])
@pytest.mark.parametrize(
    "spoil",
    [flipped, Path.unlink, lambda path: path.write_bytes(path.read_bytes() + b"x")],
    ids=["bit", "gone", "more"],
)
def test_a_damaged_file_of_evidence_is_named_and_not_exported(
    full: Office, name: str, kind: tuple[str, ...], spoil: Callable[[Path], None]
) -> None:
    spoil(full.case / "evidence/000/000001.warc.gz")
    refused(full, "-o", name, *kind, code=ExitCode.CASE, says="evidence/000/000001.warc.gz")


def test_damage_is_told_in_the_words_of_verify(full: Office) -> None:
    path = full.case / "evidence/000/000002.warc.gz"
    flipped(path)
    _, _, err = full.run("export", "harbour", "-o", "out", "--as", "bag")
    words = f"its SHA-256 is {hashlib.sha256(path.read_bytes()).hexdigest()}, and "
    assert words in err
    assert any(words in finding.message for finding in verify_case(full.case).findings)


def test_a_disclosure_does_not_read_the_evidence_of_others(full: Office) -> None:
    (full.case / "evidence/000/000002.warc.gz").unlink()
    assert full.disclosed(1).is_dir()


@pytest.mark.parametrize("kind", KINDS, ids=["bag", "disclosure"])
@pytest.mark.parametrize(
    "path",
    ["manifest.yaml", "seals/000001.seal", "seals/000001.sums", "seals/000001.entries.sha256"],
)
def test_a_case_that_contradicts_itself_is_not_exported(full: Office, kind: tuple[str, ...], path: str) -> None:
    flipped(full.case / path)
    code, out, _ = full.run("export", "harbour", "-o", "out", *kind)
    assert (code, out) == (ExitCode.CASE, "")
    assert full.left_behind() == {"a.txt", "b.txt"}
    assert "export.made" not in full.names()


def test_an_edited_line_that_is_sealed_is_named(full: Office) -> None:
    log = full.case / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b"the family", b"the fam1ly", 1))
    with Snapshot.open(full.case) as case, pytest.raises(CaseError, match=r"line 2 of custody.jsonl: settings_sha256"):
        read_sealed(case)


def test_a_changed_case_yaml_is_refused_until_it_is_on_record(full: Office) -> None:
    file = full.case / "case.yaml"
    file.write_text(file.read_text("utf-8").replace("The harbour raid", "Another raid"), "utf-8")
    refused(full, "-o", "out", "--as", "bag", code=ExitCode.CONFIG, says="case.yaml")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO], ids=["full", "quota", "failing"])
def test_a_disk_that_refuses_leaves_nothing_behind(
    full: Office, name: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = "archiver.export.sinks.sync" if name == "out" else "archiver.export.make.sync"

    def refuses(_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(where, refuses)
    says = "could not be written" if code == errno.EIO else "disk full"
    refused(full, "-o", name, "--as", "bag", code=ExitCode.CASE, says=says)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encrypt", [False, True], ids=["clear", "encrypted"])
def test_a_file_that_cannot_grow_leaves_nothing_behind(office: Office, name: str, encrypt: bool) -> None:
    office.kept("film.mp4", os.urandom(3_000_000))
    office.done("seal", "harbour")
    if encrypt and name == "out":
        name = "other.zip"
    more = ("--encrypt-to", recipient()) if encrypt else ()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        refused(office, "-o", name, "--as", "bag", *more, code=ExitCode.CASE, says="no file can be that large")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def recipient() -> str:
    from pyrage import x25519

    return str(x25519.Identity.generate().to_public())


@pytest.mark.parametrize("encrypt", [False, True], ids=["clear", "encrypted"])
@pytest.mark.parametrize("name", NAMES)
def test_an_interruption_leaves_nothing_behind(
    full: Office, name: str, encrypt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(self: entries.Entry) -> Iterator[bytes]:
        if self.name.endswith("000002.warc.gz"):
            raise KeyboardInterrupt
        yield from chunks(self)

    chunks = entries.Entry.chunks
    monkeypatch.setattr(entries.Entry, "chunks", stops)
    more = ("--encrypt-to", recipient()) if encrypt else ()
    name = "other.zip" if encrypt and name == "out" else name
    refused(full, "-o", name, "--as", "bag", *more, code=ExitCode.INTERRUPTED, says="interrupted")


KILLED = """
import os, signal, sys
from archiver.cli.main import main
from archiver.export import entries
chunks = entries.Entry.chunks
def dies(self):
    if self.name.endswith("000002.warc.gz"):
        os.kill(os.getpid(), signal.SIGKILL)
    yield from chunks(self)
entries.Entry.chunks = dies
main(sys.argv[1:], environ={})
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_export_leaves_at_most_a_hidden_name(full: Office, name: str) -> None:
    command = [sys.executable, "-c", KILLED, "export", "harbour", "-o", name, "--as", "bag"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    died = subprocess.run(command, cwd=full.folder, env=environment, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL
    (left,) = full.left_behind() - {"a.txt", "b.txt"}
    assert left.startswith(".archiver-export-")
    assert "export.made" not in full.names()
    assert verify_case(full.case).exit_code() is ExitCode.OK
    assert files_of(full.bag(name))  # the next one is not in its way


def test_what_cannot_be_put_on_record_is_taken_back(full: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def moved(hidden: Path, target: Path) -> None:
        rename(hidden, target)
        made.append(target.name)
        (full.case / "case.yaml").write_text("archiver_case: 2\n", "utf-8")

    rename = placing._rename
    monkeypatch.setattr(placing, "_rename", moved)
    refused(full, "-o", "out.zip", "--as", "bag", code=ExitCode.CONFIG, says="case.yaml")
    assert made == ["out.zip"]


def test_a_disk_without_links_takes_a_file_all_the_same(full: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(placing.os, "link", refuses)
    plan = placing.placed(full.folder / "out.zip", "x")
    with plan as hidden:
        hidden.write_bytes(b"whole")
    assert (full.folder / "out.zip").read_bytes() == b"whole"
    with pytest.raises(CaseError, match="already"), placing.placed(full.folder / "out.zip", "y") as hidden:
        hidden.write_bytes(b"other")
    assert full.left_behind() == {"a.txt", "b.txt", "out.zip"}


def test_without_the_key_that_is_asked_for_nothing_is_exported(office: Office, authority: LocalAuthority) -> None:
    authority.mode = "good"
    office.policy(authority)
    office.kept("a.txt", b"first")
    office.done("note", "harbour", "later")
    for key in (office.folder / "config").rglob("*"):
        if key.is_file():
            key.unlink()
    code, document = office.document("export", "harbour", "-o", "out.zip", "--as", "bag")
    assert code == document["exit_code"] == ExitCode.NOT_SEALED
    assert document["path"] is document["event"] is None
    assert document["sealed"]["due"]
    code, out, _ = office.run("export", "harbour", "-o", "out.zip", "--as", "bag")
    assert (code, "exported: nothing" in out) == (ExitCode.NOT_SEALED, True)
    assert office.left_behind() == {"a.txt"}
    assert "export.made" not in office.names()
