"""A case, read once from beginning to end: the checks composed, and their findings folded into a verdict."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from archiver.canon import NotCanonical
from archiver.custody.layout import CASE_YAML, LOG, MANIFEST, NEW_CASE_YAML, Kind, private_path
from archiver.custody.log import Malformed, is_hole, parse_line
from archiver.custody.read import MAX_CASE_YAML, RawLine, Snapshot
from archiver.custody.receipt import Receipt
from archiver.custody.signers import AllowedSigners
from archiver.custody.token import Roots
from archiver.errors import CaseError
from archiver.model.verdict import CaseSeen, Finding, Severity, Verdict
from archiver.verify.case_file import check_case_file
from archiver.verify.evidence import missing
from archiver.verify.helpers import Helpers, Judged
from archiver.verify.layout import UNFINISHED, Explained, Listing, check_kept, check_layout
from archiver.verify.log import LogCheck
from archiver.verify.manifest import MEANING, ManifestCheck, last_listed
from archiver.verify.outside import NOTHING, Outside
from archiver.verify.replays import Replays
from archiver.verify.report import CHECKS, SEALED, Report
from archiver.verify.seals import SealCheck
from archiver.verify.told import no_seals, sound

MAX_OPENING = 1 << 20  # bytes of a private file that opens a commitment in case.yaml

_TOLD = frozenset({"records", *SEALED})  # checks that rest on what the program which wrote the case says of it
_IN_RECORDS = frozenset({"structure", "digests", "records"})
_IN_FILES = _IN_RECORDS | {"files"}


def verify_case(
    path: Path,
    *,
    only: str | None = None,
    processes: int | None = None,
    expect: Receipt | None = None,
    signers: AllowedSigners | None = None,
    roots: Roots | None = None,
    now: datetime | None = None,
    exported: bool = False,
) -> Verdict:
    """Return what a reading of the case at `path` found. Writes nothing, contacts nobody, follows no link.

    `only` names some of `CHECKS`, with commas between them; `processes` is how many files are read at a time, one for
    each processor when there is much to read.
    `expect` is a receipt that was kept elsewhere, `signers` are those whom the verifier names, `roots` the authorities
    whose clocks the verifier trusts; `now`, aware, is the time at which certificates are told to be good or not today.
    None for what is not known: then nothing is said about it but that it was not asked. With `exported` it is a note
    that what an export leaves out is not here.
    The state judged is the one that the log had when the reading began; beside a running writer, what that writer has
    not finished is a note. Memory is bounded but for about a kilobyte an item.

    Raises `CaseError` when there is no case at `path`, or its folder cannot be opened.
    """
    try:
        with Snapshot.open(path) as before:
            writing = before.writer_active()
            listing = Listing.of(
                before.entries()
            )  # before the log, so that whatever a writer adds meanwhile is explained
            with Snapshot.open(path) as case:
                writing = writing or case.log_size != before.log_size
                outside = Outside(expect, signers, roots, now)
                return verify_snapshot(
                    case,
                    path,
                    listing,
                    writing=writing,
                    only=only,
                    processes=processes,
                    outside=outside,
                    exported=exported,
                )
    except CaseError as exc:
        return _no_log(path, exc)


def verify_snapshot(
    case: Snapshot,
    path: Path,
    listing: Listing,
    *,
    writing: bool,
    only: str | None = None,
    processes: int | None = None,
    outside: Outside = NOTHING,
    exported: bool = False,
) -> Verdict:
    """Do what `verify_case` does for a snapshot and a listing, taken before it, of the case at `path`.

    `writing` says that somebody was seen writing by then.
    """
    report = Report(only)
    return _Run(case, path, report, listing, processes, outside, exported).verdict(writing)


def _no_log(path: Path, exc: CaseError) -> Verdict:
    """Return the verdict on a folder whose log cannot be opened. Raises `exc` when it is no case at all."""
    looks_like_one = any(os.path.lexists(path / name) for name in (LOG, MANIFEST, CASE_YAML))
    if exc.kind not in {"not-a-case", "unsafe", "unreadable"} or not looks_like_one:
        raise exc
    severity = Severity.UNCHECKED if exc.kind == "unreadable" else Severity.BROKEN
    meaning = "without the log nothing of the case can be judged"
    return Verdict(str(path), (Finding("layout", severity, LOG, exc.message, meaning=meaning),))


class _Run:
    """One verification of one snapshot."""

    def __init__(
        self,
        case: Snapshot,
        path: Path,
        report: Report,
        listing: Listing,
        processes: int | None,
        outside: Outside,
        exported: bool,
    ) -> None:
        self._case = case
        self._path = path
        self._report = report
        self._listing = listing
        self._processes = processes
        self._exported = exported
        self._log = LogCheck()
        self._replays = Replays()
        wanted = any(report.wants(check) for check in SEALED)
        self._outside = outside
        self._seals = SealCheck(case, self._log.state, outside) if wanted else None
        self._missing: list[tuple[int, Finding]] = []
        self._commitments: set[str] = set()
        self._last_listed: int | None = None
        # the records commit to private files, so only they can tell whether one belongs to the case
        kept = any(place.kind is Kind.PRIVATE for _, place in listing.others)
        self._in_records = any(map(report.wants, _IN_RECORDS)) or (report.wants("layout") and kept)
        self._files = self._records = self._bytes = 0

    def verdict(self, writing: bool) -> Verdict:
        report, log = self._report, self._log
        whole = True
        with ExitStack() as stack:
            manifest = self._manifest(stack)
            try:
                self._read(manifest)
            except CaseError as exc:
                whole = False
                meaning = "what the log says behind this place could not be checked"
                report.add(Finding("chain", Severity.UNCHECKED, LOG, exc.message, f"line {log.lines + 1}", meaning))
            writing = writing or self._case.writer_active() or self._grown() > self._case.log_size
            report.extend(log.end(writing=writing))
            report.extend(manifest.end(writing=writing) if manifest else ())
        complete = whole and not log.given_up and not log.newer
        if self._seals is not None:
            report.extend(map(self._as_known, self._seals.end(self._listing, writing=writing, complete=complete)))
        self._tell_missing()
        if self._in_records:
            report.extend(map(self._as_known, self._replays.end()))
        private = frozenset(log.commitments | self._commitments)
        known = Explained(log.state, private, writing, log.newer, self._case.ended_unclean(), self._exported)
        report.extend(check_layout(self._case, self._listing, known))
        if report.wants("files"):
            report.extend(check_kept(self._case, self._listing, known))
        if report.wants("case-file"):
            report.extend(self._case_file(writing=writing))
        counts = self._counts()
        for check in CHECKS:
            nothing_known = check in _IN_FILES and log.gap and not self._files
            if (
                report.wants(check)
                and report.clean(check)
                and not nothing_known
                and (text := self._sound(check, counts))
            ):
                report.add(Finding(check, Severity.OK, "", text))
        if self._seals is not None and not self._seals.seals and complete:
            check = next(check for check in reversed(SEALED) if report.wants(check))
            report.extend(no_seals(check, self._outside))
        state = log.state
        seen = CaseSeen(state.case, state.seq, state.head, tuple(state.sealed.completed.values()))
        return Verdict(str(self._path), report.findings(), tuple(counts.items()), seen)

    def _sound(self, check: str, counts: dict[str, int]) -> str:
        return self._seals.sound(check) if self._seals is not None and check in SEALED else sound(check, counts)

    def _read(self, manifest: ManifestCheck | None) -> None:
        """Read the log once; every file it names is read beside that, and judged in the order of the log."""
        report, log = self._report, self._log
        files = self._in_records or report.wants("files")
        with Helpers(self._case, self._path, only_files=not self._in_records, processes=self._processes) as helpers:
            for raw in self._case.lines():
                report.extend(log.line(raw, self._listed(raw)))
                if log.given_up:
                    break
                if self._seals is not None and log.tail is None:
                    report.extend(map(self._as_known, self._seals.line(raw, log.event)))
                report.extend(self._against(manifest, raw) if manifest else ())
                if log.event is not None:
                    self._replays.event(log.event)
                claim = log.claim() if files else None
                if claim is not None:
                    self._judged(helpers.give(claim))
            self._judged(helpers.rest())

    def _against(self, manifest: ManifestCheck, raw: RawLine) -> tuple[Finding, ...]:
        if self._log.newer:
            return manifest.not_compared(raw.number, "which a newer program wrote")
        if self._log.gap:
            return manifest.not_compared(raw.number, "which cannot be read")
        event = self._log.event
        return manifest.event(event, self._log.state.head) if event is not None else ()

    def _listed(self, raw: RawLine) -> bool:
        """Return whether the manifest has an entry for a line with a hole, which was then whole once."""
        if not is_hole(raw.raw) or self._log.tail is not None:
            return False
        if self._last_listed is None:
            try:
                self._last_listed = last_listed(self._case.chunks(MANIFEST, self._case.manifest_size or 0))
            except CaseError:
                self._last_listed = 0
        return raw.number <= self._last_listed

    def _judged(self, results: Judged) -> None:
        for claim, checked in results:
            self._report.extend(self._as_known(finding) for finding in checked.findings)
            self._commitments |= checked.commitments
            self._replays.item(claim.item, checked)
            self._files += not checked.missing
            self._records += checked.records
            self._bytes += checked.size
            if checked.missing:
                self._missing.append((claim.item, missing(claim)))

    def _as_known(self, finding: Finding) -> Finding:
        # What a newer program says of its records is not ours to contradict (docs/versions.md).
        if self._log.newer and finding.check in _TOLD and finding.severity is Severity.BROKEN:
            return replace(finding, severity=Severity.UNCHECKED)
        return finding

    def _tell_missing(self) -> None:
        items = self._log.state.items
        gone = [(item, finding) for item, finding in self._missing if not items[item].withheld]
        later = self._withheld_since() if gone else set()
        self._report.extend(finding for item, finding in gone if item not in later)

    def _withheld_since(self) -> set[int]:
        """Return the items that a writer withheld while we read."""
        found: set[int] = set()
        half = self._log.tail  # a line that was half written when the reading began
        start, number = (half.offset, half.number) if half else (self._case.log_size, self._log.lines + 1)
        try:
            with Snapshot.open(self._path) as now:
                for raw in now.lines(start, number):
                    event = parse_line(raw.raw)
                    if event.event == "item.withheld" and isinstance(item := event.data.get("item"), int):
                        found.add(item)
        except (CaseError, NotCanonical, Malformed):
            return found
        return found

    def _grown(self) -> int:
        try:
            with Snapshot.open(self._path) as now:
                return now.log_size
        except CaseError:
            return 0

    def _manifest(self, stack: ExitStack) -> ManifestCheck | None:
        if not self._report.wants("manifest"):
            return None
        try:
            file = stack.enter_context(self._case.open_file(MANIFEST))
        except CaseError as exc:
            self._report.add(Finding("manifest", Severity.UNCHECKED, MANIFEST, exc.message, meaning=MEANING))
            return None
        return ManifestCheck(file, self._case.manifest_size or 0)

    def _case_file(self, *, writing: bool) -> Iterator[Finding]:
        meaning = "whether case.yaml is the text that was in force could not be checked"
        if not self._log.policy:
            message = "the log does not say what its text was"
            yield Finding("case-file", Severity.UNCHECKED, CASE_YAML, message, meaning=meaning)
            return
        try:
            data = self._case.case_yaml()
        except CaseError as exc:
            yield Finding("case-file", Severity.UNCHECKED, CASE_YAML, exc.message, meaning=meaning)
            return
        if len(data) > MAX_CASE_YAML:
            message = f"it is larger than {MAX_CASE_YAML} bytes, which no case.yaml is"
            yield Finding("case-file", Severity.BROKEN, CASE_YAML, message)
            return
        found = tuple(check_case_file(data, self._log.policy, self._opening))
        if any(finding.severity is Severity.BROKEN for finding in found) and self._new_one_waits():
            message = f"{NEW_CASE_YAML} is the text that the log recorded last: consistent with an interrupted write"
            severity = Severity.NOTE if writing else Severity.UNCHECKED
            yield Finding("case-file", severity, CASE_YAML, message, meaning=UNFINISHED)
            return
        yield from found

    def _new_one_waits(self) -> bool:
        """Return whether the case.yaml on record lies beside the one that it is to take the place of."""
        try:
            data = b"".join(self._case.chunks(NEW_CASE_YAML, MAX_CASE_YAML + 1))
        except CaseError:
            return False
        found = check_case_file(data, self._log.policy, self._opening)
        return not any(finding.severity is Severity.BROKEN for finding in found)

    def _opening(self, sha256: str) -> bytes | None:
        try:
            return b"".join(self._case.chunks(private_path(sha256, "json"), MAX_OPENING))
        except CaseError:
            return None

    def _counts(self) -> dict[str, int]:
        items = self._log.state.items.values()
        return {
            "events": self._log.state.seq,
            "seals": len(self._seals.seals) if self._seals is not None else 0,
            "stamps": self._seals.stamps if self._seals is not None else 0,
            "items": len(items),
            "open": len(self._log.state.unclosed),
            "withheld": sum(1 for item in items if item.withheld),
            "files": self._files,
            "records": self._records if self._in_records else 0,  # else few were looked at
            "bytes": self._bytes,
        }
