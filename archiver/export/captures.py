"""What of a WARC can be shown by a program that replays: its answers and resources, where they stand, what they are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from archiver.custody.read import Snapshot
from archiver.errors import CaseError
from archiver.export.asked import Asked, Request
from archiver.export.entries import refused
from archiver.http.reader import ResponseReader
from archiver.model.http import Message
from archiver.model.item import StoredFile
from archiver.warc.head import Head
from archiver.warc.problems import PROBLEMS, Problem
from archiver.warc.profile import product_of
from archiver.warc.scan import Record, Scan, Sink

MAX_TEXT = 8192  # characters of the text of a page

_SHOWN = frozenset({"response", "resource"})


@dataclass(frozen=True, slots=True)
class Capture:
    """One record that an index names: `url` and `date` of its head, `offset` and `length` of its span in bytes.

    `status` is that of the answer, "200" for a resource; `mime` is without parameters, "" for none. `digest` is of the
    payload and `sha256` of the span, both in hexadecimal. `asked` is how the answer to what was no GET is looked for,
    and `text` the beginning of what a browser read of a page: `MAX_TEXT` characters.
    """

    type: str
    url: str
    date: str
    status: str
    mime: str
    offset: int
    length: int
    digest: str
    sha256: str
    asked: Asked | None = None
    text: str = ""


def captures(case: Snapshot, file: StoredFile) -> Iterator[Capture]:
    """Yield the captures in a WARC of the case, in order; answers without a status are none.

    Raises `CaseError` when the file is not what the log recorded, or anything in it is not as a WARC of ours must be.
    """
    reading = _Reading()
    try:
        with case.open_file(file.path) as opened:
            scan = Scan(opened, reading.begin)
            for found in scan:
                problems = (found,) if isinstance(found, Problem) else found.problems
                for problem in problems:
                    raise refused(f"{file.path!r}: {PROBLEMS[problem.name]}: {problem.detail}")
                if isinstance(found, Record):
                    yield from reading.take(found)
            yield from reading.rest()
            stored = (scan.size, scan.sha256())
    except CaseError as exc:
        if exc.kind in {"missing", "unsafe"}:
            raise refused(exc.message) from exc
        raise
    except OSError as exc:
        raise refused(f"{file.path!r}: it could not be read to its end", "unreadable") from exc
    if stored != (file.size, file.sha256):
        raise refused(f"{file.path!r}: its SHA-256 is {stored[1]}, and {file.sha256} was recorded")


class _Answer:
    """Reads one answer while it passes."""

    def __init__(self) -> None:
        self._reader = ResponseReader()

    def feed(self, data: bytes) -> None:
        self._reader.feed(data)

    def message(self) -> Message:
        return self._reader.close(clean=True)


class _Text:
    """Keeps the beginning of a text while it passes."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes) -> None:
        self._kept += data[: 4 * MAX_TEXT - len(self._kept)]  # no character of UTF-8 has more bytes

    def text(self) -> str:
        return self._kept.decode("utf-8", "replace")[:MAX_TEXT]


class _Reading:
    """Reads the records that are shown, and the requests that belong to them."""

    def __init__(self) -> None:
        self._sink: _Answer | _Text | Request | None = None
        self._held: Capture | None = None  # an answer whose request may follow
        self._id = ""

    def begin(self, _number: int, head: Head) -> Sink | None:
        self._sink = None
        if head.type == "response":
            self._sink = _Answer()
        elif head.type == "request":
            self._sink = Request()
        elif head.type == "resource" and product_of(head.uri) == "text":
            self._sink = _Text()
        return self._sink

    def take(self, record: Record) -> Iterator[Capture]:
        """Yield what is complete now that `record` has been read."""
        head = record.head
        if isinstance(self._sink, Request):
            if self._held is not None and f"<{self._id}>" in head.values("WARC-Concurrent-To"):
                self._held = replace(self._held, asked=self._sink.asked())
        elif head.type in _SHOWN:
            yield from self.rest()
            self._held, self._id = self._capture(record), head.id

    def rest(self) -> Iterator[Capture]:
        """Yield the last one."""
        if self._held is not None:
            yield self._held

    def _capture(self, record: Record) -> Capture | None:
        head = record.head
        status, kind, digest = "200", head.value("Content-Type"), record.block_sha256
        if isinstance(self._sink, _Answer):
            message = self._sink.message()
            if message.status is None:
                return None
            status, digest = f"{message.status}", message.entity_sha256
            kind = (message.value("Content-Type") or b"").decode("latin-1")
        mime = re.split(r"[;\s]", kind, maxsplit=1)[0].strip()
        date = head.value("WARC-Date")
        place = (record.offset, record.length, digest, record.sha256)
        text = self._sink.text() if isinstance(self._sink, _Text) else ""
        return Capture(head.type, head.uri, date, status, mime, *place, text=text)
