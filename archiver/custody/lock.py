"""The lock of the one writer: the system's own, so that a dead process leaves nothing to clean (docs/adr/0003)."""

import fcntl
import os
import re
from dataclasses import dataclass

from archiver.errors import CaseError

MAX_HOLDER = 200  # bytes of the lock file that are read

_HOLDER = re.compile(rb'\{"pid":([0-9]{1,10}),"since":"([0-9T:.Z-]{20,32})"\}\n?')


@dataclass(frozen=True, slots=True)
class Lock:
    """Whether the lock was taken, and what stood in it: from the one who holds it, or held it and did not end well."""

    taken: bool
    left: bytes


def take(descriptor: int, holder: bytes) -> Lock:
    """Lock the open file, if nobody else has, and write `holder` into it.

    The lock lives until `release` or the end of the process, whatever ends it. Raises `OSError` where the file system
    has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return Lock(False, os.pread(descriptor, MAX_HOLDER, 0))
    left = os.pread(descriptor, MAX_HOLDER, 0)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, holder, 0)
    return Lock(True, left)


def release(descriptor: int, *, clean: bool) -> None:
    """Let go of the lock and close the descriptor; a `clean` end empties the lock file."""
    try:
        if clean:
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
