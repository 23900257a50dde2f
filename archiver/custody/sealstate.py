"""What the log says of keys, seals and tokens, event by event (docs/spec/custody-log.md §4, seal.md). Pure."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from archiver.canon import sha256_hex
from archiver.custody.layout import seal_path, token_path, trust_path
from archiver.custody.log import Event
from archiver.custody.receipt import Receipt
from archiver.errors import UsageError
from archiver.model.item import StoredFile
from archiver.model.verdict import SealSeen

EVENTS = frozenset({"key.added", "key.revoked", "seal.completed", "token.added"})
BY_ITSELF = frozenset({"seal.completed", "token.added", "export.made"})  # they tell of what is sealed: no seal is due
SEAL_FILES = {  # member of seal.completed -> suffix of the file that it names
    "file": "seal",
    "sums": "sums",
    "entries": "entries.sha256",
    "files": "files.sha256",
    "signature": "seal.sig",
}

Found = tuple[Literal["order", "data"], str]
"""What is wrong with an event, as the two members of a `state.Problem`."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """A key that may sign, or might. `added` and `revoked` are log lines, 0 for none.

    `line` is the public key as OpenSSH writes it, without comment. `since` is the time from which a revoked key is not
    to be trusted, as the event has it: None is from the beginning.
    """

    signer: str
    fingerprint: str
    line: str
    added: int
    revoked: int = 0
    since: str | None = None


@dataclass(slots=True)
class SealState:
    """Keys, seals and tokens after the events applied so far; changed by `apply` only.

    `completed` maps the number of each seal to what its `seal.completed` says, `keys` each fingerprint to its key.
    `files` are all files in seals/ and trust/ that the log explains, by path.
    """

    completed: dict[int, SealSeen] = field(default_factory=dict)
    keys: dict[str, KeyState] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    _tokens: dict[tuple[int, str], int] = field(default_factory=dict)  # how many, by seal and authority

    @property
    def receipt(self) -> str:
        """The receipt of the newest seal, "" when there is none."""
        return self.completed[max(self.completed)].receipt if self.completed else ""

    def apply(self, event: Event) -> list[Found]:
        """Take in an event of `EVENTS` whose data has the right shape, and return what is wrong with it."""
        if event.event == "key.added":
            return list(self._key_added(event))
        if event.event == "key.revoked":
            return list(self._key_revoked(event))
        if event.event == "seal.completed":
            return list(self._completed(event))
        seal = event.data["seal"]
        problems = list(self._take_token(seal, event.data["token"]))
        return problems if seal in self.completed else [("order", f"there is no seal {seal}"), *problems]

    def _key_added(self, event: Event) -> Iterator[Found]:
        data = event.data
        fingerprint = data["fingerprint"]
        blob_sha256 = blob_hash(data["key"])
        if blob_sha256 is None or fingerprint_of(blob_sha256) != fingerprint:
            yield "data", "the fingerprint is not that of the key"
        elif data["file"]["path"] != trust_path(blob_sha256):
            yield "data", "the file of the key has the path of another"
        known = self.keys.get(fingerprint)
        if known is not None:
            since = f"revoked on line {known.revoked}" if known.revoked else f"added on line {known.added}"
            yield "order", f"the key {fingerprint} is added, and was {since}"
            return
        self.keys[fingerprint] = KeyState(data["signer"], fingerprint, data["key"], event.seq)
        self._explain(data["file"])

    def _key_revoked(self, event: Event) -> Iterator[Found]:
        data = event.data
        known = self.keys.get(data["fingerprint"])
        if known is None or known.signer != data["signer"]:
            yield "order", f"{data['signer']} has no key {data['fingerprint']} that could be revoked"
        elif known.revoked:
            yield "order", f"the key {known.fingerprint} was revoked on line {known.revoked}"
        else:
            self.keys[known.fingerprint] = replace(known, revoked=event.seq, since=data["since"])

    def _completed(self, event: Event) -> Iterator[Found]:
        data = event.data
        seal, next_seal = data["seal"], len(self.completed) + 1
        if seal != next_seal:
            yield "order", f"seal {seal} is completed where seal {next_seal} is next"
        for member, suffix in SEAL_FILES.items():
            if data[member] is not None:
                self._explain(data[member])
                if data[member]["path"] != seal_path(seal, suffix):
                    yield "data", f"{member} of seal {seal} has the path of another file"
        if len({data[member] is None for member in ("signature", "signer", "fingerprint")}) != 1:
            yield "data", f"seal {seal} has some of signature, signer and fingerprint, and not all"
        elif data["signer"] is not None:
            yield from self._may_sign(data["signer"], data["fingerprint"])
        for token in data["tokens"]:
            yield from self._take_token(seal, token)
        if not _is_receipt(event):
            yield "data", f"the receipt of seal {seal} does not say what this line says"
        self.completed.setdefault(seal, _seen(event))

    def _may_sign(self, signer: str, fingerprint: str) -> Iterator[Found]:
        known = self.keys.get(fingerprint)
        if known is None or known.signer != signer:
            yield "order", f"it is signed with the key {fingerprint}, which was not added for {signer}"
        elif known.revoked:
            yield "order", f"it is signed with the key {fingerprint}, which was revoked on line {known.revoked}"

    def _take_token(self, seal: int, token: dict[str, Any]) -> Iterator[Found]:
        authority = token["authority"]
        k = self._tokens[seal, authority] = self._tokens.get((seal, authority), 0) + 1
        for member, suffix in (("request", "tsq"), ("response", "tsr")):
            self._explain(token[member])
            if token[member]["path"] != token_path(seal, authority, k, suffix):
                yield "data", f"the {member} to {authority} for seal {seal} has the path of another file"

    def _explain(self, file: dict[str, Any]) -> None:
        self.files.setdefault(file["path"], StoredFile(file["path"], file["size"], file["sha256"]))


def blob_hash(key: str) -> str | None:
    """Return the hex SHA-256 of the blob of a public key in its text form, None when it has none."""
    try:
        return sha256_hex(base64.b64decode(key.partition(" ")[2], validate=True))
    except binascii.Error:
        return None


def fingerprint_of(blob_sha256: str) -> str:
    """Return the fingerprint as OpenSSH writes it, given the hex SHA-256 of the blob of a key."""
    return f"SHA256:{base64.b64encode(bytes.fromhex(blob_sha256)).decode('ascii').rstrip('=')}"


def _seen(completed: Event) -> SealSeen:
    data = completed.data
    return SealSeen(
        number=data["seal"],
        last=completed.seq - 1,
        recorded_at=completed.at,
        sha256=data["file"]["sha256"],
        signer=data["signer"] or "",
        fingerprint=data["fingerprint"] or "",
        stamps=tuple((token["authority"], token["gen_time"]) for token in data["tokens"]),
        receipt=data["receipt"],
    )


def _is_receipt(event: Event) -> bool:
    data = event.data
    try:
        receipt = Receipt.parse(data["receipt"])
    except UsageError:
        return False
    said = (receipt.case, receipt.seal, receipt.entries, receipt.sha256, receipt.fingerprint)
    expected = (event.case, data["seal"], event.seq - 1, data["file"]["sha256"], data["fingerprint"])
    return said == expected and receipt.text() == data["receipt"]
