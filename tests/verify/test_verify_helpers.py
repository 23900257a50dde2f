"""Helpers change how long a verification takes, and nothing that it says."""

import io
import pickle
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from verify_cases import PAGE, Builder, broken_checks, claims_of, findings, small_case, text_of

from archiver.custody.read import Snapshot
from archiver.model.exchange import Redaction
from archiver.model.verdict import Severity
from archiver.verify.claim import Claim
from archiver.verify.evidence import Checked
from archiver.verify.helpers import Helpers, help_out, serve
from archiver.verify.run import verify_case

ITEMS = 9


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case of `ITEMS` captures, of which the fourth was changed."""
    made = Builder(tmp_path / "case")
    made.opened()
    for number in range(ITEMS):
        asked = made.requested(f"http://a.example/{number}")
        made.captured(asked, made.exchange(f"http://a.example/{number}", PAGE))
    changed = made.path / "evidence/000/000004.warc.gz"
    changed.write_bytes(changed.read_bytes()[:-1])
    return made.path


def everything(helpers: Helpers, claims: list[Claim]) -> list[tuple[Claim, Checked]]:
    return [pair for claim in claims for pair in helpers.give(claim)] + list(helpers.rest())


def interrupted(helpers: Helpers, claims: list[Claim]) -> None:
    with helpers:
        list(helpers.give(claims[0]))
        raise KeyboardInterrupt


def items_with_findings(results: list[tuple[Claim, Checked]]) -> list[int]:
    assert [claim.item for claim, _ in results] == list(range(1, ITEMS + 1))
    return [claim.item for claim, checked in results if checked.findings]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.verify.helpers.BATCH", 1)
    monkeypatch.setattr("archiver.verify.helpers.AHEAD", 3)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("processes", [1, 2, 3])
def test_results_come_in_the_order_of_the_claims(case: Path, processes: int) -> None:
    with Snapshot.open(case) as snapshot:
        with Helpers(snapshot, case, only_files=False, processes=processes) as helpers:
            assert items_with_findings(everything(helpers, claims_of(case))) == [4]
        assert len(helpers._helpers) == (processes if processes > 1 else 0)
        assert all(helper.load == 0 for helper in helpers._helpers)  # each did what it was given


@pytest.mark.usefixtures("small_batches")
def test_what_a_lost_helper_was_given_is_checked_all_the_same(case: Path) -> None:
    claims = claims_of(case)
    with Snapshot.open(case) as snapshot, Helpers(snapshot, case, only_files=False, processes=2) as helpers:
        results = list(helpers.give(claims[0]))
        for helper in helpers._helpers:
            helper._process.kill()
            helper._process.wait()
        assert items_with_findings(results + everything(helpers, claims[1:])) == [4]


def test_helpers_that_cannot_be_started_are_done_without(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Snapshot.open(case) as snapshot, Helpers(snapshot, case, only_files=False, processes=2) as helpers:
        assert items_with_findings(everything(helpers, claims_of(case))) == [4]


@pytest.mark.usefixtures("small_batches")
def test_helpers_end_with_the_one_who_started_them(case: Path) -> None:
    with Snapshot.open(case) as snapshot:
        helpers = Helpers(snapshot, case, only_files=False, processes=2)
        with pytest.raises(KeyboardInterrupt):
            interrupted(helpers, claims_of(case))
        assert [helper._process.returncode for helper in helpers._helpers] == [-15, -15]


def test_few_items_are_checked_without_helpers(case: Path) -> None:
    with Snapshot.open(case) as snapshot, Helpers(snapshot, case, only_files=False, processes=None) as helpers:
        assert items_with_findings(everything(helpers, claims_of(case))) == [4]
        assert helpers._helpers == []


def test_helpers_load_nothing_from_the_current_folder(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pickle", "archiver", "hashlib"):
        (case / f"{name}.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(case)
    with Snapshot.open(case) as snapshot, Helpers(snapshot, Path(), only_files=False, processes=2) as helpers:
        everything(helpers, claims_of(case))
        assert all(helper.load == 0 for helper in helpers._helpers)


def test_a_helper_answers_batch_by_batch_and_ends_with_its_input(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = claims_of(case)
    asked, answers = io.BytesIO(pickle.dumps(claims[:4]) + pickle.dumps(claims[4:]) + b"cut off"), io.BytesIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=asked))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=answers))
    help_out(str(case), "")
    answers.seek(0)
    first, second = pickle.load(answers), pickle.load(answers)  # noqa: S301  # written by this test
    assert not answers.read()
    assert [bool(checked.findings) for checked in first + second] == [number == 4 for number in range(1, ITEMS + 1)]


def test_a_helper_that_runs_out_of_memory_over_what_it_is_asked_ends(case: Path) -> None:
    class Exhausted(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise MemoryError

        readline = readinto = read  # type: ignore[assignment]

    ended = threading.Event()

    def help_once() -> None:
        serve(case, Exhausted(), io.BytesIO(), only_files=False)
        ended.set()

    threading.Thread(target=help_once, daemon=True).start()
    assert ended.wait(20)


def test_files_alone_are_judged_as_they_are_with_everything_else(case: Path) -> None:
    (case / "evidence/000/000007.warc.gz").unlink()
    whole, alone = verify_case(case), verify_case(case, only="files")
    assert [f for f in whole.findings if f.check == "files"] == [f for f in alone.findings if f.check == "files"]
    assert "the first record that differs is number" in text_of(alone)
    assert {finding.subject for finding in findings(alone)} == {
        "evidence/000/000004.warc.gz",
        "evidence/000/000007.warc.gz",
    }


def test_files_alone_still_name_private_files_that_only_a_record_commits_to(tmp_path: Path) -> None:
    made = small_case(tmp_path / "case")
    asked = made.requested("http://b.example/")
    masked = Redaction("request header Cookie", 20, "ab" * 32)
    made.captured(asked, made.exchange("http://b.example/", PAGE, redactions=(masked,)))
    whole, alone = verify_case(made.path), verify_case(made.path, only="files")
    notes = [f.message for f in findings(alone, Severity.NOTE)]
    assert notes == [f.message for f in findings(whole, Severity.NOTE) if f.check == "files"]
    assert "1 of 1 private files are not here" in notes[0]
    assert broken_checks(made.path) == set()
