"""Receipts: one line that survives a telephone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.custody.receipt import Receipt
from archiver.errors import UsageError

CASE = "urn:uuid:0b1e4a2c-1111-4000-8000-0000000000aa"
RECEIPT = Receipt(CASE, 7, 57, "0123456789abcdef" * 4, "2026-11-22T06:56:03Z", "SHA256:" + "aB+/" * 10 + "xYz")

receipts = st.builds(
    Receipt,
    case=st.uuids().map(lambda uuid: uuid.urn),
    seal=st.integers(1, 10**9),
    entries=st.integers(1, 10**12),
    sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
    gen_time=st.sampled_from([None, "2026-11-22T06:56:03Z", "2026-11-22T06:56:03.25Z"]),
    fingerprint=st.none() | st.text("abyzABYZ0189+/", min_size=43, max_size=43).map(lambda key: f"SHA256:{key}"),
)


def test_a_receipt_is_this_line() -> None:
    assert RECEIPT.text() == (
        "0b1e4a2c-1111-4000-8000-0000000000aa 7 57 "
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef "
        "2026-11-22T06:56:03Z SHA256:aB+/aB+/aB+/aB+/aB+/aB+/aB+/aB+/aB+/aB+/xYz"
    )
    assert RECEIPT.spoken().startswith("0b1e 4a2c 1111 4000 8000 0000 0000 00aa 7 57 0123 4567 89ab cdef 0123 ")
    assert RECEIPT.spoken().endswith(
        " 2026-11-22T06:56:03Z SHA256:aB+/ aB+/ aB+/ aB+/ aB+/ aB+/ aB+/ aB+/ aB+/ aB+/ xYz"
    )
    assert Receipt(CASE, 1, 2, "0" * 64, None, None).text().endswith("0000 - -")


@given(receipts)
def test_a_receipt_comes_back_from_its_line_and_from_what_is_read_out(receipt: Receipt) -> None:
    assert Receipt.parse(receipt.text()) == receipt
    assert Receipt.parse(receipt.spoken()) == receipt


@pytest.mark.parametrize(
    "text",
    [
        f"  {RECEIPT.text()}\n",
        RECEIPT.text().replace(" ", "\n\t"),
        f"urn:uuid:{RECEIPT.text()}",
        RECEIPT.text().replace("0b1e4a2c", "0B1E4A2C").replace("abcdef", "ABCDEF").replace("Z SHA", "z sha"),
        RECEIPT.text().replace("0123456789abcdef", "01234567-89abcdef-"),
        RECEIPT.text().replace("0123456789abcdef", "0123 4567 – 89ab cdef "),
        RECEIPT.text().replace("-1111-", "\u20111111—"),
    ],
)
def test_what_somebody_typed_is_understood(text: str) -> None:
    assert Receipt.parse(text) == RECEIPT


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "case"),
        ("hello", "case"),
        (RECEIPT.text()[1:], "no number of lines"),
        (RECEIPT.text().replace(" 7 ", " 07 "), "no number of a seal"),
        (RECEIPT.text().replace(" 7 ", " ٧ "), "no number of a seal"),
        (RECEIPT.text().replace(" 57 ", " x "), "no number of lines"),
        (RECEIPT.text().replace("0123456789abcdef" * 4, "0123456789abcdef" * 3), "hash"),
        (RECEIPT.text().replace("abcdef", "abcdeg"), "hash"),
        (RECEIPT.text().replace("2026-11-22T", "yesterday "), "time"),
        (RECEIPT.text()[:-1], "fingerprint"),
        (RECEIPT.text() + " and more", "fingerprint"),
        (" ".join(RECEIPT.text().split()[:4]), "time"),
        (" ".join(RECEIPT.text().split()[:5]), "fingerprint"),
        ("1" * 5000, "longer than"),
    ],
)
def test_what_is_no_receipt_is_refused_with_what_is_wrong(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as found:
        Receipt.parse(text)
    assert found.value.kind == "receipt"


@pytest.mark.parametrize("broken", ["2026- 11-22T", "2026-11- 22T", "2026-\n11-\n22T", "2026‐ 11‐22T"])
def test_a_time_that_a_line_ended_in_on_paper_is_understood(broken: str) -> None:
    assert Receipt.parse(RECEIPT.text().replace("2026-11-22T", broken)) == RECEIPT


def test_a_time_that_never_ends_is_none() -> None:
    for time in ("2026-", "2026- 11-", "2026- - -"):
        with pytest.raises(UsageError, match=r"is no time|no fingerprint"):
            Receipt.parse(RECEIPT.text().replace("2026-11-22T06:56:03Z", time))
