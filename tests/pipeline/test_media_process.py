"""The program for media in a process of its own, watched from outside: where it connects, what it starts and reads."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from casebench import Bench
from server import RawServer, Send, http
from streams import listed, needs_ffmpeg, routes_by_ffmpeg, segments, serve_segments

from archiver.pipeline.cases import recover_case

PROGRAM = """
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from casebench import Bench
from mediabench import PATIENT, POSTS, WAITING
from archiver.model.exchange import Route
from archiver.pipeline.capture import capture
from archiver.pipeline.options import CaptureOptions
from archiver.model.address import Address
from archiver.platforms import registry
from archiver.runtime import system_runtime

registry.entry_points = lambda group, name: [EntryPoint("cinema", "mediabench:ADAPTER", group)]
case, site, wanted = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
url = Address.parse(site + WAITING + wanted)
options = CaptureOptions(route=Route(allow=(("127.0.0.1", url.port),)), limits=PATIENT, posts=POSTS)
event = capture(case, url, options, runtime=system_runtime())
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(event.data["outcome"], len(event.data["exchanges"]), peak)
"""
TESTS = Path(__file__).parent
STRACE = shutil.which("strace")


def run(bench: Bench, server: RawServer, wanted: str, *before: str, env: Mapping[str, str] | None = None) -> list[str]:
    """Capture the film at `wanted` in a process; its outcome, how many exchanges, and its peak in KiB."""
    server.routes.setdefault("/about", http(b"a film", "Content-Type: text/plain"))
    paths = os.pathsep.join((str(TESTS), str(TESTS.parent), (env or {}).get("PYTHONPATH", "")))
    command = [*before, sys.executable, "-c", PROGRAM, str(bench.path), server.url(""), wanted]
    environ = {**os.environ, **(env or {}), "PYTHONPATH": paths}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environ, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.split()


@needs_ffmpeg
@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
def test_every_connection_is_an_exchange_and_the_only_program_is_ffmpeg(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    raw_server.routes |= routes_by_ffmpeg()
    trace = tmp_path / "trace"
    watched = ("strace", "-f", "-qq", "-s", "300", "-o", str(trace), "-e", "trace=connect,execve")
    outcome, exchanges, _ = run(bench, raw_server, "/film.mpd", *watched)
    calls = trace.read_text()
    assert outcome == "complete"
    connected = [line for line in calls.splitlines() if " connect(" in line and "AF_INET" in line]
    assert len(connected) == int(exchanges) == len(raw_server.requests)
    assert all(f"htons({raw_server.port})" in line for line in connected)
    started = re.findall(r'execve\("([^"]+)", \[(.*?)\](?:, |\.\.\.)', calls)
    programs = [(Path(program).name, words) for program, words in started if not program.startswith(sys.prefix)]
    assert {name for name, _ in programs} - {"ldconfig"} == {"ffmpeg"}  # that one is how Python looks for a library
    assert not any("http" in words for _, words in programs)
    bench.assert_sound()


def test_no_plug_in_no_settings_and_no_cache_of_the_user_have_a_part_in_it(
    bench: Bench, raw_server: RawServer, tmp_path: Path
) -> None:
    marker, home = tmp_path / "loaded", tmp_path / "home"
    evil = f"open({str(marker)!r}, 'w').write('loaded')\n"
    places = ("path", "home/.config/yt-dlp/plugins/evil", "home/.yt-dlp/plugins/evil", "home/yt-dlp-plugins/evil")
    for place in places:
        for kind in ("extractor", "postprocessor"):
            folder = tmp_path / place / "yt_dlp_plugins" / kind
            folder.mkdir(parents=True)
            (folder / "evil.py").write_text(evil)
    for place in ("home/.config/yt-dlp/config", "home/.config/yt-dlp.conf", "home/yt-dlp.conf", "home/.yt-dlp/config"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(
            f"--exec 'touch {marker}'\n--output {tmp_path}/elsewhere.mp4\n--proxy http://127.0.0.1:9\n"
        )
    (home / ".netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    (home / ".cache").mkdir()
    before = {path for path in tmp_path.rglob("*") if bench.path not in path.parents}
    raw_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(raw_server)
    env = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "PYTHONPATH": str(tmp_path / "path"),
        "http_proxy": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    outcome, exchanges, _ = run(bench, raw_server, "/film.m3u8", env=env)
    assert (outcome, int(exchanges)) == ("complete", len(raw_server.requests))
    assert {path for path in tmp_path.rglob("*") if bench.path not in path.parents} == before
    assert not marker.exists()


def test_memory_stays_small_however_large_the_video_is(bench: Bench, raw_server: RawServer) -> None:
    peaks = []
    for mebis in (1, 96):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {mebis << 20}\r\n\r\n".encode()
        raw_server.routes["/film.mp4"] = (Send(head), *(Send(os.urandom(1 << 20)) for _ in range(mebis)))
        outcome, _, peak = run(bench, raw_server, "/film.mp4")
        assert outcome == "complete"
        peaks.append(int(peak))
    assert peaks[1] - peaks[0] < 40 << 10


def test_memory_stays_small_however_long_the_heads_of_the_segments_are(bench: Bench, raw_server: RawServer) -> None:
    long = http(b"segment", "Content-Type: video/mp2t", *(f"X-{number}: {'a' * 8000}" for number in range(120)))
    peaks = []
    for count in (5, 100):
        raw_server.routes["/film.m3u8"] = listed(*segments(count))
        raw_server.routes |= {f"/hls/{number}.ts": long for number in range(count)}
        outcome, _, peak = run(bench, raw_server, "/film.m3u8")
        assert outcome == "complete"
        peaks.append(int(peak))
    assert peaks[1] - peaks[0] < 40 << 10


def test_a_process_that_is_killed_leaves_a_case_that_recovers(bench: Bench, raw_server: RawServer) -> None:
    raw_server.routes["/film.m3u8"] = listed(*segments())
    serve_segments(raw_server)
    last = raw_server.routes["/hls/2.ts"]
    running: list[subprocess.Popen[bytes]] = []

    def killing(request: bytes) -> bytes:
        running[0].kill()
        assert isinstance(last, bytes)
        return last

    raw_server.routes["/hls/2.ts"] = killing
    raw_server.routes["/about"] = http(b"a film", "Content-Type: text/plain")
    paths = os.pathsep.join((str(TESTS), str(TESTS.parent)))
    command = [sys.executable, "-c", PROGRAM, str(bench.path), raw_server.url(""), "/film.m3u8"]
    running.append(subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}))
    assert running[0].wait(120) == -9
    recover_case(bench.path, runtime=bench.runtime)
    assert bench.names()[-2:] == ["incident.recovered", "item.interrupted"]
    bench.assert_sound()


def test_yt_dlp_is_loaded_where_a_video_is_wanted_and_nowhere_else() -> None:
    program = (
        "import sys, archiver.cli.main, archiver.cli.app, archiver.pipeline.capture, archiver.pipeline.batch\n"
        "print(sorted(name for name in sys.modules if name.startswith(('yt_dlp', 'archiver.media'))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
