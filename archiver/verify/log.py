"""The custody log, line by line: the chain of hashes, the canonical form, and what each event may say where."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.canon import Json, NotCanonical, dumps, loads, sha256_hex
from archiver.custody.layout import LOG
from archiver.custody.log import EVENTS, FORMAT, MAX_LINE, Event, Malformed, is_hole, parse_line
from archiver.custody.read import RawLine
from archiver.custody.shapes import SHAPES
from archiver.custody.state import OUTCOMES, CaseState
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import Claim, members
from archiver.verify.report import MAX_QUOTED, quoted

MAX_BAD = 10_000  # unreadable lines after which the rest of the log is not looked at
_FORMAT = re.compile(r"archiver-case/[1-9][0-9]{0,8}")
_PREV = re.compile(rb'"prev":"([0-9a-f]{64})"')
_CUT = "the custody log is not as it was written: whoever relies on the case must explain this place first"
_REPEATED = ("url", "note", "tags", "request_url")
_NEWER = "a newer program wrote this; verify the case with that one"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The words of a request that its outcome must repeat, each as `_brief` keeps it, and its line."""

    line: int
    words: dict[str, object]


class LogCheck:
    """Give it every raw line in order; `state` is what the sound ones add up to. Then ask for the `end`.

    `event` is the event of the line given last, None when it could not be read; `tail` the first line of a torn tail,
    and `gap` says that a line before the newest could not be read.
    """

    def __init__(self) -> None:
        self.state = CaseState()
        self.event: Event | None = None
        self.tail: RawLine | None = None
        self.policy = ""
        self.commitments: set[str] = set()
        self.lines = 0
        self.newer = False
        self.given_up = False
        self.gap = False
        self._bad = 0
        self._at = ""
        self._before = ""
        self._carriage_returns = 0
        self._unknown: set[str] = set()
        self._asked: dict[int, _Asked] = {}

    def line(self, raw: RawLine, listed: bool) -> Iterator[Finding]:
        """Yield what is wrong with the next line; `listed` says that the manifest has an entry for it.

        A line with a hole that nobody lists begins a torn tail: what follows was never acknowledged, and is left out.
        """
        self.event = None
        self.lines = raw.number
        if self.tail is not None:
            return
        if raw.sha256 == self._before:
            yield _chain(raw, "it repeats the line before it")
        self._before = raw.sha256
        data, sha256 = self._without_cr(raw)
        if raw.too_long:
            yield from self._unreadable(raw, sha256, f"the line has {raw.size} bytes, and {MAX_LINE} are allowed")
            return
        if is_hole(data) and not listed:
            self.tail = raw
            return
        try:
            event = parse_line(data)
        except (NotCanonical, Malformed) as exc:
            newer = self._newer_line(raw, data, sha256)
            why = f"{exc}; manifest.yaml has an entry for it, so it was whole once" if is_hole(data) else str(exc)
            yield from self._unreadable(raw, sha256, why) if newer is None else newer
            return
        yield from self._taken(raw, event, sha256)

    def claim(self) -> Claim | None:
        """Return what the newest event says about the file of its item, None when it says nothing of the kind."""
        event = self.event
        if event is None or event.event not in OUTCOMES or "file" not in event.data:
            return None
        number = event.data.get("item")
        item = self.state.items.get(number) if isinstance(number, int) else None
        if item is None or item.outcome != event.seq or item.file is None:
            return None
        return Claim(event.case, item.item, event.seq, event.at, event.event, event.data, item.requested_sha256)

    def end(self, *, writing: bool) -> Iterator[Finding]:
        """Yield what the end of the log shows; `writing` says that somebody is writing into the case."""
        unfinished = Severity.NOTE if writing else Severity.UNCHECKED
        if self._carriage_returns:
            message = (
                f"line endings were changed: {self._carriage_returns} lines end with CR LF where LF was written; "
                "the log was judged without the CR"
            )
            yield Finding(
                "chain", Severity.BROKEN, LOG, message, meaning="no word was changed by that, but every hash was"
            )
        if self.tail is not None:
            message = "the log ends in bytes that are no whole line: consistent with an interrupted write"
            meaning = "what was being written when the program stopped is not part of the record; recover sets it aside"
            yield Finding("chain", unfinished, LOG, message, _where(self.tail), meaning)
        if not self.state.seq:
            yield Finding(
                "chain", unfinished if self.tail else Severity.BROKEN, LOG, "the log holds no event", meaning=_CUT
            )
        for item in self.state.open_items:
            message = f"item {item.item} was requested and has no outcome: consistent with an interrupted write"
            meaning = "the attempt is on the record; whether anything was received is not"
            yield Finding("chain", unfinished, LOG, message, f"line {item.requested}", meaning)

    def _taken(self, raw: RawLine, event: Event, sha256: str) -> Iterator[Finding]:
        self.event = event
        number = self.state.seq
        for problem in self.state.apply(event, sha256):
            if problem.kind == "chain":
                yield _chain(raw, _chain_message(problem.message, event, number))
            else:
                check = "canonical" if problem.kind == "data" else "chain"
                yield self._weighed(check, raw, f"{event.event}: {problem.message}")
        if number == 0:
            yield from self._format(raw)
        if event.event in EVENTS - SHAPES.keys() and event.event not in self._unknown:
            self._unknown.add(event.event)
            message = f"events of the kind {event.event} cannot be judged by this version"
            yield Finding("canonical", Severity.UNCHECKED, LOG, message, _where(raw), _NEWER)
        if event.at < self._at:
            message = f"it is dated {event.at}, and the line before {self._at}: the clock was set back in between"
            meaning = "the order of events is that of the lines; a clock that is set back is ordinary, and is told here"
            yield Finding("chain", Severity.NOTE, LOG, message, _where(raw), meaning)
        self._at = event.at
        self._remember(event)
        yield from self._same_intent(raw, event)
        if event.event == "item.withheld" and event.seq == number + 1:
            yield from self._withheld(raw, event)

    def _remember(self, event: Event) -> None:
        text = members(event.data.get("case_yaml")).get("text")
        if event.event in {"case.opened", "case.amended"} and isinstance(text, str):
            self.policy = text
            self.commitments |= set(re.findall(r"commit:sha256:([0-9a-f]{64})", text))
        private = event.data.get("private")
        if isinstance(private, list):
            self.commitments |= {name for name in private if isinstance(name, str)}

    def _same_intent(self, raw: RawLine, event: Event) -> Iterator[Finding]:
        """Yield where an outcome repeats its request in other words."""
        item = event.data.get("item")
        if not isinstance(item, int):
            return
        if event.event == "item.requested":
            self._asked[item] = _Asked(event.seq, {name: _brief(event.data.get(name)) for name in _REPEATED})
        elif event.event in OUTCOMES and (asked := self._asked.pop(item, None)) is not None:
            for name in _REPEATED:
                if name in event.data and _brief(event.data[name]) != asked.words[name]:
                    message = f"{event.event}: {name} is not that of the request on line {asked.line}"
                    yield self._weighed("canonical", raw, message)

    def _withheld(self, raw: RawLine, event: Event) -> Iterator[Finding]:
        item = self.state.items.get(event.data["item"]) if isinstance(event.data.get("item"), int) else None
        if item is None or item.withheld != event.seq:
            return
        subject = item.file.path if item.file is not None else LOG
        reason, authority = quoted(event.data.get("reason")), quoted(event.data.get("authority"))
        message = f"item {item.item} was withheld on {event.at}: {reason}, on the authority of {authority}"
        meaning = "a lawful removal is on the record: the hash stays, and what the file held cannot be checked any more"
        yield Finding("layout", Severity.NOTE, subject, message, f"log line {raw.number}", meaning)

    def _format(self, raw: RawLine) -> Iterator[Finding]:
        found = self.state.format
        if not _FORMAT.fullmatch(found):
            yield Finding("canonical", Severity.BROKEN, LOG, f"the format is {quoted(found)}", _where(raw), _CUT)
        elif found != FORMAT:
            self.newer = True
            message = f"the format is {found}, and this version knows {FORMAT}: what depends on it is not judged"
            yield Finding("canonical", Severity.UNCHECKED, LOG, message, _where(raw), _NEWER)

    def _weighed(self, check: str, raw: RawLine, message: str) -> Finding:
        severity = Severity.UNCHECKED if self.newer or self.state.newer else Severity.BROKEN
        return Finding(check, severity, LOG, message, _where(raw), _CUT)

    def _unreadable(self, raw: RawLine, sha256: str, why: str) -> Iterator[Finding]:
        if _PREV.findall(raw.raw) != [self.state.head.encode()]:
            yield _chain(raw, "the line cannot be read, and it does not name the hash of the line before it")
        self.state.seq, self.state.head = self.state.seq + 1, sha256
        self._bad += 1
        self.gap = True
        self.given_up = self._bad > MAX_BAD
        yield Finding("canonical", Severity.BROKEN, LOG, f"no event of a custody log: {why}", _where(raw), _CUT)
        if self.given_up:
            message = f"more than {MAX_BAD} lines cannot be read; the rest was not looked at"
            yield Finding("canonical", Severity.UNCHECKED, LOG, message, _where(raw), _CUT)

    def _newer_line(self, raw: RawLine, data: bytes, sha256: str) -> list[Finding] | None:
        """Return findings for a line of a newer version, whose chain is judged all the same; None for other lines.

        A case keeps the format of its first line, so in one that began with a known version no line is newer.
        """
        if self.state.seq and not self.newer:
            return None
        try:
            value = members(loads(data[:-1]))
        except NotCanonical:
            return None
        version: Json = value.get("v")
        if not isinstance(version, int) or isinstance(version, bool) or version < 2:
            return None
        findings = []
        if value.get("prev") != self.state.head:
            findings.append(_chain(raw, "prev is not the hash of the line before"))
        if not self.newer:
            message = f"the line has the version {version}, and this version knows 1"
            findings.append(Finding("canonical", Severity.UNCHECKED, LOG, message, _where(raw), _NEWER))
        self.newer = self.gap = True
        self.state.seq, self.state.head = self.state.seq + 1, sha256
        return findings

    def _without_cr(self, raw: RawLine) -> tuple[bytes, str]:
        if not raw.raw.endswith(b"\r\n"):
            return raw.raw, raw.sha256
        self._carriage_returns += 1
        data = raw.raw[:-2] + b"\n"
        return data, sha256_hex(data)


def _brief(value: Json) -> object:
    """Return what tells `value` from any other, and is never long: itself, or the hash of its canonical form."""
    short = value is None or value == [] or (isinstance(value, str) and len(value) <= MAX_QUOTED)
    return value if short else hashlib.sha256(dumps(value)).digest()


def _chain_message(message: str, event: Event, before: int) -> str:
    if message.startswith("seq") and event.seq > before + 1:
        gone = f"line {before + 1} is" if event.seq == before + 2 else f"lines {before + 1} to {event.seq - 1} are"
        return f"{message}: {gone} not there"
    if message.startswith("prev"):
        return (
            f"{message}: that one was changed, put in, moved or taken out after this line was written, or this one was"
        )
    return message


def _chain(raw: RawLine, message: str) -> Finding:
    return Finding("chain", Severity.BROKEN, LOG, message, _where(raw), _CUT)


def _where(raw: RawLine) -> str:
    return f"line {raw.number} at byte {raw.offset}"
