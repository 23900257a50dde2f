"""What the log says of batches: the members, and what cannot stand where it stands."""

from typing import Any

import pytest
from casekit import CASE, CASE_YAML, outcome_of, request

from archiver.custody import events
from archiver.custody.events import Body
from archiver.custody.log import Event
from archiver.custody.shapes import shape_problems
from archiver.custody.state import CaseState
from archiver.model.batch import AddressList
from archiver.model.item import StoredFile

LISTED = AddressList("list.txt", "text", 12, "a" * 64, ())
STARTED = events.batch_started(LISTED, {"concurrency": 8, "again": False, "redo": "none"})
COUNTS = dict.fromkeys(("complete", "unconfirmed", "partial", "failed", "interrupted", "done_before", "not_begun"), 0)
ROW = {"batch": 2, "number": 1, "digest": "b" * 64, "occurrence": 1}
POLICY = {"line": 1, "offset": 0, "sha256": events.opened(CASE_YAML)[1]["case_yaml"]["sha256"]}
FILE = StoredFile("evidence/000/000001.warc.gz", 1, "0" * 64)


def ended(batch: int = 2, reason: Any = "done") -> Body:
    return events.batch_ended(Event(CASE, batch, "", "", "x", *STARTED, ""), reason, COUNTS)


def asked(**row: Any) -> Body:
    name, data = request(1)
    return name, {**data, "case_yaml": POLICY, "oldest_open": 1, "row": {**ROW, **row}}


def got(*tries: int, exchanges: int = 2, line: int = 3) -> Body:
    name, data = outcome_of(Event(CASE, line, "", "", "x", *asked(), ""), FILE)
    return name, {**data, "exchanges": data["exchanges"] * exchanges, "tries": list(tries), "oldest_open": 0}


def cut_off(*tries: int) -> Body:
    name, data = events.interrupted(Event(CASE, 3, "", "", "x", *asked(), ""), reason="stopped")
    return name, {**data, "tries": list(tries), "oldest_open": 0}


def problems_of(*bodies: Body) -> list[str]:
    """What is wrong with the last of `bodies`, after an opening and those before it."""
    state, found = CaseState(), []
    for seq, body in enumerate([events.opened(CASE_YAML), *bodies], 1):
        event = Event(CASE, seq, state.head, "2026-11-22T06:55:58.854810Z", "x", *body, "0" * 32)
        found = [f"{problem.kind}: {problem.message}" for problem in state.apply(event)]
    return found


def test_a_batch_from_its_start_to_its_end_is_sound() -> None:
    for last in range(1, 5):
        assert problems_of(*[STARTED, asked(), got(1, 1), ended()][:last]) == []
    assert problems_of(STARTED, ended(), STARTED, ended(4, "stopped")) == []


@pytest.mark.parametrize(
    ("bodies", "says"),
    [
        ([asked()], "data: its row names a line on which no batch was started"),
        ([STARTED, asked(batch=1)], "data: its row names a line on which no batch was started"),
        ([STARTED, ended(1)], "order: no batch was started on line 1"),
        ([ended()], "order: no batch was started on line 2"),
        ([STARTED, asked(), got(1, 2)], "data: the tries of item 1 are not all of its exchanges"),
        ([STARTED, asked(), got(1)], "data: the tries of item 1 are not all of its exchanges"),
        ([STARTED, asked(), cut_off(1)], "data: the tries of item 1 are not all of its exchanges"),
    ],
)
def test_what_names_no_batch_or_counts_wrong_is_found(bodies: list[Body], says: str) -> None:
    assert problems_of(*bodies) == [says]


@pytest.mark.parametrize(
    "body",
    [
        ended(reason="tired"),
        (ended()[0], {**ended()[1], "counts": {**COUNTS, "lost": 1}}),
        (ended()[0], {**ended()[1], "counts": {"complete": 0}}),
        (ended()[0], {**ended()[1], "batch": 0}),
        (STARTED[0], {**STARTED[1], "list": {**STARTED[1]["list"], "sha256": "A" * 64}}),
        (STARTED[0], {**STARTED[1], "list": {**STARTED[1]["list"], "left_out": -1}}),
        (STARTED[0], {**STARTED[1], "options": []}),
        (STARTED[0], {**STARTED[1], "extra": 1}),
        asked(occurrence=0),
        asked(digest="b"),
        asked(path="/home/jane/list.txt"),
        got(2, 0),
        got(True),
    ],
)
def test_members_in_another_form_are_found(body: Body) -> None:
    assert shape_problems(*body) != ()
