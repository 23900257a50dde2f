"""What others hand over – a bag, a disclosure, a WACZ, a case in an archive – verified as what it says it is.

The container is judged first, as bytes: one that can be read in two ways is refused, and nothing in it is looked at.
Nothing is written but into a private folder for temporary files, and only what a case in a zip or tar needs to be read.
"""

import os
from datetime import datetime
from itertools import islice
from pathlib import Path

from archiver.bundle.folder import Folder
from archiver.bundle.members import Beneath, Bundle, unreadable
from archiver.bundle.open import Form, form_of, open_bundle
from archiver.custody.layout import CASE_YAML, LOG, MANIFEST
from archiver.custody.receipt import Receipt
from archiver.custody.signers import AllowedSigners
from archiver.custody.token import Roots
from archiver.model.verdict import Finding, Severity, Verdict
from archiver.verify.bag import check_bag
from archiver.verify.bag_info import DECLARATION
from archiver.verify.bag_lists import PAYLOAD
from archiver.verify.disclosure import STATEMENT, check_disclosure
from archiver.verify.inner import Counts, check_case
from archiver.verify.listed import container_findings
from archiver.verify.outside import Outside
from archiver.verify.report import Report
from archiver.verify.wacz import PACKAGE, check_wacz

_MARKS = {  # the file that says what something is -> what people call it, and who judges it
    DECLARATION: "bag",
    STATEMENT: "disclosure",
    PACKAGE: "WACZ",
    LOG: "case",
}
_NOT_READ = "nothing in it was looked at; that is neither good nor bad news about it"
_CLOSED = {  # forms of which nothing is read -> what is said, what can be done
    Form.ENCRYPTED: ("it is encrypted with age", "whoever has the key decrypts it and verifies what comes out"),
    Form.PACKED: (
        "it is an archive that is packed as a whole, as .tar.gz and .7z are, and is not read as it lies",
        "unpack it once (of a .tar.gz, gunzip makes a .tar) and verify what comes out",
    ),
}


def is_bundle(path: Path) -> bool:
    """Return whether `path` is to be judged here: not a case folder, and not a WARC file. Raises `CaseError`."""
    if not path.is_dir():
        return form_of(path) is not Form.OTHER
    where = _where(path)
    return _marked(where) and not _is_case(where)


def verify_bundle(
    path: Path,
    *,
    only: str | None = None,
    expect: Receipt | None = None,
    signers: AllowedSigners | None = None,
    roots: Roots | None = None,
    now: datetime | None = None,
) -> Verdict:
    """Return what a reading of the bag, disclosure, WACZ or packed case at `path` found: a folder, a zip or a tar.

    What is given means the same as for `verify_case`. Nothing that lies there can make this raise; `CaseError` is for
    what the system refuses. Memory grows by about a kilobyte for each file.
    """
    report = Report(only)
    folder = path.is_dir()
    if not folder and (closed := _CLOSED.get(form_of(path))):
        message, meaning = closed[0], f"{_NOT_READ}: {closed[1]}"
        report.add(Finding("container", Severity.UNCHECKED, path.name, message, meaning=meaning))
        return Verdict(str(path), report.findings())
    where = _where(path) if folder else path
    with open_bundle(where) as bundle:
        counts = _judged(bundle, where, report, Outside(expect, signers, roots, now))
    return Verdict(str(path), report.findings(), tuple(counts.items()))


def _judged(bundle: Bundle, path: Path, report: Report, outside: Outside) -> Counts:
    report.extend(container_findings(bundle.flaws))
    if bundle.refused and not isinstance(bundle, Folder):
        message = "its content was not looked at, because the container was refused"
        report.add(Finding("contents", Severity.UNCHECKED, "", message, meaning=_NOT_READ))
        return {}
    inside, mark, prefix = _root(bundle)
    if report.clean("container"):
        kind = _MARKS.get(mark, "archive")
        whole = "" if isinstance(bundle, Folder) else ", and every byte belongs to one"
        message = f"a {kind} of {len(bundle.members)} files: every name is a plain one{whole}"
        report.add(Finding("container", Severity.OK, "", message))
    at = path / prefix
    if mark == DECLARATION:
        return check_bag(inside, at, report, outside)
    if mark == STATEMENT:
        return check_disclosure(inside, report, outside)
    if mark == PACKAGE:
        return check_wacz(inside, at, report, outside)
    if mark == LOG:
        return check_case(inside, {name: name for name in inside.members}, at, report, outside, exported=False)
    message = "it is no bag, no disclosure, no WACZ and no case: nothing here says what it should be"
    report.add(Finding("contents", Severity.UNCHECKED, "", message, meaning=_NOT_READ))
    return {}


def _marked(path: Path) -> bool:
    try:
        return any((path / name).is_file() for name in _MARKS if name != LOG)
    except OSError:  # whoever opens the folder says why
        return False


def _is_case(path: Path) -> bool:
    return any(os.path.lexists(path / name) for name in (LOG, MANIFEST, CASE_YAML))


def _where(path: Path) -> Path:
    """Return the folder to look into: `path`, or the export in it where nothing else is, as unpacking leaves it.

    Of a case it is the bag in which it lies, for only the bag says that parts were left out of an export.
    """
    if _is_case(path):
        place = path.resolve()
        return place.parent if f"{place.name}/" == PAYLOAD and (place.parent / DECLARATION).is_file() else path
    if _marked(path):
        return path
    try:
        with os.scandir(path) as found:
            entries = list(islice(found, 2))
            one = len(entries) == 1 and entries[0].is_dir(follow_symlinks=False)
    except OSError as exc:
        raise unreadable(str(path), exc) from exc
    return path / entries[0].name if one and _marked(path / entries[0].name) else path


def _root(bundle: Bundle) -> tuple[Bundle, str, str]:
    """Return the files, which mark says what they are, and in which folder: their own, or the only one at the top."""
    tops = {name.partition("/")[0] for name in bundle.members}
    for inside, prefix in ((bundle, ""), *((Beneath(bundle, top), top) for top in tops if len(tops) == 1)):
        for mark in _MARKS:
            if mark in inside.members:
                return inside, mark, prefix
    return bundle, "", ""
