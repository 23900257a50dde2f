"""Stands between us and the browser, so that nothing of it outlives us: not a process, not a file.

Started as a script of its own, with nothing imported but the standard library. It starts the browser with the two pipes
at the descriptors where it expects them, and waits for the first of two ends: that of the browser, or that of the pipe
at its standard input, which closes when we let go of it and when we are killed. Then it kills what is left of the
browser and removes its folder.

    python -I -S warden.py FOLDER READING WRITING PROGRAM [FLAG …]
"""

import contextlib
import ctypes
import fcntl
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

DIES_WITH_PARENT, ADOPTS = 1, 36  # PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER (prctl(2))
LINUX = sys.platform.startswith("linux")


def main(folder: str, reading: int, writing: int, command: list[str]) -> int:
    """Run `command` until it, or whoever holds our standard input, has ended. Returns its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end comes by the pipe, whatever the terminal sends to all
    control = ctypes.CDLL(None).prctl if LINUX else None
    if control is not None:
        control(ADOPTS, 1, 0, 0, 0)

    def prepared() -> None:
        # There is no other thread here, so this may be done between fork and exec.
        os.setsid()
        if control is not None:
            control(DIES_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
            first_to_go()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        above = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 5) for each in (reading, writing)]
        os.close(reading)  # either may stand where the other has to go
        os.close(writing)
        for goal, each in enumerate(above, start=3):
            os.dup2(each, goal)

    try:
        browser = subprocess.Popen(  # noqa: S603  # what our own parent said
            command, stdin=subprocess.DEVNULL, stdout=sys.stderr, preexec_fn=prepared, close_fds=False
        )
    except (OSError, subprocess.SubprocessError) as exc:
        sys.stderr.write(f"the browser does not start: {exc}\n")
        shutil.rmtree(folder, ignore_errors=True)
        return 127
    os.close(reading)
    os.close(writing)
    while browser.poll() is None and not select.select([0], [], [], 0.2)[0]:
        pass
    end(browser)
    shutil.rmtree(folder, ignore_errors=True)
    return browser.returncode if browser.returncode is not None else 1


def first_to_go() -> None:
    """Where memory runs out, the browser is what the system ends."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("900")


def end(browser: "subprocess.Popen[bytes]") -> None:
    """Kill the browser, its group, and whoever left the group: orphans are handed to us."""
    for _ in range(100):
        with contextlib.suppress(OSError):
            os.killpg(browser.pid, signal.SIGKILL)
        for child in children():
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            browser.wait(0.1)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            time.sleep(0.05)  # noqa: TID251  # nobody's time: the dead are waited for
            continue
        return


def children() -> list[int]:
    """Return who is a child of ours, where the system says so."""
    try:
        return [int(each) for each in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except (OSError, ValueError):
        return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
