"""docs/spec/address-list.md says what the code does."""

import hashlib
import re
from dataclasses import fields
from pathlib import Path

import pytest

from archiver.config.address_list import entry, json_lines, read, read_list, source, table, yaml_rows
from archiver.config.values import MAX_TEXT
from archiver.config.yaml import MAX_DEPTH
from archiver.model.batch import RowOptions

SPEC = (Path(__file__).parents[2] / "docs/spec/address-list.md").read_text("utf-8")
EXAMPLES = {
    language: (text + "\n").encode("utf-8")
    for language, text in re.findall(r"```(text|csv|jsonl|yaml)\n(.*?)\n```", SPEC, re.DOTALL)
}


@pytest.mark.parametrize("language", ["text", "csv", "jsonl", "yaml"])
def test_every_example_is_read_without_a_problem_also_where_nothing_names_its_format(language: str) -> None:
    found = read_list(EXAMPLES[language], "-")
    assert found.format == language
    assert found.problems == ()
    assert [row.address.submitted for row in found.rows] == [
        "https://example.org/news/1",
        "https://example.org/news/2#photo",
    ]


def test_the_three_examples_with_more_than_addresses_say_the_same() -> None:
    csv, jsonl, yaml = (read_list(EXAMPLES[language], "-").rows for language in ("csv", "jsonl", "yaml"))
    for one, other in ((csv, jsonl), (jsonl, yaml)):
        assert [(row.digest, row.note, row.tags, row.options) for row in one] == [
            (row.digest, row.note, row.tags, row.options) for row in other
        ]
    assert csv[0].options == RowOptions(headers=(("Accept-Language", "ru"),), max_time=120.0)
    assert (csv[0].tags, csv[1].tags) == (("harbour", "night"), ("harbour",))


def test_the_canonical_content_shown_is_that_of_the_first_row() -> None:
    shown = re.search(r"```json\n(.*?)\n```\n\nwhich is `([0-9a-f]{64})`", SPEC, re.DOTALL)
    assert shown is not None
    assert hashlib.sha256(shown[1].encode("utf-8")).hexdigest() == shown[2]
    assert read_list(EXAMPLES["csv"], "-").rows[0].digest == shown[2]


def test_every_name_is_in_the_text_and_every_name_in_the_tables_is_known() -> None:
    assert {each.name for each in fields(RowOptions)} < set(entry.FIELDS)
    for name in (*entry.FIELDS, *entry.ALIASES, *entry.OURS, *read.EXTENSIONS):
        assert f"`{name}`" in SPEC
    section = SPEC[SPEC.index("## 6.") : SPEC.index("All mean what")]
    names = [
        name for cell in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(.*?)`", cell)
    ]
    assert set(names) == {*entry.FIELDS, *entry.ALIASES}


def test_what_is_skipped_of_our_own_answers_is_listed_as_a_whole() -> None:
    section = SPEC[SPEC.index("is skipped: ") : SPEC.index("An imported file")]
    assert set(re.findall(r"`(.*?)`", section)) == entry.OURS


def test_the_bounds_are_those_of_the_code() -> None:
    assert (source.MAX_LIST, yaml_rows.MAX_YAML) == (256 << 20, 8 << 20)
    for number in (read.MAX_ROWS, source.MAX_ROW, table.MAX_COLUMNS, MAX_TEXT):
        assert f"{number:,}" in SPEC
    assert f"{json_lines.MAX_DEPTH} levels; of YAML {MAX_DEPTH}" in SPEC
    assert f"at most {entry.MAX_PROBLEMS} problems" in SPEC
