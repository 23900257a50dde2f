"""What stands between a change of the disk and everything after it: one failure that leaves the disk open ends all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from archiver.custody.disk import Disk
from archiver.custody.failures import storage_error
from archiver.errors import StorageError


@dataclass(slots=True)
class Writing:
    """One change of the disk under way; `undone` says that what it had half written has been removed again."""

    undone: bool = False


class Guard:
    """Lets changes of one case pass. After a failure that leaves it open what the disk holds it is `broken`.

    Every further change is refused then; any thread may set it.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.broken = False

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """Run what writes to the disk, on any thread; an `OSError` in it becomes the error of the command.

        A full disk leaves things as they were where that can be done; after any other failure everything is refused.
        """
        if self.broken:
            raise StorageError(
                "io",
                "the case was left half written before, and takes nothing more",
                "archiver recover puts it in order",
            )
        writing = Writing()
        try:
            yield writing
        except BaseException as exc:
            if not writing.undone:
                self.broken = True
            if isinstance(exc, OSError):
                raise storage_error(exc, self._disk) from exc
            raise
