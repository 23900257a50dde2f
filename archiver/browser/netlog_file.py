"""Reading the file that Chromium writes with `--log-net-log`: event by event, within bounds, whatever is in it.

The first line holds the constants, then one line holds one event; numbers stand for names, and the constants say which
(net/log/file_net_log_observer.cc). The file is whole when the browser has ended by itself: one that was killed leaves a
torn line, or lacks what it had not yet written.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final

from archiver.canon import Json

MAX_LINE: Final = 64 * 1024**2  # bytes; the longest that was seen has 90 kB
MAX_DATES: Final = 253_402_300_799_000  # milliseconds from 1970 to the end of the year 9999
BEGIN, END = 1, 2  # phases of an event that lasts

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KIND = re.compile(rb'"type":(\d{1,9})\}\Z')  # keys stand in order: that of the event is the last
_ENDINGS = (b"]", b"],")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, whose it is (numbers are unique in a log), its phase, time (ms) and parameters."""

    name: str
    source: int
    phase: int
    time: int
    params: dict[str, Json] = field(default_factory=dict, repr=False)

    def text(self, key: str) -> str:
        """Return the parameter `key` where it is text, else ""."""
        value = self.params.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """Return the parameter `key` where it is a whole number, else 0."""
        value = self.params.get(key)
        return value if isinstance(value, int) else 0

    @property
    def other(self) -> int:
        """The source that this event ties its own to, 0 for none."""
        tie = self.params.get("source_dependency")
        found = tie.get("id") if isinstance(tie, dict) else None
        return found if isinstance(found, int) else 0


class Log:
    """A log as far as it can be read.

    `events` yields those called one of `names`, in order, and ends at the first line that cannot be read: what stands
    behind it can no longer be trusted to be without a gap. `whole` says, after that, whether the browser had finished
    the log; `known`, whether this browser has an event for each of `names`. Raises `OSError` where the file itself
    cannot be read.
    """

    def __init__(self, path: Path, names: frozenset[str]) -> None:
        self.whole = False
        self.known = True
        self._path = path
        self._names = names
        self._wanted: dict[int, str] = {}
        self._errors: dict[int, str] = {}
        self._offset = 0

    def error(self, number: int) -> str:
        """Return the name of a net error (`ERR_…`), or its number."""
        return self._errors.get(number, str(number))

    def at(self, time: int) -> datetime:
        """Return when it was at `time`, as the browser's clock said; nothing outside of 1970 to 9999."""
        return _EPOCH + timedelta(milliseconds=min(max(self._offset + time, 0), MAX_DATES))

    def events(self) -> Iterator[Event]:
        """Yield the events; see the class."""
        with self._path.open("rb") as file:
            if not self._begin(file):
                return
            while line := file.readline(MAX_LINE):
                line = line.rstrip()
                if line in _ENDINGS:
                    self.whole = True
                    return
                kind = _KIND.search(line[:-2] if line.endswith(b"],") else line[:-1] if line.endswith(b",") else line)
                if kind is None or int(kind[1]) in self._wanted:
                    event = self._event(line)
                    if event is None:
                        return
                    if event.name:
                        yield event
                if line.endswith((b"}]", b"}],")):
                    self.whole = True
                    return

    def _begin(self, file: IO[bytes]) -> bool:
        found = _object(file.readline(MAX_LINE).strip().rstrip(b",") + b"}")
        constants = found.get("constants") if found else None
        if not isinstance(constants, dict) or b'"events"' not in file.readline(64):
            return False
        self._wanted = {number: name for number, name in _numbers(constants, "logEventTypes") if name in self._names}
        self.known = self._names <= set(self._wanted.values())
        self._errors = dict(_numbers(constants, "netError"))
        offset = constants.get("timeTickOffset")
        self._offset = _whole(offset)
        return True

    def _event(self, line: bytes) -> Event | None:
        """Return the event of `line`, one without a name where it is none of ours, None where it is no event."""
        found = _object(line.rstrip(b",").rstrip(b"]"))
        if found is None:
            return None
        source, params = found.get("source"), found.get("params", {})
        kind, phase = found.get("type"), found.get("phase")
        number = source.get("id") if isinstance(source, dict) else None
        if not isinstance(kind, int) or not isinstance(number, int) or not isinstance(params, dict):
            return None
        name = self._wanted.get(kind, "")
        return Event(name, number, phase if isinstance(phase, int) else 0, _whole(found.get("time")), params)


def _object(line: bytes) -> dict[str, Json] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _numbers(constants: dict[str, Json], key: str) -> Iterator[tuple[int, str]]:
    table = constants.get(key)
    for name, number in table.items() if isinstance(table, dict) else ():
        if isinstance(number, int):
            yield number, name


def _whole(value: Json) -> int:
    """Return a number that may be written as text; 0 for what is none, or too large for a time."""
    if isinstance(value, str) and len(value) < 18 and value.isascii() and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and abs(value) < 10**18 else 0
