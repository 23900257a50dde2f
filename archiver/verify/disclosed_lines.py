"""The lines of a log that a disclosure shows: each in its one form, about an item that is shown, and under its seal."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from archiver.bundle.members import Bundle
from archiver.canon import Json, NotCanonical, dumps, loads, sha256_hex
from archiver.custody.log import MAX_LINE, Event, Malformed, parse_line
from archiver.custody.merkle import leaf_hash, root_from_proof
from archiver.custody.seal import Seal
from archiver.custody.shapes import shape_problems
from archiver.custody.state import OUTCOMES
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import listed, members
from archiver.verify.disclosed_files import STATEMENT
from archiver.verify.disclosed_seals import DisclosedSeals
from archiver.verify.listed import shown
from archiver.verify.report import quoted

MAX_PROOF = 1 << 16  # bytes; the longest of a log of 2^53 lines has 3,700
STORY = "what this disclosure says of itself and what it holds differ: it was changed, or put together of several"

_ABOUT = OUTCOMES | {"item.requested", "item.withheld", "note.added"}
_REPEATED = ("url", "note", "tags", "request_url")  # the words of a request that its outcome repeats
_NOT_THERE = "nothing shows that this line is in the sealed log: it may have been made up"
_NEWER = "a newer program wrote this; verify the disclosure with that one"


@dataclass(slots=True)
class DisclosedItem:
    """What the lines say of one item."""

    requested: Event | None = None
    requested_sha256: str = ""
    outcome: Event | None = None
    withheld: int = 0


@dataclass(slots=True)
class DisclosedLines:
    """Give it what the statement says of each line, in order; `items` then has what they tell.

    `stated` is what the statement has to say of the lines taken so far, by their numbers; `read` counts those that are
    lines of a log, `proved` those that are shown to be under their seals. `unread` says that there is one of which
    nothing can be said: then what seems to be missing may be in that one.
    """

    bundle: Bundle
    case: str
    seals: DisclosedSeals
    items: dict[int, DisclosedItem]
    expected: dict[str, str] = field(default_factory=dict)
    stated: dict[int, dict[str, Json]] = field(default_factory=dict)
    read: int = 0
    proved: int = 0
    unread: bool = False

    def take(self, stated: dict[str, Json]) -> Iterator[Finding]:
        """Yield what is wrong with a line."""
        number = stated.get("line")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 1 << 53:
            yield broken(STATEMENT, f"it tells of a line without a number: {quoted(stated)}")
            return
        path, proof = f"lines/{number:06d}.json", f"proofs/{number:06d}.json"
        if number in self.stated or (stated.get("file"), stated.get("proof")) != (path, proof):
            yield broken(STATEMENT, f"it tells of line {number} twice, or of other files than its own")
            return
        self.expected |= {path: "line", proof: "proof"}
        self.stated[number] = stated
        try:
            raw = self.bundle.read(path, MAX_LINE)
        except CaseError as exc:
            yield self._unread(path, exc)
            return
        try:
            event = parse_line(raw)
        except (NotCanonical, Malformed) as exc:
            if not _newer(raw):
                yield broken(path, f"it is not in its one form: {exc}")
                return
            self.unread = True
            message = "it is a line of a newer version, which is not known here"
            yield Finding("lines", Severity.UNCHECKED, path, message, meaning=_NEWER)
            yield from self._proof(number, raw, None, stated.get("seal"))
            return
        self.read += 1
        said = {"line": number, "event": event.event, "item": event.data.get("item"), "file": path, "proof": proof}
        self.stated[number] = {**said, "seal": stated.get("seal")}
        yield from self._told(event, raw, stated)
        yield from self._proof(number, raw, event.prev, stated.get("seal"))

    def _told(self, event: Event, raw: bytes, stated: dict[str, Json]) -> Iterator[Finding]:
        """Judge what the line says, and remember it for its item."""
        path = f"lines/{stated['line']:06d}.json"
        about = event.data.get("item")
        item = self.items.get(about) if isinstance(about, int) and not isinstance(about, bool) else None
        said = (stated.get("event"), stated.get("item"))
        problems = shape_problems(event.event, event.data)
        if problems:
            yield broken(path, f"it is not what such a line says: {'; '.join(problems)[:400]}")
        elif (event.case, event.seq) != (self.case, stated["line"]) or said != (event.event, about):
            yield broken(path, "it is another line, or of another case, than the disclosure says")
        elif event.event not in _ABOUT or item is None:
            yield broken(path, f"it is about something that is not disclosed: {quoted(event.event)}")
        elif _has(item, event):
            yield broken(path, f"it is the second line that says {event.event} of item {about}, or gives it an outcome")
        else:
            _remember(item, event, raw)

    def _proof(self, number: int, raw: bytes, prev: str | None, said: Json) -> Iterator[Finding]:
        """Yield why a line is not shown to be under its seal."""
        path, seal = f"lines/{number:06d}.json", self.seals.text(said)
        if seal is None:
            dark = self.seals.unread
            self.unread = self.unread or dark
            severity = Severity.UNCHECKED if dark else Severity.BROKEN
            message = f"seal {quoted(said)}, under which it is said to be, cannot be relied upon"
            yield Finding("lines", severity, path, message, meaning=_NOT_THERE)
            return
        if found := self.seals.uncovered(seal, number, raw, prev):
            yield Finding("lines", found[0], path, found[1], meaning=_NOT_THERE)
            return
        try:
            problem = _leads_elsewhere(self.bundle.read(f"proofs/{number:06d}.json", MAX_PROOF), number, raw, seal)
        except CaseError as exc:
            yield self._unread(f"proofs/{number:06d}.json", exc)
            return
        if problem:
            yield Finding("lines", Severity.BROKEN, path, problem, meaning=_NOT_THERE)
        else:
            self.proved += 1

    def _unread(self, path: str, exc: CaseError) -> Finding:
        dark = exc.kind not in {"missing", "damaged", "large"}
        self.unread = self.unread or dark
        severity = Severity.UNCHECKED if dark else Severity.BROKEN
        return Finding("lines", severity, path, exc.message, meaning=_NOT_THERE)


def unlike(asked: Event, outcome: Event) -> list[str]:
    """Return the words of the request that the outcome has in another form."""
    return [name for name in _REPEATED if name in outcome.data and outcome.data[name] != asked.data.get(name)]


def broken(subject: str, message: str) -> Finding:
    """Return that the disclosure contradicts itself."""
    return Finding("lines", Severity.BROKEN, shown(subject), message, meaning=STORY)


def _has(item: DisclosedItem, event: Event) -> bool:
    if event.event == "note.added":
        return False
    if event.event == "item.withheld":
        return bool(item.withheld)
    return (item.requested if event.event == "item.requested" else item.outcome) is not None


def _remember(item: DisclosedItem, event: Event, raw: bytes) -> None:
    if event.event == "item.requested":
        item.requested, item.requested_sha256 = event, sha256_hex(raw)
    elif event.event == "item.withheld":
        item.withheld = event.seq
    elif event.event in OUTCOMES:
        item.outcome = event


def _newer(raw: bytes) -> bool:
    try:
        version = members(loads(raw[:-1])).get("v")
    except NotCanonical:
        return False
    return isinstance(version, int) and not isinstance(version, bool) and version > 1


def _leads_elsewhere(proof: bytes, number: int, raw: bytes, seal: Seal) -> str:
    """Return why a proof does not lead from a line to the tree of its seal, "" where it does."""
    try:
        hashes = listed(members(loads(proof.removesuffix(b"\n"))).get("hashes"))
    except NotCanonical as exc:
        return f"its proof is not in its one form: {exc}"
    if proof != dumps({"hashes": hashes, "line": number, "tree_size": seal.last_line}) + b"\n":
        return f"its proof is of another line, or of another tree than that of seal {seal.number}, or says more"
    if not all(isinstance(text, str) and re.fullmatch(r"[0-9a-f]{64}", text) for text in hashes):
        return "its proof is none: what must be hashes are not"
    try:
        path = [bytes.fromhex(str(text)) for text in hashes]
        root = root_from_proof(leaf_hash(raw), number - 1, seal.last_line, path).hex()
    except ValueError as exc:
        return f"its proof is none: {exc}"
    return "" if root == seal.tree_root else f"its proof does not lead to the tree of seal {seal.number}"
