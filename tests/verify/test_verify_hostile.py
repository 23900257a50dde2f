"""Whatever a folder holds: a verdict or a named error, soon, in little memory, and never a traceback."""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from verify_cases import Builder, findings, log_lines, rewrite, text_of

from archiver.canon import sha256_hex
from archiver.verify.run import verify_case

WARC = "evidence/000/000001.warc.gz"
MEMORY = 300 * 1024**2


def verified(case: Path, memory: int = MEMORY) -> tuple[int, str]:
    """Verify in a process of its own that may not take more than `memory`; return its exit code and what it said."""
    code = """
import sys
from pathlib import Path
from archiver.verify.run import verify_case
verdict = verify_case(Path(sys.argv[1]))
print(*verdict.findings, sep="\\n")
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("peak", int(peak) * 1024)
sys.exit(verdict.exit_code())
"""
    done = subprocess.run([sys.executable, "-c", code, str(case)], capture_output=True, timeout=120)
    out = done.stdout.decode("utf-8", "replace")
    assert done.returncode in {0, 8, 9}, done.stderr
    assert int(out.rpartition("peak ")[2]) < memory, out[-200:]
    return done.returncode, out


def sparse(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)


def test_a_log_of_nuls_is_judged_in_little_memory(small: Path) -> None:
    (small / "custody.jsonl").write_bytes(b"")
    sparse(small / "custody.jsonl", 1024**3)
    code, out = verified(small)
    assert code == 8
    assert "the line has 1073741824 bytes" in out


def test_huge_files_are_judged_in_little_memory(small: Path) -> None:
    sparse(small / "case.yaml", 1024**3)
    sparse(small / "manifest.yaml", 1024**3)
    sparse(small / WARC, 1024**3)
    code, out = verified(small)
    assert code == 8
    assert all(name in out for name in ("case.yaml", "manifest.yaml", WARC))


def test_a_line_longer_than_any_may_be_is_not_held(small: Path) -> None:
    with (small / "custody.jsonl").open("ab") as log:
        for _ in range(64):
            log.write(b"[" * 1024**2)
        log.write(b"\n")
    code, out = verified(small)
    assert code == 8
    assert "are allowed" in out


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'"' + b"\\ud800" * 1000 + b'"',
        b"1" * 100_000,
        b"\xff\xfe",
        b"null",
        b"",
    ],
)
def test_lines_that_are_no_events_are_named(small: Path, line: bytes) -> None:
    with (small / "custody.jsonl").open("ab") as log:
        log.write(line + b"\n")
    found = [f for f in findings(verify_case(small)) if f.check == "canonical"]
    assert [f.where.partition(" at")[0] for f in found] == ["line 4"]


def test_a_bomb_in_the_place_of_evidence_is_judged_in_little_memory(small: Path) -> None:
    head = b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: 1000000000\r\n\r\n"
    with gzip.open(small / WARC, "wb") as file:
        file.write(head)
        for _ in range(500):
            file.write(bytes(1024**2))
    code, out = verified(small)
    assert code == 8
    assert WARC in out


def test_a_head_of_one_name_a_million_times_is_judged(small: Path) -> None:
    with gzip.open(small / WARC, "wb") as file:
        file.write(b"WARC/1.1\r\n" + b"a:\r\n" * 500_000 + b"\r\n")
    assert verified(small)[0] == 8


def test_a_file_of_nothing_but_member_beginnings_ends(small: Path) -> None:
    (small / WARC).write_bytes(b"\x1f\x8b\x08" * 3_000_000)
    assert verified(small)[0] == 8


def test_members_that_each_run_to_the_end_of_the_file_are_read_a_bounded_number_of_times(small: Path) -> None:
    begin = gzip.compress(b"WARC/1.1\r\n", mtime=0)[:10]
    stored = b"\x00\x40\x00\xbf\xff" + b"WARC/1.1\r\n" + begin + bytes(44)
    (small / WARC).write_bytes(begin + stored * 50_000)
    assert verified(small)[0] == 8


def test_a_metadata_block_of_deep_json_is_named(tmp_path: Path) -> None:
    case = Builder(tmp_path / "case")
    case.opened()
    (case.path / "evidence/000").mkdir()
    block = b"[" * 1_000_000
    head = b"WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: %d\r\n\r\n" % len(block)
    (case.path / WARC).write_bytes(gzip.compress(head + block + b"\r\n\r\n") * 2)
    asked = case.requested("http://a.example/")
    case.captured(asked, case.exchange("http://a.example/", None), outcome="failed")
    (case.path / WARC).write_bytes(gzip.compress(head + block + b"\r\n\r\n") * 2)
    assert verify_case(case.path).exit_code() == 8


def test_many_folders_in_one_another_are_found(small: Path) -> None:
    path = os.open(small, os.O_RDONLY)
    for _ in range(100):
        os.mkdir("deep", dir_fd=path)
        inner = os.open("deep", os.O_RDONLY, dir_fd=path)
        os.close(path)
        path = inner
    os.close(path)
    assert verify_case(small).exit_code() == 8


def test_many_extra_files_are_counted_and_the_first_are_named(small: Path) -> None:
    for number in range(1000):
        (small / "seals" / f"{number}.seal").touch()
    found = findings(verify_case(small))
    assert len(found) == 201
    assert "800 more findings" in found[-1].message


def test_an_event_with_a_list_where_a_number_must_be_is_named(small: Path) -> None:
    for name in ("item", "requested", "file", "records", "exchanges"):
        path = small.with_name(f"small-{name}")
        path.mkdir()
        for source in small.rglob("*"):
            target = path / source.relative_to(small)
            target.mkdir(parents=True) if source.is_dir() else target.write_bytes(source.read_bytes())
        rewrite(path, lambda events, name=name: events[2]["data"].update({name: [[]]}))  # type: ignore[misc]
        assert verify_case(path).exit_code() == 8


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_any_bytes_in_the_place_of_any_file_give_a_verdict(small: Path, data: bytes) -> None:
    for name in ("custody.jsonl", "manifest.yaml", "case.yaml", WARC, ".lock"):
        before = (small / name).read_bytes()
        (small / name).write_bytes(data)
        code = verify_case(small, processes=1).exit_code()
        (small / name).write_bytes(before)
        assert code == (0 if name == ".lock" else 8)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_in_the_place_of_any_member_gives_a_verdict(full: Path, data: st.DataObject) -> None:
    log, manifest = ((full / name).read_bytes() for name in ("custody.jsonl", "manifest.yaml"))
    number = data.draw(st.integers(0, len(log_lines(full)) - 1))
    members = log_lines(full)[number]["data"]
    name = data.draw(st.sampled_from(sorted(members)))
    value = data.draw(_json)
    if value == members[name]:
        return
    rewrite(full, lambda events: events[number]["data"].update({name: value}))
    verdict = verify_case(full, processes=1)
    (full / "custody.jsonl").write_bytes(log)
    (full / "manifest.yaml").write_bytes(manifest)
    tied = members.get("item") == 1 and name not in {"title", "language", "media_type"}
    assert verdict.exit_code() == 8 or not tied, text_of(verdict)


AS_NOBODY = """
import os, sys
from pathlib import Path
from archiver.errors import CaseError
from archiver.verify.run import verify_case
case = Path(sys.argv[1])
verify_case(Path(sys.argv[2]))  # loads what is loaded late, while the program itself may still be read
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    print(*sorted({finding.severity.name for finding in verify_case(case).findings if finding.severity >= 3}))
except CaseError as exc:
    print(exc.kind)
"""


def told_to_nobody(case: Path, readable: Path) -> str:
    """Return what an account that owns nothing is told about `case`."""
    command = [sys.executable, "-B", "-c", AS_NOBODY, str(case), str(readable)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment)
    return done.stdout.strip()


@contextmanager
def open_to_all(case: Path) -> Iterator[Path]:
    """Yield a copy of `case` that every account may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = Path(shutil.copytree(case, Path(folder) / "case"))
        for path in (copy, *copy.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        yield copy
        for path in (copy, *copy.iterdir()):
            path.chmod(0o700)


def test_a_case_that_nobody_may_read_is_unchecked_or_an_error(small: Path) -> None:
    with open_to_all(small) as case:
        assert told_to_nobody(case, small) == ""
        (case / WARC).chmod(0)
        assert told_to_nobody(case, small) == "UNCHECKED"
        case.chmod(0)
        assert told_to_nobody(case, small) == "unreadable"


@pytest.mark.parametrize("name", ["evidence", "quarantine", "manifest.yaml", "case.yaml"])
def test_what_cannot_be_read_is_unchecked_and_hides_nothing_else(small: Path, tmp_path: Path, name: str) -> None:
    builder = Builder(tmp_path / "case")
    builder.opened()
    aside = builder.path / "quarantine" / "000002-custody.tail"
    aside.write_bytes(b"torn")
    tail = {
        "action": "log_tail",
        "offset": 1,
        "to": f"quarantine/{aside.name}",
        "size": 4,
        "sha256": sha256_hex(b"torn"),
    }
    builder.add("incident.recovered", {"actions": [tail], "software": "archiver 0.1.0"})
    with open_to_all(builder.path) as case:
        assert told_to_nobody(case, small) == ""
        (case / name).chmod(0)
        assert told_to_nobody(case, small) == "UNCHECKED"
        (case / "trust" / "planted").write_bytes(b"")
        assert told_to_nobody(case, small) == "BROKEN UNCHECKED"
