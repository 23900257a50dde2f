"""The payload of a record while its block passes: its digests, and what the answer was. One pass, bounded memory."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from archiver.http.body import Piece
from archiver.http.reader import ResponseReader
from archiver.model.http import Message
from archiver.warc.digest import Digest, new_hash, parse_digest
from archiver.warc.head import Head, Oddity, shown

if TYPE_CHECKING:
    from hashlib import _Hash


class Payload:
    """Feed it the block of one record, then ask for `oddities`; `message` is the answer in a response record.

    The payload of an HTTP response is its entity (RFC 9110 content, transfer coding removed), that of an HTTP request
    what follows its head, that of any other record the block (WARC 1.1 §5.9).
    """

    def __init__(self, head: Head) -> None:
        self.message: Message | None = None
        self._stated = [(text, parse_digest(text)) for text in head.values("WARC-Payload-Digest")]
        self._elsewhere = head.type == "revisit"
        http = head.type in {"response", "request"} and head.value("Content-Type").lower().startswith(
            "application/http"
        )
        self._reader = ResponseReader() if http and head.type == "response" else None
        self._split = _Split() if http and self._stated else None
        self._own: dict[str, _Hash] = {
            digest.algorithm: new_hash(digest.algorithm) for _, digest in self._stated if digest.known
        }
        self._hashes = self._own
        if self._reader is not None and "sha256" in self._own:  # which the reader takes anyway
            self._hashes = {**self._own, "sha256": self._reader.entity_hash}
            del self._own["sha256"]
        self._behind_head = self._hashes  # one and the same while the entity is all that follows the head

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the block."""
        if (reader := self._reader) is not None:
            self._take(lambda: reader.feed(data), data)
        else:
            _update(self._own, data if self._split is None else self._split.behind(data))

    def close(self) -> tuple[Oddity, ...]:
        """The block is over: return what is wrong with the stated payload digests, as (problem name, detail).

        A digest of the body as it was transferred, chunk marks included, is what several tools write: `payload-raw`.
        """
        if (reader := self._reader) is not None:
            self._take(lambda: self._end(reader), b"")
        if self._elsewhere:
            return ()
        return tuple(found for text, digest in self._stated if (found := self._judge(text, digest)))

    def _end(self, reader: ResponseReader) -> Sequence[Piece]:
        self.message = reader.close(clean=True)
        return reader.late

    def _take(self, read: Callable[[], Sequence[Piece]], data: bytes) -> None:
        """Hash the pieces of the entity that `read` finds in `data`, and what of that lies behind the head."""
        before = self._behind_head
        if before is self._hashes:
            before = {name: digest.copy() for name, digest in before.items()}
        pieces = read()
        for _, piece in pieces:
            _update(self._own, piece)
        behind = self._split.behind(data) if self._split is not None else b""
        if self._behind_head is not self._hashes or sum(len(piece) for _, piece in pieces) != len(behind):
            self._behind_head = before
            _update(before, behind)

    def _judge(self, text: str, stated: Digest) -> Oddity | None:
        if not stated.known:
            return ("digest-unknown", f"WARC-Payload-Digest: {shown(text)}")
        if stated.value is None:
            return ("digest-value", f"WARC-Payload-Digest: {shown(text)}")
        actual = self._hashes[stated.algorithm]
        if actual.digest() == stated.value:
            return None
        if self._behind_head[stated.algorithm].digest() == stated.value:
            return ("payload-raw", f"WARC-Payload-Digest: {shown(text)}")
        return (
            "payload-digest",
            f"{shown(text)} is written there, {stated.algorithm}:{actual.hexdigest()} was computed",
        )


class _Split:
    """Finds where the first head of an HTTP message ends, across pieces of any size."""

    def __init__(self) -> None:
        self._tail = b""
        self._found = False

    def behind(self, data: bytes) -> bytes:
        """Return what of `data` lies behind the empty line."""
        if self._found:
            return data
        seen = self._tail + data
        ends = [at + len(mark) for mark in (b"\n\r\n", b"\n\n") if (at := seen.find(mark)) >= 0]
        if not ends:
            self._tail = seen[-2:]
            return b""
        self._found = True
        return seen[min(ends) :]


def _update(hashes: "dict[str, _Hash]", data: bytes) -> None:
    for digest in hashes.values():
        digest.update(data)
