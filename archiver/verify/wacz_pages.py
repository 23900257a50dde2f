"""The pages of a WACZ: what people are offered to look at, each of which must have been captured."""

from collections.abc import Iterator
from datetime import UTC, datetime

from archiver.bundle.members import Bundle
from archiver.canon import Json
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.listed import shown
from archiver.verify.loose_json import BadJson, loose_json
from archiver.verify.report import quoted
from archiver.verify.wacz_lines import lines_of
from archiver.verify.wacz_records import Records, brief
from archiver.verify.wacz_told import Page, Told

PAGES = "pages/pages.jsonl"
_MEANING = "the list of pages offers what was not captured, or not then"
_LOG = "people are offered something else than the log says of the item"


def check_pages(bundle: Bundle, records: Records, told: Told | None) -> Iterator[Finding]:
    """Yield where the lists of pages are not such lists, or name what no record holds.

    With what the log `told`, each page must be the one that this yields, and none may be missing.
    """
    captured = {(found.url, found.at[:14]) for found in records.found.values()}
    for name in sorted(bundle.members):
        if name.startswith("pages/") and name.endswith(".jsonl"):
            due = told.pages(records) if told is not None and name == PAGES else None
            try:
                yield from _list(bundle, name, captured, due, complete=not records.beyond)
            except CaseError as exc:
                severity = Severity.BROKEN if exc.kind == "damaged" else Severity.UNCHECKED
                yield Finding("index", severity, shown(name), exc.message, meaning="what follows was not looked at")


def check_main_page(package: dict[str, Json], records: Records) -> Iterator[Finding]:
    """Yield that the page which programs open first was not captured."""
    url, date = package.get("mainPageUrl"), package.get("mainPageDate")
    if url is None or records.beyond:
        return
    at = _digits(date)
    if not any(found.url == brief(str(url)) and found.at.startswith(at) for found in records.found.values()):
        message = f"its main page is {quoted(url)} of {quoted(date)}, and no record has that address and time"
        yield Finding("index", Severity.UNCHECKED, "datapackage.json", message, meaning=_MEANING)


def _list(
    bundle: Bundle, name: str, captured: set[tuple[str, str]], due: dict[str, Page] | None, *, complete: bool
) -> Iterator[Finding]:
    strange = 0
    first = ""
    number = 0
    for number, line in enumerate(lines_of(bundle, name), 1):
        where = f"line {number}"
        try:
            facts = members(loose_json(line)) if line.strip() else {}
        except BadJson as exc:
            yield Finding("index", Severity.BROKEN, shown(name), f"it cannot be read: {exc}", where, _MEANING)
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
            yield Finding("index", Severity.BROKEN, shown(name), message, where, _MEANING)
        elif due is not None and complete:
            page = Page(brief(url), at, brief(str(facts.get("title"))))
            for message in _differences(str(facts.get("id")), page, due):
                yield Finding("index", Severity.BROKEN, shown(name), message, where, _LOG)
        elif (brief(url), at) not in captured:
            strange += 1
            first = first or f"{quoted(url)} of {at}"
    if not number:
        message = "it is empty: it has no header and offers nothing"
        yield Finding("index", Severity.BROKEN, shown(name), message, meaning=_MEANING)
    if strange and complete:
        message = f"{strange} pages are listed of which no record has that address and time, the first {first}"
        yield Finding("index", Severity.UNCHECKED, shown(name), message, meaning=_MEANING)
    if due and complete:
        message = f"{len(due)} items with a page are not in it, the first is {quoted(min(due))}"
        yield Finding("index", Severity.BROKEN, shown(name), message, meaning=_LOG)


def _differences(name: str, page: Page, due: dict[str, Page]) -> Iterator[str]:
    """Yield how a page differs from the one that is due under this name, which is due no more."""
    expected = due.pop(name, None)
    if expected is None:
        yield f"no item {quoted(name)} in this WACZ has a page, or it has been listed before"
        return
    for what, said, known in (
        ("address", page.url, expected.url),
        ("time", page.at, expected.at),
        ("title", page.title, expected.title),
    ):
        if said != known:
            yield f"the {what} of item {name} is {quoted(said)}, and log and WARC have {quoted(known)}"


def _digits(value: object) -> str:
    """Return an RFC 3339 time as 14 digits in UTC, "" when it is none."""
    try:
        at = datetime.fromisoformat(str(value))
        return at.astimezone(UTC).strftime("%Y%m%d%H%M%S") if at.tzinfo is not None else ""
    except (ValueError, OverflowError):
        return ""
