"""A private place for what must lie in files while it is looked at."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from archiver.bundle.members import Bundle
from archiver.errors import CaseError

RESERVE = 64 << 20  # bytes that are left free for everybody else


def check_room(size: int) -> None:
    """Raise `CaseError` ("room") when `size` bytes do not fit into the folder for temporary files."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if size > free - RESERVE:
        message = f"{size} bytes would have to be unpacked into {folder}, where {free} are free"
        raise CaseError("room", message, "set TMPDIR to a folder with more room, or unpack it and verify the folder")


@contextmanager
def unpacked(bundle: Bundle, names: Mapping[str, str]) -> Iterator[Path]:
    """Yield a folder with the files of `bundle` that `names` maps to paths in it; only this user can look into it.

    It is removed at the end, whatever happens. Raises `CaseError` as the bundle does, and when there is no room.
    """
    check_room(sum(bundle.member(name).size for name in names))
    with tempfile.TemporaryDirectory(prefix="archiver-verify-") as folder:  # made with mode 0700
        made: set[Path] = set()
        for name, path in names.items():
            target = Path(folder, path)
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            _copy(bundle, name, target)
        yield Path(folder)


def _copy(bundle: Bundle, name: str, target: Path) -> None:
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(bundle.chunks(name))
    except OSError as exc:  # also of the end, where what is still in memory is written
        raise no_room(name, exc) from exc


def no_room(name: str, exc: OSError) -> CaseError:
    """Return that a member could not be unpacked, and why."""
    return CaseError("room", f"{name!r} could not be unpacked: {(exc.strerror or str(exc)).lower()}")
