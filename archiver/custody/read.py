"""A case as a reader sees it: one snapshot, read only, without lock, links or surprises.

Works on read-only media and beside a running writer: the log is judged as long as it was when the snapshot was taken.
Nothing here can write, and nothing here trusts what the folder holds.
"""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from archiver.custody import layout
from archiver.custody.beneath import open_beneath, open_folder_beneath
from archiver.custody.log import MAX_LINE
from archiver.errors import CaseError

_CHUNK = 1 << 20
MAX_DEPTH = 8  # folders within folders; a case has two, and what lies deeper is named by the folder that holds it
MAX_CASE_YAML = 1 << 20  # docs/spec/case-yaml.md §1


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line of the log as stored: `number` from 1, `offset` and `size` in bytes with the LF, `sha256` of them.

    `raw` is b"" when the line is longer than `MAX_LINE`; `complete` is False for a last fragment without LF.
    """

    number: int
    offset: int
    size: int
    raw: bytes
    sha256: str
    complete: bool

    @property
    def too_long(self) -> bool:
        """Whether the line is longer than any line may be, and was therefore not kept."""
        return self.size > MAX_LINE


@dataclass(frozen=True, slots=True)
class Entry:
    """Something found in the folder. `path` is relative, with forward slashes; `size` counts for files only.

    `what` is "file", "folder", "link", "other" (pipe, socket, device) or "gone" (removed by a writer meanwhile).
    """

    path: str
    what: str
    size: int
    mode: int


class Snapshot:
    """A case folder opened for reading; a context manager. Its sizes are those at the time it was opened.

    `manifest_size` is None when there is no manifest that can be opened; whoever opens it is told why.
    """

    def __init__(self, root: int, log_size: int, manifest_size: int | None) -> None:
        self._root = root
        self.log_size = log_size
        self.manifest_size = manifest_size

    @classmethod
    def open(cls, path: Path) -> "Snapshot":
        """Open the case at `path`.

        Raises `CaseError`: "missing" when there is nothing, "not-a-case" when it is no folder with a custody log,
        "unsafe" when the log is a link or no plain file, "unreadable" when the system refuses.
        """
        try:
            root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError as exc:
            raise CaseError("missing", f"case {path}: there is no such folder", "archiver init makes a case") from exc
        except NotADirectoryError as exc:
            raise CaseError("not-a-case", f"case {path}: not a folder") from exc
        except OSError as exc:
            raise _unreadable(str(path), exc) from exc
        try:
            # The manifest is measured first: a writer adds to the log before it, so this one never seems ahead.
            manifest_size = _manifest_size(root)
            log_size = _size(root, layout.LOG)
            if log_size is None:
                raise CaseError("not-a-case", f"case {path}: there is no {layout.LOG} in it")
        except BaseException:
            os.close(root)
            raise
        return cls(root, log_size, manifest_size)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._root)

    def __enter__(self) -> "Snapshot":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def open_file(self, path: str) -> BinaryIO:
        """Return the plain file `path` (relative to the case), opened for reading.

        Raises `CaseError`: "missing", "unsafe" (a link, pipe or device, in the path or at its end), "unreadable".
        """
        try:
            return os.fdopen(open_beneath(self._root, path, os.O_RDONLY), "rb")
        except FileNotFoundError as exc:
            raise CaseError("missing", f"{path!r} is not in the case") from exc
        except (OSError, ValueError) as exc:
            raise _unreadable(path, exc) from exc

    def size(self, path: str) -> int | None:
        """Return the size of a plain file, None when there is none. Raises as `open_file`."""
        try:
            with self.open_file(path) as file:
                return os.fstat(file.fileno()).st_size
        except CaseError as exc:
            if exc.kind != "missing":
                raise
            return None

    def read(self, path: str, offset: int, length: int) -> bytes:
        """Return `length` bytes of a file from `offset`, fewer only at its end; raises as `lines` does."""
        with self.open_file(path) as file:
            try:
                file.seek(offset)
                return file.read(length)
            except OSError as exc:
                raise _unreadable(path, exc) from exc

    def lines(self, start: int = 0, number: int = 1) -> Iterator[RawLine]:
        """Yield the lines of the log from byte `start`, which begins line `number`, up to the size of the snapshot.

        Holds one line at a time, and never more than `MAX_LINE` of it. Raises as `open_file` does, and `CaseError`
        ("unreadable") when reading fails on the way.
        """
        with self._log() as file:
            file.seek(start)
            yield from _lines(file, start, number, self.log_size)

    def lines_with(self, mark: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield (number, raw line) of the whole lines of the log that hold `mark`, up to the size of the snapshot.

        Lines without it cost next to nothing: a gigabyte of them takes a fraction of a second. Raises as `lines`.
        """
        with self._log() as file:
            yield from _lines_with(mark, file, self.log_size)

    def chunks(self, path: str, limit: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of a file in order, the first `limit` of them at most; raises as `lines` does."""
        with self.open_file(path) as file:
            left = limit
            while left is None or left > 0:
                try:
                    chunk = file.read(_CHUNK if left is None else min(_CHUNK, left))
                except OSError as exc:
                    raise _unreadable(path, exc) from exc
                if not chunk:
                    return
                left = None if left is None else left - len(chunk)
                yield chunk

    def case_yaml(self) -> bytes:
        """Return case.yaml, at most one byte more than `MAX_CASE_YAML`; raises as `lines` does."""
        return b"".join(self.chunks(layout.CASE_YAML, MAX_CASE_YAML + 1))

    def entries(self) -> Iterator[Entry]:
        """Yield everything that lies in the folder, sorted within each folder, a folder before what it holds.

        Links are reported and not followed, and neither are folders deeper than `MAX_DEPTH`. Raises `CaseError`
        ("unreadable") for the first folder that cannot be read, after everything that can.
        """
        pending = [""]
        refused: CaseError | None = None
        while pending:
            folder = pending.pop()
            try:
                found = self._entries_of(folder)
            except CaseError as exc:
                refused = refused or exc
                continue
            yield from found
            deeper = (entry.path for entry in reversed(found) if entry.what == "folder")
            pending.extend(path for path in deeper if path.count("/") < MAX_DEPTH)
        if refused is not None:
            raise refused

    def writer_active(self) -> bool:
        """Return whether some process holds the writer's lock at this moment."""
        try:
            descriptor = open_beneath(self._root, layout.LOCK, os.O_RDONLY)
        except (OSError, CaseError):
            return False  # no lock file, or none that a writer of ours would use
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as exc:
            return exc.errno == errno.EWOULDBLOCK  # anything else: no locks here, so no writer of ours either
        finally:
            os.close(descriptor)
        return False

    def ended_unclean(self) -> bool:
        """Return whether the lock file holds what a writer leaves that is at work, or was stopped."""
        try:
            with self.open_file(layout.LOCK) as file:
                return bool(file.read(1))
        except (OSError, CaseError):
            return False

    @contextmanager
    def _log(self) -> Iterator[BinaryIO]:
        with self.open_file(layout.LOG) as file:
            try:
                yield file
            except OSError as exc:
                raise _unreadable(layout.LOG, exc) from exc

    def _entries_of(self, folder: str) -> list[Entry]:
        prefix = f"{folder}/" if folder else ""
        try:
            descriptor = open_folder_beneath(self._root, folder)
            try:
                with os.scandir(descriptor) as found:
                    names = sorted(entry.name for entry in found)
                return [_entry(descriptor, name, prefix) for name in names]
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise _unreadable(folder, exc) from exc


def _entry(folder: int, name: str, prefix: str) -> Entry:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return Entry(prefix + name, "gone", 0, 0)  # a writer beside us removed it meanwhile
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISDIR, "folder"), (stat.S_ISLNK, "link"))
    what = next((word for test, word in kinds if test(found.st_mode)), "other")
    return Entry(prefix + name, what, found.st_size, stat.S_IMODE(found.st_mode))


def _manifest_size(root: int) -> int | None:
    try:
        return _size(root, layout.MANIFEST)
    except CaseError:
        return None


def _size(root: int, path: str) -> int | None:
    try:
        descriptor = open_beneath(root, path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise _unreadable(path, exc) from exc
    try:
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def _lines(file: BinaryIO, offset: int, number: int, end: int) -> Iterator[RawLine]:
    while offset < end:
        digest = hashlib.sha256()
        size = 0
        kept: list[bytes] = []
        piece = b""
        while offset + size < end and not piece.endswith(b"\n"):
            piece = file.readline(min(_CHUNK, end - offset - size))
            if not piece:
                break
            digest.update(piece)
            size += len(piece)
            if size <= MAX_LINE:
                kept.append(piece)
        if not size:
            return  # the log shrank beneath us; whoever counts lines will see it
        raw = b"".join(kept) if size <= MAX_LINE else b""
        yield RawLine(number, offset, size, raw, digest.hexdigest(), piece.endswith(b"\n"))
        offset += size
        number += 1


def _lines_with(mark: bytes, file: BinaryIO, end: int) -> Iterator[tuple[int, bytes]]:
    number, whole = 1, True
    while block := file.read(min(_CHUNK, end)):
        block += file.readline(
            min(MAX_LINE, end - len(block))
        )  # so that lines end with their block, but for one too long
        if mark in block:
            for place, line in enumerate(BytesIO(block)):
                if mark in line and line.endswith(b"\n") and (whole or place):
                    yield number + place, line
        end -= len(block)
        number += block.count(b"\n")
        whole = block.endswith(b"\n")


def _unreadable(path: str, exc: Exception) -> CaseError:
    code = exc.errno if isinstance(exc, OSError) and exc.errno else 0
    why = os.strerror(code).lower() if code else "the name cannot be used"
    hint = "read it with another account, or copy the case" if code in {errno.EACCES, errno.EPERM} else ""
    return CaseError("unreadable", f"{path!r}: could not be read: {why}", hint)
