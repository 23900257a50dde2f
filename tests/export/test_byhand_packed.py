"""VERIFY.txt of packed exports, as they come: unpacked by stock tools, followed word for word, and run through verify.py.

And a page that has a hash in its title.
"""

import json
import shutil
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from byhandbench import Stranger, failed
from exportbench import Office
from server import RawServer
from stamping import LocalAuthority
from standing import said


@pytest.fixture
def sealed(office: Office, raw_server: RawServer, authority: LocalAuthority) -> Office:
    """A case of two items, signed and stamped."""
    body = b"<title>Raid</title>."
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body)
    raw_server.routes = {"/news": head + body}
    office.policy(authority)
    office.captured(raw_server, "/news")
    office.kept("photo.jpg", b"\xff\xd8 a photo")
    return office


def unpacked(export: Path, to: Path) -> Path:
    """Unpack it, and return the folder in which one opens the terminal."""
    to.mkdir()
    if export.suffix == ".tar":
        subprocess.run(["tar", "-xf", export, "-C", to], check=True, env={"PATH": "/usr/bin:/bin"})
    else:
        with zipfile.ZipFile(export) as archive:
            archive.extractall(to)
    return to if export.suffix == ".wacz" else next(to.iterdir())


def somebody(office: Office, authority: LocalAuthority) -> Stranger:
    key = next((office.case / "trust").iterdir()).read_text()
    return Stranger.at(office.folder / "stranger", key, authority.roots_pem)


EXPORTS = {
    "bag.zip": ("--as", "bag"),
    "bag.tar": ("--as", "bag"),
    "exhibit.zip": ("--as", "disclosure", "--item", "1"),
    "exhibit.tar": ("--as", "disclosure", "--item", "1", "--item", "2"),
    "whole.wacz": ("--as", "wacz"),
    "part.wacz": ("--as", "wacz", "--item", "1"),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_command_gives_its_answer_where_a_packed_export_was_unpacked(
    sealed: Office, authority: LocalAuthority, name: str
) -> None:
    sealed.done("export", "harbour", "-o", name, *EXPORTS[name])
    folder = unpacked(sealed.folder / name, sealed.folder / "elsewhere")
    text = next(folder.rglob("VERIFY.txt")).read_text("ascii")
    done = somebody(sealed, authority).follows(text, folder)
    assert len(done) >= 3
    assert failed(done) == [], [(each.block, each.output) for each in done if not each.agrees]
    result = said(next(folder.rglob("verify.py")), folder)
    assert result.code == 0, result.text


def test_two_files_of_a_wacz_cannot_take_each_others_place(sealed: Office, authority: LocalAuthority) -> None:
    sealed.done("export", "harbour", "-o", "whole.wacz", "--as", "wacz")
    folder = unpacked(sealed.folder / "whole.wacz", sealed.folder / "elsewhere")
    text = (folder / "verify/VERIFY.txt").read_text("ascii")
    one, other = (folder / f"archive/{n:06d}.warc.gz" for n in (1, 2))
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    done = somebody(sealed, authority).follows(text, folder)
    listing = next(each for each in done if "-exec sha256sum" in each.block.typed)
    assert set(listing.output.split()) == {"./archive/000001.warc.gz", "./archive/000002.warc.gz"}


def test_a_page_cannot_vouch_by_its_title_for_another_file(
    office: Office, raw_server: RawServer, authority: LocalAuthority
) -> None:
    """Whoever has the site puts the hash of a file of their own into a title, and later that file in the place of the
    evidence. The hash stands in the line of the log, and not where the line records the file."""
    forged = b"\x1f\x8b made up"
    quoted = f'"file":{{"path":"evidence/000/000001.warc.gz","sha256":"{sha256(forged).hexdigest()}","size":1}}'
    body = f"<title>{sha256(forged).hexdigest()} {quoted}</title>".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body)
    raw_server.routes = {"/news": head + body}
    office.policy(authority)
    office.captured(raw_server, "/news")
    folder = office.disclosed(1)
    line = next(p for p in (folder / "lines").iterdir() if b"item.captured" in p.read_bytes())
    assert sha256(forged).hexdigest() in json.loads(line.read_bytes())["data"]["title"]
    honest = (folder / "VERIFY.txt").read_text("ascii")
    real = json.loads(line.read_bytes())["data"]["file"]["sha256"]
    reader = somebody(office, authority)
    assert failed(reader.follows(honest, folder)) == []
    (folder / "evidence/000/000001.warc.gz").write_bytes(forged)
    told = honest.replace(real, sha256(forged).hexdigest())  # as they would have it
    (folder / "VERIFY.txt").write_text(told, "ascii")
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    listed = (f"{sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder)}\n" for p in files)
    (folder / "SHA256SUMS").write_text("".join(listed))
    wrong = failed(reader.follows(told, folder))
    assert any('"file":{"path"' in typed for typed in wrong), wrong
    shutil.rmtree(folder)
