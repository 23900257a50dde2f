"""What of a case is exported: everything up to its newest seal, and the lines that say that this seal was made.

It is read once, in the order of the log, and compared with what log and seals say: a case that contradicts itself is
not handed to anybody. The evidence is hashed when it is copied.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from archiver.canon import NotCanonical, sha256_hex
from archiver.custody.layout import LOG, MANIFEST, seal_path
from archiver.custody.log import GENESIS, Event, Malformed, parse_line
from archiver.custody.manifest import rendered
from archiver.custody.read import RawLine, Snapshot
from archiver.custody.seal import MAX_SEAL, Seal
from archiver.custody.state import CaseState
from archiver.errors import UsageError
from archiver.export.entries import Entry, refused
from archiver.export.facts import Exhibit, SealFacts
from archiver.model.item import StoredFile

_CHUNK = 1 << 20

Watch = Callable[[RawLine, Event], None]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A case as its newest seal has it. `seals` are all of them, from 1, `completed` the events that say so, in the
    same order; `added` are the `token.added` events.

    `log` and `manifest` are the parts of these files that are exported, `case_yaml` the text in force, as the log
    discloses it.
    """

    case: Snapshot
    state: CaseState
    seals: tuple[Seal, ...]
    completed: tuple[Event, ...]
    added: tuple[Event, ...]
    log: StoredFile
    manifest: StoredFile
    case_yaml: str

    @property
    def seal(self) -> Seal:
        """The newest seal."""
        return self.seals[-1]

    @property
    def sealed_at(self) -> datetime:
        """When it was made, by the clock of the machine that made it; the one time that an export has."""
        return datetime.fromisoformat(self.seal.sealed_at)

    def evidence(self, item: int) -> StoredFile | None:
        """Return the WARC of an item, None where it has none or was withheld."""
        state = self.state.items[item]
        return None if state.withheld else state.file

    def exhibits(self, items: Iterable[int], prefix: str = "") -> tuple[Exhibit, ...]:
        """Return those of `items` that have a WARC, as VERIFY.txt names them; `prefix` is where the case lies."""
        found = ((item, self.evidence(item)) for item in items)
        return tuple(
            Exhibit(item, prefix + file.path, file.sha256, self.state.items[item].outcome)
            for item, file in found
            if file is not None
        )

    def facts(self, seal: Seal) -> SealFacts:
        """Return what VERIFY.txt has to know of a seal."""
        return SealFacts.of(seal, self.completed[seal.number - 1], self.added)

    def tokens(self, seal: Seal) -> tuple[dict[str, Any], ...]:
        """Return the time stamps over a seal, as events have them, in the order of the log."""
        later = (event.data["token"] for event in self.added if event.data["seal"] == seal.number)
        return (*self.completed[seal.number - 1].data["tokens"], *later)

    def covering(self, line: int) -> Seal:
        """Return the seal that covers a log line. Raises `ValueError` for a line under no seal."""
        place = bisect_left(self.seals, line, key=lambda seal: seal.last_line)
        if place == len(self.seals):
            raise ValueError(f"line {line} is under no seal")
        return self.seals[place]


def read_sealed(case: Snapshot, watch: Watch = lambda _raw, _event: None) -> Sealed:
    """Return what is exported of `case`; `watch` is called for each line of it, in order.

    Raises `UsageError` ("no-seal") for a case without a seal, and `CaseError` ("damaged", "unreadable") where log,
    seals and manifest are not what they say of each other.
    """
    newest = _last(case, "seal.completed")
    if not newest:
        raise UsageError("no-seal", "this case has no seal yet, and only what is sealed is exported", "archiver seal")
    last = max(newest, _last(case, "token.added"))
    reading = _Reading(case, newest)
    for raw in case.lines():
        event = reading.line(raw)
        watch(raw, event)
        if raw.number == last:
            break
    return reading.end(last)


def base_name(kind: str, sealed: Sealed) -> str:
    """Return the folder in which everything lies within a zip or tar. It tells nothing but which case, which seal."""
    return f"{kind}-{sealed.state.case.removeprefix('urn:uuid:')}-{sealed.seal.number:06d}"


def _last(case: Snapshot, event: str) -> int:
    """Return the number of the last line that holds such an event, 0 where none does."""
    last = 0
    for number, raw in case.lines_with(f'"event":"{event}"'.encode("ascii")):
        with suppress(NotCanonical, Malformed):  # told of when the lines are read in their order
            last = number if parse_line(raw).event == event else last
    return last


@dataclass(slots=True)
class _Reading:
    case: Snapshot
    newest: int  # the line that completes the newest seal
    state: CaseState = field(default_factory=CaseState)
    seals: list[Seal] = field(default_factory=list)
    completed: list[Event] = field(default_factory=list)
    added: list[Event] = field(default_factory=list)
    case_yaml: str = ""
    _digest: Any = field(default_factory=hashlib.sha256)
    _size: int = 0
    _previous: str = GENESIS
    _behind: list[bytes] = field(default_factory=list)  # entries of the manifest that the newest seal does not cover

    def line(self, raw: RawLine) -> Event:
        head = self.state.head
        try:
            event = parse_line(raw.raw)
        except (NotCanonical, Malformed) as exc:
            raise refused(f"line {raw.number} of {LOG}: {exc}") from exc
        for problem in self.state.apply(event, raw.sha256):
            raise refused(f"line {raw.number} of {LOG}: {problem.message}")
        if event.event in {"case.opened", "case.amended"}:
            self.case_yaml = event.data["case_yaml"]["text"]
        elif event.event == "seal.completed":
            self._completed(raw, event, head)
        elif event.event == "token.added":
            self.added.append(event)
        self._digest.update(raw.raw)
        self._size += raw.size
        if raw.number >= self.newest:
            self._behind.append(rendered(event, raw.sha256))
        return event

    def _completed(self, raw: RawLine, event: Event, head: str) -> None:
        number, file = event.data["seal"], stored(event.data["file"])
        path = seal_path(number, "seal")
        if file.size > MAX_SEAL:
            raise refused(f"{path!r}: no seal has {file.size} bytes")
        text = b"".join(Entry.of_case(path, self.case, file).chunks())
        try:
            seal = Seal.parse(text)
        except Malformed as exc:
            raise refused(f"{path!r}: it is not a seal: {exc}") from exc
        before = self.seals[-1] if self.seals else None
        said = (seal.case, seal.number, seal.previous_sha256, seal.last_line, seal.log_head, seal.log_end)
        if said != (event.case, number, self._previous, raw.number - 1, head, raw.offset):
            raise refused(f"{path!r}: it does not cover what line {raw.number} of {LOG} says")
        lists = (event.data["entries"]["sha256"], event.data["files"]["sha256"])
        if lists != (seal.entries_sha256, seal.files_sha256):
            raise refused(f"{path!r}: it names other lists than line {raw.number} of {LOG}")
        places = (seal.first_line, seal.log_offset, seal.manifest_offset)
        if before is not None and places != (before.last_line + 1, before.log_end, before.manifest_end):
            raise refused(f"{path!r}: it does not go on where seal {before.number} ends")
        self.seals.append(seal)
        self.completed.append(event)
        self._previous = sha256_hex(text)

    def end(self, last: int) -> Sealed:
        if not self.seals or self.state.seq != last:
            raise refused(f"{LOG} ends before line {last}")
        log = StoredFile(LOG, self._size, self._digest.hexdigest())
        manifest = self._manifest()
        events = (tuple(self.completed), tuple(self.added))
        return Sealed(self.case, self.state, tuple(self.seals), *events, log, manifest, self.case_yaml)

    def _manifest(self) -> StoredFile:
        """Return the part of the manifest that belongs to the lines read, compared with what the seals say of it."""
        whole = hashlib.sha256()
        behind = b"".join(self._behind)
        try:
            with self.case.open_file(MANIFEST) as file:
                for seal in self.seals:
                    part = hashlib.sha256()
                    for piece in _pieces(file, seal.manifest_length):
                        part.update(piece)
                        whole.update(piece)
                    if part.hexdigest() != seal.manifest_sha256:
                        raise refused(f"{MANIFEST!r}: it is not what seal {seal.number} covers")
                if file.read(len(behind)) != behind:
                    raise refused(f"{MANIFEST!r}: it does not list the last lines of {LOG}")
        except OSError as exc:
            raise refused(f"{MANIFEST!r}: it could not be read to its end", "unreadable") from exc
        whole.update(behind)
        return StoredFile(MANIFEST, self.seals[-1].manifest_end + len(behind), whole.hexdigest())


def _pieces(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length and (piece := file.read(min(_CHUNK, length))):
        length -= len(piece)
        yield piece


def stored(file: dict[str, Any]) -> StoredFile:
    """Return a file as events hold it as a value."""
    return StoredFile(file["path"], file["size"], file["sha256"])
