"""Whatever stops the tool, nothing acknowledged is lost, and the next command goes on."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from casebench import Bench
from server import Pause, RawServer, Send, html, http

from archiver.custody.layout import item_path
from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import CaseError
from archiver.model.verdict import Severity
from archiver.pipeline.cases import add_note, amend_case, recover_case
from archiver.pipeline.outcome import outcome_from_warc
from archiver.verify.run import verify_case


def command(bench: Bench, server: RawServer, *more: str) -> list[str]:
    return [sys.executable, "-m", "archiver", "capture", server.url(), "--case", str(bench.path),
            "--allow-host", server.netloc, *more]  # fmt: skip


def without_the_outcome(bench: Bench) -> None:
    """Take the case back to the moment between the WARC and its event."""
    for name in ("custody.jsonl", "manifest.yaml"):
        file = bench.path / name
        data = file.read_bytes()
        cut = data.rstrip(b"\n").rfind(b"\n- log_line: " if name == "manifest.yaml" else b"\n") + 1
        file.write_bytes(data[:cut])


def told(event: Event) -> dict[str, object]:
    return {"event": event.event, **event.data}


@pytest.mark.parametrize(
    "body", [html("x"), http(b"y" * 3_000_000), b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut"]
)
def test_a_finished_warc_without_event_gives_the_very_event_that_was_not_written(
    body: bytes, bench: Bench, raw_server: RawServer
) -> None:
    raw_server.default = body
    captured = bench.capture(raw_server.url(), raw_server)
    without_the_outcome(bench)
    assert verify_case(bench.path).worst is Severity.UNCHECKED
    recovered = recover_case(bench.path, runtime=bench.runtime)
    assert recovered is not None
    assert recovered.data["actions"][0]["action"] == "adopted"
    assert told(bench.events()[-1]) == told(captured)
    assert recover_case(bench.path, runtime=bench.runtime) is None
    bench.assert_sound()


def test_a_warc_of_another_intent_is_not_adopted(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("x")
    bench.capture(raw_server.url(), raw_server)
    bench.capture(raw_server.url(), raw_server)
    (bench.path / item_path(2)).write_bytes((bench.path / item_path(1)).read_bytes())
    without_the_outcome(bench)
    recovered = recover_case(bench.path, runtime=bench.runtime)
    assert recovered is not None
    assert {action["action"] for action in recovered.data["actions"]} == {"quarantined", "interrupted"}
    assert bench.names()[-1] == "item.interrupted"
    bench.assert_sound()


@pytest.mark.parametrize(("first", "last", "times"), [(0, -1, 1), (0, 100, 1), (0, 0, 1), (0, None, 2), (1, None, 1)])
def test_a_warc_that_is_not_whole_goes_to_quarantine(
    first: int, last: int | None, times: int, bench: Bench, raw_server: RawServer
) -> None:
    raw_server.default = html("x")
    bench.capture(raw_server.url(), raw_server)
    warc = bench.path / item_path(1)
    warc.write_bytes(warc.read_bytes()[first:last] * times)
    without_the_outcome(bench)
    add_note(bench.path, "the next command that writes", None, runtime=bench.runtime)
    assert bench.names()[-3:] == ["incident.recovered", "item.interrupted", "note.added"]
    assert len(list((bench.path / "quarantine").iterdir())) == 1
    bench.assert_sound()


def test_a_kill_while_the_answer_arrives_leaves_its_bytes_in_quarantine(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = (Send(http(b"z" * 3_000_000, "Content-Length: 9000000", length=False)), Pause(20))
    with subprocess.Popen(command(bench, raw_server), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not any(file.stat().st_size > 2_000_000 for file in bench.path.rglob("*.part")):
            assert process.poll() is None
            time.sleep(0.02)
        process.kill()
    assert verify_case(bench.path).worst is Severity.UNCHECKED
    raw_server.default = html("again")
    assert bench.capture(raw_server.url(), raw_server).data["item"] == 2
    assert [event.event for event in bench.events()][2:4] == ["incident.recovered", "item.interrupted"]
    (kept,) = (bench.path / "quarantine").iterdir()
    assert kept.stat().st_size > 2_000_000
    bench.assert_sound()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_in_a_recorded_partial_item(number: int, bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = (Send(http(b"half", "Content-Length: 900", length=False)), Pause(20))
    with subprocess.Popen(command(bench, raw_server), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        while "/" not in raw_server.sent:
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(number)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert bench.names()[-1] == "item.interrupted"
    bench.assert_sound()


def test_a_full_disk_gives_one_message_and_a_case_that_verifies(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = html("before")
    bench.capture(raw_server.url(), raw_server)
    raw_server.default = http(os.urandom(4_000_000))

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(
        command(bench, raw_server), capture_output=True, preexec_fn=small_disk, check=False, text=True
    )
    assert done.returncode == 4
    assert [line for line in done.stderr.splitlines() if line.startswith("error:")].__len__() == 1
    assert "Traceback" not in done.stderr
    assert "captured" not in done.stdout
    assert bench.names()[-2:] == ["incident.recovered", "item.interrupted"]
    bench.assert_sound()


def test_a_second_writer_waits_and_then_names_the_first(bench: Bench, raw_server: RawServer) -> None:
    raw_server.default = (Pause(9), Send(html("slow")))
    with subprocess.Popen(command(bench, raw_server), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not raw_server.requests:
            time.sleep(0.02)
        with pytest.raises(CaseError, match=f"process {process.pid} since"):
            CaseStore.open(bench.path, bench.runtime, adopt=outcome_from_warc, wait=1.0)
        assert verify_case(bench.path).worst < Severity.UNCHECKED
        assert process.wait(timeout=20) == 0
    bench.assert_sound()


def test_a_changed_case_yaml_is_recorded_with_its_reason(bench: Bench, raw_server: RawServer) -> None:
    file = bench.path / "case.yaml"
    file.write_text(file.read_text().replace("Ю. Коллектор", "Second collector") + 'private:\n  source: "Anna"\n')
    assert verify_case(bench.path).worst is Severity.BROKEN
    amend_case(bench.path, reason="hand-over", runtime=bench.runtime)
    raw_server.default = html("x")
    assert bench.capture(raw_server.url(), raw_server).actor == "Second collector"
    assert all(b"Anna" not in path.read_bytes() for path in bench.path.glob("*.jsonl"))
    assert b"Anna" not in (bench.path / "manifest.yaml").read_bytes()
    bench.assert_sound()


def test_private_openings_may_be_erased_and_the_rest_still_verifies(bench: Bench) -> None:
    file = bench.path / "case.yaml"
    file.write_text(file.read_text() + 'private:\n  source: "Anna"\n')
    amend_case(bench.path, reason="a source", runtime=bench.runtime)
    bench.assert_sound()
    (opening,) = Path(bench.path / "private").iterdir()
    opening.unlink()
    assert verify_case(bench.path).worst is not Severity.BROKEN
