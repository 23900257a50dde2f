"""What the pages on TikTok, Odnoklassniki and Reddit say is so."""

import re
from pathlib import Path
from typing import Any

import pytest
import test_odnoklassniki as ok
import test_reddit as reddit
import test_tiktok as tiktok

from archiver.model.address import Address
from archiver.platforms.contract import Adapter

TABLES: dict[str, tuple[Any, ...]] = {
    "tiktok": (
        tiktok.test_state_by_the_page,
        tiktok.test_state_where_nothing_is_told_for_embedding,
        tiktok.test_a_short_link_that_leads_to_no_post,
    ),
    "odnoklassniki": (ok.test_state_of_a_video, ok.test_state_of_a_topic),
    "reddit": (
        reddit.test_state_by_the_feed,
        reddit.test_state_by_the_interface,
        reddit.test_a_short_link_that_leads_to_no_post,
    ),
}
ELSEWHERE = {
    "tiktok.not-asked": "unavailable_unknown",
    "tiktok.oembed.status-503": "unavailable_unknown",
    "tiktok.oembed.failed": "unavailable_unknown",
    "odnoklassniki.not-asked": "unavailable_unknown",
    "odnoklassniki.page.front-page": "unavailable_unknown",
    "odnoklassniki.embed.stub": "unavailable_unknown",
    "reddit.not-asked": "unavailable_unknown",
    "reddit.api.reason.reason-private": "private",
    "reddit.oembed.only": "needs_token",
}
"""Rules that other tests try, with their states."""
UNNAMED = {"reddit.api.removed-by-a31mb", "tiktok.page.status-code-100000"}  # as any other
ADAPTERS: dict[str, tuple[Adapter, str]] = {
    "tiktok": (tiktok.ADAPTER, "https://www.tiktok.com"),
    "odnoklassniki": (ok.ADAPTER, "https://ok.ru"),
    "reddit": (reddit.ADAPTER, "https://www.reddit.com"),
}


def section(name: str, title: str) -> str:
    page = Path(__file__, f"../../../docs/spec/platforms/{name}.md").resolve().read_text(encoding="utf-8")
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def tried(name: str) -> dict[str, str]:
    """The rule of each case of the tests, and the state that it gives."""
    marks = [mark for table in TABLES[name] for mark in table.pytestmark]
    return {case[-1]: case[-2] for mark in marks for case in mark.args[1]}


@pytest.mark.parametrize("name", TABLES)
def test_every_rule_that_is_named_was_tried_and_gives_that_state(name: str) -> None:
    rows = [line.split("|")[1:3] for line in section(name, "States").splitlines() if line.startswith("| `")]
    named = {
        rule: re.findall("`([a-z_]+)`", state)
        for state, rules in rows
        for rule in re.findall(f"`({name}[a-z0-9.-]+)`", rules)
    }
    assert len(named) > 15
    cases = tried(name) | ELSEWHERE
    for rule, possible in named.items():
        assert cases[rule] in possible, rule


@pytest.mark.parametrize("name", TABLES)
def test_every_rule_that_was_tried_is_named(name: str) -> None:
    said = section(name, "States")
    assert [rule for rule in tried(name) if f"`{rule}`" not in said and rule not in UNNAMED] == []


@pytest.mark.parametrize("name", ADAPTERS)
def test_addresses_mean_what_is_said(name: str) -> None:
    adapter, site = ADAPTERS[name]
    previous = ""
    rows = [line.split("|")[1:3] for line in section(name, "Addresses").splitlines() if line.startswith("| `")]
    assert len(rows) > 3
    for addresses, key in rows:
        previous = wanted = key.strip().strip("`") if "`" in key else previous
        for address in re.findall(r"`((?:https:/)?/[^`]+)`", addresses):
            url = address if address.startswith("https:") else f"{site}{address}"
            found = adapter.match(Address.parse(url))
            assert found is not None, url
            assert found.id == wanted
