"""Which names there are in a case folder, and what each means (docs/spec/case-layout.md). Pure."""

import re
from dataclasses import dataclass
from enum import Enum

CASE_YAML = "case.yaml"
LOG = "custody.jsonl"
MANIFEST = "manifest.yaml"
LOCK = ".lock"
EVIDENCE = "evidence"
PRIVATE = "private"
QUARANTINE = "quarantine"
SEALS = "seals"
TRUST = "trust"

PART = ".part"
COPY = ".copy"
NEW_CASE_YAML = CASE_YAML + PART

_SPOOL = re.compile(r"evidence/[0-9]{3,}/([0-9]{6,12})\.([1-9][0-9]{0,8})\.part")
_WARC = re.compile(r"evidence/[0-9]{3,}/([0-9]{6,12})\.warc\.gz")
_PRIVATE = re.compile(r"private/[0-9a-f]{64}\.(?:json|bin)")
_QUARANTINE = re.compile(r"quarantine/([0-9]{6,12})-([A-Za-z0-9._-]+)")
_FOLDER = re.compile(r"evidence/[0-9]{3,}")
_SEAL = re.compile(r"seals/([0-9]{6,12})\.(?:seal|seal\.sig|sums|files\.sha256|entries\.sha256)")
_TOKEN = re.compile(r"seals/([0-9]{6,12})\.[a-z0-9][a-z0-9-]{0,30}(?:\.(?:[2-9]|[1-9][0-9]{1,5}))?\.(?:tsq|tsr)")
_TRUST = re.compile(r"trust/[0-9a-f]{16}\.allowed_signers")
_NAMES = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_FIXED = {CASE_YAML, LOG, MANIFEST, LOCK}
_FOLDERS = {EVIDENCE, PRIVATE, QUARANTINE, SEALS, TRUST}


class Kind(Enum):
    """What a path inside a case is by its name alone."""

    FIXED = "fixed"  # case.yaml, custody.jsonl, manifest.yaml, .lock
    FOLDER = "folder"
    WARC = "warc"
    PART = "part"  # a WARC, a spooled answer, a private file or a new case.yaml being written
    PRIVATE = "private"
    QUARANTINE = "quarantine"
    COPY = "copy"  # a copy of a torn end into quarantine that was not finished; its source is still in place
    SEAL = "seal"  # a seal or one of the files made with it
    TRUST = "trust"
    SEALING = "sealing"  # one of these, being written
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """A classified path.

    `number` is the item of a WARC or part, the log line of a quarantined file, the seal of a file in seals/, else 0.
    """

    kind: Kind
    number: int = 0


def item_folder(item: int) -> str:
    """Return the folder that holds item `item`, relative to the case."""
    return f"{EVIDENCE}/{item // 1000:03d}"


def item_path(item: int) -> str:
    """Return the path of the WARC of item `item`, relative to the case."""
    return f"{item_folder(item)}/{item:06d}.warc.gz"


def warc_part(item: int) -> str:
    """Return the path under which the WARC of item `item` is written before it is complete."""
    return item_path(item) + PART


def spool_part(item: int, k: int) -> str:
    """Return the path of the `k`-th (from 1) spooled answer of item `item` (docs/adr/0010)."""
    return f"{item_folder(item)}/{item:06d}.{k}{PART}"


def private_path(sha256: str, suffix: str) -> str:
    """Return the path of a private file: suffix `json` for an opening, `bin` for bytes kept whole."""
    return f"{PRIVATE}/{sha256}.{suffix}"


def seal_path(seal: int, suffix: str) -> str:
    """Return the path of a file of seal `seal`; suffix `seal`, `seal.sig`, `sums`, `files.sha256`, `entries.sha256`."""
    return f"{SEALS}/{seal:06d}.{suffix}"


def token_path(seal: int, authority: str, k: int, suffix: str) -> str:
    """Return the path of the `k`-th (from 1) token that `authority` gave for seal `seal`; suffix `tsq` or `tsr`."""
    return f"{SEALS}/{seal:06d}.{authority}.{suffix}" if k == 1 else f"{SEALS}/{seal:06d}.{authority}.{k}.{suffix}"


def trust_path(blob_sha256: str) -> str:
    """Return the path of the copy of a public key, given the hex SHA-256 of its blob (RFC 4253 §6.6)."""
    return f"{TRUST}/{blob_sha256[:16]}.allowed_signers"


def tail_path(line: int, name: str, k: int) -> str:
    """Return where the `k`-th torn end of the file `name` (custody.jsonl, manifest.yaml) is put aside."""
    stem = name.partition(".")[0]
    return quarantine_path(line, f"{stem}.tail" if k == 1 else f"{stem}.{k}.tail")


def is_tail(path: str, name: str) -> bool:
    """Return whether `path` is a torn end of the file `name`, put aside."""
    match = _QUARANTINE.fullmatch(path)
    return match is not None and re.fullmatch(rf"{name.partition('.')[0]}(\.[1-9][0-9]*)?\.tail", match[2]) is not None


def quarantine_path(line: int, name: str) -> str:
    """Return where recovery puts `name` aside; `line` is the log line of the event that explains it."""
    return f"{QUARANTINE}/{line:06d}-{name}"


def origin(path: str) -> str:
    """Return where a quarantined file or part came from, relative to the case; "" when the name does not tell."""
    match = _QUARANTINE.fullmatch(path)
    name = match[2] if match else ""
    if re.fullmatch(r"[0-9a-f]{64}\.(?:json|bin)(?:\.part)?", name):
        return f"{PRIVATE}/{name}"
    if re.fullmatch(r"[0-9]{6,12}\.(?:[1-9][0-9]{0,8}\.part|warc\.gz|warc\.gz\.part)", name):
        return f"{item_folder(int(name.partition('.')[0]))}/{name}"
    above = (f"{folder}/{name}" for folder in (SEALS, TRUST))
    return next((path for path in above if classify(path).kind in {Kind.SEAL, Kind.TRUST, Kind.SEALING}), "")


def withholdable(path: str, item: int) -> bool:
    """Return whether `path` can hold bytes of the evidence of `item`: its WARC, a private file, or a piece of either.

    Which item a private file belongs to cannot be told from its name.
    """
    source = origin(path) or path
    if source.startswith(f"{PRIVATE}/"):
        return classify(source.removesuffix(PART)).kind is Kind.PRIVATE and ".bin" in source
    place = classify(source)
    return place == Place(Kind.WARC, item) or (source != path and place == Place(Kind.PART, item))


def classify(path: str) -> Place:
    """Return what `path`, relative to the case and with forward slashes, is by its name.

    A WARC or part counts as such only in its own folder and in the one spelling of its number.
    """
    if path in _FIXED:
        return Place(Kind.FIXED)
    if path == NEW_CASE_YAML:
        return Place(Kind.PART)
    if path in _FOLDERS or (_FOLDER.fullmatch(path) and _own_folder(path)):
        return Place(Kind.FOLDER)
    if _NAMES.fullmatch(path) is None or ".." in path.split("/"):
        return Place(Kind.UNKNOWN)
    top = path.partition("/")[0]
    if top == EVIDENCE:
        return _classify_evidence(path)
    if top == PRIVATE:
        return _classify_private(path)
    if top == QUARANTINE:
        return _classify_quarantine(path)
    return _classify_sealed(path)


def _own_folder(path: str) -> bool:
    number = int(path.removeprefix(f"{EVIDENCE}/"))
    return path == item_folder(number * 1000)


def _classify_evidence(path: str) -> Place:
    if (match := _WARC.fullmatch(path)) and path == item_path(int(match[1])) and int(match[1]):
        return Place(Kind.WARC, int(match[1]))
    if (match := _WARC.fullmatch(path.removesuffix(PART))) and path == warc_part(int(match[1])) and int(match[1]):
        return Place(Kind.PART, int(match[1]))
    if (match := _SPOOL.fullmatch(path)) and path == spool_part(int(match[1]), int(match[2])) and int(match[1]):
        return Place(Kind.PART, int(match[1]))
    return Place(Kind.UNKNOWN)


def _classify_private(path: str) -> Place:
    if _PRIVATE.fullmatch(path):
        return Place(Kind.PRIVATE)
    return Place(Kind.PART if _PRIVATE.fullmatch(path.removesuffix(PART)) else Kind.UNKNOWN)


def _classify_sealed(path: str) -> Place:
    whole = path.removesuffix(PART)
    if _TRUST.fullmatch(whole):
        return Place(Kind.TRUST if path == whole else Kind.SEALING)
    match = _SEAL.fullmatch(whole) or _TOKEN.fullmatch(whole)
    if match is None or f"{int(match[1]):06d}" != match[1] or not int(match[1]):
        return Place(Kind.UNKNOWN)
    return Place(Kind.SEAL if path == whole else Kind.SEALING, int(match[1]))


def _classify_quarantine(path: str) -> Place:
    match = _QUARANTINE.fullmatch(path)
    if match is None or f"{int(match[1]):06d}" != match[1]:
        return Place(Kind.UNKNOWN)
    copied = path.endswith(COPY) and any(is_tail(path.removesuffix(COPY), name) for name in (LOG, MANIFEST))
    return Place(Kind.COPY if copied else Kind.QUARANTINE, int(match[1]))
