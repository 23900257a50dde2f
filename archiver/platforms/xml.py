"""Reading the XML of strangers, feeds above all: any element may be missing or hostile. Nothing here raises.

feed = xml_in(seen)
for entry in entries(feed):
    entry.first("author").first("name").text     a `Found`, or None
    entry.first("link").attribute("href")

A document type is refused, and with it every entity but the five of XML itself: nothing can grow in memory, and
nothing is fetched. Bounded in depth, in elements, in attributes and in characters.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Final
from xml.parsers import expat

from archiver.http.charsets import charset_declared, text_of
from archiver.model.platform import Seen
from archiver.model.post import Found

MAX_TEXT: Final = 1 << 20  # characters of one value
MAX_ELEMENTS: Final = 50_000
MAX_DEPTH: Final = 100  # of elements in each other
MAX_ATTRIBUTES: Final = 50  # of one element

_MAX_NAME: Final = 200
_HOLDERS: Final = frozenset({"feed", "rss", "rdf:RDF", "channel"})
_PREFIXES: Final = {
    "": "", "http://www.w3.org/2005/Atom": "", "http://purl.org/atom/ns#": "", "http://purl.org/rss/1.0/": "",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:", "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:", "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:", "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://www.youtube.com/xml/schemas/2015": "yt:", "http://www.w3.org/XML/1998/namespace": "xml:",
}  # fmt: skip
"""How names of a namespace begin here, whatever prefix a feed uses; those of others have it in braces."""


@dataclass(slots=True)
class _Node:
    name: str
    attributes: dict[str, str]
    content: "list[str | _Node]" = field(default_factory=list)
    size: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """An element, or the place where one was looked for and is not: `node` is None then.

    `path` says how it is found below the root: names, each with the number of the match in brackets, from 1.
    """

    node: _Node | None
    exchange: int
    path: str = ""

    def __bool__(self) -> bool:
        """Whether it is there."""
        return self.node is not None

    @property
    def name(self) -> str:
        """Its name, "" where it is not there."""
        return self.node.name if self.node is not None else ""

    @property
    def whole(self) -> bool:
        """Whether it was read to its end."""
        return self.node is not None and self.node.whole

    def all(self, *names: str) -> "tuple[Part, ...]":
        """Return the elements directly in this one that are called by one of `names`, in their order."""
        count: Counter[str] = Counter()
        found = []
        for each in self.node.content if self.node is not None else ():
            if isinstance(each, _Node) and each.name in names:
                count[each.name] += 1
                found.append(Part(each, self.exchange, self._below(each.name, count[each.name])))
        return tuple(found)

    def first(self, *names: str) -> "Part":
        """Return the first element directly in this one by the first of `names` that one has."""
        found = (each for name in names for each in self.all(name)[:1])
        return next(found, Part(None, self.exchange, self._below(names[0], 1)))

    def said(self, *names: str) -> Found[str] | None:
        """Return the text of the first element directly in this one, by the first of `names`, that has any."""
        return next((text for name in names for each in self.all(name) if (text := each.text)), None)

    @property
    def text(self) -> Found[str] | None:
        """The text within, without white space around it; None for none."""
        pieces: list[str] = []
        waiting: list[str | _Node] = [self.node] if self.node is not None else []
        while waiting:
            each = waiting.pop()
            if isinstance(each, str):
                pieces.append(each)
            else:
                waiting += reversed(each.content)
        words = "".join(pieces)[:MAX_TEXT].strip()
        return Found(words, self.exchange, self.path) if words else None

    def attribute(self, name: str) -> Found[str] | None:
        """Return the value of an attribute, None where it is missing or empty."""
        value = self.node.attributes.get(name) if self.node is not None else None
        return Found(value[:MAX_TEXT], self.exchange, f"{self.path} @{name}".lstrip()) if value else None

    def _below(self, name: str, number: int) -> str:
        return f"{self.path} {name}[{number}]".lstrip()


def xml_in(seen: Seen) -> Part:
    """Return the root of the XML in the answer of `seen`, an element that is not there where it is none.

    Its encoding is that of Content-Type, where that says none its own. Of what breaks off, or breaks a bound, there is
    what was closed by then, in the feed that was to hold it.
    """
    return Part(_read(seen)[0], seen.number)


def is_whole(seen: Seen) -> bool:
    """Return whether the answer of `seen` is well-formed XML, read to its end: what is not in it is not there."""
    return _read(seen)[1]


def _read(seen: Seen) -> tuple[_Node | None, bool]:
    reader = _Reader()
    data, charset = _data(seen)
    try:
        parser = expat.ParserCreate(charset, namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = reader.refused
        parser.StartElementHandler = reader.opened
        parser.EndElementHandler = reader.closed
        parser.CharacterDataHandler = reader.said
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError, _Enough):
        reader.broken()
        return reader.root, False
    return reader.root, True


def entries(feed: Part) -> Iterator[Part]:
    """Yield the entries of a feed: of Atom, or the items of RSS."""
    yield from feed.all("entry", "item")
    yield from feed.first("channel").all("entry", "item")


class _Enough(Exception):
    """It is larger than any that is read, or asks for what no feed needs."""


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
        node = _Node(_named(name), {_named(each): attributes[each] for each in islice(attributes, MAX_ATTRIBUTES)})
        if not self._open:
            self.root = node
        self._open.append(node)

    def closed(self, name: str) -> None:
        node = self._open.pop()
        node.whole = True
        if self._open:
            self._open[-1].content.append(node)

    def said(self, text: str) -> None:
        node = self._open[-1]
        if node.size < MAX_TEXT:
            node.content.append(text)
            node.size += len(text)

    def refused(self, *_: object) -> None:
        self.root = None
        raise _Enough

    def broken(self) -> None:
        for above, each in pairwise(self._open):
            if each.name not in _HOLDERS:
                return
            above.content.append(each)


def _named(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"{_PREFIXES.get(namespace, f'{{{namespace}}}')}{local}"[:_MAX_NAME]


def _data(seen: Seen) -> tuple[bytes, str | None]:
    charset = charset_declared(seen.header("content-type"))
    if charset is None:
        return seen.body.lstrip(b"\t\n\r "), None
    return text_of(seen.body, charset).lstrip().encode("utf-8", "replace"), "utf-8"
