"""What a bag says of itself: its declaration, and bag-info.txt against what is there (RFC 8493 §2.1.1, §2.2.2)."""

import re
from collections.abc import Iterator

from archiver.bundle.members import Bundle
from archiver.errors import CaseError
from archiver.model.verdict import CaseSeen, Finding, Severity
from archiver.verify.bag_lists import NO_BAG, PAYLOAD, Lists
from archiver.verify.listed import unread
from archiver.verify.report import quoted

DECLARATION, INFO = "bagit.txt", "bag-info.txt"
MAX_TAG = 1 << 20  # bytes of one of them
FORMAT = "archiver-bag/1"  # docs/spec/exports.md §3

_VERSION = re.compile(r"BagIt-Version: ([0-9]{1,3})\.([0-9]{1,3})")
_ENCODING = re.compile(r"Tag-File-Character-Encoding: ([A-Za-z0-9_.:-]{1,40})")
_ENCODINGS = {"utf-8": "utf-8", "us-ascii": "ascii", "iso-8859-1": "latin-1"}
_FIELD = re.compile(r"^([A-Za-z0-9-]{1,40}):[ \t]*(\S.{0,200}?)[ \t]*$", re.MULTILINE)
_FORMAT = re.compile(r"archiver-bag/[1-9][0-9]{0,5}")
_OXUM = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")

Info = dict[str, list[str]]


def read_declaration(bundle: Bundle) -> tuple[str, list[Finding]]:
    """Return in which encoding the lists are, "" for one that is not read here, and what is wrong with bagit.txt."""
    try:
        lines = bundle.read(DECLARATION, MAX_TAG).decode("utf-8").splitlines()
    except CaseError as exc:
        return "utf-8", [*unread(DECLARATION, exc)]
    except UnicodeDecodeError:
        lines = []
    version, said = (_VERSION.fullmatch(lines[0]), _ENCODING.fullmatch(lines[1])) if len(lines) == 2 else (None, None)
    if version is None or said is None:
        message = f"it does not say that this is a bag, in the two lines that it must have: {quoted(lines[:3])}"
        return "utf-8", [Finding("contents", Severity.BROKEN, DECLARATION, message, meaning=NO_BAG)]
    found = []
    if (int(version[1]), int(version[2])) > (1, 0):
        message = f"it is a bag of version {version[1]}.{version[2]}, which is newer than what is known here"
        found.append(Finding("contents", Severity.UNCHECKED, DECLARATION, message, meaning=NO_BAG))
    encoding = _ENCODINGS.get(said[1].lower(), "")
    if not encoding:
        message = f"its lists are in {said[1]}, which is not read here"
        found.append(Finding("contents", Severity.UNCHECKED, DECLARATION, message, meaning="they were not compared"))
    return encoding, found


def read_info(bundle: Bundle, lists: Lists) -> tuple[Info, list[Finding]]:
    """Return the fields of bag-info.txt, by label in lower case, each as often as it stands there."""
    if INFO not in bundle.members:
        return {}, []
    try:
        text = bundle.read(INFO, MAX_TAG).decode("utf-8", "replace")
    except CaseError as exc:  # else it is said where it is compared with its list
        return {}, [*unread(INFO, exc)] if exc.kind == "large" or INFO not in lists.tags else []
    info: Info = {}
    for match in _FIELD.finditer("\n".join(text.splitlines())):
        info.setdefault(match[1].lower(), []).append(match[2])
    return info, []


def check_size(bundle: Bundle, info: Info) -> Iterator[Finding]:
    """Yield where the stated size of the content is another than that of the files, all of which could be read."""
    if bundle.unread:
        return
    payload = [member.size for name, member in bundle.members.items() if name.startswith(PAYLOAD)]
    for stated in map(_OXUM.fullmatch, info.get("payload-oxum", [])):
        if stated and (int(stated[1]), int(stated[2])) != (sum(payload), len(payload)):
            here = f"{sum(payload)} bytes in {len(payload)} files are there"
            message = f"it says {stated[1]} bytes in {stated[2]} files of content, and {here}"
            yield Finding("contents", Severity.BROKEN, INFO, message, meaning="files were added, removed or changed")
            return


def says_case(info: Info) -> str:
    """Return of which case bag-info.txt says that the bag is our export; "" where it does not say that."""
    return (info.get("external-identifier") or ["a case"])[0] if "archiver-format" in info else ""


def check_case_named(info: Info, case: CaseSeen) -> Iterator[Finding]:
    """Yield where an export of ours names another case than the one that is in it, or another newest seal."""
    if "archiver-format" not in info:
        return
    meaning = "bag-info.txt was changed, or the case in data/ is not the one that was exported"
    for said in info["archiver-format"]:
        if said != FORMAT:
            severity = Severity.UNCHECKED if _FORMAT.fullmatch(said) else Severity.BROKEN
            message = f"it says that this is an export of the form {quoted(said)}, and {FORMAT} is known here"
            yield Finding("contents", severity, INFO, message, meaning="what that demands was not looked at")
            return
    newest = str(case.seals[-1].number) if case.seals else ""
    for label, what, here in (("external-identifier", "of", case.id), ("archiver-seal", "up to seal", newest)):
        for said in info.get(label, []):
            if said != here:
                severity = Severity.BROKEN if here else Severity.UNCHECKED
                found = f"that in data/ is {what} {here}" if here else "the log in data/ says nothing of the kind"
                message = f"it says that this is an export {what} {quoted(said)}, and {found}"
                yield Finding("contents", severity, INFO, message, meaning=meaning)
