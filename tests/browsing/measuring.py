"""The measurement site and its comparison, which lie in `benchmarks/`, and the programs that ask the site."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))  # last: no module of the tests is hidden by one of there

import browser_field  # noqa: E402 - the path comes first
from browser_site.messages import Logged  # noqa: E402
from browser_site.server import LOOPBACK, Site  # noqa: E402


def _has_browser() -> bool:
    try:
        browser_field.browser()
    except OSError:
        return False
    return True


needs_browser = pytest.mark.skipif(not _has_browser(), reason="needs Chromium: Debian package chromium")
needs_wget = pytest.mark.skipif(shutil.which("wget") is None, reason="needs wget: Debian package wget")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: Debian package curl")


def curl(site: Site, ca_file: Path, url: str, *more: str) -> bytes:
    """Return what curl received for `url`, as it came: interim answers, heads, chunks."""
    ways = [word for route in site.routes() for word in ("--connect-to", route)]
    command = ["curl", "-s", "--raw", "--include", "--http1.1", "--cacert", str(ca_file), *ways, *more, url]
    return _output(command)


def openssl(site: Site, ca_file: Path, host: str, request: bytes) -> bytes:
    """Return every octet that came over TLS for `request`."""
    place = f"{LOOPBACK}:{site.port('https')}"
    command = ["openssl", "s_client", "-quiet", "-verify_quiet", "-verify_return_error", "-CAfile", str(ca_file),
               "-verify_hostname", host, "-servername", host, "-connect", place]  # fmt: skip
    return _output(command, request)


def wget_warc(site: Site, folder: Path, host: str, paths: Sequence[str]) -> Path:
    """Return the WARC that wget writes of these paths, asked in the clear for `host`."""
    origin = f"http://{LOOPBACK}:{site.port('http')}"
    command = ["wget", "-q", "--tries=1", "--max-redirect=0", "--no-warc-compression", "--warc-file=out",
               "--output-document=/dev/null", f"--header=Host: {host}", *(origin + path for path in paths)]  # fmt: skip
    subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    return folder / "out.warc"


def one(log: Sequence[Logged]) -> Logged:
    """Return the only exchange of `log`."""
    (logged,) = log
    return logged


def _output(command: Sequence[str], said: bytes = b"") -> bytes:
    return subprocess.run(command, input=said, capture_output=True, timeout=60, check=False).stdout
