"""Writers of zip and tar: bounded memory, sizes beyond four gigabytes, times that they can hold."""

import errno
import hashlib
import io
import os
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from archiver.export.age import encrypting, parse_recipients
from archiver.export.entries import Entry
from archiver.export.sinks import sync_folder, write_folder, write_tar, write_zip

AT = datetime(2026, 11, 22, 6, 55, 59, 900_000, tzinfo=UTC)
MIB = 1 << 20
Write = Callable[[BinaryIO, str, Iterable[Entry], datetime], None]


class Gone(io.RawIOBase):
    """A stream that only counts."""

    size = 0

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: object) -> int:
        count = len(memoryview(data))  # type: ignore[arg-type]
        self.size += count
        return count


def large(mebibytes: int) -> Entry:
    """An entry of many zeros that are nowhere."""
    digest = hashlib.sha256()
    for _ in range(mebibytes):
        digest.update(bytes(MIB))

    def chunks() -> Iterator[bytes]:
        return (bytes(MIB) for _ in range(mebibytes))

    return Entry("large.bin", mebibytes * MIB, digest.hexdigest(), "large.bin", chunks)


@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_a_large_file_goes_through_little_memory(write: Write) -> None:
    entry = large(128)
    tracemalloc.start()
    try:
        write(Gone(), "base", (entry,), AT)  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()


def test_encryption_goes_through_little_memory(tmp_path: Path) -> None:
    from pyrage import x25519

    entry, recipients = large(64), parse_recipients((str(x25519.Identity.generate().to_public()),))
    with (tmp_path / "out").open("wb") as file:
        tracemalloc.start()
        try:
            with encrypting(file, recipients) as stream:
                write_tar(stream, "base", (entry,), AT)
            assert tracemalloc.get_traced_memory()[1] < 8 * MIB
        finally:
            tracemalloc.stop()
    assert (tmp_path / "out").stat().st_size > 64 * MIB


@pytest.mark.long
@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_a_file_of_nine_gigabytes_can_be_read_again(write: Write, tmp_path: Path) -> None:
    entry = large(9 * 1024)
    with (tmp_path / "out").open("w+b") as file:
        write(_Sparse(file), "base", (entry, Entry.of_bytes("small.txt", b"small")), AT)  # type: ignore[arg-type]
        file.seek(0)
        if write is write_zip:
            with zipfile.ZipFile(file) as archive:
                assert [each.file_size for each in archive.infolist()] == [entry.size, 5]
                assert archive.read("base/small.txt") == b"small"
        else:
            with tarfile.open(fileobj=file) as found:
                assert [each.size for each in found.getmembers()] == [entry.size, 5]


class _Sparse:
    """A file in which zeros are holes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        if len(data) == MIB and not any(data):
            self._file.seek(len(data), os.SEEK_CUR)
            return len(data)
        return self._file.write(data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (AT, (2026, 11, 22, 6, 55, 58)),
        (datetime(1970, 1, 1, tzinfo=UTC), (1980, 1, 1, 0, 0, 0)),
        (datetime(1980, 1, 1, tzinfo=UTC), (1980, 1, 1, 0, 0, 0)),
        (datetime(2200, 5, 6, 7, 8, 10, tzinfo=UTC), (2107, 12, 31, 23, 59, 58)),
    ],
)
def test_times_that_a_zip_cannot_hold_are_the_nearest_that_it_can(
    at: datetime, shown: tuple[int, int, int, int, int, int]
) -> None:
    out = io.BytesIO()
    write_zip(out, "", (Entry.of_bytes("a", b"a"),), at)
    assert zipfile.ZipFile(out).infolist()[0].date_time == shown


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 10_240, 20_000])
def test_a_tar_of_any_size_is_whole(size: int) -> None:
    out = io.BytesIO()
    write_tar(out, "base", (Entry.of_bytes("a", bytes(size)), Entry.of_bytes("b/c", b"c")), AT)
    assert len(out.getvalue()) % tarfile.RECORDSIZE == 0
    out.seek(0)
    with tarfile.open(fileobj=out) as archive:
        assert [(each.name, each.size) for each in archive] == [("base/a", size), ("base/b/c", 1)]


def test_a_folder_is_for_its_owner(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(0o700)
    write_folder(tmp_path / "out", (Entry.of_bytes("a/b/c", b"c"), Entry.of_bytes("a/d", b"d")))
    modes = {path.relative_to(tmp_path).as_posix(): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {"out": 0o700, "out/a": 0o700, "out/a/b": 0o700, "out/a/b/c": 0o600, "out/a/d": 0o600}


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EOPNOTSUPP, errno.EIO])
def test_a_file_system_that_cannot_sync_folders_is_good_enough(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuses)
    if code == errno.EIO:
        with pytest.raises(OSError, match="Input/output error"):
            sync_folder(tmp_path)
    else:
        sync_folder(tmp_path)
