"""A file that is throughout as this program writes it, and of which the event says nothing else: judged in few steps.

Nothing is told here but that there is nothing to find. Whatever is not of the one usual form, and whatever differs from
anything, is left to the strict pass (`archiver.verify.evidence`), from the first byte of the file on, so that a finding
is always its. No rule of that pass is left out: each is kept by the form of a record (`archiver.warc.usual`), by
equality with the one thing that the writer would have written, or by the very function that the strict pass uses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from archiver.canon import Json, dumps, loads, sha256_hex
from archiver.http.reader import ResponseReader
from archiver.model.http import Message
from archiver.verify.claim import Claim, listed, members
from archiver.verify.exchange import against_answer, against_entity, against_event, asks_for
from archiver.verify.records import ONLY_IN_EVENT, against_warcinfo
from archiver.warc.profile import (
    EXCHANGE_SCHEMA,
    SUMMARY,
    SUMMARY_SCHEMA,
    digest_label,
    exchange_part,
    item_uri,
    product_of,
)
from archiver.warc.usual import UsualRecord, usual_record

FULL_PAGE = "full-page"  # the picture of the whole page, with which a replay is compared
NO_PICTURE = ("", "")
MAX_FILE = 4 * 1024**2  # bytes of a file, which is held as a whole
MAX_UNPACKED = 16 * 1024**2  # bytes of all its records, held too; the strict pass reads JSON blocks of that size

_EXCHANGES = {
    ("response", "request", "metadata"),
    ("response", "metadata"),
    ("request", "metadata"),
    ("metadata",),
}


@dataclass(slots=True)
class Regular:
    """What there is to know of a file of the usual form: the number of its records, and the hashes they commit to.

    `picture` is the first one of the whole page: id and SHA-256.
    """

    records: int
    commitments: frozenset[str]
    picture: tuple[str, str]


class _Unusual(Exception):
    """Something is not of the usual form, or not as the event says."""


def regular_file(data: bytes, claim: Claim) -> Regular | None:
    """Return what the file of `claim` is, whose bytes are `data`, when nothing at all is to be found in it; else None.

    Size and hash of the whole are not looked at. Never raises.
    """
    try:
        return _judged(tuple(_records(data, claim)), claim)
    except (_Unusual, ValueError):  # a text that is not canonical, or cannot be, is a ValueError
        return None


def _records(data: bytes, claim: Claim) -> Iterator[UsualRecord]:
    """Yield the records that the event lists, each as it lists them; together they are all of `data`."""
    view = memoryview(data)
    at, left = 0, MAX_UNPACKED
    for stated in claim.records:
        length = stated.get("length")
        if stated.get("offset") != at or not isinstance(length, int):
            raise _Unusual
        span = view[at : at + length]
        record = usual_record(span, left)
        if record is None:
            raise _Unusual
        _need((record.id, record.type) == (stated.get("id"), stated.get("type")))
        _need(sha256(span).hexdigest() == stated.get("sha256"))
        _need(record.block_digest == digest_label(sha256_hex(record.block)))
        at += length
        left -= len(record.block)
        yield record
    _need(at == len(data))


def _judged(records: Sequence[UsualRecord], claim: Claim) -> Regular:
    _need(len(records) > 1 and len({record.id for record in records}) == len(records))
    first, *others, last = records
    _need(first.type == "warcinfo" and not any(against_warcinfo(first.block, claim)))
    _need(all(record.warcinfo == f"<{first.id}>" for record in records[1:]))
    _need(not any(record.payload_digest for record in records if record.type != "response"))
    exchanges = _Exchanges(claim)
    for record in others:
        if record.type == "resource":
            exchanges.end()
            _resource(record, claim, exchanges.answers)
        else:
            exchanges.take(record)
    exchanges.end()
    _need(exchanges.count == len(exchanges.stated) and exchanges.redactions == claim.data.get("redactions", 0))
    _summary(last, claim)
    return Regular(
        len(records), frozenset(exchanges.commitments), next(map(_named, filter(_is_picture, others)), NO_PICTURE)
    )


class _Exchanges:
    """The records of exchanges, in their order, and what they add up to."""

    def __init__(self, claim: Claim) -> None:
        self.stated = listed(claim.data.get("exchanges"))
        self.count = 0
        self.redactions = 0
        self.commitments: set[str] = set()
        self.answers = {""}  # the lines that may name one, and none
        self._claim = claim
        self._group: list[UsualRecord] = []
        self._over = False

    def take(self, record: UsualRecord) -> None:
        self._group.append(record)
        if record.type == "metadata":
            self._exchange(record)
            self._group = []

    def end(self) -> None:
        _need(not self._group)
        self._over = True

    def _exchange(self, metadata: UsualRecord) -> None:
        number, claim, group = self.count, self._claim, self._group
        self.count += 1
        _need(not self._over and number < len(self.stated) and tuple(record.type for record in group) in _EXCHANGES)
        _need(metadata.uri == item_uri(claim.case, claim.item, exchange_part(self.count)))
        facts = members(loads(metadata.block))
        _need(facts.get("schema") == EXCHANGE_SCHEMA)
        _need(number > 0 or facts.get("url") == claim.data.get("request_url"))
        self._declared(facts)
        for record in group:
            others = (other.id for other in group if other is not record)
            _need(record.concurrent == "".join(f"WARC-Concurrent-To: <{other}>\r\n" for other in others))
            _need(record.date == facts.get("started_at"))
            _need(record.ip == (members(facts.get("connection")).get("peer_ip") or ""))
            _need(record is metadata or record.uri == facts.get("url"))
        answered = group[0] if group[0].type == "response" else None
        _need(not any(against_event(facts, members(self.stated[number]), (answered or metadata).id)))
        _need(all(asks_for(record.block, facts) for record in group if record.type == "request"))
        if answered is None:
            _need(not members(facts.get("message")))
        else:
            _answer(answered, facts)
            self.answers.add(f"WARC-Concurrent-To: <{answered.id}>\r\n")

    def _declared(self, facts: dict[str, Json]) -> None:
        redactions = [members(entry) for entry in listed(facts.get("redactions"))]
        self.redactions += len(redactions)
        self.commitments |= {text for entry in redactions if isinstance(text := entry.get("commitment"), str)}


def _answer(record: UsualRecord, facts: dict[str, Json]) -> None:
    message = _read(record.block)
    _need(record.payload_digest in {"", digest_label(message.entity_sha256)})
    _need(
        not any(against_answer(facts, record.truncated, record.fidelity, message))
        and not any(against_entity(facts, message))
    )


def _read(block: bytes) -> Message:
    reader = ResponseReader()
    size = block.find(b"\r\n\r\n") + 4
    reader.feed(block[:size])  # by itself, so that what follows is taken as it is, without being put together
    reader.feed(block[size:])
    return reader.close(clean=True)


def _resource(record: UsualRecord, claim: Claim, answers: set[str]) -> None:
    _need(record.concurrent in answers)
    _need(record.uri.startswith(item_uri(claim.case, claim.item, "")) or bool(product_of(record.uri)))
    if claim.event == "item.imported":
        _need(claim.data.get("size") == len(record.block))
        _need(digest_label(str(claim.data.get("sha256"))) == record.block_digest)


def _is_picture(record: UsualRecord) -> bool:
    return record.type == "resource" and product_of(record.uri) == FULL_PAGE


def _named(record: UsualRecord) -> tuple[str, str]:
    return record.id, sha256_hex(record.block)


def _summary(record: UsualRecord, claim: Claim) -> None:
    """Hold the summary against what the writer makes of the event."""
    _need(record.type == "metadata" and not record.concurrent)
    _need(record.uri == item_uri(claim.case, claim.item, SUMMARY))
    kept = {"media_type"} if claim.event == "item.imported" else set()  # somebody said it; of an answer it is derived
    told = {name: value for name, value in claim.data.items() if name not in ONLY_IN_EVENT or name in kept}
    more = {"schema": SUMMARY_SCHEMA, "case": claim.case, "requested_sha256": claim.requested_sha256}
    _need(record.block == dumps({**told, **more}))


def _need(condition: bool) -> None:
    if not condition:
        raise _Unusual
