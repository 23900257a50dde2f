"""The lock of the one writer: the system's own, so that a dead process leaves nothing to clean (docs/adr/0003)."""

import fcntl
import os
import re

from archiver.errors import CaseError

MAX_HOLDER = 200  # bytes of the lock file that are read

_HOLDER = re.compile(rb'\{"pid":([0-9]{1,10}),"since":"([0-9T:.Z-]{20,32})"\}\n?')


def take(descriptor: int, holder: bytes) -> bytes | None:
    """Lock the open file and write `holder` into it; None when that worked, else what the present holder wrote.

    The lock lives until `release` or the end of the process, whatever ends it. Raises `OSError` where the file system
    has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, MAX_HOLDER, 0)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, holder, 0)
    return None


def release(descriptor: int) -> None:
    """Empty the lock file, let go of the lock and close the descriptor."""
    try:
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def holder_text(pid: int, since: str) -> bytes:
    """Return what stands in a lock file: who holds it and since when; no host, no user."""
    return f'{{"pid":{pid},"since":"{since}"}}\n'.encode("ascii")


def locked(holder: bytes, case: str) -> CaseError:
    """Return the refusal that names the holder, as far as `holder` is what `holder_text` writes."""
    match = _HOLDER.fullmatch(holder)
    who = f"process {match[1].decode()} since {match[2].decode()}" if match else "another process"
    return CaseError("locked", f"case {case}: {who} is writing to it", "wait until it is done, then repeat the command")
