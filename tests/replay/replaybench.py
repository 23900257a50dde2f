"""Items for the replay tests: exchanges by hand, in a case of their own, and a line to a browser that is none."""

import io
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from verify_cases import Builder, blob

from archiver.browser.values import Asked, Headers
from archiver.custody.log import Event
from archiver.http.parse import read_message
from archiver.model.exchange import Exchange
from archiver.model.item import RecordEntry, Resource
from archiver.replay.index import Index, indexed
from archiver.replay.player import Player
from archiver.runtime import system_runtime
from archiver.warc.profile import product_uri

URL = "http://a.example/"


def answer(body: bytes, *fields: str, status: str = "200 OK") -> bytes:
    """An answer with a length."""
    lines = "".join(f"{each}\r\n" for each in fields)
    return f"HTTP/1.1 {status}\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*parts: bytes) -> bytes:
    """An answer in chunks."""
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(
        b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b"")
    )


def png(width: int = 4, height: int = 3, colour: str = "white", dots: tuple[tuple[int, int], ...] = ()) -> bytes:
    """A picture of one colour, with black dots."""
    image = Image.new("RGB", (width, height), colour)
    for dot in dots:
        image.putpixel(dot, (0, 0, 0))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@dataclass
class Way:
    """A line that keeps what is sent."""

    data: bytearray = field(default_factory=bytearray)
    gone: bool = False

    def send(self, data: bytes) -> None:
        self.data += data

    def let_go(self) -> None:
        self.gone = True

    def plain(self) -> socket.socket:
        raise AssertionError("no WebSocket here")

    @property
    def status(self) -> int:
        return int(bytes(self.data[9:12])) if self.data else 0

    @property
    def body(self) -> bytes:
        return bytes(self.data).partition(b"\r\n\r\n")[2]


class Kept:
    """A case in which items of one's own making are kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.case = Builder(folder)
        self.case.opened()

    def exchange(
        self, url: str, raw: bytes | None, method: str = "GET", headers: Headers = (), body: bytes = b"", **more: Any
    ) -> Exchange:
        made = self.case.exchange(url, raw, method=method, **more)
        if raw is None:
            return made
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        request = f"{method} {made.address.target} HTTP/1.1\r\nHost: {made.address.netloc}\r\n".encode()
        message = read_message([raw], method, cut="truncated" in more)
        return Exchange(
            **{
                **{name: getattr(made, name) for name in Exchange.__dataclass_fields__},
                "request": request + lines + b"\r\n" + body,
                "message": message,
                "anomalies": message.anomalies,
            }
        )

    def item(self, *exchanges: Exchange, resources: tuple[Resource, ...] = (), **more: Any) -> Event:
        return self.case.captured(
            self.case.requested(exchanges[0].address.submitted), *exchanges, resources=resources, **more
        )

    def picture(self, data: bytes, url: str = URL) -> Resource:
        return Resource("full-page", "image/png", self.case.tick(), blob(data), product_uri("full-page", url), 1)

    def index(self, *exchanges: Exchange, resources: tuple[Resource, ...] = ()) -> Index:
        outcome = self.item(*exchanges, resources=resources)
        return index_of(self.folder, outcome)


def index_of(folder: Path, outcome: Event) -> Index:
    records = [RecordEntry(**record) for record in outcome.data["records"]]
    return indexed(outcome.data["item"], folder / outcome.data["file"]["path"], records)


def asked(url: str = URL, method: str = "GET", body: bytes = b"", upgrade: bool = False, **headers: str) -> Asked:
    """A request; underscores of header names stand for hyphens."""
    lines = tuple((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    return Asked(method, url, lines, body, upgrade)


def player_of(index: Index) -> Player:
    return Player(index, system_runtime().clock)


def got(player: Player, request: Asked) -> Way:
    """What the player sends for a request."""
    way = Way()
    player(request, way)
    return way
