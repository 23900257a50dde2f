"""What was said over one connection after it went over to WebSocket (RFC 6455): the octets of both sides, and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archiver.model.exchange import Blob

By = Literal["browser", "server"]
TalkEnd = Literal[
    "browser",  # the browser hung up
    "server",  # the server hung up
    "broken",  # the connection to the server was reset, or ended without the closing message of TLS
    "stopped",  # the wish to stop
    "time",  # the time was over
    "length",  # the limit on bytes or on pieces was reached
]


@dataclass(frozen=True, slots=True)
class Piece:
    """So many octets of one side that came at once, or nearly so; `at` is when the first of them came (UTC)."""

    by: By
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """What followed the answer 101, in both directions. `pieces` say in which order the octets of the two sides came.

    `ended_at` is UTC. The octets are those of the connection, but for echoes of secrets, which are masked.
    """

    browser: Blob
    server: Blob
    pieces: tuple[Piece, ...]
    end: TalkEnd
    ended_at: datetime
