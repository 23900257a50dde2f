"""A page shown in Chromium: every request of it is on the record as it went over the wire, and so is what was seen."""

import gzip
import json
import time
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from casebench import Bench
from chromium import needs_browser, program
from fastwarc.warc import ArchiveIterator
from server import Drip, Pause, RawServer, Send, http
from warcio.cli import main as warcio_main

from archiver.browser.find import Program
from archiver.browser.process import Browser
from archiver.canon import loads
from archiver.custody.log import Event
from archiver.model.exchange import ConnectTo, Limits, Route
from archiver.pipeline.options import BrowserOptions, PostOptions
from archiver.pipeline.view import extract

HTML = "Content-Type: text/html; charset=utf-8"
SVG = "Content-Type: image/svg+xml"
PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="red"/></svg>'
)
ROOMY = Limits(connect=5.0, idle=5.0, linger=0.1, max_time=90.0)
PRODUCTS = ["view", "full-page", "pdf", "mhtml", "dom", "ax", "text", "page-info"]


def page(body: str) -> bytes:
    icon = '<link rel="icon" href="data:,">'
    return http(f"<!doctype html><title>Пирс</title>{icon}{body}".encode(), HTML)


def shown(bench: Bench, server: RawServer, target: str = "/", **changes: Any) -> Event:
    """Capture a page of the server in the browser."""
    browser = changes.pop("browser", None) or BrowserOptions(program())
    return bench.capture(server.url(target), server, browser=browser, **{"limits": ROOMY, **changes})


def targets(event: Event) -> list[str]:
    return [each["url"].split("/", 3)[3] for each in event.data["exchanges"]]


def parts(bench: Bench, tmp_path: Path, item: int = 1) -> dict[str, bytes]:
    """The products of an item, by name."""
    files = extract(bench.path, item, tmp_path / f"out-{item}")
    return {file.stem.partition("-")[2]: file.read_bytes() for file in files}


def warcio_check(file: Path) -> object:
    """What `warcio check` ends with."""
    with pytest.raises(SystemExit) as ended:
        warcio_main(["check", str(file)])
    return ended.value.code or 0


def info(bench: Bench, tmp_path: Path, item: int = 1) -> Any:
    return loads(parts(bench, tmp_path, item)["page-info"])


@needs_browser
def test_what_the_server_sent_is_what_is_kept_whatever_asked_for_it(bench: Bench, raw_server: RawServer) -> None:
    script = "fetch('/api', {method: 'POST', body: 'q=1'}).then(a => a.text()).then(t => document.body.append(t))"
    raw_server.routes |= {
        "/": page(
            "<link rel=stylesheet href=/a.css><img src=/now.svg><iframe src=/frame></iframe>"
            f"<div style=height:4000px></div><img src=/lazy.svg loading=lazy><script>{script}</script>"
        ),
        "/a.css": http(
            gzip.compress(b"body { background: url(/paper.svg) }"), "Content-Encoding: gzip", "X-A: 1", "x-a: 2"
        ),
        "/frame": http(b"<script>new Worker('/worker.js')</script>", HTML),
        "/worker.js": http(b"fetch('/data.json')", "Content-Type: text/javascript"),
        "/data.json": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "/api": http(b"an answer", "Content-Type: text/plain"),
        **{f"/{name}.svg": http(PICTURE, SVG) for name in ("now", "lazy", "paper")},
    }
    event = shown(bench, raw_server)
    assert (event.data["outcome"], event.data["reasons"], event.data["title"]) == ("complete", [], "Пирс")
    wanted = {target.removeprefix("/"): raw for target, raw in raw_server.routes.items()}
    assert sorted(targets(event)) == sorted(wanted)
    assert targets(event)[0] == ""
    with (bench.path / event.data["file"]["path"]).open("rb") as file:
        kept = {
            record.headers["WARC-Target-URI"].split("/", 3)[3]: record.reader.read()
            for record in ArchiveIterator(file, parse_http=False)
            if record.headers["WARC-Type"] == "response"
        }
    assert kept == wanted
    assert warcio_check(bench.path / event.data["file"]["path"]) == 0
    bench.assert_sound()


@needs_browser
def test_what_the_browser_made_stands_under_the_address_of_the_page(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    raw_server.routes["/"] = page(
        "<h1>The harbour</h1><div id=host></div><script>host.attachShadow({mode: 'closed'})"
        ".innerHTML = '<p>in the shadow</p>'</script>"
    )
    event = shown(bench, raw_server)
    assert event.data["browser"] == {
        "mode": "proxy",
        "version": program().version,
        "exchange": 1,
        "products": PRODUCTS,
        "short": [],
        "unasked": 0,
    }
    made = parts(bench, tmp_path)
    assert made["view"].startswith(b"\x89PNG")
    assert made["full-page"].startswith(b"\x89PNG")
    assert made["pdf"].startswith(b"%PDF")
    assert "The harbour" in made["text"].decode()
    assert "in the shadow" in made["text"].decode()
    assert b"in the shadow" in made["dom"]
    with (bench.path / event.data["file"]["path"]).open("rb") as file:
        heads = [record.headers for record in ArchiveIterator(file, parse_http=False)]
    answer = next(head for head in heads if head["WARC-Type"] == "response")
    own = [
        head
        for head in heads
        if head["WARC-Type"] == "resource" and head["WARC-Target-URI"].startswith("urn:fullPage:")
    ]
    assert [head["WARC-Target-URI"] for head in own] == [f"urn:fullPage:{raw_server.url('/')}"]
    assert own[0]["WARC-Concurrent-To"] == answer["WARC-Record-ID"]


@needs_browser
def test_the_page_info_says_what_became_of_every_request(bench: Bench, raw_server: RawServer, tmp_path: Path) -> None:
    raw_server.routes["/"] = page(
        "<img src=/gone.png><img src='http://10.0.0.1/x.png'><img src='file:///etc/hostname'>"
        "<script>console.error('a word')</script>"
    )
    event = shown(bench, raw_server)
    told = info(bench, tmp_path)
    requests = {each["address"]: each for each in told["requests"]}
    assert requests[raw_server.url("/gone.png")]["status"] == 404
    number = requests[raw_server.url("/gone.png")]["exchange"]
    assert event.data["exchanges"][number - 1]["url"] == raw_server.url("/gone.png")
    refused = requests["http://10.0.0.1/x.png"]
    assert refused["outcome"] != "loaded"
    assert event.data["exchanges"][refused["exchange"] - 1]["failure"] == "refused"
    assert not any(each["url"].startswith("file:") for each in event.data["exchanges"])
    assert any(each["text"] == "a word" for each in told["console"])
    assert str(Path.home()) not in json.dumps(told)
    assert "/tmp" not in json.dumps(told)  # noqa: S108
    assert event.data["outcome"] == "complete", "the page itself is here"


@needs_browser
def test_over_tls_the_certificate_of_the_server_is_checked_by_us(
    bench: Bench, tls_server: RawServer, ca: Authority
) -> None:
    tls_server.routes["/"] = page("<p>safe</p>")
    route = Route(
        allow=tls_server.allow, ca_pem=ca.pem, connect_to=(ConnectTo("site.test", 443, "127.0.0.1", tls_server.port),)
    )
    browser = BrowserOptions(program())
    event = bench.capture("https://site.test/", route=route, limits=ROOMY, browser=browser)
    assert (event.data["outcome"], event.data["status"]) == ("complete", 200)
    event = bench.capture("https://site.test/", route=replace(route, ca_pem=None), limits=ROOMY, browser=browser)
    assert (event.data["outcome"], event.data["reasons"]) == ("failed", ["tls_verify"])
    assert event.data["browser"]["products"] == ["page-info"], "nothing pictures the browser's own words for a failure"
    assert event.data["failure"]["kind"] == "tls_verify"
    bench.assert_sound()


@needs_browser
def test_an_item_stands_for_where_redirects_and_scripts_led(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes |= {
        "/old": http(b"", "Location: /mid", line=b"HTTP/1.1 301 Moved"),
        "/mid": page("<script>location.replace('/new')</script>"),
        "/new": page("<p>here</p>"),
    }
    event = shown(bench, raw_server, "/old")
    assert event.data["final_url"] == raw_server.url("/new")
    assert (event.data["outcome"], event.data["status"], event.data["browser"]["exchange"]) == ("complete", 200, 3)


@needs_browser
def test_a_platform_that_opponents_read_is_not_asked_by_a_button_of_the_page(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    raw_server.routes["/"] = page("<script src='https://vk.com/js/api/share.js'></script>")
    event = shown(bench, raw_server)
    assert targets(event) == [""]
    assert event.data["browser"]["unasked"] == 1
    assert info(bench, tmp_path)["unasked"] == [
        {"url": "https://vk.com/js/api/share.js", "method": "GET", "why": "watched"}
    ]


@needs_browser
def test_no_redirect_leads_the_browser_to_such_a_platform(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = http(b"", "Location: https://vk.com/wall-1_2", line=b"HTTP/1.1 302 Found")
    event = shown(bench, raw_server)
    assert targets(event) == [""]
    assert (event.data["outcome"], event.data["reasons"]) == ("partial", ["redirect-watched"])
    assert shown(bench, raw_server, posts=PostOptions(contact=("vk",))).data["reasons"] != ["redirect-watched"]


@needs_browser
def test_cookies_are_sent_and_stand_nowhere_in_the_case(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = http(b"<p>session s3cr3t-of-the-source", HTML)
    cookies = "127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\ts3cr3t-of-the-source\n"
    event = shown(bench, raw_server, cookies=cookies)
    assert b"Cookie: session=s3cr3t-of-the-source\r\n" in raw_server.requests[0]
    assert event.data["redactions"] >= 2, "the header, and what came back"
    response = event.data["records"][1]
    assert response["type"] == "response"
    requested = bench.events()[1].data["settings"]
    assert (requested["cookies"], requested["browser"]) == (True, {"mode": "proxy", "profile": False})
    assert f"User-Agent: {requested['user_agent']}\r\n".encode() in raw_server.requests[0]


@needs_browser
def test_a_cookie_that_a_script_sends_on_stands_in_no_address_and_no_request(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    secret = "s3cr3t/of=the-source"
    raw_server.routes["/"] = page(
        f"<p id=x>{'long words ' * 9}</p><script>const c = document.cookie; document.title = x.title = c; x.append(c);"
        " console.log(c); history.replaceState({}, '', '?' + c);"
        "fetch('/log?c=' + encodeURIComponent(c)); fetch('/post', {method: 'POST', body: c, headers: {'X-Thing': c}})"
        "</script>"
    )
    event = shown(bench, raw_server, cookies=f"127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\t{secret}\n")
    assert any(b"/log?c=session%3Ds3cr3t%2Fof%3Dthe-source" in each for each in raw_server.requests), "as it was asked"
    assert "log?c=session%3D" + "*" * len("s3cr3t%2Fof%3Dthe-source") in targets(event)
    told = info(bench, tmp_path)
    assert {each["exchange"] for each in told["requests"]} == {1, 2, 3}
    assert told["title"] == "session=" + "*" * len(secret)
    made = bench.path / event.data["file"]["path"]
    with made.open("rb") as file:
        for record in ArchiveIterator(file, parse_http=False):
            kind, uri = record.headers["WARC-Type"], record.headers.get("WARC-Target-URI", "")
            if kind != "resource" or not uri.startswith(("urn:view:", "urn:fullPage:", "urn:pdf:")):
                assert b"the-source" not in record.reader.read().replace(b"=\r\n", b"")
            assert "the-source" not in uri
    assert b"the-source" not in (bench.path / "custody.jsonl").read_bytes()
    bench.assert_sound()


@needs_browser
def test_no_script_reads_a_cookie_that_its_file_says_is_for_no_script(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    raw_server.routes["/"] = page("<p id=x></p><script>x.textContent = 'read: ' + document.cookie</script>")
    cookies = "#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\ts3cr3t\n127.0.0.1\tFALSE\t/\tFALSE\t0\ttheme\tdark\n"
    shown(bench, raw_server, cookies=cookies)
    assert b"session=s3cr3t" in raw_server.requests[0]
    assert parts(bench, tmp_path)["text"] == b"read: theme=dark"


@needs_browser
def test_a_page_behind_a_very_long_address_is_the_page(bench: Bench, raw_server: RawServer, tmp_path: Path) -> None:
    there = "/there?" + "a" * 5000
    raw_server.routes["/"] = http(b"", f"Location: {there}", line=b"HTTP/1.1 302 Found")
    raw_server.routes[there] = page(f"<img src='/i.png?{'b' * 6000}'>")
    event = shown(bench, raw_server)
    assert (event.data["outcome"], event.data["reasons"], event.data["browser"]["exchange"]) == ("complete", [], 2)
    assert event.data["final_url"] == raw_server.url(there)
    assert [each["exchange"] for each in info(bench, tmp_path)["requests"]] == [1, 2, 3]
    with (bench.path / event.data["file"]["path"]).open("rb") as file:
        heads = [record.headers for record in ArchiveIterator(file, parse_http=False)]
    made = [head["WARC-Target-URI"] for head in heads if head["WARC-Type"] == "resource"]
    views = [uri for uri in made if uri.startswith("urn:view:")]
    assert views == [f"urn:view:{raw_server.url(there)}"]


@needs_browser
def test_a_script_may_ask_with_a_method_of_its_own(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = page(
        "<script>fetch('/a', {method: 'patch', body: 'x'}); fetch('/b', {method: 'M-SEARCH'})</script>"
    )
    event = shown(bench, raw_server)
    assert sorted(each.partition(b" ")[0] for each in raw_server.requests) == [b"GET", b"M-SEARCH", b"patch"]
    assert event.data["browser"]["unasked"] == 0
    bench.assert_sound()


@needs_browser
def test_a_name_that_does_not_exist_is_a_failure_on_record(bench: Bench) -> None:
    event = bench.capture("http://nowhere.invalid/", limits=ROOMY, browser=BrowserOptions(program()))
    assert (event.event, event.data["outcome"]) == ("item.failed", "failed")
    assert event.data["final_url"] == "http://nowhere.invalid/"
    bench.assert_sound()


def test_a_browser_that_does_not_start_costs_the_pictures_and_not_the_page(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    raw_server.routes |= {"/": http(b"", "Location: /b", line=b"HTTP/1.1 302 Found"), "/b": page("<p>here</p>")}
    event = shown(bench, raw_server, browser=BrowserOptions(Program(broken, "Chromium", "1.2.3.4")))
    assert targets(event) == ["", "b"]
    assert (event.data["outcome"], event.data["reasons"]) == ("partial", ["browser-failed"])
    assert event.data["browser"] == {
        "mode": "proxy", "version": "1.2.3.4", "exchange": 2, "products": [], "short": ["failed"], "unasked": 0,
    }  # fmt: skip
    bench.assert_sound()


@needs_browser
def test_a_page_that_takes_the_browser_along_costs_what_was_not_made_yet(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes |= {
        "/": page("<img src=/a.svg><script>onload = () => { while (true) {} }</script>"),
        "/a.svg": http(PICTURE, SVG),
    }
    event = shown(bench, raw_server)
    assert set(targets(event)) == {"", "a.svg"}
    assert event.data["browser"]["short"]
    bench.assert_sound()


@needs_browser
def test_a_file_is_kept_and_nothing_is_lacking(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/r.pdf"] = http(
        b"%PDF-1.4 report", "Content-Type: application/pdf", "Content-Disposition: attachment; filename=r.pdf"
    )
    event = shown(bench, raw_server, "/r.pdf")
    assert (event.data["outcome"], event.data["status"], event.data["reasons"]) == ("complete", 200, [])
    assert "download" in event.data["browser"]["short"]


@needs_browser
def test_a_wish_to_stop_keeps_what_had_come(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes |= {"/": page("<img src=/slow.svg>"), "/slow.svg": (Pause(3), Send(http(PICTURE, SVG)))}
    event = shown(bench, raw_server, stop=lambda: len(raw_server.requests) > 1)
    assert (event.event, event.data["outcome"]) == ("item.interrupted", "interrupted")
    assert targets(event)[0] == ""
    bench.assert_sound()


@needs_browser
def test_the_time_limit_ends_a_page_that_never_does(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes |= {"/": page("<img src=/slow.svg>"), "/slow.svg": (Pause(60), Send(http(PICTURE, SVG)))}
    event = shown(bench, raw_server, limits=replace(ROOMY, max_time=6.0, idle=60.0))
    assert event.data["status"] == 200
    assert {"load-cut", "out-of-time"} & set(event.data["browser"]["short"])
    assert [
        (target, each["failure"]) for target, each in zip(targets(event), event.data["exchanges"], strict=True)
    ] == [
        ("", None),
        ("slow.svg", "timeout"),
    ]
    bench.assert_sound()


@needs_browser
@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r"])
def test_pages_in_old_encodings_are_read_as_the_browser_reads_them(
    bench: Bench, raw_server: RawServer, tmp_path: Path, encoding: str
) -> None:
    text = "<title>Вестник</title><p>Девять задержанных"
    raw_server.routes["/"] = http(text.encode(encoding), f"Content-Type: text/html; charset={encoding}")
    event = shown(bench, raw_server)
    assert event.data["title"] == "Вестник"
    assert "Девять задержанных" in parts(bench, tmp_path)["text"].decode()


@needs_browser
def test_a_browser_that_speaks_for_itself_says_how_exact_each_exchange_is(
    bench: Bench, tls_server: RawServer, ca: Authority, tmp_path: Path
) -> None:
    assert tls_server.context is not None
    tls_server.context.set_alpn_protocols(["http/1.1"])
    body = "<link rel=stylesheet href=/a.css><img src=http://10.0.0.1/x.png><script src=https://vk.com/s.js></script>"
    tls_server.routes |= {"/": page(body), "/a.css": http(gzip.compress(b"p {}"), "Content-Encoding: gzip")}
    route = Route(
        allow=tls_server.allow, ca_pem=ca.pem, connect_to=(ConnectTo("site.test", 443, "127.0.0.1", tls_server.port),)
    )
    browser = BrowserOptions(program(), "direct")
    cookies = "site.test\tFALSE\t/\tTRUE\t0\tsession\ts3cr3t-of-the-source\n"
    event = bench.capture("https://site.test/", route=route, limits=ROOMY, browser=browser, cookies=cookies)
    assert (event.data["outcome"], event.data["status"], event.data["title"]) == ("complete", 200, "Пирс")
    told = event.data["browser"]
    assert (told["mode"], told["unasked"] >= 1) == ("direct", True)
    assert told["fidelity"]["missing"] == 0
    assert [each["url"] for each in event.data["exchanges"] if each["status"]] == [
        "https://site.test/", "https://site.test/a.css",
    ]  # fmt: skip
    kept = parts(bench, tmp_path)
    assert b"Cookie: [redacted]" in kept["request"]
    assert all(b"s3cr3t-of-the-source" not in each for each in kept.values())
    assert b"session=s3cr3t-of-the-source" in tls_server.requests[0]
    refused = next(each for each in event.data["exchanges"] if "10.0.0.1" in each["url"])
    assert refused["failure"] == "refused"
    assert "fidelity" in (bench.path / "manifest.yaml").read_text("utf-8")
    bench.assert_sound()


@needs_browser
def test_what_a_browser_writes_down_lies_in_the_folder_that_goes_with_it(
    bench: Bench, tls_server: RawServer, ca: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tls_server.context is not None
    tls_server.context.set_alpn_protocols(["http/1.1"])
    place, there = tmp_path / "place", list[str]()
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))

    def answer(request: bytes) -> bytes:
        there.extend(each.name.rpartition("-")[0] for each in place.iterdir())
        return page("<p>seen")

    tls_server.routes["/"] = answer
    route = Route(allow=tls_server.allow, ca_pem=ca.pem)
    event = bench.capture(tls_server.url("/"), route=route, limits=ROOMY, browser=BrowserOptions(program(), "direct"))
    assert event.data["outcome"] == "complete"
    assert set(there) == {"archiver-browser"}
    assert not list(place.iterdir())
    flags = info(bench, tmp_path)["browser"]["flags"]
    assert "--log-net-log=(its own folder)/log.json" in flags
    assert not any(str(place) in each for each in flags)


@needs_browser
def test_a_host_that_was_called_and_asked_for_nothing_is_named(
    bench: Bench, tls_server: RawServer, raw_server: RawServer, ca: Authority, tmp_path: Path
) -> None:
    assert tls_server.context is not None
    tls_server.context.set_alpn_protocols(["http/1.1"])
    relay = f"{{urls: 'turn:127.0.0.1:{raw_server.port}?transport=tcp', username: 'u', credential: 'p'}}"
    tls_server.routes["/"] = page(
        f"<script>const c = new RTCPeerConnection({{iceServers: [{relay}]}}); c.createDataChannel('x');"
        "c.createOffer().then(o => c.setLocalDescription(o))</script><img src=/late>"
    )

    def late(request: bytes) -> bytes:
        end = time.monotonic() + 20
        while not raw_server.connections and time.monotonic() < end:
            time.sleep(0.05)
        return http(PICTURE, SVG)

    tls_server.routes["/late"] = late
    route = Route(allow=(*tls_server.allow, *raw_server.allow), ca_pem=ca.pem)
    browser = BrowserOptions(program(), "direct")
    event = bench.capture(tls_server.url("/"), route=route, limits=ROOMY, browser=browser)
    assert event.data["outcome"] == "complete"
    assert raw_server.connections >= 1
    told = {"url": f"https://127.0.0.1:{raw_server.port}/", "method": "CONNECT", "why": "tunnel"}
    assert told in info(bench, tmp_path)["unasked"]


@needs_browser
def test_the_limit_on_bytes_holds_where_a_browser_speaks_for_itself(
    bench: Bench, tls_server: RawServer, ca: Authority
) -> None:
    assert tls_server.context is not None
    tls_server.context.set_alpn_protocols(["http/1.1"])
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"
    script = "fetch('/flood').then(async a => { const r = a.body.getReader(); while (!(await r.read()).done); })"
    tls_server.routes |= {
        "/": page(f"<script>{script}</script>"),
        "/flood": (Send(head), Drip(b"x" * 50_000, 0.005)),
    }
    limits = replace(ROOMY, max_bytes=3_000_000)
    route = Route(allow=tls_server.allow, ca_pem=ca.pem)
    event = bench.capture(tls_server.url("/"), route=route, limits=limits, browser=BrowserOptions(program(), "direct"))
    assert (event.data["outcome"], "browser-too-large" in event.data["reasons"]) == ("partial", True)
    came = [each for each in event.data["exchanges"] if each["url"].endswith("/flood") and each["status"]]
    assert [each["truncated"] in {"length", "unspecified"} for each in came] == [True]
    assert (bench.path / event.data["file"]["path"]).stat().st_size < 3_000_000
    bench.assert_sound()


@needs_browser
def test_plain_http_is_asked_by_us_also_where_a_browser_speaks_for_itself(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = page("<p>plain</p>")
    event = shown(bench, raw_server, browser=BrowserOptions(program(), "direct"))
    assert (event.data["outcome"], targets(event)) == ("complete", [""])
    assert event.data["browser"]["fidelity"] == {"wire": 1, "reconstructed": 0, "decoded": 0, "missing": 0}
    bench.assert_sound()


def _switched(request: bytes) -> bytes:
    """A WebSocket that says two words and ends (RFC 6455 §4.2.2, §5.5.1)."""
    key = next(line[18:].strip() for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    accept = b64encode(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())  # noqa: S324  # RFC 6455 §1.3
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    return head + accept + b"\r\n\r\n" + b"\x81\x03one\x81\x03two" + b"\x88\x02\x03\xe8"


@needs_browser
def test_what_was_said_over_a_websocket_is_kept_beside_its_answer(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    script = "s = new WebSocket(`ws://${location.host}/live`); s.onmessage = m => document.body.append(m.data)"
    raw_server.routes |= {"/": page(f"<script>{script}</script>"), "/live": _switched}
    event = shown(bench, raw_server)
    assert (event.data["outcome"], targets(event)) == ("complete", ["", "live"])
    kept = parts(bench, tmp_path)
    assert kept["response"].endswith(b"\r\n\r\n"), "the head alone"
    lines = [json.loads(line) for line in kept["websocket-000002"].splitlines()]
    assert [line["text"] for line in lines if line.get("by") == "server" and "text" in line] == ["one", "two"]
    octets = b"".join(b64decode(line["wire"]) for line in lines if line.get("by") == "server")
    assert octets == raw_server.sent["/live"].partition(b"\r\n\r\n")[2]
    assert "onetwo" in kept["text"].decode()
    assert "websocket-000002" in event.data["browser"]["products"]
    bench.assert_sound()


@needs_browser
def test_an_address_that_a_script_wrote_is_no_address_of_an_answer(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/"] = page("<script>history.pushState(0, '', '/made-up#here')</script>")
    event = shown(bench, raw_server)
    assert event.data["final_url"] == raw_server.url("/")
    bench.assert_sound()


@needs_browser
def test_limits_of_an_item_hold_for_a_browser_and_are_said(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes |= {
        "/": page("<script>onload = () => fetch('/big').finally(() => fetch('/more').catch(() => 0))</script>"),
        "/big": http(b"x" * 3_000_000),
    }
    event = shown(bench, raw_server, limits=replace(ROOMY, max_bytes=1_000_000))
    assert event.data["outcome"] == "partial"
    assert sum(each["entity_size"] or 0 for each in event.data["exchanges"]) <= 1_000_000
    bench.assert_sound()


@needs_browser
def test_a_large_upload_that_the_gate_refuses_is_named(bench: Bench, raw_server: RawServer, tmp_path: Path) -> None:
    upload = "fetch('/up', {method: 'POST', body: new Uint8Array(70e6)}).catch(() => 0)"
    raw_server.routes["/"] = page(f"<script>onload = () => {upload}</script>")
    shown(bench, raw_server)
    told = info(bench, tmp_path)
    assert [(each["url"], each["why"]) for each in told["unasked"]] == [(raw_server.url("/up"), "gate-413")]


@needs_browser
def test_the_cookies_of_a_profile_are_sent_and_stand_nowhere(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    profile, keeping = tmp_path / "profile", tmp_path / "keeping"
    copy = f'for each; do case $each in --user-data-dir=*) cp -r "${{each#*=}}" {profile};; esac; done'
    keeping.write_text(f'#!/bin/sh\n{program().path} "$@"\n{copy}\n')
    keeping.chmod(0o755)
    with Browser(Program(keeping, program().name, program().version), bench.runtime) as running:
        cookie = {
            "name": "session",
            "value": "s3cr3t-of-the-source",
            "url": raw_server.url("/"),
            "expires": 4_000_000_000,
        }
        running.link.call("Storage.setCookies", {"cookies": [cookie]})
        running.link.ask("Browser.close")
        until = bench.runtime.clock.monotonic() + 60
        while not (profile / "Local State").exists() and bench.runtime.clock.monotonic() < until:
            bench.runtime.sleep(0.1)
        bench.runtime.sleep(1.0)  # the copy is made file by file
    raw_server.default = http(b"<p>session s3cr3t-of-the-source", HTML)
    event = shown(bench, raw_server, browser=BrowserOptions(program(), profile=profile))
    assert b"Cookie: session=s3cr3t-of-the-source\r\n" in raw_server.requests[0]
    kept = parts(bench, tmp_path)
    assert b"s3cr3t-of-the-source" not in kept["response"] + kept["request"] + kept["entity"]
    assert event.data["redactions"] >= 2
    assert bench.events()[1].data["settings"]["browser"] == {"mode": "proxy", "profile": True}
