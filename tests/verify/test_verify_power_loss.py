"""Whatever a kill or a power cut leaves is unfinished, never contradicted: before recovery as well as after it."""

import sys
from pathlib import Path

import pytest
from verify_cases import findings, text_of

from archiver.model.verdict import Severity
from archiver.verify.run import verify_case

sys.path.append(str(Path(__file__).parents[1] / "custody"))  # the simulated disk, and a day's work on it

import stepwise
import test_seal_crashes as sealing
from simulated import FOLDER, SimulatedDisk
from test_custody_power_loss import STEPS, dies_at, new_disk, open_store, step_runtime, stopped

MADE_UP = {
    "files",
    "structure",
    "digests",
    "records",
    "signatures",
    "tokens",
}  # the bytes of those days are no real ones
SEEDS = 2
SEALING_STEPS = stepwise.steps(new_disk, sealing.work)


def written(disk: SimulatedDisk, path: Path) -> Path:
    """The simulated disk as a real folder."""
    for name, inode in sorted(disk.entries.items()):
        target = path / name
        if inode is FOLDER:
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(bytes(inode.data))
    (path / ".lock").write_bytes(disk.left)
    return path


def assert_not_contradicted(disk: SimulatedDisk, path: Path) -> None:
    verdict = verify_case(written(disk, path), processes=1)
    contradicted = [f for f in findings(verdict, Severity.BROKEN) if f.check not in MADE_UP]
    assert not contradicted, text_of(verdict)


@pytest.mark.parametrize("step", range(1, STEPS + 1, 4), ids=lambda step: f"step-{step}")
def test_what_a_crash_leaves_is_never_contradicted(step: int, tmp_path: Path) -> None:
    for number in range(step, min(step + 4, STEPS + 1)):
        disk = new_disk()
        stopped(disk, dies_at(number))
        assert_not_contradicted(disk.copied(), tmp_path / f"kill-{number}")
        for seed in range(SEEDS):
            cut = disk.after_power_loss(seed)
            assert_not_contradicted(cut, tmp_path / f"cut-{number}-{seed}")
            with open_store(cut, step_runtime()):
                pass
            assert_not_contradicted(cut, tmp_path / f"recovered-{number}-{seed}")


@pytest.mark.parametrize("step", range(1, SEALING_STEPS + 1, 4), ids=lambda step: f"step-{step}")
def test_what_a_crash_while_sealing_leaves_is_never_contradicted(step: int, tmp_path: Path) -> None:
    for number in range(step, min(step + 4, SEALING_STEPS + 1)):
        disk = new_disk()
        sealing.stopped(disk, dies_at(number))
        assert_not_contradicted(disk.copied(), tmp_path / f"kill-{number}")
        for seed in range(SEEDS):
            cut = disk.after_power_loss(seed)
            assert_not_contradicted(cut, tmp_path / f"cut-{number}-{seed}")
            with open_store(cut, step_runtime()):
                pass
            assert_not_contradicted(cut, tmp_path / f"recovered-{number}-{seed}")
