"""docs/spec/politeness.md says what the code does."""

import re
from pathlib import Path

import pytest

from archiver.pipeline import manners
from archiver.pipeline.asked import MAX_VALUE
from archiver.pipeline.retry import MANY, RULES, SIGNS, STATUSES, Reason, Sign

SPEC = (Path(__file__).parents[2] / "docs" / "spec" / "politeness.md").read_text("utf-8")


def rows_of(title: str) -> list[list[str]]:
    section = SPEC[SPEC.index(f"## {title}") :].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"][
        2:
    ]


def test_every_reason_is_listed_with_its_tries_and_what_it_says_of_the_host() -> None:
    listed = {row[0].strip("`"): (row[2], row[3]) for row in rows_of("What is tried again")}
    assert listed == {
        reason: ("as set" if rule.tries == MANY else str(rule.tries), rule.strain)
        for reason, rule in RULES.items()
        if reason
    }


@pytest.mark.parametrize(("status", "reason"), STATUSES.items())
def test_every_status_stands_with_its_reason(status: int, reason: Reason) -> None:
    assert any(row[0] == f"`{reason}`" and str(status) in row[1] for row in rows_of("What is tried again"))


def shown(sign: Sign) -> list[str]:
    words = " or ".join(f"`{word}`" for word in sign.words)
    header = f"`{sign.header}: {words[1:]}" if words else f"`{sign.header}`, any value"
    without = f", without `{sign.without}`" if sign.without else ""
    return [sign.guard, header + without, ", ".join(map(str, sign.statuses)) or "any"]


def test_every_sign_of_a_challenge_is_listed() -> None:
    assert rows_of("Challenges") == [shown(sign) for sign in SIGNS]


def test_the_numbers_are_those_of_the_code() -> None:
    numbers = {row[0]: row[1] for row in rows_of("How much is asked of a host")}
    assert numbers == {
        "rows at a time": f"{manners.PER_HOST}",
        "time between two starts": f"{manners.SPACING:g} s",
        "tries of a row": f"{manners.TRIES}",
        "back-off before another try": f"random, from 0 to {manners.BACK_OFF:g} s",
        "retries": f"{manners.RETRY_SHARE:.0%} of the requests to the host, and {manners.RETRY_FLOOR}".replace(
            "%", " %"
        ),
    }
    text = re.sub(r"\s+", " ", SPEC)
    assert f"from {1 - manners.JITTER:g} to {1 + manners.JITTER:g}" in text
    assert f"up to {manners.MAX_BACK_OFF:g} s" in text
    assert f"more than {manners.MAX_WAIT / 3600:g} h" in text
    assert f"A wait of {manners.TOLD_FROM:g} s and more is told" in text
    assert f"longer than {MAX_VALUE} bytes" in text
    assert (manners.IN_A_ROW, manners.SILENT_IN_A_ROW) == (5, 10)
    assert "Five refusals in a row" in text
    assert "for ten hosts in a row" in text
    assert manners.PAUSES == (60, 300, 900, 3600)
    assert "60 s, then 5 min, 15 min and 1 h" in text
