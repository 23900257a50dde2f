"""The only door to the network: one request, one connection, every byte kept (docs/adr: wire transport and reader)."""

import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace

from archiver.capture.dial import Dialer, Trail
from archiver.capture.keep import Keeper, Spool, storage_error
from archiver.capture.masking import mask
from archiver.capture.pump import Ending, Pump
from archiver.capture.request import WireRequest
from archiver.capture.resolve import Resolver, SystemResolver
from archiver.capture.secrets import echoes
from archiver.capture.waiting import Failed, Patience, Stopped
from archiver.errors import StorageError
from archiver.http.decode import decoded
from archiver.http.parse import entity_pieces, read_message
from archiver.http.reader import ResponseReader
from archiver.model.exchange import Blob, Exchange, Failure, Limits, Route, Truncation
from archiver.model.http import Anomaly, Message
from archiver.runtime import Runtime

__all__ = ["Wire", "WireRequest"]


class Wire:
    """Makes exchanges along one route, within limits. Nothing is shared between two exchanges but trust anchors.

    `spool` gives a fresh path for each answer that is too large for memory, or that must be durable before it is looked
    into (docs/adr/0010). Raises `ConfigError` or `UsageError` when the route cannot be used.
    """

    def __init__(
        self, runtime: Runtime, route: Route, limits: Limits, *, spool: Spool, resolver: Resolver | None = None
    ) -> None:
        self._runtime = runtime
        self._limits = limits
        self._spool = spool
        self._dialer = Dialer(route, limits, resolver or SystemResolver())

    def exchange(
        self,
        request: WireRequest,
        *,
        deadline: float,
        stop: Callable[[], bool] = lambda: False,
        max_bytes: int | None = None,
        settle: bool = False,
    ) -> Exchange:
        """Send `request` on a connection of its own and return everything that came of it.

        `deadline` is monotonic time, `max_bytes` what is left of the limit on bytes (one byte at least); `stop` is
        asked at least twice a second. Refusals, failures and cut answers are values. `settle` asks for an answer that
        is durable whatever it holds, for whoever hands it to a parser that is not ours. Raises `StorageError` when the
        disk refuses the bytes, or when too many files are open here for one connection more; whatever else may end it
        leaves what had arrived in a file.
        """
        patience = Patience(self._runtime.clock, deadline, stop, self._runtime.waits)
        trail = Trail()
        started = self._runtime.clock.now()
        blank = Exchange(request.address, request.method, started, started)
        try:
            sock = self._dialer.open(request.address, patience, trail)
        except Failed as exc:
            return self._ended(blank, trail, Failure(exc.kind, exc.detail))
        except Stopped:
            return self._ended(blank, trail, Failure("interrupted", "stopped before anything was asked"))
        limits = self._limits if max_bytes is None else replace(self._limits, max_bytes=max(1, max_bytes))
        keeper = Keeper(self._spool, waits=self._runtime.waits)
        try:
            answer = _answer(sock, request, keeper, limits, patience, reset=trail.reset)
            exchange = _asked(self._ended(blank, trail, None), request, answer.ending.sent)
            if not answer.blob.size:
                return replace(exchange, failure=_silence(answer.ending))
            needles = echoes(request.secrets)
            if settle or needles or _coding(answer.message):
                answer = replace(answer, blob=keeper.settle())
            return self._understood(exchange, answer, needles)
        except StorageError:
            raise  # what the disk has taken is there, and it takes no more
        except BaseException:
            keeper.leave()
            raise
        finally:
            keeper.close()

    def _ended(self, blank: Exchange, trail: Trail, failure: Failure | None) -> Exchange:
        return replace(blank, ended_at=self._runtime.clock.now(), connection=trail.connection(), failure=failure)

    def _understood(self, exchange: Exchange, answer: "_Answer", needles: tuple[bytes, ...]) -> Exchange:
        try:
            return self._searched(exchange, answer, needles)
        except OSError as exc:  # the file behind the answer
            raise storage_error(exc) from exc

    def _searched(self, exchange: Exchange, answer: "_Answer", needles: tuple[bytes, ...]) -> Exchange:
        blob, message, method = answer.blob, answer.message, exchange.method
        names: list[str] = [answer.ending.unclean] if answer.ending.unclean else []
        if needles:
            masked = mask(blob, message, method, needles, self._runtime.ids.nonce(), self._spool)
            if masked is not None:
                redactions = exchange.redactions + masked.redactions
                exchange = replace(exchange, redactions=redactions, private=(masked.private,), unmasked=message)
                blob, message = masked.blob, answer.again(masked.blob, method)
                names.append("secret-echoed")
        names += _undone(blob, message, method)
        return replace(
            exchange,
            response=blob,
            message=message,
            truncated=answer.truncation(message),
            anomalies=message.anomalies + tuple(Anomaly(name) for name in names),
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    blob: Blob
    message: Message
    ending: Ending

    def again(self, blob: Blob, method: str) -> Message:
        clean, cut = self.ending.unclean is None, self.ending.cut is not None
        return read_message(blob.chunks(), method, clean=clean, cut=cut)

    def truncation(self, message: Message) -> Truncation | None:
        if self.ending.cut is not None:
            return self.ending.cut
        unproven = self.ending.unclean is not None and message.end != "complete"
        return "disconnect" if unproven or message.end == "cut" else None


def _answer(
    sock: socket.socket, request: WireRequest, keeper: Keeper, limits: Limits, patience: Patience, *, reset: bool
) -> _Answer:
    reader = ResponseReader(request.method)
    try:
        ending = Pump(sock, request.sent(), reader, keeper, limits, reset=reset).run(patience)
        blob = keeper.finish()
    finally:
        _hang_up(sock)
    return _Answer(blob, reader.close(clean=ending.unclean is None, cut=ending.cut is not None), ending)


def _asked(exchange: Exchange, request: WireRequest, sent: int) -> Exchange:
    """Return `exchange` with as much of the request as was handed to the network, but for the secrets."""
    if not sent:
        return exchange
    shown, redactions = request.recorded()
    unsent = len(request.sent()) - sent
    return replace(exchange, request=shown[: max(0, len(shown) - unsent)], redactions=redactions)


def _silence(ending: Ending) -> Failure:
    if ending.cut == "unspecified":
        return Failure("interrupted", "stopped before the first byte of an answer")
    if ending.cut is not None:
        return Failure("timeout", "no byte of an answer came in time")
    how = f": {ending.detail}" if ending.detail else ""
    return Failure("no_answer", f"the connection ended before the first byte of an answer{how}")


def _coding(message: Message) -> bytes:
    return b", ".join(message.values("content-encoding")) if message.entity_size else b""


def _undone(blob: Blob, message: Message, method: str) -> tuple[str, ...]:
    coding = _coding(message)
    return decoded(entity_pieces(blob.chunks(), method), coding).anomalies if coding else ()


def _hang_up(sock: socket.socket) -> None:
    if isinstance(sock, ssl.SSLSocket):
        with contextlib.suppress(OSError, ValueError):
            sock.unwrap()  # says goodbye as far as it goes without waiting
    sock.close()
