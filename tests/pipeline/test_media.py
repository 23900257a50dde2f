"""Every request that the program for media makes is an exchange of the item, and nothing goes round the record."""

import gzip
import hashlib
import re
import stat
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from authority import Authority
from batchbench import BatchBench
from casebench import Bench
from mediabench import PATIENT, POSTS, film, kept, recorded, same_as_seen, told
from server import RawServer, Reset, Send, http
from streams import (
    CAPTIONS,
    IV,
    KEY,
    SEGMENTS,
    dash,
    listed,
    made_by_ffmpeg,
    master,
    needs_ffmpeg,
    routes_by_ffmpeg,
    segments,
    serve_dash,
    serve_segments,
)

from archiver.canon import loads
from archiver.media import program
from archiver.model.exchange import Route
from archiver.pipeline.cases import amend_case
from archiver.pipeline.rereading import normalised, reextract, video_of
from archiver.pipeline.view import extract
from archiver.warc.read import read_block

FILM = bytes(range(256)) * 2000
pytestmark = pytest.mark.usefixtures("cinema")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_progressive_file_is_asked_for_once_and_described_by_its_answer(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/film.mp4"] = http(FILM, "Content-Type: video/mp4")
    outcome = film(bench, raw_server, "/film.mp4")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("complete", [])
    assert same_as_seen(outcome, raw_server)
    assert Counter(recorded(outcome))[raw_server.url("/film.mp4")] == 1
    said = told(bench, outcome)
    answers = [record["id"] for record in outcome.data["records"] if record["type"] == "response"]
    assert [(f["how"], f["kept"], f["size"], f["sha256"]) for f in said["files"]] == [
        ("recorded", None, len(FILM), sha256(FILM))
    ]
    assert said["files"][0]["made_from"] == [{"exchange": 2, "record": answers[1], "at": 0, "size": len(FILM)}]
    assert (said["program"]["name"], len(said["program"]["sha256"])) == ("yt-dlp", 64)
    assert said["options"]["cachedir"] is False
    bench.assert_sound()


def test_without_media_nothing_of_the_video_is_asked(bench: Bench, raw_server: RawServer) -> None:
    outcome = film(bench, raw_server, "/film.mp4", posts=replace(POSTS, media=False))
    assert recorded(outcome) == [raw_server.url("/about")]


def test_the_post_and_its_video_lie_side_by_side_and_are_read_again_alike(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    raw_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    post, _ = normalised(bench.path, 1)
    assert outcome.data["title"] == "A film"
    files = post["post"]["attachment"][0]["renditions"]
    assert [each["url"] for each in files][-3:] == [raw_server.url(f"/hls/{number}.ts") for number in range(3)]
    assert {each["role"] for each in files} == {"manifest", "best"}
    text = (bench.path / "case.yaml").read_text("utf-8")
    (bench.path / "case.yaml").write_text(f"{text}policy:\n  posts:\n    adapters: [cinema]\n", "utf-8")
    amend_case(bench.path, reason="the adapter that it was captured with", runtime=bench.runtime)
    then, now = reextract(bench.path, 1)
    assert then == now
    names = [file.name for file in extract(bench.path, 1, tmp_path / "out")]
    assert [name[4:] for name in names][-3:] == ["post.json", "video.json", "metadata.block"]


def test_every_part_of_a_stream_in_segments_is_recorded(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/film.m3u8"] = master()
    raw_server.routes["/low.m3u8"] = listed(*segments(folder="/low"))
    raw_server.routes["/high.m3u8"] = listed(f'#EXT-X-KEY:METHOD=AES-128,URI="/key",IV=0x{IV.hex()}', *segments())
    raw_server.routes["/captions.m3u8"] = listed("#EXTINF:6.0,", "/captions.vtt")
    raw_server.routes["/captions.vtt"] = http(CAPTIONS, "Content-Type: text/vtt")
    raw_server.routes["/key"] = http(KEY, "Content-Type: application/octet-stream")
    serve_segments(raw_server, encrypted=True)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("complete", [])
    assert same_as_seen(outcome, raw_server)
    asked = {url.removeprefix(raw_server.url("")) for url in recorded(outcome)}
    assert {"/key", "/hls/0.ts", "/hls/1.ts", "/hls/2.ts", "/captions.vtt", "/high.m3u8"} <= asked
    assert not any(each.startswith("/low/") for each in asked)
    stream, captions = told(bench, outcome)["files"]
    assert (stream["how"], stream["kept"]) == ("assembled", "video-1")  # decrypted: no answer has these bytes
    assert kept(bench, outcome, "video-1") == b"".join(SEGMENTS)
    assert stream["sha256"] == sha256(b"".join(SEGMENTS))
    assert (captions["kind"], captions["language"], captions["media_type"]) == ("captions", "ru", "text/vtt")
    bench.assert_sound()


def test_segments_end_to_end_are_described_and_not_kept_twice(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    (stream,) = told(bench, outcome)["files"]
    assert (stream["how"], stream["kept"], stream["sha256"]) == ("recorded", None, sha256(b"".join(SEGMENTS)))
    numbers = [recorded(outcome)[piece["exchange"] - 1] for piece in stream["made_from"]]
    assert numbers == [raw_server.url(f"/hls/{number}.ts") for number in range(3)]
    assert [piece["at"] for piece in stream["made_from"]] == [0, len(SEGMENTS[0]), 2 * len(SEGMENTS[0])]
    assert sum(record["type"] == "resource" for record in outcome.data["records"]) == 2


def test_a_stream_in_ranges_of_one_file_is_recorded_range_by_range(bench: Bench, raw_server: RawServer) -> None:
    whole = b"".join(SEGMENTS)

    def ranged(request: bytes) -> bytes:
        span = re.search(rb"(?im)^range: bytes=(\d+)-(\d+)", request)
        assert span is not None
        first, last = int(span[1]), int(span[2])
        told = f"Content-Range: bytes {first}-{last}/{len(whole)}"
        return http(whole[first : last + 1], "Content-Type: video/mp4", told, line=b"HTTP/1.1 206 Partial Content")

    size = len(SEGMENTS[0])
    raw_server.routes["/film.mp4"] = ranged
    lines = [line for n in range(3) for line in ("#EXTINF:2.0,", f"#EXT-X-BYTERANGE:{size}@{n * size}", "/film.mp4")]
    raw_server.routes["/film.m3u8"] = listed(*lines)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert same_as_seen(outcome, raw_server)
    (stream,) = told(bench, outcome)["files"]
    assert (stream["how"], len(stream["made_from"]), stream["sha256"]) == ("recorded", 3, sha256(whole))


def test_picture_and_sound_stay_apart_where_nothing_can_merge_them(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    serve_dash(raw_server)
    outcome = film(bench, raw_server, "/film.mpd")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("complete", [])
    assert same_as_seen(outcome, raw_server)
    assert [(each["kind"], each["how"]) for each in told(bench, outcome)["files"]] == [
        ("video", "recorded"),
        ("audio", "recorded"),
    ]
    bench.assert_sound()


@needs_ffmpeg
def test_picture_and_sound_are_merged_into_a_file_that_names_what_it_is_of(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes |= routes_by_ffmpeg()
    outcome = film(bench, raw_server, "/film.mpd")
    assert (outcome.data["outcome"], same_as_seen(outcome, raw_server)) == ("complete", True)
    picture, sound, both = told(bench, outcome)["files"]
    assert (both["how"], both["merged_from"], both["kept"]) == ("merged", ["file-1", "file-2"], "video-3")
    assert both["by"].startswith("ffmpeg version")
    assert (picture["how"], sound["how"]) == ("recorded", "recorded")
    data = kept(bench, outcome, "video-3")
    assert (sha256(data), data[4:8]) == (both["sha256"], b"ftyp")
    segments = [data for name, data in sorted(made_by_ffmpeg().items()) if "stream0" in name and "chunk" in name]
    init = made_by_ffmpeg()["init-stream0.m4s"]
    assert picture["sha256"] == sha256(init + b"".join(segments))
    bench.assert_sound()


@needs_ffmpeg
def test_what_ffmpeg_is_given_are_two_files_and_never_an_address(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "ran"
    for name in ("ffmpeg", "ffprobe", "phantomjs", "deno", "node", "bun", "qjs", "aria2c", "wget", "curl", "rtmpdump"):
        script = tmp_path / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\nexit 1\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    serve_dash(raw_server)
    outcome = film(bench, raw_server, "/film.mpd")
    ran = log.read_text().splitlines() if log.exists() else []
    assert {line.split(" ")[0] for line in ran} <= {"ffmpeg"}
    assert not any("http" in line for line in ran)
    assert len(told(bench, outcome)["files"]) == 2  # it could not merge them, and nothing is lost by that
    assert outcome.data["outcome"] == "complete"


def test_a_file_that_breaks_off_is_taken_up_where_it_ended(bench: Bench, raw_server: RawServer) -> None:
    half = len(FILM) // 2
    asked: list[bytes] = []

    def broken(request: bytes) -> tuple[Send | Reset, ...]:
        asked.append(request)
        span = re.search(rb"(?im)^range: bytes=(\d+)-", request)
        if span is None:
            return (Send(http(FILM, "Content-Type: video/mp4")[: -len(FILM) + half]), Reset())
        first = int(span[1])
        rest = f"Content-Range: bytes {first}-{len(FILM) - 1}/{len(FILM)}"
        return (Send(http(FILM[first:], "Content-Type: video/mp4", rest, line=b"HTTP/1.1 206 Partial Content")),)

    raw_server.routes["/film.mp4"] = broken
    outcome = film(bench, raw_server, "/film.mp4")
    assert same_as_seen(outcome, raw_server)
    (stream,) = told(bench, outcome)["files"]
    assert (stream["how"], stream["sha256"]) == ("recorded", sha256(FILM))
    assert sum(piece["size"] for piece in stream["made_from"]) == len(FILM)
    assert len(stream["made_from"]) == 2
    assert outcome.data["outcome"] == "complete"
    bench.assert_sound()


def test_each_redirect_is_an_exchange_and_a_secret_stays_at_home(bench: Bench, raw_server: RawServer) -> None:
    with RawServer() as elsewhere:
        elsewhere.routes["/film.mp4"] = http(FILM, "Content-Type: video/mp4")
        raw_server.routes["/go"] = http(b"", f"Location: {elsewhere.url('/film.mp4')}", line=b"HTTP/1.1 302 Found")
        headers = (("Authorization", "Basic c2VjcmV0OnNlY3JldA=="),)
        outcome = film(bench, raw_server, "/go", elsewhere, headers=headers)
        assert same_as_seen(outcome, raw_server, elsewhere)
        assert all(b"Authorization: Basic" in request for request in raw_server.requests)
        assert not any(b"Authorization" in request for request in elsewhere.requests)
        assert outcome.data["outcome"] == "complete"
    bench.assert_sound()


def test_over_tls_each_segment_has_the_certificate_of_its_own_connection(
    bench: Bench, tls_server: RawServer, ca: Authority
) -> None:
    tls_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(tls_server)
    outcome = film(bench, tls_server, "/film.m3u8", route=Route(allow=tls_server.allow, ca_pem=ca.pem))
    assert (outcome.data["outcome"], same_as_seen(outcome, tls_server)) == ("complete", True)
    path = bench.path / outcome.data["file"]["path"]
    blocks = (
        loads(b"".join(read_block(path, record["offset"], record["length"])))
        for record in outcome.data["records"]
        if record["type"] == "metadata"
    )
    facts = [block for block in blocks if isinstance(block, dict) and block.get("role") == "video"]
    assert len(facts) == len(tls_server.requests) - 1
    assert all(each["connection"]["tls"]["verified"] and each["connection"]["tls"]["chain"] for each in facts)
    bench.assert_sound()


def test_cookies_and_the_user_agent_are_the_operators_and_nothing_of_a_browser_is_imitated(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(raw_server)
    raw_server.routes["/about"] = http(b"a film", "Content-Type: text/plain", "Set-Cookie: visit=7; Path=/")
    film(bench, raw_server, "/film.m3u8", user_agent="Example/1", headers=(("X-Case", "7"),))
    for request in raw_server.requests[1:]:
        lines = request.decode().split("\r\n")
        assert "User-Agent: Example/1" in lines
        assert "X-Case: 7" in lines
        assert "Cookie: visit=7" in lines
        assert sum(line.lower().startswith("user-agent:") for line in lines) == 1
        assert not any(line.lower().startswith(("sec-", "x-forwarded-for:")) for line in lines)


def test_a_list_with_a_content_coding_is_kept_as_it_came_and_read(bench: Bench, raw_server: RawServer) -> None:
    plain = listed(*segments()).partition(b"\r\n\r\n")[2]
    coded = ("Content-Type: application/vnd.apple.mpegurl", "Content-Encoding: gzip")
    raw_server.routes["/film.m3u8"] = http(gzip.compress(plain), *coded)
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], same_as_seen(outcome, raw_server)) == ("complete", True)
    assert len(told(bench, outcome)["files"][0]["made_from"]) == 3
    bench.assert_sound()


def test_a_segment_that_is_not_there_makes_the_item_partial_and_is_asked_for_once(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(raw_server)
    del raw_server.routes["/hls/1.ts"]
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], same_as_seen(outcome, raw_server)) == ("partial", True)
    assert outcome.data["reasons"] == ["video-incomplete"]
    assert Counter(recorded(outcome))[raw_server.url("/hls/1.ts")] == 1
    said = told(bench, outcome)
    assert said["files"] == []
    assert any("404" in words for words in said["told"])
    bench.assert_sound()


def test_a_live_stream_is_refused_and_no_segment_is_asked_for(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/film.m3u8"] = listed(*segments(), ended=False)
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["video-live"])
    assert not any(".ts" in url for url in recorded(outcome))
    assert same_as_seen(outcome, raw_server)
    raw_server.requests.clear()
    raw_server.routes["/film.mpd"] = dash(kind="dynamic")
    outcome = film(bench, raw_server, "/film.mpd")
    assert outcome.data["reasons"] == ["video-live"]
    bench.assert_sound()


def test_a_stream_for_players_with_a_licence_is_named(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/film.m3u8"] = listed('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"', *segments())
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], same_as_seen(outcome, raw_server)) == ("partial", True)
    assert outcome.data["reasons"] == ["video-drm"]
    assert not any(".ts" in url for url in recorded(outcome))


@pytest.mark.parametrize(
    "address", ["rtmp://127.0.0.1:9/live", "file:///etc/passwd", "ftp://127.0.0.1/film.mp4", "ws://127.0.0.1:9/film"]
)
def test_what_is_not_on_the_web_is_refused_by_name(bench: Bench, raw_server: RawServer, address: str) -> None:
    lines = ("#EXTINF:2.0,", address)
    raw_server.routes["/film.m3u8"] = listed(*segments(1), *lines)
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert outcome.data["outcome"] == "partial"
    said = told(bench, outcome)
    scheme = address.partition(":")[0]
    assert any(scheme in each for each in said["refused"]), said
    assert said["files"] == []
    assert b"root:" not in kept(bench, outcome, "video")
    assert same_as_seen(outcome, raw_server)
    bench.assert_sound()


def test_a_segment_in_a_private_network_is_refused_by_the_guard_and_that_is_recorded(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.routes["/film.m3u8"] = listed(*segments(1), "#EXTINF:2.0,", "http://169.254.169.254/latest/meta-data")
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    refused = [each for each in outcome.data["exchanges"] if each["failure"] == "refused"]
    assert {each["url"] for each in refused} == {"http://169.254.169.254/latest/meta-data"}
    assert outcome.data["outcome"] == "partial"
    bench.assert_sound()


def test_the_limit_of_bytes_holds_whatever_an_answer_claims(bench: Bench, raw_server: RawServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 500000000\r\n\r\n"
    raw_server.routes["/film.mp4"] = (Send(head), *(Send(bytes(1 << 20)) for _ in range(8)))
    outcome = film(bench, raw_server, "/film.mp4", limits=replace(PATIENT, max_bytes=3 << 20))
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["cut-length", "post-limits"])
    assert len(recorded(outcome)) == 2
    assert sum(each["entity_size"] or 0 for each in outcome.data["exchanges"]) <= 3 << 20
    assert told(bench, outcome)["files"] == []
    bench.assert_sound()


def test_a_stop_in_the_middle_keeps_what_came(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(raw_server)
    stopped: list[bool] = []
    second = raw_server.routes["/hls/1.ts"]

    def stopping(request: bytes) -> bytes:
        stopped.append(True)
        assert isinstance(second, bytes)
        return second

    raw_server.routes["/hls/1.ts"] = stopping
    outcome = film(bench, raw_server, "/film.m3u8", stop=lambda: bool(stopped))
    assert (outcome.event, outcome.data["outcome"]) == ("item.interrupted", "interrupted")
    assert raw_server.url("/hls/0.ts") in recorded(outcome)
    assert raw_server.url("/hls/2.ts") not in recorded(outcome)
    assert list((bench.path / "evidence" / "000").iterdir()) == [bench.path / outcome.data["file"]["path"]]
    bench.assert_sound()


def test_names_of_strangers_are_no_names_of_files(bench: Bench, raw_server: RawServer, tmp_path: Path) -> None:
    hostile = "../../../\x1b[31mevil\n/..%2f" + "x" * 600
    page = (
        f"<html><head><meta property='og:title' content='{hostile}'><title>{hostile}</title></head>"
        "<body><video><source src='/..%2f..%2fevil.mp4' type='video/mp4'></video></body></html>"
    )
    raw_server.routes["/page"] = http(page, "Content-Type: text/html; charset=utf-8")
    raw_server.routes["/..%2f..%2fevil.mp4"] = http(FILM, "Content-Type: video/mp4")
    before = {path for path in tmp_path.rglob("*") if "case" not in path.parts}
    outcome = film(bench, raw_server, "/page")
    assert {path for path in tmp_path.rglob("*") if "case" not in path.parts} == before
    said = told(bench, outcome)
    assert [each["name"] for each in said["files"]] == ["file-1"]
    assert all(video["title"].isprintable() and len(video["title"]) <= 500 for video in said["videos"])
    assert same_as_seen(outcome, raw_server)
    assert [path.name for path in (bench.path / "evidence" / "000").iterdir()] == ["000001.warc.gz"]
    bench.assert_sound()


def test_a_page_without_a_video_is_said(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/page"] = http("<p>no film", "Content-Type: text/html")
    outcome = film(bench, raw_server, "/page")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["video-none"])
    assert same_as_seen(outcome, raw_server)


def test_a_batch_keeps_videos_like_a_single_capture(batches: BatchBench) -> None:
    server = batches.server
    server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(server)
    batches.batch([server.url("/film?/film.m3u8")], posts=POSTS)
    (outcome,) = batches.outcomes()
    assert (outcome.data["outcome"], same_as_seen(outcome, server)) == ("complete", True)
    bench = Bench(batches.path, batches.runtime)
    assert told(bench, outcome)["files"][0]["sha256"] == sha256(b"".join(SEGMENTS))
    bench.assert_sound()


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (program.GeoRestrictedError("not in your country"), "video-geo-blocked"),
        (program.UnsupportedError("https://h.example/"), "video-none"),
        (RecursionError("a page made for it"), "video-failed"),
    ],
)
def test_why_nothing_was_found_is_a_reason(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch, cause: Exception, reason: str
) -> None:
    def look(self: program.Session, url: str) -> dict[str, object]:
        raise program.yt_dlp.DownloadError("words of a site", (type(cause), cause, None))

    monkeypatch.setattr(program.Session, "look", look)
    outcome = film(bench, raw_server, "/film.mp4")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", [reason])
    assert told(bench, outcome)["told"] == ["words of a site"]
    bench.assert_sound()


def test_what_no_video_is_like_costs_that_video_only(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw_server.routes["/film.mp4"] = http(FILM, "Content-Type: video/mp4")
    whole = {"url": raw_server.url("/film.mp4"), "id": "whole", "ext": "mp4", "protocol": "http"}
    odd = [{"id": 7, "requested_formats": [7]}, {"id": "x", "requested_subtitles": "none"}, {"entries": 7}, "x", whole]
    monkeypatch.setattr(program.Session, "look", lambda self, url: {"entries": odd})
    outcome = film(bench, raw_server, "/film.mp4")
    assert (outcome.data["outcome"], "video-failed" in outcome.data["reasons"]) == ("partial", True)
    assert [each["sha256"] for each in told(bench, outcome)["files"]] == [sha256(FILM)]
    bench.assert_sound()


def test_an_empty_answer_is_no_video(bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program.Session, "look", lambda self, url: {})
    outcome = film(bench, raw_server, "/film.mp4")
    assert outcome.data["reasons"] == ["video-none"]


def test_a_segment_on_a_platform_that_opponents_read_is_not_asked_for(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/film.m3u8"] = listed("#EXTINF:6.0,", "http://vk.com/0.ts")
    outcome = film(bench, raw_server, "/film.m3u8")
    assert all("vk.com" not in url for url in recorded(outcome))
    assert "where opponents of the case may read who asked" in str(video_of(bench.path, 1))
    assert outcome.data["outcome"] == "partial"
    bench.assert_sound()
