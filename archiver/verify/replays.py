"""What the log says of replays, against the items: the picture that was compared is the one taken live. Pure."""

from collections.abc import Iterator
from typing import Final

from archiver.custody.layout import LOG
from archiver.custody.log import Event
from archiver.custody.shapes import shape_problems
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.evidence import Checked

MAX_REPLAYS: Final = 100_000  # different ones that are held to be compared; the rest is counted
MEANING: Final = "what the line says of that item rests on another picture, or on none"


class Replays:
    """Give it every event and what came out for every item, in any order, then ask for the `end`."""

    def __init__(self) -> None:
        self._told: dict[tuple[int, tuple[str, str]], int] = {}
        self._pictures: dict[int, tuple[str, str]] = {}
        self._beyond = 0

    def event(self, event: Event) -> None:
        """Take in an event; one that is no `replay.checked`, or not in the form of one, says nothing here."""
        if event.event != "replay.checked" or shape_problems(event.event, event.data):
            return
        live = members(event.data["live"])
        key = int(str(event.data["item"])), (str(live["record"]), str(live["sha256"]))
        if key not in self._told and len(self._told) >= MAX_REPLAYS:
            self._beyond += 1
        else:
            self._told.setdefault(key, event.seq)

    def item(self, item: int, checked: Checked) -> None:
        """Take in what was found in the file of an item; one that is not as it was is not compared."""
        if not checked.missing and all(finding.severity is Severity.NOTE for finding in checked.findings):
            self._pictures[item] = checked.picture

    def end(self) -> Iterator[Finding]:
        """Yield where a line is about another picture than the first one of the whole page in its item."""
        for (item, picture), line in self._told.items():
            if self._pictures.get(item, picture) != picture:
                message = f"replay.checked: the picture taken live is not the one in item {item}"
                yield Finding("records", Severity.BROKEN, LOG, message, f"line {line}", MEANING)
        if self._beyond:
            message = f"{self._beyond} events replay.checked behind the first {MAX_REPLAYS} were not compared"
            yield Finding("records", Severity.UNCHECKED, LOG, message, meaning="nothing can be said of them")
