"""Running verify.py as a stranger would: in a process of its own, without anything of ours, and what it said."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from archiver.export.byhand import standalone_source

OLDER = ("python3.8", "python3.9", "python3.10", "python3.12", "python3.13")


@dataclass(frozen=True)
class Said:
    """The exit code of verify.py, and its words."""

    code: int
    text: str


def installed(folder: Path) -> Path:
    """Write verify.py into `folder`, which is made, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "verify.py"
    program.write_bytes(standalone_source())
    return program


def said(program: Path, *arguments: str | Path, python: str = sys.executable) -> Said:
    """Run the program without any library and return what came of it; nothing may stand on standard error."""
    command = [python, "-I", "-S", program, *arguments]
    done = subprocess.run(command, capture_output=True, timeout=120, env={"LC_ALL": "C"})
    assert done.stderr == b"", done.stderr.decode()
    return Said(done.returncode, done.stdout.decode("ascii"))


def pythons() -> list[str]:
    """Other versions of Python on this machine that can run it."""
    return sorted({found for name in OLDER if (found := _found(name))})


def _found(name: str) -> str:
    """The program itself, not what stands for it on the PATH; "" where it is not there."""
    if shutil.which(name) is None:
        return ""
    done = subprocess.run([name, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True)
    return done.stdout.strip()
