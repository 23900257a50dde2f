"""CAR, version 1: a header that names one root, then blocks, each with the CID of its bytes.

Every byte is looked at: lengths in their shortest form, each block hashed, nothing left over. So no byte of an archive
can change unnoticed, also not in a block that nothing refers to (ipld.io/specs/transport/car).
"""

from dataclasses import dataclass
from typing import Final

from archiver.platforms.bluesky.cbor import decoded
from archiver.platforms.bluesky.cid import LENGTH, Cid, Malformed

MAX_SIZE: Final = 4 * 1024**2  # bytes: the proof of one record has some ten thousand
MAX_BLOCKS: Final = 2_000  # the proof of one record has some ten
MAX_BLOCK: Final = 2 * 1024**2  # bytes of one block, its CID among them

_LONGEST: Final = 5  # bytes of a length: more than `MAX_SIZE` needs


@dataclass(frozen=True, slots=True)
class Car:
    """The blocks of an archive by their CIDs; each has been hashed. `root` is the one that the header names."""

    root: Cid
    blocks: dict[Cid, bytes]


def read_car(data: bytes) -> Car:
    """Return what the archive holds. Raises `Malformed` where one byte of it is not as it should be.

    The same block may stand there twice; blocks that nothing refers to may as well.
    """
    if len(data) > MAX_SIZE:
        raise Malformed(f"larger than {MAX_SIZE} bytes")
    header, at = _piece(data, 0)
    root = _root(header)
    blocks: dict[Cid, bytes] = {}
    count = 0
    while at < len(data):
        piece, at = _piece(data, at)
        count += 1
        if count > MAX_BLOCKS:
            raise Malformed(f"more than {MAX_BLOCKS} blocks")
        cid, block = Cid.read(piece[:LENGTH]), piece[LENGTH:]
        if not cid.names(block):
            raise Malformed(f"block {count} does not have the SHA-256 that its name {cid} tells")
        blocks[cid] = block
    return Car(root, blocks)


def _root(header: bytes) -> Cid:
    value = decoded(header)
    if not isinstance(value, dict) or value.keys() != {"version", "roots"} or value["version"] is True:
        raise Malformed("the header is not that of a CAR of version 1")
    match value:
        case {"version": 1, "roots": [Cid() as root]}:
            return root
    raise Malformed("the header is not of version 1, or does not name exactly one root")


def _piece(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the bytes of which the length stands at `at`, and where they end."""
    size = 0
    for index in range(_LONGEST):
        if at + index >= len(data):
            raise Malformed("it ends within a length")
        byte = data[at + index]
        size |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if byte == 0:
                raise Malformed("a length of nothing, or not in its shortest form")
            start = at + index + 1
            if size > min(len(data) - start, MAX_BLOCK):
                raise Malformed(f"a block of {size} bytes: it ends within, or that is more than {MAX_BLOCK}")
            return data[start : start + size], start + size
    raise Malformed("a length of more bytes than there can be")
