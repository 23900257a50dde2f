"""The measurement site logs exactly what passed, and the comparison with a WARC sees every difference."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from measuring import BENCHMARKS, curl, needs_browser, needs_curl, needs_wget, one, openssl, wget_warc

# isort: split
import browser_field
from browser_compare import Kept, compare, difference, kept_in, same_request
from browser_site import places
from browser_site.drawn import picture
from browser_site.frames import frame, heard
from browser_site.messages import Logged
from browser_site.odd import ODD
from browser_site.places import HOSTS, MONITOR, PAGES, POST
from browser_site.server import Site

from archiver.model.address import Address

ODD_PATHS = [f"/odd/{name}" for name in ODD]


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(dt.datetime.now(dt.UTC)) as served:
        yield served


@pytest.fixture
def ca_file(site: Site, tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    path.write_bytes(site.ca_pem)
    return path


class Recited:
    """A connection on which a browser says these octets."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def send(self, data: bytes) -> None:
        raise AssertionError("nothing is said to it")

    def receive(self, size: int) -> bytes:
        data, self.octets = self.octets[:size], self.octets[size:]
        return data


def logged(number: int, response: bytes = b"", **more: bytes) -> Logged:
    sent = response or b"HTTP/1.1 200 OK\r\nX-Exchange: %d\r\nContent-Length: 2\r\n\r\nhi" % number
    return Logged(number, 1, "GET", f"https://{POST}/{number}", b"GET / HTTP/1.1\r\n\r\n", sent, True, **more)


def kept(exchange: Logged) -> Kept:
    return Kept(exchange.url, exchange.response, exchange.request)


@needs_curl
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("path", ["/odd.html", "/pictures/64x64-1.png", *ODD_PATHS])
def test_what_curl_receives_is_what_the_log_has(site: Site, ca_file: Path, scheme: str, path: str) -> None:
    received = curl(site, ca_file, f"{scheme}://{MONITOR}{path}")
    found = one(site.since(0))
    assert (found.method, found.url) == ("GET", f"{scheme}://{MONITOR}{path}")
    assert received == found.response
    assert found.request.startswith(f"GET {path} HTTP/1.1\r\nHost: {MONITOR}\r\n".encode())


@needs_curl
def test_bodies_that_are_sent_and_ranges_that_are_asked_for_are_in_the_log(site: Site, ca_file: Path) -> None:
    said = curl(site, ca_file, f"https://{MONITOR}/api/said", "--data", "улица=Липовая")
    part = curl(site, ca_file, f"https://{MONITOR}/clips/square.webm", "--range", "100-199")
    first, second = site.since(0)
    assert first.request.endswith(b"\r\n\r\n" + "улица=Липовая".encode())
    assert first.response == said
    assert second.response == part
    assert part.startswith(b"HTTP/1.1 206 ")
    assert part.endswith((places.FILES / "square.webm").read_bytes()[100:200])


@pytest.mark.parametrize("path", ["/odd/bare-newlines", "/odd/large", "/odd/short", "/live/events"])
def test_every_octet_over_tls_is_in_the_log(site: Site, ca_file: Path, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: {MONITOR}\r\nConnection: close\r\n\r\n".encode()
    received = openssl(site, ca_file, MONITOR, request)
    found = one(site.since(0))
    assert found.request == request
    assert received == found.response


def test_requests_on_one_connection_are_told_apart(site: Site, ca_file: Path) -> None:
    asked = [f"GET /stored.json?{n} HTTP/1.1\r\nHost: {POST}\r\n\r\n".encode() for n in range(3)]
    asked[2] = asked[2].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    received = openssl(site, ca_file, POST, b"".join(asked))
    log = site.since(0)
    assert [exchange.request for exchange in log] == asked
    assert b"".join(exchange.response for exchange in log) == received
    assert len({exchange.connection for exchange in log}) == 1


@needs_wget
def test_the_warc_of_another_program_is_the_log(site: Site, tmp_path: Path) -> None:
    # wget keeps no interim answer, no trailer, no 204 and nothing that breaks off
    lost = {"/odd/early-hints", "/odd/trailers", "/odd/empty", "/odd/short"}
    paths = [path for path in ODD_PATHS if path not in lost]
    warc = wget_warc(site, tmp_path, MONITOR, ["/odd.html", *paths, "/s/4711"])
    log = site.since(0)
    found = compare(log, kept_in(warc))
    assert len(found.pairs) == len(paths) + 2
    assert found.wrong == []
    assert compare(log, ()).count("missing") == len(log)


def test_our_own_program_keeps_every_odd_answer_as_the_log_has_it(site: Site, ca_file: Path, tmp_path: Path) -> None:
    case = browser_field.new_case(tmp_path / "case")
    urls = [f"{scheme}://{MONITOR}{path}" for path in ODD_PATHS for scheme in ("http", "https")]
    browser_field.archiver("capture", *urls, "--case", case, *browser_field.ways(site, ca_file))
    warcs = sorted((tmp_path / "case").rglob("*.warc.gz"))
    found = compare(site.since(0), [record for warc in warcs for record in kept_in(warc)])
    assert len(found.pairs) == len(urls)
    assert [text for text in found.wrong if not text.startswith("cut: ")] == []
    assert not found.unheard


def test_an_answer_that_differs_in_one_octet_is_another() -> None:
    exchange = logged(1)
    wrong = replace(kept(exchange), response=exchange.response[:-1] + b"!")
    assert [pair.verdict for pair in compare([exchange], [kept(exchange)]).pairs] == ["exact"]
    assert [pair.verdict for pair in compare([exchange], [wrong]).pairs] == ["other"]


def test_a_beginning_is_cut_only_where_the_record_says_so() -> None:
    exchange = logged(1)
    begun = replace(kept(exchange), response=exchange.response[:-1])
    assert compare([exchange], [begun]).count("other") == 1
    told = compare([exchange], [replace(begun, truncated="disconnect")])
    assert told.count("cut") == 1
    assert told.wrong
    assert not told.wrong_for_good


def test_what_is_missing_and_what_was_never_said_are_named() -> None:
    first, second = logged(1), logged(2)
    found = compare([first], [kept(second), kept(first), kept(first)])
    assert found.count("exact") == 1
    assert found.unheard == (kept(second), kept(first))  # another, and the same twice
    assert compare([first, second], [kept(first)]).wrong == [
        f"missing: GET {second.url} ({len(second.response)} octets sent, another request)"
    ]


def test_only_a_value_that_is_said_to_be_hidden_may_differ_in_a_request() -> None:
    sent = b"GET / HTTP/1.1\r\nCookie: reader=7f3a\r\nAccept: */*\r\n\r\n"
    assert same_request(sent, sent.replace(b"reader=7f3a", b"[redacted]"))
    assert not same_request(sent, sent.replace(b"reader=7f3a", b"reader=****"))
    assert not same_request(sent, sent.replace(b"Cookie: reader=7f3a\r\n", b""))
    assert not same_request(sent, sent.replace(b"Accept: */*", b"Cookie: [redacted]"))


def test_frames_of_a_websocket_are_compared_on_both_sides() -> None:
    opened = b"HTTP/1.1 101 Switching Protocols\r\nX-Exchange: 1\r\n\r\n"
    exchange = logged(1, opened, heard=b"\x81\x80mask", said=b"\x81\x02hi")
    whole = replace(kept(exchange), socket=(exchange.heard, exchange.said))
    assert compare([exchange], [whole]).sockets == (1, 1)
    assert compare([exchange], [kept(exchange)]).sockets == (0, 1)
    assert compare([exchange], [replace(whole, socket=(exchange.heard, b""))]).wrong


def test_frames_of_a_browser_are_unmasked_and_ours_are_not_masked() -> None:
    masked = bytes(octet ^ mask for octet, mask in zip(b"hello", b"\x01\x02\x03\x04\x01", strict=True))
    assert heard(Recited(b"\x81\x85\x01\x02\x03\x04" + masked)) == (1, b"hello")
    assert frame(1, b"hello") == b"\x81\x05hello"
    assert frame(2, bytes(300), final=False)[:4] == b"\x02\x7e\x01\x2c"


def test_pictures_differ_by_the_pixels_that_differ_and_by_what_only_one_has() -> None:
    small, large = picture(20, 10, 1), picture(20, 12, 1)
    assert difference(small, small).differing == 0
    assert difference(small, picture(20, 10, 2)).differing > 0
    unequal = difference(small, large)
    assert unequal.pixels == 240
    assert unequal.differing >= 40


def test_names_of_pages_and_hosts_are_unique() -> None:
    assert len({page.name for page in PAGES}) == len({page.url for page in PAGES}) == len(PAGES)
    assert len(set(HOSTS)) == len(HOSTS)


@needs_browser
@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_chromium_shows_each_page_and_every_answer_it_took_is_in_the_log(
    site: Site, tmp_path: Path, page: places.Page
) -> None:
    ran = browser_field.plain_screenshot(page, site, tmp_path / "page.png")
    assert ran.code == 0, ran.errors
    log = site.since(0)
    address = Address.parse(page.url)
    assert log[0].url == f"{address.scheme}://{address.host}{address.target}"
    assert {exchange.url.split("/")[2] for exchange in log} <= set(HOSTS)
    not_there = [exchange.url for exchange in log if b" 404 " in exchange.response[:20]]
    assert [url for url in not_there if not url.endswith("/odd/not-there")] == []


@needs_browser
def test_the_measurement_runs_and_finds_nothing_wrong_without_a_browser(tmp_path: Path) -> None:
    command = [sys.executable, BENCHMARKS / "browser_capture.py", "--runs", "1", "--how=--page", "--only", "idn"]
    done = subprocess.run([*command, "--json", tmp_path / "all.json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (told,) = json.loads((tmp_path / "all.json").read_bytes())
    assert told["exact"] == told["exchanges"] == told["requests"] > 3
    assert "| idn |" in done.stdout
