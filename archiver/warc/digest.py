"""Labelled digests as WARC files carry them: `sha256:<hex>`, `sha1:<base32>` and their relatives. Pure."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

SIZES = {"sha256": 32, "sha512": 64, "sha384": 48, "sha1": 20, "md5": 16}  # bytes of a digest, by what is known here
WEAK = frozenset({"sha1", "md5"})  # two different texts with one digest have been shown in public


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest field as it was read: `algorithm` in lower case without hyphens, `value` None when it cannot be read."""

    algorithm: str
    value: bytes | None

    @property
    def known(self) -> bool:
        """Whether the algorithm can be computed here."""
        return self.algorithm in SIZES


def parse_digest(text: str) -> Digest:
    """Return the digest that `text` labels; hexadecimal and Base32 are told apart by their length. Never raises."""
    label, _, value = text.partition(":")
    algorithm = label.strip().lower().replace("-", "")
    size = SIZES.get(algorithm)
    return Digest(algorithm, None if size is None else _decoded(value.strip(), size))


def new_hash(algorithm: str) -> "_Hash":
    """Return a fresh hash of one of the known algorithms."""
    return hashlib.new(algorithm, usedforsecurity=False)


def _decoded(value: str, size: int) -> bytes | None:
    try:
        if len(value) == 2 * size:
            return binascii.unhexlify(value)
        bare = value.rstrip("=").upper()
        raw = base64.b32decode(bare + "=" * (-len(bare) % 8))
    except (ValueError, binascii.Error):
        return None
    return raw if len(raw) == size else None
