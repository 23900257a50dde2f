import re
import unicodedata

import pytest
from hostile_texts import CORPUS, harmful
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from archiver.cli.text import fit, padded, safe

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)


@pytest.mark.parametrize("text", CORPUS)
def test_hostile_text_becomes_one_harmless_line(text: str) -> None:
    assert not harmful(safe(text))
    assert "\n" not in safe(text)
    assert "\t" not in safe(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("\x9b", "\\x9b"),
        ("\u202e", "\\u202e"),
        ("\U000e0041", "\\U000e0041"),
        ("\udc9b", "\\udc9b"),
        ("a\nb", "a\\x0ab"),
        ("\ufeff", "\\ufeff"),
        ("\ufe0f", "\\ufe0f"),
        ("\ue000", "\\ue000"),
        ("\u0378", "\\u0378"),
        ("Обыски в порту", "Обыски в порту"),
        ("no\u00a0break", "no\u00a0break"),
        ("C:\\temp", "C:\\temp"),
        ("C:\\users", "C:\\\\users"),
        ("\\x1b", "\\\\x1b"),
        ("\\\x1b", "\\\\\\x1b"),
        ("ends in \\", "ends in \\"),
    ],
)
def test_escapes_look_like_this(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_every_code_point_is_either_itself_or_a_visible_escape() -> None:
    for code in range(0x110000):
        shown = safe(chr(code))
        assert len(shown) == 1 or re.fullmatch(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}", shown)
        assert not harmful(shown)


@given(ANY_TEXT)
def test_whatever_comes_the_result_encodes_and_hides_nothing(text: str) -> None:
    for encoding in ("utf-8", "ascii", "latin-1", "koi8-r", "cp1251"):
        shown = safe(text, encoding)
        shown.encode(encoding)
        assert not harmful(shown)


@given(ANY_TEXT)
def test_what_is_shown_says_exactly_what_was_there(text: str) -> None:
    for encoding in ("utf-8", "ascii"):
        assert read_back(safe(text, encoding)) == text


def read_back(shown: str) -> str:
    def value(match: re.Match[str]) -> str:
        slashes, escape = match[1], match[2]
        if len(slashes) % 2:
            return "\\" * (len(slashes) // 2) + chr(int(escape[1:], 16))
        return "\\" * (len(slashes) // 2) + escape

    pattern = r"(\\+)(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[xuU])"
    return re.sub(pattern, value, shown)


def test_a_tower_of_combining_marks_is_cut_down_to_escapes() -> None:
    shown = safe("a" + "\u0301" * 40)
    assert sum(1 for char in shown if unicodedata.combining(char)) == 8
    assert shown.endswith("\\u0301")


def test_an_unknown_encoding_is_treated_as_one_that_carries_ascii_only() -> None:
    assert safe("é", "no-such-encoding") == "\\xe9"


@given(ANY_TEXT, st.integers(1, 40))
def test_a_fitted_text_never_takes_more_cells_than_there_are(text: str, width: int) -> None:
    for encoding in ("utf-8", "ascii"):
        shown = fit(safe(text, encoding), width, encoding)
        assert cell_len(shown) <= width
        shown.encode(encoding)


def test_a_cut_shows() -> None:
    assert fit("abcdef", 4) == "abc…"
    assert fit("abcdef", 4, "ascii") == "a..."
    assert fit("港のニュース", 7) == "港のニ…"
    assert fit("abc", 2, "ascii") == ".."
    assert fit("abc", 3) == "abc"


def test_padding_counts_cells_and_not_characters() -> None:
    assert padded("港", 4) == "港  "
    assert padded("long", 2) == "long"
