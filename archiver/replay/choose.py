"""Which of the stored answers a request gets (docs/spec/replay.md §3). No I/O."""

import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from archiver.browser.values import Asked
from archiver.replay.index import MAX_COMPARED, Index, Sent, Stored, same_address

How = Literal[
    "same",  # what was asked then, octet for octet
    "part",  # a range cut from a longer body, or a whole body that came as a range
    "head",  # the head of what came for GET
    "alike",  # an address or form that differs in what only keeps caches away, or a report of the browser's own
]
Why = Literal["address", "method", "query", "body", "part", "unchanged", "no-answer"]

MAX_PARAMETERS: Final = 1000  # of a query or a form that are told apart

# What a page adds to an address for no cache to have an answer: by these names, or in these forms.
_NAMES = re.compile(
    r"_|cb|cache|cachebust(?:er)?|no_?cache|rnd|rand|random|nonce|ord|_?ts?|timestamp|_dc", re.IGNORECASE
)
_SHORT = re.compile(r"[0-9A-Za-z._-]{0,40}")
_MADE_UP = re.compile(r"0\.[0-9]{6,20}|1[0-9]{9}(?:\.[0-9]{1,6}|[0-9]{3})?")  # Math.random(), a time since 1970
_RANGE = re.compile(rb"bytes=([0-9]{1,15})-([0-9]{1,15})?")
_PLACE = re.compile(rb"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15}|\*)")
_BOUNDARY = re.compile(rb'(?i)^multipart/form-data\s*;.*?boundary="?([!#-:<-~]{1,70})')
_TELLING = (b"accept", b"accept-language", b"content-type", b"sec-fetch-dest", b"sec-fetch-mode", b"x-requested-with")
_CONDITIONS = (b"if-none-match", b"if-modified-since")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer `stored`, as it came; of a range the body bytes from `first`, at most to `last` (None: to its end).

    `shift` is where the stored body begins within the whole one, `total` how long that is, None where it is not known.
    """

    stored: Stored
    how: How
    ranged: bool = False
    first: int = 0
    last: int | None = None
    shift: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing here answers the request: why, and the nearest address that there is, "" for none.

    `detail` is why nobody answered it then, of the record.
    """

    why: Why
    nearest: str = ""
    detail: str = ""


class Chooser:
    """Answers from one item. Any thread may ask; asked for the same again, it goes on to what came then.

    `size_of` returns the size of the body of what is stored, without the lines of its chunks.
    """

    def __init__(self, index: Index, size_of: Callable[[Stored], int]) -> None:
        self._size_of = size_of
        self._lock = threading.Lock()
        self._times: Counter[tuple[int, ...]] = Counter()
        self._same: dict[str, list[Stored]] = defaultdict(list)
        self._alike: dict[str, list[Stored]] = defaultdict(list)
        self._paths: dict[str, str] = {}
        for stored in index.exchanges:
            self._same[stored.url].append(stored)
            self._alike[_bare(stored.url)].append(stored)
            self._paths.setdefault(_path(stored.url), stored.url)

    def choose(self, asked: Asked) -> Answer | Missing:
        """Return what answers `asked`."""
        url = same_address(asked.url)
        there = [each for each in self._same.get(url, []) if (each.status == 101) == asked.upgrade or each.failure]
        found = self._of(asked, there, alike=False)
        if isinstance(found, Missing) and found.why in {"address", "query", "body"}:
            others = [each for each in self._alike.get(_bare(url), []) if (each.status == 101) == asked.upgrade]
            near = self._of(asked, others, alike=True)
            if isinstance(near, Answer):
                return near
        if isinstance(found, Missing) and found.why == "address":
            if url in self._same:  # what is there is a WebSocket and this is none, or the other way round
                return Missing("method", url)
            nearest = self._paths.get(_path(url), "")
            return Missing("query" if nearest else "address", nearest)
        return found

    def _of(self, asked: Asked, there: Sequence[Stored], *, alike: bool) -> Answer | Missing:
        if not there:
            return Missing("address")
        method = [each for each in there if each.method == asked.method]
        how: How = "alike" if alike else "same"
        if not method and asked.method == "HEAD":
            method, how = [each for each in there if each.method == "GET"], "head"
        if not method:
            return Missing("method", there[0].url)
        sent = Sent.of(asked.body)
        body = [each for each in method if each.sent.sha256 == sent.sha256] or _same_parts(asked, sent, method)
        if not body and alike:
            body = [each for each in method if _alike_bodies(each.sent, sent)]
        if not body and asked.value("sec-fetch-dest") == b"report":
            body, how = method, "alike"  # the browser's own, which names places in the page that vary; no page reads it
        if not body:
            return Missing("body", method[0].url)
        answered = [each for each in body if each.record is not None]
        if not answered:
            return Missing("no-answer", "", body[0].failure)
        return self._ranged(asked, answered, how)

    def _ranged(self, asked: Asked, there: Sequence[Stored], how: How) -> Answer | Missing:
        value = asked.value("range")
        wanted = _RANGE.fullmatch(value.replace(b" ", b"").lower())
        same = [each for each in there if value and how != "head" and _header(each.asked, b"range") == value]
        if whole := [each for each in same if each.whole]:
            return Answer(self._next(asked, whole), how)
        if wanted is not None and how != "head":
            first, last = int(wanted[1]), int(wanted[2]) if wanted[2] else None
            if (part := self._part(there, first, last)) is not None:
                return part
            if same or not (there := [each for each in there if each.status not in {200, 206}]):
                return Answer(self._next(asked, same), how) if same else Missing("part")
        plain = [each for each in there if not _header(each.asked, b"range")] or [
            each for each in there if each.status != 206
        ]
        if not plain:
            part = self._part(there, 0, None)
            if part is None or part.first != 0 or part.total is None or self._held(part.stored) < part.total:
                return Missing("part", there[0].url)
            return Answer(part.stored, "part", total=part.total)
        if not any(asked.value(name.decode("ascii")) for name in _CONDITIONS):
            plain = [each for each in plain if each.status != 304]
        if not plain:
            return Missing("unchanged")
        return Answer(self._next(asked, [each for each in plain if each.whole] or plain), how)

    def _part(self, there: Iterable[Stored], first: int, last: int | None) -> Answer | None:
        """Return the range from what holds most of it, None where nothing holds its first byte."""
        best: Answer | None = None
        reach = first
        for each in there:
            if each.status not in {200, 206} or each.method != "GET":
                continue
            place = _PLACE.fullmatch(each.value(b"content-range").strip().lower()) if each.status == 206 else None
            if each.status == 206 and place is None:
                continue
            begin = int(place[1]) if place else 0
            end = begin + self._held(each)
            until = end if last is None else min(end, last + 1)
            if not begin <= first or until <= reach:
                continue
            total = (int(place[3]) if place[3] != b"*" else None) if place else (end if each.whole else None)
            if place is None and total is None and each.extent.framing == "length":
                total = each.extent.length
            reach = until
            best = Answer(each, "part", True, first, reach - 1, begin, total)
        return best

    def _held(self, stored: Stored) -> int:
        return self._size_of(stored) if stored.extent.framing == "chunked" else stored.held

    def _next(self, asked: Asked, there: Sequence[Stored]) -> Stored:
        """Return the one that was asked for most alike; of several the n-th for the n-th time, then the last."""
        likeness = [_likeness(asked, each) for each in there]
        best = [each for each, points in zip(there, likeness, strict=True) if points == max(likeness)]
        key = tuple(each.number for each in best)
        with self._lock:
            times = self._times[key]
            self._times[key] = min(times + 1, len(best))
        return best[min(times, len(best) - 1)]


def _likeness(asked: Asked, stored: Stored) -> int:
    names = {*_TELLING, *_CONDITIONS}
    names |= {name.strip().lower() for name in stored.value(b"vary").split(b",")[:20]} - {b"cookie", b"authorization"}
    return sum(_header(asked.headers, name) == _header(stored.asked, name) for name in names)


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    return next((value for key, value in headers if key.lower() == name), b"")


def _path(url: str) -> str:
    return url.partition("?")[0]


def _bare(url: str) -> str:
    path, mark, query = url.partition("?")
    return path + mark + _bare_form(query) if mark else url


def _bare_form(text: str) -> str:
    parameters = text.split("&", MAX_PARAMETERS)
    return "&".join(each for each in parameters if not _keeps_caches_away(*each.partition("=")[::2]))


def _keeps_caches_away(name: str, value: str) -> bool:
    if not value:
        return _MADE_UP.fullmatch(name) is not None  # ?1700000000000
    return _MADE_UP.fullmatch(value) is not None or bool(_NAMES.fullmatch(name) and _SHORT.fullmatch(value))


def _same_parts(asked: Asked, sent: Sent, there: Sequence[Stored]) -> list[Stored]:
    """Return those that were asked with the same form in parts (RFC 7578): what parts them is drawn anew each time."""
    parted = _BOUNDARY.search(asked.value("content-type"))
    if parted is None or not sent.data:
        return []
    told = sent.data.replace(parted[1], b"")
    found = ((each, _BOUNDARY.search(_header(each.asked, b"content-type"))) for each in there if each.sent.data)
    return [each for each, own in found if own is not None and each.sent.data.replace(own[1], b"") == told]


def _alike_bodies(one: Sent, other: Sent) -> bool:
    if not one.data or not other.data or max(one.size, other.size) > MAX_COMPARED:
        return False
    first, second = _bare_body(one.data), _bare_body(other.data)
    return first is not None and first == second


def _bare_body(data: bytes) -> object:
    """Return what a form or an object in JSON says, without what keeps caches away; None for anything else."""
    text = data.decode("latin-1")
    if text.startswith("{"):
        try:
            told = json.loads(data)
        except (ValueError, RecursionError):
            return None
        return {name: value for name, value in told.items() if not _keeps_caches_away(name, str(value))}
    return _bare_form(text) if re.fullmatch(r"[!-~]+", text) and "=" in text else None
