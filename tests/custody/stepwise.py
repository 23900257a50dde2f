"""Work on the simulated disk that is stopped at each thing it does there."""

from collections.abc import Callable

import pytest
from simulated import Died, SimulatedDisk
from test_custody_power_loss import Day

from archiver.errors import ArchiverError

Work = Callable[[SimulatedDisk, Day], None]
OnCall = Callable[[int, str, str], None]


def stopped(work: Work, disk: SimulatedDisk, on_call: OnCall, day: Day) -> BaseException | None:
    """Do the work, which tells `day` what was acknowledged, until `on_call` stops it; return what stopped it."""
    disk.calls = 0
    disk.on_call = on_call
    try:
        work(disk, day)
    except (Died, ArchiverError) as exc:
        return exc
    return None


def every_step(new_disk: Callable[[], SimulatedDisk], work: Work) -> pytest.MarkDecorator:
    """Return what runs a test once for each call to the disk that the work makes, as its argument `step`."""
    return pytest.mark.parametrize("step", range(1, steps(new_disk, work) + 1), ids=lambda step: f"step-{step}")


def steps(new_disk: Callable[[], SimulatedDisk], work: Work) -> int:
    """Return how many calls to the disk the work makes."""
    disk = new_disk()
    stopped(work, disk, lambda number, call, name: None, Day())
    return disk.calls
