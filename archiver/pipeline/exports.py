"""What an export asks of the case before and after: that it is sealed, and that it remembers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from archiver.config.seals import Seals
from archiver.custody import events
from archiver.custody.log import Event, parse_line
from archiver.custody.read import Snapshot
from archiver.model.item import StoredFile
from archiver.pipeline.cases import open_case
from archiver.pipeline.seal import Sealed, Sealing
from archiver.pipeline.seals import SealsNow, seals_now
from archiver.runtime import Runtime


def sealed_first(sealing: Sealing) -> Sealed:
    """Seal the case where lines wait for it, and return how it stands; where `due` is not empty there is no seal.

    Lines that tell of seals and of earlier exports wait for the next seal and need none of their own: exported twice,
    a case gives the same bytes. Raises as `Sealing.seal`.
    """
    with open_case(sealing.path, sealing.runtime) as store:  # repairs it; a changed case.yaml is refused
        policy = store.case_file.policy.seals
    now = seals_now(sealing.path)
    if now.last is None or now.waiting > now.exports:
        return sealing.seal("asked")
    return _standing(sealing, policy, now)


def record_export(
    path: Path,
    kind: Literal["bag", "disclosure", "wacz"],
    items: Sequence[int] | None,
    file: StoredFile,
    *,
    recipients: int,
    seal: int,
    runtime: Runtime,
) -> Event:
    """Put an export on the record of the case at `path` and return `export.made`; the members are its own.

    Raises as `CaseStore.open` and `CaseStore.append` do.
    """
    with open_case(path, runtime) as store:
        return store.append(*events.export_made(kind, items, file, recipients=recipients, seal=seal))


def _standing(sealing: Sealing, policy: Seals, now: SealsNow) -> Sealed:
    """Return what the newest seal lacks of what the policy asks for."""
    stamped = _authorities(sealing.path, now)
    pending = tuple(
        f"{name}: no time stamp on seal {now.last.number if now.last else 0} yet; archiver renew asks for it"
        for name, _ in policy.authorities
        if name not in stamped
    )
    unsigned = bool(policy.signer) and (now.last is None or now.last.signer is None)
    late = bool(pending) and not (policy.defer or sealing.options.offline)
    return Sealed(pending=pending, lacking=unsigned or late)


def _authorities(path: Path, now: SealsNow) -> set[str]:
    if now.last is None or now.completed is None:
        return set()
    tokens = list(now.completed.data["tokens"])
    with Snapshot.open(path) as case:
        for raw in case.lines(now.last.log_end, now.last.last_line + 1):
            event = parse_line(raw.raw)
            if event.event == "token.added" and event.data["seal"] == now.last.number:
                tokens.append(event.data["token"])
    return {token["authority"] for token in tokens}
