"""The records of the WARCs in a WACZ, remembered as an index must have them."""

import re
from dataclasses import dataclass, replace

from archiver.canon import sha256_hex
from archiver.model.http import Message
from archiver.verify.wacz_asked import MAX_KEPT, Question, question
from archiver.verify.warc_file import Each
from archiver.warc.head import Head, unbracketed
from archiver.warc.scan import Record

MAX_RECORDS = 500_000  # records that are held to be compared; the rest is counted
MAX_HELD = 500  # characters of a text that are held of each
MAX_NAMES = 16  # other records that one names and that are looked for
MAX_TEXT = 8192  # characters of the text of a page
INDEXED = frozenset({"response", "revisit", "resource", "metadata", "conversion"})  # what some program puts in an index

_TEXT = "urn:text:"
_PRODUCT = re.compile(r"urn:[a-zA-Z]+:https?://")  # what a browser made of a page
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z")


@dataclass(slots=True)
class Found:
    """A record that an index may name: length in bytes, address, time in 17 digits, HTTP status, digests as written.

    `url` and `mime` are `brief`. `status` is "" where there is none. `payload` is the digest in the head, `entity` the
    SHA-256 of what is shown, "" where that is not known. `asked` is the request of an answer, None where none was
    found, `text` the beginning of the text of a page.
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
    asked: Question | None = None
    text: str = ""
    indexed: bool = False

    @property
    def page(self) -> bool:
        """Whether it may be a page: an answer of the web, or what was imported."""
        web = self.type == "response" and self.status and self.url.startswith(("http://", "https://"))
        return bool(web) or (self.type == "resource" and not _PRODUCT.match(self.url))


class Records:
    """Give `of` to the reading of each WARC; then look records up by file and offset."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, int], Found] = {}
        self.beyond = 0
        self.matched = 0
        self.strange = 0
        self.newest = ""

    def of(self, filename: str) -> Each:
        """Return who takes the records of one file."""
        return _File(self, filename)


class _File:
    """Takes the records of one file, and finds the request of each answer: either names the other."""

    def __init__(self, records: Records, filename: str) -> None:
        self._records = records
        self._filename = filename
        self._answers: dict[str, Found] = {}  # by their own identifier, and by those that they name
        self._questions: dict[str, Question] = {}  # likewise

    def wants(self, head: Head) -> int:
        if head.type == "request":
            return MAX_KEPT
        return 4 * MAX_TEXT if head.type == "resource" and head.uri.startswith(_TEXT) else 0

    def take(self, record: Record, message: Message | None, beginning: bytes) -> None:
        head, records = record.head, self._records
        at = digits_of(head.value("WARC-Date"))
        records.newest = max(records.newest, at)
        others = head.values("WARC-Concurrent-To")[:MAX_NAMES]
        names = [brief(head.id), *(brief(unbracketed(name)) for name in others)]
        if head.type == "request":
            self._asks(names, question(beginning, record.block_size))
        if head.type not in INDEXED:
            return
        if len(records.found) >= MAX_RECORDS:
            records.beyond += 1
            return
        found = records.found[self._filename, record.offset] = _found(record, message, at)
        found.text = brief(beginning.decode("utf-8", "replace")[:MAX_TEXT])
        if head.type == "response":
            self._answered(names, found)

    def _asks(self, names: list[str], asked: Question) -> None:
        held = replace(asked, body=brief(asked.body), others=frozenset(map(brief, asked.others)))
        answers = [answer for name in names if (answer := self._answers.pop(name, None)) is not None]
        for answer in answers:
            answer.asked = held
        if not answers and len(self._questions) < MAX_RECORDS:
            self._questions |= dict.fromkeys(names, held)

    def _answered(self, names: list[str], found: Found) -> None:
        questions = [asked for name in names if (asked := self._questions.pop(name, None)) is not None]
        found.asked = next(iter(questions), None)
        if not questions:
            self._answers |= dict.fromkeys(names, found)


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
