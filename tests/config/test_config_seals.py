"""policy.seals of case.yaml: who signs, who is asked for the time, how often."""

import pytest

from archiver.config.case_file import CaseFile, new_case_yaml
from archiver.config.seals import Seals, parse_authority
from archiver.errors import ConfigError, UsageError

CASE = "urn:uuid:00000000-0000-4000-8000-000000000001"
HEAD = f"archiver_case: 1\nid: {CASE}\nname: harbour\ntitle: The harbour\ncollector: Jane Doe\npolicy:\n  seals:\n"
KEY = "SHA256:" + "a" * 43


def seals_of(*lines: str) -> Seals:
    return CaseFile.parse(HEAD + "".join(f"    {line}\n" for line in lines)).policy.seals


def test_a_case_without_the_section_is_neither_signed_nor_stamped() -> None:
    text = new_case_yaml(case_id=CASE, name="harbour", title="T", collector="C")
    assert CaseFile.parse(text).policy.seals == Seals()


@pytest.mark.parametrize("offline", [False, True])
@pytest.mark.parametrize("signer", ["", "jane.doe+case@example.org"])
@pytest.mark.parametrize(
    "authorities", [(), (("digicert", "http://timestamp.digicert.com"), ("b2", "https://b.example/tsr?x=1"))]
)
def test_what_init_writes_reads_back(offline: bool, signer: str, authorities: tuple[tuple[str, str], ...]) -> None:
    wanted = Seals(signer, KEY if signer else "", authorities)
    text = new_case_yaml(case_id=CASE, name="harbour", title="T", collector="C", offline=offline, seals=wanted)
    policy = CaseFile.parse(text).policy
    assert policy.seals == wanted
    assert policy.offline is offline


def test_every_key_is_read() -> None:
    lines = ("signer: jane", f"key: {KEY}", 'authorities: ["a=http://a.example/"]', "interval: 5", "token_age: 3600.5")
    assert seals_of(*lines, "defer: true") == Seals("jane", KEY, (("a", "http://a.example/"),), 5.0, 3600.5, True)


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("signer: jane",), "signer and key belong together"),
        ((f"key: {KEY}",), "signer and key belong together"),
        (("signer: jane doe", f"key: {KEY}"), "signer is not in its form"),
        (("signer: jane", "key: SHA256:short"), "key is not in its form"),
        (("authorities: http://a.example/",), "authorities is a list"),
        (('authorities: ["http://a.example/"]',), "does not begin with a name"),
        (('authorities: ["A=http://a.example/"]',), "does not begin with a name"),
        (('authorities: ["a=ftp://a.example/"]',), "not the plain address"),
        (('authorities: ["a=http://u:p@a.example/"]',), "not the plain address"),
        (('authorities: ["a=http://a.example/#f"]',), "not the plain address"),
        (('authorities: ["a=http://a.example/", "a=http://b.example/"]',), "a second authority is named a"),
        (("authorities: [" + ", ".join(f'"a{n}=http://a.example/"' for n in range(9)) + "]",), "at most 8"),
        (("interval: 0",), "interval is a number of seconds"),
        (("token_age: never",), "token_age is a number of seconds"),
        (("defer: maybe",), "defer is true or false"),
        (("signers: jane",), "signers"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(lines: tuple[str, ...], why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        seals_of(*lines)
    assert why in caught.value.message
    assert "case.yaml:" in caught.value.message


@pytest.mark.parametrize("text", ["", "=", "a", "a=", "a=x", "=http://a.example/", "\x1b[2J=http://a.example/"])
def test_an_authority_is_a_name_and_an_address(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_authority(text)
    assert "\x1b" not in caught.value.message
