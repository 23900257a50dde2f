"""What yt-dlp says of what it found, read with caution: the values are of sites and extractors."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from archiver.media.settings import MAX_VIDEOS

MAX_CAPTIONS: Final = 50  # languages of one video
MAX_WORDS: Final = 500  # characters of a sentence or a title


def videos_in(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the single videos of what a look at the address found, `MAX_VIDEOS` at most."""
    waiting: list[Any] = [dict(found)]
    count = 0
    while waiting and count < MAX_VIDEOS:
        each = waiting.pop(0)
        if not isinstance(each, dict):
            continue
        entries = each.get("entries")
        if entries is not None:
            waiting = [*(entries if isinstance(entries, list) else ()), *waiting]
        elif each:
            count += 1
            yield each


def formats_of(video: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the files that were chosen for a video: one, or picture and sound."""
    whole = {name: value for name, value in video.items() if name != "requested_formats"}
    for each in video.get("requested_formats") or ((video,) if video.get("url") else ()):
        yield {**whole, **each}


def captions_of(video: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield language and place of the captions of a video, as far as they have an address of their own."""
    found = video.get("requested_subtitles") or {}
    for language, each in list(found.items())[:MAX_CAPTIONS]:
        if each.get("url") and each.get("data") is None:
            yield clean(str(language)), {"http_headers": video.get("http_headers"), **each}


def is_live(video: Mapping[str, Any]) -> bool:
    """Return whether a video has not come to its end, or not begun: its lists would change while they are fetched."""
    return bool(video.get("is_live")) or video.get("live_status") in {"is_live", "is_upcoming", "post_live"}


def is_locked(video: Mapping[str, Any]) -> bool:
    """Return whether all that is offered is encrypted for players with a licence."""
    return bool(video.get("_has_drm"))


def clean(words: str) -> str:
    """Return `words` of others in one line, without colours, control characters or half characters."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", words).encode("utf-8", "replace").decode("utf-8")
    return "".join(char if char.isprintable() else " " for char in plain).strip()[:MAX_WORDS]
