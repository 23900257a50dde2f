"""The manifest against the log: rendered again, entry by entry, and compared while both are read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from archiver.custody.layout import LOG, MANIFEST
from archiver.custody.log import Event
from archiver.custody.manifest import HEAD_SIZE, block_head, rendered
from archiver.model.verdict import Finding, Severity
from archiver.verify.report import quoted

CHUNK = 1 << 16
BEFORE = 60  # bytes shown before a difference
SECTOR = 512  # bytes; what a disk writes whole or not at all
_ENTRY = re.compile(rb"(?:^|\n)- \{?log_line: ([1-9][0-9]{0,15})[,\r\n]")
_HOLE = re.compile(rb"\0+")
MEANING = (
    "manifest.yaml is the list for people and no evidence itself: where it differs from the log, do not rely on it; "
    "the log's own chain says whether the log is as it was written"
)


def last_listed(chunks: Iterable[bytes]) -> int:
    """Return the highest log line that any entry of a manifest names, 0 for none; the manifest is not judged."""
    last, before = 0, b""
    for chunk in chunks:
        seen = before + chunk
        last = max([last, *(int(match[1]) for match in _ENTRY.finditer(seen))])
        before = seen[-HEAD_SIZE:]
    return last


@dataclass(slots=True)
class ManifestCheck:
    """Give it every event in order, then ask for the `end`. Compares nothing more after the first difference.

    What a crash can leave is told apart from what it cannot: an entry that is cut off, or has holes of whole sectors
    (`SECTOR`) where the disk never wrote, and nothing but such entries behind it.

    `file` is the open manifest; only its first `left` bytes are looked at.
    """

    file: BinaryIO
    left: int
    entries: int = 0
    _at: int = 0
    _lines: int = 0
    _behind: int = 0
    _line_ends: bool = False
    _rest: bytes = b""
    _over: bool = False

    def event(self, event: Event, sha256: str) -> tuple[Finding, ...]:
        """Return what is wrong with the entry of `event`, whose raw line has the hash `sha256`."""
        if self._over or self._behind:
            return ()
        expected = rendered(event, sha256)
        found = self._read(len(expected))
        if found == expected:
            self.entries += 1
            self._at += len(found)
            self._lines += expected.count(b"\n")
            return ()
        if self._torn(found, expected):
            self._behind = event.seq
            return ()
        self._over = True
        return self._difference(event, sha256, expected, found)

    def not_compared(self, number: int, why: str) -> tuple[Finding, ...]:
        """Return that nothing can be compared from log line `number` on, and why."""
        if self._over or self._behind:
            return ()
        self._over = True
        message = f"it is not compared from log line {number} on, {why}"
        return (Finding("manifest", Severity.UNCHECKED, MANIFEST, message, f"line {self._lines + 1}", MEANING),)

    def end(self, *, writing: bool) -> tuple[Finding, ...]:
        """Return what the end of the manifest shows; `writing` says that somebody is writing into the case."""
        found: list[Finding] = []
        if self._line_ends:
            message = "its line endings were changed from LF to CR LF; it was compared without them"
            found.append(Finding("manifest", Severity.BROKEN, MANIFEST, message, meaning=MEANING))
        if self._over:
            return tuple(found)
        if self._behind == 1:  # a case appears with its first entry written and synced, or not at all
            message = "it does not hold even its first entry"
            found.append(Finding("manifest", Severity.BROKEN, MANIFEST, message, "line 1", MEANING))
        elif self._behind:
            severity = Severity.NOTE if writing else Severity.UNCHECKED
            message = f"it ends before the entry of log line {self._behind}: consistent with an interrupted write"
            meaning = "the next command that writes into the case adds what is missing; the log is complete without it"
            found.append(Finding("manifest", severity, MANIFEST, message, f"line {self._lines + 1}", meaning))
        elif rest := self._read(4096):
            named = block_head(rest)
            more = f"and has an entry for log line {named[0]}" if named else f"with {quoted(rest[:60])}"
            message = f"it goes on behind the entry of the last whole line of the log, {more}"
            meaning = "lines may have been cut off the end of the log: compare it with a receipt or an older copy"
            found.append(Finding("manifest", Severity.BROKEN, MANIFEST, message, f"line {self._lines + 1}", meaning))
        return tuple(found)

    def _torn(self, found: bytes, expected: bytes) -> bool:
        """Return whether `found` is `expected` cut off, or with holes that a disk leaves after a crash."""
        if self._line_ends or any(have not in {0, want} for have, want in zip(found, expected, strict=False)):
            return False
        holes = ((self._at + hole.start(), self._at + hole.end()) for hole in _HOLE.finditer(found))
        ends = {self._at + len(found), self._at}
        return all(
            (start in ends or start % SECTOR == 0) and (end in ends or end % SECTOR == 0) for start, end in holes
        )

    def _difference(self, event: Event, sha256: str, expected: bytes, found: bytes) -> tuple[Finding, ...]:
        at = next((i for i, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), len(found))
        line = self._lines + expected.count(b"\n", 0, at) + 1
        start = max(expected.rfind(b"\n", 0, at) + 1, at - BEFORE)
        message = (
            f"the entry of log line {event.seq} differs: {_line_at(found, start)} stands there, and the log yields "
            f"{_line_at(expected, start)}"
        )
        findings = [Finding("manifest", Severity.BROKEN, MANIFEST, message, f"line {line}", MEANING)]
        named = block_head(found[found.rfind(b"\n- ", 0, at + 1) + 1 :])
        if named is not None and named[0] == event.seq and named[1] != sha256:
            message = f"the hash of this line is {sha256}, and manifest.yaml names {named[1]}"
            meaning = "either this line of the log or its entry in the manifest was changed after they were written"
            findings.append(Finding("manifest", Severity.BROKEN, LOG, message, f"line {event.seq}", meaning))
        return tuple(findings)

    def _read(self, size: int) -> bytes:
        """Return the next `size` bytes, CR before LF left out if the whole file has been converted."""
        while len(self._rest) < size and (chunk := self.file.read(min(self.left, max(size, CHUNK)))):
            self.left -= len(chunk)
            if not self.entries and not self._line_ends and b"\r\n" in chunk:
                self._line_ends = True
            self._rest += chunk
            if self._line_ends:
                self._rest = self._rest.replace(b"\r\n", b"\n")
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def _line_at(data: bytes, start: int) -> str:
    return quoted(data[start:].partition(b"\n")[0].decode("utf-8", "backslashreplace"))
