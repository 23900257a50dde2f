"""An operator's token goes to the platform and nowhere else: an API that repeats all it was told, in every form, finds
it in no file of the case, in no export, and in nothing that is printed, also where something breaks."""

import html
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import vkanswers as vk
from adapterkit import Answer
from authority import Authority
from casebench import Bench
from every_site import SITES
from simulator import Asked, Simulator, wire
from sought import clean, holding
from test_reddit import POST as POST_OF_REDDIT
from xanswers import POST as POST_OF_X
from youtubeanswers import WATCH

from archiver.cli.main import main
from archiver.pipeline.cases import init_case
from archiver.pipeline.options import CaptureOptions, PostOptions
from archiver.pipeline.running import Pause
from archiver.platforms.registry import BUILT_IN, built_in
from archiver.runtime import Runtime

TOKEN = "vk1.a.f4ke+t0ken/which=nobody~may&find_0123456789"
URL = "https://vk.com/wall-77_1001"


def echo(asked: Asked) -> Answer:
    """Say again all that was asked: as the API does with parameters, and worse."""
    token = asked.header("authorization").partition(" ")[2]
    params = [{"key": name, "value": value} for name, value in asked.headers]
    params += [{"key": "access_token", "value": token}, {"key": "quoted", "value": quote(token, safe="")}]
    said = {"error_code": 100, "error_msg": f"bad: {token}", "request_params": params, "html": html.escape(token)}
    headers = (("X-Echo", f"Bearer {token}"), ("Location", f"https://vk.com/?access_token={quote(token, safe='')}"))
    return Answer.json({"error": said}, 200, *headers)


def echo_in_a_post(asked: Asked) -> Answer:
    """A post whose text is the token."""
    return vk.wall(vk.POST | {"text": f"{asked.header('authorization')} !", "attachments": []})


def echo_in_a_redirect(asked: Asked) -> Answer:
    return vk.redirect(f"https://vk.com/away?to={quote(asked.header('authorization'), safe='')}")


def echo_in_a_status(asked: Asked) -> bytes:
    return wire(Answer(b"{}")).replace(b"Said", asked.header("authorization").encode())


def echo_cut_off(asked: Asked) -> bytes:
    return wire(echo(asked))[:-20]


ECHOES = {
    "parameters": echo,
    "post": echo_in_a_post,
    "redirect": echo_in_a_redirect,
    "status line": echo_in_a_status,
    "cut off": echo_cut_off,
}


@dataclass
class Desk:
    """The program on a case that knows where VK really is."""

    bench: Bench
    capsys: pytest.CaptureFixture[str]

    def run(self, *args: str, **environ: str) -> tuple[int, str]:
        code = main(args, environ=environ)
        captured = self.capsys.readouterr()
        return code, captured.out + captured.err


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=runtime)
    return Bench(tmp_path / "case", runtime)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pause, "__call__", lambda pause: None)


@pytest.fixture
def vk_site(ca: Authority) -> Iterator[Simulator]:
    with Simulator(ca, "api.vk.com", "vk.com") as platform:
        platform.on("vk.com/", vk.EMPTY_PAGE)
        yield platform


@pytest.fixture
def desk(bench: Bench, ca: Authority, vk_site: Simulator, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Desk:
    (tmp_path / "ca.pem").write_text(ca.pem)
    file, there = bench.path / "case.yaml", vk_site.netloc
    file.write_text(
        file.read_text("utf-8") + "policy:\n  posts:\n    contact: [vk]\n  route:\n"
        f"    connect_to: ['api.vk.com:443:{there}', 'vk.com:443:{there}']\n"
        f"    allow_host: ['{there}']\n    ca_file: {tmp_path}/ca.pem\n",
        "utf-8",
    )
    found = Desk(bench, capsys)
    assert found.run("amend", str(bench.path), "--reason", "vk")[0] == 0
    return found


@pytest.mark.parametrize("name", ECHOES)
def test_what_a_platform_repeats_of_a_token_is_nowhere(
    name: str, desk: Desk, vk_site: Simulator, tmp_path: Path
) -> None:
    vk_site.on("api.vk.com/", ECHOES[name])
    said = ""
    path = str(desk.bench.path)
    code, words = desk.run("capture", URL, "--case", path, "--thread", "5", ARCHIVER_VK_TOKEN=TOKEN)
    assert code in {0, 6}, words
    said += words
    assert f"Bearer {TOKEN}" in {each.header("authorization") for each in vk_site.asked}
    private = [file.read_bytes() for file in (desk.bench.path / "private").rglob("*") if file.is_file()]
    assert any(TOKEN.encode() in each or quote(TOKEN, safe="").encode() in each for each in private)  # it was repeated
    assert {each.host for each in vk_site.asked if each.header("authorization")} == {"api.vk.com"}
    for command in (
        ("show", path, "1"), ("show", path, "1", "--json"), ("show", path, "1", "--reextract", "--json"),
        ("list", path, "--json"), ("verify", path), ("platforms", "check", URL, "--case", path),
        ("platforms", "check", URL, "--case", path, "--json"), ("report", path),
        ("export", path, "-o", str(tmp_path / "out.zip"), "--as", "bag"),
        ("export", path, "-o", str(tmp_path / "out.wacz"), "--as", "wacz"),
        ("export", path, "-o", str(tmp_path / "one"), "--as", "disclosure", "--item", "1"),
    ):  # fmt: skip
        said += desk.run(*command, ARCHIVER_VK_TOKEN=TOKEN)[1]
    assert clean(said, TOKEN)
    assert holding(tmp_path, TOKEN) == []
    desk.bench.assert_sound()


OTHERS = {
    "x": (POST_OF_X, "api.x.com", ("cdn.syndication.twimg.com", "x.com", "publish.x.com")),
    "youtube": (WATCH, "www.googleapis.com", ("www.youtube.com",)),
    "reddit": (POST_OF_REDDIT, "oauth.reddit.com", ("www.reddit.com",)),
}


@pytest.mark.parametrize("said", [name for name in ECHOES if name != "post"])
@pytest.mark.parametrize("name", OTHERS)
def test_what_other_platforms_repeat_of_a_token_is_nowhere(
    name: str, said: str, bench: Bench, ca: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    url, api, others = OTHERS[name]
    with Simulator(ca, api, *others) as platform:
        platform.on(f"{api}/", ECHOES[said])
        platform.capture(bench, url, tokens=((name, TOKEN),), replies=20, media=True)
        assert {each.host for each in platform.asked if each.header("authorization") == f"Bearer {TOKEN}"} == {api}
        assert all(clean(each.url + each.body.decode(), TOKEN) for each in platform.asked)
    for command in (("show", "1"), ("show", "1", "--json"), ("show", "1", "--reextract", "--json")):
        assert main((command[0], str(bench.path), *command[1:]), environ={}) == 0
    captured = capsys.readouterr()
    assert clean(captured.out + captured.err, TOKEN)
    assert holding(bench.path, TOKEN) == []
    bench.assert_sound()


def test_what_breaks_while_a_token_is_at_hand_does_not_print_it(
    desk: Desk, vk_site: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vk_site.on("api.vk.com/", echo)
    path = str(desk.bench.path)
    for broken in (
        "archiver.pipeline.attempt.build_request",
        "archiver.pipeline.posts.document",
        "archiver.pipeline.running.hear",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(broken, lambda *given, **named: 1 / 0)
            try:
                code, words = desk.run("capture", URL, "--case", path, ARCHIVER_VK_TOKEN=TOKEN)
            except ZeroDivisionError:  # a bug ends in a traceback
                code, words = 1, traceback.format_exc() + "".join(desk.capsys.readouterr())
            assert (code != 0, clean(words, TOKEN)) == (True, True), broken
    assert desk.run("export", path, "-o", str(tmp_path / "out.zip"), "--as", "bag")[0] == 0
    assert holding(tmp_path, TOKEN) == []


def test_a_process_that_breaks_does_not_print_the_token(desk: Desk, vk_site: Simulator) -> None:
    script = (
        "import sys, os, archiver.pipeline.attempt as a; a.build_request = lambda *given, **named: 1 / 0\n"
        "from archiver.__main__ import run; sys.argv = ['archiver', *sys.argv[1:]]; sys.exit(run())"
    )
    command = (sys.executable, "-c", script, "capture", URL, "--case", str(desk.bench.path))
    environ = {"ARCHIVER_VK_TOKEN": TOKEN, "LANG": "C.UTF-8", "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(command, env=environ, capture_output=True, timeout=60)
    assert done.returncode != 0
    assert clean((done.stdout + done.stderr).decode(), TOKEN)
    assert holding(desk.bench.path, TOKEN) == []


def test_options_do_not_spell_the_token_they_hold() -> None:
    options = CaptureOptions(posts=PostOptions(tokens=(("vk", TOKEN),)))
    assert clean(repr(options) + str(options.posts), TOKEN)


@pytest.mark.parametrize("name", [entry.name for entry in BUILT_IN])
def test_a_platform_that_takes_a_token_is_among_those_that_are_tried_with_one(name: str) -> None:
    variable = built_in(name).about.token_variable
    assert not variable or variable in {site.token for site in SITES.values()}


def test_a_token_in_a_redirect_of_the_api_is_not_followed_there(desk: Desk, vk_site: Simulator) -> None:
    vk_site.on("api.vk.com/", echo_in_a_redirect)
    desk.run("capture", URL, "--case", str(desk.bench.path), ARCHIVER_VK_TOKEN=TOKEN)
    assert all(not each.header("authorization") for each in vk_site.asked if each.host != "api.vk.com")
