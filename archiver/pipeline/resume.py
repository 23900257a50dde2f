"""What earlier items came to for the rows of a list: known by digest and occurrence, from the log alone."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from archiver.custody.state import OUTCOMES
from archiver.model.batch import Row
from archiver.pipeline.crew import NOT_BEGUN
from archiver.pipeline.retry import STATUSES
from archiver.pipeline.view import item_events
from archiver.pipeline.watch import Earlier

Redo = Literal["none", "failed", "partial"]
"""Which rows with an outcome are taken again: none, those that failed, or also those of which only a part was kept."""

REDO: Final[tuple[Redo, ...]] = ("none", "failed", "partial")
_NOW: Final = 4  # worth more than whatever is earlier
_RANK = {"complete": 3, "unconfirmed": 3, "partial": 2, "failed": 1}


def done_before(path: Path, rows: Iterable[Row], redo: Redo) -> dict[int, Earlier]:
    """Return, by row number, the best that earlier items of the case came to for the rows that need no new item.

    An interrupted item is never enough. Under "failed", neither is one that failed or whose last answer was a refusal
    that may pass (429, 500 and their like); under "partial", one that is partial neither. Raises as `view.items`.
    """
    best: dict[tuple[str, int], Earlier] = {}
    asked: dict[int, tuple[str, int]] = {}
    for event in item_events(path):
        data = event.data
        if event.event == "item.requested" and "row" in data:
            asked[data["item"]] = (data["row"]["digest"], data["row"]["occurrence"])
        elif event.event in OUTCOMES and (key := asked.pop(data["item"], None)) is not None:
            found = Earlier(data["item"], event.seq, data["outcome"], data.get("status"))
            if _worth(found) > 0 and _worth(found) >= _worth(best.get(key)):
                best[key] = found
    enough = {"none": 1, "failed": 2, "partial": 3}[redo]
    found_for = ((row.number, best.get((row.digest, row.occurrence))) for row in rows)
    return {number: earlier for number, earlier in found_for if earlier is not None and _worth(earlier) >= enough}


@dataclass(frozen=True, slots=True)
class RowItem:
    """The item that stands for a row. `file` and `sha256` are those of its WARC, "" where no byte is kept."""

    item: int
    outcome: str
    status: int | None
    final_url: str
    title: str
    reasons: tuple[str, ...]
    file: str
    sha256: str
    tries: int


def row_items(path: Path, rows: Iterable[Row], batch: int | None) -> dict[int, RowItem]:
    """Return, by row number, the item that stands for each row that has one with an outcome.

    That is the one of the batch that began on log line `batch`, else the best of all; an interrupted one only where
    there is nothing else. Raises as `view.items`.
    """
    numbers = {(row.digest, row.occurrence): row.number for row in rows}
    found: dict[int, tuple[int, RowItem]] = {}
    asked: dict[int, tuple[int, bool]] = {}
    withheld: set[int] = set()
    for event in item_events(path):
        data = event.data
        if event.event == "item.requested" and "row" in data:
            number = numbers.get((data["row"]["digest"], data["row"]["occurrence"]))
            if number is not None:
                asked[data["item"]] = (number, data["row"]["batch"] == batch)
        elif event.event == "item.withheld":
            withheld.add(data["item"])
        elif event.event in OUTCOMES and (mine := asked.pop(data["item"], None)) is not None:
            if data.get("reason") == NOT_BEGUN:
                continue
            number, now = mine
            worth = _worth(Earlier(data["item"], event.seq, data["outcome"], data.get("status")))
            worth = _NOW if now and worth else worth
            if number not in found or worth >= found[number][0]:
                found[number] = (worth, _row_item(data))
    return {number: _kept(each, withheld) for number, (_, each) in found.items()}


def _row_item(data: dict[str, Any]) -> RowItem:
    file = data.get("file") or {"path": "", "sha256": ""}
    return RowItem(
        item=data["item"],
        outcome=data["outcome"],
        status=data.get("status"),
        final_url=data.get("final_url") or "",
        title=data.get("title") or "",
        reasons=tuple(data.get("reasons") or ()),
        file=file["path"],
        sha256=file["sha256"],
        tries=len(data.get("tries") or (1,)),
    )


def _kept(found: RowItem, withheld: set[int]) -> RowItem:
    return replace(found, outcome="withheld", file="", title="") if found.item in withheld else found


def _worth(earlier: Earlier | None) -> int:
    if earlier is None:
        return 0
    worth = _RANK.get(earlier.outcome, 0)
    return min(worth, 1) if earlier.status in STATUSES else worth
