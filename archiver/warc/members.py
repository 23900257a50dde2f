"""The bytes of a WARC file as it is stored: one pass over the file, gzip members (RFC 1952) or plain.

Every byte that is passed goes through the hash of the file, once, and through the hash of the span that is open.
"""

import hashlib
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

from isal import igzip_lib, isal_zlib

from archiver.warc.head import head_end

if TYPE_CHECKING:
    from hashlib import _Hash

SLICE = 64 * 1024  # bytes handed to the inflater at a time, and taken from a plain file
FIRST_SLICE = 2 * 1024  # of a member: most are short, and room for much more than they hold takes time to find
CHUNK = 256 * 1024  # bytes read from the file at a time
INFLATED = 128 * 1024  # bytes taken from the inflater at a time, whatever it would give
MAX_GZIP_TEXT = 64 * 1024  # bytes of a name, comment or extra field in a member's header

MAGIC = b"\x1f\x8b\x08"
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT, _RESERVED = 2, 4, 8, 16, 0xE0


class Damage(Exception):
    """The stored bytes cannot be read on from here; `name` is a problem of `archiver.warc.problems`."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name
        self.detail = detail


class Source:
    """A file read forwards, with the hash of all its bytes, and the hash and start of the span that is open.

    `size` counts the bytes hashed so far; going back to read bytes a second time does not hash them again.
    """

    def __init__(self, file: BinaryIO) -> None:
        """Read `file`, which must be able to seek, from its beginning. `total` is how many bytes it has now."""
        self._file = file
        self.total = file.seek(0, 2)
        self._hash = hashlib.sha256()
        self._span = hashlib.sha256()
        self.size = 0
        self.start = 0
        self.offset = 0
        self._at = self._spanned = 0  # of the buffer: what was passed, what of that went into the hash of the span
        self._ended = False
        self.seek(0)

    def peek(self, size: int) -> bytes:
        """Return the next `size` bytes without passing them; fewer only at the end of the file."""
        while len(self._buffer) - self._at < size and self._fill():
            pass
        return self._buffer[self._at : self._at + size]

    def view(self, size: int) -> memoryview:
        """Return some of the next bytes without passing or copying them, `size` at most; none only at the end."""
        if self._at == len(self._buffer):
            self._fill()
        return self._view[self._at : self._at + size]

    def skip(self, size: int) -> None:
        """Pass `size` bytes that were shown."""
        self._at += size
        self.offset += size

    def advance(self, size: int) -> bytes:
        """Pass `size` bytes that were shown, and return them."""
        piece = self._buffer[self._at : self._at + size]
        self.skip(size)
        return piece

    def open_span(self) -> None:
        """Begin a span here."""
        self._span = hashlib.sha256()
        self._spanned = self._at
        self.start = self.offset

    def span_sha256(self) -> str:
        """Return the hash of the bytes passed since the span began."""
        self._hash_span()
        return self._span.hexdigest()

    def seek(self, offset: int) -> None:
        """Go on reading at `offset`, which was passed before; the span that is open has no hash then."""
        self._file.seek(offset)
        self.offset = offset
        self._hold(b"")
        self._ended = False

    def find(self, needle: bytes) -> bool:
        """Pass bytes up to the next `needle`; False at the end of the file, all bytes passed."""
        while True:
            window = self.peek(CHUNK)
            found = window.find(needle)
            if found >= 0:
                self.skip(found)
                return True
            if len(window) < CHUNK:
                self.skip(len(window))
                return False
            self.skip(len(window) - len(needle) + 1)

    def sha256(self) -> str:
        """Read what is left and return the hash of the whole file."""
        while window := self.view(CHUNK):
            self.skip(len(window))
        return self._hash.hexdigest()

    def _fill(self) -> bool:
        if self._ended:
            return False
        self._hash_span()
        chunk = self._file.read(CHUNK)
        end = self.offset + len(self._buffer) - self._at + len(chunk)
        if end > self.size:
            self._hash.update(memoryview(chunk)[len(chunk) - (end - self.size) :])
            self.size = end
        self._hold(self._buffer[self._at :] + chunk)
        self._ended = not chunk
        return not self._ended

    def _hold(self, data: bytes) -> None:
        self._buffer, self._view = data, memoryview(data)
        self._at = self._spanned = 0

    def _hash_span(self) -> None:
        self._span.update(self._view[self._spanned : self._at])
        self._spanned = self._at


class Pieces(Protocol):
    """Where a record's bytes come from, unpacked."""

    def piece(self) -> bytes:
        """Return the next bytes, empty at the end. Raises `Damage`."""
        ...


class Member:
    """One gzip member, unpacked piece by piece; checksum and size are compared when its data end.

    `extra` says that the header holds more than the ten bytes of a plain one.
    """

    def __init__(self, source: Source) -> None:
        """Pass the header of the member. Raises `Damage` when there is none."""
        self._source = source
        self._inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
        self._slice = FIRST_SLICE
        self._fed = 0
        self._crc = 0
        self._count = 0
        self.ended = False
        self.extra = self._pass_header()

    def piece(self) -> bytes:
        """Return the next unpacked bytes, at most `INFLATED`; empty when the member is over and sound."""
        while not self.ended:
            if self._inflater.eof:
                self._source.skip(self._fed - len(self._inflater.unused_data))
                self._pass_trailer()
                break
            if self._inflater.needs_input:
                self._source.skip(self._fed)
                fed = self._source.view(self._slice)
                if not fed:
                    raise Damage("gzip-cut", "the file ends inside the compressed data")
                self._fed = len(fed)
                data = self._inflate(fed)
                self._slice = min(8 * self._slice, SLICE)
            else:
                data = self._inflate(b"")
            self._crc = isal_zlib.crc32(data, self._crc)
            self._count += len(data)
            if data:
                return data
        return b""

    def _inflate(self, data: bytes | memoryview) -> bytes:
        try:
            unpacked: bytes = self._inflater.decompress(data, max_length=min(8 * self._slice, INFLATED))
        except igzip_lib.IsalError as exc:  # type: ignore[misc]  # the library has no types
            raise Damage("gzip-data", f"the compressed data cannot be unpacked past byte {self._count}") from exc
        return unpacked

    def _pass_header(self) -> bool:
        head = self._source.peek(10)
        if len(head) < 10:
            raise Damage("gzip-cut", "the file ends inside the header of a member")
        flags = head[3]
        if not head.startswith(MAGIC) or flags & _RESERVED:
            raise Damage("gzip-header", f"it begins with {head.hex(' ')}")
        crc = zlib.crc32(self._source.advance(10))
        if flags & _FEXTRA:
            length = self._source.peek(2)
            size = 2 + int.from_bytes(length, "little")
            crc = zlib.crc32(self._pass(size), crc)
        for flag in (_FNAME, _FCOMMENT):
            if flags & flag:
                end = self._source.peek(MAX_GZIP_TEXT).find(b"\0")
                if end < 0:
                    raise Damage("gzip-header", "a text in it does not end")
                crc = zlib.crc32(self._pass(end + 1), crc)
        if flags & _FHCRC and self._pass(2) != (crc & 0xFFFF).to_bytes(2, "little"):
            raise Damage("gzip-header", "the checksum of the header differs")
        return flags != 0

    def _pass_trailer(self) -> None:
        self.ended = True
        trailer = self._pass(8)
        stated_crc = int.from_bytes(trailer[:4], "little")
        stated_size = int.from_bytes(trailer[4:], "little")
        if stated_crc != self._crc:
            raise Damage("gzip-crc", f"the checksum is {self._crc:08x}, and {stated_crc:08x} is written there")
        if stated_size != self._count & 0xFFFFFFFF:
            raise Damage("gzip-size", f"{self._count} bytes were unpacked, and {stated_size} is written there")

    def _pass(self, size: int) -> bytes:
        if len(self._source.peek(size)) < size:
            raise Damage("gzip-cut", "the file ends inside a member's header or checksum")
        return self._source.advance(size)


class Plain:
    """The bytes of an uncompressed file from here on."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def piece(self) -> bytes:
        """Return the next bytes, empty at the end of the file."""
        return self._source.advance(len(self._source.view(SLICE)))


class Unpacked:
    """Unpacked bytes with a short look ahead. Pieces are handed out as they come, never put together.

    `count` is how many bytes were taken, `base` included; `span` hashes what is taken while it is set.
    """

    def __init__(self, pieces: Pieces, base: int = 0) -> None:
        self._pieces = pieces
        self._ahead = b""
        self._at = 0
        self.count = base
        self.span: _Hash | None = None

    def look(self, size: int) -> bytes:
        """Return the next `size` bytes, or fewer at the end, without taking them."""
        while len(self._ahead) - self._at < size and (piece := self._pieces.piece()):
            self._ahead = self._ahead[self._at :] + piece
            self._at = 0
        return self._ahead[self._at : self._at + size]

    def head(self, limit: int) -> bytes | None:
        """Take and return a head, its empty line included, or None when it does not end within `limit` bytes."""
        while True:
            end = head_end(self._ahead, self._at) - self._at
            if 0 < end <= limit:
                return self.pass_by(end)
            held = len(self._ahead) - self._at
            if held >= limit or len(self.look(max(4096, 2 * held))) == held:
                return None

    def take(self, size: int | None) -> Iterator[bytes]:
        """Take the next `size` bytes, all that are left for None, piece by piece; fewer at the end."""
        while size is None or size > 0:
            if not self.look(1):
                return
            held = len(self._ahead) - self._at
            piece = self.pass_by(held if size is None else min(size, held))
            size = None if size is None else size - len(piece)
            yield piece

    def pass_by(self, size: int) -> bytes:
        """Take the next `size` bytes, which a look has shown, and return them."""
        piece = self._ahead[self._at : self._at + size]
        self._at += size
        self.count += size
        if self.span is not None:
            self.span.update(piece)
        return piece
