"""What was said over a WebSocket, as lines that can be read and that give back its very octets.

Schema `archiver-websocket/1`: docs/spec/websocket.md.
"""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import repeat
from typing import Final

from archiver.canon import Json, dumps
from archiver.http.websocket import FrameReader, Part
from archiver.keep import Keeper, Spool, storage_error
from archiver.model.exchange import Blob
from archiver.model.websocket import By, Talk

SCHEMA: Final = "archiver-websocket/1"
MEDIA_TYPE: Final = "application/jsonl"
MAX_FRAMES: Final = 100_000  # of one side that have a line each; two bytes on the wire are 150 in a line


def talk_part(number: int) -> str:
    """Return the part under which the document of exchange `number`, counted from 1, is kept."""
    return f"websocket-{number:06d}"


def talk_document(talk: Talk) -> Iterator[bytes]:
    """Yield the lines of the document: one for each frame, in the order in which they were complete, and the last.

    A line is canonical JSON and an LF. The octets of `wire` of all lines of one side, joined, are what it said. Raises
    `OSError` where a file behind `talk` cannot be read.
    """
    sides = {by: _Side(by, blob) for by, blob in _sides(talk)}
    last = dict.fromkeys(sides, talk.ended_at)
    for piece in talk.pieces:
        last[piece.by] = piece.at
        yield from map(_line, repeat(piece.by), sides[piece.by].frames(piece.size), repeat(piece.at))
    for by, side in sides.items():
        yield from map(_line, repeat(by), side.reader.close(), repeat(last[by]))
    ended: dict[str, Json] = {
        "schema": SCHEMA,
        "at": _time(talk.ended_at),
        "ended": talk.end,
        "octets": {by: blob.size for by, blob in _sides(talk)},
        "sha256": {by: blob.sha256 for by, blob in _sides(talk)},
        "torn": [by for by, side in sides.items() if side.reader.torn],
    }
    yield dumps(ended) + b"\n"


def kept_talk(talk: Talk, spool: Spool) -> Blob:
    """Return the document of `talk`, durable; then the files behind `talk` are removed. Raises `StorageError`."""
    keeper = Keeper(spool)
    try:
        for line in talk_document(talk):
            keeper.write(line)
        blob = keeper.settle()
        for _, side in _sides(talk):
            if side.path is not None:
                side.path.unlink()
    except OSError as exc:
        raise storage_error(exc) from exc
    finally:
        keeper.close()
    return blob


class _Side:
    """What one side said, read in step with the pieces in which it came."""

    def __init__(self, by: By, blob: Blob) -> None:
        self.reader = FrameReader(browser=by == "browser", most=MAX_FRAMES)
        self._chunks = blob.chunks(1 << 16)
        self._rest = b""

    def frames(self, size: int) -> Iterator[Part]:
        while size:
            self._rest = self._rest or next(self._chunks)
            data, self._rest = self._rest[:size], self._rest[size:]
            size -= len(data)
            yield from self.reader.feed(data)


def _sides(talk: Talk) -> tuple[tuple[By, Blob], tuple[By, Blob]]:
    return ("browser", talk.browser), ("server", talk.server)


def _line(by: By, part: Part, at: datetime) -> bytes:
    line: dict[str, Json] = {
        "at": _time(at),
        "by": by,
        "opcode": part.opcode,
        "fin": part.fin,
        "size": part.size,
        "wire": b64encode(part.wire).decode("ascii"),
    }
    if part.start:
        line["from"] = part.start
    if part.odd:
        line["odd"] = list(part.odd)
    if (text := part.text) is not None:
        line["text"] = text
    return dumps(line) + b"\n"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
