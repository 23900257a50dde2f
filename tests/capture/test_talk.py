"""What was said over a WebSocket, as a document: lines to read, octets to check, secrets masked."""

import json
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from capturing import Spools

from archiver.canon import dumps, sha256_hex
from archiver.capture.overheard import overheard
from archiver.capture.talk import SCHEMA, kept_talk, talk_document, talk_part
from archiver.errors import StorageError
from archiver.http.websocket import FrameReader
from archiver.model.address import Address
from archiver.model.exchange import Blob, Exchange
from archiver.model.websocket import By, Piece, Talk
from archiver.runtime import Runtime

AT = datetime(2026, 11, 22, 6, 55, 58, 854810, tzinfo=UTC)
KEY = b"\x01\x02\x03\x04"
SECRET = b"sesame-0123456789"


def frame(payload: bytes, *, masked: bool = False, first: int = 0x81) -> bytes:
    length = bytes((len(payload),)) if len(payload) < 126 else b"\x7e" + len(payload).to_bytes(2)
    if not masked:
        return bytes((first,)) + length + payload
    key = bytes(byte ^ KEY[at % 4] for at, byte in enumerate(payload))
    return bytes((first, length[0] | 0x80)) + length[1:] + KEY + key


def blob(data: bytes) -> Blob:
    return Blob(len(data), sha256_hex(data), data)


def talk(*said: tuple[By, bytes], **more: Any) -> Talk:
    octets = {by: b"".join(data for who, data in said if who == by) for by in ("browser", "server")}
    pieces = tuple(Piece(by, len(data), AT + timedelta(seconds=at)) for at, (by, data) in enumerate(said))
    values: dict[str, Any] = {"end": "server", "ended_at": AT + timedelta(minutes=1)}
    return Talk(blob(octets["browser"]), blob(octets["server"]), pieces, **{**values, **more})


def lines(value: Talk) -> list[dict[str, Any]]:
    found = list(talk_document(value))
    assert all(line == dumps(json.loads(line)) + b"\n" for line in found)
    return [json.loads(line) for line in found]


def joined(found: list[dict[str, Any]], by: str) -> bytes:
    return b"".join(b64decode(line["wire"]) for line in found if line.get("by") == by)


def test_frames_stand_in_the_order_of_their_time_and_give_back_the_octets() -> None:
    long, hi = frame(b"x" * 300, first=0x82), frame("привет".encode(), masked=True)
    value = talk(("server", long[:100]), ("browser", hi), ("server", long[100:] + frame(b"yes")), ("server", b"\x81"))
    found = lines(value)
    assert [(line["by"], line["opcode"], line["size"], line.get("text")) for line in found[:-1]] == [
        ("browser", 1, 12, "привет"),
        ("server", 2, 300, None),
        ("server", 1, 3, "yes"),
        ("server", 1, None, None),
    ]
    assert [line["at"] for line in found[:4]] == [
        f"2026-11-22T06:5{second}.854810Z" for second in ("5:59", "6:00", "6:00", "6:01")
    ]
    assert joined(found, "server") == value.server.data
    assert joined(found, "browser") == value.browser.data
    assert found[3]["odd"] == ["torn"]
    assert found[-1] == {
        "schema": SCHEMA,
        "at": "2026-11-22T06:56:58.854810Z",
        "ended": "server",
        "octets": {"browser": value.browser.size, "server": value.server.size},
        "sha256": {"browser": value.browser.sha256, "server": value.server.sha256},
        "torn": ["server"],
    }


def test_a_talk_without_a_word_has_one_line() -> None:
    (ended,) = lines(talk(end="browser"))
    assert (ended["ended"], ended["torn"]) == ("browser", [])


def test_a_frame_longer_than_a_line_goes_on_in_the_next() -> None:
    wire = b"\x82\x7f" + (3_000_000).to_bytes(8) + bytes(3_000_000)
    found = lines(talk(("server", wire)))
    assert [line.get("from", 0) for line in found[:-1]] == [0, 1 << 20, 2 << 20]
    assert joined(found, "server") == wire


def test_garbage_is_kept_as_it_is() -> None:
    noise = bytes(range(256)) * 50
    found = lines(talk(("server", noise), ("browser", noise)))
    assert joined(found, "server") == joined(found, "browser") == noise


def test_the_document_is_durable_before_what_it_is_made_of_goes(spools: Spools, tmp_path: Path) -> None:
    octets = tmp_path / "octets"
    octets.write_bytes(frame(b"yes"))
    value = talk(("server", frame(b"yes")))
    kept = kept_talk(replace(value, server=replace(value.server, data=b"", path=octets)), spools)
    assert not octets.exists()
    assert kept.path is not None
    assert kept.path.read_bytes() == b"".join(talk_document(value))
    assert talk_part(12) == "websocket-000012"


def test_octets_that_cannot_be_read_are_an_error_of_the_disk(spools: Spools, tmp_path: Path) -> None:
    value = talk(("server", frame(b"yes")))
    gone = replace(value, server=replace(value.server, data=b"", path=tmp_path / "gone"))
    with pytest.raises(StorageError):
        kept_talk(gone, spools)


# Secrets


@pytest.fixture
def exchange() -> Exchange:
    return Exchange(Address.parse("http://a.example/"), "GET", AT, AT)


def _payloads(data: bytes, by: str) -> list[bytes]:
    reader = FrameReader(browser=by == "browser")
    return [part.payload() for part in reader.feed(data) + reader.close()]


def test_a_secret_is_masked_in_both_directions_and_kept_privately(
    exchange: Exchange, runtime: Runtime, spools: Spools
) -> None:
    asked = frame(b'{"token":"sesame-0123456789"}', masked=True)
    value = talk(("browser", frame(b"a", masked=True) + asked), ("server", frame(b"ok " + SECRET)))
    told, shown = overheard(exchange, value, (SECRET,), runtime.ids, spools)
    browser, server = (b"".join(side.chunks()) for side in (shown.browser, shown.server))
    assert _payloads(browser, "browser") == [b"a", b'{"token":"' + b"*" * 17 + b'"}']
    assert _payloads(server, "server") == [b"ok " + b"*" * 17]
    assert (len(browser), len(server)) == (value.browser.size, value.server.size)
    assert [(r.place, r.length) for r in told.redactions] == [
        (f"websocket browser byte {7 + 6 + 10}", 17),
        ("websocket server byte 5", 17),
    ]
    assert [a.name for a in told.anomalies] == ["secret-echoed"]
    openings = [b"".join(file.blob.chunks()) for file in told.private]
    assert [opening.partition(b"\n")[2] for opening in openings] == [value.browser.data, value.server.data]
    assert [r.commitment for r in told.redactions] == [sha256_hex(opening) for opening in openings]
    assert [line.get("text") for line in lines(shown)[:-1]] == [
        "a",
        '{"token":"*****************"}',
        "ok *****************",
    ]


def test_a_secret_over_two_frames_and_one_outside_any_are_masked(
    exchange: Exchange, runtime: Runtime, spools: Spools
) -> None:
    halves = frame(SECRET[:5], masked=True, first=0x01) + frame(SECRET[5:], masked=True, first=0x80)
    garbage = b"\xff\xff" + SECRET
    told, shown = overheard(exchange, talk(("browser", halves), ("server", garbage)), (SECRET,), runtime.ids, spools)
    assert b"".join(_payloads(b"".join(shown.browser.chunks()), "browser")) == b"*" * 17
    assert b"".join(shown.server.chunks()) == b"\xff\xff" + b"*" * 17
    assert len(told.redactions) == 3


def test_what_holds_no_secret_stays_as_it_is(exchange: Exchange, runtime: Runtime, spools: Spools) -> None:
    value = talk(("server", frame(b"nothing")))
    told, shown = overheard(exchange, value, (SECRET,), runtime.ids, spools)
    assert told == exchange
    assert b"".join(shown.server.chunks()) == value.server.data
    assert shown.server.path is not None


def test_a_disk_that_fails_while_a_talk_is_searched_is_an_error(
    exchange: Exchange, runtime: Runtime, spools: Spools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("archiver.capture.overheard.mask_talk", fail)
    with pytest.raises(StorageError):
        overheard(exchange, talk(("server", frame(b"x"))), (SECRET,), runtime.ids, spools)
