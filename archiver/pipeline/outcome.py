"""From what happened to the words of the record: the summary in the WARC, and the custody event made from the WARC.

The event is a function of the finished file and of the intent that it answers, so a file found after a crash gives the
very event that was not written (docs/spec/case-layout.md, "After a crash").
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from archiver import canon
from archiver.custody import events
from archiver.custody.log import Event, line_sha256, timestamp
from archiver.http.decode import decoded
from archiver.http.page import MAX_LANGUAGE, MAX_TITLE, may_be_page, read_page
from archiver.http.reader import ResponseReader
from archiver.model.exchange import Exchange, Fidelity
from archiver.model.http import Message
from archiver.model.item import RecordEntry, StoredFile
from archiver.pipeline.hops import BrowserOutcome, Hops, PostOutcome
from archiver.pipeline.parts import POST_PART, resource_of
from archiver.warc.profile import SUMMARY_SCHEMA
from archiver.warc.read import outline, read_block, summary_of

PAGE_BYTES = 1 << 20  # of the decoded answer: enough for any title; the rest is never looked at
PREFIX_BYTES = 3 << 20  # of the stored answer: a long head and as much body; more would cost seconds of reading

EVENT_OF = {
    "complete": "item.captured",
    "unconfirmed": "item.captured",
    "partial": "item.captured",
    "failed": "item.failed",
    "interrupted": "item.interrupted",
    "imported": "item.imported",
}
_ONLY_IN_SUMMARY = frozenset({"schema", "case", "requested_sha256"})

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowMark:
    """Which row of a list an item is for: `batch` is the log line that began the batch, the rest as in `Row`."""

    batch: int
    number: int
    digest: str
    occurrence: int


def intent(
    how: Literal["capture", "import"],
    item: int,
    *,
    url: str,
    request_url: str | None,
    note: str,
    tags: tuple[str, ...],
    settings: Data,
    row: RowMark | None = None,
) -> events.Body:
    """Return `item.requested`: for an import, `url` is the file's own name and there is no `request_url`.

    `row` says which row of which batch asked for it.
    """
    return "item.requested", {
        **({"row": asdict(row)} if row is not None else {}),
        "item": item,
        "how": how,
        "url": url,
        "request_url": request_url,
        "note": note,
        "tags": list(tags),
        "settings": settings,
        "settings_sha256": canon.sha256_hex(canon.dumps(settings)),
        "software": events.SOFTWARE,
    }


def summary_head(requested: Event) -> Data:
    """Return the members that tie a summary to the intent it answers: case, item, log line and that line's hash."""
    asked = requested.data
    return {
        "schema": SUMMARY_SCHEMA,
        "case": requested.case,
        "item": asked["item"],
        "requested": requested.seq,
        "requested_sha256": line_sha256(requested),
        "url": asked["url"],
        "note": asked["note"],
        "tags": asked["tags"],
        "software": asked["software"],
    }


def capture_summary(requested: Event, hops: Hops) -> Data:
    """Return the summary of a capture: what was asked, every exchange in a line, and what it amounts to."""
    answered = hops.standing_for
    message = answered.message if answered is not None else None
    data = summary_head(requested) | {
        "request_url": requested.data["request_url"],
        "outcome": hops.outcome,
        "reasons": list(hops.reasons),
        "final_url": (answered or hops.asked_last).address.url,
        "status": message.status if message is not None else None,
        "started_at": timestamp(min(exchange.started_at for exchange in hops.exchanges)),
        "ended_at": timestamp(max(exchange.ended_at for exchange in hops.exchanges)),
        "exchanges": [_exchange_line(exchange) for exchange in hops.exchanges],
        "redactions": sum(len(exchange.redactions) for exchange in hops.exchanges),
        "private": sorted({file.sha256 for exchange in hops.exchanges for file in exchange.private}),
    }
    if hops.outcome == "failed" and (failure := hops.asked_last.failure) is not None:
        data["failure"] = {"kind": failure.kind, "detail": failure.detail}
    if hops.outcome == "interrupted":
        data["reason"] = "stopped"
    if len(hops.tries) > 1:
        data["tries"] = list(hops.tries)
    if hops.post is not None:
        data["post"] = _post(hops.post)
    if hops.page is not None:
        page = hops.page
        counts = {"wanted": page.wanted, "came": page.came, "skipped": page.skipped}
        data["page"] = {"exchange": hops.number_of_page, **counts}
    if hops.browser is not None:
        data["browser"] = _browser(hops.browser, hops.exchanges)
    return data


def _browser(browser: BrowserOutcome, exchanges: tuple[Exchange, ...]) -> Data:
    told: Data = {
        "mode": browser.mode,
        "version": browser.version,
        "exchange": browser.own,
        "products": [each.part for each in browser.made],
        "short": list(browser.short),
        "unasked": browser.unasked,
    }
    if browser.mode == "proxy":
        return told
    answered = Counter(each.fidelity for each in exchanges if each.response is not None)
    counts = {name: answered[name] for name in get_args(Fidelity)}
    return told | {"fidelity": counts | {"missing": browser.missing}}


def _post(post: PostOutcome) -> Data:
    return {
        "platform": post.key.platform,
        "key": post.key.id,
        "kind": post.key.kind,
        "state": post.standing.state,
        "rule": post.standing.rule,
        "exchange": post.standing.exchange,
        "adapter": post.about.version,
        "adapter_sha256": post.digest,
    }


def import_summary(
    requested: Event, *, media_type: str, size: int, sha256: str, started_at: datetime, ended_at: datetime
) -> Data:
    """Return the summary of an import: the file's own name and stated source, and the hash of the bytes received."""
    return summary_head(requested) | {
        "outcome": "imported",
        "name": requested.data["url"],
        "source": requested.data["settings"]["source"],
        "media_type": media_type,
        "size": size,
        "sha256": sha256,
        "private": [],
        "started_at": timestamp(started_at),
        "ended_at": timestamp(ended_at),
    }


def outcome_event(
    summary: Mapping[str, Any], path: Path, file: StoredFile, records: tuple[RecordEntry, ...]
) -> events.Body:
    """Return name and data of the event that records the WARC at `path`, whose summary and records these are."""
    data = {key: value for key, value in summary.items() if key not in _ONLY_IN_SUMMARY}
    if "post" in summary:
        data |= post_facts(path, records, summary["post"]["exchange"])
    elif summary["outcome"] != "imported":
        shown = summary.get("page") or summary.get("browser")
        data |= page_facts(path, records, shown["exchange"] if shown is not None else None)
    data["file"] = events.stored(file)
    data["records"] = [
        {"id": each.id, "type": each.type, "offset": each.offset, "length": each.length, "sha256": each.sha256}
        for each in records
    ]
    return EVENT_OF[summary["outcome"]], data


def outcome_from_warc(path: Path, file: StoredFile, requested: Event) -> events.Body | None:
    """Return the event that a WARC found after a crash stands for, or None when it does not answer `requested`.

    The file has to be whole and sound, end with its summary, and name the very log line of the intent.
    """
    block = summary_of(path)
    if block is None:
        return None
    try:
        summary = canon.loads(block)
    except canon.NotCanonical:
        return None
    if not isinstance(summary, dict) or summary.get("outcome") not in EVENT_OF:
        return None
    if any(summary.get(key) != value for key, value in summary_head(requested).items()):
        return None
    return outcome_event(summary, path, file, outline(path))


def page_facts(path: Path, records: tuple[RecordEntry, ...], exchange: int | None = None) -> Data:
    """Return title, language and media type of an answer, read from the stored bytes; derived, never evidence.

    It is that of `exchange`, counted from 1, or by default the last one.
    """
    response = next((record for record in reversed(_before(records, exchange)) if record.type == "response"), None)
    if response is None:
        return {"title": None, "language": None, "media_type": None}
    message, entity = _beginning(read_block(path, response.offset, response.length))
    declared = message.value("content-type")
    copy = decoded(entity, b", ".join(message.values("content-encoding")), max_output=PAGE_BYTES)
    page = read_page(declared, copy.data, message.value("content-language"))
    media_type = declared.partition(b";")[0].strip().lower().decode("latin-1")[:100] if declared else None
    return {"title": page.title, "language": page.language, "media_type": media_type}


def _before(records: tuple[RecordEntry, ...], exchange: int | None) -> tuple[RecordEntry, ...]:
    """Return the records of the exchange with this number, which its metadata record ends; all of them for None."""
    if exchange is None:
        return records
    ends = [0, *(number for number, record in enumerate(records) if record.type == "metadata")]
    return records[ends[exchange - 1] : ends[exchange]] if 0 < exchange < len(ends) else ()


def post_facts(path: Path, records: tuple[RecordEntry, ...], exchange: int) -> Data:
    """Return the first line and the language of a post, read from the file: derived, never evidence.

    Where the post has none, those of the answer of `exchange`, which shows how it stands; of that one the media type.
    """
    page = page_facts(path, records, exchange)
    resource = resource_of(path, records, POST_PART)
    try:
        kept = (
            canon.loads(b"".join(read_block(path, resource.offset, resource.length))) if resource is not None else None
        )
    except canon.NotCanonical:
        kept = None
    post = _member(kept, "post")
    content = _member(post, "content")
    lines = [text.split("\n")[0] for text in (_member(post, "name"), _member(content, "text")) if isinstance(text, str)]
    language = _member(content, "language")
    title = next((line.strip()[:MAX_TITLE] for line in lines if line.strip()), None)
    told = {"title": title, "language": language[:MAX_LANGUAGE] if isinstance(language, str) else None}
    return page | {name: value for name, value in told.items() if value is not None}


def _member(value: canon.Json, name: str) -> canon.Json:
    return value.get(name) if isinstance(value, dict) else None


def _beginning(block: Iterable[bytes]) -> tuple[Message, list[bytes]]:
    """Return the head of an answer, and the entity where that may be a page, as far as `PREFIX_BYTES` reach."""
    reader = ResponseReader()
    entity: list[bytes] = []
    for piece in first_bytes(block, PREFIX_BYTES):
        entity += [data for _, data in reader.feed(piece)]
        if reader.headers is not None and not may_be_page(_first_value(reader.headers, b"content-type")):
            break
    message = reader.close(clean=True)
    return message, entity + [data for _, data in reader.late]


def _first_value(headers: tuple[tuple[bytes, bytes], ...], name: bytes) -> bytes | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _exchange_line(exchange: Exchange) -> Data:
    message = exchange.message
    lower: Data = {} if exchange.fidelity == "wire" else {"fidelity": exchange.fidelity}
    return lower | {
        "url": exchange.address.url,
        "status": message.status if message is not None else None,
        "peer_ip": exchange.connection.peer_ip,
        "end": message.end if message is not None else None,
        "truncated": exchange.truncated,
        "entity_sha256": message.entity_sha256 if message is not None else None,
        "entity_size": message.entity_size if message is not None else None,
        "failure": exchange.failure.kind if exchange.failure is not None else None,
        "anomalies": sorted({anomaly.name for anomaly in exchange.anomalies}),
    }


def first_bytes(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Yield the first `limit` bytes of `chunks`, and ask for no more."""
    for chunk in chunks:
        yield chunk[:limit]
        limit -= len(chunk)
        if limit <= 0:
            return
