"""Findings on their way to a verdict: in the order of the checks, and never more than people can read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from archiver.model.verdict import Finding, Severity

CHECKS = (
    "layout",
    "chain",
    "canonical",
    "case-file",
    "files",
    "structure",
    "digests",
    "records",
    "manifest",
    "seals",
    "signatures",
    "tokens",
    "receipt",
)
SEALED = CHECKS[-4:]  # those that are made from seals
EVERY = ("container", "contents", *CHECKS[:-4], "index", "lines", *SEALED)  # with those of what holds a case or WARCs
MAX_SHOWN = 200  # findings of one check and severity; the rest is counted
MAX_QUOTED = 200  # characters of a text of the case inside a message


@dataclass(slots=True)
class Report:
    """Collects findings: of the checks that `only` names, with commas between them, or of all.

    What lies beyond `MAX_SHOWN` is counted and told in one finding.
    """

    only: str | None = None
    _found: list[Finding] = field(default_factory=list)
    _counts: Counter[tuple[str, Severity]] = field(default_factory=Counter)

    def wants(self, check: str) -> bool:
        """Return whether findings of `check` were asked for."""
        return self.only is None or check in self.only.split(",")

    def add(self, *findings: Finding) -> None:
        """Take findings; those of checks that were not asked for are left out."""
        for finding in findings:
            if not self.wants(finding.check):
                continue
            key = (finding.check, finding.severity)
            self._counts[key] += 1
            if self._counts[key] <= MAX_SHOWN:
                self._found.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Take findings one after the other."""
        for finding in findings:
            self.add(finding)

    def clean(self, check: str) -> bool:
        """Return whether `check` found nothing that contradicts and nothing that it could not look at."""
        return not any(self._counts[check, severity] for severity in (Severity.UNCHECKED, Severity.BROKEN))

    def findings(self) -> tuple[Finding, ...]:
        """Return all findings by check, the weightiest of a check first, each in the order it was found."""
        order = {check: number for number, check in enumerate(EVERY)}
        more = [
            Finding(check, severity, "", f"{count - MAX_SHOWN} more findings like these are not shown")
            for (check, severity), count in self._counts.items()
            if count > MAX_SHOWN
        ]
        return tuple(sorted((*self._found, *more), key=lambda f: (order[f.check], -f.severity)))


def quoted(text: object) -> str:
    """Return a value of the case in quotes, cut to what fits into a message."""
    shown = repr(text)
    return shown if len(shown) <= MAX_QUOTED else f"{shown[:MAX_QUOTED]}…"
