"""A case that lies in something else: verified as a case, its findings under the names that they have there."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from archiver.bundle.folder import Folder
from archiver.bundle.members import Bundle
from archiver.bundle.room import unpacked
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.outside import Outside
from archiver.verify.report import Report
from archiver.verify.run import verify_case

Counts = dict[str, int]


def check_case(
    bundle: Bundle,
    names: Mapping[str, str],
    at: Path,
    report: Report,
    outside: Outside,
    *,
    exported: bool = True,
) -> Counts:
    """Add to `report` what the verification of the case found whose files `names` maps to their places in a case.

    A folder at `at` is read where it is when the case lies in it as a case does; anything else is put into a private
    folder for as long as that takes. With `exported` it is a note that what an export leaves out is not there.
    """
    prefix = next(iter(names), "").removesuffix(next(iter(names.values()), ""))
    whole = all(name == prefix + path for name, path in names.items())
    try:
        if isinstance(bundle, Folder) and whole:
            return _verified(at / prefix, {"": prefix}, report, outside, exported)
        with unpacked(bundle, names) as folder:
            return _verified(folder, {path: name for name, path in names.items()}, report, outside, exported)
    except CaseError as exc:
        meaning = "the case in it could not be verified; that is neither good nor bad news about it"
        report.add(Finding("layout", Severity.UNCHECKED, "", exc.message, meaning=meaning))
        return {}


def _verified(folder: Path, names: Mapping[str, str], report: Report, outside: Outside, exported: bool) -> Counts:
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
        report.add(replace(finding, subject=subject))
    return dict(verdict.counts)
