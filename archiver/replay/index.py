"""What of an item can be shown again: its exchanges, from the WARC, by what was asked."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from archiver.browser.values import Headers
from archiver.canon import Json
from archiver.errors import CaseError, UsageError
from archiver.http.framing import Extent, body_extent
from archiver.http.head import Notes, head_end, head_start, read_head
from archiver.http.reader import MAX_HEAD, MAX_INTERIM
from archiver.model.address import Address
from archiver.model.item import RecordEntry
from archiver.warc.head import Head, unbracketed
from archiver.warc.profile import product_of
from archiver.warc.read import head_of, read_block

MAX_COMPARED: Final = 65_536  # bytes of a request body that are looked into, where it is not the very same
MAX_FACTS: Final = 4 * 1024**2  # bytes of a metadata record that are read
MAX_HELD: Final = 256 * 1024**2  # bytes of headers and bodies of requests that are held in all

_EACH: Final = 150  # bytes that a header takes beyond its own

_EXCHANGE = re.compile(r":exchange-[0-9]{1,9}$")
_TALK = re.compile(r":websocket-[0-9]{1,9}$")


@dataclass(frozen=True, slots=True)
class Sent:
    """The body of a request: its size and SHA-256, and the bytes themselves up to `MAX_COMPARED`, else none."""

    size: int
    sha256: str
    data: bytes = b""

    @classmethod
    def of(cls, data: bytes) -> "Sent":
        """Return what is compared of the body `data`."""
        return cls(len(data), hashlib.sha256(data).hexdigest(), data if len(data) <= MAX_COMPARED else b"")


NOTHING_SENT: Final = Sent.of(b"")
NO_BODY: Final = Extent("none")


@dataclass(frozen=True, slots=True)
class Stored:
    """One exchange of the item, in the order of the record from 1.

    `asked` and `sent` are headers and body of the request, `headers` those of the answer. In the block of its record
    the answer begins at byte `start`, behind interim ones, and its body at `body`; the block has `size` bytes.
    `truncated` says why the record ends early, "" where it does not, `fidelity` what it is where it is not the bytes of
    the connection. Without a `record` nobody answered, and `failure`
    says why.
    """

    number: int
    method: str
    url: str
    asked: Headers = ()
    sent: Sent = NOTHING_SENT
    when: str = ""
    status: int = 0
    headers: Headers = ()
    start: int = 0
    body: int = 0
    size: int = 0
    extent: Extent = NO_BODY
    truncated: str = ""
    fidelity: str = ""
    record: RecordEntry | None = None
    failure: str = ""

    def value(self, name: bytes) -> bytes:
        """Return the value of the first header of the answer of this name (lower case), b"" for none."""
        return next((value for key, value in self.headers if key.lower() == name), b"")

    @property
    def held(self) -> int:
        """How many bytes of its body are there, chunk lines included where it came in chunks."""
        there = self.size - self.body if self.extent.framing != "none" else 0
        return min(there, self.extent.length) if self.extent.framing == "length" else there

    @property
    def whole(self) -> bool:
        """Whether nothing says that a part is missing."""
        cut = self.extent.framing == "length" and self.held < self.extent.length
        return self.record is not None and not self.truncated and not cut


@dataclass(frozen=True, slots=True)
class Index:
    """The exchanges of one item. `products` are the records of what a browser made, by their part ("full-page", …).

    `talks` are those of what was said over a WebSocket, by the id of the answer that it began with. `unread` counts
    records that could not be read.
    """

    item: int
    warc: Path
    exchanges: tuple[Stored, ...]
    products: dict[str, RecordEntry]
    talks: dict[str, RecordEntry]
    unread: int = 0


def indexed(item: int, warc: Path, records: Iterable[RecordEntry]) -> Index:
    """Return what the `records` of the file `warc` hold; a record that cannot be read is left out, and counted.

    Bodies stay where they are. Raises `CaseError` where the file itself cannot be opened.
    """
    reading = _Reading(warc)
    for record in records:
        reading.take(record)
    if reading.unread and not reading.any:
        head_of(warc, 0, 1)  # raises where there is no such file
    return Index(item, warc, tuple(reading.exchanges()), reading.products, reading.talks, reading.unread)


def same_address(url: str) -> str:
    """Return `url` as requests are compared by: the host in its ASCII form, no default port, no fragment.

    That of a WebSocket is the one that it began at, by http.
    """
    if url[:3].lower() in {"ws:", "wss"}:
        url = "http" + url[2:]
    try:
        return Address.parse(url).url
    except UsageError:
        return url.partition("#")[0]


class _Reading:
    """The records one after another; an exchange is its answer, its request and what is known besides."""

    def __init__(self, warc: Path) -> None:
        self._warc = warc
        self._found: dict[str, Stored] = {}  # by the id of the answer, without one by that of the request
        self._requests: dict[str, tuple[str, Headers, Sent]] = {}
        self.products: dict[str, RecordEntry] = {}
        self.talks: dict[str, RecordEntry] = {}
        self.unread = 0
        self.any = False
        self._held = 0

    def take(self, record: RecordEntry) -> None:
        try:
            if self._held > MAX_HELD and record.type in {"response", "request"}:
                self.unread += 1
                return
            head = head_of(self._warc, record.offset, record.length)
            if record.type == "response":
                self._found[record.id] = stored = self._answer(head, record)
                self._held += _size(stored.headers)
            elif record.type == "request":
                asked = _request(self._block(record))
                self._held += _size(asked[1]) + len(asked[2].data)
                for other in (record.id, *map(unbracketed, head.values("WARC-Concurrent-To"))):
                    self._requests[other] = asked
            elif record.type == "metadata":
                self._facts(head, record)
            elif record.type == "resource":
                self._resource(head, record)
            self.any = True
        except CaseError:
            self.unread += 1

    def exchanges(self) -> Iterator[Stored]:
        """Yield what was found, in the order of the record."""
        for number, (key, stored) in enumerate(self._found.items(), 1):
            method, asked, sent = self._requests.get(key, (stored.method, (), NOTHING_SENT))
            extent = NO_BODY if method == "HEAD" else stored.extent
            yield replace(stored, number=number, method=method, asked=asked, sent=sent, extent=extent)

    def _block(self, record: RecordEntry) -> Iterator[bytes]:
        return read_block(self._warc, record.offset, record.length)

    def _answer(self, head: Head, record: RecordEntry) -> Stored:
        data, start = bytearray(), 0
        for piece in self._block(record):
            data += piece
            if (found := _final_head(data)) is not None or len(data) > MAX_HEAD:
                break
        else:
            found = _final_head(data, ended=True)
        start, end = found or (0, 0)
        notes = Notes()
        answer = read_head(bytes(data[start:end]), start, notes) if end else None
        return Stored(
            0,
            "GET",
            same_address(head.uri),
            when=head.value("WARC-Date"),
            status=(answer.status or 0) if answer else 0,
            headers=answer.headers if answer else (),
            start=start,
            body=end,
            size=head.content_length or 0,
            extent=body_extent("GET", answer, end, notes) if answer else Extent("http09"),
            truncated=head.value("WARC-Truncated"),
            fidelity=head.value("Archiver-Fidelity"),
            record=record,
        )

    def _resource(self, head: Head, record: RecordEntry) -> None:
        if part := product_of(head.uri):
            self.products.setdefault(part, record)
        elif _TALK.search(head.uri):
            self.talks.setdefault(unbracketed(head.value("WARC-Concurrent-To")), record)

    def _facts(self, head: Head, record: RecordEntry) -> None:
        """Take in an exchange that has no answer, and why; of all others the records of the answer tell more."""
        others = tuple(map(unbracketed, head.values("WARC-Concurrent-To")))
        if not _EXCHANGE.search(head.uri) or any(other in self._found for other in others):
            return
        facts = _facts_in(self._block(record))
        failure = facts.get("failure")
        url, method = facts.get("url"), facts.get("method")
        if not isinstance(url, str) or not isinstance(method, str) or not isinstance(failure, dict):
            return
        why = str(failure.get("detail") or failure.get("kind"))
        key = others[0] if others else record.id
        self._found[key] = Stored(0, method, same_address(url), when=head.value("WARC-Date"), failure=why)


def _size(headers: Headers) -> int:
    return sum(len(name) + len(value) + _EACH for name, value in headers)


def _final_head(data: bytearray, *, ended: bool = False) -> tuple[int, int] | None:
    """Return where the last head in `data` begins and ends, interim ones passed by; (0, 0) where there is none.

    None while it has not come; when the data `ended`, all that is left is head.
    """
    at = 0
    for _ in range(MAX_INTERIM):
        start = head_start(data[at : at + 16])
        if start is None or start < 0:
            return (0, 0) if start is not None or ended else None
        end, _ = head_end(data, at + start)
        if end < 0:
            return (at, len(data)) if ended else None
        status = read_head(bytes(data[at + start : end]), at, Notes()).status
        if status is None or not 100 <= status <= 199 or status == 101:
            return at, end
        at = end
    return at, len(data)


def _request(pieces: Iterable[bytes]) -> tuple[str, Headers, Sent]:
    """Return method, headers and body of a request as this program writes them."""
    data, body, sent, size, begin = bytearray(), bytearray(), hashlib.sha256(), 0, -1
    for piece in pieces:
        if begin < 0:
            data += piece
            begin = data.find(b"\r\n\r\n")
            if begin < 0 and len(data) <= MAX_HEAD:
                continue
            begin = len(data) if begin < 0 else begin + 4
            piece = bytes(data[begin:])
        sent.update(piece)
        size += len(piece)
        body += piece[: MAX_COMPARED + 1 - len(body)]
    if begin < 0:
        begin = len(data)
    line, *lines = bytes(data[:begin]).split(b"\r\n")
    headers = tuple(
        (name, value.strip(b" ")) for name, colon, value in (each.partition(b":") for each in lines) if colon
    )
    method = line.partition(b" ")[0].decode("latin-1")
    return method, headers, Sent(size, sent.hexdigest(), bytes(body) if size <= MAX_COMPARED else b"")


def _facts_in(pieces: Iterable[bytes]) -> dict[str, Json]:
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > MAX_FACTS:
            return {}
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
