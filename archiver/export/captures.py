"""What of a WARC can be shown by a program that replays: its answers and resources, where they stand, what they are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.custody.read import Snapshot
from archiver.errors import CaseError
from archiver.export.entries import refused
from archiver.http.reader import ResponseReader
from archiver.model.http import Message
from archiver.model.item import StoredFile
from archiver.warc.head import Head
from archiver.warc.problems import PROBLEMS, Problem
from archiver.warc.scan import Record, Scan

_SHOWN = frozenset({"response", "resource"})


@dataclass(frozen=True, slots=True)
class Capture:
    """One record that an index names: `url` and `date` of its head, `offset` and `length` of its span in bytes.

    `status` is that of the answer, "200" for a resource; `mime` is without parameters, "" for none. `digest` is of the
    payload and `sha256` of the span, both in hexadecimal.
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
                if isinstance(found, Record) and (capture := reading.capture(found)) is not None:
                    yield capture
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


class _Reading:
    """Reads the answers of the records that are shown."""

    def __init__(self) -> None:
        self._answer: _Answer | None = None

    def begin(self, _number: int, head: Head) -> _Answer | None:
        self._answer = _Answer() if head.type == "response" else None
        return self._answer

    def capture(self, record: Record) -> Capture | None:
        head = record.head
        if head.type not in _SHOWN:
            return None
        status, kind, digest = "200", head.value("Content-Type"), record.block_sha256
        if self._answer is not None:
            message = self._answer.message()
            if message.status is None:
                return None
            status, digest = f"{message.status}", message.entity_sha256
            kind = (message.value("Content-Type") or b"").decode("latin-1")
        mime = re.split(r"[;\s]", kind, maxsplit=1)[0].strip()
        date = head.value("WARC-Date")
        place = (record.offset, record.length, digest, record.sha256)
        return Capture(head.type, head.uri, date, status, mime, *place)
