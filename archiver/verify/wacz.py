"""A WACZ (1.1.1 and before), ours or of somebody else: its datapackage, WARCs, index, pages and signature."""

import re
from collections.abc import Iterator
from pathlib import Path

from archiver.bundle.members import Bundle
from archiver.canon import Json
from archiver.custody.layout import CASE_YAML, LOG, MANIFEST
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import listed as array
from archiver.verify.claim import members
from archiver.verify.inner import Counts, check_case
from archiver.verify.listed import KNOWN, Listed, compared, shown, unlisted, unread
from archiver.verify.loose_json import BadJson, loose_json
from archiver.verify.outside import Outside
from archiver.verify.report import Report, quoted
from archiver.verify.wacz_index import check_index, index_files
from archiver.verify.wacz_pages import PAGES, check_main_page, check_pages
from archiver.verify.wacz_records import Records
from archiver.verify.wacz_signature import DIGEST_FILE, check_signature
from archiver.verify.wacz_told import Told, told_by
from archiver.verify.warc_file import read_warc

PACKAGE, ARCHIVE, INDEXES, LOG_FOLDER = "datapackage.json", "archive/", "indexes/", "custody/"
BY_HAND = ("verify/VERIFY.txt", "verify/verify.py")  # what explains a WACZ of ours
PROFILE, VERSIONS = "data-package", frozenset({"1.0.0", "1.1.0", "1.1.1"})
MAX_PACKAGE = 1 << 26  # bytes of datapackage.json
MAX_SIZE = 1 << 63  # bytes of a file

_WARC = re.compile(r"archive/[^/]+\.warc(?:\.gz)?")
_HASH = re.compile(r"([a-z0-9]{1,20}):([0-9a-fA-F]{8,256})")
_CASE_FILE = re.compile(r"custody/(case\.yaml|custody\.jsonl|manifest\.yaml)|(seals|trust)/[^/]+")
_OUR_WARC = re.compile(r"archive/([0-9]{6,12})\.warc\.gz")
_ONE_STORY = "what is listed, and what a program shows, may be two different things"


def check_wacz(bundle: Bundle, at: Path, report: Report, outside: Outside) -> Counts:
    """Add to `report` what is wrong with the WACZ; `at` is where it lies when it is a folder."""
    ours = any(LOG_FOLDER + name in bundle.members for name in (LOG, MANIFEST, CASE_YAML))  # also where the log is gone
    told = told_by(bundle, LOG_FOLDER + LOG) if ours else None
    package = _package(bundle, report)
    if package is None:
        report.add(_not_compared(bundle))
    else:
        report.extend(_form(package, told))
        report.extend(_resources(bundle, package))
    report.extend(_folders(bundle))
    records = Records()
    counts = {"files": len(bundle.members), "records": 0, "bytes": 0}
    for name in sorted(name for name in bundle.members if _WARC.fullmatch(name)):
        for what, count in _warc(bundle, name, report, records).items():
            counts[what] += count
    report.extend(check_index(bundle, records, ours=ours))
    report.extend(check_pages(bundle, records, told))
    report.extend(check_main_page(package or {}, records))
    report.extend(check_signature(bundle, package, records, sealed=ours))
    names = _case_names(bundle) if ours else {}
    report.extend(_beside(bundle, names) if ours else ())
    _sound(report, counts, records, sealed=ours)
    if ours:
        return check_case(bundle, names, at, report, outside) or counts
    report.extend(_alone(outside))
    return counts


def _alone(outside: Outside) -> Iterator[Finding]:
    """Yield that nothing vouches for a WACZ without a case, and what was given in vain."""
    meaning = (
        "compare the SHA-256 of the file with one that was noted elsewhere, or verify the case that it was made from"
    )
    message = "nothing outside this WACZ vouches for it: whoever changes a file can list it anew"
    yield Finding("receipt", Severity.UNASKED, "", message, meaning=meaning)
    for check, given, what in (
        ("receipt", outside.receipt, "a receipt was given, and no seal is here"),
        ("signatures", outside.signers, "signers were named, and no seal is here that one of them could have signed"),
        ("tokens", outside.roots, "roots of authorities were named, and no time stamp is here"),
    ):
        if given is not None:
            message = (
                f"{what}: this WACZ holds single items or is of somebody else, or its log and seals were taken out"
            )
            yield Finding(check, Severity.UNCHECKED, "", message, meaning=meaning)


def _sound(report: Report, counts: Counts, records: Records, *, sealed: bool) -> None:
    """Say what is sound; with `sealed` the case in it says the same of its WARCs, and more."""
    texts = {
        "contents": f"{counts['files']} files: listed in {PACKAGE}, there, and as listed",
        "index": f"{records.matched} entries of the index, each where it says, and every page has one",
    }
    if not sealed:
        texts["structure"] = f"{counts['records']} records: every byte of every WARC belongs to one"
        texts["digests"] = f"{counts['records']} records: the digests they carry match"
    for check, text in texts.items():
        if report.wants(check) and report.clean(check):
            report.add(Finding(check, Severity.OK, "", text))


def _package(bundle: Bundle, report: Report) -> dict[str, Json] | None:
    """Return what datapackage.json says, None when that cannot be told: then no file is called listed or unlisted."""
    meaning = "without it nothing says what the WACZ should hold"
    try:
        found = loose_json(bundle.read(PACKAGE, MAX_PACKAGE))
    except CaseError as exc:
        report.extend(unread(PACKAGE, exc))
        return None
    except BadJson as exc:
        report.add(Finding("contents", Severity.BROKEN, PACKAGE, f"it cannot be read: {exc}", meaning=meaning))
        return None
    if not isinstance(found, dict):
        report.add(Finding("contents", Severity.BROKEN, PACKAGE, "it is JSON, and no list of files", meaning=meaning))
        return None
    return found


def _not_compared(bundle: Bundle) -> Finding:
    message = f"{len(bundle.members)} files are there, and no list that could be read says which should be, and how"
    meaning = "whether one was changed, put in or taken out cannot be told; the other checks look at each by itself"
    return Finding("contents", Severity.UNCHECKED, "", message, meaning=meaning)


def _form(package: dict[str, Json], told: Told | None) -> Iterator[Finding]:
    profile, version = package.get("profile", PROFILE), package.get("wacz_version")
    if profile != PROFILE or str(version) not in VERSIONS:
        message = f"it is a {quoted(profile)} of version {quoted(version)}: what that demands is not known here"
        meaning = "it was looked at as if it were of version 1.1.1"
        yield Finding("contents", Severity.UNCHECKED, PACKAGE, message, meaning=meaning)
    if package.get("config"):
        message = f"it sets how programs show it: {quoted(package['config'])}"
        meaning = "a program that goes by this may show something else than was captured, also from elsewhere"
        yield Finding("contents", Severity.UNCHECKED, PACKAGE, message, meaning=meaning)
    if told is not None and told.case and package.get("title") != f"Case {told.case}":
        message = f"it is called {quoted(package.get('title'))}, and the case in it is {quoted(told.case)}"
        yield Finding("contents", Severity.BROKEN, PACKAGE, message, meaning=_ONE_STORY)


def _resources(bundle: Bundle, package: dict[str, Json]) -> Iterator[Finding]:
    """Yield how what is there differs from what is listed; every listed file is read."""
    listed: dict[str, Listed] = {}
    for resource in map(members, array(package.get("resources"))):
        path, size, digest = resource.get("path"), resource.get("bytes"), _HASH.fullmatch(str(resource.get("hash")))
        if not isinstance(path, str) or path in listed or digest is None:
            message = f"an entry of its list has no path or no hash of its own: {quoted(resource)}"
            yield Finding("contents", Severity.BROKEN, PACKAGE, message, meaning=_ONE_STORY)
            continue
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size < MAX_SIZE:
            message = f"an entry of its list has no size: {quoted(resource)}"
            yield Finding("contents", Severity.BROKEN, PACKAGE, message, meaning=_ONE_STORY)
            size = None
        listed[path] = Listed(size, {digest[1]: digest[2].lower()} if digest[1] in KNOWN else {})
    for name, facts in sorted(listed.items()):
        yield from compared(bundle, name, facts)
    for name in sorted(bundle.members.keys() - listed.keys() - {PACKAGE, DIGEST_FILE}):
        yield unlisted(name)


def _folders(bundle: Bundle) -> Iterator[Finding]:
    """Yield what the format demands to be there, and what may not stand in its folders."""
    index = index_files(bundle)
    meaning = "a WACZ without it shows nothing, or something else than was captured"
    for what, there in (
        (f"a WARC file in {ARCHIVE}", any(_WARC.fullmatch(name) for name in bundle.members)),
        (f"an index in {INDEXES}", bool(index)),
        (PAGES, PAGES in bundle.members),
    ):
        if not there and not bundle.unread:
            yield Finding("contents", Severity.BROKEN, "", f"{what} is missing", meaning=meaning)
    for name, member in sorted(bundle.members.items()):
        foreign = (name.startswith(ARCHIVE) and not _WARC.fullmatch(name)) or (
            name.startswith(INDEXES) and name not in index
        )
        if foreign:
            message = "no file of this name belongs into this folder of a WACZ"
            yield Finding("contents", Severity.BROKEN, shown(name), message, meaning=_ONE_STORY)
        if name.endswith((".warc", ".warc.gz")) and not name.startswith(ARCHIVE):
            message = f"it is a WARC file outside {ARCHIVE}: its records were not looked at"
            meaning = "some programs show what is in it, and others do not"
            yield Finding("contents", Severity.UNCHECKED, shown(name), message, meaning=meaning)
        if not member.stored and (name.startswith(ARCHIVE) or name.endswith(".gz")):
            message = "it is packed once more, and must not be: programs read pieces out of it where it lies"
            meaning = "its content is judged all the same; a program that replays the WACZ may show nothing"
            severity = Severity.BROKEN if name.startswith(ARCHIVE) else Severity.NOTE
            yield Finding("contents", severity, shown(name), message, meaning=meaning)


def _warc(bundle: Bundle, name: str, report: Report, records: Records) -> Counts:
    try:
        with bundle.open_file(name) as file:
            counts, _ = read_warc(file, name, report, records.of(name.removeprefix(ARCHIVE)))
            return counts
    except CaseError as exc:
        if exc.kind != "damaged":  # which was said where it was compared with its list
            meaning = "its records could not be checked; that is neither good nor bad news about them"
            report.add(Finding("structure", Severity.UNCHECKED, shown(name), exc.message, meaning=meaning))
        return {}


def _beside(bundle: Bundle, names: dict[str, str]) -> Iterator[Finding]:
    """Yield every file of a WACZ with a case in it that is neither of the case nor made from it."""
    made = index_files(bundle) | {PACKAGE, DIGEST_FILE, PAGES, *BY_HAND}
    for name in sorted(bundle.members.keys() - names.keys() - made):
        message = "the log that lies in this WACZ knows of no such file"
        meaning = "it was put in beside what was sealed: no seal covers it"
        yield Finding("contents", Severity.BROKEN, shown(name), message, meaning=meaning)


def _case_names(bundle: Bundle) -> dict[str, str]:
    """Return where in a case the files of a WACZ of ours belong."""
    found: dict[str, str] = {}
    for name in sorted(bundle.members):
        if match := _CASE_FILE.fullmatch(name):
            found[name] = match[1] or name
        elif match := _OUR_WARC.fullmatch(name):
            found[name] = f"evidence/{int(match[1]) // 1000:03d}/{match[1]}.warc.gz"
    return found
