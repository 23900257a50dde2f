"""Lines of the log and names in the folder: one spelling each, and no other is taken."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from casekit import CASE
from hypothesis import given
from hypothesis import strategies as st

from archiver.canon import NotCanonical
from archiver.custody import layout, log
from archiver.custody.layout import Kind, Place, classify
from archiver.custody.log import (
    GENESIS,
    MAX_LINE,
    Event,
    Malformed,
    event_line,
    is_hole,
    line_sha256,
    parse_line,
    parse_timestamp,
    timestamp,
)

EVENT = Event(CASE, 1, GENESIS, "2026-11-22T06:55:58.854810Z", "Jane Doe", "note.added", {"text": "Привет"}, "0" * 32)
_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def test_line_has_these_bytes() -> None:
    assert (
        event_line(EVENT)
        == (
            '{"actor":"Jane Doe","at":"2026-11-22T06:55:58.854810Z",'
            '"case":"urn:uuid:00000000-0000-4000-8000-000000000001",'
            '"data":{"text":"Привет"},"event":"note.added","nonce":"00000000000000000000000000000000","prev":'
            '"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"v":1}\n'
        ).encode()
    )
    assert len(line_sha256(EVENT)) == 64


@given(
    actor=_texts,
    data=st.dictionaries(_texts, _texts | st.integers(0, 9) | st.none(), max_size=4),
    seq=st.integers(1, 2**53 - 1),
)
def test_any_event_comes_back_from_its_line_which_is_one_line(actor: str, data: dict[str, object], seq: int) -> None:
    event = dataclasses.replace(EVENT, actor=actor, data=data, seq=seq)
    raw = event_line(event)
    assert parse_line(raw) == event
    assert raw.count(b"\n") == 1
    assert not is_hole(raw)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", 2),
        ("v", True),
        ("seq", 0),
        ("seq", True),
        ("seq", "1"),
        ("case", "urn:uuid:X"),
        ("prev", "0"),
        ("prev", "A" * 64),
        ("at", "2026-11-22T06:55:58Z"),
        ("at", "2026-02-30T06:55:58.854810Z"),
        ("at", "2026-11-22T24:00:00.000000Z"),
        ("actor", ""),
        ("actor", None),
        ("event", "Note"),
        ("data", []),
        ("nonce", "0"),
        ("extra", 1),
    ],
)
def test_a_member_that_is_not_in_its_form_is_malformed(name: str, value: object) -> None:
    members = json.loads(event_line(EVENT))
    members[name] = value
    with pytest.raises(Malformed):
        parse_line(json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")


@pytest.mark.parametrize(
    "raw", [b"", b"{}", event_line(EVENT)[:-1], event_line(EVENT) + b"\n", b" " * MAX_LINE + b"\n"]
)
def test_what_is_not_one_canonical_line_is_refused(raw: bytes) -> None:
    with pytest.raises(NotCanonical):
        parse_line(raw)


def test_value_that_is_no_object_is_malformed() -> None:
    with pytest.raises(Malformed):
        parse_line(b"[]\n")


def test_a_line_longer_than_any_may_be_is_never_made() -> None:
    with pytest.raises(ValueError, match="16777216"):
        event_line(dataclasses.replace(EVENT, data={"text": "x" * MAX_LINE}))


def test_time_is_utc_with_six_decimals_whatever_the_zone_or_year() -> None:
    at = datetime(2026, 11, 22, 8, 0, 0, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(at) == "2026-11-22T06:00:00.000000Z"
    assert timestamp(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00.000000Z"
    assert parse_timestamp(timestamp(at)) == at


def test_holes_are_lines_without_end_or_with_nul() -> None:
    assert is_hole(b'{"a"')
    assert is_hole(b"\0\0\n")
    assert not is_hole(b"{}\n")
    assert "note.added" in log.EVENTS


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("case.yaml", Place(Kind.FIXED)),
        (".lock", Place(Kind.FIXED)),
        ("evidence", Place(Kind.FOLDER)),
        ("evidence/000", Place(Kind.FOLDER)),
        ("evidence/1000", Place(Kind.FOLDER)),
        ("evidence/0000", Place(Kind.UNKNOWN)),
        ("evidence/000/000042.warc.gz", Place(Kind.WARC, 42)),
        ("evidence/1000/1000000.warc.gz", Place(Kind.WARC, 1_000_000)),
        ("evidence/001/000042.warc.gz", Place(Kind.UNKNOWN)),
        ("evidence/000/0000042.warc.gz", Place(Kind.UNKNOWN)),
        ("evidence/000/000000.warc.gz", Place(Kind.UNKNOWN)),
        ("evidence/000/000042.warc.gz.part", Place(Kind.PART, 42)),
        ("evidence/000/000042.7.part", Place(Kind.PART, 42)),
        ("evidence/000/000042.07.part", Place(Kind.UNKNOWN)),
        ("evidence/000/000000.7.part", Place(Kind.UNKNOWN)),
        ("evidence/000/000000.warc.gz.part", Place(Kind.UNKNOWN)),
        ("evidence/000/x", Place(Kind.UNKNOWN)),
        ("private/" + "a" * 64 + ".json", Place(Kind.PRIVATE)),
        ("private/" + "a" * 64 + ".bin.part", Place(Kind.PART)),
        ("private/x", Place(Kind.UNKNOWN)),
        ("quarantine/000058-custody.tail", Place(Kind.QUARANTINE, 58)),
        ("quarantine/000058-custody.tail.copy", Place(Kind.COPY, 58)),
        ("quarantine/000058-manifest.2.tail.copy", Place(Kind.COPY, 58)),
        ("quarantine/000058-letter.copy", Place(Kind.QUARANTINE, 58)),
        ("quarantine/0000058-custody.tail", Place(Kind.UNKNOWN)),
        ("quarantine/x", Place(Kind.UNKNOWN)),
        ("seals/000007.seal", Place(Kind.SEAL, 7)),
        ("seals/000007.seal.sig", Place(Kind.SEAL, 7)),
        ("seals/000007.sums", Place(Kind.SEAL, 7)),
        ("seals/1000007.files.sha256", Place(Kind.SEAL, 1_000_007)),
        ("seals/000007.entries.sha256.part", Place(Kind.SEALING, 7)),
        ("seals/000007.first-tsa.tsq", Place(Kind.SEAL, 7)),
        ("seals/000007.first-tsa.12.tsr", Place(Kind.SEAL, 7)),
        ("seals/000007.first-tsa.12.tsr.part", Place(Kind.SEALING, 7)),
        ("seals/000007.first-tsa.1.tsr", Place(Kind.UNKNOWN)),
        ("seals/000007.first-tsa.02.tsr", Place(Kind.UNKNOWN)),
        ("seals/000007.First.tsr", Place(Kind.UNKNOWN)),
        ("seals/000007.tsr", Place(Kind.UNKNOWN)),
        ("seals/000000.seal", Place(Kind.UNKNOWN)),
        ("seals/0000007.seal", Place(Kind.UNKNOWN)),
        ("seals/x.seal", Place(Kind.UNKNOWN)),
        ("trust/0123456789abcdef.allowed_signers", Place(Kind.TRUST)),
        ("trust/0123456789abcdef.allowed_signers.part", Place(Kind.SEALING)),
        ("trust/allowed_signers", Place(Kind.UNKNOWN)),
        ("seals/a/b", Place(Kind.UNKNOWN)),
        ("evidence/../case.yaml", Place(Kind.UNKNOWN)),
        ("../x", Place(Kind.UNKNOWN)),
        ("evidence//x", Place(Kind.UNKNOWN)),
        ("новости", Place(Kind.UNKNOWN)),
        ("other", Place(Kind.UNKNOWN)),
    ],
)
def test_every_path_is_what_its_name_says(path: str, place: Place) -> None:
    assert classify(path) == place


@pytest.mark.parametrize(
    "path",
    [
        layout.spool_part(42, 3),
        layout.item_path(1234),
        layout.warc_part(7),
        layout.private_path("a" * 64, "bin") + ".part",
        layout.seal_path(7, "seal"),
        layout.seal_path(7, "entries.sha256") + ".part",
        layout.token_path(7, "first-tsa", 1, "tsq"),
        layout.token_path(7, "first-tsa", 2, "tsr") + ".part",
        layout.trust_path("0123456789abcdef" * 4),
    ],
)
def test_a_quarantined_file_tells_where_it_was(path: str) -> None:
    aside = layout.quarantine_path(58, path.rpartition("/")[2])
    assert classify(aside) == Place(Kind.QUARANTINE, 58)
    assert layout.origin(aside) == path


def test_a_torn_end_has_no_other_origin() -> None:
    assert layout.origin(layout.tail_path(58, "custody.jsonl", 1)) == ""
    assert layout.origin("case.yaml") == ""
    assert layout.is_tail(layout.tail_path(58, "custody.jsonl", 2), "custody.jsonl")
    assert not layout.is_tail(layout.tail_path(58, "custody.jsonl", 2), "manifest.yaml")
    assert not layout.is_tail("case.yaml", "manifest.yaml")


@pytest.mark.parametrize("name", ["000007.seal", "000007.sums.part", "000007.tsa.tsr"])
def test_nothing_of_a_seal_can_be_withheld_with_the_item_of_its_number(name: str) -> None:
    assert not layout.withholdable(f"seals/{name}", 7)
    assert not layout.withholdable(layout.quarantine_path(58, name), 7)
    assert layout.withholdable(layout.quarantine_path(58, "000007.warc.gz.part"), 7)
