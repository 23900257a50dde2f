"""The capture benchmarks still run, at a size at which they measure nothing, and their checks still have teeth."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sshkeys import needs_ssh_keygen

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ADDRESSES = 12


def run(script: str, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, BENCHMARKS / script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def quick(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return run("capture_speed.py", "--quick", "--addresses", str(ADDRESSES), *arguments)


@pytest.fixture
def payloads() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_payloads", BENCHMARKS / "payloads.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_same_seed_makes_the_same_site(tmp_path: Path) -> None:
    for folder, seed in (("one", "1"), ("two", "1"), ("other", "2")):
        made = run("local_site.py", tmp_path / folder, "--addresses", "30", "--large", "1000", "--seed", seed)
        assert made.returncode == 0, made.stderr
    one, two, other = ((tmp_path / folder / "answers.bin").read_bytes() for folder in ("one", "two", "other"))
    assert one == two
    assert one != other


def test_each_scenario_runs_and_every_payload_is_found(tmp_path: Path) -> None:
    done = quick("--work", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    mine = [line for line in done.stdout.splitlines() if line.startswith("| archiver |")]
    many, one = (f"{count} of {count} right; verify: exit code 0" for count in (ADDRESSES, 1))
    assert [line.split("|")[-2].strip() for line in mine] == [many, many, one, many]  # http, https, large, latency
    if shutil.which("wget"):
        assert (
            done.stdout.count(f"{ADDRESSES} of {ADDRESSES} right |") == 7
        )  # gzip, plain and side by side; the last one also late
    assert "peak memory, MB" in done.stdout


def test_a_tool_that_keeps_nothing_is_told_from_one_that_is_fast(tmp_path: Path) -> None:
    done = quick("--only", "http", "--ours", "archiver --version", "--work", tmp_path)
    assert done.returncode == 1
    assert f"payloads: 0 of {ADDRESSES} right, {ADDRESSES} missing" in done.stderr
    assert "reached" not in done.stdout


def test_a_payload_that_is_not_the_expected_one_is_wrong(payloads: ModuleType, tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        "WARC-Date: 2026-11-22T06:55:58Z\r\nWARC-Target-URI: <http://127.0.0.1:1/a?b>\r\n"
        f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    warc = tmp_path / "one.warc"
    warc.write_bytes(head.encode() + block + b"\r\n\r\n")
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert payloads.check([warc], {"/a": abc}).sound
    assert payloads.check([warc], {"/a": "0" * 64}).wrong == ("/a",)
    assert payloads.check([warc], {"/a": abc, "/b": abc}).missing == ("/b",)


def test_the_soak_goes_through_hostile_hosts_and_ends_in_a_case_that_verifies(tmp_path: Path) -> None:
    done = run(
        "soak.py", "--rows", "60", "--every", "10", "--site-addresses", "30", "--work", tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "archiver verify: exit code 0" in done.stdout
    outcomes = next(line for line in done.stdout.splitlines() if line.startswith("outcomes: "))
    assert {"complete", "partial", "failed"} <= set(outcomes.replace(",", "").split())


@needs_ssh_keygen
def test_one_more_capture_is_sealed_in_both_cases() -> None:
    done = run("append_cost.py", "--items", "50", "--pairs", "1", "--seal")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["large case", "time", "processor"]
