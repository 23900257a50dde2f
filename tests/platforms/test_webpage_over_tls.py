"""A page that is asked for by name, over TLS under its own host: what goes out, what is kept, and how refusals end."""

from dataclasses import replace
from pathlib import Path

import pytest
from adapterkit import Answer
from authority import Authority
from casebench import Bench
from simulator import Simulator, post_of, recorded_urls
from webpages import BLOG, BLOG_ANSWERS, BLOG_PAGE, PAPER, PAPER_ASKED, ask, news

from archiver.model.platform import Access
from archiver.pipeline.cases import init_case
from archiver.pipeline.rereading import reextract_post
from archiver.runtime import Runtime

FILES = "files.example"
STREAM = Answer(b"m", headers=(("Content-Type", "video/mp4"),))
SOUND = Answer(b"s", headers=(("Content-Type", "audio/mpeg"),))
ANSWERS = BLOG_ANSWERS | {f"https://{FILES}/quay.mp4": STREAM, f"https://{FILES}/talk.mp3": SOUND}


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


def test_a_page_is_kept_with_what_it_tells_and_the_files_that_it_names(bench: Bench, ca: Authority) -> None:
    played = ask(BLOG, ANSWERS, Access(media=True))
    with Simulator(ca, "harbour.example", FILES) as site:
        for beginning, answer in ANSWERS.items():
            site.on(beginning.removeprefix("https://"), answer)
        event = site.capture(bench, BLOG, platform="page", media=True)
        assert recorded_urls(event) == [each.url for each in played.targets] == [each.url for each in site.asked]
    assert (event.data["outcome"], event.data["reasons"]) == ("complete", [])
    assert (event.data["post"]["state"], event.data["post"]["rule"]) == ("available", "page.html.wordpress")
    assert event.data["title"] == "The quay"
    kept = post_of(bench, event)
    assert kept["post"] == played.post
    then, now = reextract_post(bench.path, 1)
    assert then == now
    bench.assert_sound()


def test_a_page_in_windows_1251_under_a_cyrillic_host(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, PAPER_ASKED.split("/")[2]) as site:
        site.on(PAPER_ASKED.removeprefix("https://"), news())
        event = site.capture(bench, PAPER, platform="page")
    kept = post_of(bench, event)
    assert (kept["submitted"], kept["post"]["attributedTo"]["name"]) == (PAPER, "Вера Тестова")
    assert kept["missing"][0]["why"] == "asked for, answered with status 404"
    bench.assert_sound()


@pytest.mark.parametrize(
    ("answer", "outcome", "reasons", "state"),
    [
        (Answer(status=401), "partial", ["post-login-required"], "login_required"),
        (Answer(status=451), "partial", ["post-geo-blocked"], "geo_blocked"),
        (Answer.html(BLOG_PAGE, 404), "complete", [], "not_found"),
        (Answer.html("<title>x</title>"), "complete", [], "unavailable_unknown"),
    ],
)
def test_what_a_refusal_makes_of_the_item(
    answer: Answer, outcome: str, reasons: list[str], state: str, bench: Bench, ca: Authority
) -> None:
    with Simulator(ca, "harbour.example") as site:
        site.on("harbour.example/", answer)
        event = site.capture(bench, BLOG, platform="page", media=True)
        assert len(site.asked) == 1
    assert (event.data["outcome"], event.data["reasons"], event.data["post"]["state"]) == (outcome, reasons, state)
    assert post_of(bench, event)["post"] is None
    bench.assert_sound()


def test_a_page_that_nobody_named_the_adapter_for_is_a_page(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, "harbour.example") as site:
        site.on("harbour.example/", Answer.html(BLOG_PAGE))
        event = site.capture(bench, BLOG)
        assert len(site.asked) == 1
    assert event.data.get("post") is None
