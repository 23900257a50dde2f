"""What hangs at a post: every kind is named, also where no file of it can be taken (docs/spec/platforms/vk.md §Media).

Addresses of pictures are signed and stand for one size: they are taken as they are told, and never made up.
"""

import re
from collections.abc import Callable
from typing import Final

from archiver.model.post import Choice, Count, Found, Media, MediaType, Poll, Rendition, RenditionRole
from archiver.platforms.files import NOT_ASKED, OTHER_SIZE, Files
from archiver.platforms.moments import unix
from archiver.platforms.reading import Doc

NO_VIDEO_FILE: Final = "VK tells the addresses of video files only to the tokens of users, and not for every video"
A_STREAM: Final = "a stream in pieces: only its address is kept"
ELSEWHERE: Final = "the video is not at VK: its address leads to where it is"
NO_AUDIO_FILE: Final = "VK tells no address of the sound"

_ORDER: Final = "smxyzw"  # of sizes that do not say how large they are, from the smallest
_CROPS: Final = frozenset("opqr")
_OLD_SIZE = re.compile(r"photo_([0-9]{2,4})")
_MP4 = re.compile(r"(?:mp4_|url)([0-9]{3,4})")

_TYPES: Final[dict[str, MediaType]] = {
    "photo": "Image", "posted_photo": "Image", "photos_list": "Image", "album": "Image", "graffiti": "Image",
    "sticker": "Image", "video": "Video", "clip": "Video", "video_playlist": "Video", "audio": "Audio",
    "audio_message": "Audio", "audio_playlist": "Audio", "podcast": "Audio", "doc": "Document",
}  # fmt: skip
_WHY: Final = {
    "album": "an album: only its cover is told here, its pictures are posts of their own",
    "article": "an article: its text is at its own address",
    "audio_playlist": "a list of sounds: no files are told here",
    "event": "a meeting: what it tells is in the answer",
    "link": "leads elsewhere: the page there is not taken",
    "market": "an offer: what it tells is in the answer",
    "market_album": "a collection of offers: only its cover is told here",
    "note": "a note: its text is at its own address",
    "page": "a wiki page: its text is at its own address",
    "photos_list": "only the numbers of the pictures are told",
    "poll": "a poll: its question and answers are told with the post",
    "video_playlist": "a list of videos: no files are told here",
}
_KNOWN: Final = frozenset(
    {
        *_TYPES, *_WHY, "app", "donut_link", "group", "mini_app", "situational_theme", "story", "textlive", "textpost",
        "textpost_publish", "narrative", "curator", "artist", "money_request", "gift", "wall",
    }
)  # fmt: skip


def attachments(at: Doc, files: Files) -> tuple[Media, ...]:
    """Return what stands in the list `attachments`."""
    return tuple(_attachment(each, files) for each in at.items)


def poll_in(at: Doc) -> Poll | None:
    """Return the poll among the attachments, None where there is none."""
    return next((poll(each.at("poll")) for each in at.items if each.at("poll")), None)


def poll(at: Doc) -> Poll:
    """Return a poll as it stood."""
    choices = tuple(
        Choice(text, _votes(each.at("votes"))) for each in at.at("answers").items if (text := each.at("text").text)
    )
    end = at.at("end_date").integer
    return Poll(at.at("question").text, choices, _votes(at.at("votes")), unix(end) if end and end.value else None)


def photo(at: Doc, files: Files, kind: Found[str] | None = None) -> Media:
    """Return a photo: the original where VK tells it, else the largest size, and all others by their addresses."""
    renditions = tuple(_pictures(at, files))
    why = "" if renditions else "no address of the picture is told"
    return Media("Image", kind, object_id(at), description=at.at("text").words, renditions=renditions, why=why)


def video(at: Doc, files: Files, kind: Found[str] | None = None) -> Media:
    """Return a video, with its files as far as VK tells them."""
    told = at.at("files")
    found = _mp4(told, files)
    found += [_stream(files, url) for name, each in told.members if _is_stream(name) and (url := each.words)]
    found += _renditions(_largest(at.at("image")) or _largest(at.at("first_frame")), "thumb", files)
    external = told.at("external").words
    why = "" if any(each.role in ("best", "preview") for each in found) else ELSEWHERE if external else NO_VIDEO_FILE
    restricted = at.at("content_restricted_message").words
    return Media(
        "Video",
        kind,
        object_id(at),
        at.at("title").words,
        restricted or at.at("description").words,
        external or at.at("player").words,
        at.at("duration").integer,
        tuple(found),
        why,
    )


def video_files(told: Doc, files: Files) -> tuple[Rendition, ...]:
    """Return the files that a player is told: the best first, then the others, then streams."""
    found = _mp4(told, files)
    found += [_stream(files, url) for name, each in told.members if _is_stream(name) and (url := each.words)]
    return tuple(found)


def object_id(at: Doc) -> Found[str] | None:
    """Return owner and number as VK writes them together ("-1_2"); None where one is missing."""
    owner, number = at.at("owner_id").integer, at.at("id").integer
    if owner is None or number is None:
        return None
    return Found(f"{owner.value}_{number.value}", at.exchange, at.pointer)


def _attachment(at: Doc, files: Files) -> Media:
    kind = at.at("type").words
    name = kind.value if kind else ""
    body = at.at(name) if name else at
    build = _BUILDERS.get(name)
    if build is not None:
        return build(body, files, kind)
    why = _WHY.get(name, "nothing of it can be taken" if name in _KNOWN else "a kind that is not known here")
    return Media(
        _TYPES.get(name, "Link"),
        kind,
        object_id(body),
        body.at("title").words or body.at("name").words or body.at("question").words,
        body.at("text").words or body.at("description").words,
        body.at("view_url").words or body.at("url").words,
        renditions=_cover(body, files),
        why=why,
    )


def _link(at: Doc, files: Files, kind: Found[str] | None) -> Media:
    title, told = at.at("title").words, at.at("description").words or at.at("caption").words
    return Media("Link", kind, None, title, told, at.at("url").words, None, _cover(at, files), _WHY["link"])


def _doc(at: Doc, files: Files, kind: Found[str] | None) -> Media:
    url = at.at("url").words
    found = [*files.renditions(url, "original")]
    preview = at.at("preview")
    found += _pictures_of(preview.at("photo"), files)
    for name in ("link_mp3", "link_ogg"):
        sound = preview.at("audio_msg", name).words
        found += files.renditions(sound, "preview", otherwise=OTHER_SIZE)
    why = "" if url else "no address of the document is told"
    return Media("Document", kind, object_id(at), at.at("title").words, renditions=tuple(found), why=why)


def _audio(at: Doc, files: Files, kind: Found[str] | None) -> Media:
    url = at.at("url").words or at.at("link_mp3").words or at.at("link_ogg").words
    found: tuple[Rendition, ...] = ()
    if url:
        found = (_stream(files, url) if ".m3u8" in url.value else files.rendition(url, "original"),)
    title, artist = at.at("title").words, at.at("artist").words
    length = at.at("duration").integer
    return Media("Audio", kind, object_id(at), title, artist, None, length, found, "" if found else NO_AUDIO_FILE)


def _sticker(at: Doc, files: Files, kind: Found[str] | None) -> Media:
    sizes = _largest(at.at("images")) or _largest(at.at("images_with_background"))
    found = tuple(_renditions(sizes, "best", files))
    return Media("Image", kind, at.at("sticker_id").id, renditions=found, why="" if found else "no picture is told")


_BUILDERS: Final[dict[str, Callable[[Doc, Files, Found[str] | None], Media]]] = {
    "photo": photo,
    "posted_photo": photo,
    "graffiti": photo,
    "video": video,
    "clip": video,
    "link": _link,
    "doc": _doc,
    "audio": _audio,
    "audio_message": _audio,
    "podcast": _audio,
    "sticker": _sticker,
}

_Size = tuple[Found[str], Found[int] | None, Found[int] | None]


def _pictures(at: Doc, files: Files) -> list[Rendition]:
    original = at.at("orig_photo")
    url = original.at("url").words or at.at("url").words
    found: list[Rendition] = []
    if url is not None:
        size = original if original.at("url").words else at
        found.append(files.rendition(url, "original", size.at("width").integer, size.at("height").integer))
    others = _pictures_of(at, files, "preview" if found else "best", not_this=url.value if url else "")
    return found + others


def _pictures_of(at: Doc, files: Files, best: RenditionRole = "thumb", not_this: str = "") -> list[Rendition]:
    sizes = _largest(at.at("sizes")) or _largest(at.at("images")) or _old_sizes(at)
    return _renditions([each for each in sizes if each[0].value != not_this], best, files)


def _renditions(sizes: list[_Size], best: RenditionRole, files: Files) -> list[Rendition]:
    """Return the sizes as files: the first one as `best`, the others as the smaller ones that they are."""
    return [
        files.rendition(
            url,
            best if n == 0 or best == "thumb" else "preview",
            width,
            height,
            otherwise=OTHER_SIZE if n or best == "preview" else NOT_ASKED,
        )
        for n, (url, width, height) in enumerate(sizes)
    ]


def _cover(at: Doc, files: Files) -> tuple[Rendition, ...]:
    """Return the picture that stands for something, in the first of the places where VK tells one."""
    for place in (at.at("photo"), at.at("thumb"), at.at("cover"), at):
        found = _pictures_of(place, files)
        if found:
            return tuple(found)
    url = at.at("thumb_photo").words
    return files.renditions(url, "thumb")


def _largest(sizes: Doc) -> list[_Size]:
    """Return the sizes of a picture: the largest whole picture first, crops of it last."""
    found = [(_rank(each), size) for each in sizes.items if (size := _size(each)) is not None]
    return [size for _, size in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _size(at: Doc) -> _Size | None:
    url = at.at("url").words or at.at("src").words
    return (url, at.at("width").integer, at.at("height").integer) if url else None


def _rank(at: Doc) -> tuple[bool, bool, int, int]:
    width, height, letter = at.at("width").integer, at.at("height").integer, at.at("type").words
    area = max(width.value, 0) * max(height.value, 0) if width and height else 0
    name = letter.value if letter else ""
    padded = at.at("with_padding").boolean
    return name not in _CROPS, not (padded and padded.value), area, _ORDER.find(name) if len(name) == 1 else -1


def _old_sizes(at: Doc) -> list[_Size]:
    """Return the sizes in the members `photo_75` … `photo_2560`, as older versions of the API tell them."""
    return [(url, None, None) for url in _numbered(at, _OLD_SIZE)]


def _mp4(told: Doc, files: Files) -> list[Rendition]:
    return _renditions([(url, None, None) for url in _numbered(told, _MP4)], "best", files)


def _numbered(at: Doc, name_of_size: re.Pattern[str]) -> list[Found[str]]:
    """Return the addresses in members that are named after their size, the largest first."""
    found = [
        (int(match[1]), url)
        for name, each in at.members
        if (match := name_of_size.fullmatch(name)) and (url := each.words)
    ]
    return [url for _, url in sorted(found, key=lambda pair: pair[0], reverse=True)]


def _is_stream(name: str) -> bool:
    return name.startswith(("hls", "dash"))


def _stream(files: Files, url: Found[str]) -> Rendition:
    return files.rendition(url, "manifest", otherwise=A_STREAM)


def _votes(at: Doc) -> Count | None:
    votes = at.integer
    return Count("votes", votes) if votes is not None and votes.value >= 0 else None
