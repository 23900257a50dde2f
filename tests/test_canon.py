"""Canonical JSON: the profile, RFC 8785's own examples, and any value there and back."""

import json
from collections import OrderedDict
from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from archiver import canon
from archiver.canon import MAX_DEPTH, NotCanonical, dumps, loads, sha256_hex

_texts = st.text(st.characters(exclude_categories=["Cs"]))
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=20,
)

_anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(2**53 - 3, 2**53 + 3).map(lambda number: number if number % 2 else -number)
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(st.characters())
    | st.text(st.sampled_from('09:,[]{}-"\\\n\x7f\u2028\ud7ff\ud800\udfff\ue000\uffff\U0001f600'), max_size=20)
    | st.binary(max_size=2)
    | st.sets(st.integers(), max_size=1),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=2).map(tuple)
        | st.dictionaries(st.text(st.characters()), inner, max_size=4)
        | st.dictionaries(st.sampled_from(["\ufb33", "\U0001f600", "\ud83d", "a"]), inner, max_size=4)
        | st.dictionaries(st.integers() | st.booleans() | st.none() | st.text(), inner, max_size=2)
        | st.dictionaries(st.text(), inner, max_size=2).map(OrderedDict)
    ),
    max_leaves=12,
)


class Text(StrEnum):
    ONE = "one"


class Number(IntEnum):
    ONE = 1


class Pair(NamedTuple):
    a: int
    b: str


def by_the_library(value: object) -> bytes | str:
    """Return what the RFC's own library makes of `value` within the profile, or the words of the refusal."""

    def refuse(value: object, depth: int) -> None:
        if isinstance(value, float):
            raise ValueError("floats are not part of the profile")
        if isinstance(value, dict | list | tuple):
            if depth == MAX_DEPTH:
                raise ValueError("nested deeper than 32")
            for item in value.values() if isinstance(value, dict) else value:
                refuse(item, depth + 1)

    return told(lambda: (refuse(value, 0), rfc8785.dumps(value))[1])  # type: ignore[arg-type]


def told(make: Callable[[], bytes]) -> bytes | str:
    try:
        return make()
    except ValueError as exc:
        return str(exc)


def nested(depth: int) -> list[object]:
    value: list[object] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@given(_values)
def test_any_value_of_the_profile_comes_back(value: object) -> None:
    data = dumps(value)
    assert loads(data) == value
    assert dumps(loads(data)) == data
    assert json.loads(data) == value


@given(_values)
def test_another_spelling_of_the_same_value_is_refused(value: object) -> None:
    spaced = json.dumps(value, indent=1, ensure_ascii=True).encode()
    if spaced != dumps(value):
        with pytest.raises(NotCanonical):
            loads(spaced)


@given(st.binary(max_size=40))
def test_any_bytes_are_canonical_or_refused(data: bytes) -> None:
    try:
        value = loads(data)
    except NotCanonical:
        return
    assert dumps(value) == data


@given(_anything)
def test_whatever_is_given_the_fast_way_and_the_library_agree_on_bytes_and_refusals(value: object) -> None:
    assert told(lambda: dumps(value)) == by_the_library(value)


@pytest.mark.parametrize(
    "value",
    [
        Text.ONE, Number.ONE, [Text.ONE], [Number.ONE], {Text.ONE: Number.ONE}, Pair(1, "b"), {"a": Pair(1, "b")},
        OrderedDict(b=1, a=2), {1: 2}, {True: 1}, {None: 1}, {b"a": 1}, {"a": {1: 2}}, [b""], [{1}], ((),), [[[]]],
        {}, [], nested(32), nested(33), [nested(32)], {"a": nested(31)}, {"a": nested(32)}, ["["] * 40, [[1]] * 40,
        [2**53], [-(2**53)], [2**53 - 1], {"a": 2**53}, {"a": -(2**53)}, 2**53, -(2**53), ":1234567890123456",
        {":1234567890123456": 1}, {"\ufb33": 1, "\U0001f600": 2}, ["\ud83d\ude00"], {"\udfff": 1}, [float("inf")],
        [1.0, object()], [[]] * 40 + [0.5],
    ],
)  # fmt: skip
def test_corners_of_the_types_are_as_the_library_has_them(value: Any) -> None:
    assert told(lambda: dumps(value)) == by_the_library(value)


@given(_values.map(rfc8785.dumps) | st.text('[]{}",:0123456789ab\\\U0001f600\ud7ff', max_size=30).map(str.encode))
def test_bytes_are_canonical_exactly_if_the_library_writes_them(data: bytes) -> None:
    try:
        canonical = by_the_library(json.loads(data)) == data
    except ValueError:
        canonical = False
    try:
        loads(data)
    except NotCanonical:
        assert not canonical
    else:
        assert canonical


def test_keys_are_in_the_order_of_rfc_8785_section_3_2_3() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    value = dict.fromkeys(keys, "x")
    expected = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(dumps(value))) == expected


def test_strings_are_escaped_as_in_rfc_8785_section_3_2_2() -> None:
    value = {"string": '\u20ac$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]}
    expected = b'{"literals":[null,true,false],"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert dumps(value) == expected


def test_line_separators_stay_raw() -> None:
    assert dumps("\u2028\u0085") == b'"\xe2\x80\xa8\xc2\x85"'


@pytest.mark.parametrize(
    "value", [1.5, 2**53, -(2**53), "\ud800", {"\udfff": 1}, [float("nan")], {"a": [0.0]}, object()]
)
def test_values_outside_the_profile_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        dumps(value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff", "not UTF-8 at byte 0"),
        (b"", "not JSON at byte 0"),
        (b'{"a":1,"a":2}', "twice"),
        (b"1.0", "not an integer"),
        (b"NaN", "not an integer"),
        (b"1e3", "not an integer"),
        (b"-0", "canonical form"),
        (b" 1", "canonical form"),
        (b'{"b":1,"a":2}', "canonical form"),
        (b'"\\u0041"', "canonical form"),
        (b'"\\ud800"', "utf|UTF"),
        (b"9007199254740992", "9007199254740992"),
        (b"1" * 5000, "4300"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_bytes_outside_the_profile_are_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(NotCanonical, match=why):
        loads(data)


def test_depth_is_bounded_both_ways_and_brackets_in_texts_do_not_count() -> None:
    assert loads(dumps(nested(MAX_DEPTH))) == nested(MAX_DEPTH)
    with pytest.raises(ValueError, match="deeper than 32"):
        dumps(nested(MAX_DEPTH + 1))
    with pytest.raises(NotCanonical, match="deeper than 32"):
        loads(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
    assert loads(dumps("[" * 1000)) == "[" * 1000
    assert loads(dumps([{"a": ("b",)}])) == [{"a": ["b"]}]


def test_hash_is_lower_case_hexadecimal() -> None:
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert canon.MAX_DEPTH == 32


@pytest.mark.parametrize(
    "text", ["9007199254740992", "[-9007199254740992]", '{"a":9007199254740993}', '"\\ud800"', "1" * 5000]
)
def test_numbers_and_texts_beyond_the_profile_are_refused(text: str) -> None:
    with pytest.raises(NotCanonical):
        loads(text.encode())


@pytest.mark.parametrize(
    "text", ["9007199254740991", "[-9007199254740991]", '{"a":9007199254740991}', '"1234567890123456789"']
)
def test_the_largest_numbers_of_the_profile_come_back(text: str) -> None:
    assert dumps(loads(text.encode())) == text.encode()
