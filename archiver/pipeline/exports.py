"""What an export asks of the case before and after: that it is sealed, and that it remembers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from archiver.custody import events
from archiver.custody.log import Event
from archiver.errors import CaseError
from archiver.model.item import StoredFile
from archiver.pipeline.cases import open_case
from archiver.pipeline.seal import Sealed, Sealing
from archiver.pipeline.seals import seals_now
from archiver.runtime import Runtime

PATIENCE = 600.0  # seconds that a finished export waits for another writer


def sealed_first(sealing: Sealing) -> Sealed:
    """Seal the case where lines wait for it, and return how it stands; where `due` is not empty there is no seal.

    Lines that tell of seals and of earlier exports wait for the next seal and need none of their own: exported twice,
    a case gives the same bytes. Raises as `Sealing.seal`.
    """
    with open_case(sealing.path, sealing.runtime) as store:  # repairs it; a changed case.yaml is refused
        policy = store.case_file.policy.seals
    now = seals_now(sealing.path)
    if now.last is None or now.waiting:
        return sealing.seal("asked")
    number = now.last.seal.number
    pending = tuple(f"{name}: no time stamp on seal {number} yet; archiver renew asks for it" for name in now.pending)
    return Sealed(pending=pending, lacking=bool(pending) and not (policy.defer or sealing.options.offline))


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

    While somebody else writes into the case it waits longer than others do: copying may have taken an hour. Raises as
    `CaseStore.open` and `CaseStore.append` do.
    """
    end = runtime.clock.monotonic() + PATIENCE
    while True:
        try:
            with open_case(path, runtime) as store:
                return store.append(*events.export_made(kind, items, file, recipients=recipients, seal=seal))
        except CaseError as exc:
            if exc.kind != "locked" or runtime.clock.monotonic() >= end:
                raise
