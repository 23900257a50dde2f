"""Platforms that want to be left alone, each in a form of its own: the rest of a post waits, as does that of a list."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fediverse
import pytest
import vkanswers as vk
from adapterkit import Answer
from authority import Authority
from blueskykit import DID, POSTS, RKEY, document, error
from casebench import QUICK, Bench
from simulator import Asked, Simulator, recorded_urls

from archiver.custody.state import OUTCOMES
from archiver.model.address import Address
from archiver.model.batch import AddressList, Row
from archiver.pipeline.batch import BatchOptions, Stop, run_batch
from archiver.pipeline.cases import init_case
from archiver.pipeline.options import CaptureOptions, PostOptions
from archiver.pipeline.polite import Manners
from archiver.runtime import Runtime, SystemClock

TOKEN = "vk1.a.f4ke-t0ken-which-nobody-may-find-0123456789"


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Platform:
    """Two posts of a platform, and how its `host` says that it wants to be left alone, for a second or more."""

    urls: tuple[str, str]
    host: str
    refusal: Callable[[], Answer]
    waits: float = 1.0


PLATFORMS = {
    "vk": Platform(
        ("https://vk.com/wall-77_1", "https://m.vk.com/wall-77_2"),
        "api.vk.com",
        lambda: Answer(b"", 429, (("Retry-After", "1"),)),
    ),
    "vk-with-status-200": Platform(
        ("https://vk.com/wall-77_1", "https://vk.com/wall-77_2"), "api.vk.com", lambda: vk.error(6), waits=0.0
    ),
    "telegram": Platform(
        ("https://t.me/Lantern_Street/71", "https://telegram.me/Lantern_Street/72"),
        "t.me",
        lambda: Answer(b"", 429, (("Retry-After", "1"),)),
    ),
    "mastodon": Platform(
        (f"{fediverse.HERE}/@anna/{fediverse.NUMBER}", f"{fediverse.HERE}/@anna/110000000000000001"),
        "berg.example",
        lambda: Answer(
            b"", 429, (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", in_seconds(1.1).isoformat()))
        ),
    ),
    "bluesky": Platform(
        (f"at://{DID}/{POSTS}/{RKEY}", f"https://bsky.app/profile/{DID}/post/3lkdd22222222"),
        "public.api.bsky.app",
        lambda: replace(
            error("RateLimitExceeded", 429),
            headers=(("RateLimit-Remaining", "0"), ("RateLimit-Reset", str(int(in_seconds(2.1).timestamp())))),
        ),
    ),
}  # fmt: skip


BESIDE = {"vk.com": vk.EMPTY_PAGE, "m.vk.com": vk.EMPTY_PAGE, "plc.directory": Answer.json(document())}


@dataclass
class Told:
    """Remembers what a batch told."""

    retries: list[tuple[str, float]] = field(default_factory=list)

    def retrying(self, row: Row, number_of_try: int, reason: str, seconds: float) -> None:
        self.retries.append((reason, seconds))

    def __getattr__(self, name: str) -> Any:
        return lambda *given: None


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None, chance=lambda: 0.0)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


def rows(*urls: str) -> AddressList:
    data = "".join(f"{url}\n" for url in urls).encode()
    made = [
        Row(number, number, Address.parse(url), digest=hashlib.sha256(url.encode()).hexdigest(), occurrence=1)
        for number, url in enumerate(urls, 1)
    ]
    return AddressList("list.txt", "text", len(data), hashlib.sha256(data).hexdigest(), tuple(made), (), left_out=0)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_platform_that_asks_for_patience_gets_it_for_every_row_of_a_list(
    name: str, bench: Bench, ca: Authority
) -> None:
    platform, at = PLATFORMS[name], []

    def answer(asked: Asked) -> Answer:
        if asked.host == platform.host:
            at.append(time.monotonic())
        if asked.host == platform.host and len(at) == 1:
            return platform.refusal()
        return BESIDE.get(asked.host, Answer(status=404))

    hosts = {platform.host, "t.me", "bsky.app", "berg.example", "pds.example", *BESIDE}
    told = Told()
    with Simulator(ca, *hosts) as simulator:
        simulator.on("", answer)
        posts = PostOptions(tokens=(("vk", TOKEN),))
        options = CaptureOptions(route=simulator.route, limits=replace(QUICK, idle=20.0), posts=posts)
        batch = BatchOptions(manners=Manners(per_host=1, spacing=0.0, tries=3), processes=0)
        listed = rows(*platform.urls)
        run_batch(
            bench.path, listed, batch, lambda row: options, runtime=bench.runtime, stop=lambda: Stop.NO, watch=told
        )
    ((reason, seconds),) = told.retries
    assert (reason, seconds >= platform.waits * 0.9) == ("busy", True)
    assert at[1] - at[0] >= platform.waits * 0.9  # whichever row it is for
    outcomes = [event for event in bench.events() if event.event in OUTCOMES]
    assert sorted(len(event.data.get("tries", [1])) for event in outcomes) == [1, 2]
    assert "rate_limited" not in {event.data["post"]["state"] for event in outcomes}
    bench.assert_sound()


@dataclass
class Ahead:
    """A clock that goes on by as much as was slept."""

    slept: float = 0.0

    def now(self) -> datetime:
        return SystemClock().now() + timedelta(seconds=self.slept)

    def monotonic(self) -> float:
        return SystemClock().monotonic() + self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


@pytest.fixture
def ahead(bench: Bench) -> tuple[Bench, Ahead]:
    clock = Ahead()
    return Bench(bench.path, replace(bench.runtime, clock=clock, sleep=clock.sleep)), clock


STATUS = f"berg.example/api/v1/statuses/{fediverse.NUMBER}"
POST = f"{fediverse.HERE}/@anna/{fediverse.NUMBER}"


@pytest.mark.parametrize(("reset", "asked", "least"), [(20, 4, 40.0), (3600, 1, 0.0)])
def test_a_platform_that_has_nothing_left_gets_its_time_or_is_not_asked_for_the_rest(
    reset: int, asked: int, least: float, ahead: tuple[Bench, Ahead], ca: Authority
) -> None:
    bench, clock = ahead
    with Simulator(ca, "berg.example") as platform:
        page = Answer.html(fediverse.APP, 200, ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", str(reset)))
        platform.on("berg.example/", page)
        platform.on("berg.example/users/", Answer.json(fediverse.as_object()))
        platform.on(STATUS, Answer.json(fediverse.status()))
        event = platform.capture(bench, POST)
        assert recorded_urls(event) == [each.url for each in platform.asked]
    assert (len(platform.asked), clock.slept >= least) == (asked, True)
    assert clock.slept < 60
    if asked == 1:
        assert event.data["reasons"][0] == "post-refused"
    else:
        assert event.data["outcome"] == "complete"
    bench.assert_sound()


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_host_is_left_alone_and_the_others_are_asked(status: int, bench: Bench, ca: Authority) -> None:
    url = f"https://bsky.app/profile/{DID}/post/{RKEY}"
    with Simulator(ca, "public.api.bsky.app", "plc.directory", "bsky.app") as platform:
        platform.on("plc.directory/", BESIDE["plc.directory"])
        platform.on("public.api.bsky.app/", Answer(b"", status, (("Retry-After", "5"),)))
        event = platform.capture(bench, url)
        hosts = [each.host for each in platform.asked]
    assert (hosts.count("public.api.bsky.app"), "plc.directory" in hosts) == (1, True)
    assert event.data["outcome"] == "partial"
    bench.assert_sound()
