"""What every export carries so that it can be checked without this program: VERIFY.txt and verify.py."""

from archiver.export.byhand import standalone_source, verify_txt
from archiver.export.entries import Entry
from archiver.export.facts import Facts


def kit(facts: Facts) -> tuple[Entry, Entry]:
    """Return VERIFY.txt, which says what can be done by hand with an export of these facts, and verify.py."""
    text = verify_txt(facts).encode("ascii")
    return (Entry.of_bytes("VERIFY.txt", text), Entry.of_bytes("verify.py", standalone_source()))
