"""Corners of zips and tars: numbers too long for their field, disks that fail, lies where nobody looks."""

import errno
import io
import os
import struct
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archives import ZipFile, ZipMember, plain_tar, plain_zip, tar_member

from archiver.bundle.members import Flaw, Weight
from archiver.bundle.open import open_bundle
from archiver.errors import CaseError

FULL = 0xFFFFFFFF
DESCRIPTOR = 1 << 3
TWO = {"a.txt": b"one", "b/c.txt": b"two" * 100}
HONEST = plain_zip(TWO).data()
END = 22  # bytes of the end record of a zip


def taken(data: bytes, file: Path) -> tuple[dict[str, bytes], tuple[Flaw, ...]]:
    """What the bundle gives, and what it finds wrong with itself."""
    file.write_bytes(data)
    with open_bundle(file) as bundle:
        return {name: b"".join(bundle.chunks(name)) for name in bundle.members}, bundle.flaws


def refused(data: bytes, file: Path, text: str) -> None:
    """The bundle is refused, and says why."""
    _, flaws = taken(data, file)
    assert Weight.REFUSED in {flaw.weight for flaw in flaws}, flaws
    assert any(text in flaw.message for flaw in flaws), flaws


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """A disk that gives no bytes from a place on."""

    def fail_from(place: int) -> None:
        read = os.pread

        def pread(descriptor: int, size: int, at: int) -> bytes:
            if at >= place:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return read(descriptor, size, at)

        monkeypatch.setattr(os, "pread", pread)

    return fail_from


def changed(data: bytes, *fields: tuple[int, str, int]) -> bytes:
    """The same bytes with other numbers in them: (place, form, number)."""
    raw = bytearray(data)
    for place, form, number in fields:
        struct.pack_into(form, raw, place, number)
    return bytes(raw)


def header(member: bytes, at: int, field: bytes) -> bytes:
    """A member of a tar with another field, and a checksum that fits."""
    raw = bytearray(member)
    raw[at : at + len(field)] = field
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    return bytes(raw)


ONE = tar_member("a.txt", b"one")
SIZE, KIND = 124, 156


@pytest.mark.parametrize("place", [515, 1024], ids=["padding", "next-header"])
def test_a_tar_on_a_failing_disk_is_unread_and_not_refused(
    tmp_path: Path, failing: Callable[[int], None], place: int
) -> None:
    (tmp_path / "x.tar").write_bytes(plain_tar({"a.txt": b"one", "b.txt": b"two"}))
    failing(place)
    with open_bundle(tmp_path / "x.tar") as bundle:
        assert [flaw.weight for flaw in bundle.flaws] == [Weight.UNREAD]
        assert "could not be read" in bundle.flaws[0].message
        assert not bundle.refused
        assert "b.txt" not in bundle.members


def test_a_tar_of_too_many_members_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.bundle.tar.MAX_MEMBERS", 1)
    two, three = (plain_tar({f"{n}": b"" for n in range(count)}) for count in (2, 3))
    assert taken(two, tmp_path / "x.tar") == ({"0": b"", "1": b""}, ())
    refused(three, tmp_path / "x.tar", "more than 1 files")


SAME_TAR = {
    "size-in-an-extended-header-alone": tar_member("pax", b"10 size=3\n", type=tarfile.XHDTYPE)
    + header(ONE, SIZE, b"00000000000\0"),
    "size-told-twice-and-equally": tar_member("pax", b"10 size=3\n", type=tarfile.XHDTYPE) + ONE,
    "size-as-a-binary-number": header(ONE, SIZE, b"\x80" + (3).to_bytes(11, "big")),
}


@pytest.mark.parametrize("name", SAME_TAR)
def test_another_way_to_write_the_same_tar_is_taken(tmp_path: Path, name: str) -> None:
    data = SAME_TAR[name] + bytes(1024)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert [(info.name, info.size) for info in archive] == [("a.txt", 3)]
    assert taken(data, tmp_path / "x.tar") == ({"a.txt": b"one"}, ())


@pytest.mark.parametrize(
    "size", [b"00000200001\0", b"00000010000\0"], ids=["longer-than-any-should-be", "longer-than-the-tar"]
)
def test_an_extended_header_that_never_ends_is_not_read(tmp_path: Path, size: bytes) -> None:
    record = header(tar_member("pax", b"10 path=b\n", type=tarfile.XHDTYPE), SIZE, size)
    behind = bytes(1 << 17) if size == b"00000200001\0" else bytes(1024)
    refused(record + behind, tmp_path / "x.tar", "longer than any should be, or is cut off")


def test_a_zip_on_a_failing_disk_is_unread_and_not_refused(tmp_path: Path, failing: Callable[[int], None]) -> None:
    (tmp_path / "x.zip").write_bytes(HONEST)
    failing(HONEST.index(b"PK\1\2"))
    with open_bundle(tmp_path / "x.zip") as bundle:
        assert [flaw.weight for flaw in bundle.flaws] == [Weight.UNREAD]
        assert "could not be read to its end" in bundle.flaws[0].message
        assert not bundle.members


def test_a_damaged_member_leaves_no_file_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    real = tempfile.TemporaryFile

    def recorded() -> Any:
        made.append(real())
        return made[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", recorded)
    (tmp_path / "x.zip").write_bytes(ZipFile((ZipMember(b"a", b"x" * 100, deflate=True, stated_crc=1),)).data())
    with open_bundle(tmp_path / "x.zip") as bundle, pytest.raises(CaseError) as caught:
        bundle.open_file("a")
    assert caught.value.kind == "damaged"
    assert [file.closed for file in made] == [True]


def packed(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("read", [1, 2, 5, 1000])
@pytest.mark.parametrize("given", [1, 3, 10, 1000])
def test_a_packed_member_is_whole_in_pieces_of_any_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: int, given: int
) -> None:
    monkeypatch.setattr("archiver.bundle.members.CHUNK", read)
    monkeypatch.setattr("archiver.bundle.zip.CHUNK", given)
    # of the last one all packed bytes are taken while most of what they mean is still to come out
    files = {"same": b"x" * 259, "text": bytes(range(200)), "empty": b"", "late": bytes(25)}
    zipped = ZipFile(tuple(ZipMember(name.encode(), data, deflate=True) for name, data in files.items()))
    assert taken(zipped.data(), tmp_path / "x.zip") == (files, ())


@pytest.mark.parametrize("length", [1, 2, 3, 100])
def test_bytes_behind_packed_data_are_found_wherever_a_piece_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    monkeypatch.setattr("archiver.bundle.members.CHUNK", length)
    lie = ZipMember(b"a", b"x", deflate=True, stored=packed(b"x") + b"hidden", stated_size=1)
    with pytest.raises(CaseError, match="bytes follow the end of its packed data"):
        taken(ZipFile((lie,)).data(), tmp_path / "x.zip")


def test_a_zip_of_too_many_members_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.bundle.zip_directory.MAX_MEMBERS", 1)
    refused(HONEST, tmp_path / "x.zip", "holds 2 files; more than 1")


def test_a_zip_with_too_long_a_directory_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.bundle.zip_directory.MAX_DIRECTORY", 50)
    refused(HONEST, tmp_path / "x.zip", "are not looked at")


@pytest.mark.parametrize("place", [12, 16], ids=["size", "start"])
def test_a_number_that_stands_nowhere_is_refused(tmp_path: Path, place: int) -> None:
    data = changed(HONEST, (len(HONEST) - END + place, "<L", FULL))
    refused(data, tmp_path / "x.zip", "in a zip64 record, and there is none")


def zip64(lies: dict[str, int], *, short: bool = False) -> bytes:
    """The honest zip with a zip64 end; `short` leaves its numbers to that end alone."""
    body, end = HONEST[:-END], HONEST[-END:]
    _, _, _, _, count, size, start, _ = struct.unpack("<4s4H2LH", end)
    told = {"length": 44, "disk": 0, "first": 0, "here": count, "count": count, "size": size, "start": start} | lies
    record = struct.pack(
        "<4sQ2H2L4Q",
        b"PK\6\6",
        told["length"],
        45,
        45,
        *(told[key] for key in ("disk", "first", "here", "count", "size", "start")),
    )
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(body), lies.get("disks", 1))
    if short:
        end = changed(end, (8, "<H", 0xFFFF), (10, "<H", 0xFFFF), (12, "<L", FULL), (16, "<L", FULL))
    return body + record + locator + end


@pytest.mark.parametrize("short", [False, True])
def test_a_zip_with_a_zip64_end_is_taken(tmp_path: Path, short: bool) -> None:
    assert taken(zip64({}, short=short), tmp_path / "x.zip") == (TWO, ())


@pytest.mark.parametrize(
    ("lies", "text"),
    [
        ({"length": 50}, "more than it should"),
        ({"disk": 1}, "several pieces"),
        ({"first": 1}, "several pieces"),
        ({"here": 1}, "several pieces"),
        ({"disks": 2}, "not where the file says"),
        ({"here": 1, "count": 1}, "different numbers"),
        ({"size": 1}, "different numbers"),
        ({"start": 1}, "different numbers"),
    ],
)
def test_a_zip64_end_that_lies_is_refused(tmp_path: Path, lies: dict[str, int], text: str) -> None:
    refused(zip64(lies), tmp_path / "x.zip", text)


def test_a_zip64_end_that_hides_a_member_is_refused(tmp_path: Path) -> None:
    refused(zip64({"here": 1, "count": 1}, short=True), tmp_path / "x.zip", "counts 1 members")


@pytest.mark.parametrize("where", ["extra", "local_extra"])
def test_an_unknown_extra_field_is_noted_and_misleads_nobody(tmp_path: Path, where: str) -> None:
    field: dict[str, Any] = {where: struct.pack("<2H", 0xCAFE, 2) + b"xx"}
    held, flaws = taken(ZipFile((ZipMember(b"a", b"one", **field),)).data(), tmp_path / "x.zip")
    assert held == {"a": b"one"}
    assert [(flaw.weight, flaw.name) for flaw in flaws] == [(Weight.NOTE, "a")]
    assert "0xcafe" in flaws[0].message


def test_a_size_in_a_zip64_field_is_the_size(tmp_path: Path) -> None:
    field = struct.pack("<2HQ", 1, 8, 3)
    zipped = ZipFile((ZipMember(b"a", b"one", stated_size=FULL, local_size=3, extra=field),))
    assert taken(zipped.data(), tmp_path / "x.zip") == ({"a": b"one"}, ())


def test_a_file_that_dos_calls_a_folder_is_refused(tmp_path: Path) -> None:
    data = plain_zip({"a": b"one"}).data()
    entry = data.index(b"PK\1\2")
    dos = changed(data, (entry + 5, "<B", 0), (entry + 38, "<L", 0x20))
    assert taken(dos, tmp_path / "x.zip") == ({"a": b"one"}, ())
    refused(changed(dos, (entry + 38, "<L", 0x10)), tmp_path / "x.zip", "disagree about whether it is a folder")


def test_sizes_that_are_not_repeated_behind_the_data_are_refused(tmp_path: Path) -> None:
    data = ZipFile((ZipMember(b"a", b"one", flags=DESCRIPTOR),)).data()
    refused(data, tmp_path / "x.zip", "does not repeat its checksum and sizes")


@pytest.mark.parametrize("beyond", range(-24, 25, 8))
def test_data_said_to_end_where_the_zip_does_are_refused(tmp_path: Path, beyond: int) -> None:
    data = ZipFile((ZipMember(b"a", b"one", flags=DESCRIPTOR),)).data()
    size = len(data) - 31 + beyond
    entry = data.index(b"PK\1\2")
    lie = changed(data, *((place, "<L", size) for place in (18, 22, entry + 20, entry + 24)))
    refused(lie, tmp_path / "x.zip", "does not repeat its checksum and sizes")
