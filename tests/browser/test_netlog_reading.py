"""A browser's own log becomes exchanges: the very bytes of HTTP/1.1, in order, and nothing that was not there."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from netlogs import ERRORS, OFFSET, LogFile, block, heard

from archiver.browser.netlog_draft import Ledger
from archiver.browser.netlog_http1 import Http1
from archiver.browser.netlog_keep import Store
from archiver.errors import StorageError
from archiver.http.parse import read_message
from archiver.model.exchange import Connection, DnsAnswer, Failure, Tls

GET = b"GET /a HTTP/1.1\r\nHost: site.test\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def log() -> LogFile:
    return LogFile()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "net.json"


def test_one_exchange_is_the_bytes_of_its_connection(log: LogFile, path: Path) -> None:
    log.connect(1)
    log.sent(1, GET)
    log.received(1, OK[:20])
    log.received(1, OK[20:])
    log.closed(1)
    made = heard(log.write(path))
    (exchange,) = made.exchanges
    assert (exchange.address.url, exchange.method, exchange.request) == ("https://site.test/a", "GET", GET)
    assert block(exchange) == OK
    assert exchange.message == read_message([OK])
    assert (exchange.fidelity, exchange.truncated, exchange.failure, exchange.role) == ("wire", None, None, "browser")
    assert made.short == ()
    begin = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=OFFSET)
    assert begin < exchange.started_at < exchange.ended_at < begin + timedelta(seconds=1)


def test_a_connection_is_cut_where_the_next_request_begins(log: LogFile, path: Path) -> None:
    post = b"POST /b?x HTTP/1.1\r\nHost: site.test\r\nContent-Length: 6\r\n\r\nbo"
    log.connect(1, "site.test:8443")
    log.sent(1, GET)
    log.received(1, OK)
    log.sent(1, post)
    log.received(1, b"HTTP/1.1 100 Continue\r\n\r\n")
    log.sent(1, b"dy")
    log.sent(1, b"!!")
    log.received(1, OK + b"more")
    log.sent(1, GET[:9])
    log.sent(1, GET[9:])
    made = heard(log.write(path))
    first, second, third = made.exchanges
    assert (first.request, block(first)) == (GET, OK)
    assert (second.address.url, second.request) == ("https://site.test:8443/b?x", post + b"dy!!")
    assert block(second) == b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"more"
    assert second.message is not None
    assert (second.message.interim, second.message.extra_size, second.message.end) == ((100,), 4, "complete")
    assert third.request == GET
    assert third.failure == Failure(
        "no_answer", "the browser hung up, or its log ended, before the first byte of an answer"
    )


@pytest.mark.parametrize(
    ("ending", "truncated", "names"),
    [
        ("closed", None, {"body-close-delimited"}),
        ("reset", "disconnect", {"body-close-delimited", "body-end-unproven"}),
        ("left", "unspecified", {"body-cut"}),
    ],
)
def test_how_a_body_to_the_close_ended_is_said(
    ending: str, truncated: str | None, names: set[str], log: LogFile, path: Path
) -> None:
    log.connect(1)
    log.sent(1, GET)
    log.received(1, b"HTTP/1.1 200 OK\r\n\r\nbody")
    if ending == "reset":
        log.event(1, "SSL_READ_ERROR", net_error=ERRORS["ERR_FAILED"])
    log.closed(1, by_server=ending == "closed")
    (exchange,) = heard(log.write(path)).exchanges
    assert exchange.truncated == truncated
    assert {anomaly.name for anomaly in exchange.anomalies} == names


def test_an_answer_that_was_announced_longer_is_marked(log: LogFile, path: Path) -> None:
    log.connect(1)
    log.sent(1, GET)
    log.received(1, OK[:-1])
    log.closed(1)
    (exchange,) = heard(log.write(path)).exchanges
    assert exchange.truncated == "disconnect"


def test_a_connection_closed_without_an_answer_is_told(log: LogFile, path: Path) -> None:
    log.connect(1)
    log.sent(1, GET)
    log.closed(1)
    (exchange,) = heard(log.write(path)).exchanges
    assert exchange.failure == Failure("no_answer", "the connection ended before the first byte of an answer")
    assert (exchange.request, exchange.response) == (GET, None)


def test_an_answer_to_head_has_no_body(log: LogFile, path: Path) -> None:
    log.connect(1)
    log.sent(1, GET.replace(b"GET", b"HEAD"))
    log.received(1, OK[:-2])
    log.sent(1, GET)
    log.received(1, OK)
    first, second = heard(log.write(path)).exchanges
    assert (first.method, first.truncated, block(first)) == ("HEAD", None, OK[:-2])
    assert block(second) == OK


def test_plain_http_and_what_did_not_pass_the_gate_are_left_out(log: LogFile, path: Path) -> None:
    log.event(1, "TCP_CONNECT", 1)
    log.event(1, "TCP_CONNECT", 2, remote_address="127.0.0.1:4000")
    log.sent(1, b"GET http://site.test/ HTTP/1.1\r\n\r\n", tls=False)
    log.received(1, OK, tls=False)
    log.connect(2, gate=1)
    log.sent(2, GET)
    log.received(2, OK)
    log.sent(3, GET)
    log.asked(50, "http://site.test/")
    log.asked(51, "https://own.test/", gate=1)
    log.event(51, "URL_REQUEST_START_JOB", 2, net_error=ERRORS["ERR_TUNNEL_CONNECTION_FAILED"])
    assert heard(log.write(path)).exchanges == ()


def test_a_tunnel_without_tls_is_read_as_it_is_and_a_websocket_up_to_its_head(log: LogFile, path: Path) -> None:
    asked = b"GET /ws HTTP/1.1\r\nHost: site.test\r\nUpgrade: websocket\r\n\r\n"
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
    log.connect(1, "site.test:80", tls="")
    log.sent(1, asked, tls=False)
    log.received(1, head[:30], tls=False)
    log.received(1, head[30:] + b"\x81\x02hi", tls=False)
    log.sent(1, b"\x81\x82abcd", tls=False)
    log.received(1, b"\x81\x02hi", tls=False)
    log.closed(1)
    made = heard(log.write(path))
    (exchange,) = made.exchanges
    assert (exchange.address.url, exchange.request, block(exchange)) == ("http://site.test/ws", asked, head)
    assert exchange.truncated is None
    assert made.short == ("websocket-frames",)


def test_a_websocket_that_is_refused_is_an_ordinary_answer(log: LogFile, path: Path) -> None:
    asked = b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"
    log.connect(1)
    log.sent(1, asked)
    log.received(1, OK)
    log.sent(1, asked)
    log.received(1, b"HTTP/1.1 4")
    log.closed(1)
    first, second = heard(log.write(path)).exchanges
    assert block(first) == OK
    assert block(second) == b"HTTP/1.1 4"


def test_the_handshake_is_told_as_the_connection_showed_it(log: LogFile, path: Path) -> None:
    hello = bytes.fromhex("02000046") + b"\x03\x03" + bytes(32) + b"\x20" + bytes(32) + b"\xc0\x2f\x00"
    certificate = b"\x0b\x00\x00\x08\x00\x00\x05\x00\x00\x02\xab\xcd"
    log.connect(1, "[2001:db8::1]:443", tls="")
    log.event(1, "SSL_CONNECT", 1)
    for message in (hello, certificate, b"other", b""):
        log.event(1, "SSL_HANDSHAKE_MESSAGE_RECEIVED", bytes=base64.b64encode(message).decode())
    log.event(1, "SSL_CONNECT", 2, next_proto="http/1.1")
    log.sent(1, GET)
    log.received(1, OK)
    log.connect(2)
    log.sent(2, GET)
    facts = Connection((DnsAnswer("site.test", "A", "NOERROR", ("192.0.2.1",), "dns"),), "192.0.2.1", 443, "x")
    told: list[tuple[str, int]] = []

    def reached(host: str, port: int) -> tuple[Connection, Failure | None]:
        told.append((host, port))
        return facts, None

    first, second = heard(log.write(path), reached=reached).exchanges
    assert first.address.url == "https://[2001:db8::1]/a"
    cipher = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
    assert first.connection.tls == Tls("TLSv1.2", cipher, "http/1.1", "", (b"\xab\xcd",), True)
    assert first.connection.peer_ip == "192.0.2.1"
    assert second.connection == facts
    assert told == [("2001:db8::1", 443), ("site.test", 443)]
    (unsure, _) = heard(path, insecure=True).exchanges
    assert unsure.connection.tls is not None
    assert (unsure.connection.tls.verified, unsure.connection.tls.problem) == (None, "not verified")


def test_a_request_that_could_not_go_out_says_why(log: LogFile, path: Path) -> None:
    hello = bytes.fromhex("02000046") + b"\x03\x03" + bytes(32) + b"\x00\x13\x01\x00"
    log.asked(50, "https://refused.test/x#fragment", "POST")
    log.event(50, "URL_REQUEST_START_JOB", 2, net_error=ERRORS["ERR_TUNNEL_CONNECTION_FAILED"])
    log.asked(51, "https://other.test:444/")
    log.event(51, "REQUEST_ALIVE", 2, net_error=ERRORS["ERR_TUNNEL_CONNECTION_FAILED"])
    log.connect(1, "old.test:443", tls="")
    log.event(1, "SSL_CONNECT", 1)
    log.event(1, "SSL_HANDSHAKE_MESSAGE_RECEIVED", bytes=base64.b64encode(hello).decode())
    log.event(1, "SSL_CONNECT", 2, net_error=ERRORS["ERR_CERT_DATE_INVALID"])
    log.closed(1)
    log.asked(52, "https://old.test/")
    log.event(52, "URL_REQUEST_START_JOB", 2, net_error=ERRORS["ERR_CERT_DATE_INVALID"])
    log.asked(53, "https://left.test/")
    log.event(53, "REQUEST_ALIVE", 2, net_error=ERRORS["ERR_ABORTED"])
    log.asked(54, "https://odd.test/")
    log.event(54, "REQUEST_ALIVE", 2, net_error=-777)
    refusal = Failure("refused", "address 10.0.0.1 is not public: private")

    def reached(host: str, port: int) -> tuple[Connection, Failure | None]:
        return Connection(via="proxy"), refusal if host == "refused.test" else None

    refused, other, old, odd = heard(log.write(path), reached=reached).exchanges
    assert (refused.address.url, refused.method, refused.failure) == ("https://refused.test/x", "POST", refusal)
    assert refused.connection.via == "proxy"
    assert other.failure == Failure("proxy", "the browser gave up: ERR_TUNNEL_CONNECTION_FAILED")
    assert other.address.port == 444
    assert old.failure == Failure("tls_verify", "the browser gave up: ERR_CERT_DATE_INVALID")
    assert old.connection.tls is not None
    assert (old.connection.tls.verified, old.connection.tls.problem) == (False, "cert date invalid")
    assert odd.failure == Failure("unrecorded", "the browser gave up: -777")
    assert all(each.request == b"" and each.response is None for each in (refused, other, old, odd))


def test_what_was_sent_and_is_not_in_the_log_is_named_as_often_as_it_is_missing(log: LogFile, path: Path) -> None:
    for source in (50, 51, 52):
        log.asked(source, "https://site.test/a")
        log.event(source, "HTTP_TRANSACTION_SEND_REQUEST", 1)
        log.event(source, "REQUEST_ALIVE", 2)
    log.asked(53, "https://site.test/from-cache")
    log.event(53, "REQUEST_ALIVE", 2)
    log.connect(1)
    log.sent(1, GET)
    log.received(1, OK)
    exchanges = heard(log.write(path)).exchanges
    assert sorted(each.failure.kind if each.failure else "" for each in exchanges) == ["", "unrecorded", "unrecorded"]
    assert {each.address.url for each in exchanges} == {"https://site.test/a"}


def test_a_redirect_is_two_requests(log: LogFile, path: Path) -> None:
    log.asked(50, "https://site.test/a")
    log.event(50, "HTTP_TRANSACTION_SEND_REQUEST", 1)
    log.asked(50, "https://site.test/b")
    log.event(50, "HTTP_TRANSACTION_SEND_REQUEST", 1)
    log.event(50, "REQUEST_ALIVE", 2)
    urls = [each.address.url for each in heard(log.write(path)).exchanges]
    assert urls == ["https://site.test/a", "https://site.test/b"]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_log_keeps_what_came_before(cut: int, log: LogFile, path: Path) -> None:
    log.connect(1)
    log.sent(1, GET)
    log.received(1, OK)
    log.sent(1, GET)
    log.received(1, OK)
    whole = log.write(path, end="\n").read_bytes()
    path.write_bytes(whole[:-cut])
    made = heard(path)
    assert made.short == ("log-torn",)
    first, second = made.exchanges
    assert block(first) == OK
    assert (block(second) == OK) == (second.failure is None)


@pytest.mark.parametrize("end", ["],\n", "]\n", "\n],\n", "\n]\n}"])
def test_every_way_a_log_may_end_is_whole(end: str, log: LogFile, path: Path) -> None:
    log.connect(1)
    assert heard(log.write(path, end)).short == ()


@pytest.mark.parametrize(
    "line",
    [
        "garbage",
        "{",
        "[]",
        "7",
        '{"type":1000}',
        '{"source":{"id":"1"},"type":1000}',
        '{"source":{"id":1},"type":"x"}',
        '{"params":[],"source":{"id":1},"type":1000}',
        "[" * 100_000,
        '{"type":1e999,"source":{"id":1}}',
        '{"type":1' + "0" * 5000 + "}",
        "\udcff",
        "",
    ],
)
def test_nothing_behind_a_line_that_is_no_event_is_trusted(line: str, log: LogFile, path: Path) -> None:
    log.connect(1)
    log.sent(1, GET)
    log.received(1, OK[:-1])
    log.lines.append("MARK")
    log.received(1, b"k")
    text = log.write(path).read_text("utf-8")
    path.write_text(text.replace("MARK", line), "utf-8", errors="surrogateescape")
    made = heard(path)
    assert made.short == ("log-torn",)
    (exchange,) = made.exchanges
    assert block(exchange) == OK[:-1]
    assert exchange.truncated == "unspecified"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "{}",
        "[" * 100_000,
        '{"constants": {}',
        '{"constants": {},\n"other": [\n',
        '{"constants": [],\n"events": [\n]',
        '{"constants": {"logEventTypes": {"TCP_CONNECT": "x"}, "timeTickOffset": "x"},\n"events": [\n{"type":1}\n',
        '{"constants": {"logEventTypes": 7, "netError": null},\n"events": [\nx\n',
    ],
)
def test_what_is_no_log_holds_nothing_and_is_said_to_be_torn(text: str, path: Path) -> None:
    path.write_text(text, "utf-8")
    made = heard(path)
    assert made.exchanges == ()
    assert "log-torn" in made.short


def test_a_log_without_an_event_that_is_read_says_so(log: LogFile, path: Path) -> None:
    log.connect(1)
    text = log.write(path).read_text("utf-8")
    path.write_text(text.replace('"SSL_SOCKET_BYTES_RECEIVED"', '"TLS_OCTETS"'), "utf-8")
    assert heard(path).short == ("log-unknown",)


@pytest.mark.parametrize("lie", ["size", "base64", "missing", "number"])
def test_a_gap_in_a_connection_ends_it_and_no_other(lie: str, log: LogFile, path: Path) -> None:
    log.connect(1)
    log.connect(2)
    log.sent(1, GET)
    log.sent(2, GET)
    log.received(1, OK[:-1])
    if lie == "size":
        log.received(1, b"k", size=10**18)
    elif lie == "base64":
        log.event(1, "SSL_SOCKET_BYTES_RECEIVED", byte_count=1, bytes="é!")
    elif lie == "missing":
        log.event(1, "SSL_SOCKET_BYTES_RECEIVED", byte_count=1)
    else:
        log.event(1, "SSL_SOCKET_BYTES_RECEIVED", byte_count="1", bytes=7)
    log.received(1, b"HTTP/1.1 200 OK\r\n\r\nforged")
    log.received(2, OK)
    made = heard(log.write(path))
    first, second = made.exchanges
    if lie != "number":
        assert block(first) == OK[:-1]
    assert block(second) == OK
    assert made.short == (("connection-unreadable",) if lie != "number" else made.short)
    assert first.truncated == "unspecified" or lie == "number"


def test_odd_events_raise_nothing(log: LogFile, path: Path) -> None:
    for params in ({}, {"line": 7}, {"line": "CONNECT x HTTP/1.1"}, {"line": "CONNECT x:99999999 HTTP/1.1"}):
        log.event(1, "TCP_CONNECT", 2, remote_address="127.0.0.1:4000")
        log.event(1, "HTTP_TRANSACTION_SEND_TUNNEL_HEADERS", **params)
        log.event(1, "HTTP_TRANSACTION_TUNNEL_READ_HEADERS", 2)
        log.received(1, OK)
    log.event(2, "TCP_CONNECT", 2, remote_address={})
    log.event(3, "HTTP_STREAM_JOB_CONTROLLER_BOUND", source_dependency=[])
    log.event(3, "HTTP_STREAM_JOB_CONTROLLER_BOUND", source_dependency={"id": "x"})
    log.event(3, "URL_REQUEST_START_JOB", 1, url="https://[/", method=None)
    log.asked(4, "https://[bad/")
    log.event(4, "REQUEST_ALIVE", 2, net_error=ERRORS["ERR_FAILED"])
    log.asked(5, "https://x:bad/")
    log.event(5, "HTTP_TRANSACTION_SEND_REQUEST", 1)
    log.connect(6, "no host:443")
    log.connect(7)
    log.received(7, OK)
    log.sent(7, b"\r\n\r\n")
    log.closed(7)
    log.event(7, "OTHER")
    made = heard(log.write(path))
    assert "address-unusable" in made.short
    assert all(each.failure is not None for each in made.exchanges)


@pytest.mark.parametrize("time", ["-5", "9" * 17, "9" * 400, "x"])
def test_no_time_that_a_log_claims_breaks_the_reading(time: str, log: LogFile, path: Path) -> None:
    log.connect(1)
    log.sent(1, GET)
    log.received(1, OK)
    text = log.write(path).read_text("utf-8")
    for number in range(1, 20):
        text = text.replace(f'"time":"{number}"', f'"time":"{time}"')
    path.write_text(text, "utf-8")
    (exchange,) = heard(path).exchanges
    assert exchange.started_at <= exchange.ended_at


def test_bodies_past_a_mebibyte_are_in_files_of_mode_600(log: LogFile, path: Path) -> None:
    body = hashlib.shake_256(b"").digest((1 << 20) + 5)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    log.connect(1)
    log.sent(1, GET)
    for start in range(0, len(answer), 70_000):
        log.received(1, answer[start : start + 70_000])
    (exchange,) = heard(log.write(path)).exchanges
    assert exchange.response is not None
    assert exchange.response.path is not None
    assert exchange.response.path.stat().st_mode & 0o777 == 0o600
    assert block(exchange) == answer
    assert exchange.response.sha256 == hashlib.sha256(answer).hexdigest()


def test_limits_are_kept_and_named(log: LogFile, path: Path) -> None:
    log.connect(1)
    for _ in range(3):
        log.sent(1, GET)
        log.received(1, OK)
    made = heard(log.write(path), max_exchanges=2)
    assert (len(made.exchanges), made.short) == (2, ("too-many",))
    made = heard(path, max_bytes=len(OK) + 10)
    first, second, third = made.exchanges
    assert made.short == ("too-large",)
    assert (first.truncated, second.truncated, block(second)) == (None, "length", OK[:10])
    assert third.failure == Failure("unrecorded", "the limit on bytes was reached before it")


def test_requests_are_bounded(log: LogFile, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.browser.netlog_draft.MAX_REQUEST", 40)
    monkeypatch.setattr("archiver.browser.netlog_http1.MAX_HEAD", 1000)
    log.connect(1)
    log.sent(1, b"POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\n" + b"x" * 50)
    log.received(1, OK)
    log.sent(1, b"y" * 2000)
    log.sent(1, GET)
    log.received(1, OK)
    made = heard(log.write(path))
    assert made.short == ("request-cut",)
    assert len(made.exchanges[0].request) == 40


def test_all_answers_together_take_no_more_memory_than_they_may(
    log: LogFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.browser.netlog_keep.MAX_MEMORY", 2 * len(OK))
    log.connect(1)
    for _ in range(4):
        log.sent(1, GET)
        log.received(1, OK)
    exchanges = heard(log.write(path)).exchanges
    assert [each.response is not None and each.response.path is None for each in exchanges] == [True] * 2 + [False] * 2
    assert {block(each) for each in exchanges} == {OK}


def test_a_disk_that_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    kept = Store(lambda: taken).begin()
    with pytest.raises(StorageError, match="file exists"):
        kept.write(bytes(2 << 20))
    kept = Store(lambda: tmp_path / "new").begin()
    kept.write(bytes(2 << 20))
    (tmp_path / "new").unlink()
    with pytest.raises(StorageError, match="no such file"):
        kept.finish()
    monkeypatch.setattr("archiver.browser.netlog_keep.RESERVE", 1 << 62)
    with pytest.raises(StorageError, match="disk is full"):
        Store(lambda: tmp_path / "full").begin().write(bytes(2 << 20))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=12), st.lists(st.integers(1, 40), max_size=12))
def test_in_which_pieces_a_connection_came_makes_no_difference(asked: list[int], answered: list[int]) -> None:
    post = b"POST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
    ledger = Ledger(Store(Path), 100, 1 << 20)
    talk = Http1(ledger, "https://site.test")
    for request, answer in ((GET, OK), (post, OK + b"extra"), (GET, b"HTTP/1.1 200 OK\r\n\r\nrest")):
        for piece in _pieces(request, asked):
            talk.sent(piece, 1)
        for piece in _pieces(answer, answered):
            talk.received(piece, 2)
    talk.ended("closed", 3)
    assert [bytes(draft.request) for draft in ledger.drafts] == [GET, post, GET]
    blobs = [draft.blob.data if draft.blob else b"" for draft in ledger.drafts]
    assert blobs == [OK, OK + b"extra", b"HTTP/1.1 200 OK\r\n\r\nrest"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=10))
def test_no_bytes_of_a_connection_raise(pieces: list[tuple[bool, bytes]]) -> None:
    talk = Http1(Ledger(Store(Path), 100, 10_000), "https://site.test")
    talk.sent(GET, 1)
    for ours, data in pieces:
        (talk.sent if ours else talk.received)(data, 2)
    talk.ended("reset", 3)


def _pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    cuts = [0, *accumulate(sizes), len(data)]
    return [data[start:end] for start, end in pairwise(sorted({min(cut, len(data)) for cut in cuts}))]
