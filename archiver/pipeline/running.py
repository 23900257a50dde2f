"""One try as it goes on: its exchanges one after the other, and which hosts want to be left alone meanwhile."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archiver.capture.cookies import CookieJar
from archiver.capture.request import WireRequest
from archiver.model.address import Address
from archiver.model.exchange import Exchange
from archiver.model.platform import Target
from archiver.pipeline.hops import Hops, follow
from archiver.pipeline.options import BrowserOptions
from archiver.pipeline.retry import Heard, hear, host_of
from archiver.pipeline.video import video
from archiver.platforms.registry import built_in, platform_of
from archiver.runtime import Runtime

if TYPE_CHECKING:
    from archiver.pipeline.attempt import Attempt

TICK = 0.2  # seconds between two looks at whether to stop
FIRST_ERROR = 400
MAX_SILENT = 2  # times in a row that a host is asked without an answer for what one page needs

Hear = Callable[[Exchange, bool], None]
"""Told of each exchange while its headers are still there, and whether the time of the whole try was over by then."""


@dataclass(slots=True)
class Run:
    """The exchanges of one try: cookies, bytes and time are those of the whole item."""

    attempt: "Attempt"
    runtime: Runtime
    stop: Callable[[], bool]
    hear: Hear
    jar: CookieJar = field(init=False)
    left: int = field(init=False)
    deadline: float = field(init=False)
    heard: Heard | None = None  # what the last exchange said
    silent: dict[str, int] = field(default_factory=dict)  # how often in a row a host could not be reached
    left_alone: dict[str, float] = field(default_factory=dict)  # until when (monotonic) a host wants to be
    pause: Callable[[], None] = field(init=False, default=lambda: None)

    def __post_init__(self) -> None:
        limits = self.attempt.options.limits
        self.jar, self.left = self.attempt.cookies, limits.max_bytes
        self.deadline = self.runtime.clock.monotonic() + limits.max_time

    def over(self) -> bool:
        """Whether nothing more may be asked: a limit was reached, or somebody stopped."""
        return self.stop() or self.runtime.clock.monotonic() >= self.deadline or self.left <= 0

    def refused(self, target: Target) -> bool:
        """Whether the host of a target wants to be left alone; one that wants it for a while is waited for."""
        until = self.left_alone.get(host_of(Address.parse(target.url)), -math.inf)
        if until >= self.deadline:
            return True
        _wait(self.runtime, until - self.runtime.clock.monotonic(), self.over)
        return False

    def note(self, heard: Heard, status: int) -> None:
        """Note that a host refused, for as long as this item takes; or that it has nothing left for so many seconds."""
        challenged = heard.reason == "challenge" and self.attempt.options.page  # of a post its adapter says so
        if heard.reason == "busy" or challenged or (heard.wait is not None and status >= FIRST_ERROR):
            self.left_alone[heard.host] = math.inf
        elif heard.wait is not None:
            self.left_alone[heard.host] = self.runtime.clock.monotonic() + heard.wait

    def note_silence(self, heard: Heard) -> None:
        """Note that a host gave no answer; after the second time in a row it is not asked any more."""
        if heard.strain not in {"none", "ok"}:
            self.silent[heard.host] = self.silent.get(heard.host, 0) + 1
            if self.silent[heard.host] >= MAX_SILENT:
                self.left_alone[heard.host] = math.inf

    def needs_of(self, page: Hops) -> Hops:
        """Return `page` with the exchanges for all that it needs (docs/spec/page-requisites.md)."""
        from archiver.pipeline.page import with_needs  # parsers that only pages with their needs take

        if self.heard is not None and self.heard.strain in {"overloaded", "challenging"}:
            self.left_alone[self.heard.host] = math.inf  # a host in trouble is not asked for a hundred things more
        return with_needs(
            page,
            self.attempt.options.rules,
            lambda target: self.target(target, Address.parse(target.url)),
            over=self.over,
            stopped=self.stop,
            refused=self.refused,
            watched=self.watched,
        )

    def browsed(self, options: BrowserOptions) -> Hops:
        """Return every exchange that showing the page in a browser makes; without a browser that comes up, those of the
        address alone (docs/spec/browser.md)."""
        from archiver.pipeline.browsing import Sight, browsed, unbrowsed  # only for those who want one

        attempt = self.attempt
        sight = Sight(
            attempt.address,
            options,
            attempt.options,
            self.jar,
            self.runtime,
            self.deadline,
            self.stop,
            self.watched,
            attempt.spool,
        )
        shown = browsed(sight)
        if shown is not None:
            return shown
        return unbrowsed(self.target(Target("", attempt.address.submitted), attempt.address), sight)

    def watched(self, address: Address) -> bool:
        """Whether opponents of the case may see that `address` is asked for: of a platform that nobody said yes to."""
        platform = platform_of(address.host)
        plan, options = self.attempt.plan, self.attempt.options
        meant = (platform_of(self.attempt.address.host), plan.subject.key.platform if plan is not None else "")
        return platform not in ("", *meant, *options.posts.contact) and bool(built_in(platform).about.watched)

    def target(self, target: Target, first: Address) -> Hops:
        """Return the exchanges of a target, which asks for `first`, and of what it leads to."""
        if target.video:
            return self.video(first)

        def fetch(hop: Address) -> tuple[Exchange, str]:
            return self.made(hop, self.attempt.request(target, hop, self.jar, self.runtime))

        most = self.attempt.options.limits.max_redirects if target.redirects else None
        return follow(first, fetch, most, self.watched)

    def video(self, page: Address) -> Hops:
        """Return the exchanges that the program for media makes for `page` (docs/spec/media.md)."""
        return video(
            page,
            self,
            self.attempt.options,
            home=self.attempt.address,
            runtime=self.runtime,
            pause=self.pause,
            place=self.attempt.spool,
            stop=self.stop,
            watched=self.watched,
        )

    def made(self, hop: Address, request: WireRequest, max_bytes: int | None = None) -> tuple[Exchange, str]:
        """Make one exchange, and return it with the cookies that the request carried."""
        now = self.runtime.clock.now()
        cookie = self.jar.header(hop, now).decode("latin-1")
        exchange = self.attempt.wire.exchange(
            request,
            deadline=self.deadline,
            stop=self.stop,
            max_bytes=self.left if max_bytes is None else min(self.left, max_bytes),
            settle=self.attempt.reads,
        )
        self.left -= exchange.response.size if exchange.response is not None else 0
        message = exchange.unmasked or exchange.message
        if message is not None:
            self.jar = self.jar.updated(hop, message.values("set-cookie"), now)
        self.hear(exchange, self.runtime.clock.monotonic() >= self.deadline)
        if self.attempt.plan is not None or self.attempt.options.page:
            self.heard = hear(exchange, now)
            if message is not None:
                self.silent.pop(self.heard.host, None)
                self.note(self.heard, message.status or 0)
            elif self.attempt.plan is None:
                self.note_silence(self.heard)
        return exchange, cookie


@dataclass(frozen=True, slots=True)
class Pause:
    """Waits between two requests of a post as long as its platform is to be left alone, or until time is up."""

    runtime: Runtime
    seconds: float
    over: Callable[[], bool]

    def __call__(self) -> None:
        _wait(self.runtime, self.seconds * (1 + self.runtime.chance() / 4), self.over)


def _wait(runtime: Runtime, seconds: float, over: Callable[[], bool]) -> None:
    while seconds > 0 and not over():
        with runtime.waits():
            runtime.sleep(min(seconds, TICK))
        seconds -= TICK
