"""What the log says of the machine's clock when a time stamp came."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sealed_cases import FIRST, JANES, SECOND, TODAY, Facts, Sealer, begun, both, sealed_case, told
from token_making import accuracy

from archiver.verify.run import verify_case

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def said(case: Sealer) -> str:
    return told(verify_case(case.path, roots=both, now=TODAY), "tokens")


def offset(milliseconds: int) -> Callable[[Facts], Facts]:
    def put(data: Facts) -> Facts:
        return {**data, "tokens": [{**token, "offset_ms": milliseconds} for token in data["tokens"]]}

    return put


def test_a_clock_that_was_right_is_not_spoken_of(tmp_path: Path) -> None:
    assert "clock" not in said(sealed_case(tmp_path / "case"))


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (266 * DAY, "266 days behind it"),
        (timedelta(hours=-30), "30 hours ahead of it"),
        (-5 * MINUTE, "5 minutes ahead of it"),
        (timedelta(seconds=90), "88 seconds behind it"),
    ],
)
def test_a_clock_that_was_far_from_a_stamp_when_it_came_is_told(tmp_path: Path, by: timedelta, words: str) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, stamped_at=case.at + by)
    text = said(case)
    assert f"NOTE seals/000001.first.tsr : when this time stamp came, the clock of the machine was {words}" in text
    assert "as log line 5 says" in text
    assert "in all" not in text


def test_of_many_stamps_the_furthest_is_told_and_the_others_are_counted(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    for days in (2, 5, 3):
        case.seal(JANES, FIRST, stamped_at=case.at + days * DAY)
    text = said(case)
    assert text.count("when this time stamp came") == 1
    assert "NOTE seals/000002.first.tsr : when this time stamp came" in text
    assert "it was behind 3 time stamps in all, and this one the most" in text


def test_the_accuracy_of_a_stamp_is_allowed_for(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    stamp = partial(FIRST.stamp, accuracy=accuracy(600))
    case.seal(JANES, FIRST, stamped_at=case.at + 10 * MINUTE, stamp=stamp)
    assert "clock" not in said(case)


def test_a_line_that_is_older_than_the_answer_it_records_is_told(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, stamped_at=case.at + 266 * DAY, data=offset(-480))
    text = said(case)
    assert "by log line 5 this time stamp came when the clock of the machine showed 2027-08-15T06:56:0" in text
    assert "and the line was written when it showed 2026-11-22T06:56:0" in text


def test_an_answer_that_came_before_its_seal_was_made_is_told(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, data=offset(5 * 60_000))
    text = said(case)
    assert "this time stamp came when the clock of the machine showed 2026-11-22T06:51" in text
    assert "and the seal was made when it showed 2026-11-22T06:56:0" in text


def test_a_stamp_asked_for_long_after_the_seal_is_no_finding(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, pending=("second",))
    case.at += 20 * DAY
    case.token_added(1, SECOND, case.tick())
    assert "the clock of the machine" not in said(case)


@pytest.mark.parametrize("milliseconds", [2**53 - 1, 1 - 2**53])
def test_an_offset_beyond_the_end_of_time_is_judged_like_any_other(tmp_path: Path, milliseconds: int) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, data=offset(milliseconds))
    shows = "0002-01-01" if milliseconds > 0 else "9998-12-31"
    assert f"this time stamp came when the clock of the machine showed {shows}" in said(case)


def test_what_a_stamp_that_counts_for_nothing_says_of_the_clock_is_left_out(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, stamped_at=datetime.fromisoformat("2026-12-01T00:00:00Z"))
    text = told(verify_case(case.path, roots=SECOND.roots, now=TODAY), "tokens")
    assert "when this time stamp came" not in text
