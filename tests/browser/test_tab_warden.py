"""What stands between us and the browser: whoever ends first, nothing is left of it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

TWO_SLEEPERS = "setsid sleep 321 & sleep 321"


def started(folder: Path, *command: str) -> "subprocess.Popen[bytes]":
    """The warden of `command`, with pipes that nobody uses; `folder` is there."""
    (folder / "data").mkdir(parents=True)
    pipes = (*os.pipe(), *os.pipe())
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "archiver.browser.warden", str(folder), str(pipes[0]), str(pipes[3]), *command],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(pipes[0], pipes[3]),
        )
    finally:
        for each in pipes:
            os.close(each)


def sleepers(mark: str) -> list[int]:
    """Processes that sleep so long."""
    found = []
    for each in Path("/proc").iterdir():
        try:
            line = (each / "cmdline").read_bytes() if each.name.isdigit() else b""
        except OSError:  # it has ended meanwhile
            continue
        if line.split(b"\0")[:2] == [b"sleep", mark.encode()]:
            found.append(int(each.name))
    return found


def test_the_end_of_the_browser_is_told_by_its_code_and_its_folder_goes(tmp_path: Path) -> None:
    with started(tmp_path / "its", "sh", "-c", "exit 7") as warden:
        assert warden.wait(30) == 7
    assert not (tmp_path / "its").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="orphans are handed on by Linux only")
def test_whoever_lets_go_of_it_takes_along_the_browser_and_who_left_its_group(tmp_path: Path) -> None:
    with started(tmp_path / "its", "sh", "-c", TWO_SLEEPERS) as warden:
        until = time.monotonic() + 30
        while len(sleepers("321")) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(sleepers("321")) == 2
        assert warden.stdin is not None
        warden.stdin.close()
        warden.wait(30)
    assert not sleepers("321")
    assert not (tmp_path / "its").exists()


def test_a_program_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    with started(tmp_path / "its", "/nowhere/chromium") as warden:
        assert warden.stderr is not None
        assert b"the browser does not start" in warden.stderr.read()
        assert warden.wait(30) == 127
    assert not (tmp_path / "its").exists()
