"""An account, a repository and an app that never were: keys, log, tree, archives and answers as the real ones look."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from adapterkit import Answer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archiver.model.platform import Target
from archiver.platforms.bluesky.cbor import encoded, of_json
from archiver.platforms.bluesky.cid import RAW, Cid

POSTS = "app.bsky.feed.post"
HANDLE = "mira.example"
SERVER = "https://pds.example"
RKEY = "3lkdc6zs3vc2b"
WRITTEN = "2025-03-14T09:26:53.589Z"
ORDERS = {
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


@dataclass(frozen=True)
class Signer:
    """A private key; `high` makes signatures in the form that is not allowed."""

    secret: int
    curve: ec.EllipticCurve = field(default_factory=ec.SECP256K1)
    high: bool = False

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.secret, self.curve)

    def point(self, form: PublicFormat = PublicFormat.CompressedPoint) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, form)

    @property
    def multikey(self) -> str:
        codec = b"\xe7\x01" if self.curve.name == "secp256k1" else b"\x80\x24"
        return "z" + base58(codec + self.point())

    def sign(self, data: bytes) -> bytes:
        """Sign without chance, so that every run makes the same account."""
        order, digest = ORDERS[self.curve.name], hashlib.sha256(data).digest()
        once = int.from_bytes(hashlib.sha256(self.secret.to_bytes(32, "big") + digest).digest(), "big") % order
        r = ec.derive_private_key(once, self.curve).public_key().public_numbers().x % order
        s = pow(once, -1, order) * (int.from_bytes(digest, "big") + r * self.secret) % order
        if (s > order // 2) != self.high:
            s = order - s
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


ACCOUNT, ROTATION, OTHER = Signer(1111), Signer(2222, ec.SECP256R1()), Signer(3333)


def signed_operation(operation: dict[str, Any], signer: Signer) -> dict[str, Any]:
    signature = base64.urlsafe_b64encode(signer.sign(encoded(operation))).decode().rstrip("=")
    return operation | {"sig": signature}


def operation(account: Signer = ACCOUNT, prev: Cid | None = None, server: str = SERVER) -> dict[str, Any]:
    return {
        "type": "plc_operation",
        "rotationKeys": [f"did:key:{ROTATION.multikey}"],
        "verificationMethods": {"atproto": f"did:key:{account.multikey}"},
        "alsoKnownAs": [f"at://{HANDLE}"],
        "services": {"atproto_pds": {"type": "AtprotoPersonalDataServer", "endpoint": server}},
        "prev": str(prev) if prev else None,
    }


def identifier(first: dict[str, Any]) -> str:
    return "did:plc:" + base64.b32encode(hashlib.sha256(encoded(first)).digest()).decode().lower()[:24]


def log_of(*operations: dict[str, Any]) -> list[dict[str, Any]]:
    did = identifier(operations[0])
    return [
        {"did": did, "operation": each, "cid": str(Cid.of(encoded(each))), "nullified": False, "createdAt": WRITTEN}
        for each in operations
    ]


FIRST = signed_operation(operation(), ROTATION)
LOG = log_of(FIRST)
DID = identifier(FIRST)
URI = f"at://{DID}/{POSTS}/{RKEY}"


def document(did: str = DID, account: Signer = ACCOUNT, server: str = SERVER) -> dict[str, Any]:
    method = {"id": f"{did}#atproto", "type": "Multikey", "controller": did, "publicKeyMultibase": account.multikey}
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": server}
    return {"id": did, "alsoKnownAs": [f"at://{HANDLE}"], "verificationMethod": [method], "service": [service]}


def zeros(key: bytes) -> int:
    bits = f"{int.from_bytes(hashlib.sha256(key).digest(), 'big'):0256b}"
    return (len(bits) - len(bits.lstrip("0"))) // 2


class Repository:
    """Records by path, and the archives that a server makes of them."""

    def __init__(self, records: Mapping[str, Any], did: str = DID, signer: Signer = ACCOUNT, **commit: Any) -> None:
        self.blocks: dict[Cid, bytes] = {}
        self.keys = {path.encode(): self.keep(of_json(record)) for path, record in records.items()}
        top = max((zeros(key) for key in self.keys), default=0)
        self.top = self._node(sorted(self.keys), top) or self.keep({"l": None, "e": []})
        unsigned = {"did": did, "version": 3, "data": self.top, "rev": "3lkbqz6aaaa2e", "prev": None} | commit
        self.root = self.keep(unsigned | {"sig": signer.sign(encoded(unsigned))})

    def keep(self, value: Any) -> Cid:
        data = encoded(value)
        self.blocks[Cid.of(data)] = data
        return Cid.of(data)

    def _node(self, keys: list[bytes], layer: int) -> Cid | None:
        if not keys:
            return None
        here = [key for key in keys if zeros(key) == layer]
        edges = [b"", *here, b"\xff"]
        below = [self._node([key for key in keys if low < key < high], layer - 1) for low, high in pairwise(edges)]
        entries, last = [], b""
        for key, link in zip(here, below[1:], strict=True):
            shared = next((i for i, pair in enumerate(zip(last, key, strict=False)) if pair[0] != pair[1]), len(last))
            entries.append({"p": shared, "k": key[shared:], "v": self.keys[key], "t": link})
            last = key
        return self.keep({"l": below[0], "e": entries})

    def archive(self) -> bytes:
        return car([self.root], self.blocks.items())

    def cid(self, path: str = f"{POSTS}/{RKEY}") -> str:
        return str(self.keys[path.encode()])


def varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes((number & 0x7F | 0x80,))
        number >>= 7
    return out + bytes((number,))


def car(roots: list[Cid], blocks: Any) -> bytes:
    header = encoded({"version": 1, "roots": roots})
    pieces = [header, *(bytes(cid) + data for cid, data in blocks)]
    return b"".join(varint(len(piece)) + piece for piece in pieces)


def others(number: int = 30) -> dict[str, Any]:
    """Posts that are in the repository as well, so that its tree has several layers."""
    return {
        f"{POSTS}/3lk{number:02}aaaaaaaa".replace("0", "z").replace("1", "y"): {"n": number} for number in range(number)
    }


PHOTO = b"\x89PNG\r\n\x1a\n not really, but these bytes have a hash"
BLOB = {"$type": "blob", "ref": {"$link": str(Cid.of(PHOTO, RAW))}, "mimeType": "image/png", "size": len(PHOTO)}


def record(text: str = "The harbour at dawn", **more: Any) -> dict[str, Any]:
    return {"$type": POSTS, "text": text, "createdAt": WRITTEN, **more}


def author(did: str = DID, handle: str = HANDLE, **more: Any) -> dict[str, Any]:
    return {
        "did": did,
        "handle": handle,
        "displayName": "Mira",
        "createdAt": "2024-01-02T03:04:05.000Z",
        "labels": [],
        **more,
    }


def view(of: dict[str, Any], uri: str = URI, **more: Any) -> dict[str, Any]:
    return {
        "uri": uri,
        "cid": str(Cid.of(encoded(of_json(of)))),
        "author": author(uri.split("/")[2]),
        "record": of,
        "replyCount": 0,
        "repostCount": 2,
        "likeCount": 4,
        "quoteCount": 1,
        "indexedAt": "2025-03-14T09:26:54.100Z",
        "labels": [],
        **more,
    }


def threaded(post: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"$type": "app.bsky.feed.defs#threadViewPost", "post": post, **more}


@dataclass
class World:
    """What every host answers about one post; `changed` are the answers to roles that are another's than usual."""

    post: dict[str, Any] = field(default_factory=record)
    shown: dict[str, Any] = field(default_factory=dict)
    around: dict[str, Any] = field(default_factory=dict)
    gate: dict[str, Any] | None = None
    files: Mapping[str, bytes] = field(default_factory=lambda: {str(Cid.of(PHOTO, RAW)): PHOTO})
    changed: dict[str, Answer | None] = field(default_factory=dict)

    @property
    def repository(self) -> Repository:
        return Repository(others() | {f"{POSTS}/{RKEY}": self.post})

    def __call__(self, target: Target) -> Answer | None:
        kind = target.role.partition(".")[0]
        if kind in self.changed:
            return self.changed[kind]
        match kind:
            case "handle":
                return Answer.json({"did": DID})
            case "did":
                return Answer.json(document())
            case "did-log":
                return Answer.json(LOG)
            case "thread":
                told: dict[str, Any] = {"thread": threaded(view(self.post, **self.shown), **self.around)}
                return Answer.json(told | ({"threadgate": {"record": self.gate}} if self.gate else {}))
            case "record":
                value = {"uri": URI, "cid": str(Cid.of(encoded(of_json(self.post)))), "value": self.post}
                return Answer.json(value)
            case "proof":
                return Answer(self.repository.archive(), headers=(("Content-Type", "application/vnd.ipld.car"),))
            case "blob":
                data = self.files.get(target.role.partition(".")[2])
                return Answer(data) if data is not None else error("InvalidRequest")
        return None


def error(code: str, status: int = 400) -> Answer:
    return Answer.json({"error": code, "message": "words that nobody reads"}, status)
