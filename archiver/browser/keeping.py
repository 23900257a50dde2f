"""Keeping what the browser made: in memory up to 1 MiB, then in a durable file."""

import errno
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from archiver.errors import StorageError
from archiver.model.exchange import Blob

IN_MEMORY: Final = 1 << 20  # bytes; more goes to disk


class TooLarge(Exception):
    """More than was allowed; nothing of it was kept."""


def kept(pieces: Iterable[bytes], place: Callable[[], Path], most: int) -> Blob:
    """Return `pieces` as one `Blob`: past 1 MiB in a new file at `place()`, synced with the folder it is in.

    Raises `TooLarge` past `most` bytes, and `StorageError` when the disk refuses; then no file is left. What `pieces`
    raises goes on, and leaves none either.
    """
    whole, size = hashlib.sha256(), 0
    memory = bytearray()
    path: Path | None = None
    file = -1
    try:
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise TooLarge
            whole.update(piece)
            if path is None and size > IN_MEMORY:
                path = place()
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
                _write(file, memory)
                memory = bytearray()
            if file >= 0:
                _write(file, piece)
            else:
                memory += piece
        if path is None:
            return Blob(size, whole.hexdigest(), bytes(memory))
        os.fsync(file)
        _sync_folder(path.parent)
        done, file = file, -1
        os.close(done)
    except OSError as exc:
        raise _refused(exc) from exc
    finally:
        if file >= 0 and path is not None:
            os.close(file)
            path.unlink(missing_ok=True)
    return Blob(size, whole.hexdigest(), path=path)


def _write(file: int, data: bytes | bytearray) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refused(exc: OSError) -> StorageError:
    if exc.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StorageError("full", "disk is full: what the browser made cannot be kept", "free some space")
    if (too_many := StorageError.out_of_files(exc)) is not None:
        return too_many
    why = (exc.strerror or type(exc).__name__).lower()
    return StorageError("failing", f"what the browser made cannot be kept on disk: {why}", "check the disk")
