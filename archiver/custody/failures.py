"""What a failure of the disk means for the command."""

import errno
import os

from archiver.custody.disk import Disk
from archiver.errors import ArchiverError, CaseError, StorageError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOLCK, errno.EOPNOTSUPP})


def storage_error(exc: OSError, disk: Disk) -> ArchiverError:
    """Return what a failure of the disk means for the command: `StorageError` ("full", "files", "io") or `CaseError`.

    `CaseError` is "unwritable", or "damaged" where a name is taken that only this writer would use.
    """
    if exc.errno in FULL:
        return StorageError(
            "full",
            f"disk full: {_free(disk)} bytes are free where the case is kept",
            "free some space and repeat the command: nothing that was acknowledged is lost",
        )
    if exc.errno == errno.EEXIST:
        return CaseError(
            "damaged",
            "a file that was to be made is in the case already, and nothing was written over it",
            "somebody else put it there: archiver verify names it, archiver recover sets it aside",
        )
    if (too_many := StorageError.out_of_files(exc)) is not None:
        return too_many
    why = (os.strerror(exc.errno) if exc.errno else str(exc)).lower()
    if exc.errno in _REFUSED:
        return CaseError("unwritable", f"the case cannot be written: {why}")
    return StorageError(
        "io",
        f"the disk failed: {why}",
        "copy the case to another disk and run `archiver recover` there; this one may lose what it has taken",
    )


def _free(disk: Disk) -> int:
    try:
        return disk.free()
    except OSError:
        return 0  # a disk that cannot even say so
