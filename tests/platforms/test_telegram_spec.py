"""What docs/spec/platforms/telegram.md says is so."""

import re
from pathlib import Path

import test_telegram_states as states
from telegram_pages import FILES, ask, bubble, card, channel, discussion, footer, message, page, photo, text

from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.platforms.telegram import ADAPTER

SPEC = Path(__file__, "../../../docs/spec/platforms/telegram.md").resolve().read_text(encoding="utf-8")


def section(title: str) -> str:
    return SPEC.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def tried() -> dict[str, str]:
    """The rule of each case of the tests, and the state that it gives."""
    tables = (
        states.test_state_of_a_message, states.test_state_of_a_comment, states.test_state_of_a_channel,
        states.test_closed_doors_are_an_answer,
    )  # fmt: skip
    marks = [mark for table in tables for mark in getattr(table, "pytestmark", ())]
    return {case[-1]: case[-2] for mark in marks for case in mark.args[1]}


def test_every_rule_that_it_names_was_tried_and_gives_that_state() -> None:
    rows = [line.split("|")[1:3] for line in section("States").splitlines() if line.startswith("| `")]
    named = {
        rule: re.findall("`([a-z_]+)`", state)
        for state, rules in rows
        for rule in re.findall("`(t[a-z0-9.-]+)`", rules)
    }
    assert len(named) > 15
    cases = tried() | {"telegram.embed.not-asked": "unavailable_unknown"}
    for rule, possible in named.items():
        assert cases[rule] in possible, rule


def test_every_rule_is_named_or_is_that_of_another_page() -> None:
    said = section("States")
    for rule in tried():
        _, page_of, last = rule.split(".")
        assert f"`{rule}`" in said or f"`telegram.embed.{last}`" in said or "status-" in last, (rule, page_of)


def test_the_addresses_mean_what_it_says() -> None:
    previous = ""
    rows = [line.split("|")[1:4] for line in section("Addresses").splitlines() if line.startswith("| `")]
    for addresses, _, key in rows:
        wanted = key.strip().strip("`") if "`" in key else previous
        previous = wanted
        for address in re.findall(r"`((?:https:/)?/[^`]+)`", addresses):
            url = address if address.startswith("https:") else f"https://t.me{address}"
            found = ADAPTER.match(Address.parse(url))
            assert found is not None, url
            assert found.id == wanted


def test_what_is_asked_is_what_it_shows() -> None:
    shown = re.findall(r"^(https://\S+)", SPEC.partition("```\n\n##")[0], re.MULTILINE)[1:]
    album = bubble(photo("…", "https://t.me/Lantern_Street/73?single") + text() + footer())
    played = ask(
        "https://t.me/s/Lantern_Street/73?single",
        Access(replies=30, media=True),
        embed=page(album),
        around=channel(message()),
        card=card(),
        discussion=discussion(),
    )
    assert [each.url.replace("%E2%80%A6", "…") for each in played.targets] == shown
    assert shown[-1] == f"{FILES}/….jpg"
    assert ADAPTER.about.spacing == 2


def test_selectors_that_it_names_are_those_of_the_code() -> None:
    folder = Path(__file__, "../../../archiver/platforms/telegram").resolve()
    code = "".join(each.read_text(encoding="utf-8") for each in sorted(folder.glob("*.py")))
    for name in set(re.findall(r"\.(tgme_widget_message_[a-z_]+|message_media_[a-z_]+|js-[a-z_]+)", SPEC)):
        assert name in code or name.removeprefix("tgme_widget_message_") in code, name
