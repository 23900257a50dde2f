"""`--browser` and `--profile`: what is refused before anything is asked, what is shown, and what programs are told."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from chromium import needs_browser
from hostile_texts import harmful
from listbench import Desk
from server import RawServer, http

from archiver.canon import Json
from archiver.cli import items
from archiver.cli.collecting import turned_away
from archiver.cli.screen import Field
from archiver.custody.log import GENESIS, Event
from archiver.pipeline.shown import _GRAVE

DOCS = Path(__file__).parents[2] / "docs/spec"
HTML = "Content-Type: text/html; charset=utf-8"
HOSTILE = (
    b"<title>\x1b[31m[bold red]The pier[/]\x07</title><p>seen<script>console.log('\\x1b[2J[red]x[/]')</script>"
    b"<img src=a.png>"
)
MADE = ["view", "full-page", "pdf", "mhtml", "dom", "ax", "text", "page-info"]


@pytest.fixture
def site(raw_server: RawServer) -> RawServer:
    raw_server.default = http(b"gone", "Content-Type: text/plain", line=b"HTTP/1.1 404 Not Found")
    raw_server.routes |= {
        "/": http(HOSTILE, HTML),
        "/a.png": http(b"\x89PNG", "Content-Type: image/png"),
        "/file": http(b"PK", "Content-Type: application/zip", "Content-Disposition: attachment"),
        "/away": http(b"", "Location: http://10.0.0.7/", line=b"HTTP/1.1 302 Found"),
    }
    return raw_server


def capture(desk: Desk, site: RawServer, *more: str, path: str = "/") -> tuple[int, str, str]:
    return desk.run("capture", site.url(path), "--case", "harbour", "--allow-host", site.netloc, *more)


def document(desk: Desk, *words: str) -> dict[str, Any]:
    _, out, err = desk.run(*words, "--json")
    assert err == "", "nothing is said beside a document"
    told: dict[str, Any] = json.loads(out)
    return told


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--browser", "--page"), "a browser fetches what a page needs by itself"),
        (("--browser", "--linked", "pdf"), "a browser does not fetch what a page links to"),
        (("--browser", "--media"), "--browser and --media: that is for posts"),
        (("--browser", "direct", "--thread", "5"), "--browser and --thread: that is for posts"),
        (("--browser", "--depth", "2"), "--browser and --depth: that is for posts"),
        (("--browser", "--platform", "vk"), "what a browser shows is a page, not a post"),
        (("--browser=Direct",), "'Direct' is no way to use it"),
        (("--browser=",), "'' is no way to use it"),
        (("--browser", "--browser"), "it is given more than once"),
        (("--browser", "direct", "--header", "A: b"), "Chromium speaks for itself"),
        (("--profile", "."), "it is the profile of a browser, and none is used"),
        (("--browser", "--profile", "."), "is not the folder of a browser's user data"),
        (("--browser", "--profile", "nowhere"), "is no folder"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    desk: Desk, site: RawServer, flags: tuple[str, ...], said: str
) -> None:
    before = desk.log
    code, out, err = capture(desk, site, *flags)
    assert (code, out, desk.log, site.requests) == (2, "", before, [])
    assert said in err
    assert "hint: " in err


def test_without_a_browser_nothing_is_asked_and_it_is_said_what_to_install(
    desk: Desk, site: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.browser.find.PROGRAMS", ())
    before = desk.log
    code, _, err = capture(desk, site, "--browser")
    assert (code, desk.log, site.requests) == (2, before, [])
    assert "apt install chromium" in err
    told = document(desk, "capture", site.url(), "--case", "harbour", "--browser")
    assert (told["error"]["kind"], told["error"]["exit_code"]) == ("no-browser", 2)


@needs_browser
def test_a_page_is_shown_kept_and_copied_out(desk: Desk, site: RawServer) -> None:
    code, out, err = capture(desk, site, "--browser")
    assert code == 0
    assert re.search(r"^browser: Chrom\S+ [0-9.]+\nmade: " + ", ".join(MADE) + "$", out, re.M)
    assert "title: \\x1b[31m[bold red]The pier[/]\\x07\n" in out
    assert not harmful(out + err)
    assert ("running as root" in err) == (os.geteuid() == 0)
    assert desk.run("show", "harbour", "1", "--extract", "copies")[0] == 0
    found = {path.name[4:] for path in (desk.folder / "copies").iterdir()}
    assert {"view.png", "full-page.png", "pdf.pdf", "mhtml.mhtml", "text.txt", "page-info.json"} <= found


@needs_browser
def test_programs_are_told_what_the_specification_says(desk: Desk, site: RawServer) -> None:
    told = document(desk, "capture", site.url(), "--case", "harbour", "--allow-host", site.netloc, "--browser")
    (item,) = told["items"]
    assert (told["exit_code"], item["outcome"], item["browser"]["products"]) == (0, "complete", MADE)
    block = next(one for one in blocks("json-output.md") if '"request_url"' in one)
    assert set(item) == set(json.loads(block))
    assert set(item["browser"]) == set(json.loads(block)["browser"])
    desk.run("show", "harbour", "1", "--extract", "copies")
    (file,) = (desk.folder / "copies").glob("*page-info.json")
    info, text = json.loads(file.read_bytes()), (DOCS / "browser.md").read_text("utf-8")
    section = text[text.index("## 6.") : text.index("## 7.")]
    assert {name for name in info if f'"{name}"' not in section and f"`{name}`" not in section} == set()


@needs_browser
def test_a_file_and_a_way_to_a_private_address_are_told_once(desk: Desk, site: RawServer) -> None:
    code, out, _ = capture(desk, site, "--browser", path="/file")
    assert code == 0
    assert "made: page-info\nbrowser: the address is a file to keep" in out
    code, out, _ = capture(desk, site, "--browser", path="/away")
    assert code == 6
    assert "because: the redirect leads to an address that may not be asked\n" in out
    assert "odd: redirect-refused" not in out


@needs_browser
def test_cookies_that_were_sent_are_on_the_page_of_the_item(desk: Desk, site: RawServer) -> None:
    Path("c.txt").write_text(f"{site.netloc.partition(':')[0]}\tFALSE\t/\tFALSE\t0\tsid\tvery-secret\n", "utf-8")
    capture(desk, site, "--browser", "--cookies", "c.txt")
    _, out, _ = desk.run("show", "harbour", "1")
    assert "cookies: sent, from a file; pictures, texts and DOM may show whose they are, and hold their values\n" in out
    assert "very-secret" not in out


def event(name: str, data: dict[str, Any]) -> Event:
    return Event("urn:uuid:1", 3, GENESIS, "2026-11-22T06:55:58.854810Z", "J. Doe", name, data, "00")


def captured(**members: Json) -> Event:
    data: dict[str, Any] = {"item": 1, "url": "https://a.example/", "outcome": "partial", "exchanges": []}
    return event("item.captured", data | members)


def told(**members: Json) -> tuple[Field, ...]:
    return items.outcome_fields(captured(**members), Path("cases/harbour"))


def test_what_could_not_be_made_is_one_sentence_and_told_once() -> None:
    short: list[Json] = ["load-cut", "stopped", "no-view", "no-pdf"]
    reasons: list[Json] = ["cut-time", "browser-no-view", "browser-no-pdf"]
    browser: Json = {"version": "1.2", "products": ["page-info"], "short": short, "unasked": 3}
    shown = [(each.key, each.value) for each in told(reasons=reasons, browser=browser)]
    assert ("because", "the browser could not make this of the page: view, pdf") in shown
    assert [value for key, value in shown if key == "browser"] == [
        "Chromium 1.2",
        items.SHORT["load-cut"],
        items.SHORT["stopped"],
    ]
    assert ("not asked", f"3 {items.UNASKED}") in shown
    shown = [(each.key, each.value) for each in told(outcome="interrupted", reasons=["interrupted"], browser=browser)]
    assert ("not made", "view, pdf") in shown


def test_how_exact_a_browsers_own_word_is_stands_beside_it() -> None:
    for counts, said in (
        ({"wire": 25, "reconstructed": 3, "decoded": 0, "missing": 2}, "25 as on the wire, 3 reconstructed, 2 missing"),
        ({"wire": 0, "reconstructed": 0, "decoded": 0, "missing": 0}, "none"),
    ):
        fidelity: dict[str, Json] = {**counts}
        shown = told(browser={"mode": "direct", "version": "1.2", "products": [], "fidelity": fidelity})
        values = [each.value for each in shown if each.key == "fidelity"]
        assert values == [f"lower: the browser spoke for itself (answers: {said})"]


def test_every_word_for_what_fell_short_has_a_meaning() -> None:
    pages = "".join((DOCS / name).read_text("utf-8") for name in ("browser.md", "browser-direct.md"))
    assert {name for name in items.SHORT if f"`{name}`" not in pages} == set()
    direct = (DOCS / "browser-direct.md").read_text("utf-8").partition("| Word |")[2].partition("## 6.")[0]
    words = set(re.findall(r"^\| `([a-z-]+)` \|", direct, re.M))
    assert "websocket-frames" in words
    assert words <= items.SHORT.keys()
    assert {name for name in _GRAVE if items.meaning(f"browser-{name}") == f"browser-{name}"} == set()
    assert items.short_words("no-pdf") == "nothing was made of this kind: pdf"
    assert items.short_words("a-later-name") == "a-later-name"


def test_an_item_says_whose_eyes_it_was_seen_with() -> None:
    settings: Json = {"cookies": False, "browser": {"mode": "proxy", "profile": True}, "route": {}}
    asked = event("item.requested", {"item": 1, "settings": settings})
    shown = items.history_fields((asked, captured(reasons=["page-limits"])), Path("cases/harbour"))
    (cookies,) = (each.value for each in shown if each.key == "cookies")
    assert cookies.startswith("sent, from a browser's profile; ")


@pytest.mark.parametrize(
    ("data", "away"),
    [
        ({"failure": {"kind": "tls"}}, True),
        ({"failure": {"kind": "no_answer"}}, True),
        ({"failure": None, "reasons": ["challenge"]}, True),
        ({"failure": {"kind": "tls_verify"}}, False),
        ({"failure": {"kind": "dns"}}, False),
        ({"reasons": ["cut-time"]}, False),
    ],
)
def test_the_way_for_sites_that_turn_us_away_is_named_for_those_alone(data: dict[str, Any], away: bool) -> None:
    assert turned_away(data) is away


def blocks(page: str) -> list[str]:
    return re.findall(r"```json\n(.*?)```", (DOCS / page).read_text("utf-8"), re.S)
