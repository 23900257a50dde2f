"""Reading the pages of strangers: any element may be missing or hostile. Nothing here raises.

page = page_in(seen)
for message in page.css("div.message"):
    message.first(".text").text                  a `Found`, or None
    message.first("time").attribute("datetime")
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.http.page import page_text
from archiver.model.platform import Seen
from archiver.model.post import Found

MAX_TEXT: Final = 1 << 20  # characters of one value
MAX_ELEMENTS: Final = 10_000  # that match one selector

_BLOCKS: Final = frozenset({"p", "div", "li", "blockquote", "pre", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a page, or the place where one was looked for and is not: `node` is None then.

    `path` says how it is found: selectors, each with the number of the match in brackets, from 1.
    """

    node: LexborNode | None
    exchange: int
    path: str = ""

    def __bool__(self) -> bool:
        """Whether it is there."""
        return self.node is not None

    def css(self, selector: str) -> "tuple[Element, ...]":
        """Return the elements within this one that match, in the order of the page."""
        if self.node is None:
            return ()
        found = self.node.css(selector)[:MAX_ELEMENTS]
        return tuple(Element(node, self.exchange, self._below(selector, n)) for n, node in enumerate(found, 1))

    def first(self, selector: str) -> "Element":
        """Return the first element within this one that matches."""
        node = self.node.css_first(selector) if self.node is not None else None
        return Element(node, self.exchange, self._below(selector, 1))

    def has_class(self, name: str) -> bool:
        """Whether the element has this class."""
        return self.node is not None and name in (self.node.attributes.get("class") or "").split()

    @property
    def text(self) -> Found[str] | None:
        """The text within, line breaks where the page has them, without white space around it; None for none."""
        if self.node is None:
            return None
        words = "".join(_pieces(self.node)).replace("\0", "").strip()
        return self._found(words, "") if words else None

    @property
    def html(self) -> Found[str] | None:
        """The markup within, as the parser writes it."""
        return self._found(self.node.inner_html or "", "") if self.node is not None else None

    def attribute(self, name: str) -> Found[str] | None:
        """Return the value of an attribute, None where it is missing or empty."""
        value = self.node.attributes.get(name) if self.node is not None else None
        return self._found(value, f" @{name}") if value else None

    def _found(self, value: str, suffix: str) -> Found[str]:
        value = value[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8")
        return Found(value, self.exchange, f"{self.path}{suffix}")

    def _below(self, selector: str, number: int) -> str:
        return f"{self.path} {selector}[{number}]".lstrip()


def page_in(seen: Seen) -> Element:
    """Return the page in the answer of `seen`; one without elements where it is none."""
    media_type = seen.header("content-type").encode("latin-1") or None
    return Element(LexborHTMLParser(page_text(media_type, seen.body)).root, seen.number)


def markup_in(said: Found[str]) -> Element:
    """Return the markup that stands in a value: the contents of a feed, of an interface."""
    text = page_text(b"text/html; charset=utf-8", said.value.encode("utf-8", "replace"))
    return Element(LexborHTMLParser(text).root, said.exchange, said.at)


def _pieces(node: LexborNode) -> Iterator[str]:
    for each in node.traverse(include_text=True):
        if each.is_text_node:
            yield each.text_content or ""
        elif each.tag == "br" or (each.tag in _BLOCKS and each.mem_id != node.mem_id):
            yield "\n"
