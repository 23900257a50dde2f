"""A case that lies in something else: verified as a case, its findings under the names that they have there."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from archiver.bundle.folder import Folder
from archiver.bundle.members import Bundle
from archiver.bundle.room import unpacked
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity, Verdict
from archiver.verify.outside import Outside
from archiver.verify.report import Report
from archiver.verify.run import verify_case

Counts = dict[str, int]
_LEFT = "it may be there: not all of what was handed over could be read here"


def check_case(
    bundle: Bundle,
    names: Mapping[str, str],
    at: Path,
    report: Report,
    outside: Outside,
    *,
    exported: bool = True,
) -> Counts:
    """Do what `case_verdict` does, and return what was counted: nothing where the case could not be read."""
    verdict = case_verdict(bundle, names, at, report, outside, exported=exported)
    return dict(verdict.counts) if verdict is not None else {}


def case_verdict(
    bundle: Bundle,
    names: Mapping[str, str],
    at: Path,
    report: Report,
    outside: Outside,
    *,
    exported: bool = True,
) -> Verdict | None:
    """Add to `report` what the verification of the case found whose files `names` maps to their places in a case.

    Returns that verdict, in the names of the case itself; None where it could not be made, which `report` then says.

    A folder at `at` is read where it is when the case lies in it as a case does; anything else is put into a private
    folder for as long as that takes. With `exported` it is a note that what an export leaves out is not there.
    """
    prefix = next(iter(names), "").removesuffix(next(iter(names.values()), ""))
    whole = all(name == prefix + path for name, path in names.items())
    try:
        if isinstance(bundle, Folder) and whole:
            return _verified(bundle, at / prefix, {"": prefix}, report, outside, exported)
        with unpacked(bundle, names) as folder:
            places = {path: name for name, path in names.items()} | ({"": prefix} if whole else {})
            return _verified(bundle, folder, places, report, outside, exported)
    except CaseError as exc:
        meaning = "the case in it could not be verified; that is neither good nor bad news about it"
        report.add(Finding("layout", Severity.UNCHECKED, "", exc.message, meaning=meaning))
        return None


def no_case(what: str, meaning: str, outside: Outside, *, unlooked: bool = False) -> Iterator[Finding]:
    """Yield what follows for what the verifier brought along where `what` was handed over and holds no case.

    `meaning` says what can be done without a receipt, `unlooked` that a case may lie in what was not looked at.
    """
    if outside.receipt is None:
        message = f"nothing outside this {what} vouches for it: whoever changes a file can list it anew"
        yield Finding("receipt", Severity.UNASKED, "", message, meaning=meaning)
    else:
        message = (
            f"the receipt was given for seal {outside.receipt.seal} of {outside.receipt.case}, and no case is here"
        )
        lost = "this is not what the receipt was given for, or the case that it was given for was taken out of it"
        yield Finding("receipt", Severity.UNCHECKED if unlooked else Severity.BROKEN, "", message, meaning=lost)
    lacking = f"no seal of a case is in this {what}, so nothing could be held against what you named"
    if outside.signers is not None:
        yield Finding(
            "signatures", Severity.UNCHECKED, "", "you named signers, and nobody signed here", meaning=lacking
        )
    if outside.roots is not None:
        message = "you named roots of time stamping authorities, and no seal is stamped here"
        yield Finding("tokens", Severity.UNCHECKED, "", message, meaning=lacking)


def _verified(
    bundle: Bundle, folder: Path, names: Mapping[str, str], report: Report, outside: Outside, exported: bool
) -> Verdict:
    verdict = verify_case(
        folder,
        only=report.only,
        expect=outside.receipt,
        signers=outside.signers,
        roots=outside.roots,
        now=outside.now,
        exported=exported,
    )
    prefix = names.get("", "")
    for finding in verdict.findings:
        subject = names.get(finding.subject, prefix + finding.subject) if finding.subject else ""
        finding = replace(finding, subject=subject)
        if finding.severity is Severity.BROKEN and subject not in bundle.members and bundle.left_unread(subject):
            finding = replace(finding, severity=Severity.UNCHECKED, meaning=_LEFT)
        report.add(finding)
    return verdict
