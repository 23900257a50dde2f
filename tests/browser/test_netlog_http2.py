"""HTTP/2 in a browser's log: headers in their order, the body octet for octet, and what cannot be said is named."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import h2.config
import h2.connection
import h2.exceptions
import h2.settings
import hpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from netlogs import LogFile, block, heard

from archiver.browser.netlog_draft import Ledger
from archiver.browser.netlog_http2 import Http2, spelled
from archiver.browser.netlog_keep import Store
from archiver.http.parse import read_message
from archiver.model.exchange import Failure

HEAD = [(":method", "GET"), (":authority", "site.test"), (":scheme", "https"), (":path", "/a?b")]


class Pair:
    """A client and a server that speak HTTP/2 over a connection in a log."""

    def __init__(self, log: LogFile, source: int = 1) -> None:
        self.log = log
        self.source = source
        plain = {
            "validate_outbound_headers": False,
            "normalize_outbound_headers": False,
            "validate_inbound_headers": False,
        }
        self.client = h2.connection.H2Connection(h2.config.H2Configuration(**plain))
        self.server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, **plain))
        log.connect(source, tls="h2")
        self.client.initiate_connection()
        self.server.initiate_connection()
        self.pass_on()

    def pass_on(self, step: int = 1 << 20) -> None:
        """Carry what waits both ways, in pieces of `step` bytes."""
        there, back = (self.client, self.server, self.log.sent), (self.server, self.client, self.log.received)
        for speaker, hearer, say in (there, back, there, back):
            data = speaker.data_to_send()
            for start in range(0, len(data), step):
                say(self.source, data[start : start + step])
            with contextlib.suppress(h2.exceptions.H2Error):  # what is said may be wrong on purpose
                hearer.receive_data(data)

    def ask(self, number: int = 1, *more: tuple[str, str], body: bytes | None = None) -> None:
        self.client.send_headers(number, [*HEAD, *more], end_stream=body is None)
        if body is not None:
            self.client.send_data(number, body, end_stream=True)
        self.pass_on()

    def answer(self, number: int = 1, *more: tuple[str, str | bytes], body: bytes = b"", status: str = "200") -> None:
        self.server.send_headers(number, [(":status", status), *more], end_stream=not body)
        for start in range(0, len(body), 10_000):
            self.server.send_data(number, body[start : start + 10_000], end_stream=start + 10_000 >= len(body))
        self.pass_on()


@pytest.fixture
def pair() -> Pair:
    return Pair(LogFile())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.json"


def test_headers_are_spelled_in_their_order_and_the_body_is_what_came(pair: Pair, path: Path) -> None:
    pair.ask(1, ("content-length", "4"), ("cookie", "a=1"), ("cookie", "b=2"), body=b"body")
    more = (("x-two", "one"), ("set-cookie", "a"), ("content-encoding", "br"), ("x-two", "two"), ("x-empty", ""))
    pair.answer(1, *more, ("x-latin", b"caf\xe9"), body=b"\x00coded" * 5000)
    (exchange,) = heard(pair.log.write(path)).exchanges
    assert exchange.request == (
        b"GET /a?b HTTP/1.1\r\nHost: site.test\r\ncontent-length: 4\r\ncookie: a=1\r\ncookie: b=2\r\n\r\nbody"
    )
    assert block(exchange) == (
        b"HTTP/1.1 200 \r\nx-two: one\r\nset-cookie: a\r\ncontent-encoding: br\r\nx-two: two\r\nx-empty: \r\n"
        b"x-latin: caf\xe9\r\n\r\n" + b"\x00coded" * 5000
    )
    assert exchange.message == read_message([block(exchange)])
    assert (exchange.fidelity, exchange.truncated, exchange.failure) == ("reconstructed", None, None)
    assert {anomaly.name for anomaly in exchange.anomalies} == {"header-non-ascii"}
    assert exchange.address.url == "https://site.test/a?b"


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_frames_may_come_in_any_pieces_and_streams_at_once(step: int, path: Path) -> None:
    pair = Pair(LogFile())
    for number in (1, 3):
        pair.client.send_headers(number, HEAD, end_stream=True)
    pair.pass_on(step)
    for number in (1, 3):
        pair.server.send_headers(number, [(":status", "200"), ("x-number", str(number))])
    for _ in range(3):
        for number in (3, 1):
            pair.server.send_data(number, b"%d" % number * 50, pad_length=9)
    for number in (1, 3):
        pair.server.end_stream(number)
    pair.pass_on(step)
    first, second = heard(pair.log.write(path)).exchanges
    assert block(first) == b"HTTP/1.1 200 \r\nx-number: 1\r\n\r\n" + b"1" * 150
    assert block(second) == b"HTTP/1.1 200 \r\nx-number: 3\r\n\r\n" + b"3" * 150


def test_interim_answers_stand_before_and_trailers_are_lost(pair: Pair, path: Path) -> None:
    pair.ask()
    pair.server.send_headers(1, [(":status", "103"), ("link", "</x>")])
    pair.server.send_headers(1, [(":status", "200")])
    pair.server.send_data(1, b"body")
    pair.server.send_headers(1, [("x-trailer", "1")], end_stream=True)
    pair.pass_on()
    (exchange,) = heard(pair.log.write(path)).exchanges
    assert block(exchange) == b"HTTP/1.1 103 \r\nlink: </x>\r\n\r\nHTTP/1.1 200 \r\n\r\nbody"
    assert exchange.message is not None
    assert exchange.message.interim == (103,)
    assert exchange.truncated is None


@pytest.mark.parametrize(
    ("who", "truncated"), [("server", "disconnect"), ("browser", "unspecified"), ("end", "disconnect")]
)
def test_a_stream_that_is_broken_off_is_marked(who: str, truncated: str, pair: Pair, path: Path) -> None:
    pair.ask()
    pair.server.send_headers(1, [(":status", "200")])
    pair.server.send_data(1, b"half")
    pair.pass_on()
    if who == "server":
        pair.server.reset_stream(1)
    elif who == "browser":
        pair.client.reset_stream(1)
    else:
        pair.log.closed(1)
    pair.pass_on()
    (exchange,) = heard(pair.log.write(path)).exchanges
    assert (block(exchange)[-4:], exchange.truncated) == (b"half", truncated)


def test_a_stream_without_an_answer_is_told(pair: Pair, path: Path) -> None:
    pair.ask()
    pair.server.reset_stream(1)
    pair.pass_on()
    (exchange,) = heard(pair.log.write(path)).exchanges
    assert exchange.failure == Failure("no_answer", "the connection ended before the first byte of an answer")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", "a\r\nSet-Cookie: forged"),
        ("x", "a\nb"),
        ("x", "a\0b"),
        ("x y", "1"),
        ("X-Upper", "1"),
        ("", "1"),
        ("x:", ""),
    ],
)
def test_a_header_that_would_be_another_in_http1_makes_no_record(name: str, value: str, pair: Pair, path: Path) -> None:
    pair.ask(1)
    pair.answer(1, (name, value), body=b"body")
    pair.ask(3)
    pair.answer(3)
    first, second = heard(pair.log.write(path)).exchanges
    assert first.failure == Failure("unrecorded", "the answer has a header that HTTP/1.1 cannot spell")
    assert first.response is None
    assert second.failure is None


@pytest.mark.parametrize("status", ["", "20", "abc", "200 OK", "2000"])
def test_an_answer_without_a_proper_status_makes_no_record(status: str, pair: Pair, path: Path) -> None:
    pair.ask(1)
    pair.answer(1, body=b"x", status=status)
    (exchange,) = heard(pair.log.write(path)).exchanges
    assert exchange.failure is not None
    assert exchange.failure.kind == "unrecorded"


def test_a_request_that_cannot_be_spelled_and_a_websocket_are_named(pair: Pair, path: Path) -> None:
    pair.ask(1, ("x", "a\nb"))
    pair.ask(3, (":protocol", "websocket"), body=b"frames")
    pair.answer(3, body=b"frames")
    first, second = heard(pair.log.write(path)).exchanges
    assert first.failure == Failure("unrecorded", "the request has a header that HTTP/1.1 cannot spell")
    assert second.failure == Failure("unrecorded", "a WebSocket over HTTP/2 has no form in HTTP/1.1")
    assert (first.request, second.response) == (b"", None)


def test_headers_that_speak_of_a_connection_do_not_become_framing() -> None:
    said = [(b":status", b"200"), (b"transfer-encoding", b"chunked"), (b"connection", b"close"), (b"a", b"b")]
    assert spelled(said) == b"a: b\r\n"


def test_a_content_length_that_lies_is_read_as_any_other(pair: Pair, path: Path) -> None:
    pair.ask(1)
    pair.answer(1, ("content-length", "9"), body=b"four")
    (exchange,) = heard(pair.log.write(path)).exchanges
    assert exchange.truncated == "disconnect"


def test_a_large_table_of_headers_is_followed(path: Path) -> None:
    pair = Pair(LogFile())
    pair.client.update_settings({h2.settings.SettingCodes.HEADER_TABLE_SIZE: 65_536})
    pair.pass_on()
    for number in range(1, 41, 2):
        pair.ask(number)
        pair.answer(number, *((f"x-{i}", f"{'v' * 200}{i}") for i in range(100)))
    exchanges = heard(pair.log.write(path)).exchanges
    assert len({block(exchange) for exchange in exchanges}) == 1
    assert block(exchanges[0]).count(b"\r\n") == 102


def test_a_long_header_block_goes_on_in_further_frames(pair: Pair, path: Path) -> None:
    pair.ask(1)
    pair.answer(1, *((f"x-{i}", f"{i}" * 50) for i in range(300)))
    (exchange,) = heard(pair.log.write(path)).exchanges
    assert exchange.message is not None
    assert len(exchange.message.headers) == 300


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _hostile() -> Iterator[tuple[str, bytes]]:
    yield "a push", _frame(5, 4, 1, b"\0\0\0\2")
    yield "a continuation of nothing", _frame(9, 4, 1, b"")
    yield "a block that is no block", _frame(1, 4, 1, b"\xff\xff\xff\xff\xff\xff")
    yield "an index that is not there", _frame(1, 4, 1, b"\xfe")
    yield "padding longer than the frame", _frame(0, 8, 1, b"\x09x")
    yield "padding of nothing", _frame(0, 8, 1, b"")
    yield "priority cut short", _frame(1, 0x24, 1, b"\0\0")
    yield "another stream's continuation", _frame(1, 0, 1, b"\x88") + _frame(9, 4, 3, b"")
    yield "data inside a block", _frame(1, 0, 1, b"\x88") + _frame(0, 0, 1, b"")
    yield "a table too large", _frame(1, 4, 1, b"\x3f\xff\xff\xff\x7f")
    yield "a block without end", _frame(1, 0, 1, b"") + _frame(9, 0, 1, bytes(3 << 20)) * 2
    yield "a list too large", _frame(1, 4, 1, b"\x40\x01a\x7f\x80\x1e" + b"b" * 3967 + b"\xbe" * 1100)


@pytest.mark.parametrize("what", [what for what, _ in _hostile()])
def test_what_no_browser_would_take_ends_the_connection_and_keeps_what_was(what: str, pair: Pair, path: Path) -> None:
    pair.ask(1)
    pair.answer(1, body=b"kept")
    pair.ask(3)
    pair.log.received(1, dict(_hostile())[what])
    pair.answer(3, body=b"later")
    made = heard(pair.log.write(path))
    first, second = made.exchanges
    assert block(first) == b"HTTP/1.1 200 \r\n\r\nkept"
    assert second.failure is not None
    assert made.short == ("connection-unreadable",)


def test_a_connection_without_the_preface_is_not_read(path: Path) -> None:
    log = LogFile()
    log.connect(1, tls="h2")
    log.sent(1, b"PRI * HTTP/1.1\r\n\r\n")
    made = heard(log.write(path))
    assert (made.exchanges, made.short) == ((), ("connection-unreadable",))


def test_what_the_browser_sent_that_is_no_request_ends_the_connection(pair: Pair, path: Path) -> None:
    for number, head in enumerate(([(":method", "A B")], [(":authority", "")], [(":path", "/\r\n")])):
        other = Pair(LogFile(), 5)
        other.client.send_headers(1, [*HEAD, *head], end_stream=True)
        other.log.sent(5, other.client.data_to_send())
        made = heard(other.log.write(path.with_suffix(f".{number}")))
        assert (made.exchanges, made.short) == ((), ("connection-unreadable",))


def test_streams_and_exchanges_are_bounded(pair: Pair, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.ask(1)
    pair.ask(3)
    pair.answer(3, body=b"x")
    made = heard(pair.log.write(path), max_exchanges=1)
    assert (len(made.exchanges), made.short) == (1, ("too-many",))
    monkeypatch.setattr("archiver.browser.netlog_http2.MAX_STREAMS", 1)
    made = heard(path)
    assert (len(made.exchanges), made.short) == (1, ("connection-unreadable",))


def test_trailers_of_a_request_are_lost(pair: Pair, path: Path) -> None:
    pair.client.send_headers(1, HEAD)
    pair.client.send_data(1, b"x")
    pair.client.send_headers(1, [("x-trailer", "1")], end_stream=True)
    pair.pass_on()
    pair.answer(1)
    (exchange,) = heard(pair.log.write(path)).exchanges
    assert exchange.request == b"GET /a?b HTTP/1.1\r\nHost: site.test\r\n\r\nx"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=8))
def test_no_bytes_at_all_raise(tmp_path: Path, pieces: list[tuple[bool, bytes]]) -> None:
    talk = Http2(Ledger(Store(lambda: tmp_path / "x"), 100, 10_000))
    opened = hpack.Encoder().encode([(name.encode(), value.encode()) for name, value in HEAD])
    talk.sent(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(1, 5, 1, opened), 1)
    for ours, data in pieces:
        (talk.sent if ours else talk.received)(data, 2)
    talk.ended("closed", 3)
