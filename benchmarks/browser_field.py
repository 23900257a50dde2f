"""The commands of a browser capture as a person calls them, and the browser without us: whole processes."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from browser_site.places import HOSTS, PAGES, Page
from browser_site.server import LOOPBACK, PORTS, Site
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

VIEW = (1280, 800)
LIMIT = 300  # seconds for one command
BROWSERS = ("/usr/lib/chromium/chromium", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
NOTHING_PRESERVED = 5


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command said in JSON, its exit code, and the seconds that it took: on the clock, of the processor."""

    code: int
    said: dict[str, object]
    seconds: float
    processor: float
    errors: str


def browser() -> str:
    """Return the Chromium of this system. Raises OSError without one."""
    told = os.environ.get("ARCHIVER_BROWSER")
    for name in (told, *BROWSERS):
        if name and (path := shutil.which(name)):
            return path
    raise OSError("no Chromium was found: install it (Debian: chromium), or set ARCHIVER_BROWSER")


def archiver(*words: str | Path) -> Ran:
    """Run the project's own command with `--json`."""
    return timed([sys.executable, "-m", "archiver", *words, "--json"])


def timed(command: Sequence[str | Path]) -> Ran:
    """Run `command`; what is not JSON on its output counts as nothing said."""
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False, stdin=subprocess.DEVNULL)
    passed, after = time.perf_counter() - begun, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    try:
        said = json.loads(done.stdout)
    except ValueError:
        said = {}
    return Ran(done.returncode, said, passed, used, done.stderr.decode("utf-8", "replace"))


def new_case(folder: Path) -> str:
    """Make a case there, and return it as the commands take it."""
    case = f"{folder}/"
    made = archiver("init", case, "--title", "Measured", "--collector", "benchmark", "--offline")
    if made.code:
        raise OSError(f"archiver init: exit code {made.code}: {made.errors}")
    return case


def ways(site: Site, ca_file: Path) -> list[str]:
    """Return the options that lead every host of the site to its server, and nowhere else."""
    words = ["--ca-file", str(ca_file)]
    for route in site.routes():
        words += ["--connect-to", route]
    return words


def capture(case: str, page: Page, site: Site, ca_file: Path, kind: str) -> Ran:
    """Capture `page`; `kind` is the option that says how: `--browser`, or `--page` where there is no browser."""
    return archiver("capture", page.url, "--case", case, kind, *ways(site, ca_file))


def warc_of(ran: Ran, case: str) -> Path | None:
    """Return the file of the item that a capture made, None where it made none."""
    items = ran.said.get("items")
    file = items[0].get("file") if isinstance(items, list) and items else None
    name = file.get("path") if isinstance(file, dict) else file
    return Path(case) / name if isinstance(name, str) else None


def plain_screenshot(page: Page, site: Site, file: Path) -> Ran:
    """Let the browser alone take a picture of `page`, in its own way and without us."""
    key = site.authority.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(key).digest()).decode("ascii")
    rules = [
        *(f"MAP {host}:{port} {LOOPBACK}:{site.port(scheme)}" for host in HOSTS for scheme, port in PORTS.items()),
        "MAP * ~NOTFOUND",  # what the browser asks by itself goes nowhere
        f"EXCLUDE {LOOPBACK}",
    ]
    with tempfile.TemporaryDirectory() as profile:
        flags = [
            "--headless", f"--screenshot={file}", f"--window-size={VIEW[0]},{VIEW[1]}", f"--user-data-dir={profile}",
            f"--host-resolver-rules={','.join(rules)}", f"--ignore-certificate-errors-spki-list={pin}",
            "--hide-scrollbars", "--force-color-profile=srgb", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-features=HttpsUpgrades",
        ]  # fmt: skip
        if not os.geteuid():
            flags.append("--no-sandbox")
        return timed([browser(), *flags, page.url])


def chosen(names: Sequence[str]) -> tuple[Page, ...]:
    """Return the pages of these names; all for none. Raises KeyError."""
    known = {page.name: page for page in PAGES}
    return tuple(known[name] for name in names) if names else PAGES
