"""The case folder as a writer sees it: the only code that changes a case, one process at a time.

Whoever opens a case for writing repairs it first, so nothing is ever added to a torn file. Events are added by one
thread; what several may do at the same time, each for an item of its own, says so.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from archiver.config.case_file import CaseFile, disclosed
from archiver.custody import casefile, events, layout, sealing, sealread
from archiver.custody.disk import Disk
from archiver.custody.events import Body
from archiver.custody.failures import FULL, storage_error
from archiver.custody.journal import Journal
from archiver.custody.layout import CASE_YAML, LOG, MANIFEST, PART, PRIVATE
from archiver.custody.log import Event, timestamp
from archiver.custody.opening import LOCK_WAIT, made, opened, require_known_format, take_lock
from archiver.custody.position import Position
from archiver.custody.recover import Adopt, Recovery, recover, removable, remove
from archiver.custody.seal import Seal
from archiver.custody.sealing import Addition, Draft, Sign
from archiver.custody.shelf import Shelf, remove_part
from archiver.errors import StorageError, UsageError
from archiver.model.exchange import PrivateFile
from archiver.model.item import StoredFile
from archiver.runtime import Runtime, Waits

if TYPE_CHECKING:
    from archiver.custody.stamp import Stamp, Stamps

T = TypeVar("T")


class CaseStore:
    """A case open for writing; a context manager. `recovery` says what had to be repaired on opening.

    Whatever a method returned is durable. After a failure of the disk every further call raises `StorageError`; what
    was acknowledged before is safe, and the next one who opens the case sees to the rest.
    """

    def __init__(self, disk: Disk, runtime: Runtime, journal: Journal, recovery: Recovery, file: CaseFile) -> None:
        """Use `create` and `open`."""
        self.recovery = recovery
        self.case_file = file
        self._disk = disk
        self._runtime = runtime
        self._journal = journal
        self.shelf = Shelf(disk, journal.guard, self._is_open)
        self._keeping = threading.Lock()  # or one would take what another has not synced yet for kept
        self._distrusted = False
        self._uncommitted = False  # whether there may be files in private/ that no line of the log commits to yet

    @classmethod
    def create(cls, path: Path, case_yaml: str, runtime: Runtime, disk: Disk | None = None) -> Event:
        """Make the case that `case_yaml` describes at `path` and return its first event.

        It appears there whole or not at all. Raises `ConfigError` for a text that is no case.yaml, `CaseError` when
        `path` is taken or the folder above it is missing, `StorageError` when the disk fails.
        """
        file = CaseFile.parse(case_yaml)
        text, openings = disclosed(case_yaml, {name: runtime.ids.nonce() for name, _ in file.private})
        with made(path, runtime, disk) as new:
            new.create(CASE_YAML)
            new.append(CASE_YAML, case_yaml.encode("utf-8"))
            new.sync(CASE_YAML)
            for each in openings:
                casefile.keep_opening(new, each)
            new.create(LOG)
            new.create(MANIFEST)
            journal = Journal(new, runtime, Position(case=file.id), 0)
            (event,) = journal.append([events.opened(text)], file.collector)
            new.sync_folder("")
            new.publish()
        return event

    @classmethod
    def open(
        cls,
        path: Path,
        runtime: Runtime,
        disk: Disk | None = None,
        *,
        adopt: Adopt,
        wait: float = LOCK_WAIT,
        amending: bool = False,
    ) -> "CaseStore":
        """Take the lock of the case at `path`, repair what an interrupted writer left, and return the store.

        `adopt` turns a complete WARC without outcome into the outcome it stands for. Raises `CaseError` ("missing",
        "not-a-case", "locked" after `wait` seconds, "newer-format", "damaged", "unsafe", "unwritable"), `StorageError`,
        and, unless `amending`, `ConfigError` when case.yaml is not the one on record; the repair is made all the same.
        """
        with opened(path, disk) as case:
            clean = take_lock(case, path, runtime, wait)
            require_known_format(case, path)
            collector = partial(casefile.collector_on_record, case)
            journal, recovery = recover(case, runtime, adopt, collector, clean=clean)
            casefile.settle(case, journal.position)
            file = casefile.checked(case, journal.position, amending=amending)
            return cls(case, runtime, journal, recovery, file)

    def close(self) -> None:
        """Give the lock back."""
        self._disk.close(clean=not (self._journal.guard.broken or self._uncommitted or self._distrusted))

    def __enter__(self) -> "CaseStore":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The case folder."""
        return self._disk.path("")

    @property
    def case(self) -> str:
        """The urn:uuid of the case."""
        return self._journal.position.case

    @property
    def held(self) -> int | None:
        """The descriptor of the lock: as long as a helper has it open too, nobody else can write to the case."""
        return self._disk.held()

    @property
    def seq(self) -> int:
        """The number of the last line of the log."""
        return self._journal.position.seq

    @property
    def head(self) -> str:
        """The SHA-256 of the last line of the log, with its LF."""
        return self._journal.position.head

    def distrust(self) -> None:
        """Have the next one who opens the case look at everything: there may be more in it than this process knows."""
        self._distrusted = True

    def next_item(self) -> int:
        """Return the number that the next `item.requested` has to carry."""
        return self._journal.position.last_item + 1

    def append(self, name: str, data: dict[str, Any]) -> Event:
        """Add one event and return it, durable, as it stands in the log; see `append_many`."""
        return self.append_many([(name, data)])[0]

    def append_many(self, bodies: Sequence[Body]) -> tuple[Event, ...]:
        """Add events with one sync of the log; all are durable when this returns, or none is acknowledged.

        Fills in `oldest_open`, and `case_yaml` of `item.requested`. Raises `ValueError` for an event that cannot come
        next or has other members than docs/spec/custody-log.md says, and `StorageError`.
        """
        events = self._journal.append(bodies, self.case_file.collector)
        self._uncommitted = False
        return events

    def amend(self, reason: str) -> Event:
        """Record that case.yaml, as it is now, is the policy from here on; what is private in it stays private.

        Raises `UsageError` when nothing changed, `ConfigError` when case.yaml cannot be used, and as `append`.
        """
        with self._translated():
            amended = casefile.amended(self._disk, self._journal.position, self._runtime.ids)
        if amended is None:
            raise UsageError("unchanged", "case.yaml is the one on record: there is nothing to amend")
        self._uncommitted = True
        with self._journal.guard.writing():
            for each in amended.openings:
                casefile.keep_opening(self._disk, each)
        self.case_file = amended.file
        return self.append(*events.amended(amended.text, reason=reason))

    def rewrite(self, change: Callable[[str], str], reason: str, bodies: Sequence[Body] = ()) -> tuple[Event, ...]:
        """Change case.yaml as `change` does, which leaves private values alone, and put that on record after `bodies`.

        All of it is in the name of the new collector. case.yaml is exchanged in one step once the log has the new text:
        whoever opens the case after a crash finds one of the two texts, and the log that goes with it. Returns the
        events, `case.amended` last. Raises `ConfigError`, what `change` raises, and as `append`.
        """
        with self._translated():
            new = casefile.rewritten(self._disk, self._journal.position, change)
        self._uncommitted = True
        with self._journal.guard.writing() as writing:
            try:
                casefile.put_beside(self._disk, new.text)
            except OSError as exc:
                remove_part(self._disk, writing, layout.NEW_CASE_YAML, "", exc)
                raise
        amended = events.amended(new.on_record, reason=reason)
        try:
            written = self._journal.append([*bodies, amended], new.file.collector)
        except StorageError:
            if not self._journal.guard.broken:
                with self._journal.guard.writing():
                    casefile.settle(self._disk, self._journal.position)
            raise
        with self._journal.guard.writing():
            casefile.settle(self._disk, self._journal.position)
        self.case_file = new.file
        self._uncommitted = False
        return written

    def spool_path(self, item: int) -> Path:
        """Return a fresh path for an answer of an open item; see `Shelf.spool_path`. Any thread may call this."""
        return self.shelf.spool_path(item)

    def put_warc(self, item: int, write: Callable[[BinaryIO], T]) -> tuple[StoredFile, T]:
        """Store what `write` writes as the WARC of `item`; see `Shelf.put_warc`. Any thread may call this."""
        return self.shelf.put_warc(item, write)

    def shelf_for(self, waits: Waits) -> Shelf:
        """Return another shelf, for those who let others work while they wait."""
        return Shelf(self._disk, self._journal.guard, self._is_open, waits)

    def put_private(self, file: PrivateFile) -> StoredFile:
        """Keep bytes in `private/` under their SHA-256; durable when this returns. Nothing is written twice.

        Any thread may call this.
        """
        path = layout.private_path(file.sha256, "bin")
        self._uncommitted = True
        with self._keeping, self._journal.guard.writing() as writing:
            try:
                sha256 = casefile.keep_private(self._disk, path, file.blob.chunks())
            except OSError as exc:
                remove_part(self._disk, writing, path + PART, PRIVATE, exc)
                raise
        if sha256 != file.sha256:
            raise ValueError("the private bytes do not have the hash that names them")
        return StoredFile(path, file.blob.size, file.sha256)

    def withhold(
        self, item: int, *, reason: str, authority: str, file: StoredFile | None, also: Sequence[StoredFile] = ()
    ) -> Event:
        """Record the lawful removal of an item's bytes, then remove them; their hashes stay in the log.

        `file` is its WARC, None when it has none; `also` are files in `private/` and `quarantine/` that hold bytes of
        the item. Raises as `append`.
        """
        body = events.withheld(item, reason=reason, authority=authority, file=file, also=also)
        paths = removable(item, body[1])
        event = self.append(*body)
        with self._journal.guard.writing():
            remove(self._disk, paths)
        return event

    def last_seal(self) -> Seal | None:
        """Return the last seal, None when there is none; it costs the same in every case (`sealread.last_sealed`).

        Raises `CaseError` ("damaged") when it is no seal, or not the one that the log says was completed there.
        """
        with self._translated():
            last = sealread.last_sealed(self._disk, self._journal.position.size)
        return last.seal if last else None

    def unsealed(self) -> int:
        """Return how many lines are in no seal yet, but for those that tell of a seal or a token.

        Reads the log since the last seal; raises as `last_seal`.
        """
        with self._translated():
            return sealread.unsealed(self._disk, self._journal.position.size)

    def key_of(self, signer: str) -> str | None:
        """Return the fingerprint of the key that `signer` signs with now; what it costs: `sealread.key_of`."""
        with self._translated():
            return sealread.key_of(self._disk, self._journal.position.size, signer)

    def known_keys(self) -> dict[str, str]:
        """Return the fingerprint of the key that each signer signs with now; what it costs: `sealread.known_keys`."""
        with self._translated():
            return sealread.known_keys(self._disk, self._journal.position.size)

    def seal(
        self, sign: Sign | None, signer: str | None, fingerprint: str | None, stamp: Callable[[bytes], "Stamps"]
    ) -> Event:
        """Seal all lines that no seal covers, and return `seal.completed`, durable, as are all files of the seal.

        `sign` returns the armoured signature over the text, in the namespace `seal.NAMESPACE`, by the key `fingerprint`
        of `signer`; all three are None for a seal that nobody signs. `stamp` is given the bytes of `.sums`. What either
        raises is raised, and nothing was written. Reads log and manifest since the last seal. Raises `CaseError`
        ("damaged") where these are not as they were written, `StorageError`, and `ValueError` for a key that is not
        on record.
        """
        draft = self.draft_seal(sign, signer, fingerprint)
        return self._add(sealing.new_seal(draft, stamp(draft.sums)))

    def draft_seal(self, sign: Sign | None, signer: str | None, fingerprint: str | None) -> Draft:
        """Return what `seal` would make, signed and not stamped; nothing is written. Raises as `seal`."""
        if (sign is None) != (signer is None) or (signer is None) != (fingerprint is None):
            raise ValueError("a seal is signed by somebody with a key, or not at all")
        position = self._journal.position
        with self._planning():
            if signer is not None:
                sealing.require_key(self._disk, position, signer, fingerprint)
            covered = sealing.covered(self._disk, position)
        return sealing.draft(covered, self.case, timestamp(self._runtime.clock.now()), sign, signer, fingerprint)

    def complete_seal(self, draft: Draft, stamps: "Stamps") -> Event | None:
        """Make the seal of `draft`, which may be from before the case was opened, and return `seal.completed`.

        None where the log has gone on since: nothing is written then. Raises as `append`.
        """
        if self._journal.position.head != draft.seal.log_head:
            return None
        return self._add(sealing.new_seal(draft, stamps))

    def add_token(self, seal: int, stamp: "Stamp") -> Event:
        """Add a verified token to a seal that stands, and return `token.added`. Reads the log from that seal on.

        Raises `UsageError` ("no-seal"), and as `last_seal` and `append`.
        """
        with self._planning():
            addition = sealing.new_token(self._disk, self._journal.position, seal, stamp)
        return self._add(addition)

    def add_key(self, signer: str, public_key_line: str, fingerprint: str) -> Event:
        """Put a public key of `signer` on record, before the first seal that it signs, and return `key.added`.

        Raises `UsageError` ("unchanged", "revoked"), `ValueError` for another fingerprint, and as `append`.
        """
        with self._planning():
            addition = sealing.new_key(self._disk, self._journal.position, signer, public_key_line, fingerprint)
        return self._add(addition)

    def revoke_key(self, signer: str, fingerprint: str, *, reason: str, since: str | None) -> Event:
        """Record that a key is not to be trusted from `since` on (RFC 3339, UTC), None for from the beginning.

        Returns `key.revoked`. Raises `UsageError` ("no-key", "unchanged"), and as `append`.
        """
        with self._planning():
            body = sealing.revoked_key(self._disk, self._journal.position, signer, fingerprint, reason, since)
        return self.append(*body)

    def _add(self, addition: Addition) -> Event:
        self._journal.position.prepared(*addition.body)  # a value out of form must not become the name of a file
        self._uncommitted = True
        made: list[str] = []
        with self._journal.guard.writing() as writing:
            for folder in addition.folders:
                if self._disk.make_folder(folder):
                    self._disk.sync_folder("")
            try:
                sealing.write_files(self._disk, addition, made)
            except OSError as exc:
                if exc.errno in FULL:
                    remove(self._disk, made)
                    writing.undone = True
                raise
        try:
            return self.append(*addition.body)
        except StorageError:
            if not self._journal.guard.broken:
                with self._journal.guard.writing():
                    remove(self._disk, made)
            raise

    @contextmanager
    def _planning(self) -> Iterator[None]:
        with self._journal.guard.writing():
            pass  # after a failure this refuses, before anybody is asked for a signature
        with self._translated():
            yield

    def _is_open(self, item: int) -> bool:
        return item in self._journal.position.open

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as exc:
            raise storage_error(exc, self._disk) from exc
