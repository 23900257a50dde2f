"""The one exception to "answers are never altered": a secret of the user's that a server echoes is masked.

Every byte of an echo becomes `*`, in the same place, so sizes and framing stay. The whole answer is kept in an opening
for `private/`: a line of 32 random hexadecimal digits, LF, then the bytes as they arrived; its SHA-256 is the
commitment in each declared redaction. Echoes are looked for in the bytes as they arrived and in the entity across
chunk boundaries; in an entity with a content coding, which cannot be masked in part, one echo masks all of it, and so
does a copy too large to be searched to its end.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from archiver.http.decode import decoded
from archiver.http.reader import ResponseReader
from archiver.http.websocket import FrameReader, Part
from archiver.keep import Keeper, Spool
from archiver.model.exchange import Blob, PrivateFile, Redaction
from archiver.model.http import Message
from archiver.model.websocket import By

MAX_SPANS = 1000  # further echoes are masked as one span, whatever stands between them
BATCH = 1 << 18  # bytes searched at once

Span = tuple[int, int]
Piece = tuple[int, bytes]  # offset in the block, bytes


@dataclass(frozen=True, slots=True)
class Masked:
    """An answer after masking: what is recorded, what is kept privately, and the declaration."""

    blob: Blob
    private: PrivateFile
    redactions: tuple[Redaction, ...]


def mask(
    blob: Blob, message: Message, method: str, needles: tuple[bytes, ...], salt: str, spool: Spool
) -> Masked | None:
    """Return `blob` without the echoes of `needles`, or None when there is none.

    Both new copies are durable before a file behind `blob` is removed. Raises `StorageError`.
    """
    spans = _echoes(blob, message, method, needles)
    return _masked(blob, spans, _starred(blob.chunks(), spans), "response", salt, spool) if spans else None


def mask_talk(blob: Blob, by: By, needles: tuple[bytes, ...], salt: str, spool: Spool) -> Masked | None:
    """Return what one side said over a WebSocket without the echoes of `needles`, or None when there is none.

    They are looked for in the octets, and in the payloads of the frames, unmasked and joined. Where they stand in the
    payloads alone, each byte becomes what reads as `*` when it is unmasked. The rest is as in `mask`.
    """
    bare = _search(_offsets(blob.chunks()), needles)
    spans = _merged(bare + _search(_payloads(blob, by), needles))
    if not spans:
        return None
    if bare:  # some of it may be a masking key, which nothing that is shown may tell
        shown = _starred(blob.chunks(), spans)
    else:
        plain = _starred((part.plain() for part in _frames(blob, by)), spans)
        shown = (part.flipped(octets) for part, octets in zip(_frames(blob, by), plain, strict=True))
    return _masked(blob, spans, shown, f"websocket {by}", salt, spool)


def _masked(blob: Blob, spans: list[Span], chunks: Iterable[bytes], place: str, salt: str, spool: Spool) -> Masked:
    opening, shown = Keeper(spool), Keeper(spool)
    try:
        opening.write(salt.encode("ascii") + b"\n")
        for chunk in blob.chunks():
            opening.write(chunk)
        for chunk in chunks:
            shown.write(chunk)
        private, public = opening.settle(), shown.settle()
    finally:
        opening.close()
        shown.close()
    if blob.path is not None:
        blob.path.unlink()
    redactions = tuple(Redaction(f"{place} byte {start}", end - start, private.sha256) for start, end in spans)
    return Masked(public, PrivateFile(private.sha256, private), redactions)


def _echoes(blob: Blob, message: Message, method: str, needles: tuple[bytes, ...]) -> list[Span]:
    found = _search(_offsets(blob.chunks()), needles)
    if message.framing == "chunked":
        found += _search(_pieces(blob, method), needles)
    coding = b", ".join(message.values("content-encoding"))
    if coding and coding.lower() != b"identity" and message.entity_size:
        copy = decoded((piece for _, piece in _pieces(blob, method)), coding)
        if "coding-bounded" in copy.anomalies or any(needle in copy.data for needle in needles):
            found += [(at, at + len(piece)) for at, piece in _pieces(blob, method)]
    return _merged(found)


def _search(pieces: Iterable[Piece], needles: tuple[bytes, ...]) -> list[Span]:
    """Return where the needles stand in the bytes of `pieces` taken together, as spans of the block."""
    found: list[Span] = []
    overlap = max(map(len, needles)) - 1
    window: list[Piece] = []
    held = 0
    for piece in pieces:
        window.append(piece)
        held += len(piece[1])
        if held >= BATCH:
            found = _merged(found + _search_window(window, needles))  # an answer that is all echo stays a few spans
            window = _tail(window, overlap)
            held = sum(len(data) for _, data in window)
    return found + _search_window(window, needles)


def _search_window(window: list[Piece], needles: tuple[bytes, ...]) -> list[Span]:
    text = b"".join(data for _, data in window)
    starts = [0, *accumulate(len(data) for _, data in window)]
    found: list[Span] = []
    for needle in needles:
        at = text.find(needle)
        while at >= 0:
            found += _on_wire(window, starts, at, at + len(needle))
            at = text.find(needle, at + 1)
    return found


def _on_wire(window: list[Piece], starts: list[int], start: int, end: int) -> list[Span]:
    """Return where bytes `start` to `end` of the window stand; `starts` says where in it each of its pieces begins."""
    spans: list[Span] = []
    for number in range(bisect_right(starts, start) - 1, len(window)):
        at, (offset, data) = starts[number], window[number]
        if at >= end:
            break
        first, last = max(start, at), min(end, at + len(data))
        if first < last:
            spans.append((offset + first - at, offset + last - at))
    return spans


def _tail(window: list[Piece], size: int) -> list[Piece]:
    kept: list[Piece] = []
    for offset, data in reversed(window):
        if size <= 0:
            break
        cut = max(0, len(data) - size)
        kept.append((offset + cut, data[cut:]))
        size -= len(data)
    return kept[::-1]


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and (start <= merged[-1][1] or len(merged) >= MAX_SPANS):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _starred(chunks: Iterable[bytes], spans: list[Span]) -> Iterator[bytes]:
    at = 0
    todo = list(reversed(spans))
    for chunk in chunks:
        shown = bytearray(chunk)
        end = at + len(chunk)
        while todo and todo[-1][0] < end:
            first, last = max(todo[-1][0], at), min(todo[-1][1], end)
            shown[first - at : last - at] = b"*" * (last - first)
            if todo[-1][1] > end:
                break
            todo.pop()
        yield bytes(shown)
        at = end


def _offsets(chunks: Iterable[bytes]) -> Iterator[Piece]:
    at = 0
    for chunk in chunks:
        yield at, chunk
        at += len(chunk)


def _frames(blob: Blob, by: By) -> Iterator[Part]:
    reader = FrameReader(browser=by == "browser")
    for chunk in blob.chunks():
        yield from reader.feed(chunk)
    yield from reader.close()


def _payloads(blob: Blob, by: By) -> Iterator[Piece]:
    at = 0
    for part in _frames(blob, by):
        yield at + part.head, part.payload()
        at += len(part.wire)


def _pieces(blob: Blob, method: str) -> Iterator[Piece]:
    reader = ResponseReader(method)
    for chunk in blob.chunks():
        yield from reader.feed(chunk)
    reader.close(clean=True)
    yield from reader.late
