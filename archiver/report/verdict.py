"""The verification report: what was checked, what was found, what was not asked, and how to check it again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from archiver.model.verdict import CaseSeen, Finding, SealSeen, Severity, Verdict
from archiver.report.page import page
from archiver.report.words import ABOUT, COUNTED, SEVERITIES, WHAT_IT_DOES_NOT, WHAT_IT_MEANS

MAX_SEALS = 50  # the newest; each of them renews those before it


@dataclass(frozen=True, slots=True)
class Reported:
    """A verdict with what a reader has to know about it.

    `result` is its one word and `sentence` what it comes to in words; `at`, aware, is when it was reached and
    `software` with which program. `known` is (what, value) of all that the verifier brought along from elsewhere or
    asked for, and `command` what was typed.
    """

    verdict: Verdict
    result: str
    sentence: str
    at: datetime
    software: str
    known: tuple[tuple[str, str], ...]
    command: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, what it looks at, the weightiest severity, and its findings, the weightiest first."""

    name: str
    about: str
    worst: Severity
    findings: tuple[Finding, ...]


def verification_report(reported: Reported) -> bytes:
    """Return the report as one HTML file, the same bytes for the same value.

    What contradicts comes first, then what could not be checked.
    """
    verdict = reported.verdict
    judged = [finding for finding in verdict.findings if finding.severity is not Severity.UNASKED]
    seals = verdict.case.seals if verdict.case is not None else ()
    return page(
        "verdict.html",
        reported=reported,
        verdict=verdict,
        at=reported.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        means=WHAT_IT_MEANS[reported.result],
        means_not=WHAT_IT_DOES_NOT,
        severities=[(severity.word, SEVERITIES[severity], _count(verdict, severity)) for severity in Severity],
        checks=sorted(_checks(judged), key=lambda check: -check.worst),
        unasked=[finding for finding in verdict.findings if finding.severity is Severity.UNASKED],
        counts=[(COUNTED.get(name, name), count) for name, count in verdict.counts],
        seals=tuple(reversed(seals[-MAX_SEALS:])),
        left_out=max(0, len(seals) - MAX_SEALS),
        steps=_steps(verdict.case) if verdict.case is not None else (),
    )


def _checks(findings: Iterable[Finding]) -> Iterable[Check]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.check, []).append(finding)
    for name, found in groups.items():
        worst = max(finding.severity for finding in found)
        worst = Severity.OK if worst is Severity.NOTE else worst  # a note contradicts nothing
        yield Check(name, ABOUT.get(name, ""), worst, tuple(sorted(found, key=lambda finding: -finding.severity)))


def _count(verdict: Verdict, severity: Severity) -> int:
    return sum(finding.severity is severity for finding in verdict.findings)


def _steps(case: CaseSeen) -> tuple[tuple[str, str, str], ...]:
    """Return (what is checked, command in the folder of the case, answer to expect)."""
    steps = [
        ("the end of the log", "tail -n 1 custody.jsonl | sha256sum", f"{case.head}  -"),
        ("the number of its lines", "wc -l < custody.jsonl", str(case.lines)),
    ]
    return (*steps, *(_seal_steps(case.seals[-1]) if case.seals else ()))


def _seal_steps(seal: SealSeen) -> tuple[tuple[str, str, str], ...]:
    name = f"{seal.number:06d}"
    every = "find seals -name '*.files.sha256' -exec cat {} + | sha256sum -c --quiet"
    steps = [
        ("all evidence that is sealed", every, "nothing: each file has the hash that was sealed"),
        ("the newest seal", f"sha256sum seals/{name}.seal", f"{seal.sha256}  seals/{name}.seal"),
        (
            "seal and signature",
            f"(cd seals && sha256sum -c --strict {name}.sums)",
            f"{name}.seal: OK, and what follows",
        ),
    ]
    if seal.signer:
        sign = f"ssh-keygen -Y verify -f SIGNERS -I {seal.signer} -n custody-seal@archiver"
        told = f'Good "custody-seal@archiver" signature for {seal.signer} with … key {seal.fingerprint}'
        steps.append(("who signed it", f"{sign} -s seals/{name}.seal.sig < seals/{name}.seal", told))
    return tuple(steps)
