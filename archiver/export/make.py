"""An export made: entries planned, put into a folder or a file, and named when they are durable."""

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from archiver.errors import UsageError
from archiver.export.age import Recipient, encrypting
from archiver.export.entries import Entry
from archiver.export.placing import placed, require_room
from archiver.export.sinks import sync, write_folder, write_tar, write_zip
from archiver.model.item import StoredFile

Form = Literal["folder", "zip", "tar"]
Writer = Callable[[BinaryIO, str, Iterable[Entry], datetime], None]
AGE = ".age"

_OTHERS = frozenset({".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar"})
_WRITERS: dict[Form, Writer] = {"zip": write_zip, "tar": write_tar}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written: `entries` under the folder `base` in a zip or tar, all with the time `at`.

    Of a folder, `summary` names the entry whose hash stands for the whole. `seal` is the newest seal of the case.
    `named` is what a disclosure names beside what it is of, and cannot leave out.
    """

    entries: Sequence[Entry]
    base: str
    at: datetime
    summary: str
    seal: int
    named: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of all entries."""
        return sum(entry.size for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, and where. `size` and `sha256` are those of the file, or of the `summary` of a folder."""

    path: Path
    size: int
    sha256: str

    @property
    def file(self) -> StoredFile:
        """The export as the log names it."""
        return StoredFile(self.path.name, self.size, self.sha256)


def form_of(path: Path) -> Form:
    """Return the form that the name asks for: zip, tar, or else a folder.

    Raises `UsageError` ("export-path") for the name of an archive of another kind.
    """
    ending = path.suffix.lower()
    if ending in _OTHERS:
        hint = "name a .zip, a .tar, or a new folder; what is in it is compressed already"
        raise UsageError("export-path", f"{path}: nothing is written that ends in {ending}", hint)
    return "zip" if ending == ".zip" else "tar" if ending == ".tar" else "folder"


def target_of(path: Path, form: Form, recipients: Sequence[Recipient]) -> Path:
    """Return where the export will be: `path`, with `.age` behind it where it is encrypted.

    Raises `UsageError` ("export-path") where a folder is to be encrypted, or the name says `.age` already.
    """
    if path.suffix.lower() == AGE:
        raise UsageError(
            "export-path", f"{path}: ends in {AGE}", f"name it without: {AGE} is added to what is encrypted"
        )
    if recipients and form == "folder":
        raise UsageError("export-path", f"{path}: a folder cannot be encrypted", "name a .zip or a .tar")
    return path.with_name(path.name + AGE) if recipients else path


def make(plan: Plan, target: Path, form: Form, recipients: Sequence[Recipient], suffix: str) -> Made:
    """Write `plan` to `target` and return it, durable. Where that fails nothing is left behind.

    `suffix` tells the hidden name that it has while it is written from others. Raises `CaseError` ("damaged",
    "unreadable", "missing", "exists") and `StorageError`, for want of room before a byte is written.
    """
    require_room(target, plan.size)
    with placed(target, suffix) as hidden:
        if form == "folder":
            hidden.mkdir(0o700)
            write_folder(hidden, plan.entries)
            summary = next(entry for entry in plan.entries if entry.name == plan.summary)
            made = Made(target, summary.size, summary.sha256)
        else:
            _write_file(hidden, plan, form, recipients)
            made = _read_back(hidden, target)
    return made


def _write_file(hidden: Path, plan: Plan, form: Form, recipients: Sequence[Recipient]) -> None:
    descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        with ExitStack() as stack:
            stream = stack.enter_context(encrypting(file, recipients)) if recipients else file
            _WRITERS[form](stream, plan.base, plan.entries, plan.at)
        sync(file)


def _read_back(hidden: Path, target: Path) -> Made:
    with hidden.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Made(target, file.tell(), sha256)
