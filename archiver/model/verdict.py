"""What a verification found."""

from dataclasses import dataclass
from enum import IntEnum

from archiver.errors import ExitCode


class Severity(IntEnum):
    """How a finding weighs; the worst one decides."""

    OK = 0  # checked, and sound
    NOTE = 1  # worth knowing; contradicts nothing
    UNASKED = 2  # the verifier was not told what it needs for this; 9 only under --strict
    UNCHECKED = 3  # belongs to the case or was asked for, and could not be checked
    BROKEN = 4  # contradicts the log

    @property
    def word(self) -> str:
        """What people read (docs/spec/verify.md §1)."""
        return ("sound", "note", "not asked", "unchecked", "contradicted")[self]


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of one check.

    `check` is the name of the check, `subject` the file inside the case (or the WARC's own name), `where` the place in
    it ("line 12", "record 3 at byte 4096"), `message` what was seen, and `meaning` what a lawyer should understand by
    it. Texts may hold characters from the case: the sink escapes them.
    """

    check: str
    severity: Severity
    subject: str
    message: str
    where: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class SealSeen:
    """A seal as the log records it, sound or not: number `number` over lines 1 to `last`, recorded at `recorded_at`.

    `sha256` is the hash of its text, `signer` and `fingerprint` are "" for nobody, `stamps` pairs of
    authority and time, for those that came with it.
    """

    number: int
    last: int
    recorded_at: str
    sha256: str
    signer: str
    fingerprint: str
    stamps: tuple[tuple[str, str], ...]
    receipt: str


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """Which case was read, and in which state: its urn:uuid, the lines of its log, the hash of the last, its seals."""

    id: str
    lines: int
    head: str
    seals: tuple[SealSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings, in the order of the checks, and what was counted on the way; `case` is None for a bare file."""

    subject: str
    findings: tuple[Finding, ...]
    counts: tuple[tuple[str, int], ...] = ()
    case: CaseSeen | None = None

    @property
    def worst(self) -> Severity:
        """The weightiest severity found; OK when there is no finding."""
        return max((finding.severity for finding in self.findings), default=Severity.OK)

    def exit_code(self, *, strict: bool = False) -> ExitCode:
        """Return 0, 8 or 9 as the command line promises; with `strict` whatever is unasked is 9."""
        if self.worst is Severity.BROKEN:
            return ExitCode.CONTRADICTED
        limit = Severity.UNASKED if strict else Severity.UNCHECKED
        return ExitCode.UNCHECKED if self.worst >= limit else ExitCode.OK
