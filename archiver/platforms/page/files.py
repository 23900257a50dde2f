"""The files that a page names: which of them are asked for, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from archiver.model.media import ROLE as VIDEO
from archiver.model.platform import Seen, Target
from archiver.model.post import Media, Post, Rendition
from archiver.platforms import files
from archiver.platforms.files import MEDIA, NO_ADDRESS, Rules, askable, failure_of
from archiver.platforms.page.addresses import host_of
from archiver.platforms.page.answers import is_refusal
from archiver.platforms.video import video_renditions

RULES: Final = Rules(MEDIA, most=20, batch=5, refusals=frozenset())  # one host that refuses leaves the others

_STREAMS: Final = ("video/", "audio/", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Files:
    """What came of the files that were asked for, by their roles; behind redirects the last exchange counts."""

    named: files.Files
    refused: frozenset[str]
    videos: tuple[Rendition, ...] = ()

    @classmethod
    def of(cls, seen: tuple[Seen, ...]) -> "Files":
        """Return what is seen of files."""
        refused = frozenset(host_of(each.url) for each in seen if is_refusal(each) and each.role != VIDEO)
        return cls(files.Files.of(seen, RULES), refused, video_renditions(seen))

    def wanted(self, post: Post) -> tuple[Target, ...]:
        """Return the next files to ask for: of the post itself, then of what stands beside it."""
        urls = (askable(each.url.value) for each in _renditions(post) if not each.exchange)
        return self.named.asking(url for url in urls if url and host_of(url) not in self.refused)

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
        answers = (self._answer(each) for each in media.renditions)
        return any(
            each is not None and not failure_of(each) and each.header("content-type").lower().startswith(_STREAMS)
            for each in answers
        )

    def _media(self, media: Media) -> Media:
        return replace(media, renditions=tuple(self._rendition(each) for each in media.renditions))

    def _rendition(self, file: Rendition) -> Rendition:
        if file.exchange or file.why:
            return file
        answer = self._answer(file)
        why = failure_of(answer) if answer is not None else self._why(file.url.value)
        return replace(file, why=why) if why or answer is None else replace(file, exchange=answer.number)

    def _answer(self, file: Rendition) -> Seen | None:
        return self.named.answer(askable(file.url.value))

    def _why(self, url: str) -> str:
        if not askable(url):
            return NO_ADDRESS
        if host_of(url) in self.refused:
            return "not asked for: its host has refused before"
        is_full = len(self.named.last) >= RULES.most
        return f"not asked for: there are more than {RULES.most} files" if is_full else RULES.otherwise


def _renditions(post: Post) -> Iterator[Rendition]:
    for each in (post, *post.context):
        for media in each.attachment:
            yield from media.renditions
