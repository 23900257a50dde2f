"""What a browser made and what it told: addresses of products, the answers they belong to, and fidelity."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from verify_cases import PAGE, TLS_CONNECTION, Builder, blob, claims_of, findings, rewrite

from archiver.canon import sha256_hex
from archiver.http.parse import read_message
from archiver.model.item import Resource
from archiver.model.verdict import Severity
from archiver.verify import profile
from archiver.verify.claim import Claim
from archiver.verify.evidence import Checked, check_item
from archiver.verify.run import verify_case
from archiver.verify.warc_file import verify_warc
from archiver.warc.profile import PRODUCTS, product_uri

URL = "https://a.example/x?y=1"


class Kept:
    """One item of a browser, and its file under any bytes."""

    def __init__(self, folder: Path) -> None:
        case = Builder(folder)
        case.opened()
        asked = case.requested(URL)
        self.case = folder
        products = (
            Resource(part, "text/plain", case.tick(), blob(part.encode()), product_uri(part, URL), 1)
            for part in PRODUCTS
        )
        case.captured(
            asked,
            case.exchange(URL, PAGE, fidelity="decoded", connection=TLS_CONNECTION),
            case.exchange(URL, PAGE),
            resources=(*products, Resource("websocket-000002", "application/jsonl", case.tick(), blob(b"{}"), of=2)),
        )
        (self.claim,) = claims_of(folder)
        self.path = folder / self.claim.path

    def open_file(self, _: str) -> Any:
        return self.path.open("rb")

    def changed(self, change: Callable[[bytes], bytes]) -> Checked:
        """What is found when each unpacked record is changed, and the event made to fit."""
        data, records, offset, out = self.path.read_bytes(), [], 0, b""
        for entry in self.claim.records:
            at, size = entry["offset"], entry["length"]
            assert isinstance(at, int)
            assert isinstance(size, int)
            member = gzip.compress(change(gzip.decompress(data[at : at + size])), mtime=0)
            records.append({**entry, "offset": offset, "length": len(member), "sha256": sha256_hex(member)})
            offset += len(member)
            out += member
        self.path.write_bytes(out)
        file = {"path": self.claim.path, "size": len(out), "sha256": sha256_hex(out)}
        claim: Claim = replace(self.claim, data={**self.claim.data, "records": records, "file": file})
        return check_item(self, claim)  # type: ignore[arg-type]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "case")


def test_an_item_of_a_browser_is_sound(kept: Kept) -> None:
    assert findings(verify_case(kept.case)) == []
    assert findings(verify_warc(kept.path)) == []


def _in(record: bytes, old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: raw.replace(old, new, 1) if record in raw else raw


VIEW = b"WARC-Target-URI: urn:view:https://a.example/x?y=1\r\n"


@pytest.mark.parametrize(
    "uri",
    [
        b"urn:thumbnail:https://a.example/",
        b"urn:view:ftp://a.example/",
        b"urn:view:https://",
        b"urn:view:",
        b"https://a.example/",
        b"urn:full-page:https://a.example/",
        b"urn:archiver:00000000-0000-4000-8000-000000000000:000001:view",
    ],
)
def test_a_resource_of_another_address_is_found(kept: Kept, uri: bytes) -> None:
    found = kept.changed(_in(VIEW, VIEW, b"WARC-Target-URI: " + uri + b"\r\n")).findings
    assert [finding.severity for finding in found] == [Severity.BROKEN]
    assert "WARC-Target-URI" in found[0].message


@pytest.mark.parametrize("number", [1, 3])
def test_a_resource_that_names_what_is_no_answer_is_found(kept: Kept, number: int) -> None:
    """Number 3 is the request of the first exchange."""
    ids = [str(entry["id"]).encode() for entry in kept.claim.records]
    line = b"WARC-Concurrent-To: <" + ids[1] + b">\r\n"
    found = kept.changed(_in(VIEW, line, b"WARC-Concurrent-To: <" + ids[number - 1] + b">\r\n")).findings
    assert any("does not name one answer" in finding.message for finding in found)


def test_a_resource_that_names_two_answers_is_found(kept: Kept) -> None:
    ids = [str(entry["id"]).encode() for entry in kept.claim.records]
    first, second = (b"WARC-Concurrent-To: <" + ids[n] + b">\r\n" for n in (1, 4))
    found = kept.changed(_in(VIEW, first, first + second)).findings
    assert any("does not name one answer" in finding.message for finding in found)


def test_past_so_many_answers_a_resource_is_taken_at_its_word(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile, "MAX_TRACKED", 1)
    ids = [str(entry["id"]).encode() for entry in kept.claim.records]
    change = _in(VIEW, b"WARC-Concurrent-To: <" + ids[1], b"WARC-Concurrent-To: <" + ids[2])
    assert kept.changed(change).findings == []


FIELD = b"Archiver-Fidelity: decoded\r\n"


@pytest.mark.parametrize(
    "new", [b"", b"Archiver-Fidelity: reconstructed\r\n", b"Archiver-Fidelity: wire\r\n", FIELD * 2]
)
def test_another_fidelity_in_the_record_is_found(kept: Kept, new: bytes) -> None:
    found = kept.changed(_in(FIELD, FIELD, new)).findings
    assert any("archiver-fidelity" in finding.message.lower() for finding in found)


def test_a_fidelity_where_there_is_none_to_tell_is_found(kept: Kept) -> None:
    for kind in (b"request", b"resource", b"warcinfo"):
        found = (
            Kept(kept.case.parent / kind.decode())
            .changed(_in(b"WARC-Type: " + kind + b"\r\n", b"WARC-Block-Digest", FIELD + b"WARC-Block-Digest"))
            .findings
        )
        assert any("archiver-fidelity" in finding.message.lower() for finding in found)


@pytest.mark.parametrize("value", ["reconstructed", None])
def test_another_fidelity_in_the_event_is_found(kept: Kept, value: str | None) -> None:
    def edit(events: list[dict[str, Any]]) -> None:
        (line, _) = events[-1]["data"]["exchanges"]
        line.pop("fidelity")
        if value is not None:
            line["fidelity"] = value

    rewrite(kept.case, edit)
    found = findings(verify_case(kept.case))
    assert any("fidelity is 'decoded' in the record" in finding.message for finding in found)


def test_an_unknown_fidelity_in_the_event_is_no_form_of_it(kept: Kept) -> None:
    rewrite(kept.case, lambda events: events[-1]["data"]["exchanges"][0].update(fidelity="wire"))
    assert findings(verify_case(kept.case))


def test_an_answer_that_switched_is_its_head_and_sound(tmp_path: Path) -> None:
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    case = Builder(tmp_path / "case")
    case.opened()
    message = read_message([head], upgrade=True)
    assert (message.framing, message.end, message.anomalies) == ("none", "complete", ())
    exchange = case.exchange(URL, head, message=message, anomalies=())
    case.captured(case.requested(URL), replace(exchange, started_at=case.tick()))
    assert findings(verify_case(case.path)) == []
