"""The index of a WACZ against the records that it names: programs show what it says, not what the WARCs hold."""

import hashlib
import re
from collections.abc import Iterator

from archiver.bundle.members import Bundle
from archiver.canon import Json
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.listed import shown
from archiver.verify.loose_json import BadJson, loose_json
from archiver.verify.report import quoted
from archiver.verify.wacz_lines import lines_of
from archiver.verify.wacz_records import MAX_RECORDS, Found, Records

MAX_BLOCKS = 1 << 26  # bytes of a packed index that are held to be compared with the list of its blocks

_INDEX = re.compile(r"indexes/[^/]+\.(?:cdxj?(?:\.gz)?|idx)")
_TIME = re.compile(r"[0-9]{14}(?:[0-9]{3})?")
_SHA256 = re.compile(r"(?:sha-?256):([0-9a-f]{64})")
_MEANING = "a program that shows this WACZ goes by the index: it shows something else than was captured, or nothing"


def index_files(bundle: Bundle) -> frozenset[str]:
    """Return the names of the files that make up the index."""
    return frozenset(name for name in bundle.members if _INDEX.fullmatch(name))


def check_index(bundle: Bundle, records: Records) -> Iterator[Finding]:
    """Yield where the index differs from the records; marks those that it names."""
    names = sorted(index_files(bundle))
    for name in names:
        try:
            if name.endswith(".idx"):
                yield from _blocks(bundle, name)
            else:
                yield from _entries(bundle, name, records)
        except CaseError as exc:
            severity = Severity.BROKEN if exc.kind in {"damaged", "missing"} else Severity.UNCHECKED
            yield Finding("index", severity, shown(name), exc.message, meaning="what follows in it was not looked at")
    if names and all(name.endswith(".gz") for name in names):
        message = "the index is packed, and there is no list of its blocks: programs do not find it"
        yield Finding("index", Severity.NOTE, names[0], message, meaning=_MEANING)
    yield from _left_out(records)


def _left_out(records: Records) -> Iterator[Finding]:
    hidden = [found for found in records.found.values() if not found.indexed and found.type in {"response", "revisit"}]
    if hidden:
        message = f"{len(hidden)} answers in the WARCs are in no index, the first of {quoted(hidden[0].url)}"
        meaning = "they are there, and a program that shows this WACZ does not show them"
        yield Finding("index", Severity.NOTE, "", message, meaning=meaning)
    if records.beyond:
        message = f"{records.beyond} records behind the first {MAX_RECORDS} were not compared with the index"
        yield Finding("index", Severity.UNCHECKED, "", message, meaning="nothing can be said of their entries")


def _entries(bundle: Bundle, name: str, records: Records) -> Iterator[Finding]:
    before = b""
    unsorted = 0
    for number, line in enumerate(lines_of(bundle, name), 1):
        if not line.strip() or (number == 1 and line.startswith((b" CDX", b"!meta"))):
            continue
        unsorted += line < before
        before = line
        for message in _entry(line, records):
            yield Finding("index", Severity.BROKEN, shown(name), message, f"line {number}", _MEANING)
    if unsorted:
        message = f"{unsorted} of its lines are not in their order, byte by byte: searches in it miss entries"
        yield Finding("index", Severity.BROKEN, shown(name), message, meaning=_MEANING)


def _entry(line: bytes, records: Records) -> Iterator[str]:
    key, _, rest = line.partition(b" ")
    time, _, text = rest.partition(b" ")
    at = time.decode("ascii", "replace")
    try:
        facts = members(loose_json(text))
    except BadJson as exc:
        yield f"it cannot be read: {exc}"
        return
    offset = _number(facts.get("offset"))
    if not key or _TIME.fullmatch(at) is None or not facts or offset is None:
        yield "it is not a key, a time and an entry with an offset"
        return
    found = records.found.get((str(facts.get("filename")), offset))
    if found is None and not records.beyond:
        yield f"no record that can be shown begins at byte {offset} of {quoted(facts.get('filename'))}"
    if found is not None:
        found.indexed = True
        records.matched += 1
        for name, said, stored in _differences(at, facts, found):
            yield f"its {name} is {quoted(said)}, and the record has {quoted(stored)}"


def _differences(at: str, facts: dict[str, Json], found: Found) -> Iterator[tuple[str, object, object]]:
    if found.at[: len(at)] != at:
        yield "time", at, found.at[: len(at)]
    if _number(facts.get("length")) != found.length:
        yield "length", facts.get("length"), found.length
    if facts.get("url") != found.url:
        yield "url", facts.get("url"), found.url
    status = str(facts.get("status", found.status))
    if found.type == "response" and found.status and status != found.status:
        yield "status", status, found.status
    digest = str(facts.get("digest", ""))
    if found.payload and digest.partition(":")[0] == found.payload.partition(":")[0] and digest != found.payload:
        yield "digest", digest, found.payload
    stored = _SHA256.fullmatch(str(facts.get("recordDigest", "")))
    if stored is not None and found.sha256 and stored[1] != found.sha256:
        yield "recordDigest", stored[1], found.sha256


def _number(value: Json) -> int | None:
    """Return a number that may be written as text, as older programs do."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value) else None


def _blocks(bundle: Bundle, name: str) -> Iterator[Finding]:
    """Yield where the list of the blocks of a packed index differs from them."""
    packed: dict[str, bytes] = {}
    reached: dict[str, int] = {}
    usual: Json = None  # the index of all blocks that do not say in which they lie
    for number, line in enumerate(lines_of(bundle, name), 1):
        where = f"line {number}"
        if not line.strip():
            continue
        try:
            facts = members(loose_json(line[line.index(b"{") :]))
        except ValueError:
            yield Finding("index", Severity.BROKEN, shown(name), "it names no block", where, _MEANING)
            continue
        if line.startswith(b"!meta "):
            usual = facts.get("filename")
            continue
        file = f"indexes/{facts.get('filename', usual)}"
        if file not in packed:
            packed[file] = bundle.read(file, MAX_BLOCKS)
        offset, length = _number(facts.get("offset")), _number(facts.get("length"))
        if offset != reached.get(file, 0) or length is None or offset + length > len(packed[file]):
            message = "the block that it names does not follow the one before, or lies outside the index"
            yield Finding("index", Severity.BROKEN, shown(name), message, where, _MEANING)
            return
        reached[file] = offset + length
        digest = _SHA256.fullmatch(str(facts.get("digest", "")))
        data = packed[file][offset : offset + length]
        if digest is not None and hashlib.sha256(data).hexdigest() != digest[1]:
            message = "the block that it names has another digest"
            yield Finding("index", Severity.BROKEN, shown(name), message, where, _MEANING)
    for file, end in reached.items():
        if end != len(packed[file]):
            message = f"it names the blocks of {shown(file)} up to byte {end}, and that has {len(packed[file])} bytes"
            yield Finding("index", Severity.BROKEN, shown(name), message, meaning=_MEANING)
