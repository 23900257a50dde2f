"""Which rows of a list are done already: known by their digest and occurrence, from the log alone."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from archiver.custody.state import OUTCOMES
from archiver.model.batch import Row
from archiver.pipeline.retry import STATUSES
from archiver.pipeline.view import item_events
from archiver.pipeline.watch import Earlier

Redo = Literal["none", "failed", "partial"]
"""Which rows with an outcome are taken again: none, those that failed, or also those of which only a part was kept."""

REDO: Final[tuple[Redo, ...]] = ("none", "failed", "partial")
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


def _worth(earlier: Earlier | None) -> int:
    if earlier is None:
        return 0
    worth = _RANK.get(earlier.outcome, 0)
    return min(worth, 1) if earlier.status in STATUSES else worth
