"""A page as a person saw it: a browser shows it, and every request of it is made by us and kept.

What the browser makes of the page (pictures, text, the tree of its elements) is kept beside the exchanges. A browser
that fails costs what it would have made, never what was kept by then.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from archiver.browser.authority import Authority
from archiver.browser.cdp import Trouble
from archiver.browser.cookies import BrowserCookie, profile_cookies
from archiver.browser.gate import Gate
from archiver.browser.page import VisitSettings, visit
from archiver.browser.process import Browser
from archiver.browser.values import Visit
from archiver.canon import Json, dumps, sha256_hex
from archiver.capture.cookies import CookieJar
from archiver.capture.secrets import Secret
from archiver.capture.talk import kept_talk
from archiver.capture.wire import Wire
from archiver.errors import UsageError
from archiver.model.address import Address, sendable
from archiver.model.exchange import NEUTRAL_USER_AGENT, Blob, Exchange
from archiver.model.http import Message
from archiver.model.item import Resource
from archiver.pipeline.hops import BrowserOutcome, Hops, chained, judged
from archiver.pipeline.options import BrowserOptions, CaptureOptions
from archiver.pipeline.recorder import Heard, Recorder
from archiver.requisites.values import ROLE
from archiver.runtime import Runtime
from archiver.warc.profile import JSON, PRODUCTS

OTHERS: Final = f"{ROLE}browser"
"""The role of what a page asked for in a browser; what shows the page itself has none."""
LIMITS: Final = "page-limits"
INFO: Final = "page-info"
DOWNLOAD: Final = "download"
NOT_SHOWN: Final = "not-shown"

_DRAIN: Final = 30.0  # seconds for all answers together that the browser has given up
_END: Final = 5.0  # seconds for the end of what is cut
_TICK: Final = 0.05
_VIEWED: Final = (b"json", b"xml", b"javascript")
_GRAVE: Final = frozenset(
    {NOT_SHOWN, "crashed", "hung", "failed", "browser-gone", "out-of-time"}
)  # what is there is less than was to be seen; the rest says how far a page without an end was followed


@dataclass(frozen=True, slots=True)
class Sight:
    """What showing a page needs: its address, the browser, and what the item was asked for with.

    `place` gives a fresh path on the disk of the case, `deadline` is monotonic time. No address that is `watched` is
    asked.
    """

    address: Address
    browser: BrowserOptions
    options: CaptureOptions
    jar: CookieJar
    runtime: Runtime
    deadline: float
    stop: Callable[[], bool]
    watched: Callable[[Address], bool]
    place: Callable[[], Path]


def browsed(sight: Sight) -> Hops | None:
    """Return every exchange that showing the page made, and what the browser made of it; None where nothing was asked,
    for want of a browser that comes up.

    Raises `StorageError`; nothing else that the network, the page or the browser does raises.
    """
    alone = replace(sight.runtime, waits=nullcontext)  # many threads wait here, and whoever lets others work counts one
    wire = Wire(alone, sight.options.route, sight.options.limits, spool=sight.place)
    recorder = Recorder(
        wire, sight.address, sight.options, sight.jar.secrets, alone.clock, sight.deadline, sight.stop, sight.watched
    )
    authority = Authority.fresh(alone)
    with sight.runtime.waits(), Gate(recorder, authority, alone) as gate:
        seen = _visited(sight, gate.port, authority.spki_sha256, recorder, alone)
        _drained(recorder, alone, sight.stop)
    if recorder.refused is not None:
        raise recorder.refused
    heard = recorder.heard()
    return _hops(sight, heard, seen, alone) if heard.exchanges else None


def _visited(sight: Sight, port: int, trusted: str, recorder: Recorder, runtime: Runtime) -> Visit:
    """Show the page; a browser that does not start has shown nothing."""
    given, options = sight.browser, sight.options
    agent = "" if options.user_agent == NEUTRAL_USER_AGENT else options.user_agent
    try:
        with Browser(
            given.program,
            runtime,
            trusted=trusted,
            agent=agent,
            languages=_languages(options.accept_language),
            profile=given.profile,
        ) as browser:
            cookies = _cookies(sight.jar)
            if given.profile is not None:
                its = profile_cookies(browser)
                recorder.secrets += tuple(Secret("Cookie", each.value.encode("utf-8", "replace")) for each in its)
                cookies = (*its, *cookies)
            return visit(
                browser,
                sight.address.url,
                port=port,
                quiet_for=recorder.quiet_for,
                place=sight.place,
                stop=recorder.over,
                until=sight.deadline,
                settings=VisitSettings(cookies=cookies),
            )
    except (UsageError, Trouble):
        return Visit(short=("failed",))


def _languages(accepted: str) -> str:
    """Return the languages of an Accept-Language without their weights, which a browser puts there by itself."""
    return ",".join(name for each in accepted.split(",") if (name := each.partition(";")[0].strip()) not in {"", "*"})


def _cookies(jar: CookieJar) -> tuple[BrowserCookie, ...]:
    return tuple(
        BrowserCookie(
            each.name.decode("utf-8", "replace"),
            each.value.decode("utf-8", "replace"),
            each.domain,
            each.path,
            each.secure,
            each.host_only,
            each.expires,
        )
        for each in jar.cookies
    )


def unbrowsed(alone: Hops, sight: Sight) -> Hops:
    """Return `alone`, the exchanges for the address that were made without a browser, as what came of wanting one."""
    number = max((n for n, each in enumerate(alone.exchanges, 1) if each.response is not None), default=0)
    browser = BrowserOutcome(
        sight.browser.mode,
        asked=len(alone.exchanges),
        own=number,
        version=sight.browser.program.version,
        short=("failed",),
    )
    if alone.outcome in {"complete", "unconfirmed", "partial"}:
        return replace(alone, outcome="partial", reasons=(*alone.reasons, "browser-failed"), browser=browser)
    return replace(alone, browser=browser)


def _drained(recorder: Recorder, runtime: Runtime, stop: Callable[[], bool]) -> None:
    """Wait for what the browser has given up, within limits, and end it then."""
    recorder.let_go()
    _wait(runtime, _DRAIN, lambda: not recorder.busy() or stop())
    recorder.cut()
    _wait(runtime, _END, lambda: not recorder.busy())


def _wait(runtime: Runtime, seconds: float, done: Callable[[], bool]) -> None:
    until = runtime.clock.monotonic() + seconds
    while not done() and runtime.clock.monotonic() < until:
        runtime.sleep(_TICK)


def _hops(sight: Sight, heard: Heard, seen: Visit, runtime: Runtime) -> Hops:
    numbers = _chain(heard.exchanges, seen.documents)
    chain, outcome, reasons = chained([heard.exchanges[number - 1] for number in numbers], sight.watched)
    own = dict(zip(numbers, chain, strict=True))
    exchanges = tuple(
        own[number] if number in own else replace(judged(each, each.address.odd), role=OTHERS)
        for number, each in enumerate(heard.exchanges, 1)
    )
    answered = next((number for number in reversed(numbers) if exchanges[number - 1].response is not None), 0)
    short = _short(seen.short, heard.exchanges[answered - 1]) if answered else ()
    lacking = tuple(f"browser-{name}" for name in short if name in _GRAVE or name.startswith("no-"))
    lacking = () if outcome == "partial" and NOT_SHOWN in short else lacking  # it is said already why it was not
    if any(each.why == "limits" for each in heard.unasked):
        lacking = (*lacking, LIMITS)
    if outcome in {"complete", "unconfirmed"} and lacking:
        outcome = "partial"
    if outcome == "partial":
        reasons = (*reasons, *lacking)
    if sight.stop() and outcome != "interrupted":
        outcome, reasons = "interrupted", (*reasons, "interrupted")
    made = (
        *_products(seen, answered, runtime),
        *_talks(heard, sight.place),
        *_info(sight, seen, heard, answered, runtime),
    )
    browser = BrowserOutcome(
        "proxy",
        asked=numbers[-1],
        own=answered,
        version=sight.browser.program.version,
        made=made,
        unasked=len(heard.unasked) + heard.unnamed,
        short=short,
    )
    return Hops(exchanges, outcome, reasons, browser=browser)


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
        where[exchange.address.url].append(number)
    plain = [url.partition("#")[0] for url in documents]
    found = [1]
    for url in plain[1:] if plain[:1] == [exchanges[0].address.url] else plain:
        later = [number for number in where[url] if number > found[-1]]
        found += later[:1]
    last = exchanges[found[-1] - 1]
    if last.failure is not None:  # browsers try once more by themselves
        again = (n for n in where[last.address.url] if n > found[-1] and exchanges[n - 1].response is not None)
        found[-1] = next(again, found[-1])
    return found


def _products(seen: Visit, own: int, runtime: Runtime) -> tuple[Resource, ...]:
    """Return what the browser made of a page that was answered; of its own words for a failure there is nothing."""
    if not own:
        return ()
    return tuple(
        Resource(each.part, each.media_type, each.created_at, each.blob, _uri(each.part, seen.final_url), own)
        for each in seen.products
        if each.part in PRODUCTS and each.part != INFO
    )


def _talks(heard: Heard, place: Callable[[], Path]) -> Iterator[Resource]:
    for number, talk in heard.talks:
        kept = kept_talk(talk, place)
        yield Resource(f"websocket-{number:06d}", "application/jsonl", talk.ended_at, kept, of=number)


def _info(sight: Sight, seen: Visit, heard: Heard, own: int, runtime: Runtime) -> tuple[Resource, ...]:
    unasked: list[Json] = [{"url": each.url, "method": each.method, "why": each.why} for each in heard.unasked]
    asked = seen.info.get("requests")
    numbered: list[Json] = list(_numbered(asked, heard.exchanges)) if isinstance(asked, list) else []
    told: dict[str, Json] = {
        **seen.info,
        "requests": numbered,
        "unasked": unasked,
        "unasked_unnamed": heard.unnamed,
    }
    data = dumps(told)
    url = seen.final_url or sight.address.url
    blob = Blob(len(data), sha256_hex(data), data)
    return (Resource(INFO, JSON, runtime.clock.now(), blob, _uri(INFO, url), own),)


def _numbered(asked: Sequence[Json], exchanges: tuple[Exchange, ...]) -> Iterator[Json]:
    """Yield what the browser says that it asked, each with the number of the exchange that was made of it, 0 for none.

    The same request twice is told apart by the order, which is all that a browser and a proxy have in common.
    """
    made: dict[tuple[str, str], deque[int]] = defaultdict(deque)
    for number, exchange in enumerate(exchanges, 1):
        made[exchange.method, exchange.address.url].append(number)
    for each in asked:
        if isinstance(each, dict):
            there = made[str(each.get("method")), str(each.get("address")).partition("#")[0]]
            own = each.get("from") == "network"
            yield {**each, "exchange": there.popleft() if there and own else 0}


def _uri(part: str, url: str) -> str:
    return f"urn:{PRODUCTS[part]}:{sendable(url.partition('#')[0].encode('utf-8', 'replace'))}"
