"""The acts on a case as a whole: make it, open it for writing, amend it, note something, repair it."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archiver.config.case_file import new_case_yaml
from archiver.config.seals import Seals
from archiver.config.values import bounded
from archiver.custody import events
from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import ArchiverError, StorageError, UsageError
from archiver.pipeline.outcome import outcome_from_warc
from archiver.runtime import Runtime


def init_case(
    path: Path,
    *,
    title: str,
    collector: str,
    purpose: str = "",
    authority: str = "",
    offline: bool = False,
    seals: Seals = Seals(),  # noqa: B008  # frozen
    runtime: Runtime,
) -> Event:
    """Make the case folder `path` and return `case.opened`.

    The folder's name becomes the name of the case. Raises `ConfigError` for a name or text that no case.yaml can hold,
    `CaseError` when `path` is taken or the folder above it is missing, `StorageError` when the disk fails.
    """
    text = new_case_yaml(
        case_id=f"urn:uuid:{runtime.ids.uuid()}",
        name=path.name,
        title=title,
        collector=collector,
        purpose=purpose,
        authority=authority,
        offline=offline,
        seals=seals,
    )
    return CaseStore.create(path, text, runtime)


@contextmanager
def open_case(path: Path, runtime: Runtime, *, amending: bool = False) -> Iterator[CaseStore]:
    """Open the case for writing, repaired first; raises as `CaseStore.open`.

    When an error ends what was begun – a full disk, a file that cannot be read on – it is put in order at once, as far
    as there is room, so that the case verifies; the error goes on all the same. A failing disk is left alone. What was
    begun is let go of by then, so files can be opened again where too many were open.
    """
    store = CaseStore.open(path, runtime, adopt=outcome_from_warc, amending=amending)
    try:
        with store:
            yield store
    except ArchiverError as exc:
        if not isinstance(exc, StorageError) or exc.kind in {"full", "files"}:
            with contextlib.suppress(ArchiverError):
                CaseStore.open(path, runtime, adopt=outcome_from_warc, amending=True).close()
        raise


def amend_case(path: Path, *, reason: str, runtime: Runtime) -> Event:
    """Put the changed case.yaml on the record, and why; raises `UsageError` when nothing changed."""
    with open_case(path, runtime, amending=True) as store:
        return store.amend(bounded(reason, "reason"))


def add_note(path: Path, text: str, item: int | None, *, runtime: Runtime) -> Event:
    """Add a note to the log, about one item or the whole case. Raises `UsageError` when there is no such item."""
    with open_case(path, runtime) as store:
        if item is not None and not 1 <= item < store.next_item():
            raise UsageError("item", f"item {item}: the case has none of this number", "archiver list shows the items")
        return store.append(*events.note_added(bounded(text, "note"), item))


def recover_case(path: Path, *, runtime: Runtime) -> Event | None:
    """Repair the case and return `incident.recovered`; None when there was nothing to repair."""
    with open_case(path, runtime, amending=True) as store:
        repaired = store.recovery.events
        return next((event for event in repaired if event.event == "incident.recovered"), None)
