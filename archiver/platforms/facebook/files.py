"""Pictures, videos and links of a post of Facebook."""

from typing import Final

from archiver.model.platform import Seen
from archiver.model.post import Found, Media, Rendition
from archiver.platforms.files import Files
from archiver.platforms.meta.files import OTHER_SIZE
from archiver.platforms.meta.media import MAX_PARTS, NO_FILE, ranked
from archiver.platforms.meta.scripts import first_integer, first_text
from archiver.platforms.reading import Doc
from archiver.platforms.video import video_renditions

_HOLDERS: Final = (("styles", "attachment"), ("style_type_renderer", "attachment"), ("attachment",), ())
_PICTURES: Final = ("viewer_image", "photo_image", "full_image", "image", "preferred_image")
_STILLS: Final = (
    ("preferred_thumbnail", "image"), ("thumbnailImage",), ("first_frame_thumbnail",), ("image",), ("previewImage",),
)  # fmt: skip
_DELIVERY: Final = ("videoDeliveryResponseFragment", "videoDeliveryResponseResult")
_NAMES: Final = ("browser_native_hd_url", "playable_url_quality_hd", "browser_native_sd_url", "playable_url")
_MAX_FILES: Final = 12  # of one video


def attachments_of(story: Doc, files: Files) -> tuple[Media, ...]:
    """Return what hangs on a story, in its order."""
    found: list[Media] = []
    for each in story.at("attachments").items[:MAX_PARTS]:
        holder = next((place for path in _HOLDERS if (place := each.at(*path)).members), each)
        parts = [node.at("media") for node in holder.at("all_subattachments", "nodes").items[:MAX_PARTS]]
        media = [_media(part, files) for part in (parts or [holder.at("media")])]
        kept = [one for one in media if one is not None]
        found += kept or _link(holder)
    return tuple(found[:MAX_PARTS])


def video_of(told: tuple[Doc, ...], files: Files) -> Media:
    """Return a video; `told` are the objects about it."""
    urls = {found.value: found for each in told for found in _urls(each)}
    best: list[Rendition] = []
    for url in list(urls.values())[:_MAX_FILES]:
        best += files.renditions(url, "preview" if best else "best", otherwise=OTHER_SIZE if best else "")
    still = files.renditions(first_text(told, *((*path, "uri") for path in _STILLS)), "thumb")
    return Media(
        "Video", id=_number(told), duration=_duration(told), renditions=(*best, *still), why="" if best else NO_FILE,
        url=first_text(told, ("permalink_url",), ("url",)),
    )  # fmt: skip


def photo_of(told: tuple[Doc, ...], files: Files) -> Media:
    """Return a photo; `told` are the objects about it."""
    sizes = tuple(each.at(name) for each in told for name in _PICTURES if each.at(name, "uri").words is not None)
    renditions = ranked(sizes, files, "uri")
    return Media(
        "Image", id=_number(told), description=first_text(told, ("accessibility_caption",)), renditions=renditions,
        url=first_text(told, ("url",)), why="" if renditions else NO_FILE,
    )  # fmt: skip


def with_streams(media: tuple[Media, ...], seen: tuple[Seen, ...]) -> tuple[Media, ...]:
    """Return `media` with the files that the program for media brought: which video they belong to is not told."""
    streams = video_renditions(seen)
    at = next((n for n, each in enumerate(media) if each.type == "Video" and each.why), None)
    if not streams or at is None:
        return media
    one = media[at]
    whole = Media(
        one.type, one.kind, one.id, one.name, one.description, one.url, one.duration, (*streams, *one.renditions)
    )
    return (*media[:at], whole, *media[at + 1 :])


def lacks_file(media: tuple[Media, ...]) -> bool:
    """Return whether there is a video of which no file is named."""
    return any(each.type == "Video" and each.why for each in media)


def _media(part: Doc, files: Files) -> Media | None:
    kind = part.at("__typename").text
    if kind is not None and kind.value == "Video":
        return video_of((part,), files)
    return photo_of((part,), files) if kind is not None and kind.value == "Photo" else None


def _link(holder: Doc) -> list[Media]:
    url = holder.at("url").words
    if url is None:
        return []
    name = first_text((holder,), ("title_with_entities", "text"), ("title",))
    return [Media("Link", url=url, name=name, description=first_text((holder,), ("description", "text")))]


def _urls(told: Doc) -> list[Found[str]]:
    """Return the addresses of whole files, the better ones first."""
    places = (told, told.at("videoDeliveryLegacyFields"))
    found = [url for name in _NAMES for place in places if (url := place.at(name).words)]
    progressive = told.at(*_DELIVERY, "progressive_urls").items[:_MAX_FILES]
    for wanted in (True, False):
        for each in progressive:
            quality = each.at("metadata", "quality").text
            is_high = quality is not None and quality.value == "HD"
            url = each.at("progressive_url").words
            if url is not None and is_high is wanted:
                found.append(url)
    return found


def _number(told: tuple[Doc, ...]) -> Found[str] | Found[int] | None:
    return first_text(told, ("id",), ("videoId",)) or first_integer(told, ("id",))


def _duration(told: tuple[Doc, ...]) -> Found[int] | None:
    whole = first_integer(told, ("length_in_second",))
    if whole is not None:
        return whole
    parts = first_integer(told, ("playable_duration_in_ms",))
    return Found(parts.value // 1000, parts.exchange, parts.at) if parts is not None else None
