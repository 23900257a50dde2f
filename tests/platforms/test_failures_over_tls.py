"""Every platform on its bad days, on loopback under its own names, over TLS: the state is told, every request is on
record and none follows a refusal, the case is sound, the post can be made again, and no token is anywhere in it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from adapterkit import Answer, Answers, Played, play
from authority import Authority
from casebench import Bench
from every_site import SITES
from simulator import Asked, Simulator, post_of, recorded_urls, wire
from sites import FAILURES, WORDS, Site
from sought import holding

from archiver.cli.main import main
from archiver.custody.log import Event
from archiver.model.address import Address
from archiver.model.platform import UNTOLD, Target
from archiver.pipeline.cases import init_case
from archiver.pipeline.rereading import reextract_post
from archiver.platforms.registry import subject_of
from archiver.runtime import Runtime

TOKEN = "vk1.a.f4ke+t0ken/which=nobody~may-find_0123456789"
REFUSALS = ("login", "429", "503", "challenge", "401", "403")


@dataclass
class Scene:
    """A site with a failure: what its adapter asks when it is answered so, and a simulator that answers so."""

    site: Site
    failure: str
    ca: Authority
    well: Played = field(init=False)
    ill: Played = field(init=False)

    def __post_init__(self) -> None:
        subject = subject_of(Address.parse(self.site.url), self.site.platform)
        assert subject is not None
        self.name = subject.key.platform
        self.well = play(subject.adapter, self.site.url, self.site.answers("none"), self.site.access)
        self.ill = play(subject.adapter, self.site.url, self.site.answers(self.failure), self.site.access)

    @contextmanager
    def simulated(self) -> Iterator[Simulator]:
        targets = sorted((*self.well.targets, *self.ill.targets), key=lambda each: -len(each.headers))
        hosts = {Address.parse(each.url).host for each in targets} | {Address.parse(self.site.login).host}
        answers = self.site.answers(self.failure)
        with Simulator(self.ca, *sorted(hosts)) as platform:
            platform.on("", lambda asked: sent(answers, next((t for t in targets if fits(asked, t)), None)))
            yield platform

    def capture(self, bench: Bench, platform: Simulator) -> Event:
        access = self.site.access
        tokens = ((self.name, TOKEN),) if access.token else ()
        wanted = {"replies": access.replies, "depth": access.depth, "media": access.media}
        return platform.capture(bench, self.site.url, tokens=tokens, platform=self.site.platform or "auto", **wanted)


def fits(asked: Asked, target: Target) -> bool:
    """Whether a request is the one for a target."""
    same = (asked.method, asked.url, asked.body) == (target.method, target.url, target.body)
    return same and all(asked.header(name) == value for name, value in target.headers)


def sent(answers: Answers, target: Target | None) -> bytes:
    """What goes out for a target; a page for whoever followed a redirect, nothing at all for a failure."""
    answer = answers(target) if target is not None else Answer.html("<form id=login></form>")
    assert answer is not None
    if answer.failure:
        return b""
    whole = wire(answer)
    if answer.whole:
        return whole
    said, real = (b"Content-Length: %d" % (len(answer.body) + more) for more in (len(answer.body) + 1, 0))
    return whole.replace(real, said)


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("name", SITES)
def test_a_bad_day_of_a_platform(
    name: str, failure: str, bench: Bench, ca: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    site = SITES[name]
    scene = Scene(site, failure, ca)
    with scene.simulated() as platform:
        event = scene.capture(bench, platform)
        asked = list(platform.asked)
    post, data = event.data["post"], event.data
    assert post["state"] == site.state(failure), post
    assert recorded_urls(event) == [each.url for each in asked]
    if failure == "silence":
        assert (event.event, data["failure"]["kind"]) == ("item.failed", "no_answer")
    elif post["state"] in UNTOLD and not post["rule"].endswith(".not-one"):
        assert (data["outcome"], data["reasons"][-1]) == ("partial", f"post-{post['state'].replace('_', '-')}")
    elif failure == "truncated":
        assert (data["outcome"], "cut-disconnect" in data["reasons"]) == ("partial", True), data["reasons"]
    else:
        assert (data["outcome"], data["reasons"]) == ("complete", [])
    if post["exchange"]:
        assert data["final_url"] == data["exchanges"][post["exchange"] - 1]["url"]
    if failure in REFUSALS:
        assert_nothing_follows_a_refusal(scene, asked)
    bench.assert_sound()
    then, now = reextract_post(bench.path, 1)
    assert then == now
    document = post_of(bench, event)
    assert document["standing"]["state"] == post["state"]
    if failure in {"none", "bom", "10 MB"}:
        assert WORDS in json.dumps(document["post"], ensure_ascii=False)
    assert main(("show", str(bench.path), "1"), environ={}) == 0
    shown = capsys.readouterr().out
    assert not [
        each for each in shown if (ord(each) < 32 and each != "\n") or 127 <= ord(each) < 160 or each == "\u202e"
    ]
    assert "\nverdict: sound" not in shown
    if site.access.token:
        assert holding(bench.path, TOKEN) == []


def assert_nothing_follows_a_refusal(scene: Scene, asked: list[Asked]) -> None:
    """What the first round had named may still be asked of those who refuse, and nothing of those who are busy."""
    hosts = [each.host for each in asked]
    assert {each.url for each in asked} - {scene.site.login} <= {each.url for each in scene.ill.targets} | {
        each.header("location") for each in scene.ill.seen
    }
    if scene.failure in {"429", "challenge", "401", "403"}:
        at = [Address.parse(each.url).host for each in scene.ill.targets]
        over = scene.ill.rounds[0]
        assert not set(at[:over]) & set(at[over:])
        assert scene.failure == "401" or not at[over:]  # a token that is refused says nothing of other hosts
    if any(each.status in {429, 503} for each in scene.ill.seen):
        assert len(set(hosts)) == len(hosts)
