"""What passes between the browser, the gate in front of it, and whoever answers."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from archiver.canon import Json
from archiver.model.exchange import Blob

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of the browser. `url` is absolute: scheme, host and port are those of its tunnel or request line.

    `headers` are as it sent them, in order, without those that were meant for the gate alone. With `upgrade` it asks
    for a WebSocket (RFC 6455 §4.1).
    """

    method: str
    url: str
    headers: Headers
    body: bytes = field(default=b"", repr=False)
    upgrade: bool = False

    def value(self, name: str) -> bytes:
        """Return the value of the first header of this name, b"" for none."""
        return next((value for key, value in self.headers if key.lower() == name.lower().encode("ascii")), b"")


class Line(Protocol):
    """The way back to the browser for the answer to one request."""

    def send(self, data: bytes) -> None:
        """Hand `data` to the browser; nothing raises. What comes after it has hung up, or was let go, goes nowhere.

        A browser that takes nothing is waited for, but never for ever: `let_go` ends that.
        """
        ...

    @property
    def gone(self) -> bool:
        """Whether the browser has hung up, or was let go."""
        ...

    def let_go(self) -> None:
        """Hand the browser nothing more: any thread may call it."""
        ...

    def plain(self) -> socket.socket:
        """Return a socket that stands for the browser's end of a WebSocket: plain bytes both ways, without TLS."""
        ...


Answerer = Callable[[Asked, Line], None]
"""Answers one request, on a thread of its own. An answer without a byte is a connection that was closed."""


@dataclass(frozen=True, slots=True)
class Product:
    """Something that the browser made of a page. `part` is its name ("view", "full-page", …: docs/spec/browser.md)."""

    part: str
    media_type: str
    created_at: datetime
    blob: Blob


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of showing a page.

    `documents` are the addresses that the main frame asked for, in order, redirects included; `final_url` is where it
    ended, "" where nothing was shown. `short` says what could not be made or was cut, in fixed words
    (docs/spec/browser.md). `info` is what the product `page-info` says.
    """

    final_url: str = ""
    title: str = ""
    documents: tuple[str, ...] = ()
    products: tuple[Product, ...] = ()
    short: tuple[str, ...] = ()
    info: dict[str, Json] = field(default_factory=dict)
