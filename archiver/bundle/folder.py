"""A folder as a bundle: listed and opened from descriptors, no link followed, nothing but plain files opened."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archiver.bundle.members import CHUNK, MAX_MEMBERS, Bundle, Flaw, Member, Weight, damaged, unreadable
from archiver.bundle.names import MAX_DEPTH, Names
from archiver.errors import CaseError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Folder(Bundle):
    """The files beneath a folder that is open under `root`; it stays the opener's to close."""

    def __init__(self, root: int) -> None:
        self._root = root
        listing = _Listing(root)
        super().__init__(listing.members, tuple(listing.flaws))

    @staticmethod
    def open_root(path: Path) -> int:
        """Return a descriptor of the folder at `path`. Raises `CaseError`."""
        try:
            return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as exc:
            raise unreadable(str(path), exc) from exc

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file, as many as it had when it was listed; "damaged" when it has changed since."""
        left = self.member(name).size
        with self.open_file(name) as file:
            try:
                while piece := file.read(CHUNK):
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
            except OSError as exc:
                raise unreadable(name, exc) from exc
        if left:
            raise damaged(name, "its size changed while it was looked at")

    def open_file(self, path: str) -> BinaryIO:
        """Return a file, opened step by step from the folder."""
        self.member(path)
        *folders, name = path.split("/")
        current = os.dup(self._root)
        try:
            for folder in folders:
                step = os.open(folder, _FOLDER, dir_fd=current)
                os.close(current)
                current = step
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=current)
        except OSError as exc:
            raise unreadable(path, exc) from exc
        finally:
            os.close(current)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise CaseError("unreadable", f"{path!r} is no longer a plain file")
        return os.fdopen(descriptor, "rb")


class _Listing:
    """One walk through the folder, in the order of the names."""

    def __init__(self, root: int) -> None:
        self.members: dict[str, Member] = {}
        self.flaws: list[Flaw] = []
        self._names = Names(exact=True)
        self._count = 0
        self._walk(os.dup(root), "")

    def _walk(self, descriptor: int, prefix: str) -> None:
        try:
            with os.scandir(descriptor) as found:
                names = sorted(entry.name for entry in found)
            for name in names:
                self._entry(descriptor, name, prefix)
        except OSError as exc:
            self.flaws.append(Flaw(Weight.UNREAD, prefix, unreadable(prefix or ".", exc).message))
        finally:
            os.close(descriptor)

    def _entry(self, folder: int, name: str, prefix: str) -> None:
        self._count += 1
        if self._count > MAX_MEMBERS:
            if self._count == MAX_MEMBERS + 1:
                message = f"it holds more than {MAX_MEMBERS} files: the rest is left out"
                self.flaws.append(Flaw(Weight.UNREAD, "", message))
            return
        path = prefix + name
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISDIR(mode.st_mode):
            self._take(path, self._names.folder(path))
            if path.count("/") + 1 <= MAX_DEPTH:
                self._walk(os.open(name, _FOLDER, dir_fd=folder), f"{path}/")
        elif not stat.S_ISREG(mode.st_mode):
            what = "a symbolic link" if stat.S_ISLNK(mode.st_mode) else "neither a file nor a folder"
            self.flaws.append(Flaw(Weight.REFUSED, path, f"it is {what}; it was not followed and not opened"))
        elif self._take(path, self._names.file(path)):
            self.members[path] = Member(path, mode.st_size)

    def _take(self, path: str, flaws: Iterator[Flaw]) -> bool:
        found = list(flaws)
        self.flaws += found
        return not any(flaw.weight is Weight.REFUSED for flaw in found)
