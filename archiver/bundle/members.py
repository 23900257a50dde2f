"""What is common to a folder, a zip and a tar: a list of files, each read with a bound, and what is wrong with them."""

import errno
import io
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from archiver.errors import CaseError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_MEMBERS = 250_000  # files and folders of one bundle; a case of 100,000 items has about 110,000
CHUNK = 1 << 20  # bytes


class Weight(Enum):
    """What a flaw means for the reading of a bundle."""

    NOTE = "note"  # unusual, and no reader is misled
    UNREAD = "unread"  # some of it cannot be read here
    REFUSED = "refused"  # different programs see different things in it, or it reaches out of its folder


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with the container itself; `name` is the member, "" for the whole. Texts are hostile."""

    weight: Weight
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a bundle: its name with forward slashes, its size in bytes, and whether it lies there unpacked."""

    name: str
    size: int
    stored: bool = True


class Bundle(ABC):
    """Files by name. No name leads out of the bundle, none is a link or a folder; `flaws` says what was left out."""

    def __init__(self, members: Mapping[str, Member], flaws: tuple[Flaw, ...]) -> None:
        self.members = members
        self.flaws = flaws

    @property
    def refused(self) -> bool:
        """Whether something about the container is such that nothing in it should be relied upon."""
        return any(flaw.weight is Weight.REFUSED for flaw in self.flaws)

    @property
    def unread(self) -> frozenset[str]:
        """The files and folders that are there and cannot be read here; "" for whatever did not fit."""
        return frozenset(flaw.name for flaw in self.flaws if flaw.weight is Weight.UNREAD)

    def left_unread(self, name: str) -> bool:
        """Return whether a file that is not among the members may be there all the same; `flaws` says why."""
        folders = (name[: at + 1] for at, char in enumerate(name) if char == "/")
        return not self.unread.isdisjoint({"", name, *folders})

    @abstractmethod
    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file in order, never more than its stated size; its checksum is compared at the end.

        Raises `CaseError`: "missing", "unreadable", or "damaged" when the stored bytes are not such a file.
        """

    @abstractmethod
    def open_file(self, path: str) -> BinaryIO:
        """Return the file `path`, opened for reading, able to seek. Raises as `chunks` does."""

    def read(self, name: str, limit: int) -> bytes:
        """Return all bytes of a file of at most `limit` bytes. Raises as `chunks`, and `CaseError` ("large")."""
        member = self.members.get(name)
        if member is not None and member.size > limit:
            why = f"it has {member.size} bytes, and at most {limit} are read of such a file"
            raise CaseError("large", f"{name!r}: {why}")
        return b"".join(self.chunks(name))

    def member(self, name: str) -> Member:
        """Return what is known of a file. Raises `CaseError` ("missing")."""
        try:
            return self.members[name]
        except KeyError:
            raise CaseError("missing", f"{name!r} is not there") from None


class Beneath(Bundle):
    """What lies in one folder of another bundle, by the names it has there."""

    def __init__(self, bundle: Bundle, folder: str) -> None:
        """`folder` is without a slash at its end; files beside it are left out."""
        self._bundle = bundle
        self._prefix = f"{folder}/"
        inside = (member for name, member in bundle.members.items() if name.startswith(self._prefix))
        short = (Member(member.name[len(self._prefix) :], member.size, member.stored) for member in inside)
        super().__init__({member.name: member for member in short}, ())

    @property
    def unread(self) -> frozenset[str]:
        """The files and folders that are there and cannot be read here; "" for whatever did not fit."""
        names = self._bundle.unread
        within = {name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix)}
        return frozenset(within | ({""} if {"", self._prefix} & names else set()))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Do what the bundle does."""
        return self._bundle.chunks(self._prefix + name)

    def open_file(self, path: str) -> BinaryIO:
        """Do what the bundle does."""
        return self._bundle.open_file(self._prefix + path)


class Slice(io.RawIOBase):
    """Some bytes of an open file, as a file of their own. Closing it leaves the other open."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, which may lie behind the end, and return it. Raises `ValueError` before the beginning."""
        place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if place < 0:
            raise ValueError("a place before the beginning")
        self._at = place
        return place

    def tell(self) -> int:
        """Return the place."""
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read some bytes. Raises `OSError`."""
        view = memoryview(buffer)
        wanted = min(len(view), max(self._size - self._at, 0))
        data = os.pread(self._descriptor, wanted, self._start + self._at)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def sliced(descriptor: int, start: int, size: int) -> BinaryIO:
    """Return `size` bytes at `start` of an open file as a file of their own, buffered."""
    return cast("BinaryIO", io.BufferedReader(Slice(descriptor, start, size), CHUNK))


def span(descriptor: int, start: int, size: int, name: str) -> Iterator[bytes]:
    """Yield `size` bytes at `start`. Raises `CaseError`: "unreadable", or "damaged" when the file ends before."""
    end = start + size
    while start < end:
        try:
            piece = os.pread(descriptor, min(CHUNK, end - start), start)
        except OSError as exc:
            raise unreadable(name, exc) from exc
        if not piece:
            raise damaged(name, "the archive ends before it does")
        start += len(piece)
        yield piece


def open_plain(path: Path) -> int:
    """Return a descriptor of the plain file at `path`, which is no link and no pipe. Raises `CaseError`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as exc:
        if isinstance(exc, OSError) and exc.errno == errno.ELOOP:
            raise CaseError("unreadable", f"{path} is a symbolic link", "name the file that it leads to") from exc
        raise unreadable(str(path), exc) from exc
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CaseError("unreadable", f"{path} is not a file")
    return descriptor


def unreadable(name: str, exc: Exception) -> CaseError:
    """Return the error that the system gives no bytes of `name`."""
    code = exc.errno if isinstance(exc, OSError) and exc.errno else 0
    return CaseError(
        "unreadable", f"{name!r}: could not be read: {os.strerror(code).lower() if code else 'the name cannot be used'}"
    )


def damaged(name: str, why: str) -> CaseError:
    """Return the error that what is stored of `name` is not what it should be."""
    return CaseError("damaged", f"{name!r}: {why}")
