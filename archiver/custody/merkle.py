"""The tree over the lines of a log, and proofs that one line is in it (RFC 6962 §2.1). Pure.

With its root in every seal, one line can be shown to be in the sealed log by some twenty hashes, without the others.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


def leaf_hash(line: bytes) -> bytes:
    """Return the hash of a leaf: SHA-256 of 0x00 and the raw line with its LF."""
    return hashlib.sha256(b"\0" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 of 0x01 and the hashes of both children."""
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that has to be known of a tree of `size` leaves to go on with it: a hash for each binary one of `size`.

    `roots` are the hashes of the full subtrees from left to right, so the largest comes first; no two are equally
    large. Raises `ValueError` when their number is not that of the binary ones.
    """

    size: int = 0
    roots: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size.bit_count() != len(self.roots):
            raise ValueError(f"a tree of {self.size} leaves has {self.size.bit_count()} full subtrees")

    def added(self, leaf: bytes) -> "Frontier":
        """Return the frontier after one more leaf, given by its `leaf_hash`."""
        roots, full = self.roots, self.size
        while full & 1:
            *left, last = roots
            roots, leaf, full = tuple(left), node_hash(last, leaf), full >> 1
        return Frontier(self.size + 1, (*roots, leaf))

    def root(self) -> bytes:
        """Return the hash of the whole tree; of an empty one it is that of no bytes."""
        if not self.roots:
            return hashlib.sha256().digest()
        *left, root = self.roots
        for subtree in reversed(left):
            root = node_hash(subtree, root)
        return root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the audit path of the leaf at `index`, from 0: the hashes beside its way to the root, lowest first.

    `leaves` are leaf hashes. Raises `IndexError` when there is no such leaf.
    """
    return inclusion_proofs(leaves, (index,))[0]


def inclusion_proofs(leaves: Sequence[bytes], indices: Sequence[int]) -> tuple[tuple[bytes, ...], ...]:
    """Return the audit paths of several leaves of one tree, each as `inclusion_proof` does; the tree is built once."""
    for index in indices:
        if not 0 <= index < len(leaves):
            raise IndexError(f"there is no leaf {index} among {len(leaves)}")
    proofs: list[list[bytes]] = [[] for _ in indices]
    level, places = list(leaves), list(indices)
    while len(level) > 1:
        for proof, place in zip(proofs, places, strict=True):
            if place ^ 1 < len(level):
                proof.append(level[place ^ 1])
        # A node without a neighbour rises as it is: RFC 6962 splits at the largest power of two.
        level = [node_hash(*level[at : at + 2]) if at + 1 < len(level) else level[at] for at in range(0, len(level), 2)]
        places = [place >> 1 for place in places]
    return tuple(map(tuple, proofs))


def root_from_proof(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root of the tree of `size` leaves in which `leaf`, a leaf hash, is at `index` (RFC 9162 §2.1.3.2).

    Equal to the known root, it proves that the leaf is there. Raises `ValueError` when the proof has not the length of
    one for that place.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} among {size}")
    left = list(reversed(proof))
    last = size - 1
    while last:
        if index & 1 or index < last:
            if not left:
                raise ValueError("the proof is too short")
            beside = left.pop()
            leaf = node_hash(beside, leaf) if index & 1 else node_hash(leaf, beside)
        index, last = index >> 1, last >> 1
    if left:
        raise ValueError("the proof is too long")
    return leaf
