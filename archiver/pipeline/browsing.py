"""A page as a person saw it: a browser shows it, and every request of it is made by us and kept.

What the browser makes of the page (pictures, text, the tree of its elements) is kept beside the exchanges. A browser
that fails costs what it would have made, never what was kept by then.
"""

import contextlib
import socket
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from archiver.browser.authority import Authority
from archiver.browser.cdp import Trouble
from archiver.browser.cookies import BrowserCookie, profile_cookies
from archiver.browser.gate import Gate
from archiver.browser.netlog import Heard as Overheard
from archiver.browser.netlog import exchanges_of
from archiver.browser.page import VisitSettings, visit
from archiver.browser.process import Browser
from archiver.browser.values import Asked, Visit
from archiver.capture.blind import Blind
from archiver.capture.cookies import CookieJar
from archiver.capture.recordable import recordable
from archiver.capture.secrets import Secret
from archiver.capture.tls import spki_sha256
from archiver.capture.wire import Wire
from archiver.errors import StorageError, UsageError
from archiver.model.address import Address
from archiver.pipeline.hops import BrowserOutcome, Hops
from archiver.pipeline.options import BrowserOptions, CaptureOptions
from archiver.pipeline.recorder import Heard, Recorder
from archiver.pipeline.shown import hops_of
from archiver.runtime import Runtime

_DRAIN: Final = 30.0  # seconds for all answers together that the browser has given up
_END: Final = 5.0  # seconds for the end of what is cut
_LOGGED: Final = 15.0  # seconds for a browser to end its log
_TICK: Final = 0.05


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
    waits = sight.runtime.waits
    alone = replace(sight, runtime=replace(sight.runtime, waits=nullcontext))  # many threads wait, and one is counted
    with waits():
        heard, seen = _recorded(alone) if sight.browser.mode == "proxy" else _overheard(alone)
    if not heard.exchanges:
        return None
    return hops_of(
        heard,
        seen,
        BrowserOutcome(sight.browser.mode, version=sight.browser.program.version),
        watched=sight.watched,
        place=sight.place,
        now=sight.runtime.clock.now(),
        stopped=sight.stop(),
    )


def unbrowsed(alone: Hops, sight: Sight) -> Hops:
    """Return `alone`, the exchanges for the address that were made without a browser, as what came of wanting one."""
    browser = BrowserOutcome(
        sight.browser.mode,
        asked=len(alone.exchanges),
        own=max((n for n, each in enumerate(alone.exchanges, 1) if each.response is not None), default=0),
        version=sight.browser.program.version,
        short=("failed",),
    )
    if alone.outcome in {"complete", "unconfirmed", "partial"}:
        return replace(alone, outcome="partial", reasons=(*alone.reasons, "browser-failed"), browser=browser)
    return replace(alone, browser=browser)


def _recorded(sight: Sight) -> tuple[Heard, Visit]:
    """Show the page through a gate behind which we ask."""
    recorder = _recorder(sight)
    authority = Authority.fresh(sight.runtime)
    with Gate(recorder, authority, sight.runtime) as gate:
        seen = _visited(sight, gate.port, recorder, trusted=authority.spki_sha256)
        _drained(recorder, sight)
        for each in gate.refusals:
            recorder.leave(Asked("", each.url, ()), f"gate-{each.status}")
    if recorder.refused is not None:
        raise recorder.refused
    return recorder.heard(), seen


def _overheard(sight: Sight) -> tuple[Heard, Visit]:
    """Show the page through a gate that passes TLS on unread, and read what was said from the browser's own log.

    The log lies outside the case, in the browser's own folder, and goes with it whatever becomes of us: secrets stand
    in it. The limit on bytes is also one on what tunnels bring.
    """
    recorder, route = _recorder(sight), sight.options.route
    dial = Blind(sight.runtime, route, sight.options.limits, deadline=sight.deadline, stop=recorder.over)

    reached: dict[tuple[str, int], Address] = {}

    def blind(host: str, port: int) -> socket.socket:
        address = Address.parse(f"https://{f'[{host}]' if ':' in host else host}:{port}/")
        if sight.watched(address):
            recorder.leave(Asked("CONNECT", address.url, ()), "watched")
            raise PermissionError(address.netloc)
        recorder.wake(host)
        sock = dial(host, port)
        reached.setdefault((address.host, address.port), address)
        return sock

    told = Overheard(())

    def settle() -> None:
        if sight.address.scheme == "http" and recorder.refused is None:
            recorder.ask_home()
        _drained(recorder, sight)

    def read(log: Path) -> None:
        nonlocal told
        settle()
        told = exchanges_of(
            log,
            gate=gate.port,
            place=sight.place,
            reached=dial.reached,
            insecure=route.insecure,
            max_bytes=recorder.left,
            role="",
        )

    flags = ("--ignore-certificate-errors",) if route.insecure else ()
    trusted = spki_sha256(route.ca_pem) if route.ca_pem is not None else ""
    with Gate(recorder, Authority.fresh(sight.runtime), sight.runtime, blind=blind) as gate:

        def full() -> bool:
            return gate.carried > recorder.left

        seen = _visited(sight, gate.port, recorder, trusted=trusted, extra=flags, read=read, full=full)
        settle()
        if full():
            seen = replace(seen, short=(*seen.short, "too-large"))
    if recorder.refused is not None:
        raise recorder.refused
    answered = {(each.address.host, each.address.port) for each in told.exchanges}
    for there in [address for key, address in reached.items() if key not in answered]:
        recorder.leave(Asked("CONNECT", there.url, ()), "tunnel")  # that it was called shall be known
    asked = recorder.heard()
    nonce = sight.runtime.ids.nonce
    safe = (
        recorder.hiding.exchange(recordable(each, recorder.secrets, salt=nonce(), spool=sight.place))
        for each in told.exchanges
    )
    short = tuple(dict.fromkeys((*seen.short, *told.short)))
    return asked.beside(tuple(safe), sight.address), replace(seen, short=short)


def _recorder(sight: Sight) -> Recorder:
    wire = Wire(sight.runtime, sight.options.route, sight.options.limits, spool=sight.place)
    return Recorder(
        wire,
        sight.address,
        sight.options,
        sight.jar.secrets,
        sight.runtime.clock,
        sight.deadline,
        sight.stop,
        sight.watched,
        first=sight.browser.mode == "proxy" or sight.address.scheme == "http",
    )


def _drained(recorder: Recorder, sight: Sight) -> None:
    """Wait for what the browser has given up, within limits, and end it then."""
    recorder.let_go()
    _wait(sight.runtime, _DRAIN, lambda: not recorder.busy() or sight.stop())
    recorder.cut()
    _wait(sight.runtime, _END, lambda: not recorder.busy())


def _wait(runtime: Runtime, seconds: float, done: Callable[[], bool]) -> None:
    until = runtime.clock.monotonic() + seconds
    while not done() and runtime.clock.monotonic() < until:
        runtime.sleep(_TICK)


def _visited(
    sight: Sight,
    port: int,
    recorder: Recorder,
    *,
    trusted: str,
    extra: tuple[str, ...] = (),
    read: Callable[[Path], None] | None = None,
    full: Callable[[], bool] = lambda: False,
) -> Visit:
    """Show the page; a browser that does not start has shown nothing. Who wants to `read` its log is given it whole."""
    given, options = sight.browser, sight.options
    wanted = Browser(
        given.program,
        sight.runtime,
        trusted=trusted,
        agent=options.agent,
        languages=_languages(options.accept_language),
        profile=given.profile,
        extra=extra,
        logged=read is not None,
    )
    with contextlib.ExitStack() as stack:
        try:
            browser = stack.enter_context(wanted)
        except (UsageError, StorageError):  # it lies on another disk than the case
            return Visit(short=("failed",))
        try:
            cookies = _cookies(sight.jar)
            if given.profile is not None:
                its = profile_cookies(browser)
                told = (Secret("Cookie", each.value.encode("utf-8", "replace")) for each in its)
                recorder.hold(tuple((each.domain, secret) for each, secret in zip(its, told, strict=True)))
                recorder.wake(sight.address.host)
                cookies = (*its, *cookies)
            seen = _without(
                recorder,
                visit(
                    browser,
                    sight.address.url,
                    port=port,
                    quiet_for=recorder.quiet_for,
                    place=sight.place,
                    stop=lambda: recorder.over() or full(),
                    until=sight.deadline,
                    settings=VisitSettings(cookies=cookies, veil=lambda part, data: recorder.hiding.words(part, data)),
                ),
            )
            if read is not None:
                with contextlib.suppress(Trouble):
                    browser.link.call("Browser.close", timeout=_END)
                _wait(sight.runtime, _LOGGED, lambda: _ended(browser.log))
                if browser.log.exists():
                    read(browser.log)
            return seen
        except Trouble:
            return Visit(short=("failed",))


def _without(recorder: Recorder, seen: Visit) -> Visit:
    """Return `seen` without secrets in addresses, titles, and what scripts said."""
    hide = recorder.hiding
    return replace(
        seen,
        final_url=hide.text(seen.final_url),
        title=hide.text(seen.title),
        documents=tuple(map(hide.text, seen.documents)),
        info={name: hide.told(told) for name, told in seen.info.items()},
    )


def _ended(log: Path) -> bool:
    """Whether a browser has written the end of its log."""
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16))
        return file.read().rstrip().endswith(b"}")
    return False


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
            each.http_only,
        )
        for each in jar.cookies
    )
