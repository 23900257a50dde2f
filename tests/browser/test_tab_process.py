"""The browser is cut off, and leaves nothing behind: no process, no file, whatever ends it."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from chromium import PROGRAM, needs_browser
from tabbench import STRACE, Front, browser, processes_with, shown

from archiver.browser.cdp import BrowserGone, TookTooLong
from archiver.browser.find import Program, found
from archiver.browser.process import Browser
from archiver.browser.window import opened
from archiver.errors import StorageError, UsageError
from archiver.runtime import system_runtime


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that is this test's alone: what is left in it was left behind."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def until(true: object) -> None:
    """Wait for what must come."""
    assert callable(true)
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@needs_browser
def test_nothing_is_left_after_the_end(temporary: Path) -> None:
    with browser() as running:
        (folder,) = temporary.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        assert processes_with(str(folder))
        assert running.link.call("Browser.getVersion")["product"]
    assert not list(temporary.iterdir())
    assert not processes_with(str(folder))
    running.close()  # may be called again


@needs_browser
def test_browser_that_dies_is_gone_with_all_its_processes(temporary: Path) -> None:
    with browser() as running:
        (folder,) = temporary.iterdir()
        running.link.ask("Browser.crash")
        until(lambda: running.link.gone)
        with pytest.raises(BrowserGone):
            running.link.call("Browser.getVersion")
        until(lambda: not list(temporary.iterdir()))
    assert not processes_with(str(folder))


@needs_browser
def test_browser_that_hangs_is_killed(temporary: Path) -> None:
    with browser() as running:
        (folder,) = temporary.iterdir()
        for process in processes_with(str(folder)):
            if b"warden" not in Path(f"/proc/{process}/cmdline").read_bytes():
                os.kill(process, signal.SIGSTOP)
        with pytest.raises(TookTooLong):
            running.link.call("Browser.getVersion", timeout=0.2)
    assert not list(temporary.iterdir())
    assert not processes_with(str(folder))


@needs_browser
def test_kill_of_whoever_started_it_leaves_nothing(temporary: Path) -> None:
    script = """
        import os, sys, time
        from archiver.browser.find import found
        from archiver.browser.process import Browser
        from archiver.runtime import system_runtime
        with Browser(found(None, os.environ), system_runtime()):
            print("started", flush=True)
            time.sleep(600)
        """
    environ = os.environ | {"TMPDIR": str(temporary)}
    command = [sys.executable, "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        (folder,) = temporary.iterdir()
        process.kill()
    until(lambda: not processes_with(str(folder)))
    until(lambda: not list(temporary.iterdir()))


@needs_browser
def test_program_that_is_no_browser_is_told(tmp_path: Path, temporary: Path) -> None:
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho this is no browser >&2\n")
    program.chmod(0o755)
    with pytest.raises(UsageError) as told, Browser(Program(program, "x", "1.0"), system_runtime()):
        pass
    assert "this is no browser" in told.value.hint
    program.unlink()
    with pytest.raises(UsageError), Browser(Program(program, "x", "1.0"), system_runtime()):
        pass
    assert not list(temporary.iterdir())


def test_no_room_for_a_folder_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(StorageError), Browser(Program(Path("/bin/true"), "x", "1.0"), system_runtime()):
        pass


def test_profile_that_is_none_is_refused(tmp_path: Path, temporary: Path) -> None:
    given = Browser(Program(Path("/bin/true"), "x", "1.0"), system_runtime(), profile=tmp_path)
    with pytest.raises(UsageError, match="not a browser's user data folder"), given:
        pass
    assert not list(temporary.iterdir())


@needs_browser
def test_environment_tells_nothing_of_the_machine(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_MINE", "1")
    with browser():
        (folder,) = temporary.iterdir()
        seen = [Path(f"/proc/{each}/environ").read_bytes() for each in processes_with(f"={folder}")]
    assert not any(b"SECRET_OF_MINE" in each for each in seen)  # most of them write their titles over it
    assert any({b"TZ=UTC", b"LANG=C.UTF-8", f"HOME={folder}/home".encode()} <= set(each.split(b"\0")) for each in seen)


@needs_browser
def test_window_is_open_until_it_is_closed() -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = "<script>open('/other')</script>"
        with opened(running, "http://site.test/", port=front.port) as window:
            until(lambda: "/" in front.paths())
            assert not window.closed
            for target in list(window._pages.values()):
                running.link.call("Target.closeTarget", {"targetId": target})
            until(lambda: window.closed)


CURIOUS = """<title>t</title><img src=/a.png>
<link rel=dns-prefetch href=//prefetch.test><link rel=preconnect href=//connect.test>
<script>
  new WebSocket('ws://192.0.2.2/');
  const call = new RTCPeerConnection({iceServers: [{urls: 'stun:192.0.2.1:3478'}]});
  call.createDataChannel('x');
  call.createOffer().then(offer => call.setLocalDescription(offer));
</script>"""


def contacts(folder: Path, front: Front, seconds: float) -> set[str]:
    """Every address that a traced browser reaches out to while it shows a page and then idles.

    A datagram socket that is bound to an address sends nothing by that: what counts there is sending.
    """
    trace, wrapped = folder / "trace", folder / "traced"
    assert PROGRAM is not None
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    wrapped.write_text(f'#!/bin/sh\nexec {STRACE} -f -qq -yy -e {calls} -o {trace} {PROGRAM.path} "$@"\n')
    wrapped.chmod(0o755)
    with Browser(Program(wrapped, PROGRAM.name, PROGRAM.version), system_runtime()) as running:
        front.pages["/"] = CURIOUS
        shown(running, front, folder=folder)
        time.sleep(seconds)
    found: set[str] = set()
    for line in trace.read_text(errors="replace").splitlines():
        call = re.match(r"\d+ +(\w+)\((\d+)<(\w+)", line)
        if call is None:
            continue
        told = re.search(r"sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|AF_INET6, )\"([^\"]+)\"", line)
        if call[1] == "connect" and told is not None and not call[3].startswith("UDP"):
            found.add(f"{told[2]}:{told[1]}")
        elif call[1] != "connect" and call[3].startswith("UDP"):
            found.add(line)
    return found


@needs_browser
@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize("seconds", [0.0, pytest.param(30.0, marks=pytest.mark.long)])
def test_nothing_but_the_gate_is_contacted(tmp_path: Path, seconds: float) -> None:
    with Front() as front:
        gate = f"127.0.0.1:{front.port}"
        assert gate in contacts(tmp_path, front, seconds) <= {gate, "127.0.0.1:1"}
        assert front.paths()[0] == "/"


def test_browser_is_found_told_or_named(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\necho Chromium 99.1.2.3 built somewhere\n")
    program.chmod(0o755)
    assert found(str(program), {}) == found(None, {"ARCHIVER_BROWSER": str(program)})
    assert found(str(program), {}) == Program(program, "Chromium", "99.1.2.3")
    assert found(str(program), {}).major == 99


def test_browser_that_says_nothing_is_none(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(UsageError, match="no program"):
        found(str(program), {})
    program.chmod(0o755)
    with pytest.raises(UsageError, match="does not say its version"):
        found(str(program), {})


def test_no_browser_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.browser.find.PROGRAMS", ("chromium",))
    with pytest.raises(UsageError) as told:
        found(None, {"PATH": str(tmp_path)})
    assert "install" in told.value.hint
