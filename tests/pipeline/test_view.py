"""Reading a case: its items, one item's history, its bytes taken out."""

from pathlib import Path

import pytest
from casebench import Bench
from hypothesis import given
from hypothesis import strategies as st
from server import RawServer, html, http

from archiver import canon
from archiver.custody.log import event_line
from archiver.errors import CaseError, UsageError
from archiver.pipeline.cases import add_note
from archiver.pipeline.rereading import reextract
from archiver.pipeline.view import ending_of, extract, item_history, items, outcome_of
from archiver.pipeline.withhold import withhold_item


def filled(bench: Bench, server: RawServer) -> None:
    server.default = html("Заголовок", "", "Content-Language: ru")
    bench.capture(server.url("/1"), server)
    bench.capture("ftp://example.org/", server)


def test_items_are_listed_with_what_matters(bench: Bench, raw_server: RawServer) -> None:
    filled(bench, raw_server)
    first, second = items(bench.path)
    assert (first.number, first.outcome, first.status, first.title) == (1, "complete", 200, "Заголовок")
    assert (second.number, second.outcome, second.status, second.title) == (2, "failed", None, "")
    assert (first.file, second.url) == ("evidence/000/000001.warc.gz", "ftp://example.org/")


def test_an_item_that_is_being_captured_is_listed_as_open(bench: Bench, raw_server: RawServer) -> None:
    seen: list[str] = []

    def script(_: bytes) -> bytes:
        seen.extend(view.outcome for view in items(bench.path))
        with pytest.raises(UsageError, match="no outcome yet"):
            outcome_of(bench.path, 1)
        return html("x")

    raw_server.default = script
    bench.capture(raw_server.url(), raw_server)
    assert seen == ["open"]


def test_the_history_holds_notes_about_the_item_and_no_others(bench: Bench, raw_server: RawServer) -> None:
    filled(bench, raw_server)
    add_note(bench.path, "about one", 1, runtime=bench.runtime)
    add_note(bench.path, 'quotes "item":1 and is about none', None, runtime=bench.runtime)
    assert [event.event for event in item_history(bench.path, 1)] == ["item.requested", "item.captured", "note.added"]
    with pytest.raises(UsageError, match="item 3"):
        item_history(bench.path, 3)
    with pytest.raises(UsageError, match="item 3"):
        add_note(bench.path, "about nothing", 3, runtime=bench.runtime)


@given(st.recursive(st.text('\\":eventim.whld{}', max_size=40), lambda inner: st.lists(inner, max_size=3)))
def test_no_text_in_a_line_looks_like_the_mark_of_an_event(value: object) -> None:
    texts = ['"event":"item.withheld"', '\\"event":"item.withheld"', value]
    assert b'"event":"item.withheld"' not in canon.dumps({"data": {"text": texts, "key": value}})


def test_only_what_was_withheld_is_listed_as_withheld(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    for _ in range(3):
        bench.capture(raw_server.url(), raw_server)
    forged = '"event":"item.withheld","data":{"item":1}'
    add_note(bench.path, forged, 1, runtime=bench.runtime)
    withhold_item(bench.path, 2, reason=forged, authority="court", runtime=bench.runtime)
    assert [view.withheld for view in items(bench.path)] == [False, True, False]


def test_a_member_named_event_in_other_data_withholds_nothing(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    bench.capture(raw_server.url(), raw_server)
    log = bench.events()
    log[1].data["settings"]["event"] = "item.withheld"
    (bench.path / "custody.jsonl").write_bytes(b"".join(map(event_line, log)))
    assert [view.withheld for view in items(bench.path)] == [False]


def test_what_was_read_is_read_again_the_same(bench: Bench, raw_server: RawServer) -> None:
    filled(bench, raw_server)
    recorded, again = reextract(bench.path, 1)
    assert recorded == again == {"title": "Заголовок", "language": "ru", "media_type": "text/html"}


def test_bytes_are_taken_out_under_names_of_ours(bench: Bench, raw_server: RawServer, tmp_path: Path) -> None:
    raw_server.default = http(
        b"GIF89a", "Content-Type: ../../etc/passwd", "Content-Disposition: attachment; filename=/x"
    )
    bench.capture(raw_server.url(), raw_server)
    written = extract(bench.path, 1, tmp_path / "a" / "out")
    assert [file.name for file in written] == [
        "001-warcinfo.block", "002-response.block", "002-entity.bin", "003-request.block", "004-metadata.block",
        "005-metadata.block",
    ]  # fmt: skip
    assert (tmp_path / "a/out/002-entity.bin").read_bytes() == b"GIF89a"
    assert all(file.stat().st_mode & 0o077 == 0 for file in written)
    with pytest.raises(UsageError, match="not empty"):
        extract(bench.path, 1, tmp_path / "a" / "out")
    with pytest.raises(UsageError, match="cannot be used"):
        extract(bench.path, 1, written[0])


def test_evidence_that_cannot_be_read_is_said_to_be(bench: Bench, raw_server: RawServer, tmp_path: Path) -> None:
    filled(bench, raw_server)
    (bench.path / "evidence/000/000001.warc.gz").write_bytes(b"\x1f\x8bnot a warc")
    with pytest.raises(CaseError, match="cannot be read"):
        extract(bench.path, 1, tmp_path / "out")


def test_a_log_that_is_damaged_is_said_to_be(bench: Bench, raw_server: RawServer) -> None:
    filled(bench, raw_server)
    log = bench.path / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"how":', b'"how";'))
    with pytest.raises(CaseError, match="log line 2"):
        list(items(bench.path))


@pytest.mark.parametrize("member", ["item", "url", "file", "outcome", "records", "status", "title", "started_at"])
def test_a_forged_line_without_a_member_is_said_to_be_damaged(member: str, bench: Bench, raw_server: RawServer) -> None:
    filled(bench, raw_server)
    events = bench.events()
    del events[2].data[member]
    (bench.path / "custody.jsonl").write_bytes(b"".join(map(event_line, events)))
    with pytest.raises(CaseError, match=f"log line 3 cannot be read: {member} is missing"):
        list(items(bench.path))


@pytest.mark.parametrize(("media_type", "ending"), [("text/HTML; charset=x", ".html"), ("", ".bin"), ("a/b", ".bin")])
def test_endings_are_ours(media_type: str, ending: str) -> None:
    assert ending_of(media_type) == ending
