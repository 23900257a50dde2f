"""What a page needs besides itself, round by round, from the recorded answers alone.

search = Search(Rules())
while (found := search.needs(seen)).targets:
    seen += ask(found.targets)
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from typing import Final, Literal

from archiver.http.charsets import text_of
from archiver.http.page import is_html, page_charset
from archiver.model.address import Address
from archiver.model.platform import Seen
from archiver.requisites.answers import Answers
from archiver.requisites.css import painted_in_sheet, sheet_text
from archiver.requisites.links import Links
from archiver.requisites.manifest import named_in_manifest
from archiver.requisites.markup import named_in_markup
from archiver.requisites.values import KINDS, LEADING, Contents, Found, Kind, Needs, Reason, Rules, Skipped, Wanted

MAX_NAMED: Final = 1_000  # characters of an address that is skipped
MAX_SHEETS: Final = 8 << 20  # bytes of all stylesheets of a page; half a minute of the worst that they can hold

_ALWAYS: Final[frozenset[Reason]] = frozenset({"unread", "limit"})  # told even where the address was asked for

Reading = Literal["markup", "sheet", "manifest"]


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that may need more: how it is read, how it was come by, and the encoding of what asked for it."""

    seen: Seen
    address: Address
    kind: Kind
    reading: Reading
    depth: int = 0  # steps from the page
    level: int = 0  # frames around it
    imports: int = 0
    environment: str = "utf-8"


def needs(seen: tuple[Seen, ...], rules: Rules, asked: frozenset[str] = frozenset()) -> Needs:
    """Return what the page that `seen` begins with needs and what has not been asked for: see `Search.needs`."""
    return Search(rules).needs(seen, asked)


@dataclass(slots=True)
class Search:
    """Finds what one page needs; `needs` without reading again what was read in an earlier round."""

    rules: Rules
    _read: dict[tuple[int, Reading, int, str], Contents] = field(default_factory=dict)

    def needs(self, seen: tuple[Seen, ...], asked: frozenset[str] = frozenset()) -> Needs:
        """Return what to ask for next, after all that was `seen`; nothing at the end.

        The first exchange is that of the page; redirects are followed through the exchanges as they were recorded. An
        address is asked for once: not again after an exchange, nor when it is among `asked`, which is for addresses
        that came to no exchange. What may need more comes first, alone, then everything else by kind. The same
        exchanges give the same result; nothing raises, and the work is bounded, whatever was answered.
        """
        round_ = _Round(self.rules, Answers(seen), asked)
        waiting = deque(_page(seen, round_.answers))
        read: set[tuple[int, Reading]] = set()
        too_much = _beyond(seen)
        while waiting:
            answer = waiting.popleft()
            if (answer.seen.number, answer.reading) not in read:
                read.add((answer.seen.number, answer.reading))
                waiting.extend(round_.take(answer, self._contents(answer, too_much)))
        return round_.result()

    def _contents(self, answer: _Answer, too_much: frozenset[int]) -> Contents:
        if answer.reading == "sheet" and answer.seen.number in too_much:
            return Contents(whole=False)
        key = (answer.seen.number, answer.reading, answer.level, answer.environment)
        if key not in self._read:
            self._read[key] = _contents(answer, self.rules)
        return self._read[key]


def _page(seen: tuple[Seen, ...], answers: Answers) -> Iterable[_Answer]:
    behind = answers.behind(seen[0].url) if seen else None
    if behind is not None and _is_markup(behind[0]):
        yield _Answer(*behind, "page", "markup")


def _beyond(seen: tuple[Seen, ...]) -> frozenset[int]:
    # Counted in the order of the exchanges, so that a later round does not leave out what an earlier one read. Scripts
    # count too; they are asked for after the last stylesheet.
    sizes = accumulate(0 if _is_markup(each) else len(each.body) for each in seen)
    return frozenset(each.number for each, size in zip(seen, sizes, strict=True) if size > MAX_SHEETS)


def _contents(answer: _Answer, rules: Rules) -> Contents:
    seen, address = answer.seen, answer.address
    if answer.reading == "manifest":
        return named_in_manifest(seen.body, address)
    if answer.reading == "markup":
        charset = page_charset(_media_type(seen), seen.body)
        return named_in_markup(text_of(seen.body, charset), address, charset, rules, answer.level)
    text, charset = sheet_text(seen, answer.environment)
    painted, whole = painted_in_sheet(text)
    links = Links(address, charset, whole=whole)
    for each in painted:
        links.add(each.kind, each.url, each.place, each.reason)
    return links.contents()


def _media_type(seen: Seen) -> bytes | None:
    return seen.header("content-type").encode("latin-1") or None


def _is_markup(seen: Seen) -> bool:
    drawing = seen.header("content-type").lower().startswith("image/svg+xml")
    return bool(seen.body) and (drawing or is_html(_media_type(seen), seen.body))


def _is_there(seen: Seen) -> bool:
    return 200 <= seen.status < 300 and bool(seen.body)


def _is_sheet(seen: Seen) -> bool:
    return _is_there(seen) and not is_html(
        _media_type(seen), seen.body
    )  # browsers refuse an error page as a stylesheet


@dataclass(slots=True)
class _Round:
    rules: Rules
    answers: Answers
    asked: frozenset[str]
    _wanted: dict[str, tuple[int, Wanted]] = field(default_factory=dict)  # with its rank within its kind
    _skipped: dict[tuple[str, Kind, Reason], Skipped] = field(default_factory=dict)

    def take(self, answer: _Answer, contents: Contents) -> Iterable[_Answer]:
        """Take what an answer names; return the answers to it that may name more."""
        if not (contents.whole and answer.seen.whole):
            self._skip(answer.seen.url, answer.kind, "unread", answer.seen.number, "")
        return [more for found in contents.found for more in self._found(answer, contents.charset, found)]

    def result(self) -> Needs:
        """Return what is still to be asked for, and what is not."""
        ordered = [each for _, each in sorted(self._wanted.values(), key=lambda each: (_order(each[1].kind), each[0]))]
        fresh = [each for each in ordered if not self._was_asked(each.url)]
        taken = Counter(each.kind for each in ordered if self._was_asked(each.url))
        targets = self._fitting((each for each in fresh if each.kind in LEADING), taken)
        if not targets:
            targets = self._fitting((each for each in fresh if each.kind not in LEADING), taken)
        elsewhere = self._wanted.keys()
        skipped = [
            each for (url, _, reason), each in self._skipped.items() if reason in _ALWAYS or url not in elsewhere
        ]
        named = self.rules.named
        return Needs(targets, tuple(skipped[:named]), max(len(skipped) - named, 0), tuple(ordered))

    def _was_asked(self, url: str) -> bool:
        return url in self.answers or url in self.asked

    def _fitting(self, candidates: Iterable[Wanted], taken: "Counter[Kind]") -> tuple[Wanted, ...]:
        targets: list[Wanted] = []
        for each in candidates:
            if taken[each.kind] < self.rules.of_kind.get(each.kind, 0) and taken.total() < self.rules.most:
                taken[each.kind] += 1
                targets.append(each)
            else:
                self._skip(each.url, each.kind, "limit", each.exchange, each.place)
        return tuple(targets)

    def _skip(self, url: str, kind: Kind, reason: Reason, exchange: int, place: str) -> None:
        shown = url if len(url) <= MAX_NAMED else url[:MAX_NAMED] + "…"
        self._skipped.setdefault((url, kind, reason), Skipped(shown, kind, reason, exchange, place))

    def _found(self, answer: _Answer, charset: str, found: Found) -> Iterable[_Answer]:
        imports = answer.imports + 1 if answer.reading == "sheet" and found.kind == "stylesheet" else 0
        reason = found.reason or ("import-depth" if imports > self.rules.imports else None)
        if reason is not None:
            self._skip(found.url, found.kind, reason, answer.seen.number, found.place)
            return ()
        place = (found.rank, Wanted(found.url, found.kind, answer.seen.number, found.place, answer.depth + 1))
        known = self._wanted.setdefault(found.url, place)
        if _order(found.kind) < _order(known[1].kind):  # one address, wanted as two things: the one that comes first
            self._wanted[found.url] = place
        behind = self.answers.behind(found.url)
        if behind is None:
            return ()
        more = partial(_Answer, *behind, found.kind, depth=answer.depth + 1)
        if found.kind == "stylesheet" and _is_sheet(behind[0]):
            return (more(reading="sheet", level=answer.level, imports=imports, environment=charset),)
        if found.kind in {"frame", "object"} and answer.level < self.rules.frames and _is_markup(behind[0]):
            return (more(reading="markup", level=answer.level + 1),)
        return (more(reading="manifest"),) if found.kind == "manifest" and _is_there(behind[0]) else ()


def _order(kind: Kind) -> int:
    return KINDS.index(kind)
