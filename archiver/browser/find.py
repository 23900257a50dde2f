"""Which browser there is: the one that was told, or the first of the usual ones."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archiver.errors import UsageError

TOLD_BY = "ARCHIVER_BROWSER"  # the variable that names the program
PROGRAMS = (
    "/usr/lib/chromium/chromium",  # Debian's program itself: what /usr/bin/chromium calls adds flags of its own
    "/usr/lib/chromium-browser/chromium-browser",
    "/usr/lib64/chromium-browser/chromium-browser",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
PATIENCE = 20.0  # seconds for the program to say its version
_VERSION = re.compile(r"(?<![0-9.])([0-9]{1,5}(?:\.[0-9]{1,6}){1,3})(?![0-9.])")


@dataclass(frozen=True, slots=True)
class Program:
    """A browser of the Chromium family: where it is, what it calls itself, and its version ("156.0.8078.79")."""

    path: Path
    name: str
    version: str

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.split(".")[0])


def found(told: str | None, environ: Mapping[str, str]) -> Program:
    """Return the browser that was told, else that of ARCHIVER_BROWSER in `environ`, else the first that is installed.

    Raises `UsageError` ("no-browser") where there is none, or where the one told does not say its version.
    """
    wanted = told or environ.get(TOLD_BY)
    if wanted:
        path = shutil.which(wanted, path=environ.get("PATH"))
        if path is None:
            raise UsageError("no-browser", f"no program at {wanted!r}", f"name a Chromium or Chrome in {TOLD_BY}")
        return _asked(Path(path))
    for name in PROGRAMS:
        if (path := shutil.which(name, path=environ.get("PATH"))) is not None:
            return _asked(Path(path))
    raise UsageError(
        "no-browser",
        "no Chromium and no Chrome is installed",
        f"install one (Debian: apt install chromium), or name the program in {TOLD_BY}",
    )


def _asked(path: Path) -> Program:
    try:
        done = subprocess.run(  # noqa: S603  # the user's own browser
            [str(path), "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise _mute(path) from exc
    said = done.stdout[:1000].decode("utf-8", "replace")
    version = _VERSION.search(said)
    if version is None:
        raise _mute(path)
    name = "".join(each for each in said[: version.start()] if each.isprintable()).strip()
    return Program(path, name[:60] or path.name, version[1])


def _mute(path: Path) -> UsageError:
    return UsageError(
        "no-browser", f"{path.name} does not say its version", f"name a Chromium or Chrome that runs in {TOLD_BY}"
    )
