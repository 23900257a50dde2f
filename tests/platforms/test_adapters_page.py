"""The adapter that docs/adapters.md shows is one: it runs, its tests pass, and they fail where it is broken."""

import re
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from adapterkit import Answer, play, survives

from archiver.model.platform import Access
from archiver.platforms.trial import RULES, Example, contract

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


def test_the_pictures_of_the_page_are_fetched_and_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    (helper,) = re.findall(r"```python\n(def _pictures.*?)\n\n#", PAGE, re.DOTALL)
    imports = "from archiver.model.post import Media\nfrom archiver.platforms.files import Files\n\n\n"
    names = module(
        "archiver_board",
        monkeypatch,
        **{
            "class Board": f"{imports}{helper}\n\n\nclass Board",
            "return ()": "return Files.of(seen).targets(_pictures(seen)) if access.media else ()",
            "content=Content": "attachment=_pictures(seen), content=Content",
        },
    )
    api, picture = "https://board.example/api/7", "https://board.example/7.png"
    answers = {
        api: Answer.json({"id": 7, "text": "A notice", "picture": picture}),
        picture: Answer(b"\x89PNG", headers=(("Content-Type", "image/png"),)),
    }
    example = Example("https://board.example/notices/7", answers, access=Access(media=True))
    contract(names["ADAPTER"], [example, replace(example, access=Access())])
    there = play(names["ADAPTER"], example.url, answers, example.access)
    assert there.post["attachment"][0]["renditions"][0]["exchange"] == 2


def test_what_the_page_says_is_there_is_there() -> None:
    names = re.findall(r"`(archiver\.platforms\.\w+)\.(\w+)`", PAGE)
    assert len(names) >= 9
    assert [f"{where}.{name}" for where, name in names if not hasattr(import_module(where), name)] == []


def test_the_page_has_a_line_for_each_rule() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(RULES)
