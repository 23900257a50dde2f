"""The candidates of a srcset, as the standard parses it."""

import pytest

from archiver.requisites.srcset import candidates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.jpg", ["a.jpg"]),
        ("a.jpg 1x, b.jpg 2x", ["b.jpg", "a.jpg"]),
        ("s.jpg 320w,l.jpg 1024w ,m.jpg 640w", ["l.jpg", "m.jpg", "s.jpg"]),
        ("a.jpg, b.jpg 1.5x", ["b.jpg", "a.jpg"]),
        ("a,b.jpg 2x", ["a,b.jpg"]),  # a comma inside an address belongs to it
        ("a.jpg,, ,\n b.jpg", ["a.jpg", "b.jpg"]),
        ("/w_640,h_480/a.jpg 640w, /w_320,h_240/a.jpg 320w", ["/w_640,h_480/a.jpg", "/w_320,h_240/a.jpg"]),
        ("a.jpg 100w 50h, b.jpg 200w 100h", ["b.jpg", "a.jpg"]),
        ("a.jpg f(1, 2), b.jpg", ["a.jpg", "b.jpg"]),
        ("a.jpg nonsense, b.jpg ²x, c.jpg 1.2.3x", ["a.jpg", "b.jpg", "c.jpg"]),
        ("a.jpg 1x, a.jpg 2x", ["a.jpg"]),
        ("a.jpg f(", ["a.jpg"]),
        (" , ", []),
        ("", []),
        ("data:image/png;base64,AA== 1x, b.jpg 2x", ["b.jpg", "data:image/png;base64,AA=="]),
    ],
)
def test_candidates_come_largest_first(text: str, expected: list[str]) -> None:
    assert list(candidates(text)) == expected
