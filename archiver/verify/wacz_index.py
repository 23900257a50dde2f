"""The index of a WACZ against the records that it names: programs show what it says, not what the WARCs hold."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from archiver.bundle.members import Bundle
from archiver.canon import Json
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.listed import shown
from archiver.verify.loose_json import BadJson, loose_json
from archiver.verify.report import quoted
from archiver.verify.wacz_asked import key_fits
from archiver.verify.wacz_blocks import MEANING, SHA256, Blocks, number_of
from archiver.verify.wacz_lines import lines_of
from archiver.verify.wacz_records import MAX_RECORDS, Found, Records, brief

_INDEX = re.compile(r"indexes/[^/]+\.(?:cdxj?(?:\.gz)?|idx)")
_TAKEN = (".cdx", ".cdxj", ".idx")  # names that programs take for an index, wherever the file lies
_TIME = re.compile(r"[0-9]{14}(?:[0-9]{3})?")
_WWW = re.compile(r"^www\d*\.")
_HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*")  # one that everybody turns round alike


def index_files(bundle: Bundle) -> frozenset[str]:
    """Return the names of the files that make up the index."""
    return frozenset(name for name in bundle.members if _INDEX.fullmatch(name))


def check_index(bundle: Bundle, records: Records, *, ours: bool) -> Iterator[Finding]:
    """Yield where the index differs from the records; marks those that it names.

    `ours` says that the WACZ holds a case: then the index has an entry for each record that is shown, as we write it.
    """
    names = index_files(bundle) | {name for name in bundle.members if name.endswith(_TAKEN)}
    lists = [Blocks(bundle, name) for name in sorted(names) if name.endswith(".idx")]
    for blocks in lists:
        yield from _read(blocks.name, blocks.check())
    for name in sorted(name for name in names if not name.endswith(".idx")):
        found = not name.endswith(".gz") or any(name in blocks.named for blocks in lists)
        yield from _read(name, _entries(bundle, name, records, found=found, ours=ours))
        if not found:
            message = "the index is packed, and there is no list of its blocks: programs do not find it"
            yield Finding("index", Severity.NOTE, shown(name), message, meaning=MEANING)
    yield from _left_out(records, ours=ours)


def _read(name: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except CaseError as exc:
        severity = Severity.BROKEN if exc.kind in {"damaged", "missing"} else Severity.UNCHECKED
        yield Finding("index", severity, shown(name), exc.message, meaning="what follows in it was not looked at")


def _left_out(records: Records, *, ours: bool) -> Iterator[Finding]:
    kinds = {"response", "resource" if ours else "revisit"}
    hidden = [found for found in records.found.values() if not found.indexed and found.type in kinds]
    if hidden:
        message = f"{len(hidden)} answers in the WARCs are in no index, the first of {quoted(hidden[0].url)}"
        meaning = "they are there, and a program that shows this WACZ does not show them"
        lost = ours and any(found.status or found.type == "resource" for found in hidden)
        yield Finding("index", Severity.BROKEN if lost else Severity.NOTE, "", message, meaning=meaning)
    if records.strange:
        message = (
            f"{records.strange} entries tell of the body of a request, and it could not be told whether it is that"
        )
        meaning = "programs go by this: they may show the answer to another request"
        yield Finding("index", Severity.UNCHECKED, "", message, meaning=meaning)
    if records.beyond:
        message = f"{records.beyond} records behind the first {MAX_RECORDS} were not compared with the index"
        yield Finding("index", Severity.UNCHECKED, "", message, meaning="nothing can be said of their entries")


def _entries(bundle: Bundle, name: str, records: Records, *, found: bool, ours: bool) -> Iterator[Finding]:
    """Yield what is wrong with the entries of one index; `found` says whether programs find it."""
    before = b""
    unsorted = 0
    for number, line in enumerate(lines_of(bundle, name), 1):
        if not line.strip() or (number == 1 and line.startswith((b" CDX", b"!meta"))):
            continue
        unsorted += line < before
        before = line
        for message in _entry(line, records, found=found, ours=ours):
            yield Finding("index", Severity.BROKEN, shown(name), message, f"line {number}", MEANING)
    if unsorted:
        message = f"{unsorted} of its lines are not in their order, byte by byte: searches in it miss entries"
        yield Finding("index", Severity.BROKEN, shown(name), message, meaning=MEANING)


def _entry(line: bytes, records: Records, *, found: bool, ours: bool) -> Iterator[str]:
    key, _, rest = line.partition(b" ")
    time, _, text = rest.partition(b" ")
    at = time.decode("ascii", "replace")
    try:
        facts = members(loose_json(text))
    except BadJson as exc:
        yield f"it cannot be read: {exc}"
        return
    offset = number_of(facts.get("offset"))
    if not key or _TIME.fullmatch(at) is None or not facts or offset is None:
        yield "it is not a key, a time and an entry with an offset"
        return
    record = records.found.get((str(facts.get("filename")), offset))
    if record is None and not records.beyond:
        yield f"no record that can be shown begins at byte {offset} of {quoted(facts.get('filename'))}"
    if record is not None:
        record.indexed |= found
        records.matched += found
        differences = _from_ours(facts, record) if ours else _differences(facts, record)
        for name, said, stored in (*_time(at, record), *differences):
            yield f"its {name} is {quoted(said)}, and the record has {quoted(stored)}"
        said, url = key.decode("utf-8", "backslashreplace"), str(facts.get("url"))
        if not _host_fits(said, url) or (ours and not key_fits(said, url, record.asked)):
            more = f" and its request, a {quoted(record.asked.method)}" if record.asked and record.asked.fields else ""
            yield f"its key {quoted(said)} is not of {quoted(url)}{more}"
        records.strange += not ours and _strange(facts, record)


def _time(at: str, record: Found) -> Iterator[tuple[str, object, object]]:
    if record.at[: len(at)] != at:
        yield "time", at, record.at[: len(at)]


def _differences(facts: dict[str, Json], record: Found) -> Iterator[tuple[str, object, object]]:
    if number_of(facts.get("length")) != record.length:
        yield "length", facts.get("length"), record.length
    url = facts.get("url")
    if not isinstance(url, str) or brief(url) != record.url:
        yield "url", url, record.url
    status = str(facts.get("status", record.status))
    if record.type == "response" and record.status and status != record.status:
        yield "status", status, record.status
    digest = str(facts.get("digest", ""))
    if record.payload and digest.partition(":")[0] == record.payload.partition(":")[0] and digest != record.payload:
        yield "digest", digest, record.payload
    method = facts.get("method")
    if method is not None and record.asked is not None and method != record.asked.method:
        yield "method", method, record.asked.method
    stored = SHA256.fullmatch(str(facts.get("recordDigest", "")))
    if stored is not None and record.sha256 and stored[1] != record.sha256:
        yield "recordDigest", stored[1], record.sha256


def _from_ours(facts: dict[str, Json], record: Found) -> Iterator[tuple[str, object, object]]:
    """Yield where an entry is not the one that we write: all of it follows from the record (exports.md §5.2)."""
    due: dict[str, Json] = {
        "url": record.url,
        "mime": record.mime,
        "status": record.status or "200",
        "digest": f"sha256:{record.entity}",
        "length": str(record.length),
        "recordDigest": f"sha256:{record.sha256}",
    }
    if record.asked is not None and record.asked.fields:
        due["method"] = record.asked.method
        due |= {"requestBody": record.asked.body} if record.asked.body else {}
    for name, known in due.items():
        said = facts.get(name)
        if (brief(said) if isinstance(said, str) else said) != known:
            yield name, said, known
    for name in sorted(facts.keys() - due.keys() - {"offset", "filename"}):
        yield f"member {quoted(name)}", facts[name], None


def _strange(facts: dict[str, Json], record: Found) -> bool:
    """Return whether an entry tells of a body in a way that is not known here."""
    body = facts.get("requestBody")
    if not body or record.asked is None:
        return False
    return not isinstance(body, str) or brief(body) not in record.asked.others


def _host_fits(key: str, url: str) -> bool:
    """Return whether a key is of the host of `url`: some programs look for the key alone, and show what it leads to."""
    try:
        host = urlsplit(url.lower()).hostname or ""
    except ValueError:
        return True
    if not url.lower().startswith(("http://", "https://")) or _HOST.fullmatch(host) is None or "://" in key:
        return True
    turned = key.lower().partition(")")[0].partition(":")[0].rstrip(",")
    return ".".join(reversed(turned.split(","))) in {host, _WWW.sub("", host, count=1)}
