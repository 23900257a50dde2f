"""What a browser was overheard saying goes on the record as what the wire kept: hidden, masked, named, durable."""

import gzip
import hashlib
from datetime import UTC, datetime

import pytest
from capturing import Spools, names, whole
from server import http

from archiver.capture.recordable import recordable
from archiver.capture.secrets import Secret
from archiver.http.parse import read_message
from archiver.model.address import Address
from archiver.model.exchange import Blob, Exchange, Redaction

SALT = "0" * 32
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = b"s3cr3t-token"
SECRETS = (Secret("Cookie", b"sid=" + TOKEN),)


def _heard(answer: bytes, request: bytes = b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n") -> Exchange:
    blob = Blob(len(answer), hashlib.sha256(answer).hexdigest(), answer)
    return Exchange(
        Address.parse("https://a.test/"),
        "GET",
        WHEN,
        WHEN,
        request=request,
        response=blob,
        message=read_message([answer]),
        fidelity="reconstructed",
    )


def test_secret_headers_are_hidden_and_all_else_stays(spools: Spools) -> None:
    request = b"POST / HTTP/1.1\r\nHost: a.test\r\ncookie: a=1\r\nCookie:b=22\r\nX-Own: 1\r\n\r\ncookie: body\r\n\r\nx"
    made = recordable(_heard(http("ok"), request), (), salt=SALT, spool=spools)
    assert made.request == (
        b"POST / HTTP/1.1\r\nHost: a.test\r\ncookie: [redacted]\r\nCookie: [redacted]\r\nX-Own: 1\r\n\r\n"
        b"cookie: body\r\n\r\nx"
    )
    assert made.redactions == (Redaction("request header cookie", 3), Redaction("request header Cookie", 4))
    assert whole(made) == http("ok")
    assert spools.paths == []


@pytest.mark.parametrize("request_", [b"", b"GET / HTTP/1.1", b"\r\n\r\n", b"GET /cookie: x HTTP/1.1\r\n\r\n"])
def test_a_request_without_secrets_stays_as_it_is(request_: bytes, spools: Spools) -> None:
    made = recordable(_heard(http("ok"), request_), (), salt=SALT, spool=spools)
    assert (made.request, made.redactions) == (request_, ())


def test_an_echo_is_masked_declared_and_kept_whole_in_private(spools: Spools) -> None:
    answer = http(b"<" + TOKEN + b">")
    made = recordable(_heard(answer), SECRETS, salt=SALT, spool=spools)
    shown = answer.replace(TOKEN, b"*" * len(TOKEN))
    assert whole(made) == shown
    assert made.message == read_message([shown])
    assert names(made) == {"secret-echoed"}
    (private,) = made.private
    assert b"".join(private.blob.chunks()) == SALT.encode() + b"\n" + answer
    assert made.unmasked == read_message([answer])
    assert made.fidelity == "reconstructed"


def test_without_an_echo_the_answer_is_the_same_and_durable(spools: Spools) -> None:
    made = recordable(_heard(http("nothing of it")), SECRETS, salt=SALT, spool=spools)
    assert whole(made) == http("nothing of it")
    assert made.response is not None
    assert made.response.path in spools.paths


def test_a_coded_answer_is_durable_before_it_is_decoded_and_its_faults_are_named(spools: Spools) -> None:
    body = gzip.compress(b"text" * 100)
    good = recordable(_heard(http(body, "Content-Encoding: gzip")), (), salt=SALT, spool=spools)
    assert good.response is not None
    assert good.response.path is not None
    assert good.anomalies == ()
    bad = recordable(_heard(http(body[:-10], "Content-Encoding: gzip")), (), salt=SALT, spool=spools)
    assert names(bad) == {"coding-cut"}


def test_what_has_no_answer_is_only_hidden(spools: Spools) -> None:
    blank = Exchange(
        Address.parse("https://a.test/"), "GET", WHEN, WHEN, request=b"GET / HTTP/1.1\r\nCookie: a\r\n\r\n"
    )
    made = recordable(blank, SECRETS, salt=SALT, spool=spools)
    assert made.request == b"GET / HTTP/1.1\r\nCookie: [redacted]\r\n\r\n"
    assert made.response is None
