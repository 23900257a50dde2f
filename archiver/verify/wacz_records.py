"""The records of the WARCs in a WACZ, remembered as an index must have them."""

import re
from dataclasses import dataclass

from archiver.canon import sha256_hex
from archiver.model.http import Message
from archiver.verify.warc_file import Each
from archiver.warc.scan import Record

MAX_RECORDS = 500_000  # records that are held to be compared; the rest is counted
MAX_HELD = 500  # characters of a text that are held of each
INDEXED = frozenset({"response", "revisit", "resource", "metadata", "conversion"})  # what some program puts in an index

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z")


@dataclass(slots=True)
class Found:
    """A record that an index may name: length in bytes, address, time in 17 digits, HTTP status, digests as written.

    `url` and `mime` are `brief`. `status` is "" where there is none. `payload` is the digest in the head, `entity` the
    SHA-256 of what is shown, "" where that is not known.
    """

    length: int
    url: str
    at: str
    type: str
    status: str
    mime: str
    payload: str
    entity: str
    sha256: str
    indexed: bool = False

    @property
    def page(self) -> bool:
        """Whether it may be a page: an answer of the web, or what was imported."""
        web = self.type == "response" and self.status and self.url.startswith(("http://", "https://"))
        return bool(web) or self.type == "resource"


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
            at = digits_of(record.head.value("WARC-Date"))
            self.newest = max(self.newest, at)
            if record.head.type not in INDEXED:
                return
            if len(self.found) >= MAX_RECORDS:
                self.beyond += 1
                return
            self.found[filename, record.offset] = _found(record, message, at)

        return take


def _found(record: Record, message: Message | None, at: str) -> Found:
    head = record.head
    status = entity = ""
    kind = head.value("Content-Type")
    if head.type == "resource":
        entity = record.block_sha256
    elif message is not None and message.status is not None:
        status, entity = str(message.status), message.entity_sha256
        kind = (message.value("Content-Type") or b"").decode("latin-1")
    mime = re.split(r"[;\s]", kind, maxsplit=1)[0].strip()
    payload = brief(head.value("WARC-Payload-Digest"))
    return Found(record.length, brief(head.uri), at, head.type, status, brief(mime), payload, entity, record.sha256)


def brief(text: str) -> str:
    """Return `text`, or for a long one its beginning and its SHA-256: as good for comparing, and bounded."""
    if len(text) <= MAX_HELD:
        return text
    return f"{text[:100]}… ({len(text)} characters, sha256 {sha256_hex(text.encode('utf-8', 'surrogatepass'))})"


def digits_of(date: str) -> str:
    """Return a time in UTC as 17 digits, to the millisecond, as an index sorts it; "" when it is none."""
    match = _DATE.fullmatch(date)
    return "".join(match.groups()[:6]) + (match[7] or "").ljust(3, "0")[:3] if match else ""
