"""The tree of RFC 6962: known roots and paths, and a naive implementation by the letter of the standard."""

import contextlib
import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.custody.merkle import Frontier, inclusion_proof, inclusion_proofs, leaf_hash, root_from_proof

# The inputs and results that implementations of Certificate Transparency are tested with.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
FIRST_OF_EIGHT = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]


def grown(leaves: Sequence[bytes]) -> Frontier:
    found = Frontier()
    for leaf in leaves:
        found = found.added(leaf)
    return found


def naive_root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_known_ones(size: int) -> None:
    assert grown(LEAVES[:size]).root().hex() == ROOTS[size - 1]


def test_an_empty_tree_is_the_hash_of_nothing() -> None:
    assert Frontier().root().hex() == hashlib.sha256(b"").hexdigest()


def test_the_path_of_the_first_leaf_of_eight_is_the_known_one() -> None:
    assert [step.hex() for step in inclusion_proof(LEAVES, 0)] == FIRST_OF_EIGHT


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=70))
def test_root_and_frontier_are_those_of_the_naive_tree(lines: list[bytes]) -> None:
    leaves = [leaf_hash(line) for line in lines]
    found = grown(leaves)
    assert found.root() == naive_root(leaves)
    sizes = [1 << bit for bit in reversed(range(len(leaves).bit_length())) if len(leaves) >> bit & 1]
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    assert list(found.roots) == [naive_root(leaves[at : at + size]) for at, size in zip(starts, sizes, strict=True)]


@given(st.data(), st.integers(1, 70))
def test_every_leaf_is_proved_and_no_other_in_its_place(data: st.DataObject, size: int) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)
    assert list(proof) == naive_path(index, leaves)
    root = naive_root(leaves)
    assert root_from_proof(leaves[index], index, size, proof) == root
    assert root_from_proof(leaf_hash(b"another"), index, size, proof) != root
    other = data.draw(st.integers(0, size - 1).filter(lambda at: at != index) if size > 1 else st.none())
    if other is not None:
        with contextlib.suppress(ValueError):
            assert root_from_proof(leaves[index], other, size, proof) != root


@pytest.mark.parametrize(
    ("index", "size", "steps", "why"), [(0, 3, 1, "too short"), (2, 3, 2, "too long"), (3, 3, 2, "no leaf 3")]
)
def test_a_proof_of_another_length_is_refused(index: int, size: int, steps: int, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        root_from_proof(LEAVES[0], index, size, LEAVES[:steps])


def test_there_is_no_proof_of_a_leaf_that_is_not_there() -> None:
    with pytest.raises(IndexError, match="no leaf 8 among 8"):
        inclusion_proof(LEAVES, 8)


def test_a_frontier_has_a_root_for_each_full_subtree() -> None:
    with pytest.raises(ValueError, match="2 full subtrees"):
        Frontier(3, (LEAVES[0],))


def test_paths_of_several_leaves_are_those_of_each() -> None:
    for size in range(1, 40):
        leaves = [leaf_hash(bytes([number])) for number in range(size)]
        asked = [*range(size), 0]
        assert inclusion_proofs(leaves, asked) == tuple(tuple(naive_path(index, leaves)) for index in asked)
    with pytest.raises(IndexError):
        inclusion_proofs(LEAVES, (0, 8))
