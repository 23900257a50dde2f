"""The seals of a case as people ask for them: the newest one, its receipt, and what waits for the next. Only reads."""

from dataclasses import dataclass
from pathlib import Path

from archiver.custody.layout import seal_path
from archiver.custody.log import Event, Malformed, parse_line
from archiver.custody.read import Snapshot
from archiver.custody.seal import MAX_SEAL, Seal
from archiver.errors import CaseError

_EXPORT = b'"event":"export.made"'
_ABOUT_SEALS = tuple(f'"event":"{name}"'.encode() for name in ("seal.completed", "token.added", "key.added"))


@dataclass(frozen=True, slots=True)
class SealsNow:
    """`last` is the newest seal and `completed` its event, both None in a case without seals.

    `waiting` counts the lines that no seal covers, but for those that say nothing more than how the case was sealed;
    `exports` of these tell of an export.
    """

    last: Seal | None
    completed: Event | None
    waiting: int
    exports: int = 0

    @property
    def receipt(self) -> str:
        """The receipt of the newest seal, "" when there is none."""
        return str(self.completed.data["receipt"]) if self.completed is not None else ""


def seals_now(path: Path) -> SealsNow:
    """Return how far the case at `path` is sealed. Reads the log behind the newest seal only.

    Raises `CaseError` when the case cannot be read, or its seals are not what its log says.
    """
    with Snapshot.open(path) as case:
        last = _newest(case)
        start, number = (last.log_offset + last.log_length, last.last_line + 1) if last is not None else (0, 1)
        completed: Event | None = None
        waiting = exports = 0
        for raw in case.lines(start, number):
            if last is not None and completed is None:
                completed = _completed(raw.raw, last)
            if not any(mark in raw.raw for mark in _ABOUT_SEALS):
                waiting += 1
                exports += _EXPORT in raw.raw
        if last is not None and completed is None:
            raise _damaged(last.number)
        return SealsNow(last, completed, waiting, exports)


def _newest(case: Snapshot) -> Seal | None:
    # They are numbered without gaps, so a few looks find the last one among thousands.
    below, above = 0, 1
    while _is_there(case, above):
        below, above = above, above * 2
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (middle, above) if _is_there(case, middle) else (below, middle)
    if not below:
        return None
    try:
        return Seal.parse(b"".join(case.chunks(seal_path(below, "seal"), MAX_SEAL)))
    except Malformed as exc:
        raise _damaged(below) from exc


def _is_there(case: Snapshot, number: int) -> bool:
    try:
        case.open_file(seal_path(number, "seal")).close()
    except CaseError as exc:
        if exc.kind != "missing":
            raise
        return False
    return True


def _completed(raw: bytes, last: Seal) -> Event | None:
    try:
        event = parse_line(raw)
    except (Malformed, ValueError):
        return None
    return event if event.event == "seal.completed" and event.data.get("seal") == last.number else None


def _damaged(number: int) -> CaseError:
    return CaseError("damaged", f"seal {number} of this case is not what its log says", "archiver verify names it")
