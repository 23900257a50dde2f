"""What is done for each item of a batch by whoever fetches and stores: tries, then the WARC, then the outcome."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from archiver.custody.events import Body
from archiver.custody.log import Event
from archiver.custody.shelf import Shelf
from archiver.keep import settled
from archiver.model.address import Address
from archiver.model.exchange import Exchange, PrivateFile
from archiver.pipeline.attempt import Attempt
from archiver.pipeline.hops import Hops, joined
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.outcome import capture_summary
from archiver.pipeline.record import stored
from archiver.pipeline.retry import Heard, Verdict, as_told, hear, of_page, verdict_on
from archiver.pipeline.turn import Turn
from archiver.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Order:
    """An item that is to be fetched as `options` say; `requested` is its request, which is on record."""

    address: Address
    options: CaptureOptions
    requested: Event

    @property
    def item(self) -> int:
        """The number of the item."""
        return int(self.requested.data["item"])


@dataclass(frozen=True, slots=True)
class Tried:
    """What has to be known of one try beyond the item itself.

    `line_bytes` is about how many bytes it takes on the log line of its item; `private` has to be kept before the item
    is stored.
    """

    heard: tuple[Heard, ...]
    line_bytes: int
    private: tuple[PrivateFile, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether another try can help."""
        return verdict_on(self.heard)

    @property
    def ready(self) -> bool:
        """Whether the item can be stored whatever the one who ordered it thinks of this."""
        return not (self.verdict.again or self.private)


class Hands(Protocol):
    """Those who fetch and store. Any thread may call; each item has one thread at a time that does."""

    def fetch(self, order: Order) -> Tried:
        """Make one try, the first or another one, and keep what came of it until `store`.

        What has to wait is durable when this returns. Raises `StorageError` and what is a bug.
        """
        ...

    def store(self, order: Order, *, stopped: bool) -> Body:
        """Write the WARC with all tries, durably, and return the outcome; `stopped` as it had hoped for another try.

        Raises as `fetch`.
        """
        ...

    def cut(self) -> None:
        """End what is in flight within half a second, and what is begun from now on; it is stored as it is.

        To be called again until nobody is in a call any more.
        """
        ...

    def close(self) -> None:
        """Let go of everything. Nobody is in a call any more."""
        ...


class Work:
    """Hands in this process, one thread at work while others wait for the network or the disk."""

    def __init__(self, shelf: Shelf, runtime: Runtime, turn: Turn) -> None:
        """`turn` is the one to which `shelf` gives way."""
        self._shelf = shelf
        self._runtime = replace(runtime, waits=turn.waits)
        self._turn = turn
        self._tries: dict[int, list[Hops]] = {}
        self._cut = False

    def fetch(self, order: Order) -> Tried:
        """See `Hands.fetch`."""
        with self._turn:
            return self._fetched(order)

    def store(self, order: Order, *, stopped: bool) -> Body:
        """See `Hands.store`."""
        with self._turn:
            return self._stored(order, stopped=stopped)

    def cut(self) -> None:
        """See `Hands.cut`."""
        self._cut = True

    def close(self) -> None:
        """See `Hands.close`."""

    def _fetched(self, order: Order) -> Tried:
        clock = self._runtime.clock
        attempt = self._attempt(order)
        heard: list[Heard] = []

        def listen(exchange: Exchange, out_of_time: bool) -> None:
            heard.append(hear(exchange, clock.now(), out_of_time=out_of_time))

        hops = attempt.hops(runtime=self._runtime, stop=lambda: self._cut, hear=listen)
        if hops.post is not None and hops.post.standing.exchange:  # what shows the post decides, not what came last
            heard.append(as_told(hops.post.standing.state, heard.pop(hops.post.standing.exchange - 1)))
        if hops.page is not None:
            heard = [*of_page(heard, hops.page.own)]
        private = tuple(file for exchange in hops.exchanges for file in exchange.private)
        tried = Tried(tuple(heard), _line_bytes(hops), private)
        if tried.verdict.again:
            hops = self._kept(order, hops)
        self._tries.setdefault(order.item, []).append(hops)
        return tried

    def _kept(self, order: Order, hops: Hops) -> Hops:
        """Return `hops` with every answer in a file, durable: it may be an hour until the item is stored."""
        spool = partial(self._shelf.spool_path, order.item)
        kept = (
            replace(exchange, response=settled(exchange.response, spool)) if exchange.response is not None else exchange
            for exchange in hops.exchanges
        )
        return replace(hops, exchanges=tuple(kept))

    def _stored(self, order: Order, *, stopped: bool) -> Body:
        hops, attempt = joined(self._tries.pop(order.item)), self._attempt(order)
        if stopped:
            hops = replace(hops, outcome="interrupted", reasons=(*hops.reasons, "interrupted"))
        return stored(
            self._shelf,
            order.requested,
            capture_summary(order.requested, hops),
            exchanges=hops.exchanges,
            runtime=self._runtime,
            post=attempt.makes_post(hops),
            page=attempt.makes_page(hops),
            media=hops.media,
        )

    def _attempt(self, order: Order) -> Attempt:
        spool = partial(self._shelf.spool_path, order.item)
        return Attempt.known(order.address, order.options, spool=spool, runtime=self._runtime)


def _line_bytes(hops: Hops) -> int:
    """Return about how many bytes one try takes on the log line of its item."""
    return sum(len(exchange.address.url) + 2000 for exchange in hops.exchanges)
