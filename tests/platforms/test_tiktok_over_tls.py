"""TikTok on loopback under its own names: what goes out is what was planned, cookies and all, and it is on record."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import test_tiktok as tiktok
from adapterkit import Answer
from authority import Authority
from casebench import Bench
from simulator import Simulator, post_of, recorded_urls

from archiver.pipeline.cases import init_case
from archiver.pipeline.rereading import reextract_post
from archiver.runtime import Runtime

SITE, FILES, STILLS = "www.tiktok.com", "v16-webapp-prime.tiktok.com", "p16-sign.tiktokcdn.example"


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


def site(platform: Simulator, page: Answer) -> None:
    cookie = ("Set-Cookie", "tt_chain_token=abc; Domain=.tiktok.com; Path=/; Secure")
    own = ("Set-Cookie", "ttwid=1; Path=/; Secure")
    platform.on(f"{SITE}/oembed", Answer.json(tiktok.TOLD))
    platform.on(f"{SITE}/@", replace(page, headers=(*page.headers, own, cookie)))
    platform.on(f"{STILLS}/", tiktok.PICTURE)
    platform.on(f"{FILES}/", tiktok.VIDEO_FILE)
    platform.on(f"{FILES}/ru.vtt", tiktok.CAPTIONS)


def test_a_video_comes_with_its_file(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, SITE, FILES, STILLS, "vm.tiktok.com") as platform:
        platform.on("vm.tiktok.com/", Answer(status=301, headers=(("Location", tiktok.POST),)))
        site(platform, tiktok.shown())
        event = platform.capture(bench, "https://vm.tiktok.com/ZMabc123/", media=True)
        asked = {each.url: each for each in platform.asked}
    assert recorded_urls(event) == list(asked)
    film = asked[f"https://{FILES}/high.mp4"]
    assert film.header("referer") == "https://www.tiktok.com/"
    assert film.header("cookie") == "tt_chain_token=abc"
    assert asked[f"https://{SITE}/oembed?url={quote(tiktok.POST, safe='')}"].header("cookie") == ""
    assert (event.data["post"]["state"], event.data["outcome"]) == ("available", "complete")
    assert event.data["post"]["key"] == "tiktok:short/vm/ZMabc123"
    post = post_of(bench, event)
    assert post["submitted"] == "https://vm.tiktok.com/ZMabc123/"
    assert post["post"]["attachment"][0]["renditions"][0]["exchange"] == 4
    then, now = reextract_post(bench.path, 1)
    assert then == now
    bench.assert_sound()


def test_a_test_for_browsers_is_kept_and_said(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, SITE, FILES, STILLS) as platform:
        site(platform, tiktok.CHALLENGE)
        event = platform.capture(bench, tiktok.POST, media=True)
    assert (event.data["post"]["state"], event.data["outcome"]) == ("challenge", "partial")
    assert event.data["reasons"] == ["post-challenge"]
    assert (event.data["post"]["exchange"], len(recorded_urls(event))) == (2, 2)
    assert post_of(bench, event)["post"]["attributedTo"]["preferredUsername"] == "lena.primer"
    bench.assert_sound()
