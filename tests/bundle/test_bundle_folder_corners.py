"""Folders, names and files that fail or change while they are read: a bundle says so, and gives nothing else."""

import errno
import io
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from archives import ZipFile, ZipMember, plain_zip

from archiver.bundle.folder import Folder
from archiver.bundle.members import Member, Weight, open_plain, sliced, span
from archiver.bundle.names import MAX_DEPTH
from archiver.bundle.open import form_of, open_bundle
from archiver.bundle.room import unpacked
from archiver.errors import CaseError

FOLDER = stat.S_IFDIR | 0o755


def made(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(b"one")
    return path


def refuse(*_args: Any, **_kwargs: Any) -> Any:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- folders


@pytest.mark.parametrize("there", [False, True])
def test_a_root_that_is_no_folder_any_more_is_unreadable(tmp_path: Path, there: bool) -> None:
    path = tmp_path / "x"
    if there:
        path.write_bytes(b"a file")
    with pytest.raises(CaseError) as caught:
        Folder.open_root(path)
    assert caught.value.kind == "unreadable"
    assert repr(str(path)) in caught.value.message


@pytest.mark.parametrize("kind", ["folder", "pipe", "gone"])
def test_a_file_exchanged_for_something_else_meanwhile_is_unreadable(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path / "in", "b/a.txt") / "b/a.txt"
    with open_bundle(tmp_path / "in") as bundle:
        path.unlink()
        if kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        before = open_files()
        with pytest.raises(CaseError) as caught:
            bundle.open_file("b/a.txt")
        assert open_files() <= before  # nothing stays open
    assert caught.value.kind == "unreadable"
    assert ("no longer a plain file" in caught.value.message) == (kind != "gone")


def test_a_file_that_fails_while_it_is_read_is_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.BytesIO):
        read = refuse

    def failing(_folder: Folder, _path: str) -> BinaryIO:
        return Failing()

    with open_bundle(made(tmp_path / "in", "a.txt")) as bundle:
        monkeypatch.setattr(Folder, "open_file", failing)
        with pytest.raises(CaseError, match=r"'a\.txt': could not be read: input/output error") as caught:
            list(bundle.chunks("a.txt"))
    assert caught.value.kind == "unreadable"


def test_a_file_that_shrinks_meanwhile_is_damaged(tmp_path: Path) -> None:
    with open_bundle(made(tmp_path / "in", "a.txt")) as bundle:
        (tmp_path / "in/a.txt").write_bytes(b"on")
        with pytest.raises(CaseError, match="its size changed") as caught:
            list(bundle.chunks("a.txt"))
    assert caught.value.kind == "damaged"


def test_a_folder_that_cannot_be_listed_is_told_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "in", "a/x.txt", "b/x.txt", "c/x.txt")
    bad, scandir = (path / "b").stat().st_ino, os.scandir

    def scan(descriptor: int) -> Any:
        return refuse() if os.fstat(descriptor).st_ino == bad else scandir(descriptor)

    monkeypatch.setattr(os, "scandir", scan)
    with open_bundle(path) as bundle:
        assert sorted(bundle.members) == ["a/x.txt", "c/x.txt"]
        assert [(flaw.weight, flaw.name) for flaw in bundle.flaws] == [(Weight.UNREAD, "b/")]
        assert "'b/': could not be read: input/output error" in bundle.flaws[0].message
        assert not bundle.refused


def test_more_files_than_are_listed_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.bundle.folder.MAX_MEMBERS", 3)
    with open_bundle(made(tmp_path / "in", *"abcdef")) as bundle:
        assert sorted(bundle.members) == ["a", "b", "c"]
        assert [(flaw.weight, flaw.message) for flaw in bundle.flaws] == [
            (Weight.UNREAD, "it holds more than 3 files: the rest is left out")
        ]


def test_what_lies_deeper_than_the_bound_is_no_member(tmp_path: Path) -> None:
    within, beyond = "d/" * (MAX_DEPTH - 1) + "x", "d/" * (MAX_DEPTH + 9) + "x"
    with open_bundle(made(tmp_path / "in", within, beyond)) as bundle:
        assert list(bundle.members) == [within]


def test_a_folder_whose_name_cannot_be_taken_gives_nothing_that_is_in_it(tmp_path: Path) -> None:
    with open_bundle(made(tmp_path / "in", "a.txt", "b\x1b[2J/x.txt")) as bundle:
        assert list(bundle.members) == ["a.txt"]
        assert bundle.refused
        assert {flaw.name for flaw in bundle.flaws} == {"b\x1b[2J", "b\x1b[2J/x.txt"}


# --- names


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ((ZipMember(b"../a/", mode=FOLDER),), "leads out"),
        ((ZipMember(b"/etc/", mode=FOLDER),), "root of a disk"),
        ((ZipMember(b"a", b"1"), ZipMember(b"a/", mode=FOLDER)), "it is a folder, and a file is called 'a'"),
        ((ZipMember(b"A", b"1"), ZipMember(b"a/", mode=FOLDER)), "it is a folder, and a file is called 'A'"),
    ],
)
def test_a_zip_with_a_lying_folder_is_refused(tmp_path: Path, members: tuple[ZipMember, ...], text: str) -> None:
    (tmp_path / "x.zip").write_bytes(ZipFile(members).data())
    with open_bundle(tmp_path / "x.zip") as bundle:
        assert bundle.refused
        assert not bundle.members
        assert any(text in flaw.message for flaw in bundle.flaws), bundle.flaws


# --- bytes of an archive


def test_a_file_larger_than_asked_for_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_bundle(made(tmp_path / "in", "a.txt")) as bundle:
        assert bundle.read("a.txt", 3) == b"one"
        monkeypatch.setattr(Folder, "open_file", refuse)
        with pytest.raises(CaseError, match="it has 3 bytes, and at most 2 are read") as caught:
            bundle.read("a.txt", 2)
    assert caught.value.kind == "large"


def test_a_place_before_the_beginning_of_a_member_is_none(tmp_path: Path) -> None:
    """Or it would show the bytes of the member before."""
    (tmp_path / "x").write_bytes(b"secretmember")
    with (tmp_path / "x").open("rb") as file, sliced(file.fileno(), 6, 6) as member:
        for offset, whence in ((-1, os.SEEK_SET), (-7, os.SEEK_END)):
            with pytest.raises(ValueError, match=r"before the beginning|negative seek"):
                member.seek(offset, whence)
        assert member.read() == b"member"


def test_an_archive_that_ends_before_its_member_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(plain_zip({"a.txt": b"one" * 1000}).data())
    with open_bundle(path) as bundle:
        os.truncate(path, 500)
        with pytest.raises(CaseError, match="the archive ends before it does") as caught:
            list(bundle.chunks("a.txt"))
    assert caught.value.kind == "damaged"


def test_an_archive_that_the_system_does_not_read_is_unreadable(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(CaseError, match="'a': could not be read: is a directory") as caught:
            list(span(descriptor, 0, 1, "a"))
    finally:
        os.close(descriptor)
    assert caught.value.kind == "unreadable"


def test_a_folder_or_a_pipe_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(CaseError, match="is not a file") as caught:
            open_plain(path)
        assert caught.value.kind == "unreadable"


def test_a_file_whose_first_bytes_cannot_be_read_has_no_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\3\4")
    before = open_files()
    monkeypatch.setattr(os, "pread", refuse)
    with pytest.raises(CaseError, match="could not be read: input/output error") as caught:
        form_of(tmp_path / "x.zip")
    assert caught.value.kind == "unreadable"
    assert open_files() <= before


# --- room


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_does_not_fit_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    path = made(tmp_path / "in", "a.txt")
    (path / "a.txt").write_bytes(bytes(1 << 20))
    with (
        open_bundle(path) as bundle,
        no_file_larger_than(1 << 16),
        pytest.raises(CaseError, match=r"'a\.txt' could not be unpacked: file too large") as caught,
        unpacked(bundle, {"a.txt": "a"}),
    ):
        pytest.fail("it was unpacked")
    assert caught.value.kind == "room"
    assert not list(private.iterdir())


def test_a_member_is_known_by_its_name_alone(tmp_path: Path) -> None:
    with open_bundle(made(tmp_path / "in", "b/a.txt")) as bundle:
        assert bundle.member("b/a.txt") == Member("b/a.txt", 3)
        for name in ("a.txt", "b", "b/../b/a.txt", "/b/a.txt", ""):
            with pytest.raises(CaseError) as caught:
                bundle.open_file(name)
            assert caught.value.kind == "missing"


def test_a_file_in_the_deepest_folder_is_seen(tmp_path: Path) -> None:
    made(tmp_path / "in", "d/" * MAX_DEPTH + "hidden.txt")
    with open_bundle(tmp_path / "in") as bundle:
        assert any("hidden.txt" in flaw.name for flaw in bundle.flaws)


@pytest.mark.parametrize("deflate", [False, True])
def test_a_small_member_for_which_there_is_no_room_is_an_error_with_words(tmp_path: Path, deflate: bool) -> None:
    member = ZipMember(b"a.txt", b"x" * 3000, deflate=deflate)
    (tmp_path / "x.zip").write_bytes(ZipFile((member,)).data())
    with open_bundle(tmp_path / "x.zip") as bundle, no_file_larger_than(100):
        with pytest.raises(CaseError, match="could not be unpacked"), unpacked(bundle, {"a.txt": "a.txt"}):
            pass
        if deflate:
            with pytest.raises(CaseError, match="could not be unpacked"):
                bundle.open_file("a.txt")
