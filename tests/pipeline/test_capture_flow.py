"""A link becomes evidence, end to end: every answer a server can give, on the record and sound."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from authority import Authority
from casebench import QUICK, Bench
from hostile_answers import PLAIN_CASES
from server import Drip, HostileCase, RawServer, Send, html, http

from archiver.custody.layout import item_path
from archiver.custody.log import Event
from archiver.errors import ConfigError, ExitCode, UsageError
from archiver.model.exchange import ConnectTo, Limits, Route
from archiver.pipeline.capture import exit_code_of
from archiver.pipeline.view import extract
from archiver.warc.read import read_block

SECRET = "s3cr3t-value-of-the-investigator"


def answer_of(bench: Bench, event: Event) -> bytes:
    record = next(record for record in event.data["records"] if record["type"] == "response")
    warc = bench.path / item_path(event.data["item"])
    return b"".join(read_block(warc, record["offset"], record["length"]))


def unpacked(file: Path) -> bytes:
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data


@pytest.mark.parametrize("group", sorted({case.group for case in PLAIN_CASES}))
def test_every_hostile_answer_is_kept_byte_for_byte_in_a_sound_case(
    group: str, bench: Bench, raw_server: RawServer
) -> None:
    cases = tuple(case for case in PLAIN_CASES if case.group == group)
    raw_server.add(cases)
    for case in cases:
        _kept(bench, raw_server, case)
    bench.assert_sound()


def _kept(bench: Bench, server: RawServer, case: HostileCase) -> None:
    limits = Limits(connect=5, idle=0.5, linger=0.1, max_time=1.0 if case.endless else 10, max_redirects=0)
    event = bench.capture(server.url(case.target), server, limits=limits)
    if not case.sent:
        assert event.event == "item.failed", case.name
        return
    stored = answer_of(bench, event)
    sent = server.sent[case.target] if case.endless else case.sent
    assert sent.startswith(stored) if case.endless else stored == sent, case.name
    assert stored
    assert set(case.expect) <= set(event.data["exchanges"][0]["anomalies"]), case.name


def test_the_intent_is_on_disk_before_the_first_packet(bench: Bench, raw_server: RawServer) -> None:
    seen: list[list[str]] = []

    def script(_: bytes) -> bytes:
        seen.append(bench.names())
        return html("x")

    raw_server.routes["/"] = script
    bench.capture(raw_server.url(), raw_server)
    assert seen == [["case.opened", "item.requested"]]
    assert bench.names()[-1] == "item.captured"


def test_each_hop_is_recorded_and_the_last_answer_stands_for_the_item(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes = {
        "/1": http(b"", "Location: /2", line=b"HTTP/1.1 301 Moved"),
        "/2": http(b"", "Location: //" + raw_server.netloc + "/3", line=b"HTTP/1.1 302 Found"),
        "/3": html("Конец пути", "<p>text"),
    }
    event = bench.capture(raw_server.url("/1"), raw_server)
    assert [line["status"] for line in event.data["exchanges"]] == [301, 302, 200]
    assert [record["type"] for record in event.data["records"]].count("response") == 3
    assert event.data["title"] == "Конец пути"
    assert event.data["final_url"] == raw_server.url("/3")
    assert exit_code_of(event) is ExitCode.OK
    bench.assert_sound()


@pytest.mark.parametrize("location", ["http://127.0.0.2/", "http://2130706433/", "http://[::ffff:127.0.0.1]/x",
                                      "http://169.254.169.254/", "file:///etc/passwd", "http://10.1.2.3/"])  # fmt: skip
def test_a_redirect_to_a_forbidden_place_is_refused_and_the_first_answer_kept(
    location: str, bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/"] = http(b"", f"Location: {location}", line=b"HTTP/1.1 302 Found")
    event = bench.capture(raw_server.url(), raw_server)
    assert event.data["outcome"] == "partial"
    assert event.data["reasons"] == ["redirect-refused"]
    assert exit_code_of(event) is ExitCode.PARTLY_PRESERVED
    assert raw_server.connections == 1
    bench.assert_sound()


@pytest.mark.parametrize(
    ("url", "kind"),
    [("http://127.0.0.1:9/", "refused"), ("ftp://example.org/x", "refused"), ("http://0x7f.1/", "refused")],
)
def test_what_the_guard_refuses_is_on_the_record(url: str, kind: str, bench: Bench) -> None:
    event = bench.capture(url)
    assert (event.event, event.data["failure"]["kind"]) == ("item.failed", kind)
    assert (event.data["url"], exit_code_of(event)) == (url, ExitCode.NOTHING_PRESERVED)
    assert [record["type"] for record in event.data["records"]] == ["warcinfo", "metadata", "metadata"]
    bench.assert_sound()


def test_a_refused_connection_is_on_the_record(bench: Bench, raw_server: RawServer) -> None:
    url = raw_server.url()
    raw_server.close()
    event = bench.capture(url, raw_server)
    assert event.data["failure"]["kind"] == "connect"
    bench.assert_sound()


def test_a_certificate_that_does_not_check_is_kept_as_evidence(
    bench: Bench, tls_server: RawServer, ca: Authority
) -> None:
    tls_server.default = html("x")
    event = bench.capture(tls_server.url(), tls_server)
    assert (event.event, event.data["failure"]["kind"]) == ("item.failed", "tls_verify")
    assert b'"chain":["MII' in unpacked(bench.path / item_path(1))
    assert tls_server.requests == []
    route = Route(allow=tls_server.allow)
    for changed in (Route(route.allow, insecure=True), Route(route.allow, ca_pem=ca.pem)):
        event = bench.capture(tls_server.url(), tls_server, route=changed)
        assert event.data["outcome"] == "complete"
    assert [e.data["settings"]["route"]["insecure"] for e in bench.events() if e.event == "item.requested"] == [
        False, True, False,
    ]  # fmt: skip
    bench.assert_sound()


@pytest.mark.parametrize(
    "tail", ["/a b?q=ё&&x#frag", "/%zz/../[x]|", "/?utm_source=1&id=", "/\t\n/x", "/<b>[red]\x1b[2J"]
)
def test_addresses_are_kept_exactly_as_submitted(tail: str, bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    url = f"http://user:pw@{raw_server.netloc}{tail}"
    event = bench.capture(url, raw_server)
    assert event.data["url"] == url
    assert "address-userinfo-not-sent" in event.data["exchanges"][0]["anomalies"]
    assert b"Authorization" not in raw_server.requests[0]
    assert event.data["request_url"].encode().partition(raw_server.netloc.encode())[2] in raw_server.requests[0]
    bench.assert_sound()


def test_a_cyrillic_name_is_asked_in_its_ascii_form(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    route = Route(connect_to=(ConnectTo("xn----8sbefx2ahb1ak8k.example", 80, raw_server.host, raw_server.port),))
    event = bench.capture("http://новости-юга.example/письма", route=route)
    assert b"Host: xn----8sbefx2ahb1ak8k.example\r\n" in raw_server.requests[0]
    assert event.data["url"] == "http://новости-юга.example/письма"
    bench.assert_sound()


def test_secrets_are_sent_and_stay_out_of_the_case(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    cookies = f"{raw_server.host}\tFALSE\t/\tFALSE\t0\tsid\t{SECRET}-cookie\n"
    bench.capture(
        raw_server.url(), raw_server, headers=(("Authorization", f"Bearer {SECRET}"), ("X-Plain", "shown")),
        cookies=cookies,
    )  # fmt: skip
    assert f"Bearer {SECRET}".encode() in raw_server.requests[0]
    assert f"sid={SECRET}-cookie".encode() in raw_server.requests[0]
    assert bench.holds(SECRET.encode(), unpacked) == []
    assert bench.holds(b"X-Plain: shown", unpacked) != []
    assert bench.events()[-1].data["redactions"] == 2
    bench.assert_sound()


def test_an_echoed_secret_is_masked_and_the_whole_answer_kept_in_private(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x", f"you said {SECRET}")
    event = bench.capture(raw_server.url(), raw_server, headers=(("X-Api-Key", SECRET),))
    assert bench.holds(SECRET.encode(), unpacked) == []
    (name,) = event.data["private"]
    assert SECRET.encode() in (bench.path / "private" / f"{name}.bin").read_bytes()
    assert "secret-echoed" in event.data["exchanges"][0]["anomalies"]
    bench.assert_sound()


def test_a_session_that_a_redirect_renews_goes_on_as_it_is_and_stays_secret(
    bench: Bench, raw_server: RawServer
) -> None:
    found, told = b"HTTP/1.1 302 Found", f"you said {SECRET}"
    raw_server.routes = {
        "/1": http(b"", f"Set-Cookie: sid={SECRET}; Path=/", "Location: /2", line=found),
        "/2": http(told, "Set-Cookie: sid=replaced-by-you; Path=/", "Location: /3", line=found),
        "/3": html("x", told),
    }
    cookies = f"{raw_server.host}\tFALSE\t/\tFALSE\t0\tsid\t{SECRET}\n"
    event = bench.capture(raw_server.url("/1"), raw_server, cookies=cookies)
    assert f"Cookie: sid={SECRET}\r\n".encode() in raw_server.requests[1]
    assert b"Cookie: sid=replaced-by-you\r\n" in raw_server.requests[2]
    assert [exchange["anomalies"] for exchange in event.data["exchanges"]] == [["secret-echoed"]] * 3
    assert bench.holds(SECRET.encode(), unpacked) == []
    bench.assert_sound()


def test_a_redirect_to_an_address_that_spells_a_secret_is_not_followed(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = http(b"", f"Location: /in?token={SECRET}", line=b"HTTP/1.1 302 Found")
    event = bench.capture(raw_server.url(), raw_server, headers=(("X-Api-Key", SECRET),))
    assert len(raw_server.requests) == 1
    assert (event.data["outcome"], event.data["reasons"]) == ("partial", ["location-unusable"])
    assert bench.holds(SECRET.encode(), unpacked) == []
    bench.assert_sound()


def test_a_chain_of_the_longest_addresses_stays_on_the_record(bench: Bench, raw_server: RawServer) -> None:
    hops = iter(range(1000))

    def on(_: bytes) -> bytes:
        location = f"http://ⅼocalhost:{raw_server.port}/{next(hops)}{'é' * 10_900}"  # escaped, three times as long
        return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location.encode() + b"\r\n\r\n"

    raw_server.default = on
    route = Route(allow=(("localhost", raw_server.port), *raw_server.allow))
    event = bench.capture(raw_server.url(), raw_server, route=route, limits=replace(QUICK, max_redirects=100))
    assert (event.data["reasons"], len(event.data["exchanges"])) == (["redirect-limit"], 101)
    raw_server.default = b"HTTP/1.1 302 Found\r\nLocation: //\xd1\x80.example/" + "é".encode() * 11_000 + b"\r\n\r\n"
    event = bench.capture(raw_server.url(), raw_server)
    assert event.data["reasons"] == ["location-unusable"]
    bench.assert_sound()


def test_a_cookie_that_a_redirect_sets_goes_to_the_next_hop_and_no_further(bench: Bench, raw_server: RawServer) -> None:
    def door(request: bytes) -> bytes:
        if b"seen=1" in request:
            return html("inside")
        return http(b"", "Set-Cookie: seen=1", "Location: /", line=b"HTTP/1.1 302 Found")

    raw_server.default = door
    assert bench.capture(raw_server.url(), raw_server).data["title"] == "inside"
    assert b"Cookie" not in raw_server.requests[0]
    bench.capture(raw_server.url(), raw_server)
    assert b"Cookie" not in raw_server.requests[2]


def test_the_limit_on_bytes_counts_for_all_hops(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes = {
        "/1": http(b"x" * 3000, "Location: /2", line=b"HTTP/1.1 302 Found"),
        "/2": html("x", "y" * 3000),
    }
    limits = Limits(max_bytes=4000, linger=0.1)
    event = bench.capture(raw_server.url("/1"), raw_server, limits=limits)
    assert event.data["reasons"] == ["cut-length"]
    stored = [record for record in event.data["records"] if record["type"] == "response"]
    assert len(stored) == 2
    bench.assert_sound()


def test_a_large_answer_leaves_no_part_behind(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = http(bytes(range(256)) * 12_000, "Content-Type: application/pdf")
    event = bench.capture(raw_server.url(), raw_server)
    assert list(bench.path.rglob("*.part")) == []
    written = extract(bench.path, 1, bench.path.parent / "out")
    entity = next(file for file in written if "entity" in file.name)
    assert (entity.suffix, entity.read_bytes()) == (".pdf", bytes(range(256)) * 12_000)
    assert event.data["media_type"] == "application/pdf"
    bench.assert_sound()


def test_a_stop_keeps_what_has_arrived(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = (Send(http(b"", "Content-Length: 9999999", length=False)), Drip(b"y" * 100, 0.01))
    event = bench.capture(raw_server.url(), raw_server, stop=lambda: len(raw_server.sent.get("/", b"")) > 2000)
    assert event.event == "item.interrupted"
    assert exit_code_of(event) is ExitCode.INTERRUPTED
    assert len(answer_of(bench, event)) > 1000
    bench.assert_sound()


def test_a_stop_before_anything_was_asked_is_recorded(bench: Bench, raw_server: RawServer) -> None:
    event = bench.capture(raw_server.url(), raw_server, stop=lambda: True)
    assert (event.event, event.data["reason"]) == ("item.interrupted", "stopped")
    assert raw_server.requests == []
    bench.assert_sound()


def test_bad_options_leave_no_trace(bench: Bench, raw_server: RawServer) -> None:
    before = (bench.path / "custody.jsonl").read_bytes()
    with pytest.raises(ConfigError):
        bench.capture(raw_server.url(), raw_server, cookies="not a cookie file\n")
    with pytest.raises(UsageError):
        bench.capture(raw_server.url(), raw_server, note="x" * 200_000)
    with pytest.raises(UsageError):
        bench.capture(raw_server.url(), raw_server, note="\ud800")
    with pytest.raises(UsageError):
        bench.capture(raw_server.url(), raw_server, headers=(("Bad Name", "x"),))
    with pytest.raises(UsageError):
        bench.capture(raw_server.url(), raw_server, tags=("\udcff",))
    assert (bench.path / "custody.jsonl").read_bytes() == before
