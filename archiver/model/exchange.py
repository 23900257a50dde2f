"""One request and what came of it, and the settings it was made under. All times are UTC."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from archiver.model.address import Address
from archiver.model.http import Anomaly, Message

Fidelity = Literal[
    "wire",  # the very bytes of the connection
    "reconstructed",  # a head put together from what the browser told, before a body as it came, codings and all
    "decoded",  # the same before a body that the browser had decoded
]
Truncation = Literal["length", "time", "disconnect", "unspecified"]  # WARC 1.1 §5.13
FailureKind = Literal[
    "refused",  # by the guard: nothing was sent
    "dns",  # the name has no address, or no answer came
    "connect",  # refused, unreachable, reset while connecting
    "tls",  # the handshake failed
    "tls_verify",  # the certificate was not accepted
    "proxy",  # the proxy refused, failed, or is down
    "no_answer",  # connected and asked, and not one byte came
    "timeout",  # a limit ran out before the first byte
    "interrupted",  # the user asked to stop before the first byte
    "unrecorded",  # asked by a browser that spoke for itself, and its record does not hold what came
]

NEUTRAL_USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much and how long at most, for one item. Sizes in bytes, times in seconds.

    `max_time` runs for the whole item, all hops; `idle` is the longest silence; `linger` the wait, after a complete
    answer, for bytes that should not be there and for the close.
    """

    max_bytes: int = 4 * 1024**3
    max_time: float = 900.0
    connect: float = 20.0
    idle: float = 60.0
    linger: float = 0.3
    max_redirects: int = 20


@dataclass(frozen=True, slots=True)
class ConnectTo:
    """Dial `to_host:to_port` for `host:port`; names and certificates stay those of `host`."""

    host: str
    port: int
    to_host: str
    to_port: int


@dataclass(frozen=True, slots=True)
class Route:
    """How targets are reached. Everything here is on the record, but for the credentials of the proxy.

    `allow` holds (host or address, port) pairs that the guard lets pass although they are not public. Of several
    `connect_to` for one host and port the first counts. `ca_pem` is the text of the extra trust anchors, None for
    the system's own.
    """

    allow: tuple[tuple[str, int], ...] = ()
    connect_to: tuple[ConnectTo, ...] = ()
    ca_pem: str | None = None
    insecure: bool = False
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Redaction:
    """A value of ours that the record does not show: where it stood, and how long it was in bytes.

    `commitment` is the SHA-256 of the opening in `private/`, or None where the value was not kept.
    """

    place: str  # e.g. "request header Cookie", "response byte 1024"
    length: int
    commitment: str | None = None


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """One answer to one question: `wire` is the message as received (RFC 1035), empty when no server was asked."""

    name: str
    kind: str  # A or AAAA
    rcode: str
    addresses: tuple[str, ...]
    source: Literal["dns", "hosts", "system"]
    wire: bytes = b""


@dataclass(frozen=True, slots=True)
class Tls:
    """What the handshake of this very socket showed. `chain` is DER, leaf first, as the server sent it.

    `verified` is None when verification was switched off; `problem` is the reason of a failed or skipped check.
    """

    version: str
    cipher: str  # IANA name
    alpn: str
    sni: str
    chain: tuple[bytes, ...]
    verified: bool | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Connection:
    """How the other end was reached; whatever was learnt before a failure is there."""

    dns: tuple[DnsAnswer, ...] = ()
    peer_ip: str = ""  # RFC 5952 form for IPv6; empty under a proxy, where it is not known
    peer_port: int = 0
    via: str = ""  # "connect-to" and "proxy …" without credentials
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no answer came. `detail` is for people: one sentence, lower case, without a full stop."""

    kind: FailureKind
    detail: str


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes kept while they arrived, in memory or in the file at `path`; `sha256` is of all `size` bytes."""

    size: int
    sha256: str
    data: bytes = b""
    path: Path | None = None

    def chunks(self, size: int = 1 << 20) -> Iterator[bytes]:
        """Yield the bytes in order, at most `size` at a time."""
        if self.path is None:
            for start in range(0, len(self.data), size):
                yield self.data[start : start + size]
            return
        with self.path.open("rb") as file:
            while chunk := file.read(size):
                yield chunk


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """Bytes that belong in `private/`, named by their SHA-256; never exported by default."""

    sha256: str
    blob: Blob


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, or why there is none.

    `request` is as sent but for the redactions, empty when nothing was sent; `response` is every byte that arrived, or
    None. A refusal, a failed name or handshake is an exchange with a `failure`: evidence, not an exception. `unmasked`
    is the message as it came where `response` was masked: for the next request, never for the record.
    """

    address: Address
    method: str
    started_at: datetime
    ended_at: datetime
    request: bytes = b""
    redactions: tuple[Redaction, ...] = ()
    connection: Connection = field(default_factory=Connection)
    response: Blob | None = None
    message: Message | None = None
    truncated: Truncation | None = None
    anomalies: tuple[Anomaly, ...] = ()
    failure: Failure | None = None
    private: tuple[PrivateFile, ...] = ()
    fidelity: Fidelity = "wire"  # less only where the browser spoke for itself (docs/spec/browser.md)
    role: str = ""  # what an adapter of a platform asked for it as (docs/spec/platforms.md)
    unmasked: Message | None = field(default=None, repr=False)
