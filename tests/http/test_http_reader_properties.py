"""What holds for any bytes, in any split, and what well-formed answers mean to other readers."""

import hashlib
import http.client
import io
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.http.anomalies import ANOMALIES
from archiver.http.reader import ResponseReader
from archiver.model.http import Message

METHODS = ("GET", "HEAD", "CONNECT")
FRAGMENTS = (
    b"HTTP/1.1 200 OK",
    b"HTTP/1.0 200",
    b"http/2 204 x",
    b"HTTP/1.1 100",
    b"HTTP/1.1 103 Early",
    b"ICY 200",
    b"HTTP/1.1 099",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b" ",
    b"\t",
    b":",
    b";",
    b"\0",
    b"\xef\xbb\xbf",
    b"Content-Length: 5",
    b"Content-Length: 7, 7",
    b"Content-Length: -1",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"X: y",
    b"hello",
    b"0",
    b"5",
    b"0x3",
    b"1;ext",
    b"0\r\n\r\n",
    b"5\r\nhello\r\n",
    b"ffffffffffffffffff",
    b"HT",
    b"<html>",
)

hostile = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=6)), max_size=24).map(b"".join)


def read(parts: Sequence[bytes], method: str, clean: bool, cut: bool) -> tuple[Message, bytes]:
    """Read the answer, and check all that holds for every answer."""
    block = b"".join(parts)
    reader = ResponseReader(method)
    pieces = []
    for part in parts:
        was_done = reader.done
        pieces += reader.feed(part)
        assert reader.done or not was_done
    done = reader.done
    message = reader.close(clean=clean, cut=cut)
    pieces += reader.late
    entity = b"".join(piece for _, piece in pieces)
    assert message.head_size + message.body_size + message.extra_size == len(block)
    assert message.entity_size == len(entity)
    assert message.entity_sha256 == hashlib.sha256(entity).hexdigest()
    last = message.head_size
    for at, piece in pieces:
        assert piece
        assert at >= last
        assert block[at : at + len(piece)] == piece
        last = at + len(piece)
    assert last <= message.head_size + message.body_size
    if done:
        assert message.end == "complete"
    found = [anomaly.name for anomaly in message.anomalies]
    assert len(set(found)) == len(found)
    assert set(found) <= ANOMALIES.keys()
    assert all(anomaly.at is not None and 0 <= anomaly.at <= len(block) for anomaly in message.anomalies)
    assert (message.end == "cut") <= bool(
        {"body-cut", "chunk-last-missing", "head-cut", "interim-only", "answer-empty"} & set(found)
    )
    return message, entity


def split(block: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(block) + 1) for place in places), len(block)]
    return [block[start:end] for start, end in pairwise(edges)]


@given(hostile, st.lists(st.integers(0, 4000), max_size=12), st.sampled_from(METHODS), st.booleans(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_bytes_in_any_split_have_one_meaning(
    block: bytes, places: list[int], method: str, clean: bool, cut: bool
) -> None:
    whole = read([block], method, clean, cut)
    assert read(split(block, places), method, clean, cut) == whole
    assert read([block[i : i + 1] for i in range(len(block))], method, clean, cut) == whole


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
@settings(max_examples=200, deadline=None)
def test_random_bytes_have_one_meaning(block: bytes, places: list[int]) -> None:
    assert read(split(block, places), "GET", True, False) == read([block], "GET", True, False)


@given(hostile, st.binary(max_size=30))
@settings(max_examples=200, deadline=None)
def test_what_comes_after_the_end_changes_nothing_but_the_extra_bytes(block: bytes, more: bytes) -> None:
    reader = ResponseReader()
    reader.feed(block)
    if not reader.done:
        return
    before, entity = read([block], "GET", True, False)
    after, entity_after = read([block, more], "GET", True, False)
    assert entity == entity_after
    assert after.extra_size == before.extra_size + len(more)
    assert (after.head_size, after.body_size, after.headers) == (before.head_size, before.body_size, before.headers)


names = st.from_regex(rb"[a-z][a-z0-9-]{0,12}", fullmatch=True).filter(
    lambda name: name not in (b"content-length", b"transfer-encoding", b"connection", b"upgrade")
)
values = st.from_regex(rb"([!-~]([ -~]{0,20}[!-~])?)?", fullmatch=True)
headers = st.lists(st.tuples(names, values), max_size=8)
chunks = st.lists(st.binary(min_size=1, max_size=50), max_size=6)


@st.composite
def well_formed(draw: st.DrawFn) -> bytes:
    status = draw(st.sampled_from([b"200 OK", b"404 Not Found", b"500 ", b"204 No Content", b"304 Not Modified"]))
    lines = [b"HTTP/1.1 " + status, *(name + b": " + value for name, value in draw(headers))]
    body = draw(chunks)
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    if status[:3] in (b"204", b"304"):
        sent = b""
    elif framing == "length":
        sent = b"".join(body)
        lines.append(b"Content-Length: %d" % len(sent))
    elif framing == "chunked":
        sent = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in body) + b"0\r\n\r\n"
        lines.append(b"Transfer-Encoding: chunked")
    else:
        sent = b"".join(body)
    return b"\r\n".join(lines) + b"\r\n\r\n" + sent


def read_by_h11(block: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "h")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(block)
    connection.receive_data(b"")
    answer = connection.next_event()
    assert isinstance(answer, h11.Response)
    body = b""
    while isinstance(event := connection.next_event(), h11.Data):
        body += event.data
    return answer.status_code, list(answer.headers), body


class _Socket:
    def __init__(self, block: bytes) -> None:
        self._block = block

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._block)


def read_by_http_client(block: bytes) -> tuple[int, bytes]:
    answer = http.client.HTTPResponse(cast("http.client.socket.socket", _Socket(block)))
    answer.begin()
    with answer:
        return answer.status, answer.read()


@given(well_formed())
@settings(max_examples=300, deadline=None)
def test_well_formed_answers_mean_what_others_read_in_them(block: bytes) -> None:
    message, entity = read([block], "GET", True, False)
    status, found, body = read_by_h11(block)
    assert (message.status, entity) == (status, body)
    assert [(name.lower(), value) for name, value in message.headers] == [
        (name.lower(), value) for name, value in found
    ]
    assert read_by_http_client(block) == (status, body)
    assert {anomaly.name for anomaly in message.anomalies} <= {"body-close-delimited", "header-several"}
    assert message.extra_size == 0


@pytest.mark.long
def test_long_random_answers_have_one_meaning() -> None:
    chance = random.Random(20261122)  # noqa: S311  # repeatable, not secret
    for _ in range(60_000):
        block = b"".join(
            chance.choice(FRAGMENTS) if chance.random() < 0.8 else chance.randbytes(chance.randrange(8))
            for _ in range(chance.randrange(60))
        )
        if chance.random() < 0.5:
            block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + block
        places = [chance.randrange(len(block) + 1) for _ in range(chance.randrange(8))]
        method = chance.choice(METHODS)
        assert read(split(block, places), method, True, False) == read([block], method, True, False)
