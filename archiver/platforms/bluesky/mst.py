"""The tree of a repository: which record stands at a path, or that none does (atproto.com/specs/repository, "MST").

A node lists its keys in order, and between two of them may be a link to a node of the next lower layer, with the keys
that lie between. On which layer a key belongs follows from its own SHA-256. So there is one tree for the records of a
repository, one way down to a key, and at its end the key or the gap where it would be.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from archiver.platforms.bluesky.cbor import decoded
from archiver.platforms.bluesky.cid import DAG_CBOR, Cid, Malformed

MAX_KEY: Final = 1024  # bytes of a path


class MissingBlock(Malformed):
    """The way to the key leads to a block that is not in the archive."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node: keys in order, the record of each, and the links before, between and after (one more than keys)."""

    keys: tuple[bytes, ...]
    records: tuple[Cid, ...]
    links: tuple[Cid | None, ...]


def layer(key: bytes) -> int:
    """Return on which layer a key belongs: pairs of zero bits at the beginning of its SHA-256."""
    digest = hashlib.sha256(key).digest()
    return (256 - int.from_bytes(digest, "big").bit_length()) // 2


def record_at(blocks: Mapping[Cid, bytes], root: Cid, key: bytes) -> Cid | None:
    """Return the CID of the record at `key` in the tree below `root`, None where the tree shows that none is there.

    Every node on the way is checked: order of keys, their layers, the range that the link to it leaves.
    Raises `MissingBlock` where the way cannot be followed, `Malformed` where a node is not as it must be.
    """
    low, high = b"", b""
    link: Cid | None = root
    above: int | None = None
    while link is not None:
        node = read_node(_block(blocks, link))
        here = _layer_of(node, above)
        if any(key_here <= low or (high and key_here >= high) for key_here in node.keys):
            raise Malformed("a node has keys beyond the range of the link that leads to it")
        if key in node.keys:
            return node.records[node.keys.index(key)]
        place = sum(each < key for each in node.keys)
        low = node.keys[place - 1] if place > 0 else low
        high = node.keys[place] if place < len(node.keys) else high
        link, above = node.links[place], here
    return None


def read_node(data: bytes) -> Node:
    """Return the node that a block encodes. Raises `Malformed` where it is none, or not in the one form of its keys."""
    value = decoded(data)
    if not isinstance(value, dict) or value.keys() != {"l", "e"} or not isinstance(value["e"], list):
        raise Malformed("a node of the tree without its two members")
    keys: list[bytes] = []
    records: list[Cid] = []
    links: list[Cid | None] = [_link(value["l"])]
    last = b""
    for entry in value["e"]:
        prefix, suffix, record, link = _entry(entry)
        key = last[:prefix] + suffix
        if prefix != _shared(last, key) or not last < key or len(key) > MAX_KEY:
            raise Malformed("a node whose keys are not in order, or not shortened as they must be")
        keys.append(key)
        records.append(record)
        links.append(link)
        last = key
    return Node(tuple(keys), tuple(records), tuple(links))


def _layer_of(node: Node, above: int | None) -> int:
    """Return the layer of a node, below one of layer `above`, at the top for None."""
    layers = {layer(key) for key in node.keys}
    if len(layers) > 1:
        raise Malformed("a node with keys of several layers")
    if not node.keys and node.links == (None,):
        if above is not None:
            raise Malformed("a node with nothing in it, and no top of an empty tree")
        return 0
    if not node.keys and above is None:
        raise Malformed("a top without keys that only leads on")
    here = layers.pop() if layers else (above or 0) - 1
    if above is not None and here != above - 1:
        raise Malformed("a link that does not lead to the next lower layer")
    if here == 0 and any(node.links):
        raise Malformed("a link below the lowest layer")
    return here


def _entry(value: Any) -> tuple[int, bytes, Cid, Cid | None]:
    match value:
        case {"p": int(prefix), "k": bytes(suffix), "v": Cid() as record, "t": link} if (
            len(value) == 4 and not isinstance(prefix, bool) and prefix >= 0
        ):
            return prefix, suffix, record, _link(link)
    raise Malformed("an entry of a node without its four members")


def _link(value: Any) -> Cid | None:
    if value is None or (isinstance(value, Cid) and value.codec == DAG_CBOR):
        return value
    raise Malformed("a link to a node that is none")


def _block(blocks: Mapping[Cid, bytes], cid: Cid) -> bytes:
    if cid not in blocks:
        raise MissingBlock(f"the block {cid} of the tree is not in the archive")
    return blocks[cid]


def _shared(one: bytes, other: bytes) -> int:
    """Return how many bytes both begin with."""
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))
