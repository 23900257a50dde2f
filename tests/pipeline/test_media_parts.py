"""The parts of the program for media by themselves: bodies, pieces of files, merging, and what is held of yt-dlp."""

import contextlib
import functools
import gzip
import io
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest
from server import http
from streams import made_by_ffmpeg, needs_ffmpeg

from archiver.http.parse import read_message
from archiver.media import merging, program, translate
from archiver.media.body import MAX_AT_ONCE, Body, Missing, pieces_of
from archiver.media.found import clean, videos_in
from archiver.media.joining import pieces_in
from archiver.media.settings import options
from archiver.model.address import Address
from archiver.model.exchange import Blob, Exchange
from archiver.model.media import Answer, Asked, Unaskable

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def answer(number: int, body: bytes, *headers: str, cut: bool = False) -> Answer:
    raw = http(body, *headers)
    raw = raw[:-5] if cut else raw
    message = read_message([raw], cut=cut)
    blob = Blob(len(raw), "", raw)
    exchange = Exchange(
        Address.parse("http://h.example/x"), "GET", NOW, NOW, response=blob, message=message,
        truncated="disconnect" if cut else None,
    )  # fmt: skip
    return Answer(number, exchange, message.headers)


def body(of: Answer) -> Body:
    return Body(pieces_of(of.exchange, of.headers))


def test_a_body_gives_every_byte_that_came_before_it_says_that_some_are_missing() -> None:
    reading = body(answer(1, b"0123456789", cut=True))
    assert (reading.read(3), reading.read(100)) == (b"012", b"34")
    with pytest.raises(Missing):
        reading.read(1)
    with pytest.raises(Missing):
        body(answer(1, b"0123456789", cut=True)).read()
    whole = body(answer(1, b"0123456789"))
    assert (whole.read(), whole.read(), whole.read(4)) == (b"0123456789", b"", b"")


def test_a_coding_is_undone_and_a_bomb_is_bounded() -> None:
    coded = ("Content-Encoding: gzip",)
    assert body(answer(1, gzip.compress(b"a list"), *coded)).read() == b"a list"
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb") as file:
        for _ in range(2 * MAX_AT_ONCE >> 20):
            file.write(bytes(1 << 20))
    with pytest.raises(Missing):
        body(answer(1, bomb.getvalue(), *coded)).read()


def test_a_file_is_the_answers_that_lie_in_it_end_to_end(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"aaabbbb")
    first, listing, second = answer(1, b"aaa"), answer(2, b"#EXTM3U"), answer(3, b"bbbb")
    found = pieces_in(file, [listing, first, second])
    assert [(piece.exchange, piece.at, piece.size) for piece in found] == [(1, 0, 3), (3, 3, 4)]
    begun_anew = answer(4, b"aaabbbb")
    assert [piece.exchange for piece in pieces_in(file, [first, begun_anew])] == [4]
    broken = answer(5, b"aaabb12345", cut=True)  # "aaabb" came
    assert [(piece.exchange, piece.size) for piece in pieces_in(file, [broken, answer(6, b"bb")])] == [(5, 5), (6, 2)]
    assert pieces_in(file, [answer(7, b"aaaXbbb")]) == ()
    assert pieces_in(file, []) == ()


@needs_ffmpeg
def test_a_list_that_poses_as_a_video_is_not_followed_by_ffmpeg(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"a secret of this machine " * 100)
    for hostile in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile {secret}\n",
        "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x\n#EXT-X-ENDLIST\n",
    ):
        (tmp_path / "picture").write_text(hostile)
        (tmp_path / "sound").write_text(hostile)
        (tmp_path / "out").touch()
        why = merging.merged(
            [tmp_path / "picture", tmp_path / "sound"], tmp_path / "out", "matroska", stop=lambda: False,
            waits=nullcontext,
        )  # fmt: skip
        assert why
        assert b"secret" not in (tmp_path / "out").read_bytes()


@needs_ffmpeg
def test_a_merge_gives_the_same_bytes_each_time_and_can_be_stopped(tmp_path: Path) -> None:
    made = made_by_ffmpeg()
    inputs = []
    for stream in ("stream0", "stream1"):
        parts = [made[f"init-{stream}.m4s"]]
        parts += [data for name, data in sorted(made.items()) if name.startswith(f"chunk-{stream}-")]
        inputs.append(tmp_path / stream)
        inputs[-1].write_bytes(b"".join(parts))
    merge = functools.partial(merging.merged, inputs, waits=nullcontext)
    assert merge(tmp_path / "one", "mp4", stop=lambda: False) == ""
    assert merge(tmp_path / "two", "mp4", stop=lambda: False) == ""
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert merge(tmp_path / "three", "mp4", stop=lambda: True) == "ffmpeg was stopped"


def test_what_is_held_of_yt_dlp_is_still_there_to_be_held() -> None:
    assert isinstance(program.yt_dlp.YoutubeDL.__dict__["_request_director"], functools.cached_property)
    with pytest.raises(FileNotFoundError):
        program.Popen(["true"])
    with pytest.raises(FileNotFoundError):
        program.Popen.run(["true"])
    assert program.settings.plugin_dirs.value == []
    assert program.software().version == "2026.10.26"


def test_words_of_others_are_one_clean_line() -> None:
    assert clean("\x1b[0;31mERROR:\x1b[0m a\nb\x07\ud800" + "x" * 900)[:12] == "ERROR: a b ?"
    assert len(clean("x" * 900)) == 500


def test_lists_in_lists_are_videos_one_after_another_and_ten_at_most() -> None:
    inner = {"entries": [{"id": f"{number}"} for number in range(8)]}
    found = list(videos_in({"entries": [{"id": "a"}, None, inner, inner]}))
    assert [each["id"] for each in found] == ["a", *"01234567", "0"]
    assert list(videos_in({})) == []


class Nobody:
    """A door behind which nobody is."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        raise Unaskable("an address that cannot be asked")


def session(door: Nobody) -> program.Session:
    return program.Session(door, options("Example/1", "*/*", "en"), lambda size: None)


@pytest.mark.parametrize("protocol", ["rtmp", "websocket_frag", "f4m", "mhtml", "youtube_live_chat", "bunnycdn"])
def test_a_downloader_that_does_not_ask_through_the_handler_is_refused(protocol: str, tmp_path: Path) -> None:
    door = Nobody()
    with session(door) as running:
        wanted = {"url": "https://h.example/film", "protocol": protocol, "ext": "mp4"}
        assert not running.fetch(wanted, tmp_path / "file")
        assert running.refused == [f"a file by {protocol}"]
    assert door.asked == []


@pytest.mark.parametrize("live", [{"is_live": True}, {"section_start": 1}])
def test_what_ffmpeg_would_fetch_is_refused(live: dict[str, object], tmp_path: Path) -> None:
    door = Nobody()
    with session(door) as running, contextlib.suppress(Exception):
        wanted = {"url": "https://h.example/film.m3u8", "protocol": "m3u8_native", "ext": "mp4", "id": "x", **live}
        assert not running.fetch(wanted, tmp_path / "file")
    assert len(door.asked) <= 1


def test_a_request_that_cannot_be_made_is_noted_and_yt_dlp_told() -> None:
    with session(Nobody()) as running:
        with pytest.raises(program.TransportError):
            running._program.urlopen("https://h.example/")
        with pytest.raises(program.YoutubeDLError):
            running._program.urlopen("wss://h.example/")
        assert running.refused == ["an address that cannot be asked", "a request by wss"]


def test_errors_of_yt_dlp_are_told_apart_by_their_kind() -> None:
    def behind(cause: Exception) -> Exception:
        return program.yt_dlp.DownloadError("ERROR: words", (type(cause), cause, None))

    assert program.is_elsewhere(behind(program.GeoRestrictedError("not in your country")))
    assert program.is_nothing(behind(program.UnsupportedError("https://h.example/")))
    assert not program.is_nothing(behind(ValueError("words")))
    assert program.words_of(ValueError("a path of this machine")) == "ValueError"


def test_what_yt_dlp_sends_is_read_whatever_form_it_has() -> None:
    assert translate.body_of(None) == b""
    assert translate.body_of(io.BytesIO(b"ab")) == translate.body_of(iter([b"a", b"b"])) == translate.body_of(b"ab")
    given = {"Accept-Encoding": "gzip", "Proxy-Authorization": "x", "Host": "y", "User-Agent": "z", "Range": "bytes=0-"}
    assert list(translate.sendable(given)) == [("Range", "bytes=0-")]
    assert list(translate.sendable({"Accept-Encoding": "identity"})) == [("Accept-Encoding", "identity")]
    with session(Nobody()) as running:
        jar = running._program.cookiejar
        translate.remember(jar, [("https://h.example/a", "seen=1; Path=/"), ("https://h.example/", "=")])
        pairs = list(translate.cookies_of(jar, "https://h.example/b", {"Cookie": "given=2; more=3"}))
    assert pairs == [("seen", "1"), ("given", "2"), ("more", "3")]


def test_a_body_is_bounded_where_all_of_it_is_wanted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.media.body.MAX_AT_ONCE", 100)
    with pytest.raises(Missing):
        body(answer(1, bytes(200_000))).read()
    assert body(answer(1, b"")).readable()
    nothing = Exchange(Address.parse("http://h.example/x"), "GET", NOW, NOW)
    assert list(pieces_of(nothing, ())) == []


def test_an_ffmpeg_that_is_not_one_is_told_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    merge = functools.partial(merging.merged, [], tmp_path / "out", "mp4", stop=lambda: False, waits=nullcontext)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (merging.version(), merge()) == ("", "ffmpeg is not there")
    (tmp_path / "ffmpeg").write_bytes(b"\x7fELF nothing")
    (tmp_path / "ffmpeg").chmod(0o700)
    assert (merging.version(), merge().partition(":")[0]) == ("", "ffmpeg did not start")
