"""Keeping bytes while they arrive: in memory up to a small size, then in a file; hashed on the way.

Who may look at bytes that are in memory only, and who may not: docs/adr/0010.
"""

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from archiver.errors import ArchiverError, StorageError
from archiver.model.exchange import Blob
from archiver.runtime import Waits

IN_MEMORY = 1 << 20  # bytes; more goes to disk
RESERVE = 1 << 20  # bytes left free on the disk, so that the record of a full disk still fits on it

Spool = Callable[[], Path]


class Keeper:
    """Takes bytes in order and gives them back as one `Blob`.

    Past 1 MiB they are in a new file at `spool()` (mode 0600, never an existing one). A `Blob` in a file is durable:
    the file, and the folder with its name, are synced before it is handed out. Every method but `leave` raises
    `StorageError` when the disk refuses, or has no more than `reserve` bytes left. `waits` is as in `Runtime`.
    """

    def __init__(self, spool: Spool, reserve: int = RESERVE, waits: Waits = nullcontext) -> None:
        self._spool = spool
        self._waits = waits
        self._reserve = reserve
        self._hash = hashlib.sha256()
        self._memory = bytearray()  # what is in no file, or not yet all of it
        self._path: Path | None = None
        self._file = -1
        self.size = 0

    def write(self, data: bytes) -> None:
        """Keep `data` after what was kept before."""
        if self._file < 0:
            self._memory += data
            if len(self._memory) > IN_MEMORY:
                self._to_disk()
        else:
            self._write(data)
        self._hash.update(data)
        self.size += len(data)

    def finish(self) -> Blob:
        """Return everything that was kept; nothing can be added any more."""
        digest = self._hash.hexdigest()
        if self._path is None:
            return Blob(self.size, digest, bytes(self._memory))
        if self._file >= 0:
            self._sync(self._path)
        return Blob(self.size, digest, path=self._path)

    def settle(self) -> Blob:
        """Return what `finish` returns, but durable in a file whatever its size; may follow `finish`.

        Nothing at all needs no file.
        """
        if self._memory:
            self._to_disk()
        return self.finish()

    def leave(self) -> None:
        """Leave what was kept in a synced file, as far as the disk takes it: for an end that nobody foresaw.

        Recovery puts such a file aside. Raises nothing that the disk does, so that the cause goes on to the caller.
        """
        with contextlib.suppress(ArchiverError, OSError, MemoryError):
            if self._memory:
                self.close()  # a file that the end came into the middle of: another one gets all of it
                self._to_disk()
            if self._path is not None and self._file >= 0:
                self._sync(self._path)

    def close(self) -> None:
        """Let go of the file; for an end that comes before `finish`."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _to_disk(self) -> None:
        self._path = self._spool()
        try:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as exc:
            raise storage_error(exc) from exc
        self._write(self._memory)
        self._memory = bytearray()

    def _sync(self, path: Path) -> None:
        try:
            with self._waits():
                os.fsync(self._file)
                sync_folder(path.parent)
        except OSError as exc:
            raise storage_error(exc) from exc
        finally:
            self.close()

    def _write(self, data: bytes | bytearray) -> None:
        try:
            write_all(self._file, data, self._reserve)
        except OSError as exc:
            self.close()
            raise storage_error(exc) from exc


def write_all(file: int, data: bytes | bytearray, reserve: int = RESERVE) -> None:
    """Write `data` where `reserve` bytes of the disk stay free after it. Raises `OSError`."""
    space = os.fstatvfs(file)
    if space.f_bavail * space.f_frsize < reserve + len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def settled(blob: Blob, spool: Spool) -> Blob:
    """Return `blob`, durable in a file whatever its size; nothing at all needs no file. Raises `StorageError`."""
    if blob.path is not None:
        return blob
    keeper = Keeper(spool)
    try:
        keeper.write(blob.data)
        return keeper.settle()
    finally:
        keeper.close()


def sync_file(path: Path) -> None:
    """Make the bytes of a file durable. Raises `OSError`."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable. Raises `OSError`."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def storage_error(exc: OSError) -> StorageError:
    """Return the error that says what the disk refused, without a path."""
    if exc.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StorageError("full", "disk is full: what arrived cannot be kept", "free some space and try again")
    if (too_many := StorageError.out_of_files(exc)) is not None:
        return too_many
    why = (exc.strerror or type(exc).__name__).lower()
    return StorageError(
        "failing", f"what arrived cannot be kept on disk: {why}", "check the disk and the folder's rights"
    )
