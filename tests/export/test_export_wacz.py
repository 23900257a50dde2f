"""A WACZ: what is in it, what is not, and that the programs for which it is made accept it."""

import hashlib
import json
import subprocess
import sys
import zipfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import surt as independent
from exportbench import Bytes, Office, unpacked
from server import RawServer

from archiver.custody.read import Snapshot
from archiver.errors import CaseError, ExitCode
from archiver.export.captures import Capture, captures
from archiver.export.cdxj import cdxj_line, surt
from archiver.model.item import StoredFile
from archiver.model.verdict import Severity, Verdict
from archiver.verify.bundles import verify_bundle

BODY = b"<title>Raid on the harbour</title>It began at four."
ROUTES = {
    "/news": b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
    % (len(BODY), BODY),
    "/moved": b"HTTP/1.1 301 Moved\r\nLocation: /news\r\nContent-Length: 0\r\n\r\n",
    "/gone": b"HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone",
    "/chunked": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\none\r\n0\r\n\r\n",
}
REPLAY = Path(__file__).parents[1] / "warc/pywb_replay.py"


@pytest.fixture
def filled(office: Office, raw_server: RawServer) -> Office:
    """Pages, a redirect, an answer in chunks, a failure, an import."""
    raw_server.routes = dict(ROUTES)
    for path in ("/news", "/moved", "/gone", "/chunked"):
        assert office.captured(raw_server, path) == ExitCode.OK
    assert office.run("capture", "http://127.0.0.1:9/", "--case", "harbour")[0] == ExitCode.NOTHING_PRESERVED
    office.kept("photo.jpg", b"\xff\xd8 a photo")
    return office


def made(office: Office, *items: int, name: str = "out.wacz") -> Path:
    named = [word for item in items for word in ("--item", str(item))]
    office.done("export", "harbour", "-o", name, "--as", "wacz", *named)
    return office.folder / name


def files_of(path: Path) -> Bytes:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def pages_of(files: Bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["pages/pages.jsonl"].splitlines()]


def index_of(files: Bytes) -> list[tuple[str, str, dict[str, Any]]]:
    lines = (line.split(" ", 2) for line in files["indexes/index.cdxj"].decode().splitlines())
    return [(key, time, json.loads(text)) for key, time, text in lines]


def wacz_says(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-m", "wacz", "validate", "-f", str(path)]
    return subprocess.run(command, capture_output=True, text=True)


def told(verdict: Verdict) -> str:
    return "\n".join(f"{f.severity.name} {f.check} {f.subject}: {f.message}" for f in verdict.findings)


def test_wacz_validate_and_our_own_check_accept_a_whole_case(filled: Office) -> None:
    path = made(filled)
    assert wacz_says(path).returncode == 0, wacz_says(path).stdout
    verdict = verify_bundle(path)
    assert verdict.worst is Severity.UNASKED, told(verdict)
    assert dict(verdict.counts)["items"] == 6
    files = files_of(path)
    for item in (1, 2, 3, 4, 5, 6):
        stored = filled.case / f"evidence/000/{item:06d}.warc.gz"
        assert files[f"archive/{item:06d}.warc.gz"] == stored.read_bytes()
    assert files["seals/000001.seal"] == (filled.case / "seals/000001.seal").read_bytes()
    assert (filled.case / "custody.jsonl").read_bytes().startswith(files["custody/custody.jsonl"])


def test_items_alone_are_accepted(filled: Office) -> None:
    path = made(filled, 2, 6)
    assert wacz_says(path).returncode == 0, wacz_says(path).stdout
    verdict = verify_bundle(path)
    assert verdict.worst is Severity.UNASKED, told(verdict)
    assert [page["id"] for page in pages_of(files_of(path))] == ["pages", "000002", "000006"]


def test_nothing_of_other_items_is_in_a_wacz_of_one(filled: Office) -> None:
    filled.kept("secret.txt", b"the informant is Ivan", "--note", "from Olga")
    files = files_of(made(filled, 2))
    names = {
        "archive/000002.warc.gz",
        "indexes/index.cdxj",
        "pages/pages.jsonl",
        "verify/VERIFY.txt",
        "verify/verify.py",
    }
    assert files.keys() == names | {"datapackage.json", "datapackage-digest.json"}
    others = [
        value
        for event in filled.events()
        if event["event"].startswith("item.") and event["data"]["item"] != 2
        for value in (event["data"].get("file", {}).get("sha256"), event["nonce"], event["data"].get("title"))
        if value and value != "Raid on the harbour"
    ]
    assert len(others) > 6
    whole = b"".join(unpacked(data) for data in files.values())
    for word in (*others, "gone", "chunked", "secret", "Olga", "Ivan", "the family", "The harbour raid"):
        assert word.encode() not in whole.replace(files["verify/verify.py"], b""), word


def test_the_same_case_gives_the_same_bytes(filled: Office) -> None:
    first, again = made(filled), made(filled, name="again.wacz")
    assert first.read_bytes() == again.read_bytes()
    assert made(filled, 1, name="one.wacz").read_bytes() == made(filled, 1, 1, name="two.wacz").read_bytes()


def test_the_rules_of_replaywebpage_hold(filled: Office) -> None:
    """What wabac needs: its profile, an index that it finds, a header before the pages, nothing packed."""
    path = made(filled)
    with zipfile.ZipFile(path) as archive:
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
        assert all(not info.extra and not info.comment and info.flag_bits == 0 for info in archive.infolist())
    files = files_of(path)
    package = json.loads(files["datapackage.json"])
    assert (package["profile"], package["wacz_version"]) == ("data-package", "1.1.1")
    assert {each["path"] for each in package["resources"]} == files.keys() - {
        "datapackage.json",
        "datapackage-digest.json",
    }
    assert all(each["name"] == each["name"].lower() and each["hash"][:7] == "sha256:" for each in package["resources"])
    assert len({each["name"] for each in package["resources"]}) == len(package["resources"])
    assert all(name.count("/") == 1 for name in files if not name.startswith("datapackage"))
    assert [name for name in files if name.startswith("indexes/")] == ["indexes/index.cdxj"]
    header, *pages = pages_of(files)
    assert header["format"] == "json-pages-1.0"
    shown = {(facts["url"], time) for _, time, facts in index_of(files)}
    for page in pages:
        assert (page["url"], "".join(filter(str.isdigit, page["ts"]))) in shown
    assert [page["title"] for page in pages][:2] == ["Raid on the harbour"] * 2
    assert pages[1]["url"].endswith("/news")


def test_the_index_is_that_of_cdxj_indexer(filled: Office) -> None:
    """But for what that makes of records without payload digest, and of addresses that are not of the web."""
    files = files_of(made(filled))
    warcs = sorted((filled.case / "evidence/000").glob("*.warc.gz"))
    run = "from cdxj_indexer.main import main; main()"
    command = [sys.executable, "-W", "ignore", "-c", run, "-s", "--records", "response,resource", *map(str, warcs)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    theirs = {}
    for line in said.splitlines():
        key, time, text = line.split(" ", 2)
        facts = json.loads(text)
        theirs[facts["filename"], facts["offset"]] = (key, time, facts)
    lines = files["indexes/index.cdxj"].splitlines()
    assert lines == sorted(lines)
    assert len(theirs) == len(lines) == 6
    for key, time, facts in index_of(files):
        other = theirs[facts["filename"], facts["offset"]]
        assert (key, time) == other[:2]
        for name in ("url", "mime", "length", "status"):
            assert facts[name] == (other[2].get(name) or {"mime": "", "status": "200"}.get(name)), name
        if other[2]["digest"].startswith("sha256:"):
            assert facts["digest"] == other[2]["digest"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "http://example.org",
        "https://www.example.org/a/B/?z=1&a=2",
        "https://www2.example.org:8443/a/",
        "http://example.org:80/x?",
        "http://example.org:/x",
        "https://example.org:443/x",
        "https://xn--e1afmkfd.xn--p1ai/%D0%B0?b=%20",
        "http://192.0.2.7/x",
    ],
)
def test_keys_of_usual_addresses_are_those_of_others(url: str) -> None:
    assert surt(url) == independent.surt(url)


def test_a_line_of_the_index_cannot_be_two() -> None:
    capture = Capture(
        "response", "http://a.example/\n{}", "2026-11-22T06:55:58.854810Z", "200", "a\nb", 0, 9, "00", "11"
    )
    assert cdxj_line(capture, "x.warc.gz").count(b"\n") == 1
    assert surt("http://[::1") == "http://[::1"
    assert surt("urn:x:Y z") == "urn:x:y%20z"


def test_pywb_replays_by_our_index(filled: Office, tmp_path: Path) -> None:
    files = files_of(made(filled))
    folder = tmp_path / "replay"
    folder.mkdir()
    for name, data in files.items():
        if name.startswith(("archive/", "indexes/")):
            (folder / name.partition("/")[2]).write_bytes(data)
    pages = [page for page in pages_of(files)[1:] if page["url"].startswith("http")]
    asked = [["".join(filter(str.isdigit, page["ts"])), page["url"], "identity"] for page in pages]
    (folder / "ask.json").write_text(json.dumps(asked))
    command = [sys.executable, "-W", "ignore", str(REPLAY), str(folder)]
    run = subprocess.run(command, capture_output=True, check=True, timeout=120)
    replies = json.loads(run.stdout.splitlines()[-1])
    assert [(status[:3], b64decode(body)) for status, _, body in replies] == [
        ("200", BODY),
        ("200", BODY),
        ("410", b"gone"),
        ("200", b"one"),
    ]


def test_a_case_without_items_is_a_wacz_without_pages(office: Office) -> None:
    path = made(office)
    assert len(pages_of(files_of(path))) == 1
    assert files_of(path)["indexes/index.cdxj"] == b""


def test_a_withheld_item_is_not_in_it(filled: Office) -> None:
    filled.done("withhold", "harbour", "1", "--reason", "court order", "--authority", "the court", "--yes")
    files = files_of(made(filled))
    assert "archive/000001.warc.gz" not in files
    assert b"000001.warc.gz" not in files["indexes/index.cdxj"]


def test_damaged_evidence_is_not_exported(filled: Office) -> None:
    file = filled.case / "evidence/000/000003.warc.gz"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.chmod(0o600)
    file.write_bytes(data)
    before = filled.left_behind()
    code, _, err = filled.run("export", "harbour", "-o", "out.wacz", "--as", "wacz")
    assert code == ExitCode.CASE
    assert "nothing was exported" in err
    assert "000003.warc.gz" in err
    file.unlink()
    assert filled.run("export", "harbour", "-o", "out.wacz", "--as", "wacz")[0] == ExitCode.CASE
    assert filled.left_behind() == before


@pytest.mark.parametrize(
    ("output", "kind"), [("out", "wacz"), ("out.zip", "wacz"), ("out.wacz", "bag"), ("out.tar", "wacz")]
)
def test_a_wacz_is_called_one_and_nothing_else_is(office: Office, output: str, kind: str) -> None:
    code, _, err = office.run("export", "harbour", "-o", output, "--as", kind)
    assert code == ExitCode.USAGE
    assert ".wacz" in err


@pytest.mark.parametrize("item", ["9", "2"])
def test_an_item_that_is_not_there_cannot_be_exported(office: Office, item: str) -> None:
    office.kept("a.txt", b"aaa")
    assert office.run("export", "harbour", "-o", "x.wacz", "--as", "wacz", "--item", item)[0] == ExitCode.USAGE


def test_what_left_is_on_the_record(filled: Office) -> None:
    path = made(filled, 1)
    event = filled.events()[-1]
    assert event["event"] == "export.made"
    assert (event["data"]["as"], event["data"]["items"], event["data"]["name"]) == ("wacz", [1], "out.wacz")
    assert event["data"]["size"] == path.stat().st_size
    assert filled.run("verify", "harbour")[0] == ExitCode.OK
    assert filled.run("verify", "./out.wacz")[0] == ExitCode.OK


def rewritten(path: Path, change: Bytes, *gone: str) -> Path:
    """A WACZ with other files, listed anew by whoever changed them."""
    files = {name: data for name, data in (files_of(path) | change).items() if name not in gone}
    package = json.loads(files.pop("datapackage.json"))
    files.pop("datapackage-digest.json")
    package["resources"] = [
        {"name": name, "path": name, "hash": f"sha256:{hashlib.sha256(data).hexdigest()}", "bytes": len(data)}
        for name, data in files.items()
    ]
    text = json.dumps(package).encode()
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(text).hexdigest()}"}
    files |= {"datapackage.json": text, "datapackage-digest.json": json.dumps(digest).encode()}
    other = path.with_name("other.wacz")
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return other


def test_new_lists_do_not_make_another_case_sound(filled: Office) -> None:
    path = made(filled)
    files = files_of(path)
    honest = verify_bundle(rewritten(path, {}))
    assert honest.worst is Severity.UNASKED, told(honest)
    log = files["custody/custody.jsonl"]
    for change, gone in (
        ({"archive/000009.warc.gz": files["archive/000001.warc.gz"]}, ()),
        ({"archive/more.warc.gz": files["archive/000001.warc.gz"]}, ()),
        ({"custody/note.txt": b"trust me"}, ()),
        ({"archive/000001.warc.gz": files["archive/000003.warc.gz"]}, ()),
        ({"custody/custody.jsonl": log.replace(b"/gone", b"/come")}, ()),
        ({"custody/custody.jsonl": b"".join(log.splitlines(keepends=True)[:-4])}, ()),
        ({}, ("archive/000001.warc.gz",)),
        ({}, ("custody/custody.jsonl",)),
        ({}, ("seals/000001.seal",)),
    ):
        verdict = verify_bundle(rewritten(path, change, *gone))
        assert verdict.worst is Severity.BROKEN, (change.keys(), gone, told(verdict))


def test_a_file_that_is_not_the_recorded_one_gives_no_captures(filled: Office) -> None:
    with Snapshot.open(filled.case) as case:
        with pytest.raises(CaseError, match="nothing was exported"):
            list(captures(case, StoredFile("evidence/000/000099.warc.gz", 1, "00")))
        size = (filled.case / "evidence/000/000001.warc.gz").stat().st_size
        with pytest.raises(CaseError, match="was recorded"):
            list(captures(case, StoredFile("evidence/000/000001.warc.gz", size, "00")))
