"""One more capture in a case of 100,000 items, beside one in an empty case: whole processes, in pairs.

    python benchmarks/append_cost.py [--items 100000] [--pairs 15]

Prints both medians and the median of the ratios of the pairs. The large case is written by the
project's own journal; its WARCs are left out, because a capture never opens an older one. The site is a loopback
server in this process.
"""

import argparse
import http.server
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from cases import write_case

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
