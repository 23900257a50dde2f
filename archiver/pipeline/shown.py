"""What showing a page in a browser comes to: which exchanges showed the page itself, what the item amounts to, and what
of the browser's own making is kept beside them (docs/spec/browser.md). Nothing here asks anybody."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from archiver.browser.journal import MAX_ADDRESS
from archiver.browser.values import Visit
from archiver.canon import Json, dumps, sha256_hex
from archiver.capture.talk import MEDIA_TYPE, kept_talk, talk_part
from archiver.model.address import Address
from archiver.model.exchange import Blob, Exchange
from archiver.model.http import Message
from archiver.model.item import Resource
from archiver.pipeline.hops import BrowserOutcome, Hops, Outcome, chained, judged
from archiver.pipeline.parts import INFO_PART
from archiver.pipeline.recorder import Heard
from archiver.requisites.values import ROLE
from archiver.warc.profile import JSON, PRODUCTS, product_uri

OTHERS: Final = f"{ROLE}browser"
"""The role of what a page asked for in a browser; what shows the page itself has none."""
LIMITS: Final = "page-limits"
DOWNLOAD: Final = "download"
NOT_SHOWN: Final = "not-shown"

_SOCKET: Final = re.compile(r"\Aws(s?)://")
_VIEWED: Final = (b"json", b"xml", b"javascript")
_GRAVE: Final = (
    frozenset(  # what is here is less than was to be seen; the rest says how far an endless page was followed
        {NOT_SHOWN, "crashed", "hung", "failed", "browser-gone", "out-of-time"}
        | {"log-torn", "connection-unreadable", "too-many", "too-large", "request-cut"}
    )
)


def hops_of(
    heard: Heard,
    seen: Visit,
    browser: BrowserOutcome,
    *,
    watched: Callable[[Address], bool],
    place: Callable[[], Path],
    now: datetime,
    stopped: bool,
) -> Hops:
    """Return what `heard`, of which the first exchange is that of the address of the item, and `seen` come to.

    `browser` says which browser it was; `place` gives a path for what is too large for memory. Raises `StorageError`.
    """
    numbers = _chain(heard.exchanges, seen.documents)
    chain, outcome, reasons = chained([heard.exchanges[number - 1] for number in numbers], watched)
    own = dict(zip(numbers, chain, strict=True))
    exchanges = tuple(
        own[number] if number in own else replace(judged(each, each.address.odd), role=OTHERS)
        for number, each in enumerate(heard.exchanges, 1)
    )
    answered = next((number for number in reversed(numbers) if exchanges[number - 1].response is not None), 0)
    short = _short(seen.short, heard.exchanges[answered - 1]) if answered else ()
    own_url = exchanges[(answered or numbers[-1]) - 1].address.url
    asked = tuple(_numbered(seen.info.get("requests"), exchanges))
    made = (
        *_products(seen, own_url, answered, in_any_case=browser.mode == "direct"),
        *_talks(heard, place),
        _info(own_url, seen, heard, asked, answered, now),
    )
    outcome, reasons = _amount(outcome, reasons, short, heard, stopped=stopped)
    told = replace(
        browser,
        asked=numbers[-1],
        own=answered,
        made=made,
        unasked=len(heard.unasked) + heard.unnamed,
        short=short,
        missing=_missing(asked, exchanges),
    )
    return Hops(exchanges, outcome, reasons, browser=told)


def _amount(
    outcome: Outcome, reasons: tuple[str, ...], short: tuple[str, ...], heard: Heard, *, stopped: bool
) -> tuple[Outcome, tuple[str, ...]]:
    """Return what the page comes to, given what the browser could not do with it."""
    lacking = tuple(f"browser-{name}" for name in short if name in _GRAVE or name.startswith("no-"))
    if outcome == "partial" and NOT_SHOWN in short:
        lacking = ()  # it is said already why it was not
    if any(each.why == "limits" for each in heard.unasked):
        lacking = (*lacking, LIMITS)
    if stopped:
        return "interrupted", reasons if outcome == "interrupted" else (*reasons, "interrupted")
    if lacking and outcome in {"complete", "unconfirmed", "partial"}:
        return "partial", (*reasons, *lacking)
    return outcome, reasons


def _short(said: tuple[str, ...], shown: Exchange) -> tuple[str, ...]:
    """Return what the browser could not do, told once: of what was not shown nothing could be made."""
    if NOT_SHOWN not in said and DOWNLOAD not in said:
        return said
    is_file = DOWNLOAD in said or (shown.message is not None and _is_file(shown.message))
    others = (name for name in said if name not in {NOT_SHOWN, DOWNLOAD} and not name.startswith("no-"))
    return (DOWNLOAD if is_file else NOT_SHOWN, *others)


def _is_file(answer: Message) -> bool:
    """Return whether browsers keep an answer as a file and show nothing (RFC 6266 §4.2, and types without a viewer)."""
    if not 200 <= (answer.status or 0) < 300:
        return False
    kind = (answer.value("content-type") or b"").partition(b";")[0].strip().lower()
    attached = (answer.value("content-disposition") or b"").strip().lower().startswith(b"attachment")
    return attached or (kind.startswith((b"application/", b"font/", b"model/")) and not kind.endswith(_VIEWED))


def _chain(exchanges: tuple[Exchange, ...], documents: tuple[str, ...]) -> list[int]:
    """Return the numbers of the exchanges that showed the page: the one for its address, then as the browser went."""
    where: dict[str, list[int]] = defaultdict(list)
    for number, exchange in enumerate(exchanges, 1):
        where[_cut(exchange.address.url)].append(number)
    plain = [_cut(url) for url in documents]
    found = [1]
    for url in plain[1:] if plain[:1] == [_cut(exchanges[0].address.url)] else plain:
        later = [number for number in where[url] if number > found[-1]]
        found += later[:1]
    last = exchanges[found[-1] - 1]
    if last.failure is not None:  # browsers try once more by themselves
        again = (n for n in where[_cut(last.address.url)] if n > found[-1] and exchanges[n - 1].response is not None)
        found[-1] = next(again, found[-1])
    return found


def _cut(url: str) -> str:
    """Return as much of an address as a browser's account has of it."""
    return url[:MAX_ADDRESS].partition("#")[0]


def _products(seen: Visit, url: str, own: int, *, in_any_case: bool) -> tuple[Resource, ...]:
    """Return what the browser made of a page that was answered; of its own words for a failure there is nothing.

    `in_any_case` says that a page may have been shown of which no answer is on record.
    """
    if not own and not (in_any_case and seen.final_url):
        return ()
    return tuple(
        Resource(each.part, each.media_type, each.created_at, each.blob, product_uri(each.part, url), own)
        for each in seen.products
        if each.part in PRODUCTS and each.part != INFO_PART
    )


def _talks(heard: Heard, place: Callable[[], Path]) -> Iterator[Resource]:
    for number, talk in heard.talks:
        kept = kept_talk(talk, place)
        yield Resource(talk_part(number), MEDIA_TYPE, talk.ended_at, kept, of=number)


def _info(url: str, seen: Visit, heard: Heard, asked: tuple[Json, ...], own: int, now: datetime) -> Resource:
    unasked: list[Json] = [{"url": each.url, "method": each.method, "why": each.why} for each in heard.unasked]
    told = seen.info | {"requests": list(asked), "unasked": unasked, "unasked_unnamed": heard.unnamed}
    data = dumps(told)
    return Resource(INFO_PART, JSON, now, Blob(len(data), sha256_hex(data), data), product_uri(INFO_PART, url), own)


def _numbered(asked: Json, exchanges: Sequence[Exchange]) -> Iterator[Json]:
    """Yield what the browser says that it asked, each with the number of the exchange that was made of it, 0 for none.

    The same request twice is told apart by the order, which is all that a browser and a proxy have in common.
    """
    made: dict[tuple[str, str], deque[int]] = defaultdict(deque)
    for number, exchange in enumerate(exchanges, 1):
        made[exchange.method, _cut(exchange.address.url)].append(number)
    for each in asked if isinstance(asked, list) else ():
        if isinstance(each, dict):
            url = _SOCKET.sub(r"http\1://", str(each.get("address")))  # how a WebSocket is asked for (RFC 6455 §3)
            there = made[str(each.get("method")), _cut(url)]
            own = each.get("from") == "network"
            yield {**each, "exchange": there.popleft() if there and own else 0}


def _missing(asked: Sequence[Json], exchanges: Sequence[Exchange]) -> int:
    """Return how many answers a browser got of which nothing is on record."""
    told = (each for each in asked if isinstance(each, dict) and not each.get("exchange"))
    web = (each for each in told if str(each.get("address")).startswith(("http://", "https://")))
    got = sum(1 for each in web if each.get("from") == "network" and each.get("outcome") == "loaded")
    return got + sum(1 for each in exchanges if each.failure is not None and each.failure.kind == "unrecorded")
