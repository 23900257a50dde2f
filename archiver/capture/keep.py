"""Keeping bytes while they arrive: in memory up to a small size, then in a file; hashed on the way."""

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from archiver.errors import StorageError
from archiver.model.exchange import Blob

IN_MEMORY = 1 << 20  # bytes; more goes to disk
RESERVE = 1 << 20  # bytes left free on the disk, so that the record of a full disk still fits on it

Spool = Callable[[], Path]


class Keeper:
    """Takes bytes in order and gives them back as one `Blob`.

    Past 1 MiB they are in a new file at `spool()` (mode 0600, never an existing one), synced before `finish` returns.
    Every method raises `StorageError` when the disk refuses, or has no more than `reserve` bytes left.
    """

    def __init__(self, spool: Spool, reserve: int = RESERVE) -> None:
        self._spool = spool
        self._reserve = reserve
        self._hash = hashlib.sha256()
        self._memory = bytearray()
        self._path: Path | None = None
        self._file = -1
        self.size = 0

    def write(self, data: bytes) -> None:
        """Keep `data` after what was kept before."""
        self._hash.update(data)
        self.size += len(data)
        if self._file < 0:
            self._memory += data
            if len(self._memory) > IN_MEMORY:
                self._to_disk()
            return
        self._write(data)

    def finish(self) -> Blob:
        """Return everything that was kept; nothing can be added any more."""
        digest = self._hash.hexdigest()
        if self._file < 0:
            return Blob(self.size, digest, bytes(self._memory))
        try:
            os.fsync(self._file)
        except OSError as exc:
            raise storage_error(exc) from exc
        finally:
            self.close()
        return Blob(self.size, digest, path=self._path)

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
        self._write(bytes(self._memory))
        self._memory = bytearray()

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            space = os.fstatvfs(self._file)
            if space.f_bavail * space.f_frsize < self._reserve + len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as exc:
            self.close()
            raise storage_error(exc) from exc


def storage_error(exc: OSError) -> StorageError:
    """Return the error that says what the disk refused, without a path."""
    if exc.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StorageError("full", "disk is full: what arrived cannot be kept", "free some space and try again")
    why = (exc.strerror or type(exc).__name__).lower()
    return StorageError(
        "failing", f"what arrived cannot be kept on disk: {why}", "check the disk and the folder's rights"
    )
