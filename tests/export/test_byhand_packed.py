"""VERIFY.txt of packed exports as they come: unpacked by stock tools, followed word for word; verify.py beside it.

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


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("custody/seals/000001.seal", "it stands for the same as"),
        ("archive/more.bin", "no WACZ of a case has a file of this name"),
        ("evidence/000/000001.warc.gz", "no WACZ of a case has a file of this name"),
    ],
)
def test_verify_py_finds_what_lies_beside_a_case_in_a_wacz(sealed: Office, name: str, words: str) -> None:
    sealed.done("export", "harbour", "-o", "whole.wacz", "--as", "wacz")
    folder = unpacked(sealed.folder / "whole.wacz", sealed.folder / "elsewhere")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"x")
    package = json.loads((folder / "datapackage.json").read_bytes())
    package["resources"].append({"path": name, "hash": f"sha256:{sha256(b'x').hexdigest()}", "bytes": 1})
    (folder / "datapackage.json").write_text(json.dumps(package))
    digest = {"hash": f"sha256:{sha256((folder / 'datapackage.json').read_bytes()).hexdigest()}"}
    (folder / "datapackage-digest.json").write_text(json.dumps(digest))
    result = said(folder / "verify/verify.py", folder)
    assert (result.code, words in result.text) == (8, True), result.text


def test_a_stamped_case_that_nobody_signed_asks_for_roots_and_claims_no_key(
    office: Office, authority: LocalAuthority
) -> None:
    file = office.case / "case.yaml"
    seals = f'  seals:\n    authorities: ["local={authority.url}"]\n'
    allowed = f'policy:\n  route:\n    allow_host: ["{authority.host_port}"]\n'
    file.write_text(file.read_text("utf-8") + allowed + seals, "utf-8")
    office.done("amend", "harbour", "--reason", "stamped from now on")
    office.kept("photo.jpg", b"\xff\xd8 a photo")
    folder = office.disclosed(1)
    text = (folder / "VERIFY.txt").read_text("ascii")
    assert "One thing must come from elsewhere" in text
    assert "tsa-roots.pem" in text
    assert "allowed_signers" not in text
    assert "key of that fingerprint" not in text
    assert "a list that existed before the time of the time stamps" in " ".join(text.split())
    nobody = Stranger.at(office.folder / "stranger", "", authority.roots_pem)
    assert failed(nobody.follows(text, folder)) == []


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
