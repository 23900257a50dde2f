"""A case that a batch filled, and the same with one word of it changed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from verify_cases import PAGE, Builder, findings, rewrite, text_of

from archiver.custody import events
from archiver.model.batch import AddressList
from archiver.verify.run import verify_case

Events = list[dict[str, Any]]
COUNTS = dict.fromkeys(("complete", "unconfirmed", "partial", "failed", "interrupted", "done_before", "not_begun"), 0)


def batch_case(path: Path) -> Path:
    """One row, captured at the second try; lines 2 to 5 of the log."""
    case = Builder(path)
    case.opened()
    listed = AddressList("list.csv", "csv", 20, "a" * 64, ())
    started = case.add(*events.batch_started(listed, {"concurrency": 1}))
    row = {"batch": started.seq, "number": 1, "digest": "b" * 64, "occurrence": 1}
    asked = case.requested("http://a.example/", row=row)
    busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    url = "http://a.example/"
    case.captured(asked, case.exchange(url, busy), case.exchange(url, PAGE), tries=[1, 1])
    case.add(*events.batch_ended(started, "done", {**COUNTS, "complete": 1}))
    return path


def test_a_case_that_a_batch_filled_is_sound(tmp_path: Path) -> None:
    verdict = verify_case(batch_case(tmp_path / "x"))
    assert not findings(verdict), text_of(verdict)
    assert verdict.exit_code() == 0


def test_a_batch_without_an_end_is_what_a_kill_leaves_and_sound(tmp_path: Path) -> None:
    case = batch_case(tmp_path / "x")
    rewrite(case, lambda lines: lines.pop() and None)
    assert verify_case(case).exit_code() == 0


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda lines: lines[2]["data"]["row"].update(batch=1), "its row names a line on which no batch was started"),
        (lambda lines: lines[4]["data"].update(batch=3), "no batch was started on line 3"),
        (lambda lines: lines[3]["data"].update(tries=[1, 2]), "the tries of item 1 are not all of its exchanges"),
        (lambda lines: lines[3]["data"].update(tries=[2]), "[2] in the event"),
        (lambda lines: lines[3]["data"].pop("tries"), "stands only in the summary"),
        (lambda lines: lines[1]["data"]["list"].update(rows="many"), "list is not in its form"),
        (lambda lines: lines[2]["data"].update(row={}), "row is not in its form"),
    ],
)
def test_a_word_of_it_changed_is_found(tmp_path: Path, edit: Callable[[Events], object], says: str) -> None:
    case = batch_case(tmp_path / "x")
    rewrite(case, lambda lines: edit(lines) and None)
    verdict = verify_case(case)
    assert verdict.exit_code() == 8
    assert says in text_of(verdict)
