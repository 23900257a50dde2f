"""What a list says is there, against what is there: nothing missing, nothing unlisted, every byte as listed."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from archiver.bundle.members import Bundle, Flaw, Weight
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity
from archiver.verify.report import quoted

WEAK = frozenset({"md5", "sha1"})
KNOWN = WEAK | {"sha224", "sha256", "sha384", "sha512"}
ALTERED = "the file is not what was listed: it was changed, exchanged or damaged after the list was made"
UNLISTED = "no list covers it: it was put in after the list was made, or left out of it on purpose"
_WEIGHTS = {
    Weight.NOTE: Severity.NOTE,
    Weight.UNREAD: Severity.UNCHECKED,
    Weight.REFUSED: Severity.BROKEN,
}
_CONTAINERS = {
    Severity.NOTE: "this is unusual and contradicts nothing",
    Severity.UNCHECKED: "what is in there was not looked at; that is neither good nor bad news about it",
    Severity.BROKEN: (
        "different programs may show different files in it, or write outside the folder that they unpack it into: do "
        "not unpack it, and ask for it again"
    ),
}


@dataclass(slots=True)
class Listed:
    """What lists say of one file: its size in bytes where they do, and digests in lower-case hex by algorithm."""

    size: int | None = None
    digests: dict[str, str] = field(default_factory=dict)


def container_findings(flaws: Iterable[Flaw]) -> Iterator[Finding]:
    """Yield what is wrong with the container, as findings."""
    for flaw in flaws:
        severity = _WEIGHTS[flaw.weight]
        yield Finding("container", severity, shown(flaw.name), flaw.message, meaning=_CONTAINERS[severity])


def compared(bundle: Bundle, name: str, listed: Listed) -> Iterator[Finding]:
    """Read the file `name` once and yield where it differs from what is listed.

    Of one that the container left unread there is nothing to say here: the check of the container said why.
    """
    if name not in bundle.members and bundle.left_unread(name):
        return
    known = sorted(algorithm for algorithm in listed.digests if algorithm in KNOWN)
    hashes = {algorithm: hashlib.new(algorithm, usedforsecurity=False) for algorithm in known}
    size = 0
    try:
        for piece in bundle.chunks(name):
            size += len(piece)
            for digest in hashes.values():
                digest.update(piece)
    except CaseError as exc:
        yield from unread(name, exc)
        return
    if listed.size not in {None, size}:
        message = f"it has {size} bytes, and {listed.size} are listed"
        yield Finding("contents", Severity.BROKEN, shown(name), message, meaning=ALTERED)
    for algorithm, digest in hashes.items():
        if digest.hexdigest() != listed.digests[algorithm]:
            message = f"its {algorithm} is {digest.hexdigest()}, and {quoted(listed.digests[algorithm])} is listed"
            yield Finding("contents", Severity.BROKEN, shown(name), message, meaning=ALTERED)
    if not set(known) - WEAK:
        kinds = ", ".join(known) or "no digest that is known here"
        message = f"it is listed with {kinds} alone: whether it was exchanged cannot be told"
        meaning = "such a digest shows damage; somebody who wants to can make another file that has it"
        yield Finding("contents", Severity.UNCHECKED, shown(name), message, meaning=meaning)


def unread(name: str, exc: CaseError) -> Iterator[Finding]:
    """Yield that a listed file is missing, not sound, or not readable."""
    if exc.kind == "missing":
        meaning = "the list says that it was there; nothing says where it is"
        yield Finding("contents", Severity.BROKEN, shown(name), "it is listed, and not there", meaning=meaning)
    elif exc.kind == "damaged":
        yield Finding("contents", Severity.BROKEN, shown(name), exc.message, meaning=ALTERED)
    else:
        meaning = "its content could not be checked; that is neither good nor bad news about it"
        yield Finding("contents", Severity.UNCHECKED, shown(name), exc.message, meaning=meaning)


def unlisted(name: str, severity: Severity = Severity.BROKEN) -> Finding:
    """Return that a file is in no list."""
    return Finding("contents", severity, shown(name), "it is there, and no list names it", meaning=UNLISTED)


def shown(name: str) -> str:
    """Return a hostile name as text that can be written out."""
    try:
        raw = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character, as JSON can hold it and no file can be named
        raw = name.encode("utf-8", "backslashreplace")
    return raw.decode("utf-8", "backslashreplace")
