"""The server's side of a WebSocket (RFC 6455): the answer to the opening, and a talk of a few frames."""

import base64
import hashlib
import struct

from browser_site.messages import Answer, Asked, Talk, head

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def opened(asked: Asked) -> Answer:
    """Return the 101 that leads to the talk (§4.2.2)."""
    accept = base64.b64encode(hashlib.sha1(asked.value("Sec-WebSocket-Key").encode() + GUID).digest())  # noqa: S324
    fields = ("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Accept: {accept.decode()}")
    return Answer((head(asked, "101 Switching Protocols", *fields),), "close", talk)


def talk(way: Talk) -> None:
    """Greet, wait for what the page says, answer in each kind of frame, and close."""
    way.send(frame(TEXT, "Ведётся запись.".encode()))
    heard(way)  # what the page reads out
    heard(way)  # four bytes
    way.send(frame(TEXT, b"Nine names ", final=False) + frame(0, b"were read ", final=False))
    way.send(frame(PING, b"there?") + frame(0, b"out."))
    way.send(frame(BINARY, bytes(range(256)) * 20))
    heard(way)  # the answer to the ping
    heard(way)  # what the page says last
    way.send(frame(CLOSE, struct.pack(">H", 1000) + b"end"))
    heard(way)


def frame(opcode: int, data: bytes, *, final: bool = True) -> bytes:
    """Return one frame of a server, which is never masked (§5.1)."""
    first = opcode | (0x80 if final else 0)
    if len(data) < 126:
        return bytes((first, len(data))) + data
    return bytes((first, 126)) + struct.pack(">H", len(data)) + data


def heard(way: Talk) -> tuple[int, bytes]:
    """Return opcode and data of the next frame of the client."""
    first, second = way.receive(2)
    size = second & 0x7F
    if size == 126:
        size = int.from_bytes(way.receive(2), "big")
    elif size == 127:
        size = int.from_bytes(way.receive(8), "big")
    mask = way.receive(4) if second & 0x80 else bytes(4)
    data = way.receive(size)
    return first & 0x0F, bytes(octet ^ mask[place % 4] for place, octet in enumerate(data))
