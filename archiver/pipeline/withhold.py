"""Lawful removal: the bytes of one item go; their hashes, the reason and the authority stay on the record."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from archiver.config.values import bounded
from archiver.custody.layout import classify, origin, private_path
from archiver.custody.log import Event
from archiver.custody.read import Snapshot
from archiver.custody.state import OUTCOMES
from archiver.errors import UsageError
from archiver.model.item import StoredFile
from archiver.pipeline.cases import open_case
from archiver.pipeline.view import item_history
from archiver.runtime import Runtime


def withhold_item(path: Path, item: int, *, reason: str, authority: str, runtime: Runtime) -> Event:
    """Remove the stored bytes of `item` for a lawful reason and return the event that explains the gap.

    With the WARC go the item's files in `private/` and `quarantine/`. The event is durable before the first byte goes,
    so an interrupted removal shows and is finished by the next command that writes.

    Raises `UsageError` when the case has no such item, it kept no bytes, or they were withheld before; otherwise as
    `capture`.
    """
    with open_case(path, runtime) as store:
        history = item_history(path, item)
        outcome = next((event for event in history if event.event in OUTCOMES), None)
        if outcome is None or "file" not in outcome.data:
            aside = ", ".join(file.path for file in _others(path, item, ()))
            if aside:
                raise UsageError(
                    "item",
                    f"item {item}: it has no evidence file, and what was set aside cannot be withheld: {aside}",
                    "keep the case closed away, and ask whoever gave the order what may be done with these files",
                )
            raise UsageError("item", f"item {item}: no bytes were kept, so there is nothing to withhold")
        if any(event.event == "item.withheld" for event in history):
            raise UsageError("item", f"item {item}: its bytes were withheld before", "archiver show says when and why")
        file = StoredFile(**_members(outcome))
        also = tuple(_others(path, item, _private(outcome)))
        reason, authority = bounded(reason, "reason"), bounded(authority, "authority")
        return store.withhold(item, reason=reason, authority=authority, file=file, also=also)


def _members(outcome: Event) -> dict[str, Any]:
    members: dict[str, Any] = outcome.data["file"]
    return members


def _private(outcome: Event) -> list[str]:
    names: list[str] = outcome.data.get("private") or []
    return names


def _others(path: Path, item: int, private: Iterable[str]) -> Iterator[StoredFile]:
    names = {private_path(name, "bin") for name in private}
    with Snapshot.open(path) as snapshot:
        for entry in snapshot.entries():
            source = origin(entry.path)
            if entry.what == "file" and (entry.path in names or (source and classify(source).number == item)):
                sha256 = hashlib.sha256()
                for chunk in snapshot.chunks(entry.path):
                    sha256.update(chunk)
                yield StoredFile(entry.path, entry.size, sha256.hexdigest())
