"""What no WARC reader of evidence may let pass, what is worth a note, and what is sound."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from foreign import ACCEPT, REJECT, WARN

from archiver.errors import ExitCode
from archiver.model.verdict import Severity
from archiver.verify.warc_file import verify_warc
from archiver.warc.problems import PROBLEMS, Problem
from archiver.warc.scan import Scan

MISSED_BY_WARCIO = 30  # at least


def problems(data: bytes) -> list[Problem]:
    found: list[Problem] = []
    for entry in Scan(io.BytesIO(data)):
        found += [entry] if isinstance(entry, Problem) else entry.problems
    return found


def written(path: Path, data: bytes) -> Path:
    file = path / ("a.warc" if data.startswith(b"WARC/") else "a.warc.gz")
    file.write_bytes(data)
    return file


@pytest.mark.parametrize("name", REJECT)
def test_must_reject(name: str, tmp_path: Path) -> None:
    data, problem = REJECT[name]
    verdict = verify_warc(written(tmp_path, data))
    assert verdict.exit_code() in {ExitCode.CONTRADICTED, ExitCode.UNCHECKED}
    assert any(PROBLEMS[problem] in finding.message for finding in verdict.findings), verdict.findings


@pytest.mark.parametrize("name", WARN)
def test_worth_a_note_and_no_more(name: str, tmp_path: Path) -> None:
    data, problem = WARN[name]
    verdict = verify_warc(written(tmp_path, data))
    assert verdict.exit_code() == ExitCode.OK
    notes = [finding.message for finding in verdict.findings if finding.severity is Severity.NOTE]
    assert [PROBLEMS[problem] in note for note in notes] == [True]


@pytest.mark.parametrize("name", ACCEPT)
def test_sound_files_of_others_are_accepted(name: str, tmp_path: Path) -> None:
    verdict = verify_warc(written(tmp_path, ACCEPT[name]))
    assert {finding.severity for finding in verdict.findings} == {Severity.OK, Severity.UNASKED}, verdict.findings


@pytest.mark.parametrize("name", [*REJECT, *WARN, *ACCEPT])
def test_every_byte_is_in_a_record_or_in_a_problem(name: str) -> None:
    data = {**REJECT, **WARN}[name][0] if name not in ACCEPT else ACCEPT[name]
    end = 0
    scan = Scan(io.BytesIO(data))
    for entry in scan:
        if entry.length:
            assert entry.offset == end, entry
            end = entry.offset + entry.length
    several = any(problem.name == "several-records" for problem in problems(data))
    assert end == len(data) or several
    assert scan.size == len(data)


WARCIO = """
import contextlib, io, sys
from warcio.cli import main
for name in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = main(["check", name])
        except (Exception, SystemExit) as exc:
            code = 1 if getattr(exc, "code", 1) else 0
    print(code or 0)
"""


def warcio_passes(folder: Path, files: dict[str, bytes]) -> set[str]:
    """The names of those files that warcio's own checker finds nothing wrong with."""
    paths = []
    for number, data in enumerate(files.values()):
        (folder / str(number)).mkdir(parents=True)
        paths.append(str(written(folder / str(number), data)))
    done = subprocess.run([sys.executable, "-c", WARCIO, *paths], capture_output=True, timeout=120, check=True)
    return {name for name, code in zip(files, done.stdout.split(), strict=True) if code == b"0"}


def test_what_warcio_check_lets_pass_is_known_and_it_finds_nothing_that_we_miss(tmp_path: Path) -> None:
    passed = warcio_passes(tmp_path / "reject", {name: data for name, (data, _) in REJECT.items()})
    assert len(passed) >= MISSED_BY_WARCIO, sorted(passed)
    refused = ACCEPT.keys() - warcio_passes(tmp_path / "accept", ACCEPT)
    # it cannot read these, and they are sound
    assert refused <= {"payload of the entity", "SHA-256 in Base32", "digest in upper case"}, refused
