"""What an adapter sees of an exchange: made from the stored answer alone, fresh from the wire or years later."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from archiver import canon
from archiver.canon import Json
from archiver.http.decode import decoded
from archiver.http.parse import entity_pieces
from archiver.http.reader import ResponseReader
from archiver.model.address import MAX_ADDRESS
from archiver.model.exchange import Exchange
from archiver.model.item import RecordEntry
from archiver.model.media import ROLE as VIDEO
from archiver.model.platform import Seen
from archiver.platforms.contract import MAX_BODY, MAX_SEEN, NO_TEXT
from archiver.requisites.values import LEADING, ROLE
from archiver.warc.profile import EXCHANGE_SCHEMA

_REMEMBERED = frozenset({b"content-type", b"location"})  # of heads of which there may be thousands, each of 8 MiB

Block = Callable[[RecordEntry], Iterable[bytes]]
"""Gives the pieces of the block of a record."""


def fresh(number: int, exchange: Exchange, record: str = "", *, left: int) -> Seen:
    """Return what is seen of exchange `number`; `record` is the id of its response record, where one was drawn.

    `left` is how many bytes of the item may still be seen.
    """
    answer = exchange.response
    seen = Seen(
        number,
        exchange.role,
        exchange.address.url,
        0,
        whole=exchange.truncated is None,
        failure=exchange.failure.kind if exchange.failure is not None else "",
        record=record,
    )
    if answer is None or not answer.size or exchange.message is None:
        return seen
    message = exchange.message
    whole = seen.whole and message.end != "cut"
    entity = replace(seen, whole=whole, size=message.entity_size, sha256=message.entity_sha256)
    return _answered(entity, exchange.method, answer.chunks, left)


def all_fresh(exchanges: Iterable[tuple[int, Exchange, str]]) -> Iterator[Seen]:
    """Yield what is seen of exchanges, each with its number and the id of its response record, in order."""
    left = MAX_SEEN
    for number, exchange, record in exchanges:
        seen = fresh(number, exchange, record, left=left)
        left -= len(seen.body)
        yield seen


def stored(records: Iterable[RecordEntry], block: Block, first: int = 1) -> Iterator[Seen]:
    """Yield what is seen of the exchanges in a WARC of ours, in order: just what `fresh` gave before it was written.

    Those before the exchange with the number `first` belong to earlier tries, and are left out.

    Raises `canon.NotCanonical` where the metadata of an exchange cannot be read, and what `block` raises.
    """
    answer: RecordEntry | None = None
    number, left = 0, MAX_SEEN
    for record in records:
        if record.type == "response":
            answer = record
        elif record.type == "metadata":
            facts = canon.loads(b"".join(block(record)))
            if isinstance(facts, dict) and facts.get("schema") == EXCHANGE_SCHEMA:
                number += 1
                if number >= first:
                    seen = _told(number, facts, answer.id if answer is not None else "")
                    if answer is not None:
                        seen = _answered(seen, str(facts.get("method")), partial(block, answer), left)
                    left -= len(seen.body)
                    yield seen
            answer = None


def _told(number: int, facts: dict[str, Json], record: str) -> Seen:
    failure, message = facts.get("failure"), facts.get("message")
    entity = message if isinstance(message, dict) else {}
    return Seen(
        number,
        str(facts.get("role") or ""),
        str(facts.get("url")),
        0,
        whole=facts.get("truncated") is None and entity.get("end") != "cut",
        failure=str(failure.get("kind")) if isinstance(failure, dict) else "",
        record=record,
        size=int(str(entity.get("entity_size") or 0)),
        sha256=str(entity.get("entity_sha256") or ""),
    )


def _answered(seen: Seen, method: str, chunks: Callable[[], Iterable[bytes]], left: int) -> Seen:
    reader = ResponseReader(method)
    for chunk in chunks():
        reader.feed(chunk)
        if reader.headers is not None:
            break
    message = reader.close(clean=True)
    many = seen.role == VIDEO or seen.role.startswith(ROLE)
    seen = replace(seen, status=message.status or 0, headers=_remembered(message.headers) if many else message.headers)
    if not _is_read(seen):
        return seen
    coding = b", ".join(message.values("content-encoding"))
    copy = decoded(entity_pieces(chunks(), method), coding, max_output=min(MAX_BODY, left))
    return replace(seen, body=copy.data, whole=seen.whole and copy.complete)


def _remembered(headers: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[bytes, bytes], ...]:
    """Return what is remembered of the head of one of thousands of answers: what it is, and where it leads."""
    told: dict[bytes, tuple[bytes, bytes]] = {}
    for name, value in headers:
        if name.lower() in _REMEMBERED:
            told.setdefault(name.lower(), (name, value[: MAX_ADDRESS + 1]))  # too long an address stays too long
    return tuple(told.values())


def _is_read(seen: Seen) -> bool:
    """Return whether anybody looks into this answer: no picture is, but for drawings that name what they need."""
    needed = seen.role.removeprefix(ROLE) if seen.role.startswith(ROLE) else ""
    if seen.role == VIDEO or (needed and needed not in LEADING):
        return False
    kind = seen.header("content-type").lower()
    drawing = kind.startswith("image/svg+xml") and (not seen.role or bool(needed))
    return drawing or not kind.startswith(NO_TEXT)
