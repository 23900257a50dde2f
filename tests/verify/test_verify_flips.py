"""Any change of any bit of any file is found, and the finding says where."""

import random
from pathlib import Path

import pytest
from verify_cases import findings, log_lines, text_of

from archiver.model.verdict import Finding, Severity
from archiver.verify.run import verify_case

SEED = 20261122
FILES = ("custody.jsonl", "manifest.yaml", "case.yaml", "evidence/000/000001.warc.gz")


def flipped(case: Path, name: str, bit: int) -> tuple[Finding, ...]:
    """What is found after one bit of one file was turned round; the file is as before afterwards."""
    path = case / name
    before = path.read_bytes()
    data = bytearray(before)
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    try:
        verdict = verify_case(case, processes=1)
        assert verdict.exit_code() == 8, f"bit {bit} of {name}\n{text_of(verdict)}"
        return tuple(findings(verdict))
    finally:
        path.write_bytes(before)


def assert_named(case: Path, name: str, bit: int) -> None:
    found = flipped(case, name, bit)
    mine = [finding for finding in found if finding.subject == name and finding.severity is Severity.BROKEN]
    assert mine, f"bit {bit} of {name}: {found}"
    data = (case / name).read_bytes()
    line = data.count(b"\n", 0, bit // 8) + 1
    places = {finding.where for finding in mine} | {finding.message for finding in mine}
    if name == "custody.jsonl":
        near = {f"line {line}", f"line {line + 1}"}  # the hash of a line stands on the next one
        assert any(place.startswith(tuple(near)) for place in places), f"bit {bit}, line {line}: {found}"
    elif name == "manifest.yaml":
        assert any(place == f"line {line}" for place in places), f"bit {bit}, line {line}: {found}"
    elif name.startswith("evidence/"):
        records = log_lines(case)[-1]["data"]["records"]
        number = sum(record["offset"] <= bit // 8 for record in records)
        where = f"record {number} at byte {records[number - 1]['offset']}"
        assert any(finding.check == "files" and finding.where == where for finding in mine), f"bit {bit}: {found}"


def all_bits(case: Path) -> list[tuple[str, int]]:
    return [(name, bit) for name in FILES for bit in range(8 * (case / name).stat().st_size)]


def sampled(bits: list[tuple[str, int]], count: int) -> list[tuple[str, int]]:
    return random.Random(SEED).sample(bits, count)  # noqa: S311  # the same sample every time


def test_sampled_bit_flips_are_found_and_named(small: Path) -> None:
    for name, bit in sampled(all_bits(small), 400):
        assert_named(small, name, bit)


@pytest.mark.parametrize("name", FILES)
def test_flips_at_both_ends_of_a_file_are_found_and_named(small: Path, name: str) -> None:
    last = 8 * (small / name).stat().st_size
    for bit in (*range(16), *range(last - 16, last)):
        assert_named(small, name, bit)


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_every_bit_flip_is_found_and_named(small: Path, name: str) -> None:
    for bit in range(8 * (small / name).stat().st_size):
        assert_named(small, name, bit)


@pytest.mark.long
def test_many_flips_in_a_case_of_every_kind_are_found(full: Path) -> None:
    names = [str(path.relative_to(full)) for path in full.rglob("*") if path.is_file() and path.stat().st_size]
    bits = [(name, bit) for name in names for bit in range(8 * (full / name).stat().st_size)]
    for name, bit in sampled(bits, 5_000):
        found = flipped(full, name, bit)
        assert any(finding.subject == name for finding in found), f"bit {bit} of {name}: {found}"


def test_a_flip_in_a_private_file_is_found(full: Path) -> None:
    private = next((full / "private").iterdir())
    found = flipped(full, f"private/{private.name}", 90)
    assert {finding.check for finding in found} >= {"files"}
