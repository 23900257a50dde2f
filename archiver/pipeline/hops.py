"""One address and the redirects behind it, hop by hop, each an exchange of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from archiver.model.address import MAX_ADDRESS, Address
from archiver.model.exchange import Exchange
from archiver.model.http import Anomaly
from archiver.model.item import Resource
from archiver.model.media import Taken
from archiver.model.platform import About, PostKey, Standing
from archiver.model.redirect import redirect_target
from archiver.pipeline.retry import challenger
from archiver.requisites.values import ROLE

REDIRECTS = frozenset({301, 302, 303, 307, 308})

Outcome = Literal["complete", "unconfirmed", "partial", "failed", "interrupted", "imported"]


@dataclass(frozen=True, slots=True)
class PostOutcome:
    """Which post was asked for, by which adapter (`about`, and the digest of its code), and how it stands."""

    key: PostKey
    about: About
    digest: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """What came of asking for what a page needs. The last exchange of the page itself has the number `own`.

    Of `wanted` addresses `came` were answered with 2xx; `skipped` were not wanted after all. `unasked` are addresses
    that came to no exchange, each with the reason; `stopped` is "limits" or "interrupted" where that cut the asking,
    else "".
    """

    own: int
    wanted: int = 0
    came: int = 0
    skipped: int = 0
    unasked: tuple[tuple[str, str], ...] = ()
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class BrowserOutcome:
    """What came of showing a page in a browser (docs/spec/browser.md).

    `own` is the number of the exchange that shows the page, 0 where nothing was answered, and `asked` that of the last
    one that was made for its address; `made` are the products.
    `unasked` says how many requests of the page came to no exchange; `short` names what could not be made, in fixed
    words. `missing` counts what the browser got by itself and nothing recorded.
    """

    mode: Literal["proxy", "direct"]
    asked: int = 1
    own: int = 0
    version: str = ""
    made: tuple[Resource, ...] = ()
    unasked: int = 0
    short: tuple[str, ...] = ()
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Hops:
    """All exchanges of one item in order, what they amount to, and why it is not more (docs/spec/custody-log.md).

    `tries` says how many of the exchanges each try made; all together by default. `post` is there where an adapter of
    a platform asked, `media` where the program for media did: its exchanges are among these. `page` is there where a
    page was asked for with what it needs, `browser` where one showed it.
    """

    exchanges: tuple[Exchange, ...]
    outcome: Outcome
    reasons: tuple[str, ...]
    tries: tuple[int, ...] = ()
    post: PostOutcome | None = None
    media: Taken | None = None
    page: PageOutcome | None = None
    browser: BrowserOutcome | None = None

    @property
    def standing_for(self) -> Exchange | None:
        """The exchange whose address and status stand for the item: the one that shows a post, else the last answer.

        What a page needs does not count.
        """
        if self.browser is not None:
            return self.exchanges[self.browser.own - 1] if self.browser.own else None
        if self.post is not None and self.post.standing.exchange:
            return self.exchanges[self.post.standing.exchange - 1]
        number = self.number_of_page if self.page is not None else len(self.exchanges)
        return next((e for e in reversed(self.exchanges[:number]) if e.response is not None), None)

    @property
    def asked_last(self) -> Exchange:
        """The last exchange that was made for the address itself, answered or not."""
        if self.browser is not None:
            return self.exchanges[self.browser.asked - 1]
        return self.exchanges[-1] if self.page is None else self.exchanges[self.page.own - 1]

    @property
    def number_of_page(self) -> int:
        """The number of the exchange that shows the page itself, counted from 1; 0 where none was answered."""
        own = (n for n, each in enumerate(self.exchanges, 1) if each.response and not each.role.startswith(ROLE))
        return max(own, default=0)


def joined(tries: Sequence[Hops]) -> Hops:
    """Return what several tries at one address (one at least) come to: the last one decides.

    One that failed is a partial item all the same where an earlier one had an answer: that answer is kept.
    """
    last = tries[-1]
    exchanges = tuple(exchange for hops in tries for exchange in hops.exchanges)
    answered = any(exchange.response is not None for exchange in exchanges)
    outcome: Outcome = "partial" if last.outcome == "failed" and answered else last.outcome
    lengths = tuple(len(hops.exchanges) for hops in tries)
    before = sum(lengths[:-1])
    media = last.media.shifted(before) if last.media is not None else None
    page = replace(last.page, own=last.page.own + before) if last.page is not None else None
    browser = _later(last.browser, before) if last.browser is not None else None
    return Hops(exchanges, outcome, last.reasons, lengths, _shifted(last.post, before), media, page, browser)


def _later(browser: BrowserOutcome, by: int) -> BrowserOutcome:
    made = tuple(replace(each, of=each.of + by if each.of else 0) for each in browser.made)
    return replace(browser, asked=browser.asked + by, own=browser.own + by if browser.own else 0, made=made)


def _shifted(post: PostOutcome | None, by: int) -> PostOutcome | None:
    if post is None or not post.standing.exchange:
        return post
    return replace(post, standing=replace(post.standing, exchange=post.standing.exchange + by))


def follow(
    first: Address,
    fetch: Callable[[Address], tuple[Exchange, str]],
    max_redirects: int | None,
    watched: Callable[[Address], bool] = lambda address: False,
) -> Hops:
    """Return every exchange from `first` to where its redirects end.

    `fetch` makes one exchange and also returns a fingerprint of what was sent beside the address (cookies), so that a
    page that redirects to itself after setting a cookie is not taken for a loop. With `max_redirects` None, none is
    followed, and that is no reason. Nothing raises: a redirect that cannot be followed, or that leads to an address of
    which `watched` says so, is a reason, and the answer that asked for it is kept. Once an answer has been judged, its
    headers are in its bytes only: a hundred heads of 8 MiB are too much to remember.
    """
    exchanges: list[Exchange] = []
    seen: set[tuple[str, str]] = set()
    address: Address | None = first
    reasons: tuple[str, ...] = ()
    while address is not None:
        exchange, sent = fetch(address)
        exchanges.append(exchange)
        seen.add((address.url, sent))
        address, odd = _next(exchange)
        if max_redirects is None:
            address = None
        elif address is not None and len(exchanges) > max_redirects:
            address, odd = None, (*odd, "redirect-limit")
        elif address is not None and (address.url, sent) in seen and not _sets_cookie(exchange):
            address, odd = None, (*odd, "redirect-loop")
        elif address is not None and watched(address):
            address, odd = None, (*odd, "redirect-watched")
        exchanges[-1] = judged(exchange, (*exchange.address.odd, *odd))
        reasons += tuple(name for name in odd if name != "location-several")
        message = exchange.unmasked or exchange.message
        if message is not None and challenger(message):
            reasons += ("challenge",)
    outcome, why = amount(tuple(exchanges), reasons)
    return Hops(tuple(exchanges), outcome, why)


def chained(
    chain: Sequence[Exchange], watched: Callable[[Address], bool]
) -> tuple[tuple[Exchange, ...], Outcome, tuple[str, ...]]:
    """Return what `follow` would of exchanges that somebody else made for one address, one at least: judged, what they
    amount to, and why it is not more. Where the last one asks to go on, nobody followed."""
    judgements: list[Exchange] = []
    reasons: tuple[str, ...] = ()
    for place, exchange in enumerate(chain, 1):
        target, odd = _next(exchange)
        if target is not None and place == len(chain):
            odd = (*odd, "redirect-watched" if watched(target) else "redirect-unfollowed")
        reasons += tuple(name for name in odd if name != "location-several")
        message = exchange.unmasked or exchange.message
        if message is not None and challenger(message):
            reasons += ("challenge",)
        judgements.append(judged(exchange, (*exchange.address.odd, *odd)))
    outcome, why = amount(tuple(judgements), reasons)
    return tuple(judgements), outcome, why


def _next(exchange: Exchange) -> tuple[Address | None, tuple[str, ...]]:
    message = exchange.message
    if message is None or message.status not in REDIRECTS or exchange.truncated == "unspecified":
        return None, ()
    if message.framing == "none" and message.end == "cut":  # the head itself is cut, and so may its Location be
        return None, ()
    locations = message.values("location")
    if not locations:
        return None, ()
    if exchange.unmasked is not None and exchange.unmasked.values("location") != locations:
        return None, ("location-unusable",)  # a secret of ours stood in it: asking for it would put that on the record
    odd = ("location-several",) if len(set(locations)) > 1 else ()
    if len(locations[0]) > MAX_ADDRESS:
        return None, (*odd, "location-too-long")
    target = redirect_target(exchange.address, locations[0])
    return target, odd if target is not None else (*odd, "location-unusable")


def _sets_cookie(exchange: Exchange) -> bool:
    return exchange.message is not None and bool(exchange.message.values("set-cookie"))


def judged(exchange: Exchange, names: tuple[str, ...]) -> Exchange:
    """Return `exchange` with these anomalies, and without what only the next request is made of."""
    message = exchange.message
    return replace(
        exchange,
        anomalies=exchange.anomalies + tuple(Anomaly(name) for name in names),
        message=replace(message, headers=()) if message is not None else None,
        unmasked=None,
    )


def amount(exchanges: tuple[Exchange, ...], reasons: tuple[str, ...]) -> tuple[Outcome, tuple[str, ...]]:
    """Return what a chain of exchanges, one at least, comes to, and why it is not more; `reasons` are known already."""
    last = exchanges[-1]
    reasons += tuple(why for exchange in exchanges if (why := _shortfall(exchange)))
    if last.truncated == "unspecified" or (last.failure is not None and last.failure.kind == "interrupted"):
        return "interrupted", (*reasons, "interrupted")
    if last.failure is not None and len(exchanges) == 1:
        return "failed", (*reasons, last.failure.kind)
    if last.failure is not None:
        reasons = (*reasons, f"redirect-{last.failure.kind.replace('_', '-')}")
    if reasons:
        return "partial", reasons
    ended_by_close = last.message is not None and last.message.end == "close"
    return ("unconfirmed" if ended_by_close else "complete"), ()


def _shortfall(exchange: Exchange) -> str:
    end = exchange.message.end if exchange.message is not None else "complete"
    if exchange.truncated == "disconnect" and end == "close":
        return "end-not-confirmed"  # nothing is known to be missing, and nothing says that all is there
    if exchange.truncated in {"length", "time", "disconnect"}:
        return f"cut-{exchange.truncated}"
    return "cut-disconnect" if exchange.truncated is None and end == "cut" else ""
