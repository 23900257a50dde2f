"""The signed head of a repository, version 3 (atproto.com/specs/repository, "Commit Objects")."""

import re
from dataclasses import dataclass
from typing import Any

from archiver.platforms.bluesky.cbor import decoded, encoded
from archiver.platforms.bluesky.cid import DAG_CBOR, Cid, Malformed

_REV = re.compile(r"[2-7a-j][2-7a-z]{12}")


@dataclass(frozen=True, slots=True)
class Commit:
    """A version of a repository: whose, which (`rev`), the root of its tree (`data`).

    `signed` are the bytes under the signature, `signature` its 64 bytes.
    """

    did: str
    rev: str
    data: Cid
    signed: bytes
    signature: bytes


def read_commit(data: bytes) -> Commit:
    """Return the commit that a block encodes. Raises `Malformed` where it is none of version 3.

    `prev` may be missing, as in commits of 2023: the signature is over what stands there.
    """
    value = decoded(data)
    if not isinstance(value, dict) or value.keys() | {"prev"} != {"did", "version", "data", "rev", "prev", "sig"}:
        raise Malformed("the root is not a commit: its members are others")
    match value:
        case {
            "did": str(did),
            "version": 3,
            "data": Cid(codec=codec) as root,
            "rev": str(rev),
            "sig": bytes(signature),
        }:
            if codec == DAG_CBOR and _REV.fullmatch(rev) and _is_link(value.get("prev")):
                unsigned: dict[str, Any] = {name: member for name, member in value.items() if name != "sig"}
                return Commit(did, rev, root, encoded(unsigned), signature)
    raise Malformed("the root is not a commit of version 3")


def _is_link(value: Any) -> bool:
    return value is None or (isinstance(value, Cid) and value.codec == DAG_CBOR)
