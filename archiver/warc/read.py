"""WARC files for those who look something up in them: one record, its block, the outline, the summary.

The strict pass itself is `archiver.warc.scan`; what can be wrong is named in `archiver.warc.problems`.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from archiver.errors import CaseError
from archiver.model.item import RecordEntry, RecordType
from archiver.warc.head import MAX_HEAD, Head, parse_head
from archiver.warc.members import MAGIC, Damage, Member, Plain, Source, Unpacked
from archiver.warc.problems import Problem
from archiver.warc.scan import Record, Scan

OUR_TYPES = frozenset({"warcinfo", "response", "request", "metadata", "resource"})
MAX_SUMMARY = 16 * 1024**2  # bytes; a log line, which says the same and more, has the same limit
SUMMARY_PART = ":summary"  # how the address of the last record of an item ends (docs/spec/warc-profile.md)

_HARMLESS = frozenset({"gzip-extra"})


def read_block(path: Path, offset: int, length: int) -> Iterator[bytes]:
    """Yield the block of the record whose stored span is `length` bytes at `offset`, piece by piece.

    Digests are not compared: that is `verify`'s. Raises `CaseError` when the file cannot be read, no record begins
    there, or its block cannot be unpacked to the end.
    """
    with _record(path, offset, length) as (head, unpacked):
        left = head.content_length
        if left is None:
            raise _unreadable(path, offset, "it has no usable Content-Length")
        try:
            for piece in unpacked.take(left):
                left -= len(piece)
                yield piece
        except Damage as damage:
            raise _unreadable(path, offset, damage.detail) from damage
        if left:
            raise _unreadable(path, offset, f"{left} bytes of its block are missing")


def head_of(path: Path, offset: int, length: int) -> Head:
    """Return the fields of the record whose stored span is `length` bytes at `offset`. Raises as `read_block`."""
    with _record(path, offset, length) as (head, _):
        return head


def outline(path: Path) -> tuple[RecordEntry, ...]:
    """Return where each record stands, in order; empty unless the file is sound and ends with its summary record.

    Raises `CaseError` when the file cannot be read.
    """
    return _survey(path).entries


def summary_of(path: Path) -> bytes | None:
    """Return the block of the summary record, or None unless the file is sound and ends with it.

    Sound means: no byte outside a record, nothing that `archiver.warc.problems` names. Raises `CaseError` when the file
    cannot be read.
    """
    return _survey(path).summary


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file to read, following no symbolic link and waiting for nobody.

    Raises `CaseError` when that is not possible.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise CaseError("unreadable", f"file {path} cannot be opened: {reason}") from exc
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise CaseError("unreadable", f"{path} is not a file")
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  # a descriptor has no path
        try:
            yield cast("BinaryIO", file)
        except OSError as exc:
            raise CaseError("unreadable", f"file {path} cannot be read: {exc.strerror}") from exc


@dataclass(frozen=True, slots=True)
class _Survey:
    entries: tuple[RecordEntry, ...] = ()
    summary: bytes | None = None


class _Last:
    """Keeps the block of the newest record that could be a summary."""

    def __init__(self) -> None:
        self.number = 0
        self.data: list[bytes] = []
        self.size = 0

    def begin(self, number: int, head: Head) -> "_Last | None":
        if head.type != "metadata" or not head.uri.endswith(SUMMARY_PART):
            return None
        self.number, self.data, self.size = number, [], 0
        return self

    def feed(self, data: bytes) -> None:
        self.size += len(data)
        if self.size <= MAX_SUMMARY:
            self.data.append(data)


def _survey(path: Path) -> _Survey:
    last = _Last()
    entries: list[RecordEntry] = []
    with open_file(path) as file:
        for found in Scan(file, last.begin):
            if isinstance(found, Problem) or not _sound(found):
                return _Survey()
            kind = cast("RecordType", found.head.type)
            entries.append(RecordEntry(found.head.id, kind, found.offset, found.length, found.sha256))
    if not entries or last.number != len(entries) or last.size > MAX_SUMMARY:
        return _Survey()
    return _Survey(tuple(entries), b"".join(last.data))


def _sound(record: Record) -> bool:
    return record.head.type in OUR_TYPES and all(problem.name in _HARMLESS for problem in record.problems)


@contextmanager
def _record(path: Path, offset: int, length: int) -> Iterator[tuple[Head, Unpacked]]:
    with open_file(path) as file:
        source = Source(file)
        if not 0 <= offset < offset + length <= source.total:
            raise _unreadable(path, offset, f"the file has {source.total} bytes")
        source.seek(offset)
        try:
            unpacked = Unpacked(Member(source) if source.peek(len(MAGIC)) == MAGIC else Plain(source))
            data = unpacked.head(MAX_HEAD) if unpacked.look(5) == b"WARC/" else None
        except Damage as damage:
            raise _unreadable(path, offset, damage.detail) from damage
        if data is None:
            raise _unreadable(path, offset, "no record begins there")
        yield parse_head(data), unpacked


def _unreadable(path: Path, offset: int, why: str) -> CaseError:
    return CaseError("damaged", f"record at byte {offset} of {path} cannot be read: {why}", "archiver verify names it")
