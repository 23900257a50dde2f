"""The XML of strangers as a small tree: no document types, no entities but those of XML itself, bounded in every way.

A feed that breaks off, or is broken somewhere, is read up to there.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final
from xml.parsers import expat

from archiver.http.charsets import charset_named, text_of
from archiver.model.platform import Seen
from archiver.model.post import Found

MAX_ELEMENTS: Final = 50_000
MAX_DEPTH: Final = 32
MAX_ATTRIBUTES: Final = 50  # of one element
MAX_TEXT: Final = 1 << 20  # characters of one element

_PREFIXES: Final = {
    "": "", "http://www.w3.org/2005/Atom": "", "http://purl.org/atom/ns#": "", "http://purl.org/rss/1.0/": "",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:", "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:", "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:", "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://www.w3.org/XML/1998/namespace": "xml:",
}  # fmt: skip


class Node:
    """An element: `path` says where it is, as for a page. Names have the usual prefix, those of feeds none."""

    __slots__ = ("_pieces", "_size", "attributes", "below", "counts", "exchange", "name", "path")

    def __init__(self, name: str, path: str, exchange: int, attributes: dict[str, str]) -> None:
        self.name, self.path, self.exchange, self.attributes = name, path, exchange, attributes
        self.below: list[Node] = []
        self.counts: dict[str, int] = {}
        self._pieces: list[str] = []
        self._size = 0

    def add(self, words: str) -> None:
        """Take up a piece of text."""
        words = words[: MAX_TEXT - self._size]
        self._size += len(words)
        self._pieces.append(words)

    def all(self, *names: str) -> Iterator["Node"]:
        """Yield the elements right below that have one of these names."""
        return (each for each in self.below if each.name in names)

    def first(self, *names: str) -> "Node | None":
        """Return the first element right below that has the first of these names that is there."""
        return next((each for name in names for each in self.all(name)), None)

    def text(self, *names: str) -> Found[str] | None:
        """Return the text of the first element right below of such a name that has one."""
        return next((words for name in names for each in self.all(name) if (words := each.words)), None)

    def attribute(self, name: str) -> Found[str] | None:
        """Return the value of an attribute, None where it is missing or empty."""
        value = self.attributes.get(name)
        return Found(value[:MAX_TEXT], self.exchange, f"{self.path} @{name}") if value else None

    @property
    def words(self) -> Found[str] | None:
        """The text in it and below it, without white space around it; None for none."""
        pieces, waiting = [], [self]
        while waiting:
            each = waiting.pop()
            pieces += each._pieces
            waiting += reversed(each.below)
        words = "".join(pieces)[:MAX_TEXT].strip()
        return Found(words, self.exchange, self.path) if words else None


class _Stop(Exception):
    """Enough was read, or more is not wanted."""


def tree_of(seen: Seen) -> tuple[Node | None, bool]:
    """Return the root of the XML in an answer, None where there is none, and whether it was read to its end."""
    root = Node("", "", seen.number, {})
    reader = _Reader(root)
    data, charset = _text(seen)
    try:
        parser = expat.ParserCreate(charset, namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = reader.stop
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.words
        parser.Parse(data, True)
        whole = True
    except (expat.ExpatError, _Stop, LookupError, ValueError):
        whole = False
    return (root.below[0] if root.below else None), whole


class _Reader:
    def __init__(self, root: Node) -> None:
        self._open = [root]
        self._deeper = self._count = 0

    def stop(self, *_: object) -> None:
        raise _Stop

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise _Stop
        if len(self._open) > MAX_DEPTH:
            self._deeper += 1
            return
        above, short = self._open[-1], _short(name)
        above.counts[short] = number = above.counts.get(short, 0) + 1
        path = f"{above.path} {short}[{number}]".lstrip()
        node = Node(
            short, path, above.exchange, {_short(each): attributes[each] for each in islice(attributes, MAX_ATTRIBUTES)}
        )
        above.below.append(node)
        self._open.append(node)

    def end(self, _: str) -> None:
        if self._deeper:
            self._deeper -= 1
        else:
            self._open.pop()

    def words(self, words: str) -> None:
        if not self._deeper:
            self._open[-1].add(words)


def _short(name: str) -> str:
    space, _, local = name.rpartition(" ")
    return f"{_PREFIXES.get(space, '?:')}{local}"[:60]


def _text(seen: Seen) -> tuple[bytes, str | None]:
    """Return the bytes to be read, with the encoding that Content-Type says; where it says none, the XML does."""
    for parameter in seen.header("content-type").split(";")[1:]:
        name, _, value = parameter.partition("=")
        charset = charset_named(value.strip().strip("\"'")) if name.strip().lower() == "charset" else None
        if charset is not None:
            return text_of(seen.body, charset).lstrip().encode("utf-8", "replace"), "utf-8"
    return seen.body.lstrip(b"\t\n\r "), None
