"""What an answer turned out to be: the values that the HTTP reader hands out."""

from dataclasses import dataclass
from typing import Literal

Framing = Literal["none", "length", "chunked", "close", "http09"]
End = Literal["complete", "close", "cut"]


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something odd about an exchange: a name from docs/spec/anomalies.md, and the byte offset in the block or None."""

    name: str
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One answer as understood from its bytes; the bytes themselves are never changed by this reading.

    `version`, `reason` and `headers` are slices of the head (names and values without the framing white space);
    `status` is None for HTTP/0.9 and for a status line without a number. `head_size` counts every byte before the body,
    interim answers included; `interim` holds their status codes. `body_size` counts the body bytes on the wire that
    belong to the message, `extra_size` the bytes that came after its end. `entity_size` and `entity_sha256` are of the
    body with transfer coding removed and content coding kept. `end` is `complete` when the framing says so, `close`
    when only the end of the connection says so, `cut` when bytes are known to be missing.
    """

    version: bytes
    status: int | None
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    head_size: int
    interim: tuple[int, ...]
    framing: Framing
    end: End
    body_size: int
    extra_size: int
    entity_size: int
    entity_sha256: str
    anomalies: tuple[Anomaly, ...]

    def values(self, name: str) -> tuple[bytes, ...]:
        """Return the values of every header called `name`, whatever its case, in order."""
        wanted = name.lower().encode("ascii")
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    def value(self, name: str) -> bytes | None:
        """Return the first value of header `name`, or None."""
        return next(iter(self.values(name)), None)

    @property
    def plain(self) -> bool:
        """Whether the entity is exactly what follows the head, so that every WARC tool agrees on the payload."""
        return self.framing in {"length", "close", "none"} and not self.interim and self.extra_size == 0
