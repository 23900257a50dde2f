"""What the log in a WACZ of ours says of the items: which pages its list must have, and under which titles."""

from dataclasses import dataclass, field

from archiver.bundle.members import Bundle
from archiver.custody.state import OUTCOMES
from archiver.errors import CaseError
from archiver.verify.claim import members
from archiver.verify.loose_json import BadJson, loose_json
from archiver.verify.wacz_blocks import number_of
from archiver.verify.wacz_lines import lines_of
from archiver.verify.wacz_records import Found, Records, brief

MAX_LINE = 1 << 24  # bytes of a line of the log

_HTML = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its line must be: `url`, `title` and `text` are `brief`, `at` has 14 digits."""

    url: str
    at: str
    title: str
    text: str = ""


@dataclass(slots=True)
class Told:
    """`case` is the name of the case, "" for none; `ends` has the final address and the title of each item."""

    case: str = ""
    ends: dict[int, tuple[str, str]] = field(default_factory=dict)

    def pages(self, records: Records) -> dict[str, Page]:
        """Return the page of each item of which something can be shown, by its identifier (exports.md §5.3)."""
        answers: dict[str, list[Found]] = {}
        texts: dict[str, str] = {}
        for (filename, _), found in records.found.items():
            name = filename.removesuffix(".warc.gz")
            if found.page:
                answers.setdefault(name, []).append(found)
            if found.text:
                texts[name] = found.text
        return {name: self._page(name, found, texts.get(name, "")) for name, found in answers.items()}

    def _page(self, name: str, answers: list[Found], text: str) -> Page:
        url, title = self.ends.get(int(name), ("", "")) if name.isdecimal() else ("", "")
        web = [found for found in answers if found.type == "response"]
        got = [found for found in web if found.asked is None or found.asked.method in {"", "GET"}]
        there = [found for found in got or web if found.url == url]
        html = [found for found in got or web if found.mime in _HTML]
        found = (there or html or got or web or answers)[-1]
        return Page(found.url, found.at[:14], title or found.url, text)


def told_by(bundle: Bundle, log: str) -> Told:
    """Return what the log says, as far as it can be read: the checks of the case say what is wrong with it."""
    told = Told()
    try:
        for line in lines_of(bundle, log, limit=MAX_LINE):
            _take(line, bundle, told)
    except CaseError:
        pass
    return told


def _take(line: bytes, bundle: Bundle, told: Told) -> None:
    try:
        event = members(loose_json(line))
    except BadJson:
        return
    data = members(event.get("data"))
    told.case = told.case or str(event.get("case") or "")[:100]
    item = number_of(data.get("item"))
    if str(event.get("event")) not in OUTCOMES or item is None:
        return
    if f"archive/{item:06d}.warc.gz" in bundle.members:  # so that no more are held than there are files
        url = str(data.get("final_url") or data.get("url") or "").partition("#")[0]
        told.ends[item] = (brief(url), brief(str(data.get("title") or data.get("name") or "")))
