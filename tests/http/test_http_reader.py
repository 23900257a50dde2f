"""Every class of odd answer, and what it is taken to mean."""

import hashlib
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from archiver.http.body import MAX_CHUNK_LINE
from archiver.http.head import MAX_LINES
from archiver.http.parse import entity_pieces, read_message
from archiver.http.reader import MAX_HEAD, MAX_INTERIM, ResponseReader
from archiver.model.http import Anomaly, Message

OK = b"HTTP/1.1 200 OK\r\n"
LEN5 = b"Content-Length: 5\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CLOSE = "body-close-delimited"


@dataclass(frozen=True)
class Case:
    name: str
    block: bytes
    status: int | None
    framing: str
    end: str
    entity: bytes
    anomalies: tuple[str, ...] = ()
    extra: int = 0
    method: str = "GET"


STATUS_LINE = [
    Case("plain", OK + LEN5 + b"hello", 200, "length", "complete", b"hello"),
    Case("no-reason", b"HTTP/1.1 200\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello"),
    Case("reason-space", b"HTTP/1.1 200 \r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello"),
    Case("http-1.0", b"HTTP/1.0 200 OK\r\n\r\nhello", 200, "close", "close", b"hello", (CLOSE,)),
    Case("http-2", b"HTTP/2 200\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("status-version-odd",)),
    Case(
        "lower", b"http/1.1 200 ok\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("status-version-odd",)
    ),
    Case("spaces", b"HTTP/1.1  200 OK\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("status-spacing",)),
    Case("tab", b"HTTP/1.1\t200\tOK\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("status-spacing",)),
    Case("glued", b"HTTP/1.1 200OK\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("status-spacing",)),
    Case("icy", b"ICY 200 OK\r\nicy-name: x\r\n\r\nmp3", 200, "close", "close", b"mp3", ("status-icy", CLOSE)),
    Case("099", b"HTTP/1.1 099 x\r\n" + LEN5 + b"hello", 99, "length", "complete", b"hello", ("status-out-of-range",)),
    Case("20", b"HTTP/1.1 20 x\r\n" + LEN5 + b"hello", 20, "length", "complete", b"hello", ("status-out-of-range",)),
    Case(
        "2000", b"HTTP/1.1 2000 x\r\n" + LEN5 + b"hello", 2000, "length", "complete", b"hello", ("status-out-of-range",)
    ),
    Case("no-number", b"HTTP/1.1 OK\r\n" + LEN5 + b"hello", None, "length", "complete", b"hello", ("status-missing",)),
    Case("bare-version", b"HTTP/1.1\r\n" + LEN5 + b"hello", None, "length", "complete", b"hello", ("status-missing",)),
    Case(
        "huge",
        b"HTTP/1.1 99999999999 x\r\n" + LEN5 + b"hello",
        None,
        "length",
        "complete",
        b"hello",
        ("status-missing",),
    ),
    Case("bom", b"\xef\xbb\xbf" + OK + LEN5 + b"hello", 200, "length", "complete", b"hello", ("status-junk-before",)),
    Case("crlf", b"\r\n\r\n" + OK + LEN5 + b"hello", 200, "length", "complete", b"hello", ("status-junk-before",)),
    Case(
        "reason",
        b"HTTP/1.1 200 \x1b\xe9\r\n" + LEN5 + b"hello",
        200,
        "length",
        "complete",
        b"hello",
        ("status-reason-odd",),
    ),
    Case(
        "garbage", b"12345" + OK + LEN5, None, "http09", "close", b"12345" + OK + LEN5, ("status-line-missing", CLOSE)
    ),
    Case("http-0.9", b"<html>old</html>", None, "http09", "close", b"<html>old</html>", ("status-line-missing", CLOSE)),
    Case("http-0.9-short", b"hi", None, "http09", "close", b"hi", ("status-line-missing", CLOSE)),
    Case("nothing", b"", None, "none", "cut", b"", ("answer-empty",)),
]

HEADERS = [
    Case("folded", OK + b"A: 1\r\n  2\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("header-folded",)),
    Case(
        "leading", OK + b" A: 1\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("header-leading-space",)
    ),
    Case("latin-1", OK + b"A: \xe9\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("header-non-ascii",)),
    Case(
        "twice",
        OK + b"Date: 1\r\nDATE: 2\r\n" + LEN5 + b"hello",
        200,
        "length",
        "complete",
        b"hello",
        ("header-several",),
    ),
    Case("cookies", OK + b"Set-Cookie: 1\r\nSet-Cookie: 2\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello"),
    Case("no-colon", OK + b"what\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("header-no-colon",)),
    Case("no-name", OK + b": x\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("header-name-empty",)),
    Case("bad-name", OK + b"a/b c: x\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("header-name-odd",)),
    Case(
        "space",
        OK + b"Content-Length : 5\r\n\r\nhello",
        200,
        "length",
        "complete",
        b"hello",
        ("header-space-before-colon",),
    ),
    Case("nul", OK + b"A: x\0y\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("header-nul",)),
    Case("control", OK + b"A: x\x1by\r\n" + LEN5 + b"hello", 200, "length", "complete", b"hello", ("header-control",)),
    Case("cr", OK + b"A: x\rContent-Length: 5\r\n\r\nhello", 200, "length", "complete", b"hello", ("header-bare-cr",)),
    Case("lf", b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", 200, "length", "complete", b"hello", ("head-bare-lf",)),
    Case("mixed-lf", OK + b"Content-Length: 5\n\r\nhello", 200, "length", "complete", b"hello", ("head-bare-lf",)),
    Case("cut", OK + b"Content-Le", 200, "none", "cut", b"", ("header-no-colon", "head-cut")),
    Case("cut-status", b"HTTP/1.1 20", 20, "none", "cut", b"", ("status-out-of-range", "head-cut")),
    Case("cut-end", OK + b"Content-Length: 5\r\n\r", 200, "none", "cut", b"", ("header-bare-cr", "head-cut")),
]


def lengths(*values: bytes) -> bytes:
    return OK + b"".join(b"Content-Length: " + value + b"\r\n" for value in values) + b"\r\nhello"


LENGTHS = [
    Case("negative", lengths(b"-5"), 200, "close", "close", b"hello", ("length-unusable", CLOSE)),
    Case("textual", lengths(b"five"), 200, "close", "close", b"hello", ("length-unusable", CLOSE)),
    Case("empty", lengths(b""), 200, "close", "close", b"hello", ("length-unusable", CLOSE)),
    Case("plus", lengths(b"+5"), 200, "close", "close", b"hello", ("length-unusable", CLOSE)),
    Case("underscore", lengths(b"0_5"), 200, "close", "close", b"hello", ("length-unusable", CLOSE)),
    Case("hex", lengths(b"0x5"), 200, "close", "close", b"hello", ("length-unusable", CLOSE)),
    Case(
        "arabic", lengths("٥".encode()), 200, "close", "close", b"hello", ("length-unusable", "header-non-ascii", CLOSE)
    ),
    Case("float", lengths(b"5.0"), 200, "close", "close", b"hello", ("length-unusable", CLOSE)),
    Case("zeros", lengths(b"0" * 5000 + b"5"), 200, "length", "complete", b"hello"),
    Case("huge", lengths(b"9" * 5000), 200, "close", "close", b"hello", ("length-too-large", CLOSE)),
    Case("2^63", lengths(b"9223372036854775808"), 200, "close", "close", b"hello", ("length-too-large", CLOSE)),
    Case("2^63-1", lengths(b"9223372036854775807"), 200, "length", "cut", b"hello", ("body-cut",)),
    Case("equal", lengths(b"5", b"5"), 200, "length", "complete", b"hello", ("length-several",)),
    Case("list", lengths(b"5, 5"), 200, "length", "complete", b"hello", ("length-several",)),
    Case("conflict", lengths(b"5", b"4"), 200, "close", "close", b"hello", ("length-conflict", CLOSE)),
    Case("conflict-list", lengths(b"5,4"), 200, "close", "close", b"hello", ("length-conflict", CLOSE)),
    Case("short", lengths(b"4"), 200, "length", "complete", b"hell", ("bytes-after-end",), extra=1),
    Case("long", lengths(b"9"), 200, "length", "cut", b"hello", ("body-cut",)),
    Case("zero", lengths(b"0"), 200, "length", "complete", b"", ("bytes-after-end",), extra=5),
    Case("none", OK + b"\r\nhello", 200, "close", "close", b"hello", (CLOSE,)),
    Case("none-empty", OK + b"\r\n", 200, "close", "close", b"", (CLOSE,)),
]


def coded(*values: bytes, version: bytes = b"1.1", more: bytes = b"") -> bytes:
    lines = b"".join(b"Transfer-Encoding: " + value + b"\r\n" for value in values)
    return b"HTTP/" + version + b" 200 OK\r\n" + lines + more + b"\r\n5\r\nhello\r\n0\r\n\r\n"


RAW = b"5\r\nhello\r\n0\r\n\r\n"

CODINGS = [
    Case("chunked", coded(b"chunked"), 200, "chunked", "complete", b"hello"),
    Case("upper", coded(b"CHUNKED"), 200, "chunked", "complete", b"hello"),
    Case("twice", coded(b"chunked", b"chunked"), 200, "chunked", "complete", b"hello", ("transfer-encoding-several",)),
    Case("gzip", coded(b"gzip, chunked"), 200, "chunked", "complete", b"hello", ("transfer-encoding-odd",)),
    Case("identity", coded(b"identity"), 200, "close", "close", RAW, ("transfer-encoding-odd", CLOSE)),
    Case("unknown", coded(b"xchunked"), 200, "close", "close", RAW, ("transfer-encoding-odd", CLOSE)),
    Case("empty", coded(b""), 200, "close", "close", RAW, ("transfer-encoding-odd", CLOSE)),
    Case(
        "http-1.0", coded(b"chunked", version=b"1.0"), 200, "close", "close", RAW, ("transfer-encoding-ignored", CLOSE)
    ),
    Case(
        "with-length",
        coded(b"chunked", more=b"Content-Length: 3\r\n"),
        200,
        "chunked",
        "complete",
        b"hello",
        ("transfer-encoding-with-length",),
    ),
    Case(
        "http-2",
        coded(b"chunked", version=b"2"),
        200,
        "close",
        "close",
        RAW,
        ("status-version-odd", "transfer-encoding-ignored", CLOSE),
    ),
]

LAST = b"0\r\n\r\n"
BROKEN = ("chunk-broken", CLOSE)
LONG_EXTENSION = b"5;" + b"x" * (MAX_CHUNK_LINE - 4)

CHUNKS = [
    Case("two", CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n" + LAST, 200, "chunked", "complete", b"hello"),
    Case("binary", CHUNKED + b"4\r\n\r\n\r\n\r\n" + LAST, 200, "chunked", "complete", b"\r\n\r\n"),
    Case(
        "extension",
        CHUNKED + b'5;a="b"\r\nhello\r\n' + LAST,
        200,
        "chunked",
        "complete",
        b"hello",
        ("chunk-extension",),
    ),
    Case("0x", CHUNKED + b"0x5\r\nhello\r\n" + LAST, 200, "chunked", "complete", b"hello", ("chunk-size-odd",)),
    Case("spaces", CHUNKED + b" 5  \r\nhello\r\n" + LAST, 200, "chunked", "complete", b"hello", ("chunk-size-odd",)),
    Case("zeros", CHUNKED + b"0" * 40 + b"5\r\nhello\r\n" + LAST, 200, "chunked", "complete", b"hello"),
    Case("lf", CHUNKED + b"5\nhello\n0\n\n", 200, "chunked", "complete", b"hello", ("chunk-bare-lf",)),
    Case("lf-data", CHUNKED + b"5\r\nhello\n" + LAST, 200, "chunked", "complete", b"hello", ("chunk-bare-lf",)),
    Case("lf-last", CHUNKED + b"5\r\nhello\r\n0\r\n\n", 200, "chunked", "complete", b"hello", ("chunk-bare-lf",)),
    Case("trailer", CHUNKED + b"0\r\nA: b\r\nC: d\r\n\r\n", 200, "chunked", "complete", b"", ("chunk-trailer",)),
    Case("after", CHUNKED + LAST + b"more", 200, "chunked", "complete", b"", ("bytes-after-end",), extra=4),
    Case("no-last", CHUNKED + b"5\r\nhello\r\n", 200, "chunked", "cut", b"hello", ("chunk-last-missing",)),
    Case("no-crlf", CHUNKED + b"5\r\nhello", 200, "chunked", "cut", b"hello", ("body-cut",)),
    Case("half-crlf", CHUNKED + b"5\r\nhello\r", 200, "chunked", "cut", b"hello", ("body-cut",)),
    Case("no-end", CHUNKED + b"5\r\nhello\r\n0\r\n", 200, "chunked", "complete", b"hello", ("chunk-end-missing",)),
    Case("cut-data", CHUNKED + b"9\r\nhello", 200, "chunked", "cut", b"hello", ("body-cut",)),
    Case("cut-size", CHUNKED + b"5\r\nhello\r\n1", 200, "chunked", "cut", b"hello", ("body-cut",)),
    Case("cut-extension", CHUNKED + b"5\r\nhello\r\n1;a", 200, "chunked", "cut", b"hello", ("body-cut",)),
    Case("nothing", CHUNKED, 200, "chunked", "cut", b"", ("chunk-last-missing",)),
    Case("plain", CHUNKED + b"<p>plain\n</p>", 200, "chunked", "close", b"<p>plain\n</p>", BROKEN),
    Case("plain-line", CHUNKED + b"plain", 200, "chunked", "close", b"plain", BROKEN),
    Case("negative", CHUNKED + b"-5\r\nhello\r\n" + LAST, 200, "chunked", "close", b"-5\r\nhello\r\n" + LAST, BROKEN),
    Case("empty-size", CHUNKED + b"\r\nhello", 200, "chunked", "close", b"\r\nhello", BROKEN),
    Case("bad-end", CHUNKED + b"5\r\nhelloXX3\r\n", 200, "chunked", "close", b"helloXX3\r\n", BROKEN),
    Case("cr-only", CHUNKED + b"5\r\nhello\r3\r\n", 200, "chunked", "close", b"hello\r3\r\n", BROKEN),
    Case("broken-later", CHUNKED + b"5\r\nhello\r\nzz\r\nrest", 200, "chunked", "close", b"hellozz\r\nrest", BROKEN),
    Case(
        "40-digits",
        CHUNKED + b"f" * 40 + b"\r\nx",
        200,
        "chunked",
        "close",
        b"f" * 40 + b"\r\nx",
        ("chunk-size-too-large", CLOSE),
    ),
    Case(
        "2^63",
        CHUNKED + b"8" + b"0" * 15 + b"\r\nx",
        200,
        "chunked",
        "close",
        b"8" + b"0" * 15 + b"\r\nx",
        ("chunk-size-too-large", CLOSE),
    ),
    Case("2^63-1", CHUNKED + b"7" + b"f" * 15 + b"\r\nx", 200, "chunked", "cut", b"x", ("body-cut",)),
    Case(
        "long-line",
        CHUNKED + LONG_EXTENSION + b"\r\nhello\r\n" + LAST,
        200,
        "chunked",
        "complete",
        b"hello",
        ("chunk-extension",),
    ),
    Case(
        "too-long-line",
        CHUNKED + LONG_EXTENSION + b"xxx\r\nx",
        200,
        "chunked",
        "close",
        LONG_EXTENSION + b"xxx\r\nx",
        BROKEN,
    ),
]

BODYLESS = [
    Case("head", OK + LEN5, 200, "none", "complete", b"", method="HEAD"),
    Case("head-body", OK + LEN5 + b"hello", 200, "none", "complete", b"", ("bytes-after-end",), 5, "HEAD"),
    Case("204", b"HTTP/1.1 204 No\r\n\r\nhello", 204, "none", "complete", b"", ("bytes-after-end",), 5),
    Case("304", b"HTTP/1.1 304 No\r\n" + LEN5 + b"hello", 304, "none", "complete", b"", ("bytes-after-end",), 5),
    Case("205", b"HTTP/1.1 205 Reset\r\n" + LEN5 + b"hello", 205, "length", "complete", b"hello"),
    Case("connect", OK + b"\r\n", 200, "none", "complete", b"", method="CONNECT"),
    Case(
        "connect-refused",
        b"HTTP/1.1 407 No\r\n" + LEN5 + b"hello",
        407,
        "length",
        "complete",
        b"hello",
        method="CONNECT",
    ),
    Case("101", b"HTTP/1.1 101 x\r\n\r\nframes", 101, "close", "close", b"frames", ("status-switching", CLOSE)),
]

ALL = [*STATUS_LINE, *HEADERS, *LENGTHS, *CODINGS, *CHUNKS, *BODYLESS]


def names(message: Message) -> set[str]:
    return {anomaly.name for anomaly in message.anomalies}


@pytest.mark.parametrize("group", ["STATUS_LINE", "HEADERS", "LENGTHS", "CODINGS", "CHUNKS", "BODYLESS"])
def test_the_cases_of_a_group_have_distinct_names(group: str) -> None:
    cases = globals()[group]
    assert len({case.name for case in cases}) == len(cases)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_an_odd_answer_has_one_meaning(case: Case) -> None:
    message = read_message([case.block], case.method)
    assert (message.status, message.framing, message.end) == (case.status, case.framing, case.end)
    assert b"".join(entity_pieces([case.block], case.method)) == case.entity
    assert message.entity_size == len(case.entity)
    assert message.entity_sha256 == hashlib.sha256(case.entity).hexdigest()
    assert message.extra_size == case.extra
    assert message.head_size + message.body_size + message.extra_size == len(case.block)
    assert names(message) == set(case.anomalies)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_an_answer_that_comes_byte_by_byte_means_the_same(case: Case) -> None:
    single = [case.block[i : i + 1] for i in range(len(case.block))]
    assert read_message(single, case.method) == read_message([case.block], case.method)
    assert b"".join(entity_pieces(single, case.method)) == case.entity


def test_interim_answers_are_passed_over_and_listed() -> None:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102\r\n\r\nHTTP/1.1 103 Early\r\nLink: <a>\r\nWhat\r\n\r\n"
    message = read_message([early + OK + LEN5 + b"hello"])
    assert (message.interim, message.status, message.entity_size) == ((100, 102, 103), 200, 5)
    assert message.headers == ((b"Content-Length", b"5"),)
    assert message.head_size == len(early + OK + LEN5)
    assert message.anomalies == (Anomaly("header-no-colon", early.index(b"What")),)
    assert not message.plain


def test_interim_answers_without_a_final_one_are_a_cut_answer() -> None:
    message = read_message([b"HTTP/1.1 100 Continue\r\n\r\n"])
    assert (message.interim, message.status, message.framing, message.end) == ((100,), None, "none", "cut")
    assert names(message) == {"interim-only"}


def test_bytes_after_an_interim_answer_that_are_no_head_are_body() -> None:
    message = read_message([b"HTTP/1.1 100 Continue\r\n\r\n<html>text</html>"])
    assert (message.status, message.framing, message.head_size, message.entity_size) == (None, "http09", 25, 17)


def test_header_values_lose_only_the_white_space_around_them() -> None:
    block = b"HTTP/1.1 200 OK \r\nA:\t b  c \r\n \t d \r\n  \r\nE:\r\nfoo: \xff\r\n\r\n"
    message = read_message([block])
    assert message.reason == b"OK"
    assert message.headers == ((b"A", b"b  c  d"), (b"E", b""), (b"foo", b"\xff"))
    assert message.value("FOO") == b"\xff"


def test_anomalies_say_where_they_were_seen_first_and_only_once() -> None:
    block = OK + b"a: b\r\nbad\r\nworse\r\n\xe9: 1\r\n" + LEN5 + b"hello!!"
    message = read_message([block])
    assert message.anomalies == (
        Anomaly("header-no-colon", block.index(b"bad")),
        Anomaly("header-name-odd", block.index(b"\xe9")),
        Anomaly("header-non-ascii", block.index(b"\xe9")),
        Anomaly("bytes-after-end", block.index(b"!!")),
    )


def test_pieces_carry_their_place_on_the_wire() -> None:
    block = CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\nzz"
    reader = ResponseReader()
    pieces = reader.feed(block)
    reader.close(clean=True)
    assert [piece for _, piece in pieces] == [b"he", b"llo"]
    assert [piece for _, piece in reader.late] == [b"zz"]
    for at, piece in (*pieces, *reader.late):
        assert block[at : at + len(piece)] == piece


def test_done_is_said_by_the_framing_alone() -> None:
    reader = ResponseReader()
    reader.feed(OK + LEN5 + b"hell")
    assert not reader.done
    reader.feed(b"o")
    assert reader.done
    assert reader.feed(b"more") == []
    assert reader.close(clean=False, cut=True).end == "complete"


def test_entity_pieces_stop_reading_at_the_end_of_the_answer() -> None:
    def chunks() -> Iterator[bytes]:
        yield OK + LEN5 + b"hello"
        raise AssertionError("read past the end")

    assert list(entity_pieces(chunks())) == [b"hello"]


@pytest.mark.parametrize(
    ("block", "end", "anomaly"),
    [
        (OK + b"\r\nhello", "cut", "body-cut"),
        (CHUNKED + b"5\r\nhello\r\n", "cut", "body-cut"),
        (CHUNKED + b"0\r\n", "cut", "body-cut"),
        (CHUNKED + b"zz\r\n", "cut", "body-cut"),
        (b"<html>old", "cut", "body-cut"),
        (OK + LEN5 + b"hello", "complete", None),
    ],
)
def test_an_answer_that_we_stopped_is_cut_unless_it_was_over(block: bytes, end: str, anomaly: str | None) -> None:
    message = read_message([block], cut=True)
    assert message.end == end
    assert ("body-cut" in names(message)) == (anomaly is not None)
    assert "body-close-delimited" not in names(message)


@pytest.mark.parametrize("block", [OK + b"\r\nhello", CHUNKED + b"zz\r\n", b"<html>old</html>"])
def test_an_unclean_end_of_a_close_delimited_body_is_not_proved(block: bytes) -> None:
    message = read_message([block], clean=False)
    assert message.end == "close"
    assert {"body-close-delimited", "body-end-unproven"} <= names(message)


def test_a_head_of_a_megabyte_is_read() -> None:
    message = read_message([OK + b"A: " + b"x" * 1_000_000 + b"\r\n" + LEN5 + b"hello"])
    assert (message.end, message.entity_size) == ("complete", 5)
    assert len(message.value("a") or b"") == 1_000_000


@pytest.mark.parametrize("step", [65_536, MAX_HEAD + 100])
def test_a_head_beyond_the_limit_ends_there_and_the_rest_is_body(step: int) -> None:
    block = OK + b"Content-Length: 3\r\nA: " + b"x" * MAX_HEAD
    message = read_message(block[i : i + step] for i in range(0, len(block), step))
    assert (message.status, message.framing, message.end, message.head_size) == (200, "close", "close", MAX_HEAD)
    assert message.entity_size == len(block) - MAX_HEAD
    assert Anomaly("head-too-long", MAX_HEAD) in message.anomalies


def test_a_head_of_just_the_limit_is_read() -> None:
    start = OK + b"Content-Length: 5\r\nA: "
    block = start + b"x" * (MAX_HEAD - len(start) - 4) + b"\r\n\r\n" + b"hello"
    message = read_message([block])
    assert (message.framing, message.head_size, message.anomalies) == ("length", MAX_HEAD, ())


def test_a_thousand_interim_answers_are_enough() -> None:
    one = b"HTTP/1.1 100\n\n"
    block = one * (MAX_INTERIM + 1)
    message = read_message([block])
    assert message.interim == (100,) * MAX_INTERIM
    assert (message.framing, message.status, message.entity_size) == ("close", None, len(one))
    assert "interim-too-many" in names(message)
    assert message == read_message(block[i : i + 101] for i in range(0, len(block), 101))


def test_interim_answers_of_just_the_limit_leave_no_room_for_a_head() -> None:
    one = b"HTTP/1.1 103 " + b"x" * 65_519 + b"\r\n\r\n"
    message = read_message([one * (MAX_HEAD // len(one)), OK + LEN5])
    assert (message.head_size, message.status, message.framing) == (MAX_HEAD, None, "close")
    assert "interim-too-many" in names(message)


def test_endless_interim_answers_end_at_the_limit() -> None:
    one = b"HTTP/1.1 103 " + b"x" * 100_000 + b"\r\n\r\n"
    message = read_message([one] * 200)
    assert len(message.interim) == MAX_HEAD // len(one)
    assert "head-too-long" in names(message)
    assert message.head_size + message.body_size == 200 * len(one)


@pytest.mark.parametrize("line", [b"a:\n", b"a:\r", b"\r"])
def test_a_head_of_very_many_lines_is_read_in_part(line: bytes) -> None:
    message = read_message([b"HTTP/1.1 200 OK\n" + line * (MAX_LINES + 10) + b"Content-Length: 0\n\n"])
    assert len(message.headers) <= MAX_LINES
    assert "header-too-many" in names(message)


@pytest.mark.parametrize("name", [b"Transfer-Encoding", b"Content-Length"])
def test_members_without_end_take_no_more_memory_than_the_head(name: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + name + b": " + b"11," * 100_000 + b"\r\n\r\nx"
    tracemalloc.start()
    message = read_message([answer])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert message.framing == "close"
    assert peak < 8 * len(answer)
