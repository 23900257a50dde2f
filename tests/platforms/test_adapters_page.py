"""The adapter that docs/adapters.md shows is one: it runs, and says what the page says of it."""

import re
from pathlib import Path
from typing import Any

from adapterkit import Answer, play, survives

PAGE = Path(__file__).parents[2] / "docs/adapters.md"


def test_the_adapter_of_the_page_works_and_survives_whatever_is_answered() -> None:
    code = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)  # noqa: S102  # the page's own example
    adapter, url = names["ADAPTER"], "https://board.example/notices/7"
    there = play(adapter, url, {"https://board.example/api/7": Answer.json({"id": 7, "text": "A notice"})})
    assert (there.state, there.post["content"], there.post["id"]) == ("available", {"text": "A notice"}, "7")
    assert play(adapter, url, {"https://board.example/": Answer(status=404)}).state == "not_found"
    assert play(adapter, url, {"https://board.example/": Answer(status=500)}).state == "unavailable_unknown"
    survives(adapter, there)
