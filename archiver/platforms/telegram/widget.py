"""The pages of t.me as an adapter reads them: which exchange holds which, and what is a message's own.

A message brings others along: what it answers, the preview of a link, a fallback for clients that cannot show it. What
stands in there is not its own, though it has the same classes.
"""

import re
from dataclasses import dataclass
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.platforms.html import Element, page_in

ROLES: Final = ("embed", "around", "card", "words", "discussion")  # pages, in the order in which they are asked
MAX_ALIKE: Final = 300  # elements of a message that match one selector

_MESSAGE: Final = frozenset({"tgme_widget_message"})
_FOREIGN: Final = _MESSAGE | {
    "tgme_widget_message_reply",
    "tgme_widget_message_link_preview",
    "media_not_supported_cont",
}
_MAX_DEPTH: Final = 60  # elements between a message and what is its own
_POST_ID = re.compile(r"([A-Za-z0-9_]{1,64})/([0-9]{1,15})g?")
_SINGLE = re.compile(r"https?://[^/?#\s]{1,100}/(?:s/)?[A-Za-z0-9_]{1,64}/([0-9]{1,15})\?single")


@dataclass(frozen=True, slots=True)
class Message:
    """A message on a page: `name` and `number` are those of its `data-post`, `numbers` all that its album covers."""

    element: Element
    name: str
    number: int
    numbers: frozenset[int]

    def own(self, selector: str) -> tuple[Element, ...]:
        """Return the elements that match and are the message's own."""
        return owned(self.element, selector)

    def first(self, selector: str) -> Element:
        """Return the first such element, one that is not there where none is."""
        return next(iter(self.own(selector)), Element(None, self.element.exchange, f"{self.element.path} {selector}"))


@dataclass(frozen=True, slots=True)
class Pages:
    """What was answered: for each role the last exchange of its chain of redirects, and the page in it."""

    seen: dict[str, Seen]
    page: dict[str, Element]

    def messages(self, role: str) -> tuple[Message, ...]:
        """Return the messages on the page of `role`, each once, in its order."""
        page = self.page.get(role)
        found: dict[tuple[str, int], Message] = {}
        for element in page.css("div.tgme_widget_message[data-post]")[:MAX_ALIKE] if page else ():
            message = _message(element)
            if message is not None and page and not has_ancestor(element, _MESSAGE, page):
                found.setdefault((message.name.lower(), message.number), message)
        return tuple(found.values())

    def post(self, key: PostKey, role: str) -> Message | None:
        """Return the message that `key` means, on the page of `role`.

        A channel that was renamed is answered under its new name, and a number within an album with the album.
        """
        number = int(key.part("number") or 0)
        fitting = [each for each in self.messages(role) if number in each.numbers]
        exact = [each for each in fitting if each.number == number]
        return next(iter(exact or fitting), None)

    def error(self, role: str) -> Element:
        """Return the element by which Telegram says that it shows no message."""
        return self._first(role, ".tgme_widget_message_error")

    def comments(self) -> tuple[Element, ...]:
        """Return the comments on the page of a discussion, in its order."""
        page = self.page.get("discussion")
        return page.css("div.tgme_widget_message[data-post-id]")[:MAX_ALIKE] if page else ()

    def comment(self, number: str) -> Element:
        """Return the comment with this number."""
        found = (each for each in self.comments() if (said := each.attribute("data-post-id")) and said.value == number)
        return next(found, Element(None, 0))

    def card(self, role: str) -> Element:
        """Return the title by which a page shows that there is a channel, a group or an account of that name."""
        return self._first(role, ":is(.tgme_page_title, .tgme_channel_info_header_title)")

    def shows_channel(self) -> bool:
        """Whether the channel's messages are shown to everybody."""
        return bool(self._first("around", ".tgme_channel_info")) and bool(self.messages("around"))

    def redirected(self, role: str) -> bool:
        """Whether the page was not given, but another address named."""
        seen = self.seen.get(role)
        return seen is not None and 300 <= seen.status < 400

    def _first(self, role: str, selector: str) -> Element:
        page = self.page.get(role)
        return page.first(selector) if page else Element(None, 0)


def pages_in(seen: tuple[Seen, ...]) -> Pages:
    """Return the pages among what was seen; only an answer with status 200 has one."""
    last = {each.role: each for each in seen if each.role in ROLES}
    return Pages(last, {role: page_in(each) for role, each in last.items() if each.status == 200})


def owned(element: Element, selector: str) -> tuple[Element, ...]:
    """Return what matches below `element`, without what stands in a reply, a link preview or a fallback."""
    return tuple(each for each in element.css(selector)[:MAX_ALIKE] if _is_own(each, element))


def has_ancestor(element: Element, names: frozenset[str], top: Element) -> bool:
    """Whether an element between `element` and `top` has one of the classes `names`, or is too deep to tell."""
    node = element.node.parent if element.node is not None else None
    for _ in range(_MAX_DEPTH):
        if node is None or (top.node is not None and node.mem_id == top.node.mem_id):
            return False
        if not names.isdisjoint((node.attributes.get("class") or "").split()):
            return True
        node = node.parent
    return True


def own_words(element: Element) -> str:
    """Return the text that stands directly in an element, not that of the elements in it."""
    words = element.node.text(deep=False) if element.node is not None else ""
    return words.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:10_000]


def single_number(href: str) -> int | None:
    """Return the number of the album's part that a link leads to, None for other links."""
    match = _SINGLE.match(href[:2000])
    return int(match[1]) if match else None


def _is_own(element: Element, top: Element) -> bool:
    return not any(element.has_class(each) for each in _FOREIGN) and not has_ancestor(element, _FOREIGN, top)


def _message(element: Element) -> Message | None:
    said = element.attribute("data-post")
    match = _POST_ID.fullmatch(said.value) if said else None
    if match is None:
        return None
    parts = {_linked(each) for each in owned(element, 'a[href*="?single"]')}
    return Message(element, match[1], int(match[2]), frozenset({int(match[2]), *(n for n in parts if n is not None)}))


def _linked(link: Element) -> int | None:
    href = link.attribute("href")
    return single_number(href.value) if href else None
