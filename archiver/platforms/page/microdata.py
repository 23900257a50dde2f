"""Microdata on a page (https://html.spec.whatwg.org/multipage/microdata.html): the properties of the one main item."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from archiver.model.post import Actor, Found, Media, Moment, Post, PostType, Rendition, Tag
from archiver.platforms.html import Element
from archiver.platforms.page.addresses import absolute
from archiver.platforms.page.elements import text_of
from archiver.platforms.page.schema import hashtags
from archiver.platforms.page.times import told as time_told
from archiver.platforms.page.told import Told

MAX_ITEMS: Final = 200
MAX_PROPERTIES: Final = 300
_MAX_DEPTH: Final = 64  # ancestors that are looked at

_TYPES: Final[dict[str, PostType]] = {
    "BlogPosting": "Article", "SocialMediaPosting": "Note", "DiscussionForumPosting": "Note", "VideoObject": "Video",
    "AudioObject": "Audio",
}  # fmt: skip
_ADDRESSES: Final = {
    "a": "href", "area": "href", "link": "href", "img": "src", "audio": "src", "video": "src", "source": "src",
    "iframe": "src", "embed": "src", "object": "data",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """The main item of a page: its kind, and the properties that are its own, in order."""

    kind: PostType | None
    properties: tuple[tuple[str, Element], ...]
    base: str

    def all(self, *names: str) -> tuple[Element, ...]:
        """Return the elements of a property."""
        return tuple(each for key, each in self.properties if key in names)

    def text(self, *names: str) -> Found[str] | None:
        """Return what the first of these properties says."""
        return next((said for each in self.all(*names) if (said := _said(each)) is not None), None)

    def moment(self, *names: str) -> Moment | None:
        """Return the time that the first of these properties says."""
        return time_told(self.text(*names))

    def url(self, *names: str) -> Found[str] | None:
        """Return the address that the first of these properties says."""
        return next((url for each in self.all(*names) if (url := _address(each, self.base)) is not None), None)


def microdata(page: Element, base: str) -> Told:
    """Return what the main item tells: the only article, else the only posting, video or sound; else nothing."""
    item = _main(page, base)
    body = next(iter(item.all("articleBody")), None)
    authors = tuple(actor for each in item.all("author") if (actor := _actor(each, base, "Person")) is not None)
    houses = (_actor(each, base, "Organization") for each in item.all("publisher"))
    picture = item.url("image") or item.url("thumbnailUrl")
    return Told(
        "microdata",
        type=item.kind,
        url=item.url("mainEntityOfPage", "url"),
        authors=authors,
        publisher=next((each for each in houses if each is not None), None),
        published=item.moment("datePublished") or item.moment("uploadDate"),
        updated=item.moment("dateModified"),
        name=item.text("headline") or item.text("name"),
        summary=item.text("description"),
        text=text_of(body) if body is not None else None,
        language=item.text("inLanguage"),
        tags=tuple(_tags(item)),
        media=(Media("Image", renditions=(Rendition(picture, "best"),)),) if picture else (),
        beside=tuple(_beside(item)),
    )


def _main(page: Element, base: str) -> Item:
    found: list[tuple[Element, PostType]] = []
    for each in page.css("[itemscope][itemtype]")[:MAX_ITEMS]:
        said = each.attribute("itemtype")
        word = said.value.split(" ", 1)[0].rpartition("/")[2] if said is not None else ""
        kind: PostType | None = "Article" if word.endswith("Article") else _TYPES.get(word)
        if kind is not None and each.attribute("itemprop") is None:
            found.append((each, kind))
    articles = [each for each in found if each[1] == "Article"] or found
    if len(articles) != 1:
        return Item(None, (), base)
    main, kind = articles[0]
    return Item(kind, tuple(_properties(main)), base)


def _properties(main: Element) -> Iterator[tuple[str, Element]]:
    for each in main.css("[itemprop]")[:MAX_PROPERTIES]:
        names = each.attribute("itemprop")
        if names is not None and _is_own(each, main):
            for name in names.value.split()[:5]:
                yield name, each


def _is_own(each: Element, main: Element) -> bool:
    """Whether a property belongs to the item itself, and not to one within it."""
    node = each.node.parent if each.node is not None else None
    here = main.node.mem_id if main.node is not None else 0
    for _ in range(_MAX_DEPTH):
        if node is None or node.mem_id == here or "itemscope" in node.attributes:
            return node is not None and node.mem_id == here
        node = node.parent
    return False


def _said(each: Element) -> Found[str] | None:
    return each.attribute("content") or each.attribute("datetime") or each.text


def _address(each: Element, base: str) -> Found[str] | None:
    if each.attribute("itemtype") is not None:
        inner = (each.first(f'[itemprop="{name}"]') for name in ("contentUrl", "url"))
        return next((url for place in inner if place and (url := _address_of(place, base)) is not None), None)
    return _address_of(each, base)


def _address_of(each: Element, base: str) -> Found[str] | None:
    tag = each.node.tag if each.node is not None else ""
    said = each.attribute("content") or each.attribute(_ADDRESSES.get(tag or "", "href")) or each.attribute("itemid")
    return absolute(base, said)


def _actor(each: Element, base: str, otherwise: str) -> Actor | None:
    kind = each.attribute("itemtype")
    named, group = each, otherwise == "Organization"
    if kind is not None:
        named, group = each.first('[itemprop="name"]'), kind.value.endswith("Organization")
    name = _said(named) if named else None
    url = _address(each, base) or (_address_of(each.first("a[href]"), base) if each.first("a[href]") else None)
    return Actor("Organization" if group else "Person", name=name, url=url) if name or url else None


def _tags(item: Item) -> Iterator[Tag]:
    for each in item.all("keywords", "articleSection"):
        said = _said(each)
        yield from hashtags(said) if said is not None else ()


def _beside(item: Item) -> Iterator[Post]:
    for each in item.all("relatedLink"):
        url = _address(each, item.base)
        if url is not None:
            yield Post("Page", url=url, name=each.text)
