"""A file that grows on a `Disk` while it is hashed, for those who want something to write to."""

import hashlib
import io
from typing import TYPE_CHECKING

from archiver.custody.disk import Disk

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BUFFER = 1 << 20


class GrowingFile(io.RawIOBase):
    """What is written is hashed at once and handed to the disk a megabyte at a time; `finish` hands on the rest.

    Closing it does neither: a file that was not finished is no use to anyone.
    """

    def __init__(self, disk: Disk, name: str) -> None:
        super().__init__()
        self._disk = disk
        self._name = name
        self._pending = bytearray()
        self._digest = hashlib.sha256()
        self._size = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: "ReadableBuffer") -> int:
        """Take in all of `data` and return its length. Raises `OSError`."""
        taken = bytes(data)
        self._digest.update(taken)
        self._pending += taken
        self._size += len(taken)
        if len(self._pending) >= _BUFFER:
            self.finish()
        return len(taken)

    def tell(self) -> int:
        """Return how many bytes were written so far."""
        return self._size

    def finish(self) -> None:
        """Hand on what is still pending. Raises `OSError`."""
        if self._pending:
            self._disk.append(self._name, bytes(self._pending))
            self._pending.clear()

    def sha256(self) -> str:
        """Return the SHA-256 of everything written so far."""
        return self._digest.hexdigest()
