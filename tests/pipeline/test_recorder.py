"""What a browser asks becomes exchanges of the item: limits, secrets, watched hosts, and answers that it gives up."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest
from casebench import Bench
from server import Drip, Pause, RawServer, Send, Stay, http

from archiver.browser.values import Asked
from archiver.capture.secrets import Secret
from archiver.capture.wire import Wire
from archiver.errors import StorageError
from archiver.model.address import Address
from archiver.model.exchange import Limits, Route
from archiver.pipeline import recorder as recording
from archiver.pipeline.hops import chained
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.recorder import Recorder

UNWATCHED: Callable[[Address], bool] = lambda address: False  # noqa: E731


@dataclass
class Ear:
    """The browser's end of one request."""

    got: bytes = b""
    gone: bool = False
    after: int = 1 << 40  # bytes after which it hangs up

    def send(self, data: bytes) -> None:
        self.got += data
        self.gone = self.gone or len(self.got) >= self.after

    def let_go(self) -> None:
        self.gone = True

    def plain(self) -> socket.socket:
        raise NotImplementedError


@dataclass
class Desk:
    """A recorder for pages of a server, with what it was made of."""

    server: RawServer
    recorder: Recorder

    def ask(self, target: str, ear: Ear | None = None, method: str = "GET", **more: object) -> Ear:
        ear = ear or Ear()
        self.recorder(Asked(method, self.server.url(target), ((b"X-By", b"page"),), **more), ear)  # type: ignore[arg-type]
        return ear


def desk(bench: Bench, server: RawServer, home: str = "/", **more: object) -> Desk:
    options = CaptureOptions(route=Route(allow=(*server.allow, ("localhost", server.port))), limits=Limits(linger=0.05))
    options = replace(options, **{name: value for name, value in more.items() if name in {"headers", "limits"}})  # type: ignore[arg-type]
    runtime, numbers = bench.runtime, count(1)

    def place() -> Path:
        return bench.path / f"spool-{next(numbers)}"

    recorder = Recorder(
        Wire(runtime, options.route, options.limits, spool=more.get("place", place)),  # type: ignore[arg-type]
        Address.parse(server.url(home)),
        options,
        more.get("secrets", ()),  # type: ignore[arg-type]
        runtime.clock,
        runtime.clock.monotonic() + 60,
        lambda: False,
        more.get("watched", UNWATCHED),  # type: ignore[arg-type]
    )
    return Desk(server, recorder)


def test_the_browser_gets_the_very_bytes_that_are_kept(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = raw = http(b"page", "Set-Cookie: a=1", "X: \xe9")
    its = desk(bench, raw_server)
    ear = its.ask("/")
    exchange = its.recorder.heard().exchanges[0]
    assert ear.got == raw == b"".join(exchange.response.chunks()) if exchange.response else False
    assert b"X-By: page\r\n" in exchange.request
    assert exchange.role == recording.ROLE


def test_the_address_of_the_item_is_asked_first_whatever_the_browser_asks(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/secure"] = http(b"page")
    its = desk(bench, raw_server, home="/plain")
    its.ask("/secure")
    assert [each.address.target for each in its.recorder.heard().exchanges] == ["/plain", "/secure"]


def test_numbers_follow_the_order_of_asking_not_of_ending(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes |= {"/": http(b"page"), "/slow": (Pause(0.4), Send(http(b"slow"))), "/quick": http(b"quick")}
    its = desk(bench, raw_server)
    its.ask("/")
    slow = threading.Thread(target=its.ask, args=("/slow",))
    slow.start()
    while not its.recorder.busy():
        time.sleep(0.01)
    assert its.recorder.quiet_for() == 0.0
    its.ask("/quick")
    slow.join()
    assert [each.address.target for each in its.recorder.heard().exchanges] == ["/", "/slow", "/quick"]
    assert not its.recorder.busy()


def test_a_watched_host_is_named_and_not_asked(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = http(b"page")
    its = desk(bench, raw_server, watched=lambda address: address.host == "watched.test")
    its.ask("/")
    its.recorder(Asked("GET", "https://watched.test/share.js", ()), ear := Ear())
    heard = its.recorder.heard()
    assert ear.got == b""
    assert [(each.url, each.why) for each in heard.unasked] == [("https://watched.test/share.js", "watched")]
    assert len(heard.exchanges) == 1


@pytest.mark.parametrize("url", ["http://a b/", "ftp://files.test/", "http:///x", "http://files.test:99999/"])
def test_what_cannot_be_asked_is_named(bench: Bench, raw_server: RawServer, url: str) -> None:
    its = desk(bench, raw_server)
    its.recorder(Asked("GET", url, ()), Ear())
    assert [each.why for each in its.recorder.heard().unasked] == ["unsendable"]


def test_a_private_address_is_refused_by_the_guard_and_the_refusal_is_kept(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = http(b"page")
    its = desk(bench, raw_server)
    its.ask("/")
    its.recorder(Asked("GET", "http://192.168.1.1/admin", ()), ear := Ear())
    last = its.recorder.heard().exchanges[-1]
    assert (ear.got, last.failure.kind if last.failure else "", last.request) == (b"", "refused", b"")


def test_an_answer_that_the_browser_gives_up_is_read_to_its_end(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes |= {"/": http(b"page"), "/film": http(b"x" * 3_000_000)}
    its = desk(bench, raw_server)
    its.ask("/")
    ear = its.ask("/film", Ear(after=1000))
    film = its.recorder.heard().exchanges[-1]
    assert (film.truncated, film.message.entity_size if film.message else 0) == (None, 3_000_000)
    assert len(ear.got) < 3_000_000


@pytest.mark.parametrize(("limit", "value", "named"), [("DRAIN_BYTES", 5000, "length"), ("DRAIN_TIME", 0.3, "time")])
def test_reading_on_for_nobody_has_limits(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch, limit: str, value: float, named: str
) -> None:
    monkeypatch.setattr(recording, limit, value)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n"
    raw_server.routes |= {"/": http(b"page"), "/film": (Send(head), Drip(b"x" * 1000, 0.02))}
    its = desk(bench, raw_server)
    its.ask("/")
    its.ask("/film", Ear(after=1))
    film = its.recorder.heard().exchanges[-1]
    assert film.truncated == named
    assert film.response is not None


def test_a_stream_without_end_is_not_waited_for_and_its_beginning_is_kept(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "DRAIN_SILENCE", 0.2)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    raw_server.routes |= {"/": http(b"page"), "/live": (Send(head + b"data: 1\n\n"), Stay())}
    its = desk(bench, raw_server)
    its.ask("/")
    asking = threading.Thread(target=its.ask, args=("/live",))
    asking.start()
    while its.recorder.quiet_for() < 0.1:
        time.sleep(0.01)
    assert its.recorder.busy()
    its.recorder.let_go()
    asking.join()
    live = its.recorder.heard().exchanges[-1]
    assert live.truncated == "time"
    assert live.response is not None
    assert b"data: 1" in b"".join(live.response.chunks())


def test_all_answers_together_stay_within_the_limit_of_the_item(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes |= {"/": http(b"page"), "/big": http(b"x" * 100_000)}
    its = desk(bench, raw_server, limits=Limits(max_bytes=50_000, linger=0.05))
    its.ask("/")
    its.ask("/big")
    its.ask("/more")
    heard = its.recorder.heard()
    assert heard.exchanges[-1].truncated == "length"
    assert sum(each.response.size for each in heard.exchanges if each.response) <= 50_000
    assert [each.why for each in heard.unasked] == ["limits"]


def test_no_websocket_takes_all_that_the_item_may_hold(bench: Bench, raw_server: RawServer) -> None:
    head = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    raw_server.routes |= {"/": http(b"page"), "/flood": (Send(head), Drip(b"\x82\x7d" + b"x" * 125, 0.0))}
    its = desk(bench, raw_server, limits=Limits(max_bytes=100_000, linger=0.05))
    its.ask("/")
    near, far = socket.socketpair()
    near.settimeout(20)
    reader = threading.Thread(target=lambda: [None for _ in iter(lambda: near.recv(65_536), b"")])
    reader.start()
    ear = Ear()
    ear.plain = lambda: far  # type: ignore[method-assign]
    headers = ((b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"), (b"Sec-WebSocket-Key", b"a" * 24))
    its.recorder(Asked("GET", its.server.url("/flood"), headers, upgrade=True), ear)
    far.close()
    reader.join()
    near.close()
    heard = its.recorder.heard()
    (_, talk), page = heard.talks[0], heard.exchanges[0].response
    assert page is not None
    assert talk.end == "length"
    assert talk.server.size <= 25_000
    assert its.recorder.left == 100_000 - page.size - talk.server.size - talk.browser.size
    its.ask("/more")
    assert not its.recorder.heard().unasked


def test_a_secret_header_goes_to_the_host_of_the_address_only(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = http(b"seen")
    headers = (("Authorization", "Bearer abcdef123456"), ("X-Study", "yes"))
    its = desk(bench, raw_server, headers=headers)
    its.ask("/")
    its.recorder(Asked("GET", raw_server.url("/other", host="localhost"), ()), Ear())
    own, other = its.recorder.heard().exchanges
    assert b"Bearer abcdef123456" in raw_server.requests[0]
    assert b"abcdef123456" not in own.request
    assert b"X-Study: yes" in other.request
    assert b"Authorization" not in other.request


def test_a_cookie_that_comes_back_is_masked_in_the_record_and_the_browser_has_it(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/"] = http(b"your session is s3cr3t-value-1")
    its = desk(bench, raw_server, secrets=(Secret("Cookie", b"s3cr3t-value-1"),))
    ear = its.ask("/")
    exchange = its.recorder.heard().exchanges[0]
    assert b"s3cr3t-value-1" in ear.got
    assert exchange.response is not None
    assert b"s3cr3t-value-1" not in b"".join(exchange.response.chunks())
    assert len(exchange.private) == 1


def test_a_cookie_of_a_profile_is_looked_for_once_its_host_is_asked(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = http(b"0ne-s3cr3t 4nother-s3cr3t")
    its = desk(bench, raw_server)
    its.recorder.hold((("127.0.0.1", Secret("Cookie", b"0ne-s3cr3t")), ("0.1", Secret("Cookie", b"4nother-s3cr3t"))))
    its.recorder.hold((("7.0.0.1", Secret("Cookie", b"s3cr3t of no host")),))
    its.ask("/")
    kept = its.recorder.heard().exchanges[0].response
    assert kept is not None
    assert b"".join(kept.chunks()).endswith(b"\r\n\r\n********** **************")
    assert len(its.recorder.secrets) == 2


def test_a_disk_that_refuses_is_told_to_whoever_waits(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = http(b"x" * 3_000_000)
    its = desk(bench, raw_server, place=lambda: bench.path / "no" / "such" / "folder")
    its.ask("/")
    assert isinstance(its.recorder.refused, StorageError)
    assert its.recorder.over()


def test_a_chain_that_the_browser_did_not_follow_says_so(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = http(b"", "Location: https://watched.test/x", line=b"HTTP/1.1 302 Found")
    its = desk(bench, raw_server)
    its.ask("/")
    chain = its.recorder.heard().exchanges
    assert chained(chain, UNWATCHED)[1:] == ("partial", ("redirect-unfollowed",))
    assert chained(chain, lambda address: address.host == "watched.test")[2] == ("redirect-watched",)
