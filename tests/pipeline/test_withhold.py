"""Lawful removal: the bytes are gone everywhere in the case, and the record says why."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pytest
from casebench import Bench
from server import Pause, RawServer, Send, html, http

from archiver.custody.layout import item_path
from archiver.errors import CaseError, UsageError
from archiver.model.exchange import Blob, PrivateFile
from archiver.model.verdict import Severity
from archiver.pipeline.cases import open_case
from archiver.pipeline.options import CaptureOptions, settings_record
from archiver.pipeline.outcome import intent
from archiver.pipeline.rereading import reextract
from archiver.pipeline.view import extract, items
from archiver.pipeline.withhold import withhold_item
from archiver.verify.run import verify_case

ORDER = "District Court of X, order 12/26 of 3 November 2026"


def withheld(bench: Bench, item: int) -> dict[str, object]:
    event = withhold_item(bench.path, item, reason="erasure", authority=ORDER, runtime=bench.runtime)
    return dict(event.data)


def test_the_bytes_go_and_reason_and_hash_stay(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    captured = bench.capture(raw_server.url(), raw_server)
    bench.capture(raw_server.url(), raw_server)
    facts = withheld(bench, 1)
    assert facts["file"] == captured.data["file"]
    assert not (bench.path / item_path(1)).exists()
    assert (bench.path / item_path(2)).exists()
    bench.assert_sound()
    notes = [f for f in verify_case(bench.path).findings if f.severity is Severity.NOTE]
    assert any(ORDER in finding.message + finding.meaning and "erasure" in finding.message for finding in notes)
    assert [view.withheld for view in items(bench.path)] == [True, False]


def test_private_copies_and_quarantined_parts_of_the_item_go_too(bench: Bench, raw_server: RawServer) -> None:
    secret = "a-secret-value-of-ours"
    raw_server.default = html("x", secret)
    bench.capture(raw_server.url(), raw_server, headers=(("X-Token", secret),))
    assert list((bench.path / "private").iterdir()) != []
    also = withheld(bench, 1)["also"]
    assert isinstance(also, list)
    assert [Path(str(file["path"])).parts[0] for file in also] == ["private"]
    assert list((bench.path / "private").iterdir()) == []
    bench.assert_sound()


def test_what_is_not_there_cannot_be_withheld(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    bench.capture(raw_server.url(), raw_server)
    withheld(bench, 1)
    with pytest.raises(UsageError, match="withheld before"):
        withheld(bench, 1)
    with pytest.raises(UsageError, match="none of this number"):
        withheld(bench, 7)
    for reading in (lambda: extract(bench.path, 1, bench.path.parent / "out"), lambda: reextract(bench.path, 1)):
        with pytest.raises(UsageError, match="withheld"):
            reading()
    assert bench.names().count("item.withheld") == 1


def test_bytes_that_lie_only_in_quarantine_go_and_the_record_says_so(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = (Send(http(b"z" * 2_000_000, "Content-Length: 9000000", length=False)), Pause(20))
    command = [sys.executable, "-m", "archiver", "capture", raw_server.url(), "--case", str(bench.path)]
    command += ["--allow-host", raw_server.netloc]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not any(file.stat().st_size > 1_000_000 for file in bench.path.rglob("*.part")):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    facts = withheld(bench, 1)
    assert [file["path"] for file in cast("list[dict[str, str]]", facts["also"])] == ["quarantine/000003-000001.1.part"]
    assert "file" not in facts
    assert list((bench.path / "quarantine").iterdir()) == []
    bench.assert_sound()
    assert [view.withheld for view in items(bench.path)] == [True]
    with pytest.raises(UsageError, match="withheld before"):
        withheld(bench, 1)


def test_a_private_file_set_aside_with_the_item_goes_too(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    bench.capture(raw_server.url(), raw_server)
    options = CaptureOptions()
    body = intent(
        "capture", 2, url="http://b/", request_url="http://b/", note="", tags=(), settings=settings_record(options)
    )
    with open_case(bench.path, bench.runtime) as store:
        store.append(*body)
        data = b"an answer with a secret in it"
        store.put_private(PrivateFile(hashlib.sha256(data).hexdigest(), Blob(len(data), "", data)))
    facts = withheld(bench, 2)
    (file,) = cast("list[dict[str, str]]", facts["also"])
    assert file["sha256"] == hashlib.sha256(data).hexdigest()
    assert list((bench.path / "quarantine").iterdir()) == []
    bench.assert_sound()


def test_an_item_of_which_nothing_was_kept_has_nothing_to_withhold(bench: Bench) -> None:
    settings = settings_record(CaptureOptions())
    with open_case(bench.path, bench.runtime) as store:
        store.append(
            *intent("capture", 1, url="http://b/", request_url="http://b/", note="", tags=(), settings=settings)
        )
    with pytest.raises(UsageError, match="no bytes were kept"):
        withheld(bench, 1)
    assert bench.names()[-1] == "item.interrupted"


def test_a_file_that_should_have_gone_is_named_and_the_next_command_removes_it(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.default = html("x")
    bench.capture(raw_server.url(), raw_server)
    warc = bench.path / item_path(1)
    kept = warc.read_bytes()
    withheld(bench, 1)
    warc.write_bytes(kept)
    assert verify_case(bench.path).worst is Severity.UNCHECKED
    bench.capture(raw_server.url(), raw_server)
    assert not warc.exists()
    assert bench.names()[-3:] == ["incident.recovered", "item.requested", "item.captured"]
    bench.assert_sound()


def test_another_file_in_the_place_of_a_withheld_one_stops_the_writer_and_stays(
    bench: Bench, raw_server: RawServer
) -> None:
    raw_server.default = html("x")
    bench.capture(raw_server.url(), raw_server)
    withheld(bench, 1)
    (bench.path / item_path(1)).write_bytes(b"somebody else's")
    assert verify_case(bench.path).worst is Severity.BROKEN
    with pytest.raises(CaseError, match="other bytes"):
        bench.capture(raw_server.url(), raw_server)
    assert (bench.path / item_path(1)).read_bytes() == b"somebody else's"
