"""The manifests of a bag (RFC 8493 §2.1.3, §2.2.1), and the files that they name, or do not."""

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from archiver.bundle.members import MAX_MEMBERS, Bundle
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.listed import KNOWN, Listed, compared, shown, unlisted, unread
from archiver.verify.report import quoted

FETCH, PAYLOAD = "fetch.txt", "data/"
MAX_MANIFEST = 1 << 26  # bytes of a manifest; 250,000 files need some 30 MiB
NO_BAG = "it is not a bag as RFC 8493 has it, so its lists may mean something else"

_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9_-]{1,20})\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]{8,256})[ \t]+\*?(?:\./)?(\S.*)")
_FETCHED = re.compile(r"\S+[ \t]+(?:[0-9]+|-)[ \t]+(\S.*)")
_ESCAPED = {"%0A": "\n", "%0a": "\n", "%0D": "\r", "%0d": "\r", "%25": "%"}


@dataclass(slots=True)
class Lists:
    """What the payload manifests list, and what the tag manifests.

    `none_read` says that there are payload manifests, and not one could be read here; `fetched` are the names of files
    that are to be got from elsewhere.
    """

    payload: dict[str, Listed] = field(default_factory=dict)
    tags: dict[str, Listed] = field(default_factory=dict)
    none_read: bool = False
    fetched: frozenset[str] = frozenset()


def read_lists(bundle: Bundle, encoding: str) -> tuple[Lists, list[Finding]]:
    """Return what the manifests in `encoding` say, and what is wrong with them as texts."""
    lists, findings = Lists(), list[Finding]()
    read: list[bool] = []  # of each payload manifest, whether it could be
    for name in sorted(bundle.members):
        match = _MANIFEST.fullmatch(name)
        if match is None:
            continue
        lines, found = _lines(bundle, name, match[2], encoding)
        findings += found
        read += [] if match[1] else [lines is not None]
        findings += _take(lines or [], name, match[2], lists.tags if match[1] else lists.payload)
    if not read:
        findings.append(Finding("contents", Severity.BROKEN, "", "there is no manifest of its content", meaning=NO_BAG))
    lists.none_read = bool(read) and not any(read)
    lists.fetched, found = _fetched(bundle, lists.payload, encoding)
    return lists, [*findings, *found, *_as_stored(bundle, lists.payload), *_as_stored(bundle, lists.tags)]


def check_lists(bundle: Bundle, lists: Lists, *, strict: bool) -> Iterator[Finding]:
    """Yield where files and lists differ; every listed file is read. With `strict` no file may be in no list.

    Each manifest must list all files (RFC 8493 §2.1.3). Where none could be read, what they list is not known.
    """
    loose = Severity.BROKEN if strict or lists.tags else Severity.NOTE
    algorithms = {algorithm for listed in lists.payload.values() for algorithm in listed.digests}
    for name in sorted(bundle.members):
        if name.startswith(PAYLOAD):
            if name not in lists.payload:
                yield unlisted(name, Severity.UNCHECKED if lists.none_read else Severity.BROKEN)
            elif missing := algorithms - lists.payload[name].digests.keys():
                message = f"the manifest made with {', '.join(sorted(missing))} does not list it, and another does"
                yield Finding("contents", Severity.BROKEN, shown(name), message, meaning=NO_BAG)
        elif name not in lists.tags and not ((match := _MANIFEST.fullmatch(name)) and match[1]):
            yield unlisted(name, loose)
    for name, listed in sorted((lists.payload | lists.tags).items()):
        if name in lists.fetched and name not in bundle.members:
            message = f"it is not there: {FETCH} says from where it is to be got"
            yield Finding("contents", Severity.UNCHECKED, shown(name), message, meaning="it was not looked at")
        else:
            yield from compared(bundle, name, listed)


def _lines(bundle: Bundle, name: str, algorithm: str, encoding: str) -> tuple[list[str] | None, list[Finding]]:
    """Return the lines of a manifest, None for one that cannot be read here."""
    if algorithm not in KNOWN:
        message = f"it is made with {algorithm}, which is not known here"
        return None, [Finding("contents", Severity.UNCHECKED, name, message, meaning="it was not compared")]
    try:
        return _text_lines(bundle, name, encoding), []
    except CaseError as exc:
        return None, [*unread(name, exc)]


def _text_lines(bundle: Bundle, name: str, encoding: str) -> list[str]:
    """Return the lines of a list, each ended by LF, CR or both. Raises `CaseError`."""
    data = bundle.read(name, MAX_MANIFEST)
    if data.count(b"\n") + data.count(b"\r") > 3 * MAX_MEMBERS:
        raise CaseError("large", f"{name!r}: it has more lines than the {MAX_MEMBERS} files that are looked at")
    return [line.decode(encoding, "surrogateescape") for line in data.splitlines()]


def _take(lines: list[str], manifest: str, algorithm: str, into: dict[str, Listed]) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        name = _unescaped(match[2]) if match else ""
        wrong = name.startswith(PAYLOAD) == manifest.startswith("tag")
        if match is None or wrong or name in seen:
            why = "is no digest and name" if match is None else "names what belongs in another list"
            message = f"a line {why if name not in seen else 'names a file a second time'}: {quoted(line)}"
            meaning = "what the list says of this file is not certain"
            yield Finding("contents", Severity.BROKEN, manifest, message, f"line {number}", meaning)
            continue
        if len(into) == MAX_MEMBERS and name not in into:
            message = f"it lists more than {MAX_MEMBERS} files: the rest was not looked at"
            yield Finding("contents", Severity.UNCHECKED, manifest, message, f"line {number}", "it was not compared")
            return
        seen.add(name)
        into.setdefault(name, Listed()).digests[algorithm] = match[1].lower()


def _fetched(bundle: Bundle, listed: Container[str], encoding: str) -> tuple[frozenset[str], list[Finding]]:
    """Return which of the listed files are to be got from elsewhere, and what follows from that."""
    if FETCH not in bundle.members:
        return frozenset(), []
    meaning = "the bag is not complete in itself; what the addresses give today may be something else"
    message = "it names files that are to be fetched from elsewhere, which was not done"
    findings = [Finding("contents", Severity.UNCHECKED, FETCH, message, meaning=meaning)]
    try:
        found = (_FETCHED.fullmatch(line) for line in _text_lines(bundle, FETCH, encoding))
    except CaseError as exc:
        return frozenset(), [*findings, *unread(FETCH, exc)]
    names = (_unescaped(match[1]) for match in found if match)
    return frozenset(name for name in names if name in listed), findings


def _as_stored(bundle: Bundle, listed: dict[str, Listed]) -> Iterator[Finding]:
    """Put what is listed under the name that a file has, where the two differ by their Unicode form alone."""
    gone = [name for name in listed if name not in bundle.members and not name.isascii()]
    if not gone:
        return
    there = {unicodedata.normalize("NFC", name): name for name in bundle.members if name not in listed}
    for name in gone:
        stored = there.pop(unicodedata.normalize("NFC", name), None)
        if stored is not None:
            listed[stored] = listed.pop(name)
            message = "its name is listed in another Unicode form: some systems change that when they copy"
            yield Finding("contents", Severity.NOTE, shown(stored), message, meaning="it was compared all the same")


def _unescaped(name: str) -> str:
    return re.sub("%(?:0[AaDd]|25)", lambda escaped: _ESCAPED[escaped[0]], name)
