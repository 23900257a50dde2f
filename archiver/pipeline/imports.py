"""Bytes that did not come over the wire: photos, chat exports, WARCs made by others, with their stated source."""

import mimetypes
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from archiver.config.values import bounded
from archiver.custody.events import Body
from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import UsageError
from archiver.keep import Keeper
from archiver.model.exchange import Blob
from archiver.model.item import Resource
from archiver.pipeline.cases import open_case
from archiver.pipeline.dating import UNDATED, Dating
from archiver.pipeline.outcome import import_summary, intent
from archiver.pipeline.record import stored
from archiver.runtime import Runtime

IMPORT_PART = "import"
_CHUNK = 1 << 20
_MEDIA_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,120}(?:; ?[\w.-]{1,40}=[\w.-]{1,60})?", re.ASCII)
_WEB_ARCHIVES = {".warc": "application/warc", ".wacz": "application/wacz"}


def import_file(
    path: Path,
    file: Path,
    *,
    source: str,
    note: str = "",
    tags: tuple[str, ...] = (),
    media_type: str | None = None,
    runtime: Runtime,
    stop: Callable[[], bool] = lambda: False,
    dating: Dating = UNDATED,
) -> Event:
    """Bring `file` into the case at `path` as an item of its own and return the event that records it.

    The bytes are copied into the case while they are hashed, then kept as one `resource` record. Only the file's own
    name is recorded, never its folder. `media_type` is guessed from the name where it is not given. `dating` is settled
    before the outcome is appended, without waiting once `stop` says yes.

    Raises `UsageError` when `file` is not a readable regular file or a text cannot stand on the record; otherwise as
    `capture`.
    """
    kind = _sendable_type(media_type or guessed_type(file.name))
    with _regular(file) as opened, open_case(path, runtime) as store:
        body = intent(
            "import",
            store.next_item(),
            url=_recordable(file.name),
            request_url=None,
            note=bounded(note, "note"),
            tags=tuple(bounded(tag, "tag") for tag in tags),
            settings={"source": bounded(source, "source")},
        )
        requested = store.append(*body)
        outcome = _imported(store, requested, opened, kind, runtime)
        dating.settle(store, stop)
        return store.append(*outcome)


def guessed_type(name: str) -> str:
    """Return the media type that the name suggests, `application/octet-stream` when it suggests none."""
    stem = name.removesuffix(".gz")
    for ending, kind in _WEB_ARCHIVES.items():
        if stem.lower().endswith(ending):
            return kind
    guess, coding = mimetypes.guess_type(name)
    return guess if guess is not None and coding is None else "application/octet-stream"


def _imported(store: CaseStore, requested: Event, opened: BinaryIO, media_type: str, runtime: Runtime) -> Body:
    started_at = runtime.clock.now()
    blob = _copied(opened, lambda: store.spool_path(requested.data["item"]))
    ended_at = runtime.clock.now()
    summary = import_summary(
        requested,
        media_type=media_type,
        size=blob.size,
        sha256=blob.sha256,
        started_at=started_at,
        ended_at=ended_at,
    )
    resource = Resource(IMPORT_PART, media_type, started_at, blob)
    return stored(store.shelf, requested, summary, exchanges=(), runtime=runtime, resources=(resource,))


def _sendable_type(media_type: str) -> str:
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise UsageError("media-type", f"media type {media_type[:100]!r} cannot be one", "for example image/jpeg")
    return media_type


@contextmanager
def _regular(file: Path) -> Iterator[BinaryIO]:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise UsageError("file", f"file {str(file)!r} cannot be read: {reason}") from exc
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError("file", f"file {str(file)!r} cannot be imported: it is not a regular file")
    with os.fdopen(descriptor, "rb") as opened:
        yield opened


def _copied(opened: BinaryIO, spool: Callable[[], Path]) -> Blob:
    keeper = Keeper(spool)
    try:
        while chunk := _read(opened):
            keeper.write(chunk)
        return keeper.finish()
    finally:
        keeper.close()


def _read(opened: BinaryIO) -> bytes:
    try:
        return opened.read(_CHUNK)
    except OSError as exc:
        raise UsageError(
            "file", f"file cannot be read to its end: {exc.strerror}", "is its disk or card sound?"
        ) from exc


def _recordable(name: str) -> str:
    # A name that is not UTF-8 comes from the system with lone surrogates, which no log line can hold.
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
