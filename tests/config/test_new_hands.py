"""case.yaml with another collector and another key: what a person wrote around them stays."""

from dataclasses import replace

import pytest

from archiver.config.case_file import CaseFile, new_case_yaml
from archiver.config.new_hands import in_new_hands
from archiver.config.seals import Seals
from archiver.errors import ConfigError

KEY = "SHA256:" + "A" * 43
OLD = "SHA256:" + "b" * 43
HEAD = """\
archiver_case: 1
id: urn:uuid:0b1e4a2c-1111-4000-8000-0000000000aa
name: harbour
title: T
"""


def moved(text: str, collector: str = "Legal Aid: Office", signer: str = "office") -> str:
    new = in_new_hands(text, collector=collector, signer=signer, key=KEY)
    before, after = CaseFile.parse(text), CaseFile.parse(new)
    seals = replace(before.policy.seals, signer=signer, key=KEY)
    assert after == replace(before, collector=collector, policy=replace(before.policy, seals=seals))
    return new


@pytest.mark.parametrize(
    "rest",
    [
        "collector: J. Doe  # who\n",
        "collector: J. Doe",
        "collector: |\n  J. Doe\nauthority: x\n",
        "collector: >-\n  J.\n  Doe\n",
        "collector: 'J. Doe'\npolicy:\n",
        "collector: 'J. Doe'\npolicy:  # nothing yet\n",
        "policy: {offline: true}\ncollector: J. Doe\n",
        "policy: {offline: true, seals: {interval: 5}}\ncollector: J. Doe\n",
        "policy:\n  offline: true\n  # a word\ncollector: J. Doe\n",
        "policy:\n  seals:\ncollector: J. Doe\n",
        "policy:  # {\n  seals:  # {\n    interval: 5  # a minute is too long\ncollector: J. Doe\n",
        f"policy:\n  seals:\n    key: {OLD}\n    interval: 5\n    signer: jane\ncollector: J. Doe\n",
        f'policy: {{"seals": {{signer: jane, "key": "{OLD}"}}}}\ncollector: J. Doe\n',
        'policy:\n  seals:\n      authorities:\n        - "one=http://a.example/"\ncollector: J. Doe\n',
        "private:\n  source: the neighbour\n# end\ncollector: J. Doe\n",
    ],
)
def test_collector_and_key_change_wherever_they_stand_and_nothing_else(rest: str) -> None:
    moved(HEAD + rest)


def test_comments_and_the_order_of_lines_stay() -> None:
    text = new_case_yaml(
        case_id="urn:uuid:0b1e4a2c-1111-4000-8000-0000000000aa",
        name="harbour",
        title="T",
        collector="J. Doe",
        seals=Seals("jane", OLD, (("one", "http://a.example/"),)),
    )
    new = moved(text, "Мария \u202e: # \n", "maria")
    assert [line.partition(":")[0] for line in new.split("\n")] == [line.partition(":")[0] for line in text.split("\n")]
    assert "  # stands on every line of the log as the actor\n" in new
    assert moved(new, "J. Doe", "jane").replace(KEY, OLD) == text


@pytest.mark.parametrize("rest", ["policy: {}\n", "policy:\n  seals: {}\n"])
def test_where_no_place_is_sure_the_answer_says_what_to_write(rest: str) -> None:
    with pytest.raises(ConfigError, match="no place was found") as found:
        in_new_hands(f"{HEAD}collector: C\n{rest}", collector="D", signer="office", key=KEY)
    assert "archiver amend" in found.value.hint


def test_a_text_that_is_no_case_yaml_is_refused() -> None:
    with pytest.raises(ConfigError, match="collector is missing"):
        in_new_hands(HEAD, collector="D", signer="office", key=KEY)
