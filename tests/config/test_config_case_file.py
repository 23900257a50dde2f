"""case.yaml: read strictly, refused with place and hint, written so that it reads back, disclosed without secrets."""

import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import canon
from archiver.config import yaml
from archiver.config.case_file import COMMITMENT, CaseFile, commitment, disclosed, new_case_yaml, opening
from archiver.config.policy import Policy
from archiver.config.quote import quoted
from archiver.config.route import host_port, parse_connect_to, parse_host_port, proxy_problem
from archiver.errors import ConfigError, UsageError
from archiver.model.exchange import NEUTRAL_USER_AGENT, ConnectTo, Limits, Route

CASE = "urn:uuid:00000000-0000-4000-8000-000000000001"
HEAD = f"archiver_case: 1\nid: {CASE}\nname: harbour\ntitle: The harbour\ncollector: Jane Doe\n"
_texts = st.text(st.characters(exclude_categories=["Cs"]))


def refusal(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        CaseFile.parse(text)
    return caught.value


@given(title=_texts, collector=_texts.filter(lambda text: len(text) <= 500), purpose=_texts, authority=_texts)
def test_any_text_can_stand_in_a_new_case(title: str, collector: str, purpose: str, authority: str) -> None:
    title, collector = f"T{title}", collector[:499] + "C"
    text = new_case_yaml(
        case_id=CASE, name="harbour", title=title, collector=collector, purpose=purpose, authority=authority
    )
    assert CaseFile.parse(text) == CaseFile(CASE, "harbour", title, collector, purpose, authority)


def test_a_new_case_can_be_offline() -> None:
    text = new_case_yaml(case_id=CASE, name="harbour", title="T", collector="C", offline=True)
    assert CaseFile.parse(text).policy.offline


@pytest.mark.parametrize(
    ("name", "title", "collector"),
    [
        ("Гавань", "T", "C"),
        ("-x", "T", "C"),
        ("x" * 65, "T", "C"),
        ("x", " ", "C"),
        ("x", "T", ""),
        ("x", "T", "C" * 501),
    ],
)
def test_what_no_case_yaml_can_hold_is_refused(name: str, title: str, collector: str) -> None:
    with pytest.raises(ConfigError):
        new_case_yaml(case_id=CASE, name=name, title=title, collector=collector)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(ConfigError, match="surrogate"):
        new_case_yaml(case_id=CASE, name="x", title="\ud800", collector="C")


def test_texts_stay_what_was_written() -> None:
    text = HEAD.replace("The harbour", "no") + "purpose: 12:30:00\nauthority: 1.10\n"
    file = CaseFile.parse(text)
    assert (file.title, file.purpose, file.authority) == ("no", "12:30:00", "1.10")


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("titel: x\n", "1:1", "'titel' is not a known key"),
        ("a: [", "1:5", "not YAML"),
        ("- x", "1:1", "not a list of"),
        ("", "1:1", "not a list of"),
        ("a: &x b\n", "1:4", "anchors"),
        ("a: *x\n", "1:4", "aliases"),
        ("a: !!str b\n", "1:4", "tags"),
        ("%YAML 1.1\n---\na: b\n", "1:1", "directives"),
        ("a: b\n---\nc: d\n", "2:1", "second document"),
        ("? [a]\n: b\n", "1:3", "a key must be text"),
        ("title: x\ntitle: y\n", "2:1", "second time"),
        ("a: \x07\n", "1:4", "does not allow"),
        ("a: b\nc: \x07\n", "2:4", "does not allow"),
        ('a: "\\U00110000"\n', "1:", "out of range"),
        ('a: "\\ud800"\n', "1:4", "surrogate"),
        ("a: " + "[" * 9 + "]" * 9, "1:", "deeper"),
        (HEAD.replace(": 1", ": 2"), "1:16", "archiver_case: 1"),
        (HEAD.replace("archiver_case: 1\n", ""), "1:1", "archiver_case is missing"),
        (HEAD.replace("harbour\n", "-harbour\n", 1), "3:7", "cannot be a name"),
        (HEAD.replace("urn", "URN"), "2:5", "urn:uuid"),
        (HEAD.replace("The harbour", ""), "4:7", "title is empty"),
        (HEAD.replace("The harbour", "[x]"), "4:8", "one text"),
        (HEAD + "private: [x]\n", "6:10", "private holds"),
        (HEAD + "private:\n  a: [x]\n", "7:6", "must be one text"),
        (HEAD + "policy: x\n", "6:9", "policy holds"),
        (HEAD + "policy:\n  user_agent: loud\n", "7:15", "neutral or identified"),
        (HEAD + "policy:\n  user_agent: identified\n", "7:15", "belong together"),
        (HEAD + "policy:\n  identified_as: me\n", "7:3", "belong together"),
        (HEAD + 'policy:\n  accept_language: "a\\nb"\n', "7:20", "not in its form"),
        (HEAD + "policy:\n  accept_language: [a]\n", "7:20", "one text"),
        (HEAD + "policy:\n  route:\n    allow_host: x\n", "8:17", "a list of at most"),
        (HEAD + "policy:\n  route:\n    allow_host: [[x]]\n", "8:17", "a list of texts"),
        (HEAD + "policy:\n  route:\n    allow_host: [x]\n", "8:18", "HOST:PORT"),
        (HEAD + "policy:\n  route:\n    connect_to: ['a:1:b']\n", "8:18", "HOST:PORT:ADDR:PORT"),
        (HEAD + "policy:\n  route:\n    insecure: yes\n", "8:15", "true or false"),
        (HEAD + 'policy:\n  route:\n    ca_file: "a\\0b"\n', "8:14", "not a path"),
        (HEAD + "policy:\n  route:\n    proxy: ftp://a:1\n", "8:12", "begins with one of"),
        (HEAD + "policy:\n  route:\n    proxy: http://u:p@a:1\n", "8:12", "credentials"),
        (HEAD + "policy:\n  limits:\n    max_bytes: -1\n", "8:16", "whole number"),
        (HEAD + "policy:\n  limits:\n    max_redirects: 101\n", "8:20", "whole number"),
        (HEAD + "policy:\n  limits:\n    idle: 0\n", "8:11", "number of seconds"),
        (HEAD + "policy:\n  limits:\n    idle: 1e3\n", "8:11", "number of seconds"),
        (HEAD + "policy:\n  limts:\n    idle: 1\n", "7:3", "'limts' is not a known key"),
    ],
)
def test_whatever_is_not_case_yaml_is_refused_at_its_place(text: str, place: str, why: str) -> None:
    error = refusal(text)
    assert error.message.startswith(f"case.yaml:{place}"), error.message
    assert why in error.message


def test_a_name_nearly_right_is_named_and_a_strange_one_gets_the_list() -> None:
    assert refusal("titel: x\n").hint == "did you mean title?"
    assert refusal("zzz: x\n").hint.startswith("known here: archiver_case, id, name")
    assert "--proxy" in refusal(HEAD + "policy:\n  route:\n    proxy: http://u:p@a:1\n").hint


@pytest.mark.parametrize(("data", "place"), [(b"a: b\nc: \xff", ":2:4: "), (b"\xd0\xb0\xff", ":1:2: ")])
def test_bytes_that_are_not_utf_8_are_refused_at_their_place(data: bytes, place: str) -> None:
    with pytest.raises(ConfigError, match=place):
        yaml.text_of(data, "case.yaml")


def test_a_file_larger_than_any_may_be_is_refused() -> None:
    assert yaml.text_of(b"x" * yaml.MAX_TEXT, "case.yaml")
    with pytest.raises(ConfigError, match="larger"):
        yaml.text_of(b"x" * (yaml.MAX_TEXT + 1), "case.yaml")


def test_policy_becomes_route_and_limits() -> None:
    text = HEAD + (
        "policy:\n"
        "  user_agent: identified\n"
        "  identified_as: Example Archive; https://example.org\n"
        "  accept_language: ru, en\n"
        "  route:\n"
        "    allow_host: [Пример.рф:443, '[::1]:80', 0x7f.1:8080]\n"
        "    connect_to: ['example.org:443:[::1]:8443']\n"
        "    ca_file: ca.pem\n"
        "    insecure: true\n"
        "    proxy: socks5h://127.0.0.1:9050\n"
        "  limits: {max_bytes: 1000, max_time: 2.5, connect: 3, idle: 4, max_redirects: 0}\n"
    )
    policy = CaseFile.parse(text).policy
    assert policy.route == Route(
        allow=(("xn--e1afmkfd.xn--p1ai", 443), ("::1", 80), ("127.0.0.1", 8080)),
        connect_to=(ConnectTo("example.org", 443, "::1", 8443),),
        insecure=True,
        proxy="socks5h://127.0.0.1:9050",
    )
    assert policy.limits == replace(Limits(), max_bytes=1000, max_time=2.5, connect=3.0, idle=4.0, max_redirects=0)
    assert (policy.ca_file, policy.accept_language) == ("ca.pem", "ru, en")
    assert policy.user_agent_text == "Example Archive; https://example.org"


@pytest.mark.parametrize("section", ["", "policy:\n", "policy: {}\n", "policy:\n  route:\n  limits:\n", "private:\n"])
def test_what_is_left_out_has_its_default(section: str) -> None:
    assert CaseFile.parse(HEAD + section).policy == Policy()
    assert Policy().user_agent_text == NEUTRAL_USER_AGENT


PRIVATE = """private: # the real names
  # of the witnesses
  a: |  # c
    Jane Witness

    second line

  b: 'Ivan Witness' # Petr Witness
  "c c":
  d: Olga
    Witness
  e: >-
    folded Witness
policy:
  accept_language: ru
"""


def test_disclosed_text_has_commitments_in_place_of_private_values_and_comments() -> None:
    text = HEAD + PRIVATE
    file = CaseFile.parse(text)
    salts = {name: f"{number:032x}" for number, (name, _) in enumerate(file.private)}
    shown, openings = disclosed(text, salts)
    assert "Witness" not in shown
    assert "real names" not in shown
    assert "second" not in shown
    expected = [opening(value, salts[name]) for name, value in file.private]
    assert list(openings) == expected
    again = CaseFile.parse(shown)
    assert again.private == tuple(
        (name, commitment(opened)) for (name, _), opened in zip(file.private, expected, strict=True)
    )
    assert replace(again, private=()) == replace(file, private=())
    assert shown.startswith(HEAD)
    assert shown.endswith("policy:\n  accept_language: ru\n")
    with pytest.raises(KeyError):
        disclosed(text, {})


@pytest.mark.parametrize("section", ["", "private:\n", "private: {}\n", 'private: ""\n'])
def test_a_text_without_private_values_is_disclosed_as_it_is(section: str) -> None:
    assert disclosed(HEAD + section, {}) == (HEAD + section, ())


@pytest.mark.parametrize(
    "section",
    [
        "private:\n  # source: Witness\n",
        "private: # Witness\n",
        "private: {} # Witness\n",
        "private: '' # Witness\n# Witness\n",
        "private: {a: x} # Witness\n",
        "private: {a: x # Witness\n}\n  # Witness\n",
        "private:\n  a: x\n# Witness\n",
        "private:\n  ? a # Witness\n  : x # Witness\n",
    ],
)
@pytest.mark.parametrize("after", ["", "policy: # why\n  accept_language: ru  # how\n"])
def test_no_comment_from_the_word_private_to_the_next_key_is_disclosed(section: str, after: str) -> None:
    text = HEAD + section + after
    shown, _ = disclosed(text, {"a": "0" * 32})
    assert "Witness" not in shown
    assert shown.startswith(HEAD + "private:")
    assert shown.endswith(after)
    assert replace(CaseFile.parse(shown), private=()) == replace(CaseFile.parse(text), private=())


def test_comments_that_stay_out_of_the_log_can_change_without_an_amendment() -> None:
    before, after = (disclosed(HEAD + f"private:\n  # {name}\n", {}) for name in ("Olga", "Ivan"))
    assert before == after


@pytest.mark.parametrize("text", ["? %s\n: x\n", "private: {? %s : x, ? %s : y}\n", "private: {? %s : [x]}\n"])
def test_a_key_as_long_as_the_file_makes_no_message_of_that_length(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        CaseFile.parse(HEAD + text.replace("%s", "k" * 100_000))
    assert "kkk…" in caught.value.message
    assert len(caught.value.message) < 300


@pytest.mark.parametrize(
    "form", ["{a: %s, b: x}\n", "{\n  a: %s # c\n  , b: x}\n", "\n  a: %s\n  b: x\n", "\r\n  a: %s\r\n"]
)
@given(value=_texts)
def test_any_private_value_in_any_form_is_disclosed_and_nothing_else(form: str, value: str) -> None:
    text = HEAD + "private: " + form % quoted(value) + "purpose: P\n"
    file = CaseFile.parse(text)
    assert file.private[0] == ("a", value)
    shown, openings = disclosed(text, {"a": "0" * 32, "b": "1" * 32})
    again = CaseFile.parse(shown)
    assert again.private[0] == ("a", COMMITMENT + hashlib.sha256(openings[0]).hexdigest())
    assert replace(again, private=()) == replace(file, private=())


@given(_texts)
def test_an_opening_is_canonical_json(value: str) -> None:
    assert opening(value, "0" * 32) == canon.dumps({"salt": "0" * 32, "value": value})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("localhost:8080", ("localhost", 8080)),
        ("[::1]:80", ("::1", 80)),
        ("[::ffff:127.0.0.1]:80", ("::ffff:7f00:1", 80)),
        ("EXAMPLE.org:1", ("example.org", 1)),
        ("2130706433:65535", ("127.0.0.1", 65535)),
    ],
)
def test_host_and_port_are_read_as_addresses_are(text: str, expected: tuple[str, int]) -> None:
    assert parse_host_port(text) == expected
    assert parse_host_port(host_port(*expected)) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "x:", ":1", "x:0", "x:65536", "x:1:2", "::1:80", "[::1]", "[x]:1", "a b:1", "x:١", "x:-1", "[::1:80"],
)
def test_what_is_no_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=re.escape(repr(text))):
        parse_host_port(text)


def test_connect_to_takes_brackets_on_both_sides() -> None:
    assert parse_connect_to("[::1]:80:[::2]:81") == ConnectTo("::1", 80, "::2", 81)
    with pytest.raises(UsageError):
        parse_connect_to("a:1:b:0")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("socks5h://127.0.0.1:9050", None),
        ("http://[::1]:3128/", None),
        ("http://proxy.example", None),
        ("http://x:99999", "not an address"),
        ("http://[x", "not an address"),
        ("https://x:1", "begins with"),
        ("http://:1", "no host"),
        ("http://x y:1", "no host"),
        ("http://x:0", "only a host"),
        ("http://x:1/path", "only a host"),
        ("http://x:1?q", "only a host"),
    ],
)
def test_proxies_are_judged_by_their_address(url: str, problem: str | None) -> None:
    found = proxy_problem(url)
    assert found is None if problem is None else problem in (found or "")


@given(st.text(st.sampled_from("ab:-[]{}#&*!|>'\"%@`,? \n\t\\"), max_size=40))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    message = "case.yaml:1:1: "
    try:
        CaseFile.parse(HEAD + text)
    except ConfigError as exc:
        message = exc.message
    assert re.match(r"case\.yaml:\d+:\d+: ", message)
