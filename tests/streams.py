"""Streams as servers offer them: lists of segments, keys, captions, and real ones that ffmpeg makes."""

import functools
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from server import Answer, RawServer, http

FFMPEG = shutil.which("ffmpeg")
needs_ffmpeg = pytest.mark.skipif(FFMPEG is None, reason="ffmpeg is not installed")
SEGMENTS = tuple(bytes([number]) * 70_000 + b"segment %d" % number for number in range(3))
KEY, IV = b"0123456789abcdef", bytes(16)
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:02.000\nThey rang at ten to seven.\n"


def listed(*lines: str, ended: bool = True) -> bytes:
    """A list of segments."""
    text = "\n".join(("#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", *lines, *(["#EXT-X-ENDLIST"] * ended)))
    return http(text + "\n", "Content-Type: application/vnd.apple.mpegurl")


def segments(count: int = 3, folder: str = "/hls") -> tuple[str, ...]:
    """The lines that name so many segments."""
    return tuple(line for number in range(count) for line in ("#EXTINF:2.0,", f"{folder}/{number}.ts"))


def serve_segments(server: RawServer, *, folder: str = "/hls", encrypted: bool = False) -> None:
    for number, data in enumerate(SEGMENTS):
        body = locked(data) if encrypted else data
        server.routes[f"{folder}/{number}.ts"] = http(body, "Content-Type: video/mp2t")


def locked(data: bytes) -> bytes:
    """A segment as AES-128 in a list of segments has it."""
    padder = PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(KEY), modes.CBC(IV)).encryptor()
    return cipher.update(padder.update(data) + padder.finalize()) + cipher.finalize()


def master(captions: bool = True) -> bytes:
    """A list of two qualities, with captions in one language."""
    told = ('#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="Русский",LANGUAGE="ru",URI="/captions.m3u8"',)
    text = "\n".join(
        (
            "#EXTM3U",
            *(told if captions else ()),
            '#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=320x180,CODECS="avc1.42c00d,mp4a.40.2",SUBTITLES="subs"',
            "/low.m3u8",
            '#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=1280x720,CODECS="avc1.42c00d,mp4a.40.2",SUBTITLES="subs"',
            "/high.m3u8",
        )
    )
    return http(text + "\n", "Content-Type: application/vnd.apple.mpegurl")


def dash(picture: int = 2, sound: int = 2, *, kind: str = "static") -> bytes:
    """A DASH list: picture and sound in so many segments each."""

    def side(name: str, mime: str, codecs: str, count: int) -> str:
        parts = "".join(f'<SegmentURL media="/dash/{name}-{number}.m4s"/>' for number in range(count))
        return (
            f'<AdaptationSet mimeType="{mime}" contentType="{mime[:5]}"><Representation id="{name}" bandwidth="1000" '
            f'codecs="{codecs}"><SegmentList duration="2"><Initialization sourceURL="/dash/{name}-init.mp4"/>{parts}'
            "</SegmentList></Representation></AdaptationSet>"
        )

    text = (
        f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="{kind}" '
        'mediaPresentationDuration="PT4S" profiles="urn:mpeg:dash:profile:full:2011"><Period>'
        f"{side('picture', 'video/mp4', 'avc1.42c00d', picture)}{side('sound', 'audio/mp4', 'mp4a.40.2', sound)}"
        "</Period></MPD>"
    )
    return http(text, "Content-Type: application/dash+xml")


def serve_dash(server: RawServer) -> None:
    server.routes["/film.mpd"] = dash()
    for name in ("picture", "sound"):
        for part in ("init.mp4", "0.m4s", "1.m4s"):
            body = f"{name} {part} ".encode() * 500
            server.routes[f"/dash/{name}-{part}"] = http(
                body, f"Content-Type: {'video' if name == 'picture' else 'audio'}/mp4"
            )


@functools.lru_cache
def made_by_ffmpeg() -> dict[str, bytes]:
    """A real DASH stream of two seconds, by file name."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                "ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=d=2:s=64x64:r=10",
                "-f", "lavfi", "-i", "sine=d=2", "-c:v", "mpeg4", "-c:a", "aac", "-seg_duration", "1", "-f", "dash",
                "film.mpd",
            ],
            cwd=folder, check=True, timeout=120,
        )  # fmt: skip
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def routes_by_ffmpeg() -> dict[str, Answer]:
    """The routes under which that stream is served."""
    kinds = {".mpd": "application/dash+xml", ".m4s": "video/iso.segment"}
    return {
        f"/{name}": http(data, f"Content-Type: {kinds.get(Path(name).suffix, 'video/mp4')}")
        for name, data in made_by_ffmpeg().items()
    }
