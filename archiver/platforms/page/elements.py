"""What a page tells by its elements alone: language, headline, the article and its links, what stands beside it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode

from archiver.model.post import Found, Media, MediaType, Moment, Post, Rendition, Tag
from archiver.platforms.html import MAX_TEXT, Element
from archiver.platforms.page.addresses import absolute, host_of
from archiver.platforms.page.times import told as time_told
from archiver.platforms.page.told import Told

MAX_LINKS: Final = 200  # of the text of an article
MAX_ASIDE: Final = 50
MAX_FILES: Final = 40  # of the text of an article
_MAX_DEPTH: Final = 64  # ancestors that are looked at

_SPACES = re.compile("[ \t\r\f]+")  # those that a page does not show; others are part of the text
_BLOCKS: Final = frozenset(
    {"p", "div", "section", "li", "ul", "ol", "blockquote", "pre", "tr", "figure", "figcaption", "dt", "dd", "hr", "br",
     "h1", "h2", "h3", "h4", "h5", "h6"}
)  # fmt: skip
_SILENT: Final = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "form", "button", "select", "nav", "aside", "math"}
)
_BESIDE: Final = (
    "aside a[href]", 'a[rel~="next"]', 'a[rel~="prev"]', 'a[rel~="related"]', 'link[rel~="next"]', 'link[rel~="prev"]',
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Links:
    """What the `<link>` elements of a page name, each with its rel, type and absolute address."""

    named: tuple[tuple[str, str, Found[str]], ...]

    def first(self, rel: str) -> Found[str] | None:
        """Return the first address with this rel."""
        return next((url for rels, _, url in self.named if rel in rels.split()), None)

    def alternates(self, *kinds: str) -> tuple[Found[str], ...]:
        """Return the addresses of the page in other forms, of these media types."""
        return tuple(url for rels, kind, url in self.named if "alternate" in rels.split() and kind in kinds)


def base_of(page: Element, url: str) -> str:
    """Return the address that the relative addresses on a page are relative to."""
    found = absolute(url, page.first("base[href]").attribute("href"))
    return found.value if found is not None else url


def links_of(page: Element, base: str) -> Links:
    """Return what the `<link>` elements name, the first few hundred."""
    named = []
    for each in page.css("link[rel][href]")[:500]:
        rel, kind = each.attribute("rel"), each.attribute("type")
        url = absolute(base, each.attribute("href"))
        if rel is not None and url is not None:
            media = kind.value.partition(";")[0].strip().lower() if kind is not None else ""
            named.append((rel.value.lower(), media, url))
    return Links(tuple(named))


def article_of(page: Element) -> Element:
    """Return the one element that holds the article: `<article>`, or else `<main>`, where there is just one."""
    for selector in ("article", "main"):
        found = page.css(selector)
        if len(found) == 1:
            return found[0]
    return Element(None, page.exchange)


def canonical(links: Links) -> Told:
    """Return where the page says that it is."""
    return Told("the canonical link", weak=True, url=links.first("canonical"))


def elements(page: Element, base: str, links: Links, *, text: bool) -> Told:
    """Return what the elements tell; the text of the article only where `text` says that no other form has it."""
    article = article_of(page)
    moment = _time(article)
    heading = page.css("h1")
    name = heading[0].text if len(heading) == 1 else None
    return Told(
        "the elements of the page",
        weak=not (article and article.path.startswith("article") and moment is not None),
        published=moment,
        name=name or page.first("title").text,
        text=text_of(article) if text else None,
        language=page.first("html").attribute("lang") or page.attribute("lang"),
        tags=tuple(_links(article, base)),
        media=tuple(_files(article, base)),
        beside=tuple(_beside(page, base)),
    )


def text_of(element: Element) -> Found[str] | None:
    """Return the text of an element without what stands beside it: scripts, forms, menus, asides. None for none."""
    if element.node is None:
        return None
    pieces: list[str] = []
    room = MAX_TEXT
    for piece in _pieces(element.node):
        pieces.append(piece[:room])
        room -= len(pieces[-1])
        if room <= 0:
            break
    lines = (_SPACES.sub(" ", line).strip(" ") for line in "".join(pieces).replace("\0", "").split("\n"))
    words = "\n".join(line for line in lines if line)
    return Found(words.encode("utf-8", "replace").decode("utf-8"), element.exchange, element.path) if words else None


def link_tag(each: Element, base: str) -> Tag | None:
    """Return where an `<a>` leads, with its words; None for what leads nowhere on the web."""
    href = absolute(base, each.attribute("href"))
    return Tag("Link", _words(each), href) if href is not None else None


def _pieces(root: LexborNode) -> Iterator[str]:
    node: LexborNode | None = root
    while node is not None:
        below = None
        if node.is_text_node:
            yield (node.text_content or "").replace("\n", " ")
        elif node.tag not in _SILENT or node.mem_id == root.mem_id:
            if node.tag in _BLOCKS:
                yield "\n"
            below = node.child
        if below is not None:
            node = below
            continue
        while node is not None and node.next is None and node.mem_id != root.mem_id:
            node = node.parent
            if node is not None and node.tag in _BLOCKS:
                yield "\n"
        node = node.next if node is not None and node.mem_id != root.mem_id else None


def _words(each: Element) -> Found[str] | None:
    said = each.text
    if said is None:
        return None
    return Found(" ".join(said.value[:1_000].split()), said.exchange, said.at)


def _time(article: Element) -> Moment | None:
    """Return the only time within the article; where there are several, which is whose is not told."""
    found = [said for each in article.css("time[datetime]")[:50] if (said := each.attribute("datetime")) is not None]
    return time_told(found[0]) if len({each.value.strip() for each in found}) == 1 else None


def _links(article: Element, base: str) -> Iterator[Tag]:
    for each in article.css("a[href]")[:MAX_LINKS]:
        tag = link_tag(each, base)
        if tag is not None and not _is_aside(each, article):
            yield tag


def _is_aside(each: Element, article: Element) -> bool:
    node = each.node
    for _ in range(_MAX_DEPTH):
        if node is None or article.node is None or node.mem_id == article.node.mem_id:
            return False
        if node.tag in ("aside", "nav"):
            return True
        node = node.parent
    return False


def _files(article: Element, base: str) -> Iterator[Media]:
    for selector in ("img", "video", "audio"):
        for each in article.css(selector)[:MAX_FILES]:
            found = _picture(each, base) if selector == "img" else _stream(each, base, selector)
            if found is not None and not _is_aside(each, article):
                yield found


def _picture(each: Element, base: str) -> Media | None:
    url = absolute(base, each.attribute("src")) or absolute(base, each.attribute("data-src"))
    return Media("Image", description=each.attribute("alt"), renditions=(Rendition(url, "best"),)) if url else None


def _stream(each: Element, base: str, tag: str) -> Media | None:
    kind: MediaType = "Video" if tag == "video" else "Audio"
    places = (each, *each.css("source")[:10])
    urls = [url for place in places if (url := absolute(base, place.attribute("src"))) is not None]
    still = absolute(base, each.attribute("poster"))
    files = tuple(Rendition(url, "best") for url in urls) + ((Rendition(still, "thumb"),) if still else ())
    if not files and tag == "audio":
        return None
    return Media(kind, renditions=files, why="" if urls else "the page names no file for it")


def _beside(page: Element, base: str) -> Iterator[Post]:
    """Yield what the page leads on to: links of the same site in `<aside>`, and those that say next, prev, related."""
    host = host_of(base)
    for selector in _BESIDE:
        for each in page.css(selector)[:MAX_ASIDE]:
            url = absolute(base, each.attribute("href"))
            name = _words(each) or each.attribute("title")
            if url is not None and name is not None and (host_of(url.value) == host or "related" in selector):
                yield Post("Page", url=url, name=name)
            elif url is not None and selector.startswith("link") and host_of(url.value) == host:
                yield Post("Page", url=url)
