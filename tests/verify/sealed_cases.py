"""Sealed cases for the verifier, from the formats alone: seals, signatures and stamps at whatever time is needed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID
from sshkeys import armoured, joined, sshsig, to_be_signed
from stamping import ALWAYS, Issued, issue
from token_making import Recipe
from verify_cases import PAGE, SOFTWARE, START, Builder

from archiver.canon import sha256_hex
from archiver.custody.layout import seal_path, token_path, trust_path
from archiver.custody.log import GENESIS, Event, parse_line, timestamp
from archiver.custody.receipt import Receipt
from archiver.custody.signers import AllowedSigners
from archiver.custody.sshsig import PublicKey
from archiver.custody.token import Roots, Token, request
from archiver.model.verdict import Verdict
from archiver.verify.run import verify_case

TODAY = START + timedelta(days=30)
JANE = "jane.doe@example.org"
Facts = dict[str, Any]


def same(facts: Facts) -> Facts:
    return facts


@dataclass(frozen=True)
class Key:
    """A key of somebody, made from a number so that it is the same every time."""

    number: int = 1

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes([self.number]) * 32)

    @property
    def public(self) -> PublicKey:
        return PublicKey.of_blob(joined(b"ssh-ed25519", self._private.public_key().public_bytes_raw()))

    def sign(self, message: bytes, namespace: str = "custody-seal@archiver") -> bytes:
        signature = self._private.sign(to_be_signed(message, namespace.encode()))
        inner = joined(b"ssh-ed25519", signature)
        return armoured(sshsig(self.public.blob, inner, namespace=namespace.encode()))

    def allowed(self, signer: str = JANE, options: str = "") -> AllowedSigners:
        return AllowedSigners.parse(f"{signer} {options + ' ' if options else ''}{self.public.line}\n")


class Tsa:
    """An authority that stamps at any time. `days` is how long its certificate is valid, from and to, from `START`."""

    def __init__(self, name: str, days: tuple[float, float] = (-300, 300), root: Issued | None = None) -> None:
        self.name = name
        self.root = root or issue(f"{name} root", days=ALWAYS, now=START)
        self.signer = issue(
            f"{name} stamps", self.root, ca=False, days=days, now=START, purposes=(ExtendedKeyUsageOID.TIME_STAMPING,)
        )

    @property
    def roots(self) -> Roots:
        return Roots.from_pem(self.root.pem)

    def stamp(self, sums: bytes, at: datetime, **changes: object) -> tuple[bytes, bytes]:
        digest = hashlib.sha256(sums).digest()
        return request(digest, 7), Recipe(self.signer, digest, at=at).but(**changes).answer()

    def extra(self) -> x509.Certificate:
        """A certificate that has no business in a token."""
        return issue("stranger", now=START).certificate


JANES, JOES, MALLORYS = Key(1), Key(2), Key(3)
FIRST, SECOND = Tsa("first"), Tsa("second")


def subtree(leaves: list[bytes]) -> bytes:
    """The tree hash, word for word as RFC 6962 §2.1 defines it."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + subtree(leaves[:k]) + subtree(leaves[k:])).digest()


def frontier(leaves: list[bytes]) -> list[str]:
    roots, at = [], 0
    for bit in reversed(range(len(leaves).bit_length())):
        if len(leaves) >> bit & 1:
            roots.append(subtree(leaves[at : at + (1 << bit)]).hex())
            at += 1 << bit
    return roots


@dataclass
class Sealer(Builder):
    """Adds keys, seals and time stamps; what the last seal covered is remembered, as a writer would."""

    covered: int = 0  # lines
    manifest: int = 0  # bytes
    previous: str = GENESIS
    seals: list[Event] = field(default_factory=list)

    def key_added(self, key: Key, signer: str = JANE, **more: Any) -> Event:
        text = f'{signer} namespaces="custody-seal@archiver" {key.public.line}\n'.encode()
        file = self.file(trust_path(sha256_hex(key.public.blob)), text)
        facts = {"signer": signer, "key": key.public.line, "fingerprint": key.public.fingerprint, "file": file}
        return self.add("key.added", {**facts, "software": SOFTWARE, **more})

    def key_revoked(self, key: Key, since: datetime | None, signer: str = JANE) -> Event:
        told = timestamp(since) if since else None
        facts = {"signer": signer, "fingerprint": key.public.fingerprint, "reason": "the laptop was stolen"}
        return self.add("key.revoked", {**facts, "since": told, "software": SOFTWARE})

    def file(self, path: str, data: bytes) -> Facts:
        (self.path / path).write_bytes(data)
        return {"path": path, "size": len(data), "sha256": sha256_hex(data)}

    def seal(
        self,
        key: Key | None = JANES,
        *tsas: Tsa,
        signer: str = JANE,
        sign: Callable[[bytes], bytes] | None = None,
        sealed_at: datetime | None = None,
        stamped_at: datetime | None = None,
        stamp: Callable[..., tuple[bytes, bytes]] | None = None,
        pending: tuple[str, ...] = (),
        facts: Callable[[Facts], Facts] = same,
        data: Callable[[Facts], Facts] = same,
    ) -> Event:
        """Seal what came since the last one. `facts` may change the text of the seal, `data` its event."""
        number = len(self.seals) + 1
        sealed_at = sealed_at or self.tick()
        lines = self.lines[self.covered :]
        evidence = {e["path"]: e["sha256"] for e in self.evidence(lines)}
        entries = self.file(seal_path(number, "entries.sha256"), "".join(f"{sha256_hex(x)}\n" for x in lines).encode())
        files = self.file(
            seal_path(number, "files.sha256"), "".join(f"{evidence[p]}  {p}\n" for p in sorted(evidence)).encode()
        )
        manifest = (self.path / "manifest.yaml").read_bytes()
        leaves = self.lines
        said = {
            "case": self.state.case,
            "seal": number,
            "previous-seal-sha256": self.previous,
            "sealed-at": timestamp(sealed_at),
            "log-entries": f"{self.covered + 1}-{len(self.lines)}",
            "log-offset": sum(map(len, self.lines[: self.covered])),
            "log-length": sum(map(len, lines)),
            "log-sha256": sha256_hex(b"".join(lines)),
            "log-head": sha256_hex(self.lines[-1]),
            "tree-root": subtree(leaves).hex(),
            "tree-frontier": ",".join(frontier(leaves)),
            "entries-sha256": entries["sha256"],
            "files-sha256": files["sha256"],
            "manifest-offset": self.manifest,
            "manifest-length": len(manifest) - self.manifest,
            "manifest-sha256": sha256_hex(manifest[self.manifest :]),
            "signer": signer if key else "-",
        }
        text = "".join(["archiver-seal/v1\n", *(f"{name}: {value}\n" for name, value in facts(said).items())]).encode()
        file = self.file(seal_path(number, "seal"), text)
        signature = self.file(seal_path(number, "seal.sig"), (sign or key.sign)(text)) if key else None
        listed = [f"{file['sha256']}  {number:06d}.seal\n"]
        listed += [f"{signature['sha256']}  {number:06d}.seal.sig\n"] if signature else []
        sums = self.file(seal_path(number, "sums"), "".join(listed).encode())
        at = stamped_at or sealed_at + timedelta(seconds=1)
        tokens = [self.token(number, tsa, at, stamp=stamp) for tsa in tsas]
        attested = min((token["gen_time"] for token in tokens), default=None)
        fingerprint = key.public.fingerprint if key else None
        receipt = Receipt(self.state.case, number, len(self.lines), file["sha256"], attested, fingerprint)
        told = {
            "seal": number,
            "file": file,
            "sums": sums,
            "entries": entries,
            "files": files,
            "signature": signature,
            "signer": signer if key else None,
            "fingerprint": fingerprint,
            "tokens": tokens,
            "pending": [{"authority": name, "reason": f"{name}: no answer within 10 seconds"} for name in pending],
            "receipt": receipt.text(),
            "software": SOFTWARE,
        }
        self.covered, self.manifest, self.previous = len(self.lines), len(manifest), file["sha256"]
        event = self.add("seal.completed", data(told))
        self.seals.append(event)
        return event

    def token(
        self,
        seal: int,
        tsa: Tsa,
        at: datetime,
        k: int = 1,
        stamp: Callable[..., tuple[bytes, bytes]] | None = None,
    ) -> Facts:
        """Write a time stamp over seal `seal` and return what an event says of it."""
        query, answer = (stamp or tsa.stamp)((self.path / seal_path(seal, "sums")).read_bytes(), at)
        token = Token.parse(answer)
        return {
            "authority": tsa.name,
            "request": self.file(token_path(seal, tsa.name, k, "tsq"), query),
            "response": self.file(token_path(seal, tsa.name, k, "tsr"), answer),
            "gen_time": token.gen_time_text,
            "serial": token.serial,
            "offset_ms": round((token.gen_time - self.at) / timedelta(milliseconds=1)),
        }

    def token_added(self, seal: int, tsa: Tsa, at: datetime, k: int = 1) -> Event:
        return self.add("token.added", {"seal": seal, "token": self.token(seal, tsa, at, k), "software": SOFTWARE})

    def page(self, url: str) -> Event:
        return self.captured(self.requested(url), self.exchange(url, PAGE))

    def note(self, text: str = "seen") -> Event:
        return self.add("note.added", {"text": text, "item": None})

    @staticmethod
    def evidence(lines: list[bytes]) -> list[Facts]:
        events = (parse_line(line) for line in lines)
        return [e.data["file"] for e in events if e.event.startswith("item.") and "records" in e.data]


def sealed_case(path: Path) -> Sealer:
    """Two seals, signed, with stamps of two authorities, a renewed stamp, and a note under no seal."""
    case = Sealer(path)
    case.opened()
    case.page("http://a.example/x")
    case.key_added(JANES)
    case.seal(JANES, FIRST, SECOND)
    case.tick()
    case.page("http://b.example/y")
    case.page("http://c.example/z")
    case.seal(JANES, FIRST, pending=("second",))
    case.token_added(2, SECOND, case.tick())
    case.token_added(1, FIRST, case.tick(), k=2)
    case.note()
    return case


def begun(path: Path) -> Sealer:
    """A case with one page and a known key, for tests that seal it their own way."""
    case = Sealer(path)
    case.opened()
    case.page("http://a.example/x")
    case.key_added(JANES)
    return case


both = Roots.from_pem(FIRST.root.pem + SECOND.root.pem)
known = partial(verify_case, signers=JANES.allowed(), roots=both, now=TODAY, processes=1)
"""Verifies as somebody who knows Jane's key and both authorities."""


def told(verdict: Verdict, check: str) -> str:
    """What a check says, finding by finding."""
    lines = (
        f"{f.severity.name} {f.subject} {f.where}: {f.message}; {f.meaning}"
        for f in verdict.findings
        if f.check == check
    )
    return "\n".join(lines)
