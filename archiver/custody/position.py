"""Where the next event goes: what a writer has to know of the log. No I/O of its own.

Finding it reads only as much of the end of the log as reaches back to the oldest item that is still open.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from archiver import canon
from archiver.custody.ends import Read, damaged, lines_backwards, parsed
from archiver.custody.log import GENESIS, Event
from archiver.custody.shapes import shape_problems
from archiver.custody.state import OUTCOMES

_ITEM_EVENTS = OUTCOMES | {"item.requested"}


@dataclass(slots=True)
class Position:
    """The end of a log. `policy` says which line holds the case.yaml in force: line, offset, digest of its text.

    `open` has the `item.requested` of every item without outcome, in the order of their numbers, and until `settle`
    also of those in `closed`, whose outcome came since; `withheld` the removals that may not be finished.
    """

    case: str = ""
    seq: int = 0
    head: str = GENESIS
    size: int = 0
    last_item: int = 0
    policy: dict[str, Any] = field(default_factory=dict)
    open: dict[int, Event] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    withheld: list[Event] = field(default_factory=list)
    _oldest: int = 1  # no item below it is open; it only grows, so that closing thousands at once takes no square time

    @property
    def oldest_open(self) -> int:
        """The lowest item that has no outcome, 0 when every one has."""
        return self._oldest_but(0)

    def _oldest_but(self, closing: int) -> int:
        while self._oldest <= self.last_item and not self._is_open(self._oldest):
            self._oldest += 1
        if self._oldest != closing:
            return self._oldest if self._oldest <= self.last_item else 0
        return next(filter(self._is_open, range(closing + 1, self.last_item + 1)), 0)

    def _is_open(self, item: int) -> bool:
        return item in self.open and item not in self.closed

    def ahead(self) -> "Position":
        """Return a position that can advance while this one stays: then `settle` it, or else `take_back` to this one.

        What is open, which may be thousands of items, is shared between the two and not copied.
        """
        return replace(self, closed=set(self.closed), withheld=list(self.withheld))

    def settle(self) -> None:
        """Let go of the items that have their outcome."""
        while self.closed:
            self.open.pop(self.closed.pop(), None)

    def take_back(self, before: "Position") -> None:
        """Let go of the items that were opened since `before`, which counts again."""
        for item in range(before.last_item + 1, self.last_item + 1):
            self.open.pop(item, None)

    def prepared(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """Return `data` with the members that only the log's end knows, for an event that comes next.

        Raises `ValueError` when the event cannot come next: that is a bug of the caller.
        """
        if name == "item.requested":
            if data["item"] != self.last_item + 1:
                raise ValueError(f"item {data['item']} is requested, and {self.last_item + 1} is next")
            data = {**data, "case_yaml": self.policy, "oldest_open": self.oldest_open or data["item"]}
        elif name in OUTCOMES:
            if data["item"] not in self.open or data["item"] in self.closed:
                raise ValueError(f"item {data['item']} is not open")
            data = {**data, "oldest_open": self._oldest_but(data["item"])}
        problems = shape_problems(name, data)
        if problems:
            raise ValueError(f"{name}: {'; '.join(problems)}")
        return data

    def advance(self, event: Event, raw: bytes) -> None:
        """Take in the event whose raw line comes next."""
        if event.event in {"case.opened", "case.amended"}:
            self.policy = {"line": event.seq, "offset": self.size, "sha256": event.data["case_yaml"]["sha256"]}
        elif event.event == "item.requested":
            self.last_item = event.data["item"]
            self.policy = event.data["case_yaml"]
            self._oldest = self._oldest if self.open else self.last_item
            self.open[self.last_item] = event
        elif event.event in OUTCOMES:
            self.closed.add(event.data["item"])
        elif event.event == "item.withheld":
            self.withheld.append(event)
        self.case, self.seq, self.head = event.case, event.seq, canon.sha256_hex(raw)
        self.size += len(raw)


def find_position(log: Read, end: int, count: int) -> Position:
    """Return the position after the `count` lines that end at byte `end`.

    Reads backwards no further than the oldest open item. Raises `CaseError` ("damaged") when those lines do not follow
    one another or are not events of this format.
    """
    window: list[tuple[int, Event, bytes]] = []
    oldest: int | None = None  # from the newest event about an item: how far back one can still be open
    for offset, event, raw in _events(log, end, count):
        if window and window[-1][1].prev != canon.sha256_hex(raw):
            raise damaged(f"line {event.seq + 1} of custody.jsonl does not continue the one before")
        window.append((offset, event, raw))
        if oldest is None and event.event in _ITEM_EVENTS:
            oldest = event.data["oldest_open"]
        # The last request says which item is next; the one of the oldest open item is as far as need be.
        if oldest is not None and event.event == "item.requested" and (oldest == 0 or event.data["item"] <= oldest):
            break
    position = Position(size=window[-1][0] if window else 0)
    for _, event, raw in reversed(window):
        position.advance(event, raw)
    position.settle()
    if position.policy.get("line", 0) < 1:
        raise damaged("line 1 of custody.jsonl does not open a case")
    return position


def _events(log: Read, end: int, count: int) -> Iterator[tuple[int, Event, bytes]]:
    for offset, raw in lines_backwards(log, end):
        event = parsed(raw, count)
        problems = shape_problems(event.event, event.data)
        if event.seq != count or (offset == 0) != (count == 1) or problems:
            raise damaged(f"line {count} of custody.jsonl is out of place or form: {'; '.join(problems) or 'seq'}")
        yield offset, event, raw
        count -= 1
