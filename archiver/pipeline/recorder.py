"""What a browser asks, asked of the network by us and kept, while the browser gets the very bytes that come.

Many requests at once, each on a thread of the gate. Nothing here knows a browser beyond `Asked` and `Line`.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from archiver.browser.values import Asked, Line
from archiver.capture.request import browser_request, is_home
from archiver.capture.secrets import Secret, is_secret_header
from archiver.capture.telling import Hiding
from archiver.capture.wire import Wire
from archiver.errors import UsageError
from archiver.model.address import MAX_ADDRESS, Address
from archiver.model.exchange import Exchange, Failure, Truncation
from archiver.model.websocket import Talk
from archiver.pipeline.options import CaptureOptions
from archiver.runtime import Clock

ROLE: Final = "browser"
MAX_EXCHANGES: Final = 5000  # of one page
MAX_LINE: Final = 12 << 20  # bytes that they may take of the log line of the item, about
MAX_NAMED: Final = 1000  # requests that came to no exchange which are named
SILENT: Final = 10.0  # seconds after which an answer that has stopped coming is not waited for any more

SHARE: Final = 4  # one part of so many of what the item may still hold is there for one WebSocket

DRAIN_BYTES: Final = 64 << 20  # of one answer, read on after the browser has given it up
DRAIN_TIME: Final = 15.0  # seconds for that
DRAIN_SILENCE: Final = 3.0  # seconds without a byte that end it

_PER_EXCHANGE: Final = 1000  # bytes of the log line, beside the address


@dataclass(frozen=True, slots=True)
class Unasked:
    """A request of the browser that came to no exchange: "watched", "unsendable", "limits", or "tunnel"."""

    url: str
    method: str
    why: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that a browser had asked, in the order in which it was begun."""

    exchanges: tuple[Exchange, ...]
    talks: tuple[tuple[int, Talk], ...]  # with the number of the exchange, counted from 1
    unasked: tuple[Unasked, ...]
    unnamed: int  # more of those

    def beside(self, others: tuple[Exchange, ...], home: Address) -> "Heard":
        """Return these exchanges and `others` in the order in which they were begun, that of `home` first.

        Where a browser asked for `home` and nothing of that is on record, this is said in its place.
        """
        talks = dict(self.talks)
        both = [(each, talks.get(number)) for number, each in enumerate(self.exchanges, 1)]
        both = sorted([*both, *((each, None) for each in others)], key=lambda pair: pair[0].started_at)
        if not both:
            return self
        place = next((n for n, (each, _) in enumerate(both) if each.address.url == home.url), -1)
        at = both[0][0].started_at
        failure = Failure("unrecorded", "the browser asked, and its log does not hold what came")
        first = both.pop(place) if place >= 0 else (Exchange(home, "GET", at, at, failure=failure), None)
        both.insert(0, first)
        told = tuple((number, talk) for number, (_, talk) in enumerate(both, 1) if talk is not None)
        return replace(self, exchanges=tuple(each for each, _ in both), talks=told)


@dataclass(slots=True)
class Recorder:
    """Answers a browser from the network, within the limits of one item. Any thread may call anything here.

    `home` is the address that the user gave: it is asked first of all, and secret headers of theirs go to its host and
    nowhere else. `secrets` are values that must not come back in a record. No address that is `watched` is asked.
    """

    wire: Wire
    home: Address
    options: CaptureOptions
    secrets: tuple[Secret, ...]
    clock: Clock
    deadline: float
    stop: Callable[[], bool]
    watched: Callable[[Address], bool]
    first: bool = True  # the address of the item is asked before anything else; not where a browser asks it by itself
    refused: BaseException | None = None
    hiding: Hiding = field(init=False)  # of the secrets, in what is told
    _left: int = field(init=False)
    _lock: threading.RLock = field(init=False, default_factory=threading.RLock)
    _first: threading.Lock = field(init=False, default_factory=threading.Lock)
    _asleep: tuple[tuple[str, Secret], ...] = ()
    _begun: int = 0
    _line: int = 0
    _made: dict[int, Exchange] = field(default_factory=dict)
    _talks: dict[int, Talk] = field(default_factory=dict)
    _unasked: list[Unasked] = field(default_factory=list)
    _unnamed: int = 0
    _flights: dict[int, "_Flight"] = field(default_factory=dict)
    _moved: float = field(init=False)
    _cut: bool = False

    def __post_init__(self) -> None:
        self.hide(())
        self._left = self.options.limits.max_bytes
        self._moved = self.clock.monotonic()

    def __call__(self, asked: Asked, line: Line) -> None:
        """Answer one request of the browser. Nothing that the network or the browser does raises."""
        try:
            self._answer(asked, line)
        except BaseException as exc:  # noqa: BLE001  # of the disk, or a bug: for whoever waits for the page
            with self._lock:
                self.refused = self.refused or exc
                self._cut = True

    def hold(self, cookies: tuple[tuple[str, Secret], ...]) -> None:
        """Hide each of these, of a domain, from when a host of it is asked for.

        A profile has thousands, and to look for all of them everywhere takes longer than the page.
        """
        with self._lock:
            self._asleep += cookies

    def wake(self, host: str) -> None:
        """Note that `host` is about to be asked for."""
        with self._lock:
            within = tuple(each for each in self._asleep if f".{host.removesuffix('.')}".endswith(f".{each[0]}"))
            if within:
                self._asleep = tuple(each for each in self._asleep if each not in within)
                self.hide(tuple(secret for _, secret in within))

    def hide(self, secrets: tuple[Secret, ...]) -> None:
        """Add to the values that must not come back, or stand in the record of what was asked."""
        self.secrets += secrets
        self.hiding = Hiding.of(self._hidden(), self.home)

    def quiet_for(self) -> float:
        """Return for how many seconds nothing has moved; 0 while an answer is being waited for that may still come."""
        with self._lock:
            now = self.clock.monotonic()
            waiting = any(not each.endless and now - each.moved < SILENT for each in self._flights.values())
            return 0.0 if waiting else now - self._moved

    def busy(self) -> bool:
        """Return whether anything is still under way."""
        with self._lock:
            return bool(self._flights)

    def let_go(self) -> None:
        """Give the browser no more; what is on its way is read to its end within limits, and told as cut after."""
        with self._lock:
            flights = tuple(self._flights.values())
        for flight in flights:
            flight.line.let_go()

    def cut(self) -> None:
        """End everything that is under way."""
        with self._lock:
            self._cut = True

    def over(self) -> bool:
        """Return whether nothing more may be asked: a limit was reached, or somebody stopped."""
        return self._cut or self.stop() or self._left <= 0 or self.clock.monotonic() >= self.deadline

    def heard(self) -> Heard:
        """Return everything that was asked by now and is over."""
        with self._lock:
            order = sorted(self._made)
            numbers = {begun: number for number, begun in enumerate(order, 1)}
            talks = tuple((numbers[begun], talk) for begun, talk in sorted(self._talks.items()))
            return Heard(tuple(self._made[n] for n in order), talks, tuple(self._unasked), self._unnamed)

    def ask_home(self) -> None:
        """Ask for the address of the item itself, where nobody has: the first exchange of an item is the one for it."""
        with self._first:
            if not self._begun:
                self._exchange(self.home, Asked("GET", self.home.url, self._plain_headers()), None)

    def _answer(self, asked: Asked, line: Line) -> None:
        try:
            address = Address.parse(asked.url)
        except UsageError:
            self.leave(asked, "unsendable")
            return
        if not address.host or len(address.url) > MAX_ADDRESS:
            self.leave(asked, "unsendable")
            return
        if self.first and (address.url != self.home.url or asked.method != "GET"):
            self.ask_home()  # a browser may know a host by https only, and never ask what was asked of it
        if self.watched(address):
            self.leave(asked, "watched")
            return
        self._exchange(address, asked, line)

    def _exchange(self, address: Address, asked: Asked, line: Line | None) -> None:
        self.wake(address.host)
        try:
            request = browser_request(
                address,
                asked.method,
                asked.headers,
                asked.body,
                extra=self._extra(address),
                secrets=self._hidden(),
            )
        except UsageError:
            self.leave(asked, "unsendable")
            return
        with self._lock:
            self._line += len(address.url) + _PER_EXCHANGE
            if self.over() or self._begun >= MAX_EXCHANGES or self._line > MAX_LINE:
                self.leave(asked, "limits")
                return
            self._begun += 1
            number = self._begun
            flight = _Flight(self, line, endless=asked.upgrade) if line is not None else None
            if flight is not None:
                self._flights[number] = flight
        talk: Talk | None = None
        held = 0
        try:
            if flight is not None and asked.upgrade:
                held = self._held()
                exchange, talk = self.wire.tunnel(
                    request, flight.line.plain(), deadline=self.deadline, stop=flight.ended, max_bytes=held
                )
            else:
                exchange = self.wire.exchange(
                    request, deadline=self.deadline, stop=self.stop, max_bytes=self._left, settle=True, relay=flight
                )
            with self._lock:
                self._made[number] = self.hiding.exchange(replace(exchange, role=ROLE))
                if talk is not None:
                    self._talks[number] = talk
                    self._left -= talk.browser.size + talk.server.size
        finally:
            with self._lock:
                self._left += held
                self._flights.pop(number, None)
                self._moved = self.clock.monotonic()

    def _held(self) -> int:
        """Set aside, and return, how many bytes a WebSocket may have: many may be open at once."""
        with self._lock:
            share = max(1, self._left // SHARE)
            self._left -= share
            return share

    def came(self, size: int) -> float:
        """Note that so many bytes of an answer have come, and return the time."""
        with self._lock:
            self._left -= size
            self._moved = self.clock.monotonic()
            return self._moved

    @property
    def left(self) -> int:
        """How many bytes the item may still hold, one at least."""
        return max(1, self._left)

    def limit(self) -> Truncation | None:
        """Return which limit ends everything that is under way, None for none."""
        if self._left <= 0:
            return "length"
        return "time" if self._cut else None

    def leave(self, asked: Asked, why: str) -> None:
        """Note that a request came to no exchange, and why."""
        with self._lock:
            if len(self._unasked) < MAX_NAMED:
                self._unasked.append(Unasked(self.hiding.text(asked.url[:MAX_ADDRESS]), asked.method, why))
            else:
                self._unnamed += 1

    def _extra(self, address: Address) -> tuple[tuple[str, str], ...]:
        home = is_home(address, self.home)
        return tuple(each for each in self.options.headers if home or not is_secret_header(each[0]))

    def _hidden(self) -> tuple[Secret, ...]:
        """Return what must not come back in any answer, whoever was told of it."""
        told = ((name, value.encode("utf-8", "replace")) for name, value in self.options.headers)
        return (*self.secrets, *(Secret(name, value) for name, value in told if is_secret_header(name)))

    def _plain_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        told = {
            "User-Agent": self.options.agent,
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": self.options.accept_language,
        }
        return tuple((name.encode(), value.encode("utf-8")) for name, value in told.items())


@dataclass(slots=True)
class _Flight:
    """One answer on its way to the browser: how long it is read on once nobody takes it any more."""

    recorder: Recorder
    line: Line
    endless: bool = False  # nobody waits for its end
    moved: float = field(init=False)
    _gone_at: float = 0.0
    _since: int = 0
    _head: bytes = b""

    def __post_init__(self) -> None:
        self.moved = self.recorder.clock.monotonic()

    def send(self, data: bytes) -> None:
        """Hand on a piece of the answer."""
        if not self.endless and len(self._head) < 65_536:
            self._head += data[:65_536]
            self.endless = b"text/event-stream" in self._head.partition(b"\r\n\r\n")[0].lower()
        self.moved = self.recorder.came(len(data))
        if self.line.gone:
            self._since += len(data)
        else:
            self.line.send(data)
            self.moved = self.recorder.clock.monotonic()

    def enough(self) -> Truncation | None:
        """Return why no more of the answer is to be read, None as long as it is."""
        limit = self.recorder.limit()
        if limit is not None or not self.line.gone:
            return limit
        now = self.recorder.clock.monotonic()
        self._gone_at = self._gone_at or now
        if self._since > DRAIN_BYTES:
            return "length"
        silent = now - max(self.moved, self._gone_at) > DRAIN_SILENCE
        return "time" if silent or now - self._gone_at > DRAIN_TIME else None

    def ended(self) -> bool:
        """Return whether a WebSocket is to be ended."""
        return self.recorder.stop() or self.recorder.limit() is not None or self.line.gone
