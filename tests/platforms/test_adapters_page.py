"""The adapter that docs/adapters.md shows is one: it runs, its tests pass, and they fail where it is broken."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from adapterkit import Answer, play, survives

from archiver.platforms.trial import RULES

PAGE = (Path(__file__).parents[2] / "docs/adapters.md").read_text("utf-8")
CODE = dict(re.findall(r"```python\n# (\w+)\.py\n(.*?)```", PAGE, re.DOTALL))


def module(name: str, monkeypatch: pytest.MonkeyPatch, **changed: str) -> dict[str, Any]:
    """Run a module of the page, with some of its words `changed`; from now on it can be imported."""
    code = CODE[name]
    for old, new in changed.items():
        assert old in code
        code = code.replace(old, new)
    made = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, made)
    exec(code, made.__dict__)  # noqa: S102  # the page's own example
    return made.__dict__


def run_tests(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names = module("test_archiver_board", monkeypatch)
    tests = [name for name in names if name.startswith("test_")]
    for name in tests:
        names[name]()
    return tests


def test_the_adapter_of_the_page_works_and_survives_whatever_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, url = module("archiver_board", monkeypatch)["ADAPTER"], "https://board.example/notices/7"
    there = play(adapter, url, {"https://board.example/api/7": Answer.json({"id": 7, "text": "A notice"})})
    assert (there.state, there.post["content"], there.post["id"]) == ("available", {"text": "A notice"}, "7")
    assert play(adapter, url, {"https://board.example/": Answer(status=404)}).state == "not_found"
    assert play(adapter, url, {"https://board.example/": Answer(status=500)}).state == "unavailable_unknown"
    survives(adapter, there)


def test_the_tests_of_the_page_pass_with_the_adapter_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    module("archiver_board", monkeypatch)
    assert len(run_tests(monkeypatch)) == 2


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("public_api", "public", "about: there is no term 'public'"),
        ("[0-9]+", "[0-9]*", "match: "),
        ("return ()", "return (Target('again', f'https://board.example/{len(seen)}'),)", "asking: .* never has enough"),
        ('"not_found"', '"deleted"', "standing: .* the state is deleted"),
        ('"board.api.404"', '"404"', "standing: .* does not begin with board"),
        ('said.at("id").id', "7", "values: .*/post/id is 7, not "),
    ],
)
def test_the_tests_of_the_page_find_what_is_wrong(
    right: str, wrong: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module("archiver_board", monkeypatch, **{right: wrong})
    with pytest.raises(AssertionError, match=says):
        run_tests(monkeypatch)


def test_the_page_has_a_line_for_each_rule() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(RULES)
