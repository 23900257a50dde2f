"""Answers a browser from the WARC of one item, and from nothing else."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from archiver.browser.values import Asked, Line
from archiver.errors import CaseError
from archiver.http.parse import entity_pieces
from archiver.replay.choose import Answer, Chooser, Missing
from archiver.replay.index import Index, Stored
from archiver.replay.pages import absent, brief
from archiver.replay.talk import accepted, said_again, told
from archiver.runtime import Clock
from archiver.warc.read import read_block

MAX_TOLD: Final = 1000  # requests that are told of one by one: those that had no answer, and those that had one alike
MAX_URL: Final = 2000  # characters of an address that are told

_STATUS_LINE = re.compile(rb"HTTP/1\.1 [^\n]*\n")  # as it is put together where a browser spoke for itself
_IN_CHUNKS = b"Transfer-Encoding: chunked\r\n"
_OURS = frozenset({b"content-length", b"content-range", b"transfer-encoding", b"connection", b"trailer"})


@dataclass(frozen=True, slots=True)
class Gap:
    """A request without an answer in the item, and the nearest address that it has; or one that got an answer alike."""

    method: str
    url: str
    why: str
    nearest: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What was asked so far, by how it was answered; of `gaps` and `alike` the first `MAX_TOLD`.

    `broken` counts answers whose record could not be read to the end.
    """

    asked: int
    same: int
    part: int
    head: int
    alike: int
    missing: int
    broken: int
    gaps: tuple[Gap, ...]
    loosely: tuple[Gap, ...]


class Player:
    """An `archiver.browser.values.Answerer` for the gate: any number of threads may call it; nothing raises."""

    def __init__(self, index: Index, clock: Clock) -> None:
        self._index = index
        self._clock = clock
        self._sizes: dict[int, int] = {}
        self._chooser = Chooser(index, self._size_of)
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._gaps: list[Gap] = []
        self._loosely: list[Gap] = []
        self._busy = 0
        self._moved = clock.monotonic()

    def __call__(self, asked: Asked, line: Line) -> None:
        """Answer one request."""
        waits = not asked.upgrade  # what is said over a WebSocket may go on for ever
        with self._lock:
            self._busy += waits
        try:
            self._answer(asked, line)
        except CaseError:
            self._count("broken")
        finally:
            with self._lock:
                self._busy -= waits
                self._moved = self._clock.monotonic()

    def quiet_for(self) -> float:
        """Return for how many seconds nothing was asked or answered."""
        with self._lock:
            return 0.0 if self._busy else self._clock.monotonic() - self._moved

    def heard(self) -> Heard:
        """Return what was asked so far."""
        with self._lock:
            names = ("same", "part", "head", "alike", "missing", "broken")
            same, part, head, alike, missing, broken = (self._counts[name] for name in names)
            asked = same + part + head + alike + missing
            return Heard(asked, same, part, head, alike, missing, broken, tuple(self._gaps), tuple(self._loosely))

    def _answer(self, asked: Asked, line: Line) -> None:
        found = self._chooser.choose(asked)
        if isinstance(found, Missing):
            self._count("missing")
            self._tell(self._gaps, asked, found.why, found.nearest)
            self._turn_away(asked, found, line)
            return
        self._count(found.how)
        if found.how == "alike":
            self._tell(self._loosely, asked, "alike", found.stored.url)
        if asked.upgrade:
            self._talk(asked, found.stored, line)
        elif found.how == "head":
            _send(line, self._from(found.stored, found.stored.start, found.stored.body - found.stored.start))
        elif found.how == "part":
            line.send(_part_head(found))
            _send(line, self._piece(found))
        else:
            _send(line, self._as_it_came(found.stored))

    def _as_it_came(self, stored: Stored) -> Iterator[bytes]:
        """Yield the answer; one without a length that broke off in HTTP/2 goes out in chunks, without the last one.

        The browser saw it break; else nothing would tell it so now, and it would show as a whole what nobody saw so.
        """
        head = b""
        if stored.fidelity and stored.truncated == "disconnect" and stored.extent.framing == "close":
            head = b"".join(self._from(stored, stored.start, stored.body - stored.start))
        line = _STATUS_LINE.match(head)
        if line is None:
            yield from self._from(stored, stored.start, stored.body - stored.start + stored.held)
            return
        yield line[0] + _IN_CHUNKS + head[line.end() :]
        for piece in self._from(stored, stored.body, stored.held):
            yield b"%x\r\n%s\r\n" % (len(piece), piece)

    def _talk(self, asked: Asked, stored: Stored, line: Line) -> None:
        record = self._index.talks.get(stored.record.id if stored.record else "")
        line.send(accepted(b"".join(self._from(stored, stored.start, stored.body - stored.start)), asked))
        pieces = read_block(self._index.warc, record.offset, record.length) if record is not None else iter(())
        said_again(told(pieces), line, self._clock)

    def _turn_away(self, asked: Asked, found: Missing, line: Line) -> None:
        if asked.upgrade or (found.why == "no-answer" and asked.value("sec-fetch-dest") != b"document"):
            return  # what nobody answered then is not answered now, either
        page = asked.value("sec-fetch-dest") in {b"document", b"iframe", b"frame", b"embed", b"object"}
        line.send((absent if page else brief)(asked, found, self._index.item))

    def _from(self, stored: Stored, start: int, size: int) -> Iterator[bytes]:
        """Yield `size` bytes of the block, from `start` on."""
        if stored.record is None:
            return
        yield from _cut(read_block(self._index.warc, stored.record.offset, stored.record.length), start, size)

    def _body(self, stored: Stored) -> Iterator[bytes]:
        """Yield the body, out of its chunks."""
        if stored.extent.framing != "chunked":
            return self._from(stored, stored.body, stored.held)
        return entity_pieces(self._from(stored, stored.start, stored.size - stored.start), stored.method)

    def _piece(self, found: Answer) -> Iterator[bytes]:
        if not found.ranged:
            return self._body(found.stored)
        last = found.last if found.last is not None else found.first
        return _cut(self._body(found.stored), found.first - found.shift, last + 1 - found.first)

    def _size_of(self, stored: Stored) -> int:
        if stored.number not in self._sizes:
            try:
                self._sizes[stored.number] = sum(map(len, self._body(stored)))
            except CaseError:
                self._sizes[stored.number] = 0
        return self._sizes[stored.number]

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
            self._moved = self._clock.monotonic()

    def _tell(self, where: list[Gap], asked: Asked, why: str, nearest: str) -> None:
        with self._lock:
            if len(where) < MAX_TOLD:
                where.append(Gap(asked.method[:40], asked.url[:MAX_URL], why, nearest[:MAX_URL]))


def _send(line: Line, pieces: Iterator[bytes]) -> None:
    for piece in pieces:
        if line.gone:
            return
        line.send(piece)


def _cut(pieces: Iterator[bytes], start: int, size: int) -> Iterator[bytes]:
    """Yield `size` bytes of what the pieces are together, from `start` on."""
    for piece in pieces:
        rest = piece[start : start + size]
        start = max(0, start - len(piece))
        size -= len(rest)
        if rest:
            yield rest
        if not size:
            return


def _part_head(found: Answer) -> bytes:
    """Return the head of a range, or of the whole that came as one range, with the headers that came then."""
    if found.ranged and found.last is not None:
        total = b"*" if found.total is None else b"%d" % found.total
        lines = [
            b"HTTP/1.1 206 Partial Content",
            b"Content-Range: bytes %d-%d/%s" % (found.first, found.last, total),
            b"Content-Length: %d" % (found.last + 1 - found.first),
        ]
    else:
        lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % (found.total or 0)]
    lines += [name + b": " + value for name, value in found.stored.headers if name.lower() not in _OURS]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])
