"""A tar is read in one way only, or refused; a folder is read without following anything."""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from archives import plain_tar, tar_member

from archiver.bundle.members import Bundle, Weight
from archiver.bundle.open import Form, form_of, open_bundle
from archiver.bundle.room import unpacked
from archiver.errors import CaseError

TWO = {"a.txt": b"one", "b/c.txt": b"two" * 1000}


def read(data: bytes, path: Path) -> tuple[dict[str, bytes], set[Weight], str]:
    """What a tar holds, the weights of its flaws, and their texts."""
    file = path / "x.tar"
    file.write_bytes(data)
    with open_bundle(file) as bundle:
        held = {name: b"".join(bundle.chunks(name)) for name in bundle.members}
        for name in held:
            with bundle.open_file(name) as opened:
                assert opened.read() == held[name]
        return (
            held,
            {flaw.weight for flaw in bundle.flaws},
            "\n".join(f"{f.name} {f.message}" for f in bundle.flaws),
        )


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_what_usual_programs_write_is_taken(tmp_path: Path, form: int) -> None:
    files = TWO | {"long/" * 40 + "name.txt": b"three"}
    if form != tarfile.USTAR_FORMAT:
        files |= {"имя/" + "n" * 120: b"four"}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        folder = tarfile.TarInfo("b")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 12345
            archive.addfile(info, io.BytesIO(data))
    assert read(stream.getvalue(), tmp_path) == (files, set(), "")


@pytest.mark.parametrize("form", ["gnu", "ustar", "pax"])
def test_what_tar_writes_is_taken(tmp_path: Path, form: str) -> None:
    if shutil.which("tar") is None:
        pytest.skip("tar is not installed")
    for name, data in TWO.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    made = tmp_path / "made.tar"
    subprocess.run(["tar", f"--format={form}", "-cf", made, "-C", tmp_path / "in", "."], check=True)
    assert read(made.read_bytes(), tmp_path) == (TWO, set(), "")


def pax(**records: str) -> bytes:
    """An extended header, as a member of its own."""
    body = b""
    for key, value in records.items():
        text = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(text) + 2
        while len(f"{length}") + len(text) != length:
            length += 1
        body += f"{length}".encode() + text
    return tar_member("pax", body, type=tarfile.XHDTYPE)


def changed(member: bytes, at: int, data: bytes) -> bytes:
    """A header with other bytes in it, and a checksum that fits."""
    raw = bytearray(member)
    raw[at : at + len(data)] = data
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    return bytes(raw)


ONE = tar_member("a.txt", b"one")
LIES = {
    "slip": (tar_member("../a", b"x"), "leads out"),
    "absolute": (tar_member("/a", b"x"), "root of a disk"),
    "drive": (tar_member("c:a", b"x"), "root of a disk"),
    "backslash": (tar_member("..\\a", b"x"), "backslash"),
    "symbolic-link": (tar_member("a", type=tarfile.SYMTYPE, linkname="/etc"), "symbolic link"),
    "hard-link": (tar_member("a", type=tarfile.LNKTYPE, linkname="b"), "a link to another file"),
    "device": (tar_member("a", type=tarfile.CHRTYPE), "device"),
    "pipe": (tar_member("a", type=tarfile.FIFOTYPE), "pipe"),
    "sparse": (tar_member("a", type=tarfile.GNUTYPE_SPARSE), "holes"),
    "unknown-kind": (tar_member("a", type=b"Z"), "kind that is not read"),
    "link-target": (tar_member("a", linkname="b"), "names the target"),
    "twice": (ONE + ONE, "twice"),
    "twice-by-case": (ONE + tar_member("A.TXT", b"x"), "same name"),
    "folder-with-content": (changed(tar_member("a", b"x"), 156, b"5"), "folder"),
    "pax-sparse": (pax(GNU__sparse__major="1") + ONE, "holes"),
    "pax-link": (pax(linkpath="/etc/passwd") + ONE, "of a link"),
    "pax-size": (pax(size="1") + ONE, "told twice"),
    "pax-size-no-number": (pax(size="-3") + ONE, "no number"),
    "pax-alphabet": (pax(hdrcharset="BINARY") + ONE, "alphabet"),
    "pax-unknown": (pax(path="b", strange="x") + ONE, "should not"),
    "pax-slip": (pax(path="../../b") + ONE, "leads out"),
    "pax-twice": (pax(path="b") + pax(path="c") + ONE, "several extended headers"),
    "pax-without-member": (pax(path="b"), "belongs to no member"),
    "pax-for-all": (changed(pax(path="b"), 156, b"g") + ONE, "should not"),
    "pax-malformed": (tar_member("pax", b"99 path=x\n", type=tarfile.XHDTYPE) + ONE, "well-formed"),
    "pax-same-key": (tar_member("pax", b"9 path=x\n" * 2, type=tarfile.XHDTYPE) + ONE, "twice"),
    "padding": (ONE[:-1] + b"x", "hidden bytes"),
    "header-rest": (changed(ONE, 505, b"x"), "hidden bytes"),
    "behind-name": (changed(ONE, 50, b"x"), "hidden bytes"),
    "checksum": (ONE[:10] + b"x" + ONE[11:], "no sound header"),
    "negative-size": (changed(ONE, 124, b"\xff" * 12), "negative"),
    "huge-size": (changed(ONE, 124, b"\x80" + b"\xff" * 11), "too large"),
    "size-beyond-the-end": (changed(ONE, 124, b"00000777777\0"), "cut off"),
    "size-no-number": (changed(ONE, 124, b"0000000000x\0"), "not octal"),
    "other-magic": (changed(ONE, 257, b"strange\0"), "not read here"),
}


@pytest.mark.parametrize("name", LIES)
def test_a_tar_that_lies_is_refused(tmp_path: Path, name: str) -> None:
    lie, text = LIES[name]
    _, weights, message = read(lie + bytes(1024), tmp_path)
    assert Weight.REFUSED in weights, message
    assert text in message


@pytest.mark.parametrize(
    ("end", "text"),
    [
        (b"", "cut off"),
        (bytes(512), "one empty block"),
        (bytes(1024) + b"hidden", "hidden bytes"),
        (bytes(512) + ONE + bytes(1024), "one empty block"),
        (bytes(1024) + ONE + bytes(1024), "hidden bytes"),
    ],
)
def test_the_end_of_a_tar_is_its_end(tmp_path: Path, end: bytes, text: str) -> None:
    _, weights, message = read(plain_tar(TWO, end=end), tmp_path)
    assert weights == {Weight.REFUSED}
    assert text in message


def test_a_tar_cut_anywhere_is_refused(tmp_path: Path) -> None:
    data = plain_tar({"a": b"x"})
    for length in range(0, len(data), 7):
        assert read(data[:length], tmp_path)[1] == {Weight.REFUSED}, length


def test_a_folder_gives_plain_files_alone(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "b").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"one")
    (folder / "A.txt").write_bytes(b"two")
    (folder / "b/link").symlink_to("/etc/passwd")
    (folder / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    (folder / "bad\x1b").write_bytes(b"x")
    with open_bundle(folder) as bundle:
        assert sorted(bundle.members) == ["A.txt", "a.txt"]
        flaws = {flaw.name: flaw.weight for flaw in bundle.flaws}
        assert b"".join(bundle.chunks("a.txt")) == b"one"
        with pytest.raises(CaseError, match="not there"):
            bundle.open_file("b/link")
    refused = {"b/link", "elsewhere", "pipe", "bad\x1b"}
    assert flaws == {"a.txt": Weight.NOTE} | dict.fromkeys(refused, Weight.REFUSED)


def test_a_file_exchanged_for_a_link_meanwhile_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "b").mkdir(parents=True)
    (folder / "b/a.txt").write_bytes(b"one")
    with open_bundle(folder) as bundle:
        (folder / "b").rename(tmp_path / "b")
        (folder / "b").symlink_to(tmp_path / "b")
        with pytest.raises(CaseError) as caught:
            bundle.open_file("b/a.txt")
        assert caught.value.kind == "unreadable"


def test_a_file_that_grows_meanwhile_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a").write_bytes(b"one")
    with open_bundle(tmp_path / "in") as bundle:
        (tmp_path / "in/a").write_bytes(b"longer")
        with pytest.raises(CaseError) as caught:
            list(bundle.chunks("a"))
        assert caught.value.kind == "damaged"


def test_unpacked_files_are_private_and_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    (tmp_path / "x.tar").write_bytes(plain_tar(TWO))
    with open_bundle(tmp_path / "x.tar") as bundle:
        with unpacked(bundle, {"b/c.txt": "d/e"}) as folder:
            assert folder.stat().st_mode & 0o777 == 0o700
            assert (folder / "d/e").read_bytes() == TWO["b/c.txt"]
            assert (folder / "d/e").stat().st_mode & 0o777 == 0o600
        assert not list(private.iterdir())
        _no_room(bundle, monkeypatch)
    assert not list(private.iterdir())


def _no_room(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.bundle.room.RESERVE", 1 << 62)
    with pytest.raises(CaseError) as caught, unpacked(bundle, {"a.txt": "a"}):
        pass
    assert caught.value.kind == "room"


def test_what_a_file_is_shows_in_its_first_bytes(tmp_path: Path) -> None:
    for name, data, form in (
        ("x.bin", b"PK\3\4", Form.ZIP),
        ("x.wacz", b"anything", Form.ZIP),
        ("x.bin", plain_tar(TWO), Form.TAR),
        ("x.tar", b"anything", Form.TAR),
        ("x.zip", b"age-encryption.org/v1\n", Form.ENCRYPTED),
        ("x.warc.gz", b"\x1f\x8b\x08", Form.OTHER),
        ("x.warc", b"", Form.OTHER),
    ):
        (tmp_path / name).write_bytes(data)
        assert form_of(tmp_path / name) is form, (name, data[:8])
    (tmp_path / "link").symlink_to(tmp_path / "x.tar")
    with pytest.raises(CaseError):
        form_of(tmp_path / "link")
