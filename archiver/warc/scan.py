"""One strict pass over a WARC file: every byte is in a record, or in a problem. Bounded memory, whatever the file.

Rules: WARC 1.0 and 1.1 (ISO 28500), RFC 1952. A problem never stops the pass while a later record can be found; blocks
are handed to a sink piece by piece and never held.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Protocol

from archiver.warc.digest import WEAK, new_hash, parse_digest
from archiver.warc.head import MAX_HEAD, Head, parse_head, shown
from archiver.warc.links import Links
from archiver.warc.members import MAGIC, Damage, Member, Plain, Source, Unpacked
from archiver.warc.problems import Problem
from archiver.warc.rules import oddities

MAX_REREAD = 256 * 1024**2  # bytes read a second time to find the next record behind damage, for the whole file
MAX_TRIES = 4096  # places tried for it; chance makes one in 16 MiB
TRIAL = 4096  # bytes looked at to see whether a record begins at such a place

_ENDLESS = f"its head does not end, within {MAX_HEAD} bytes or before the data do"


class Sink(Protocol):
    """Somebody who wants the bytes of one block while they pass."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Record:
    """One record as found. `number` counts from 1; `offset` and `length` are of the stored span, `sha256` is its hash.

    Where one member holds several records, or the span has no certain end, `sha256` is empty. `block_size` counts the
    bytes of the block that were there.
    """

    number: int
    offset: int
    length: int
    sha256: str
    head: Head
    block_size: int
    block_sha256: str
    problems: tuple[Problem, ...]


class Scan:
    """The pass: iterate once; then `sha256` and `size` are those of the whole file.

    `sink` is asked for each record, with its number and head, and may return somebody to feed the block to. `reread` is
    how many bytes may be read a second time to find records behind damage.
    """

    def __init__(
        self,
        file: BinaryIO,
        sink: Callable[[int, Head], Sink | None] = lambda _number, _head: None,
        *,
        reread: int = MAX_REREAD,
    ) -> None:
        self._source = Source(file)
        self._sink = sink
        self._links = Links()
        self._number = 0
        self._reread = reread
        self._tries = 0

    @property
    def size(self) -> int:
        """How many bytes were read."""
        return self._source.size

    def sha256(self) -> str:
        """Return the hash of the whole file."""
        return self._source.sha256()

    def __iter__(self) -> Iterator[Record | Problem]:
        """Yield records, and problems that are about no readable record, in the order of the file."""
        if not self._source.peek(1):
            yield Problem("empty-file", 0, "it has no bytes")
        elif self._source.peek(5) == b"WARC/":
            yield from self._plain()
        else:
            yield from self._members()
        yield from self._links.unresolved()

    def _members(self) -> Iterator[Record | Problem]:
        source = self._source
        while source.peek(1):
            source.open_span()
            if source.peek(len(MAGIC)) != MAGIC:
                self._to_next_member()
                length = source.offset - source.start
                yield Problem("stray-bytes", source.start, f"{length} bytes", length=length)
            else:
                yield from self._member(source.start)

    def _member(self, start: int) -> Iterator[Record | Problem]:
        reading: _Reading | None = None
        self._number += 1
        try:
            member = Member(self._source)
            unpacked = Unpacked(member)
            while True:
                reading = None
                reading = self._begin(unpacked, start)
                reading.note_extra(member.extra)
                if not self._member_record(unpacked, reading):
                    break
                yield reading.record(0, "")
                self._number += 1
            yield reading.record(self._source.offset - start, self._source.span_sha256())
        except Damage as damage:
            self._behind(damage, start)
            length = self._source.offset - start
            if reading is None:
                yield Problem(damage.name, start, damage.detail, self._number, length)
            else:
                reading.add(damage.name, damage.detail)
                yield reading.record(length, "")

    def _begin(self, unpacked: Unpacked, start: int) -> "_Reading":
        """Take a head. Raises `Damage` when there is none; the member is unpacked to its end before that."""
        found = unpacked.look(5) == b"WARC/"
        data = unpacked.head(MAX_HEAD) if found else None
        if data is None:
            seen = unpacked.look(40)
            _drain(unpacked.take(None))
            if found:
                raise Damage("head-cut", _ENDLESS)
            raise Damage("head-missing", f"it begins with {shown(seen.decode('latin-1'))}")
        reading = _Reading(self._number, start, parse_head(data), self._sink)
        reading.judge(self._links)
        return reading

    def _member_record(self, unpacked: Unpacked, reading: "_Reading") -> bool:
        """Take block and end of one record; True when another record follows in the same member."""
        reading.block(unpacked, reading.head.content_length)
        end = unpacked.look(4)
        if end == b"\r\n\r\n":
            unpacked.pass_by(4)
        elif not reading.short:
            reading.add("record-end", f"{shown(end.decode('latin-1'))} stands there")
        rest = unpacked.look(5)
        if rest == b"WARC/":
            reading.add("several-records", "another record follows in the same member")
            return True
        if rest:
            before = unpacked.count
            _drain(unpacked.take(None))
            reading.add("member-rest", f"{unpacked.count - before} bytes")
        return False

    def _behind(self, damage: Damage, start: int) -> None:
        """Go to where the next member begins behind a damaged one."""
        reached = damage.name in {"gzip-crc", "gzip-size", "head-missing", "head-cut"}
        if reached and self._source.peek(len(MAGIC)) in {MAGIC, b""}:
            return  # the member has an end of its own
        if self._may_reread(self._source.offset - start):
            self._source.seek(start + 1)
        self._to_next_member()

    def _to_next_member(self) -> None:
        while self._source.find(MAGIC):
            self._tries += 1
            if self._tries > MAX_TRIES:
                self._source.sha256()
            elif _record_begins(self._source.peek(TRIAL)):
                return
            else:
                self._source.advance(1)

    def _plain(self) -> Iterator[Record | Problem]:
        unpacked = Unpacked(Plain(self._source))
        while first := unpacked.look(5):
            start = unpacked.count
            if first != b"WARC/":
                unpacked = self._next_plain(start)
                length = unpacked.count - start
                yield Problem("stray-bytes", start, f"{length} bytes", length=length)
                continue
            self._number += 1
            span = unpacked.span = hashlib.sha256()
            data = unpacked.head(MAX_HEAD)
            if data is None:
                unpacked = self._next_plain(start)
                detail = _ENDLESS
                yield Problem("head-cut", start, detail, self._number, unpacked.count - start)
                continue
            reading = _Reading(self._number, start, parse_head(data), self._sink)
            reading.judge(self._links)
            behind_head = unpacked.count
            if self._plain_record(unpacked, reading):
                yield reading.record(unpacked.count - start, span.hexdigest())
            else:
                unpacked = self._next_plain(behind_head)
                yield reading.record(unpacked.count - start, "")

    def _plain_record(self, unpacked: Unpacked, reading: "_Reading") -> bool:
        """Take block and end of one record; False when its end is not where its Content-Length says."""
        length = reading.head.content_length
        left = self._source.total - unpacked.count
        if length is None or length > left:
            reading.add(
                "block-cut", f"{'no usable number of' if length is None else length} bytes announced, {left} follow"
            )
            return False
        reading.block(unpacked, length)
        end = unpacked.look(4)
        if end != b"\r\n\r\n":
            reading.add("record-end", f"{shown(end.decode('latin-1'))} stands there")
            return False
        unpacked.pass_by(4)
        return True

    def _next_plain(self, offset: int) -> Unpacked:
        """Return the bytes from the next line that looks like a record's first one, at or behind `offset`."""
        if self._may_reread(self._source.offset - offset):
            self._source.seek(offset)
        if self._source.find(b"\nWARC/1."):
            self._source.advance(1)
        return Unpacked(Plain(self._source), self._source.offset)

    def _may_reread(self, size: int) -> bool:
        self._reread -= size
        return self._reread >= 0


class _Reading:
    """A record while its bytes arrive."""

    def __init__(self, number: int, offset: int, head: Head, sink: Callable[[int, Head], Sink | None]) -> None:
        self.head = head
        self.short = False
        self._number = number
        self._offset = offset
        self._problems: list[Problem] = []
        self._digests = [(text, parse_digest(text)) for text in head.values("WARC-Block-Digest")]
        self._hashes = {"sha256": hashlib.sha256()}
        for _, digest in self._digests:
            if digest.known and digest.algorithm != "sha256":
                self._hashes[digest.algorithm] = new_hash(digest.algorithm)
        self._size = 0
        self._whole = False
        self._sink = sink(number, head)

    def add(self, name: str, detail: str) -> None:
        self._problems.append(Problem(name, self._offset, detail, self._number))

    def note_extra(self, present: bool) -> None:
        if present:
            self.add("gzip-extra", "the header has optional parts")

    def judge(self, links: Links) -> None:
        for found in (self.head.odd, oddities(self.head), links.oddities(self.head, self._number, self._offset)):
            for name, detail in found:
                self.add(name, detail)

    def block(self, unpacked: Unpacked, length: int | None) -> None:
        """Take the block: `length` bytes, or what is left when that is not known."""
        for piece in unpacked.take(length):
            self._size += len(piece)
            for digest in self._hashes.values():
                digest.update(piece)
            if self._sink is not None:
                self._sink.feed(piece)
        self._whole = length == self._size
        self.short = length is None or not self._whole
        if length is not None and self.short:
            self.add("block-cut", f"{length} bytes are announced, {self._size} are there")

    def record(self, length: int, sha256: str) -> Record:
        if self._whole:
            self._compare()
        block_sha256 = self._hashes["sha256"].hexdigest()
        problems = tuple(self._problems)
        return Record(self._number, self._offset, length, sha256, self.head, self._size, block_sha256, problems)

    def _compare(self) -> None:
        if not self._digests:
            self.add("digest-missing", "no WARC-Block-Digest")
        for text, stated in self._digests:
            if not stated.known:
                self.add("digest-unknown", f"WARC-Block-Digest: {shown(text)}")
            elif stated.value is None:
                self.add("digest-value", f"WARC-Block-Digest: {shown(text)}")
            elif stated.value != self._hashes[stated.algorithm].digest():
                actual = self._hashes[stated.algorithm].hexdigest()
                self.add("block-digest", f"{shown(text)} is written there, {stated.algorithm}:{actual} was computed")
            elif stated.algorithm in WEAK:
                self.add("digest-weak", f"WARC-Block-Digest: {shown(text)}")


def _record_begins(data: bytes) -> bool:
    try:
        return Unpacked(Member(Source(BytesIO(data)))).look(5) == b"WARC/"
    except Damage:
        return False


def _drain(pieces: Iterator[bytes]) -> None:
    for _ in pieces:
        pass
