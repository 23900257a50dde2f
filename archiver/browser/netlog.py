"""What a browser said and heard when it spoke for itself, from its own log of that (docs/spec/browser-direct.md)."""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from archiver.browser.netlog_asked import REQUEST_EVENTS, Requests
from archiver.browser.netlog_draft import Draft, Ledger
from archiver.browser.netlog_file import END, Event, Log
from archiver.browser.netlog_keep import Place, Store
from archiver.browser.netlog_socket import SOCKET_EVENTS, Connection
from archiver.errors import UsageError
from archiver.model.address import DEFAULT_PORTS, Address
from archiver.model.exchange import Connection as Facts
from archiver.model.exchange import Exchange, Failure, Tls
from archiver.runtime import Waits

MAX_EXCHANGES: Final = 10_000
MAX_BYTES: Final = 4 << 30
MAX_CONNECTIONS: Final = 10_000  # open at once; browsers stop at 256

Reached = Callable[[str, int], tuple[Facts, Failure | None]]
"""Says how the tunnels to a host and port were dialled, and the last reason why one was not."""

Key = tuple[str, str]
_ASKS_FOR_WEBSOCKET: Final = b"\r\nsec-websocket-key:"


@dataclass(frozen=True, slots=True)
class Heard:
    """The exchanges of a log in the order they began. `short` says what it does not hold, in fixed words, sorted.

    `log-torn`: the log has no end, or a line that cannot be read, and nothing after it was. `log-unknown`: it has not
    the events that are read here, as that of another release may. `connection-unreadable`: one connection has a gap.
    `too-many`, `too-large`, `request-cut`: a limit. `address-unusable`: an exchange with an address that cannot be
    asked for. `websocket-frames`: what was said after a WebSocket opened.
    """

    exchanges: tuple[Exchange, ...]
    short: tuple[str, ...] = ()


def exchanges_of(
    log: Path,
    *,
    gate: int,
    place: Place,
    reached: Reached = lambda _host, _port: (Facts(), None),
    insecure: bool = False,
    max_exchanges: int = MAX_EXCHANGES,
    max_bytes: int = MAX_BYTES,
    role: str = "browser",
    waits: Waits = nullcontext,
) -> Heard:
    """Return what went over TLS, or through a tunnel, by the gate on port `gate`.

    Plain http is not in it: the gate answers that. What did not pass the gate, as what a browser asks for on its own
    account, is not in it either. Bodies past 1 MiB are in durable files at `place()`; `max_bytes` counts the bytes of
    all answers. `insecure` says that the browser did not check certificates. Requests are as sent: whoever records
    them hides what is secret first. Raises `StorageError` when the disk refuses, `OSError` when the log cannot be read.
    """
    ledger = Ledger(Store(place, waits), max_exchanges, max_bytes)
    reading = _Reading(Log(log, SOCKET_EVENTS | REQUEST_EVENTS), gate, ledger)
    reading.read(insecure=insecure)
    exchanges = [_recorded(reading, draft, reached, role) for draft in reading.ledger.drafts]
    exchanges += reading.unsent(reached, role)
    made = sorted((each for each in exchanges if each is not None), key=lambda each: each.started_at)
    short = reading.ledger.short | (set() if reading.log.whole else {"log-torn"})
    if not reading.log.known:
        short.add("log-unknown")
    if None in exchanges:
        short.add("address-unusable")
    return Heard(tuple(made), tuple(sorted(short)))


class _Reading:
    """The state of a log that is being read."""

    def __init__(self, log: Log, gate: int, ledger: Ledger) -> None:
        self.log = log
        self.ledger = ledger
        self.of: dict[int, Connection] = {}  # id of a draft -> its connection
        self.asked = Requests(gate)
        self.refused: dict[tuple[str, int], Tls] = {}  # handshakes that failed
        self._gate = gate
        self._open: dict[int, Connection] = {}

    def read(self, *, insecure: bool) -> None:
        """Read all of it. Raises `StorageError` and `OSError`."""
        last = 0
        for event in self.log.events():
            last = max(last, event.time)
            error = self.log.error(event.number("net_error")) if event.number("net_error") else ""
            if event.name in REQUEST_EVENTS:
                self.asked.take(event, error)
            else:
                self._connection(event, error, insecure=insecure)
        for connection in self._open.values():
            self._close(connection, last)
        self.asked.finish(last)

    def unsent(self, reached: Reached, role: str) -> list[Exchange | None]:
        """Return the exchanges that are none: what could not be sent, and what was sent and is not in the log."""
        made: list[Exchange | None] = []
        for each in self.asked.unsent:
            host, port = _where(each.url)
            facts, failure = reached(host, port)
            said = f"the browser gave up: {each.error}"
            tls = self.refused.get((host, port)) if each.kind in {"tls", "tls_verify"} else None
            if each.kind != "proxy" or failure is None:
                failure = Failure(each.kind, said)
            blank = self.blank(each.method, each.url, each.began, each.ended, role)
            made.append(blank and replace(blank, connection=replace(facts, tls=tls), failure=failure))
        found = Counter((draft.method, draft.url) for draft in self.ledger.drafts)
        why = Failure("unrecorded", "the browser asked, and its log does not hold what was said")
        for method, url in self.asked.missing(found):
            began = self.asked.first[method, url]
            blank = self.blank(method, url, began, began, role)
            made.append(blank and replace(blank, failure=why))
        return made

    def blank(self, method: str, url: str, began: int, ended: int, role: str) -> Exchange | None:
        try:
            address = Address.parse(url)
        except UsageError:
            return None
        return Exchange(address, method, self.log.at(began), self.log.at(max(began, ended)), role=role)

    def _connection(self, event: Event, error: str, *, insecure: bool) -> None:
        connection = self._open.get(event.source)
        if connection is None:
            if event.name != "TCP_CONNECT" or len(self._open) >= MAX_CONNECTIONS:
                return
            connection = self._open[event.source] = Connection(self.ledger, self._gate, insecure=insecure)
        if event.name == "SOCKET_ALIVE" and event.phase == END:
            del self._open[event.source]
            self._close(connection, event.time)
        else:
            connection.take(event, error)

    def _close(self, connection: Connection, at: int) -> None:
        connection.close(at)
        self.of.update((id(draft), connection) for draft in connection.drafts)
        if connection.switched:
            self.ledger.short.add("websocket-frames")
        if connection.refused and connection.tls is not None and len(self.refused) < MAX_CONNECTIONS:
            self.refused[connection.host, connection.port] = connection.tls


def _recorded(reading: _Reading, draft: Draft, reached: Reached, role: str) -> Exchange | None:
    blank = reading.blank(draft.method, draft.url, draft.began, draft.ended, role)
    if blank is None:
        return None
    connection = reading.of[id(draft)]
    facts, _ = reached(connection.host, connection.port)
    # An end that HTTP/2 proved is not in doubt because HTTP/1.1 has no words for it.
    doubtless = draft.fidelity != "wire" and draft.how == "whole"
    expected = {"body-close-delimited"} if doubtless else set()
    if _ASKS_FOR_WEBSOCKET in bytes(draft.request).lower():
        expected.add("status-switching")  # it was asked to
    exchange = replace(blank, request=bytes(draft.request), connection=replace(facts, tls=connection.tls))
    if draft.message is None:
        return replace(exchange, failure=_silence(draft))
    return replace(
        exchange,
        response=draft.blob,
        message=draft.message,
        truncated=draft.truncated,
        anomalies=tuple(each for each in draft.message.anomalies if each.name not in expected),
        fidelity=draft.fidelity,
    )


def _silence(draft: Draft) -> Failure:
    if draft.why:
        return Failure("unrecorded", draft.why)
    if draft.how == "length":
        return Failure("unrecorded", "the limit on bytes was reached before it")
    if draft.how == "left":
        return Failure("no_answer", "the browser hung up, or its log ended, before the first byte of an answer")
    return Failure("no_answer", "the connection ended before the first byte of an answer")


def _where(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", 0
