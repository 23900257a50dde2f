"""Content identifiers: version 1, of a DAG-CBOR value or of raw bytes, by SHA-256. Other forms are refused.

The AT Protocol allows no others (atproto.com/specs/data-model, "Link and CID Formats").
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Final

DAG_CBOR: Final = 0x71
RAW: Final = 0x55
LENGTH: Final = 36  # bytes of a CID: version, codec, hash, length of the hash, hash

_TEXT = re.compile(r"b[a-z2-7]{58}")


class Malformed(ValueError):
    """Bytes or a text are not what they should be; the message says how, in words that finish "…: "."""


@dataclass(frozen=True, slots=True)
class Cid:
    """The name of some bytes: their SHA-256 (`digest`, 32 bytes), and whether they are DAG-CBOR or raw (`codec`)."""

    codec: int
    digest: bytes

    @classmethod
    def of(cls, data: bytes, codec: int = DAG_CBOR) -> "Cid":
        """Return the name of `data`."""
        return cls(codec, hashlib.sha256(data).digest())

    @classmethod
    def read(cls, data: bytes) -> "Cid":
        """Return the CID that these 36 bytes are. Raises `Malformed` for any others."""
        if len(data) != LENGTH or data[0] != 1 or data[1] not in (DAG_CBOR, RAW) or data[2:4] != b"\x12\x20":
            raise Malformed("not a CID of version 1 by SHA-256")
        return cls(data[1], data[4:])

    @classmethod
    def parse(cls, text: str) -> "Cid":
        """Return the CID that a text in base32 spells ("bafy…", "bafk…"). Raises `Malformed` for any other text."""
        if _TEXT.fullmatch(text) is None:
            raise Malformed("not a CID in base32")
        found = cls.read(base64.b32decode(text[1:].upper() + "======"))
        if str(found) != text:
            raise Malformed("a CID with bits beyond its end")
        return found

    def __bytes__(self) -> bytes:
        """The 36 bytes."""
        return bytes((1, self.codec, 0x12, 0x20)) + self.digest

    def __str__(self) -> str:
        """The text in base32, as the platform writes it."""
        return "b" + base64.b32encode(bytes(self)).decode("ascii").lower().rstrip("=")

    def names(self, data: bytes) -> bool:
        """Whether `data` are the bytes that this is the name of."""
        return hashlib.sha256(data).digest() == self.digest


def parsed(text: str) -> Cid | None:
    """Return the CID that a text spells, None for any other text."""
    try:
        return Cid.parse(text)
    except Malformed:
        return None
