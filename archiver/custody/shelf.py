"""Where the evidence of open items is put: spooled answers, then the WARC. Never the log.

The process that writes the log has one, and so has each of its helpers, which write nothing else (docs/adr/0013).
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from archiver.custody import layout
from archiver.custody.disk import Disk
from archiver.custody.failures import FULL, storage_error
from archiver.custody.growing import GrowingFile
from archiver.custody.guard import Guard, Writing
from archiver.custody.layout import EVIDENCE
from archiver.model.item import StoredFile
from archiver.runtime import Waits

T = TypeVar("T")


class Shelf:
    """Files of items, on any thread; each item belongs to one of them, and to one process.

    `is_open` says whether an item has its request on record and no outcome; `waits` is as in `Runtime`.
    """

    def __init__(self, disk: Disk, guard: Guard, is_open: Callable[[int], bool], waits: Waits = nullcontext) -> None:
        self._disk = disk
        self._guard = guard
        self._is_open = is_open
        self._waits = waits
        self._folders: set[str] = set()
        self._spools: dict[int, int] = {}
        self._sharing = threading.Lock()

    @property
    def path(self) -> Path:
        """The case folder."""
        return self._disk.path("")

    def make_room(self, item: int) -> None:
        """See to it that the folder of an open item is there, durably. Raises `StorageError`."""
        with self._sharing, self._translated():
            self._make_item_folder(item)

    def spool_path(self, item: int) -> Path:
        """Return a fresh path for an answer of an open item that is not to stay in memory.

        The caller makes the file (0600, never over another) and syncs it and its name; `put_warc` removes it.
        """
        with self._sharing, self._translated():
            self._make_item_folder(item)
            self._spools[item] = self._spools.get(item, 0) + 1
            return self._disk.path(layout.spool_part(item, self._spools[item]))

    def put_warc(self, item: int, write: Callable[[BinaryIO], T]) -> tuple[StoredFile, T]:
        """Store what `write` writes as the WARC of `item`; durable when this returns, with what `write` returned.

        The file is never opened for writing again. The spooled answers of the item are removed with it.
        """
        part, path, folder = layout.warc_part(item), layout.item_path(item), layout.item_folder(item)
        with self._guard.writing() as writing:
            with self._sharing:
                self._make_item_folder(item)
            try:
                self._disk.create(part)
                file = GrowingFile(self._disk, part)
                result = write(cast("BinaryIO", file))
                file.finish()
            except OSError as exc:
                remove_part(self._disk, writing, part, folder, exc)
                raise
            with self._waits():
                self._disk.sync(part)
            self._disk.link(part, path)
            for name in self._own_parts(item, part):
                self._disk.unlink(name)
            with self._waits():
                self._disk.sync_folder(folder)
        return StoredFile(path, file.tell(), file.sha256()), result

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise storage_error(exc, self._disk) from exc

    def _make_item_folder(self, item: int) -> None:
        if not self._is_open(item):
            raise ValueError(f"item {item} is not open")
        folder = layout.item_folder(item)
        if folder in self._folders:
            return
        try:
            if self._disk.make_folder(EVIDENCE):
                self._disk.sync_folder("")
            if self._disk.make_folder(folder):
                self._disk.sync_folder(EVIDENCE)
        except BaseException:
            self._guard.broken = True  # a name that is there and was not synced would be taken for durable
            raise
        self._folders.add(folder)

    def _own_parts(self, item: int, part: str) -> tuple[str, ...]:
        with self._sharing:
            count = self._spools.pop(item, 0)
        spools = (layout.spool_part(item, k + 1) for k in range(count))
        return (part, *(spool for spool in spools if self._disk.size(spool) is not None))


def remove_part(disk: Disk, writing: Writing, part: str, folder: str, exc: OSError) -> None:
    """Remove what a full disk left half written, as far as it is that; anything else stays as it is.

    What was spooled stays, for recovery to put aside: those are bytes that arrived.
    """
    if exc.errno not in FULL:
        return
    if disk.size(part) is not None:
        disk.unlink(part)
        disk.sync_folder(folder)
    writing.undone = True
