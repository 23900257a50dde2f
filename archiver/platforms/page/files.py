"""The files that a page names: which of them are asked for, and what came of it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from archiver.model.media import ROLE as VIDEO
from archiver.model.platform import Seen, Target
from archiver.model.post import Media, Post, Rendition
from archiver.platforms.page.addresses import askable, host_of
from archiver.platforms.page.answers import is_refusal
from archiver.platforms.video import video_renditions

MAX_FILES: Final = 20  # of one item
BATCH: Final = 5  # files asked for before it is looked at what came
NOT_ASKED: Final = "not asked for"

_PREFIX: Final = "media."
_STREAMS: Final = ("video/", "audio/", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Files:
    """What came of the files that were asked for, by their roles; behind redirects the last exchange counts."""

    last: dict[str, Seen]
    refused: frozenset[str]
    videos: tuple[Rendition, ...] = ()

    @classmethod
    def of(cls, seen: tuple[Seen, ...]) -> "Files":
        """Return what is seen of files."""
        refused = frozenset(host_of(each.url) for each in seen if is_refusal(each) and each.role != VIDEO)
        last = {each.role: each for each in seen if each.role.startswith(_PREFIX)}
        return cls(last, refused, video_renditions(seen))

    def wanted(self, post: Post) -> tuple[Target, ...]:
        """Return the next files to ask for: of the post itself, then of what stands beside it."""
        urls = dict.fromkeys(askable(each.url.value) for each in _renditions(post) if not each.exchange)
        room = min(BATCH, MAX_FILES - len(self.last))
        new = [url for url in urls if url and _role(url) not in self.last and host_of(url) not in self.refused]
        return tuple(Target(_role(url), url) for url in new[: max(0, room)])

    def unplayed(self, post: Post) -> bool:
        """Whether the post has a video or a sound of which no plain file came."""
        return any(each.type in ("Video", "Audio") and not self._came(each) for each in post.attachment)

    def placed(self, post: Post) -> Post:
        """Return the post with what came of each file, and the streams of its video."""
        media = tuple(self._media(each) for each in post.attachment)
        if self.videos:
            media += (Media("Video", renditions=self.videos),)
        beside = tuple(replace(each, attachment=tuple(map(self._media, each.attachment))) for each in post.context)
        return replace(post, attachment=media, context=beside)

    def _came(self, media: Media) -> bool:
        """Whether a stream came; a list of segments is none."""
        answers = (
            self.last.get(_role(askable(each.url.value))) for each in media.renditions if not self._why(each.url.value)
        )
        return any(each is not None and each.header("content-type").lower().startswith(_STREAMS) for each in answers)

    def _media(self, media: Media) -> Media:
        return replace(media, renditions=tuple(self._rendition(each) for each in media.renditions))

    def _rendition(self, file: Rendition) -> Rendition:
        if file.exchange or file.why:
            return file
        why = self._why(file.url.value)
        return (
            replace(file, why=why) if why else replace(file, exchange=self.last[_role(askable(file.url.value))].number)
        )

    def _why(self, url: str) -> str:
        asked = askable(url)
        seen = self.last.get(_role(asked))
        if not asked:
            return "its address is none that can be asked for"
        if seen is None:
            if host_of(url) in self.refused:
                return "not asked for: its host has refused before"
            return f"not asked for: there are more than {MAX_FILES} files" if len(self.last) >= MAX_FILES else NOT_ASKED
        if seen.failure:
            return f"asked for, no answer: {seen.failure}"
        if seen.status not in (200, 206):
            return f"asked for, answered with status {seen.status}"
        if seen.header("content-type").lower().startswith("text/html"):
            return "asked for, a page came in its place"
        return "" if seen.whole else "asked for, cut short"


def _role(url: str) -> str:
    return _PREFIX + hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]


def _renditions(post: Post) -> Iterator[Rendition]:
    for each in (post, *post.context):
        for media in each.attachment:
            yield from media.renditions
