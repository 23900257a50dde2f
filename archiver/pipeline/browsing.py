"""A page as a person saw it: a browser shows it, and every request of it is made by us and kept.

What the browser makes of the page (pictures, text, the tree of its elements) is kept beside the exchanges. A browser
that fails costs what it would have made, never what was kept by then.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from archiver.browser.authority import Authority
from archiver.browser.cdp import Trouble
from archiver.browser.gate import Gate
from archiver.browser.page import BrowserCookie, VisitSettings, visit
from archiver.browser.process import Browser
from archiver.browser.values import Visit
from archiver.canon import Json, dumps, sha256_hex
from archiver.capture.cookies import CookieJar
from archiver.capture.secrets import Secret
from archiver.capture.wire import Wire
from archiver.errors import UsageError
from archiver.http.websocket import talk_document
from archiver.model.address import Address
from archiver.model.exchange import NEUTRAL_USER_AGENT, Blob, Exchange
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

_DRAIN: Final = 30.0  # seconds for all answers together that the browser has given up
_END: Final = 5.0  # seconds for the end of what is cut
_TICK: Final = 0.05
_GRAVE: Final = frozenset(
    {"not-shown", "crashed", "hung", "failed", "browser-gone", "out-of-time"}
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
                its = _of_profile(browser)
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


def _of_profile(browser: Browser) -> tuple[BrowserCookie, ...]:
    """Return the cookies that the browser has brought along."""
    told = browser.link.call("Storage.getCookies", timeout=_END).get("cookies")
    found = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    return tuple(
        BrowserCookie(
            str(each.get("name")),
            str(each.get("value")),
            str(each.get("domain")).removeprefix("."),
            str(each.get("path")),
            each.get("secure") is True,
            not str(each.get("domain")).startswith("."),
            None if each.get("session") is True else int(float(str(each.get("expires")))),
        )
        for each in found
    )


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
    short = seen.short if answered else ()
    shown = DOWNLOAD not in short  # else the answer is all there is
    lacking = tuple(f"browser-{name}" for name in short if shown and (name in _GRAVE or name.startswith("no-")))
    if any(each.why == "limits" for each in heard.unasked):
        lacking = (*lacking, LIMITS)
    if outcome in {"complete", "unconfirmed"} and lacking:
        outcome = "partial"
    if outcome == "partial":
        reasons = (*reasons, *lacking)
    if sight.stop() and outcome != "interrupted":
        outcome, reasons = "interrupted", (*reasons, "interrupted")
    made = (*_products(seen, answered, runtime), *_talks(heard, runtime), *_info(sight, seen, heard, answered, runtime))
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


def _chain(exchanges: tuple[Exchange, ...], documents: tuple[str, ...]) -> list[int]:
    """Return the numbers of the exchanges that showed the page: the one for its address, then as the browser went."""
    where: dict[str, list[int]] = defaultdict(list)
    for number, exchange in enumerate(exchanges, 1):
        where[exchange.address.url].append(number)
    found = [1]
    for url in documents:
        later = [number for number in where[url.partition("#")[0]] if number > found[-1]]
        found += later[:1]
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


def _talks(heard: Heard, runtime: Runtime) -> Iterable[Resource]:
    for number, talk in heard.talks:
        blob = talk_document(talk)
        yield Resource(f"websocket-{number:06d}", "application/jsonl", runtime.clock.now(), blob, of=number)


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
    return f"urn:{PRODUCTS[part]}:{url}"
