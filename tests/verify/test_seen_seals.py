"""What a verdict tells of the seals of a case: the newest ones, however many there are."""

from dataclasses import replace
from pathlib import Path

from archiver.custody.log import parse_line
from archiver.custody.state import CaseState
from archiver.pipeline.cases import init_case
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.seal import Sealing
from archiver.runtime import Runtime
from archiver.verify.run import verify_case
from archiver.verify.seen import MAX_SEALS, SeenSeals


def test_the_newest_seals_are_told_and_the_others_counted(tmp_path: Path, runtime: Runtime) -> None:
    case = tmp_path / "case"
    init_case(case, title="T", collector="C", runtime=runtime)
    receipt = Sealing(case, lambda: tmp_path, False, CaptureOptions(), runtime).seal("asked").receipt
    found = verify_case(case).case
    assert found is not None
    assert ([seal.receipt for seal in found.seals], found.older, found.lines) == ([receipt], 0, 2)
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    completed = parse_line(lines[-1])
    seen = SeenSeals()
    for _ in range(MAX_SEALS + 7):
        seen.add(completed)
    seen.add(replace(completed, data={}))
    many = seen.case(CaseState())
    assert (len(many.seals), many.older) == (MAX_SEALS, 7)
