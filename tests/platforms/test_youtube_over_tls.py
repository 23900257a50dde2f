"""YouTube on loopback under its own names, over TLS: what goes out is what was planned, and all of it is on record."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from gzip import decompress
from pathlib import Path

import pytest
from adapterkit import Answer, Played, play
from authority import Authority
from casebench import Bench
from simulator import Simulator, post_of, recorded_urls
from youtubeanswers import (
    API,
    API_ITEM,
    IMAGES,
    OEMBED,
    PLAYER,
    SHOWN,
    SITE,
    WATCH,
    api_thread,
    around,
    details,
    player,
    watch,
)

from archiver.cli.main import main
from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.pipeline.cases import init_case
from archiver.pipeline.rereading import reextract_post
from archiver.pipeline.running import Pause
from archiver.platforms.youtube import ADAPTER
from archiver.runtime import Runtime

TOKEN = "ya29.f4ke-t0ken-which-nobody-may-find-0123456789"
SHORT = "https://youtu.be/Ab3_-xYz901?t=42"
LIVE = watch(player(videoDetails=details(isLive=True)), around())
FILES = {
    f"{IMAGES}/": Answer(b"\xff\xd8\xff", headers=(("Content-Type", "image/jpeg"),)),
    f"{SITE}/api/timedtext": Answer(b"WEBVTT\n", headers=(("Content-Type", "text/vtt"),)),
}
OF_API = {
    f"{API}/videos": Answer.json({"items": [API_ITEM]}),
    f"{API}/commentThreads": Answer.json({"items": [api_thread("t1", "First")]}),
}
SCENES: dict[str, tuple[Mapping[str, Answer], Access, str, str]] = {
    "shown": (SHOWN, Access(), "available", "complete"),
    "with-media": (SHOWN | FILES | {WATCH: LIVE, PLAYER: Answer.json({})}, Access(media=True), "available", "complete"),
    "with-token": (SHOWN | OF_API, Access(token=True, replies=1), "available", "complete"),
    "gone": ({WATCH: watch(player("ERROR")), PLAYER: Answer.json({}), OEMBED: Answer(b"Not Found", 404)}, Access(),
             "not_found", "complete"),
    "age-gated": (SHOWN | {WATCH: watch(player("AGE_CHECK_REQUIRED")), PLAYER: Answer.json({})}, Access(),
                  "age_gated", "partial"),
}  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


def unpacked(file: Path) -> bytes:
    data = file.read_bytes()
    return decompress(data) if file.name.endswith(".gz") else data


def served(answers: Mapping[str, Answer], access: Access) -> tuple[Played, Callable[[object], Answer], list[str]]:
    """What the adapter asks, the answers in that order, and the hosts that give them."""
    played = play(ADAPTER, SHORT, dict(answers), access)
    waiting = iter(played.answers)
    return played, lambda asked: next(waiting), sorted({Address.parse(each.url).host for each in played.targets})


@pytest.mark.parametrize("name", SCENES)
def test_what_goes_out_is_what_was_planned_and_the_post_can_be_made_again(
    name: str, bench: Bench, ca: Authority
) -> None:
    answers, access, state, outcome = SCENES[name]
    played, answer, hosts = served(answers, access)
    tokens = (("youtube", TOKEN),) if access.token else ()
    with Simulator(ca, *hosts) as platform:
        platform.on("", answer)
        event = platform.capture(bench, SHORT, tokens=tokens, replies=access.replies, media=access.media)
        asked_for = [(each.method, each.url, each.body) for each in platform.asked]
        assert asked_for == [(target.method, target.url, target.body) for target in played.targets]
        for target, asked in zip(played.targets, platform.asked, strict=True):
            assert asked.header("authorization") == (f"Bearer {TOKEN}" if target.authorized else "")
    assert recorded_urls(event) == [target.url for target in played.targets]
    assert recorded_urls(event)[1 if access.token else 0] == f"{WATCH}&t=42"
    assert (event.data["post"]["state"], event.data["outcome"]) == (state, outcome)
    assert (event.data["url"], event.data["post"]["platform"]) == (SHORT, "youtube")
    document = post_of(bench, event)
    assert document["post"]["name"] == "Ferry under fire"
    assert bench.holds(TOKEN.encode(), unpacked) == []
    then, now = reextract_post(bench.path, 1)
    assert then == now
    bench.assert_sound()


def test_a_test_for_robots_ends_the_asking_and_the_command_says_so(
    bench: Bench, ca: Authority, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sorry = Answer(b"", 302, (("Location", "https://www.google.com/sorry/index?continue=x"),))
    monkeypatch.setattr(Pause, "__call__", lambda pause: None)
    with Simulator(ca, "www.youtube.com", "www.google.com") as platform:
        platform.on("www.youtube.com/", sorry)
        platform.on("www.google.com/sorry/", Answer.html("<form id='captcha-form'></form>", 429))
        event = platform.capture(bench, WATCH, replies=5, media=True)
        assert [asked.host for asked in platform.asked] == ["www.youtube.com", "www.google.com"]
        assert (event.data["outcome"], event.data["post"]["rule"]) == ("partial", "youtube.page.sorry")
        assert "post-challenge" in event.data["reasons"]
        bench.assert_sound()
        (bench.path / "ca.pem").write_text(ca.pem)
        hosts = ", ".join(f"'{host}:443:{platform.netloc}'" for host in ("www.youtube.com", "www.google.com"))
        route = f"    connect_to: [{hosts}]\n    allow_host: ['{platform.netloc}']\n    ca_file: ca.pem\n"
        file = bench.path / "case.yaml"
        file.write_text(file.read_text("utf-8") + f"policy:\n  route:\n{route}", "utf-8")
        assert main(["platforms", "check", WATCH, "--case", str(bench.path)], environ={}) == 6
    assert "youtube.page.sorry" in capsys.readouterr().out
