"""What an interrupted writer left behind, put in order (docs/spec/case-layout.md §6). Safe to be killed anywhere.

The order is what makes it so: bytes are set aside and synced before anything is cut, and until `incident.recovered` is
in the log every step can be seen, and done again, by the next one who opens the case.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from archiver.canon import sha256_hex
from archiver.custody import events, layout
from archiver.custody.disk import Disk
from archiver.custody.ends import Ends, damaged, find_ends, sound_lines
from archiver.custody.events import Body
from archiver.custody.journal import Journal
from archiver.custody.layout import EVIDENCE, LOG, MANIFEST, PRIVATE, QUARANTINE, SEALS, TRUST, Kind, Place
from archiver.custody.log import Event
from archiver.custody.position import Position, find_position
from archiver.custody.shapes import shape_problems
from archiver.custody.state import OUTCOMES
from archiver.custody.strays import private_name, strays
from archiver.model.item import StoredFile
from archiver.runtime import Runtime

Adopt = Callable[[Path, StoredFile, Event], tuple[str, dict[str, Any]] | None]
"""Returns the outcome that a complete WARC stands for, given the request it must answer; None when it does not."""

INTERRUPTED = "the writer was interrupted before the item had an outcome"
_CHUNK = 1 << 23


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was done: the `incident.recovered` event and the outcomes that followed it; nothing for a case in order."""

    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What the folder of a case holds that the log does not account for. Paths are relative to the case.

    `parts` and `unfinished` are files never completed; `warcs` maps an open item to its complete WARC; `aside` are
    files that an earlier recovery moved before it was stopped; `removals` should be gone since their item was withheld.
    """

    parts: tuple[str, ...]
    warcs: dict[int, str]
    aside: tuple[str, ...]
    unfinished: tuple[str, ...]
    removals: tuple[str, ...]

    def __bool__(self) -> bool:
        return any((self.parts, self.warcs, self.aside, self.unfinished, self.removals))


def recover(
    disk: Disk, runtime: Runtime, adopt: Adopt, actor_of: Callable[[Position], str], *, clean: bool
) -> tuple[Journal, Recovery]:
    """Put the case in order and return its journal, open for appending, with what was done.

    `clean` says that the last writer ended well, so that what can be read is also on the disk. Raises `CaseError`
    ("damaged") when the case holds more than an interruption explains, and `OSError` when the disk fails; either leaves
    nothing lost, and the next call goes on from there.
    """
    ends = find_ends(
        partial(disk.read, LOG), disk.size(LOG) or 0, partial(disk.read, MANIFEST), disk.size(MANIFEST) or 0
    )
    position = find_position(partial(disk.read, LOG), ends.log_end, ends.lines)
    found = leftovers(disk, position)
    lost = () if clean and not position.open else strays(disk, ends.log_end)
    if not clean:
        _sync_names(disk)
        if ends.manifest_end:
            _write_again(disk, MANIFEST, ends.doubtful, ends.manifest_end)
    in_order = ends.log_end == ends.log_size and ends.vouched == ends.lines and not position.open
    if in_order and not found and not lost:
        return Journal(disk, runtime, position, ends.manifest_size), Recovery()
    line = ends.lines + 1
    _set_aside(disk, ends, line, found)
    outcomes = [_outcome(disk, requested, found, line, adopt) for _, requested in sorted(position.open.items())]
    adopted = {name for _, data in outcomes for name in data.get("private", ())}
    for path in lost:
        if private_name(path) not in adopted:
            _move(disk, path, line)
    actions = [*_quarantined(disk, line, ends), *(_done(*body) for body in outcomes)]
    actions += [{"action": "removed", "path": path} for path in found.removals]
    journal = Journal(disk, runtime, position, ends.manifest_end)
    unwritten = sound_lines(partial(disk.read, LOG), ends.vouched_end, ends.log_end, ends.vouched, ends.vouched_head)
    written = journal.append(
        [events.recovered(actions), *outcomes],
        actor_of(position),
        ((event, sha256_hex(raw)) for event, raw in unwritten),
    )
    remove(disk, found.removals)
    return journal, Recovery(written)


def leftovers(disk: Disk, position: Position) -> Leftovers:
    """Return what lies in the folder that the log up to `position` does not account for; changes nothing.

    Looks only where an interrupted writer can have left something: beside open items, in `private/`, in `quarantine/`.
    """
    parts: list[str] = []
    warcs: dict[int, str] = {}
    for folder in sorted({layout.item_folder(item) for item in position.open}):
        for path in _paths(disk, folder):
            place = layout.classify(path)
            if place.number in position.open and place.kind is Kind.PART:
                parts.append(path)
            elif place.number in position.open and place.kind is Kind.WARC:
                warcs[place.number] = path
    parts += [path for path in _paths(disk, PRIVATE) if layout.classify(path).kind is Kind.PART]
    quarantined = [(path, layout.classify(path)) for path in _paths(disk, QUARANTINE)]
    return Leftovers(
        parts=tuple(parts),
        warcs=warcs,
        aside=tuple(path for path, place in quarantined if place == Place(Kind.QUARANTINE, position.seq + 1)),
        unfinished=tuple(path for path, place in quarantined if place == Place(Kind.COPY, position.seq + 1)),
        removals=_removals(disk, position),
    )


def removable(item: int, withheld: dict[str, Any]) -> dict[str, str]:
    """Return the paths that `item.withheld` with this data takes away, and the SHA-256 of each file.

    Raises `ValueError` when it names anything that cannot hold bytes of the item.
    """
    files = [*withheld["also"], *([withheld["file"]] if "file" in withheld else [])]
    paths = {file["path"]: file["sha256"] for file in files}
    for path in paths:
        if not layout.withholdable(path, item):
            raise ValueError(f"{path!r} can hold no bytes of item {item}")
    return paths


def _removals(disk: Disk, position: Position) -> tuple[str, ...]:
    left = []
    for event in position.withheld:
        try:
            paths = removable(event.data["item"], event.data)
        except ValueError as exc:
            raise damaged(f"line {event.seq} of custody.jsonl: {exc}") from exc
        for path, sha256 in paths.items():
            if disk.size(path) is not None:
                if sha256_of(disk, path) != sha256:
                    raise damaged(f"{path} was withheld, and a file with other bytes stands in its place")
                left.append(path)
    return tuple(left)


def remove(disk: Disk, paths: Iterable[str]) -> None:
    """Take the files away, durably; one that is gone already is no error."""
    for path in paths:
        if disk.size(path) is not None:
            disk.unlink(path)
            disk.sync_folder(path.rpartition("/")[0])


def sha256_of(disk: Disk, path: str, start: int = 0) -> str:
    """Return the SHA-256 of a file from byte `start` to its end."""
    digest = hashlib.sha256()
    while chunk := disk.read(path, start, _CHUNK):
        digest.update(chunk)
        start += len(chunk)
    return digest.hexdigest()


def _set_aside(disk: Disk, ends: Ends, line: int, found: Leftovers) -> None:
    # First of all: the prefix of whatever is put aside counts these lines, so they must not go in a power cut.
    _write_again(disk, LOG, ends.vouched_end, ends.log_end)
    remove(disk, found.unfinished)
    for path in found.parts:
        _move(disk, path, line)
    if ends.log_end < ends.log_size:
        _cut(disk, LOG, ends.log_end, ends.log_size, line)
    if disk.size(MANIFEST) is None:
        disk.create(MANIFEST)
        disk.sync(MANIFEST)
        disk.sync_folder("")
    if ends.manifest_end < ends.manifest_size:
        _cut(disk, MANIFEST, ends.manifest_end, ends.manifest_size, line)


def _sync_names(disk: Disk) -> None:
    # A name can be seen before it is durable, and whoever finds it there makes it no second time.
    above = ("", EVIDENCE, PRIVATE, QUARANTINE, SEALS, TRUST)
    for folder in (*above, *(path for path in _paths(disk, EVIDENCE) if layout.classify(path).kind is Kind.FOLDER)):
        if not folder or disk.names(folder):
            disk.sync_folder(folder)


def _move(disk: Disk, path: str, line: int) -> None:
    folder, _, name = path.rpartition("/")
    target = layout.quarantine_path(line, name)
    _make_quarantine(disk)
    _write_again(disk, path, 0, disk.size(path) or 0)
    try:
        disk.link(path, target)
    except FileExistsError as exc:
        if sha256_of(disk, path) != sha256_of(disk, target):
            raise damaged(f"{target} is there already, with other bytes") from exc
    disk.sync_folder(QUARANTINE)
    disk.unlink(path)
    disk.sync_folder(folder)


def _write_again(disk: Disk, path: str, start: int, end: int) -> None:
    # Bytes whose sync nobody saw succeed may have failed to reach the disk while the system believes them there: what
    # is read is then not what is kept. Written again they are dirty again, and this sync counts (docs/adr/0003).
    for offset in range(start, end, _CHUNK):
        disk.rewrite(path, offset, disk.read(path, offset, min(_CHUNK, end - offset)))
    disk.sync(path)


def _cut(disk: Disk, name: str, start: int, end: int, line: int) -> None:
    _copy_tail(disk, name, start, end, line)
    disk.truncate(name, start)
    disk.sync(name)


def _copy_tail(disk: Disk, name: str, start: int, end: int, line: int) -> None:
    sha256 = sha256_of(disk, name, start)
    k = 1
    while disk.size(target := layout.tail_path(line, name, k)) is not None:
        if sha256_of(disk, target) == sha256:
            return  # set aside before, and the cut did not last
        k += 1
    _make_quarantine(disk)
    unfinished = target + layout.COPY
    disk.create(unfinished)
    for offset in range(start, end, _CHUNK):
        disk.append(unfinished, disk.read(name, offset, min(_CHUNK, end - offset)))
    disk.sync(unfinished)
    disk.link(unfinished, target)
    disk.unlink(unfinished)
    disk.sync_folder(QUARANTINE)


def _make_quarantine(disk: Disk) -> None:
    if disk.make_folder(QUARANTINE):
        disk.sync_folder("")


def _outcome(disk: Disk, requested: Event, found: Leftovers, line: int, adopt: Adopt) -> Body:
    item = requested.data["item"]
    path = found.warcs.get(item)
    if path is not None:
        disk.sync(path)
        disk.sync_folder(path.rpartition("/")[0])
        file = StoredFile(path, disk.size(path) or 0, sha256_of(disk, path))
        body = adopt(disk.path(path), file, requested)
        if body is not None and _fits(body, requested, file):
            return body
        _move(disk, path, line)
    return events.interrupted(requested, reason=INTERRUPTED)


def _fits(body: Body, requested: Event, file: StoredFile) -> bool:
    name, data = body
    sound = name in OUTCOMES and not shape_problems(name, {**data, "oldest_open": 0})
    return (
        sound
        and data["item"] == requested.data["item"]
        and data["requested"] == requested.seq
        and data.get("file") == events.stored(file)
    )


def _done(name: str, data: dict[str, Any]) -> dict[str, Any]:
    if "file" in data:
        return {"action": "adopted", "item": data["item"], "path": data["file"]["path"]}
    return {"action": "interrupted", "item": data["item"]}


def _quarantined(disk: Disk, line: int, ends: Ends) -> list[dict[str, Any]]:
    actions: list[dict[str, Any]] = []
    for path in _paths(disk, QUARANTINE):
        if layout.classify(path) != Place(Kind.QUARANTINE, line):
            continue
        found = {"to": path, "size": disk.size(path), "sha256": sha256_of(disk, path)}
        if layout.is_tail(path, LOG):
            actions.append({"action": "log_tail", "offset": ends.log_end, **found})
        elif layout.is_tail(path, MANIFEST):
            actions.append({"action": "manifest", "from_line": ends.vouched + 1, **found})
        else:
            actions.append({"action": "quarantined", "path": layout.origin(path), **found})
    if ends.vouched < ends.lines and not any(action["action"] == "manifest" for action in actions):
        actions.append({"action": "manifest", "from_line": ends.vouched + 1})
    return actions


def _paths(disk: Disk, folder: str) -> Iterator[str]:
    return (f"{folder}/{name}" for name in disk.names(folder))
