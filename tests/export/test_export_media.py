"""An item with a video goes out like any other: what was put together is there, and every check holds."""

import json
from pathlib import Path

import pytest
from exportbench import Office
from mediabench import WAITING
from server import RawServer, http
from streams import IV, KEY, listed, segments, serve_segments

from archiver.errors import ExitCode
from archiver.model.verdict import Severity
from archiver.verify.bundles import verify_bundle

pytestmark = pytest.mark.usefixtures("cinema")


@pytest.fixture
def filmed(office: Office, raw_server: RawServer) -> Office:
    file = office.case / "case.yaml"
    file.write_text(f"{file.read_text('utf-8')}policy:\n  posts:\n    adapters: [cinema]\n", "utf-8")
    office.done("amend", "harbour", "--reason", "films")
    raw_server.routes["/about"] = http(b"a film", "Content-Type: text/plain")
    raw_server.routes["/key"] = http(KEY, "Content-Type: application/octet-stream")
    raw_server.routes["/film.m3u8"] = listed(f'#EXT-X-KEY:METHOD=AES-128,URI="/key",IV=0x{IV.hex()}', *segments())
    serve_segments(raw_server, encrypted=True)
    assert office.captured(raw_server, f"{WAITING}/film.m3u8", "--media") == ExitCode.OK
    return office


@pytest.mark.parametrize("form", ["wacz", "bag", "disclosure"])
def test_an_export_with_a_video_is_sound(filmed: Office, form: str) -> None:
    named = ["--item", "1"] if form == "disclosure" else []
    filmed.done("export", "harbour", "-o", f"out.{form}.zip" if form != "wacz" else "out.wacz", "--as", form, *named)
    path = next(each for each in filmed.folder.iterdir() if each.name.startswith("out."))
    verdict = verify_bundle(path)
    weighty = [f"{f.severity.name} {f.check}: {f.message}" for f in verdict.findings if f.severity > Severity.UNASKED]
    assert weighty == []


def test_show_takes_it_out_by_its_parts_and_reads_the_post_again(filmed: Office) -> None:
    filmed.done("show", "harbour", "1", "--extract", "out")
    names = sorted(path.name.partition("-")[2] for path in Path("out").iterdir() if "block" not in path.name)
    assert {"video-1.mp4", "post.json", "video.json"} <= set(names)
    told = json.loads(next(Path("out").glob("*-video.json")).read_bytes())
    assert told["schema"] == "archiver-video/1"
    shown = filmed.done("show", "harbour", "1", "--reextract")
    assert "video: file-1: stream, video/mp4, 210027 bytes, made from 5 answers, kept as video-1" in shown
    assert filmed.document("show", "harbour", "1")[1]["video"] == told
