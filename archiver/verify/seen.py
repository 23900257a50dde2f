"""Which case was read, and in which state, as values for those who tell people about a verdict."""

from archiver.custody.log import Event
from archiver.custody.state import CaseState
from archiver.model.verdict import CaseSeen, SealSeen


def case_seen(state: CaseState) -> CaseSeen:
    """Return what the log, once read, says of the case and of its seals, whether it holds or not."""
    return CaseSeen(state.case, state.seq, state.head, tuple(map(_seal_seen, state.sealed.completed.values())))


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
