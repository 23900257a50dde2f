"""A link becomes evidence: intent, exchanges, WARC, event; in that order, each durable before the next."""

from collections.abc import Callable
from pathlib import Path

from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import ExitCode
from archiver.model.address import Address
from archiver.pipeline.attempt import Attempt, asked
from archiver.pipeline.cases import open_case
from archiver.pipeline.dating import UNDATED, Dating
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.outcome import capture_summary
from archiver.pipeline.record import stored
from archiver.runtime import Runtime


def capture(
    path: Path,
    address: Address,
    options: CaptureOptions,
    *,
    runtime: Runtime,
    stop: Callable[[], bool] = lambda: False,
    dating: Dating = UNDATED,
) -> Event:
    """Capture `address` into the case at `path` and return the event that records the outcome.

    When this returns, WARC, event and folders are synced. A page that is gone, a refusal, a failed name or handshake
    are outcomes, not errors. `stop` is asked at least twice a second; once it says yes, what has arrived is recorded.
    `dating` is settled before the outcome is appended, when the WARC is durable.

    Raises `CaseError` and `StorageError` when the case cannot be written, `ConfigError` when case.yaml is not the one
    on record; nothing is acknowledged then.
    """
    with open_case(path, runtime) as store:
        return capture_item(store, address, options, runtime=runtime, stop=stop, dating=dating)


def capture_item(
    store: CaseStore,
    address: Address,
    options: CaptureOptions,
    *,
    runtime: Runtime,
    stop: Callable[[], bool],
    dating: Dating = UNDATED,
) -> Event:
    """Capture `address` as the next item of an open case; see `capture`."""
    item = store.next_item()
    options = options.alone()
    attempt = Attempt.prepared(address, options, spool=lambda: store.spool_path(item), runtime=runtime)
    requested = store.append(*asked(item, address, options))
    hops = attempt.hops(runtime=runtime, stop=stop)
    summary = capture_summary(requested, hops)
    for exchange in hops.exchanges:
        for private in exchange.private:
            store.put_private(private)
    outcome = stored(
        store.shelf,
        requested,
        summary,
        exchanges=hops.exchanges,
        runtime=runtime,
        resources=hops.browser.made if hops.browser is not None else (),
        post=attempt.makes_post(hops),
        page=attempt.makes_page(hops),
        media=hops.media,
    )
    dating.settle(store, stop)
    return store.append(*outcome)


def exit_code_of(event: Event) -> ExitCode:
    """Return what a command that made this outcome exits with."""
    return exit_code_for(event.data["outcome"])


def exit_code_for(outcome: str) -> ExitCode:
    """Return what a command exits with that made an item with this `outcome`."""
    if outcome == "interrupted":
        return ExitCode.INTERRUPTED
    if outcome == "failed":
        return ExitCode.NOTHING_PRESERVED
    return ExitCode.PARTLY_PRESERVED if outcome == "partial" else ExitCode.OK
