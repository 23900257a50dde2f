"""The only door to the network: one request, one connection, every byte kept (docs/adr: wire transport and reader)."""

import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace

from archiver.capture.dial import Dialer, Trail
from archiver.capture.masking import mask
from archiver.capture.overheard import overheard
from archiver.capture.pump import Ending, Pump
from archiver.capture.relay import Asking, LineRelay, Relay
from archiver.capture.request import WireRequest
from archiver.capture.resolve import Resolver, SystemResolver
from archiver.capture.secrets import echoes
from archiver.capture.tunnel import Tunnel
from archiver.capture.waiting import Failed, Patience, Stopped
from archiver.errors import StorageError
from archiver.http.decode import decoded
from archiver.http.parse import entity_pieces, read_message
from archiver.http.reader import ResponseReader
from archiver.keep import Keeper, Spool, storage_error
from archiver.model.exchange import Blob, Exchange, Failure, Limits, Route, Truncation
from archiver.model.http import Anomaly, Message
from archiver.model.websocket import Talk
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
        relay: Relay | None = None,
    ) -> Exchange:
        """Send `request` on a connection of its own and return everything that came of it.

        `deadline` is monotonic time, `max_bytes` what is left of the limit on bytes (one byte at least); `stop` is
        asked at least twice a second. Refusals, failures and cut answers are values. `settle` asks for an answer that
        is durable whatever it holds, for whoever hands it to a parser that is not ours. `relay` gets the answer as it
        comes, true to the byte, each piece after it was kept; what follows a complete answer is kept alone. Raises
        `StorageError` when the disk refuses the bytes, or when too many files are open here for one connection more;
        whatever else may end it leaves what had arrived in a file.
        """
        asking = Asking(stop, relay)
        patience = Patience(self._runtime.clock, deadline, asking, self._runtime.waits)
        return self._made(request, patience, max_bytes, relay, settle=settle, why=lambda: asking.why)[0]

    def tunnel(
        self,
        request: WireRequest,
        line: socket.socket,
        *,
        deadline: float,
        stop: Callable[[], bool] = lambda: False,
        max_bytes: int | None = None,
    ) -> tuple[Exchange, Talk | None]:
        """Ask for a WebSocket for whoever holds the other end of `line`; return the exchange and what was said then.

        After the answer 101 the head alone is the answer; it is handed to `line`, and then bytes pass both ways until
        either end closes, `stop` says so, the deadline comes, or `max_bytes` have passed in all. Any other answer is an
        exchange like every other, handed to `line` as it comes, and None. `line` speaks plainly, without TLS, and is
        not closed. Echoes of secrets are masked in what both sides said, too; `line` got the true bytes.

        The rest is as in `exchange`.
        """
        clock = self._runtime.clock
        patience = Patience(clock, deadline, stop, self._runtime.waits)
        relay = LineRelay(line, lambda: stop() or clock.monotonic() >= deadline)
        return self._made(request, patience, max_bytes, relay, line=line)

    def _made(
        self,
        request: WireRequest,
        patience: Patience,
        max_bytes: int | None,
        relay: Relay | None,
        *,
        settle: bool = False,
        why: Callable[[], Truncation] = lambda: "unspecified",
        line: socket.socket | None = None,
    ) -> tuple[Exchange, Talk | None]:
        trail = Trail()
        started = self._runtime.clock.now()
        blank = Exchange(request.address, request.method, started, started)
        try:
            sock = self._dialer.open(request.address, patience, trail)
        except Failed as exc:
            return self._ended(blank, trail, Failure(exc.kind, exc.detail)), None
        except Stopped:
            return self._ended(blank, trail, Failure("interrupted", "stopped before anything was asked")), None
        limits = self._limits if max_bytes is None else replace(self._limits, max_bytes=max(1, max_bytes))
        keeper = Keeper(self._spool, waits=self._runtime.waits)
        try:
            call = _Call(sock, request, keeper, limits, patience, relay, line, self._spool)
            answer = call.answer(reset=trail.reset, why=why, settle=bool(request.secrets))
            exchange = _asked(self._ended(blank, trail, None), request, answer.ending.sent)
            if not answer.blob.size:
                return replace(exchange, failure=_silence(answer.ending)), None
            needles = echoes(request.secrets)
            if settle or needles or _coding(answer.message):
                answer = replace(answer, blob=keeper.settle())
            exchange = self._understood(exchange, answer, needles)
            if call.talk is None or not needles:
                return exchange, call.talk
            return overheard(exchange, call.talk, needles, self._runtime.ids, self._spool)
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
    upgrade: bool = False

    def again(self, blob: Blob, method: str) -> Message:
        clean, cut = self.ending.unclean is None, self.ending.cut is not None
        return read_message(blob.chunks(), method, clean=clean, cut=cut, upgrade=self.upgrade)

    def truncation(self, message: Message) -> Truncation | None:
        if self.ending.cut is not None:
            return self.ending.cut
        unproven = self.ending.unclean is not None and message.end != "complete"
        return "disconnect" if unproven or message.end == "cut" else None


@dataclass(slots=True)
class _Call:
    """One connection, from the request to the end; `talk` is there after it went over to another protocol."""

    sock: socket.socket
    request: WireRequest
    keeper: Keeper
    limits: Limits
    patience: Patience
    relay: Relay | None
    line: socket.socket | None
    spool: Spool
    talk: Talk | None = None

    def answer(self, *, reset: bool, why: Callable[[], Truncation], settle: bool) -> _Answer:
        upgrade = self.line is not None and self.request.upgrade
        reader = ResponseReader(self.request.method, upgrade=upgrade)
        pump = Pump(self.sock, self.request.sent(), reader, self.keeper, self.limits, reset=reset, relay=self.relay)
        try:
            ending = pump.run(self.patience)
            if ending.cut == "unspecified":
                ending = replace(ending, cut=why())
            blob = self.keeper.finish()
            if self.line is not None and reader.switched:
                tunnel = Tunnel(self.sock, self.line, self.spool, self.limits, self.patience, held=blob.size)
                self.talk = tunnel.run(pump.after, settle=settle)
        finally:
            _hang_up(self.sock)
        if self.talk is not None:
            return _Answer(blob, read_message(blob.chunks(), self.request.method, upgrade=True), ending, upgrade)
        return _Answer(blob, reader.close(clean=ending.unclean is None, cut=ending.cut is not None), ending, upgrade)


def _asked(exchange: Exchange, request: WireRequest, sent: int) -> Exchange:
    """Return `exchange` with as much of the request as was handed to the network, but for the secrets."""
    if not sent:
        return exchange
    shown, redactions = request.recorded()
    unsent = len(request.sent()) - sent
    return replace(exchange, request=shown[: max(0, len(shown) - unsent)], redactions=redactions)


def _silence(ending: Ending) -> Failure:
    if ending.cut == "time":
        return Failure("timeout", "no byte of an answer came in time")
    if ending.cut is not None:
        return Failure("interrupted", "stopped before the first byte of an answer")
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
