"""Values as people write them: sizes, times, counts, headers, texts; refused with what would be right."""

import pytest

from archiver.config import values
from archiver.errors import UsageError


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("500000", 500_000), ("500K", 512_000), ("500M", 524_288_000), ("2G", 2 << 30), ("1t", 1 << 40)],
)
def test_sizes(text: str, number: int) -> None:
    assert values.size(text, "--max-bytes") == number


@pytest.mark.parametrize("text", ["0", "0G", "", "-5", "1.5G", "5 M", "5MB", "٣", "1" * 16, "2T"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--max-bytes"):
        values.size(text, "--max-bytes")


@pytest.mark.parametrize(("text", "number"), [("90", 90.0), ("2.5", 2.5), ("0.001", 0.001)])
def test_times(text: str, number: float) -> None:
    assert values.seconds(text, "--max-time") == number


@pytest.mark.parametrize("text", ["0", "0.0", "-1", "1e3", "inf", "nan", "", "1.2345", "2m", "604801"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--max-time"):
        values.seconds(text, "--max-time")


def test_counts() -> None:
    assert values.count("0", "--max-redirects", 100) == 0
    assert values.count("100", "--max-redirects", 100) == 100
    for text in ("101", "-1", "", "1.0", "x", "²"):
        with pytest.raises(UsageError, match="--max-redirects"):
            values.count(text, "--max-redirects", 100)


def test_headers() -> None:
    assert values.header("X-Token: a:b ", "--header") == ("X-Token", "a:b")
    assert values.header("Accept-Language:ru", "--header") == ("Accept-Language", "ru")
    assert values.header("X-Empty:", "--header") == ("X-Empty", "")


@pytest.mark.parametrize(
    "text", ["no colon", ": value", "two words: x", "A\r\nB: x", "A: x\r\nB: y", "A: \0", "A: \udc9b", "Ä: x"]
)
def test_what_is_no_header_is_refused_without_repeating_its_value(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        values.header(text.replace("x", "s3cret"), "--header")
    assert "s3cret" not in caught.value.message + caught.value.hint


def test_a_header_without_a_colon_may_be_a_secret_and_is_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        values.header("Bearer-s3cret", "--header")
    assert caught.value.message == "--header: there is no colon in it"


def test_of_a_header_that_is_none_nothing_is_repeated_before_the_colon_either() -> None:
    with pytest.raises(UsageError) as caught:
        values.header("Authorization=Bearer s3cret:x", "header")
    assert caught.value.message == "header: what stands before the colon is not the name of a header"


def test_what_is_repeated_of_a_value_is_short() -> None:
    for parse in (values.size, values.seconds, lambda text, name: values.count(text, name, 100)):
        with pytest.raises(UsageError) as caught:
            parse("x" * 1_000_000, "max_time")
        assert len(caught.value.message) < 200


def test_texts_fit_into_a_line_of_the_log() -> None:
    assert values.bounded("Ж" * values.MAX_TEXT, "note")
    with pytest.raises(UsageError, match="note: 100001 characters, and 100000 are allowed"):
        values.bounded("x" * (values.MAX_TEXT + 1), "note")
    with pytest.raises(UsageError, match="not valid Unicode text at character 2"):
        values.bounded("x\ud800", "note")
