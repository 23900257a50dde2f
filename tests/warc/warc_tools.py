"""The tools of others that judge our files, each run as its users run it."""

import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

WARCIO = ("-m", "warcio.cli")
FASTWARC = ("-c", "from fastwarc.cli import main; main()")
CDXJ_INDEXER = ("-c", "from cdxj_indexer.main import main; main()")

Reply = tuple[str, dict[str, str], bytes]  # status line, headers, body


def run_tool(*args: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these arguments; the tools warn about libraries of theirs."""
    return subprocess.run([sys.executable, "-W", "ignore", *args], capture_output=True, text=True, timeout=120)


def gzip_complaints(paths: Sequence[str]) -> str:
    """What `gzip -t` says against these files."""
    run = subprocess.run(["gzip", "-t", *paths], capture_output=True, text=True, timeout=120)
    return run.stderr if run.returncode == 0 else f"exit {run.returncode}: {run.stderr}"


def replay(folder: Path, asked: list[list[str]]) -> list[Reply]:
    """Let pywb index the WARC files in `folder` and replay: [14-digit time, address, Accept-Encoding] each."""
    (folder / "ask.json").write_text(json.dumps(asked))
    script = Path(__file__).with_name("pywb_replay.py")
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(folder)], capture_output=True, check=True, timeout=120
    )
    replies = json.loads(run.stdout.splitlines()[-1])
    return [(status, dict(headers), b64decode(body)) for status, headers, body in replies]


def fast_verdict(data: bytes) -> list[bool]:
    """What `fastwarc check -p` finds for every record, without its process."""
    verdict = []
    for record in FastIterator(BytesIO(data), parse_http=False):
        good = record.verify_block_digest(consume=False)
        if "WARC-Payload-Digest" in record.headers:
            record.parse_http()
            good = good and record.verify_payload_digest(consume=True)
        verdict.append(good)
    return verdict


def warcio_passes(data: bytes) -> bool:
    """What `warcio check` finds, without its process."""
    for record in ArchiveIterator(BytesIO(data), check_digests=True):
        while record.content_stream().read(65536):
            pass
        if record.digest_checker.passed is not True:
            return False
    return True


def response_blocks(path: Path) -> list[bytes]:
    """The blocks of the response records, as warcio reads them without parsing."""
    with path.open("rb") as file:
        records = ArchiveIterator(file, no_record_parse=True)
        return [record.content_stream().read() for record in records if record.rec_type == "response"]
