"""A BagIt bag (RFC 8493), ours or of somebody else: its declaration, its manifests, and the case in it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from archiver.bundle.members import Bundle
from archiver.custody.layout import CASE_YAML, LOG, MANIFEST
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.inner import Counts, check_case
from archiver.verify.listed import KNOWN, Listed, compared, shown, unlisted, unread
from archiver.verify.outside import Outside
from archiver.verify.report import Report, quoted

DECLARATION, INFO, FETCH, PAYLOAD = "bagit.txt", "bag-info.txt", "fetch.txt", "data/"
MAX_TAG = 1 << 20  # bytes of bagit.txt and bag-info.txt
MAX_MANIFEST = 1 << 26  # bytes of a manifest; 250,000 files need some 30 MiB

_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9_-]{1,20})\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]{8,256})[ \t]+\*?(\S.*)")
_VERSION = re.compile(r"BagIt-Version: ([0-9]{1,3})\.([0-9]{1,3})")
_ENCODING = "Tag-File-Character-Encoding: UTF-8"
_OXUM = re.compile(r"^Payload-Oxum:[ \t]*([0-9]{1,18})\.([0-9]{1,18})[ \t]*$", re.MULTILINE | re.IGNORECASE)
_ESCAPED = {"%0A": "\n", "%0a": "\n", "%0D": "\r", "%0d": "\r", "%25": "%"}
_NO_BAG = "it is not a bag as RFC 8493 has it, so its lists may mean something else"


def check_bag(bundle: Bundle, at: Path, report: Report, outside: Outside) -> Counts:
    """Add to `report` what is wrong with the bag; `at` is where it lies when it is a folder."""
    ours = any(PAYLOAD + name in bundle.members for name in (LOG, MANIFEST, CASE_YAML))  # also where the log is gone
    report.extend(_declaration(bundle))
    payload, tags, none_read = _manifests(bundle, report)
    report.extend(_complete(bundle, payload, tags, ours=ours, none_read=none_read))
    for name, listed in sorted((payload | tags).items()):
        report.extend(compared(bundle, name, listed))
    report.extend(_oxum(bundle, tags))
    counts = {"files": len(bundle.members), "bytes": sum(member.size for member in bundle.members.values())}
    if report.clean("contents"):
        some = f"{len(payload)} files of content and {len(tags)} beside it"
        report.add(Finding("contents", Severity.OK, "", f"{some}: listed, there, and as listed"))
    if ours:
        names = {name: name[len(PAYLOAD) :] for name in bundle.members if name.startswith(PAYLOAD)}
        return check_case(bundle, names, at, report, outside) or counts
    message = "nothing outside this bag vouches for it: whoever changes a file can list it anew"
    report.add(
        Finding("receipt", Severity.UNASKED, "", message, meaning="compare the hash of its manifest with one kept")
    )
    return counts


def _declaration(bundle: Bundle) -> Iterator[Finding]:
    try:
        lines = bundle.read(DECLARATION, MAX_TAG).decode("utf-8").splitlines()
    except CaseError as exc:
        yield from unread(DECLARATION, exc)
        return
    except UnicodeDecodeError:
        lines = []
    version = _VERSION.fullmatch(lines[0]) if len(lines) == 2 else None
    if version is None or lines[1] != _ENCODING:
        message = f"it does not say that this is a bag, in the two lines that it must have: {quoted(lines[:3])}"
        yield Finding("contents", Severity.BROKEN, DECLARATION, message, meaning=_NO_BAG)
    elif (int(version[1]), int(version[2])) > (1, 0):
        message = f"it is a bag of version {version[1]}.{version[2]}, which is newer than what is known here"
        yield Finding("contents", Severity.UNCHECKED, DECLARATION, message, meaning=_NO_BAG)
    if FETCH in bundle.members:
        meaning = "the bag is not complete in itself; what the addresses give today may be something else"
        message = "it names files that are to be fetched from elsewhere, which was not done"
        yield Finding("contents", Severity.UNCHECKED, FETCH, message, meaning=meaning)


def _manifests(bundle: Bundle, report: Report) -> tuple[dict[str, Listed], dict[str, Listed], bool]:
    """Return what the payload manifests list, what the tag manifests list, and whether there are payload manifests of
    which not one could be read here."""
    read: list[bool] = []  # of each payload manifest, whether it could be
    found: tuple[dict[str, Listed], dict[str, Listed]] = ({}, {})
    for name in sorted(bundle.members):
        match = _MANIFEST.fullmatch(name)
        if match is None:
            continue
        if match[2] not in KNOWN:
            message = f"it is made with {match[2]}, which is not known here"
            report.add(Finding("contents", Severity.UNCHECKED, name, message, meaning="it was not compared"))
            read += [] if match[1] else [False]
            continue
        try:
            data = bundle.read(name, MAX_MANIFEST)
        except CaseError as exc:
            report.extend(unread(name, exc))
            read += [] if match[1] else [False]
            continue
        read += [] if match[1] else [True]
        report.extend(_take(data, name, match[2], found[bool(match[1])]))
    if not any(_MANIFEST.fullmatch(name) and name.startswith("manifest") for name in bundle.members):
        report.add(Finding("contents", Severity.BROKEN, "", "there is no manifest of its content", meaning=_NO_BAG))
    return *found, bool(read) and not any(read)


def _take(data: bytes, manifest: str, algorithm: str, into: dict[str, Listed]) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, raw in enumerate(data.splitlines(), 1):
        line = raw.decode("utf-8", "surrogateescape")
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        name = re.sub("%(?:0[AaDd]|25)", lambda escaped: _ESCAPED[escaped[0]], match[2]) if match else ""
        wrong = name.startswith(PAYLOAD) == manifest.startswith("tag")
        if match is None or wrong or name in seen:
            why = "is no digest and name" if match is None else "names what belongs in another list"
            message = f"a line {why if name not in seen else 'names a file a second time'}: {quoted(line)}"
            meaning = "what the list says of this file is not certain"
            yield Finding("contents", Severity.BROKEN, manifest, message, f"line {number}", meaning)
            continue
        seen.add(name)
        into.setdefault(name, Listed()).digests[algorithm] = match[1].lower()


def _complete(
    bundle: Bundle, payload: dict[str, Listed], tags: dict[str, Listed], *, ours: bool, none_read: bool
) -> Iterator[Finding]:
    """Yield every file that no manifest lists, or not every one: each must list all (RFC 8493 §2.1.3). Where none could
    be read, what they list is not known."""
    loose = Severity.BROKEN if ours or tags else Severity.NOTE
    algorithms = {algorithm for listed in payload.values() for algorithm in listed.digests}
    for name in sorted(bundle.members):
        if name.startswith(PAYLOAD):
            if name not in payload:
                yield unlisted(name, Severity.UNCHECKED if none_read else Severity.BROKEN)
            elif missing := algorithms - payload[name].digests.keys():
                message = f"the manifest made with {', '.join(sorted(missing))} does not list it, and another does"
                yield Finding("contents", Severity.BROKEN, shown(name), message, meaning=_NO_BAG)
        elif name not in tags and not name.startswith("tagmanifest-"):
            yield unlisted(name, loose)


def _oxum(bundle: Bundle, tags: Mapping[str, Listed]) -> Iterator[Finding]:
    if INFO not in bundle.members:
        return
    try:
        text = bundle.read(INFO, MAX_TAG).decode("utf-8", "replace")
    except CaseError as exc:
        if exc.kind == "large" or INFO not in tags:  # else it is said where it is compared with its list
            yield from unread(INFO, exc)
        return
    payload = [member.size for name, member in bundle.members.items() if name.startswith(PAYLOAD)]
    for stated in _OXUM.finditer(text):
        if (int(stated[1]), int(stated[2])) != (sum(payload), len(payload)):
            here = f"{sum(payload)} bytes in {len(payload)} files are there"
            message = f"it says {stated[1]} bytes in {stated[2]} files of content, and {here}"
            yield Finding("contents", Severity.BROKEN, INFO, message, meaning="files were added, removed or changed")
