"""Opening what lies beneath a folder without ever following a symbolic link. System calls only, no promises of disk."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from archiver.errors import CaseError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LINK_ERRNOS = {errno.ELOOP, errno.ENOTDIR}


@contextmanager
def folder_of(root: int, path: str) -> Iterator[tuple[int, str]]:
    """Yield (descriptor of the folder, last name) of `path`, relative to the open folder `root`.

    Every step is opened with O_NOFOLLOW from the descriptor before it. Raises `CaseError` (kind "unsafe") for a link or
    a file where a folder must be, `OSError` for anything else.
    """
    *folders, name = path.split("/")
    if {"", ".", ".."} & {*folders, name}:
        raise unsafe(path, "is not a name beneath it")
    current = os.dup(root)
    try:
        for folder in folders:
            step = _open_folder(current, folder, path)
            os.close(current)
            current = step
        yield current, name
    finally:
        os.close(current)


def open_beneath(root: int, path: str, flags: int, mode: int = 0o600) -> int:
    """Return a descriptor of the regular file `path` beneath `root`, opened with `flags` and never through a link.

    Raises `CaseError` (kind "unsafe") when the path, or a part of it, is a link or no regular file, and `OSError`
    otherwise. A pipe or device planted there is never waited for.
    """
    with folder_of(root, path) as (folder, name):
        return open_in(folder, name, flags, mode, path)


def open_in(folder: int, name: str, flags: int, mode: int, path: str) -> int:
    """Do what `open_beneath` does for `name` right in the open `folder`; `path` is what an error calls it."""
    try:
        descriptor = os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, mode, dir_fd=folder)
    except OSError as exc:
        if exc.errno in {errno.ELOOP, errno.ENXIO, errno.EISDIR}:
            raise unsafe(path) from exc
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise unsafe(path)
    return descriptor


def open_folder_beneath(root: int, path: str) -> int:
    """Return a descriptor of the folder `path` beneath `root` ("" is `root` itself); raises as `folder_of` does."""
    if not path:
        return os.dup(root)
    with folder_of(root, path) as (folder, name):
        return _open_folder(folder, name, path)


def unsafe(path: str, why: str = "is not a plain file or folder") -> CaseError:
    """Return the refusal of a link, pipe, device, misplaced folder or doubly named file inside a case."""
    return CaseError(
        "unsafe",
        f"{path!r} in the case {why}",
        "a case holds plain files of its own, no links: find out who put this there before you go on",
    )


def _open_folder(current: int, folder: str, path: str) -> int:
    try:
        return os.open(folder, _FOLDER, dir_fd=current)
    except OSError as exc:
        if exc.errno in _LINK_ERRNOS:
            raise unsafe(path) from exc
        raise
