"""A private place for what must lie in files while it is looked at."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from archiver.bundle.members import Bundle
from archiver.errors import CaseError

_HINT = "set TMPDIR to a folder with more room, or unpack it and verify the folder"
RESERVE = 64 << 20  # bytes that are left free for everybody else


def check_room(size: int) -> None:
    """Raise `CaseError` ("room") when `size` bytes do not fit into the folder for temporary files."""
    try:
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
    except OSError as exc:
        raise CaseError("room", f"nothing can be unpacked: {(exc.strerror or str(exc)).lower()}", _HINT) from exc
    if size > free - RESERVE:
        message = f"{size} bytes would have to be unpacked into {folder}, where {free} are free"
        raise CaseError("room", message, _HINT)


@contextmanager
def unpacked(bundle: Bundle, names: Mapping[str, str]) -> Iterator[Path]:
    """Yield a folder with the files of `bundle` that `names` maps to paths in it; only this user can look into it.

    It is removed at the end, whatever happens. Raises `CaseError` as the bundle does, and when there is no room.
    """
    check_room(sum(bundle.member(name).size for name in names))
    try:
        private = tempfile.TemporaryDirectory(prefix="archiver-verify-", ignore_cleanup_errors=True)  # with mode 0700
    except OSError as exc:
        raise no_room("", exc) from exc
    with private as folder:
        made: set[Path] = set()
        for name, path in names.items():
            target = Path(folder, path)
            _copy(bundle, name, target, made)
        yield Path(folder)


def _copy(bundle: Bundle, name: str, target: Path, made: set[Path]) -> None:
    try:
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(bundle.chunks(name))
    except OSError as exc:  # also of the end, where what is still in memory is written
        raise no_room(name, exc) from exc


def no_room(name: str, exc: OSError) -> CaseError:
    """Return that a member, "" for all, could not be unpacked, and why."""
    what = repr(name) if name else "the case in it"
    return CaseError("room", f"{what} could not be unpacked: {(exc.strerror or str(exc)).lower()}", _HINT)
