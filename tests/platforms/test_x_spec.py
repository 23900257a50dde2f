"""What docs/spec/platforms/x.md says is so."""

import re
from pathlib import Path

import test_x_states as states
from xanswers import EVERYTHING, GUEST, POST, answer, api_answer, ask, asked, embedded, of_api, shown, tweet

from archiver.model.address import Address
from archiver.platforms.x import ADAPTER
from archiver.platforms.x.addresses import MIRRORS

SPEC = Path(__file__, "../../../docs/spec/platforms/x.md").resolve().read_text(encoding="utf-8")
FOLDER = Path(__file__, "../../../archiver/platforms/x").resolve()


def section(title: str) -> str:
    return SPEC.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def tried() -> dict[str, set[str]]:
    """The rules of all cases of the tests, and the states that they give."""
    found: dict[str, set[str]] = {}
    for _, state, rule in (*states.PUBLIC, *states.WITH_TOKEN):
        found.setdefault(rule, set()).add(state)
    return found


def test_every_rule_that_it_names_gives_that_state_where_it_was_tried() -> None:
    rows = [line.split("|")[2:4] for line in section("States").splitlines() if line.startswith("| ")]
    named = {rule: state.strip(" `") for state, rules in rows for rule in re.findall(r"`(x\.[a-z0-9.-]+)`", rules)}
    assert len(named) > 40
    cases = tried()
    known = {rule: {state} for rule, state in named.items() if rule == "x.syndication.withheld-everywhere"}
    for rule, state in named.items():
        assert (cases | known)[rule] == {state}, rule


def test_every_rule_is_named_or_says_nothing_of_the_post() -> None:
    said = section("States")
    for rule, given in tried().items():
        assert f"`{rule}`" in said or given == {"unavailable_unknown"} or rule.startswith("x.oembed"), rule


def test_the_addresses_mean_what_it_says() -> None:
    rows = [line.split("|")[1:3] for line in section("Addresses").splitlines() if line.startswith("| `")]
    assert len(rows) == 6
    for addresses, key in rows:
        for address in re.findall(r"`(https:[^`]+|/[a-z_]+/[^`]+)`", addresses):
            found = ADAPTER.match(Address.parse(address if address.startswith("https:") else f"https://x.com{address}"))
            if not re.search("[0-9]{9}|t.co", address):
                continue
            assert found is not None, address
            assert f"`{found.id}`" == key.strip()


def test_the_mirrors_are_named() -> None:
    for mirror in MIRRORS:
        assert mirror in section("Addresses") or "nitter." in mirror, mirror


def test_what_is_asked_is_what_it_shows() -> None:
    roles = re.findall(r"^\| `([a-z]+)` \|", SPEC.partition("\nGraphQL is always asked")[0], re.MULTILINE)
    assert asked(ask(POST, syndication=shown(), guest=GUEST, graphql=answer(tweet()), oembed=embedded())) == roles
    told = asked(ask(POST, EVERYTHING, api=api_answer(of_api()), syndication=shown()))
    assert told == ["api", "syndication", "oembed", "replies.20.2.0"]
    assert ADAPTER.about.spacing == 2
    assert ADAPTER.about.token_variable in SPEC


def test_members_that_it_names_are_those_of_the_code() -> None:
    code = "".join(each.read_text(encoding="utf-8") for each in sorted(FOLDER.glob("*.py")))
    for name in re.findall(r"`([a-z]+_[a-z_]+)`", section("Fields")):
        assert name in code or name == "lantern_street", name
