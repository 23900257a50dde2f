"""A hand-over whose process is killed at each thing it does to the disk: the case verifies, and it can be repeated."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from handingbench import OFFICE, Desk, giver, receiver
from sshkeys import needs_ssh_keygen

from archiver.errors import ExitCode, UsageError
from archiver.model.verdict import Severity
from archiver.pipeline.cases import recover_case
from archiver.runtime import Runtime, system_runtime
from archiver.verify.run import verify_case

pytestmark = needs_ssh_keygen

WORK = """
import os, shutil, signal, sys
from pathlib import Path
sys.path[:0] = sys.argv[4].split(os.pathsep)
from handingbench import Desk
from archiver.custody.disk import RealDisk
from archiver.runtime import system_runtime

CHANGES = "lock make_folder create append rewrite truncate sync sync_folder link replace unlink".split()
steps = 0

def counted(name):
    real = getattr(RealDisk, name)
    def call(self, *args):
        global steps
        steps -= 1
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, *args)
    setattr(RealDisk, name, call)

for name in CHANGES:
    counted(name)
source, keys, act = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
number = 0
while True:
    number += 1
    case = source.parent / "killed" / f"{number:03d}"
    shutil.copytree(source, case)
    child = os.fork()
    if child == 0:
        steps = number
        desk = Desk(case, keys, system_runtime())
        desk.transfer() if act == "transfer" else desk.acknowledge()
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        shutil.rmtree(case)
        break
"""


def killed(source: Path, keys: Path, act: str) -> list[Path]:
    """Return a copy of the case for each step at which the act was killed in it, in order."""
    (source.parent / "killed").mkdir()
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", WORK, str(source), str(keys), act, f"{here}:{Path(here).parent}"]
    subprocess.run(command, check=True, timeout=300)
    return sorted((source.parent / "killed").iterdir())


def is_no_contradiction(case: Path) -> None:
    verdict = verify_case(case)
    assert verdict.worst < Severity.BROKEN, [f for f in verdict.findings if f.severity is Severity.BROKEN]


def test_a_transfer_killed_at_any_step_is_repeated(tmp_path: Path, runtime: Runtime) -> None:
    doe = giver(tmp_path / "doe", runtime)
    cases = killed(doe.path, doe.keys, "transfer")
    assert len(cases) > 30
    for case in cases:
        is_no_contradiction(case)
        desk = Desk(case, doe.keys, runtime)
        assert desk.transfer().receipt is not None
        desk.case.assert_sound()
        assert desk.case.names().count("custody.transferred") == 1
        office = Desk(case, receiver(case.parent / f"office-{case.name}", runtime).keys, runtime)
        office.acknowledge()
        office.case.assert_sound()


def test_an_acknowledgement_killed_at_any_step_is_repeated(tmp_path: Path, runtime: Runtime) -> None:
    doe, office = giver(tmp_path / "doe", runtime), receiver(tmp_path / "office", runtime)
    doe.transfer()
    doe.given_to(office)
    cases = killed(office.path, office.keys, "acknowledge")
    assert len(cases) > 40
    seen = set()
    for case in cases:
        is_no_contradiction(case)
        desk = Desk(case, office.keys, runtime)
        before = tuple(desk.case.names()[6:])
        seen.add((before, (case / "case.yaml.part").exists()))
        if before[-1:] == ("seal.completed",):
            with pytest.raises(UsageError, match="already"):
                desk.acknowledge()
            recover_case(case, runtime=runtime)
        else:
            desk.acknowledge()
        desk.case.assert_sound()
        names = desk.case.names()[6:]
        assert [name for name in names if name != "incident.recovered"] == [
            *("custody.acknowledged", "case.amended", "key.added", "seal.completed")
        ]
        assert desk.case.events()[-1].actor == OFFICE
        assert not (case / "case.yaml.part").exists()
    waiting = ("custody.acknowledged", "case.amended")
    assert {((), False), ((), True), (waiting, True), (waiting, False), ((*waiting, "key.added"), False)} <= seen


@pytest.mark.parametrize("left", ["custody.acknowledged", ""])
def test_a_line_torn_by_a_power_cut_is_put_in_order_and_the_command_repeated(
    tmp_path: Path, left: str, runtime: Runtime
) -> None:
    doe, office = giver(tmp_path / "doe", runtime), receiver(tmp_path / "office", runtime)
    doe.transfer()
    doe.given_to(office)
    shutil.copytree(office.path, tmp_path / "before")
    office.acknowledge()
    lines = (office.path / "custody.jsonl").read_bytes().split(b"\n")
    torn = tmp_path / "before"
    kept, half = (lines[:7], lines[7][:90]) if left else (lines[:6], lines[6][:90])
    (torn / "custody.jsonl").write_bytes(b"".join(line + b"\n" for line in kept) + half)
    assert verify_case(torn).exit_code() is ExitCode.UNCHECKED
    recover_case(torn, runtime=system_runtime())
    desk = Desk(torn, office.keys, runtime)
    desk.acknowledge()
    desk.case.assert_sound()
    assert desk.case.names().count("custody.acknowledged") == 1
