"""A sound case stays sound whatever honest things are done to it, and nothing is written while it is read."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from verify_cases import PAGE, Builder, findings, small_case, text_of

from archiver.custody.read import Snapshot
from archiver.demo.run import run_demo
from archiver.model.verdict import Severity
from archiver.runtime import system_runtime
from archiver.verify.layout import Listing
from archiver.verify.run import verify_case, verify_snapshot

CODE = """
import sys
from pathlib import Path
from archiver.verify.layout import Listing
from archiver.verify.run import verify_case, verify_snapshot
verdict = verify_case(Path(sys.argv[1]))
print(*verdict.findings, sep="\\n")
sys.exit(verdict.exit_code())
"""


def outside(case: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Verify in a process of its own."""
    command = [sys.executable, *options, "-c", CODE, str(case)]
    return subprocess.run(command, capture_output=True, env={**os.environ, **environment}, timeout=60)


def test_copied_touched_moved_and_opened_up_cases_are_sound(full: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(full, tmp_path / "Гавань \n moved", copy_function=shutil.copyfile))
    for path in moved.rglob("*"):
        os.utime(path, (0, 0))
        path.chmod(0o777)
    assert verify_case(moved).exit_code() == 0


def test_a_read_only_case_is_sound(full: Path) -> None:
    for path in (full, *full.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert verify_case(full).exit_code() == 0
    finally:
        for path in (full, *full.rglob("*")):
            path.chmod(0o755)


def test_a_case_behind_a_link_that_the_user_named_is_read(full: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(full)
    assert verify_case(tmp_path / "link").exit_code() == 0


@pytest.mark.parametrize("options", [("-O",), ("-OO",), ("-X", "utf8=0")])
def test_the_verdict_does_not_depend_on_locale_or_optimisation(full: Path, options: tuple[str, ...]) -> None:
    names = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii:backslashreplace", "PYTHONCOERCECLOCALE": "0"}
    sound = outside(full, *options, **names)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    (full / "evidence/000/000001.warc.gz").write_bytes(b"x")
    assert outside(full, *options, **names).returncode == 8


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_verify_opens_nothing_for_writing_and_no_socket(full: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    calls = "trace=open,openat,creat,socket,connect,unlink,unlinkat,rename,renameat,mkdir,truncate,ftruncate,fchmod"
    command = ["strace", "-f", "-qq", "-e", calls, "-o", str(trace), sys.executable, "-B", "-c", CODE, str(full)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(command, capture_output=True, timeout=120, env=environment)
    if b"ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = trace.read_text().splitlines()
    assert any("custody.jsonl" in line for line in lines)
    changing = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|^\d+ +(?!open)\w+\(")
    assert [line for line in lines if changing.search(line) and "/dev/" not in line] == []


def test_a_real_case_is_sound_and_its_copy_without_private_files_too(tmp_path: Path) -> None:
    verdict = run_demo(tmp_path / "demo", runtime=system_runtime(), say=lambda _: None).verdict
    assert verdict.exit_code() == 0, text_of(verdict)
    assert not findings(verdict, Severity.NOTE), text_of(verdict)
    shutil.rmtree(tmp_path / "demo" / "private", ignore_errors=True)
    assert verify_case(tmp_path / "demo").exit_code() == 0


def test_beside_a_running_writer_there_is_no_false_alarm(tmp_path: Path) -> None:
    case = small_case(tmp_path / "case")
    done = threading.Event()

    def write() -> None:
        with (case.path / ".lock").open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for number in range(60):
                asked = case.requested(f"http://a.example/{number}")
                case.captured(asked, case.exchange(f"http://a.example/{number}", PAGE))
                if number % 7 == 6:
                    case.withheld(number)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    codes = []
    while not done.is_set():
        verdict = verify_case(case.path)
        codes.append((verdict.exit_code(), text_of(verdict)))
    writer.join()
    assert {code for code, _ in codes} == {0}, "\n====\n".join(text for code, text in codes if code)[-3000:]
    assert verify_case(case.path).exit_code() == 0


def test_many_processes_give_the_same_findings_in_the_same_order(tmp_path: Path) -> None:
    case = Builder(tmp_path / "case")
    case.opened()
    for number in range(30):
        asked = case.requested(f"http://a.example/{number}")
        case.captured(asked, case.exchange(f"http://a.example/{number}", PAGE))
    for number in (3, 17, 29):
        path = case.path / f"evidence/000/{number:06d}.warc.gz"
        path.write_bytes(path.read_bytes()[:-1])
    first = verify_case(case.path, processes=1)
    assert first.exit_code() == 8
    assert [verify_case(case.path, processes=number) for number in (2, 7)] == [first, first]


def test_a_file_withheld_while_the_case_is_read_is_not_missing(tmp_path: Path) -> None:
    case = small_case(tmp_path / "case")
    with Snapshot.open(case.path) as before, Snapshot.open(case.path) as snapshot:
        listing = Listing.of(before.entries())
        case.add("note.added", {"text": "and more", "item": 1})
        case.withheld(1)
        assert verify_snapshot(snapshot, case.path, listing, writing=True).exit_code() == 0
        (case.path / "custody.jsonl").write_bytes(b"".join(case.lines[:3]) + b"{}\n")
        assert verify_snapshot(snapshot, case.path, listing, writing=True).exit_code() == 8
        (case.path / "custody.jsonl").unlink()
        assert verify_snapshot(snapshot, case.path, listing, writing=False).exit_code() == 8


def test_a_file_withheld_by_a_line_that_was_half_written_when_the_reading_began_is_not_missing(tmp_path: Path) -> None:
    case = small_case(tmp_path / "case")
    log, manifest = case.path / "custody.jsonl", case.path / "manifest.yaml"
    listed = manifest.read_bytes()
    case.withheld(1, remove=False)
    whole = log.read_bytes()
    log.write_bytes(whole[:-20])
    manifest.write_bytes(listed)
    with Snapshot.open(case.path) as before, Snapshot.open(case.path) as snapshot:
        listing = Listing.of(before.entries())
        log.write_bytes(whole)
        (case.path / "evidence/000/000001.warc.gz").unlink()
        verdict = verify_snapshot(snapshot, case.path, listing, writing=True)
    assert verdict.exit_code() == 0, text_of(verdict)
