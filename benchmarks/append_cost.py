"""One more capture in a case of 100,000 items, beside one in an empty case: whole processes, in pairs.

    python benchmarks/append_cost.py [--items 100000] [--pairs 15]

Prints both medians and the median of the ratios of the pairs. The large case is written line by line with the
project's own formats; its WARCs are left out, because a capture never opens an older one. The site is a loopback
server in this process.
"""

import argparse
import hashlib
import http.server
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from archiver import canon
from archiver.config.case_file import new_case_yaml
from archiver.custody import events, manifest
from archiver.custody.layout import item_path
from archiver.custody.log import Event, event_line
from archiver.model.item import RecordEntry, StoredFile
from archiver.pipeline.options import CaptureOptions, settings_record
from archiver.pipeline.outcome import intent

CASE = "urn:uuid:00000000-0000-4000-8000-000000000001"
AT = "2026-11-22T06:55:58.854810Z"
BODY = b"<!doctype html><title>page</title>" + b"<p>text</p>" * 2000


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        pass


def bodies(items: int, case_yaml: str) -> Iterator[tuple[str, dict[str, canon.Json]]]:
    yield events.opened(case_yaml)
    digest = hashlib.sha256(case_yaml.encode()).hexdigest()
    for item in range(1, items + 1):
        url = f"http://127.0.0.1/{item}"
        name, data = intent(
            "capture", item, url=url, request_url=url, note="", tags=(), settings=settings_record(CaptureOptions())
        )
        yield name, data | {"case_yaml": {"line": 1, "offset": 0, "sha256": digest}, "oldest_open": item}
        records = [
            RecordEntry(f"urn:uuid:00000000-0000-4000-8000-{item:06d}{n:06d}", "response", n * 500, 500, "0" * 64)
            for n in range(5)
        ]
        summary: dict[str, canon.Json] = {
            "item": item, "requested": 2 * item, "url": f"http://127.0.0.1/{item}", "note": "", "tags": [],
            "request_url": f"http://127.0.0.1/{item}", "final_url": f"http://127.0.0.1/{item}", "outcome": "complete",
            "reasons": [], "status": 200, "started_at": AT, "ended_at": AT, "redactions": 0, "private": [],
            "software": "archiver", "exchanges": [
                {"url": f"http://127.0.0.1/{item}", "status": 200, "peer_ip": "127.0.0.1", "end": "complete",
                 "truncated": None, "entity_sha256": "0" * 64, "entity_size": 20000, "failure": None, "anomalies": []}
            ],
        }  # fmt: skip
        file = StoredFile(item_path(item), 2500, "0" * 64)
        yield "item.captured", summary | {
            "title": "page", "language": "en", "media_type": "text/html", "oldest_open": 0,
            "file": events.stored(file), "records": [asdict(record) for record in records],
        }  # fmt: skip


def write_case(folder: Path, items: int) -> None:
    folder.mkdir(mode=0o700)
    case_yaml = new_case_yaml(case_id=CASE, name=folder.name, title="t", collector="c")
    (folder / "case.yaml").write_text(case_yaml)
    head = "0" * 64
    with (folder / "custody.jsonl").open("wb") as log, (folder / "manifest.yaml").open("wb") as inventory:
        for seq, (name, data) in enumerate(bodies(items, case_yaml), start=1):
            event = Event(CASE, seq, head, AT, "c", name, data, "0" * 32)
            line = event_line(event)
            head = hashlib.sha256(line).hexdigest()
            log.write(line)
            if seq == 1:
                inventory.write(manifest.header(event))
            inventory.write(manifest.block(event, head))


def capture(case: Path, port: int) -> float:
    command = [sys.executable, "-m", "archiver", "capture", f"http://127.0.0.1:{port}/", "--case", f"{case}/",
               "--allow-host", f"127.0.0.1:{port}"]  # fmt: skip
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=15)
    wanted = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as work:
        empty, large = Path(work) / "empty", Path(work) / "large"
        write_case(empty, 0)
        write_case(large, wanted.items)
        size = (large / "custody.jsonl").stat().st_size
        print(f"large case: {wanted.items} items, log {size / 1e6:.0f} MB")
        for case in (empty, large):
            capture(case, server.server_port)  # caches warm, folders made
        pairs = [(capture(empty, server.server_port), capture(large, server.server_port)) for _ in range(wanted.pairs)]
    server.shutdown()
    print(f"empty case: median {1000 * statistics.median(a for a, _ in pairs):.0f} ms")
    print(f"large case: median {1000 * statistics.median(b for _, b in pairs):.0f} ms")
    print(f"ratio: median {statistics.median(b / a for a, b in pairs):.2f} (promised: at most 1.50)")


if __name__ == "__main__":
    main()
