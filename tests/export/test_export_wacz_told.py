"""A WACZ of a case says of the items what the log says: pages, titles, index. Whoever changes that is found."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from exportbench import Bytes, Office
from server import RawServer

from archiver.model.verdict import Severity, Verdict
from archiver.verify.bundles import verify_bundle
from archiver.verify.wacz_records import MAX_HELD

PAGES, INDEX, PACKAGE = "pages/pages.jsonl", "indexes/index.cdxj", "datapackage.json"
Lines = list[dict[str, Any]]


def answer(title: str, more: bytes = b"") -> bytes:
    body = f"<!doctype html><title>{title}</title>".encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body) + more


ROUTES = {
    "/news": answer("Raid on the harbour"),
    "/moved": b"HTTP/1.1 302 Found\r\nLocation: /news#part\r\nContent-Length: 0\r\n\r\n",
    "/untitled": b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone",
    "/brackets": answer("[" * 100 + '"' + "{" * 100),
    "/long": answer("t" * 2000),
    "/old": b"just bytes, without a status",
    "/early": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer("After hints"),
    "/odd": answer("Odd type").replace(b"text/html", b"Text/HTML;charset=utf-8"),
}


@pytest.fixture
def exported(office: Office, raw_server: RawServer) -> Path:
    """The WACZ of a case with pages, redirects, an import, and what no program shows."""
    raw_server.routes = dict(ROUTES)
    for path in (*ROUTES, "/untitled?" + "q" * 2 * MAX_HELD):
        office.captured(raw_server, path)
    office.kept("photo.jpg", b"\xff\xd8 a photo")
    office.done("export", "harbour", "-o", "out.wacz", "--as", "wacz")
    return office.folder / "out.wacz"


def files_of(path: Path) -> Bytes:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(path: Path, change: Bytes, title: str | None = None) -> Verdict:
    """What is said of the WACZ with these files in it, listed anew by whoever changed them."""
    files = files_of(path) | change
    package = json.loads(files.pop(PACKAGE))
    files.pop("datapackage-digest.json")
    package["title"] = title or package["title"]
    package["resources"] = [
        {"name": name, "path": name, "hash": f"sha256:{hashlib.sha256(data).hexdigest()}", "bytes": len(data)}
        for name, data in files.items()
    ]
    text = json.dumps(package).encode()
    digest = {"path": PACKAGE, "hash": f"sha256:{hashlib.sha256(text).hexdigest()}"}
    files |= {PACKAGE: text, "datapackage-digest.json": json.dumps(digest).encode()}
    other = path.with_name("other.wacz")
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return verify_bundle(other)


def broken(verdict: Verdict) -> list[str]:
    return [f"{f.check} {f.subject}: {f.message}" for f in verdict.findings if f.severity is Severity.BROKEN]


def test_what_hostile_pages_are_called_makes_no_honest_wacz_contradicted(exported: Path) -> None:
    """Brackets, quotes, long titles, addresses of any length: the site chose them, and whoever exported did not."""
    verdict = verify_bundle(exported)
    assert verdict.worst is Severity.UNASKED, broken(verdict)
    assert changed(exported, {}).worst is Severity.UNASKED
    titles = [json.loads(line)["title"] for line in files_of(exported)[PAGES].splitlines()]
    assert any(title.startswith("[" * 100) for title in titles)


def test_an_imported_file_is_a_page_under_its_name(exported: Path) -> None:
    """A program that finds no page in a WACZ of imports says that it is empty."""
    last = json.loads(files_of(exported)[PAGES].splitlines()[-1])
    assert last["title"] == "photo.jpg"
    assert last["url"].startswith("urn:archiver:")
    lines = files_of(exported)[PAGES].replace(b"photo.jpg", b"other.jpg")
    found = broken(changed(exported, {PAGES: lines}))
    assert len(found) == 1
    assert "the title of item 000010 is 'other.jpg', and log and WARC have 'photo.jpg'" in found[0]


PAGE_LIES: dict[str, tuple[Callable[[Lines], Any], str]] = {
    "another-title": (lambda p: p[1].update(title="Peace in the harbour"), "the title of item 000001"),
    "no-title": (lambda p: p[1].pop("title"), "the title of item 000001"),
    "a-title-for-none": (lambda p: p[3].update(title="All is well"), "the title of item 000003"),
    "end-of-a-long-title": (lambda p: p[5].update(title=p[5]["title"] + "x" * 1000), "the title of item 000005"),
    "title-of-another": (lambda p: p[3].update(title=p[1]["title"]), "the title of item 000003"),
    "another-time": (lambda p: p[1].update(ts="2020-01-01T00:00:00Z"), "the time of item 000001"),
    "another-address": (lambda p: p[1].update(url=p[3]["url"]), "the address of item 000001"),
    "address-before-the-redirect": (
        lambda p: p[2].update(url=p[2]["url"].replace("/news", "/moved")),
        "the address of item 000002",
    ),
    "identifier-of-another": (lambda p: p[1].update(id="000003"), "item 000003"),
    "identifier-of-none": (lambda p: p[1].update(id="000099"), "no item '000099'"),
    "listed-twice": (lambda p: p.append(p[1]), "no item '000001'"),
    "left-out": (lambda p: p.pop(2), "1 items with a page are not in it, the first is '000002'"),
    "all-left-out": (lambda p: p.__delitem__(slice(1, None)), "9 items with a page are not in it"),
}


@pytest.mark.parametrize("name", PAGE_LIES)
def test_a_page_that_is_not_what_the_log_says_is_contradicted(exported: Path, name: str) -> None:
    change, words = PAGE_LIES[name]
    lines = [json.loads(line) for line in files_of(exported)[PAGES].splitlines()]
    change(lines)
    verdict = changed(exported, {PAGES: "".join(json.dumps(line) + "\n" for line in lines).encode()})
    found = broken(verdict)
    assert found, name
    assert all(each.startswith(f"index {PAGES}") for each in found), found
    assert words in "\n".join(found)


ENTRY_LIES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "mime": lambda e: e.update(mime="image/png"),
    "no-mime": lambda e: e.pop("mime"),
    "status": lambda e: e.update(status="404"),
    "no-status": lambda e: e.pop("status"),
    "digest": lambda e: e.update(digest="sha256:" + "0" * 64),
    "digest-of-another-kind": lambda e: e.update(digest="md5:00"),
    "no-record-digest": lambda e: e.pop("recordDigest"),
    "more": lambda e: e.update({"req.http:cookie": "session=1"}),
    "method": lambda e: e.update(method="HEAD"),
}


@pytest.mark.parametrize("name", ENTRY_LIES)
def test_an_entry_that_does_not_follow_from_its_record_is_contradicted(exported: Path, name: str) -> None:
    """Programs go by more than address and place: by type, method, cookie."""
    lines = files_of(exported)[INDEX].decode().splitlines()
    at = next(number for number, line in enumerate(lines) if "/news" in line)
    head, _, text = lines[at].partition(" {")
    facts = json.loads("{" + text)
    ENTRY_LIES[name](facts)
    lines[at] = f"{head} {json.dumps(facts)}"
    verdict = changed(exported, {INDEX: "".join(f"{line}\n" for line in sorted(lines)).encode()})
    assert [each.partition(":")[0] for each in broken(verdict)] == [f"index {INDEX}"], broken(verdict)


@pytest.mark.parametrize("which", ["/news", "/moved", "urn:archiver:"])
def test_what_the_index_leaves_out_of_a_case_is_contradicted(exported: Path, which: str) -> None:
    """Of a case the index is whole; one that hides an item was changed."""
    lines = files_of(exported)[INDEX].decode().splitlines(keepends=True)
    kept = [line for line in lines if which not in line]
    assert len(kept) < len(lines)
    found = broken(changed(exported, {INDEX: "".join(kept).encode()}))
    assert len(found) == 1
    assert "answers in the WARCs are in no index" in found[0]


def test_a_wacz_of_a_case_that_is_called_something_else_is_contradicted(exported: Path) -> None:
    found = broken(changed(exported, {}, title="Proof that nothing happened"))
    assert len(found) == 1
    assert found[0].startswith(f"contents {PACKAGE}: it is called 'Proof that nothing happened', and the case in it")


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\n",
        b"[" * 100 + b"\n",
        b'{"event":[],"data":{"item":true}}\n',
        b'{"event":"item.captured","data":{"item":1e999,"title":{}}}\n',
        b'{"event":"item.captured","data":{"item":' + b"9" * 4000 + b"}}\n",
        b'{"event":"item.captured","case":7,"data":{"item":1,"title":{"a":"\\ud800"},"url":[]}}\n',
    ],
)
def test_no_line_of_a_log_makes_the_reading_of_titles_fail(exported: Path, line: bytes) -> None:
    log = files_of(exported)["custody/custody.jsonl"]
    assert changed(exported, {"custody/custody.jsonl": line + log}).worst is Severity.BROKEN
    assert changed(exported, {"custody/custody.jsonl": line}).worst is Severity.BROKEN


def test_a_log_that_cannot_be_read_leaves_the_pages_to_the_records(exported: Path) -> None:
    """What is wrong with it is said where the case is checked, and once."""
    found = broken(changed(exported, {"custody/custody.jsonl": bytes(17 << 20)}))
    assert not [each for each in found if "title of item 000003" in each], found
