"""Lawful removal: the bytes of one item go; their hashes, the reason and the authority stay on the record."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from archiver.config.values import bounded
from archiver.custody.layout import PRIVATE, origin, private_path, withholdable
from archiver.custody.log import Event
from archiver.custody.read import Snapshot
from archiver.custody.state import OUTCOMES
from archiver.errors import UsageError
from archiver.model.item import StoredFile
from archiver.pipeline.cases import open_case
from archiver.pipeline.view import item_history, recoveries
from archiver.runtime import Runtime


def withhold_item(path: Path, item: int, *, reason: str, authority: str, runtime: Runtime) -> Event:
    """Remove the stored bytes of `item` for a lawful reason and return the event that explains the gap.

    With the WARC go the item's files in `private/` and `quarantine/`; of a capture that was killed there may be these
    alone. The event is durable before the first byte goes, so an interrupted removal shows and is finished by the next
    command that writes.

    Raises `UsageError` when the case has no such item, it kept no bytes, or they were withheld before; otherwise as
    `capture`.
    """
    with open_case(path, runtime) as store:
        history = item_history(path, item)
        if any(event.event == "item.withheld" for event in history):
            raise UsageError("item", f"item {item}: its bytes were withheld before", "archiver show says when and why")
        outcome = next(event.data for event in history if event.event in OUTCOMES)  # opening leaves no item without one
        file = StoredFile(**outcome["file"]) if "file" in outcome else None
        private = {private_path(name, "bin") for name in outcome.get("private") or ()}
        also = tuple(_others(path, item, private | _set_aside_with(path, item)))
        if file is None and not also:
            raise UsageError("item", f"item {item}: no bytes were kept, so there is nothing to withhold")
        reason, authority = bounded(reason, "reason"), bounded(authority, "authority")
        return store.withhold(item, reason=reason, authority=authority, file=file, also=also)


def _set_aside_with(path: Path, item: int) -> set[str]:
    """Return the private files that were set aside when `item` was found interrupted: its own may be among them."""
    ended = {"action": "interrupted", "item": item}
    return {
        action["to"]
        for event in recoveries(path)
        if ended in event.data["actions"]
        for action in event.data["actions"]
        if action["action"] == "quarantined" and origin(action["to"]).startswith(f"{PRIVATE}/")
    }


def _others(path: Path, item: int, named: set[str]) -> Iterator[StoredFile]:
    with Snapshot.open(path) as snapshot:
        for entry in snapshot.entries():
            mine = entry.path in named or bool(origin(entry.path))
            if entry.what == "file" and mine and withholdable(entry.path, item):
                sha256 = hashlib.sha256()
                for chunk in snapshot.chunks(entry.path):
                    sha256.update(chunk)
                yield StoredFile(entry.path, entry.size, sha256.hexdigest())
