"""One whole process, measured from outside: wall time, processor time, peak memory.

The command is started by a small process of its own, because what the kernel reports as a process's peak memory is at
least what the process that started it had.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_STARTER = """
import json, os, sys, time
begun = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - begun
with open(sys.argv[1], "w") as file:
    json.dump({"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss * 1024,
               "code": os.waitstatus_to_exitcode(status)}, file)
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took: seconds, seconds of all processors, bytes; and its exit code (negative: the signal).

    Processor time is of the process and of all that it waited for; peak memory of the largest one of them.
    """

    wall: float
    cpu: float
    peak: int
    code: int


def measure(command: Sequence[str | Path], folder: Path) -> Run:
    """Run `command` in `folder`; what it says goes to `said.txt` there.

    Any exit code is a result. A command that cannot be started raises OSError, as does a folder that is not there.
    """
    report = folder / "measured.json"
    starter = [sys.executable, "-I", "-S", "-c", _STARTER, report, *command]
    with (folder / "said.txt").open("wb") as said:
        done = subprocess.run(starter, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=folder, env=os.environ)
    if done.returncode:
        raise OSError(f"{command[0]}: cannot be run: {last_line(folder)}")
    return Run(**json.loads(report.read_bytes()))


def last_line(folder: Path) -> str:
    """Return the last line that the command said."""
    lines = (folder / "said.txt").read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing"
