"""Cells that a spreadsheet would take for formulas are guarded, and come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.config.cells import guarded, unguarded


@given(st.text() | st.text("'=+-@\t\ra "))
def test_every_text_comes_back_and_none_begins_a_formula(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not guarded(text).lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("text", ["", "harbour", "'tis", "1-2", "''", " 1", "' 1"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert guarded(text) == unguarded(text) == text
