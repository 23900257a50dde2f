"""Keeping bytes: whole, hashed, private, and honest when the disk refuses."""

import errno
import hashlib
import os
import resource
import signal
from pathlib import Path

import pytest

from archiver.errors import StorageError
from archiver.keep import IN_MEMORY, Keeper, storage_error


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY])
def test_what_was_written_is_what_is_kept(size: int, tmp_path: Path) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    keeper = Keeper(lambda: tmp_path / "part")
    for start in range(0, size, 70_001):
        keeper.write(data[start : start + 70_001])
    blob = keeper.finish()
    assert b"".join(blob.chunks()) == data
    assert (blob.size, blob.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert (blob.path is None) == (size <= IN_MEMORY)


def test_an_existing_file_is_never_written_to(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"evidence")
    with pytest.raises(StorageError):
        Keeper(lambda: tmp_path / "part").write(bytes(IN_MEMORY + 1))
    assert (tmp_path / "part").read_bytes() == b"evidence"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        Keeper(lambda: tmp_path / "part").write(bytes(IN_MEMORY + 1))
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_is_said_without_a_path(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (IN_MEMORY * 2, hard))
    keeper = Keeper(lambda: tmp_path / "part")
    try:
        with pytest.raises(StorageError) as caught:
            keeper.write(bytes(IN_MEMORY * 3))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
        keeper.close()
    assert caught.value.kind == "full"
    assert str(tmp_path) not in str(caught.value)


def test_the_last_of_the_disk_is_left_for_the_record(tmp_path: Path) -> None:
    space = os.statvfs(tmp_path)
    keeper = Keeper(lambda: tmp_path / "part", reserve=space.f_blocks * space.f_frsize)
    with pytest.raises(StorageError) as caught:
        keeper.write(bytes(IN_MEMORY + 1))
    assert caught.value.kind == "full"
    assert (tmp_path / "part").stat().st_size == 0


def test_a_sync_that_fails_stops_everything(tmp_path: Path) -> None:
    # A pipe takes bytes but cannot be synced: the answer must not be handed out.
    path = tmp_path / "pipe"
    keeper = Keeper(lambda: tmp_path / "part")
    keeper.write(bytes(IN_MEMORY + 1))
    read, write = os.pipe()
    os.dup2(write, keeper._file)
    with pytest.raises(StorageError) as caught:
        keeper.finish()
    os.close(read)
    os.close(write)
    assert caught.value.kind == "failing"
    assert not path.exists()


def test_errors_are_told_apart() -> None:
    kinds = {
        errno.ENOSPC: "full",
        errno.EDQUOT: "full",
        errno.EIO: "failing",
        errno.EROFS: "failing",
        errno.EMFILE: "files",
    }
    for code, kind in kinds.items():
        assert storage_error(OSError(code, os.strerror(code), "/secret/path")).kind == kind
    assert "/secret" not in storage_error(OSError(errno.EIO, "x", "/secret/path")).message
