"""The verification report: everything that was found is in it, and nothing that was found is more than text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markup import Page

from archiver.model.verdict import CaseSeen, Finding, SealSeen, Severity, Verdict
from archiver.model.visible import safe
from archiver.report.verdict import MAX_SEALS, Reported, verification_report
from archiver.report.words import ABOUT, SEVERITIES
from archiver.verify.report import CHECKS

AT = datetime(2026, 11, 22, 6, 55, 58, 999, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> & \"quotes\" 'x' {{ 7*7 }} {% raw %} \u202eevil\u2066 \x1b[2J\n</td> \ud800 &amp;"


def seal(number: int) -> SealSeen:
    return SealSeen(
        number=number,
        last=number * 10,
        recorded_at="2026-11-22T06:55:58.000000Z",
        sha256=f"{number:064x}",
        signer="jane",
        fingerprint="SHA256:" + "A" * 43,
        stamps=(("digicert", "2026-11-22T06:56:03Z"),),
        receipt=f"0b5f6c3a {number} {number * 10} receipt",
    )


CASE = CaseSeen("urn:uuid:0b1e4a2c-1111-4000-8000-0000000000aa", 57, "d" * 64, (seal(1), seal(2)))
FINDINGS = (
    Finding(
        "files",
        Severity.BROKEN,
        "evidence/000/000002.warc.gz",
        "its SHA-256 is another",
        "record 3 at byte 4096",
        "altered",
    ),
    Finding("files", Severity.OK, "", "11 files"),
    Finding("later-check", Severity.UNCHECKED, "x", "a check of a later version"),
    Finding("tokens", Severity.UNASKED, "", "no authorities were named", meaning="name some"),
)
VERDICT = Verdict("cases/harbour", FINDINGS, (("items", 3), ("odd", 0)), CASE)
REPORTED = Reported(
    VERDICT,
    "contradicted",
    "the case is not as its log says",
    AT,
    "archiver 0.1",
    (("receipt", "none"),),
    "archiver verify x",
)


def page_of(**changes: object) -> Page:
    return Page(verification_report(replace(REPORTED, **changes)))


def test_findings_stand_in_words_with_file_record_and_offset() -> None:
    text = page_of().text
    assert "Verification report contradicted the case is not as its log says" in text
    assert "evidence/000/000002.warc.gz , record 3 at byte 4096 : its SHA-256 is another altered" in text
    assert "files: contradicted Checks that each evidence file has the size" in text
    assert "later-check: unchecked unchecked x : a check of a later version" in text
    assert text.index("What was not asked") < text.index("no authorities were named name some") < text.index("Counted")
    assert "items 3 odd 0" in text
    assert "checked on 2026-11-22T06:55:58Z (UTC" in text
    assert "checked with archiver 0.1" in text
    assert "receipt none" in text


def test_seals_stand_with_their_receipts_and_the_commands_to_repeat_it() -> None:
    text = page_of().text
    assert text.index("0b5f6c3a 2 20 receipt") < text.index("0b5f6c3a 1 10 receipt")
    assert "2026-11-22T06:56:03Z by digicert" in text
    assert f"tail -n 1 custody.jsonl | sha256sum {'d' * 64} -" in text
    assert "ssh-keygen -Y verify -f SIGNERS -I jane" in text
    assert "archiver verify x" in text


def test_of_very_many_seals_the_newest_are_shown() -> None:
    many = replace(CASE, seals=tuple(seal(number) for number in range(1, MAX_SEALS + 8)))
    text = page_of(verdict=replace(VERDICT, case=many)).text
    assert "7 older seals are not shown" in text
    assert f"0b5f6c3a {MAX_SEALS + 7} " in text
    assert "0b5f6c3a 7 " not in text


def test_a_case_without_seals_and_a_bare_file_say_so() -> None:
    assert "This case carries no seals." in page_of(verdict=replace(VERDICT, case=replace(CASE, seals=()))).text
    bare = page_of(verdict=replace(VERDICT, case=None)).text
    assert "Seals and their receipts" not in bare
    assert "custody.jsonl" not in bare


def test_a_seal_that_nobody_signed_asks_for_no_signature() -> None:
    unsigned = replace(seal(1), signer="", fingerprint="", stamps=())
    text = page_of(verdict=replace(VERDICT, case=replace(CASE, seals=(unsigned,)))).text
    assert "signed by nobody" in text
    assert "ssh-keygen" not in text


@pytest.mark.parametrize("result", ["sound", "unchecked", "contradicted"])
def test_every_result_is_explained(result: str) -> None:
    text = page_of(result=result, verdict=replace(VERDICT, findings=())).text
    assert "What it means" in text
    assert "Nothing was left out for want of knowledge." in text
    assert "It does not show that a site published what was recorded" in text


def test_the_same_verdict_and_time_give_the_same_bytes() -> None:
    first = verification_report(REPORTED)
    assert first == verification_report(replace(REPORTED, at=AT.astimezone(timezone(timedelta(hours=3)))))
    assert first != verification_report(replace(REPORTED, at=AT + timedelta(seconds=1)))


def everywhere(text: str) -> Reported:
    finding = Finding(text, Severity.BROKEN, text, text, text, text)
    bad = replace(seal(1), signer=text, fingerprint=text, receipt=text, stamps=((text, text),), recorded_at=text)
    case = CaseSeen(text, 1, text, (bad,))
    findings = (finding, replace(finding, severity=Severity.UNASKED))
    verdict = Verdict(text, findings, ((text, 1),), case)
    return Reported(verdict, "contradicted", text, AT, text, ((text, text),), text)


def test_hostile_text_stays_text_and_what_hides_shows_as_escapes() -> None:
    data = verification_report(everywhere(HOSTILE))
    page = Page(data)
    assert safe(HOSTILE) in page.texts
    assert b"<script" not in data
    assert not any(mark in data.decode() for mark in "\u202e\u2066\x1b")
    assert "\\u202eevil\\u2066" in page.text
    assert "{{ 7*7 }}" in page.text


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=()), min_size=1, max_size=60))
def test_any_text_is_shown_as_it_is_or_escaped_and_never_becomes_markup(text: str) -> None:
    page = Page(verification_report(everywhere(text)))
    shown = " ".join(safe(text).split())
    assert shown in page.text


def test_every_check_and_severity_has_words() -> None:
    assert set(CHECKS) <= ABOUT.keys()
    assert SEVERITIES.keys() == set(Severity)
