"""A case, or some of its items, as a WACZ 1.1.1: what programs replay (docs/spec/exports.md §5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from archiver import __version__, canon
from archiver.custody.layout import CASE_YAML
from archiver.custody.log import Event
from archiver.custody.read import RawLine, Snapshot
from archiver.custody.state import OUTCOMES
from archiver.errors import UsageError
from archiver.export.captures import Capture, captures
from archiver.export.cdxj import cdxj_line
from archiver.export.entries import Entry
from archiver.export.facts import Exhibit, Facts
from archiver.export.kit import kit
from archiver.export.sealed import Sealed, read_sealed
from archiver.model.item import StoredFile
from archiver.warc.profile import product_of

VERSION = "1.1.1"
PACKAGE, DIGEST = "datapackage.json", "datapackage-digest.json"

_CUSTODY, _BY_HAND = "custody/", "verify/"
_WEB = ("http://", "https://")
_HTML = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class Wacz:
    """The files of a WACZ, and the case that they were taken from."""

    sealed: Sealed
    entries: tuple[Entry, ...]


@dataclass(slots=True)
class _Titles:
    """The final address and the title of each item, of an import the name of its file, as the log has them."""

    found: dict[int, tuple[str, str]] = field(default_factory=dict)

    def take(self, _raw: RawLine, event: Event) -> None:
        if event.event in OUTCOMES:
            data = event.data
            url = data.get("final_url") or data.get("url")
            self.found[data["item"]] = (str(url or ""), str(data.get("title") or data.get("name") or ""))


def wacz(case: Snapshot, items: Sequence[int] | None) -> Wacz:
    """Return the WACZ of `items`, or with None that of the whole case, which has its log, seals and keys in it, too.

    Every file is stored and none is packed. Raises `UsageError` ("item") as for a disclosure, `CaseError` where the
    evidence is not sound, and as `read_sealed`.
    """
    titles = _Titles()
    sealed = read_sealed(case, titles.take)
    chosen = sorted(set(sealed.state.items if items is None else items))
    for item in chosen:
        state = sealed.state.items.get(item)
        if state is None:
            raise UsageError("item", f"item {item}: the case has none of this number", "archiver list shows the items")
        if items is not None and not 0 < state.outcome <= sealed.seal.last_line:
            raise UsageError("item", f"item {item}: its outcome is under no seal yet", "archiver seal")
    kept = [(item, file) for item in chosen if (file := sealed.evidence(item)) is not None]
    warcs = [Entry.of_case(_warc_path(item), sealed.case, file) for item, file in kept]
    lines, pages = _shown(sealed, kept, titles)
    index = Entry.of_bytes("indexes/index.cdxj", b"".join(sorted(lines)))
    listed = Entry.of_bytes("pages/pages.jsonl", b"".join(map(_line, (_header(pages), *pages))))
    extras = list(_custody(sealed)) if items is None else []
    by_hand = [_under(_BY_HAND, entry) for entry in kit(_facts(sealed, kept, whole=items is None))]
    found = [*sorted((*warcs, *extras, *by_hand), key=lambda entry: entry.name), index, listed]
    package = Entry.of_bytes(PACKAGE, _package(sealed, found, items, pages))
    digest = {"path": PACKAGE, "hash": f"sha256:{package.sha256}"}
    return Wacz(sealed, (package, Entry.of_bytes(DIGEST, _line(digest)), *found))


def _header(pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what stands before the pages; programs search in their texts only where it says that there are some."""
    header: dict[str, Any] = {"format": "json-pages-1.0", "id": "pages", "title": "Pages"}
    return header | {"hasText": True} if any("text" in page for page in pages) else header


def _shown(
    sealed: Sealed, kept: Sequence[tuple[int, StoredFile]], titles: _Titles
) -> tuple[list[bytes], list[dict[str, Any]]]:
    """Return the lines of the index, and the pages: one for each item of which something can be shown."""
    lines: list[bytes] = []
    pages: list[dict[str, Any]] = []
    for item, file in kept:
        found = list(captures(sealed.case, file))
        lines += (cdxj_line(capture, f"{item:06d}.warc.gz") for capture in found)
        url, title = titles.found.get(item, ("", ""))
        if (page := _page(found, url)) is not None:
            at = datetime.fromisoformat(page.date).astimezone(UTC)
            told = {"id": f"{item:06d}", "url": page.url, "ts": f"{at:%Y-%m-%dT%H:%M:%SZ}", "title": title or page.url}
            text = next((capture.text for capture in reversed(found) if capture.text), "")
            pages.append(told | {"text": text} if text else told)
    return lines, pages


def _page(found: Sequence[Capture], url: str) -> Capture | None:
    """Return the answer that an item is about: the last at its final address, else the last that is HTML, else the
    last; of an import its bytes.

    What was asked with POST and the like is only taken where nothing was asked with GET, and what a browser made of a
    page is none. Programs that replay find nothing in a WACZ of imports that has no page.
    """
    web = [capture for capture in found if capture.type == "response" and capture.url.startswith(_WEB)]
    got = [capture for capture in web if capture.asked is None] or web
    answers = got or [capture for capture in found if capture.type == "resource" and not product_of(capture.url)]
    there = [capture for capture in answers if capture.url == url.partition("#")[0]]
    html = [capture for capture in answers if capture.mime in _HTML]
    return next(reversed(there or html or answers), None)


def _custody(sealed: Sealed) -> Iterator[Entry]:
    """Yield what the case has beside the evidence, one folder deep, as programs for WACZ expect of what they do not
    know."""
    yield Entry.of_bytes(_CUSTODY + CASE_YAML, sealed.case_yaml.encode("utf-8"))
    for file in (sealed.log, sealed.manifest):
        yield Entry.of_case(_CUSTODY + file.path, sealed.case, file)
    for file in sealed.state.sealed.files.values():
        yield Entry.of_case(file.path, sealed.case, file)


def _facts(sealed: Sealed, kept: Sequence[tuple[int, StoredFile]], *, whole: bool) -> Facts:
    outcomes = sealed.state.items
    exhibits = tuple(Exhibit(item, _warc_path(item), file.sha256, outcomes[item].outcome) for item, file in kept)
    if not whole:
        return Facts("wacz", (), exhibits=exhibits)
    return Facts("wacz", (sealed.facts(sealed.seal),), prefix=_CUSTODY, exhibits=exhibits, seals_in="seals/")


def _package(
    sealed: Sealed, found: Sequence[Entry], items: Sequence[int] | None, pages: Sequence[dict[str, Any]]
) -> bytes:
    what = "case" if items is None else f"item{'s' if len(set(items)) > 1 else ''} {_numbers(items)} of case"
    told: dict[str, Any] = {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": f"{what[:1].upper()}{what[1:]} {sealed.state.case}",
        "description": "Web pages archived as evidence. The WARC files are those of the case, byte for byte.",
        "created": f"{sealed.sealed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "software": f"archiver/{__version__}",
        "resources": [
            {
                "name": entry.name.lower().replace("/", "-"),
                "path": entry.name,
                "hash": f"sha256:{entry.sha256}",
                "bytes": entry.size,
            }
            for entry in found
        ],
    }
    told["modified"] = told["created"]
    if len(pages) == 1:
        told |= {"mainPageUrl": pages[0]["url"], "mainPageDate": pages[0]["ts"]}
    return _line(told)


def _numbers(items: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(set(items))))


def _under(folder: str, entry: Entry) -> Entry:
    return Entry.of_bytes(folder + entry.name, b"".join(entry.chunks()))


def _warc_path(item: int) -> str:
    return f"archive/{item:06d}.warc.gz"


def _line(value: object) -> bytes:
    return canon.dumps(value) + b"\n"
