"""Asking a time stamping authority over HTTP, along the route of the case (RFC 3161 §3.4)."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from archiver.capture.request import WireRequest, build_request
from archiver.capture.wire import Wire
from archiver.custody.stamp import SECONDS, Ask, StampFailed
from archiver.custody.token import MAX_ANSWER
from archiver.errors import ArchiverError
from archiver.http.decode import decoded
from archiver.http.parse import entity_pieces
from archiver.model.address import Address
from archiver.model.exchange import Blob, Failure, Limits, Route
from archiver.model.http import Message
from archiver.runtime import Runtime

HEAD: Final = 16 * 1024  # bytes of an answer beside the time stamp
LIMITS: Final = Limits(max_bytes=MAX_ANSWER + HEAD, max_time=SECONDS, connect=SECONDS, idle=SECONDS, max_redirects=0)

_HEADERS: Final = (
    ("Accept", "application/timestamp-reply"),
    ("Accept-Encoding", "identity"),
    ("Content-Type", "application/timestamp-query"),
)


def asking(route: Route, runtime: Runtime, limits: Limits = LIMITS) -> Ask:
    """Return what sends a request to an authority and gives its answer: one exchange along `route`, no redirects.

    The authority sees the request, the address of this machine (or of the proxy) and the time, under the same neutral
    headers as every web site. The answer is not yet looked into; its content type does not matter. Raises `ConfigError`
    or `UsageError` when the route cannot be used; what is returned raises `StampFailed` alone.
    """
    Wire(runtime, route, limits, spool=_places(Path()))  # a route that cannot be used is said before anybody is asked

    def ask(url: str, body: bytes) -> bytes:
        try:
            with tempfile.TemporaryDirectory(prefix="archiver-") as folder:
                return _answer(url, body, Wire(runtime, route, limits, spool=_places(Path(folder))), runtime, limits)
        except ArchiverError as exc:
            raise StampFailed(exc.message) from exc
        except OSError as exc:
            raise StampFailed(f"the answer could not be kept: {exc.strerror or type(exc).__name__}") from exc

    return ask


def _answer(url: str, body: bytes, wire: Wire, runtime: Runtime, limits: Limits) -> bytes:
    exchange = wire.exchange(_request(url, body, runtime), deadline=runtime.clock.monotonic() + limits.max_time)
    message, blob = exchange.message, exchange.response
    if message is None or blob is None:
        raise StampFailed(_silence(exchange.failure, limits))
    if message.status != 200:
        raise StampFailed(f"it answered with HTTP status {message.status if message.status is not None else 'none'}")
    if exchange.truncated == "time":
        raise StampFailed(f"no complete answer within {limits.max_time:g} seconds")
    if exchange.truncated == "length" or message.entity_size > MAX_ANSWER:
        raise StampFailed(f"its answer has more than {MAX_ANSWER} bytes")
    if exchange.truncated is not None or message.end == "cut":
        raise StampFailed("its answer was cut off")
    return _entity(blob, message, exchange.method)


def _silence(failure: Failure | None, limits: Limits) -> str:
    if failure is None or failure.kind == "timeout":
        return f"no answer within {limits.max_time:g} seconds"
    return failure.detail


def _request(url: str, body: bytes, runtime: Runtime) -> WireRequest:
    return build_request(Address.parse(url), now=runtime.clock.now(), headers=_HEADERS, method="POST", body=body)


def _entity(answer: Blob, message: Message, method: str) -> bytes:
    coding = b", ".join(message.values("content-encoding"))
    return decoded(entity_pieces(answer.chunks(), method), coding, max_output=MAX_ANSWER).data


def _places(folder: Path) -> Callable[[], Path]:
    counter = iter(range(1_000))
    return lambda: folder / f"answer-{next(counter)}"
