"""How the demo is sealed: by a key and two clocks of its own, checked with stock tools and from outside the case."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sshkeys import NAMESPACE, needs_ssh_keygen
from stamping import openssl_accepts

from archiver.custody.seal import Seal
from archiver.custody.token import Roots
from archiver.demo import sealing
from archiver.demo.authority import OPERATORS, answers, authorities
from archiver.demo.outside import RECEIPT, ROOTS, SIGNERS, outside_of, verify_from_outside
from archiver.demo.run import DemoResult, run_demo
from archiver.demo.server import DemoServer
from archiver.demo.words import verdict_lines
from archiver.errors import CaseError, StorageError
from archiver.model.verdict import Finding, Severity, Verdict
from archiver.runtime import system_runtime

EXAMPLE = Path(__file__).resolve().parents[2] / "cases" / "example"
PORT = re.compile(rb"127\.0\.0\.1:[0-9]+")

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl: Debian package openssl")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    """The demo with everything that it can need."""
    if shutil.which("openssl") is None or shutil.which("ssh-keygen") is None:
        pytest.skip("needs openssl and ssh-keygen: Debian packages openssl and openssh-client")
    return walked(tmp_path_factory.mktemp("demo") / "case")


def walked(case: Path) -> DemoResult:
    return run_demo(case, runtime=system_runtime(), say=lambda line: None)


def log(case: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (case / "custody.jsonl").read_text("utf-8").splitlines()]


def seal(case: Path, number: int) -> Seal:
    return Seal.parse((case / f"seals/{number:06d}.seal").read_bytes())


def files(case: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in outside_of(case).iterdir()}


def only_programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
    """Let the PATH lead to these programs alone: "" is the real one, else the text of a script in its place."""
    folder.mkdir()
    for name, script in programs.items():
        program = folder / name.replace("_", "-")
        if not script:
            program.symlink_to(str(shutil.which(program.name)))
            continue
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_one_seal_comes_before_the_first_item_and_one_over_everything_else(demo: DemoResult) -> None:
    kinds = [str(event["event"]) for event in log(demo.case)]
    assert kinds[:4] == ["case.opened", "key.added", "seal.completed", "item.requested"]
    assert kinds[-3:] == ["note.added", "seal.completed", "export.made"]
    assert (seal(demo.case, 1).last_line, seal(demo.case, 2).last_line) == (2, len(kinds) - 2)


def test_verified_with_the_files_from_outside_nothing_is_left_unasked(demo: DemoResult) -> None:
    assert set(demo.outside) == {RECEIPT, SIGNERS, ROOTS}
    assert {path.name: path.read_bytes() for path in demo.outside.values()} == files(demo.case)
    verdict = verify_from_outside(demo.case, files(demo.case), datetime.now(UTC))
    assert verdict.exit_code(strict=True) == 0
    assert demo.verdict.worst is Severity.OK


def test_stock_tools_accept_signatures_and_time_stamps_with_the_files_from_outside(demo: DemoResult) -> None:
    roots = demo.outside[ROOTS].read_bytes()
    for number in (1, 2):
        base = demo.case / f"seals/{number:06d}"
        command = ["ssh-keygen", "-Y", "verify", "-f", str(demo.outside[SIGNERS]), "-I", sealing.SIGNER]
        command += ["-n", NAMESPACE, "-s", f"{base}.seal.sig"]
        done = subprocess.run(command, input=base.with_suffix(".seal").read_bytes(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        for operator in OPERATORS:
            token = Path(f"{base}.{operator.name}.tsr").read_bytes()
            assert openssl_accepts(base.with_suffix(".sums").read_bytes(), token, roots), operator.name


def test_the_two_operators_have_nothing_in_common(demo: DemoResult) -> None:
    roots = Roots.from_pem(demo.outside[ROOTS].read_bytes()).certificates
    keys = {root.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for root in roots}
    assert len(keys) == len({root.subject for root in roots}) == len(OPERATORS) == 2
    assert len({operator.url.split("/")[2] for operator in OPERATORS}) == 2


def test_what_was_said_is_what_each_file_from_outside_shows(demo: DemoResult) -> None:
    said = "\n".join(demo.lines)
    assert f"{RECEIPT} shows: nothing up to seal 2 was cut off or exchanged" in said
    assert f"{SIGNERS} shows: both seals are signed with the key of {sealing.SIGNER}" in said
    times = [sorted(re.findall(r"time stamp (\S+) by", said)[at : at + 2]) for at in (0, 2)]
    assert len(times[0] + times[1]) == 4
    found = re.search(rf"{ROOTS} shows: every item was recorded after (\S+) and before (\S+)", said)
    assert found is not None
    assert found[1] in times[0]
    assert found[2] in times[1]
    assert datetime.fromisoformat(found[1]) < datetime.fromisoformat(found[2])


def test_a_case_that_was_cut_back_is_found_with_the_receipt(demo: DemoResult, tmp_path: Path) -> None:
    case = Path(shutil.copytree(demo.case, tmp_path / "case"))
    lines = (case / "custody.jsonl").read_bytes().splitlines(keepends=True)
    (case / "custody.jsonl").write_bytes(b"".join(lines[:3]))
    verdict = verify_from_outside(case, files(demo.case), datetime.now(UTC))
    assert verdict.exit_code() == 8
    assert any(finding.check == "receipt" for finding in verdict.findings if finding.severity is Severity.BROKEN)
    assert not any("receipt.txt shows" in line for line in verdict_lines(verdict, ()))


def test_no_port_of_this_machine_stands_in_what_seals_and_who_stamps(demo: DemoResult) -> None:
    about = [event for event in log(demo.case) if event["event"] in {"key.added", "seal.completed"}]
    assert len(about) == 3
    assert PORT.findall(json.dumps(about).encode()) == []
    for place in (demo.case / "seals", demo.case / "trust", outside_of(demo.case)):
        assert [file.name for file in place.iterdir() if PORT.search(file.read_bytes())] == []
    assert b"=http://time.lana-observatory.example/tsr" in (demo.case / "case.yaml").read_bytes()


@needs_ssh_keygen
def test_the_key_is_gone_and_nothing_of_the_user_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setattr(tempfile, "tempdir", str(work))
    demo = walked(tmp_path / "case")
    assert any(sealing.SIGNER in line for line in demo.lines)
    assert [*home.iterdir(), *work.iterdir()] == []
    assert not any(b"PRIVATE KEY" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace: Debian package strace")
def test_no_packet_leaves_loopback(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(trace)]
    command += [sys.executable, "-m", "archiver", "demo", "--into", str(tmp_path / "case")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(command, capture_output=True, timeout=120, env=environment, check=False)
    if b"ptrace" in done.stderr:
        pytest.skip("strace may not trace here")
    assert done.returncode == 0, done.stderr
    addressed = [line for line in trace.read_text("utf-8", "replace").splitlines() if "sa_family=AF_INET" in line]
    assert len(addressed) > len(OPERATORS)
    assert [line for line in addressed if 'inet_addr("127.0.0.1")' not in line] == []


@needs_ssh_keygen
def test_without_openssl_it_says_so_and_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_programs(tmp_path / "bin", monkeypatch, ssh_keygen="")
    demo = walked(tmp_path / "case")
    assert "openssl is not installed, so the seals carry no time stamps; on Debian: apt install openssl" in demo.lines
    assert f"sealed all of it: seal 1, signed by {sealing.SIGNER}" in demo.lines
    assert set(demo.outside) == {RECEIPT, SIGNERS}
    assert demo.verdict.exit_code() == 0
    assert f"        {SIGNERS} shows: the seal is signed with the key of {sealing.SIGNER}" in demo.lines
    assert ROOTS not in "".join(demo.lines)


@needs_openssl
def test_without_ssh_keygen_it_says_so_and_has_itself_stamped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_programs(tmp_path / "bin", monkeypatch, openssl="")
    demo = walked(tmp_path / "case")
    assert any(line.startswith("ssh-keygen is not installed, so nobody signs the seals; ") for line in demo.lines)
    assert "sealed what came since: seal 2, which nobody signed" in demo.lines
    assert set(demo.outside) == {RECEIPT, ROOTS}
    assert demo.verdict.exit_code() == 0
    assert any(line.strip().startswith(f"{ROOTS} shows: every item was recorded after") for line in demo.lines)


def test_without_either_program_it_is_sealed_and_has_a_receipt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_programs(tmp_path / "bin", monkeypatch)
    demo = walked(tmp_path / "case")
    assert "sealed all of it: seal 1, which nobody signed" in demo.lines
    assert set(demo.outside) == {RECEIPT}
    assert demo.verdict.exit_code() == 0
    assert f"        {RECEIPT} shows: nothing up to seal 1 was cut off or exchanged" in demo.lines


def test_a_program_that_stamps_nothing_leaves_the_time_pending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_programs(tmp_path / "bin", monkeypatch, openssl="exit 1")
    demo = walked(tmp_path / "case")
    assert "        no time stamp: notaries: it answered with HTTP status 500" in demo.lines
    assert ROOTS not in demo.outside
    assert demo.verdict.exit_code() == 0


def test_a_program_that_makes_no_key_leaves_the_seals_unsigned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only_programs(tmp_path / "bin", monkeypatch, ssh_keygen="echo No user exists for uid 4711 >&2; exit 1")
    demo = walked(tmp_path / "case")
    assert "no key could be made, so nobody signs the seals: ssh-keygen: No user exists for uid 4711" in demo.lines
    assert set(demo.outside) == {RECEIPT}


@needs_ssh_keygen
def test_a_key_that_signs_nothing_leaves_the_case_unsealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = shutil.which("ssh-keygen")
    script = f'case "$*" in *sign*) echo broken >&2; exit 1;; esac\nexec {real} "$@"'
    only_programs(tmp_path / "bin", monkeypatch, ssh_keygen=script)
    demo = walked(tmp_path / "case")
    assert any(line.startswith("not sealed: ssh-keygen: broken") for line in demo.lines)
    assert (dict(demo.outside), outside_of(demo.case).exists()) == ({}, False)
    assert any(line.startswith("verified: sound, exit code 0") for line in demo.lines)


def test_what_lies_beside_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "case-outside").write_text("mine", encoding="ascii")
    with pytest.raises(CaseError, match="already something of that name"):
        walked(tmp_path / "case")
    assert [path.name for path in tmp_path.iterdir()] == ["case-outside"]


def test_a_folder_beside_that_appears_meanwhile_is_left_alone(tmp_path: Path) -> None:
    def say(line: str) -> None:
        (tmp_path / "case-outside").mkdir(exist_ok=True)

    with pytest.raises(StorageError, match="cannot be written"):
        run_demo(tmp_path / "case", runtime=system_runtime(), say=say)
    assert list((tmp_path / "case-outside").iterdir()) == []


def test_without_a_place_for_temporary_files_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(StorageError, match="have no place"):
        walked(tmp_path / "case")
    assert list(tmp_path.iterdir()) == []


@needs_openssl
def test_an_authority_is_asked_by_a_body_that_comes_in_pieces(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    data = tmp_path / "data"
    data.write_bytes(b"sums\n")
    query = subprocess.run(
        ["openssl", "ts", "-query", "-data", str(data), "-sha256", "-cert"], capture_output=True, check=True
    ).stdout
    clocks = authorities(tmp_path / "clocks", now)
    with DemoServer(answers(clocks), now) as server:
        place = next(c for c in server.route().connect_to if c.host == "stamp.southern-notaries.example")
        with socket.create_connection((place.to_host, place.to_port), timeout=10) as connection:
            head = f"POST /tsr HTTP/1.1\r\nHost: {place.host}\r\nContent-Length: {len(query)}\r\n\r\n"
            for piece in (head.encode("ascii"), query[:20], query[20:]):
                connection.sendall(piece)
            received = b""
            while more := connection.recv(65536):
                received += more
    answer = received.partition(b"\r\n\r\n")[2]
    assert openssl_accepts(b"sums\n", answer, clocks[1].root.pem)
    assert not openssl_accepts(b"sums\n", answer, clocks[0].root.pem)


def test_of_a_verdict_that_contradicts_nothing_is_called_shown() -> None:
    found = tuple(Finding(check, Severity.BROKEN, "", "no") for check in ("receipt", "signatures", "tokens"))
    assert verdict_lines(Verdict("case", found, (("events", 1), ("seals", 0))), ()) == (
        "verified: contradicted, exit code 8 (1 event)",
    )
    unread = Verdict("case", (Finding("files", Severity.UNCHECKED, "", "no"),), (("items", 2),))
    assert verdict_lines(unread, ()) == ("verified: not all checked, exit code 9 (2 items)",)


@needs_openssl
@needs_ssh_keygen
def test_the_last_command_that_is_named_verifies_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a $place").mkdir()
    program = [sys.executable, "-m", "archiver"]
    command = [*program, "demo", "--into", "./a $place/case"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=True).stdout
    shown = said[said.index("archiver verify") :]
    assert shown.count("\\\n") == 3
    script = f'archiver() {{ {shlex.join(program)} "$@"; }}\n{shown} --strict'.replace("\n --strict", " --strict")
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verdict: sound" in done.stdout


class TestShippedExample:
    """The case that is shipped, with what lies beside it."""

    @pytest.mark.parametrize("year", [2026, 2040, 2100])
    def test_it_verifies_for_many_years(self, year: int) -> None:
        verdict = verify_from_outside(EXAMPLE, files(EXAMPLE), datetime(year, 12, 31, tzinfo=UTC))
        assert verdict.exit_code(strict=True) == 0

    def test_its_roots_last_for_thirty_years_and_its_signers_for_ten(self) -> None:
        roots = Roots.from_pem(files(EXAMPLE)[ROOTS]).certificates
        assert len(roots) == 2
        for root in roots:
            assert root.not_valid_after_utc - root.not_valid_before_utc > timedelta(days=30 * 365)
        early = verify_from_outside(EXAMPLE, files(EXAMPLE), datetime(2036, 10, 1, tzinfo=UTC))
        assert early.worst is Severity.OK

    def test_stock_tools_accept_its_newest_time_stamps(self) -> None:
        for operator in OPERATORS:
            token = (EXAMPLE / f"seals/000002.{operator.name}.tsr").read_bytes()
            assert openssl_accepts((EXAMPLE / "seals/000002.sums").read_bytes(), token, files(EXAMPLE)[ROOTS])
