"""One WARC file by itself, ours or of somebody else: what the standard asks, and the digests it carries."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from archiver.model.http import Message
from archiver.model.verdict import Finding, Severity, Verdict
from archiver.verify.evidence import DIGESTS, place
from archiver.verify.payload import Payload
from archiver.verify.profile import Order
from archiver.verify.report import Report
from archiver.warc.head import Head
from archiver.warc.problems import PROBLEMS, Problem
from archiver.warc.profile import PROFILE
from archiver.warc.read import open_file
from archiver.warc.scan import Record, Scan


class Each(Protocol):
    """Somebody who is given every record of a file."""

    def wants(self, head: Head) -> int:
        """Return how many bytes of the beginning of this record's block are wanted."""
        ...

    def take(self, record: Record, message: Message | None, beginning: bytes) -> None:
        """Take a record, with the answer that it holds where it holds one, and what was wanted of its block."""
        ...


MAX_INFO = 64 * 1024  # bytes of a warcinfo block that are looked at

# In a file of ours everything that is named is broken. In others these weigh less (docs/spec/verify.md).
_LIGHTER = {
    "gzip-extra": Severity.NOTE,
    "head-folded": Severity.NOTE,
    "type-unknown": Severity.NOTE,
    "digest-weak": Severity.NOTE,
    "payload-raw": Severity.NOTE,
    "digest-missing": Severity.UNCHECKED,
    "digest-unknown": Severity.UNCHECKED,
    "concurrent-unknown": Severity.UNCHECKED,
    "revisit-outside": Severity.UNCHECKED,
    "segment": Severity.UNCHECKED,
    "ids-many": Severity.UNCHECKED,
}
_MEANINGS = {
    Severity.NOTE: "this is unusual and contradicts nothing",
    Severity.UNCHECKED: "whether this part is intact cannot be told from this file",
    Severity.BROKEN: "the file was changed or damaged after it was written, or was never a sound WARC file",
}
_OURS = re.compile(rf"^profile: {PROFILE}\r$", re.MULTILINE)
_CASE = re.compile(r"^isPartOf: (urn:uuid:[0-9a-f-]{36})\r$", re.MULTILINE)
_ITEM = re.compile(r"^item: ([1-9][0-9]{0,11})\r$", re.MULTILINE)


def verify_warc(path: Path, *, only: str | None = None) -> Verdict:
    """Return what a reading of the WARC file at `path` found, compressed or not, whoever wrote it. Bounded memory.

    Raises `CaseError` when there is no file at `path` or it cannot be opened.
    """
    report = Report(only)
    with open_file(path) as file:
        counts, sha256 = read_warc(file, path.name, report)
    report.extend(_sound(report, path.name, counts, sha256))
    return Verdict(str(path), report.findings(), tuple(counts.items()))


def read_warc(file: BinaryIO, name: str, report: Report, each: Each | None = None) -> tuple[dict[str, int], str]:
    """Add to `report` what a reading of the WARC `file`, called `name`, found; return its counts and its SHA-256.

    `each` is given every record.
    """
    reading = _Reading(name, report, each)
    sha256, size = "", 0
    try:
        scan = Scan(file, reading.begin)
        for found in scan:
            reading.take(found)
        reading.end()
        sha256, size = scan.sha256(), scan.size
    except OSError as exc:
        why = f"it could not be read to its end: {exc.strerror}"
        report.add(Finding("files", Severity.UNCHECKED, name, why, meaning=_MEANINGS[Severity.UNCHECKED]))
    return {"records": reading.count, "bytes": size}, sha256


def _sound(report: Report, name: str, counts: dict[str, int], sha256: str) -> Iterator[Finding]:
    texts = {
        "files": f"{counts['bytes']} bytes, SHA-256 {sha256}",
        "structure": f"{counts['records']} records: every byte of the file belongs to one",
        "digests": f"{counts['records']} records: the digests they carry match",
    }
    for check, text in texts.items():
        if report.clean(check):
            yield Finding(check, Severity.OK, name, text)
    meaning = (
        "digests inside a file show damage, and whoever changes a file on purpose can write new ones; the heads of "
        "records have none at all. Compare the SHA-256 of the file with one that was noted elsewhere"
    )
    yield Finding("receipt", Severity.UNASKED, name, "nothing outside this file vouches for it", meaning=meaning)


class _Block:
    def __init__(self, head: Head, room: int = 0) -> None:
        self.payload = Payload(head)
        self._room = max(room, MAX_INFO if head.type == "warcinfo" else 0)
        self._kept = bytearray()

    @property
    def data(self) -> bytes:
        """The beginning of the block, as far as it was wanted."""
        return bytes(self._kept)

    def feed(self, data: bytes) -> None:
        self.payload.feed(data)
        if len(self._kept) < self._room:
            self._kept += data[: self._room - len(self._kept)]


class _Reading:
    """The records of the file as they come; what weighs little is counted and told once a kind."""

    def __init__(self, name: str, report: Report, each: Each | None) -> None:
        self.count = 0
        self._each = each
        self._name = name
        self._report = report
        self._block = _Block(Head("", (), 0))
        self._order: Order | None = None
        self._light: dict[str, tuple[Problem, int]] = {}

    def begin(self, _number: int, head: Head) -> _Block:
        self._block = _Block(head, self._each.wants(head) if self._each is not None else 0)
        return self._block

    def take(self, found: Record | Problem) -> None:
        if isinstance(found, Problem):
            self._problem(found)
            return
        self.count += 1
        if found.number == 1 and found.head.type == "warcinfo":
            self._order = _ours(self._block.data.decode("utf-8", "backslashreplace"))
        odd = self._block.payload.close()
        if self._each is not None:
            self._each.take(found, self._block.payload.message, self._block.data)
        for problem in found.problems:
            self._problem(problem)
        for name, detail in (*odd, *(self._order.record(found) if self._order else ())):
            self._problem(Problem(name, found.offset, detail, found.number))

    def end(self) -> None:
        for name, detail in self._order.end() if self._order else ():
            self._problem(Problem(name, 0, detail))
        for name, (first, count) in self._light.items():
            more = f" (first of {count})" if count > 1 else ""
            self._tell(first, _LIGHTER[name], more)

    def _problem(self, problem: Problem) -> None:
        if self._order is None and problem.name in _LIGHTER:
            first, count = self._light.get(problem.name, (problem, 0))
            self._light[problem.name] = (first, count + 1)
        else:
            self._tell(problem, Severity.BROKEN, "")

    def _tell(self, problem: Problem, severity: Severity, more: str) -> None:
        check = "digests" if problem.name in DIGESTS else "structure"
        message = f"{PROBLEMS[problem.name]}: {problem.detail}{more}"
        self._report.add(Finding(check, severity, self._name, message, place(problem), _MEANINGS[severity]))


def _ours(info: str) -> Order | None:
    case, item = _CASE.search(info), _ITEM.search(info)
    return Order(case[1], int(item[1])) if case and item and _OURS.search(info) else None
