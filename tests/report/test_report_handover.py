"""The receipt of a hand-over: what two people sign on paper, as text and as a page."""

import shlex
from dataclasses import replace

from markup import Page

from archiver.custody.receipt import Receipt
from archiver.model.handover import HandedOver
from archiver.report.handover import command, receipt_page, receipt_text, rows

RECEIPT = Receipt(
    "urn:uuid:0b1e4a2c-1111-4000-8000-0000000000aa",
    7,
    57,
    "8ff8" * 16,
    "2026-11-22T06:56:03Z",
    "SHA256:" + "A" * 43,
)
HANDED = HandedOver(
    case=RECEIPT.case,
    title="The harbour raid",
    giver="J. Doe",
    receiver="Legal Aid Office",
    reason="the trial begins",
    at="2026-11-22T06:55:58.854810Z",
    line=57,
    items=12,
    files=11,
    bytes=48211,
    lines=58,
    head="d2a9" * 16,
    seal=7,
    seal_sha256=RECEIPT.sha256,
    signer="jane",
    fingerprint="SHA256:" + "A" * 43,
    stamps=(("digicert", "2026-11-22T06:56:03Z"),),
    receipt=RECEIPT.text(),
    spoken=RECEIPT.spoken(),
    software="archiver 0.1.0",
)


def test_everything_that_was_handed_over_is_on_both_forms() -> None:
    text = receipt_text(HANDED).decode("utf-8")
    together = "".join(text.split())
    page = Page(receipt_page(HANDED))
    for what, value in rows(HANDED):
        assert "".join(value.split()) in together, what
        assert " ".join(value.split()) in page.text, what
    for who in ("J. Doe", "Legal Aid Office", "the trial begins", "57", "48211", "by digicert"):
        assert who in text
    assert text.count("_" * 30) == 4
    assert page.text.count("place and date") == 2


def test_no_line_but_the_command_is_too_wide_for_paper() -> None:
    wide = [line for line in receipt_text(HANDED).decode().splitlines() if len(line) > 78]
    assert wide == [f"  {command(HANDED)}"]


def test_the_command_can_be_copied() -> None:
    words = shlex.split(command(replace(HANDED, receiver="O'Neill; rm -rf $HOME")))
    assert words[words.index("--collector") + 1] == "O'Neill; rm -rf $HOME"
    assert Receipt.parse(words[words.index("--expect") + 1]) == RECEIPT


def test_without_signature_stamp_and_reason_the_receipt_says_so() -> None:
    bare = replace(HANDED, signer="", fingerprint="", stamps=(), reason="")
    text = receipt_text(bare).decode()
    assert "7, which nobody signed" in text
    assert "none: no third party says when this was there" in " ".join(text.split())
    assert "reason" not in text


def test_hostile_texts_stay_text() -> None:
    hostile = "<img src=x onerror=alert(1)> \u202e\x1b[2J\n\u2028 'x'"
    bad = replace(HANDED, title=hostile, giver=hostile, receiver=hostile, reason=hostile)
    data, text = receipt_page(bad), receipt_text(bad).decode()
    assert "\\u202e\\x1b[2J\\x0a\\u2028" in Page(data).text
    assert b"<img" not in data
    for mark in "\u202e\x1b\u2028":
        assert mark not in text + data.decode()


def test_the_same_hand_over_gives_the_same_bytes() -> None:
    assert receipt_page(HANDED) == receipt_page(replace(HANDED))
    assert receipt_text(HANDED) == receipt_text(replace(HANDED))
