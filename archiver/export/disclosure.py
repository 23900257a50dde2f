"""Some items of a case, and the proof that they are in it, without a byte of the others (docs/spec/exports.md §4)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from archiver import canon
from archiver.custody.log import Event
from archiver.custody.merkle import inclusion_proofs, leaf_hash, root_from_proof
from archiver.custody.read import RawLine, Snapshot
from archiver.custody.seal import Seal
from archiver.custody.sealstate import SEAL_FILES
from archiver.custody.state import OUTCOMES
from archiver.errors import UsageError
from archiver.export.entries import Entry, refused, sums
from archiver.export.facts import Facts, Line
from archiver.export.kit import kit
from archiver.export.sealed import Sealed, read_sealed, stored

SCHEMA = "archiver-disclosure/1"
SUMS = "SHA256SUMS"
INDEX = "disclosure.json"

_ABOUT = OUTCOMES | {"item.requested", "item.withheld", "note.added"}
_NOT_DISCLOSED = {"files"}  # the list of the evidence of all items under the seal
_WHAT = {"file": "seal", "signature": "signature", "sums": "sums", "entries": "entries"}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The files of a disclosure, and the case that they were taken from, with the seals that are in it and no others:
    how many the case has by now, and since when, is not told either. `named` are other hosts that the lines
    name: how an item was reached stands in its line, and a line is whole or not there.
    """

    sealed: Sealed
    entries: tuple[Entry, ...]
    named: tuple[str, ...]


@dataclass(slots=True)
class _Lines:
    """The lines about some items, as they go by, and a hash of every other one."""

    items: frozenset[int]
    leaves: list[bytes] = field(default_factory=list)
    shown: list[tuple[RawLine, Event]] = field(default_factory=list)

    def take(self, raw: RawLine, event: Event) -> None:
        self.leaves.append(leaf_hash(raw.raw))
        if event.event in _ABOUT and event.data["item"] in self.items:
            self.shown.append((raw, event))


def disclosure(case: Snapshot, items: Sequence[int]) -> Disclosure:
    """Return what shows `items` to somebody who is to see no other one.

    Raises `UsageError` ("item") when the case has none of such a number, or its outcome is under no seal, and as
    `read_sealed`.
    """
    lines = _Lines(frozenset(items))
    sealed = read_sealed(case, lines.take)
    for item in sorted(lines.items):
        if item not in sealed.state.items:
            raise UsageError("item", f"item {item}: the case has none of this number", "archiver list shows the items")
        if not 0 < sealed.state.items[item].outcome <= sealed.seal.last_line:
            raise UsageError("item", f"item {item}: its outcome is under no seal yet", "archiver seal")
    shown = [(raw, event) for raw, event in lines.shown if raw.number <= sealed.seal.last_line]
    parts = [*_evidence(sealed, sorted(lines.items)), *_lines(sealed, shown, lines.leaves), *_seals(sealed, shown)]
    index = _index(sealed, sorted(lines.items), shown, parts)
    names = sorted(("VERIFY.txt", "verify.py", SUMS, INDEX, *(part.entry.name for part in parts)))
    by_hand = kit(_facts(sealed, sorted(lines.items), shown, names))
    found = sorted((index, *by_hand, *(part.entry for part in parts)), key=lambda entry: entry.name)
    told = replace(sealed, seals=tuple(_covering(sealed, shown)))
    named = dict.fromkeys(text for _, event in shown for text in _named(event))
    return Disclosure(told, (Entry.of_bytes(SUMS, sums(found)), *found), tuple(named))


def _named(event: Event) -> Iterator[str]:
    """Yield what the request of an item says of other hosts, in words of its route."""
    settings = event.data.get("settings") if event.event == "item.requested" else None
    route = settings.get("route") if isinstance(settings, dict) else None
    if isinstance(route, dict):
        for name in ("allow_host", "connect_to", "proxy"):
            value = route.get(name)
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str):
                    yield f"{name} {text}"


@dataclass(frozen=True, slots=True)
class _Part:
    what: str
    entry: Entry


def _evidence(sealed: Sealed, items: Sequence[int]) -> Iterator[_Part]:
    for item in items:
        if (file := sealed.evidence(item)) is not None:
            yield _Part("evidence", Entry.of_case(file.path, sealed.case, file))


def _lines(sealed: Sealed, shown: list[tuple[RawLine, Event]], leaves: list[bytes]) -> Iterator[_Part]:
    for raw, _ in shown:
        yield _Part("line", Entry.of_bytes(_line_path(raw.number), raw.raw))
    for seal, group in groupby((raw.number for raw, _ in shown), key=sealed.covering):
        numbers = list(group)
        below = leaves[: seal.last_line]
        proofs = inclusion_proofs(below, [number - 1 for number in numbers])
        for number, proof in zip(numbers, proofs, strict=True):
            if root_from_proof(below[number - 1], number - 1, len(below), proof).hex() != seal.tree_root:
                raise refused(f"the tree of seal {seal.number} is not that of its lines")
            told = {"line": number, "tree_size": len(below), "hashes": [hash.hex() for hash in proof]}
            yield _Part("proof", _json(_proof_path(number), told))


def _seals(sealed: Sealed, shown: list[tuple[RawLine, Event]]) -> Iterator[_Part]:
    for seal in _covering(sealed, shown):
        data = sealed.completed[seal.number - 1].data
        for member in SEAL_FILES.keys() - _NOT_DISCLOSED:
            if data[member] is not None:
                yield _Part(_WHAT[member], _copy(sealed, data[member]))
        for token in sealed.tokens(seal):
            yield _Part("request", _copy(sealed, token["request"]))
            yield _Part("response", _copy(sealed, token["response"]))


def _covering(sealed: Sealed, shown: list[tuple[RawLine, Event]]) -> list[Seal]:
    found = {sealed.covering(raw.number).number for raw, _ in shown}
    return [sealed.seals[number - 1] for number in sorted(found)]


def _index(sealed: Sealed, items: list[int], shown: list[tuple[RawLine, Event]], parts: list[_Part]) -> Entry:
    lines = [
        {
            "line": raw.number,
            "item": event.data["item"],
            "event": event.event,
            "seal": sealed.covering(raw.number).number,
            "file": _line_path(raw.number),
            "proof": _proof_path(raw.number),
        }
        for raw, event in shown
    ]
    seals = [{"seal": seal.number, "tokens": _tokens(sealed, seal)} for seal in _covering(sealed, shown)]
    files = sorted((part.entry.name, part.what) for part in parts)
    told = {
        "schema": SCHEMA,
        "case": sealed.state.case,
        "items": items,
        "lines": lines,
        "seals": seals,
        "files": [{"path": path, "what": what} for path, what in files],
    }
    return _json(INDEX, told)


def _tokens(sealed: Sealed, seal: Seal) -> list[dict[str, str]]:
    return [
        {
            "authority": token["authority"],
            "request": token["request"]["path"],
            "response": token["response"]["path"],
        }
        for token in sealed.tokens(seal)
    ]


def _facts(sealed: Sealed, items: Sequence[int], shown: list[tuple[RawLine, Event]], names: Sequence[str]) -> Facts:
    lines = tuple(Line(raw.number, raw.sha256, sealed.covering(raw.number).number, event.event) for raw, event in shown)
    seals = tuple(map(sealed.facts, _covering(sealed, shown)))
    return Facts("disclosure", seals, exhibits=sealed.exhibits(items), lines=lines, names=tuple(names))


def _copy(sealed: Sealed, file: dict[str, Any]) -> Entry:
    return Entry.of_case(file["path"], sealed.case, stored(file))


def _json(name: str, value: object) -> Entry:
    return Entry.of_bytes(name, canon.dumps(value) + b"\n")


def _line_path(number: int) -> str:
    return f"lines/{number:06d}.json"


def _proof_path(number: int) -> str:
    return f"proofs/{number:06d}.json"
