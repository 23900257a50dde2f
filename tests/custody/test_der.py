"""DER as the reader of time stamps takes it: one spelling of everything, and never past the end."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.custody.der import INTEGER, OCTETS, OID, SEQUENCE, BadDer, Reader, encoded, encoded_integer, read_one


def reader(data: bytes) -> Reader:
    return Reader(data, "it")


@given(st.integers(0, 255), st.binary(max_size=70_000))
def test_what_is_written_is_read_again(tag: int, content: bytes) -> None:
    if tag & 0x1F == 0x1F:
        return
    value = read_one(encoded(tag, content), tag, "it")
    assert (value.tag, value.content, value.raw) == (tag, content, encoded(tag, content))


@given(st.integers(0, 2**500))
def test_numbers_are_read_as_they_were_written(number: int) -> None:
    assert reader(encoded_integer(number)).integer() == number


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths_are_as_short_as_can_be(size: int) -> None:
    head = len(encoded(OCTETS, bytes(size))) - size
    assert head == 2 + sum(size > limit for limit in (127, 255, 65535))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "it ends too early"),
        ("30", "it ends too early"),
        ("3001", "it ends too early"),
        ("3080", "it has a length that cannot be read"),
        ("30800000", "it has a length that cannot be read"),
        ("3085000000000000", "it has a length that cannot be read"),
        ("308101", "it has a length that is longer than need be"),
        ("30820080" + "00" * 128, "it has a length that is longer than need be"),
        ("300000", "it goes on for 1 bytes behind its end"),
        ("3100", "it has an unexpected part"),
    ],
)
def test_what_is_not_one_value_of_that_kind_is_refused(data: str, why: str) -> None:
    with pytest.raises(BadDer, match=f"^{why}$"):
        read_one(bytes.fromhex(data), SEQUENCE, "it")


def test_tags_of_several_bytes_are_refused() -> None:
    with pytest.raises(BadDer, match="more than one byte"):
        list(reader(bytes.fromhex("3f810100")).rest())


@pytest.mark.parametrize("content", ["", "0001", "007f", "ff80", "ffff", "01" * 67])
def test_numbers_have_one_spelling_and_a_bound(content: str) -> None:
    with pytest.raises(BadDer, match="a number"):
        reader(encoded(INTEGER, bytes.fromhex(content))).integer()


def test_negative_numbers_are_read() -> None:
    assert reader(encoded(INTEGER, b"\xff")).integer() == -1
    assert reader(encoded(INTEGER, b"\xff\x7f")).integer() == -129


@pytest.mark.parametrize(
    ("content", "dots"),
    [
        ("2a864886f70d0109100104", "1.2.840.113549.1.9.16.1.4"),
        ("608648016503040201", "2.16.840.1.101.3.4.2.1"),
        ("27", "0.39"),
        ("78", "2.40"),
        ("883703", "2.999.3"),
    ],
)
def test_identifiers_are_read(content: str, dots: str) -> None:
    assert reader(encoded(OID, bytes.fromhex(content))).oid() == dots


@pytest.mark.parametrize("content", ["", "2a86", "2a8001", "80", "8001", "2a" + "01" * 64])
def test_identifiers_have_one_spelling_and_a_bound(content: str) -> None:
    with pytest.raises(BadDer, match="an identifier"):
        reader(encoded(OID, bytes.fromhex(content))).oid()


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (lambda: list(reader(data).rest()), lambda: reader(data).integer(), lambda: reader(data).oid()):
        with suppress(BadDer):
            read()
