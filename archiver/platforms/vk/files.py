"""The files of attachments: which of them are asked for, and what came of it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import Seen, Target
from archiver.model.post import Found, Media, Post, Rendition, RenditionRole
from archiver.platforms.vk.answers import FILE

NOT_ASKED: Final = "not asked for"
OTHER_SIZE: Final = "another size; not asked for"
MAX_FILES: Final = 200  # of one item
BATCH: Final = 20  # files asked for before it is looked at what came

_REFUSED: Final = frozenset({401, 403, 429})
_GOT: Final = frozenset({200, 206})


@dataclass(frozen=True, slots=True)
class Files:
    """What came of the files that were asked for, by their roles."""

    last: dict[str, Seen]

    @classmethod
    def of(cls, seen: tuple[Seen, ...]) -> "Files":
        """Return what is seen of files. Behind redirects the last exchange counts."""
        return cls({each.role: each for each in seen if each.role.startswith(FILE)})

    @property
    def refused(self) -> bool:
        """Whether a server refused a file, so that no more are asked for."""
        return any(each.status in _REFUSED for each in self.last.values())

    def asked(self, url: str) -> bool:
        """Return whether this file was asked for."""
        return role_of(url) in self.last

    def got(self, url: str) -> bool:
        """Return whether the whole file is there."""
        return not self._why(url)

    def rendition(
        self,
        url: Found[str],
        role: RenditionRole,
        width: Found[int] | None = None,
        height: Found[int] | None = None,
        *,
        otherwise: str = NOT_ASKED,
    ) -> Rendition:
        """Return the file at `url` with what came of it; `otherwise` says why it was not asked for."""
        why = self._why(url.value) or ""
        if why == NOT_ASKED:
            why = otherwise if askable(url.value) else "its address is none that can be asked for"
        exchange = 0 if why else self.last[role_of(url.value)].number
        return Rendition(url, role, width=_positive(width), height=_positive(height), exchange=exchange, why=why)

    def _why(self, url: str) -> str:
        seen = self.last.get(role_of(url))
        if seen is None:
            return NOT_ASKED
        if seen.failure:
            return f"asked for, no answer: {seen.failure}"
        if seen.status not in _GOT:
            return f"asked for, answered with status {seen.status}"
        if seen.header("content-type").lower().startswith("text/html"):
            return "asked for, a page came in its place"
        return "" if seen.whole else "asked for, cut short"


def role_of(url: str) -> str:
    """Return the role of the file at `url`: the same one each time, and another one for each file."""
    return FILE + hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]


def askable(url: str) -> bool:
    """Return whether `url` can be asked for at all."""
    try:
        address = Address.parse(url)
    except UsageError:
        return False
    return address.scheme in ("http", "https") and bool(address.host)


def wanted(post: Post, files: Files) -> tuple[Target, ...]:
    """Return the next files of a post, of what it shares and of its answers: the best of each, then one other."""
    if files.refused:
        return ()
    urls: dict[str, None] = {}
    room = MAX_FILES - len(files.last)
    for media in _attachments(post):
        for group in _groups(media):
            url = _next(group, files)
            if url:
                urls[url] = None
        if len(urls) >= min(BATCH, room):
            break
    return tuple(Target(role_of(url), url) for url in list(urls)[: min(BATCH, room)])


def _attachments(post: Post) -> Iterator[Media]:
    waiting = [post]
    while waiting:
        each = waiting.pop(0)
        yield from each.attachment
        waiting += [*each.origin, *each.replies]


def _groups(media: Media) -> Iterator[list[Rendition]]:
    """Yield the files of which one is enough, the best one first."""
    main = [each for each in media.renditions if each.role in ("original", "best", "preview")]
    thumbs = [each for each in media.renditions if each.role == "thumb"]
    if main:
        yield main
    if thumbs and (media.type == "Video" or not main):
        yield thumbs


def _next(group: list[Rendition], files: Files) -> str:
    """Return the address of the file to ask for, "" where one of them is there or two have failed."""
    for each in [each for each in group if askable(each.url.value)][:2]:
        if not files.asked(each.url.value):
            return each.url.value
        if files.got(each.url.value):
            return ""
    return ""


def _positive(found: Found[int] | None) -> Found[int] | None:
    return found if found is not None and found.value > 0 else None
