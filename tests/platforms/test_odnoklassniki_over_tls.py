"""Odnoklassniki on loopback under its own names: what goes out is what was planned, and it is on record."""

from dataclasses import replace
from pathlib import Path

import pytest
import test_odnoklassniki as ok
from adapterkit import Answer
from authority import Authority
from casebench import Bench
from simulator import Simulator, post_of, recorded_urls

from archiver.pipeline.cases import init_case
from archiver.pipeline.rereading import reextract_post
from archiver.runtime import Runtime

HOSTS = ("ok.ru", "vd42.okcdn.example", "iv.okcdn.example")


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


def test_a_video_comes_with_its_file(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, *HOSTS) as platform:
        platform.on("ok.ru/video/", Answer.html("<p>nothing</p>"))
        platform.on(
            "ok.ru/videoembed/", ok.player({"flashvars": {"metadataUrl": "https://ok.ru/dk%3Fcmd=x"}, "m": ok.NUMBER})
        )
        platform.on("ok.ru/dk", Answer.json(ok.METADATA))
        platform.on("vd42.okcdn.example/", ok.FILM)
        platform.on("iv.okcdn.example/", ok.PICTURE)
        event = platform.capture(bench, f"https://m.ok.ru/video/{ok.NUMBER}", media=True)
        assert [each.method for each in platform.asked] == ["GET", "GET", "POST", "GET", "GET", "GET"]
        assert recorded_urls(event) == [each.url for each in platform.asked]
    assert (event.data["post"]["state"], event.data["outcome"]) == ("available", "complete")
    assert post_of(bench, event)["post"]["attachment"][0]["renditions"][0]["exchange"] == 4
    then, now = reextract_post(bench.path, 1)
    assert then == now
    bench.assert_sound()


def test_a_topic_behind_a_login_is_kept_and_said(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, *HOSTS) as platform:
        platform.on("ok.ru/group/", ok.LOGIN)
        platform.on("ok.ru/dk", Answer.html("<form>log in</form>"))
        event = platform.capture(bench, ok.TOPIC, media=True)
    assert (event.data["post"]["state"], event.data["outcome"]) == ("login_required", "partial")
    assert event.data["post"]["rule"] == "odnoklassniki.page.login"
    assert event.data["reasons"] == ["post-login-required"]
    assert len(recorded_urls(event)) == 2
    bench.assert_sound()
