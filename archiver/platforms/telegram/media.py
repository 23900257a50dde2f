"""Pictures, videos, voices, files and whatever else hangs on a message, with the address of each where one is told.

What Telegram has and does not hand out without its app is said to be so, with its own words.
"""

from dataclasses import dataclass
from typing import Final

from archiver.model.platform import Seen
from archiver.model.post import Found, Media, Rendition, RenditionRole
from archiver.platforms.files import NO_ADDRESS, askable, failure_of
from archiver.platforms.html import Element
from archiver.platforms.telegram.values import file, picture, seconds
from archiver.platforms.telegram.widget import Message, has_ancestor, single_number

MAX_MEDIA: Final = 60  # of one message; an album has ten at most
NOT_ASKED: Final = "not asked for: files were not wanted"
OTHERS: Final = "not asked for: it belongs to another message"
WITHHELD: Final = "the page names no file"
IN_APP_ONLY: Final = "the page gives no address of the file: it can be had in Telegram's own programs only"
NO_MAP: Final = "not asked for: the map is drawn by another company, who would learn of it"

_PREFIX: Final = ".tgme_widget_message_"
_PLAYERS: Final = frozenset(f"tgme_widget_message_{each}_player" for each in ("video", "roundvideo", "voice", "audio"))
_HOLDERS: Final = _PLAYERS | {"tgme_widget_message_sticker_wrap"}


@dataclass(frozen=True, slots=True)
class Files:
    """What came of the files that were asked for: `why` is said of a file that was not."""

    seen: tuple[Seen, ...] = ()
    why: str = NOT_ASKED

    def rendition(self, url: Found[str] | None, role: RenditionRole) -> tuple[Rendition, ...]:
        """Return the file at `url`, with the exchange that has it or the reason why none has; nothing for no file."""
        if url is None:
            return ()
        exchange, why = self._came(url.value)
        return (Rendition(url, role, exchange=exchange, why=why),)

    def _came(self, url: str) -> tuple[int, str]:
        asked = askable(url)
        if not asked:
            return 0, NO_ADDRESS
        at = next((n for n, each in enumerate(self.seen) if each.role == "media" and each.url == asked), None)
        if at is None:
            return 0, self.why
        while 300 <= self.seen[at].status < 400 and at + 1 < len(self.seen) and self.seen[at + 1].role == "media":
            at += 1
        why = failure_of(self.seen[at])
        return (0, why) if why else (self.seen[at].number, "")


def media_of(message: Message, files: Files) -> tuple[Media, ...]:
    """Return what hangs on a message, in the order of the page, the preview of a link last."""
    found: list[tuple[int, Media]] = []
    order = {each.node.mem_id: n for n, each in enumerate(message.element.css("*")) if each.node is not None}
    for selector, read in _READERS:
        for element in message.own(selector):
            media = read(element, files)
            if media is not None and element.node is not None:
                found.append((order.get(element.node.mem_id, len(order)), media))
    for preview in message.element.css(f"{_PREFIX}link_preview")[:1]:
        found.append((len(order), _link_preview(preview, files)))
    return tuple(media for _, media in sorted(found, key=lambda each: each[0]))[:MAX_MEDIA]


def file_urls(message: Message) -> tuple[str, ...]:
    """Return the addresses of all files of a message, each once, as they are asked for."""
    urls = (
        askable(rendition.url.value)
        for media in media_of(message, Files())
        for rendition in media.renditions
        if rendition.why != NO_MAP
    )
    return tuple(dict.fromkeys(url for url in urls if url))


def _photo(element: Element, files: Files) -> Media:
    renditions = files.rendition(picture(element.attribute("style")), "best")
    return _part(element, Media("Image", _kind(element, "photo"), renditions=renditions, why=_unless(renditions)))


def _video(element: Element, files: Files) -> Media:
    player = element.first("video[src]:not(.js-message_video_blured)")
    thumb = element.first("i:is(.tgme_widget_message_video_thumb, .tgme_widget_message_roundvideo_thumb)")
    duration = element.first(":is(.message_video_duration, .tgme_widget_message_roundvideo_duration)")
    best = files.rendition(file(player.attribute("src")), "best")
    kind = "roundvideo" if element.has_class("tgme_widget_message_roundvideo_player") else "video"
    if kind == "video" and not duration and not element.first(".message_video_play"):
        kind = "gif"
    why = "" if best else _said(element, WITHHELD)
    renditions = (*best, *files.rendition(picture(thumb.attribute("style")), "thumb"))
    video = Media("Video", _kind(element, kind), duration=seconds(duration.text), renditions=renditions, why=why)
    return _part(element, video)


def _voice(element: Element, files: Files) -> Media:
    best = files.rendition(file(element.first("audio[src]").attribute("src")), "best")
    said = element.first(":is(.tgme_widget_message_voice_duration, .tgme_widget_message_audio_duration)").text
    kind = "voice" if element.has_class("tgme_widget_message_voice_player") else "audio"
    why = "" if best else _said(element, WITHHELD)
    return Media(
        "Audio", _kind(element, kind), duration=seconds(said), renditions=best, why=why,
        name=element.first(f"{_PREFIX}audio_title").text, description=element.first(f"{_PREFIX}audio_performer").text,
    )  # fmt: skip


def _loose(element: Element, files: Files) -> Media | None:
    """Return the file of a player that stands in none of the frames that are known."""
    if has_ancestor(element, _HOLDERS, Element(None, 0)):
        return None
    is_video = element.node is not None and element.node.tag == "video"
    best = files.rendition(file(element.attribute("src")), "best")
    return Media("Video" if is_video else "Audio", _kind(element, "video" if is_video else "audio"), renditions=best)


def _document(element: Element, files: Files) -> Media:
    is_audio = bool(element.first(f"{_PREFIX}document_icon.audio"))
    return _part(
        element,
        Media(
            "Audio" if is_audio else "Document", _kind(element, "audio" if is_audio else "document"), why=IN_APP_ONLY,
            name=element.first(f"{_PREFIX}document_title").text,
            description=element.first(f"{_PREFIX}document_extra").text,
        ),
    )  # fmt: skip


def _sticker(element: Element, files: Files) -> Media:
    animation = element.first('source[type*="tgsticker"]').attribute("srcset")
    best = (
        file(element.first(f"{_PREFIX}sticker").attribute("data-webp"))
        or file(animation and Found(animation.value.split(" ")[0], animation.exchange, animation.at))
        or file(element.first("video[src]").attribute("src"))
    )
    renditions = (
        *files.rendition(best, "best"),
        *files.rendition(file(element.first("img[src]").attribute("src")), "thumb"),
    )
    return Media("Image", _kind(element, "sticker"), renditions=renditions, why=_unless(renditions))


def _location(element: Element, files: Files) -> Media:
    drawn = picture(element.first(f"{_PREFIX}location").attribute("style"))
    return Media(
        "Link", _kind(element, "location"), url=element.attribute("href"),
        name=element.first(f"{_PREFIX}location_title").text,
        description=element.first(f"{_PREFIX}location_address").text,
        renditions=(Rendition(drawn, "preview", why=NO_MAP),) if drawn else (),
    )  # fmt: skip


def _contact(element: Element, files: Files) -> Media:
    return Media(
        "Document", _kind(element, "contact"), name=element.first(f"{_PREFIX}contact_name").text,
        description=element.first(f"{_PREFIX}contact_phone").text,
    )  # fmt: skip


def _service_photo(element: Element, files: Files) -> Media:
    renditions = files.rendition(file(element.first("img[src]").attribute("src")), "best")
    return Media("Image", _kind(element, "service_photo"), renditions=renditions, why=_unless(renditions))


def _unsupported(element: Element, files: Files) -> Media | None:
    """Return what stands in place of a content that the page does not show; a player's own fallback is none."""
    if has_ancestor(element, _PLAYERS, Element(None, 0)):
        return None
    return Media("Document", _kind(element, "unsupported"), why=_said(element, "the page does not show it"))


def _link_preview(element: Element, files: Files) -> Media:
    drawn = element.first("i:is(.link_preview_image, .link_preview_right_image, .link_preview_video_thumb)")
    name = element.first(".link_preview_title").text or element.first(".link_preview_site_name").text
    return Media(
        "Link", _kind(element, "link_preview"), url=element.attribute("href"), name=name,
        description=element.first(".link_preview_description").text,
        renditions=(
            *files.rendition(picture(drawn.attribute("style")), "preview"),
            *files.rendition(file(element.first("video[src]").attribute("src")), "preview"),
        ),
    )  # fmt: skip


_READERS: Final = (
    (f"{_PREFIX}photo_wrap", _photo),
    (f"{_PREFIX}video_player", _video),
    (f"{_PREFIX}roundvideo_player", _video),
    (f"{_PREFIX}voice_player", _voice),
    (f"{_PREFIX}audio_player", _voice),
    (":is(video, audio)[src]", _loose),
    (f"{_PREFIX}document_wrap", _document),
    (f"{_PREFIX}sticker_wrap", _sticker),
    (f"{_PREFIX}location_wrap", _location),
    (f"{_PREFIX}contact_wrap", _contact),
    (f"{_PREFIX}service_photo", _service_photo),
    (".message_media_not_supported_wrap", _unsupported),
)


def _part(element: Element, media: Media) -> Media:
    """Return `media` with the number and the address that it has within an album, where it is in one."""
    href = element.attribute("href")
    number = single_number(href.value) if href else None
    if href is None or number is None:
        return media
    return Media(
        media.type, media.kind, Found(number, href.exchange, href.at), media.name, media.description, href,
        media.duration, media.renditions, media.why,
    )  # fmt: skip


def _kind(element: Element, word: str) -> Found[str]:
    return Found(word, element.exchange, f"{element.path} @class")


def _unless(renditions: tuple[Rendition, ...]) -> str:
    return "" if renditions else WITHHELD


def _said(element: Element, words: str) -> str:
    label = element.first(".message_media_not_supported_label").text
    return f"{words}; Telegram says: {' '.join(label.value[:300].split())}" if label else words
