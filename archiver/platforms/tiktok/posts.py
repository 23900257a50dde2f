"""A post of TikTok as its page tells it, or as little of it as is told for embedding."""

from typing import Final, Literal

from archiver.model.platform import Seen
from archiver.model.post import Actor, Content, Count, Found, Media, Place, Post, Rendition, Tag
from archiver.platforms.files import NOT_ASKED, Files
from archiver.platforms.moments import unix
from archiver.platforms.reading import Doc
from archiver.platforms.tiktok.answers import Answers
from archiver.platforms.video import video_renditions

MAX_TAGS: Final = 200
MAX_TRACKS: Final = 50  # of captions
MAX_IMAGES: Final = 60  # 35 is the most that TikTok takes

_COUNTS: Final = (
    ("views", "playCount"),
    ("likes", "diggCount"),
    ("replies", "commentCount"),
    ("shares", "shareCount"),
    ("saves", "collectCount"),
)
_OTHER_LANGUAGE: Final = "in another language; not asked for"


def post_of(answers: Answers, files: Files, seen: tuple[Seen, ...]) -> Post:
    """Return the post of `answers.item`."""
    item = answers.item
    author = _author(item.at("author"))
    number = item.at("id").id
    images = item.at("imagePost", "images").items
    return Post(
        "Image" if images else "Video",
        id=number,
        url=_url(item, "photo" if images else "video"),
        attributed_to=author,
        published=unix(found) if (found := item.at("createTime").integer) and found.value > 0 else None,
        content=_content(item),
        sensitive=item.at("isContentClassified").boolean,
        attachment=_attachments(item, files, seen),
        tag=_tags(item),
        counts=_counts(item),
        location=_place(item),
    )


def embedded_post(told: Doc, files: Files) -> Post:
    """Return what an answer of oEmbed tells: the words, the author, a still picture, and no time."""
    still = told.at("thumbnail_url").words
    pictures = (files.rendition(still, "thumb", width=told.at("thumbnail_width").integer,
                                height=told.at("thumbnail_height").integer),) if still else ()  # fmt: skip
    author = Actor(
        "Person",
        preferred_username=told.at("author_unique_id").words,
        name=told.at("author_name").words,
        url=told.at("author_url").words,
    )
    title = told.at("title").words
    kind: Literal["Image", "Video"] = "Image" if told.at("embed_type").value == "photo" else "Video"
    return Post(
        kind,
        id=told.at("embed_product_id").id,
        attributed_to=author,
        content=Content(title) if title else None,
        attachment=(Media(kind, told.at("type").words, renditions=pictures),) if pictures else (),
    )


def _author(author: Doc) -> Actor | None:
    if not author.at("uniqueId").words and not author.at("id").id:
        return None
    name = author.at("uniqueId").words
    return Actor(
        "Person",
        id=author.at("id").id,
        preferred_username=name,
        name=author.at("nickname").words,
        url=Found(f"https://www.tiktok.com/@{name.value}", name.exchange, name.at) if name else None,
        verified=author.at("verified").boolean,
    )


def _url(item: Doc, kind: str) -> Found[str] | None:
    number, name = item.at("id").id, item.at("author", "uniqueId").words
    if number is None or name is None:
        return None
    return Found(f"https://www.tiktok.com/@{name.value}/{kind}/{number.value}", number.exchange, number.at)


def _content(item: Doc) -> Content | None:
    text = item.at("desc").words
    return Content(text, language=item.at("textLanguage").words) if text else None


def _counts(item: Doc) -> tuple[Count, ...]:
    """Return the counts: those that are spelled out go before those that may be rounded."""
    found = []
    for name, member in _COUNTS:
        for stats in (item.at("statsV2"), item.at("stats")):
            value = stats.at(member).integer
            if value is not None and value.value >= 0:
                found.append(Count(name, value))
                break
    return tuple(found)


def _tags(item: Doc) -> tuple[Tag, ...]:
    found = []
    for each in item.at("textExtra").items[:MAX_TAGS]:
        hashtag, person = each.at("hashtagName").words, each.at("userUniqueId").words
        if hashtag is not None:
            found.append(Tag("Hashtag", hashtag))
        elif person is not None:
            found.append(Tag("Mention", person))
    return tuple(found)


def _place(item: Doc) -> Place | None:
    name = item.at("poi", "name").words
    return Place(name) if name else None


def _attachments(item: Doc, files: Files, seen: tuple[Seen, ...]) -> tuple[Media, ...]:
    images = tuple(_image(each, files) for each in item.at("imagePost", "images").items[:MAX_IMAGES])
    if images:
        return (*images, *_music(item.at("music"), files, "not asked for: it sounds under the pictures"))
    video = item.at("video")
    films = (_video(video, files, seen),) if video.members else ()
    return (*films, *_music(item.at("music"), files, "not asked for: what is heard of it is in the video"))


def _image(image: Doc, files: Files) -> Media:
    url = _first(image.at("imageURL", "urlList"))
    if url is None:
        return Media("Image", why="the page names no file")
    width, height = image.at("imageWidth").integer, image.at("imageHeight").integer
    return Media("Image", renditions=(files.rendition(url, "best", width=width, height=height),))


def _video(video: Doc, files: Files, seen: tuple[Seen, ...]) -> Media:
    streamed = video_renditions(seen)
    found = [*_best(video, files), *streamed]
    why = "" if found else "the page names no file"
    cover = video.at("originCover").words or video.at("cover").words
    if cover is not None:
        found.append(files.rendition(cover, "thumb"))
    found += _captions(video, files)
    duration = video.at("duration").integer
    return Media(
        "Video",
        id=video.at("id").id,
        duration=duration if duration and duration.value > 0 else None,
        renditions=tuple(found),
        why=why,
    )


def _best(video: Doc, files: Files) -> list[Rendition]:
    """Return the file of the highest bit rate; it has no mark of TikTok's in the picture, as that for downloads has."""
    rated = [
        (rate.value if (rate := each.at("Bitrate").integer) else 0, each.at("PlayAddr"), url)
        for each in video.at("bitrateInfo").items
        if (url := _first(each.at("PlayAddr", "UrlList")))
    ]
    if rated:
        _, at, url = max(rated, key=lambda each: each[0])
        return [files.rendition(url, "best", width=at.at("Width").integer, height=at.at("Height").integer)]
    played = video.at("playAddr").words
    if played is None:
        return []
    return [files.rendition(played, "best", width=video.at("width").integer, height=video.at("height").integer)]


def _captions(video: Doc, files: Files) -> list[Rendition]:
    """Return the captions: those that were made from the sound are asked for, translations are named."""
    tracks = [(each, url) for each in video.at("subtitleInfos").items if (url := each.at("Url").words)][:MAX_TRACKS]
    tracks.sort(key=lambda each: each[0].at("Source").value != "ASR")
    return [
        files.rendition(url, "captions", otherwise=_OTHER_LANGUAGE if number else NOT_ASKED)
        for number, (_, url) in enumerate(tracks)
    ]


def _music(music: Doc, files: Files, why: str) -> tuple[Media, ...]:
    if not music.at("title").words and not music.at("id").id:
        return ()
    url = music.at("playUrl").words
    return (
        Media(
            "Audio",
            id=music.at("id").id,
            name=music.at("title").words,
            description=music.at("authorName").words,
            renditions=files.renditions(url, "preview", otherwise=why),
            why="" if url else "the page names no file",
        ),
    )


def _first(urls: Doc) -> Found[str] | None:
    return next((found for each in urls.items if (found := each.words)), None)
