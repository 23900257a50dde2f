"""A BagIt bag (RFC 8493), ours or of somebody else: what it says of itself, its lists, and the case in it."""

import re
from collections.abc import Iterator
from pathlib import Path

from archiver.bundle.members import Bundle
from archiver.custody.layout import CASE_YAML, LOG, MANIFEST, Kind, classify
from archiver.model.verdict import Finding, Severity
from archiver.verify.bag_info import INFO, Info, check_case_named, check_size, read_declaration, read_info, says_case
from archiver.verify.bag_lists import PAYLOAD, Lists, check_lists, read_lists
from archiver.verify.disclosure import STATEMENT
from archiver.verify.inner import Counts, case_verdict, no_case
from archiver.verify.listed import shown
from archiver.verify.outside import Outside
from archiver.verify.report import Report

_KEPT = frozenset({Kind.WARC, Kind.SEAL, Kind.TRUST})  # what lies in a case beside its texts
_INNER = re.compile(r"/(?:bagit\.txt|disclosure\.json|datapackage\.json|custody\.jsonl|[^/]+\.(?:zip|tar|wacz|age))$")
_BY_HAND = ("VERIFY.txt", "verify.py")


def check_bag(bundle: Bundle, at: Path, report: Report, outside: Outside) -> Counts:
    """Add to `report` what is wrong with the bag; `at` is where it lies when it is a folder."""
    holds_case = any(PAYLOAD + name in bundle.members for name in (LOG, MANIFEST, CASE_YAML))  # also without its log
    encoding, found = read_declaration(bundle)
    report.extend(found)
    lists, found = read_lists(bundle, encoding) if encoding else (Lists(), [])
    report.extend(found)
    info, found = read_info(bundle, lists)
    report.extend(found)
    if encoding:
        report.extend(check_lists(bundle, lists, strict=holds_case or bool(says_case(info))))
    report.extend(check_size(bundle, info))
    counts = {"files": len(bundle.members), "bytes": sum(member.size for member in bundle.members.values())}
    if holds_case:
        counts = _case(bundle, info, at, report, outside) or counts
    else:
        inner = [name for name in bundle.members if name.startswith(PAYLOAD) and _INNER.search(name)]
        report.extend((*_stripped(bundle, info), *_unlooked(inner)))
        meaning = "compare the hash of its manifest with one kept"
        report.extend(no_case("bag", meaning, outside, unlooked=bool(inner)))
    if report.clean("contents"):
        some = f"{len(lists.payload)} files of content and {len(lists.tags)} beside it"
        report.add(Finding("contents", Severity.OK, "", f"{some}: listed, there, and as listed"))
    return counts


def _case(bundle: Bundle, info: Info, at: Path, report: Report, outside: Outside) -> Counts:
    names = {name: name[len(PAYLOAD) :] for name in bundle.members if name.startswith(PAYLOAD)}
    verdict = case_verdict(bundle, names, at, report, outside)
    if verdict is None:
        return {}
    if verdict.case is not None:
        report.extend(check_case_named(info, verdict.case))
    return dict(verdict.counts)


def _stripped(bundle: Bundle, info: Info) -> Iterator[Finding]:
    """Yield what shows that a case was here: what the bag says of itself, else what is left of it."""
    if case := says_case(info):
        message = f"it says that this is an export of {case}, and {PAYLOAD}{LOG}, the log of that case, is not there"
        meaning = "the case was taken out, and the lists written anew: what is left proves nothing, ask for the whole"
        yield Finding("contents", Severity.BROKEN, INFO, message, meaning=meaning)
        return
    if PAYLOAD + STATEMENT in bundle.members:
        return  # a disclosure, in a bag of somebody else
    kept = [name for name in bundle.members if name.startswith(PAYLOAD) and _of_case(name[len(PAYLOAD) :])]
    left = [name for name in _BY_HAND if name in bundle.members] + kept
    if kept or len(left) == len(_BY_HAND):
        message = f"{len(left)} files are called as in an export of a case ({', '.join(left[:3])}), and there is no log"
        meaning = "if this was a case, its log was taken out, and what is left proves nothing: ask for the whole"
        yield Finding("contents", Severity.UNCHECKED, "", message, meaning=meaning)


def _unlooked(inner: list[str]) -> Iterator[Finding]:
    if inner:
        message = f"{len(inner)} files are, by their names, what can be verified by itself: {', '.join(inner[:3])}"
        meaning = "here they are content like any other: unpack the bag, and verify each by itself"
        yield Finding("contents", Severity.NOTE, shown(inner[0]), message, meaning=meaning)


def _of_case(path: str) -> bool:
    return classify(path).kind in _KEPT
