"""The files beside the log – in seals/ and trust/ – against what an event recorded of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from archiver.canon import Json
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.report import quoted

MAX_KEPT = 1 << 18  # bytes of a seal, a signature, a time stamp or a key; all are much smaller
_CONVERTED = "no word was changed by that, but every hash was: mail and some version control do so to text files"
_MEANING = "it was changed, exchanged or damaged after it was made: do not rely on what it says now"


class Reads(Protocol):
    """Whoever can read a file of the case, as `archiver.custody.read.Snapshot` does."""

    def chunks(self, path: str, limit: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of a file in order, the first `limit` of them at most. Raises `CaseError`."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """What lies where an event says. `data` is b"" where nothing could be read or nothing was to be kept.

    `sha256` is that of the bytes that are there, "" when none could be read; `intact` says that they are as recorded.
    Where nothing but the ends of lines was changed, which is told once, all of it is of the bytes before that.
    """

    data: bytes = b""
    sha256: str = ""
    intact: bool = False


@dataclass(slots=True)
class Beside:
    """Reads such files, each once. `explained` has the path of every one that an event recorded.

    `findings` collects what is wrong with them, under the check "seals", until somebody takes it.
    """

    case: Reads
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
        there, plain = _Read(keep), _Read(keep)
        carried = b""
        try:
            for chunk in self.case.chunks(expected, max(2 * size + 1, MAX_KEPT)):
                there.add(chunk)
                joined = carried + chunk
                carried = b"\r" if joined.endswith(b"\r") else b""
                plain.add(joined.removesuffix(carried).replace(b"\r\n", b"\n"))
        except CaseError as exc:
            self._unread(expected, line, exc)
            return Found()
        plain.add(carried)
        if there.found(size, sha256).intact:
            return there.found(size, sha256)
        if plain.found(size, sha256).intact:
            message = f"its line endings were changed from LF to CR LF after log line {line} recorded it"
            self._broken(expected, f"{message}; it was judged without the CR", _CONVERTED)
            return plain.found(size, sha256)
        found = there.found(size, sha256)
        self._broken(expected, _difference(found, there.count, line, size, sha256), _MEANING)
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


class _Read:
    """Bytes as they are read: their number, their hash, and unless they are too many or not wanted, themselves."""

    def __init__(self, keep: bool) -> None:
        self.count = 0
        self._digest = hashlib.sha256()
        self._most = MAX_KEPT if keep else 0
        self._kept: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.count += len(chunk)
        if self.count <= self._most:
            self._kept.append(chunk)

    def found(self, size: int, sha256: Json) -> Found:
        digest = self._digest.hexdigest()
        data = b"".join(self._kept) if self.count <= self._most else b""
        return Found(data, digest, digest == sha256 and self.count == size)


def _difference(found: Found, count: int, line: int, size: int, sha256: Json) -> str:
    if count != size:
        return f"it is not {size} bytes long, as log line {line} recorded"
    return f"its SHA-256 is {found.sha256}, and log line {line} recorded {quoted(sha256)}"
