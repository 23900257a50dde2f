"""An exchange as it grows while the log is read, and all of them together, within bounds."""

from dataclasses import dataclass, field
from typing import Final, Literal

from archiver.browser.netlog_keep import Kept, Store
from archiver.http.reader import ResponseReader
from archiver.model.exchange import Blob, Fidelity, Truncation
from archiver.model.http import Message

MAX_REQUEST: Final = 64 << 20  # bytes of one request, and of all of them together four times as many

Ending = Literal[
    "whole",  # the protocol said that this is all
    "closed",  # the server closed the connection as it should be closed
    "reset",  # the server gave up, or the connection broke
    "left",  # the browser took no more, or the log ends here
    "length",  # a limit of ours
]


@dataclass(slots=True)
class Ledger:
    """All exchanges of a log in the order they began, and what is left of the limits. `short` says what was cut."""

    store: Store
    most: int
    room: int
    requests: int = 4 * MAX_REQUEST
    drafts: "list[Draft]" = field(default_factory=list)
    short: set[str] = field(default_factory=set)

    def begin(self, method: str, url: str, at: int, fidelity: Fidelity) -> "Draft | None":
        """Return a new exchange, None where there are too many."""
        if len(self.drafts) >= self.most:
            self.short.add("too-many")
            return None
        self.drafts.append(Draft(self, method, url, at, fidelity))
        return self.drafts[-1]


class Draft:
    """One exchange: give it what was sent and what came, then say how it ended.

    `blob`, `message` and `truncated` are there after the end, None where no byte came. `why` says why nothing can be
    recorded of it, "" where something can.
    """

    def __init__(self, ledger: Ledger, method: str, url: str, at: int, fidelity: Fidelity) -> None:
        self.method = method
        self.url = url
        self.began = self.ended = at
        self.fidelity: Fidelity = fidelity
        self.request = bytearray()
        self.why = ""
        self.blob: Blob | None = None
        self.message: Message | None = None
        self.truncated: Truncation | None = None
        self.how: Ending | None = None
        self._ledger = ledger
        self._reader = ResponseReader(method)
        self._kept: Kept = ledger.store.begin()

    @property
    def done(self) -> bool:
        """Whether the answer says that it is over."""
        return self._reader.done

    def sent(self, data: bytes) -> None:
        """Add to the request, as far as there is room."""
        room = min(MAX_REQUEST - len(self.request), self._ledger.requests)
        self.request += data[:room]
        self._ledger.requests -= min(len(data), room)
        if len(data) > room:
            self._ledger.short.add("request-cut")

    def came(self, data: bytes, at: int) -> None:
        """Add to the answer; what comes after its end was said goes nowhere. Raises `StorageError`."""
        if self.how is not None or self.why:
            return
        room = self._ledger.room
        self._ledger.room -= min(len(data), room)
        self._reader.feed(data[:room])
        self._kept.write(data[:room])
        self.ended = max(self.ended, at)
        if len(data) > room:
            self._ledger.short.add("too-large")
            self.over("length", at)

    def refuse(self, why: str) -> None:
        """Say that it cannot be recorded."""
        self.why = self.why or why

    def over(self, how: Ending, at: int) -> None:
        """End it; a second end changes nothing. Raises `StorageError`."""
        if self.how is not None:
            return
        self.how = how
        self.ended = max(self.ended, at)
        if self.why or not self._kept.size:
            return
        done = self._reader.done
        cut = how in {"left", "length"}
        self.blob = self._kept.finish()
        self.message = self._reader.close(clean=how in {"whole", "closed"}, cut=cut)
        if cut and not done:
            self.truncated = "length" if how == "length" else "unspecified"
        elif self.message.end == "cut" or (how == "reset" and self.message.end != "complete"):
            self.truncated = "disconnect"
