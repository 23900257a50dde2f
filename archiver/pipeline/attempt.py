"""One try at one address: everything is understood before the first packet leaves, then the redirects are followed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from archiver.capture.cookies import CookieJar, load_cookies
from archiver.capture.keep import Spool
from archiver.capture.request import WireRequest, build_request
from archiver.capture.wire import Wire
from archiver.config.values import bounded
from archiver.custody.events import Body
from archiver.model.address import Address
from archiver.model.exchange import Exchange
from archiver.pipeline.hops import Hops, follow
from archiver.pipeline.options import CaptureOptions, settings_record
from archiver.pipeline.outcome import RowMark, intent
from archiver.runtime import Runtime

Hear = Callable[[Exchange, bool], None]
"""Told of each exchange while its headers are still there, and whether the time of the whole try was over by then."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An address that can be fetched, as often as need be; each time with the cookies it began with."""

    address: Address
    options: CaptureOptions
    wire: Wire
    cookies: CookieJar

    @classmethod
    def prepared(cls, address: Address, options: CaptureOptions, *, spool: Spool, runtime: Runtime) -> "Attempt":
        """Return what is needed to fetch `address`; `spool` gives a fresh path for an answer.

        Raises `UsageError` and `ConfigError` for options that cannot be used or sent, before anything is on record.
        """
        attempt = cls.known(address, options, spool=spool, runtime=runtime)
        attempt.request(address, attempt.cookies, runtime)
        bounded(options.note, "note")
        for tag in options.tags:
            bounded(tag, "tag")
        return attempt

    @classmethod
    def known(cls, address: Address, options: CaptureOptions, *, spool: Spool, runtime: Runtime) -> "Attempt":
        """Do what `prepared` does, for an address and options that it has let pass before."""
        wire = Wire(runtime, options.route, options.limits, spool=spool)
        cookies = _cookies(options.cookies) if options.cookies is not None else CookieJar()
        return cls(address, options, wire, cookies)

    def hops(
        self, *, runtime: Runtime, stop: Callable[[], bool], hear: Hear = lambda exchange, out_of_time: None
    ) -> Hops:
        """Fetch the address and the redirects behind it. Nothing that the network does raises.

        `stop` is asked at least twice a second; once it says yes, what has arrived is the end of it.
        """
        jar, left = self.cookies, self.options.limits.max_bytes
        deadline = runtime.clock.monotonic() + self.options.limits.max_time

        def fetch(target: Address) -> tuple[Exchange, str]:
            nonlocal jar, left
            now = runtime.clock.now()
            cookie = jar.header(target, now).decode("latin-1")
            request = self.request(target, jar, runtime)
            exchange = self.wire.exchange(request, deadline=deadline, stop=stop, max_bytes=left)
            left -= exchange.response.size if exchange.response is not None else 0
            message = exchange.unmasked or exchange.message
            if message is not None:
                jar = jar.updated(target, message.values("set-cookie"), now)
            hear(exchange, runtime.clock.monotonic() >= deadline)
            return exchange, cookie

        return follow(self.address, fetch, self.options.limits.max_redirects)

    def request(self, target: Address, jar: CookieJar, runtime: Runtime) -> WireRequest:
        """Return the request for `target`, on the way from the address. Raises `UsageError` for what cannot be sent."""
        return build_request(
            target,
            now=runtime.clock.now(),
            user_agent=self.options.user_agent,
            accept_language=self.options.accept_language,
            headers=self.options.headers,
            cookies=jar,
            first=self.address,
        )


def asked(item: int, address: Address, options: CaptureOptions, row: RowMark | None = None) -> Body:
    """Return the `item.requested` that must be on record before `Attempt.hops`."""
    return intent(
        "capture",
        item,
        url=address.submitted,
        request_url=address.url,
        note=options.note,
        tags=options.tags,
        settings=_settings(replace(options, note="", tags=())),
        row=row,
    )


@lru_cache(maxsize=8)  # a batch has one and the same for nearly all of its rows
def _settings(options: CaptureOptions) -> dict[str, Any]:
    return settings_record(options)


@lru_cache(maxsize=8)  # a batch has one file for thousands of rows
def _cookies(text: str) -> CookieJar:
    return load_cookies(text)
