"""The bag that the demo makes, and what stock programs say of it."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import bagit
import pytest

from archiver.demo.hand import bag_of, checked_by_hand
from archiver.demo.run import DemoResult, run_demo
from archiver.errors import CaseError, ExitCode
from archiver.model.verdict import Severity
from archiver.runtime import system_runtime
from archiver.verify.bundles import verify_bundle


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    return run_demo(tmp_path_factory.mktemp("demo") / "case", runtime=system_runtime(), say=lambda line: None)


def sealed(demo: DemoResult) -> dict[str, object]:
    made = next(event for event in reversed(demo.events) if event.event == "export.made")
    assert made.data["seal"] == 2
    return {"seal": 2, "signer": "demo-collector", "tokens": []}


def test_the_bag_is_one_for_others_and_for_the_verifier(demo: DemoResult) -> None:
    assert demo.bag == bag_of(demo.case)
    assert bagit.Bag(str(demo.bag)).is_valid()
    assert verify_bundle(demo.bag).worst < Severity.UNCHECKED
    assert demo.by_hand
    assert demo.exit_code is ExitCode.OK


def test_every_stock_program_found_it_sound(demo: DemoResult) -> None:
    said = [line.strip().partition(":")[0] for line in demo.lines]
    assert [name for name in said if name in {"sha256sum", "ssh-keygen", "openssl", "verify.py"}] == [
        "sha256sum",
        "ssh-keygen",
        "openssl",
        "openssl",
        "verify.py",
    ]
    assert not any("NOT as it should be" in line for line in demo.lines)


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("data/evidence/000/000001.warc.gz", {"sha256sum", "verify.py"}),
        ("data/seals/000002.seal", {"sha256sum", "ssh-keygen", "verify.py"}),
        ("data/custody.jsonl", {"sha256sum", "verify.py"}),
    ],
)
def test_a_changed_byte_is_found_by_hand(demo: DemoResult, tmp_path: Path, file: str, found: set[str]) -> None:
    assert demo.bag is not None
    bag = tmp_path / "bag"
    shutil.copytree(demo.bag, bag)
    data = bytearray((bag / file).read_bytes())
    data[len(data) // 2] ^= 1
    (bag / file).chmod(0o600)
    (bag / file).write_bytes(data)
    checks = list(checked_by_hand(bag, sealed(demo), demo.outside))
    assert {check.line.partition(":")[0] for check in checks if not check.sound} == found


def test_what_fails_by_hand_is_exit_code_8(demo: DemoResult) -> None:
    assert replace(demo, by_hand=False).exit_code is ExitCode.CONTRADICTED


def test_a_program_that_is_missing_is_said_to_be(demo: DemoResult, monkeypatch: pytest.MonkeyPatch) -> None:
    assert demo.bag is not None
    monkeypatch.setenv("PATH", os.devnull)
    lines = [check.line for check in checked_by_hand(demo.bag, sealed(demo), demo.outside) if check.sound]
    assert lines[:2] == ["sha256sum: not installed", "ssh-keygen: not installed"]
    assert sys.executable not in lines[-1]


def test_a_taken_name_beside_the_case_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    bag_of(tmp_path / "case").mkdir()
    with pytest.raises(CaseError, match="already something of that name"):
        run_demo(tmp_path / "case", runtime=system_runtime(), say=lambda line: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case-bag"]
