"""An answer that is handed on while it comes: the record is what it always is, the listener gets the very bytes."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from capturing import QUICK, Spools, names, whole
from server import Drip, Pause, RawServer, Reset, Send, Stay, chunked, http

from archiver.capture.relay import LineRelay
from archiver.capture.request import build_request
from archiver.capture.wire import Wire, WireRequest
from archiver.model.address import Address
from archiver.model.exchange import Exchange, Limits, Route, Truncation
from archiver.runtime import Runtime


class Ear:
    """A relay that keeps what it gets, and has enough when `when` says so."""

    def __init__(self, when: Callable[["Ear"], Truncation | None] = lambda _: None) -> None:
        self.heard = b""
        self.asked = 0
        self._when = when

    def send(self, data: bytes) -> None:
        self.heard += data

    def enough(self) -> Truncation | None:
        self.asked += 1
        return self._when(self)


Relayed = Callable[..., Exchange]


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as running:
        yield running


@pytest.fixture
def relayed(runtime: Runtime, spools: Spools, server: RawServer) -> Relayed:
    def make(target: str, ear: Ear, *, limits: Limits = QUICK, seconds: float = 20, **more: object) -> Exchange:
        request = build_request(Address.parse(server.url(target)), now=runtime.clock.now(), **more)  # type: ignore[arg-type]
        wire = Wire(runtime, Route(allow=server.allow), limits, spool=spools)
        return wire.exchange(request, deadline=runtime.clock.monotonic() + seconds, relay=ear)

    return make


def test_the_listener_gets_the_very_bytes_interim_answers_included(server: RawServer, relayed: Relayed) -> None:
    raw = b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + chunked(b"one", b"two")
    server.routes["/"] = raw
    ear = Ear()
    exchange = relayed("/", ear)
    assert (ear.heard, whole(exchange)) == (raw, raw)
    assert exchange.truncated is None


def test_what_follows_a_complete_answer_is_kept_and_not_handed_on(server: RawServer, relayed: Relayed) -> None:
    server.routes["/"] = (Send(http(b"ok")[:-1]), Pause(0.02), Send(b"kEXTRA"), Pause(0.02), Send(b"MORE"))
    ear = Ear()
    exchange = relayed("/", ear)
    assert ear.heard == http(b"ok")
    assert whole(exchange) == http(b"ok") + b"EXTRAMORE"
    assert "bytes-after-end" in names(exchange)


def test_what_was_handed_on_was_kept_before(
    server: RawServer, relayed: Relayed, spools: Spools, tmp_path: Path
) -> None:
    server.routes["/"] = http(b"x" * 3_000_000)
    missing: list[int] = []

    def look(ear: Ear) -> None:
        kept = spools.paths[0].stat().st_size if spools.paths else len(ear.heard)
        missing.append(len(ear.heard) - kept)

    exchange = relayed("/", Ear(look))  # type: ignore[arg-type]
    assert max(missing) <= 0
    assert whole(exchange) == http(b"x" * 3_000_000)


def test_an_answer_that_fails_before_a_byte_is_handed_on_as_nothing(server: RawServer, relayed: Relayed) -> None:
    server.routes["/"] = ()
    ear = Ear()
    exchange = relayed("/", ear)
    assert (ear.heard, exchange.response) == (b"", None)
    assert exchange.failure is not None
    assert exchange.failure.kind == "no_answer"


@pytest.mark.parametrize("why", ["length", "time", "unspecified"])
def test_a_listener_that_has_enough_ends_the_answer_and_says_why(
    why: Truncation, server: RawServer, relayed: Relayed
) -> None:
    server.routes["/"] = (Send(http(b"", "Content-Length: 100000000", length=False)), Drip(b"y" * 1000, 0.001))
    exchange = relayed("/", Ear(lambda ear: why if len(ear.heard) > 50_000 else None))
    assert exchange.truncated == why
    assert len(whole(exchange)) > 50_000


def test_a_listener_is_asked_twice_a_second_while_nothing_comes(server: RawServer, relayed: Relayed) -> None:
    server.routes["/"] = (Send(b"HTTP/1.1 200 OK\r\n"), Stay())
    began = time.monotonic()
    ear = Ear(lambda ear: "time" if time.monotonic() - began > 1 else None)
    exchange = relayed("/", ear)
    assert exchange.truncated == "time"
    assert ear.asked >= 3


def test_enough_after_a_complete_answer_cuts_nothing(server: RawServer, relayed: Relayed) -> None:
    server.routes["/"] = (Send(http(b"ok")), Stay())
    exchange = relayed("/", Ear(lambda ear: "length" if ear.heard else None), limits=Limits(linger=5))
    assert exchange.truncated is None
    assert whole(exchange) == http(b"ok")


@pytest.mark.parametrize(("why", "kind"), [("time", "timeout"), ("length", "interrupted")])
def test_enough_before_the_first_byte_is_a_failure(
    why: Truncation, kind: str, server: RawServer, relayed: Relayed
) -> None:
    server.routes["/"] = (Stay(),)
    exchange = relayed("/", Ear(lambda ear: why if ear.asked > 4 else None))
    assert exchange.failure is not None
    assert exchange.failure.kind == kind
    assert exchange.request


def test_enough_before_anything_was_asked_sends_nothing(server: RawServer, relayed: Relayed) -> None:
    exchange = relayed("/", Ear(lambda _: "unspecified"))
    assert exchange.failure is not None
    assert (exchange.failure.kind, exchange.request, server.requests) == ("interrupted", b"", [])


def test_an_answer_that_breaks_off_is_handed_on_as_far_as_it_came(server: RawServer, relayed: Relayed) -> None:
    server.routes["/"] = (Send(http(b"ok" * 100)[:-50]), Reset())
    ear = Ear()
    exchange = relayed("/", ear)
    assert exchange.truncated == "disconnect"
    assert ear.heard == whole(exchange)


def test_an_echo_is_masked_in_the_record_and_true_for_the_listener(server: RawServer, relayed: Relayed) -> None:
    server.routes["/"] = http(b"you said sesame-0123456789")
    ear = Ear()
    exchange = relayed("/", ear, headers=(("X-Token", "sesame-0123456789"),))
    assert ear.heard == http(b"you said sesame-0123456789")
    assert whole(exchange) == http(b"you said " + b"*" * 17)
    assert "secret-echoed" in names(exchange)


def test_a_switch_that_nobody_asked_for_is_read_to_the_close(server: RawServer, relayed: Relayed) -> None:
    raw = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi"
    server.routes["/"] = raw
    ear = Ear()
    exchange = relayed("/", ear)
    assert (ear.heard, whole(exchange)) == (raw, raw)
    assert "status-switching" in names(exchange)


def test_a_relay_that_waits_slows_the_answer_and_loses_nothing(server: RawServer, relayed: Relayed) -> None:
    server.routes["/"] = http(b"z" * 400_000)

    class Slow(Ear):
        def send(self, data: bytes) -> None:
            time.sleep(0.01)
            super().send(data)

    ear = Slow()
    assert whole(relayed("/", ear)) == ear.heard == http(b"z" * 400_000)


def test_a_line_that_nobody_reads_is_waited_for_until_told_otherwise() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        asked: list[int] = []
        relay = LineRelay(ours, lambda: len(asked) > 1 or bool(asked.append(1)))
        relay.send(b"q" * 10_000_000)
        assert len(asked) > 1
        assert relay.enough() is None
        relay.send(b"more")
        theirs.setblocking(False)
        assert theirs.recv(1 << 24)[:3] == b"qqq"


def test_a_line_is_read_slowly_and_gets_everything() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        got = bytearray()

        def read() -> None:
            while len(got) < 5_000_000:
                got.extend(theirs.recv(100_000))

        reader = threading.Thread(target=read)
        reader.start()
        LineRelay(ours, lambda: False).send(b"r" * 5_000_000)
        reader.join(20)
        assert bytes(got) == b"r" * 5_000_000


def test_a_line_that_was_hung_up_takes_what_it_is_given() -> None:
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        relay = LineRelay(ours, lambda: False)
        relay.send(b"one")
        relay.send(b"two")


def test_wire_requests_may_have_any_token_for_a_method() -> None:
    assert WireRequest(Address.parse("http://a.example/"), "patch").sent().startswith(b"patch / HTTP/1.1\r\n")


def test_a_line_that_is_closed_at_this_end_takes_what_it_is_given() -> None:
    ours, theirs = socket.socketpair()
    with theirs:

        def close() -> bool:
            ours.close()
            return False

        LineRelay(ours, close).send(b"q" * 10_000_000)
        LineRelay(ours, close).send(b"more")
