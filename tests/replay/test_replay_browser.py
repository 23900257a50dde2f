"""Items in a real browser: replayed they look as they did live, and nothing but loopback is connected to."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from chromium import PROGRAM, needs_browser
from livebench import PAGES, SITE, browsed
from replaybench import Kept, answer, index_of, player_of, png

from archiver.browser.cdp import CallFailed, Params
from archiver.cli.main import main
from archiver.errors import ExitCode
from archiver.replay.pages import START, Entry, listed
from archiver.replay.session import Lobby, Looks, Windows
from archiver.runtime import system_runtime
from archiver.verify.run import verify_case

pytestmark = needs_browser


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "case")


class Desk:
    """Runs a command line in this process, and reads its answer."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str) -> dict[str, Any]:
        code = main([*words, "--json"], environ=dict(os.environ))
        told: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        assert code == told.get("exit_code", told.get("error", {}).get("exit_code")), told
        return told


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(capsys)


def test_a_page_replayed_is_the_page_that_was_live(kept: Kept, tmp_path: Path, run: Desk) -> None:
    live = browsed(kept, tmp_path)
    told = run("check-replay", str(kept.folder), "1", "--screenshot", str(tmp_path / "again.png"))
    assert (told["differing"], told["box"], told["missing"]) == (0, None, [])
    assert told["requests"]["asked"] == len(live.exchanges) == told["requests"]["same"] + told["requests"]["alike"]
    assert told["requests"]["alike"] == 1  # counter?_=…
    assert (tmp_path / "again.png").read_bytes()[:4] == b"\x89PNG"
    assert told["live"]["height"] > 2400  # three pages of the feed
    event = told["event"]
    assert (event["event"], event["data"]["pixels"]) == ("replay.checked", told["pixels"])
    assert event["data"]["browser"] == f"{PROGRAM.name} {PROGRAM.version}"  # type: ignore[union-attr]
    assert verify_case(kept.folder).exit_code() is ExitCode.OK


def test_what_changed_since_is_told_and_is_no_failure(kept: Kept, tmp_path: Path, run: Desk) -> None:
    """The picture of another page stands as the live one."""
    page = answer(b"<body style='margin:0;background:#fff'>", "Content-Type: text/html")
    exchange = kept.exchange(SITE, page)
    kept.item(exchange, resources=(kept.picture(png(1280, 801, dots=((5, 6),)), SITE),))
    told = run("check-replay", str(kept.folder), "1")
    assert (told["differing"], told["pixels"], told["box"]) == (1281, 1280 * 801, [0, 6, 1280, 801])
    assert (told["live"]["height"], told["replay"]["height"]) == (801, 800)
    assert verify_case(kept.folder).exit_code() is ExitCode.OK


def test_a_plain_item_has_its_picture_made_and_its_gaps_named(kept: Kept, tmp_path: Path, run: Desk) -> None:
    kept.item(kept.exchange(SITE, PAGES[SITE]))  # type: ignore[arg-type]
    told = run("replay", str(kept.folder), "1", "--screenshot", str(tmp_path / "one.png"))
    assert told["screenshot"]["width"] == 1280
    missing = {each["url"] for each in told["missing"]}
    assert {SITE + "style.css", SITE + "dot.png", "https://other.test/frame"} <= missing
    assert {each["why"] for each in told["missing"]} == {"address"}


def test_scripts_that_the_site_kept_out_stay_out(kept: Kept, tmp_path: Path, run: Desk) -> None:
    browsed(kept, tmp_path, SITE + "strict")
    assert run("check-replay", str(kept.folder), "1")["differing"] == 0


def test_a_page_that_asks_for_thousands_that_are_missing_ends(kept: Kept, tmp_path: Path, run: Desk) -> None:
    script = b"<body>greedy<script>for (let i = 0; i < 1500; i++) { new Image().src = '/gone/' + i }</script>"
    kept.item(kept.exchange(SITE, answer(script, "Content-Type: text/html")))
    told = run("replay", str(kept.folder), "1", "--screenshot", str(tmp_path / "one.png"))
    assert told["requests"]["missing"] >= 1000
    assert len(told["missing"]) == 1000


def test_nothing_but_loopback_is_connected_to(kept: Kept, tmp_path: Path) -> None:
    if (strace := shutil.which("strace")) is None:
        pytest.skip("strace is not installed")
    page = b"<body>hello<img src='https://elsewhere.example/x.png'><script>fetch('http://192.0.2.9/')</script>"
    kept.item(kept.exchange(SITE, answer(page, "Content-Type: text/html")))
    trace = tmp_path / "trace"
    calls = "trace=connect,sendto,sendmsg,sendmmsg,write,writev"
    watched = (strace, "-f", "-qq", "-yy", "-s", "64", "-e", calls, "-o", str(trace))
    command = (sys.executable, "-m", "archiver", "replay", str(kept.folder), "1", "--screenshot", "one.png")
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), "LANG": "C.UTF-8"}
    done = subprocess.run((*watched, *command), cwd=tmp_path, env=environ, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    text = trace.read_text("utf-8", "replace")
    if not text:
        pytest.skip("strace may not trace here")
    assert 'sin_addr=inet_addr("127.0.0.1")' in text
    beyond = [line for line in text.splitlines() if (found := set(_ADDRESS.findall(line))) and not found <= _LOOPBACK]
    # To look whether there is a way at all, Chromium connects a UDP socket: that sends nothing, and nothing follows.
    assert [line for line in beyond if not re.match(r"[0-9]+ +connect\([0-9]+<UDP", line)] == []


_ADDRESS = re.compile(r"""(?:inet_addr\("|inet_pton\(AF_INET6, "|->\[?)([0-9a-f:.]+?)(?:"|\]?:[0-9]+\]>)""")
_LOOPBACK = {"127.0.0.1", "::1"}


class _Visitor:
    """Somebody who clicks: hears which windows there are, and closes them."""

    def __init__(self, windows: Windows) -> None:
        self.link = windows._browser.link
        self.pages: dict[str, str] = {}
        self.there = threading.Semaphore(0)
        self.link.listen(self._event)

    def _event(self, session: str, method: str, params: Params) -> None:
        if method == "Target.attachedToTarget" and params["targetInfo"]["type"] == "page":
            self.pages[params["sessionId"]] = params["targetInfo"]["targetId"]
            self.there.release()

    def says(self, session: str, word: str) -> str:
        """What the page says, once `word` is in it."""
        for _ in range(300):
            with contextlib.suppress(CallFailed):  # it is on its way to another page
                params = {"expression": "document.body.innerText", "returnByValue": True}
                text = str(self.link.call("Runtime.evaluate", params, session, 30)["result"].get("value"))
                if word in text:
                    return text
            time.sleep(0.1)
        raise AssertionError(f"{word} does not come")

    def clicks(self, session: str, element: str) -> None:
        expression = f"document.querySelector({element!r}).click()"
        self.link.call("Runtime.evaluate", {"expression": expression, "userGesture": True}, session)

    def close(self) -> None:
        for target in self.pages.values():
            self.link.call("Target.closeTarget", {"targetId": target})


def test_items_open_from_the_list_each_behind_a_gate_of_its_own(kept: Kept) -> None:
    """Without a window, as a test has no screen; all else is as it is with one."""
    assert PROGRAM is not None
    entries = []
    players = {}
    for number, word in ((1, "first"), (2, "second")):
        page = f"<title>x</title>the {word}<a id=out target=_blank href='/more'>more</a>".encode()
        more = answer(f"more of the {word}".encode(), "Content-Type: text/html")
        outcome = kept.item(
            kept.exchange(SITE, answer(page, "Content-Type: text/html")), kept.exchange(SITE + "more", more)
        )
        players[number] = player_of(index_of(kept.folder, outcome))
        entries.append(Entry(number, SITE, f"<b>{word}", "2026-11-22T06:55:58Z", "complete"))
    lobby = Lobby(listed("harbour", entries))

    def meanwhile() -> None:
        while not lobby.wanted.empty():
            windows.show(SITE, players[lobby.wanted.get()])

    with Windows(PROGRAM, system_runtime(), {}, looks=Looks(), headless=True) as windows:
        visitor = _Visitor(windows)
        windows.show(START, lobby)
        done = threading.Thread(target=windows.wait, args=(lambda: False, meanwhile))
        done.start()
        assert visitor.there.acquire(timeout=30)
        (start,) = visitor.pages
        assert "<b>second" in visitor.says(start, "000002")
        visitor.clicks(start, "a[href$='/2']")
        assert visitor.there.acquire(timeout=30)
        opened = next(each for each in visitor.pages if each != start)
        assert "the second" in visitor.says(opened, "the")
        assert visitor.says(start, "000002")  # the list stays
        visitor.clicks(opened, "#out")
        assert visitor.there.acquire(timeout=30)
        third = next(each for each in visitor.pages if each not in {start, opened})
        assert visitor.says(third, "more") == "more of the second"
        assert len(visitor.pages) == 3
        visitor.close()
        done.join(30)
        assert not done.is_alive()
    assert players[1].heard().asked == 0
