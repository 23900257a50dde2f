"""The receipt of a hand-over: for the screen, for a text file, for a page that two people sign on paper."""

import shlex
import textwrap

from archiver.model.handover import HandedOver
from archiver.model.visible import safe
from archiver.report.page import page

TITLE = "Receipt for a case handed over"
MEANING = (
    "The giver says by this receipt, and by the seal that it names, what the case held when it was handed over. It "
    "does not say that a site published what the case shows.",
    "Keep it apart from the case. With the receipt line whoever receives the case finds whether it is this one, whole "
    "and in this state.",
)
SIGNATURES = ("handed over by", "received by")
_LINE = "_" * 34
_EXACT = ("head of the log", "SHA-256 of the seal", "key", "receipt", "to be read out")  # letter for letter
_WIDTH = 78

Row = tuple[str, str]


def rows(handed: HandedOver) -> tuple[Row, ...]:
    """Return what stands on the receipt, as (what, value), in the order in which people ask."""
    found = [
        ("case", handed.case),
        ("title", handed.title),
        ("handed over by", handed.giver),
        ("to", handed.receiver),
        ("on", handed.at),
        *([("reason", handed.reason)] if handed.reason else []),
        ("items", str(handed.items)),
        ("files", f"{handed.files}, with {handed.bytes} bytes"),
        ("log", f"{handed.lines} lines; the hand-over is line {handed.line}"),
        ("head of the log", handed.head),
        ("seal", f"{handed.seal}, {_signed(handed)}"),
        ("SHA-256 of the seal", handed.seal_sha256),
        *([("key", handed.fingerprint)] if handed.fingerprint else []),
        *((("time stamp", f"{time} by {authority}")) for authority, time in handed.stamps),
        *([] if handed.stamps else [("time stamp", "none: no third party says when this was there")]),
        ("receipt", handed.receipt),
        ("to be read out", handed.spoken),
        ("made with", handed.software),
    ]
    return tuple(found)


def receipt_text(handed: HandedOver) -> bytes:
    """Return the receipt as a text file of lines of at most 78 characters, with room for two signatures.

    The command alone is longer: it is there to be copied.
    """
    kept = rows(handed)
    hang = max(len(what) for what, _ in kept) + 2
    lines = [TITLE, "=" * len(TITLE), ""]
    for what, value in kept:
        lines += _wrapped(safe(value), f"{what:<{hang}}", " " * hang)
    for text in MEANING:
        lines += ["", *_wrapped(text, "", "")]
    lines += ["", *_wrapped("The receiver checks and counter-signs:", "", ""), f"  {safe(command(handed))}"]
    for who in SIGNATURES:
        lines += ["", "", f"{who:<{hang}}{_LINE}", "", f"{'place and date':<{hang}}{_LINE}"]
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def receipt_page(handed: HandedOver) -> bytes:
    """Return the receipt as an HTML page."""
    return page(
        "handover.html",
        title=TITLE,
        rows=rows(handed),
        exact=_EXACT,
        meaning=MEANING,
        command=command(handed),
        signatures=SIGNATURES,
    )


def command(handed: HandedOver) -> str:
    """Return what the receiver types; the path of the case and the name of the key are theirs."""
    words = ("--collector", handed.receiver, "--signer", "NAME", "--expect", handed.receipt)
    return f"archiver acknowledge CASE {shlex.join(words)}"


def _signed(handed: HandedOver) -> str:
    return f"signed by {handed.signer}" if handed.signer else "which nobody signed"


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    wrapped = textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=True
    )
    return wrapped or [first.rstrip()]
