"""A disclosure: some items of a case and the proof that they are in its sealed log (docs/spec/exports.md).

Each log line is proved twice to be under a seal – by the list of entries and by the tree – and the seal, its signature
and its time stamps are judged as in a case. What the rest of the case holds cannot be known from here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from archiver.bundle.members import Bundle
from archiver.canon import Json, NotCanonical, loads, sha256_hex
from archiver.custody.log import MAX_LINE, Event, Malformed, parse_line
from archiver.custody.merkle import leaf_hash, root_from_proof
from archiver.custody.shapes import shape_problems
from archiver.custody.state import OUTCOMES
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import Claim, listed, members
from archiver.verify.disclosed_seals import DisclosedSeals
from archiver.verify.evidence import check_item
from archiver.verify.inner import Counts
from archiver.verify.listed import ALTERED, Listed, compared, shown, unlisted, unread
from archiver.verify.outside import Outside
from archiver.verify.report import Report, quoted

STATEMENT, SUMS = "disclosure.json", "SHA256SUMS"
SCHEMA = "archiver-disclosure/1"
BY_HAND = frozenset({"VERIFY.txt", "verify.py"})  # what explains the disclosure, and is no part of what it shows
MAX_STATEMENT = 1 << 26  # bytes of disclosure.json and of SHA256SUMS

_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_ABOUT = OUTCOMES | {"item.requested", "item.withheld", "note.added"}
_STORY = "what this disclosure says of itself and what it holds differ: it was changed, or put together of several"
_NOT_THERE = "nothing shows that this line is in the sealed log: it may have been made up"


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
        lines = bundle.read(SUMS, MAX_STATEMENT).decode("utf-8", "surrogateescape").split("\n")
    except CaseError as exc:
        yield from unread(SUMS, exc)
        return
    for number, line in enumerate(lines[:-1] if lines[-1] == "" else lines, 1):
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
        report.add(Finding("lines", Severity.BROKEN, STATEMENT, f"it cannot be read: {exc}", meaning=_STORY))
        return {}
    if statement.get("schema") != SCHEMA:
        message = f"it is of the kind {quoted(statement.get('schema'))}, which is not known here"
        report.add(Finding("lines", Severity.UNCHECKED, STATEMENT, message, meaning="nothing else was looked at"))
        return {}
    return statement


@dataclass(slots=True)
class _Item:
    """What the lines say of one item."""

    requested: int = 0
    requested_sha256: str = ""
    outcome: Event | None = None
    withheld: int = 0


@dataclass(slots=True)
class _Disclosure:
    """One reading of what a statement leads to."""

    bundle: Bundle
    statement: dict[str, Json]
    report: Report
    outside: Outside
    items: dict[int, _Item] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    lines: int = 0
    proved: int = 0

    def judged(self) -> Counts:
        case = self.statement.get("case")
        if not isinstance(case, str):
            self._broken(STATEMENT, "it names no case")
            return {}
        self.items = {item: _Item() for item in listed(self.statement.get("items")) if isinstance(item, int)}
        seals = DisclosedSeals(self.bundle, case, self.outside)
        for stated in map(members, listed(self.statement.get("seals"))):
            self.report.extend(seals.take(stated))
        for stated in map(members, listed(self.statement.get("lines"))):
            self._line(stated, case, seals)
        records = sum(self._evidence(number, item, case) for number, item in sorted(self.items.items()))
        self.expected |= seals.expected
        self._nothing_else()
        self.report.extend(seals.end())
        counts = {"items": len(self.items), "lines": self.lines, "seals": len(seals.seals), "records": records}
        self._sound(counts, seals)
        return counts | {"stamps": seals.stamps}

    def _line(self, stated: dict[str, Json], case: str, seals: DisclosedSeals) -> None:
        number = stated.get("line")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 1 << 53:
            self._broken(STATEMENT, f"it tells of a line without a number: {quoted(stated)}")
            return
        path, proof = f"lines/{number:06d}.json", f"proofs/{number:06d}.json"
        if path in self.expected or (stated.get("file"), stated.get("proof")) != (path, proof):
            self._broken(STATEMENT, f"it tells of line {number} twice, or of other files than its own")
            return
        self.expected |= {path, proof}
        try:
            raw = self.bundle.read(path, MAX_LINE)
            event = parse_line(raw)
            told = members(loads(self.bundle.read(proof, MAX_LINE).removesuffix(b"\n")))
        except CaseError as exc:
            missing = exc.kind in {"missing", "damaged"}
            severity = Severity.BROKEN if missing else Severity.UNCHECKED
            self.report.add(Finding("lines", severity, path, exc.message, meaning=_NOT_THERE))
            return
        except (NotCanonical, Malformed) as exc:
            self._broken(path, f"it, or its proof, is not in its one form: {exc}")
            return
        self.lines += 1
        self._take(stated, raw, event, number, case)
        problem = _unproved(told, number, raw, seals, stated.get("seal"))
        if problem:
            self.report.add(Finding("lines", Severity.BROKEN, path, problem, meaning=_NOT_THERE))
        else:
            self.proved += 1

    def _take(self, stated: dict[str, Json], raw: bytes, event: Event, number: int, case: str) -> None:
        """Judge what the line says, and remember it for its item."""
        path = f"lines/{number:06d}.json"
        about = event.data.get("item")
        item = self.items.get(about) if isinstance(about, int) else None
        said = (stated.get("event"), stated.get("item"))
        problems = shape_problems(event.event, event.data)
        if problems:
            self._broken(path, f"it is not what such a line says: {'; '.join(problems)[:400]}")
        elif (event.case, event.seq) != (case, number) or said != (event.event, about):
            self._broken(path, "it is another line, or of another case, than the disclosure says")
        elif event.event not in _ABOUT or item is None:
            self._broken(path, f"it is about something that is not disclosed: {quoted(event.event)}")
        elif event.event == "item.requested":
            item.requested, item.requested_sha256 = number, sha256_hex(raw)
        elif event.event == "item.withheld":
            item.withheld = number
        elif event.event != "note.added":
            item.outcome = event

    def _evidence(self, number: int, item: _Item, case: str) -> int:
        """Judge the evidence of an item by its lines, and return how many records it has."""
        event = item.outcome
        if event is None or not item.requested:
            message = f"the line that requests item {number}, or the one with its outcome, is not there"
            self._broken(STATEMENT, message)
            return 0
        if event.data.get("requested") != item.requested:
            self._broken(f"lines/{event.seq:06d}.json", f"item {number} was requested on another line than it says")
        claim = Claim(case, number, event.seq, event.at, event.event, event.data, item.requested_sha256)
        if "file" not in event.data:
            return 0
        if item.withheld and claim.path not in self.bundle.members:
            message = f"item {number} was withheld on log line {item.withheld}: its evidence is not disclosed"
            self.report.add(Finding("files", Severity.NOTE, shown(claim.path), message))
            return 0
        self.expected.add(claim.path)
        if claim.path != f"evidence/{number // 1000:03d}/{number:06d}.warc.gz":
            self._broken(f"lines/{event.seq:06d}.json", f"it names {quoted(claim.path)} where item {number} belongs")
            return 0
        checked = check_item(self.bundle, claim)
        self.report.extend(checked.findings)
        if checked.missing:
            message = f"the file of item {number}, which log line {event.seq} records, is missing"
            meaning = "the evidence that this disclosure is about is not in it"
            self.report.add(Finding("files", Severity.BROKEN, claim.path, message, meaning=meaning))
        return checked.records

    def _nothing_else(self) -> None:
        stated = {members(file).get("path") for file in listed(self.statement.get("files"))}
        there = self.bundle.members.keys() - BY_HAND - {STATEMENT, SUMS}
        for name in sorted(there - self.expected):
            self._broken(name, "it belongs to none of the items, lines and seals that are disclosed")
        if stated != there:
            some = ", ".join(sorted(map(quoted, stated ^ there))[:5])
            self._broken(STATEMENT, f"the files that it lists are not those that are there: {some}")

    def _sound(self, counts: Counts, seals: DisclosedSeals) -> None:
        last = max((sealed.number for sealed in seals.seals), default=0)
        texts = {
            "files": f"{counts['items']} items: size and SHA-256 of their evidence as the disclosed lines record them",
            "structure": f"{counts['records']} records: every byte of every file belongs to one",
            "digests": f"{counts['records']} records: blocks, payloads and entities match their digests",
            "records": "the evidence and the lines that describe it agree",
            "lines": f"{self.proved} lines of the log, each in the list of entries and in the tree of its seal",
            "seals": f"{counts['seals']} seals, the newest number {last}: each is what was signed and stamped",
        }
        for check, text in texts.items():
            if self.report.wants(check) and self.report.clean(check):
                self.report.add(Finding(check, Severity.OK, "", text))

    def _broken(self, subject: str, message: str) -> None:
        self.report.add(Finding("lines", Severity.BROKEN, shown(subject), message, meaning=_STORY))


def _unproved(told: dict[str, Json], number: int, raw: bytes, seals: DisclosedSeals, seal: Json) -> str:
    """Return why a line is not in the list of entries, or its proof does not lead to the tree, of its seal; or ""."""
    sealed = seals.text(seal)
    if sealed is None:
        return f"seal {quoted(seal)}, under which it is said to be, cannot be relied upon"
    if problem := seals.covers(sealed, number, raw):
        return problem
    size, hashes = told.get("tree_size"), listed(told.get("hashes"))
    if told.get("line") != number or size != sealed.last_line or not all(map(_is_hash, hashes)):
        return f"its proof is of another line, or of another tree than that of seal {sealed.number}"
    try:
        path = [bytes.fromhex(str(text)) for text in hashes]
        root = root_from_proof(leaf_hash(raw), number - 1, sealed.last_line, path).hex()
    except ValueError as exc:
        return f"its proof is none: {exc}"
    return "" if root == sealed.tree_root else f"its proof does not lead to the tree of seal {sealed.number}"


def _is_hash(value: Json) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None
