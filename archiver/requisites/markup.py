"""What an HTML page or an SVG drawing names (HTML Living Standard): elements, attributes, and the CSS within."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborNode

from archiver.model.address import Address
from archiver.requisites.css import MAX_CSS, Painted, painted_in_declarations, painted_in_sheet
from archiver.requisites.links import Links, base_of
from archiver.requisites.srcset import candidates
from archiver.requisites.tree import elements_of
from archiver.requisites.values import Contents, Kind, Reason, Rules

FAVICON: Final = "/favicon.ico"  # asked for where a page names no icon (HTML §4.6.7.8)

Attributes = dict[str, str]

# What has one meaning wherever it stands. What depends on other attributes is read by a method of `_Reader`.
_PLAIN: Final[dict[str, tuple[tuple[str, Kind], ...]]] = {
    "embed": (("src", "object"),),
    "feimage": (("href", "image"), ("xlink:href", "image")),
    "frame": (("src", "frame"),),
    "image": (("href", "image"), ("xlink:href", "image")),
    "img": (("src", "image"),),
    "object": (("data", "object"),),
    "track": (("src", "track"),),
    "use": (("href", "image"), ("xlink:href", "image")),
    "video": (("poster", "poster"), ("src", "media")),
    "audio": (("src", "media"),),
    **dict.fromkeys(("body", "table", "thead", "tbody", "tfoot", "tr", "td", "th"), (("background", "image"),)),
}
# What scripts of lazy loading are told, by the usual libraries. No standard knows these.
_LAZY: Final = ("data-src", "data-original", "data-lazy-src")
_LAZY_SETS: Final = ("data-srcset", "data-lazy-srcset")
_LAZY_TAGS: Final = frozenset({"img", "source", "iframe"})
_PAINTED: Final = frozenset(
    {
        "style", "fill", "stroke", "filter", "mask", "clip-path", "cursor", "marker-start", "marker-mid", "marker-end",
    }
)  # fmt: skip
_ICONS: Final = frozenset({"icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "fluid-icon"})
_AHEAD: Final[dict[str, Kind]] = {
    "style": "stylesheet",
    "script": "script",
    "worker": "script",
    "font": "font",
    "image": "image",
    "track": "track",
    "video": "media",
    "audio": "media",
    "document": "frame",
}
_SCRIPTS: Final = frozenset(
    {
        "", "module", "text/javascript", "application/javascript", "application/x-javascript", "text/ecmascript",
        "application/ecmascript", "text/jscript", "text/livescript",
    }
)  # fmt: skip
_TYPES: Final = {"pdf": "application/pdf"}


def named_in_markup(text: str, address: Address, charset: str, rules: Rules, level: int) -> Contents:
    """Return what a page names that was answered at `address`.

    `level` is 0 for the page itself, 1 for a frame in it. The content of `<noscript>` counts, as for a reader without
    scripts; that of `<template>` does not: it is no part of the page until a script makes it one.
    """
    links = Links(address, charset)
    _Reader(links, rules, level).read(text)
    return links.contents()


@dataclass(slots=True)
class _Reader:
    links: Links
    rules: Rules
    level: int
    prefix: str = ""
    _counted: Counter[str] = field(default_factory=Counter)
    _css_left: int = MAX_CSS
    _icon: bool = False

    def read(self, text: str) -> None:
        nodes, whole = elements_of(text)
        self.links.whole = self.links.whole and whole
        self._set_base(nodes)
        for node in nodes:
            tag = str(node.tag).lower()
            self._counted[tag] += 1
            self._element(node, tag, {name: value or "" for name, value in node.attributes.items()})
        if self.level == 0 and not self._icon:
            self.links.add("icon", FAVICON, "by default")

    def _set_base(self, nodes: Iterable[LexborNode]) -> None:
        declared = (node.attributes["href"] for node in nodes if node.tag == "base" and "href" in node.attributes)
        self.links.base = base_of(self.links.base, next(declared, "") or "", self.links.charset) or self.links.base

    def _element(self, node: LexborNode, tag: str, attributes: Attributes) -> None:
        for name, kind in _PLAIN.get(tag, ()):
            self._add(kind, attributes, name, tag)
        special = _SPECIAL.get(tag)
        if special is not None:
            special(self, node, attributes)
        if tag in _LAZY_TAGS:
            self._lazy(tag, attributes)
        for name, value in attributes.items():
            if name in _PAINTED and "(" in value:
                self._painted(painted_in_declarations, value, f"{self._place(tag)} @{name} ")

    def _add(self, kind: Kind, attributes: Attributes, name: str, tag: str, reason: Reason | None = None) -> None:
        if kind == "media" and not self.rules.media:
            reason = "media"
        elif kind == "frame" and self.level >= self.rules.frames:
            reason = "frame-depth"
        self.links.add(kind, attributes.get(name, ""), f"{self._place(tag)} @{name}", reason)

    def _place(self, tag: str) -> str:
        return f"{self.prefix}{tag}[{self._counted[tag]}]"

    def _painted(self, read: Callable[[str], tuple[tuple[Painted, ...], bool]], text: str, place: str) -> None:
        painted, whole = read(text[: self._css_left])
        self.links.whole = self.links.whole and whole and len(text) <= self._css_left
        self._css_left -= min(len(text), self._css_left)
        for each in painted:
            self.links.add(each.kind, each.url, place + each.place, each.reason)

    def _set(self, text: str, place: str, reason: Reason | None = None) -> None:
        for rank, url in enumerate(candidates(text)):
            over: Reason | None = "candidates" if rank >= self.rules.candidates else None
            self.links.add("candidate", url, place, reason or over, rank)

    def _image(self, node: LexborNode, attributes: Attributes) -> None:
        self._set(attributes.get("srcset", ""), f"{self._place('img')} @srcset")

    def _source(self, node: LexborNode, attributes: Attributes) -> None:
        if node.parent is not None and node.parent.tag == "picture":
            self._set(attributes.get("srcset", ""), f"{self._place('source')} @srcset")
        else:
            self._add("media", attributes, "src", "source")

    def _lazy(self, tag: str, attributes: Attributes) -> None:
        reason: Reason | None = None if self.rules.lazy else "lazy"
        for name in _LAZY:
            self._add("frame" if tag == "iframe" else "image", attributes, name, tag, reason)
        for name in _LAZY_SETS:
            self._set(attributes.get(name, ""), f"{self._place(tag)} @{name}", reason)

    def _frame(self, node: LexborNode, attributes: Attributes) -> None:
        if "srcdoc" not in attributes:
            self._add("frame", attributes, "src", "iframe")
            return
        self._add("frame", attributes, "src", "iframe", "srcdoc")
        place = f"{self._place('iframe')} @srcdoc"
        if self.level >= self.rules.frames:
            self.links.skip("frame", "about:srcdoc", place, "frame-depth")
            return
        outer = self.links.base
        within = _Reader(self.links, self.rules, self.level + 1, f"{place} ", _css_left=self._css_left)
        within.read(attributes["srcdoc"])
        self.links.base, self._css_left = outer, within._css_left

    def _link(self, node: LexborNode, attributes: Attributes) -> None:
        relations = frozenset(attributes.get("rel", "").lower().split())
        if "stylesheet" in relations:
            declared = attributes.get("type", "").partition(";")[0].strip().lower()
            self._add("stylesheet", attributes, "href", "link", None if declared in {"", "text/css"} else "type")
        if relations & _ICONS:
            self._icon = self._icon or "icon" in relations
            self._add("icon", attributes, "href", "link")
        if "manifest" in relations:
            self._add("manifest", attributes, "href", "link")
        if "modulepreload" in relations:
            self._add("script", attributes, "href", "link")
        if "preload" in relations:
            self._add(_AHEAD.get(attributes.get("as", "").lower(), "data"), attributes, "href", "link")
            self._set(attributes.get("imagesrcset", ""), f"{self._place('link')} @imagesrcset")

    def _script(self, node: LexborNode, attributes: Attributes) -> None:
        declared = attributes.get("type", "").partition(";")[0].strip().lower()
        for name in ("src", "href", "xlink:href"):  # the latter two in SVG
            self._add("script", attributes, name, "script", None if declared in _SCRIPTS else "type")

    def _style(self, node: LexborNode, attributes: Attributes) -> None:
        if attributes.get("type", "").strip().lower() in {"", "text/css"}:
            self._painted(painted_in_sheet, node.text(deep=True), f"{self._place('style')} ")

    def _input(self, node: LexborNode, attributes: Attributes) -> None:
        if attributes.get("type", "").lower() == "image":
            self._add("image", attributes, "src", "input")

    def _meta(self, node: LexborNode, attributes: Attributes) -> None:
        if attributes.get("http-equiv", "").strip().lower() == "refresh":
            place = f"{self._place('meta')} @content"
            self.links.add("page", _refreshed(attributes.get("content", "")), place, "refresh")

    def _anchor(self, node: LexborNode, attributes: Attributes) -> None:
        if self.level == 0 and self._is_linked(attributes):
            self._add("linked", attributes, "href", str(node.tag))

    def _is_linked(self, attributes: Attributes) -> bool:
        if "download" in self.rules.linked and "download" in attributes:
            return True
        path = attributes.get("href", "").partition("#")[0].partition("?")[0].strip().lower()
        declared = attributes.get("type", "").strip().lower()
        return any(path.endswith(f".{each}") or declared == _TYPES.get(each, each) for each in self.rules.linked)


_SPECIAL: Final[dict[str, Callable[[_Reader, LexborNode, Attributes], None]]] = {
    "a": _Reader._anchor,
    "area": _Reader._anchor,
    "iframe": _Reader._frame,
    "img": _Reader._image,
    "input": _Reader._input,
    "link": _Reader._link,
    "meta": _Reader._meta,
    "script": _Reader._script,
    "source": _Reader._source,
    "style": _Reader._style,
}


def _refreshed(content: str) -> str:
    at = next((n for n, character in enumerate(content) if character in ";,"), len(content))
    rest = content[at + 1 :].strip()
    name, equals, value = rest.partition("=")
    if equals and name.strip().lower() == "url":
        rest = value.strip()
    if rest[:1] in {'"', "'"}:
        return rest[1:].partition(rest[0])[0]
    return rest
