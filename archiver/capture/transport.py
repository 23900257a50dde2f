"""The wire under httpx: for code that wants an HTTP client and must not bypass the record."""

from collections.abc import Callable, Iterator

import httpx

from archiver.capture.request import OURS, WireRequest
from archiver.capture.secrets import Secret, is_secret_header
from archiver.capture.wire import Wire
from archiver.http.parse import entity_pieces
from archiver.model.address import Address
from archiver.model.exchange import NEUTRAL_USER_AGENT, Exchange
from archiver.runtime import Clock


class NoAnswer(httpx.TransportError):
    """No byte of an answer came; `exchange` says why."""

    def __init__(self, exchange: Exchange, request: httpx.Request) -> None:
        super().__init__(exchange.failure.detail if exchange.failure else "no answer", request=request)
        self.exchange = exchange


class WireTransport(httpx.BaseTransport):
    """Sends each request through `wire`; the `Exchange` is in `response.extensions["exchange"]`.

    `request.extensions["target"]` may hold the `Address` to ask for, which httpx then cannot rewrite. Each request has
    `max_time` seconds. httpx's own name gives way to the neutral one; other headers are sent as they are. The
    response's stream is the entity with its content coding, which httpx undoes; the answer is durable before that.
    Use `handle_request` on hostile ground: `httpx.Client` refuses some answers and raises on them.
    """

    def __init__(self, wire: Wire, clock: Clock, max_time: float, stop: Callable[[], bool] = lambda: False) -> None:
        self._wire = wire
        self._clock = clock
        self._max_time = max_time
        self._stop = stop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to `request`.

        Raises `NoAnswer` when no byte came, `UsageError` for an address or a header that cannot be used, and
        `StorageError` when the disk refuses.
        """
        target = request.extensions.get("target")
        address = target if isinstance(target, Address) else Address.parse(str(request.url))
        headers = tuple(_neutral(n, v) for n, v in request.headers.raw if n.decode("latin-1").lower() not in OURS)
        secrets = tuple(Secret(name, value) for n, value in headers if is_secret_header(name := n.decode("latin-1")))
        wired = WireRequest(address, request.method, headers, request.read(), secrets)
        deadline = self._clock.monotonic() + self._max_time
        exchange = self._wire.exchange(wired, deadline=deadline, stop=self._stop, settle=True)
        message = exchange.message
        if message is None:
            raise NoAnswer(exchange, request)
        return httpx.Response(
            status_code=200 if message.status is None else message.status,
            headers=list(message.headers),
            stream=_Entity(exchange),
            extensions={"exchange": exchange, "http_version": message.version, "reason_phrase": message.reason},
        )


def _neutral(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name.lower() == b"user-agent" and value.startswith(b"python-httpx/"):
        return name, NEUTRAL_USER_AGENT.encode("ascii")
    return name, value


class _Entity(httpx.SyncByteStream):
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        blob = self._exchange.response
        if blob is not None:
            yield from entity_pieces(blob.chunks(), self._exchange.method)
