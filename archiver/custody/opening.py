"""Before a case can be written: the folder, the lock, the format."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from archiver.custody import lock
from archiver.custody.disk import Disk, RealDisk
from archiver.custody.ends import damaged, lines_forwards, parsed
from archiver.custody.failures import storage_error
from archiver.custody.layout import LOG
from archiver.custody.log import FORMAT, timestamp
from archiver.errors import CaseError
from archiver.runtime import Runtime

LOCK_WAIT = 30.0  # seconds that a second writer waits: the first may be capturing a page, or asking for a passphrase
_POLL = 0.05


@contextmanager
def made(path: Path, runtime: Runtime, disk: Disk | None) -> Iterator[Disk]:
    """Yield a new case folder that is not at `path` before it is published, and close it in the end."""
    try:
        new = disk or RealDisk.make(path, runtime.ids.nonce()[:8])
    except OSError as exc:
        raise _unreachable(path, exc) from exc
    try:
        yield new
    except OSError as exc:
        raise storage_error(exc, new) from exc
    finally:
        new.close()


@contextmanager
def opened(path: Path, disk: Disk | None) -> Iterator[Disk]:
    """Yield the case at `path`, which stays open when the block ends well, and is closed when it raises."""
    try:
        case = disk or RealDisk(path)
    except OSError as exc:
        raise _unreachable(path, exc) from exc
    try:
        yield case
    except BaseException as exc:
        error = storage_error(exc, case) if isinstance(exc, OSError) else None
        case.close(clean=False)
        if error is not None:
            raise error from exc
        raise


def _unreachable(path: Path, exc: OSError) -> CaseError:
    return CaseError("unreadable", f"case {path}: {(exc.strerror or str(exc)).lower()}")


def take_lock(disk: Disk, path: Path, runtime: Runtime, wait: float) -> bool:
    """Become the one writer of the case and return whether the last one ended well.

    Raises `CaseError`: "not-a-case", or "locked" after `wait` seconds.
    """
    if disk.size(LOG) is None:
        raise CaseError("not-a-case", f"case {path}: there is no {LOG} in it", "archiver init makes a case")
    text = lock.holder_text(os.getpid(), timestamp(runtime.clock.now()))
    end = runtime.clock.monotonic() + wait
    while not (found := disk.lock(text)).taken:
        if runtime.clock.monotonic() >= end:
            raise lock.locked(found.left, str(path))
        runtime.sleep(_POLL)
    return not found.left


def require_known_format(disk: Disk, path: Path) -> None:
    """Raise `CaseError` unless the first line of the log opens a case in the format of this version."""
    size = disk.size(LOG) or 0
    first = parsed(next(lines_forwards(partial(disk.read, LOG), 0, size), b""), 1)
    if first.event != "case.opened":
        raise damaged(f"line 1 of {LOG} does not open a case")
    if first.data.get("format") != FORMAT:
        raise CaseError(
            "newer-format",
            f"case {path}: its format is {first.data.get('format')!r}, and this version writes {FORMAT} only",
            "use the version of archiver that made it; list, show and verify still read what they know",
        )
