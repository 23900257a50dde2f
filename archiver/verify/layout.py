"""Nothing missing, nothing extra: what lies in the folder against what the log explains."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from archiver.custody.layout import CASE_YAML, LOG, MANIFEST, Kind, Place, classify, item_path, private_path
from archiver.custody.read import Entry, Snapshot
from archiver.custody.state import CaseState
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity

MAX_FILES = 2_000_000  # files beside the WARCs that are held to be explained
_EXTRA = "nothing in the log says how this came into the case: it is no part of the record, and must be explained"
UNFINISHED = "a program was stopped while it wrote; the next command that writes, or recover, puts this in order"


@dataclass(slots=True)
class Listing:
    """What lies in the folder: the items whose WARC is there, and every other file that has to be explained."""

    warcs: set[int] = field(default_factory=set)
    others: list[tuple[str, Place]] = field(default_factory=list)
    fixed: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Listing":
        """Return what lies in a case, given by `Snapshot.entries`; what its name alone tells is in `findings`."""
        listing = cls()
        try:
            for entry in entries:
                listing._take(entry)
        except CaseError as exc:
            meaning = "what lies there was not looked at, so nothing can be said about missing or added files"
            listing.findings.append(Finding("layout", Severity.UNCHECKED, "", exc.message, meaning=meaning))
        return listing

    def _take(self, entry: Entry) -> None:
        path = entry.path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        place = classify(path)
        if entry.what == "gone":
            return
        if entry.what in {"link", "other"}:
            what = "a symbolic link" if entry.what == "link" else "neither a file nor a folder"
            meaning = "a case holds files and folders only; this was not followed and not opened"
            self.findings.append(_broken(path, f"it is {what}", meaning))
        elif (entry.what == "folder") != (place.kind is Kind.FOLDER):
            self.findings.append(_broken(path, f"there is a {entry.what} of this name, which the case does not have"))
        elif place.kind is Kind.UNKNOWN:
            self.findings.append(_broken(path, "it is not explained by the log, and a case has no file of this name"))
        elif place.kind is Kind.FIXED:
            self.fixed.add(path)
        elif place.kind is Kind.WARC:
            self.warcs.add(place.number)
        elif place.kind is not Kind.FOLDER and len(self.others) < MAX_FILES:
            self.others.append((path, place))


@dataclass(frozen=True, slots=True)
class Explained:
    """What the log, once read, explains. `private` holds the hashes that some record commits to; `unclean` says that
    the last writer did not end well, as far as the lock file tells; `exported` that an export left out quarantine/.
    """

    state: CaseState
    private: frozenset[str]
    writing: bool
    newer: bool
    unclean: bool = False
    exported: bool = False

    @property
    def unfinished(self) -> Severity:
        """How an unfinished write weighs: a note while somebody is writing."""
        return Severity.NOTE if self.writing else Severity.UNCHECKED


def check_layout(case: Snapshot, listing: Listing, known: Explained) -> Iterator[Finding]:
    """Yield what is missing, what is there without reason, and what an interrupted write left behind."""
    yield from listing.findings
    for path in (CASE_YAML, LOG, MANIFEST):
        if path not in listing.fixed and not any(finding.subject == path for finding in listing.findings):
            yield _broken(path, "it is missing", "a case cannot be judged as a whole without this file")
    for item in sorted(listing.warcs):
        yield from _warc(case, item, known)
    for path, place in listing.others:
        found = tuple(_other(path, place, known))
        # A writer that closed the item after the folder was listed has removed its parts since.
        if found and (place.kind not in {Kind.PART, Kind.COPY, Kind.SEALING} or _still_there(case, path)):
            yield from found


def check_kept(case: Snapshot, listing: Listing, known: Explained) -> Iterator[Finding]:
    """Yield what is wrong with the content of files in private/ and quarantine/, by the hashes that are known."""
    present = {path for path, _ in listing.others}
    for path, place in listing.others:
        if place.kind is Kind.PRIVATE:
            name = path.partition("/")[2].partition(".")[0]
            yield from _content(case, path, None, name, "the private file no longer opens what the record commits to")
    absent = 0
    for path, file in known.state.aside.items():
        if path in known.state.gone:
            continue
        if path not in present and not _still_there(case, path):
            if known.exported:
                absent += 1
                continue
            meaning = "the log says that this was put aside and kept; nothing says where it is"
            yield Finding("files", Severity.BROKEN, path, "what recovery set aside is missing", meaning=meaning)
        else:
            meaning = "what recovery set aside is not what it was; it is not evidence of a page, but part of the record"
            yield from _content(case, path, file.size, file.sha256, meaning)
    if absent:
        message = f"{absent} files that recovery set aside are not here: an export leaves them out"
        meaning = "they are no evidence of a page; the log has their hashes, and they lie in the case itself"
        yield Finding("files", Severity.NOTE, "quarantine", message, meaning=meaning)
    closed = [name for name in known.private if not _is_there(name, present, known.state)]
    if closed:
        message = (
            f"{len(closed)} of {len(known.private)} private files are not here, as in a copy made to be handed out"
        )
        meaning = "the record commits to what they hold; without them it cannot be shown, and nothing else is affected"
        yield Finding("files", Severity.NOTE, "private", message, meaning=meaning)


def _warc(case: Snapshot, item: int, known: Explained) -> Iterator[Finding]:
    path = item_path(item)
    state = known.state.items.get(item)
    if state is not None and state.file is not None and not state.withheld:
        return
    if not _still_there(case, path):
        return
    if state is not None and path in known.state.gone:
        message = f"it was withheld on log line {state.withheld}, and the file is still there: removal not finished"
        meaning = "the next command that writes, or recover, finishes the removal that the log already records"
        yield Finding("layout", known.unfinished, path, message, meaning=meaning)
    elif state is not None and not state.outcome:
        message = f"the file of item {item}, which has no outcome yet: consistent with an interrupted write"
        yield Finding("layout", known.unfinished, path, message, meaning=UNFINISHED)
    else:
        yield _extra(path, known)


def _other(path: str, place: Place, known: Explained) -> Iterator[Finding]:
    state = known.state
    unfinished = Finding(
        "layout", known.unfinished, path, "it is consistent with an interrupted write", meaning=UNFINISHED
    )
    if path in state.gone:
        message = f"it was withheld on log line {state.gone[path]}, and is still there: removal not finished"
        yield Finding("layout", known.unfinished, path, message, meaning=UNFINISHED)
    elif place.kind is Kind.PART:
        yield unfinished if _open(state, place.number) else _extra(path, known)
    elif place.kind is Kind.PRIVATE:
        if path.partition("/")[2].partition(".")[0] not in known.private:
            yield unfinished if state.unclosed or known.writing or known.unclean else _extra(path, known)
    elif place.kind in {Kind.SEAL, Kind.TRUST, Kind.SEALING}:
        if path not in state.sealed.files:
            mine = place.number == next_seal(state) or known.writing or known.unclean
            yield unfinished if mine else _extra(path, known)
    elif path not in state.aside:
        mine = place.kind in {Kind.COPY, Kind.QUARANTINE} and place.number == state.seq + 1
        yield unfinished if mine else _extra(path, known)


def next_seal(state: CaseState) -> int:
    """Return the number of the seal that would come next."""
    return max(state.sealed.completed, default=0) + 1


def _open(state: CaseState, item: int) -> bool:
    return item in state.unclosed if item else True


def _is_there(name: str, present: set[str], state: CaseState) -> bool:
    paths = {private_path(name, "json"), private_path(name, "bin")}
    return bool(paths & present) or bool(paths & state.gone.keys())


def _content(case: Snapshot, path: str, size: int | None, sha256: str, meaning: str) -> Iterator[Finding]:
    digest = hashlib.sha256()
    count = 0
    try:
        for chunk in case.chunks(path):
            digest.update(chunk)
            count += len(chunk)
    except CaseError as exc:
        if exc.kind != "missing":
            yield Finding("files", Severity.UNCHECKED, path, exc.message, meaning="its content could not be checked")
        return
    if digest.hexdigest() != sha256 or size not in {None, count}:
        message = f"its SHA-256 is {digest.hexdigest()}, and {sha256} was recorded"
        yield Finding("files", Severity.BROKEN, path, message, meaning=meaning)


def _still_there(case: Snapshot, path: str) -> bool:
    try:
        case.open_file(path).close()
    except CaseError as exc:
        return exc.kind != "missing"
    return True


def _extra(path: str, known: Explained) -> Finding:
    severity = Severity.UNCHECKED if known.newer else Severity.BROKEN
    return Finding("layout", severity, path, "it is not explained by the log", meaning=_EXTRA)


def _broken(path: str, message: str, meaning: str = _EXTRA) -> Finding:
    return Finding("layout", Severity.BROKEN, path, message, meaning=meaning)
