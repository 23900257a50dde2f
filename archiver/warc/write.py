"""Writes the WARC of one item: one gzip member per record, every byte and every digest supplied by us.

warcio frames the records (docs/adr/0007); it never parses what it frames, and a digest that is missing is an error.
"""

import hashlib
import struct
import zlib
from typing import BinaryIO, Protocol

from isal import isal_zlib
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archiver.errors import StorageError
from archiver.model.exchange import Blob
from archiver.model.item import ItemWarc, RecordEntry
from archiver.runtime import Ids
from archiver.warc.profile import VERSION
from archiver.warc.records import Draft, RecordIds, drafts, draw_ids

LEVEL = 2  # isal's default
PIECE = 1 << 18  # bytes handed to the compressor at once; warcio gives a line at a time
SAMPLE = 1 << 14  # bytes in the middle of the first piece that show whether compressing is worth the time
GZIP = 16 + isal_zlib.MAX_WBITS  # a gzip wrapper with this head:
GZIP_HEAD = bytes.fromhex("1f8b08000000000000ff")  # no name, time 0, system 255 (unknown), whatever the machine


def write_item(file: BinaryIO, item: ItemWarc, ids: Ids) -> tuple[RecordEntry, ...]:
    """Write all records of `item` to the empty `file` and return where each one stands.

    Streams: memory stays the same however large the bodies are. The bytes are a function of `item` and `ids`.
    Raises `StorageError` when a body on disk is not as long as it was, `ValueError` when a field cannot be written;
    errors of `file` pass through. What was written by then has no summary record, so it cannot pass for complete.
    """
    return write_records(file, item, draw_ids(item.exchanges, item.resources, ids))


def write_records(file: BinaryIO, item: ItemWarc, ids: RecordIds) -> tuple[RecordEntry, ...]:
    """Do what `write_item` does with ids drawn before by `draw_ids`, for a summary that names records."""
    entries: list[RecordEntry] = []
    offset = 0
    writer = SuppliedDigests(None, gzip=False, warc_version=VERSION)  # one: each asks the system for its name
    for draft in drafts(item, ids):
        entry = _write(writer, file, offset, draft)
        entries.append(entry)
        offset += entry.length
    return tuple(entries)


class SuppliedDigests(WARCWriter):  # type: ignore[misc]  # warcio has no types
    """warcio's writer, without its habit of computing digests that are missing."""

    def ensure_digest(self, record: ArcWarcRecord, block: bool = True, payload: bool = True) -> None:
        """Raise `ValueError` when the block digest or the length is missing; a payload digest is never added."""
        del block, payload
        if record.length is None or record.rec_headers.get_header("WARC-Block-Digest") is None:
            raise ValueError("a record needs its length and its block digest before it is written")


class _Member:
    """The file as warcio sees it while it writes one record; `flush` ends the gzip member."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._compressor: _Compressor | None = None
        self._sha256 = hashlib.sha256()
        self._pending = bytearray()
        self.length = 0

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def write(self, data: bytes | memoryview) -> None:
        self._pending += data
        if len(self._pending) >= PIECE:
            self._compress(last=False)

    def flush(self) -> None:
        self._compress(last=True)

    def _compress(self, *, last: bool) -> None:
        if self._compressor is None:
            self._compressor = _compressor(self._pending)
        data = self._compressor.compress(self._pending)
        self._store(data + self._compressor.flush() if last else data)
        self._pending.clear()

    def _store(self, data: bytes) -> None:
        if self._file.write(data) != len(data):
            raise StorageError("write", "evidence file: not all bytes were taken by the disk")
        self._sha256.update(data)
        self.length += len(data)


class _Compressor(Protocol):
    def compress(self, data: bytearray, /) -> bytes: ...

    def flush(self) -> bytes: ...


class _Stored:
    """A gzip member (RFC 1952) whose bytes are stored as they are (RFC 1951 §3.2.4), with the header of all others."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(0, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._head = GZIP_HEAD
        self._crc = self._size = 0

    def compress(self, data: bytearray) -> bytes:
        self._crc = isal_zlib.crc32(data, self._crc)
        self._size += len(data)
        head, self._head = self._head, b""
        return head + self._deflate.compress(data)

    def flush(self) -> bytes:
        return self._deflate.flush() + struct.pack("<II", self._crc, self._size & 0xFFFFFFFF)


def _compressor(start: bytearray) -> _Compressor:
    """Return what makes a gzip member of a record that begins with `start`.

    Images, video and most bodies with a content coding are compressed already: deflating them again takes most of the
    time of a large file and saves nothing.
    """
    middle = start[len(start) // 2 :][:SAMPLE]
    if len(middle) == SAMPLE and len(isal_zlib.compress(middle, LEVEL)) > SAMPLE * 31 // 32:
        return _Stored()
    compressor: _Compressor = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, GZIP)
    return compressor


class _Block:
    """The block as warcio reads it."""

    def __init__(self, blob: Blob) -> None:
        self._chunks = blob.chunks()
        self._rest = memoryview(b"")
        self.size = 0

    def read(self, size: int) -> memoryview:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        piece, self._rest = self._rest[:size], self._rest[size:]
        self.size += len(piece)
        return piece


def _write(writer: SuppliedDigests, file: BinaryIO, offset: int, draft: Draft) -> RecordEntry:
    member, block = _Member(file), _Block(draft.block)
    headers = StatusAndHeaders("", list(draft.fields), protocol=VERSION)
    # content type None and HTTP headers None: warcio leaves fields and block as they are
    record = ArcWarcRecord("warc", draft.type, headers, block, None, None, draft.block.size)
    writer.out = member
    writer.write_record(record)
    if block.size != draft.block.size:
        raise StorageError("spool", f"body on disk: {block.size} bytes where {draft.block.size} were written")
    return RecordEntry(draft.id, draft.type, offset, member.length, member.sha256)
