"""The text of a seal: one spelling, and nothing in it contradicts anything else in it."""

import contextlib
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.custody.log import Malformed
from archiver.custody.merkle import Frontier, leaf_hash
from archiver.custody.seal import Seal

CASE = "urn:uuid:0b1e4a2c-1111-4000-8000-0000000000aa"


def frontier_of(lines: int) -> Frontier:
    found = Frontier()
    for line in range(lines):
        found = found.added(leaf_hash(str(line).encode()))
    return found


def seal_of(first: int, last: int, **changes: Any) -> Seal:
    tree = frontier_of(last)
    later = first > 1
    return Seal(
        **{
            "case": CASE,
            "number": 7 if later else 1,
            "previous_sha256": ("a" if later else "0") * 64,
            "sealed_at": "2026-11-22T06:55:58.854810Z",
            "first_line": first,
            "last_line": last,
            "log_offset": 41007 if later else 0,
            "log_length": 7204,
            "log_sha256": "1" * 64,
            "log_head": "2" * 64,
            "tree_root": tree.root().hex(),
            "tree_frontier": tuple(root.hex() for root in tree.roots),
            "entries_sha256": "3" * 64,
            "files_sha256": "4" * 64,
            "manifest_offset": 30000 if later else 0,
            "manifest_length": 5000,
            "manifest_sha256": "5" * 64,
            "signer": "jane.doe@example.org",
            **changes,
        }
    )


SEAL = seal_of(49, 57)


def test_a_seal_is_this_text() -> None:
    first, second = frontier_of(3).roots
    text = seal_of(1, 3, signer=None).text().decode()
    assert text == (
        "archiver-seal/v1\n"
        f"case: {CASE}\n"
        "seal: 1\n"
        f"previous-seal-sha256: {'0' * 64}\n"
        "sealed-at: 2026-11-22T06:55:58.854810Z\n"
        "log-entries: 1-3\n"
        "log-offset: 0\n"
        "log-length: 7204\n"
        f"log-sha256: {'1' * 64}\n"
        f"log-head: {'2' * 64}\n"
        f"tree-root: {frontier_of(3).root().hex()}\n"
        f"tree-frontier: {first.hex()},{second.hex()}\n"
        f"entries-sha256: {'3' * 64}\n"
        f"files-sha256: {'4' * 64}\n"
        "manifest-offset: 0\n"
        "manifest-length: 5000\n"
        f"manifest-sha256: {'5' * 64}\n"
        "signer: -\n"
    )


@given(st.integers(1, 40), st.integers(0, 40), st.sampled_from([None, "jane.doe@example.org", "N"]))
def test_a_seal_comes_back_from_its_text(first: int, more: int, signer: str | None) -> None:
    seal = seal_of(first, first + more, signer=signer)
    assert Seal.parse(seal.text()) == seal
    assert Seal.parse(seal.text()).text() == seal.text()
    assert (seal.log_end, seal.manifest_end) == (seal.log_offset + 7204, seal.manifest_offset + 5000)
    assert seal.frontier.root().hex() == seal.tree_root


@given(st.integers(0, len(SEAL.text()) - 1), st.integers(0, 255))
def test_any_other_byte_makes_another_seal_or_none(place: int, byte: int) -> None:
    data = bytearray(SEAL.text())
    data[place] = byte
    with contextlib.suppress(Malformed):
        assert Seal.parse(bytes(data)).text() == bytes(data)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_seal_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        Seal.parse(data)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("archiver-seal/v1", "archiver-seal/v2", "first line"),
        ("\n", "\r\n", "first line"),
        ("seal: 7\n", "", "in their order"),
        ("seal: 7\n", "seal: 7\nseal: 7\n", "in their order"),
        ("seal: 7", "seal:7", "in their order"),
        ("signer: ", "signed: ", "in their order"),
        ("seal: 7", "seal: 07", "not a number"),
        ("49-57", "49", "not a number"),
        ("49-57", "49-57-58", "not a number"),
        ("49-57", "49 - 57", "not a number"),
        ("log-length: 7204", "log-length: -7204", "not a number"),
        ("log-length: 7204", "log-length: 0", "no length"),
        ("manifest-length: 5000", "manifest-length: 0", "no length"),
        ("41007", "9007199254740991", "no length"),
        ("2026-11-22T", "2026-11-31T", "does not exist"),
        (CASE, CASE.upper(), "case"),
        ("1" * 64, "A" * 64, "log-sha256 is not"),
        (",", ",,", "tree-frontier is not"),
        ("signer: jane", "signer:  jane", "signer"),
        ("signer: jane.doe@example.org", "signer: *", "signer"),
        ("jane.doe@example.org\n", "jane.doe@example.org", "ends with LF"),
        ("jane", "jane\u2028", "ASCII"),
    ],
)
def test_what_is_no_seal_is_refused_with_what_is_wrong(old: str, new: str, why: str) -> None:
    text = SEAL.text().decode()
    assert old in text
    with pytest.raises(Malformed, match=why):
        Seal.parse(text.replace(old, new).encode())


def test_an_empty_signer_is_not_another_spelling_of_none() -> None:
    text = seal_of(49, 57, signer=None).text()
    with pytest.raises(Malformed):
        Seal.parse(text.replace(b"signer: -", b"signer: "))


def test_a_text_longer_than_any_seal_is_not_looked_at() -> None:
    with pytest.raises(Malformed, match="longer than 16384 bytes"):
        Seal.parse(SEAL.text() + b"x" * 16384)


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 0},
        {"first_line": 58},
        {"first_line": 0},
        {"number": 1},
        {"first_line": 1},
        {"log_offset": 0},
        {"manifest_offset": 0},
        {"previous_sha256": "0" * 64},
        {"last_line": 56, "first_line": 56},
        {"last_line": 1 << 53, "tree_frontier": ("0" * 64,)},
        {"tree_root": "0" * 64},
        {"tree_frontier": ()},
    ],
    ids=str,
)
def test_values_that_contradict_one_another_make_no_seal(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(SEAL, **changes)


def test_the_longest_seal_that_can_be_made_is_short_enough() -> None:
    assert len(fields(Seal)) == 18
    size = (1 << 53) - 1
    tree = Frontier(size, tuple(leaf_hash(bytes([bit])) for bit in range(53)))
    longest = replace(
        SEAL,
        first_line=size,
        last_line=size,
        tree_root=tree.root().hex(),
        tree_frontier=tuple(root.hex() for root in tree.roots),
        signer="n" * 100,
    )
    assert len(longest.text()) < 6 * 1024
    assert Seal.parse(longest.text()) == longest


def test_the_specification_shows_the_lines_of_a_seal_in_their_order() -> None:
    spec = (Path(__file__).parents[2] / "docs/spec/seal.md").read_text("utf-8")
    keys = [line.partition(":")[0] for line in SEAL.text().decode().splitlines()]
    shown = spec.partition("```\n")[2].partition("```")[0]
    assert [line.partition(":")[0] for line in shown.splitlines()] == keys
    table = spec.partition("| key | value |")[2].partition("\n\n")[0]
    assert re.findall(r"`([a-z0-9-]+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.MULTILINE))) == keys[1:]
