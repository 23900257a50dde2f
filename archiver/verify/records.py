"""Does the WARC of an item say what its event says? Record by record, nothing held but the exchange in hand. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from archiver.canon import Json, NotCanonical, loads
from archiver.model.http import Message
from archiver.verify.claim import Claim, listed, members
from archiver.verify.exchange import against_answer, against_entity, against_event, asks_for
from archiver.verify.report import quoted
from archiver.warc.profile import EXCHANGE_SCHEMA, SUMMARY, SUMMARY_SCHEMA, item_uri, warcinfo_fields
from archiver.warc.scan import Record

ONLY_IN_SUMMARY = frozenset({"schema", "case", "requested_sha256"})
ONLY_IN_EVENT = frozenset({"file", "records", "title", "language", "media_type", "oldest_open"})

Remark = tuple[str, Record | None, str]  # check, record where it is about one, what differs


@dataclass(slots=True)
class Seen:
    """One record with what was read of its block: its beginning, and what the answer in it turned out to be."""

    record: Record
    block: bytes | None
    message: Message | None


class Comparison:
    """Give it every record of the file in order, then ask for the `end`; both yield remarks."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        records = claim.records
        self._index = {record.get("offset"): record for record in records}
        self._listed = len(records)
        self._events = [members(exchange) for exchange in listed(claim.data.get("exchanges"))]
        self._summary_uri = item_uri(claim.case, claim.item, SUMMARY)
        self._count = 0
        self._exchanges = 0
        self._redactions = 0
        self._group: dict[str, Seen] = {}
        self._last: Seen | None = None
        self.commitments: set[str] = set()

    def record(self, seen: Seen) -> Iterator[Remark]:
        """Yield where the next record differs from the event."""
        record = seen.record
        yield from self._indexed(record)
        self._count += 1
        self._last = seen
        if self._count == 1:
            yield from self._warcinfo(seen)
        elif record.head.type == "resource":
            yield from self._resource(seen)
        elif record.head.type == "metadata" and record.head.uri != self._summary_uri:
            yield from self._exchange(seen)
            self._group = {}
        else:
            self._group[record.head.type] = seen

    def end(self) -> Iterator[Remark]:
        """Yield what the whole file lacks."""
        for entry in self._index.values():
            where = f"byte {quoted(entry.get('offset'))}"
            yield "records", None, f"no record begins at {where}, where the event lists a {entry.get('type')} record"
        if self._count != self._listed:
            yield "records", None, f"{self._count} records are there, and the event lists {self._listed}"
        if self._exchanges < len(self._events):
            yield "records", None, f"{self._exchanges} exchanges are there, and the event lists {len(self._events)}"
        stated = self._claim.data.get("redactions", 0)
        if stated != self._redactions:
            yield (
                "records",
                None,
                f"{self._redactions} redactions are declared in it, and {quoted(stated)} in the event",
            )
        if self._last is None or self._last.record.head.uri != self._summary_uri:
            yield "records", None, "the summary record is not there"
        else:
            for difference in self._summary(self._last):
                yield "records", self._last.record, difference

    def _indexed(self, record: Record) -> Iterator[Remark]:
        stated = self._index.pop(record.offset, None)
        if stated is None:
            yield "records", record, "the event lists no record that begins there"
            return
        found: dict[str, Json] = {
            "id": record.head.id,
            "type": record.head.type,
            "length": record.length,
            "sha256": record.sha256,
        }
        for name, value in found.items():
            if stated.get(name) != value:
                yield "records", record, f"its {name} is {quoted(value)}, and {quoted(stated.get(name))} in the event"

    def _warcinfo(self, seen: Seen) -> Iterator[Remark]:
        for difference in against_warcinfo(seen.block or b"", self._claim):
            yield "records", seen.record, difference

    def _resource(self, seen: Seen) -> Iterator[Remark]:
        if self._claim.event != "item.imported":
            return
        for name, value in (("size", seen.record.block_size), ("sha256", seen.record.block_sha256)):
            stated = self._claim.data.get(name)
            if stated != value:
                yield (
                    "records",
                    seen.record,
                    f"{name} of the imported bytes is {value}, and {quoted(stated)} in the event",
                )

    def _exchange(self, seen: Seen) -> Iterator[Remark]:
        number = self._exchanges
        self._exchanges += 1
        facts = _facts(seen, EXCHANGE_SCHEMA)
        if isinstance(facts, str):
            yield "records", seen.record, facts
            return
        redactions = [members(entry) for entry in listed(facts.get("redactions"))]
        self._redactions += len(redactions)
        self.commitments |= {text for entry in redactions if isinstance(text := entry.get("commitment"), str)}
        if number >= len(self._events):
            yield "records", seen.record, "the event does not list this exchange"
        else:
            for difference in against_event(facts, self._events[number], self._answer_id(seen)):
                yield "records", seen.record, f"exchange {number + 1}: {difference}"
        if number == 0 and facts.get("url") != self._claim.data.get("request_url"):
            yield "records", seen.record, f"{quoted(facts.get('url'))} was asked for, not the address in the event"
        yield from _against_records(facts, seen, self._group)

    def _answer_id(self, seen: Seen) -> str:
        return self._group.get("response", seen).record.head.id

    def _summary(self, seen: Seen) -> Iterator[str]:
        facts = _facts(seen, SUMMARY_SCHEMA)
        if isinstance(facts, str):
            yield facts
            return
        if facts.get("case") != self._claim.case:
            yield f"the summary is of case {quoted(facts.get('case'))}"
        if facts.get("requested_sha256") != self._claim.requested_sha256:
            yield "the summary names another log line as the one that requested the item"
        said = {name: value for name, value in facts.items() if name not in ONLY_IN_SUMMARY}
        event = {name: value for name, value in self._claim.data.items() if name in said or name not in ONLY_IN_EVENT}
        for name in sorted(said.keys() | event.keys()):
            if name not in said or name not in event:
                yield f"{quoted(name)} stands only in the {'summary' if name in said else 'event'}"
            elif said[name] != event[name]:
                yield f"{quoted(name)} is {quoted(said[name])} in the summary and {quoted(event[name])} in the event"


def against_warcinfo(block: bytes, claim: Claim) -> Iterator[str]:
    """Yield where the warcinfo `block` speaks of another profile, case or item."""
    lines = block.decode("utf-8", "backslashreplace").split("\r\n")
    fields = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    wanted = dict(warcinfo_fields(claim.case, claim.item))
    for name in ("profile", "isPartOf", "item"):
        if fields.get(name) != wanted[name]:
            yield f"its {name} is {quoted(fields.get(name))}, and this is {wanted[name]}"


def _facts(seen: Seen, schema: str) -> dict[str, Json] | str:
    if seen.block is None:
        return "its block is larger than any that is read"
    try:
        value = loads(seen.block)
    except NotCanonical as exc:
        return f"its block is not canonical JSON: {exc}"
    facts = members(value)
    return facts if facts.get("schema") == schema else f"its schema is {quoted(facts.get('schema'))}, not {schema}"


def _against_records(facts: dict[str, Json], metadata: Seen, group: dict[str, Seen]) -> Iterator[Remark]:
    peer = members(facts.get("connection")).get("peer_ip") or ""
    for seen in (*group.values(), metadata):
        head = seen.record.head
        if head.value("WARC-Date") != facts.get("started_at"):
            yield (
                "records",
                seen.record,
                f"it is dated {quoted(head.value('WARC-Date'))}, and the exchange began at another time",
            )
        if head.value("WARC-IP-Address") != peer:
            yield (
                "records",
                seen.record,
                f"it names {quoted(head.value('WARC-IP-Address'))}, and {quoted(peer)} was the other end",
            )
        if seen is not metadata and head.uri != facts.get("url"):
            yield (
                "records",
                seen.record,
                f"it is about {quoted(head.uri)}, and {quoted(facts.get('url'))} was asked for",
            )
    response, request = group.get("response"), group.get("request")
    if response is not None:
        head = response.record.head
        stated = head.value("WARC-Truncated"), head.value("Archiver-Fidelity")
        for difference in against_answer(facts, *stated, response.message):
            yield "records", response.record, difference
        for difference in against_entity(facts, response.message):
            yield "digests", response.record, difference
    elif members(facts.get("message")):
        yield "records", metadata.record, "it describes an answer, and there is no response record"
    if request is not None and not asks_for(request.block or b"", facts):
        yield "records", request.record, "its first line asks for something else than the address of the exchange"
