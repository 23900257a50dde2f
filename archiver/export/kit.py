"""What every export carries so that it can be checked without this program: VERIFY.txt and verify.py."""

from archiver.export.entries import Entry
from archiver.export.facts import Facts


def kit(facts: Facts) -> tuple[Entry, ...]:
    """Return VERIFY.txt, written for this export."""
    seal = facts.seals[-1]
    text = f"{facts.kind} of {seal.seal.case}, seal {seal.seal.number}: {seal.sha256}\n"
    return (Entry.of_bytes("VERIFY.txt", text.encode("ascii")),)
