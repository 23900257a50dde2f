"""The picture that stands for a video, its captions, and what came of its streams."""

from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from archiver.model.media import ROLE
from archiver.model.platform import Seen
from archiver.model.post import Found, Media, Rendition
from archiver.platforms.files import NOT_ASKED, Files, role_of
from archiver.platforms.reading import Doc
from archiver.platforms.video import video_renditions
from archiver.platforms.youtube.addresses import SITE, watch_url
from archiver.platforms.youtube.answers import of_youtube
from archiver.platforms.youtube.community import SMALLER
from archiver.platforms.youtube.words import words

MAX_CAPTIONS: Final = 30  # of one video
OWN_PLAYER: Final = "not asked for: YouTube gives it to its own player alone"

_PICTURES: Final = "https://i.ytimg.com/vi"
_SIZES: Final = ("maxresdefault", "hqdefault")  # the second is there for every video, the first for most
_BOUND: Final = frozenset({"xpe", "xpv"})  # trials in which captions want a token that only the player makes


def thumbnails(video: Found[str], told: Doc, files: Files) -> tuple[Rendition, ...]:
    """Return the picture of a video: the largest there is, where it is not there the next; then those that are told."""
    largest, usual = (Found(f"{_PICTURES}/{video.value}/{size}.jpg", video.exchange, video.at) for size in _SIZES)
    best = files.rendition(largest, "preview")
    failed = best.why not in ("", NOT_ASKED)
    next_one = files.rendition(usual, "thumb", otherwise=NOT_ASKED if failed else SMALLER)
    names = {largest.value, usual.value}
    found = []
    for each in told.at("thumbnail", "thumbnails").items[:20]:
        url = each.at("url").words
        if url is not None and url.value not in names:
            names.add(url.value)
            width, height = each.at("width").integer, each.at("height").integer
            found.append(files.rendition(url, "thumb", width=width, height=height, otherwise=SMALLER))
    return (best, next_one, *found)


def captions(player: Doc, files: Files) -> tuple[Media, ...]:
    """Return the captions of a video: `kind` is `asr` where a machine heard them, `description` the language."""
    tracks = player.at("captions", "playerCaptionsTracklistRenderer", "captionTracks").items[:MAX_CAPTIONS]
    return tuple(_captions(each, files) for each in tracks)


def video(
    player: Doc, number: Found[str], seen: tuple[Seen, ...], files: Files, *, kind: Found[str] | None, why: str
) -> Media:
    """Return the video itself with its files and its pictures; `why` says why none was asked for."""
    got = video_renditions(seen)
    whole = any(each.role == "best" for each in got)
    if not whole and any(each.role == ROLE for each in seen):
        why = "asked for, and no file of it came"
    duration = player.at("videoDetails", "lengthSeconds").integer
    return Media(
        "Video",
        kind=kind,
        id=number,
        url=Found(watch_url(number.value), number.exchange, number.at),
        duration=duration if duration is not None and duration.value > 0 else None,
        renditions=(*got, *_manifests(player), *thumbnails(number, player.at("videoDetails"), files)),
        why="" if whole else why,
    )


def _manifests(player: Doc) -> tuple[Rendition, ...]:
    """Return the lists of the pieces of a stream. What they name is asked for by the program for media alone."""
    told = (player.at("streamingData", name).words for name in ("hlsManifestUrl", "dashManifestUrl"))
    why = "not asked for as such: it names pieces of a stream"
    return tuple(Rendition(url, "manifest", why=why) for url in told if url is not None)


def _captions(track: Doc, files: Files) -> Media:
    base = track.at("baseUrl").words
    kind = track.at("kind").words or Found("captions", track.exchange, track.pointer)
    renditions: tuple[Rendition, ...] = ()
    if base is not None:
        url, ours = _as_text(base)
        made = files.rendition(url, "captions", otherwise=NOT_ASKED if ours else OWN_PLAYER)
        renditions = (_unless_empty(made, files),)
    why = "" if base is not None else "no address of it is told"
    return Media(
        "Document", kind=kind, id=track.at("vssId").words, name=words(track.at("name")),
        description=track.at("languageCode").words, renditions=renditions, why=why,
    )  # fmt: skip


def _as_text(base: Found[str]) -> tuple[Found[str], bool]:
    """Return the address of captions in the form of WebVTT, and whether it can be asked for without the player.

    The form is not among what the signature in the address covers; everything else is left as it is told.
    """
    try:
        parts = urlsplit(urljoin(SITE, base.value))
        asked = parse_qsl(parts.query, keep_blank_values=True)
        kept = urlencode([(name, value) for name, value in asked if name != "fmt"] + [("fmt", "vtt")], safe=",")
        url = urlunsplit((parts.scheme, parts.netloc, parts.path, kept, ""))
    except ValueError:
        return base, False
    bound = any(name == "exp" and value in _BOUND for name, value in asked)
    return Found(url, base.exchange, base.at), of_youtube(url) and not bound


def _unless_empty(made: Rendition, files: Files) -> Rendition:
    if made.exchange and not files.last[role_of(made.url.value)].size:
        return replace(made, exchange=0, why="asked for, the answer was empty")
    return made
