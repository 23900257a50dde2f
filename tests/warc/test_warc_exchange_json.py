"""What the metadata record of an exchange says."""

from base64 import b64decode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warc_answers import EXCEPTIONS, TAKEN, TEXT, answer
from warc_items import AT, DNS, TLS, blob, exchange, item, unpacked

from archiver.canon import dumps, loads, sha256_hex
from archiver.model.address import Address
from archiver.model.exchange import Exchange, Failure, Redaction
from archiver.model.http import Anomaly
from archiver.warc.exchange_json import MAX_TEXT, exchange_json

URL = "https://example.org/a"
MEMBERS = {
    "schema",
    "url",
    "submitted",
    "method",
    "started_at",
    "ended_at",
    "connection",
    "message",
    "truncated",
    "anomalies",
    "redactions",
    "failure",
}


def test_the_block_of_the_metadata_record_is_the_canonical_json() -> None:
    value = exchange(URL, answer(TEXT))
    block = unpacked(item(value))[3][2]
    assert block == dumps(exchange_json(value))
    assert loads(block) == exchange_json(value)


def test_an_answered_exchange_is_told_whole() -> None:
    value = replace(
        exchange("https://jane:pw@пример.example/a#part", answer(TEXT)),
        redactions=(Redaction("request header Cookie", 12, "ab" * 32),),
        anomalies=(Anomaly("body-cut", 70), Anomaly("tls-no-close-notify")),
        truncated="disconnect",
    )
    assert exchange_json(value) == {
        "schema": "archiver-exchange/1",
        "url": "https://xn--e1afmkfd.example/a",
        "submitted": "https://jane:pw@пример.example/a#part",
        "method": "GET",
        "started_at": "2026-11-22T06:55:58.854810Z",
        "ended_at": "2026-11-22T06:55:58.974810Z",
        "connection": {
            "dns": [
                {
                    "name": DNS.name,
                    "kind": "A",
                    "rcode": "NOERROR",
                    "addresses": ["192.0.2.7"],
                    "source": "dns",
                    "wire": "EjSBgA==",
                }
            ],
            "peer_ip": "192.0.2.7",
            "peer_port": 443,
            "via": "",
            "tls": {
                "version": "TLSv1.3",
                "cipher": "TLS_AES_256_GCM_SHA384",
                "alpn": "http/1.1",
                "sni": "example.org",
                "verified": True,
                "problem": "",
                "chain": ["MAMCAQU="],
            },
        },
        "message": {
            "status": 200,
            "version": "HTTP/1.1",
            "reason": "OK",
            "framing": "length",
            "end": "complete",
            "head_size": len(answer(TEXT)) - len(TEXT),
            "body_size": len(TEXT),
            "extra_size": 0,
            "interim": [],
            "entity_size": len(TEXT),
            "entity_sha256": sha256_hex(TEXT),
        },
        "truncated": "disconnect",
        "anomalies": [{"name": "body-cut", "at": 70}, {"name": "tls-no-close-notify", "at": None}],
        "redactions": [{"place": "request header Cookie", "length": 12, "commitment": "ab" * 32}],
        "failure": None,
    }
    assert b64decode("MAMCAQU=") == TLS.chain[0]


def test_a_failure_is_told_with_everything_else_empty() -> None:
    value = Exchange(Address.parse("javascript:alert(1)"), "GET", AT, AT, failure=Failure("refused", "not http"))
    told = exchange_json(value)
    assert set(told) == MEMBERS
    assert told["failure"] == {"kind": "refused", "detail": "not http"}
    assert told["message"] is None
    assert told["url"] == "javascript:alert(1)"
    assert told["connection"] == {"dns": [], "peer_ip": "", "peer_port": 0, "via": "", "tls": None}


def test_a_message_of_no_bytes_is_none() -> None:
    value = exchange(URL, answer(TEXT))
    for nothing in (None, blob(b"")):
        assert exchange_json(replace(value, response=nothing))["message"] is None


@pytest.mark.parametrize("raw", [*TAKEN.values(), *(case.raw for case in EXCEPTIONS.values())])
def test_every_answer_fits_the_canonical_profile(raw: bytes) -> None:
    told = exchange_json(exchange(URL, raw))
    assert set(told) == MEMBERS
    assert loads(dumps(told)) == told


@given(st.binary(max_size=60))
def test_a_hostile_status_line_is_only_text(reason: bytes) -> None:
    told = exchange_json(exchange(URL, b"HTTP/1.1 200 " + reason + b"\r\n\r\n"))
    assert loads(dumps(told)) == told


def test_a_reason_of_a_megabyte_is_repeated_in_part_only() -> None:
    value = exchange(URL, answer(TEXT, line=b"HTTP/1.1 200 " + b"x" * 1_000_000))
    assert len(dumps(exchange_json(value))) < 2_000
    assert value.message is not None
    assert exchange_json(replace(value, message=replace(value.message, version=b"y" * 5_000)))["message"] == {
        **exchange_json(value)["message"],  # type: ignore[dict-item]  # an object here
        "version": "y" * MAX_TEXT,
    }
