"""What docs/spec/platforms/page.md says is so."""

import re
from pathlib import Path

import test_webpage_states as states
from webpages import BLOG, BLOG_ANSWERS, MEDIA, ask

from archiver.platforms.page import ADAPTER

SPEC = Path(__file__, "../../../docs/spec/platforms/page.md").resolve().read_text(encoding="utf-8")
FORMS = {"wordpress", "microdata", "oembed", "feed", "elements"}


def named() -> dict[str, str]:
    section = SPEC.partition("\n## States\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    return {rule: state.strip(" `") for state, rules in rows for rule in re.findall(r"`(page\.[a-z0-9.-]+)`", rules)}


def tried() -> dict[str, str]:
    mark = next(each for each in getattr(states.test_state_of_a_page, "pytestmark", ()) if each.name == "parametrize")
    return {rule: state for _, state, rule in mark.args[1]}


def test_every_rule_that_was_tried_is_named_with_its_state() -> None:
    known = named()
    assert len(known) > 30
    assert {rule: known.get(rule) for rule in tried()} == tried()


def test_every_rule_that_is_named_was_tried() -> None:
    elsewhere = {
        states.DOOR,
        "page.not-asked",
        "page.feed.rss-1",
        "page.feed.atom",
        *(f"page.html.{each}" for each in FORMS),
    }
    assert set(named()) - set(tried()) == elsewhere


def test_what_is_asked_is_what_it_shows() -> None:
    shown = re.findall(r"^(https://\S+)", SPEC, re.MULTILINE)
    assert [each.url for each in ask(BLOG, BLOG_ANSWERS, MEDIA).targets if not each.video] == shown
    assert ADAPTER.about.spacing == 1
