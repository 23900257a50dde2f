"""What a WARC of ours must look like beyond the standard: order, dates, fields (docs/spec/warc-profile.md). Pure."""

import re
from collections.abc import Iterator

from archiver.warc.head import Head, Oddity, shown
from archiver.warc.links import MAX_TRACKED
from archiver.warc.profile import (
    FIDELITIES,
    FIELD_ORDER,
    HTTP_REQUEST,
    HTTP_RESPONSE,
    JSON,
    SUMMARY,
    VERSION,
    WARC_FIELDS,
    exchange_part,
    item_uri,
    product_of,
)
from archiver.warc.scan import Record

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ID = re.compile(r"<urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}>")
_CONTENT = {"warcinfo": WARC_FIELDS, "request": HTTP_REQUEST, "response": HTTP_RESPONSE, "metadata": JSON}
_FIRST_OF_EXCHANGE = {"response": 0, "request": 1, "metadata": 2}


class Order:
    """Judges the records of one item in order; give it each record, then ask for the `end`."""

    def __init__(self, case: str, item: int) -> None:
        self._case = case
        self._item = item
        self._warcinfo = ""
        self._group: list[Record] = []
        self._exchanges = 0
        self._seen = 0
        self._resources = False
        self._summary = 0
        self._answers: set[str] = set()

    def record(self, record: Record) -> Iterator[Oddity]:
        """Yield what is odd about the next record, as (problem name, detail)."""
        self._seen += 1
        head = record.head
        if not head.regular:
            yield from _form(record)
        if self._seen == 1:
            self._warcinfo = head.id
            if head.type != "warcinfo":
                yield ("profile-order", "the first record is not the warcinfo record")
            return
        if head.values("WARC-Warcinfo-ID") != (f"<{self._warcinfo}>",):
            yield ("profile-field", f"WARC-Warcinfo-ID: {shown(head.value('WARC-Warcinfo-ID'))}")
        if self._summary:
            yield ("profile-order", "a record follows the summary")
        yield from self._place(record)

    def end(self) -> Iterator[Oddity]:
        """Yield what is missing at the end of the file."""
        if not self._summary:
            yield ("profile-order", "the file does not end with its summary record, so it is not complete")
        elif self._group:
            yield ("profile-order", "the last exchange has no metadata record")

    def _place(self, record: Record) -> Iterator[Oddity]:
        head = record.head
        if head.type == "metadata" and head.uri == item_uri(self._case, self._item, SUMMARY):
            self._summary = record.number
        elif head.type == "resource":
            self._resources = True
            if not head.uri.startswith(item_uri(self._case, self._item, "")) and not product_of(head.uri):
                yield ("profile-field", f"WARC-Target-URI: {shown(head.uri)}")
            yield from self._beside(head)
        elif head.type in _FIRST_OF_EXCHANGE:
            if self._resources:
                yield ("profile-order", "an exchange follows the resources")
            yield from self._exchange(record)
        else:
            yield ("profile-type", f"the type is {shown(head.type)}")

    def _beside(self, head: Head) -> Iterator[Oddity]:
        """Yield what is odd about the answer that a resource names."""
        named = head.values("WARC-Concurrent-To")
        all_known = len(self._answers) < MAX_TRACKED
        if len(named) > 1 or (all_known and not self._answers.issuperset(named)):
            yield ("profile-field", "WARC-Concurrent-To in the resource record does not name one answer")

    def _exchange(self, record: Record) -> Iterator[Oddity]:
        if record.head.type == "response" and len(self._answers) < MAX_TRACKED:
            self._answers.add(f"<{record.head.id}>")
        rank = _FIRST_OF_EXCHANGE[record.head.type]
        if self._group and _FIRST_OF_EXCHANGE[self._group[-1].head.type] >= rank:
            yield ("profile-order", f"a {record.head.type} record stands where the metadata of an exchange must be")
            self._group.clear()
        self._group.append(record)
        if record.head.type != "metadata":
            return
        self._exchanges += 1
        if record.head.uri != item_uri(self._case, self._item, exchange_part(self._exchanges)):
            yield ("profile-field", f"WARC-Target-URI: {shown(record.head.uri)}")
        yield from _together(self._group)
        self._group = []


def _form(record: Record) -> Iterator[Oddity]:
    head = record.head
    if head.version != VERSION:
        yield ("profile-field", f"the version is {shown(head.version)}")
    for name, pattern in (("WARC-Record-ID", _ID), ("WARC-Date", _DATE), ("WARC-Block-Digest", _DIGEST)):
        if pattern.fullmatch(head.value(name)) is None:
            yield ("profile-field", f"{name}: {shown(head.value(name))}")
    if head.values("WARC-Payload-Digest") and _DIGEST.fullmatch(head.value("WARC-Payload-Digest")) is None:
        yield ("profile-field", f"WARC-Payload-Digest: {shown(head.value('WARC-Payload-Digest'))}")
    fidelity = head.values("Archiver-Fidelity")
    if fidelity and (head.type != "response" or fidelity[0] not in FIDELITIES):
        yield ("profile-field", f"Archiver-Fidelity: {shown(fidelity[0])}")
    wanted = _CONTENT.get(head.type)
    if wanted is not None and head.value("Content-Type") != wanted:
        yield ("profile-field", f"Content-Type: {shown(head.value('Content-Type'))}")
    for name in dict.fromkeys(name for name, _ in head.fields):
        if name not in FIELD_ORDER:
            yield ("profile-field", f"{shown(name)} does not belong there")


def _together(group: list[Record]) -> Iterator[Oddity]:
    """Yield where the records of one exchange do not name each other, or differ in their date."""
    ids = {record.head.id for record in group}
    for record in group:
        others = {f"<{other}>" for other in ids - {record.head.id}}
        if set(record.head.values("WARC-Concurrent-To")) != others:
            yield ("profile-field", f"WARC-Concurrent-To in the {record.head.type} record does not name the others")
    if len({record.head.value("WARC-Date") for record in group}) > 1:
        yield ("profile-field", "the records of one exchange have different dates")
