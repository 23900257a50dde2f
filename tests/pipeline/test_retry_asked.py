"""How long an answer asks us to stay away, whatever stands in its headers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model.http import Message
from archiver.pipeline.asked import LONGEST, MAX_VALUE, RATE_HEADERS, asked_to_wait, http_date

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


def message(status: int | None, *headers: tuple[str, str | bytes]) -> Message:
    pairs = tuple((name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers)
    return Message(b"HTTP/1.1", status, b"", pairs, 10, (), "length", "complete", 0, 0, 0, "", ())


def wait(*headers: tuple[str, str | bytes], status: int | None = 429) -> float | None:
    return asked_to_wait(message(status, *headers), NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.0),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60.0),
        ("Sunday, 22-Nov-26 12:01:00 GMT", 60.0),
        ("Sun Nov 22 12:01:00 2026", 60.0),
        ("Tue, 01 Dec 2026 12:00:00 GMT", 9 * 86_400.0),
        ("Fri, 22 Nov 2026 12:01:00 GMT", 60.0),  # it was a Sunday
        ("sun, 22 nov 2026 12:00:60 gmt", 59.0),  # a leap second
        ("0", None),
        ("-1", None),
        ("", None),
        ("1e9", None),
        ("soon", None),
        ("Sun, 22 Nov 2026 11:59:00 GMT", None),  # past
        ("Sunday, 06-Nov-94 08:49:37 GMT", None),  # 1994, not 2094
        ("Sun, 31 Feb 2027 12:00:00 GMT", None),
        ("Sun, 22 Nov 2026 25:00:00 GMT", None),
        ("Sun, 22 Nov 0000 12:00:00 GMT", None),
        ("Sun, 22 Nov 2026 12:01:00 MSK", None),
        ("120, 240", None),
        ("１２０", None),
        (b"12\xff", None),
        (b"12\x00", None),
        ("99999999999", LONGEST),
        ("1" + "0" * 30, LONGEST),
        ("9" * (MAX_VALUE + 1), None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST),
    ],
)
def test_retry_after_in_every_form(value: str | bytes, seconds: float | None) -> None:
    assert wait(("Retry-After", value)) == seconds


def test_of_several_the_longest_that_can_be_read_counts() -> None:
    assert wait(("Retry-After", "5"), ("retry-after", "x"), ("RETRY-AFTER", "70"), ("RateLimit-Reset", "900")) == 70.0


@pytest.mark.parametrize(("status", "seconds"), [(200, None), (301, None), (None, None), (403, 9.0), (503, 9.0)])
def test_retry_after_is_meant_by_refusals_only(status: int | None, seconds: float | None) -> None:
    assert wait(("Retry-After", "9"), status=status) == seconds


def test_dates_are_taken_by_the_clock_of_the_server() -> None:
    asked = ("Retry-After", "Sun, 22 Nov 2026 09:00:30 GMT")
    assert wait(("Date", "Sun, 22 Nov 2026 09:00:00 GMT"), asked) == 30.0
    assert wait(("Date", "yesterday"), asked) is None


@pytest.mark.parametrize("name", RATE_HEADERS)
@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("30", 30.0),
        (str(EPOCH + 40), 40.0),
        (str((EPOCH + 40) * 1000), 40.0),
        ("2026-11-22T12:00:50.5Z", 50.5),
        ("2026-11-22T12:00:50", 50.0),
        ("2026-11-22T15:00:50+03:00", 50.0),
        (str(EPOCH - 40), None),
        ("never", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("9" * 40, LONGEST),
    ],
)
def test_a_used_up_quota_is_a_wait_until_its_reset(name: str, reset: str, seconds: float | None) -> None:
    assert wait((f"{name}-Remaining", "0"), (f"{name}-Reset", reset), status=200) == seconds
    assert wait((f"{name}-Remaining", "1"), (f"{name}-Reset", reset), status=200) is None
    assert wait((f"{name}-Reset", reset), status=200) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("RateLimit", '"default";r=0;t=30')], 30.0),
        ([("RateLimit", '"default";r=5;t=30')], None),
        ([("RateLimit", '"a, b;c";r=9;t=1, "day" ; r=0 ; t=50')], 50.0),
        ([("RateLimit", '"day";r=0'), ("RateLimit-Policy", '"hour";q=9;w=3600, "day";q=100;w=86400')], 86_400.0),
        ([("RateLimit", '"day";r=0')], None),
        ([("RateLimit", "default;r=0;t=8")], 8.0),
        ([("RateLimit", "limit=100, remaining=0, reset=50")], 50.0),
        ([("RateLimit", "limit=100, remaining=10, reset=50")], None),
        ([("RateLimit", '"open;r=0;t=30')], None),
        ([("RateLimit", '"a";r=0;t=-5')], None),
        ([("RateLimit-Remaining", "0.0"), ("RateLimit-Reset", "12.7")], 12.0),
    ],
)
def test_the_rate_limit_fields_of_the_drafts(headers: list[tuple[str, str]], seconds: float | None) -> None:
    assert wait(*headers, status=200) == seconds


_NAMES = st.sampled_from(
    ["Retry-After", "Date", "RateLimit", "RateLimit-Policy"]
    + [f"{name}-{end}" for name in RATE_HEADERS for end in ("Remaining", "Reset")]
)
_PIECES = st.sampled_from(
    ["0", "9", "1" * 400, "-", ".", ";", ",", '"', "\\", "=", "r=0", "t=", "w=5", " ", "GMT", "é"]
)
_TEXTS = st.lists(_PIECES, max_size=60).map("".join) | st.datetimes().map(datetime.isoformat)


@given(st.lists(st.tuples(_NAMES, st.binary(max_size=80) | _TEXTS.map(str.encode)), max_size=6))
def test_no_header_can_raise_or_ask_for_more_than_the_longest(headers: list[tuple[str, bytes]]) -> None:
    asked = wait(*headers)
    assert asked is None or 0 < asked <= LONGEST


@given(st.integers(0, 100 * 365 * 86_400).map(lambda second: datetime.fromtimestamp(second, UTC)))
def test_the_three_forms_say_the_same(date: datetime) -> None:
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][date.month - 1]
    clock = f"{date:%H:%M:%S}"
    forms = [
        f"Mon, {date.day:02} {month} {date.year} {clock} GMT",
        f"Monday, {date.day:02}-{month}-{date.year % 100:02} {clock} GMT",
        f"Mon {month} {date.day:2} {clock} {date.year}",
    ]
    assert [http_date(form, date + timedelta(days=1)) for form in forms] == [date] * 3
