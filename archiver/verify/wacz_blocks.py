"""The list of the blocks of a packed index: programs unpack the one block in which an address should stand."""

import hashlib
import re
import zlib
from collections.abc import Iterator

from archiver.bundle.members import Bundle
from archiver.canon import Json
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.listed import shown
from archiver.verify.loose_json import BadJson, loose_json
from archiver.verify.wacz_lines import MAX_LINE, lines_of

MAX_BLOCKS = 1 << 26  # bytes of a packed index that are held to be compared with the list of its blocks
MEANING = "a program that shows this WACZ goes by the index: it shows something else than was captured, or nothing"
SHA256 = re.compile(r"sha-?256:([0-9a-f]{64})")


class Blocks:
    """Reads the list `name`, holding one packed index at a time. `named` are those in it: programs find no others."""

    def __init__(self, bundle: Bundle, name: str) -> None:
        self.named: set[str] = set()
        self._bundle = bundle
        self.name = name
        self._file, self._packed, self._end = "", b"", 0

    def check(self) -> Iterator[Finding]:
        """Yield where the list differs from the blocks. Raises `CaseError` for what cannot be read."""
        usual: Json = None  # the index of all blocks that do not say in which they lie
        before = b""
        misplaced = 0
        for number, line in enumerate(lines_of(self._bundle, self.name), 1):
            if not line.strip():
                continue
            key, _, text = line.partition(b" {")
            try:
                facts = members(loose_json(b"{" + text))
            except BadJson:
                yield self._finding("it names no block", number)
                continue
            if line.startswith(b"!meta "):
                usual = facts.get("filename")
                continue
            yield from self._open(f"indexes/{facts.get('filename', usual)}")
            block = self._block(facts)
            if block is None:
                message = "the block that it names does not follow the one before, or lies outside the index"
                yield self._finding(message, number)
                return
            digest = SHA256.fullmatch(str(facts.get("digest", "")))
            if digest is not None and hashlib.sha256(block).hexdigest() != digest[1]:
                yield self._finding("the block that it names has another digest", number)
            first = _first_line(block)
            if first is None:
                yield self._finding("the block that it names cannot be unpacked by itself", number)
            misplaced += key < before or not (first or b"").startswith(key if first else b"")
            before = key
        yield from self._close()
        if misplaced:
            message = f"{misplaced} blocks are listed under another entry than their first, or not in order"
            meaning = "programs may not find entries in them, as if these were in no index"
            yield Finding("index", Severity.NOTE, shown(self.name), message, meaning=meaning)

    def _open(self, file: str) -> Iterator[Finding]:
        """Hold this packed index, if it is not the one that is held."""
        if file == self._file:
            return
        yield from self._close()
        self._packed = b""  # before the next is read
        self._file, self._packed = file, self._bundle.read(file, MAX_BLOCKS)
        self._end = len(self._packed) if file in self.named else 0
        self.named.add(file)

    def _block(self, facts: dict[str, Json]) -> bytes | None:
        offset, length = number_of(facts.get("offset")), number_of(facts.get("length"))
        if offset != self._end or length is None or offset + length > len(self._packed):
            return None
        self._end = offset + length
        return self._packed[offset : self._end]

    def _close(self) -> Iterator[Finding]:
        if self._end != len(self._packed):
            size = len(self._packed)
            message = f"it names the blocks of {shown(self._file)} up to byte {self._end}, and that has {size} bytes"
            yield self._finding(message)

    def _finding(self, message: str, line: int = 0) -> Finding:
        where = f"line {line}" if line else ""
        return Finding("index", Severity.BROKEN, shown(self.name), message, where, MEANING)


def _first_line(block: bytes) -> bytes | None:
    """Return the first line of a packed block, None when it cannot be unpacked."""
    try:
        return zlib.decompressobj(31).decompress(block, MAX_LINE).partition(b"\n")[0]
    except zlib.error:
        return None


def number_of(value: Json) -> int | None:
    """Return a number that may be written as text, as older programs do."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value) else None
