"""What a page tells of itself is kept beside it, read from the answer that is kept, with nothing more asked."""

import json
from typing import Any

import pytest
from batchbench import BatchBench
from casebench import Bench
from server import RawServer, http

from archiver.canon import loads
from archiver.config.posts import parse
from archiver.config.yaml import load
from archiver.errors import ConfigError
from archiver.pipeline.options import PostOptions
from archiver.pipeline.rereading import normalised, reextract, reextract_post
from archiver.pipeline.withhold import withhold_item
from archiver.platforms.registry import built_in

TOLD = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": "Девять задержанных на Липовой",
    "datePublished": "2019-01-14T10:52:11+03:00",
    "author": {"@type": "Person", "name": "Анна Речная"},
}
ARTICLE = f"""<!doctype html><html lang="ru"><title>Вестник</title>
<link rel="alternate" type="application/json+oembed" href="/oembed">
<link rel="alternate" type="application/rss+xml" href="https://feeds.example/rss">
<script type="application/ld+json">{json.dumps(TOLD, ensure_ascii=False)}</script><p>Утром.</p>""".encode("cp1251")
TYPE = "Content-Type: text/html; charset=windows-1251"


def page(body: bytes = ARTICLE, line: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return http(body, TYPE, line=line)


def types(outcome: Any) -> list[str]:
    return [record["type"] for record in outcome.data["records"]]


def test_a_page_captured_by_itself_is_kept_with_what_it_tells_of_itself(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/n"] = page()
    outcome = bench.capture(raw_server.url("/n"), raw_server)
    assert types(outcome) == ["warcinfo", "response", "request", "metadata", "resource", "metadata"]
    assert (outcome.data["outcome"], outcome.data["title"], "post" in outcome.data) == ("complete", "Вестник", False)
    told, kept = normalised(bench.path, 1)
    assert isinstance(told, dict)
    assert kept
    post: Any = told["post"]
    assert (post["name"], post["attributedTo"]["name"]) == ("Девять задержанных на Липовой", "Анна Речная")
    assert post["published"]["value"] == "2019-01-14T07:52:11Z"
    sources: Any = told["sources"]
    assert {each["record"] for each in sources.values()} == {outcome.data["records"][1]["id"]}
    bench.assert_sound()


def test_nothing_more_is_asked_for_it(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/n"] = page()
    bench.capture(raw_server.url("/n"), raw_server)
    assert [request.split(b" ")[1] for request in raw_server.requests] == [b"/n"]
    told: Any = normalised(bench.path, 1)[0]
    assert told["missing"] == []


def test_asked_for_by_name_the_page_is_a_post_with_what_its_own_host_has_beside_it(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/n"] = page()
    raw_server.routes["/oembed"] = http(b'{"type":"link","version":"1.0"}', "Content-Type: application/json")
    outcome = bench.capture(raw_server.url("/n"), raw_server, posts=PostOptions(platform="page"))
    assert (outcome.data["post"]["platform"], outcome.data["post"]["state"]) == ("page", "available")
    assert [request.split(b" ")[1] for request in raw_server.requests] == [b"/n", b"/oembed"]
    told: Any = normalised(bench.path, 1)[0]
    assert [each["why"] for each in told["missing"]] == ["not asked for: it is on another host than the page"]
    bench.assert_sound()


@pytest.mark.parametrize(
    "answer",
    [
        page(b"<title>nothing but a title</title>"),
        page(ARTICLE, b"HTTP/1.1 404 Gone"),
        http(b"\x89PNG", "Content-Type: image/png"),
        http(b"", TYPE),
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<p>",
    ],
)
def test_a_page_that_tells_nothing_of_itself_or_was_not_shown_has_no_post(
    bench: Bench, raw_server: RawServer, answer: bytes
) -> None:
    raw_server.routes["/n"] = answer
    outcome = bench.capture(raw_server.url("/n"), raw_server)
    assert "resource" not in types(outcome)
    assert normalised(bench.path, 1) == (None, False)
    bench.assert_sound()


@pytest.mark.parametrize("posts", [PostOptions(platform="none"), PostOptions(pages=False)])
def test_who_wants_the_page_alone_has_it_and_can_read_it_later(
    bench: Bench, raw_server: RawServer, posts: PostOptions
) -> None:
    raw_server.routes["/n"] = page()
    assert "resource" not in types(bench.capture(raw_server.url("/n"), raw_server, posts=posts))
    told, kept = normalised(bench.path, 1)
    assert isinstance(told, dict)
    assert (told["schema"], kept) == ("archiver-post/1", False)


def test_in_a_batch_it_is_read_later_unless_the_case_says_otherwise(batches: BatchBench) -> None:
    batches.server.default = lambda _: page()
    batches.batch([batches.url(1, "/a")])
    batches.batch([batches.url(1, "/b")], posts=PostOptions(pages=True))
    assert ["resource" in types(event) for event in batches.outcomes()] == [False, True]
    assert [normalised(batches.path, item)[1] for item in (1, 2)] == [False, True]
    batches.assert_sound()


def test_it_is_the_same_when_it_is_read_again(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/n"] = page(b"", b"HTTP/1.1 302 Found").replace(b"\r\n\r\n", b"\r\nLocation: /m\r\n\r\n", 1)
    raw_server.routes["/m"] = page()
    bench.capture(raw_server.url("/n"), raw_server)
    then, now = reextract_post(bench.path, 1)
    assert then == now
    recorded, again = reextract(bench.path, 1)
    assert recorded == again
    assert {"title", "language", "media_type", "post_sha256"} == set(recorded)


def test_an_adapter_that_fails_on_a_page_costs_no_page_and_says_so(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RecursionError

    raw_server.routes["/n"] = page()
    monkeypatch.setattr(type(built_in("page")), "extract", fails)
    outcome = bench.capture(raw_server.url("/n"), raw_server)
    assert outcome.data["outcome"] == "complete"
    told: Any = normalised(bench.path, 1)[0]
    assert told["missing"][0]["why"] == "the adapter could not make it (RecursionError)"
    bench.assert_sound()


def test_where_the_bytes_were_withheld_nothing_is_read(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/n"] = page()
    bench.capture(raw_server.url("/n"), raw_server)
    withhold_item(bench.path, 1, reason="erasure", authority="a court", runtime=bench.runtime)
    assert normalised(bench.path, 1) == (None, False)


@pytest.mark.parametrize(("text", "pages"), [("use: auto", None), ("pages: true", True), ("pages: false", False)])
def test_the_case_says_which_pages_are_read(text: str, pages: bool | None) -> None:
    assert parse(load(text, "case.yaml"), "case.yaml").pages is pages


def test_a_wish_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="true or false"):
        parse(load("pages: some", "case.yaml"), "case.yaml")


def test_what_is_kept_is_canonical(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/n"] = page()
    bench.capture(raw_server.url("/n"), raw_server)
    assert isinstance(loads(reextract_post(bench.path, 1)[0]), dict)
