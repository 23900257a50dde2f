"""The records of the WARCs in a WACZ, remembered as an index must have them."""

import re
from dataclasses import dataclass

from archiver.model.http import Message
from archiver.verify.warc_file import Each
from archiver.warc.scan import Record

MAX_RECORDS = 500_000  # records that are held to be compared; the rest is counted
INDEXED = frozenset({"response", "revisit", "resource", "metadata", "conversion"})  # what some program puts in an index

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z")


@dataclass(slots=True)
class Found:
    """A record that an index may name: length in bytes, address, time in 17 digits, HTTP status, digests as written."""

    length: int
    url: str
    at: str
    type: str
    status: str
    payload: str
    sha256: str
    indexed: bool = False


class Records:
    """Give `of` to the reading of each WARC; then look records up by file and offset."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, int], Found] = {}
        self.beyond = 0
        self.matched = 0
        self.newest = ""

    def of(self, filename: str) -> Each:
        """Return who takes the records of one file."""

        def take(record: Record, message: Message | None) -> None:
            head = record.head
            at = digits_of(head.value("WARC-Date"))
            self.newest = max(self.newest, at)
            if head.type not in INDEXED:
                return
            if len(self.found) >= MAX_RECORDS:
                self.beyond += 1
                return
            status = str(message.status) if message is not None and message.status is not None else ""
            self.found[filename, record.offset] = Found(
                record.length, head.uri, at, head.type, status, head.value("WARC-Payload-Digest"), record.sha256
            )

        return take


def digits_of(date: str) -> str:
    """Return a time in UTC as 17 digits, to the millisecond, as an index sorts it; "" when it is none."""
    match = _DATE.fullmatch(date)
    return "".join(match.groups()[:6]) + (match[7] or "").ljust(3, "0")[:3] if match else ""
