"""What can stop a command, and with which exit code.

```
ArchiverError            kind, message, hint, exit_code
├─ UsageError        2   the command line or an address in it cannot be used
├─ ConfigError       3   case.yaml refused, with file:line:column
├─ CaseError         4   case missing, exists already, locked, unreadable
├─ StorageError      4   the disk is full or failing: nothing is acknowledged
└─ Interrupted     130   the user or the system asked to stop
```

Outcomes of a capture and of a verification are values, not exceptions; their exit codes are in `ExitCode`.
Messages are lower case without a full stop, the object first; errors neither print nor exit.
"""

import errno
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """The exit codes of every command; a code that is not listed counts as a failure."""

    OK = 0
    BUG = 1
    USAGE = 2
    CONFIG = 3
    CASE = 4
    NOTHING_PRESERVED = 5
    PARTLY_PRESERVED = 6
    NOT_SEALED = 7
    CONTRADICTED = 8
    UNCHECKED = 9
    INTERRUPTED = 130


class ArchiverError(Exception):
    """Base of all errors that are not bugs.

    `kind` is a stable word for scripts (`error.kind` in JSON output), `hint` says what to do next.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG

    def __init__(self, kind: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint


class UsageError(ArchiverError):
    """The command line, or an address in it, cannot be used; nothing was written."""

    exit_code = ExitCode.USAGE


class ConfigError(ArchiverError):
    """case.yaml was refused; the message names file, line and column where they are known."""

    exit_code = ExitCode.CONFIG


class CaseError(ArchiverError):
    """The case is missing, exists already, is locked, or cannot be read."""

    exit_code = ExitCode.CASE


class StorageError(ArchiverError):
    """The disk refused or failed; nothing was acknowledged and the case still verifies."""

    exit_code = ExitCode.CASE

    @classmethod
    def out_of_files(cls, exc: OSError) -> "StorageError | None":
        """Return what `exc` means when this process, or the machine, has too many files open ("files"), else None.

        No disk failed then, and no host either.
        """
        if exc.errno not in {errno.EMFILE, errno.ENFILE}:
            return None
        return cls(
            "files",
            "too many files are open at once",
            "do less at a time (batch --concurrency) or allow more (ulimit -n), and repeat the command: nothing that "
            "was acknowledged is lost",
        )


class Interrupted(ArchiverError):
    """A signal asked to stop; what was complete is recorded."""

    exit_code = ExitCode.INTERRUPTED
