"""A page with what it needs: each thing an exchange of the same item, judged by the page alone, and accounted for."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batchbench import BatchBench, either_way, name_of
from casebench import QUICK, Bench
from server import LOOPBACK, RawServer, Reset, Send, Stay, http

from archiver.canon import loads
from archiver.custody.layout import item_path
from archiver.errors import UsageError
from archiver.model.address import MAX_ADDRESS, Address
from archiver.model.exchange import ConnectTo, Limits, Route
from archiver.model.item import RecordEntry, StoredFile
from archiver.model.platform import Target
from archiver.pipeline import page as pages
from archiver.pipeline.attempt import Attempt
from archiver.pipeline.cases import recover_case
from archiver.pipeline.hops import Hops
from archiver.pipeline.options import CaptureOptions, PostOptions
from archiver.pipeline.outcome import outcome_from_warc
from archiver.pipeline.rereading import normalised, page_of, reextract, reextract_post
from archiver.pipeline.seeing import all_fresh, stored
from archiver.pipeline.view import extract
from archiver.pipeline.withhold import withhold_item
from archiver.requisites.values import Rules
from archiver.warc.read import read_block

HTML = "text/html; charset=utf-8"
PNG = ("image/png", b"\x89PNG")
Site = dict[str, tuple[str, bytes]]

LINK = "/стиль.css?тема=ночь"  # wget sends such letters in another way than browsers
STYLE = "/%D1%81%D1%82%D0%B8%D0%BB%D1%8C.css?%F2%E5%EC%E0=%ED%EE%F7%FC"
EVERYTHING: Site = {
    "/": (
        "text/html; charset=windows-1251",
        """<!doctype html><html lang=ru><title>Пирс</title><link rel=stylesheet href="/стиль.css?тема=ночь">
        <link rel=icon href=i.ico><link rel=manifest href=m.json><style>p { background: url(inline.png) }</style>
        <script src=a.js></script><img src=1.jpg srcset="1s.jpg 320w, 1l.jpg 1280w">
        <picture><source srcset=p.webp><img src=p.jpg></picture><iframe src=frame.html></iframe>
        <object data=drawing.svg></object><video poster=still.jpg src=film.mp4></video>
        <a href=report.pdf>report</a><a href=other.html>elsewhere</a>""".encode("cp1251"),
    ),
    STYLE: ("text/css", b"@import 'two.css'; @font-face { src: url(f.woff2) } h1 { background: url(h.png) }"),
    "/two.css": ("text/css", b"a { background: url(deep.png) }"),
    "/frame.html": (HTML, b"<img src=in.png><iframe src=deeper.html></iframe>"),
    "/drawing.svg": ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='drawn.png'/></svg>"),
    "/m.json": ("application/manifest+json", b'{"icons":[{"src":"192.png"}]}'),
    **dict.fromkeys(["/inline.png", "/h.png", "/deep.png", "/in.png", "/drawn.png", "/192.png"], PNG),
    **dict.fromkeys(["/1.jpg", "/1s.jpg", "/1l.jpg", "/p.jpg", "/still.jpg"], ("image/jpeg", b"\xff\xd8")),
    "/p.webp": ("image/webp", b"RIFF"),
    "/i.ico": ("image/x-icon", b"\0\0\1"),
    "/a.js": ("text/javascript", b"let a = 1"),
    "/f.woff2": ("font/woff2", b"wOF2"),
    "/film.mp4": ("video/mp4", b"film"),
    "/report.pdf": ("application/pdf", b"%PDF-1.7"),
}


def serve(server: RawServer, site: Site) -> None:
    for target, (kind, body) in site.items():
        server.routes[target] = http(body, f"Content-Type: {kind}")


def asked(server: RawServer) -> list[str]:
    return [request.split(b" ")[1].decode() for request in server.requests]


def account(bench: Bench, item: int = 1) -> Any:
    told = page_of(bench.path, item)
    assert isinstance(told, dict)
    return told


def whys(bench: Bench) -> dict[str, str]:
    """What is said of each thing that the page needs, by the last piece of its address."""
    return {each["url"].rpartition("/")[2]: each["why"] for each in account(bench)["needs"]}


def assert_same_again(bench: Bench, item: int = 1) -> None:
    recorded, again = reextract(bench.path, item)
    assert recorded == again
    assert "page_sha256" in recorded


def roles(bench: Bench, outcome: Any) -> list[str]:
    warc = bench.path / item_path(outcome.data["item"])
    found = []
    for record in outcome.data["records"]:
        if record["type"] == "metadata":
            facts: Any = loads(b"".join(read_block(warc, record["offset"], record["length"])))
            if facts["schema"] == "archiver-exchange/1":
                found.append(facts.get("role", ""))
    return found


def test_everything_that_a_page_needs_is_an_exchange_of_its_item(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, EVERYTHING)
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert set(asked(raw_server)) == EVERYTHING.keys() - {"/film.mp4", "/report.pdf"}
    assert len(asked(raw_server)) == len(set(asked(raw_server)))
    data = outcome.data
    assert (data["outcome"], data["reasons"], data["title"], data["language"]) == ("complete", [], "Пирс", "ru")
    assert (data["final_url"], data["status"], data["media_type"]) == (raw_server.url(), 200, "text/html")
    assert data["page"] == {"exchange": 1, "wanted": 20, "came": 20, "skipped": 2}
    assert len(data["exchanges"]) == 21
    leading = ["page.stylesheet", "page.frame", "page.object", "page.manifest", "page.stylesheet"]
    assert roles(bench, outcome)[:6] == ["", *leading]
    told = account(bench)
    assert told["page"] == {"exchange": 1, "record": data["records"][1]["id"]}
    assert {each["url"].rpartition("/")[2]: each["reason"] for each in told["skipped"]} == {
        "film.mp4": "media",
        "deeper.html": "frame-depth",
    }
    first = told["needs"][0]
    assert (first["url"], first["kind"], first["depth"]) == (raw_server.url(STYLE), "stylesheet", 1)
    assert first["named"] == {"exchange": 1, "record": data["records"][1]["id"], "place": "link[1] @href"}
    assert (first["exchange"], first["status"], first["whole"], first["why"]) == (2, 200, True, "")
    by_record = {each["record"]: each["url"] for each in told["needs"]}
    assert len(by_record) == 20
    assert_same_again(bench)
    bench.assert_sound()


def test_nothing_says_what_led_there(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, EVERYTHING)
    bench.capture(raw_server.url(), raw_server, page=True)
    assert not any(b"referer" in request.lower() for request in raw_server.requests)


def test_what_is_linked_and_sound_and_video_come_where_they_are_wanted(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, EVERYTHING)
    bench.capture(raw_server.url(), raw_server, page=True, linked=("pdf",), posts=PostOptions(media=True))
    assert {"/film.mp4", "/report.pdf"} < set(asked(raw_server))
    assert account(bench)["rules"] == {"linked": ["pdf"], "media": True}
    requested = next(event for event in bench.events() if event.event == "item.requested")
    assert requested.data["settings"]["page"] == {"linked": ["pdf"], "media": True}
    assert_same_again(bench)
    bench.assert_sound()


def test_without_the_option_the_page_alone_is_asked_for(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, EVERYTHING)
    outcome = bench.capture(raw_server.url(), raw_server)
    assert asked(raw_server) == ["/"]
    assert "page" not in outcome.data
    assert "page" not in bench.events()[-2].data["settings"]
    assert page_of(bench.path, 1) is None


def test_what_the_page_tells_of_itself_is_read_from_its_own_exchanges(bench: Bench, raw_server: RawServer) -> None:
    told = b'<script type="application/ld+json">{"@type":"NewsArticle","headline":"%s"}</script>'
    serve(
        raw_server,
        {
            "/": (HTML, told % b"The page" + b"<iframe src=f.html></iframe>"),
            "/f.html": (HTML, told % b"The frame"),
        },
    )
    bench.capture(raw_server.url(), raw_server, page=True)
    post, kept = normalised(bench.path, 1)
    assert kept
    assert isinstance(post, dict)
    assert isinstance(post["post"], dict)
    assert post["post"]["name"] == "The page"
    then, now = reextract_post(bench.path, 1)
    assert then == now
    assert_same_again(bench)
    bench.assert_sound()


def test_what_is_gone_is_named_and_the_page_is_complete(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"<img src=here.png><img src=gone.png>"), "/here.png": PNG})
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("complete", [])
    assert outcome.data["page"] == {"exchange": 1, "wanted": 3, "came": 1, "skipped": 0}
    assert whys(bench) == {"here.png": "", "gone.png": "status", "favicon.ico": "status"}
    bench.assert_sound()


def test_an_error_page_has_images_too(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = http(b"<img src=a.png>", f"Content-Type: {HTML}", line=b"HTTP/1.1 404 Not Found")
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert asked(raw_server) == ["/", "/a.png", "/favicon.ico"]
    assert (outcome.data["status"], outcome.data["outcome"]) == (404, "complete")


def moved(to: str) -> bytes:
    return http(b"", f"Location: {to}", line=b"HTTP/1.1 302 Found")


def test_redirects_are_followed_of_the_page_and_of_what_it_needs(bench: Bench, raw_server: RawServer) -> None:
    serve(
        raw_server,
        {
            "/b/page": (
                HTML,
                b"<title>B</title><link rel=icon href=data:,><img src=1.png><img src=2.png><img src=loop.png>",
            ),
            "/b/2.png": PNG,
        },
    )
    raw_server.routes |= {"/a": moved("/b/page"), "/b/1.png": moved("2.png"), "/b/loop.png": moved("loop.png")}
    outcome = bench.capture(raw_server.url("/a"), raw_server, page=True)
    assert asked(raw_server) == ["/a", "/b/page", "/b/1.png", "/b/2.png", "/b/loop.png"]
    assert (outcome.data["final_url"], outcome.data["title"]) == (raw_server.url("/b/page"), "B")
    assert outcome.data["page"] == {"exchange": 2, "wanted": 3, "came": 2, "skipped": 0}
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("complete", [])
    assert {each["url"][-5:]: each["exchange"] for each in account(bench)["needs"]} == {
        "1.png": 4,
        "2.png": 4,
        "p.png": 5,
    }
    assert_same_again(bench)
    bench.assert_sound()


def test_a_page_that_leads_in_a_circle_needs_nothing(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = moved("/")
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["redirect-loop"])
    assert outcome.data["page"] == {"exchange": 1, "wanted": 0, "came": 0, "skipped": 0}
    bench.assert_sound()


def test_a_page_that_never_came_is_failed(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = (Reset(),)
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert (outcome.event, outcome.data["final_url"]) == ("item.failed", raw_server.url())
    assert outcome.data["page"] == {"exchange": 0, "wanted": 0, "came": 0, "skipped": 0}
    assert outcome.data["media_type"] is None
    assert account(bench)["page"] == {"exchange": 0, "record": ""}
    bench.assert_sound()


def to(server: RawServer, *hosts: str) -> Route:
    connect = tuple(ConnectTo(host, 80, server.host, server.port) for host in hosts)
    return Route(connect_to=connect, allow=server.allow)


def test_hosts_of_others_get_no_secrets_of_ours(bench: Bench, raw_server: RawServer) -> None:
    answers = {
        "news.example/": http(
            b"<img src=a.png><img src=//cdn.example/b.png>", f"Content-Type: {HTML}", "Set-Cookie: visit=1"
        ),
    }
    raw_server.default = lambda request: answers.get(name_of(request), http(b"", "Content-Type: image/png"))
    outcome = bench.capture(
        "http://news.example/",
        route=to(raw_server, "news.example", "cdn.example"),
        headers=(("X-Token", "very secret"), ("X-Plain", "for all")),
        page=True,
    )
    assert outcome.data["page"]["came"] == 3
    by_name = {name_of(request): request for request in raw_server.requests}
    assert b"very secret" in by_name["news.example/a.png"]
    assert b"visit=1" in by_name["news.example/a.png"]
    assert b"very secret" not in by_name["cdn.example/b.png"]
    assert b"visit=1" not in by_name["cdn.example/b.png"]
    assert b"for all" in by_name["cdn.example/b.png"]
    bench.assert_sound()


def test_a_host_that_cannot_be_reached_is_asked_twice_and_no_more(bench: Bench, raw_server: RawServer) -> None:
    with RawServer() as closed:
        pass
    images = "".join(f"<img src=http://{LOOPBACK}:{closed.port}/{n}.png>" for n in range(5))
    serve(raw_server, {"/": (HTML, f"{images}<img src=here.png>".encode()), "/here.png": PNG})
    outcome = bench.capture(raw_server.url(), raw_server, closed, page=True)
    assert [each["failure"] for each in outcome.data["exchanges"]] == [None, "connect", "connect", None, None]
    assert outcome.data["outcome"] == "complete"
    assert whys(bench) == {
        "0.png": "connect",
        "1.png": "connect",
        "2.png": "left-alone",
        "3.png": "left-alone",
        "4.png": "left-alone",
        "here.png": "",
        "favicon.ico": "status",
    }
    assert outcome.data["page"] == {"exchange": 1, "wanted": 7, "came": 1, "skipped": 0}
    assert_same_again(bench)
    bench.assert_sound()


def test_a_host_that_answers_now_and_then_is_asked_on(bench: Bench, raw_server: RawServer) -> None:
    images = "".join(f"<img src={n}.png>" for n in range(4))
    serve(raw_server, {"/": (HTML, images.encode()), "/1.png": PNG, "/3.png": PNG})
    raw_server.routes |= {"/0.png": (Reset(),), "/2.png": (Reset(),)}
    bench.capture(raw_server.url(), raw_server, page=True)
    assert whys(bench) == {
        "0.png": "no_answer",
        "1.png": "",
        "2.png": "no_answer",
        "3.png": "",
        "favicon.ico": "status",
    }
    bench.assert_sound()


@pytest.mark.parametrize(
    "refusal",
    [
        http(b"", line=b"HTTP/1.1 429 Slow down"),
        http(b"", "cf-mitigated: challenge", line=b"HTTP/1.1 403 Forbidden"),
        http(b"", "Retry-After: 20", line=b"HTTP/1.1 503 Busy"),
    ],
)
def test_a_host_that_refused_is_not_asked_again(bench: Bench, raw_server: RawServer, refusal: bytes) -> None:
    raw_server.default = lambda request: {
        "news.example/": http(
            b"<link rel=icon href=data:,><img src=//cdn.example/1.png><img src=//cdn.example/2.png><img src=3.png>",
            f"Content-Type: {HTML}",
        ),
        "cdn.example/1.png": refusal,
    }.get(name_of(request), http(b"", "Content-Type: image/png"))
    outcome = bench.capture("http://news.example/", route=to(raw_server, "news.example", "cdn.example"), page=True)
    assert [name_of(each) for each in raw_server.requests] == [
        "news.example/",
        "cdn.example/1.png",
        "news.example/3.png",
    ]
    assert whys(bench) == {"1.png": "status", "2.png": "left-alone", "3.png": ""}
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("complete", [])
    assert_same_again(bench)
    bench.assert_sound()


@pytest.mark.parametrize("line", [b"HTTP/1.1 503 Busy", b"HTTP/1.1 429 Slow down"])
def test_a_host_in_trouble_is_asked_for_nothing_more_than_the_page(
    bench: Bench, raw_server: RawServer, line: bytes
) -> None:
    raw_server.default = http(b"<img src=a.png>", f"Content-Type: {HTML}", line=line)
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert asked(raw_server) == ["/"]
    assert outcome.data["page"] == {"exchange": 1, "wanted": 2, "came": 0, "skipped": 0}
    bench.assert_sound()


def test_private_hosts_are_refused_and_named(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"<img src=http://192.168.7.7/router.png><img src='http://[::1]/x'>")})
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert [each["failure"] for each in outcome.data["exchanges"]] == [None, "refused", "refused", None]
    assert whys(bench) == {"router.png": "refused", "x": "refused", "favicon.ico": "status"}
    assert outcome.data["outcome"] == "complete"
    bench.assert_sound()


def limited(**limits: Any) -> Limits:
    return replace(QUICK, **limits)


def test_the_size_limit_of_the_item_cuts_the_asking_and_says_so(bench: Bench, raw_server: RawServer) -> None:
    serve(
        raw_server,
        {"/": (HTML, b"<img src=1.png><img src=2.png>"), "/1.png": ("image/png", b"x" * 5000), "/2.png": PNG},
    )
    outcome = bench.capture(raw_server.url(), raw_server, page=True, limits=limited(max_bytes=2000))
    assert asked(raw_server) == ["/", "/1.png"]
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["page-limits"])
    assert whys(bench) == {"1.png": "", "2.png": "limits", "favicon.ico": "limits"}
    told = account(bench)
    assert (told["stopped"], told["needs"][0]["whole"]) == ("limits", False)
    assert outcome.data["page"]["wanted"] == 3
    assert_same_again(bench)
    bench.assert_sound()


def test_the_size_limit_in_the_last_thing_says_so_too(bench: Bench, raw_server: RawServer) -> None:
    serve(
        raw_server,
        {"/": (HTML, b"<link rel=icon href=data:,><img src=1.png>"), "/1.png": ("image/png", b"x" * 5000)},
    )
    outcome = bench.capture(raw_server.url(), raw_server, page=True, limits=limited(max_bytes=2000))
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["page-limits"])
    assert account(bench)["stopped"] == ""
    assert_same_again(bench)
    bench.assert_sound()


def test_more_than_the_rules_take_of_a_kind_is_named(bench: Bench, raw_server: RawServer) -> None:
    links = b"".join(b"<link rel=manifest href=%d.json>" % n for n in range(4))
    serve(raw_server, {"/": (HTML, links)})
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert outcome.data["reasons"] == ["page-limits"]
    assert [each["reason"] for each in account(bench)["skipped"]] == ["limit", "limit"]
    assert outcome.data["page"] == {"exchange": 1, "wanted": 3, "came": 0, "skipped": 2}
    assert_same_again(bench)
    bench.assert_sound()


def test_the_log_line_of_an_item_has_its_limit(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MAX_LINE", 7000)
    serve(raw_server, {"/": (HTML, b"".join(b"<img src=%d.png>" % n for n in range(9)))})
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert outcome.data["reasons"] == ["page-limits"]
    assert 1 < len(asked(raw_server)) < 5
    assert set(whys(bench).values()) == {"status", "limits"}
    assert_same_again(bench)
    bench.assert_sound()


def test_more_than_can_be_named_is_counted(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"".join(b"<img src=%d.png>" % n for n in range(3000)))})
    raw_server.routes["/0.png"] = http(b"x" * 200_000, "Content-Type: image/png")
    outcome = bench.capture(raw_server.url(), raw_server, page=True, limits=limited(max_bytes=100_000))
    told = account(bench)
    named = len(told["needs"]) + len(told["skipped"])
    assert named + told["unnamed"] == outcome.data["page"]["wanted"] + outcome.data["page"]["skipped"]
    assert len(told["needs"]) <= 1001
    assert_same_again(bench)
    bench.assert_sound()


def test_a_long_address_that_was_not_asked_is_shortened(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"<img src=1.png><img src='%s.png'>" % (b"y" * 3000))})
    raw_server.routes["/1.png"] = http(b"x" * 9000, "Content-Type: image/png")
    bench.capture(raw_server.url(), raw_server, page=True, limits=limited(max_bytes=5000))
    assert max(len(each["url"]) for each in account(bench)["needs"]) == 1001
    assert_same_again(bench)


def test_stopped_in_the_middle_is_interrupted_and_all_that_came_is_kept(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"<title>T</title><img src=1.png><img src=2.png>"), "/1.png": PNG})
    outcome = bench.capture(raw_server.url(), raw_server, page=True, stop=lambda: len(raw_server.requests) > 1)
    assert (outcome.event, outcome.data["outcome"]) == ("item.interrupted", "interrupted")
    assert (outcome.data["reason"], outcome.data["reasons"]) == ("stopped", ["interrupted"])
    assert (outcome.data["status"], outcome.data["title"]) == (200, "T")
    assert whys(bench)["2.png"] == "interrupted"
    assert_same_again(bench)
    bench.assert_sound()


def test_stopped_in_the_last_thing_is_interrupted(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"<link rel=icon href=data:,><img src=1.png>")})
    raw_server.routes["/1.png"] = (Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Stay())
    outcome = bench.capture(raw_server.url(), raw_server, page=True, stop=lambda: "/1.png" in raw_server.sent)
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("interrupted", ["interrupted"])
    bench.assert_sound()


def test_an_outcome_that_was_not_written_comes_from_the_file(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, EVERYTHING)
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    for name, mark in (("custody.jsonl", b"\n"), ("manifest.yaml", b"\n- log_line: ")):
        data = (bench.path / name).read_bytes()
        (bench.path / name).write_bytes(data[: data.rstrip(b"\n").rfind(mark) + 1])
    recovered = recover_case(bench.path, runtime=bench.runtime)
    assert recovered is not None
    assert recovered.data["actions"][0]["action"] == "adopted"
    again = bench.events()[-1]
    assert (again.event, again.data) == (outcome.event, outcome.data)
    bench.assert_sound()


def test_killed_in_the_middle_the_pieces_are_put_aside_and_the_case_is_sound(
    bench: Bench, raw_server: RawServer
) -> None:
    serve(raw_server, {"/": (HTML, b"<link rel=stylesheet href=a.css>"), "/a.css": ("text/css", b"a{b:url(slow.png)}")})
    raw_server.routes["/slow.png"] = (Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Stay())
    process = subprocess.Popen(
        [sys.executable, "-m", "archiver", "capture", raw_server.url(), "--case", str(bench.path), "--page",
         "--allow-host", raw_server.netloc],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not raw_server.sent.get("/slow.png"):
        assert process.poll() is None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    recovered = recover_case(bench.path, runtime=bench.runtime)
    assert recovered is not None
    assert {each["action"] for each in recovered.data["actions"]} == {"quarantined", "interrupted"}
    kept = [file.read_bytes() for file in (bench.path / "quarantine").rglob("*") if file.is_file()]
    assert raw_server.routes["/"] in kept, "what was looked into was durable before"
    assert raw_server.routes["/a.css"] in kept
    bench.assert_sound()


@either_way
def test_rows_of_a_batch_come_with_what_they_need(batches: BatchBench) -> None:
    batches.server.default = lambda request: (
        http(b"\x89PNG", "Content-Type: image/png")
        if b".png " in request
        else http(f"<title>{name_of(request)}</title><img src=a.png>", f"Content-Type: {HTML}")
    )
    result = batches.batch([batches.url(1), batches.url(2)], page=True)
    assert result.counts["complete"] == 2
    for event in batches.outcomes():
        assert event.data["page"]["exchange"] == 1
        assert event.data["title"] == event.data["url"].removeprefix("http://")
        assert account(batches, event.data["item"])["needs"][0]["why"] == ""
        assert_same_again(batches, event.data["item"])
    batches.assert_sound()


@either_way
def test_the_page_decides_whether_another_try_can_help(batches: BatchBench) -> None:
    busy = http(b"<img src=a.png>", f"Content-Type: {HTML}", line=b"HTTP/1.1 503 Busy")
    shown = http(b"<title>T</title><img src=a.png>", f"Content-Type: {HTML}")
    answers = iter([busy, shown])
    batches.server.default = lambda request: (
        http(b"", line=b"HTTP/1.1 503 Busy") if b".png " in request or b".ico " in request else next(answers)
    )
    batches.batch([batches.url(1)], page=True)
    (event,) = batches.outcomes()
    assert event.data["tries"] == [1, 3]
    assert [each["status"] for each in event.data["exchanges"]] == [503, 200, 503, 503]
    assert (event.data["outcome"], event.data["status"], event.data["title"]) == ("complete", 200, "T")
    assert event.data["page"] == {"exchange": 2, "wanted": 2, "came": 0, "skipped": 0}
    told = account(batches)
    assert told["page"]["exchange"] == 2
    assert [each["exchange"] for each in told["needs"]] == [3, 4]
    assert_same_again(batches)
    batches.assert_sound()


def test_an_answer_and_then_none_is_partial(batches: BatchBench) -> None:
    answers = iter([http(b"<title>T</title>", f"Content-Type: {HTML}", line=b"HTTP/1.1 503 Busy"), (Reset(),)])
    batches.server.default = lambda request: next(answers)
    batches.batch([batches.url(1)], page=True, tries=2)
    (event,) = batches.outcomes()
    assert (event.data["outcome"], event.data["status"], event.data["title"]) == ("partial", 503, "T")
    assert event.data["page"] == {"exchange": 1, "wanted": 0, "came": 0, "skipped": 0}
    assert_same_again(batches)
    batches.assert_sound()


def test_what_is_said_of_it_is_taken_out_with_the_rest(bench: Bench, raw_server: RawServer, tmp_path: Path) -> None:
    serve(raw_server, EVERYTHING)
    bench.capture(raw_server.url(), raw_server, page=True)
    written = extract(bench.path, 1, tmp_path / "out")
    (file,) = (path for path in written if path.name.endswith("-requisites.json"))
    assert loads(file.read_bytes()) == account(bench)


def test_where_the_bytes_were_withheld_nothing_is_said(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, EVERYTHING)
    bench.capture(raw_server.url(), raw_server, page=True)
    withhold_item(bench.path, 1, reason="erasure", authority="a court", runtime=bench.runtime)
    assert page_of(bench.path, 1) is None
    bench.assert_sound()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/pdf", b"%PDF-1.7"),
        (HTML, b""),
        (HTML, b"<img src=" * 3000),
        (HTML, b"<div>" * 100_000 + b"<img src=x>"),
        (HTML, b"<style>" + b"{" * 500_000),
        (HTML, "<img src='http://ж.\u202e/'><img src='http://[/'><img src='mailto:x'>".encode()),
        (HTML, b"<base href='javascript:1'><img src=x><iframe src='/'></iframe>"),
        (HTML, b"<img src='\xff\xfe%00%0a\r\nX: y'><link rel=stylesheet href='?\x00'>"),
        ("image/svg+xml", b"<svg><image href='data:,'/><style>@import '?a';</style>"),
    ],
    ids=range(9),
)
def test_whatever_a_page_holds_the_item_is_sound(bench: Bench, raw_server: RawServer, kind: str, body: bytes) -> None:
    serve(raw_server, {"/": (kind, body)})
    bench.capture(raw_server.url(), raw_server, page=True)
    assert_same_again(bench)
    bench.assert_sound()


def test_an_account_that_somebody_else_wrote_is_compared_all_the_same() -> None:
    for kept in (
        {},
        {"rules": 7, "needs": {}},
        {"rules": {"linked": 3}, "needs": [None, {"why": []}], "stopped": None},
    ):
        document: Any = loads(pages.account_again(kept, ()))  # type: ignore[arg-type]
        assert (document["needs"], document["url"]) == ([], "")


def test_what_no_request_can_be_made_of_is_named(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"<link rel=icon href=data:,><img src=a.png>")})

    def fetch(target: Target) -> Hops:
        raise UsageError("header", "cannot be sent")

    attempt = page_alone(bench, raw_server)
    no = {"over": lambda: False, "stopped": lambda: False, "refused": lambda _: False, "watched": lambda _: False}
    hops = pages.with_needs(attempt, Rules(), fetch, **no)  # type: ignore[arg-type]
    assert hops.page is not None
    assert [why for _, why in hops.page.unasked] == ["unsendable"]
    assert (hops.outcome, hops.page.wanted, hops.page.came) == ("complete", 1, 0)
    seen = tuple(all_fresh([(1, hops.exchanges[0], "")]))
    document: Any = loads(pages.account_of(seen, Rules(), dict(hops.page.unasked), ""))
    assert [each["why"] for each in document["needs"]] == ["unsendable"]


def test_who_waits_for_a_host_until_time_is_up_asks_for_nothing_more(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"<img src=a.png>")})
    over: list[bool] = []

    def refused(_: Target) -> bool:
        over.append(True)  # it was long enough
        return True

    hops = pages.with_needs(
        page_alone(bench, raw_server),
        Rules(),
        lambda _: pytest.fail("nothing may be asked any more"),
        over=lambda: bool(over),
        stopped=lambda: False,
        refused=refused,
        watched=lambda _: False,
    )
    assert hops.page is not None
    assert (hops.outcome, hops.reasons) == ("partial", ("page-limits",))
    assert (hops.page.unasked, hops.page.stopped, hops.page.wanted) == ((), "limits", 2)


def test_of_the_heads_of_hundreds_of_answers_little_is_remembered(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"<link rel=icon href=data:,><img src=a.png><img src=b.png>")})
    raw_server.routes["/a.png"] = http(b"", "Content-Type: image/png", f"X-Long: {'x' * 500_000}", "content-type: odd")
    raw_server.routes["/b.png"] = moved("x" * 200_000)
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    assert outcome.data["page"] == {"exchange": 1, "wanted": 2, "came": 1, "skipped": 0}
    warc, records = bench.path / item_path(1), [RecordEntry(**each) for each in outcome.data["records"]]
    seen = list(stored(records, lambda record: read_block(warc, record.offset, record.length)))
    assert [[name for name, _ in each.headers] for each in seen[1:]] == [[b"Content-Type"], [b"Location"]]
    assert len(seen[2].header("location")) == MAX_ADDRESS + 1
    assert_same_again(bench)
    bench.assert_sound()


def page_alone(bench: Bench, server: RawServer) -> Hops:
    options = CaptureOptions(route=Route(allow=server.allow), limits=QUICK)
    spool = iter(range(99))
    attempt = Attempt.prepared(
        Address.parse(server.url()),
        options,
        spool=lambda: bench.path / f"spool-{next(spool)}",
        runtime=bench.runtime,
    )
    return attempt.hops(runtime=bench.runtime, stop=lambda: False)


@pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed")
def test_wget_asks_for_nothing_that_was_not_asked_for(bench: Bench, raw_server: RawServer, tmp_path: Path) -> None:
    plain = {
        "/style.css": EVERYTHING[STYLE],
        "/": (HTML, EVERYTHING["/"][1].decode("cp1251").replace(LINK, "style.css").encode()),
    }
    serve(raw_server, EVERYTHING | plain)
    arguments = ["--no-config", "--page-requisites", "--no-directories", "--no-proxy", "-e", "robots=off", "--tries=1"]
    home = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    subprocess.run(
        ["wget", *arguments, "-P", tmp_path, raw_server.url("/")],
        env=home,
        capture_output=True,
        timeout=60,
        check=False,
    )
    theirs = set(asked(raw_server)) - {"/film.mp4", "/deeper.html"}
    assert len(theirs) > 10
    raw_server.requests.clear()
    bench.capture(raw_server.url(), raw_server, page=True)
    assert theirs - set(asked(raw_server)) == set()


def test_the_summary_in_the_file_says_what_the_event_says(bench: Bench, raw_server: RawServer) -> None:
    serve(raw_server, {"/": (HTML, b"<img src=a.png>")})
    outcome = bench.capture(raw_server.url(), raw_server, page=True)
    requested = next(event for event in bench.events() if event.event == "item.requested")
    path = bench.path / item_path(1)
    made = outcome_from_warc(path, StoredFile(**outcome.data["file"]), requested)
    assert made is not None
    assert made[1]["page"] == outcome.data["page"]


def test_the_account_has_the_members_that_its_description_has(bench: Bench, raw_server: RawServer) -> None:
    spec = (Path(__file__).parents[2] / "docs/spec/page-requisites.md").read_text("utf-8")
    counts, example = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", spec, re.DOTALL))
    serve(raw_server, {"/": (HTML, b"<img src=gone.png><video src=film.mp4></video>")})
    outcome = bench.capture(raw_server.url(), raw_server, page=True, linked=("pdf",))
    told = account(bench)
    assert outcome.data["page"].keys() == counts.keys()
    assert members(told) == members(example)
    for name in pages.UNASKED | {pages.SCHEMA, "no-status", "status", "limits", "interrupted"}:
        assert f"`{name}`" in spec


def members(account: dict[str, Any]) -> Any:
    """The names in an account, and those in the first of its needs and skipped things."""
    inner = {name: {*account[name], *account[name].get("named", {})} for name in ("page", "rules")}
    lists = {name: {*account[name][0], *account[name][0]["named"]} for name in ("needs", "skipped")}
    return {*account}, inner, lists


def test_a_platform_that_opponents_read_is_not_asked_because_a_page_has_its_button(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/n"] = http(b'<script src="https://vk.com/js/api/share.js"></script>', "Content-Type: text/html")
    outcome = bench.capture(raw_server.url("/n"), raw_server, page=True)
    assert (outcome.data["outcome"], len(outcome.data["exchanges"])) == ("complete", 2)  # the icon is asked for
    assert whys(bench)["share.js"] == "watched"
    bench.assert_sound()


def test_where_the_case_allows_it_the_platform_is_asked(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/n"] = http(b'<script src="http://vk.com:9/api.js"></script>', "Content-Type: text/html")
    there = ConnectTo("vk.com", 9, raw_server.host, raw_server.port)
    posts = PostOptions(contact=("vk",))
    raw_server.routes["/api.js"] = http(b"1", "Content-Type: text/javascript")
    route = Route((*raw_server.allow,), connect_to=(there,))
    bench.capture(raw_server.url("/n"), raw_server, page=True, posts=posts, route=route)
    assert whys(bench)["api.js"] == ""
