"""A receipt that was kept elsewhere against the seals of a disclosure."""

from collections.abc import Iterator, Sequence

from archiver.custody.receipt import Receipt
from archiver.model.verdict import Finding, Severity
from archiver.verify.report import quoted
from archiver.verify.sealed import Sealed


def check_disclosed_receipt(receipt: Receipt | None, case: str, seals: Sequence[Sealed]) -> Iterator[Finding]:
    """Yield whether one of `seals`, of the case `case`, is that for which `receipt` was given."""
    if receipt is None:
        message = "no receipt was given, so nobody can know from this whether the seals are those of the case"
        meaning = "whoever holds the key could have sealed another log; the receipt that was given out shows that"
        yield Finding("receipt", Severity.UNASKED, "", message, meaning=meaning)
        return
    sealed = next((sealed for sealed in seals if sealed.number == receipt.seal), None)
    if receipt.case != case:
        message = f"the receipt is of another case: of {receipt.case}, and this one is {quoted(case)}"
        yield Finding("receipt", Severity.BROKEN, "", message, meaning="find out which was mixed up")
    elif sealed is None:
        message = f"the receipt is of seal {receipt.seal}, and this disclosure holds others"
        meaning = "only the case itself shows whether both belong to one log"
        yield Finding("receipt", Severity.UNCHECKED, "", message, meaning=meaning)
    elif (receipt.sha256, receipt.entries, receipt.fingerprint) != (sealed.sha256, sealed.last, sealed.fingerprint):
        message = f"seal {receipt.seal} is not the one of the receipt: that has the SHA-256 {receipt.sha256}"
        meaning = "what was sealed then was exchanged for something else, or the receipt was copied wrongly"
        yield Finding("receipt", Severity.BROKEN, sealed.path, message, meaning=meaning)
    elif receipt.gen_time is not None and receipt.gen_time not in sealed.times:
        message = f"none of the time stamps over seal {receipt.seal} says {receipt.gen_time}, as the receipt does"
        meaning = "a time stamp was left out of this disclosure, or the receipt was copied wrongly"
        yield Finding("receipt", Severity.BROKEN, sealed.path, message, meaning=meaning)
    else:
        yield Finding("receipt", Severity.OK, "", f"seal {receipt.seal} is the one that the receipt was given for")
