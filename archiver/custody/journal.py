"""Appending events: log first, synced, then manifest, synced (docs/adr/0003). The one place that adds to either."""

from collections.abc import Iterable, Sequence
from itertools import chain

from archiver.custody.disk import Disk
from archiver.custody.ends import WINDOW
from archiver.custody.events import Body
from archiver.custody.failures import FULL
from archiver.custody.guard import Guard, Writing
from archiver.custody.layout import LOG, MANIFEST
from archiver.custody.log import Event, event_line, parse_line, timestamp
from archiver.custody.manifest import rendered
from archiver.custody.position import Position
from archiver.runtime import Runtime

Written = tuple[Event, str]
"""An event, and the SHA-256 of its line."""


class Journal:
    """Log and manifest of one case, open for appending at `position`; nobody else changes them meanwhile.

    Once a failure has left it open what the disk holds, every further call is refused (`guard`). Only one thread at a
    time may append.
    """

    def __init__(self, disk: Disk, runtime: Runtime, position: Position, manifest_size: int) -> None:
        self.position = position
        self._disk = disk
        self._runtime = runtime
        self._manifest_size = manifest_size
        self.guard = Guard(disk)

    def append(self, bodies: Sequence[Body], actor: str, behind: Iterable[Written] = ()) -> tuple[Event, ...]:
        """Add events to the log, and their entries to the manifest; all are durable when this returns.

        `behind` are lines at the end of the log whose entries the manifest does not have yet; they go first. Returns
        the events as they stand in the log. Raises `ValueError` when one of them cannot come next, and `StorageError`
        when the disk fails: then none of them is acknowledged.
        """
        position = self.position.ahead()
        try:
            written, lines = self._prepared(position, bodies, actor)
            with self.guard.writing() as writing:
                self._write(writing, lines, chain(behind, written))
                self.position = position  # in here: a Ctrl-C between the two would leave us behind the log
        except BaseException:
            position.take_back(self.position)
            raise
        position.settle()
        return tuple(event for event, _ in written)

    def _write(self, writing: Writing, lines: bytes, entries: Iterable[Written]) -> None:
        try:
            self._disk.append(LOG, lines)
        except OSError as exc:
            self._take_back(writing, exc, (LOG, self.position.size))
            raise
        self._disk.sync(LOG)
        before = self._manifest_size
        try:
            self._add_entries(entries)
        except _EntryNotWritten as exc:
            self._take_back(writing, exc.cause, (MANIFEST, before), (LOG, self.position.size))
            self._manifest_size = before
            raise exc.cause from exc

    def _add_entries(self, lines: Iterable[Written]) -> None:
        # Little at a time, each synced: so a hole left by a crash is always near the end (docs/spec/manifest.md §5).
        pending = bytearray()
        for event, sha256 in lines:
            entry = rendered(event, sha256)
            if pending and len(pending) + len(entry) > WINDOW:
                self._add(bytes(pending))
                pending.clear()
            pending += entry
        self._add(bytes(pending))

    def _add(self, entries: bytes) -> None:
        try:
            self._disk.append(MANIFEST, entries)
        except OSError as exc:
            raise _EntryNotWritten(exc) from exc
        self._disk.sync(MANIFEST)
        self._manifest_size += len(entries)

    def _prepared(self, position: Position, bodies: Sequence[Body], actor: str) -> tuple[list[Written], bytes]:
        written: list[Written] = []
        lines = bytearray()
        for name, data in bodies:
            raw = event_line(
                Event(
                    case=position.case,
                    seq=position.seq + 1,
                    prev=position.head,
                    at=timestamp(self._runtime.clock.now()),
                    actor=actor,
                    event=name,
                    data=position.prepared(name, data),
                    nonce=self._runtime.ids.nonce(),
                )
            )
            event = parse_line(raw)
            position.advance(event, raw)
            written.append((event, position.head))
            lines += raw
        return written, bytes(lines)

    def _take_back(self, writing: Writing, exc: OSError, *files: tuple[str, int]) -> None:
        # In this order: the manifest must never name a line that the log does not have.
        if exc.errno not in FULL:
            return
        for name, size in files:
            self._disk.truncate(name, size)
            self._disk.sync(name)
        writing.undone = True


class _EntryNotWritten(Exception):
    """The log has the events, and the manifest could not take their entries."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(str(cause))
        self.cause = cause
