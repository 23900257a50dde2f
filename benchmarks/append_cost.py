"""One more capture in a case of 100,000 items, beside one in an empty case: whole processes, in pairs.

    python benchmarks/append_cost.py [--items 100000] [--pairs 15] [--seal]

Prints medians and the median of the ratios of the pairs, of the time that went by and of the time that the processor
worked. With `--seal` each capture makes a signed seal as well: the policy of both cases has an interval of nearly
nothing. The large case is written by the project's own journal, and sealed once; its WARCs are left out, because a
capture never opens an older one. The site is a loopback server in this process.
"""

import argparse
import http.server
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from archiver.pipeline.identity import identities_folder, identity
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


def archiver(*words: str) -> tuple[float, float]:
    """Run the program and return the seconds that went by, and those that the processor worked for it."""
    used, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "archiver", *words], check=True, stdout=subprocess.DEVNULL, env=os.environ)
    passed, now = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime


def capture(case: Path, port: int) -> tuple[float, float]:
    netloc = f"127.0.0.1:{port}"
    return archiver("capture", f"http://{netloc}/", "--case", f"{case}/", "--allow-host", netloc)


def make_sealed(case: Path) -> None:
    """Let `case` be sealed after each capture, by a key of its own without a passphrase, and seal what is there."""
    archiver("identity", "new", case.name, "--no-passphrase")
    key = identity(identities_folder(os.environ), case.name).public.fingerprint
    text = (case / "case.yaml").read_text("utf-8")
    policy = f'\npolicy:\n  seals:\n    signer: "{case.name}"\n    key: "{key}"\n    interval: 0.001\n'
    (case / "case.yaml").write_text(text.replace("\npolicy:\n", "\n") + policy, "utf-8")
    archiver("amend", f"{case}/", "--reason", "seals")
    archiver("seal", f"{case}/")


def seals(case: Path) -> int:
    return len(list(case.glob("seals/*.seal")))


def said(name: str, one: list[float], other: list[float]) -> None:
    ratio = statistics.median(b / a for a, b in zip(one, other, strict=True))
    medians = " and ".join(f"{1000 * statistics.median(times):.0f} ms" for times in (one, other))
    print(f"{name}: medians {medians}; ratio: median {ratio:.2f} (promised: at most 1.50)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--seal", action="store_true")
    wanted = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as work:
        os.environ["XDG_CONFIG_HOME"] = str(Path(work) / "config")
        empty, large = Path(work) / "empty", Path(work) / "large"
        write_case(empty, 0)
        write_case(large, wanted.items)
        size = (large / "custody.jsonl").stat().st_size
        print(f"large case: {wanted.items} items, log {size / 1e6:.0f} MB")
        for case in (empty, large):
            if wanted.seal:
                make_sealed(case)
            capture(case, server.server_port)  # caches warm, folders made
        pairs = [(capture(empty, server.server_port), capture(large, server.server_port)) for _ in range(wanted.pairs)]
        made = [seals(case) for case in (empty, large)]
    server.shutdown()
    if wanted.seal and made != [wanted.pairs + 2] * 2:
        sys.exit(f"wrong: {made} seals were made")
    for name, which in (("time", 0), ("processor", 1)):
        said(name, [a[which] for a, _ in pairs], [b[which] for _, b in pairs])


if __name__ == "__main__":
    main()
