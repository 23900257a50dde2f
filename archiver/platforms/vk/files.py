"""The files of attachments: which of them are asked for."""

from collections.abc import Iterator
from typing import Final

from archiver.model.platform import Target
from archiver.model.post import Media, Post, Rendition
from archiver.platforms.files import Files, Rules, askable

RULES: Final = Rules(most=200, batch=20)


def wanted(post: Post, files: Files) -> tuple[Target, ...]:
    """Return the next files of a post, of what it shares and of its answers: the best of each, then one other."""
    return files.asking(
        url for media in _attachments(post) for group in _groups(media) if (url := _next(group, files)) is not None
    )


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


def _next(group: list[Rendition], files: Files) -> str | None:
    """Return the address of the file to ask for, None where one of them is there or two have failed."""
    for each in [each for each in group if askable(each.url.value)][:2]:
        if files.answer(each.url.value) is None:
            return each.url.value
        if each.exchange:
            return None
    return None
