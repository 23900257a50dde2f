"""Pictures and videos of a post of Instagram or Threads: both tell them alike."""

from typing import Final

from archiver.model.post import Count, Found, Media, Rendition
from archiver.platforms.files import Files
from archiver.platforms.meta.files import OTHER_SIZE
from archiver.platforms.reading import Doc

MAX_PARTS: Final = 30  # of one post; twenty are the most that Instagram takes
MAX_SIZES: Final = 12  # of one picture
IMAGE: Final = 1  # `media_type`
VIDEO: Final = 2
NO_FILE: Final = "the answer names no file"


def media_of(item: Doc, files: Files) -> tuple[Media, ...]:
    """Return what hangs on a post, in its order; nothing for one that is only text."""
    parts = item.at("carousel_media").items[:MAX_PARTS] or (item,)
    found = [(_media(part, files), part.at("media_type").integer) for part in parts]
    kept = [one for one, kind in found if one.renditions or len(parts) > 1 or (kind and kind.value in {IMAGE, VIDEO})]
    return tuple(kept)


def count(name: str, found: Found[int] | None) -> tuple[Count, ...]:
    """Return a count, nothing where none is told."""
    return (Count(name, found),) if found is not None and found.value >= 0 else ()


def ranked(sizes: tuple[Doc, ...], files: Files, name: str = "url") -> tuple[Rendition, ...]:
    """Return the sizes of one picture or video, the largest first and as the one that is asked for.

    `name` is that of the member with the address.
    """
    order = sorted(sizes[:MAX_SIZES], key=_area, reverse=True)
    found: list[Rendition] = []
    known: set[str] = set()
    for each in order:
        url = each.at(name).words
        if url is None or url.value in known:
            continue
        size = (each.at("width").integer, each.at("height").integer)
        found += files.renditions(url, "preview" if known else "best", *size, otherwise=OTHER_SIZE if known else "")
        known.add(url.value)
    return tuple(found)


def _media(part: Doc, files: Files) -> Media:
    videos = ranked(part.at("video_versions").items, files)
    kind = part.at("media_type").integer
    images = ranked(part.at("image_versions2", "candidates").items, files)
    drawn = part.at("display_uri").words or part.at("display_url").words
    if not images:
        size = (part.at("original_width").integer, part.at("original_height").integer)
        images = files.renditions(drawn, "best", *size)
    is_video = bool(videos) or (kind is not None and kind.value == VIDEO)
    word = part.at("product_type").words
    identity = part.at("pk").id or part.at("id").id
    description = part.at("accessibility_caption").words
    if not is_video:
        why = "" if images else NO_FILE
        return Media("Image", word, identity, description=description, renditions=images, why=why)
    still = tuple(
        Rendition(each.url, "thumb", None, each.width, each.height, each.exchange, each.why) for each in images[:1]
    )
    return Media(
        "Video", word, identity, description=description, duration=_seconds(part.at("video_duration")),
        renditions=(*videos, *still), why="" if videos else NO_FILE,
    )  # fmt: skip


def _area(size: Doc) -> int:
    width, height = size.at("width").integer, size.at("height").integer
    return width.value * height.value if width is not None and height is not None else 0


def _seconds(place: Doc) -> Found[int] | None:
    told = place.number
    whole = told.value.partition(".")[0] if told is not None else ""
    if told is None or not whole.isascii() or not whole.isdigit() or len(whole) > 6 or "e" in told.value.lower():
        return None
    return Found(int(whole), told.exchange, told.at)
