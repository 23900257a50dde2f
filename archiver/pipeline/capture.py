"""A link becomes evidence: intent, exchanges, WARC, event; in that order, each durable before the next."""

from collections.abc import Callable
from pathlib import Path

from archiver.capture.cookies import CookieJar, load_cookies
from archiver.capture.request import WireRequest, build_request
from archiver.capture.wire import Wire
from archiver.config.values import bounded
from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import ExitCode
from archiver.model.address import Address
from archiver.model.exchange import Exchange
from archiver.pipeline.cases import open_case
from archiver.pipeline.hops import Hops, follow
from archiver.pipeline.options import CaptureOptions, settings_record
from archiver.pipeline.outcome import capture_summary, intent
from archiver.pipeline.record import preserve
from archiver.runtime import Runtime


def capture(
    path: Path,
    address: Address,
    options: CaptureOptions,
    *,
    runtime: Runtime,
    stop: Callable[[], bool] = lambda: False,
) -> Event:
    """Capture `address` into the case at `path` and return the event that records the outcome.

    When this returns, WARC, event and folders are synced. A page that is gone, a refusal, a failed name or handshake
    are outcomes, not errors. `stop` is asked at least twice a second; once it says yes, what has arrived is recorded.

    Raises `CaseError` and `StorageError` when the case cannot be written, `ConfigError` when case.yaml is not the one
    on record; nothing is acknowledged then.
    """
    with open_case(path, runtime) as store:
        return capture_item(store, address, options, runtime=runtime, stop=stop)


def capture_item(
    store: CaseStore, address: Address, options: CaptureOptions, *, runtime: Runtime, stop: Callable[[], bool]
) -> Event:
    """Capture `address` as the next item of an open case; see `capture`."""
    item = store.next_item()
    wire = Wire(runtime, options.route, options.limits, spool=lambda: store.spool_path(item))
    jar = load_cookies(options.cookies) if options.cookies is not None else CookieJar()
    _request(address, options, jar, runtime, address)  # refuses what cannot be sent before anything is on record
    body = intent(
        "capture",
        item,
        url=address.submitted,
        request_url=address.url,
        note=bounded(options.note, "note"),
        tags=tuple(bounded(tag, "tag") for tag in options.tags),
        settings=settings_record(options),
    )
    requested = store.append(*body)
    hops = _hops(wire, address, options, jar, runtime, stop)
    return preserve(
        store,
        requested,
        capture_summary(requested, hops),
        exchanges=hops.exchanges,
        resources=(),
        runtime=runtime,
    )


def exit_code_of(event: Event) -> ExitCode:
    """Return what a command that made this outcome exits with."""
    if event.event == "item.interrupted":
        return ExitCode.INTERRUPTED
    if event.event == "item.failed":
        return ExitCode.NOTHING_PRESERVED
    return ExitCode.PARTLY_PRESERVED if event.data["outcome"] == "partial" else ExitCode.OK


def _hops(
    wire: Wire,
    address: Address,
    options: CaptureOptions,
    jar: CookieJar,
    runtime: Runtime,
    stop: Callable[[], bool],
) -> Hops:
    left = options.limits.max_bytes
    deadline = runtime.clock.monotonic() + options.limits.max_time

    def fetch(target: Address) -> tuple[Exchange, str]:
        nonlocal jar, left
        now = runtime.clock.now()
        cookie = jar.header(target, now).decode("latin-1")
        request = _request(target, options, jar, runtime, address)
        exchange = wire.exchange(request, deadline=deadline, stop=stop, max_bytes=left)
        left -= exchange.response.size if exchange.response is not None else 0
        message = exchange.unmasked or exchange.message
        if message is not None:
            jar = jar.updated(target, message.values("set-cookie"), now)
        return exchange, cookie

    return follow(address, fetch, options.limits.max_redirects)


def _request(target: Address, options: CaptureOptions, jar: CookieJar, runtime: Runtime, first: Address) -> WireRequest:
    return build_request(
        target,
        now=runtime.clock.now(),
        user_agent=options.user_agent,
        accept_language=options.accept_language,
        headers=options.headers,
        cookies=jar,
        first=first,
    )
