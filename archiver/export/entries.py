"""What an export consists of: names, and where the bytes behind each come from."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from archiver.canon import sha256_hex
from archiver.custody.read import Snapshot
from archiver.errors import CaseError
from archiver.model.item import StoredFile

Chunks = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an export. `name` is relative, with forward slashes; `size` in bytes; `sha256` in lower-case hex.

    `subject` is what a refusal calls it.
    """

    name: str
    size: int
    sha256: str
    subject: str
    _source: Chunks

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> "Entry":
        """Return the entry of a file that is held in memory."""
        return cls(name, len(data), sha256_hex(data), name, lambda: iter((data,)))

    @classmethod
    def of_case(cls, name: str, case: Snapshot, file: StoredFile) -> "Entry":
        """Return the entry of a file of the case, or of its first `file.size` bytes where it is one that grows."""
        grows = "/" not in file.path
        limit = file.size if grows else file.size + 1
        return cls(name, file.size, file.sha256, file.path, lambda: case.chunks(file.path, limit))

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes, hashed on the way.

        Raises `CaseError` ("damaged", and as `Snapshot.chunks`) when they are not those that were recorded; what was
        yielded until then is worth nothing.
        """
        digest, size = hashlib.sha256(), 0
        try:
            for chunk in self._source():
                digest.update(chunk)
                size += len(chunk)
                yield chunk
        except CaseError as exc:
            raise refused(exc.message, exc.kind if exc.kind == "unreadable" else "damaged") from exc
        if size != self.size:
            found = f"more than {self.size}" if size > self.size else f"{size}"
            raise refused(f"{self.subject!r}: it has {found} bytes, and {self.size} were recorded")
        if (found := digest.hexdigest()) != self.sha256:
            raise refused(f"{self.subject!r}: its SHA-256 is {found}, and {self.sha256} was recorded")


def refused(message: str, kind: str = "damaged") -> CaseError:
    """Return the refusal to export a case that is not what its log says."""
    return CaseError(kind, f"nothing was exported: {message}", "archiver verify says what is wrong with the case")


def sums(entries: Iterable[Entry]) -> bytes:
    """Return what `sha256sum -c` reads: a line for each entry, sorted by name."""
    found = sorted(entries, key=lambda entry: entry.name)
    return "".join(f"{entry.sha256}  {entry.name}\n" for entry in found).encode("ascii")
