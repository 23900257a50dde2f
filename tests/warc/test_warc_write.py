"""What stands in the WARC of an item, byte for byte."""

import getpass
import gzip
import hashlib
import io
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warc_answers import CHUNKED, EXCEPTIONS, INCOMPRESSIBLE, TAKEN, TEXT, answer, in_chunks
from warc_items import AT, CASE, TLS, CountingIds, blob, exchange, item, unpacked, written
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders

from archiver.canon import sha256_hex
from archiver.errors import StorageError, UsageError
from archiver.model.address import Address
from archiver.model.exchange import Blob, Connection, Exchange, Failure, Tls
from archiver.model.item import Resource
from archiver.warc.profile import FIELD_ORDER, item_uri, warc_date
from archiver.warc.records import MAX_COMMON_HEAD, draw_ids
from archiver.warc.write import SuppliedDigests, write_item, write_records

RAW = {**TAKEN, **{name: case.raw for name, case in EXCEPTIONS.items()}}
URL = "https://example.org/a"


def values(fields: list[tuple[str, str]], name: str) -> list[str]:
    return [value for key, value in fields if key == name]


def test_records_come_in_the_order_of_the_profile() -> None:
    resource = Resource("import", "image/png", AT, blob(b"png"))
    value = item(exchange(URL, answer(TEXT)), exchange(URL + "/b", answer(TEXT)), resources=[resource])
    _, entries = written(value)
    pair = ["response", "request", "metadata"]
    assert [entry.type for entry in entries] == ["warcinfo", *pair, *pair, "resource", "metadata"]
    uris = [values(fields, "WARC-Target-URI") for _, fields, _ in unpacked(value)]
    prefix = f"urn:archiver:{CASE.removeprefix('urn:uuid:')}:000042"
    assert uris == [
        [],
        [URL],
        [URL],
        [f"{prefix}:exchange-000001"],
        [URL + "/b"],
        [URL + "/b"],
        [f"{prefix}:exchange-000002"],
        [f"{prefix}:import"],
        [f"{prefix}:summary"],
    ]


@pytest.mark.parametrize("body", [TEXT, INCOMPRESSIBLE])
def test_each_record_is_one_gzip_member_that_tells_nothing_of_the_machine(body: bytes) -> None:
    data, entries = written(item(exchange(URL, answer(body))))
    offset = 0
    for entry in entries:
        assert entry.offset == offset
        span = data[offset : offset + entry.length]
        assert hashlib.sha256(span).hexdigest() == entry.sha256
        # method deflate, no flags, no time, no extra flags, system unknown
        assert span[:10] == b"\x1f\x8b\x08\x00" + b"\x00" * 4 + b"\x00\xff"
        assert gzip.decompress(span).startswith(b"WARC/1.1\r\n")
        offset += entry.length
    assert offset == len(data)


@pytest.mark.parametrize(
    ("body", "stored"), [(INCOMPRESSIBLE, True), (INCOMPRESSIBLE[:20_000], False), (TEXT * 9000, False)]
)
def test_what_does_not_compress_is_stored_and_the_rest_compressed(body: bytes, stored: bool) -> None:
    value = item(exchange(URL, answer(body)))
    data, entries = written(value)
    response = next(entry for entry in entries if entry.type == "response")
    span = data[response.offset :][: response.length]
    assert (body[1000:2000] in span) is stored
    assert gzip.decompress(span).endswith(body + b"\r\n\r\n")
    assert len(span) < len(body) + 2000


def test_the_same_item_and_ids_give_the_same_bytes() -> None:
    value = item(exchange(URL, answer(TEXT * 50_000)))
    assert written(value) == written(value)


def test_a_body_on_disk_gives_the_same_bytes_as_one_in_memory(tmp_path: Path) -> None:
    raw = answer(bytes(range(256)) * 20_000)
    held = exchange(URL, raw)
    (tmp_path / "spool").write_bytes(raw)
    spooled = replace(held, response=Blob(len(raw), sha256_hex(raw), path=tmp_path / "spool"))
    assert written(item(held)) == written(item(spooled))


@pytest.mark.parametrize("name", RAW)
def test_the_block_is_what_arrived(name: str) -> None:
    value = item(exchange(URL, RAW[name]))
    (_, fields, block) = unpacked(value)[1]
    assert block == RAW[name]
    assert values(fields, "Content-Length") == [str(len(block))]
    assert values(fields, "WARC-Block-Digest") == [f"sha256:{hashlib.sha256(block).hexdigest()}"]


@given(st.binary(min_size=1, max_size=300) | st.binary(max_size=200).map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail))
def test_any_bytes_at_all_are_kept(raw: bytes) -> None:
    assert unpacked(item(exchange(URL, raw)))[1][2] == raw


def test_every_record_has_the_fields_of_the_profile_once_and_in_order() -> None:
    resource = Resource("import", "image/png", AT, blob(b"png"))
    for version, fields, block in unpacked(item(exchange(URL, answer(TEXT)), resources=[resource])):
        assert version == b"WARC/1.1"
        names = [name for name, _ in fields]
        assert names == sorted(names, key=FIELD_ORDER.index)
        for name in ("WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Block-Digest", "Content-Type", "Content-Length"):
            assert names.count(name) == 1
        assert values(fields, "WARC-Block-Digest") == [f"sha256:{hashlib.sha256(block).hexdigest()}"]
        assert values(fields, "WARC-Date") == ["2026-11-22T06:55:58.854810Z"]


def test_records_of_an_exchange_name_each_other_and_the_warcinfo() -> None:
    info, *triple, _ = [fields for _, fields, _ in unpacked(item(exchange(URL, answer(TEXT))))]
    ids = [values(fields, "WARC-Record-ID")[0] for fields in triple]
    for fields, own in zip(triple, ids, strict=True):
        assert values(fields, "WARC-Concurrent-To") == [other for other in ids if other != own]
        assert values(fields, "WARC-Warcinfo-ID") == values(info, "WARC-Record-ID")
    assert not values(info, "WARC-Warcinfo-ID")


def test_the_connection_stands_in_the_fields() -> None:
    _, response, request, metadata, _ = [fields for _, fields, _ in unpacked(item(exchange(URL, answer(TEXT))))]
    for fields in (response, request):
        assert values(fields, "WARC-IP-Address") == ["192.0.2.7"]
        assert values(fields, "WARC-Protocol") == ["http/1.1", "tls/1.3"]
        assert values(fields, "WARC-Cipher-Suite") == ["TLS_AES_256_GCM_SHA384"]
    assert values(metadata, "WARC-IP-Address") == ["192.0.2.7"]
    assert not values(metadata, "WARC-Protocol")


@pytest.mark.parametrize(
    ("raw", "tls", "expected"),
    [
        (answer(TEXT), None, ["http/1.1"]),
        (answer(TEXT, line=b"HTTP/1.0 200 OK"), None, ["http/1.0"]),
        (answer(TEXT), replace(TLS, version="TLSv1"), ["http/1.1", "tls/1.0"]),
        (answer(TEXT), replace(TLS, version="something new"), ["http/1.1"]),
        (TEXT, None, ["http/0.9"]),
        (answer(TEXT, line=b"HTTP/2 200"), None, []),
    ],
)
def test_a_protocol_is_named_only_where_it_is_known(raw: bytes, tls: Tls | None, expected: list[str]) -> None:
    value = replace(exchange(URL, raw), connection=Connection(tls=tls))
    fields = unpacked(item(value))[1][1]
    assert values(fields, "WARC-Protocol") == expected
    assert not values(fields, "WARC-IP-Address")


def test_an_answer_that_nobody_could_read_is_kept_without_protocol_or_payload_digest() -> None:
    fields = unpacked(item(replace(exchange(URL, answer(TEXT)), message=None)))[1][1]
    assert values(fields, "WARC-Protocol") == ["tls/1.3"]
    assert not values(fields, "WARC-Payload-Digest")


def test_a_cut_answer_says_why() -> None:
    fields = unpacked(item(replace(exchange(URL, answer(TEXT)), truncated="length")))[1][1]
    assert values(fields, "WARC-Truncated") == ["length"]


def test_a_refused_address_has_a_metadata_record_only() -> None:
    refused = Exchange(Address.parse("file:///etc/passwd"), "GET", AT, AT, failure=Failure("refused", "not http"))
    records = unpacked(item(refused))
    assert [values(fields, "WARC-Type") for _, fields, _ in records] == [["warcinfo"], ["metadata"], ["metadata"]]
    assert not values(records[1][1], "WARC-Concurrent-To")


def test_a_request_without_an_answer_is_kept() -> None:
    for nothing in (None, blob(b"")):
        value = replace(exchange(URL, answer(TEXT)), response=nothing, message=None)
        _, request, metadata, _ = [fields for _, fields, _ in unpacked(item(value))]
        assert values(request, "WARC-Type") == ["request"]
        assert values(request, "WARC-Concurrent-To") == values(metadata, "WARC-Record-ID")


@pytest.mark.parametrize(
    ("raw", "there"),
    [
        (answer(TEXT), True),
        (answer(TEXT, length=False), True),
        (answer(b""), True),
        (answer(TEXT, b"Content-Encoding: gzip"), True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (answer(in_chunks(TEXT), CHUNKED, length=False), False),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(TEXT), False),
        (answer(TEXT) + b"more", False),
        (TEXT, False),
        (answer(TEXT).replace(b"\r\n", b"\n"), False),
        (answer(TEXT, b" "), False),
        (answer(TEXT, b"\x85"), False),
        (answer(TEXT, b"X: " + b"x" * MAX_COMMON_HEAD), False),
    ],
)
def test_payload_digest_stands_only_where_every_tool_reads_the_same_payload(raw: bytes, there: bool) -> None:
    value = exchange(URL, raw)
    assert value.message is not None
    expected = [f"sha256:{value.message.entity_sha256}"] if there else []
    assert values(unpacked(item(value))[1][1], "WARC-Payload-Digest") == expected


def test_payload_digest_is_left_out_where_the_reading_does_not_cover_the_block() -> None:
    value = exchange(URL, answer(TEXT))
    assert value.message is not None
    for wrong in (replace(value.message, entity_size=5), replace(value.message, head_size=7)):
        fields = unpacked(item(replace(value, message=wrong)))[1][1]
        assert not values(fields, "WARC-Payload-Digest")


def test_payload_digest_of_a_spooled_body_needs_no_second_reading_of_it(tmp_path: Path) -> None:
    raw = answer(b"x" * (3 << 20))
    value = exchange(URL, raw)
    (tmp_path / "spool").write_bytes(raw)
    value = replace(value, response=Blob(len(raw), sha256_hex(raw), path=tmp_path / "spool"))
    assert values(unpacked(item(value))[1][1], "WARC-Payload-Digest")


def test_warcinfo_has_the_lines_of_the_profile_and_those_of_the_item() -> None:
    info = (("software", "archiver/9 other/1"), ("logHead", "abc"), ("http-header-user-agent", "Київ/1"))
    _, fields, block = unpacked(item(info=info))[0]
    assert values(fields, "Content-Type") == ["application/warc-fields"]
    assert block.decode("utf-8").split("\r\n") == [
        "software: archiver/9 other/1",
        "format: WARC File Format 1.1",
        "conformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "profile: archiver-warc/1",
        f"isPartOf: {CASE}",
        "item: 42",
        "logHead: abc",
        "http-header-user-agent: Київ/1",
        "",
    ]


@pytest.mark.parametrize(
    "info", [(("a", "1"), ("a", "2")), (("a b", "1"),), (("", "1"),), (("a", "1\r\nb: 2"),), (("a", "\x85"),)]
)
def test_warcinfo_lines_cannot_be_forged(info: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(ValueError, match="warcinfo"):
        written(item(info=info))


@pytest.mark.parametrize("bad", ["a\r\nX: b", "a\nb", "a\x00b", "café", "a\x7f", "a\x85b", " a", "a\t"])
def test_no_field_can_hold_a_control_character_or_anything_but_ascii(bad: str) -> None:
    good = exchange(URL, answer(TEXT))
    for value in (
        item(replace(good, connection=Connection(peer_ip=bad))),
        item(replace(good, connection=Connection(tls=replace(TLS, cipher=bad)))),
        item(resources=[Resource("import", bad, AT, blob(b""))]),
    ):
        with pytest.raises(ValueError, match="cannot hold"):
            written(value)


@given(st.text(max_size=40), st.sampled_from(["", "?q=", "#"]))
def test_no_address_can_forge_a_line(text: str, before: str) -> None:
    try:
        address = Address.parse(f"http://example.org/{before}{text}")
    except UsageError:
        return
    value = replace(exchange(URL, answer(TEXT)), address=address)
    for _, fields, _ in unpacked(item(value)):
        assert [name for name, _ in fields if name not in FIELD_ORDER] == []
        assert all(value.isascii() and value.isprintable() for _, value in fields)


def test_a_date_without_a_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="zone"):
        warc_date(datetime(2026, 1, 1))  # noqa: DTZ001  # the point of the test
    assert warc_date(AT.replace(microsecond=0)) == "2026-11-22T06:55:58.000000Z"


def test_item_addresses_are_the_same_with_and_without_the_scheme_of_the_case() -> None:
    assert item_uri(CASE, 7, "summary") == item_uri(CASE.removeprefix("urn:uuid:"), 7, "summary")


def test_ids_drawn_before_can_be_named_in_the_summary() -> None:
    value = item(exchange(URL, answer(TEXT)), resources=[Resource("import", "image/png", AT, blob(b"png"))])
    ids = draw_ids(value.exchanges, value.resources, CountingIds())
    file = io.BytesIO()
    entries = write_records(file, value, ids)
    assert (file.getvalue(), entries) == written(value)
    its = ids.exchanges[0]
    assert [entry.id for entry in entries] == [
        ids.warcinfo,
        its.response,
        its.request,
        its.metadata,
        *ids.resources,
        ids.summary,
    ]


def test_ids_of_another_item_are_refused() -> None:
    ids = draw_ids((), (), CountingIds())
    with pytest.raises(ValueError, match="zip"):
        write_records(io.BytesIO(), item(exchange(URL, answer(TEXT))), ids)


@pytest.mark.parametrize("stored", [b"too short", answer(TEXT) + b"grown"])
def test_a_body_that_changed_on_disk_is_not_passed_off_as_the_answer(tmp_path: Path, stored: bytes) -> None:
    value = exchange(URL, answer(TEXT))
    (tmp_path / "spool").write_bytes(stored)
    value = replace(value, response=Blob(len(answer(TEXT)), sha256_hex(b""), path=tmp_path / "spool"))
    with pytest.raises(StorageError, match="body on disk"):
        written(item(value))


class FullDisk(io.BytesIO):
    """Takes five bytes at a time, as a raw file may."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # the writer hands in bytes only
        return super().write(data[:5])


def test_bytes_that_the_disk_does_not_take_are_noticed() -> None:
    with pytest.raises(StorageError, match="not all bytes"):
        write_item(FullDisk(), item(), CountingIds())


@pytest.mark.parametrize(
    ("fields", "length"), [([("WARC-Type", "metadata")], 0), ([("WARC-Block-Digest", "sha256:00")], None)]
)
def test_a_missing_digest_is_never_filled_in(fields: list[tuple[str, str]], length: int | None) -> None:
    headers = StatusAndHeaders("", fields, protocol="WARC/1.1")
    record = ArcWarcRecord("warc", "metadata", headers, io.BytesIO(), None, None, length)
    with pytest.raises(ValueError, match="digest"):
        SuppliedDigests(io.BytesIO(), gzip=False).write_record(record)


def test_nothing_of_this_machine_is_in_the_file(tmp_path: Path) -> None:
    raw = answer(TEXT)
    (tmp_path / "spool").write_bytes(raw)
    value = replace(exchange(URL, raw), response=Blob(len(raw), sha256_hex(raw), path=tmp_path / "spool"))
    whole = b"".join(gzip.decompress(written(item(value))[0]).splitlines())
    for secret in (socket.gethostname(), str(Path.home()), str(tmp_path), f"user: {getpass.getuser()}"):
        assert secret.encode() not in whole


def test_memory_stays_the_same_for_a_large_body(tmp_path: Path) -> None:
    (tmp_path / "spool").touch()
    size = 512 << 20
    with (tmp_path / "spool").open("r+b") as file:
        file.truncate(size)
    script = """
import io, resource, sys
from pathlib import Path
from dataclasses import replace
from warc_items import *
value = exchange("https://example.org/a", b"HTTP/1.1 200 OK\\r\\n\\r\\n")
written(item(value))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
large = Blob(int(sys.argv[2]), "0" * 64, path=Path(sys.argv[1]))
entries = write_item(open("/dev/null", "wb"), item(replace(value, response=large)), CountingIds())
assert len(entries) == 5
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    folder = Path(__file__).parent
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "spool"), str(size)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{folder}:{folder.parent.parent}"},
    )
    assert int(run.stdout) < 30_000  # KiB
