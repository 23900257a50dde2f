"""What a replay takes from the case, and the line in its log that says how one went."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from archiver.custody import events
from archiver.custody.log import Event
from archiver.custody.state import OUTCOMES
from archiver.errors import CaseError, UsageError
from archiver.model.item import Picture, RecordEntry
from archiver.pipeline.cases import open_case
from archiver.pipeline.view import block_of, evidence_of, item_history, records_of
from archiver.runtime import Runtime
from archiver.warc.read import open_file

PATIENCE = 600.0  # seconds that a finished check waits for another writer


def answered(path: Path, item: int) -> tuple[Event, Event, Path]:
    """Return request and outcome of an item that can be replayed, and its WARC.

    Raises `UsageError` where there is no such item, no outcome or no bytes, where they were withheld, and for an
    import, which has no address; otherwise as `item_history`.
    """
    history = item_history(path, item)
    outcome = next((event for event in history if event.event in OUTCOMES), None)
    if outcome is None:
        raise UsageError("item", f"item {item} has no outcome yet", "archiver recover settles it")
    if outcome.event == "item.imported":
        raise UsageError("item", f"item {item}: an import has no address to open", "archiver show --extract copies it")
    if not records_of(outcome):
        raise UsageError("item", f"item {item}: no bytes were kept", "archiver show says what happened")
    return history[0], outcome, evidence_of(path, outcome)


def untouched(warc: Path, outcome: Event) -> bool:
    """Return whether the file at `warc` is the one that the log names, byte for byte.

    Raises `CaseError` where it cannot be read.
    """
    digest = hashlib.sha256()
    with open_file(warc) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return bool(digest.hexdigest() == outcome.data["file"]["sha256"])


def block_within(warc: Path, record: RecordEntry, limit: int) -> bytes:
    """Return the block of a record. Raises `CaseError` where it cannot be read, or has more than `limit` bytes."""
    data = bytearray()
    for piece in block_of(warc, record):
        data += piece
        if len(data) > limit:
            raise CaseError("picture", f"the picture taken live is larger than {limit >> 20} MiB")
    return bytes(data)


def record_check(
    path: Path,
    item: int,
    live: Picture,
    replay: Picture,
    *,
    differing: int,
    missing: int,
    browser: str,
    runtime: Runtime,
    stop: Callable[[], bool],
) -> Event:
    """Put a check on the record of the case at `path` and return `replay.checked`; the members are its own.

    While somebody else writes into the case it waits, until `stop` says so. Raises as `CaseStore.open` and
    `CaseStore.append` do.
    """
    body = events.replay_checked(item, live, replay, differing=differing, missing=missing, browser=browser)
    end = runtime.clock.monotonic() + PATIENCE
    while True:
        try:
            with open_case(path, runtime) as store:
                return store.append(*body)
        except CaseError as exc:
            if exc.kind != "locked" or stop() or runtime.clock.monotonic() >= end:
                raise
