"""Cases of any size for the benchmarks: logs and inventories written by the project's own journal, without WARCs."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from archiver import canon
from archiver.config.case_file import new_case_yaml
from archiver.custody import events
from archiver.custody.events import Body
from archiver.custody.layout import item_path
from archiver.custody.store import CaseStore
from archiver.model.item import RecordEntry, StoredFile
from archiver.pipeline.options import CaptureOptions, settings_record
from archiver.pipeline.outcome import intent
from archiver.runtime import system_runtime

CASE = "urn:uuid:00000000-0000-4000-8000-000000000001"
AT = "2026-11-22T06:55:58.854810Z"
GROUP = 64  # items that are synced together


def request(item: int) -> Body:
    url = f"http://127.0.0.1/{item}"
    settings = settings_record(CaptureOptions())
    return intent("capture", item, url=url, request_url=url, note="", tags=(), settings=settings)


def outcome(item: int, requested: int) -> Body:
    url = f"http://127.0.0.1/{item}"
    records = [
        RecordEntry(f"urn:uuid:00000000-0000-4000-8000-{item:06d}{n:06d}", "response", n * 500, 500, "0" * 64)
        for n in range(5)
    ]
    data: dict[str, canon.Json] = {
        "item": item, "requested": requested, "url": url, "note": "", "tags": [], "request_url": url, "final_url": url,
        "outcome": "complete", "reasons": [], "status": 200, "title": "page", "language": "en",
        "media_type": "text/html", "started_at": AT, "ended_at": AT, "redactions": 0, "private": [],
        "software": "archiver", "exchanges": [
            {"url": url, "status": 200, "peer_ip": "127.0.0.1", "end": "complete", "truncated": None,
             "entity_sha256": "0" * 64, "entity_size": 20000, "failure": None, "anomalies": []}
        ],
        "file": events.stored(StoredFile(item_path(item), 2500, "0" * 64)),
        "records": [asdict(record) for record in records],
    }  # fmt: skip
    return "item.captured", data


def opened(folder: Path) -> CaseStore:
    return CaseStore.open(folder, system_runtime(), adopt=lambda path, file, requested: None)


def write_case(folder: Path, items: int) -> None:
    case_yaml = new_case_yaml(case_id=CASE, name=folder.name, title="t", collector="c")
    CaseStore.create(folder, case_yaml, system_runtime())
    with opened(folder) as store:
        bodies = _bodies(items)
        while group := tuple(islice(bodies, 2 * GROUP)):
            store.append_many(group)


def _bodies(items: int) -> Iterator[Body]:
    for item in range(1, items + 1):
        yield request(item)
        yield outcome(item, requested=2 * item)
