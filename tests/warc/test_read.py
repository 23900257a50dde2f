"""The WARC reader: what it hands out, where it goes on behind damage, and that its cost is bounded."""

import gzip
import hashlib
import io
import os
import re
import tracemalloc
from pathlib import Path

import pytest
from foreign import HTTP, IDS, base, packed, record, records, sound
from hypothesis import given, settings
from hypothesis import strategies as st
from warc_items import example, exchange, item, written

from archiver.errors import CaseError
from archiver.model.item import Resource
from archiver.warc.head import Head, head_end, parse_head
from archiver.warc.links import Links
from archiver.warc.members import CHUNK, Source
from archiver.warc.problems import PROBLEMS, Problem
from archiver.warc.read import MAX_SUMMARY, outline, read_block, summary_of
from archiver.warc.rules import date_parses
from archiver.warc.scan import MAX_TRIES, Record, Scan


def stored(path: Path, data: bytes) -> Path:
    file = path / "a.warc.gz"
    file.write_bytes(data)
    return file


def read(data: bytes, **options: int) -> list[Record | Problem]:
    return list(Scan(io.BytesIO(data), **options))


# one record, its block, the outline, the summary


def test_outline_is_what_the_writer_said(tmp_path: Path) -> None:
    data, entries = written(example())
    assert outline(stored(tmp_path, data)) == entries


def test_blocks_and_heads_are_found_by_their_span(tmp_path: Path) -> None:
    body = os.urandom(3 * 1024**2)
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    data, entries = written(item(exchange("https://example.org/", raw)))
    file = stored(tmp_path, data)
    response = entries[1]
    assert b"".join(read_block(file, response.offset, response.length)) == raw
    assert max(map(len, read_block(file, response.offset, response.length))) <= 128 * 1024


def test_blocks_of_plain_files_are_found_too(tmp_path: Path) -> None:
    parts = records()
    file = stored(tmp_path, b"".join(parts))
    assert b"".join(read_block(file, len(parts[0]), len(parts[1]))) == HTTP


def test_the_summary_is_the_block_of_the_last_record(tmp_path: Path) -> None:
    value = example()
    file = stored(tmp_path, written(value)[0])
    assert summary_of(file) == value.summary


@pytest.mark.parametrize(
    "data",
    [
        b"",
        sound(),
        written(example())[0][:-1],
        written(example())[0] + b"x",
        written(example())[0][:-400] + bytes(10) + written(example())[0][-390:],
        written(example())[0] * 2,
        written(example())[0] + gzip.compress(records()[3]),
    ],
    ids=range(7),
)
def test_there_is_no_summary_unless_the_file_is_sound_and_ends_with_it(tmp_path: Path, data: bytes) -> None:
    file = stored(tmp_path, data)
    assert summary_of(file) is None
    assert outline(file) == ()


def test_a_summary_larger_than_any_is_none(tmp_path: Path) -> None:
    file = stored(tmp_path, written(item(summary=b" " * (MAX_SUMMARY + 1)))[0])
    assert summary_of(file) is None


def test_a_record_of_a_type_that_is_not_ours_makes_no_summary(tmp_path: Path) -> None:
    data, entries = written(example())
    head = gzip.decompress(data[: entries[0].length])
    conversion = record(base("conversion", 9, b"x", ("WARC-Refers-To", IDS[1])), b"x")
    assert (
        summary_of(stored(tmp_path, gzip.compress(head) + gzip.compress(conversion) + data[entries[0].length :]))
        is None
    )


@pytest.mark.parametrize(("offset", "length"), [(-1, 10), (0, 0), (0, 10**9), (5, 10), (10**12, 1)])
def test_a_span_that_is_no_record_is_a_named_error(tmp_path: Path, offset: int, length: int) -> None:
    file = stored(tmp_path, sound())
    with pytest.raises(CaseError, match="cannot be read"):
        list(read_block(file, offset, length))


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b"WARC/1.1\r\nX: y\r\n\r\nblock", mtime=0),
        gzip.compress(b"WARC/1.1\r\nContent-Length: 9\r\n\r\nblock", mtime=0),
        gzip.compress(b"WARC/1.1\r\nContent-Length: 99\r\n\r\nblock", mtime=0)[:-9],
        gzip.compress(b"WARC/1.1\r\n", mtime=0),
        gzip.compress(b"other", mtime=0),
        b"\x1f\x8b\x08\xff" + bytes(20),
    ],
    ids=range(6),
)
def test_a_block_that_is_not_all_there_is_a_named_error(tmp_path: Path, data: bytes) -> None:
    file = stored(tmp_path, data)
    with pytest.raises(CaseError, match="cannot be read"):
        b"".join(read_block(file, 0, len(data)))


def test_links_pipes_and_missing_files_are_named_errors(tmp_path: Path) -> None:
    file = stored(tmp_path, sound())
    (tmp_path / "link").symlink_to(file)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "nothing", "no\0name", "."):
        with pytest.raises(CaseError):
            outline(tmp_path / name)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that cannot be read")
def test_an_error_of_the_disk_is_a_named_error() -> None:
    with pytest.raises(CaseError, match="cannot be read"):
        outline(Path("/proc/self/mem"))


# behind damage


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("place", [0, 3, 14, -9, -6, -2])
def test_behind_a_damaged_member_the_others_are_read(number: int, place: int) -> None:
    members = [gzip.compress(part, mtime=0) for part in records()]
    damaged = bytearray(members[number])
    damaged[place] ^= 0xFF
    members[number] = bytes(damaged)
    found = read(b"".join(members))
    offsets = [sum(map(len, members[:n])) for n in range(4)]
    whole = {entry.offset for entry in found if isinstance(entry, Record) and entry.sha256 and not entry.problems}
    # the first record's id is not referred to, and a lost response is missed by its request
    assert set(offsets) - {offsets[number]} <= {e.offset for e in found}
    assert len(whole) >= 2
    assert any(not isinstance(entry, Record) or entry.problems for entry in found)


def swallowing() -> bytes:
    """A member that says the next 60,000 bytes, two good members among them, are its own, and is none behind them."""
    inner = packed(records()[1:3])
    begun = gzip.compress(b"")[:10] + b"\x00" + (60_000).to_bytes(2, "little") + (0xFFFF - 60_000).to_bytes(2, "little")
    return begun + inner + b"\xff" * 80_000


def test_members_that_a_damaged_one_swallowed_are_read_again_from_there() -> None:
    found = read(swallowing())
    assert [entry.head.type for entry in found if isinstance(entry, Record)] == ["response", "request"]


def test_rereading_behind_damage_is_bounded() -> None:
    assert not any(isinstance(entry, Record) for entry in read(swallowing(), reread=0))
    plain = b"".join(records()).replace(b"Content-Length: 75", b"Content-Length: 9999")
    assert sum(isinstance(entry, Record) for entry in read(plain)) == 4
    assert sum(isinstance(entry, Record) for entry in read(plain, reread=0)) == 2


def test_places_tried_behind_damage_are_bounded() -> None:
    data = b"\x1f\x8b\x08" * (2 * MAX_TRIES) + sound()
    found = read(data)
    assert isinstance(found[-1], Problem) or found[-1].problems
    assert not any(isinstance(entry, Record) for entry in found)
    assert found[-1].offset + found[-1].length == len(data)


def test_bytes_that_look_like_a_member_and_are_none_are_passed_by() -> None:
    data = sound()
    found = read(b"x\x1f\x8b\x08" + b"y" * CHUNK + b"\x1f\x8b" + gzip.compress(b"no record") + data)
    assert found[0] == Problem("stray-bytes", 0, found[0].detail, 0, found[0].length)  # type: ignore[union-attr]
    assert sum(isinstance(entry, Record) for entry in found) == 4


def test_plain_records_are_found_behind_a_wrong_length() -> None:
    parts = records()
    parts[1] = parts[1].replace(b"Content-Length: 75", b"Content-Length: 76")
    assert [e.head.type for e in read(b"".join(parts)) if isinstance(e, Record)] == [
        "warcinfo", "response", "request", "resource",
    ]  # fmt: skip
    reread = [e for e in read(b"".join(parts), reread=0) if isinstance(e, Record)]
    assert [e.head.type for e in reread][:2] == ["warcinfo", "response"]


# values


def test_sinks_are_fed_the_block_and_nothing_else() -> None:
    fed: dict[int, list[bytes]] = {}

    class Keep:
        def __init__(self, number: int) -> None:
            self.pieces = fed.setdefault(number, [])

        def feed(self, data: bytes) -> None:
            self.pieces.append(data)

    body = os.urandom(500_000)
    data = packed([records()[0], record(base("resource", 3, body), body)])
    scan = Scan(io.BytesIO(data), lambda number, head: Keep(number) if head.type == "resource" else None)
    entries = [entry for entry in scan if isinstance(entry, Record)]
    assert b"".join(fed.pop(2)) == body
    assert not fed
    assert entries[1].block_sha256 == hashlib.sha256(body).hexdigest()
    assert scan.sha256() == hashlib.sha256(data).hexdigest()
    assert scan.size == len(data)


def test_the_hash_of_a_file_counts_bytes_once_however_often_they_are_read() -> None:
    source = Source(io.BytesIO(bytes(range(256)) * 4096))
    source.advance(len(source.peek(300_000)))
    source.seek(10)
    source.advance(len(source.peek(1000)))
    source.seek(0)
    assert source.sha256() == hashlib.sha256(bytes(range(256)) * 4096).hexdigest()


def test_identifiers_are_held_up_to_a_limit() -> None:
    links = Links(limit=2)
    heads = [
        Head("WARC/1.1", (("WARC-Record-ID", f"<urn:{n}>"), ("WARC-Concurrent-To", "<urn:x>")), 1) for n in range(4)
    ]
    for number, head in enumerate(heads, 1):
        assert links.oddities(head, number, 0) == []
    (problem,) = links.unresolved()
    assert (problem.name, problem.record) == ("ids-many", 3)


def test_every_published_name_is_used() -> None:
    folder = Path(__file__).parents[2] / "archiver"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    assert all(f'"{name}"' in source for name in PROBLEMS)


@pytest.mark.parametrize(
    ("value", "version", "fits"),
    [
        ("2024-02-29T23:59:59Z", "WARC/1.0", True),
        ("2024-02-29T23:59:59.1Z", "WARC/1.0", False),
        ("2024-02-29T23:59Z", "WARC/1.1", True),
        ("2024-02", "WARC/1.1", True),
        ("2024-13", "WARC/1.1", False),
        ("2024-02-29T24:00:00Z", "WARC/1.1", False),
        ("2024-02-29T23:59:59.1234567890Z", "WARC/1.1", False),
        ("0000-01-01T00:00:00Z", "WARC/1.1", False),
        ("٢٠٢٤-02-29T23:59:59Z", "WARC/1.1", False),
    ],
)
def test_dates(value: str, version: str, fits: bool) -> None:
    assert date_parses(value, version) is fits


@pytest.mark.parametrize(
    ("data", "end"),
    [(b"a\r\n\r\nb", 5), (b"a\n\nb", 3), (b"a\r\n\nb", 4), (b"a\n\r\nb", 4), (b"a\r\nb", -1), (b"", -1)],
)
def test_heads_end_at_the_first_empty_line(data: bytes, end: int) -> None:
    assert head_end(data) == end


@given(st.binary(max_size=200))
def test_any_bytes_are_a_head_of_some_kind(data: bytes) -> None:
    head = parse_head(b"WARC/1.1\r\n" + data + b"\r\n\r\n")
    assert all(isinstance(value, str) for _, value in head.fields)
    assert head.type == head.value("warc-type")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2000), st.sampled_from(["insert", "replace", "cut"]), st.booleans())
def test_any_damage_is_found_and_every_byte_placed(piece: bytes, at: int, how: str, plain: bool) -> None:
    before = b"".join(records()) if plain else sound()
    at %= len(before)
    data = {
        "insert": before[:at] + piece + before[at:],
        "replace": before[:at] + piece + before[at + len(piece) :],
        "cut": before[:at],
    }[how]
    found = read(data)
    end = 0
    for entry in found:
        if entry.length:
            assert entry.offset == end
            end = entry.offset + entry.length
    assert end == len(data) or any(
        p.name == "several-records" for e in found if isinstance(e, Record) for p in e.problems
    )


def test_memory_stays_small_whatever_the_size() -> None:
    body = bytes(64 * 1024**2)
    data = packed([records()[0], record(base("resource", 3, body), body)])
    del body
    tracemalloc.start()
    read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 1024**2


def test_resources_come_back_as_they_were_given(tmp_path: Path) -> None:
    from warc_items import AT, blob

    data, entries = written(item(resources=[Resource("import", "image/png", AT, blob(b"\x89PNG"))]))
    file = stored(tmp_path, data)
    assert b"".join(read_block(file, entries[1].offset, entries[1].length)) == b"\x89PNG"


def test_the_published_names_of_problems_are_those_of_the_reader() -> None:
    text = Path(__file__).parents[2].joinpath("docs", "spec", "verify.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", text.partition("## 5.")[2], re.MULTILINE))
    assert rows == PROBLEMS
