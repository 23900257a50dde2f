"""What the log says of replays: the members, and what cannot stand where it stands."""

from typing import Any

import pytest
from casekit import CASE, CASE_YAML, outcome_of, request

from archiver.custody import events
from archiver.custody.events import Body
from archiver.custody.log import Event
from archiver.custody.manifest import block
from archiver.custody.shapes import shape_problems
from archiver.custody.state import CaseState
from archiver.model.item import Picture, StoredFile

RECORD = "urn:uuid:00000000-0000-4000-8000-0000000000aa"
LIVE, AGAIN = Picture("a" * 64, 1280, 900, RECORD), Picture("b" * 64, 1280, 901)
CHECKED = events.replay_checked(1, LIVE, AGAIN, differing=1281, missing=2, browser="Chromium 156.0.8078.79")
POLICY = {"line": 1, "offset": 0, "sha256": events.opened(CASE_YAML)[1]["case_yaml"]["sha256"]}
FILE = StoredFile("evidence/000/000001.warc.gz", 1, "0" * 64)
ASKED = (request(1)[0], {**request(1)[1], "case_yaml": POLICY, "oldest_open": 1})
_OUTCOME = outcome_of(Event(CASE, 2, "", "", "x", *ASKED, ""), FILE)
GOT = (_OUTCOME[0], {**_OUTCOME[1], "oldest_open": 0})
LOST = (
    "item.interrupted",
    {**events.interrupted(Event(CASE, 2, "", "", "x", *ASKED, ""), reason="stopped")[1], "oldest_open": 0},
)


def problems_of(*bodies: Body) -> list[str]:
    """What is wrong with the last of `bodies`, after an opening and those before it."""
    state, found = CaseState(), []
    for seq, body in enumerate([events.opened(CASE_YAML), *bodies], 1):
        event = Event(CASE, seq, state.head, "2026-11-22T06:55:58.854810Z", "x", *body, "0" * 32)
        found = [f"{problem.kind}: {problem.message}" for problem in state.apply(event)]
    return found


def changed(**changes: Any) -> Body:
    return CHECKED[0], {**CHECKED[1], **changes}


SAME = events.replay_checked(1, LIVE, Picture("a" * 64, 1280, 900), differing=1, missing=0, browser="Chromium 156")


def test_a_check_of_an_item_with_bytes_is_sound() -> None:
    assert problems_of(ASKED, GOT, CHECKED) == []
    assert problems_of(ASKED, GOT, CHECKED, CHECKED) == []
    assert CHECKED[1]["pixels"] == 1280 * 901


def test_a_check_recorded_after_the_item_was_withheld_is_sound() -> None:
    gone = events.withheld(1, reason="x", authority="y", file=FILE)
    assert problems_of(ASKED, GOT, gone, CHECKED) == []


@pytest.mark.parametrize(
    ("bodies", "says"),
    [
        ((CHECKED,), "order: item 1 has no file that could be replayed"),
        ((ASKED, CHECKED), "order: item 1 has no file that could be replayed"),
        ((ASKED, LOST, CHECKED), "order: item 1 has no file that could be replayed"),
        ((ASKED, GOT, changed(item=2)), "order: item 2 has no file that could be replayed"),
        ((ASKED, GOT, changed(pixels=5)), "data: the pixels are not those of its pictures"),
        ((ASKED, GOT, changed(differing=1280 * 901 + 1)), "data: the pixels are not those of its pictures"),
        ((ASKED, GOT, changed(differing=1279)), "data: the pixels are not those of its pictures"),
        ((ASKED, GOT, SAME), "data: the pixels are not those of its pictures"),
    ],
)
def test_what_cannot_stand_there_is_found(bodies: tuple[Body, ...], says: str) -> None:
    assert problems_of(*bodies) == [says]


@pytest.mark.parametrize(
    "body",
    [
        changed(item=0),
        changed(differing=-1),
        changed(missing=None),
        changed(pixels=0),
        changed(live={**CHECKED[1]["replay"]}),
        changed(live={**CHECKED[1]["live"], "record": "x"}),
        changed(replay={**CHECKED[1]["live"]}),
        changed(replay={**CHECKED[1]["replay"], "width": 0}),
        changed(replay={**CHECKED[1]["replay"], "height": True}),
        changed(replay={**CHECKED[1]["replay"], "sha256": "B" * 64}),
        changed(browser="x" * 4097),
        changed(software=1),
        changed(box=[0, 0, 1, 1]),
    ],
)
def test_members_in_another_form_are_found(body: Body) -> None:
    assert shape_problems(*body) != ()
    assert problems_of(ASKED, GOT, body) != []


def test_the_inventory_has_it_on_one_line() -> None:
    event = Event(CASE, 4, "0" * 64, "2026-11-22T06:55:58.854810Z", "x", *CHECKED, "0" * 32)
    text = block(event, "c" * 64).decode()
    assert text.count("\n") == 1
    assert 'event: "replay.checked", data: {browser: "Chromium 156.0.8078.79", differing: 1281, item: 1, live: ' in text
