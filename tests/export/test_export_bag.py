"""A bag: what is in it, what is not, and that others accept it."""

import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from exportbench import PRIVATE, Office, bagit_says, files_of, hashes, listed, sha256sum_says, unpacked
from server import RawServer
from stamping import LocalAuthority

from archiver.errors import ExitCode
from archiver.model.verdict import Severity
from archiver.verify.run import verify_case


def filled(office: Office, site: RawServer) -> None:
    """A captured page, one that is gone, a failure, an import, a note."""
    site.routes = {
        "/news": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<title>Raid</title>.",
        "/gone": b"HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone",
    }
    assert office.captured(site, "/news", "--note", "seen first") == ExitCode.OK
    assert office.captured(site, "/gone") == ExitCode.OK
    assert office.run("capture", "http://127.0.0.1:9/", "--case", "harbour")[0] == ExitCode.NOTHING_PRESERVED
    office.kept("photo.jpg", b"\xff\xd8 a photo")
    office.done("note", "harbour", "He rang at noon", "--item", "1")


def assert_sound(bag: Path) -> None:
    assert bagit_says(bag).returncode == 0, bagit_says(bag).stderr
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        assert sha256sum_says(bag, name).returncode == 0
    verdict = verify_case(bag / "data")
    assert [finding for finding in verdict.findings if finding.severity in {Severity.BROKEN, Severity.UNCHECKED}] == []


def test_bagit_sha256sum_and_verify_accept_a_bag(office: Office, raw_server: RawServer) -> None:
    filled(office, raw_server)
    bag = office.bag()
    assert_sound(bag)
    files = files_of(bag)
    assert listed(files["manifest-sha256.txt"]) == hashes(
        {name: data for name, data in files.items() if name.startswith("data/")}
    )
    tags = {name: data for name, data in files.items() if not name.startswith(("data/", "tagmanifest"))}
    assert listed(files["tagmanifest-sha256.txt"]) == hashes(tags)
    for name in ("000001", "000002", "000003", "000004"):
        path = f"evidence/000/{name}.warc.gz"
        assert files[f"data/{path}"] == (office.case / path).read_bytes()


def test_bag_info_says_which_case_and_how_much(office: Office) -> None:
    office.kept("a.txt", b"aaa")
    files = files_of(office.bag())
    info = dict(line.split(": ", 1) for line in files["bag-info.txt"].decode().splitlines())
    payload = [data for name, data in files.items() if name.startswith("data/")]
    assert info["Payload-Oxum"] == f"{sum(map(len, payload))}.{len(payload)}"
    assert info["External-Identifier"] == office.events()[0]["case"]
    assert info["Archiver-Format"] == "archiver-bag/1"
    assert info["Archiver-Seal"] == "1"


def test_signed_and_stamped_cases_take_their_keys_and_tokens_along(office: Office, authority: LocalAuthority) -> None:
    authority.mode = "good"
    office.policy(authority)
    office.kept("a.txt", b"aaa")
    bag = office.bag()
    assert_sound(bag)
    names = {path.name for path in (bag / "data/seals").iterdir()}
    assert {"000001.seal.sig", "000001.local.tsq", "000001.local.tsr"} <= names
    assert len(list((bag / "data/trust").iterdir())) == 1


@pytest.mark.parametrize("name", ["out.zip", "out.tar", "OUT.ZIP"])
def test_an_archive_holds_what_a_folder_holds(office: Office, name: str) -> None:
    office.kept("a.txt", b"aaa")
    folder = files_of(office.bag())
    path = office.bag(name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert files_of(path if path.suffix.islower() else path.rename(path.with_suffix(".zip"))) == folder


@pytest.mark.parametrize("suffix", ["", ".zip", ".tar"])
def test_the_same_state_gives_the_same_bytes(office: Office, suffix: str) -> None:
    office.kept("a.txt", b"aaa")
    office.bag("first" + suffix)
    office.bag("second" + suffix)
    first, second = (office.folder / (name + suffix) for name in ("first", "second"))
    if suffix:
        assert first.read_bytes() == second.read_bytes()
    assert files_of(first) == files_of(second)
    assert office.names().count("seal.completed") == 1


def test_archives_name_no_user_and_no_time_but_that_of_the_seal(office: Office) -> None:
    office.kept("a.txt", b"aaa")
    with tarfile.open(office.bag("out.tar")) as archive:
        members = archive.getmembers()
    assert {(each.uid, each.gid, each.uname, each.gname, each.mode) for each in members} == {(0, 0, "", "", 0o644)}
    assert len({each.mtime for each in members}) == 1
    assert all(not each.pax_headers for each in members)
    with zipfile.ZipFile(office.bag("out.zip")) as zipped:
        infos = zipped.infolist()
    assert {(each.create_system, each.external_attr >> 16, each.compress_type) for each in infos} == {(3, 0o100644, 0)}
    assert all(each.extra == b"" and each.comment == b"" and each.flag_bits == 0 for each in infos)
    assert len({each.date_time for each in infos}) == 1


def test_nothing_private_leaves(office: Office, raw_server: RawServer) -> None:
    office.private_value()
    raw_server.default = b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\nyou are: s3cr3t!!"
    office.captured(raw_server, "/echo", "--header", "Authorization: s3cr3t!!")
    with (office.case / "custody.jsonl").open("ab") as log:
        log.write(b"half of a line")
    office.done("recover", "harbour")
    assert list((office.case / "quarantine").iterdir())
    assert any(file.suffix == ".bin" for file in (office.case / "private").iterdir())
    files = files_of(office.bag())
    assert not [name for name in files if "private" in name or "quarantine" in name or name.endswith(".lock")]
    everything = b"".join(map(unpacked, files.values()))
    for secret in (PRIVATE.encode(), b"s3cr3t!!", b"half of a line"):
        assert secret not in everything
    opening = next(file for file in (office.case / "private").iterdir() if file.suffix == ".json")
    assert opening.read_bytes() not in everything
    assert b"commit:sha256:" in files["data/case.yaml"]


def test_withheld_bytes_are_gone_and_the_bag_is_sound(office: Office) -> None:
    office.kept("a.txt", b"aaa")
    office.kept("b.txt", b"the court said no")
    office.done("withhold", "harbour", "2", "--reason", "R", "--authority", "A", "--yes")
    bag = office.bag()
    assert_sound(bag)
    assert not (bag / "data/evidence/000/000002.warc.gz").exists()
    assert b"the court said no" not in b"".join(map(unpacked, files_of(bag).values()))


def test_what_comes_after_the_newest_seal_stays(office: Office) -> None:
    office.kept("a.txt", b"aaa")
    office.bag("one")
    office.bag("two")
    exported = files_of(office.folder / "two")
    log = b"".join(office.log)
    assert log.startswith(exported["data/custody.jsonl"])
    assert b"export.made" not in exported["data/custody.jsonl"]
    assert exported["data/custody.jsonl"].splitlines()[-1] == office.log[-3].rstrip(b"\n")
    assert (office.case / "manifest.yaml").read_bytes().startswith(exported["data/manifest.yaml"])
