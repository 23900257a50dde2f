"""Posts from the command line: what is said before a platform is asked, whose tokens go along, what is shown."""

import json
import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest
from cli_processes import on_a_terminal
from hostile_texts import harmful
from listbench import Desk
from server import RawServer, http

from archiver.cli import posting
from archiver.cli.main import main
from archiver.custody.log import Event, parse_line
from archiver.platforms import registry

WALL = "https://vk.com/wall-77_1001"
NOWHERE = ("--connect-to", "vk.com:443:127.0.0.1:9")  # the guard lets nobody be asked there
NOTICE = {"id": 7, "author": "Мать", "at": 1542873358, "text": "Пропал сын.\nПомогите", "lang": "ru", "likes": 3}


def events(desk: Desk) -> list[Event]:
    return [parse_line(line) for line in desk.log.splitlines(keepends=True)]


def names(desk: Desk) -> list[str]:
    return [event.event for event in events(desk)]


def run(desk: Desk, *args: str, **environ: str) -> tuple[int, str, str]:
    code = main(args, environ=environ)
    captured = desk.capsys.readouterr()
    return code, captured.out, captured.err


def policy(desk: Desk, *lines: str) -> None:
    file = Path("cases/harbour/case.yaml")
    file.write_text(file.read_text("utf-8") + "".join(f"{line}\n" for line in ("policy:", "  posts:", *lines)), "utf-8")
    assert desk.run("amend", "harbour", "--reason", "posts")[0] == 0


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch, raw_server: RawServer) -> RawServer:
    """A notice board whose adapter another package brought."""
    point = EntryPoint("board", "board:ADAPTER", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group, name: [point] if name == "board" else [])
    registry._of_others.cache_clear()
    raw_server.default = http(json.dumps(NOTICE).encode(), "Content-Type: application/json")
    return raw_server


def test_platforms_says_of_each_what_it_takes_and_who_learns_of_it(desk: Desk) -> None:
    code, out, err = desk.run("platforms")
    assert (code, err) == (0, "")
    names = [entry.name for entry in registry.BUILT_IN]
    assert re.findall(r"^platform: (\w+) ", out, re.MULTILINE) == names
    code, out, _ = desk.run("platforms", "--json")
    document = json.loads(out)
    assert [each["name"] for each in document["platforms"]] == names
    assert all(each[member] for each in document["platforms"] for member in ("takes", "cannot", "learns", "terms"))
    assert desk.run("platforms", "vk")[1].startswith("platform: vk ")
    code, _, err = desk.run("platforms", "friendster")
    assert (code, "there is no adapter of this name" in err) == (2, True)


def test_an_adapter_of_others_that_no_case_names_or_that_is_gone_is_said_to_be(desk: Desk, board: RawServer) -> None:
    for command in (("platforms", "board"), ("capture", board.url("/7"), "--case", "harbour", "--platform", "board")):
        code, _, err = desk.run(*command)
        assert (code, "policy, posts, adapters: [board] in case.yaml" in err) == (2, True)
    policy(desk, "    adapters: [gone]")
    code, _, err = desk.run("capture", board.url("/7"), "--case", "harbour")
    assert (code, "adapter gone, which the case allows, is not here" in err) == (2, True)


def test_a_platform_that_opponents_can_watch_is_not_asked_before_somebody_said_yes(desk: Desk) -> None:
    code, out, err = desk.run("capture", WALL, "--case", "harbour", *NOWHERE)
    assert (code, out) == (2, "")
    assert "was not asked: VK is a Russian company" in err
    assert "policy, posts, contact: [vk]" in err
    assert names(desk) == ["case.opened"]


def test_case_yaml_can_say_yes(desk: Desk) -> None:
    policy(desk, "    contact: [vk]")
    code, out, _ = desk.run("capture", WALL, "--case", "harbour", *NOWHERE)
    assert code == 5
    assert "post: vk:wall-77_1001" in out
    settings = next(event for event in events(desk) if event.event == "item.requested").data["settings"]["post"]
    assert (settings["platform"], settings["token"], settings["replies"], settings["media"]) == ("vk", False, 0, False)


def test_a_batch_asks_nobody_and_goes_by_case_yaml(desk: Desk) -> None:
    Path("list.txt").write_text(f"{WALL}\n", "utf-8")
    code, _, err = desk.run("batch", "list.txt", "--case", "harbour", *NOWHERE)
    assert (code, "has not been asked for this case yet" in err) == (2, True)
    assert names(desk) == ["case.opened"]
    policy(desk, "    contact: [vk]")
    assert desk.run("batch", "list.txt", "--case", "harbour", *NOWHERE)[0] == 5


@pytest.mark.parametrize(("typed", "code"), [(b"yes\n", 5), (b"no\n", 2), (b"\n", 2)])
def test_on_a_terminal_somebody_is_asked_once_in_each_case(desk: Desk, typed: bytes, code: int) -> None:
    asked, seen = on_a_terminal("capture", WALL, "--case", "harbour", *NOWHERE, cwd=desk.folder, typed=typed)
    assert (asked, b"VK is a Russian company" in seen, b"Type yes to ask it" in seen) == (code, True, True)
    if code == 5:  # from now on this case has asked there
        asked, seen = on_a_terminal("capture", WALL, "--case", "harbour", *NOWHERE, cwd=desk.folder)
        assert (asked, b"Type yes" in seen) == (5, False)


@pytest.mark.parametrize(
    ("url", "flags"),
    [
        ("https://vk.com/feed", ()),
        ("https://m.vk.ru/album-77_00", ()),
        (WALL, ("--platform", "none")),
        (WALL, ("--platform", "page")),
        ("https://ok.ru/profile/77", ()),
    ],
)
def test_a_page_of_a_platform_that_opponents_can_watch_is_asked_for_as_seldom_as_a_post(
    desk: Desk, url: str, flags: tuple[str, ...]
) -> None:
    code, out, err = desk.run("capture", url, "--case", "harbour", *flags)
    assert (code, out, "Parties to the case may be able to read there" in err) == (2, "", True)
    Path("list.txt").write_text(f"{url}\n", "utf-8")
    assert desk.run("batch", "list.txt", "--case", "harbour", *flags)[0] == 2
    assert names(desk) == ["case.opened"]


def test_who_said_yes_for_a_page_is_not_asked_again_for_a_post(desk: Desk) -> None:
    page = ("capture", "https://vk.com/feed", "--case", "harbour", *NOWHERE)
    asked, seen = on_a_terminal(*page, cwd=desk.folder, typed=b"yes\n")
    assert (asked, b"Type yes to ask it" in seen) == (5, True)
    assert desk.run("capture", WALL, "--case", "harbour", *NOWHERE)[0] == 5


def test_none_takes_every_address_as_a_page(desk: Desk) -> None:
    policy(desk, "    contact: [vk]")
    code, out, _ = desk.run("capture", WALL, "--case", "harbour", "--platform", "none", *NOWHERE)
    assert (code, "post:" in out) == (5, False)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--platform", "friendster"), "there is no adapter of this name"),
        (("--platform", "telegram"), "it knows none of these addresses"),
        (("--thread", "many"), "--thread"),
        (("--depth", "0x"), "--depth"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused_before_anything_is_asked(
    desk: Desk, flags: tuple[str, ...], says: str
) -> None:
    code, _, err = desk.run("capture", WALL, "--case", "harbour", *flags)
    assert (code, says in err) == (2, True), err
    assert names(desk) == ["case.opened"]


def test_a_post_is_shown_with_its_state_and_read_again(desk: Desk, board: RawServer) -> None:
    policy(desk, "    adapters: [board]", "    media: true")
    url, allow = board.url("/notices/7"), ("--allow-host", board.netloc)
    code, out, _ = desk.run("capture", url, "--case", "harbour", *allow)
    assert code == 0
    assert "post: board:7\nstate: available: the platform shows it (board.api.text)\ntitle: Пропал сын.\n" in out
    code, out, _ = desk.run("show", "harbour", "1", "--reextract", "--json")
    document = json.loads(out)
    assert document["item"]["post"]["state"] == "available"
    assert json.loads(desk.run("list", "harbour", "--json")[1])["state"] == "available"
    assert document["reextracted"]["same"] is True, document["reextracted"]
    assert document["normalised"]["post"]["content"]["text"] == NOTICE["text"]
    shown = desk.run("show", "harbour", "1")[1]
    assert "author: Мать\npublished: 2018-11-22T07:55:58Z\n" in shown
    assert "text: Пропал сын." in shown
    board.default = http(b"{}", line=b"HTTP/1.1 401 No")
    code, out, _ = desk.run("capture", url, "--case", "harbour", *allow)
    assert code == 6
    assert "because: the platform tells it to programs that have a token, and to nobody else\n" in out


def test_of_a_long_list_it_is_said_how_much_is_not_shown() -> None:
    missing = [{"what": f"picture {number}", "why": "not asked for"} for number in range(23)]
    shown = posting.post_fields({"post": None, "missing": missing, "warnings": ["odd"]})
    assert [each.value for each in shown][19:] == [
        "picture 19: not asked for", "… and 3 more; --json has them all", "odd",
    ]  # fmt: skip


def test_rows_of_a_list_say_how_their_posts_are_asked_for(desk: Desk, board: RawServer) -> None:
    policy(desk, "    adapters: [board]")
    rows = [
        {"address": board.url("/notices/1"), "thread": 5, "depth": 2, "media": "true"},
        {"address": board.url("/notices/2"), "platform": "none"},
    ]
    Path("list.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert desk.run("batch", "list.jsonl", "--case", "harbour", "--allow-host", board.netloc, "--spacing", "0")[0] == 0
    asked = [event.data["settings"].get("post") for event in events(desk) if event.event == "item.requested"]
    assert [(each["replies"], each["depth"], each["media"]) for each in asked if each] == [(5, 2, True)]


def test_a_row_whose_platform_cannot_be_meant_is_named_with_its_line(desk: Desk) -> None:
    rows = [("https://t.me/gazeta/1", "friendster"), ("https://t.me/gazeta/2", "x"), ("https://vk.com/feed", "none")]
    Path("list.csv").write_text("address,platform\n" + "".join(f"{url},{name}\n" for url, name in rows), "utf-8")
    code, _, err = desk.run("batch", "list.csv", "--case", "harbour")
    assert code == 3
    assert "list.csv:2: platform 'friendster': there is no adapter of this name – " in err
    assert "list.csv:3: platform 'x': it does not know the address – " in err
    code, _, err = desk.run("batch", "list.csv", "--case", "harbour", "--skip-bad")
    assert (code, "has not been asked for this case yet" in err) == (2, True)
    assert names(desk) == ["case.opened"]


def test_a_token_comes_from_the_environment_or_the_keyring_and_is_never_shown(
    desk: Desk, board: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(desk, "    adapters: [board]")
    url, allow = board.url("/notices/7"), ("--allow-host", board.netloc)
    for given in ("t0ken-of-the-environment", ""):
        keyring = SimpleNamespace(get_password=lambda service, name: f"t0ken-of-{service}-{name}")
        monkeypatch.setitem(sys.modules, "keyring", keyring)
        code, out, err = run(desk, "capture", url, "--case", "harbour", *allow, ARCHIVER_BOARD_TOKEN=given)
        assert (code, "t0ken" in out + err) == (0, False)
    tokens = [re.search(rb"Authorization: Bearer (\S+)", request) for request in board.requests]
    assert [found and found[1] for found in tokens] == [b"t0ken-of-the-environment", b"t0ken-of-archiver-board"]
    assert b"t0ken" not in Path("cases/harbour/custody.jsonl").read_bytes()


@pytest.mark.parametrize("token", ["two words", "кириллица", "x" * 5000, "line\x1b[31m"])
def test_a_token_that_cannot_be_sent_is_refused_and_not_repeated(desk: Desk, board: RawServer, token: str) -> None:
    policy(desk, "    adapters: [board]")
    asked = ("capture", board.url("/notices/7"), "--case", "harbour", "--allow-host", board.netloc)
    code, out, err = run(desk, *asked, ARCHIVER_BOARD_TOKEN=token)
    assert (code, token in out + err, bool(harmful(err))) == (2, False, False)
    assert "the token for board" in err
    assert board.requests == []


def test_a_keyring_that_is_locked_is_said(desk: Desk, board: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(service: str, name: str) -> str:
        raise RuntimeError("s3cret words of a keyring")

    policy(desk, "    adapters: [board]")
    monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_password=locked))
    code, _, err = desk.run("capture", board.url("/notices/7"), "--case", "harbour", "--allow-host", board.netloc)
    assert (code, "the keyring cannot be read: RuntimeError" in err, "s3cret" in err) == (2, True, False)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("    use: sometimes", "use is auto or none"),
        ("    contact: [V K]", "is not the name of a platform"),
        ("    replies: 99999", "replies"),
        ("    depth: 0", "depth"),
    ],
)
def test_case_yaml_that_cannot_be_used_is_refused_with_its_place(desk: Desk, line: str, says: str) -> None:
    file = Path("cases/harbour/case.yaml")
    file.write_text(file.read_text("utf-8") + f"policy:\n  posts:\n{line}\n", "utf-8")
    code, _, err = desk.run("amend", "harbour", "--reason", "r")
    assert (code, says in err) == (3, True), err
    assert re.search(r"case\.yaml:\d+:\d+", err)


@pytest.mark.usefixtures("board")
def test_that_a_video_could_not_be_fetched_is_said_before_anything_is(
    desk: Desk, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy(desk, "    adapters: [board]")
    url, allow = raw_server.url("/notices/7"), ("--allow-host", raw_server.netloc)
    assert "yt-dlp" not in desk.run("capture", url, "--case", "harbour", "--media", *allow)[2]
    monkeypatch.setattr(posting, "program_is_there", lambda: False)
    code, _, err = desk.run("capture", url, "--case", "harbour", "--media", *allow)
    assert (code, "pip install 'archiver[media]'" in " ".join(err.split())) == (0, True)
    assert "yt-dlp" not in desk.run("capture", url, "--case", "harbour", *allow)[2]
