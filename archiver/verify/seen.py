"""Which case was read, and in which state, as values for those who tell people about a verdict."""

from collections import deque

from archiver.custody.log import Event
from archiver.custody.shapes import shape_problems
from archiver.custody.state import CaseState
from archiver.model.verdict import CaseSeen, SealSeen

MAX_SEALS = 50  # the newest are kept; each of them renews those before it


class SeenSeals:
    """Give it every event of the log; it keeps what the newest seals are recorded with, whether they hold or not."""

    def __init__(self) -> None:
        self._newest: deque[SealSeen] = deque(maxlen=MAX_SEALS)
        self._count = 0

    def add(self, event: Event) -> None:
        """Take in an event."""
        if event.event == "seal.completed" and not shape_problems(event.event, event.data):
            self._newest.append(_seal_seen(event))
            self._count += 1

    def case(self, state: CaseState) -> CaseSeen:
        """Return what was seen of the case whose log adds up to `state`."""
        newest = tuple(self._newest)
        return CaseSeen(state.case, state.seq, state.head, newest, self._count - len(newest))


def _seal_seen(completed: Event) -> SealSeen:
    data = completed.data
    return SealSeen(
        number=data["seal"],
        last=completed.seq - 1,
        recorded_at=completed.at,
        sha256=data["file"]["sha256"],
        signer=data["signer"] or "",
        fingerprint=data["fingerprint"] or "",
        stamps=tuple((token["authority"], token["gen_time"]) for token in data["tokens"]),
        receipt=data["receipt"],
    )
