"""Reddit on loopback under its own names: what goes out is what was planned, and no record shows the token."""

from dataclasses import replace
from gzip import decompress
from pathlib import Path

import pytest
import test_reddit as reddit
from adapterkit import Answer
from authority import Authority
from casebench import Bench
from simulator import Simulator, post_of, recorded_urls

from archiver.pipeline.cases import init_case
from archiver.pipeline.rereading import reextract_post
from archiver.runtime import Runtime

HOSTS = ("www.reddit.com", "oauth.reddit.com", "i.redd.it")
TOKEN = "eyJhbGciOi.f4ke-t0ken-which-nobody-may-find-0123456789"


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


def unpacked(file: Path) -> bytes:
    data = file.read_bytes()
    return decompress(data) if file.name.endswith(".gz") else data


def test_a_feed_comes_with_its_picture(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, *HOSTS) as platform:
        platform.on("www.reddit.com/r/harbour/s/", Answer(status=302, headers=(("Location", reddit.POST),)))
        platform.on(
            "www.reddit.com/comments/", reddit.feed(reddit.entry(outside="https://i.redd.it/a.jpg"), reddit.SAID)
        )
        platform.on("i.redd.it/", reddit.PICTURE)
        event = platform.capture(bench, "https://www.reddit.com/r/harbour/s/AbCd12", media=True)
        assert recorded_urls(event) == [each.url for each in platform.asked]
        assert all(each.header("authorization") == "" for each in platform.asked)
    assert (event.data["post"]["state"], event.data["outcome"]) == ("available", "complete")
    post = post_of(bench, event)["post"]
    assert (post["attachment"][0]["renditions"][0]["exchange"], "replies" in post) == (3, False)
    then, now = reextract_post(bench.path, 1)
    assert then == now
    bench.assert_sound()


def test_a_token_goes_to_the_interface_alone_and_stands_in_no_file(bench: Bench, ca: Authority) -> None:
    picture = reddit.LINKED | {"url": "https://i.redd.it/a.jpg", "num_comments": 1}
    with Simulator(ca, *HOSTS) as platform:
        platform.on("oauth.reddit.com/", reddit.thread(picture, reddit.below(reddit.REMARK)))
        platform.on("i.redd.it/", reddit.PICTURE)
        event = platform.capture(bench, reddit.POST, media=True, replies=5, tokens=(("reddit", TOKEN),))
        said = [each.header("authorization") for each in platform.asked]
    assert said == [f"Bearer {TOKEN}", ""]
    assert [each["id"] for each in post_of(bench, event)["post"]["replies"]] == ["t1_kz9xy1"]
    assert bench.holds(TOKEN.encode(), unpacked) == []
    bench.assert_sound()


def test_a_closed_community_is_kept_and_said(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, *HOSTS) as platform:
        platform.on("www.reddit.com/comments/", Answer.json({"reason": "private", "error": 403}, 403))
        event = platform.capture(bench, reddit.POST, media=True)
    assert (event.data["post"]["state"], event.data["outcome"]) == ("private", "partial")
    assert event.data["reasons"] == ["post-private"]
    assert (event.data["post"]["rule"], len(recorded_urls(event))) == ("reddit.feed.reason-private", 1)
    bench.assert_sound()
