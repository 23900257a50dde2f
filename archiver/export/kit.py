"""What every export carries so that it can be checked without this program: VERIFY.txt and verify.py."""

from archiver.export.byhand import verify_txt
from archiver.export.entries import Entry
from archiver.export.facts import Facts


def kit(facts: Facts) -> tuple[Entry, ...]:
    """Return the files that say and do what can be done by hand with an export of these facts."""
    return (Entry.of_bytes("VERIFY.txt", verify_txt(facts).encode("ascii")),)
