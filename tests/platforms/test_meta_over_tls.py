"""Instagram, Threads and Facebook on loopback under their own names, over TLS: what goes out and what is on record."""

from dataclasses import replace
from pathlib import Path

import pytest
from adapterkit import Answer
from authority import Authority
from casebench import Bench
from metapages import (
    CODE,
    FB,
    FILES,
    FILM,
    HERE,
    IG,
    NUMBER,
    PICTURE,
    THREAD,
    embed_markup,
    film,
    graph_error,
    item,
    moved,
    node,
    page,
    photo,
    polaris,
    story,
    thread,
    thread_post,
)
from simulator import Simulator, post_of, recorded_urls

from archiver.pipeline.cases import init_case
from archiver.pipeline.rereading import reextract_post
from archiver.runtime import Runtime

HOSTS = (
    "www.instagram.com", "www.threads.com", "www.facebook.com", "fb.watch", "graph.facebook.com", "graph.threads.com",
    HERE.removeprefix("https://"), FILES.removeprefix("https://"),
)  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


@pytest.mark.parametrize(
    ("url", "answer", "files"),
    [
        (IG, page(polaris(item(**film()))), [f"{HERE}/film.mp4", f"{HERE}/large.jpg?stp=a&oe=1"]),
        (THREAD, page(thread([thread_post(**film())])), [f"{HERE}/film.mp4"]),
        (FB, page(node(story(NUMBER, photo()))), [f"{FILES}/one.jpg?oh=1"]),
    ],
)
def test_a_post_with_its_files_is_whole_and_can_be_made_again(
    url: str, answer: Answer, files: list[str], bench: Bench, ca: Authority
) -> None:
    with Simulator(ca, *HOSTS) as platform:
        platform.on(url.removeprefix("https://"), answer)
        for host in HOSTS[-2:]:
            platform.on(host, lambda asked: FILM if asked.target.endswith(".mp4") else PICTURE)
        event = platform.capture(bench, f"{url}?fbclid=x&igsh=y", media=True)
        assert [asked.url for asked in platform.asked] == [url, *files]
        assert not any(asked.header("authorization") or asked.header("cookie") for asked in platform.asked)
    assert recorded_urls(event) == [url, *files]
    assert (event.data["outcome"], event.data["post"]["state"]) == ("complete", "available")
    document = post_of(bench, event)
    assert document["post"]["content"]["text"].startswith("They rang at ten to seven.")
    captured = [each["exchange"] for media in document["post"]["attachment"] for each in media["renditions"]]
    assert sorted(each for each in captured if each) == list(range(2, 2 + len(files)))
    then, now = reextract_post(bench.path, 1)
    assert then == now
    bench.assert_sound()


@pytest.mark.parametrize(
    ("url", "login", "rule"),
    [
        (IG, f"https://www.instagram.com/accounts/login/?next=/p/{CODE}/", "instagram.redirect.login"),
        (THREAD, "https://www.threads.com/login/?next=x", "threads.redirect.login"),
        (FB, "https://www.facebook.com/login/?next=x", "facebook.redirect.login"),
    ],
)
def test_a_login_is_followed_and_kept_and_makes_the_item_partial(
    url: str, login: str, rule: str, bench: Bench, ca: Authority
) -> None:
    with Simulator(ca, *HOSTS) as platform:
        platform.on(url.removeprefix("https://"), moved(login))
        platform.on(login.removeprefix("https://"), Answer.html("<form id='loginForm'></form>"))
        platform.on("graph.", graph_error(24))
        event = platform.capture(bench, url, media=True)
        assert [each.url.partition("?")[0] for each in platform.asked][:2] == [url, login.partition("?")[0]]
        assert [each.host.partition(".")[0] for each in platform.asked][2:] == ["graph"]
    assert (event.data["outcome"], event.data["reasons"]) == ("partial", ["post-login-required"])
    assert (event.data["post"]["rule"], event.data["post"]["exchange"]) == (rule, 1)
    assert post_of(bench, event)["post"] is None
    bench.assert_sound()


def test_a_link_leads_through_a_redirect_to_a_post_that_other_sites_may_show(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, *HOSTS) as platform:
        platform.on("fb.watch/", moved(f"{FB}/?rdid=x"))
        platform.on("www.facebook.com/quaystreet/", page())
        platform.on("graph.facebook.com/v26.0/oembed_post", embed_markup(FB, "data-href"))
        event = platform.capture(bench, "https://fb.watch/aB3-dE_9/")
        assert [each.host for each in platform.asked] == ["fb.watch", "www.facebook.com", "graph.facebook.com"]
    assert (event.data["outcome"], event.data["reasons"]) == ("partial", ["post-needs-browser"])
    assert event.data["post"]["key"] == "facebook:watch/aB3-dE_9"
    assert post_of(bench, event)["post"] == {"type": "Note", "url": FB}
    bench.assert_sound()
