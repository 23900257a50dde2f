"""How a verdict reads: grouped by check, the worst named in words, and one plain sentence at the end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archiver.cli.screen import Field, Line, Screen, Tone
from archiver.cli.text import encodable
from archiver.errors import ExitCode
from archiver.model.verdict import Finding, Severity, Verdict

SHOWN_PER_CHECK = 20  # on a terminal; a pipe and --json get all

WORDS = {severity: severity.word for severity in Severity}
TONES = {
    Severity.OK: Tone.GOOD,
    Severity.NOTE: Tone.GOOD,
    Severity.UNASKED: Tone.QUIET,
    Severity.UNCHECKED: Tone.CAUTION,
    Severity.BROKEN: Tone.BAD,
}
_WORD_WIDTH = max(len(word) for word in WORDS.values())
_CHECK_WIDTH = 10  # docs/spec/verify.md: the names of the checks are no longer than this


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the verifier: `only` some checks, with commas between them, `strict`, whether it was a bare
    WARC file without its case, and whether it was a `bundle`: a bag, a disclosure, a WACZ, an archive.
    """

    only: str | None = None
    strict: bool = False
    bare: bool = False
    bundle: bool = False


def by_check(findings: Iterable[Finding]) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of each check, in the order of the checks."""
    groups: dict[str, tuple[Finding, ...]] = {}
    for finding in findings:
        groups[finding.check] = (*groups.get(finding.check, ()), finding)
    return groups


def result_word(verdict: Verdict, asked: Asked) -> str:
    """Return the one word for programs: sound, unchecked or contradicted."""
    return {ExitCode.OK: "sound", ExitCode.UNCHECKED: "unchecked", ExitCode.CONTRADICTED: "contradicted"}[
        verdict.exit_code(strict=asked.strict)
    ]


def sentence(verdict: Verdict, asked: Asked) -> str:
    """Return the last line: what was found, in words for somebody who reads nothing else."""
    word = result_word(verdict, asked)
    if word == "contradicted":
        what = "this WARC file is not sound" if asked.bare else _not_as(verdict, asked)
        return f"{what}: see what is marked as contradicted"
    if word == "unchecked" and verdict.worst is Severity.UNCHECKED:
        return (
            "nothing that was checked contradicts, but not everything could be checked: see what is marked as unchecked"
        )
    if word == "unchecked":
        return "nothing that was checked contradicts; with --strict, what was not asked counts as unchecked"
    if asked.bare:
        return "this WARC file is sound in itself; without its case there is no log to compare it with"
    if asked.only is not None:
        *others, last = asked.only.split(",")
        checks = f"checks {', '.join(others)} and {last}" if others else f"check {last}"
        return f"the {checks} found nothing that contradicts; no other check was asked for"
    seals = " and its seals" if dict(verdict.counts).get("seals") else ""
    unasked = "; what was not asked is named above" if seals and verdict.worst is Severity.UNASKED else ""
    if asked.bundle:
        log = "the custody log" if dict(verdict.counts).get("events") else "the log lines in it"
        rest = f", with {log}{seals}" if seals or dict(verdict.counts).get("events") else ""
        return f"everything that was checked agrees with what this export says of itself{rest}{unasked}"
    return f"everything that was checked agrees with the custody log{seals}{unasked}"


def _not_as(verdict: Verdict, asked: Asked) -> str:
    """Return in words what a case, or an export, is not, by the checks that found it."""
    checks = {finding.check for finding in verdict.findings if finding.severity is Severity.BROKEN}
    if "container" in checks:
        return "this is not safe to unpack, and not to be relied upon"
    if asked.bundle and checks & {"contents", "index", "lines"}:
        return "what was handed over is not as it says of itself"
    if checks == {"receipt"}:
        return "this folder is not the case, or not the state of it, that the receipt was given for"
    if checks <= {"seals", "signatures", "tokens", "receipt"}:
        return "the case is not as its seals say"
    return "the case is not as its log says"


def verdict_document(verdict: Verdict, asked: Asked) -> dict[str, object]:
    """Return the JSON document of a verdict (docs/spec/json-output.md)."""
    return {
        "schema": "archiver-verify/1",
        "subject": verdict.subject,
        "verdict": result_word(verdict, asked),
        "sentence": sentence(verdict, asked),
        "only": asked.only,
        "strict": asked.strict,
        "exit_code": int(verdict.exit_code(strict=asked.strict)),
        "counts": dict(verdict.counts),
        "findings": [
            {
                "check": finding.check,
                "severity": WORDS[finding.severity].replace(" ", "_"),
                "subject": finding.subject,
                "where": finding.where,
                "message": finding.message,
                "meaning": finding.meaning,
            }
            for finding in verdict.findings
        ],
    }


def show(screen: Screen, verdict: Verdict, asked: Asked) -> None:
    """Show the verdict to people: in colours on a terminal, line by line on a pipe."""
    if screen.out.terminal:
        screen.lines(verdict_lines(verdict, asked, signs(screen.out.encoding)))
    else:
        screen.fields(verdict_fields(verdict, asked))


def verdict_fields(verdict: Verdict, asked: Asked) -> tuple[Field, ...]:
    """Return the verdict for a pipe: every check, every finding that says something, and the sentence last."""
    fields = [Field("subject", verdict.subject)]
    judged = [finding for finding in verdict.findings if finding.severity is not Severity.UNASKED]
    for check, findings in by_check(judged).items():
        sound = "; ".join(_sound(findings))
        fields.append(Field("check", ": ".join((check, WORDS[_worst(findings)], *([sound] if sound else [])))))
        for finding in findings:
            if finding.severity is not Severity.OK:
                fields.append(Field(WORDS[finding.severity], _place(finding) + finding.message))
                fields += [Field("meaning", finding.meaning)] if finding.meaning else []
    fields += [Field("count", f"{name}: {count}") for name, count in verdict.counts]
    fields += [Field("not asked", _unasked(f)) for f in verdict.findings if f.severity is Severity.UNASKED]
    fields.append(Field("verdict", result_word(verdict, asked)))
    return (*fields, Field("in words", sentence(verdict, asked)))


def signs(encoding: str) -> dict[Severity, str]:
    """Return the signs beside the words, as far as a stream of this encoding can carry them."""
    return {
        Severity.OK: "✓" if encodable("✓", encoding) else "+",
        Severity.UNCHECKED: "!",
        Severity.BROKEN: "✗" if encodable("✗", encoding) else "x",
    }


def verdict_lines(verdict: Verdict, asked: Asked, signs: Mapping[Severity, str]) -> tuple[Line, ...]:
    """Return the verdict for a terminal; `marks` are the signs beside the words."""
    lines = [Line(((verdict.subject, Tone.STRONG),)), Line()]
    judged = [finding for finding in verdict.findings if finding.severity is not Severity.UNASKED]
    for check, findings in by_check(judged).items():
        lines += _check_lines(check, findings, signs)
    counted = ", ".join(
        f"{count} {name.removesuffix('s') if count == 1 else name}" for name, count in verdict.counts if count
    )
    if counted:
        lines += [Line(), _told("counted: ", counted, Tone.QUIET)]
    unasked = [finding for finding in verdict.findings if finding.severity is Severity.UNASKED]
    if unasked:
        lines += [Line(), *(_told("not asked: ", _unasked(finding), Tone.QUIET) for finding in unasked)]
    word = result_word(verdict, asked)
    tone = {"sound": Tone.GOOD, "unchecked": Tone.CAUTION, "contradicted": Tone.BAD}[word]
    last = sentence(verdict, asked)
    return (*lines, Line(), _told(f"{word}: ", last, tone))


def _check_lines(check: str, findings: tuple[Finding, ...], signs: Mapping[Severity, str]) -> list[Line]:
    worst = _worst(findings)
    word = f"{signs[worst]} {WORDS[worst]:<{_WORD_WIDTH}}  "
    head = ((word, TONES[worst]), (f"{check:<{_CHECK_WIDTH}}  ", Tone.PLAIN))
    lines = [Line((("; ".join(_sound(findings)), Tone.QUIET),), len(word) + _CHECK_WIDTH + 2, head)]
    telling = [finding for finding in findings if finding.severity is not Severity.OK]
    for finding in telling[:SHOWN_PER_CHECK]:
        note = "note: " if finding.severity is Severity.NOTE else ""
        lines.append(Line(((_place(finding), Tone.STRONG), (note + finding.message, Tone.PLAIN)), indent=4))
        if finding.meaning:
            lines.append(Line(((finding.meaning, Tone.QUIET),), indent=6))
    if len(telling) > SHOWN_PER_CHECK:
        left = len(telling) - SHOWN_PER_CHECK
        lines.append(Line(((f"and {left} more; --json shows more of them", Tone.QUIET),), indent=4))
    return lines


def _worst(findings: Iterable[Finding]) -> Severity:
    worst = max(finding.severity for finding in findings)
    return Severity.OK if worst is Severity.NOTE else worst


def _told(head: str, text: str, tone: Tone) -> Line:
    return Line(((text, Tone.PLAIN),), len(head), ((head, tone),))


def _sound(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(f.message for f in findings if f.severity is Severity.OK and f.message)


def _place(finding: Finding) -> str:
    place = ", ".join(part for part in (finding.subject, finding.where) if part)
    return f"{place}: " if place else ""


def _unasked(finding: Finding) -> str:
    return finding.message + (f"; {finding.meaning}" if finding.meaning else "")
