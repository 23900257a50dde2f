"""What `replay` and `check-replay` refuse, and what they say on a terminal and for programs; no browser is started."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from replaybench import URL, Kept, answer, asked, png

from archiver.browser.find import Program
from archiver.cli import replaying
from archiver.cli.main import main
from archiver.errors import CaseError, ExitCode
from archiver.model.exchange import NEUTRAL_USER_AGENT
from archiver.replay import session
from archiver.replay.pages import START, Entry, listed
from archiver.replay.pictures import Png, picture
from archiver.replay.session import Lobby, Looks, Opening
from archiver.verify.run import verify_case

from replaybench import Way  # isort: skip

SEEN = answer(b"<title>x</title>", "Content-Type: text/html")


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "case")


class Desk:
    """Runs a command line in this process, in a folder of its own."""

    def __init__(self, kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
        self.case = str(kept.folder)
        self._capsys = capsys

    def __call__(self, command: str, *words: str, **environ: str) -> tuple[int, str, str]:
        code = main([command, self.case, *words], environ={"PATH": os.environ["PATH"]} | environ)
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def told(self, *words: str, **environ: str) -> dict[str, Any]:
        code, out, _ = self(*words, "--json", **environ)
        told: dict[str, Any] = json.loads(out)
        assert code == told.get("exit_code", told.get("error", {}).get("exit_code")), told
        return told


@pytest.fixture
def desk(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.chdir(tmp_path)
    return Desk(kept, capsys)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Opening]:
    """A browser that asks for the page and for one thing more, and makes the same picture of every page."""
    openings: list[Opening] = []

    def photographed(program: Program, opening: Opening, *_: object, stop: Callable[[], bool]) -> Any:
        openings.append(opening)
        for url in (opening.url, f"{URL}gone?x=\x1b[31m\u202e"):
            opening.player(asked(url), Way())
        return picture(png(4, 3), "it"), ("scroll-cut",)

    monkeypatch.setattr(session, "photographed", photographed)
    monkeypatch.setattr("archiver.browser.find.found", lambda told, environ: Program(Path("c"), "Chromium", "1.2"))
    return openings


@pytest.mark.usefixtures("shown")
def test_items_that_cannot_be_replayed_say_why(kept: Kept, desk: Desk) -> None:
    kept.case.imported(kept.case.requested("photo.jpg", "import"), b"\xff\xd8")
    kept.item(kept.exchange(URL, None), outcome="failed")
    kept.item(kept.exchange(URL, SEEN), resources=(kept.picture(png()),))
    kept.case.withheld(3)
    kept.case.requested(URL)
    for command in ("replay", "check-replay"):
        for item, why in (
            ("1", "an import has no address"),
            ("2", "holds no answer that could be shown"),
            ("3", "its bytes were withheld"),
            ("4", "has no outcome yet"),
            ("9", "the case has none of this number"),
            ("x", "not an item number"),
        ):
            code, out, err = desk(command, item, "--screenshot", "x.png")
            assert (code, out) == (ExitCode.USAGE, ""), (command, item)
            assert why in err
    assert not Path("x.png").exists()


@pytest.mark.usefixtures("shown")
def test_an_item_without_a_live_picture_cannot_be_checked(kept: Kept, desk: Desk) -> None:
    kept.item(kept.exchange(URL, SEEN))
    code, _, err = desk("check-replay", "1")
    assert code == ExitCode.USAGE
    assert "no picture of the page was taken" in err
    assert "--browser" in err


@pytest.mark.usefixtures("shown")
def test_without_a_screen_the_way_without_one_is_named(kept: Kept, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.item(kept.exchange(URL, SEEN))
    monkeypatch.setattr("sys.platform", "linux")
    for words in ((), ("1",)):
        code, _, err = desk("replay", *words)
        assert code == ExitCode.USAGE
        assert "no screen" in err
        assert "--screenshot" in err


@pytest.mark.usefixtures("shown")
def test_flags_that_make_no_sense_are_refused_before_anything_starts(kept: Kept, desk: Desk) -> None:
    kept.item(kept.exchange(URL, SEEN))
    Path("there.png").touch()
    inside = str(kept.folder / "evidence/x.png")
    for words, why in (
        (("--screenshot", "x.png"), "of which item"),
        (("1", "--screenshot", "x.jpg"), "must end in .png"),
        (("1", "--screenshot", "there.png"), "already something of that name"),
        (("1", "--screenshot", inside), "inside a case"),
    ):
        code, _, err = desk("replay", *words)
        assert code == ExitCode.USAGE
        assert why in err


def test_no_browser_is_said_with_what_to_install(kept: Kept, desk: Desk) -> None:
    kept.item(kept.exchange(URL, SEEN), resources=(kept.picture(png()),))
    told = desk.told("check-replay", "1", ARCHIVER_BROWSER="/nowhere/chromium")
    assert told["error"]["kind"] == "no-browser"


def test_a_replay_is_told_to_people(kept: Kept, desk: Desk, shown: list[Opening]) -> None:
    kept.item(kept.exchange(URL, SEEN))
    code, out, _ = desk("replay", "1", "--screenshot", "x.png")
    assert code == ExitCode.OK
    assert "answered: 1 of 2 requests, all from the item" in out
    assert "missing: nothing was kept under this address: http://a.example/gone?x=\\x1b[31m\\u202e" in out
    assert "fell short: the page has no end, or a far one" in out
    assert "screenshot: x.png, 4 x 3" in out
    assert Path("x.png").read_bytes() == png(4, 3)
    assert shown[0].url == URL


@pytest.mark.usefixtures("shown")
def test_a_replay_is_told_to_programs(kept: Kept, desk: Desk) -> None:
    kept.item(kept.exchange(URL, SEEN))
    told = desk.told("replay", "1", "--screenshot", "x.png")
    assert told.pop("screenshot")["width"] == 4
    assert told == {
        "schema": "archiver-replay/1",
        "case": str(kept.folder),
        "folder": str(kept.folder),
        "item": 1,
        "url": URL,
        "requests": {"asked": 2, "same": 1, "part": 0, "head": 0, "alike": 0, "missing": 1, "broken": 0},
        "missing": [{"method": "GET", "url": f"{URL}gone?x=\x1b[31m\u202e", "why": "address", "nearest": None}],
        "alike": [],
        "unread": 0,
        "untouched": True,
        "short": ["scroll-cut"],
        "browser": "Chromium 1.2",
        "exit_code": 0,
    }


@pytest.mark.usefixtures("shown")
def test_a_check_goes_on_the_record_and_is_shown_with_the_item(kept: Kept, desk: Desk) -> None:
    kept.item(kept.exchange(URL, SEEN), resources=(kept.picture(png(4, 5, dots=((1, 1),))),))
    code, out, _ = desk("check-replay", "1", "--screenshot", "x.png")
    assert code == ExitCode.OK
    words = "9 of 20 pixels differ; live 4 x 5, replayed 4 x 3; 1 request without an answer (Chromium 1.2)"
    assert f"compared: {words}" in out
    assert "differs: from 0, 1 to 4, 5" in out
    assert "recorded: line 4 of the log: replay.checked" in out
    _, shown, _ = desk("show", "1")
    assert f"replayed: {words}" in shown
    assert b'event: "replay.checked"' in (kept.folder / "manifest.yaml").read_bytes()
    assert verify_case(kept.folder).exit_code() is ExitCode.OK


@pytest.mark.usefixtures("shown")
def test_a_check_is_told_to_programs(kept: Kept, desk: Desk) -> None:
    kept.item(kept.exchange(URL, SEEN), resources=(kept.picture(png(4, 3)),))
    told = desk.told("check-replay", "1")
    assert told["schema"] == "archiver-check-replay/1"
    assert (told["differing"], told["pixels"], told["box"], told["screenshot"]) == (0, 12, None, None)
    assert told["live"].keys() == {"record", "sha256", "width", "height"}
    assert told["live"]["sha256"] == told["replay"]["sha256"]
    assert told["event"]["data"]["missing"] == 1


@pytest.mark.usefixtures("shown")
def test_a_live_picture_that_is_none_is_no_result(kept: Kept, desk: Desk) -> None:
    kept.item(kept.exchange(URL, SEEN), resources=(kept.picture(b"\x89PNG and nothing"),))
    kept.item(kept.exchange(URL, SEEN), resources=(kept.picture(png()[:45]),))
    before = (kept.folder / "custody.jsonl").read_bytes()
    assert desk.told("check-replay", "1")["error"]["kind"] == "picture"
    assert desk.told("check-replay", "2")["error"]["kind"] == "picture"
    assert (kept.folder / "custody.jsonl").read_bytes() == before


@pytest.mark.usefixtures("shown")
def test_a_file_that_is_not_the_one_of_the_log_is_shown_and_not_checked(kept: Kept, desk: Desk) -> None:
    outcome = kept.item(kept.exchange(URL, SEEN), resources=(kept.picture(png()),))
    file = kept.folder / outcome.data["file"]["path"]
    file.write_bytes(file.read_bytes() + b"more")
    assert desk.told("check-replay", "1")["error"]["kind"] == "damaged"
    assert desk.told("replay", "1", "--screenshot", "x.png")["untouched"] is False
    _, out, _ = desk("replay", "1", "--screenshot", "y.png")
    assert "damaged: its file is not" in out
    file.unlink()
    assert desk.told("replay", "1", "--screenshot", "z.png")["error"]["exit_code"] == ExitCode.CASE


def test_looks_are_those_of_the_capture(kept: Kept, desk: Desk, shown: list[Opening]) -> None:
    settings = {"user_agent": "Mine/1", "accept_language": "ru,en;q=0.5,<script>;q=1"}
    from archiver.canon import dumps, sha256_hex

    asked_for = kept.case.requested(URL, settings=settings, settings_sha256=sha256_hex(dumps(settings)))
    kept.case.captured(asked_for, kept.exchange(URL, SEEN))
    desk("replay", "1", "--screenshot", "x.png")
    assert shown[0].looks == Looks("Mine/1", "ru,en")
    assert Looks.of("", "") == Looks("", "en-US,en")
    kept.item(kept.exchange(URL, SEEN))
    assert NEUTRAL_USER_AGENT not in shown[0].looks.agent


def test_an_item_begins_at_the_address_that_was_asked_else_where_it_ended(
    kept: Kept, desk: Desk, shown: list[Opening]
) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
    kept.item(kept.exchange(URL, moved), kept.exchange(URL + "b", SEEN))
    kept.case.captured(kept.case.requested("http://a.example/post"), kept.exchange("http://api.example/1", SEEN))
    for item in ("1", "2"):
        desk("replay", item, "--screenshot", f"{item}.png")
    assert [each.url for each in shown] == [URL, "http://api.example/1"]


def test_what_is_stopped_leaves_nothing_on_record(
    kept: Kept, desk: Desk, shown: list[Opening], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.item(kept.exchange(URL, SEEN), resources=(kept.picture(png()),))
    before = (kept.folder / "custody.jsonl").read_bytes()

    def stopped(*_: object, stop: Callable[[], bool]) -> tuple[Png, tuple[str, ...]]:
        os.kill(os.getpid(), 2)
        raise CaseError("picture", "no picture of the replay: stopped")

    monkeypatch.setattr(session, "photographed", stopped)
    assert desk.told("check-replay", "1")["error"]["exit_code"] == ExitCode.INTERRUPTED
    assert (kept.folder / "custody.jsonl").read_bytes() == before


class _NoWindows:
    """Windows of a browser that is none: what is opened is asked for once, and then all are closed."""

    shown: ClassVar[list[str]] = []

    def __init__(self, *_: object, **__: object) -> None:
        self._lobby: Lobby | None = None

    def __enter__(self) -> "_NoWindows":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, url: str, answerer: Any) -> None:
        self.shown.append(url)
        way = Way()
        answerer(asked(url), way)
        if isinstance(answerer, Lobby):
            assert b"Items of" in way.data
            assert b"000001" in way.data
            assert b"000002" not in way.data
            for item in ("1", "2", "99"):
                answerer(asked(START + item), Way())

    def wait(self, stop: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
        meanwhile()


def test_the_list_opens_items_and_says_what_cannot_be_opened(
    kept: Kept, desk: Desk, shown: list[Opening], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.item(kept.exchange(URL, SEEN))
    kept.case.imported(kept.case.requested("photo.jpg", "import"), b"\xff\xd8")
    monkeypatch.setattr(session, "Windows", _NoWindows)
    _NoWindows.shown = []
    told = desk.told("replay", DISPLAY=":9")
    assert (told["item"], told["opened"]) == (None, [1])
    code, out, err = desk("replay", DISPLAY=":9")
    assert (code, "opened: 000001" in out) == (0, True)
    assert "an import has no address" in err
    assert "item 99" in err
    code, out, _ = desk("replay", "1", DISPLAY=":9")
    assert "answered: 1 of 1 requests" in out
    assert _NoWindows.shown == [START, URL, START, URL, URL]


def test_nothing_on_the_list_is_markup() -> None:
    wild = "<script>alert(1)</script>\x1b\u202e&"
    page = listed(wild, [Entry(7, wild, wild, wild, wild)], more=True).decode()
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert f'<a href="{START}7">000007</a>' in page
    assert "There are more" in page
    assert "no item" in listed("x", []).decode()


def test_the_list_answers_for_itself_and_nothing_else() -> None:
    lobby = Lobby(b"page")
    for url in ("http://a.example/", START + "x", START + "1/2", START + "9" * 16, START + "²"):
        way = Way()
        lobby(asked(url), way)
        assert way.status == 404
    assert lobby.wanted.empty()


def test_every_reason_has_words() -> None:
    from typing import get_args

    from archiver.replay.choose import Why
    from archiver.replay.pages import _WHY

    assert set(replaying.WHY) == set(_WHY) == set(get_args(Why))


def test_the_specification_shows_what_is_answered(kept: Kept, desk: Desk, shown: list[Opening]) -> None:
    spec = (Path(__file__).parents[2] / "docs/spec/json-output.md").read_text("utf-8")
    example = next(block for block in spec.split("```json\n") if '"archiver-check-replay/1"' in block).partition("```")[
        0
    ]
    kept.item(kept.exchange(URL, SEEN), resources=(kept.picture(png(4, 5)),))
    told = desk.told("check-replay", "1", "--screenshot", "x.png")
    sample = json.loads(example)
    assert list(told) == list(sample)
    for name in ("requests", "screenshot", "live", "replay"):
        assert told[name].keys() == sample[name].keys()
    assert told["missing"][0].keys() == sample["missing"][0].keys() == sample["alike"][0].keys()
    assert shown


def test_the_specification_names_every_reason_and_limit() -> None:
    from archiver.replay import choose, index, pictures, player

    spec = (Path(__file__).parents[2] / "docs/spec/replay.md").read_text("utf-8")
    assert all(f"| `{why}` | {words} |" in spec for why, words in replaying.WHY.items())
    told = {
        f"of each kind | {player.MAX_TOLD:,} |",
        f"a visit | {session.MAX_TIME:.0f} seconds |",
        f"a picture | {pictures.MAX_BYTES >> 20} MiB, {pictures.MAX_PIXELS:,} pixels",
        f"looked into for §3.4 | {index.MAX_COMPARED >> 10} KiB |",
        f"windows at a time | {session.MAX_WINDOWS} |",
        f"items on the list | {replaying.MAX_LISTED:,} |",
    }
    assert {each for each in told if each not in spec} == set()
    for name in ("_", "cb", "cachebuster", "no_cache", "nocache", "rand", "ord", "t", "_ts", "timestamp", "_dc"):
        assert choose._NAMES.fullmatch(name)
        assert f"`{name}`" in spec
