"""An item with what its page needs goes out like any other: every answer is in the index, and every check holds."""

import json
import zipfile
from pathlib import Path

import pytest
from exportbench import Office
from server import RawServer, http

from archiver.errors import ExitCode
from archiver.model.verdict import Severity
from archiver.verify.bundles import verify_bundle


@pytest.fixture
def seen(office: Office, raw_server: RawServer) -> Office:
    page = b"<title>The pier</title><link rel=stylesheet href=a.css><img src=gone.png>"
    raw_server.routes |= {
        "/": http(page, "Content-Type: text/html; charset=utf-8"),
        "/a.css": http(b"a { background: url(p.png) }", "Content-Type: text/css"),
        "/p.png": http(b"\x89PNG", "Content-Type: image/png"),
    }
    assert office.captured(raw_server, "/", "--page") == ExitCode.OK
    return office


@pytest.mark.parametrize("form", ["wacz", "bag", "disclosure"])
def test_an_export_with_what_a_page_needs_is_sound(seen: Office, form: str) -> None:
    named = ["--item", "1"] if form == "disclosure" else []
    seen.done("export", "harbour", "-o", f"out.{form}.zip" if form != "wacz" else "out.wacz", "--as", form, *named)
    path = next(each for each in seen.folder.iterdir() if each.name.startswith("out."))
    verdict = verify_bundle(path)
    assert [f.message for f in verdict.findings if f.severity > Severity.UNASKED] == []


def test_what_replays_finds_every_answer_and_one_page(seen: Office, raw_server: RawServer) -> None:
    seen.done("export", "harbour", "-o", "out.wacz", "--as", "wacz")
    with zipfile.ZipFile("out.wacz") as wacz:
        index = [json.loads(line.split(b" ", 2)[2]) for line in wacz.read("indexes/index.cdxj").splitlines()]
        pages = [json.loads(line) for line in wacz.read("pages/pages.jsonl").splitlines()][1:]
    shown = {each["url"]: each["status"] for each in index}
    targets = {"/": "200", "/a.css": "200", "/p.png": "200", "/gone.png": "404", "/favicon.ico": "404"}
    assert {raw_server.url(target): status for target, status in targets.items()}.items() <= shown.items()
    assert [(page["url"], page["title"]) for page in pages] == [(raw_server.url(), "The pier")]


def test_the_account_goes_out_with_the_item(seen: Office) -> None:
    seen.done("show", "harbour", "1", "--extract", "out")
    told = json.loads(next(Path("out").glob("*-requisites.json")).read_bytes())
    assert seen.document("show", "harbour", "1")[1]["requisites"] == told
    shown = seen.done("show", "harbour", "1", "--reextract")
    assert "page: 2 of 4 things that it needs are here, 2 missing" in shown
    assert "read again: the same as on the record" in shown
