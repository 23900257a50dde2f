"""The manifest: valid YAML that says what the log says, whatever the log holds."""

import dataclasses
from typing import Any

import pytest
import yaml
from casekit import CASE, CASE_YAML, outcome_of, request
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.config.quote import hides, quoted
from archiver.custody import events, manifest
from archiver.custody.log import GENESIS, Event, line_sha256
from archiver.model.item import StoredFile

FILE = StoredFile("evidence/000/000001.warc.gz", 10, "1" * 64)
_any_text = st.text() | st.sampled_from(
    ["\n- log_line: 9", '"', "\\", "\u2028- {", "\u202e", "a: b", "# c", "\ud800", "Гавань"]
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _any_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_any_text, inner, max_size=3),
    max_leaves=12,
)


class NoDuplicates(yaml.SafeLoader):
    """Refuses what the strict reader refuses, and guesses types for the comparison."""


def _mapping(loader: NoDuplicates, node: yaml.MappingNode) -> dict[str, Any]:
    pairs = [
        (loader.construct_object(key, deep=True), loader.construct_object(value, deep=True))
        for key, value in node.value
    ]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


NoDuplicates.add_constructor("tag:yaml.org,2002:map", _mapping)


def event(name: str, data: dict[str, Any], seq: int = 1, actor: str = "Jane Doe") -> Event:
    return Event(CASE, seq, GENESIS, "2026-11-22T06:55:58.854810Z", actor, name, data, "0" * 32)


def parsed(data: bytes) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(data.decode("utf-8"), NoDuplicates)  # noqa: S506  # a SafeLoader
    return loaded


def entry_of(found: Event, sha256: str = "a" * 64) -> dict[str, Any]:
    """Return the entry of an event as YAML readers see it, in a manifest of its own."""
    first = event(*events.opened(CASE_YAML))
    whole = manifest.rendered(first, "b" * 64) + manifest.block(found, sha256)
    entries = parsed(whole)["entries"]
    assert len(entries) == 2
    entry: dict[str, Any] = entries[1]
    return entry


@given(_any_text)
def test_any_text_comes_back_from_its_quotes_and_none_of_it_hides(text: str) -> None:
    line = quoted(text)
    assert yaml.safe_load(line) == text
    assert not hides(line)


def test_cyrillic_and_emoji_stay_readable_and_controls_show() -> None:
    assert quoted("Гавань 🚢\x1b[2J\u202e\r\n") == '"Гавань 🚢\\x1B[2J\\u202E\\r\\n"'
    assert quoted("\U000e0041\x85\u200b") == '"\\U000E0041\\x85\\u200B"'


@given(
    actor=_any_text,
    data=st.dictionaries(_any_text, _json, max_size=4),
    name=st.sampled_from(["note.added", "key.added"]),
)
def test_any_event_is_one_line_and_one_entry(actor: str, data: dict[str, Any], name: str) -> None:
    block = manifest.block(event(name, data, 2, actor), "a" * 64)
    assert block.count(b"\n") == 1
    entry = entry_of(event(name, data, 2, actor))
    assert (entry["actor"], entry["data"], entry["log_line"]) == (actor, data, 2)


@given(
    data=st.dictionaries(st.sampled_from(manifest._ITEM_MEMBERS), _json, max_size=8),
    name=st.sampled_from(["item.captured", "item.failed", "item.interrupted", "item.imported", "item.withheld"]),
)
def test_any_item_outcome_is_one_block_with_every_member_in_full(data: dict[str, Any], name: str) -> None:
    entry = entry_of(event(name, data, 2))
    assert {key: entry[key] for key in data} == data
    assert entry["event"] == name


@given(text=_any_text | st.text(st.sampled_from("ab:#- \n\t\"'|й"), max_size=30), reason=_any_text)
@example(text="\na: b\n", reason="")
@example(text="a:\u202e b\n", reason="")
@example(text="a: b\n \nc: d\n", reason="")
@example(text="a: b\n\n\nc: d\n", reason="")
def test_any_case_yaml_text_comes_back_from_header_and_amendment(text: str, reason: str) -> None:
    facts = {"text": text, "sha256": "c" * 64, "size": 1}
    first = event("case.opened", {"format": "archiver-case/1", "software": "x", "case_yaml": facts})
    assert parsed(manifest.rendered(first, "b" * 64))["case_yaml"] == text
    entry = entry_of(event("case.amended", {"reason": reason, "software": "x", "case_yaml": facts}, 2))
    assert (entry["case_yaml"], entry["reason"]) == (text, reason)


@pytest.mark.parametrize("data", [{}, {"case_yaml": None}, {"case_yaml": {"text": 1}}, {"format": [], "case_yaml": {}}])
def test_a_first_line_with_odd_data_still_makes_valid_yaml(data: dict[str, Any]) -> None:
    assert parsed(manifest.rendered(event("case.opened", data), "b" * 64))["case"] == CASE
    assert entry_of(event("case.amended", data, 2))["event"] == "case.amended"


def test_settings_are_named_by_hash_only() -> None:
    requested = event(*request(1), 2)
    entry = entry_of(requested)
    assert "settings" not in entry["data"]
    assert entry["data"]["settings_sha256"] == requested.data["settings_sha256"]


def test_golden_bytes_of_a_header_and_of_the_three_kinds_of_entry() -> None:
    text = "archiver_case: 1\n\ntitle: Гавань\n"
    first = event(*events.opened(text, software="archiver 1"))
    requested = dataclasses.replace(event(*request(1)), seq=2)
    name, data = outcome_of(requested, FILE)
    assert manifest.rendered(first, "b" * 64).decode() == GOLDEN_HEADER
    assert manifest.block(requested, "c" * 64).decode() == GOLDEN_LINE
    assert manifest.block(event(name, data, 3), "d" * 64).decode() == GOLDEN_BLOCK


GOLDEN_HEADER = """\
# The inventory of this case, for people. It is derived from custody.jsonl, one entry for each of its lines, and is only
# ever appended to. Where the two differ, custody.jsonl is right, and `archiver verify` says so.
# log_sha256 is the SHA-256 of the named line with its line feed: sed -n 1p custody.jsonl | sha256sum
manifest: "archiver-manifest/1"
case: "urn:uuid:00000000-0000-4000-8000-000000000001"
opened_at: "2026-11-22T06:55:58.854810Z"
opened_by: "Jane Doe"
format: "archiver-case/1"
case_yaml_sha256: "TEXT_HASH"
case_yaml: |2
  archiver_case: 1

  title: Гавань
entries:
- {log_line: 1, log_sha256: "BBB", at: "2026-11-22T06:55:58.854810Z", actor: "Jane Doe", event: "case.opened", data: \
{format: "archiver-case/1", software: "archiver 1"}}
""".replace("BBB", "b" * 64).replace("TEXT_HASH", "a9fe16e9c5dfcdba6df309ce27de070dc81e398ab6175b8a0f25f2b07cf86c3f")
GOLDEN_LINE = """\
- {log_line: 2, log_sha256: "CCC", at: "2026-11-22T06:55:58.854810Z", actor: "Jane Doe", event: "item.requested", \
data: {how: "capture", item: 1, note: "", request_url: "http://example.org/новости", settings_sha256: \
"29f3cfc9ed66aa83cd00e05e03e710b5772a0ae108458c4a01b2194e261ae6f8", software: "archiver 0", tags: ["harbour"], url: \
"http://example.org/новости"}}
""".replace("CCC", "c" * 64)
GOLDEN_BLOCK = """\
- log_line: 3
  log_sha256: "DDD"
  event: "item.captured"
  item: 1
  url: "http://example.org/новости"
  request_url: "http://example.org/новости"
  final_url: "http://example.org/новости"
  title: "Гавань"
  outcome: "complete"
  reasons: []
  status: 200
  media_type: "text/html"
  language: "ru"
  started_at: "2026-11-22T06:55:58.854810Z"
  ended_at: "2026-11-22T06:55:59.854810Z"
  note: ""
  tags: ["harbour"]
  file:
    path: "evidence/000/000001.warc.gz"
    size: 10
    sha256: "EEE"
  software: "archiver 0"
  recorded_at: "2026-11-22T06:55:58.854810Z"
  actor: "Jane Doe"
""".replace("DDD", "d" * 64).replace("EEE", "1" * 64)


def test_every_entry_names_its_line_and_hash() -> None:
    found = event(*events.note_added("x"), 2)
    head = (2, line_sha256(found))
    assert manifest.block_head(manifest.block(found, head[1])) == head
    assert manifest.block_head(b"- {log_line: 02") is None
