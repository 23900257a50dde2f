"""The results of a batch as a table that spreadsheets read, and `archiver batch` reads as a list."""

import csv
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archiver.cli.items import meaning
from archiver.cli.text import safe
from archiver.config.cells import guarded
from archiver.errors import StorageError, UsageError
from archiver.model.batch import Row
from archiver.pipeline.resume import RowItem

COLUMNS = (
    "row", "line", "address", "item", "outcome", "status",
    "final_url", "title", "reasons", "sha256", "file", "tries",
)  # fmt: skip
HEADER = "\ufeff" + ",".join(COLUMNS) + "\r\n"
NOT_BEGUN = "not begun"


@dataclass(frozen=True, slots=True)
class ResultsFile:
    """Where results go: a file that is not there yet, or one with results of ours, outside the case."""

    path: Path

    @classmethod
    def usable(cls, text: str, case: Path) -> "ResultsFile":
        """Return the file that `--results` names. Raises `UsageError` for one that must not or cannot be written."""
        path = Path(text)
        if "\0" in text or not path.name:
            raise _unusable(text, "not the path of a file")
        try:
            folder = path.parent.resolve()
            if folder.is_relative_to(case.resolve()):
                raise _unusable(text, "it is inside the case, where only evidence and its log belong")
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise _unusable(text, "it is there, and no file")
            if path.exists() and not _ours(path):
                raise _unusable(text, "it is there, and does not hold results of a batch; it is left as it is")
        except OSError as exc:
            raise _unusable(text, exc.strerror or str(exc)) from exc
        if not os.access(folder, os.W_OK | os.X_OK):
            raise _unusable(text, "its folder is not there, or cannot be written")
        return cls(path)

    def write(self, rows: Iterable[Row], standing: dict[int, RowItem]) -> None:
        """Replace the file as a whole: one line for each row, in the order of the list. Raises `StorageError`."""
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
                out.write(HEADER)
                writer = csv.writer(out, lineterminator="\r\n")
                writer.writerows(cells(row, standing.get(row.number)) for row in rows)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self.path)
        except OSError as exc:
            raise StorageError(
                "results",
                f"results '{self.path}': cannot be written: {exc.strerror or exc}",
                "what was done is on the record; run the same command again to write them",
            ) from exc
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def cells(row: Row, found: RowItem | None) -> tuple[str, ...]:
    """Return the line of `row`.

    The address stands as it was submitted, for it is read again; it begins with a letter. One that could act on a
    terminal stands as it is requested. All other texts are made safe for a terminal and for a spreadsheet.
    """
    address = row.address.submitted
    start = (str(row.number), str(row.line), address if safe(address) == address else row.address.url)
    if found is None:
        return (*start, "", NOT_BEGUN, *[""] * 7)
    because = "; ".join(meaning(reason) for reason in found.reasons)
    return (
        *start,
        str(found.item),
        found.outcome,
        "" if found.status is None else str(found.status),
        guarded(safe(found.final_url)),
        guarded(safe(found.title)),
        guarded(safe(because)),
        found.sha256,
        found.file,
        str(found.tries),
    )


def _ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(HEADER.encode())) == HEADER.encode()


def _unusable(text: str, why: str) -> UsageError:
    return UsageError("results", f"--results '{text}': {why}", "name a new file, or an earlier results file, elsewhere")
