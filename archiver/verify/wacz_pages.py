"""The pages of a WACZ: what people are offered to look at, each of which must have been captured."""

from collections.abc import Iterator
from datetime import UTC, datetime

from archiver.bundle.members import Bundle
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.listed import shown
from archiver.verify.loose_json import BadJson, loose_json
from archiver.verify.report import quoted
from archiver.verify.wacz_lines import lines_of
from archiver.verify.wacz_records import Records

PAGES = "pages/pages.jsonl"
_MEANING = "the list of pages offers what was not captured, or not then"


def check_pages(bundle: Bundle, records: Records) -> Iterator[Finding]:
    """Yield where the lists of pages are not such lists, or name what no record holds."""
    captured: set[tuple[str, str]] = set()
    for found in records.found.values():
        captured.add((found.url, found.at[:14]))
    for name in sorted(bundle.members):
        if name.startswith("pages/") and name.endswith(".jsonl"):
            try:
                yield from _list(bundle, name, captured, complete=not records.beyond)
            except CaseError as exc:
                severity = Severity.BROKEN if exc.kind == "damaged" else Severity.UNCHECKED
                yield Finding("index", severity, shown(name), exc.message, meaning="what follows was not looked at")


def _list(bundle: Bundle, name: str, captured: set[tuple[str, str]], *, complete: bool) -> Iterator[Finding]:
    strange = 0
    first = ""
    number = 0
    for number, line in enumerate(lines_of(bundle, name), 1):
        try:
            facts = members(loose_json(line)) if line.strip() else {}
        except BadJson as exc:
            yield Finding(
                "index", Severity.BROKEN, shown(name), f"it cannot be read: {exc}", f"line {number}", _MEANING
            )
            continue
        if number == 1:
            if not str(facts.get("format", "")).startswith("json-pages-"):
                message = "its first line is no header, and programs take it for one: they leave a page out"
                yield Finding("index", Severity.BROKEN, shown(name), message, meaning=_MEANING)
            continue
        if not facts and not line.strip():
            continue
        url, at = facts.get("url"), _digits(facts.get("ts"))
        if not isinstance(url, str) or not at:
            message = f"it has no address or no time: {quoted(facts)}"
            yield Finding("index", Severity.BROKEN, shown(name), message, f"line {number}", _MEANING)
        elif (url, at) not in captured:
            strange += 1
            first = first or f"{quoted(url)} of {at}"
    if not number:
        message = "it is empty: it has no header and offers nothing"
        yield Finding("index", Severity.BROKEN, shown(name), message, meaning=_MEANING)
    if strange and complete:
        message = f"{strange} pages are listed of which no record has that address and time, the first {first}"
        yield Finding("index", Severity.UNCHECKED, shown(name), message, meaning=_MEANING)


def _digits(value: object) -> str:
    """Return an RFC 3339 time as 14 digits in UTC, "" when it is none."""
    try:
        at = datetime.fromisoformat(str(value))
        return at.astimezone(UTC).strftime("%Y%m%d%H%M%S") if at.tzinfo is not None else ""
    except (ValueError, OverflowError):
        return ""
