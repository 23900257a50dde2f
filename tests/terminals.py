"""A program on a terminal that is its own, as a person's is: what it asks can be answered."""

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 60.0  # seconds for a prompt to appear; a program that answers takes a fraction of one
CTRL_C = b"\x03"

_ENTRY = (
    "import fcntl, os, sys, termios\n"
    "os.setsid()\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)


def conversation(
    arguments: Sequence[str], answers: Sequence[tuple[bytes, bytes]], *, cwd: Path, environ: Mapping[str, str]
) -> tuple[int, bytes]:
    """Run a program on a terminal, wait for each prompt and answer it. Return exit code and what was on screen."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x28\x00\xc8\x00\0\0\0\0")
    process = subprocess.Popen(
        (sys.executable, "-c", _ENTRY, *arguments), cwd=cwd, env=dict(environ), stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    seen, whole, typed = b"", b"", b""
    waiting = list(answers)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if waiting and waiting[0][0] in seen:
            typed = waiting.pop(0)[1]
            os.write(master, typed)
            seen = b""
        if not select.select([master], [], [], 1)[0]:
            if typed == CTRL_C:  # readpassphrase(3) does not hear it between its prompt and its read
                os.write(master, typed)
            continue
        try:
            piece = os.read(master, 65_536)
        except OSError:  # Linux: the other side was closed
            break
        seen, whole = seen + piece, whole + piece
    os.close(master)
    return process.wait(timeout=PATIENCE), whole
