"""Reading a case for people: its items one by one, the history of one, and its bytes taken out.

What only the taking out needs is imported there: a list would start later by a quarter for it.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archiver import canon
from archiver.canon import Json
from archiver.custody.layout import item_path
from archiver.custody.log import Event, Malformed, parse_line
from archiver.custody.read import Snapshot
from archiver.custody.shapes import shape_problems
from archiver.custody.state import OUTCOMES
from archiver.errors import CaseError, UsageError
from archiver.model.item import RecordEntry

_ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/css": ".css",
    "application/json": ".json",
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "multipart/related": ".mhtml",
    "application/jsonl": ".jsonl",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/mp2t": ".ts",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "text/vtt": ".vtt",
    "application/warc": ".warc",
}


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item as a line of a list. `outcome` is `open` while there is none; `file` is empty when no bytes are kept.

    `state` is how a post stands, "" for what is none.
    """

    number: int
    outcome: str
    url: str
    final_url: str
    status: int | None
    title: str
    at: str
    line: int
    file: str
    size: int
    sha256: str
    withheld: bool
    state: str = ""


def items(path: Path) -> Iterator[ItemView]:
    """Yield the items of the case at `path` in the order of their outcomes, the open ones last.

    Streams the log as it stood at the first step. Raises `CaseError` when it cannot be read or a line is no event.
    """
    open_items: dict[Json, Event] = {}
    with Snapshot.open(path) as snapshot:
        # Withholding comes later in the log than what it is about, so it is looked for first.
        removals = _events(snapshot, b'"event":"item.withheld"')
        withheld = {event.data["item"] for event in removals if event.event == "item.withheld"}
        for event in _events(snapshot, b'"event":"item.'):
            if event.event == "item.requested":
                open_items[event.data["item"]] = event
            elif event.event in OUTCOMES:
                open_items.pop(event.data["item"], None)
                yield _view(event, withheld=event.data["item"] in withheld)
    for event in open_items.values():
        yield _view(event, withheld=False)


def item_history(path: Path, item: int) -> tuple[Event, ...]:
    """Return every event about `item`, in log order, notes and withholding included.

    Raises `UsageError` when the case has no such item, otherwise as `items`.
    """
    with Snapshot.open(path) as snapshot:
        mark = b'"item":%d' % item
        about = tuple(event for event in _events(snapshot, mark) if event.data.get("item") == item)
    if not about:
        raise UsageError("item", f"item {item}: the case has none of this number", "archiver list shows the items")
    return about


def item_events(path: Path) -> Iterator[Event]:
    """Yield every event of items, in log order. Raises as `items`."""
    with Snapshot.open(path) as snapshot:
        yield from (event for event in _events(snapshot, b'"event":"item.') if event.event.startswith("item."))


def batch_on(path: Path, line: int) -> Event | None:
    """Return the `batch.started` on log line `line`, None where there is none. Raises as `items`."""
    with Snapshot.open(path) as snapshot:
        found = _events(snapshot, b'"event":"batch.started"')
        return next((event for event in found if event.event == "batch.started" and event.seq == line), None)


def recoveries(path: Path) -> Iterator[Event]:
    """Yield every `incident.recovered` of the case, in log order. Raises as `items`."""
    with Snapshot.open(path) as snapshot:
        found = _events(snapshot, b'"event":"incident.recovered"')
        yield from (event for event in found if event.event == "incident.recovered")


def exports(path: Path) -> Iterator[Event]:
    """Yield every `export.made` of the case, in log order. Raises as `items`."""
    with Snapshot.open(path) as snapshot:
        found = _events(snapshot, b'"event":"export.made"')
        yield from (event for event in found if event.event == "export.made")


def exports_with(path: Path, requested: Event) -> tuple[Event, ...]:
    """Return every `export.made` with the item that `requested` asks for in it, in log order. Raises as `items`."""
    item = requested.data["item"]
    later = (event for event in exports(path) if event.seq > requested.seq)
    return tuple(event for event in later if event.data["items"] is None or item in _items(event))


def outcome_of(path: Path, item: int) -> Event:
    """Return the event that says what became of `item`.

    Raises `UsageError` when there is no such item, or no outcome yet; otherwise as `items`.
    """
    outcome = next((event for event in item_history(path, item) if event.event in OUTCOMES), None)
    if outcome is None:
        raise UsageError("item", f"item {item} has no outcome yet", "archiver recover settles it")
    return outcome


def extract(path: Path, item: int, into: Path) -> tuple[Path, ...]:
    """Write the stored bytes of `item` into the new or empty folder `into` and return the files, in record order.

    `NNN-<type>.block` holds the block of a record exactly as stored; for an answer `NNN-entity.<ending>` holds its
    body with transfer coding removed; an imported file comes out byte for byte as `NNN-import.<ending>`. Names are
    ours, never the network's. Raises `UsageError` when there is nothing to take out or `into` is not empty, and
    `CaseError` when the evidence cannot be read.
    """
    from archiver.http.parse import entity_pieces, read_message
    from archiver.pipeline.outcome import PREFIX_BYTES, first_bytes
    from archiver.pipeline.parts import part_of
    from archiver.warc.read import head_of

    outcome = outcome_of(path, item)
    if not records_of(outcome):
        raise UsageError("item", f"item {item}: no bytes were kept", "archiver show says what happened")
    _claim(into)
    warc = evidence_of(path, outcome)
    written: list[Path] = []
    for number, record in enumerate(records_of(outcome), start=1):
        name = f"{number:03d}-{record.type}"
        if record.type == "resource":
            imported = outcome.event == "item.imported"
            head = head_of(warc, record.offset, record.length)
            kind = str(outcome.data["media_type"]) if imported else head.value("Content-Type")
            part = part_of(warc, record) or "resource"
            written.append(_write(into / f"{number:03d}-{part}{ending_of(kind)}", block_of(warc, record)))
            continue
        written.append(_write(into / f"{name}.block", block_of(warc, record)))
        if record.type == "response":
            declared = read_message(first_bytes(block_of(warc, record), PREFIX_BYTES)).value("content-type") or b""
            ending = ending_of(declared.decode("latin-1"))
            written.append(_write(into / f"{number:03d}-entity{ending}", entity_pieces(block_of(warc, record))))
    return tuple(written)


def platforms_asked(path: Path) -> frozenset[str]:
    """Return the platforms that were asked for a post or a page for the case at `path`. Raises as `items`."""
    from archiver.model.address import Address
    from archiver.platforms.registry import platform_of

    found: set[str] = set()
    with Snapshot.open(path) as snapshot:
        for event in _events(snapshot, b'"item.requested"'):
            settings = event.data.get("settings")
            post = settings.get("post") if isinstance(settings, dict) else None
            found.add(str(post.get("platform")) if isinstance(post, dict) else "")
            with suppress(UsageError):
                found.add(platform_of(Address.parse(str(event.data.get("url"))).host))
    return frozenset(found - {""})


def ending_of(media_type: str) -> str:
    """Return the file name ending for a media type: one of ours, `.bin` for all others."""
    return _ENDINGS.get(media_type.partition(";")[0].strip().lower(), ".bin")


def _events(snapshot: Snapshot, mark: bytes) -> Iterator[Event]:
    # Lines are told apart by their bytes, and only those that can matter are parsed. JSON escapes a quote within a
    # text, so nothing that anybody wrote looks like `mark`; a member of the same name elsewhere does, and is read.
    for number, raw in snapshot.lines_with(mark):
        try:
            event = parse_line(raw)
        except (canon.NotCanonical, Malformed) as exc:
            raise _damaged(number, str(exc)) from exc
        for problem in shape_problems(event.event, event.data):
            raise _damaged(number, problem)
        yield event


def _damaged(line: int, why: str) -> CaseError:
    return CaseError("damaged", f"log line {line} cannot be read: {why}", "archiver verify says what is wrong")


def _view(event: Event, *, withheld: bool) -> ItemView:
    data: dict[str, Any] = event.data
    file: dict[str, Any] = data.get("file") or {"path": "", "size": 0, "sha256": ""}
    post = data.get("post")
    is_open = event.event == "item.requested"
    return ItemView(
        number=data["item"],
        outcome="open" if is_open else data.get("outcome") or "interrupted",
        url=data["url"],
        final_url=data.get("final_url") or "",
        status=data.get("status"),
        title=data.get("title") or "",
        at=data.get("started_at") or event.at,
        line=event.seq,
        file=file["path"],
        size=file["size"],
        sha256=file["sha256"],
        withheld=withheld,
        state=str(post.get("state") or "") if isinstance(post, dict) else "",
    )


def _items(exported: Event) -> list[Json]:
    items: list[Json] = exported.data["items"]
    return items


def records_of(outcome: Event) -> tuple[RecordEntry, ...]:
    """Return the records of the WARC that an outcome is about, none where no bytes were kept."""
    records: list[dict[str, Any]] = outcome.data.get("records") or []
    return tuple(RecordEntry(**record) for record in records)


def evidence_of(path: Path, outcome: Event) -> Path:
    """Return the WARC of an outcome in the case at `path`. Raises `UsageError` where it was withheld."""
    item = outcome.data["item"]
    if any(event.event == "item.withheld" for event in item_history(path, int(str(item)))):
        raise UsageError("item", f"item {item}: its bytes were withheld", "archiver show gives reason and authority")
    return path / item_path(int(str(item)))


def block_of(warc: Path, record: RecordEntry) -> Iterator[bytes]:
    """Yield the pieces of the block of a record. Raises `CaseError` where it cannot be read."""
    from archiver.warc.read import read_block

    return read_block(warc, record.offset, record.length)


def _claim(into: Path) -> None:
    try:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(into.iterdir()):
            raise UsageError("folder", f"folder {str(into)!r} is not empty", "name a new one")
    except OSError as exc:
        raise UsageError("folder", f"folder {str(into)!r} cannot be used: {exc.strerror}") from exc


def _write(file: Path, chunks: Iterable[bytes]) -> Path:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        for chunk in chunks:
            out.write(chunk)
    return file
