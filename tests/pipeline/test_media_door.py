"""The door of the program for media: how its requests go out, what it is not asked twice, and where it ends."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from casebench import Bench
from mediabench import PATIENT, POSTS, Cinema, film, recorded, same_as_seen, told
from server import RawServer, http
from streams import listed, segments, serve_segments

from archiver.capture.wire import Wire
from archiver.errors import StorageError
from archiver.media import program, take
from archiver.media.body import pieces_of
from archiver.media.take import Means
from archiver.model.exchange import Exchange
from archiver.model.media import Answer, Asked, Software, Taken, Unaskable
from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.pipeline import video

pytestmark = pytest.mark.usefixtures("cinema")
Asks = Callable[[Callable[[Asked], Answer], str], None]


def through(monkeypatch: pytest.MonkeyPatch, asks: Asks) -> None:
    """Let `asks` be the program for media: it is given the door, and the address of the site."""

    def taken(url: str, means: Means) -> Taken:
        asks(means.door, url.removesuffix("/x"))
        return Taken(url, Software("test", "1", "0" * 64), {})

    monkeypatch.setattr(take, "taken", taken)


def lines(request: bytes) -> list[str]:
    return request.partition(b"\r\n\r\n")[0].decode().split("\r\n")


def test_what_it_sends_goes_out_as_it_says_but_for_what_is_ours(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks(door: Callable[[Asked], Answer], site: str) -> None:
        headers = (("Origin", site), ("X-Client", "7"), ("Range", "bytes=0-9"), ("Content-Type", "application/json"))
        door(Asked("POST", f"{site}/api", headers, b'{"q":1}', (("consent", "yes"),)))
        door(Asked("HEAD", f"{site}/head"))

    through(monkeypatch, asks)
    raw_server.routes["/api"] = http(b"{}", "Content-Type: application/json")
    raw_server.routes["/head"] = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nContent-Type: video/mp4\r\n\r\n"
    outcome = film(bench, raw_server, "/x")
    posted, headed = raw_server.requests[1:]
    assert lines(posted)[0] == "POST /api HTTP/1.1"
    assert posted.endswith(b'\r\n\r\n{"q":1}')
    wanted = {"X-Client: 7", "Range: bytes=0-9", "Content-Type: application/json", "Cookie: consent=yes"}
    assert wanted <= set(lines(posted))
    assert lines(headed)[0] == "HEAD /head HTTP/1.1"
    assert "Cookie: consent=yes" in lines(headed)  # it is in the jar of the item from then on
    assert outcome.data["exchanges"][2]["end"] == "complete"
    bench.assert_sound()


def test_what_was_posted_is_not_posted_again_behind_a_redirect_and_secrets_stay_with_their_host(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RawServer() as elsewhere:

        def asks(door: Callable[[Asked], Answer], site: str) -> None:
            answer = door(Asked("POST", f"{site}/api", (("Authorization", "Bearer guest-12345"),), b"q=1"))
            assert answer.exchange.address.url == elsewhere.url("/there")
            assert answer.number == 2

        through(monkeypatch, asks)
        raw_server.routes["/api"] = http(b"", f"Location: {elsewhere.url('/there')}", line=b"HTTP/1.1 307 Go")
        elsewhere.routes["/there"] = http(b"{}")
        film(bench, raw_server, "/x", elsewhere)
        assert "Authorization: Bearer guest-12345" in lines(raw_server.requests[1])
        (there,) = elsewhere.requests
        assert lines(there)[0] == "GET /there HTTP/1.1"
        assert not any(line.startswith("Authorization") for line in lines(there))
    bench.assert_sound()


def test_a_cookie_of_the_user_is_sent_and_never_shown_to_the_program(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def asks(door: Callable[[Asked], Answer], site: str) -> None:
        answer = door(Asked("GET", f"{site}/page", cookies=(("session", "of-the-program"),)))
        seen.append(repr((answer.headers, answer.set_cookies, b"".join(pieces_of(answer.exchange, answer.headers)))))

    through(monkeypatch, asks)
    secret = "my-own-session-value"
    raw_server.routes["/page"] = http(f"you are {secret}", f"Set-Cookie: session={secret}; Path=/")
    file = f"127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\t{secret}\n"
    film(bench, raw_server, "/x", cookies=file)
    assert f"Cookie: session={secret}" in lines(raw_server.requests[1])
    assert "you are" in seen[0]
    assert secret not in seen[0]
    bench.assert_sound()


def test_what_cannot_be_sent_is_refused_and_asks_nobody(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks(door: Callable[[Asked], Answer], site: str) -> None:
        for asked in (
            Asked("GET", f"{site}/a", (("X-Odd", "a\r\nHost: elsewhere"),)),
            Asked("G T", f"{site}/a"),
            Asked("GET", "http://[::1"),
            Asked("GET", "mailto:somebody@example.org"),
        ):
            with pytest.raises(Unaskable):
                door(asked)

    through(monkeypatch, asks)
    outcome = film(bench, raw_server, "/x")
    assert recorded(outcome) == [raw_server.url("/about")]
    assert same_as_seen(outcome, raw_server)


def test_what_was_answered_for_good_is_not_asked_again_and_all_else_is(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks(door: Callable[[Asked], Answer], site: str) -> None:
        for path in ("/film.mp4", "/gone", "/list.m3u8", "/broken"):
            first, again = (door(Asked("GET", f"{site}{path}")) for _ in range(2))
            assert (first.number == again.number) == (path in {"/film.mp4", "/gone"})

    through(monkeypatch, asks)
    raw_server.routes |= {
        "/film.mp4": http(b"film", "Content-Type: video/mp4"),
        "/list.m3u8": http(b"#EXTM3U", "Content-Type: application/vnd.apple.mpegurl"),
        "/broken": http(b"", line=b"HTTP/1.1 503 Broken"),
    }
    outcome = film(bench, raw_server, "/x")
    assert len(recorded(outcome)) == 1 + 1 + 1 + 2 + 2
    assert same_as_seen(outcome, raw_server)


@pytest.mark.parametrize(
    ("answered", "reasons"),
    [
        (http(b"", "Retry-After: 60", line=b"HTTP/1.1 429 Slow"), ["video-incomplete"]),
        (http(b"", "cf-mitigated: challenge", line=b"HTTP/1.1 403 No"), ["video-incomplete", "challenge"]),
    ],
)
def test_a_host_that_wants_to_be_left_alone_is(
    bench: Bench, raw_server: RawServer, answered: bytes, reasons: list[str]
) -> None:
    raw_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(raw_server)
    raw_server.routes["/hls/1.ts"] = answered
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", reasons)
    assert recorded(outcome)[-1] == raw_server.url("/hls/1.ts")
    assert same_as_seen(outcome, raw_server)
    bench.assert_sound()


@pytest.mark.parametrize(("name", "limit"), [("MAX_EXCHANGES", 4), ("MAX_LINE", 3 * 1000)])
def test_a_video_in_more_pieces_than_an_item_can_tell_of_is_cut_and_said_to_be(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch, name: str, limit: int
) -> None:
    monkeypatch.setattr(video, name, limit)
    raw_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(raw_server)
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["post-limits"])
    assert len(recorded(outcome)) <= 5
    assert same_as_seen(outcome, raw_server)
    bench.assert_sound()


def test_the_limit_of_what_an_adapter_asks_does_not_cut_a_video(bench: Bench, raw_server: RawServer) -> None:
    count = 320
    raw_server.routes["/film.m3u8"] = listed(*segments(count))
    for number in range(count):
        raw_server.routes[f"/hls/{number}.ts"] = http(b"%04d" % number, "Content-Type: video/mp2t")
    outcome = film(bench, raw_server, "/film.m3u8")
    assert (outcome.data["outcome"], len(recorded(outcome)) > count) == ("complete", True)
    (stream,) = told(bench, outcome)["files"]
    assert (stream["how"], len(stream["made_from"])) == ("recorded", count)
    bench.assert_sound()


def test_a_video_is_asked_for_once_and_never_first(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def more(self: Cinema, key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
        return tuple(Target("clip", key.part("video") + mark, video=True) for mark in ("", "?again"))

    monkeypatch.setattr(Cinema, "more", more)
    raw_server.routes["/film.mp4"] = http(b"film", "Content-Type: video/mp4")
    outcome = film(bench, raw_server, "/film.mp4")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["post-target"])
    assert recorded(outcome) == [raw_server.url("/about"), raw_server.url("/film.mp4")]
    bench.assert_sound()
    monkeypatch.setattr(Cinema, "plan", lambda self, key, access: more(self, key, access, ()))
    outcome = film(bench, raw_server, "/film.mp4")
    assert recorded(outcome) == [raw_server.url("/film?/film.mp4")]  # nothing is left to ask: a page, then


def test_a_temporary_folder_that_cannot_be_made_is_an_error_of_the_disk(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(take.tempfile, "TemporaryDirectory", full)
    with pytest.raises(StorageError, match="No space left"):
        film(bench, raw_server, "/film.mp4")


def test_without_the_program_the_post_is_kept_and_the_reason_told(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "program_is_there", lambda: False)
    outcome = film(bench, raw_server, "/film.mp4")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["post-no-media-program"])
    assert recorded(outcome) == [raw_server.url("/about")]
    assert (outcome.data["title"], outcome.data["post"]["state"]) == ("A film", "available")
    bench.assert_sound()


def test_another_yt_dlp_than_the_one_it_was_made_for_costs_the_video_and_says_so(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(program.yt_dlp.YoutubeDL, "build_request_director")
    outcome = film(bench, raw_server, "/film.mp4")
    assert (outcome.data["outcome"], outcome.data["reasons"]) == ("partial", ["video-failed"])
    assert told(bench, outcome)["told"] == ["this yt-dlp cannot be used: AttributeError"]
    assert recorded(outcome) == [raw_server.url("/about")]


def test_a_disk_that_refuses_ends_the_command_as_it_does_for_a_page(
    bench: Bench, raw_server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Wire.exchange

    def full(self: Wire, request: object, **given: object) -> Exchange:
        if ".mp4" in request.address.url:  # type: ignore[attr-defined]
            raise StorageError("full", "disk is full")
        return real(self, request, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(Wire, "exchange", full)
    with pytest.raises(StorageError, match="disk is full"):
        film(bench, raw_server, "/film.mp4", posts=POSTS, limits=replace(PATIENT))
    assert bench.names()[-1] == "item.interrupted"  # the next who opens the case finds that nothing came of it
