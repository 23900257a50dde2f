"""What a verifier must have from elsewhere than the case; the demo puts it into a folder of its own beside it."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from archiver.custody.receipt import Receipt
from archiver.custody.signers import AllowedSigners
from archiver.custody.token import Roots
from archiver.errors import CaseError, StorageError
from archiver.model.verdict import Verdict
from archiver.verify.run import verify_case

RECEIPT: Final = "receipt.txt"
SIGNERS: Final = "allowed_signers"
ROOTS: Final = "tsa-roots.pem"


def outside_of(case: Path) -> Path:
    """Return the folder for the case at `case`."""
    return case.parent / f"{case.name}-outside"


def refuse_taken(folder: Path) -> None:
    """Raise `CaseError` when there is something at `folder` already."""
    if os.path.lexists(folder):
        hint = "the demo makes this folder beside its case; take another name for the case with --into"
        raise CaseError("exists", f"{folder}: there is already something of that name", hint)


def write_outside(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` for the user alone, with `files` in it. Raises `StorageError`."""
    try:
        folder.mkdir(mode=0o700)
        for name, data in files.items():
            file = folder / name
            file.touch(mode=0o600, exist_ok=False)
            file.write_bytes(data)
    except OSError as exc:
        raise StorageError("storage", f"{folder}: cannot be written: {exc.strerror or exc}", "is it yours?") from exc


def verify_from_outside(case: Path, files: Mapping[str, bytes], now: datetime) -> Verdict:
    """Return the verdict on `case` by somebody who has these files by name, and nothing else.

    Raises `CaseError` when there is no case.
    """
    receipt, signers, roots = files.get(RECEIPT), files.get(SIGNERS), files.get(ROOTS)
    return verify_case(
        case,
        expect=Receipt.parse(receipt.decode("ascii")) if receipt else None,
        signers=AllowedSigners.parse(signers.decode("ascii")) if signers else None,
        roots=Roots.from_pem(roots) if roots else None,
        now=now,
    )
