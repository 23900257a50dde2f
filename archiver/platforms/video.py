"""What the program for media fetched for a post, as renditions: streams, lists of segments and captions."""

from collections.abc import Iterable
from typing import Final

from archiver.model.platform import Access, Seen, Target
from archiver.model.post import Found, Rendition, RenditionRole

ROLE: Final = "video"
"""The role of the one target with `video` that an adapter may ask for, late: it brings many requests."""
MOST: Final = 200  # renditions of one item: a stream in segments has thousands, and each is an exchange anyway
_LISTS: Final = ("application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "application/dash+xml")
_STREAMS: Final = ("video/", "audio/", "application/octet-stream", "binary/octet-stream")
_CAPTIONS: Final = ("text/vtt", "application/ttml+xml", "application/x-subrip")


def video_target(url: str, access: Access, seen: Iterable[Seen]) -> tuple[Target, ...]:
    """Return the target for the video of the page at `url`, none where media is not wanted or it was asked."""
    asked = any(each.role == ROLE for each in seen)
    return (Target(ROLE, url, video=True),) if access.media and not asked else ()


def video_renditions(seen: Iterable[Seen]) -> tuple[Rendition, ...]:
    """Return the files that came by the target of `video_target`, each address once, in order, `MOST` at most.

    The place of each is the answer as a whole. Pages and answers of interfaces on the way are not among them.
    """
    found: dict[str, Rendition] = {}
    for each in seen:
        role = _role(each) if each.role == ROLE and each.status in {200, 206} else None
        if role is not None and each.url not in found and len(found) < MOST:
            found[each.url] = Rendition(Found(each.url, each.number, ""), role, exchange=each.number)
    return tuple(found.values())


def _role(seen: Seen) -> RenditionRole | None:
    kind = seen.header("content-type").partition(";")[0].strip().lower()
    if kind in _LISTS:
        return "manifest"
    if kind in _CAPTIONS:
        return "captions"
    return "best" if kind.startswith(_STREAMS) else None
