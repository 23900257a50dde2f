"""The payload of a record while its block passes: its digests, and what the answer was. One pass, bounded memory."""

from typing import TYPE_CHECKING

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
        algorithms = {digest.algorithm for _, digest in self._stated if digest.known}
        self._hashes: dict[str, _Hash] = {name: new_hash(name) for name in algorithms}
        self._behind_head: dict[str, _Hash] = {name: new_hash(name) for name in algorithms}
        http = head.value("Content-Type").lower().startswith("application/http")
        self._reader = ResponseReader() if http and head.type == "response" else None
        self._split = _Split() if http and head.type in {"response", "request"} and algorithms else None
        self._elsewhere = head.type == "revisit"

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the block."""
        if self._split is not None:
            _update(self._behind_head, self._split.behind(data))
        if self._reader is not None:
            for _, piece in self._reader.feed(data):
                _update(self._hashes, piece)
        elif self._split is None:
            _update(self._hashes, data)

    def close(self) -> tuple[Oddity, ...]:
        """The block is over: return what is wrong with the stated payload digests, as (problem name, detail).

        A digest of the body as it was transferred, chunk marks included, is what several tools write: `payload-raw`.
        """
        if self._reader is not None:
            self.message = self._reader.close(clean=True)
            for _, piece in self._reader.late:
                _update(self._hashes, piece)
        if self._elsewhere:
            return ()
        return tuple(found for text, digest in self._stated if (found := self._judge(text, digest)))

    def _judge(self, text: str, stated: Digest) -> Oddity | None:
        if not stated.known:
            return ("digest-unknown", f"WARC-Payload-Digest: {shown(text)}")
        if stated.value is None:
            return ("digest-value", f"WARC-Payload-Digest: {shown(text)}")
        raw = self._behind_head[stated.algorithm].digest() == stated.value and self._split is not None
        if raw and self._reader is None:
            return None
        actual = self._hashes[stated.algorithm]
        if actual.digest() == stated.value:
            return None
        if raw:
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
