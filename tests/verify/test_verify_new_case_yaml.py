"""A case.yaml that was being exchanged when its writer stopped is explained where the log has the new text."""

import fcntl
from pathlib import Path

import pytest

from archiver.model.verdict import Severity
from archiver.pipeline.cases import amend_case, init_case, recover_case
from archiver.runtime import Runtime
from archiver.verify.run import verify_case


@pytest.fixture
def stopped(tmp_path: Path, runtime: Runtime) -> Path:
    """A case whose log has a new text, which lies beside the old one."""
    case = tmp_path / "case"
    init_case(case, title="T", collector="J. Doe", runtime=runtime)
    old = (case / "case.yaml").read_text("utf-8")
    new = old.replace("J. Doe", "Office")
    (case / "case.yaml").write_text(new, "utf-8")
    amend_case(case, reason="R", runtime=runtime)
    (case / "case.yaml").write_text(old, "utf-8")
    (case / "case.yaml.part").write_text(new, "utf-8")
    return case


def told(case: Path, least: Severity = Severity.UNCHECKED) -> list[tuple[str, Severity, str]]:
    found = verify_case(case).findings
    return [(f.check, f.severity, f.subject) for f in found if f.severity >= least and f.severity != Severity.UNASKED]


def test_the_recorded_text_beside_the_old_one_is_an_interrupted_write(stopped: Path, runtime: Runtime) -> None:
    assert told(stopped) == [
        ("layout", Severity.UNCHECKED, "case.yaml.part"),
        ("case-file", Severity.UNCHECKED, "case.yaml"),
    ]
    recover_case(stopped, runtime=runtime)
    assert told(stopped) == []
    assert "Office" in (stopped / "case.yaml").read_text("utf-8")


def test_beside_a_writer_it_is_a_note(stopped: Path) -> None:
    with (stopped / ".lock").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert told(stopped) == []
        assert ("case-file", Severity.NOTE, "case.yaml") in told(stopped, Severity.NOTE)


@pytest.mark.parametrize("data", [b"", b"\xff", b"archiver_case: 1\n", None])
def test_any_other_text_beside_an_old_one_explains_nothing(stopped: Path, data: bytes | None) -> None:
    part = stopped / "case.yaml.part"
    part.unlink()
    if data is not None:
        part.write_bytes(data)
    assert ("case-file", Severity.BROKEN, "case.yaml") in told(stopped)


def test_a_link_to_the_recorded_text_explains_nothing(stopped: Path, tmp_path: Path) -> None:
    (stopped / "case.yaml.part").rename(tmp_path / "elsewhere")
    (stopped / "case.yaml.part").symlink_to(tmp_path / "elsewhere")
    assert ("case-file", Severity.BROKEN, "case.yaml") in told(stopped)
    assert ("layout", Severity.BROKEN, "case.yaml.part") in told(stopped)


def test_a_new_text_that_the_log_does_not_have_is_left_over_and_goes(tmp_path: Path, runtime: Runtime) -> None:
    case = tmp_path / "case"
    init_case(case, title="T", collector="J. Doe", runtime=runtime)
    text = (case / "case.yaml").read_text("utf-8")
    (case / "case.yaml.part").write_text(text.replace("J. Doe", "Office"), "utf-8")
    assert told(case) == [("layout", Severity.UNCHECKED, "case.yaml.part")]
    recover_case(case, runtime=runtime)
    assert told(case) == []
    assert (case / "case.yaml").read_text("utf-8") == text
