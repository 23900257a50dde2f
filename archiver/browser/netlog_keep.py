"""Where the bytes of answers go while a log is read: small ones stay in memory, as long as there is room for them."""

import hashlib
import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from archiver.keep import IN_MEMORY, RESERVE, storage_error, sync_file, sync_folder, write_all
from archiver.model.exchange import Blob
from archiver.runtime import Waits

MAX_MEMORY: Final = 64 << 20  # bytes of all answers together; after that, each is in a file

Place = Callable[[], Path]


@dataclass(slots=True)
class Store:
    """Gives each answer its place; `place` gives a fresh path. `waits` is as in `Runtime`."""

    place: Place
    waits: Waits = nullcontext
    held: int = 0  # bytes in memory, of all answers

    def begin(self) -> "Kept":
        """Return where the next answer goes."""
        return Kept(self)


class Kept:
    """Takes the bytes of one answer and gives them back as a `Blob`; no file stays open between two calls.

    A file is new, of mode 0600, and durable before `finish` returns. Every method raises `StorageError` when the disk
    refuses, or has no more than 1 MiB left.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hash = hashlib.sha256()
        self._waiting = bytearray()  # what is in no file yet
        self._path: Path | None = None
        self.size = 0

    def write(self, data: bytes) -> None:
        """Keep `data` after what was kept before."""
        self._waiting += data
        self._store.held += len(data)
        self._hash.update(data)
        self.size += len(data)
        if len(self._waiting) > IN_MEMORY or self._store.held > MAX_MEMORY:
            self._flush()

    def finish(self) -> Blob:
        """Return everything that was kept."""
        digest = self._hash.hexdigest()
        if self._path is None:
            data, self._waiting = bytes(self._waiting), bytearray()
            return Blob(self.size, digest, data)
        self._flush()
        try:
            with self._store.waits():
                sync_file(self._path)
                sync_folder(self._path.parent)
        except OSError as exc:
            raise storage_error(exc) from exc
        return Blob(self.size, digest, path=self._path)

    def _flush(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        if self._path is None:
            self._path = self._store.place()
            flags |= os.O_CREAT | os.O_EXCL
        try:
            file = os.open(self._path, flags, 0o600)
            try:
                write_all(file, self._waiting, RESERVE)
            finally:
                os.close(file)
        except OSError as exc:
            raise storage_error(exc) from exc
        self._store.held -= len(self._waiting)
        self._waiting = bytearray()
