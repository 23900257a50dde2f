"""What is to be copied letter by letter off a page is broken between words only."""

import re
from html import unescape

from test_report_handover import HANDED, RECEIPT
from test_report_verdict import REPORTED

from archiver.report.handover import command, receipt_page
from archiver.report.verdict import verification_report

WHOLE = re.compile(r'<code>((?:<span class="whole">[^<]*</span> ?)+)</code>')


def kept_whole(page: bytes) -> list[str]:
    """Return the texts whose words no line breaks."""
    found = WHOLE.findall(page.decode("utf-8"))
    return [unescape(re.sub(r"</?span[^>]*>", "", text)) for text in found]


def test_receipt_and_command_of_a_hand_over_are_broken_between_words_only() -> None:
    texts = kept_whole(receipt_page(HANDED))
    for text in (RECEIPT.text(), RECEIPT.spoken(), HANDED.head, HANDED.fingerprint, command(HANDED)):
        assert text in texts


def test_receipts_and_command_of_a_report_are_broken_between_words_only() -> None:
    assert REPORTED.verdict.case is not None
    texts = kept_whole(verification_report(REPORTED))
    for text in (*(seal.receipt for seal in REPORTED.verdict.case.seals), REPORTED.command):
        assert text in texts


def test_a_word_that_is_wider_than_the_page_is_broken_all_the_same() -> None:
    page = receipt_page(HANDED).decode("utf-8")
    (rule,) = re.findall(r"^\.whole \{(.*)\}$", page, re.MULTILINE)
    assert "max-width: 100%" in rule
