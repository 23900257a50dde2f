"""The real program, as a process of its own: on pipes, on a terminal, under odd locales."""

import os
import pty
import subprocess
import sys
from pathlib import Path

PROGRAM = (sys.executable, "-m", "archiver")
ROOT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    """Return a small environment; nothing of the machine's own settings but where Python is."""
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "COVERAGE_PROCESS_START"}}
    return {"LANG": "C.UTF-8", "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"} | kept | more


def piped(*args: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program on pipes and return what came of it."""
    return subprocess.run(
        (*PROGRAM, *args), cwd=cwd, env=environment(**more), stdin=subprocess.DEVNULL, capture_output=True, timeout=60
    )


def on_a_terminal(*args: str, cwd: Path, typed: bytes = b"", **more: str) -> tuple[int, bytes]:
    """Run the program on a terminal of its own, type into it, and return exit code and what the screen received."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        (*PROGRAM, *args), cwd=cwd, env=environment(**more), stdin=slave, stdout=slave, stderr=slave, close_fds=True
    )
    os.close(slave)
    if typed:
        os.write(master, typed)
    received = b""
    try:
        while piece := _read(master):
            received += piece
    finally:
        os.close(master)
    return process.wait(timeout=60), received


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux: the other side was closed
        return b""
