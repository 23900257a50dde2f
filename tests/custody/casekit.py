"""A case in small steps for the custody tests: fixed clock and ids, requests, outcomes, and what must always hold."""

import hashlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from sealkit import assert_seals_sound

from archiver import canon
from archiver.config.case_file import new_case_yaml
from archiver.custody import layout, manifest
from archiver.custody.disk import Disk
from archiver.custody.log import Event, parse_line
from archiver.custody.state import CaseState
from archiver.model.item import StoredFile
from archiver.runtime import Runtime

CASE = "urn:uuid:00000000-0000-4000-8000-000000000001"
CASE_YAML = new_case_yaml(case_id=CASE, name="harbour", title="Гавань", collector="Jane Doe")


@dataclass
class StepClock:
    """A clock that goes on by a second each time it is read."""

    at: datetime = datetime(2026, 11, 22, 6, 55, 58, 854810, tzinfo=UTC)
    seconds: float = 0.0

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class CountingIds:
    """Ids and nonces that count from one."""

    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def uuid(self) -> str:
        return f"00000000-0000-4000-8000-{next(self.numbers):012x}"

    def nonce(self) -> str:
        return f"{next(self.numbers):032x}"


def step_runtime() -> Runtime:
    """Return a runtime in which waiting makes the clock go on."""
    clock = StepClock()

    def sleep(seconds: float) -> None:
        clock.seconds += seconds

    return Runtime(clock, CountingIds(), sleep)


def request(item: int, url: str = "http://example.org/новости", how: str = "capture") -> tuple[str, dict[str, Any]]:
    """Return `item.requested` without what the store fills in."""
    settings: dict[str, Any] = {"max_bytes": 1000}
    return "item.requested", {
        "item": item,
        "how": how,
        "url": url,
        "request_url": url,
        "note": "",
        "tags": ["harbour"],
        "settings": settings,
        "settings_sha256": canon.sha256_hex(canon.dumps(settings)),
        "software": "archiver 0",
    }


def warc_of(requested: Event, outcome: str = "complete") -> bytes:
    """Return bytes that stand for the WARC of an item; `adopt_from` makes the outcome out of them."""
    return canon.dumps({"requested": requested.seq, "item": requested.data["item"], "outcome": outcome}) + b"\nEND"


def outcome_of(requested: Event, file: StoredFile, outcome: str = "complete") -> tuple[str, dict[str, Any]]:
    """Return the outcome of an item without what the store fills in."""
    data: dict[str, Any] = {
        "item": requested.data["item"],
        "requested": requested.seq,
        "url": requested.data["url"],
        "request_url": requested.data["request_url"],
        "final_url": requested.data["url"],
        "note": requested.data["note"],
        "tags": requested.data["tags"],
        "outcome": outcome,
        "reasons": [],
        "status": 200,
        "title": "Гавань",
        "language": "ru",
        "media_type": "text/html",
        "started_at": "2026-11-22T06:55:58.854810Z",
        "ended_at": "2026-11-22T06:55:59.854810Z",
        "exchanges": [
            {
                "url": requested.data["url"],
                "status": 200,
                "peer_ip": "192.0.2.1",
                "end": "complete",
                "truncated": None,
                "entity_sha256": "0" * 64,
                "entity_size": 12,
                "failure": None,
                "anomalies": ["chunk-extension"],
            }
        ],
        "redactions": 0,
        "private": [],
        "file": {"path": file.path, "size": file.size, "sha256": file.sha256},
        "records": [
            {
                "id": "urn:uuid:00000000-0000-4000-8000-0000000000aa",
                "type": "response",
                "offset": 0,
                "length": 10,
                "sha256": "1" * 64,
            }
        ],
        "software": "archiver 0",
    }
    if outcome == "failed":
        return "item.failed", data | {"status": None, "failure": {"kind": "dns", "detail": "the name has no address"}}
    return "item.captured", data


Reader = Callable[[Path], bytes]


def adopt_from(read: Reader) -> Callable[[Path, StoredFile, Event], tuple[str, dict[str, Any]] | None]:
    """Return an adopter that takes what `warc_of` made for the same request, and nothing else."""

    def adopt(path: Path, file: StoredFile, requested: Event) -> tuple[str, dict[str, Any]] | None:
        line, _, end = read(path).partition(b"\n")
        if end != b"END" or json.loads(line)["requested"] != requested.seq:
            return None
        return outcome_of(requested, file, json.loads(line)["outcome"])

    return adopt


adopt_real = adopt_from(Path.read_bytes)


def writer_of(data: bytes) -> Callable[[BinaryIO], int]:
    """Return a writer for `put_warc` that writes `data` in two pieces."""

    def write(file: BinaryIO) -> int:
        return file.write(data[:5]) + file.write(data[5:])

    return write


def events_in(log: bytes) -> list[Event]:
    """Return the events of a whole log; the last line has to end with LF."""
    assert log.endswith(b"\n")
    return [parse_line(line + b"\n") for line in log.split(b"\n")[:-1]]


def rendered(log: bytes) -> bytes:
    """Return the manifest that belongs to a log."""
    lines = [line + b"\n" for line in log.split(b"\n")[:-1]]
    return b"".join(manifest.rendered(parse_line(line), hashlib.sha256(line).hexdigest()) for line in lines)


def whole(disk: Disk, name: str) -> bytes:
    """Return all bytes of a file of the case."""
    size = disk.size(name)
    assert size is not None, name
    return disk.read(name, 0, size)


def assert_sound(disk: Disk) -> CaseState:
    """Assert what holds for every case that nobody is writing to and nothing interrupted; return its state."""
    log = whole(disk, "custody.jsonl")
    state = CaseState()
    for event in events_in(log):
        assert state.apply(event) == (), event
    assert whole(disk, "manifest.yaml") == rendered(log)
    assert not state.open_items
    expected = dict(state.aside)
    expected |= {item.file.path: item.file for item in state.items.values() if item.file is not None}
    for path in state.gone:
        assert disk.size(path) is None, path
        expected.pop(path, None)
    for path, file in expected.items():
        data = whole(disk, path)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size, file.sha256), path
    for path in evidence_of(disk):
        place = layout.classify(path)
        named_by_itself = place.kind is layout.Kind.PRIVATE and _names_itself(disk, path)
        assert path in expected or named_by_itself, f"{path} is unexplained"
    assert_seals_sound(disk, state)
    return state


def evidence_of(disk: Disk) -> list[str]:
    """Return the files in evidence/, private/ and quarantine/."""
    folders = [f"evidence/{name}" for name in disk.names("evidence")] + ["private", "quarantine"]
    return [f"{folder}/{name}" for folder in folders for name in disk.names(folder)]


def _names_itself(disk: Disk, path: str) -> bool:
    return hashlib.sha256(whole(disk, path)).hexdigest() == path.rpartition("/")[2].partition(".")[0]
