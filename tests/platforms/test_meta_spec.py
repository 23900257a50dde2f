"""What docs/spec/platforms/{instagram,threads,facebook}.md say is so."""

import re
from pathlib import Path
from types import ModuleType

import pytest
import test_facebook
import test_instagram
import test_threads

from archiver.model.address import Address
from archiver.platforms.registry import subject_of

PAGES = {"instagram": test_instagram, "threads": test_threads, "facebook": test_facebook}
SITES = {name: f"https://www.{name}.com" for name in PAGES}
OTHERWISE = {"page.not-asked": "unavailable_unknown", "page.status-410": "not_found", "address.story": "login_required"}


def section(name: str, title: str) -> str:
    page = Path(__file__, f"../../../docs/spec/platforms/{name}.md").resolve().read_text(encoding="utf-8")
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(name: str, title: str) -> list[list[str]]:
    return [line.split(" | ") for line in section(name, title).splitlines() if line.startswith("| `")]


@pytest.mark.parametrize(("name", "tests"), PAGES.items())
def test_every_rule_that_a_page_names_was_tried_and_gives_that_state(name: str, tests: ModuleType) -> None:
    tried = {case[-1]: case[-2] for case in tests.STATES}
    named = set()
    for row in rows(name, "States"):
        possible = re.findall("`([a-z_]+)`", row[0])
        for rule in re.findall(rf"`{name}\.([a-z0-9.-]+)`", row[1]):
            assert (OTHERWISE | tried)[rule] in possible, rule
            named.add(rule)
    unnamed = {rule for rule in tried if rule not in named and "status-5" not in rule}
    assert unnamed <= {"page.status-302"}


@pytest.mark.parametrize("name", PAGES)
def test_the_addresses_mean_what_a_page_says(name: str) -> None:
    previous = ""
    found = rows(name, "Addresses")
    assert len(found) >= 3
    for addresses, _, key in found:
        previous = key.strip(" |").strip("`") if "`" in key else previous
        for address in re.findall(r"`((?:https:/)?/[^`]+)`", addresses):
            if address in {"/embed/", "/embed", "/media"}:
                continue
            url = address if address.startswith("https:") else SITES[name] + address
            subject = subject_of(Address.parse(url))
            assert subject is not None, url
            assert subject.key.id == previous, url
