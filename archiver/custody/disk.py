"""The few things that are done to a disk, behind one small interface, so that a test can fail or tear each of them.

Every name is relative to the case folder, with forward slashes. Nothing is durable before `sync` (bytes and size of a
file) or `sync_folder` (the names in a folder) has returned; see docs/adr/0003.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from archiver.custody import lock
from archiver.custody.beneath import folder_of, open_beneath, open_folder_beneath, open_in, unsafe
from archiver.custody.layout import LOCK
from archiver.custody.lock import Lock
from archiver.errors import CaseError


class Disk(Protocol):
    """What a case is kept on. Every method may raise `OSError`; after a failed `sync` nothing of it may be trusted."""

    def lock(self, holder: bytes) -> Lock:
        """Take the writer's lock, if it is free, and leave `holder` in it, durably."""
        ...

    def held(self) -> int | None:
        """Return the descriptor of the lock that was taken, for a helper of this process to hold as well."""
        ...

    def close(self, *, clean: bool = True) -> None:
        """Let go of everything. The lock, if it was taken, is emptied first when everything written is also durable."""
        ...

    def publish(self) -> None:
        """Give a newly made case its name, durably; before, no one could find it."""
        ...

    def path(self, name: str) -> Path:
        """Return where `name` is for other programs."""
        ...

    def free(self) -> int:
        """Return how many bytes can still be written."""
        ...

    def size(self, name: str) -> int | None:
        """Return the size of a file in bytes, None when there is none. Raises `CaseError` for anything but a file."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """Return what lies in a folder, sorted; nothing for a folder that is not there."""
        ...

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only at the end of the file."""
        ...

    def make_folder(self, name: str) -> bool:
        """Make a folder and return whether it was missing; the one above must exist."""
        ...

    def create(self, name: str) -> None:
        """Make an empty file; raises `FileExistsError` when there is one."""
        ...

    def append(self, name: str, data: bytes) -> None:
        """Add `data` at the end of a file; on failure a part of it may be there."""
        ...

    def rewrite(self, name: str, offset: int, data: bytes) -> None:
        """Write `data` over what stands at `offset`; durable when it returns."""
        ...

    def truncate(self, name: str, size: int) -> None:
        """Cut a file to `size` bytes."""
        ...

    def sync(self, name: str) -> None:
        """Make the bytes and the size of a file durable."""
        ...

    def sync_folder(self, name: str) -> None:
        """Make the names in a folder durable; "" is the case folder itself."""
        ...

    def link(self, name: str, target: str) -> None:
        """Give a file a second name; raises `FileExistsError` when that is taken."""
        ...

    def replace(self, name: str, target: str) -> None:
        """Give a file the name `target` instead of its own; what had that name before loses it in the same step."""
        ...

    def unlink(self, name: str) -> None:
        """Take a name away; raises `FileNotFoundError` when there is none."""
        ...


KEPT_OPEN = 32  # folders; a large case has more than a process may have open, and they are opened as they are needed


class RealDisk:
    """A case folder on the machine: folders 0700, files 0600 whatever the umask, no link ever followed inside it.

    A file stays open from the first write to its `sync`: the system tells a failure to write back only to those who
    had the file open when it happened.
    """

    def __init__(self, path: Path) -> None:
        """Open the case at `path`. Raises `CaseError` ("missing", "not-a-case") or `OSError`."""
        try:
            self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError as exc:
            raise CaseError("missing", f"case {path}: there is no such folder", "archiver init makes a case") from exc
        except (NotADirectoryError, ValueError) as exc:
            raise CaseError("not-a-case", f"case {path}: not a folder") from exc
        self._path = path
        self._target = path
        self._written: dict[str, int] = {}
        self._folders: dict[str, int] = {}  # kept open: every item goes through the same few
        self._lock: int | None = None

    @classmethod
    def lent(cls, path: Path, held: int) -> "RealDisk":
        """Open the case at `path` for a helper of the process that took its lock, which is the open file `held`.

        Raises `CaseError` ("not-a-case") when `held` is not the lock of that case, and otherwise as `RealDisk`.
        """
        disk = cls(path)
        try:
            with disk._reading(LOCK) as descriptor:
                if not os.path.samestat(os.fstat(descriptor), os.fstat(held)):
                    raise CaseError("not-a-case", f"case {path}: another folder is there than the one that was locked")
        except BaseException:
            disk.close()
            raise
        return disk

    @classmethod
    def make(cls, path: Path, suffix: str) -> "RealDisk":
        """Make a new case folder that `publish` will name `path`; until then its name begins with a dot.

        Raises `CaseError` ("exists") when there is something at `path`, ("missing") when the folder above is not there.
        """
        if os.path.lexists(path):
            raise CaseError("exists", f"case {path}: there is already something of that name")
        hidden = path.with_name(f".{path.name}.{suffix}.new")
        try:
            hidden.mkdir(0o700)
            hidden.chmod(0o700)
        except FileNotFoundError as exc:
            raise CaseError("missing", f"case {path}: the folder for it is missing", "make it first") from exc
        disk = cls(hidden)
        disk._target = path
        return disk

    def lock(self, holder: bytes) -> Lock:
        descriptor = open_beneath(self._root, LOCK, os.O_RDWR | os.O_CREAT)
        os.fchmod(descriptor, 0o600)
        found = lock.take(descriptor, holder)
        if found.taken:
            self._lock = descriptor
            os.fsync(descriptor)  # so that it is known after a power cut, too, that this writer did not end well
            os.fsync(self._root)
        else:
            os.close(descriptor)
        return found

    def held(self) -> int | None:
        return self._lock

    def close(self, *, clean: bool = True) -> None:
        if self._lock is not None:
            lock.release(self._lock, clean=clean)
            self._lock = None
        for descriptors in (self._written, self._folders):
            while descriptors:
                os.close(descriptors.popitem()[1])
        if self._root >= 0:
            os.close(self._root)
            self._root = -1

    def publish(self) -> None:
        if os.path.lexists(self._target):
            raise CaseError("exists", f"case {self._target}: there is already something of that name")
        self._path.rename(self._target)
        self._path = self._target
        above = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(above)
        finally:
            os.close(above)

    def path(self, name: str) -> Path:
        return self._path / name

    def free(self) -> int:
        found = os.fstatvfs(self._root)
        return found.f_bavail * found.f_frsize

    def size(self, name: str) -> int | None:
        try:
            with self._reading(name) as descriptor:
                return os.fstat(descriptor).st_size
        except FileNotFoundError:
            return None

    def names(self, folder: str) -> tuple[str, ...]:
        try:
            descriptor = open_folder_beneath(self._root, folder)
        except FileNotFoundError:
            return ()
        try:
            with os.scandir(descriptor) as found:
                return tuple(sorted(entry.name for entry in found))
        finally:
            os.close(descriptor)

    def read(self, name: str, offset: int, length: int) -> bytes:
        pieces = []
        with self._reading(name) as descriptor:
            while length and (piece := os.pread(descriptor, length, offset)):
                pieces.append(piece)
                offset += len(piece)
                length -= len(piece)
        return b"".join(pieces)

    def make_folder(self, name: str) -> bool:
        with folder_of(self._root, name) as (above, last):
            try:
                os.mkdir(last, 0o700, dir_fd=above)
                os.chmod(last, 0o700, dir_fd=above)
            except FileExistsError:
                os.close(open_folder_beneath(self._root, name))
                return False
        return True

    def create(self, name: str) -> None:
        descriptor = self._open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL)
        self._written[name] = descriptor
        os.fchmod(descriptor, 0o600)

    def append(self, name: str, data: bytes) -> None:
        descriptor = self._writing(name)
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]

    def rewrite(self, name: str, offset: int, data: bytes) -> None:
        # Linux appends on a descriptor opened with O_APPEND whatever the offset says, so this one is opened without.
        descriptor = open_beneath(self._root, name, os.O_WRONLY)
        try:
            left = memoryview(data)
            while left:
                count = os.pwrite(descriptor, left, offset)
                left, offset = left[count:], offset + count
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def truncate(self, name: str, size: int) -> None:
        os.ftruncate(self._writing(name), size)

    def sync(self, name: str) -> None:
        descriptor = self._written.pop(name, None)
        if descriptor is None:
            descriptor = self._open(name, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync_folder(self, name: str) -> None:
        with self._folder(name) as descriptor:
            os.fsync(descriptor)

    def link(self, name: str, target: str) -> None:
        with self._place(name) as (here, last), self._place(target) as (there, new):
            os.link(last, new, src_dir_fd=here, dst_dir_fd=there, follow_symlinks=False)

    def replace(self, name: str, target: str) -> None:
        with self._place(name) as (here, last), self._place(target) as (there, new):
            os.replace(last, new, src_dir_fd=here, dst_dir_fd=there)

    def unlink(self, name: str) -> None:
        with self._place(name) as (folder, last):
            os.unlink(last, dir_fd=folder)

    def _open(self, name: str, flags: int) -> int:
        with self._place(name) as (folder, last):
            return open_in(folder, last, flags, 0o600, name)

    @contextmanager
    def _place(self, name: str) -> Iterator[tuple[int, str]]:
        """Yield the open folder of `name` and its last name."""
        folder, _, last = name.rpartition("/")
        if last in {"", ".", ".."}:
            raise unsafe(name, "is not a name beneath it")
        with self._folder(folder) as descriptor:
            yield descriptor, last

    @contextmanager
    def _folder(self, name: str) -> Iterator[int]:
        known = self._folders.get(name) if name else self._root
        if known is not None:
            yield known
            return
        descriptor = open_folder_beneath(self._root, name)
        # Of two threads that open it at the same time, one keeps it; what is kept is closed by `close` alone.
        kept = len(self._folders) < KEPT_OPEN and self._folders.setdefault(name, descriptor) == descriptor
        try:
            yield descriptor
        finally:
            if not kept:
                os.close(descriptor)

    @contextmanager
    def _reading(self, name: str) -> Iterator[int]:
        descriptor = self._open(name, os.O_RDONLY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _writing(self, name: str) -> int:
        if name not in self._written:
            self._written[name] = self._opened(name, os.O_WRONLY | os.O_APPEND)
        return self._written[name]

    def _opened(self, name: str, flags: int) -> int:
        descriptor = self._open(name, flags)
        if os.fstat(descriptor).st_nlink != 1:
            os.close(descriptor)
            raise unsafe(name, "has a second name on this disk, and writing would change that too")
        return descriptor
