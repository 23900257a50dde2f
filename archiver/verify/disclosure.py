"""A disclosure: some items of a case and the proof that they are in its sealed log (docs/spec/exports.md).

Each log line is proved twice to be under a seal – by the list of entries and by the tree – and the seal, its signature
and its time stamps are judged as in a case. What the rest of the case holds cannot be known from here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from archiver.bundle.members import Bundle
from archiver.canon import Json, NotCanonical, loads
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import Claim, listed, members
from archiver.verify.disclosed_files import STATEMENT as STATEMENT
from archiver.verify.disclosed_lines import STORY, DisclosedItem, DisclosedLines, broken, unlike
from archiver.verify.disclosed_seals import DisclosedSeals
from archiver.verify.evidence import check_item
from archiver.verify.inner import Counts
from archiver.verify.listed import ALTERED, Listed, compared, unlisted, unread
from archiver.verify.outside import Outside
from archiver.verify.report import Report, quoted

SUMS = "SHA256SUMS"
SCHEMA = "archiver-disclosure/1"
BY_HAND = frozenset({"VERIFY.txt", "verify.py"})  # what explains the disclosure, and is no part of what it shows
MAX_STATEMENT = 1 << 26  # bytes of disclosure.json and of SHA256SUMS

_SCHEMA = re.compile(r"archiver-disclosure/[1-9][0-9]{0,8}")
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_CONVERTED = "no word was changed by that; but what was converted here was perhaps converted in other files, too"


def check_disclosure(bundle: Bundle, report: Report, outside: Outside) -> Counts:
    """Add to `report` what is wrong with the disclosure."""
    report.extend(_sums(bundle))
    if report.clean("contents"):
        report.add(Finding("contents", Severity.OK, "", f"{len(bundle.members)} files: listed, there, and as listed"))
    counts = {"files": len(bundle.members), "bytes": sum(member.size for member in bundle.members.values())}
    statement = _statement(bundle, report)
    if statement:
        counts |= _Disclosure(bundle, statement, report, outside).judged()
    return counts


def _sums(bundle: Bundle) -> Iterator[Finding]:
    found: dict[str, Listed] = {}
    try:
        text = bundle.read(SUMS, MAX_STATEMENT).decode("utf-8", "surrogateescape")
    except CaseError as exc:
        yield from unread(SUMS, exc)
        return
    if text.endswith("\r\n"):
        message = "its line endings were changed from LF to CR LF; it was judged without the CR"
        yield Finding("contents", Severity.BROKEN, SUMS, message, meaning=_CONVERTED)
        text = text.replace("\r\n", "\n")
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found or match[2] == SUMS:
            message = f"it is not the digest and name of a file that is listed once: {quoted(line)}"
            yield Finding("contents", Severity.BROKEN, SUMS, message, f"line {number}", ALTERED)
        else:
            found[match[2]] = Listed(None, {"sha256": match[1]})
    for name in sorted(bundle.members.keys() - found.keys() - {SUMS}):
        yield unlisted(name)
    for name, facts in sorted(found.items()):
        yield from compared(bundle, name, facts)


def _statement(bundle: Bundle, report: Report) -> dict[str, Json]:
    try:
        data = bundle.read(STATEMENT, MAX_STATEMENT)
        if not data.endswith(b"\n"):
            raise NotCanonical("it does not end with LF")
        statement = members(loads(data[:-1]))
    except CaseError as exc:
        report.extend(unread(STATEMENT, exc))
        return {}
    except NotCanonical as exc:
        report.add(Finding("lines", Severity.BROKEN, STATEMENT, f"it cannot be read: {exc}", meaning=STORY))
        return {}
    schema = statement.get("schema")
    if not isinstance(schema, str) or not _SCHEMA.fullmatch(schema):
        report.add(broken(STATEMENT, f"it is not what tells of a disclosure: its kind is {quoted(schema)}"))
        return {}
    if schema != SCHEMA:
        message = f"it is of the kind {quoted(schema)}, which is not known here"
        report.add(Finding("lines", Severity.UNCHECKED, STATEMENT, message, meaning="nothing else was looked at"))
        return {}
    return statement


@dataclass(slots=True)
class _Disclosure:
    """One reading of what a statement leads to. `expected` are the files that belong to it, and what they are."""

    bundle: Bundle
    statement: dict[str, Json]
    report: Report
    outside: Outside
    expected: dict[str, str] = field(default_factory=dict)

    def judged(self) -> Counts:
        case = self.statement.get("case")
        if not isinstance(case, str):
            self.report.add(broken(STATEMENT, "it names no case"))
            return {}
        numbers = [item for item in listed(self.statement.get("items")) if isinstance(item, int)]
        items = {number: DisclosedItem() for number in numbers if number > 0 and not isinstance(number, bool)}
        if not items:
            self.report.add(broken(STATEMENT, "it names no item, and so shows nothing"))
        seals = DisclosedSeals(self.bundle, case, self.outside)
        for stated in map(members, listed(self.statement.get("seals"))):
            self.report.extend(seals.take(stated))
        lines = DisclosedLines(self.bundle, case, seals, items)
        for stated in map(members, listed(self.statement.get("lines"))):
            self.report.extend(lines.take(stated))
        records = sum(self._evidence(number, item, lines) for number, item in sorted(items.items()))
        self.expected |= lines.expected | seals.expected
        self._nothing_else(case, lines, seals)
        self.report.extend(seals.end())
        counts = {"items": len(items), "lines": lines.read, "seals": len(seals.seals), "records": records}
        self._sound(counts, lines.proved, seals)
        return counts | {"stamps": seals.stamps}

    def _evidence(self, number: int, item: DisclosedItem, lines: DisclosedLines) -> int:
        """Judge the evidence of an item by its lines, and return how many records it has."""
        event, asked = item.outcome, item.requested
        path = f"evidence/{number // 1000:03d}/{number:06d}.warc.gz"
        if event is None or asked is None:
            message = f"the line that requests item {number}, or the one with its outcome, is not there"
            severity = Severity.UNCHECKED if lines.unread else Severity.BROKEN
            self.report.add(Finding("lines", severity, STATEMENT, message, meaning=STORY))
            if lines.unread:  # whether it belongs here is not known
                self.expected[path] = "evidence"
            return 0
        where = f"lines/{event.seq:06d}.json"
        if event.data.get("requested") != asked.seq or event.seq < asked.seq:
            self.report.add(broken(where, f"item {number} was requested on another line than it says"))
        for name in unlike(asked, event):
            self.report.add(broken(where, f"its {name} is not that of the request on line {asked.seq}"))
        claim = Claim(lines.case, number, event.seq, event.at, event.event, event.data, item.requested_sha256)
        if "file" not in event.data:
            return 0
        if claim.path != path:
            self.report.add(broken(where, f"it names {quoted(claim.path)} where item {number} belongs"))
            return 0
        if item.withheld:
            message = f"item {number} was withheld on log line {item.withheld}: its evidence is not disclosed"
            self.report.add(Finding("files", Severity.NOTE, path, message))
            return 0
        self.expected[path] = "evidence"
        checked = check_item(self.bundle, claim)
        self.report.extend(checked.findings)
        if checked.missing:
            message = f"the file of item {number}, which log line {event.seq} records, is missing"
            meaning = "the evidence that this disclosure is about is not in it"
            self.report.add(Finding("files", Severity.BROKEN, path, message, meaning=meaning))
        return checked.records

    def _nothing_else(self, case: str, lines: DisclosedLines, seals: DisclosedSeals) -> None:
        """Tell what is there and does not belong there, and where the statement says anything but what is there."""
        there = self.bundle.members.keys() - BY_HAND - {STATEMENT, SUMS}
        for name in sorted(there - self.expected.keys()):
            self.report.add(broken(name, "it belongs to none of the items, lines and seals that are disclosed"))
        due: dict[str, Json] = {
            "schema": SCHEMA,
            "case": case,
            "items": [*sorted(lines.items)],
            "lines": [lines.stated[number] for number in sorted(lines.stated)],
            "seals": [seals.stated[number] for number in sorted(seals.stated)],
            "files": [{"path": name, "what": self.expected.get(name, "nothing")} for name in sorted(there)],
        }
        odd = sorted(name for name in due.keys() | self.statement.keys() if due.get(name) != self.statement.get(name))
        if odd:
            some = ", ".join(map(quoted, odd[:8]))
            self.report.add(broken(STATEMENT, f"what it says is not what is there, or not in order, under {some}"))

    def _sound(self, counts: Counts, proved: int, seals: DisclosedSeals) -> None:
        last = max((sealed.number for sealed in seals.seals), default=0)
        texts = {
            "files": f"{counts['items']} items: size and SHA-256 of their evidence as the disclosed lines record them",
            "structure": f"{counts['records']} records: every byte of every file belongs to one",
            "digests": f"{counts['records']} records: blocks, payloads and entities match their digests",
            "records": "the evidence and the lines that describe it agree",
            "lines": f"{proved} lines of the log, each in the list of entries and in the tree of its seal",
            "seals": f"{counts['seals']} seals, the newest number {last}: each is what was signed and stamped",
        }
        for check, text in texts.items():
            if self.report.wants(check) and self.report.clean(check):
                self.report.add(Finding(check, Severity.OK, "", text))
