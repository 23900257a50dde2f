"""A report is there whole or not at all, and never in the place of something else."""

import errno
import os
from pathlib import Path

import pytest

from archiver.errors import StorageError, UsageError
from archiver.report.file import require_free, write_new


def test_a_new_file_is_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_new(tmp_path / "a.html", b"whole")
    assert (tmp_path / "a.html").read_bytes() == b"whole"
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"]


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_nothing_that_is_there_is_written_over(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "a.html"
    if kind == "file":
        target.write_bytes(b"mine")
    elif kind == "folder":
        target.mkdir()
    else:
        target.symlink_to("nowhere")
    with pytest.raises(UsageError, match="already something"):
        write_new(target, b"x")
    assert [file.name for file in tmp_path.iterdir()] == ["a.html"]
    assert kind != "file" or target.read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()


def test_a_name_that_is_taken_meanwhile_stays_with_who_took_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link

    def link(source: str, target: Path) -> None:
        target.write_bytes(b"theirs")
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(UsageError, match="already something"):
        write_new(tmp_path / "a.html", b"mine")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.html", b"theirs")]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        require_free(tmp_path / "none" / "a.html")


def test_a_disk_without_links_takes_the_file_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(source: str, target: Path) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", link)
    write_new(tmp_path / "a.html", b"whole")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.html", b"whole")]
    (tmp_path / "a.html").unlink()


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageError, match="No space left on device"):
        write_new(tmp_path / "a.html", b"whole")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_disk_takes_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_new(tmp_path / ("x" * 300 + ".html"), b"x")
    assert list(tmp_path.iterdir()) == []
