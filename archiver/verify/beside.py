"""The files beside the log – in seals/ and trust/ – against what an event recorded of them."""

import hashlib
from dataclasses import dataclass, field

from archiver.canon import Json
from archiver.custody.read import Snapshot
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.report import quoted

MAX_KEPT = 1 << 18  # bytes of a seal, a signature, a time stamp or a key; all are much smaller
_MEANING = "it was changed, exchanged or damaged after it was made: do not rely on what it says now"


@dataclass(frozen=True, slots=True)
class Found:
    """What lies where an event says. `data` is b"" where nothing could be read or nothing was to be kept.

    `sha256` is that of the bytes that are there, "" when none could be read; `intact` says that they are as recorded.
    """

    data: bytes = b""
    sha256: str = ""
    intact: bool = False


@dataclass(slots=True)
class Beside:
    """Reads such files, each once. `explained` has the path of every one that an event recorded.

    `findings` collects what is wrong with them, under the check "seals", until somebody takes it.
    """

    case: Snapshot
    explained: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def read(self, file: Json, expected: str, line: int, *, keep: bool = True) -> Found:
        """Return the file that the event on `line` records as `file`, where `expected` is the path it must have.

        Its bytes are returned also where they are not as recorded, so that they can be judged by themselves; without
        `keep` they are compared and not held.
        """
        facts = members(file)
        path, size, sha256 = facts.get("path"), facts.get("size"), facts.get("sha256")
        if path != expected or not isinstance(size, int):
            message = f"log line {line} records {quoted(path)} where this file belongs"
            self._broken(expected, message, "the log speaks of another file than the one it must speak of")
            return Found()
        if expected in self.explained:
            message = f"log line {line} records it a second time"
            self._broken(expected, message, "a file is made once, and recorded once; it was not read again")
            return Found()
        self.explained.add(expected)
        digest = hashlib.sha256()
        kept: list[bytes] = []
        count = 0
        try:
            for chunk in self.case.chunks(expected, max(size + 1, MAX_KEPT)):
                digest.update(chunk)
                count += len(chunk)
                if keep and count <= MAX_KEPT:
                    kept.append(chunk)
        except CaseError as exc:
            self._unread(expected, line, exc)
            return Found()
        found = Found(b"".join(kept) if count <= MAX_KEPT else b"", digest.hexdigest(), digest.hexdigest() == sha256)
        if not found.intact or count != size:
            self._broken(expected, _difference(found, count, line, size, sha256), _MEANING)
        return found

    def taken(self) -> list[Finding]:
        """Return the findings so far, once."""
        found, self.findings = self.findings, []
        return found

    def _unread(self, path: str, line: int, exc: CaseError) -> None:
        if exc.kind == "missing":
            meaning = "the log says that this was made and kept with the case; nothing says where it is"
            self._broken(path, f"the file that log line {line} recorded is missing", meaning)
            return
        meaning = "its content could not be checked; that is neither good nor bad news about it"
        self.findings.append(Finding("seals", Severity.UNCHECKED, path, exc.message, meaning=meaning))

    def _broken(self, path: str, message: str, meaning: str) -> None:
        self.findings.append(Finding("seals", Severity.BROKEN, path, message, meaning=meaning))


def _difference(found: Found, count: int, line: int, size: int, sha256: Json) -> str:
    converted = found.data.replace(b"\r\n", b"\n")
    if converted != found.data and hashlib.sha256(converted).hexdigest() == sha256:
        return f"its line endings were changed from LF to CR LF after log line {line} recorded it"
    if count != size:
        return f"it is not {size} bytes long, as log line {line} recorded"
    return f"its SHA-256 is {found.sha256}, and log line {line} recorded {quoted(sha256)}"
