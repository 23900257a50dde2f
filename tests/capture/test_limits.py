"""Limits, silence, resets: clean values, and always with what arrived."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
from capturing import Ask, Spools, names, whole
from server import Drip, Pause, RawServer, Reset, Send, Stay, http

from archiver.capture.request import build_request
from archiver.capture.wire import Wire
from archiver.model.address import Address
from archiver.model.exchange import Limits, Route
from archiver.runtime import Runtime

BIG = bytes(range(256)) * 16384  # 4 MiB


def test_a_complete_answer_is_not_truncated(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = http("ok")
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow))
    assert exchange.truncated is None
    assert exchange.failure is None
    assert exchange.message is not None
    assert exchange.message.end == "complete"
    assert exchange.started_at <= exchange.ended_at
    assert exchange.request == raw_server.requests[0]
    assert (exchange.connection.peer_ip, exchange.connection.peer_port) == ("127.0.0.1", raw_server.port)


def test_a_size_limit_keeps_exactly_that_many_bytes(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = http(BIG)
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), limits=Limits(max_bytes=3_000_000))
    assert exchange.truncated == "length"
    assert whole(exchange) == http(BIG)[:3_000_000]


def test_the_rest_of_a_limit_can_be_handed_in(runtime: Runtime, raw_server: RawServer, spools: Spools) -> None:
    raw_server.routes["/"] = http(BIG)
    wire = Wire(runtime, Route(allow=raw_server.allow), Limits(), spool=spools)
    request = build_request(Address.parse(raw_server.url()), now=runtime.clock.now())
    exchange = wire.exchange(request, deadline=runtime.clock.monotonic() + 20, max_bytes=100)
    assert (exchange.truncated, whole(exchange)) == ("length", http(BIG)[:100])
    exchange = wire.exchange(request, deadline=runtime.clock.monotonic() + 20, max_bytes=0)
    assert (exchange.truncated, whole(exchange)) == ("length", b"H")


def test_an_answer_that_just_fits_is_complete(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = http("ok")
    limits = Limits(max_bytes=len(http("ok")), linger=0.1)
    assert ask(raw_server.url(), Route(allow=raw_server.allow), limits=limits).truncated is None


def test_the_deadline_ends_a_drip_and_keeps_it(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("", length=False)), Drip(b"drop ", 0.02))
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), seconds=0.3)
    assert exchange.truncated == "time"
    assert whole(exchange).endswith(b"drop ")


def test_silence_ends_an_answer_and_keeps_it(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("begun", length=False)), Stay())
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), limits=Limits(idle=0.2))
    assert exchange.truncated == "time"
    assert whole(exchange) == http("begun", length=False)


def test_a_short_body_is_a_disconnect(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = http("short").replace(b"Length: 5", b"Length: 50")
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow))
    assert exchange.truncated == "disconnect"
    assert whole(exchange).endswith(b"short")


def test_a_reset_is_a_disconnect_with_what_arrived(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("part", length=False)), Pause(0.1), Reset())
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow))
    assert exchange.truncated == "disconnect"
    assert "connection-reset" in names(exchange)
    assert whole(exchange).endswith(b"part")


def test_no_reset_is_ever_taken_for_a_clean_end(ask: Ask) -> None:
    # Right behind the answer, so that it meets the opening of the connection, the request, or the reading.
    answer = http("part", length=False)
    with RawServer(default=(Send(answer), Reset()), read_request=False) as server:
        for _ in range(60):
            exchange = ask(server.url(), Route(allow=server.allow))
            assert whole(exchange) == answer
            assert exchange.truncated == "disconnect"
            assert "connection-reset" in names(exchange)
            assert exchange.connection.peer_ip == "127.0.0.1"


def test_a_reset_after_a_complete_answer_takes_nothing_from_it(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("all")), Pause(0.1), Reset())
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), limits=Limits(linger=5))
    assert exchange.truncated is None
    assert names(exchange) == {"connection-reset"}


def test_a_server_that_stays_is_not_waited_for(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("ok")), Stay())
    begun = time.monotonic()
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), limits=Limits(linger=0.2))
    assert time.monotonic() - begun < 3
    assert (exchange.truncated, exchange.failure) == (None, None)


def test_a_drip_after_the_end_cannot_hold_the_line(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("ok")), Drip(b"x", 0.05))
    begun = time.monotonic()
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), limits=Limits(linger=0.4))
    assert time.monotonic() - begun < 3
    assert "bytes-after-end" in names(exchange)
    assert exchange.truncated is None


def test_a_flood_after_the_end_is_bounded(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("ok")), Pause(0.05), Send(bytes(1 << 22)))
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), limits=Limits(linger=5))
    assert exchange.message is not None
    assert 0 < exchange.message.extra_size <= 1 << 16
    assert exchange.truncated is None


def test_a_close_without_a_byte_is_no_answer(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = ()
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow))
    assert exchange.failure is not None
    assert exchange.failure.kind == "no_answer"
    assert exchange.response is None
    assert exchange.request == raw_server.requests[0]


def test_a_reset_without_a_byte_is_no_answer_and_says_so(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Reset(),)
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow))
    assert exchange.failure is not None
    assert exchange.failure.kind == "no_answer"
    assert "reset" in exchange.failure.detail


def test_a_server_that_never_answers_is_a_timeout(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Stay(),)
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), limits=Limits(idle=0.2))
    assert exchange.failure is not None
    assert exchange.failure.kind == "timeout"
    assert exchange.request


def test_a_server_that_never_reads_is_a_timeout(ask: Ask) -> None:
    with RawServer(default=(Pause(20),), read_request=False) as server:
        body = bytes(1 << 24)
        exchange = ask(server.url(), Route(allow=server.allow), limits=Limits(idle=0.5), method="POST", body=body)
    assert exchange.failure is not None
    assert exchange.failure.kind == "timeout"
    assert 0 < len(exchange.request) < len(body)


def test_no_time_left_is_a_timeout_before_anything_is_sent(raw_server: RawServer, ask: Ask) -> None:
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), seconds=0)
    assert exchange.failure is not None
    assert exchange.failure.kind == "timeout"
    assert raw_server.connections == 0


def test_an_answer_that_comes_before_the_request_is_read_is_kept(ask: Ask) -> None:
    with RawServer(default=(Send(http("no", line=b"HTTP/1.1 413 Too Large")), Reset()), read_request=False) as server:
        exchange = ask(server.url(), Route(allow=server.allow), method="POST", body=bytes(1 << 24))
    if exchange.failure is None:
        assert whole(exchange) == http("no", line=b"HTTP/1.1 413 Too Large")
    else:
        assert exchange.failure.kind == "no_answer"
        assert "reset" in exchange.failure.detail


def test_a_large_request_arrives_whole(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = http("taken")
    body = bytes(range(256)) * 4096
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), method="POST", body=body)
    assert whole(exchange) == http("taken")
    assert raw_server.requests[0].endswith(body)


@pytest.mark.parametrize("after", [0.0, 0.3])
def test_a_wish_to_stop_is_heard_and_bytes_are_kept(raw_server: RawServer, ask: Ask, after: float) -> None:
    raw_server.routes["/"] = (Send(http("kept", length=False)), Stay())
    begun = time.monotonic()
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), stop=lambda: time.monotonic() > begun + after)
    assert time.monotonic() - begun < after + 2
    if after:
        assert exchange.truncated == "unspecified"
        assert whole(exchange) == http("kept", length=False)
    else:
        assert exchange.failure is not None
        assert exchange.failure.kind == "interrupted"
        assert raw_server.connections == 0


def test_a_stop_before_the_first_byte_is_interrupted(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Stay(),)
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), stop=lambda: bool(raw_server.requests))
    assert exchange.failure is not None
    assert exchange.failure.kind == "interrupted"
    assert exchange.request


def test_a_stop_while_a_flood_comes_in_is_heard(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("", length=False)), Drip(bytes(1 << 16), 0))
    begun = time.monotonic()
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow), stop=lambda: time.monotonic() > begun + 0.3)
    assert exchange.truncated == "unspecified"
    assert time.monotonic() - begun < 5


def test_a_stop_after_the_end_changes_nothing(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("ok")), Stay())
    begun = time.monotonic()
    exchange = ask(
        raw_server.url(),
        Route(allow=raw_server.allow),
        limits=Limits(linger=5),
        stop=lambda: time.monotonic() > begun + 0.3,
    )
    assert exchange.truncated is None
    assert time.monotonic() - begun < 4


def test_a_large_answer_is_spooled_to_a_private_file(raw_server: RawServer, ask: Ask, spools: Spools) -> None:
    raw_server.routes["/"] = http(BIG)
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow))
    assert exchange.response is not None
    assert exchange.response.path == spools.paths[0]
    assert exchange.response.path.stat().st_mode & 0o777 == 0o600
    assert exchange.response.path.read_bytes() == http(BIG)


def test_a_small_answer_stays_in_memory(raw_server: RawServer, ask: Ask, spools: Spools) -> None:
    raw_server.routes["/"] = http(bytes(1000))
    exchange = ask(raw_server.url(), Route(allow=raw_server.allow))
    assert exchange.response is not None
    assert exchange.response.path is None
    assert spools.paths == []


def test_each_exchange_has_a_connection_of_its_own(raw_server: RawServer, ask: Ask) -> None:
    raw_server.routes["/"] = (Send(http("ok", "Connection: keep-alive") + http("FORGED")), Stay())
    for _ in range(3):
        exchange = ask(raw_server.url(), Route(allow=raw_server.allow))
        assert exchange.message is not None
        assert exchange.message.entity_size == 2
    assert raw_server.connections == 3


def test_the_far_end_of_an_ipv6_connection_is_recorded(ask: Ask) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with RawServer(default=http("six"), family=socket.AF_INET6, host="::1") as server:
        exchange = ask(server.url(), Route(allow=server.allow))
    assert exchange.connection.peer_ip == "::1"
    assert whole(exchange) == http("six")


def test_signals_do_not_disturb(raw_server: RawServer, ask: Ask, tmp_path: Path) -> None:
    raw_server.routes["/"] = (Send(http("slow", length=False)[:-2]), Pause(0.4), Send(b"ow"))
    seen: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    ticker = threading.Timer(0.15, os.kill, (os.getpid(), signal.SIGUSR1))
    ticker.start()
    try:
        exchange = ask(raw_server.url(), Route(allow=raw_server.allow))
    finally:
        ticker.join()
        signal.signal(signal.SIGUSR1, before)
    assert seen
    assert whole(exchange) == http("slow", length=False)
