"""A file for people: there whole or not at all, and never in the place of another."""

import contextlib
import os
import tempfile
from pathlib import Path

from archiver.custody.layout import LOG
from archiver.errors import StorageError, UsageError


def require_free(path: Path) -> None:
    """Raise `UsageError` ("exists", "missing", "inside") unless a new file can get the name `path`, and may."""
    if os.path.lexists(path):
        raise UsageError("exists", f"{path}: there is already something of that name", "take another name")
    try:
        there = path.parent.is_dir()
    except OSError as exc:
        raise UsageError("missing", f"{path}: {exc.strerror}", "take another name or place") from exc
    if not there:
        raise UsageError("missing", f"{path}: there is no folder {path.parent}", "make it first")
    require_no_case(path)


def require_no_case(path: Path) -> None:
    """Raise `UsageError` ("inside") where `path`, which need not exist, lies in the folder of a case.

    Whatever is there and the log does not know contradicts the case from then on.
    """
    try:
        place = path.parent.resolve()
        case = next((folder for folder in (place, *place.parents) if os.path.lexists(folder / LOG)), None)
    except (OSError, RuntimeError) as exc:  # links that lead in a circle
        raise UsageError("missing", f"{path}: its folder cannot be found: {exc}", "take another place") from exc
    if case is not None:
        what = f"{path}: it is inside a case, where only evidence and its log belong"
        raise UsageError("inside", what, "name a place outside the case")


def write_new(path: Path, data: bytes) -> None:
    """Write `data` into the new file `path`; durable when this returns.

    Raises `UsageError` as `require_free`, and `StorageError` when the disk does not take it.
    """
    require_free(path)
    try:
        descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".new-page-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _named(part, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)  # noqa: PTH108  # beside the others of its kind
        _sync_folder(path.parent)
    except FileExistsError as exc:
        raise UsageError("exists", f"{path}: there is already something of that name", "take another name") from exc
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) and exc.strerror else exc
        raise StorageError("storage", f"{path}: cannot be written: {why}", "is there room, and is it yours?") from exc


def _named(part: str, path: Path) -> None:
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a disk without links, as on a USB stick: the name is taken first, and then exchanged
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            os.replace(part, path)  # noqa: PTH105
        except OSError:
            path.unlink()
            raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
