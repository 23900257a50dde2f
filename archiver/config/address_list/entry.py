"""One row as it was written, and what becomes of it: values by the rules of the command line, or problems."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from archiver.config import values
from archiver.config.policy import MAX_REDIRECTS
from archiver.config.posts import MAX_DEPTH, MAX_REPLIES
from archiver.config.posts import NAME as PLATFORM
from archiver.config.route import parse_connect_to, parse_host_port, proxy_problem
from archiver.config.yaml import shown
from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.batch import ListProblem, RowOptions

SINGLE = (
    "address",
    "note",
    "ca_file",
    "insecure",
    "proxy",
    "cookies",
    "max_bytes",
    "max_time",
    "max_redirects",
    "platform",
    "thread",
    "depth",
    "media",
    "page",
    "linked",
)
MANY = ("tags", "allow_host", "connect_to", "headers")
FIELDS = (*SINGLE, *MANY)
ALIASES = {"url": "address", "tag": "tags", "header": "headers"}
# What `archiver list --json` and the results of a batch say beside the address, note and tags.
OURS = frozenset(
    {
        "at",
        "file",
        "final_url",
        "item",
        "line",
        "outcome",
        "reasons",
        "row",
        "schema",
        "sha256",
        "state",
        "status",
        "title",
        "tries",
        "withheld",
    }
)
KNOWN = "known here: address, note, tags, and the options of archiver capture such as max_time"

_PLAIN = re.compile(r"[\w .-]{1,40}")
_SECOND = re.compile(r"""[ \t\r\n][-,;|<("']*https?://""", re.IGNORECASE)

MAX_PROBLEMS = 10  # of one row; the eleventh helps nobody

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it was written: texts by field. `place` says where text `n` of a field stands: line and column from 1.

    `problems` are those that the reader of the format has found already.
    """

    line: int
    fields: Mapping[str, tuple[str, ...]]
    place: Callable[[str, int], tuple[int, int]]
    problems: tuple[ListProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a row or the defaults of a list say beside the address."""

    note: str = ""
    tags: tuple[str, ...] = ()
    options: RowOptions = field(default_factory=RowOptions)


def unreadable(line: int, column: int, message: str, hint: str = "") -> Entry:
    """Return the entry of a row that cannot be taken apart."""
    return Entry(line, {}, lambda _field, _number: (line, column), (ListProblem(line, column, message, hint),))


def field_of(written: str) -> str | None:
    """Return the field that a name means, "" for what only our own answers say, None when it is not known."""
    name = written.replace("-", "_")
    name = ALIASES.get(name, name)
    return name if name in FIELDS else "" if name in OURS else None


def called(name: str) -> str | None:
    """Return a name that is not known, for a message; None where it looks like a value, which may be a secret."""
    return repr(name) if _PLAIN.fullmatch(name) else None


def judged(entry: Entry, defaults: Said) -> tuple[Address, Said] | list[ListProblem]:
    """Return the address and what is said of it with the defaults applied, or all that is wrong with the row."""
    reading = _Reading(entry)
    address = reading.one("address", _address)
    said = _over(reading.said(), defaults) if entry.fields.keys() - {"address"} else defaults
    if address is None and not reading.problems:
        reading.add(entry.line, 0, "there is no address in this row", "give the whole address, as https://…")
    return reading.found() if address is None or reading.problems else (address, said)


def judged_defaults(entry: Entry) -> Said | ListProblem:
    """Return what the defaults of a list say, or the first thing that is wrong with them."""
    reading = _Reading(entry)
    said = reading.said()
    if entry.fields.get("address"):
        reading.add(*entry.place("address", 0), "the defaults of a list have no address")
    return reading.found()[0] if reading.problems else said


class _Reading:
    """The texts of an entry become values; what cannot be used is collected."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self.problems = list(entry.problems)

    def add(self, line: int, column: int, message: str, hint: str = "") -> None:
        self.problems.append(ListProblem(line, column, message, hint))

    def found(self) -> list[ListProblem]:
        return sorted(self.problems, key=lambda problem: (problem.line, problem.column))[:MAX_PROBLEMS]

    def each(self, name: str, parse: Callable[[str], _Value]) -> tuple[_Value, ...]:
        result = []
        for number, text in enumerate(self._entry.fields.get(name, ())):
            if text:  # an empty text says nothing
                try:
                    result.append(parse(text))
                except UsageError as exc:
                    self.add(*self._entry.place(name, number), exc.message, exc.hint)
        return tuple(result)

    def one(self, name: str, parse: Callable[[str], _Value]) -> _Value | None:
        return next(iter(self.each(name, parse)), None)

    def said(self) -> Said:
        return Said(
            note=self.one("note", lambda text: values.bounded(text, "note")) or "",
            tags=self.each("tags", lambda text: values.bounded(text, "tag")),
            options=RowOptions(
                allow_host=self.each("allow_host", lambda text: _route("allow_host", text, parse_host_port)),
                connect_to=self.each("connect_to", lambda text: _route("connect_to", text, parse_connect_to)),
                ca_file=self.one("ca_file", lambda text: _path("ca_file", text)),
                insecure=self.one("insecure", lambda text: _truth("insecure", text)),
                proxy=self.one("proxy", _proxy),
                headers=self.each("headers", lambda text: values.header(text, "header")),
                cookies=self.one("cookies", lambda text: _path("cookies", text)),
                max_bytes=self.one("max_bytes", lambda text: values.size(text, "max_bytes")),
                max_time=self.one("max_time", lambda text: values.seconds(text, "max_time")),
                max_redirects=self.one("max_redirects", _redirects),
                platform=self.one("platform", _platform),
                thread=self.one("thread", lambda text: values.count(text, "thread", MAX_REPLIES)),
                depth=self.one("depth", _depth),
                media=self.one("media", lambda text: _truth("media", text)),
                page=self.one("page", lambda text: _truth("page", text)),
                linked=self.one("linked", lambda text: values.linked(text, "linked")),
            ),
        )


def _address(text: str) -> Address:
    if _SECOND.search(text):  # as one address it would be answered, mostly with 404, and the second one lost
        why = f"address {shown(_without_login(text))} cannot be used: another one follows in it"
        raise UsageError("address", why, "give each a row of its own; %20 for a blank that belongs to an address")
    try:
        return Address.parse(text)
    except UsageError as exc:
        why = exc.message.rpartition(" cannot be used: ")[2]
        raise UsageError(exc.kind, f"address {shown(_without_login(text))} cannot be used: {why}", exc.hint) from exc


def _without_login(text: str) -> str:
    """Return an address for a message: before an @ may stand a name and a password."""
    return "…" + text[text.rindex("@") :] if "@" in text else text


def _route(name: str, text: str, parse: Callable[[str], _Value]) -> _Value:
    try:
        return parse(values.bounded(text, name))
    except UsageError as exc:
        why = exc.message if exc.message.startswith(name) else f"{name}: {exc.message}"
        raise UsageError(exc.kind, why, exc.hint) from exc


def _path(name: str, text: str) -> str:
    if "\0" in values.bounded(text, name):
        raise UsageError("flag", f"{name}: not a path")
    return text


def _truth(name: str, text: str) -> bool:
    if text.casefold() not in {"true", "false"}:
        raise UsageError("flag", f"{name} {shown(text)}: neither true nor false")
    return text.casefold() == "true"


def _platform(text: str) -> str:
    if PLATFORM.fullmatch(text) is None:
        raise UsageError("flag", f"platform {shown(text)}: not the name of one", "archiver platforms lists them")
    return text


def _depth(text: str) -> int:
    return max(1, values.count(text, "depth", MAX_DEPTH))


def _proxy(text: str) -> str:
    problem = proxy_problem(values.bounded(text, "proxy"))
    if problem is not None:  # the address is not repeated: it may hold a password
        raise UsageError("flag", f"proxy: {problem}", "write it as socks5h://127.0.0.1:9050")
    return text


def _redirects(text: str) -> int:
    return values.count(text, "max_redirects", MAX_REDIRECTS)


def _over(own: Said, general: Said) -> Said:
    """Return what is said of a row: its own values win, those of which there can be many are added."""
    mine, theirs = own.options, general.options
    named = {name.lower() for name, _ in mine.headers}
    return Said(
        note=own.note or general.note,
        tags=tuple(dict.fromkeys(general.tags + own.tags)),
        options=RowOptions(
            allow_host=tuple(dict.fromkeys(theirs.allow_host + mine.allow_host)),
            connect_to=mine.connect_to + theirs.connect_to,  # the first for a host counts
            ca_file=_first(mine.ca_file, theirs.ca_file),
            insecure=_first(mine.insecure, theirs.insecure),
            proxy=_first(mine.proxy, theirs.proxy),
            headers=tuple(each for each in theirs.headers if each[0].lower() not in named) + mine.headers,
            cookies=_first(mine.cookies, theirs.cookies),
            max_bytes=_first(mine.max_bytes, theirs.max_bytes),
            max_time=_first(mine.max_time, theirs.max_time),
            max_redirects=_first(mine.max_redirects, theirs.max_redirects),
            platform=_first(mine.platform, theirs.platform),
            thread=_first(mine.thread, theirs.thread),
            depth=_first(mine.depth, theirs.depth),
            media=_first(mine.media, theirs.media),
            page=_first(mine.page, theirs.page),
            linked=_first(mine.linked, theirs.linked),
        ),
    )


def _first(own: _Value | None, general: _Value | None) -> _Value | None:
    return general if own is None else own
