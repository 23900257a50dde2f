"""Every platform on loopback under its own names, over TLS: what goes out is what its adapter planned, and all of it is
on record; the post that is kept is the one that the adapter makes of the same answers, and can be made again."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from gzip import decompress
from pathlib import Path
from typing import Any

import fediverse
import pytest
import telegram_pages as telegram
import vkanswers as vk
from adapterkit import Answer, Played, play
from authority import Authority
from blueskykit import DID, POSTS, RKEY, World
from casebench import Bench
from simulator import Simulator, post_of, recorded_urls

from archiver.cli.main import main
from archiver.errors import ExitCode
from archiver.model.address import Address
from archiver.model.platform import Access, Target
from archiver.pipeline.cases import init_case
from archiver.pipeline.rereading import reextract_post
from archiver.pipeline.running import Pause
from archiver.platforms.registry import subject_of
from archiver.runtime import Runtime
from archiver.verify.bundles import verify_bundle

TOKEN = "vk1.a.f4ke-t0ken-which-nobody-may-find-0123456789"
EVERYTHING = Access(token=True, replies=5, depth=2, media=True)


@dataclass(frozen=True)
class Scene:
    """An address, what is answered to each target, and what may be asked."""

    url: str
    answers: Callable[[Target], Answer | None] | Mapping[str, Answer]
    access: Access = field(default_factory=Access)
    state: str = "available"
    outcome: str = "complete"

    def played(self) -> Played:
        subject = subject_of(Address.parse(self.url))
        assert subject is not None
        return play(subject.adapter, self.url, self.answers, self.access)


def files_too(answers: Mapping[str, Answer], *hosts: str) -> Callable[[Target], Answer | None]:
    picture = Answer(b"\xff\xd8\xff\xe0 a picture", headers=(("Content-Type", "image/jpeg"),))

    def answer(target: Target) -> Answer | None:
        fitting = [beginning for beginning in answers if target.url.startswith(beginning)]
        if fitting:
            return answers[max(fitting, key=len)]
        return picture if Address.parse(target.url).host in hosts else None

    return answer


VK_POST = files_too(
    {
        vk.API + "wall.getById": vk.wall(vk.POST),
        vk.API + "wall.getComments": vk.response(vk.COMMENTS),
        "https://vk.com/": vk.EMPTY_PAGE,
    },
    "sun9-1.userapi.example",
)
TELEGRAM_PAGES = {
    f"{telegram.POST}?embed=1&mode=tme": Answer.html(telegram.page(telegram.message())),
    "https://t.me/s/Lantern_Street/71": Answer.html(telegram.channel(telegram.message())),
    "https://t.me/Lantern_Street": Answer.html(telegram.card()),
}
MASTODON = {
    f"{fediverse.HERE}/@anna/{fediverse.NUMBER}": Answer.html(fediverse.APP),
    f"{fediverse.HERE}/users/anna/statuses/{fediverse.NUMBER}": Answer.json(fediverse.as_object()),
    f"{fediverse.HERE}/api/v1/statuses/{fediverse.NUMBER}": Answer.json(fediverse.status()),
}
SCENES = {
    "vk-with-everything": Scene("https://vk.com/wall-77_1001", VK_POST, EVERYTHING),
    "vk-refused": Scene(
        "https://m.vk.com/wall-77_1001",
        {vk.API: vk.error(15), "https://m.vk.com/": vk.EMPTY_PAGE, "https://vk.com/": vk.EMPTY_PAGE},
        Access(token=True),
        "private",
        "partial",
    ),
    "telegram": Scene(telegram.POST, TELEGRAM_PAGES),
    "mastodon": Scene(f"{fediverse.HERE}/@anna/{fediverse.NUMBER}", MASTODON),
    "bluesky": Scene(f"at://{DID}/{POSTS}/{RKEY}", World(), EVERYTHING),
}


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    hasty = replace(runtime, sleep=lambda seconds: None)
    init_case(tmp_path / "case", title="T", collector="J. Doe", runtime=hasty)
    return Bench(tmp_path / "case", hasty)


def unpacked(file: Path) -> bytes:
    data = file.read_bytes()
    return decompress(data) if file.name.endswith(".gz") else data


def without_records(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_records(each) for name, each in value.items() if name not in {"record", "submitted"}}
    return [without_records(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", SCENES)
def test_what_is_asked_is_what_was_planned_and_the_post_is_the_one_of_the_adapter(
    name: str, bench: Bench, ca: Authority
) -> None:
    scene = SCENES[name]
    played = scene.played()
    answers = iter(played.answers)
    assert all(not answer.failure for answer in played.answers), [t.url for t in played.targets]
    hosts = sorted({Address.parse(target.url).host for target in played.targets})

    with Simulator(ca, *hosts) as platform:
        platform.on("", lambda asked: next(answers))
        tokens = (("vk", TOKEN),) if scene.access.token else ()
        wanted = {"replies": scene.access.replies, "depth": scene.access.depth, "media": scene.access.media}
        event = platform.capture(bench, scene.url, tokens=tokens, **wanted)
        asked_for = [(each.method, each.url, each.body) for each in platform.asked]
        assert asked_for == [(target.method, target.url, target.body) for target in played.targets]
        for target, asked in zip(played.targets, platform.asked, strict=True):
            assert asked.header("authorization") == (f"Bearer {TOKEN}" if target.authorized else "")
    assert recorded_urls(event) == [target.url for target in played.targets]
    assert (event.data["post"]["state"], event.data["outcome"]) == (scene.state, scene.outcome)
    assert event.data["url"] == scene.url
    assert without_records(post_of(bench, event)) == without_records(played.document)
    assert bench.holds(TOKEN.encode(), unpacked) == []
    then, now = reextract_post(bench.path, 1)
    assert then == now
    bench.assert_sound()


def test_a_page_whose_address_looks_like_a_post_is_whole_as_a_page(bench: Bench, ca: Authority) -> None:
    with Simulator(ca, "berg.example") as site:
        site.on("berg.example/notes/123", Answer.html(fediverse.NEWS))
        event = site.capture(bench, "https://berg.example/notes/123")
        assert recorded_urls(event) == [asked.url for asked in site.asked]
    assert (event.data["outcome"], event.data["reasons"], event.data["title"]) == ("complete", [], "Берг: новости дня")
    assert event.data["final_url"] == "https://berg.example/notes/123"
    bench.assert_sound()


def test_what_such_a_page_tells_of_itself_is_kept_and_made_again(bench: Bench, ca: Authority) -> None:
    told = '{"@type": "NewsArticle", "headline": "The quay", "author": {"@type": "Person", "name": "Jo Sample"}}'
    with Simulator(ca, "blog.example") as site:
        site.on("blog.example/@jo/123", Answer.html(f'<script type="application/ld+json">{told}</script>'))
        event = site.capture(bench, "https://blog.example/@jo/123")
    assert (event.data["post"]["rule"], event.data["outcome"]) == ("mastodon.not-one", "complete")
    assert event.data["title"] == "The quay"
    then, now = reextract_post(bench.path, 1)
    assert then == now
    assert json.loads(then)["post"]["attributedTo"]["name"] == "Jo Sample"
    bench.assert_sound()


@pytest.mark.parametrize(
    ("kind", "name", "more"),
    [("bag", "out.zip", ()), ("wacz", "out.wacz", ()), ("disclosure", "one", ("--item", "1"))],
)
def test_posts_go_out_with_every_kind_of_export(
    kind: str, name: str, more: tuple[str, ...], bench: Bench, ca: Authority, tmp_path: Path
) -> None:
    scene = SCENES["vk-with-everything"]
    played = scene.played()
    answers = iter(played.answers)
    with Simulator(ca, *{Address.parse(target.url).host for target in played.targets}) as platform:
        platform.on("", lambda asked: next(answers))
        platform.capture(bench, scene.url, tokens=(("vk", TOKEN),), replies=5, depth=2, media=True)
    out = tmp_path / name
    assert main(["export", str(bench.path), "-o", str(out), "--as", kind, *more], environ={}) == 0
    assert verify_bundle(out).exit_code() is ExitCode.OK


def test_an_adapter_is_tried_on_a_post_that_somebody_names_and_nothing_is_kept(
    bench: Bench, ca: Authority, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = SCENES["telegram"].played()
    waiting = iter([*pages.answers, *pages.answers])
    monkeypatch.setattr(Pause, "__call__", lambda pause: None)
    with Simulator(ca, "t.me") as platform:
        platform.on("", lambda asked: next(waiting, Answer.html(telegram.page(telegram.error()))))
        (bench.path / "ca.pem").write_text(ca.pem)
        there = platform.netloc
        route = f"    connect_to: ['t.me:443:{there}']\n    allow_host: ['{there}']\n    ca_file: ca.pem\n"
        file = bench.path / "case.yaml"
        file.write_text(file.read_text("utf-8") + f"policy:\n  route:\n{route}", "utf-8")
        before = (bench.path / "custody.jsonl").read_bytes()
        check = ("platforms", "check", telegram.POST, "--case", str(bench.path))
        assert main(check, environ={}) == 0
        assert "state: available: the platform shows it (telegram.embed.message)" in capsys.readouterr().out
        assert main([*check, "--json"], environ={}) == 0
        document = json.loads(capsys.readouterr().out)
        assert {"attributedTo", "content", "published"} <= set(document["posts"][0]["fields"])
        assert main(check, environ={}) == 6
        assert "unavailable_unknown" in capsys.readouterr().out
    assert (bench.path / "custody.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check",), "no address was given"),
        (("check", "https://example.org/"), "no adapter knows it"),
        (("check", "https://vk.com/wall-1_2"), "VK is a Russian company"),
        (("check", "https://vk.com/wall-1_2"), "--case CASE names a case whose policy.posts.contact names vk"),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_is_asked(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["platforms", *words], environ={}) == 2
    assert says in capsys.readouterr().err
