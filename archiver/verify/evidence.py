"""The file of one item against the log: one pass over its bytes, then findings of four checks."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BufferedReader, UnsupportedOperation
from typing import BinaryIO, Protocol, cast

from archiver.canon import sha256_hex
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import Claim
from archiver.verify.payload import Payload
from archiver.verify.profile import Order
from archiver.verify.records import Comparison, Seen
from archiver.verify.regular import FULL_PAGE, MAX_FILE, NO_PICTURE, regular_file
from archiver.verify.report import quoted
from archiver.warc.head import Head
from archiver.warc.problems import PROBLEMS, Problem
from archiver.warc.profile import product_of
from archiver.warc.scan import Record, Scan

DIGESTS = frozenset(
    {"digest-missing", "digest-value", "digest-unknown", "digest-weak", "block-digest", "payload-digest", "payload-raw"}
)
DAMAGE = frozenset({"gzip-data", "gzip-crc", "gzip-size", "gzip-cut"})
MAX_BLOCK = 16 * 1024**2  # bytes of a JSON block that is read; a log line says as much
MAX_PROBLEMS = 50  # of one file that are told
CHUNK = 1 << 20


class Opens(Protocol):
    """Whoever can open a file of the case, as `archiver.custody.read.Snapshot` does."""

    def open_file(self, path: str) -> BinaryIO:
        """Return the plain file at the relative `path`, opened for reading. Raises `CaseError`."""
        ...


@dataclass(slots=True)
class Checked:
    """What came out for one item. `missing` says that no file was there; `commitments` names its private files.

    `picture` is the first one of the whole page in it: id and SHA-256, empty where there is none.
    """

    findings: list[Finding] = field(default_factory=list)
    missing: bool = False
    records: int = 0
    size: int = 0
    commitments: frozenset[str] = frozenset()
    picture: tuple[str, str] = NO_PICTURE


def check_item(case: Opens, claim: Claim, *, only_files: bool = False) -> Checked:
    """Read the file of `claim` once and judge it. Never raises for anything that the case holds.

    With `only_files` its records are looked at only where they must name private files.
    """
    checked = Checked()
    try:
        with case.open_file(claim.path) as file:
            if only_files and not claim.data.get("redactions"):
                sha256 = hashlib.file_digest(cast("BufferedReader", file), "sha256").hexdigest()
                checked.size = file.tell()
            else:
                sha256 = _regular(file, claim, checked) or _records(file, claim, checked)
            _whole(file, claim, checked, sha256)
    except CaseError as exc:
        checked.missing = exc.kind == "missing"
        if not checked.missing:
            checked.findings.append(unreadable(claim, exc.message))
    except OSError as exc:
        checked.findings.append(unreadable(claim, f"it could not be read to its end: {exc.strerror}"))
    return checked


def unreadable(claim: Claim, why: str) -> Finding:
    """Return the finding that a file is there and cannot be read, which says nothing about its content."""
    meaning = f"whether item {claim.item} is intact could not be checked; that is neither good nor bad news about it"
    return Finding("files", Severity.UNCHECKED, claim.path, why, meaning=meaning)


def missing(claim: Claim) -> Finding:
    """Return the finding that a file of the log is not in the folder."""
    meaning = (
        f"the evidence of item {claim.item}, recorded on {claim.at}, is not in this folder, and nothing explains it"
    )
    return Finding(
        "files", Severity.BROKEN, claim.path, f"the file of log line {claim.line} is missing", meaning=meaning
    )


def _regular(file: BinaryIO, claim: Claim, checked: Checked) -> str:
    """Return the hash of a small file in which nothing is to be found, an empty text for any other file."""
    size = claim.size
    if not isinstance(size, int) or size > MAX_FILE:
        return ""
    data = file.read(size + 1)
    sha256 = sha256_hex(data)
    found = regular_file(data, claim) if sha256 == claim.sha256 else None
    if found is None:
        return ""
    checked.size, checked.records, checked.commitments = len(data), found.records, found.commitments
    checked.picture = found.picture
    return sha256


def _records(file: BinaryIO, claim: Claim, checked: Checked) -> str:
    """Judge the records of the file and return the hash of the whole."""
    reading = _Reading(claim)
    for found in (scan := Scan(file, reading.begin)):
        reading.take(found)
    reading.end()
    checked.size, checked.records = scan.size, reading.count
    checked.commitments = frozenset(reading.comparison.commitments)
    checked.picture = reading.picture
    checked.findings += reading.findings
    return scan.sha256()


def _whole(file: BinaryIO, claim: Claim, checked: Checked, sha256: str) -> None:
    found: list[Finding] = []
    if (checked.size, sha256) != (claim.size, claim.sha256):
        found.append(_altered(file, claim, checked.size, sha256))
    if _names_of(file) > 1:
        message = "the file has a second name (a hard link)"
        meaning = "whoever writes through the other name changes this evidence; a copy without links avoids that"
        found.append(Finding("layout", Severity.NOTE, claim.path, message, meaning=meaning))
    checked.findings[:0] = found


def _names_of(file: BinaryIO) -> int:
    try:
        return os.fstat(file.fileno()).st_nlink
    except UnsupportedOperation:
        return 1  # it lies inside another file


def _altered(file: BinaryIO, claim: Claim, size: int, sha256: str) -> Finding:
    where, first = _first_difference(file, claim)
    if size != claim.size:
        message = f"it has {size} bytes, and {quoted(claim.size)} were recorded; {first}"
    else:
        message = f"its SHA-256 is {sha256}, and {quoted(claim.sha256)} was recorded; {first}"
    meaning = (
        f"the stored evidence is not what was recorded on {claim.at}: "
        f"whoever relies on item {claim.item} must treat it as altered"
    )
    return Finding("files", Severity.BROKEN, claim.path, message, where, meaning)


def _first_difference(file: BinaryIO, claim: Claim) -> tuple[str, str]:
    """Return place and sentence for the first recorded span whose bytes differ."""
    end = 0
    for number, record in enumerate(claim.records, 1):
        offset, length = record.get("offset"), record.get("length")
        if not isinstance(offset, int) or not isinstance(length, int) or offset != end:
            break
        end = offset + length
        if _span_sha256(file, offset, length) != record.get("sha256"):
            where = f"record {number} at byte {offset}"
            return (
                where,
                f"the first record that differs is number {number} ({record.get('type')}), bytes {offset} to {end - 1}",
            )
    return f"byte {end}", f"all recorded spans are as they were; what lies behind byte {end} was not recorded"


def _span_sha256(file: BinaryIO, offset: int, length: int) -> str:
    digest = hashlib.sha256()
    file.seek(offset)
    while length > 0 and (chunk := file.read(min(CHUNK, length))):
        digest.update(chunk)
        length -= len(chunk)
    return digest.hexdigest()


class _Block:
    """Feeds one block to its payload reader, and keeps its beginning where that is needed."""

    def __init__(self, head: Head) -> None:
        self.payload = Payload(head)
        self.size = 0
        self._limit = MAX_BLOCK if head.type in {"metadata", "warcinfo", "request"} else 0
        self._kept: list[bytes] = []

    def feed(self, data: bytes) -> None:
        self.payload.feed(data)
        self.size += len(data)
        if self.size <= self._limit:
            self._kept.append(data)

    @property
    def data(self) -> bytes | None:
        return b"".join(self._kept) if self.size <= self._limit else None


class _Reading:
    """The records of one file as they come, and what is wrong with them."""

    def __init__(self, claim: Claim) -> None:
        self.comparison = Comparison(claim)
        self.findings: list[Finding] = []
        self.count = 0
        self.picture = NO_PICTURE
        self._claim = claim
        self._order = Order(claim.case, claim.item)
        self._block = _Block(Head("", (), 0))
        self._told = 0

    def begin(self, _number: int, head: Head) -> _Block:
        self._block = _Block(head)
        return self._block

    def take(self, found: Record | Problem) -> None:
        if isinstance(found, Problem):
            self._problems(found)
            return
        self.count += 1
        block, record = self._block, found
        if self.picture == NO_PICTURE and record.head.type == "resource" and product_of(record.head.uri) == FULL_PAGE:
            self.picture = record.head.id, record.block_sha256
        payload = block.payload.close()
        order = tuple(self._order.record(record))
        remarks = tuple(self.comparison.record(Seen(record, block.data, block.payload.message)))
        if damage := [problem for problem in record.problems if problem.name in DAMAGE]:
            self._damaged(record, damage)
            return
        self._problems(*record.problems)
        for name, detail in (*payload, *order):
            self._problems(Problem(name, record.offset, detail, record.number))
        self._remarks(remarks)

    def _damaged(self, record: Record, damage: list[Problem]) -> None:
        """Tell what broke the record and no consequence of it; what could not be compared is said to be so."""
        self._problems(*damage)
        for check in ("digests", "records"):
            message = "the record cannot be unpacked, so it was not compared"
            self._add(check, f"record {record.number} at byte {record.offset}", message, Severity.UNCHECKED)

    def end(self) -> None:
        for name, detail in self._order.end():
            self._problems(Problem(name, 0, detail))
        self._remarks(self.comparison.end())

    def _problems(self, *problems: Problem) -> None:
        for problem in problems:
            check = "digests" if problem.name in DIGESTS else "structure"
            self._add(check, place(problem), f"{PROBLEMS[problem.name]}: {problem.detail}")

    def _remarks(self, remarks: Iterable[tuple[str, Record | None, str]]) -> None:
        for check, record, text in remarks:
            self._add(check, f"record {record.number} at byte {record.offset}" if record else "", text)

    def _add(self, check: str, where: str, message: str, severity: Severity = Severity.BROKEN) -> None:
        self._told += 1
        if self._told > MAX_PROBLEMS:
            return
        meaning = _meaning(check, self._claim) if severity is not Severity.UNCHECKED else _NOT_COMPARED
        self.findings.append(Finding(check, severity, self._claim.path, message, where, meaning))


_NOT_COMPARED = "this part was not compared, so nothing can be said of it; what was found elsewhere says why"


def place(problem: Problem) -> str:
    """Return where in its file a problem is, for people."""
    return f"record {problem.record} at byte {problem.offset}" if problem.record else f"byte {problem.offset}"


def _meaning(check: str, claim: Claim) -> str:
    return {
        "structure": f"the file of item {claim.item} is not as this program writes it: it was changed or damaged",
        "digests": f"what is stored for item {claim.item} is not what its own digest was made of",
        "records": f"the log and the file of item {claim.item} tell different stories; one of them was changed",
    }[check]
