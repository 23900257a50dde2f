"""Servers that mean harm to whoever fetches a video: what they cost is bounded, and nothing short passes for whole."""

import gzip
import os
import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree.ElementTree import XML, Element

import pytest
from casebench import Bench
from mediabench import PATIENT, Cinema, film, recorded, same_as_seen, told
from server import RawServer, Reset, Send, http
from streams import listed, master, segments, serve_segments
from yt_dlp.utils import parse_duration

from archiver.media.lists import MAX_SEGMENTS, segments_in
from archiver.media.translate import another_part
from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.pipeline import video
from archiver.pipeline.options import PostOptions
from archiver.warc.read import read_block

pytestmark = pytest.mark.usefixtures("cinema")
FILM = bytes(range(256)) * 4
PARTIAL = b"HTTP/1.1 206 Partial Content"


def lines(count: int, name: str) -> tuple[str, ...]:
    return tuple(line for number in range(count) for line in ("#EXTINF:2.0,", name.replace("N", str(number))))


def test_a_list_that_names_one_segment_without_end_is_cut_by_the_limit_of_bytes(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/a.ts"] = http(bytes(1 << 20), "Content-Type: video/mp2t")
    raw_server.routes["/film.m3u8"] = listed(*lines(200, "/a.ts"))
    outcome = film(bench, raw_server, "/film.m3u8", limits=replace(PATIENT, max_bytes=8 << 20))
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["post-limits"])
    assert told(bench, outcome)["files"] == []
    assert same_as_seen(outcome, raw_server)
    bench.assert_sound()


def test_answers_that_are_given_once_more_count_and_a_stop_is_heard_between_them(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw_server.routes["/a.ts"] = http(b"a", "Content-Type: video/mp2t")
    raw_server.routes["/film.m3u8"] = listed(*lines(300, "/a.ts"))
    monkeypatch.setattr(video, "MAX_EXCHANGES", 100)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["post-limits"])


def test_segments_that_unpack_to_more_than_the_item_may_hold_are_cut(bench: Bench, raw_server: RawServer) -> None:
    coded = ("Content-Type: video/mp2t", "Content-Encoding: gzip")
    body = gzip.compress(os.urandom(1 << 14) + bytes(8 << 20), 6)
    raw_server.routes |= {f"/{number}.ts": http(body, *coded) for number in range(8)}
    raw_server.routes["/film.m3u8"] = listed(*lines(8, "/N.ts"))
    outcome = film(bench, raw_server, "/film.m3u8", limits=replace(PATIENT, max_bytes=24 << 20))
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["post-limits"])
    bench.assert_sound()


def test_a_page_elsewhere_gets_no_secret_header_for_being_that_of_the_video(
    bench: Bench, raw_server: RawServer
) -> None:
    page = (
        "<html><head><title>x</title><meta property='og:title' content='x'><meta property='og:type' "
        "content='video.other'><meta property='og:video' content='/film.m3u8'></head><video src='/film.m3u8'></video>"
    )
    with RawServer() as elsewhere:
        raw_server.routes["/page"] = http(b"", f"Location: {elsewhere.url('/page')}", line=b"HTTP/1.1 302 Found")
        elsewhere.routes["/page"] = http(page, "Content-Type: text/html")
        elsewhere.routes["/film.m3u8"] = listed(*segments())
        serve_segments(elsewhere)
        outcome = bench.capture(
            raw_server.url("/page"),
            raw_server,
            elsewhere,
            posts=PostOptions(platform="page", media=True),
            limits=PATIENT,
            headers=(("Authorization", "Bearer of-the-operator"),),
        )
        assert len(recorded(outcome)) > 5
        assert b"Authorization: Bearer of-the-operator" in raw_server.requests[0]
        assert not any(b"of-the-operator" in request for request in elsewhere.requests)


def test_what_a_post_names_elsewhere_gets_no_secret_header_and_an_echo_of_one_is_masked_all_the_same(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def more(self: Cinema, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        return (Target("picture", elsewhere.url("/picture")),)

    monkeypatch.setattr(Cinema, "more", more)
    with RawServer() as elsewhere:
        elsewhere.routes["/picture"] = http(b"you are of-the-operator", "Content-Type: image/png")
        headers = (("Authorization", "Bearer of-the-operator"), ("X-Case", "7"))
        outcome = film(bench, raw_server, "/film.mp4", elsewhere, headers=headers)
        assert b"Authorization: Bearer of-the-operator" in raw_server.requests[0]
        (request,) = elsewhere.requests
        assert b"X-Case: 7" in request
        assert b"of-the-operator" not in request
    path = bench.path / outcome.data["file"]["path"]
    answers = [record for record in outcome.data["records"] if record["type"] == "response"]
    assert not any(b"of-the-operator" in b"".join(read_block(path, r["offset"], r["length"])) for r in answers)
    bench.assert_sound()


Ranged = Callable[[int], bytes]


@pytest.mark.parametrize(
    "rest",
    [
        lambda at: http(FILM[at : at + 10], f"Content-Range: bytes {at}-{at + 9}/1024", line=PARTIAL),
        lambda at: http(FILM[at:], line=PARTIAL),
        lambda at: http(FILM[at:], "Content-Range: bytes 3-9/1024", line=PARTIAL),
        lambda at: http(b"", "Content-Range: bytes */1024", line=b"HTTP/1.1 416 Range Not Satisfiable"),
    ],
)
def test_what_is_no_rest_of_a_file_does_not_make_it_whole(bench: Bench, raw_server: RawServer, rest: Ranged) -> None:
    def broken(request: bytes) -> bytes | tuple[Send | Reset, ...]:
        span = re.search(rb"(?im)^range: bytes=(\d+)-", request)
        return rest(int(span[1])) if span else (Send(http(FILM, "Content-Type: video/mp4")[:-50]), Reset())

    raw_server.routes["/film.mp4"] = broken
    outcome = film(bench, raw_server, "/film.mp4")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["video-incomplete"])
    assert told(bench, outcome)["files"] == []
    assert same_as_seen(outcome, raw_server)
    bench.assert_sound()


@pytest.mark.parametrize(
    "part",
    [
        lambda at: http(FILM, "Content-Type: video/mp4"),
        lambda at: http(FILM[at : at + 10], f"Content-Range: bytes {at}-{at + 9}/1024", line=PARTIAL),
    ],
)
def test_a_segment_of_another_size_than_its_list_says_is_none(
    bench: Bench, raw_server: RawServer, part: Ranged
) -> None:
    def ranged(request: bytes) -> bytes:
        span = re.search(rb"(?im)^range: bytes=(\d+)-", request)
        assert span is not None
        return part(int(span[1]))

    raw_server.routes["/film.mp4"] = ranged
    parts = [x for n in range(3) for x in ("#EXTINF:2.0,", f"#EXT-X-BYTERANGE:100@{n * 100}", "/film.mp4")]
    raw_server.routes["/film.m3u8"] = listed(*parts)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["video-incomplete"])


@pytest.mark.parametrize(
    ("asked", "status", "stated", "segment", "fits"),
    [
        ({}, 200, "", True, True),
        ({}, 206, "bytes 0-9/10", False, True),
        ({}, 206, "bytes 0-8/10", False, False),
        ({"range": "bytes=5-"}, 206, "bytes 5-9/*", False, True),
        ({"Range": "bytes=5-"}, 200, "", True, True),
        ({"Range": "bytes=0-99"}, 200, "", False, True),
        ({"Range": "bytes=0-99"}, 206, "bytes 0-9/10", False, True),
        ({"Range": "bytes=0-99"}, 206, "bytes 0-99/500", True, True),
        ({"Range": "bytes=0-99"}, 206, "bytes 0-98/*", True, False),
        ({"Range": "bytes=-5"}, 206, "bytes 5-9/10", True, False),
        ({"Range": "bytes=0-99"}, 404, "", True, True),
    ],
)
def test_which_answer_is_the_part_that_was_asked_for(
    asked: dict[str, str], status: int, stated: str, segment: bool, fits: bool
) -> None:
    headers = ((b"Content-Range", stated.encode()),) if stated else ()
    assert (another_part(asked, status, headers, segment=segment) == "") == fits


def test_a_file_whose_end_nothing_confirms_is_unconfirmed_as_a_page_would_be(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/film.mp4"] = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n" + FILM
    assert film(bench, raw_server, "/film.mp4").data["outcome"] == "unconfirmed"


def test_segments_that_are_marked_and_left_out_are_missed(bench: Bench, raw_server: RawServer) -> None:
    marked = ("#UPLYNK-SEGMENT:x,00,segment", *segments(1), "#UPLYNK-SEGMENT:x,01,ad", *segments(2)[2:])
    raw_server.routes["/film.m3u8"] = listed(*marked)
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["video-incomplete"])
    assert any("advertisements" in words for words in told(bench, outcome)["told"])


def test_a_stream_that_turns_out_to_have_no_end_is_not_whole(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/film.m3u8"] = master(captions=False)
    raw_server.routes["/low.m3u8"] = listed(*segments())
    raw_server.routes["/high.m3u8"] = listed(*segments(), ended=False)
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["video-incomplete"])
    assert told(bench, outcome)["files"] == []
    assert same_as_seen(outcome, raw_server)


def dash(inner: str, length: str = "PT4S") -> str:
    return (
        f'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="{length}"><Period>'
        f'<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">{inner}</Representation>'
        "</AdaptationSet></Period></MPD>"
    )


def parsed(text: str) -> Element:
    return XML(text)


REPEATED = '<S d="1" r="99999999999"/>'
BOMBS = (
    dash('<SegmentTemplate media="/$Number$" duration="1" timescale="1"/>', "PT99999999999S"),
    dash('<SegmentTemplate media="/$Number$" duration="1" timescale="99999999999"/>'),
    dash(f'<SegmentTemplate media="/$Time$"><SegmentTimeline>{REPEATED}</SegmentTimeline></SegmentTemplate>'),
    dash('<SegmentTemplate media="/$Number$" duration="0" timescale="1"/>'),
)
SMOOTH = (
    '<SmoothStreamingMedia MajorVersion="2" Duration="20"><StreamIndex Type="video" Url="{bitrate}/{start time}">'
    '<QualityLevel Bitrate="1000" FourCC="H264"/><c d="1" r="99999999999"/></StreamIndex></SmoothStreamingMedia>'
)


@pytest.mark.parametrize("bomb", [*BOMBS, SMOOTH])
def test_a_short_list_that_stands_for_billions_of_segments_is_refused_before_it_is_written_out(
    bench: Bench, raw_server: RawServer, bomb: str
) -> None:
    assert segments_in(parsed(bomb), parse_duration) > MAX_SEGMENTS
    raw_server.routes["/film"] = http(bomb, "Content-Type: application/xml")
    outcome = film(bench, raw_server, "/film")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["video-failed"])
    assert any("segments" in words for words in told(bench, outcome)["told"])
    bench.assert_sound()


def test_a_film_of_three_hours_in_ten_qualities_is_no_such_list() -> None:
    template = '<SegmentTemplate media="/$Number$" duration="96000" timescale="48000"/>'
    parts = f'<Representation id="1">{template}</Representation>' * 10
    plain = parsed(
        dash(template, "PT3H").replace(f'<Representation id="1" bandwidth="1">{template}</Representation>', parts)
    )
    assert segments_in(plain, parse_duration) == 54_000
    assert segments_in(parsed("<MPD/>"), parse_duration) == 0
