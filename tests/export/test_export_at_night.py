"""An export by somebody in a hurry: sticks that are full, names that mislead, other writers, a machine that dies."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from exportbench import Office

from archiver.custody.store import CaseStore
from archiver.errors import CaseError, ExitCode
from archiver.export import placing
from archiver.model.verdict import Severity
from archiver.pipeline import exports
from archiver.verify.bundles import is_bundle, verify_bundle

ROOT = Path(__file__).parents[2]
BAG = ("export", "harbour", "--as", "bag")


class Disk(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def sealed(office: Office) -> Office:
    office.kept("a.txt", b"first")
    office.kept("b.txt", b"second")
    office.done("seal", "harbour")
    return office


@pytest.mark.parametrize("name", ["out", "out.zip", "out.tar"])
def test_a_disk_without_room_is_refused_before_a_byte_is_written(
    sealed: Office, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("something was written")

    monkeypatch.setattr(placing.shutil, "disk_usage", lambda _: Disk(1 << 40, 0, 1000))
    monkeypatch.setattr("archiver.export.make.placed", forbidden)
    code, out, err = sealed.run(*BAG, "-o", name)
    assert (code, out) == (ExitCode.CASE, "")
    assert f"{name}: nothing was exported: it has " in err
    assert "bytes, 1000 are free" in err
    assert "export.made" not in sealed.names()


@pytest.mark.parametrize(
    "usage", [lambda _: Disk(0, 0, 0), lambda _: Path("/nowhere/at/all").stat()], ids=["none", "fails"]
)
def test_a_disk_that_does_not_say_how_much_room_it_has_is_tried(
    sealed: Office, usage: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing.shutil, "disk_usage", usage)
    assert sealed.bag("out.zip").exists()


def test_a_dash_is_no_name_for_an_export(sealed: Office) -> None:
    code, out, err = sealed.run(*BAG, "-o", "-")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "-o -: an export is not written to the standard output" in err
    assert sealed.left_behind() == {"a.txt", "b.txt"}


def test_what_an_export_left_that_did_not_end_is_named_and_left_alone(sealed: Office) -> None:
    left = sealed.folder / ".archiver-export-0123abcd.part"
    left.write_bytes(b"half")
    (sealed.folder / ".archiver-export-of-mine").write_bytes(b"x")
    _, _, err = sealed.run(*BAG, "-o", "out.zip")
    assert err.count("is left over from an export that did not end") == 1
    assert left.name in err
    assert left.read_bytes() == b"half"


def busy(monkeypatch: pytest.MonkeyPatch, times: int) -> list[int]:
    """Let the case be found locked so many times once an export is made; returns the tries."""
    tried: list[int] = []

    @contextmanager
    def opened(*args: Any, **given: Any) -> Iterator[CaseStore]:
        tried.append(1)
        if len(tried) <= times:
            raise CaseError("locked", "case harbour: process 7 is writing to it", "wait until it is done")
        with real(*args, **given) as store:
            yield store

    def first(sealing: Any) -> Any:
        answer = sealed_first(sealing)
        monkeypatch.setattr(exports, "open_case", opened)
        return answer

    real, sealed_first = exports.open_case, exports.sealed_first
    monkeypatch.setattr(exports, "sealed_first", first)
    return tried


def test_a_finished_export_waits_for_another_writer(sealed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = busy(monkeypatch, 3)
    assert sealed.bag("out.zip").exists()
    assert (len(tried), sealed.names()[-1]) == (4, "export.made")


def test_an_export_that_cannot_be_put_on_record_in_the_end_is_taken_back(
    sealed: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PATIENCE", 0.0)
    busy(monkeypatch, 1)
    code, _, err = sealed.run(*BAG, "-o", "out.zip")
    assert (code, "process 7 is writing to it" in err) == (ExitCode.CASE, True)
    assert sealed.left_behind() == {"a.txt", "b.txt"}


# --- what was exported, looked at by somebody else


def test_the_case_in_an_unpacked_bag_is_verified_as_a_part_of_it(office: Office) -> None:
    """Only the bag says that this is an export, which leaves the quarantine out."""
    office.kept("a.txt", b"first")
    with (office.case / "custody.jsonl").open("ab") as log:
        log.write(b"half of a line")
    office.done("recover", "harbour")
    bag = office.bag()
    assert is_bundle(bag / "data")
    for path in (bag, bag / "data"):
        assert office.run("verify", str(path))[0] == ExitCode.OK
    shutil.copytree(bag / "data", office.folder / "data")  # a copy that is no export misses what it should hold
    assert not is_bundle(office.folder / "data")
    assert office.run("verify", str(office.folder / "data"))[0] == ExitCode.CONTRADICTED


@pytest.mark.parametrize("where", ["mkdtemp", "gettempdir", "mkdir"])
def test_a_machine_without_a_place_to_unpack_leaves_the_case_unchecked(
    sealed: Office, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    path = sealed.bag("out.zip")
    if where == "mkdir":
        monkeypatch.setattr("archiver.bundle.room.Path.mkdir", refuses)
    else:
        monkeypatch.setattr(tempfile, where, refuses)
    verdict = verify_bundle(path)
    (finding,) = (f for f in verdict.findings if f.check == "layout")
    assert finding.severity is Severity.UNCHECKED
    assert os.strerror(errno.EROFS).lower() in finding.message
    assert verdict.worst is Severity.UNCHECKED


# --- a machine that dies


KILLED = """
import os, signal, sys
left = int(os.environ["DIES_AT"])
def counted(real):
    def call(*args, **given):
        global left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **given)
    return call
from archiver.cli.main import main
from archiver.export import bag, make
for name in ("open", "fsync", "link", "rename", "mkdir", "write", "pwrite", "unlink", "ftruncate"):
    setattr(os, name, counted(getattr(os, name)))
sys.exit(main(sys.argv[1:], environ={}))
"""


@pytest.mark.long
@pytest.mark.parametrize("name", ["out", "out.zip", "out.tar"])
def test_whenever_the_machine_dies_an_export_is_whole_or_not_there(office: Office, name: str, tmp_path: Path) -> None:
    office.kept("a.txt", b"first")
    office.done("note", "harbour", "to be sealed")
    shutil.copytree(office.case, tmp_path / "kept")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for calls in range(1, 1000, 6):
        shutil.rmtree(office.case)
        shutil.copytree(tmp_path / "kept", office.case)
        command = [sys.executable, "-c", KILLED, *BAG, "-o", name]
        environment["DIES_AT"] = f"{calls}"
        died = subprocess.run(command, cwd=office.folder, env=environment, capture_output=True, check=False)
        target = office.folder / name
        if target.exists():
            assert verify_bundle(target).exit_code() is ExitCode.OK, calls
        hidden = office.left_behind() - {"a.txt", "kept", name}
        assert all(left.startswith(".archiver-export-") for left in hidden), hidden
        assert office.run("verify", "harbour")[0] in {ExitCode.OK, ExitCode.UNCHECKED}, calls
        assert verify_bundle(office.bag("again.zip")).exit_code() is ExitCode.OK, calls
        assert office.run("verify", "harbour")[0] == ExitCode.OK, calls
        for left in (name, "again.zip", *hidden):
            placing.remove(office.folder / left)
        if died.returncode == ExitCode.OK:
            break
        assert died.returncode == -signal.SIGKILL, died.stderr
    assert calls > 100
