"""Real processes, really killed: what they said was done is there, and the next one goes on without help."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from casekit import CASE_YAML, adopt_real, assert_sound, events_in, step_runtime

from archiver.custody.disk import RealDisk
from archiver.custody.log import line_sha256
from archiver.custody.store import CaseStore

WORK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from casekit import adopt_real, outcome_of, request, warc_of, writer_of
from archiver.custody import events
from archiver.custody.log import line_sha256
from archiver.custody.store import CaseStore
from archiver.runtime import system_runtime
def done(*found):
    for event in found:
        print(event.seq, line_sha256(event), flush=True)
    return found
rounds = int(sys.argv[3])
with CaseStore.open(Path(sys.argv[1]), system_runtime(), adopt=adopt_real, wait=20) as store:
    while rounds:
        rounds -= 1
        first = store.next_item()
        batch = done(*store.append_many([request(first), request(first + 1)]))
        outcomes = []
        for requested in batch:
            item = requested.data["item"]
            store.spool_path(item).write_bytes(b"x" * 9000)
            file, _ = store.put_warc(item, writer_of(warc_of(requested)))
            outcomes.append(outcome_of(requested, file))
        done(*store.append_many(outcomes))
        done(store.append(*events.note_added("y" * 5000)))
print("end", flush=True)
"""
HERE = str(Path(__file__).parent)


def command(case: Path, rounds: int) -> list[str]:
    return [sys.executable, "-c", WORK, str(case), HERE, str(rounds)]


def new_case(path: Path) -> Path:
    CaseStore.create(path, CASE_YAML, step_runtime())
    return path


def assert_kept(case: Path, said: bytes, acknowledged: dict[int, str]) -> None:
    """Take in what a killed worker printed, recover, and assert that all of it is in the log."""
    for line in said.decode().splitlines():
        words = line.split()
        if len(words) == 2 and len(words[1]) == 64:
            acknowledged[int(words[0])] = words[1]
    CaseStore.open(case, step_runtime(), adopt=adopt_real).close()
    with CaseStore.open(case, step_runtime(), adopt=adopt_real) as again:
        assert again.recovery.events == ()
    disk = RealDisk(case)
    try:
        assert_sound(disk)
    finally:
        disk.close()
    log = {event.seq: line_sha256(event) for event in events_in((case / "custody.jsonl").read_bytes())}
    assert acknowledged.items() <= log.items()


def killed(case: Path, after: float) -> bytes:
    with subprocess.Popen(command(case, -1), stdout=subprocess.PIPE, start_new_session=True) as worker:
        assert worker.stdout is not None
        said = worker.stdout.readline()
        time.sleep(after)
        os.kill(worker.pid, signal.SIGKILL)
        return said + worker.stdout.read()


def kill_at_random(case: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # replayable, not secret
    acknowledged: dict[int, str] = {}
    for _ in range(times):
        assert_kept(case, killed(case, chance.random() * 0.05), acknowledged)


def test_work_killed_at_random_moments_loses_nothing_acknowledged(tmp_path: Path) -> None:
    kill_at_random(new_case(tmp_path / "x"), 5, 1)


@pytest.mark.long
def test_work_killed_300_times_loses_nothing_acknowledged(tmp_path: Path) -> None:
    for seed in range(20):
        kill_at_random(new_case(tmp_path / f"x{seed}"), 15, seed)


SYSTEM_CALLS = "write,pwrite64,fsync,linkat,unlinkat,mkdirat,ftruncate,fchmod,openat"


def straced(case: Path, rounds: int, inject: str) -> subprocess.CompletedProcess[bytes]:
    trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={SYSTEM_CALLS}", "-P", str(case)]
    names = [str(path) for path in case.rglob("*")]
    for name in [*names, "custody.jsonl", "manifest.yaml", ".lock", "evidence", "evidence/000"]:
        trace += ["-P", name if name.startswith("/") else str(case / name)]
    return subprocess.run([*trace, "-e", inject, *command(case, rounds)], capture_output=True, check=False)


@pytest.mark.long
@pytest.mark.parametrize("call", SYSTEM_CALLS.split(","))
def test_kill_at_every_system_call_loses_nothing_acknowledged(tmp_path: Path, call: str) -> None:
    reached = 0
    for number in range(1, 200):
        case = new_case(tmp_path / f"{call}{number}")
        done = straced(case, 1, f"inject={call}:signal=KILL:when={number}")
        assert_kept(case, done.stdout, {})
        if b"end" in done.stdout:
            break
        reached += 1
    assert reached or call in {"ftruncate", "fchmod"}


@pytest.mark.long
def test_kill_inside_recovery_at_every_system_call_loses_nothing(tmp_path: Path) -> None:
    for call in ("write", "pwrite64", "fsync", "linkat", "unlinkat", "ftruncate"):
        for number in range(1, 100):
            case = new_case(tmp_path / f"{call}{number}")
            first = straced(case, 1, "inject=linkat:signal=KILL:when=2")
            with (case / "custody.jsonl").open("ab") as log:
                log.write(b'{"torn')
            done = straced(case, 0, f"inject={call}:signal=KILL:when={number}")
            assert_kept(case, first.stdout, {})
            if b"end" in done.stdout:
                break


@pytest.mark.long
@pytest.mark.parametrize("code", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("call", ["write", "pwrite64", "fsync", "linkat", "unlinkat", "mkdirat", "ftruncate"])
def test_failure_of_every_system_call_is_one_error_and_loses_nothing(tmp_path: Path, call: str, code: str) -> None:
    for number in range(1, 200):
        case = new_case(tmp_path / f"{call}{number}")
        done = straced(case, 1, f"inject={call}:error={code}:when={number}")
        assert_kept(case, done.stdout, {})
        if b"end" in done.stdout:
            break
        assert b"StorageError" in done.stderr or b"OSError" in done.stderr, done.stderr
