"""A page with what it needs: asked for round by round, and what is said of it beside the exchanges.

What is needed is decided by `archiver.requisites` from the answers, each of which is durable before it is looked into.
The account is a function of the exchanges and of the few addresses that came to none, fresh or years later.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from archiver.canon import Json, dumps
from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.exchange import Exchange
from archiver.model.platform import Seen, Target
from archiver.pipeline.hops import Hops, PageOutcome
from archiver.pipeline.seeing import fresh
from archiver.platforms.contract import MAX_SEEN
from archiver.requisites.answers import Answers
from archiver.requisites.find import MAX_NAMED, Search
from archiver.requisites.values import ROLE, Needs, Rules, Wanted

SCHEMA: Final = "archiver-page/1"
LIMITS: Final = "page-limits"
MAX_LINE: Final = 6 << 20  # bytes that what is asked for may take of the log line of the item, about

_PER_EXCHANGE: Final = 2000  # bytes of the log line, beside the address


def with_needs(
    page: Hops,
    rules: Rules,
    fetch: Callable[[Target], Hops],
    *,
    over: Callable[[], bool],
    stopped: Callable[[], bool],
    refused: Callable[[Target], bool],
    watched: Callable[[Address], bool],
) -> Hops:
    """Return the exchanges of `page` and those for all that it needs, one after the other.

    The item is judged by the page alone, but for a limit or a wish to stop that cut the asking. A target of which
    `refused` says so is not asked: its host wants to be left alone, or cannot be reached. Nor is one at an address
    that is `watched`: any page may have a button of a platform where opponents of the case read along. Nothing more is
    asked once `over` says that a limit was reached or somebody stopped, which `stopped` tells. Nothing that the network
    does raises.
    """
    asking = _Asking(rules, own=len(page.exchanges))
    asking.take(page, "")
    asking.all(fetch, over, refused, watched)
    reason = "interrupted" if stopped() else "limits"
    last = asking.exchanges[-1]
    cut = len(asking.exchanges) > asking.own and over() and last.truncated in {"length", "time"}
    cut = cut or asking.broken_off
    found = asking.found()
    open_ = any(True for _ in _waiting(found, Answers(asking.seen), asking.unasked))
    beyond = any(each.reason == "limit" and each.kind != "candidate" for each in found.skipped)
    outcome = asking.account(found, reason if open_ else "")
    if (open_ or cut) and reason == "interrupted":
        reasons = (*(each for each in page.reasons if each != reason), reason)
        return Hops(tuple(asking.exchanges), "interrupted", reasons, page=outcome)
    if page.outcome in {"complete", "unconfirmed", "partial"} and (open_ or cut or beyond):
        return Hops(tuple(asking.exchanges), "partial", (*page.reasons, LIMITS), page=outcome)
    return replace(page, exchanges=tuple(asking.exchanges), page=outcome)


def account_of(seen: tuple[Seen, ...], rules: Rules, unasked: Mapping[str, str], stopped: str) -> bytes:
    """Return the JSON that is kept beside the exchanges of a page (docs/spec/page-requisites.md §7).

    `seen` is every exchange of the try, with the ids of its records; `unasked` has the addresses that came to none,
    with the reason, and `stopped` is as in `PageOutcome`.
    """
    answers, numbered = Answers(seen), {each.number: each for each in seen}
    own = [each.number for each in seen if not each.role.startswith(ROLE) and (each.status or each.size)]

    def at(number: int) -> dict[str, Json]:
        return {"exchange": number, "record": numbered[number].record if number in numbered else ""}

    def need(wanted: Wanted, why: str = "") -> Json:
        last = answers.led(wanted.url)
        return {
            "url": wanted.url if not why or wanted.url in unasked else _shortened(wanted.url),
            "kind": wanted.kind,
            "depth": wanted.depth,
            "named": {**at(wanted.exchange), "place": wanted.place},
            **at(last.number if last is not None else 0),
            "status": last.status or None if last is not None else None,
            "whole": last is not None and bool(last.status) and last.whole,
            "why": why or _why(last),
        }

    found = Search(rules).needs(seen, frozenset(unasked))
    there = [need(each, unasked.get(each.url, "")) for each in _settled(found, answers, unasked)]
    waiting = list(_waiting(found, answers, unasked)) if stopped else []
    named = rules.named
    skipped: list[Json] = [
        {
            "url": each.url,
            "kind": each.kind,
            "reason": each.reason,
            "named": {**at(each.exchange), "place": each.place},
        }
        for each in found.skipped
    ]
    return dumps(
        {
            "schema": SCHEMA,
            "url": seen[0].url if seen else "",
            "page": at(max(own, default=0)),
            "rules": {"linked": [*sorted(rules.linked)], "media": rules.media},
            "needs": [*there, *(need(each, stopped) for each in waiting[:named])],
            "skipped": skipped,
            "unnamed": found.unnamed + max(len(waiting) - named, 0),
            "stopped": stopped,
        }
    )


def account_again(kept: Mapping[str, Json], seen: tuple[Seen, ...]) -> bytes:
    """Return the account that the same exchanges give now, of a page whose `kept` account says what was not asked."""
    rules = _members(kept.get("rules"))
    linked = rules.get("linked")
    needs = kept.get("needs")
    named = [_members(each) for each in needs] if isinstance(needs, list) else []
    unasked = {str(each.get("url")): str(each.get("why")) for each in named if str(each.get("why")) in UNASKED}
    wanted = Rules(
        linked=frozenset(map(str, linked)) if isinstance(linked, list) else frozenset(),
        media=rules.get("media") is True,
    )
    return account_of(seen, wanted, unasked, str(kept.get("stopped") or ""))


LEFT_ALONE: Final = "left-alone"
UNSENDABLE: Final = "unsendable"
WATCHED: Final = "watched"
UNASKED: Final = frozenset({LEFT_ALONE, UNSENDABLE, WATCHED})
"""Why an address came to no exchange though there was time: its host refused, no request can be made of it, or nobody
said yes to a platform that opponents of the case can read."""


@dataclass(slots=True)
class _Asking:
    rules: Rules
    own: int
    exchanges: list[Exchange] = field(default_factory=list)
    unasked: dict[str, str] = field(default_factory=dict)
    broken_off: bool = False  # while something that the page needs was on its way
    _search: Search = field(init=False)
    _seen: list[Seen] = field(default_factory=list)
    _done: set[str] = field(default_factory=set)
    _left: int = MAX_SEEN  # bytes that may still be looked into
    _line: int = 0

    def __post_init__(self) -> None:
        self._search = Search(self.rules)

    @property
    def seen(self) -> tuple[Seen, ...]:
        return tuple(self._seen)

    def found(self) -> Needs:
        return self._search.needs(self.seen, frozenset(self.unasked))

    def all(
        self,
        fetch: Callable[[Target], Hops],
        over: Callable[[], bool],
        refused: Callable[[Target], bool],
        watched: Callable[[Address], bool],
    ) -> None:
        """Ask until nothing is left, or no more may be asked."""
        while not over() and (targets := self._search.needs(self.seen, frozenset(self._done)).targets):
            for wanted in targets:
                if wanted.url in self._done:  # a redirect has led there since
                    continue
                self._line += len(wanted.url) + _PER_EXCHANGE
                if over() or self._line > MAX_LINE:
                    return
                self._done.add(wanted.url)
                target = Target(f"{ROLE}{wanted.kind}", wanted.url)
                if watched(Address.parse(wanted.url)):
                    self.unasked[wanted.url] = WATCHED
                    continue
                if refused(target):
                    if over():  # it was asked to wait, and time ran out
                        return
                    self.unasked[wanted.url] = LEFT_ALONE
                    continue
                try:
                    hops = fetch(target)
                except UsageError:  # no request can be made of it
                    self.unasked[wanted.url] = UNSENDABLE
                    continue
                self.take(hops, target.role)
                self.broken_off = self.broken_off or hops.outcome == "interrupted"

    def take(self, hops: Hops, role: str) -> None:
        """Add the exchanges of a target, as what it was asked for."""
        for exchange in hops.exchanges:
            marked = replace(exchange, role=role)
            self.exchanges.append(marked)
            seen = fresh(len(self.exchanges), marked, left=self._left)
            self._left -= len(seen.body)
            self._seen.append(seen)
            self._done.add(exchange.address.url)
            self._line += len(exchange.address.url) + _PER_EXCHANGE

    def account(self, found: Needs, stopped: str) -> PageOutcome:
        answers = Answers(self.seen)
        there = list(_settled(found, answers, self.unasked))
        waiting = sum(1 for _ in _waiting(found, answers, self.unasked)) if stopped else 0
        came = sum(not _why(answers.led(each.url)) for each in there)
        unasked = tuple(self.unasked.items())
        skipped = len(found.skipped) + found.unnamed
        return PageOutcome(self.own, len(there) + waiting, came, skipped, unasked, stopped)


def _settled(found: Needs, answers: Answers, unasked: Mapping[str, str]) -> Iterator[Wanted]:
    """Yield what was asked for, and what came to no exchange for a reason of its own."""
    return (each for each in found.known if each.url in answers or each.url in unasked)


def _waiting(found: Needs, answers: Answers, unasked: Mapping[str, str]) -> Iterator[Wanted]:
    """Yield what would still have been asked for: nothing where all that is left is beyond the limits of the rules."""
    if found.targets:
        beyond = {each.url for each in found.skipped if each.reason == "limit"}
        for each in found.known:
            if not (each.url in answers or each.url in unasked or _shortened(each.url) in beyond):
                yield each


def _why(last: Seen | None) -> str:
    """Return why what came is not what was wanted, "" where it is."""
    if last is not None and 200 <= last.status < 300:
        return ""
    return "status" if last is not None and last.status else (last.failure if last is not None else "") or "no-status"


def _shortened(url: str) -> str:
    return url if len(url) <= MAX_NAMED else url[:MAX_NAMED] + "…"


def _members(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
