"""Photos, videos and animations of a post, with every file that X names of them."""

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from archiver.model.post import Found, Media, MediaType, Rendition, RenditionRole
from archiver.platforms.files import NOT_ASKED, Files
from archiver.platforms.reading import Doc

MAX_MEDIA: Final = 20  # of one post; X allows four
MAX_VARIANTS: Final = 20
SMALLER: Final = "not asked for: the file as it was uploaded is taken"
FEWER_BITS: Final = "not asked for: the file with the highest bit rate is taken"
A_LIST: Final = "not asked for: a list of pieces of the same video; the file with the highest bit rate is taken"
ONLY_A_LIST: Final = "not asked for: a list of pieces; X names no file of this video"
OTHERS: Final = "not asked for: it belongs to another post"
ELSEWHERE: Final = "not asked for: the file is not on X's own servers"

_HOST: Final = ".twimg.com"
_TYPES: Final[dict[str, MediaType]] = {"photo": "Image", "video": "Video", "animated_gif": "Video"}
_PHOTO = re.compile(r"(/media/[0-9A-Za-z_-]{1,60})(?:\.([a-z]{3,4}))?")
_SIZE = re.compile(r"/([0-9]{1,5})x([0-9]{1,5})/")
_MP4: Final = "video/mp4"


def media_of(post: Doc, files: Files | None) -> tuple[Media, ...]:
    """Return what hangs at a post as GraphQL and syndication tell it; `files` is None for a post of others."""
    for place in (post.at("extended_entities", "media"), post.at("mediaDetails"), post.at("entities", "media")):
        found = tuple(_one(each, files) for each in place.items[:MAX_MEDIA] if each.at("media_url_https").words)
        if found:
            return found
    return ()


def media_by_api(item: Doc, files: Files | None) -> Media:
    """Return a file that hangs at a post as the API v2 tells it."""
    kind, still = item.at("type").words, item.at("url").words or item.at("preview_image_url").words
    size = item.at("width").integer, item.at("height").integer
    variants = item.at("variants")
    return Media(
        _type(kind),
        kind,
        item.at("media_key").words,
        description=item.at("alt_text").words,
        duration=_seconds(item.at("duration_ms")),
        renditions=_renditions(kind, still, size, variants, files),
    )


def _one(item: Doc, files: Files | None) -> Media:
    kind, still = item.at("type").words, item.at("media_url_https").words
    size = item.at("original_info", "width").integer, item.at("original_info", "height").integer
    state, reason = item.at("ext_media_availability", "status").words, item.at("ext_media_availability", "reason").words
    gone = state is not None and state.value != "Available"
    words = " ".join(each.value for each in (state, reason) if each is not None)
    return Media(
        _type(kind),
        kind,
        item.at("media_key").words or item.at("id_str").words,
        description=item.at("ext_alt_text").words,
        url=item.at("expanded_url").words,
        duration=_seconds(item.at("video_info", "duration_millis")),
        renditions=_renditions(kind, still, size, item.at("video_info", "variants"), files),
        why=f"X says of it: {words[:200]}" if gone else "",
    )


def _renditions(
    kind: Found[str] | None,
    still: Found[str] | None,
    size: tuple[Found[int] | None, Found[int] | None],
    variants: Doc,
    files: Files | None,
) -> tuple[Rendition, ...]:
    if kind is not None and kind.value == "photo":
        return _photo(still, size, files)
    thumb = (file(files, still, "thumb"),) if still is not None else ()
    return (*_video(variants, files), *thumb)


def _photo(
    given: Found[str] | None, size: tuple[Found[int] | None, Found[int] | None], files: Files | None
) -> tuple[Rendition, ...]:
    """Return a photo as it was uploaded, and as X gives its address; the second is for when the first does not come."""
    if given is None:
        return ()
    full = _original(given)
    if full is None:
        return (file(files, given, "best"),)
    first = file(files, full, "original", width=size[0], height=size[1])
    came = first.exchange or first.why == NOT_ASKED
    return (first, file(files, given, "best", SMALLER if came else NOT_ASKED))


def _original(given: Found[str]) -> Found[str] | None:
    """Return the address of a photo as it was uploaded, made from the one that X gives."""
    try:
        split = urlsplit(given.value)
        named, asked = _PHOTO.fullmatch(split.path), parse_qs(split.query[:200])
    except ValueError:
        return None
    kind = (named[2] if named else "") or asked.get("format", [""])[0]
    if named is None or not re.fullmatch("[a-z]{3,4}", kind) or split.hostname != "pbs.twimg.com":
        return None
    return Found(f"https://pbs.twimg.com{named[1]}?format={kind}&name=orig", given.exchange, given.at)


def _video(variants: Doc, files: Files | None) -> tuple[Rendition, ...]:
    """Return the files of a video, the one with the highest bit rate first, then the lists of pieces."""
    listed = [each for each in variants.items[:MAX_VARIANTS] if each.at("url").words is not None]
    whole = sorted((each for each in listed if each.at("content_type").value == _MP4), key=_bits, reverse=True)
    lists = (each for each in listed if each.at("content_type").value != _MP4)
    return (
        *(
            _variant(each, files, "preview" if n else "best", FEWER_BITS if n else NOT_ASKED)
            for n, each in enumerate(whole)
        ),
        *(_variant(each, files, "manifest", A_LIST if whole else ONLY_A_LIST) for each in lists),
    )


def _variant(variant: Doc, files: Files | None, role: RenditionRole, otherwise: str) -> Rendition:
    url = variant.at("url").text or Found("", variant.exchange, variant.pointer)
    sized = _SIZE.search(url.value[:1000])
    width, height = (Found(int(each), url.exchange, url.at) for each in (sized[1], sized[2])) if sized else (None, None)
    return file(files, url, role, otherwise, kind=variant.at("content_type").words, width=width, height=height)


def file(
    files: Files | None,
    url: Found[str],
    role: RenditionRole,
    otherwise: str = NOT_ASKED,
    *,
    kind: Found[str] | None = None,
    width: Found[int] | None = None,
    height: Found[int] | None = None,
) -> Rendition:
    """Return a file with what came of it; one that belongs to another post, or is not on X's servers, is not asked."""
    if files is None:
        otherwise = OTHERS
    elif otherwise == NOT_ASKED and not _is_of_x(url.value):
        otherwise = ELSEWHERE
    looked = files if files is not None else Files({})
    return looked.rendition(url, role, media_type=kind, width=width, height=height, otherwise=otherwise)


def _bits(variant: Doc) -> int:
    told = variant.at("bitrate").integer or variant.at("bit_rate").integer
    return told.value if told is not None else 0


def _is_of_x(url: str) -> bool:
    try:
        split = urlsplit(url)
        return split.scheme == "https" and (split.hostname or "").endswith(_HOST)
    except ValueError:
        return False


def _type(kind: Found[str] | None) -> MediaType:
    return _TYPES.get(kind.value, "Document") if kind is not None else "Document"


def _seconds(at: Doc) -> Found[int] | None:
    told = at.integer
    return Found(told.value // 1000, told.exchange, told.at) if told is not None and told.value >= 0 else None
