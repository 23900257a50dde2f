"""An export appears under its name whole or not at all."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archiver.errors import ArchiverError, CaseError, StorageError, UsageError
from archiver.export.sinks import sync_folder

_HIDDEN, _PART = ".archiver-export-", ".part"
_ROOM = "free some space or name another disk, and repeat the command: nothing was left behind"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES, errno.EINVAL})


def require_free(target: Path, case: Path) -> None:
    """Refuse a target that exists, has no folder to lie in, or lies in the case at `case`.

    Raises `CaseError` ("exists", "missing") and `UsageError` ("export-path").
    """
    try:
        parent = target.absolute().parent.resolve(strict=True)
        inside = parent.is_relative_to(case.resolve())
    except FileNotFoundError as exc:
        raise CaseError("missing", f"{target}: the folder for it is missing", "make it first") from exc
    except (OSError, ValueError, RuntimeError) as exc:
        raise _unusable(target, exc) from exc
    if inside:
        raise UsageError("export-path", f"{target}: lies in the case itself", "name a place outside of it")
    try:
        target.lstat()
    except FileNotFoundError:
        return
    except (OSError, ValueError) as exc:
        raise _unusable(target, exc) from exc
    raise _taken(target)


def require_room(target: Path, size: int) -> None:
    """Refuse an export of `size` bytes where its disk says that it has less. Raises `StorageError` ("full")."""
    try:
        disk = shutil.disk_usage(target.absolute().parent)
    except OSError:
        return  # whatever is wrong shows when it is written
    if disk.total and size > disk.free:
        raise StorageError("full", f"{target}: nothing was exported: it has {size} bytes, {disk.free} are free", _ROOM)


def leftovers(target: Path) -> list[Path]:
    """Return what lies hidden beside `target` from exports that did not end, or from others that are under way."""
    try:
        return sorted(target.parent.glob(f"{_HIDDEN}*{_PART}"))
    except OSError:
        return []


@contextmanager
def placed(target: Path, suffix: str) -> Iterator[Path]:
    """Yield a hidden path beside `target`, for a file or folder that gets the name `target` when the block ends.

    Whatever is written there must be durable by then. When the block raises, it is removed. Raises `CaseError`
    ("exists") when the name was taken meanwhile, and `StorageError` for an `OSError` of the block.
    """
    hidden = target.with_name(_HIDDEN + suffix + _PART)
    try:
        yield hidden
        _rename(hidden, target)
        sync_folder(target.absolute().parent)
    except OSError as exc:
        remove(hidden)
        raise storage_error(exc, target) from exc
    except BaseException:
        remove(hidden)
        raise


def remove(path: Path) -> None:
    """Remove a file or folder of ours, as far as that can be done."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def storage_error(exc: OSError, target: Path) -> ArchiverError:
    """Return what a failure of the disk means on which `target` was to be."""
    if exc.errno in _FULL:
        return StorageError("full", f"{target}: nothing was exported: disk full", _ROOM)
    if exc.errno == errno.EFBIG:
        hint = "name a folder, or another disk"
        return StorageError("full", f"{target}: nothing was exported: no file can be that large there", hint)
    why = (os.strerror(exc.errno) if exc.errno else str(exc)).lower()
    return StorageError("export", f"{target}: nothing was exported: it could not be written: {why}")


def _rename(hidden: Path, target: Path) -> None:
    if hidden.is_dir():
        _refuse_taken(target)
        hidden.rename(target)
        return
    try:
        os.link(hidden, target, follow_symlinks=False)
    except FileExistsError as exc:
        raise _taken(target) from exc
    except OSError as exc:
        if exc.errno not in _NO_LINKS:  # file systems of memory sticks have none
            raise
        _refuse_taken(target)
        hidden.rename(target)
    else:
        hidden.unlink()


def _refuse_taken(target: Path) -> None:
    if os.path.lexists(target):
        raise _taken(target)


def _taken(target: Path) -> CaseError:
    return CaseError("exists", f"{target}: there is already something of that name", "nothing is written over")


def _unusable(target: Path, exc: Exception) -> UsageError:
    why = (exc.strerror or str(exc)).lower() if isinstance(exc, OSError) else str(exc)
    return UsageError("export-path", f"{target}: cannot be the place of an export: {why}")
