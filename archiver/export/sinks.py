"""Where the entries of an export go: a folder, a zip, a tar. The same entries give the same bytes."""

import errno
import os
import stat
import tarfile
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from archiver.export.entries import Entry

_MODE = 0o644
_ZIP_FIRST, _ZIP_LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)
_UNIX = 3  # who made a member of a zip, so that its mode is read
_BLOCK = tarfile.BLOCKSIZE
_NO_SYNC = frozenset({errno.EINVAL, errno.EOPNOTSUPP})  # for folders, on some that come over a network


def write_folder(folder: Path, entries: Iterable[Entry]) -> None:
    """Write `entries` into the empty `folder`, durably: files 0600 and folders 0700, as a case keeps them.

    Raises `OSError` for what the disk refuses, and as `Entry.chunks`.
    """
    made = {folder}
    for entry in entries:
        path = folder / entry.name
        _make_folders(path.parent, made)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in entry.chunks():
                file.write(chunk)
            sync(file)
    for each in sorted(made, reverse=True):
        sync_folder(each)


def write_zip(stream: BinaryIO, base: str, entries: Iterable[Entry], at: datetime) -> None:
    """Write `entries` as a zip, every one stored as it is, under the folder `base` ("" for none), with the time `at`.

    Nothing is compressed: the evidence is already, and other bytes would come out of another zlib. Into a stream that
    cannot be rewound, sizes and checksums are written behind each member. Raises as `write_folder`.
    """
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(_under(base, entry.name), _zip_time(at))
            info.create_system = _UNIX
            info.external_attr = (stat.S_IFREG | _MODE) << 16
            info.file_size = entry.size
            with archive.open(info, "w") as member:
                for chunk in entry.chunks():
                    member.write(chunk)


def write_tar(stream: BinaryIO, base: str, entries: Iterable[Entry], at: datetime) -> None:
    """Write `entries` as a tar (POSIX.1-2001, plain ustar where that can hold them), otherwise as `write_zip` does."""
    written = 0
    for entry in entries:
        info = tarfile.TarInfo(_under(base, entry.name))
        info.size, info.mode, info.mtime = entry.size, _MODE, max(0, int(at.timestamp()))
        written += stream.write(info.tobuf(tarfile.PAX_FORMAT))
        for chunk in entry.chunks():
            written += stream.write(chunk)
        written += stream.write(bytes(-entry.size % _BLOCK))
    stream.write(bytes(2 * _BLOCK + -(written + 2 * _BLOCK) % tarfile.RECORDSIZE))


def sync(file: BinaryIO) -> None:
    """Make what was written durable."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, where its file system knows how to."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno not in _NO_SYNC:
            raise
    finally:
        os.close(descriptor)


def _make_folders(folder: Path, made: set[Path]) -> None:
    if folder not in made:
        _make_folders(folder.parent, made)
        folder.mkdir(0o700)
        made.add(folder)


def _under(base: str, name: str) -> str:
    return f"{base}/{name}" if base else name


def _zip_time(at: datetime) -> tuple[int, int, int, int, int, int]:
    at = min(max(at.astimezone(UTC), _ZIP_FIRST), _ZIP_LAST)
    return (at.year, at.month, at.day, at.hour, at.minute, at.second)
