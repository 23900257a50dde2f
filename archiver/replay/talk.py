"""What a server said over a WebSocket, said again (docs/spec/websocket.md, docs/spec/replay.md §4)."""

import hashlib
import json
import re
import socket
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from typing import Final

from archiver.browser.values import Asked, Line
from archiver.canon import Json
from archiver.http.websocket import FrameReader
from archiver.runtime import Clock

MAX_LINE: Final = 16 * 1024**2  # bytes of a line; one holds at most 1 MiB of a frame
PATIENCE: Final = 3.0  # seconds in which the browser may say what it said then, before the server goes on

_KEY_END: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 §1.3
_ACCEPT = re.compile(rb"(?im)^(sec-websocket-accept:)[^\r\n]*")
_CLOSE: Final = 8  # the opcode; those of data are lower
_LOOK: Final = 0.2  # seconds between two looks at whether anybody is there
_PIECE: Final = 16_384  # bytes that are said at a time


def accepted(head: bytes, asked: Asked) -> bytes:
    """Return the head of the answer 101, with the one value that has to fit the key in `asked` (RFC 6455 §4.2.2)."""
    proof = hashlib.sha1(asked.value("sec-websocket-key").strip() + _KEY_END, usedforsecurity=False).digest()
    return _ACCEPT.sub(rb"\1 " + b64encode(proof), head)


def told(pieces: Iterable[bytes]) -> Iterator[dict[str, Json]]:
    """Yield what the lines of a kept talk say; nothing more from the first on that cannot be read."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                return
            if not isinstance(said, dict):
                return
            yield said
        if len(rest) > MAX_LINE:
            return


def said_again(lines: Iterable[dict[str, Json]], line: Line, clock: Clock) -> None:
    """Say what the server said, in its order, each after what the browser had said by then; nothing raises.

    The connection stays until the browser ends it, unless the server ended it then.
    """
    with line.plain() as far:
        other = _Browser(far, line, clock)
        try:
            ended = ""
            for said in lines:
                ended = str(said.get("ended", ""))
                if said.get("by") == "server":
                    other.tell(_octets(said.get("wire")))
                elif said.get("by") == "browser" and "from" not in said:
                    other.wait(said.get("opcode"))
                if other.gone:
                    return
            while ended != "server" and not other.gone:
                other.hear()
        except (OSError, ValueError):  # it hung up; or what is kept is no Base64, and there is nothing more to say
            return


def _octets(wire: Json) -> bytes:
    if not isinstance(wire, str):
        raise ValueError("no octets")
    return b64decode(wire, validate=True)


class _Browser:
    """What the browser says now."""

    def __init__(self, far: socket.socket, line: Line, clock: Clock) -> None:
        far.settimeout(_LOOK)
        self._far, self._line, self._clock = far, line, clock
        self._reader = FrameReader(browser=True)
        self._data = self._waited = 0
        self._closing = False
        self.gone = False

    def wait(self, opcode: Json) -> None:
        """Wait for one more frame with data, a while; for the wish to close as long as it takes."""
        if opcode == _CLOSE:
            while not (self._closing or self.gone):
                self.hear()
        elif isinstance(opcode, int) and opcode < _CLOSE:
            self._waited += 1
            end = self._clock.monotonic() + PATIENCE
            while self._data < self._waited and not (self._closing or self.gone) and self._clock.monotonic() < end:
                self.hear()

    def tell(self, data: bytes) -> None:
        """Say `data` as fast as it is taken, however slow that is."""
        rest = memoryview(data)
        while rest and not self.gone:
            try:
                rest = rest[self._far.send(rest[:_PIECE]) :]
            except TimeoutError:
                self.gone = self._line.gone

    def hear(self) -> None:
        """Take what comes within a moment."""
        try:
            data = self._far.recv(65_536)
        except TimeoutError:
            self.gone = self._line.gone
            return
        self.gone = not data
        for part in self._reader.feed(data):
            self._data += part.start == 0 and part.opcode < _CLOSE
            self._closing = self._closing or part.opcode == _CLOSE
