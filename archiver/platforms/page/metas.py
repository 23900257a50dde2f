"""What stands in the `<meta>` of a page: OpenGraph (https://ogp.me), twitter:, Dublin Core, and the plain names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from archiver.model.post import Actor, Found, Media, MediaType, PostType, Rendition, Tag
from archiver.platforms.html import Element
from archiver.platforms.page.addresses import absolute
from archiver.platforms.page.schema import hashtags
from archiver.platforms.page.times import told as time_told
from archiver.platforms.page.told import Told

MAX_METAS: Final = 1_000

_NAME = re.compile(r"[A-Za-z0-9:._-]{1,60}")
_OG_TYPES: Final[dict[str, PostType]] = {"article": "Article", "video": "Video", "music": "Audio"}
_FILES: Final[dict[str, MediaType]] = {"og:image": "Image", "og:video": "Video", "og:audio": "Audio"}


@dataclass(frozen=True, slots=True)
class Metas:
    """The names of a page with what they say, in order; names are in lower case."""

    said: tuple[tuple[str, Found[str]], ...]
    base: str

    def first(self, *names: str) -> Found[str] | None:
        """Return what the first of `names` that is there says."""
        for name in names:
            for key, value in self.said:
                if key == name:
                    return value
        return None

    def all(self, *names: str) -> Iterator[Found[str]]:
        """Yield what every one of `names` says."""
        return (value for key, value in self.said if key in names)

    def url(self, *names: str) -> Found[str] | None:
        """Return the address that the first of `names` says."""
        return absolute(self.base, self.first(*names))


def metas_of(page: Element, base: str) -> Metas:
    """Return every `<meta>` that has a name and says something."""
    said: list[tuple[str, Found[str]]] = []
    numbers: dict[str, int] = {}
    for each in page.css("meta[content]")[:MAX_METAS]:
        attributes = each.node.attributes if each.node is not None else {}
        content = each.attribute("content")
        for attribute in ("property", "name"):
            name = attributes.get(attribute) or ""
            if not _NAME.fullmatch(name):
                continue
            path = f'meta[{attribute}="{name}"]'
            numbers[path] = numbers.get(path, 0) + 1
            if content is not None and content.value.strip():
                place = f"{path}[{numbers[path]}] @content"
                said.append((name.lower(), Found(content.value, content.exchange, place)))
    return Metas(tuple(said), base)


def open_graph(metas: Metas) -> Told:
    """Return what OpenGraph tells, with `article:`."""
    authors = tuple(_author(each, metas.base) for each in metas.all("article:author", "og:article:author"))
    site, house = metas.first("og:site_name"), metas.url("article:publisher")
    kind = metas.first("og:type")
    return Told(
        "OpenGraph",
        type=_OG_TYPES.get(kind.value.strip().lower().partition(".")[0]) if kind is not None else None,
        url=metas.url("og:url"),
        authors=authors,
        publisher=Actor("Organization", name=site, url=house) if site or house else None,
        published=time_told(metas.first("article:published_time", "og:article:published_time", "og:pubdate")),
        updated=time_told(metas.first("article:modified_time", "og:article:modified_time", "og:updated_time")),
        name=metas.first("og:title"),
        summary=metas.first("og:description"),
        language=metas.first("og:locale"),
        tags=tuple(_tags(metas, "article:section", "article:tag", "og:video:tag")),
        media=tuple(_files(metas)),
    )


def twitter(metas: Metas) -> Told:
    """Return what the names of X's cards tell."""
    picture, stream = metas.url("twitter:image", "twitter:image:src"), metas.url("twitter:player:stream")
    description = metas.first("twitter:image:alt")
    still = (Media("Image", description=description, renditions=(Rendition(picture, "best"),)),) if picture else ()
    moving = (Media("Video", renditions=(Rendition(stream, "best"),)),) if stream else ()
    return Told(
        "twitter:",
        name=metas.first("twitter:title"),
        summary=metas.first("twitter:description"),
        media=(*still, *moving),
    )


def dublin_core(metas: Metas) -> Told:
    """Return what the names of Dublin Core tell (DCMI, "DC-HTML")."""
    house = metas.first("dc.publisher", "dcterms.publisher")
    return Told(
        "Dublin Core",
        authors=tuple(Actor("Person", name=each) for each in metas.all("dc.creator", "dcterms.creator")),
        publisher=Actor("Organization", name=house) if house else None,
        published=time_told(
            metas.first("dcterms.issued", "dc.date.issued", "dc.date", "dcterms.date", "dcterms.created")
        ),
        updated=time_told(metas.first("dcterms.modified", "dc.date.modified")),
        name=metas.first("dc.title", "dcterms.title"),
        summary=metas.first("dc.description", "dcterms.description", "dcterms.abstract"),
        language=metas.first("dc.language", "dcterms.language"),
        tags=tuple(_tags(metas, "dc.subject", "dcterms.subject")),
    )


def plain_names(metas: Metas) -> Told:
    """Return what the names tell that HTML has had from the beginning, and those beside them."""
    return Told(
        "<meta>",
        authors=tuple(Actor("Person", name=each) for each in metas.all("author")),
        published=time_told(metas.first("date", "pubdate", "publishdate", "publish-date", "parsely-pub-date")),
        updated=time_told(metas.first("last-modified", "revised")),
        summary=metas.first("description"),
        tags=tuple(_tags(metas, "keywords", "news_keywords")),
        generator=metas.first("generator"),
    )


def _author(said: Found[str], base: str) -> Actor:
    link = absolute(base, said) if said.value.strip().startswith(("http://", "https://")) else None
    return Actor("Person", url=link) if link else Actor("Person", name=said)


def _tags(metas: Metas, *names: str) -> Iterator[Tag]:
    for each in metas.all(*names):
        yield from hashtags(each)


def _files(metas: Metas) -> Iterator[Media]:
    """Yield the files of OpenGraph: what follows a file describes that one."""
    found: list[Media] = []
    for name, said in metas.said:
        root = ":".join(name.split(":", 2)[:2])
        part = name[len(root) :].lstrip(":")
        if root not in _FILES:
            continue
        url = absolute(metas.base, said) if part in ("", "url", "secure_url") else None
        last = found[-1] if found and found[-1].type == _FILES[root] else None
        if url is not None and (last is None or not part or part == "secure_url") and not _is_twin(last, url):
            found.append(Media(_FILES[root], renditions=(Rendition(url, "best"),)))
        elif last is not None:
            found[-1] = _described(last, part, said)
    return (each for each in found)


def _is_twin(last: Media | None, url: Found[str]) -> bool:
    """Whether `url` is the one before it but for the scheme: `secure_url` often is."""
    if last is None or not last.renditions:
        return False
    return last.renditions[0].url.value.partition(":")[2] == url.value.partition(":")[2]


def _described(media: Media, part: str, said: Found[str]) -> Media:
    if not media.renditions:
        return media
    file = media.renditions[0]
    if part == "type" and said.value.strip().lower().startswith("text/html"):
        return Media(
            media.type, description=media.description, url=file.url, why="the page names a player, and no file"
        )
    if part == "type":
        return replace(media, renditions=(replace(file, media_type=said),))
    if part == "alt":
        return replace(media, description=said)
    digits = said.value.strip()
    if part in ("width", "height") and digits.isascii() and digits.isdigit() and len(digits) <= 6:
        number = Found(int(digits), said.exchange, said.at)
        wider = replace(file, width=number) if part == "width" else replace(file, height=number)
        return replace(media, renditions=(wider,))
    return media
