"""A post instead of a page: what its adapter asks for, round by round, and what it makes of the answers.

The adapter decides and never fetches; every answer is durable before it is looked into. What it returns is guarded:
an adapter that raises costs the normalised post, never an exchange.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.exchange import Exchange
from archiver.model.media import ROLE as VIDEO
from archiver.model.media import Taken
from archiver.model.platform import UNTOLD, Access, PostKey, Seen, Standing, Target
from archiver.model.post import Extracted, Missing
from archiver.pipeline.hops import Hops, Outcome, PostOutcome
from archiver.pipeline.seeing import fresh
from archiver.platforms.contract import MAX_EXCHANGES, MAX_SEEN, NOT_ONE, Adapter
from archiver.platforms.document import document
from archiver.platforms.registry import Subject, built_in

RAISED: Final = "adapter.raised"
PAGE: Final = "page"
FAILURES: Final = (Exception, SystemExit)  # of an adapter: one that ends the program would end it in mid-capture

_WHOLE: Final = "the post in normalised form"

Fetch = Callable[[Target], Hops]
"""Makes one target into exchanges: the redirects behind it too where it says so."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be known before the first request of a post: `first` is what is asked first, never empty."""

    subject: Subject
    access: Access
    first: tuple[Target, ...]


def planned(subject: Subject, access: Access) -> Plan | None:
    """Return what is asked first for a post, None where the adapter asks for nothing that can be asked.

    Raises `UsageError` where the adapter fails: nothing is on record yet.
    """
    try:
        usable = _usable(subject.adapter.plan(subject.key, access), access)
    except FAILURES as exc:  # an adapter may be anybody's
        why = f"adapter {subject.key.platform} failed: {type(exc).__name__}"
        raise UsageError("adapter", why, "--platform none takes the address as a page") from exc
    targets = tuple(each for each in usable if not each.video)  # what is asked first is on record before it is asked
    return Plan(subject, access, targets) if targets else None


def ask(
    plan: Plan,
    fetch: Fetch,
    pause: Callable[[], None],
    *,
    over: Callable[[], bool],
    stopped: Callable[[], bool],
    refused: Callable[[Target], bool],
    watched: Callable[[Address], bool],
) -> Hops:
    """Return every exchange of a post, in order, and how the post stands; one exchange at least.

    `pause` is called between two targets. A target of which `refused` says so is not asked: a host that wants to be
    left alone is, whatever the adapter thinks of it. Nor is one at an address that is `watched`. Nothing more is asked
    once `over` says that a limit was reached or somebody stopped, which `stopped` tells. What turns out to be no post
    is as whole as its page. Nothing that the network, a platform or an adapter does raises.
    """
    adapter, key = plan.subject.adapter, plan.subject.key
    rounds = _Rounds()
    whole = _all_asked(plan, rounds, fetch, pause, over, refused, watched)
    standing = classified(adapter, key, rounds.seen)
    outcome = PostOutcome(key, adapter.about, plan.subject.digest, standing)
    return rounds.amount(outcome, interrupted=stopped(), whole=whole)


def _all_asked(
    plan: Plan,
    rounds: "_Rounds",
    fetch: Fetch,
    pause: Callable[[], None],
    over: Callable[[], bool],
    refused: Callable[[Target], bool],
    watched: Callable[[Address], bool],
) -> bool:
    waiting = plan.first
    while waiting:
        for target in waiting:
            if watched(Address.parse(target.url)):
                rounds.take(target, Hops((), "partial", ("post-watched",)))
                continue
            if refused(target):
                rounds.take(target, Hops((), "partial", ("post-refused",)))
                continue
            if rounds.exchanges:
                pause()
                if over() or rounds.own >= MAX_EXCHANGES:
                    return False
            again = target.video and rounds.media is not None  # one video of an item: its files are told as a whole
            unasked = Hops((), "partial", ("post-target",))
            rounds.take(target, unasked if again else _fetched(fetch, target))
        try:
            more = _usable(plan.subject.adapter.more(plan.subject.key, plan.access, rounds.seen), plan.access)
        except FAILURES:  # an adapter may be anybody's; the exchanges are kept
            rounds.hops.append(Hops((), "partial", ("post-adapter",)))
            return True
        waiting = tuple(target for target in more if target not in rounds.targets)
    return True


def _fetched(fetch: Fetch, target: Target) -> Hops:
    try:
        return fetch(target)
    except UsageError:  # a header or method that no request can have: what an adapter made of hostile data
        return Hops((), "partial", ("post-target",))


def classified(adapter: Adapter, key: PostKey, seen: tuple[Seen, ...]) -> Standing:
    """Return how the post stands; an adapter that fails does not know, and the rule says that it failed."""
    try:
        standing = adapter.classify(key, seen)
    except FAILURES:  # an adapter may be anybody's; the exchanges are kept
        return Standing("unavailable_unknown", RAISED)
    return standing if standing.exchange in {each.number for each in seen} else replace(standing, exchange=0)


def document_of(adapter: Adapter, key: PostKey, submitted: str, seen: tuple[Seen, ...]) -> bytes:
    """Return the JSON that is kept beside the exchanges of a post: the same for the same exchanges, years later too.

    Where the answers are not of this platform, it is what their page tells of itself, if it tells anything.
    """
    if classified(adapter, key, seen).rule.endswith(NOT_ONE):
        of_page = tuple(each for each in seen if each.role == seen[0].role)
        if told := page_document(Address.parse(submitted), of_page):
            return told
    return _written(adapter, key, submitted, seen, _read(adapter, key, seen))


def page_document(address: Address, seen: tuple[Seen, ...]) -> bytes:
    """Return the same for a page, of what it tells of itself; b"" for one that tells nothing, or was not shown."""
    adapter = built_in(PAGE)
    key = adapter.match(address)
    if key is None:
        return b""
    told = _read(adapter, key, seen)
    if told.post is None and all(each.what != _WHOLE for each in told.missing):
        return b""
    return _written(adapter, key, address.submitted, seen, told)


def _read(adapter: Adapter, key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
    try:
        return adapter.extract(key, seen)
    except FAILURES as exc:  # an adapter may be anybody's; the exchanges are kept, and the post says why
        return _failed(exc)


def _written(adapter: Adapter, key: PostKey, submitted: str, seen: tuple[Seen, ...], told: Extracted) -> bytes:
    standing = classified(adapter, key, seen)
    try:
        return document(key, adapter.about, submitted, standing, told, seen)
    except FAILURES as exc:  # as above: what it made cannot be written
        return document(key, adapter.about, submitted, standing, _failed(exc), seen)


def _failed(exc: BaseException) -> Extracted:
    return Extracted(None, missing=(Missing(_WHOLE, f"the adapter could not make it ({type(exc).__name__})"),))


@dataclass(slots=True)
class _Rounds:
    targets: list[Target] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    hops: list[Hops] = field(default_factory=list)
    media: Taken | None = None
    own: int = 0  # exchanges that the adapter asked for itself
    left: int = MAX_SEEN  # bytes that the adapter may still see
    _seen: list[Seen] = field(default_factory=list)

    @property
    def seen(self) -> tuple[Seen, ...]:
        return tuple(self._seen)

    def take(self, target: Target, hops: Hops) -> None:
        self.targets.append(target)
        self.hops.append(hops)
        if hops.media is not None:
            self.media = hops.media.shifted(len(self.exchanges))
        self.own += len(hops.exchanges) if not target.video else 0
        for exchange in hops.exchanges:
            marked = replace(exchange, role=VIDEO if target.video else target.role)
            self.exchanges.append(marked)
            seen = fresh(len(self.exchanges), marked, left=self.left)
            self.left -= len(seen.body)
            self._seen.append(seen)

    def amount(self, post: PostOutcome, *, interrupted: bool, whole: bool) -> Hops:
        exchanges = tuple(self.exchanges)
        untold = post.standing.state in UNTOLD and not post.standing.rule.endswith(NOT_ONE)
        judged = self.hops if not post.standing.rule.endswith(NOT_ONE) else self.hops[:1]
        reasons = tuple(dict.fromkeys(reason for hops in judged for reason in hops.reasons))
        reasons += () if whole or interrupted else ("post-limits",)
        answered = any(exchange.response is not None for exchange in exchanges)
        outcome: Outcome = "complete"
        if interrupted or any(hops.outcome == "interrupted" for hops in self.hops):
            outcome, reasons = "interrupted", (*(r for r in reasons if r != "interrupted"), "interrupted")
        elif not answered:
            outcome = "failed"
        elif reasons or untold:
            outcome = "partial"
        elif any(hops.outcome == "unconfirmed" for hops in judged):
            outcome = "unconfirmed"
        if outcome == "partial" and untold:
            reasons += (f"post-{post.standing.state.replace('_', '-')}",)
        return Hops(exchanges, outcome, reasons, post=post, media=self.media)


def _usable(targets: Iterable[Target], access: Access) -> tuple[Target, ...]:
    allowed = (each for each in targets if access.token or not each.authorized)
    return tuple(dict.fromkeys(each for each in allowed if _can_be_asked(each)))


def _can_be_asked(target: Target) -> bool:
    try:
        return bool(Address.parse(target.url).host)
    except UsageError:
        return False
