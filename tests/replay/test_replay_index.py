"""Records that say something else than this program writes: nothing raises, and what can be used is."""

from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from replaybench import URL, Kept, answer, asked, got, player_of

from archiver.custody.store import CaseStore
from archiver.errors import CaseError, UsageError
from archiver.model.item import Picture, RecordEntry
from archiver.pipeline import checking
from archiver.pipeline.cases import open_case
from archiver.pipeline.checking import answered, block_within, record_check
from archiver.replay import index as indexing
from archiver.replay.index import _facts_in, _final_head, _request, indexed, same_address
from archiver.runtime import Runtime


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "case")


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ([b"POST /a HTTP/1.1\r\nA: b\r\nodd\r\n\r\nbo", b"dy"], ("POST", ((b"A", b"b"),), b"body")),
        ([b"GET / HTTP/1.1\r\nA", b": b\r", b"\n\r\n"], ("GET", ((b"A", b"b"),), b"")),
        ([b"\xff\x00"], ("\xff\x00", (), b"")),
        ([], ("", (), b"")),
    ],
)
def test_requests_are_read_in_any_pieces(data: list[bytes], read: tuple[str, object, bytes]) -> None:
    method, headers, sent = _request(data)
    assert (method, headers, sent.data, sent.size) == (*read, len(read[2]))


def test_a_request_that_is_all_head_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "MAX_HEAD", 100)
    method, _, sent = _request([b"GET " + b"x" * 200, b"y" * 50])
    assert (method, sent.size) == ("GET", 50)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"[" * 100_000, b" " * 5_000_000])
def test_facts_that_are_none_say_nothing(data: bytes) -> None:
    assert _facts_in([data]) == {}


def test_heads_are_found_behind_any_number_of_interim_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    interim, final = b"HTTP/1.1 102 Wait\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"
    assert _final_head(bytearray(interim * 3 + final + b"x")) == (63, 63 + len(final))
    assert _final_head(bytearray(interim + final[:-2])) is None
    assert _final_head(bytearray(interim), ended=True) == (0, 0)
    monkeypatch.setattr(indexing, "MAX_INTERIM", 2)
    assert _final_head(bytearray(interim * 2 + final)) == (42, 42 + len(final))


@pytest.mark.parametrize("url", ["", "about:blank", "http://[::1", "http://a b/#x", "wss://exa mple/", "x" * 70_000])
def test_what_is_no_address_is_compared_as_it_stands(url: str) -> None:
    assert "#" not in same_address(url)


def test_a_file_that_is_not_there_is_said(kept: Kept) -> None:
    index = kept.index(kept.exchange(URL, answer(b"x")))
    records = [stored.record for stored in index.exchanges if stored.record is not None]
    index.warc.unlink()
    with pytest.raises(CaseError):
        indexed(1, index.warc, records)
    player = player_of(index)
    assert got(player, asked()).data == b""
    assert player.heard().broken == 1


def test_records_at_places_where_none_begins_are_counted(kept: Kept) -> None:
    index = kept.index(kept.exchange(URL, answer(b"x")))
    wrong = [RecordEntry("urn:uuid:x", "response", offset, 10, "0" * 64) for offset in (1, 7, 10**9, -5)]
    good = [stored.record for stored in index.exchanges if stored.record is not None]
    again = indexed(1, index.warc, [*wrong, *good])
    assert (len(again.exchanges), again.unread) == (1, 4)


def test_a_block_that_is_too_long_is_refused(kept: Kept) -> None:
    index = kept.index(kept.exchange(URL, answer(b"x" * 5000)))
    record = index.exchanges[0].record
    assert record is not None
    with pytest.raises(CaseError, match="larger than"):
        block_within(index.warc, record, 1000)
    assert block_within(index.warc, record, 10_000).endswith(b"x" * 5000)


def test_an_item_that_was_interrupted_has_nothing_to_show(kept: Kept) -> None:
    from archiver.custody.events import interrupted

    kept.case.add(*interrupted(kept.case.requested(URL), reason="stopped"))
    with pytest.raises(UsageError, match="no bytes were kept"):
        answered(kept.folder, 1)


@pytest.mark.parametrize(("busy", "stopped"), [(2, False), (1, True)])
def test_a_check_waits_for_who_writes_until_it_is_stopped(
    kept: Kept, runtime: Runtime, monkeypatch: pytest.MonkeyPatch, busy: int, stopped: bool
) -> None:
    kept.item(kept.exchange(URL, answer(b"x")))
    tried: list[Path] = []

    def shared(path: Path, runtime: Runtime) -> AbstractContextManager[CaseStore]:
        tried.append(path)
        if len(tried) <= busy:
            raise CaseError("locked", "somebody else writes")
        return open_case(path, runtime)

    monkeypatch.setattr(checking, "open_case", shared)
    live = Picture("a" * 64, 1, 1, "urn:uuid:00000000-0000-4000-8000-000000000001")
    check = partial(record_check, kept.folder, 1, live, live, differing=0, missing=0, browser="x", runtime=runtime)
    if stopped:
        with pytest.raises(CaseError, match="somebody else"):
            check(stop=lambda: True)
    else:
        assert check(stop=lambda: False).event == "replay.checked"
        assert len(tried) == 3
    assert (b"replay.checked" in (kept.folder / "custody.jsonl").read_bytes()) is not stopped
