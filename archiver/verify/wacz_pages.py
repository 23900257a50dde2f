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
from archiver.verify.wacz_records import MAX_RECORDS, Records, brief
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
                yield from _Pages(name, captured, due, complete=not records.beyond).check(bundle)
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


class _Pages:
    """Reads one list. `due` are the pages that it must have, None where that is not known; with `complete` all records
    are known."""

    def __init__(
        self, name: str, captured: set[tuple[str, str]], due: dict[str, Page] | None, *, complete: bool
    ) -> None:
        self._name = name
        self._captured = captured
        self._due = due if complete else None
        self._complete = complete
        self._ids: set[str] = set()
        self._twice = 0
        self._strange = 0
        self._first = ""

    def check(self, bundle: Bundle) -> Iterator[Finding]:
        number = 0
        for number, line in enumerate(lines_of(bundle, self._name), 1):
            where = f"line {number}"
            try:
                facts = members(loose_json(line)) if line.strip() else {}
            except BadJson as exc:
                yield self._finding(Severity.BROKEN, f"it cannot be read: {exc}", where=where)
                continue
            if number > 1 and (facts or line.strip()):
                yield from self._page(facts, where)
            elif number == 1 and not str(facts.get("format", "")).startswith("json-pages-"):
                message = "its first line is no header, and programs take it for one: they leave a page out"
                yield self._finding(Severity.BROKEN, message)
        if not number:
            yield self._finding(Severity.BROKEN, "it is empty: it has no header and offers nothing")
        yield from self._end()

    def _page(self, facts: dict[str, Json], where: str) -> Iterator[Finding]:
        url, at, name = facts.get("url"), _digits(facts.get("ts")), brief(str(facts.get("id", "")))
        if not isinstance(url, str) or not at:
            yield self._finding(Severity.BROKEN, f"it has no address or no time: {quoted(facts)}", where=where)
        elif self._due is not None:
            page = Page(brief(url), at, brief(str(facts.get("title"))), brief(str(facts.get("text", ""))))
            for message in _differences(name, page, self._due):
                yield self._finding(Severity.BROKEN, message, _LOG, where)
        elif (brief(url), at) not in self._captured:
            self._strange += 1
            self._first = self._first or f"{quoted(url)} of {at}"
        self._twice += name in self._ids
        if name and len(self._ids) < MAX_RECORDS:
            self._ids.add(name)

    def _end(self) -> Iterator[Finding]:
        if self._strange and self._complete:
            said = f"{self._strange} pages are listed of which no record has that address and time"
            yield self._finding(Severity.UNCHECKED, f"{said}, the first {self._first}")
        if self._due:
            message = f"{len(self._due)} items with a page are not in it, the first is {quoted(min(self._due))}"
            yield self._finding(Severity.BROKEN, message, _LOG)
        if self._twice and self._due is None:
            message = f"{self._twice} pages have the identifier of one before"
            yield self._finding(Severity.NOTE, message, "programs show only the last of those that have the same")

    def _finding(self, severity: Severity, message: str, meaning: str = _MEANING, where: str = "") -> Finding:
        return Finding("index", severity, shown(self._name), message, where, meaning)


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
        ("text", page.text, expected.text),
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
