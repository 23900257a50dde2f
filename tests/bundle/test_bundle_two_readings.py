"""Archives in which two programs would see two different things, or something that no list names, are refused."""

import io
import stat
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from archives import ZipFile, ZipMember, tar_member

from archiver.bundle.members import Flaw, Weight
from archiver.bundle.open import Form, form_of, open_bundle
from archiver.errors import CaseError

END = bytes(1024)  # of a tar
DESCRIPTOR = 1 << 3
FOLDER = stat.S_IFDIR | 0o755


def held(data: bytes, file: Path) -> tuple[dict[str, bytes], tuple[Flaw, ...]]:
    """What the bundle gives, and what it finds wrong with itself."""
    file.write_bytes(data)
    with open_bundle(file) as bundle:
        return {name: b"".join(bundle.chunks(name)) for name in bundle.members}, bundle.flaws


def but(member: bytes, at: int, field: bytes) -> bytes:
    """A member of a tar with another field in its header, and a checksum that fits."""
    raw = bytearray(member)
    raw[at : at + len(field)] = field
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    return bytes(raw)


def told(kind: bytes = tarfile.XHDTYPE, **records: str) -> bytes:
    """An extended header, as a member of its own."""
    body = b""
    for key, value in records.items():
        text = f" {key.replace('__', '.')}={value}\n".encode()
        length = next(n for n in range(len(text) + 1, len(text) + 9) if len(f"{n}") + len(text) == n)
        body += f"{length}".encode() + text
    return tar_member("pax", body, type=kind)


ONE = tar_member("a.txt", b"one")
GNU, OLD = but(ONE, 257, b"ustar  \0"), but(ONE, 257, bytes(8))
PREFIX, GNU_EXTENDED = 345, 482

TARS = {
    # Python's tarfile reads the folder in front of a name in every kind of tar, GNU tar only where it belongs
    "folder-in-a-gnu-header": (but(GNU, PREFIX, b"evil/dir"), "hidden bytes lie in the header"),
    "folder-in-an-old-header": (but(OLD, PREFIX, b"evil/dir"), "hidden bytes lie in the header"),
    "more-headers-announced": (but(GNU, GNU_EXTENDED, b"\1"), "hidden bytes lie in the header"),
    "behind-the-owner": (but(ONE, 270, b"hidden"), "behind a name"),
    "behind-the-group": (but(ONE, 303, b"hidden"), "behind a name"),
    "in-the-mode": (but(ONE, 100, b"hidden!\0"), "not octal"),
    "in-the-time": (but(ONE, 136, b"hidden"), "not octal"),
    "in-the-device": (but(ONE, 329, b"hidden!\0"), "not octal"),
    "in-the-version": (but(ONE, 263, b"zz"), "kind of tar that is not read"),
    # bsdtar takes the size of a file from this, GNU tar does not
    "size-for-some": (told(SCHILY__realsize="1") + ONE, "should not: SCHILY.realsize"),
    "holes-for-some": (told(SUN__holesdata=" 0 3") + ONE, "should not: SUN.holesdata"),
    "kind-for-some": (told(SCHILY__filetype="symlink") + ONE, "should not: SCHILY.filetype"),
    "for-all-in-between": (told(path="b") + told(tarfile.XGLTYPE, comment="c") + ONE, "several extended headers"),
    "size-for-all": (told(tarfile.XGLTYPE, size="1") + ONE, "should not: size"),
    "name-cut-by-nul": (told(path="b\0.exe") + ONE, "cannot be seen"),
    "name-of-nothing": (told(path="") + ONE, "no name"),
    # a program that knows no extended headers writes them as files
    "extended-header-slips": (but(told(comment="c"), 0, b"../../evil") + ONE, "older programs would write"),
    "extended-header-at-the-root": (but(told(comment="c"), 0, b"/etc/x\0") + ONE, "older programs would write"),
    "label-of-a-volume": (tar_member("label", type=b"V") + ONE, "kind that is not read"),
    "list-of-a-folder": (tar_member("d", b"Ya\0\0", type=b"D") + ONE, "kind that is not read"),
    "one-tar-behind-another": (ONE + END + tar_member("b.txt", b"two"), "hidden bytes lie behind its end"),
    "file-called-as-a-folder": (but(tar_member("d", b""), 0, b"d/"), "leads out"),
}


@pytest.mark.parametrize("name", TARS)
def test_a_tar_that_two_programs_read_differently_is_refused(tmp_path: Path, name: str) -> None:
    data, text = TARS[name]
    _, flaws = held(data + END, tmp_path / "x.tar")
    assert any(flaw.weight is Weight.REFUSED and text in flaw.message for flaw in flaws), flaws


def test_a_folder_in_a_gnu_header_is_taken_by_python_and_so_is_no_invention(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(TARS["folder-in-a-gnu-header"][0] + END)) as archive:
        assert archive.getnames() == ["evil/dir/a.txt"]


@pytest.mark.parametrize(
    "header",
    [
        told(comment="who packed this"),
        told(tarfile.XGLTYPE, comment="b4d6c1"),
        told(SCHILY__xattr__user="x", SCHILY__dev="1"),
        told(LIBARCHIVE__xattr__com="x", LIBARCHIVE__creationtime="1.5"),
    ],
)
def test_what_no_list_can_cover_in_a_tar_is_a_note(tmp_path: Path, header: bytes) -> None:
    files, flaws = held(header * 1 + ONE + END, tmp_path / "x.tar")
    assert files == {"a.txt": b"one"}
    (flaw,) = flaws
    assert (flaw.weight, "no list of files covers" in flaw.message) == (Weight.NOTE, True)


@pytest.mark.parametrize("member", [OLD, but(ONE, 136, b"\xff" * 12), but(ONE, 329, bytes(16))])
def test_old_tars_times_before_1970_and_devices_of_nothing_are_taken(tmp_path: Path, member: bytes) -> None:
    assert held(member + END, tmp_path / "x.tar") == ({"a.txt": b"one"}, ())


def named(name: bytes) -> bytes:
    return struct.pack("<2HBL", 0x7075, 5 + len(name), 1, zlib.crc32(b"a.txt")) + name


ZIPS = {
    "other-name-for-those-who-read-from-the-front": (ZipMember(b"a.txt", b"one", local_extra=named(b"b.txt")), "name"),
    "folder-that-stores-bytes": (ZipMember(b"d/", stored=b"hidden", mode=FOLDER), "folder with"),
    "folder-that-packs-bytes": (ZipMember(b"d/", stored=b"\x4b\4\0", method=8, mode=FOLDER), "folder with"),
    "folder-with-a-checksum": (ZipMember(b"d/", stated_crc=5, mode=FOLDER), "folder with"),
    "folder-with-two-slashes": (ZipMember(b"d//", mode=FOLDER), "leads out"),
    "other-sizes-in-a-field-of-the-local-header": (
        ZipMember(b"a.txt", b"one", local_extra=struct.pack("<2H2Q", 1, 16, 99, 77)),
        "different sizes",
    ),
    "size-later-and-yet-another": (ZipMember(b"a.txt", b"one", flags=DESCRIPTOR, local_size=4), "different sizes"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_that_two_programs_read_differently_is_refused(tmp_path: Path, name: str) -> None:
    member, text = ZIPS[name]
    files, flaws = held(ZipFile((member,)).data(), tmp_path / "x.zip")
    assert files == {}
    assert any(flaw.weight is Weight.REFUSED and text in flaw.message for flaw in flaws), flaws


def test_a_folder_that_java_packs_is_a_folder(tmp_path: Path) -> None:
    empty = ZipMember(b"d/", stored=b"\3\0", method=8, mode=FOLDER)
    assert held(ZipFile((empty,)).data(), tmp_path / "x.zip") == ({}, ())


def test_a_usual_extra_field_of_unusual_length_is_noted(tmp_path: Path) -> None:
    long = struct.pack("<2H", 0x5455, 100) + bytes(100)
    files, (flaw,) = held(ZipFile((ZipMember(b"a.txt", b"one", extra=long),)).data(), tmp_path / "x.zip")
    assert (files, flaw.weight) == ({"a.txt": b"one"}, Weight.NOTE)
    assert "0x5455" in flaw.message


class Pipe(io.BytesIO):
    """What cannot be rewound."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError


def test_an_empty_member_with_long_sizes_behind_it_is_taken(tmp_path: Path) -> None:
    """Sixteen zeros can be read as two short sizes and something hidden, or as two long ones."""
    pipe, files = Pipe(), {"empty": b"", "full": b"x", "last": b""}
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, data in files.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
                member.write(data)
    assert held(pipe.getvalue(), tmp_path / "x.zip") == (files, ())


def test_a_size_known_before_the_checksum_is_taken(tmp_path: Path) -> None:
    """As Info-ZIP writes into a pipe."""
    behind = struct.pack("<4s3L", b"PK\7\x08", zlib.crc32(b"one"), 3, 3)
    first = ZipMember(b"a.txt", b"one", flags=DESCRIPTOR, local_crc=0)
    second = ZipMember(b"b.txt", b"", gap=behind)
    files, flaws = held(ZipFile((first, second)).data(), tmp_path / "x.zip")
    assert (files, flaws) == ({"a.txt": b"one", "b.txt": b""}, ())


def gzipped(data: bytes, *, name: bytes = b"") -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = b"\x1f\x8b\x08" + (b"\x08" if name else b"\0") + bytes(6) + (name + b"\0" if name else b"")
    return head + packer.compress(data) + packer.flush() + struct.pack("<2L", zlib.crc32(data), len(data))


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("x.tar.gz", gzipped(ONE + END), Form.PACKED),
        ("x.TGZ", gzipped(ONE + END, name=b"x.tar"), Form.PACKED),
        ("x.bin", gzipped(ONE + END), Form.PACKED),
        ("x.tgz", b"\x1f\x8b\x08damaged", Form.PACKED),
        ("x.tgz", gzipped(b"WARC/1.1\r\n"), Form.OTHER),
        ("x.warc.gz", gzipped(b"WARC/1.1\r\n"), Form.OTHER),
        ("x.warc.gz", b"\x1f\x8b\x08damaged", Form.OTHER),
        ("x.tar.bz2", b"BZh91AY", Form.PACKED),
        ("x.tar.xz", b"\xfd7zXZ\0\0", Form.PACKED),
        ("x.tar.zst", b"\x28\xb5\x2f\xfd\0", Form.PACKED),
        ("x.7z", b"7z\xbc\xaf\x27\x1c\0", Form.PACKED),
        ("x.zip", b"Rar!\x1a\x07\1\0", Form.PACKED),
    ],
)
def test_what_is_packed_as_a_whole_is_told_from_a_warc(tmp_path: Path, name: str, data: bytes, form: Form) -> None:
    (tmp_path / name).write_bytes(data)
    assert form_of(tmp_path / name) is form


def test_a_link_to_an_archive_says_what_to_name_instead(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(ONE + END)
    (tmp_path / "link").symlink_to("x.tar")
    with pytest.raises(CaseError) as caught:
        form_of(tmp_path / "link")
    assert caught.value.kind == "unreadable"
    assert "is a symbolic link" in caught.value.message
    assert caught.value.hint == "name the file that it leads to"
