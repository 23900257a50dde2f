"""Reading the feeds of strangers, Atom and RSS: any element may be missing or hostile. Nothing here raises.

feed = feed_in(seen)
for entry in feed.all("entry"):
    entry.first("author").first("name").text     a `Found`, or None
    entry.first("link").attribute("href")

A document type is refused, and with it every entity but the five of XML itself: nothing can grow in memory, and
nothing is fetched. Bounded in depth, in elements and in characters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from archiver.model.platform import Seen
from archiver.model.post import Found

MAX_TEXT: Final = 1 << 20  # characters of one value
MAX_ELEMENTS: Final = 20_000  # of a feed
MAX_DEPTH: Final = 100  # of elements in each other

_PREFIXES: Final = {
    "http://www.w3.org/2005/Atom": "",
    "http://search.yahoo.com/mrss/": "media:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
}
"""How elements of a namespace are called here, whatever prefix the feed uses. Those of others keep their namespace."""


@dataclass(slots=True)
class _Node:
    name: str
    attributes: dict[str, str]
    pieces: list[str] = field(default_factory=list)
    children: "list[_Node]" = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """An element of a feed, or the place where one was looked for and is not: `node` is None then.

    `path` says how it is found: names, each with the number of the match in brackets, from 1.
    """

    node: _Node | None
    exchange: int
    path: str = ""

    def __bool__(self) -> bool:
        """Whether it is there."""
        return self.node is not None

    def all(self, name: str) -> "tuple[Part, ...]":
        """Return the elements called `name` directly in this one, in their order."""
        fitting = [each for each in self.node.children if each.name == name] if self.node is not None else []
        return tuple(Part(each, self.exchange, self._below(name, n)) for n, each in enumerate(fitting, 1))

    def first(self, name: str) -> "Part":
        """Return the first element called `name` directly in this one."""
        return next(iter(self.all(name)), Part(None, self.exchange, self._below(name, 1)))

    @property
    def text(self) -> Found[str] | None:
        """The text directly in the element, as it stands; None where there is none but white space."""
        words = "".join(self.node.pieces)[:MAX_TEXT] if self.node is not None else ""
        return Found(words, self.exchange, self.path) if words.strip() else None

    def attribute(self, name: str) -> Found[str] | None:
        """Return the value of an attribute, None where it is missing or empty."""
        value = self.node.attributes.get(name) if self.node is not None else None
        return Found(value[:MAX_TEXT], self.exchange, f"{self.path} @{name}".lstrip()) if value else None

    def _below(self, name: str, number: int) -> str:
        return f"{self.path} {name}[{number}]".lstrip()


def feed_in(seen: Seen) -> Part:
    """Return the root of the feed in the answer of `seen`, an element that is not there where it is none.

    Of one that breaks off, or breaks a bound, what was closed by then is there.
    """
    return Part(_read(seen)[0], seen.number)


def is_whole(seen: Seen) -> bool:
    """Return whether the answer of `seen` is well-formed XML, read to its end: what is not in it is not there."""
    return _read(seen)[1]


def _read(seen: Seen) -> tuple[_Node | None, bool]:
    reader = _Reader()
    try:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = reader.refused
        parser.StartElementHandler = reader.opened
        parser.EndElementHandler = reader.closed
        parser.CharacterDataHandler = reader.said
        parser.Parse(seen.body, True)
    except (expat.ExpatError, ValueError, LookupError, _Enough):
        return reader.root, False  # what was closed before stands
    return reader.root, True


class _Enough(Exception):
    """The feed is larger than any that is read, or asks for what no feed needs."""


class _Reader:
    """Builds the elements as they are closed, so that what is cut in the middle is not there at all."""

    def __init__(self) -> None:
        self.root: _Node | None = None
        self._open: list[_Node] = []
        self._count = 0

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise _Enough
        node = _Node(_named(name), attributes)
        if not self._open:
            self.root = node
        self._open.append(node)

    def closed(self, name: str) -> None:
        node = self._open.pop()
        if self._open:
            self._open[-1].children.append(node)

    def said(self, text: str) -> None:
        node = self._open[-1]
        if node.size < MAX_TEXT:
            node.pieces.append(text)
            node.size += len(text)

    def refused(self, *_: object) -> None:
        self.root = None
        raise _Enough


def _named(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"{_PREFIXES.get(namespace, f'{{{namespace}}}' if namespace else '')}{local}"


def entries(feed: Part) -> Iterator[Part]:
    """Yield the entries of a feed: of Atom, or the items of RSS."""
    yield from feed.all("entry")
    yield from (*feed.all("item"), *feed.first("channel").all("item"))
