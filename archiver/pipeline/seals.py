"""The seals of a case as people ask for them: the newest one, its receipt, and what waits for the next. Only reads."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from archiver.custody.read import Snapshot
from archiver.custody.seal import Seal
from archiver.custody.sealread import Sealed, last_sealed, sealed, tokens_over, unsealed

LOOKED_BACK = 100  # seals without a time stamp, behind which none is looked for


@dataclass(frozen=True, slots=True)
class SealsNow:
    """`last` is the newest seal, None in a case without any; `waiting` counts the lines that no seal covers, but for
    those that tell of seals, tokens or exports. `pending` names the authorities whose stamp it still waits for."""

    last: Sealed | None
    waiting: int
    pending: tuple[str, ...] = ()

    @property
    def receipt(self) -> str:
        """The receipt of the newest seal, "" when there is none."""
        return str(self.last.event.data["receipt"]) if self.last is not None else ""


def seals_now(path: Path) -> SealsNow:
    """Return how far the case at `path` is sealed. Reads the log behind the newest seal only.

    Raises `CaseError` when the case cannot be read, or its newest seal is not what its log says.
    """
    with Snapshot.open(path) as case:
        last = last_sealed(case, case.log_size)
        if last is None:
            return SealsNow(None, unsealed(case, case.log_size))
        there = {token["authority"] for token in tokens_over(case, case.log_size, last.seal)}
        pending = tuple(each["authority"] for each in last.event.data["pending"] if each["authority"] not in there)
        return SealsNow(last, unsealed(case, case.log_size), pending)


def last_stamped(case: Snapshot, last: Seal) -> datetime | None:
    """Return when the last time stamp over one of the seals up to `last` came, by the clock of this machine.

    The log is read from `last` on; of at most `LOOKED_BACK` seals before it, two short pieces each.
    """
    if found := max(_arrivals(tokens_over(case, case.log_size, last)), default=None):
        return found
    return next(_stamped_before(case, last), None)


def _stamped_before(case: Snapshot, last: Seal) -> Iterator[datetime]:
    for number in range(last.number - 1, max(0, last.number - 1 - LOOKED_BACK), -1):
        yield from _arrivals(sealed(case, case.log_size, number).event.data["tokens"])


def _arrivals(tokens: list[dict[str, Any]]) -> Iterator[datetime]:
    for token in tokens:
        with suppress(ValueError, OverflowError):  # a time that does not exist is as good as none
            yield datetime.fromisoformat(token["gen_time"]) - timedelta(milliseconds=token["offset_ms"])
