"""The seals of a case as people ask for them: the newest one, its receipt, and what waits for the next. Only reads."""

from dataclasses import dataclass
from pathlib import Path

from archiver.custody.read import Snapshot
from archiver.custody.sealread import Sealed, last_sealed, unsealed


@dataclass(frozen=True, slots=True)
class SealsNow:
    """`last` is the newest seal, None in a case without any; `waiting` counts the lines that no seal covers, but for
    those that tell of a seal or a token."""

    last: Sealed | None
    waiting: int

    @property
    def receipt(self) -> str:
        """The receipt of the newest seal, "" when there is none."""
        return str(self.last.event.data["receipt"]) if self.last is not None else ""


def seals_now(path: Path) -> SealsNow:
    """Return how far the case at `path` is sealed. Reads the log behind the newest seal only.

    Raises `CaseError` when the case cannot be read, or its newest seal is not what its log says.
    """
    with Snapshot.open(path) as case:
        return SealsNow(last_sealed(case, case.log_size), unsealed(case, case.log_size))
