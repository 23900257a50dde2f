"""One try at one address: everything is understood before the first packet leaves, then the redirects are followed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from archiver.capture.cookies import CookieJar, load_cookies
from archiver.capture.request import WireRequest, build_request, is_home
from archiver.capture.secrets import Secret, is_secret_header
from archiver.capture.wire import Wire
from archiver.config.values import bounded
from archiver.custody.events import Body
from archiver.keep import Spool
from archiver.model.address import Address
from archiver.model.exchange import Exchange
from archiver.model.platform import Access, Target
from archiver.pipeline.hops import Hops
from archiver.pipeline.options import CaptureOptions, settings_record
from archiver.pipeline.outcome import RowMark, intent
from archiver.pipeline.posts import Plan, ask, document_of, page_document, planned
from archiver.pipeline.record import MakesPost
from archiver.pipeline.retry import host_of
from archiver.pipeline.running import Hear, Pause, Run
from archiver.pipeline.seeing import all_fresh
from archiver.platforms.registry import subject_of
from archiver.requisites.values import ROLE
from archiver.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Attempt:
    """An address that can be fetched, as often as need be; each time with the cookies it began with.

    `plan` is there where the address means a post that an adapter knows how to ask for.
    """

    address: Address
    options: CaptureOptions
    wire: Wire
    cookies: CookieJar
    plan: Plan | None
    spool: Spool

    @classmethod
    def prepared(cls, address: Address, options: CaptureOptions, *, spool: Spool, runtime: Runtime) -> "Attempt":
        """Return what is needed to fetch `address`; `spool` gives a fresh path for an answer.

        Raises `UsageError` and `ConfigError` for options that cannot be used or sent, before anything is on record.
        """
        attempt = cls.known(address, options, spool=spool, runtime=runtime)
        for target in attempt.plan.first if attempt.plan is not None else (_page(address),):
            attempt.request(target, Address.parse(target.url), attempt.cookies, runtime)
        bounded(options.note, "note")
        for tag in options.tags:
            bounded(tag, "tag")
        return attempt

    @classmethod
    def known(cls, address: Address, options: CaptureOptions, *, spool: Spool, runtime: Runtime) -> "Attempt":
        """Do what `prepared` does, for an address and options that it has let pass before."""
        wire = Wire(runtime, options.route, options.limits, spool=spool)
        cookies = _cookies(options.cookies) if options.cookies is not None else CookieJar()
        return cls(address, options, wire, cookies, plan_of(address, options), spool)

    def hops(
        self, *, runtime: Runtime, stop: Callable[[], bool], hear: Hear = lambda exchange, out_of_time: None
    ) -> Hops:
        """Fetch the address and the redirects behind it, and what the page needs where the options say so; or what its
        post asks for. Nothing the network does raises.

        `stop` is asked at least twice a second; once it says yes, what has arrived is the end of it.
        """
        run = Run(self, runtime, stop, hear)
        if self.options.browser is not None:
            return run.browsed(self.options.browser)
        if self.plan is None:
            page = run.target(_page(self.address), self.address)
            return run.needs_of(page) if self.options.page else page
        run.pause = pause = Pause(runtime, self.plan.subject.adapter.about.spacing, run.over)
        return ask(
            self.plan,
            lambda target: run.target(target, Address.parse(target.url)),
            pause,
            over=run.over,
            stopped=stop,
            refused=run.refused,
            watched=run.watched,
        )

    @property
    def reads(self) -> bool:
        """Whether the answers are looked into: for a post always, for a page where the options say so.

        Such answers are in files when they are, also those of what a page needs: there may be hundreds.
        """
        return self.plan is not None or self._tells or self.options.page or self.options.browser is not None

    @property
    def _tells(self) -> bool:
        """Whether what a page tells of itself is kept beside it."""
        posts = self.options.posts
        return bool(posts.pages) and posts.platform == "auto"

    def makes_post(self, hops: Hops) -> MakesPost | None:
        """Return what makes the normalised post of the exchanges of an item, of which the last try counts; or None."""
        subject, first = self.plan.subject if self.plan is not None else None, sum(hops.tries[:-1])
        if subject is None and not self._tells:
            return None

        def make(exchanges: tuple[Exchange, ...], records: tuple[str, ...]) -> bytes:
            numbered = _numbered(exchanges, records)[first:]
            if subject is None:
                own = (each for each in numbered if not each[1].role.startswith(ROLE))
                return page_document(self.address, tuple(all_fresh(own)))
            seen = tuple(all_fresh(numbered))
            return document_of(subject.adapter, subject.key, self.address.submitted, seen)

        return make

    def makes_page(self, hops: Hops) -> MakesPost | None:
        """Return what makes the account of what a page needs of the exchanges of an item, as `makes_post`; or None."""
        page, first = hops.page, sum(hops.tries[:-1])
        if page is None:
            return None
        from archiver.pipeline.page import account_of

        def make(exchanges: tuple[Exchange, ...], records: tuple[str, ...]) -> bytes:
            seen = tuple(all_fresh(_numbered(exchanges, records)[first:]))
            return account_of(seen, self.options.rules, dict(page.unasked), page.stopped)

        return make

    def request(self, target: Target, hop: Address, jar: CookieJar, runtime: Runtime) -> WireRequest:
        """Return the request for `hop`, on the way from `target`. Raises `UsageError` for what cannot be sent."""
        first = Address.parse(target.url) if self.plan is not None else self.address
        token = self.options.posts.token(self.plan.subject.key.platform) if self.plan is not None else ""
        authorization = (("Authorization", f"Bearer {token}"),) if target.authorized else ()
        secret = tuple(each for each in self.options.headers if is_secret_header(each[0]))
        home = is_home(first, self.address)  # what is asked for a post may lie anywhere: a stranger may have named it
        ours = tuple(each for each in self.options.headers if home or each not in secret)
        again = hop.url != first.url  # a redirect is followed as browsers do: what was posted is not posted again
        request = build_request(
            hop,
            now=runtime.clock.now(),
            user_agent=self.options.user_agent,
            accept_language=self.options.accept_language,
            headers=(*ours, *target.headers, *authorization),
            cookies=jar,
            first=first,
            method="GET" if again else target.method,
            body=b"" if again else target.body,
        )
        kept = () if home else tuple(Secret(name, value.encode("utf-8", "replace")) for name, value in secret)
        return replace(request, secrets=(*kept, *request.secrets))


def asked(item: int, address: Address, options: CaptureOptions, row: RowMark | None = None) -> Body:
    """Return the `item.requested` that must be on record before `Attempt.hops`."""
    plan = plan_of(address, options)
    settings = _settings(replace(options, note="", tags=()))
    if options.page:
        settings = settings | {"page": {"linked": [*options.linked], "media": options.posts.media}}
    if (browser := options.browser) is not None:
        settings = settings | {"browser": {"mode": browser.mode, "profile": browser.profile is not None}}
    return intent(
        "capture",
        item,
        url=address.submitted,
        request_url=Address.parse(plan.first[0].url).url if plan is not None else address.url,
        note=options.note,
        tags=options.tags,
        settings=settings | {"post": _post_settings(plan)} if plan is not None else settings,
        row=row,
    )


def turn_of(address: Address, options: CaptureOptions) -> tuple[str, float]:
    """Return the host that is asked first, and for how many seconds it is left alone after a post: 0.0 after a page.

    All addresses of one platform lead to the same host, whatever host they name. Raises `UsageError` ("adapter").
    """
    plan = plan_of(address, options)
    if plan is None:
        return host_of(address), 0.0
    return host_of(Address.parse(plan.first[0].url)), plan.subject.adapter.about.spacing


def plan_of(address: Address, options: CaptureOptions) -> Plan | None:
    """Return what is asked for the post that `address` means, None for a page. Raises `UsageError` ("adapter")."""
    posts = options.posts
    if posts.platform == "none" or options.page or options.browser is not None:
        return None
    subject = subject_of(address, "" if posts.platform == "auto" else posts.platform, posts.extra)
    if subject is None:
        return None
    token = bool(posts.token(subject.key.platform))
    return planned(subject, Access(token, posts.replies, posts.depth, posts.media))


def _numbered(exchanges: tuple[Exchange, ...], records: tuple[str, ...]) -> list[tuple[int, Exchange, str]]:
    return list(zip(range(1, len(exchanges) + 1), exchanges, records, strict=True))


def _page(address: Address) -> Target:
    return Target("", address.submitted)


@lru_cache(maxsize=8)  # a batch has one and the same for nearly all of its rows
def _settings(options: CaptureOptions) -> dict[str, Any]:
    return settings_record(options)


def _post_settings(plan: Plan) -> dict[str, Any]:
    subject, access = plan.subject, plan.access
    return {
        "platform": subject.key.platform,
        "key": subject.key.id,
        "adapter": subject.adapter.about.version,
        "adapter_sha256": subject.digest,
        "token": access.token,
        "replies": access.replies,
        "depth": access.depth,
        "media": access.media,
    }


@lru_cache(maxsize=8)  # a batch has one file for thousands of rows
def _cookies(text: str) -> CookieJar:
    return load_cookies(text)
