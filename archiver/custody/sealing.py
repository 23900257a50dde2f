"""Making a seal: what it covers is read once and hashed, and nothing is on the disk before it is signed and stamped.

The cost depends on what was added since the seal before, not on the case (docs/spec/seal.md §4). Of the lines only
their hashes stay in memory, 65 bytes for each, and the path and hash of each WARC.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from archiver.canon import sha256_hex
from archiver.custody import events
from archiver.custody.disk import Disk
from archiver.custody.ends import WINDOW, damaged, sound_lines
from archiver.custody.events import Body
from archiver.custody.layout import LOG, MANIFEST, PART, seal_path, token_path, trust_path
from archiver.custody.log import GENESIS, Event
from archiver.custody.manifest import rendered
from archiver.custody.merkle import Frontier, leaf_hash
from archiver.custody.position import Position
from archiver.custody.receipt import Receipt
from archiver.custody.seal import NAMESPACE, Seal
from archiver.custody.sealread import Sealed, all_keys, key_of, last_sealed, sealed, tokens_over
from archiver.custody.sealstate import SEAL_FILES, blob_hash, fingerprint_of
from archiver.custody.state import OUTCOMES
from archiver.errors import UsageError
from archiver.model.item import StoredFile

if TYPE_CHECKING:
    from archiver.custody.stamp import Stamp, Stamps  # what reads certificates is slow to load, and not needed here

Sign = Callable[[bytes], bytes]
"""Returns the armoured SSHSIG signature over the text of a seal."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Files that are written and durable before the event that names them is appended."""

    files: Mapping[str, bytes]
    body: Body

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that the files are in."""
        return tuple({path.partition("/")[0]: None for path in self.files})


@dataclass(slots=True)
class Covered:
    """What the next seal covers: the lines from after `before` to `line`, and what has been read and hashed of them."""

    before: Sealed | None
    line: int = 0
    head: str = GENESIS
    log_end: int = 0
    manifest_end: int = 0
    frontier: Frontier = field(default_factory=Frontier)
    log: Any = field(default_factory=hashlib.sha256)
    manifest: Any = field(default_factory=hashlib.sha256)
    entries: bytearray = field(default_factory=bytearray)
    warcs: dict[str, str] = field(default_factory=dict)

    def add(self, event: Event, raw: bytes, entry: bytes) -> None:
        """Take in the next line and its entry in the manifest."""
        self.line, self.head = event.seq, sha256_hex(raw)
        self.log_end += len(raw)
        self.manifest_end += len(entry)
        self.frontier = self.frontier.added(leaf_hash(raw))
        self.log.update(raw)
        self.manifest.update(entry)
        self.entries += f"{self.head}\n".encode("ascii")
        if event.event in OUTCOMES and "file" in event.data:
            self.warcs[event.data["file"]["path"]] = event.data["file"]["sha256"]

    def seal(self, case: str, sealed_at: str, signer: str | None) -> Seal:
        """Return the seal over all that was added."""
        last = self.before.seal if self.before else None
        log_offset = last.log_end if last else 0
        manifest_offset = last.manifest_end if last else 0
        return Seal(
            case=case,
            number=last.number + 1 if last else 1,
            previous_sha256=self.before.sha256 if self.before else GENESIS,
            sealed_at=sealed_at,
            first_line=last.last_line + 1 if last else 1,
            last_line=self.line,
            log_offset=log_offset,
            log_length=self.log_end - log_offset,
            log_sha256=self.log.hexdigest(),
            log_head=self.head,
            tree_root=self.frontier.root().hex(),
            tree_frontier=tuple(root.hex() for root in self.frontier.roots),
            entries_sha256=sha256_hex(bytes(self.entries)),
            files_sha256=sha256_hex(self.files()),
            manifest_offset=manifest_offset,
            manifest_length=self.manifest_end - manifest_offset,
            manifest_sha256=self.manifest.hexdigest(),
            signer=signer,
        )

    def files(self) -> bytes:
        """Return the lines of sha256sum for the WARCs that outcomes among the lines name, by path."""
        return b"".join(_sum(sha256, path) for path, sha256 in sorted(self.warcs.items()))


def covered(disk: Disk, position: Position) -> Covered:
    """Return what a seal over all lines up to `position` covers.

    Raises `CaseError` ("damaged") where log or manifest is not as it was written since the seal before: that would be
    sealed for ever.
    """
    before = last_sealed(disk, position.size)
    found = _after(before)
    first = found.line + 1
    pending = bytearray()  # entries of the manifest that are still to be compared
    for event, raw in sound_lines(partial(disk.read, LOG), found.log_end, position.size, found.line, found.head):
        if event.event == "seal.completed" and (before is None or event.seq > first):
            raise damaged(f"line {event.seq} of {LOG} completes a seal, and one up to it is not in the case")
        entry = rendered(event, sha256_hex(raw))
        found.add(event, raw, entry)
        pending += entry
        if len(pending) > WINDOW:
            _require_entries(disk, found.manifest_end, pending)
            pending.clear()
    _require_entries(disk, found.manifest_end, pending)
    if (found.line, found.head) != (position.seq, position.head):
        raise damaged(f"{LOG} is not as it was written after line {found.line}")
    return found


@dataclass(frozen=True, slots=True)
class Draft:
    """A seal that is signed and not yet stamped: `contents` are the bytes of its files by what they are.

    It can be completed as long as nothing was added to the log.
    """

    seal: Seal
    fingerprint: str | None
    contents: Mapping[str, bytes]

    @property
    def sums(self) -> bytes:
        """What an authority stamps."""
        return self.contents["sums"]


def draft(
    found: Covered, case: str, sealed_at: str, sign: Sign | None, signer: str | None, fingerprint: str | None
) -> Draft:
    """Return the seal of `case` over `found`, signed; reads and writes nothing. Raises what `sign` raises."""
    seal = found.seal(case, sealed_at, signer)
    contents = {"file": seal.text(), "entries": bytes(found.entries), "files": found.files()}
    sums = _sum(sha256_hex(contents["file"]), f"{seal.number:06d}.{SEAL_FILES['file']}")
    if sign is not None:
        contents["signature"] = sign(contents["file"])
        sums += _sum(sha256_hex(contents["signature"]), f"{seal.number:06d}.{SEAL_FILES['signature']}")
    return Draft(seal, fingerprint, contents | {"sums": sums})


def new_seal(drafted: Draft, stamps: "Stamps") -> Addition:
    """Return the seal with its stamps; reads and writes nothing."""
    seal, contents, fingerprint = drafted.seal, drafted.contents, drafted.fingerprint
    files = {seal_path(seal.number, SEAL_FILES[member]): data for member, data in contents.items()}
    stored = {member: _stored(path, files[path]) for member, path in zip(contents, files, strict=True)}
    tokens = []
    for place, each in enumerate(stamps.tokens):
        k = 1 + sum(other.authority == each.authority for other in stamps.tokens[:place])
        of_token, token = _token(seal.number, each, k)
        files |= of_token
        tokens.append(token)
    attested = min((each.gen_time for each in stamps.tokens), key=datetime.fromisoformat, default=None)
    receipt = Receipt(seal.case, seal.number, seal.last_line, stored["file"].sha256, attested, fingerprint)
    return Addition(files, events.seal_completed(seal, receipt, stored, tokens, stamps.pending))


def require_key(disk: Disk, position: Position, signer: str, fingerprint: str | None) -> None:
    """Raise `ValueError` unless `signer` signs with the key `fingerprint` now: anything else is a bug of the caller."""
    if fingerprint is None or key_of(disk, position.size, signer) != fingerprint:
        raise ValueError(f"{signer} signs with the key {fingerprint}, which is not the one on record")


def new_token(disk: Disk, position: Position, seal: int, stamp: "Stamp") -> Addition:
    """Return one more token for a seal that stands. Reads the log from that seal on.

    Raises `UsageError` ("no-seal") when there is no such seal, `CaseError` ("damaged") as `sealread.last_sealed`.
    """
    if seal < 1 or disk.size(seal_path(seal, "seal")) is None:
        raise UsageError("no-seal", f"there is no seal {seal} in this case")
    there = tokens_over(disk, position.size, sealed(disk, position.size, seal).seal)
    files, token = _token(seal, stamp, sum(each["authority"] == stamp.authority for each in there) + 1)
    return Addition(files, events.token_added(seal, token))


def new_key(disk: Disk, position: Position, signer: str, public_key_line: str, fingerprint: str) -> Addition:
    """Return the public key of `signer`, in the form of OpenSSH with or without comment, for the record.

    Raises `UsageError` ("unchanged", "revoked") when it is there already, and `ValueError` when `fingerprint` is not
    the one of the key. The whole log is searched.
    """
    key = " ".join(public_key_line.split()[:2])
    sha256 = blob_hash(key)
    if sha256 is None or fingerprint_of(sha256) != fingerprint:
        raise ValueError(f"the fingerprint of the key is not {fingerprint}")
    known = all_keys(disk, position.size).get(fingerprint)
    if known is not None and known.revoked:
        hint = "a key that was revoked does not come back: archiver identity new makes another one"
        raise UsageError("revoked", f"the key {fingerprint} was revoked on line {known.revoked} of {LOG}", hint)
    if known is not None:
        hint = f"{known.signer} signs with the key added last: name that one in case.yaml, or revoke it"
        raise UsageError("unchanged", f"the key {fingerprint} is that of {known.signer} since line {known.added}", hint)
    path = trust_path(sha256)
    text = f'{signer} namespaces="{NAMESPACE}" {key}\n'.encode()
    return Addition({path: text}, events.key_added(signer, key, fingerprint, _stored(path, text)))


def revoked_key(disk: Disk, position: Position, signer: str, fingerprint: str, reason: str, since: str | None) -> Body:
    """Return the end of a key. Raises `UsageError` ("no-key", "unchanged"); the whole log is searched."""
    known = all_keys(disk, position.size).get(fingerprint)
    if known is None or known.signer != signer:
        raise UsageError("no-key", f"{signer} has no key {fingerprint} in this case")
    if known.revoked:
        raise UsageError("unchanged", f"the key {fingerprint} was revoked on line {known.revoked} of {LOG}")
    return events.key_revoked(signer, fingerprint, reason, since)


def write_files(disk: Disk, addition: Addition, made: list[str]) -> None:
    """Write the files of `addition` into folders that are there, durably. Raises `OSError`.

    `made` is told every name before it is made, for whoever has to take them back.
    """
    for path, data in addition.files.items():
        made.append(path + PART)
        disk.create(path + PART)
        disk.append(path + PART, data)
        disk.sync(path + PART)
    for path in addition.files:
        made.append(path)
        disk.link(path + PART, path)
    for path in addition.files:
        disk.unlink(path + PART)
    for folder in addition.folders:
        disk.sync_folder(folder)


def _after(before: Sealed | None) -> Covered:
    if before is None:
        return Covered(None)
    seal = before.seal
    return Covered(before, seal.last_line, seal.log_head, seal.log_end, seal.manifest_end, seal.frontier)


def _require_entries(disk: Disk, end: int, entries: bytes | bytearray) -> None:
    if disk.read(MANIFEST, end - len(entries), len(entries)) != entries:
        raise damaged(f"{MANIFEST} does not say what the log says, within {len(entries)} bytes before byte {end}")


def _token(seal: int, stamp: "Stamp", k: int) -> tuple[dict[str, bytes], dict[str, Any]]:
    request, response = (token_path(seal, stamp.authority, k, suffix) for suffix in ("tsq", "tsr"))
    token = events.token(stamp, _stored(request, stamp.request), _stored(response, stamp.response))
    return {request: stamp.request, response: stamp.response}, token


def _stored(path: str, data: bytes) -> StoredFile:
    return StoredFile(path, len(data), sha256_hex(data))


def _sum(sha256: str, path: str) -> bytes:
    return f"{sha256}  {path}\n".encode("ascii")
