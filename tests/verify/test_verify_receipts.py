"""A receipt kept elsewhere: what it finds, and what is said without one."""

from dataclasses import replace
from pathlib import Path

import pytest
from sealed_cases import FIRST, JANES, MALLORYS, Sealer, begun, known, sealed_case, told
from verify_cases import rewrite, small_case, text_of

from archiver.custody.receipt import Receipt
from archiver.errors import ExitCode
from archiver.model.verdict import Verdict
from archiver.verify import log
from archiver.verify.run import verify_case


def receipt(case: Sealer, seal: int) -> Receipt:
    return Receipt.parse(case.seals[seal - 1].data["receipt"])


def said(verdict: Verdict) -> str:
    return told(verdict, "receipt")


@pytest.fixture
def case(tmp_path: Path) -> Sealer:
    return sealed_case(tmp_path / "case")


def test_the_receipt_of_the_newest_seal_fits(case: Sealer) -> None:
    verdict = known(case.path, expect=receipt(case, 2))
    assert verdict.exit_code(strict=True) is ExitCode.OK, text_of(verdict)
    assert "OK  : seal 2 is the one that the receipt was given for: lines 1 to 9 are as they were then" in said(verdict)
    assert "no seal and 4 lines were added since" in said(verdict)


def test_the_receipt_of_an_older_seal_fits_and_says_what_came_since(case: Sealer) -> None:
    verdict = known(case.path, expect=receipt(case, 1))
    assert "lines 1 to 4 are as they were then; 1 seal and 9 lines were added since" in said(verdict)


def test_a_receipt_as_it_is_read_out_does_as_well(case: Sealer) -> None:
    verdict = known(case.path, expect=Receipt.parse(receipt(case, 2).spoken()))
    assert verdict.exit_code(strict=True) is ExitCode.OK


def test_a_receipt_without_time_fits_a_seal_that_was_stamped_later(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    case.token_added(1, FIRST, case.tick())
    assert known(case.path, expect=receipt(case, 1)).exit_code() is ExitCode.OK


def test_a_receipt_with_the_time_of_a_later_stamp_fits(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    added = case.token_added(1, FIRST, case.tick()).data["token"]["gen_time"]
    assert known(case.path, expect=replace(receipt(case, 1), gen_time=added)).exit_code() is ExitCode.OK


def test_the_receipt_of_another_case_is_called_that(case: Sealer) -> None:
    other = replace(receipt(case, 2), case="urn:uuid:00000000-0000-4000-8000-000000000000")
    verdict = known(case.path, expect=other)
    assert verdict.exit_code() is ExitCode.CONTRADICTED
    assert "the receipt is of another case: of urn:uuid:00000000-0000-4000-8000-000000000000" in said(verdict)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sha256": "ab" * 32}, "the SHA-256 of its text is"),
        ({"entries": 8}, "the last line that it covers is 9, and the receipt says 8"),
        ({"fingerprint": MALLORYS.public.fingerprint}, "the key that signed it is SHA256:"),
        ({"fingerprint": None}, "and the receipt says none"),
        ({"gen_time": "2026-03-01T00:00:00Z"}, "none of its time stamps says 2026-03-01T00:00:00Z"),
    ],
)
def test_a_receipt_that_differs_in_anything_is_contradicted_and_says_in_what(
    case: Sealer, change: dict[str, object], words: str
) -> None:
    verdict = known(case.path, expect=replace(receipt(case, 2), **change))  # type: ignore[arg-type]
    assert verdict.exit_code() is ExitCode.CONTRADICTED
    what = "is not the one of the receipt" if "sha256" in change else "has the SHA-256 of the receipt, and not all"
    assert f"BROKEN  : seal 2 {what}" in said(verdict)
    assert words in said(verdict)


def test_a_receipt_of_a_later_seal_shows_that_the_end_is_missing(case: Sealer) -> None:
    verdict = known(case.path, expect=replace(receipt(case, 2), seal=3, entries=14))
    assert verdict.exit_code() is ExitCode.CONTRADICTED
    assert (
        "BROKEN  : the receipt was given for seal 3 over 14 lines of the log; the newest seal here is number 2, and "
        "the log has 13 lines"
    ) in said(verdict)
    assert "its end was cut off, or this is an older copy, or another copy went on separately" in said(verdict)


def test_a_receipt_for_a_case_without_seals_shows_the_same(tmp_path: Path, case: Sealer) -> None:
    small_case(tmp_path / "bare")
    verdict = verify_case(tmp_path / "bare", expect=receipt(case, 1))
    assert "BROKEN  : the receipt was given for seal 1 over 4 lines of the log; no seal is here" in said(verdict)


def test_a_receipt_for_a_log_without_a_line_shows_that_all_is_missing(case: Sealer) -> None:
    (case.path / "custody.jsonl").write_bytes(b"")
    verdict = known(case.path, expect=receipt(case, 2))
    assert "no seal is here, and the log has 0 lines" in said(verdict)


def test_a_receipt_does_not_contradict_what_could_not_be_read(case: Sealer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MAX_BAD", 2)
    text = (case.path / "custody.jsonl").read_bytes().splitlines(keepends=True)
    (case.path / "custody.jsonl").write_bytes(b"".join([text[0], b"x\n", b"y\n", b"z\n", *text[4:]]))
    verdict = known(case.path, expect=receipt(case, 2))
    assert "UNCHECKED  : seal 2 of the receipt was not found" in said(verdict)


def test_without_a_receipt_the_newest_seal_is_named(case: Sealer) -> None:
    text = said(known(case.path))
    assert (
        "UNASKED  : no receipt was given, so nobody can know from this folder whether this is its newest state" in text
    )
    assert "the newest seal here is number 2, over lines 1 to 9, made by its own word at 2026-11-22T06:56:" in text


def receipt_alone(case: Sealer, seal: int) -> str:
    verdict = verify_case(case.path, expect=Receipt.parse(case.seals[seal - 1].data["receipt"]), only="receipt")
    return told(verdict, "receipt")


@pytest.mark.parametrize("seal", [1, 2])
def test_lines_changed_under_a_seal_that_the_log_still_records_do_not_fit_its_receipt(case: Sealer, seal: int) -> None:
    rewrite(case.path, lambda events: events[1].update(actor="Eve"))
    text = receipt_alone(case, seal)
    assert f"BROKEN  : the log records seal {seal} with the hash of the receipt, and " in text
    assert "is the one that the receipt was given for" not in text


def test_an_exchanged_seal_that_the_log_still_records_does_not_fit_its_receipt(case: Sealer) -> None:
    path = case.path / "seals/000002.seal"
    path.write_bytes(path.read_bytes().replace(b"sealed-at: 2026", b"sealed-at: 2025"))
    assert "OK  : seal 1 is the one" in receipt_alone(case, 1)
    assert "BROKEN  : the log records seal 2" in receipt_alone(case, 2)


def test_a_seal_that_is_gone_is_not_said_to_fit_its_receipt(case: Sealer) -> None:
    (case.path / "seals/000002.seal").unlink()
    assert "UNCHECKED  : the log records seal 2" in receipt_alone(case, 2)


def test_a_changed_inventory_takes_nothing_from_a_receipt(case: Sealer) -> None:
    path = case.path / "manifest.yaml"
    path.write_bytes(path.read_bytes().replace(b"harbour", b"harlots"))
    assert "OK  : seal 2 is the one" in receipt_alone(case, 2)


def test_a_fingerprint_in_capitals_is_told_as_that(case: Sealer) -> None:
    given = receipt(case, 2)
    assert given.fingerprint is not None
    typed = replace(given, fingerprint=f"SHA256:{given.fingerprint[7:].upper()}")
    verdict = known(case.path, expect=typed)
    assert verdict.exit_code() is ExitCode.CONTRADICTED
    assert "the same but for capitals and small letters: these count" in said(verdict)
    assert "copied wrongly, or the log was changed there" in said(verdict)


def test_two_copies_that_both_went_on_are_told_as_such(tmp_path: Path) -> None:
    theirs, ours = (sealed_case(tmp_path / name) for name in ("theirs", "ours"))
    for copy, text in ((theirs, "one way"), (ours, "another way")):
        copy.note(text)
        copy.seal(JANES, FIRST)
    verdict = known(ours.path, expect=receipt(theirs, 3))
    assert verdict.exit_code() is ExitCode.CONTRADICTED
    assert "two copies of the case both went on, and this is the other" in said(verdict)
