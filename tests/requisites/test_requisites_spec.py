"""docs/spec/page-requisites.md says what the code does."""

import re
from pathlib import Path
from typing import get_args

from requisitekit import Reply, found, sheet

from archiver.requisites.values import Kind, Reason, Rules

SPEC = (Path(__file__).parents[2] / "docs/spec/page-requisites.md").read_text("utf-8")


def section(number: int) -> str:
    return SPEC.split(f"\n## {number}. ")[1].split("\n## ")[0]


def fenced(language: str) -> str:
    return SPEC.split(f"```{language}\n")[1].split("```")[0]


def test_the_page_in_the_example_needs_what_the_table_says() -> None:
    css = re.search("reads `(.*?)` is", SPEC)
    assert css is not None
    url = "https://news.example/%D1%81%D1%82%D0%B8%D0%BB%D1%8C.css?%F2%E5%EC%E0=%ED%EE%F7%FC"
    page = Reply(fenced("html").encode("cp1251"), "text/html; charset=windows-1251")
    made = found(page, others={url: sheet(css[1])})
    rows = [
        f"| {number} | `{each.url}` | `{each.kind}` | {each.exchange} | `{each.place}` |"
        for number, targets in enumerate(made.rounds, 1)
        for each in targets
    ]
    assert "\n".join(rows) in SPEC
    assert made.skipped == {"https://news.example/a/film.mp4": "media"}


def test_every_kind_and_its_limit_stand_in_the_order_of_asking() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \|.*\| (\d+) \|$", section(2), re.MULTILINE)
    assert [(kind, int(most)) for kind, most in rows] == list(Rules().of_kind.items())
    assert [kind for kind, _ in rows] == [kind for kind in get_args(Kind) if kind != "page"]
    assert f"At most {Rules().most} in all" in section(2)


def test_every_reason_stands_there() -> None:
    assert tuple(re.findall(r"^\| `([a-z-]+)` \|", section(3), re.MULTILINE)) == get_args(Reason)
