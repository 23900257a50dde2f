"""A zip is read in one way only, or refused."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from archives import ZipFile, ZipMember, plain_zip

from archiver.bundle.members import Bundle, Weight
from archiver.bundle.open import open_bundle
from archiver.errors import CaseError

TWO = {"a.txt": b"one", "b/c.txt": b"two" * 1000}


def read(data: bytes, path: Path, look: Callable[[Bundle], None] = lambda _bundle: None) -> tuple[set[Weight], str]:
    """How a zip is taken: the weights of its flaws, and their texts."""
    file = path / "x.zip"
    file.write_bytes(data)
    with open_bundle(file) as bundle:
        look(bundle)
        return {flaw.weight for flaw in bundle.flaws}, "\n".join(f"{f.name} {f.message}" for f in bundle.flaws)


def test_an_honest_zip_gives_its_members(tmp_path: Path) -> None:
    def look(bundle: Bundle) -> None:
        assert {name: b"".join(bundle.chunks(name)) for name in bundle.members} == TWO
        with bundle.open_file("b/c.txt") as file:
            file.seek(-3, 2)
            assert file.read() == b"two"
            assert file.read() == b""

    assert read(plain_zip(TWO).data(), tmp_path, look) == (set(), "")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("zip64", [False, True])
def test_what_usual_programs_write_is_taken(tmp_path: Path, compression: int, streamed: bool, zip64: bool) -> None:
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return not streamed

        def tell(self) -> int:
            if streamed:
                raise OSError
            return super().tell()

    stream = Stream()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("folder/", b"")
        for name, data in TWO.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=zip64) as member:
                member.write(data)
        archive.writestr("имя.txt", b"three")
    names = [*TWO, "имя.txt"]
    assert read(stream.getvalue(), tmp_path, lambda bundle: _read_all(bundle, names)) == (set(), "")


def _read_all(bundle: Bundle, names: list[str]) -> None:
    assert sorted(bundle.members) == sorted(names)
    for name in names:
        with bundle.open_file(name) as file:
            assert file.read() == b"".join(bundle.chunks(name))


def member(name: bytes = b"a.txt", data: bytes = b"one", **changes: object) -> ZipFile:
    return ZipFile((ZipMember(name, data, **changes),))  # type: ignore[arg-type]  # the tests know the names


HONEST = plain_zip(TWO)
LIES = {
    "slip": (member(b"../a.txt"), "leads out"),
    "slip-inside": (member(b"b/../../a.txt"), "leads out"),
    "absolute": (member(b"/etc/passwd"), "root of a disk"),
    "drive": (member(b"C:/a.txt"), "root of a disk"),
    "backslash": (member(b"..\\a.txt"), "backslash"),
    "empty-part": (member(b"b//a.txt"), "leads out"),
    "dot": (member(b"./a.txt"), "leads out"),
    "nul": (member(b"a.txt\0.exe"), "NUL"),
    "control": (member(b"a\x1b[2J.txt"), "cannot be seen"),
    "bidi": (member("a\u202etxt.exe".encode()), "cannot be seen"),
    "no-name": (member(b""), "no name"),
    "long": (member(b"a" * 300), "too long"),
    "deep": (member(b"a/" * 70 + b"a"), "too long"),
    "link": (member(mode=stat.S_IFLNK | 0o777), "symbolic link"),
    "device": (member(mode=stat.S_IFCHR | 0o666), "neither a file"),
    "pipe": (member(mode=stat.S_IFIFO | 0o666), "neither a file"),
    "folder-with-content": (member(b"a/", mode=stat.S_IFDIR | 0o755), "folder with 3 bytes"),
    "file-called-folder": (member(b"a/", b""), "disagree"),
    "twice": (ZipFile((ZipMember(b"a", b"1"), ZipMember(b"a", b"2"))), "twice"),
    "twice-by-case": (ZipFile((ZipMember(b"a", b"1"), ZipMember(b"A", b"2"))), "same name"),
    "twice-by-form": (ZipFile((ZipMember("é".encode(), b"1"), ZipMember("e\u0301".encode(), b"2"))), "same name"),
    "twice-by-dot": (ZipFile((ZipMember(b"a", b"1"), ZipMember(b"a.", b"2"))), "same name"),
    "folder-by-case": (ZipFile((ZipMember(b"b/x", b"1"), ZipMember(b"B/y", b"2"))), "also written"),
    "file-and-folder": (ZipFile((ZipMember(b"a", b"1"), ZipMember(b"a/b", b"2"))), "a file is called"),
    "folder-and-file": (ZipFile((ZipMember(b"a/b", b"1"), ZipMember(b"a", b"2"))), "a folder is called"),
    "before": (HONEST.but(before=b"#!/bin/sh\n"), "hidden bytes"),
    "between": (ZipFile((ZipMember(b"a", b"1"), ZipMember(b"b", b"2", gap=b"hidden"))), "hidden bytes"),
    "before-directory": (HONEST.but(before_directory=b"hidden"), "hidden bytes"),
    "behind-directory": (HONEST.but(behind_directory=b"hidden"), "hidden bytes"),
    "behind": (HONEST.but(behind=b"hidden"), "hidden bytes"),
    "comment": (HONEST.but(comment=b"hidden"), "comment"),
    "comment-that-is-an-end": (HONEST.but(comment=b"PK\5\6" + bytes(18)), "hidden bytes"),
    "member-comment": (member(comment=b"hidden"), "comment"),
    "overlap": (ZipFile((ZipMember(b"a", b"1"), ZipMember(b"b", b"1", at=0))), "another name|overlaps"),
    "fewer-counted": (HONEST.but(count=1), "counts 1 members"),
    "more-counted": (HONEST.but(count=3), "counts 3 members"),
    "local-name": (member(local_name=b"b.txt"), "another name"),
    "local-size": (member(local_size=4), "different sizes"),
    "local-checksum": (member(local_crc=1), "different sizes or checksums"),
    "local-method": (member(local_method=8), "differently how it is stored"),
    "stored-with-another-size": (member(stated_size=2), "size is stated"),
    "other-name-in-extra": (member(extra=struct.pack("<2HBL", 0x7075, 8, 1, 0) + b"b.t"), "another name"),
    "extra-cut": (member(extra=b"\1\2\3"), "cut off"),
    "extra-too-long": (member(extra=struct.pack("<2H", 0x5455, 9)), "longer than"),
    "extra-twice": (member(extra=struct.pack("<2H", 0x5455, 0) * 2), "twice"),
    "zip64-nobody-asked-for": (member(extra=struct.pack("<2HQ", 1, 8, 3)), "zip64"),
    "zip64-missing": (member(stated_size=0xFFFFFFFF, local_size=3), "zip64"),
    "zip64-local": (member(local_extra=struct.pack("<2HQ", 1, 8, 3)), "zip64"),
    "zip64-end-elsewhere": (HONEST.but(end64=struct.pack("<4sLQL", b"PK\6\7", 0, 5, 1)), "zip64"),
    "no-zip": (HONEST.but(members=(), before=b"PK\3\4 and text", count=0), "hidden bytes|begins"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_zip_that_lies_is_refused(tmp_path: Path, name: str) -> None:
    lie, text = LIES[name]
    weights, message = read(lie.data(), tmp_path)
    assert Weight.REFUSED in weights, message
    assert any(part in message for part in text.split("|")), message


def test_a_zip_cut_anywhere_is_refused(tmp_path: Path) -> None:
    data = HONEST.data()
    for length in range(4, len(data)):
        assert Weight.REFUSED in read(data[:length], tmp_path)[0], length


UNREADABLE = {
    "encrypted": (member(flags=1), "encrypted"),
    "strongly-encrypted": (member(flags=1 << 6 | 1), "encrypted"),
    "other-method": (member(method=14), "not read here"),
    "unknown-flag": (member(flags=1 << 5), "not read here"),
    "name-without-alphabet": (member("é.txt".encode(), flags=0), ""),
    "bomb": (member(data=bytes(5_000_000), deflate=True), "would unpack"),
}


@pytest.mark.parametrize("name", [name for name in UNREADABLE if UNREADABLE[name][1]])
def test_what_cannot_be_read_is_left_out(tmp_path: Path, name: str) -> None:
    zipped, text = UNREADABLE[name]

    def look(bundle: Bundle) -> None:
        assert not bundle.members or name == "unknown-flag"

    weights, message = read(zipped.data(), tmp_path, look)
    assert weights == {Weight.UNREAD}, message
    assert text in message


def test_many_small_bombs_are_one_bomb(tmp_path: Path) -> None:
    zeros = tuple(ZipMember(f"{n}".encode(), bytes(1 << 20), deflate=True) for n in range(50))
    weights, message = read(ZipFile(zeros).data(), tmp_path)
    assert weights == {Weight.UNREAD}
    assert "over 200 times" in message


DAMAGED = {
    "more-than-stated": (ZipMember(b"a", b"x" * 100, deflate=True, stated_size=10), "more than the 10"),
    "less-than-stated": (ZipMember(b"a", b"x" * 100, deflate=True, stated_size=200), "100 bytes are there"),
    "checksum": (ZipMember(b"a", b"x" * 100, stated_crc=1), "checksum"),
    "not-packed": (ZipMember(b"a", b"x" * 100, method=8), "cannot be unpacked"),
    "behind-packed": (ZipMember(b"a", b"x", deflate=True, stored=b"\xab\0\0hidden", stated_size=1), "follow the end"),
    "cut": (ZipMember(b"a", b"x" * 9, deflate=True, stored=b"\xab\xac\x80", stated_size=9), "do not end|100|bytes"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_content_that_is_not_as_the_directory_says_is_damaged(tmp_path: Path, name: str) -> None:
    lie, text = DAMAGED[name]

    def look(bundle: Bundle) -> None:
        with pytest.raises(CaseError) as caught:
            b"".join(bundle.chunks("a"))
        assert caught.value.kind == "damaged"
        assert any(part in caught.value.message for part in text.split("|")), caught.value.message

    assert read(ZipFile((lie,)).data(), tmp_path, look) == (set(), "")


def test_every_flipped_bit_of_a_header_is_noticed_or_means_nothing(tmp_path: Path) -> None:
    """Names, sizes, checksums, places: none can change without a flaw, a damage, or another list of members."""
    data = plain_zip({"a.txt": b"one"}).data()
    ignored = 0
    for place in range(8 * len(data)):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        found: list[str] = []

        def look(bundle: Bundle, found: list[str] = found) -> None:
            try:
                found += [f"{name}={b''.join(bundle.chunks(name))!r}" for name in bundle.members]
            except CaseError as exc:
                found.append(exc.kind)

        weights, _ = read(bytes(changed), tmp_path, look)
        ignored += not weights and found == ["a.txt=b'one'"]
    # versions, dates and attributes may change without any reader taking the zip for another
    assert ignored <= 8 * (2 * (2 + 4) + 2 + 2 + 4)


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    zipped = ZipFile((ZipMember(b"a", b"x" * 1000, deflate=True),))

    def look(bundle: Bundle) -> None:
        with bundle.open_file("a") as file:
            assert file.read(3) == b"xxx"
            assert not list(private.iterdir())

    assert read(zipped.data(), tmp_path, look) == (set(), "")
    assert not list(private.iterdir())
