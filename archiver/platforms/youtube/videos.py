"""A video as its answers tell it: the Data API first, then the player, the marks of the page, the card for others."""

from dataclasses import replace
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Actor, Content, Count, Found, Media, Moment, Place, Post, Tag
from archiver.platforms.files import NOT_ASKED, Files
from archiver.platforms.moments import unix
from archiver.platforms.reading import Doc
from archiver.platforms.youtube import media, page
from archiver.platforms.youtube.addresses import watch_url
from archiver.platforms.youtube.answers import Answers
from archiver.platforms.youtube.playability import verdict
from archiver.platforms.youtube.values import channel, handle_in, keywords, moment
from archiver.platforms.youtube.words import count, first

FORMAT: Final = ("microformat", "playerMicroformatRenderer")
LIVE: Final = "it is live: what it will be is not known before it ends"
_NOT_PLAYED: Final = "YouTube does not play it to this request"
_SLATE: Final = (
    "playabilityStatus", "liveStreamability", "liveStreamabilityRenderer", "offlineSlate",
    "liveStreamOfflineSlateRenderer", "scheduledStartTime",
)  # fmt: skip
_RESTRICTED: Final = "ytAgeRestricted"


def video_post(key: PostKey, answers: Answers, seen: tuple[Seen, ...]) -> Post | None:
    """Return the video with what hangs on it, None where no answer tells of it."""
    item, card, told, video = answers.item(key), answers.card, answers.told(key), key.part("id")
    number = first((item,), "id") or first(told, "videoDetails", "videoId") or first(told, *FORMAT, "externalVideoId")
    name = (
        first((item,), "snippet", "title")
        or first(told, "videoDetails", "title")
        or first(told, *FORMAT, "title")
        or first((card,), "title")
        or page.mark(answers.page, video, "name")
    )
    if number is None and name is None:
        return None
    started, ended = _broadcast(item, told)
    published = published_of(item, told) or moment(page.mark(answers.page, video, "datePublished"))
    text = first((item,), "snippet", "description") or first(told, "videoDetails", "shortDescription")
    language = first((item,), "snippet", "defaultLanguage")
    return Post(
        "Video",
        id=number,
        url=Found(watch_url(video), number.exchange, number.at) if number is not None else None,
        attributed_to=_author(item, told, card, answers.data),
        published=published,
        received=_uploaded(told, answers, video, published),
        start_time=started,
        end_time=ended,
        name=name,
        content=Content(text=text, language=language) if text is not None or language is not None else None,
        sensitive=_sensitive(item, told),
        attachment=_attachments(key, number, answers, seen),
        tag=_tags(item, told, answers.data),
        counts=_counts(item, told, answers.data),
        location=_place(item) or page.place(answers.data),
        visibility=_visibility(item, told),
    )


def published_of(item: Doc, told: tuple[Doc, ...]) -> Moment | None:
    """Return since when a video is to be seen."""
    return moment(first((item,), "snippet", "publishedAt") or first(told, *FORMAT, "publishDate"))


def is_live(told: tuple[Doc, ...]) -> bool:
    """Return whether a video was live while it was asked for, or is yet to begin."""
    for each in told:
        now = (
            each.at(*FORMAT, "liveBroadcastDetails", "isLiveNow").boolean,
            each.at("videoDetails", "isLive").boolean,
            each.at("videoDetails", "isUpcoming").boolean,
        )
        if any(found is not None and found.value for found in now):
            return True
    return False


def plays(key: PostKey, answers: Answers) -> bool:
    """Return whether YouTube plays the video to us, and it is not live."""
    said = (verdict(key.part("id"), where, doc, answers) for where, doc in answers.players)
    played = any(each is not None and each.rule.endswith(".ok") for each in said)
    return played and not is_live(answers.told(key))


def _attachments(
    key: PostKey, number: Found[str] | None, answers: Answers, seen: tuple[Seen, ...]
) -> tuple[Media, ...]:
    told, files = answers.told(key), Files.of(seen)
    if number is None:
        return ()
    why = NOT_ASKED if plays(key, answers) else LIVE if is_live(told) else _NOT_PLAYED
    about = told[0] if told else Doc(None, number.exchange)
    kind = first(told, *FORMAT, "category")
    subtitled = next((each for each in told if each.at("captions")), Doc(None, 0))
    return (
        media.video(about, number, seen, files, kind=kind, why=why),
        *media.captions(subtitled, files),
    )


def _author(item: Doc, told: tuple[Doc, ...], card: Doc, data: Doc) -> Actor | None:
    number = first((item,), "snippet", "channelId") or first(told, "videoDetails", "channelId")
    number = number or first(told, *FORMAT, "externalChannelId")
    name = first((item,), "snippet", "channelTitle") or first(told, "videoDetails", "author")
    name = name or first(told, *FORMAT, "ownerChannelName") or first((card,), "author_name")
    url = first(told, *FORMAT, "ownerProfileUrl") or first((card,), "author_url")
    actor = channel(number, name, url)
    if actor is None:
        return None
    handle = actor.preferred_username or handle_in(first((card,), "author_url"))
    return replace(actor, preferred_username=handle, verified=page.badge(data))


def _uploaded(told: tuple[Doc, ...], answers: Answers, video: str, published: Moment | None) -> Moment | None:
    """Return when YouTube got the video, where that is another time than that since when it is to be seen."""
    found = first(told, *FORMAT, "uploadDate") or page.mark(answers.page, video, "uploadDate")
    uploaded = moment(found)
    same = published is not None and uploaded is not None and uploaded.raw.value == published.raw.value
    return None if same else uploaded


def _broadcast(item: Doc, told: tuple[Doc, ...]) -> tuple[Moment | None, Moment | None]:
    live = item.at("liveStreamingDetails")
    began = first((live,), "actualStartTime") or first((live,), "scheduledStartTime")
    began = began or first(told, *FORMAT, "liveBroadcastDetails", "startTimestamp")
    ended = first((live,), "actualEndTime") or first(told, *FORMAT, "liveBroadcastDetails", "endTimestamp")
    planned = next((found for each in told if (found := each.at(*_SLATE).integer) is not None), None)
    return moment(began) or unix(planned), moment(ended)


def _sensitive(item: Doc, told: tuple[Doc, ...]) -> Found[bool] | None:
    rating = first((item,), "contentDetails", "contentRating", "ytRating")
    if rating is not None and rating.value == _RESTRICTED:
        return Found(True, rating.exchange, rating.at)
    for each in told:
        if (safe := each.at(*FORMAT, "isFamilySafe").boolean) is not None:
            return Found(not safe.value, safe.exchange, safe.at)
    return None


def _visibility(item: Doc, told: tuple[Doc, ...]) -> Found[str] | None:
    stated = first((item,), "status", "privacyStatus")
    if stated is not None:
        return stated
    for path, yes, no in (
        (("videoDetails", "isPrivate"), "private", ""),
        ((*FORMAT, "isUnlisted"), "unlisted", "public"),
    ):
        for each in told:
            found = each.at(*path).boolean
            if found is not None and (word := yes if found.value else no):
                return Found(word, found.exchange, found.at)
    return None


def _counts(item: Doc, told: tuple[Doc, ...], data: Doc) -> tuple[Count, ...]:
    said = item.at("statistics")
    views = (said.at("viewCount"), *(each.at("videoDetails", "viewCount") for each in told))
    views += tuple(each.at(*FORMAT, "viewCount") for each in told)
    liked = (said.at("likeCount"), *(each.at(*FORMAT, "likeCount") for each in told))
    return (
        *count("views", *views),
        *(count("likes", *liked) or page.likes(data)),
        *(count("replies", said.at("commentCount")) or page.comments(data)),
    )


def _tags(item: Doc, told: tuple[Doc, ...], data: Doc) -> tuple[Tag, ...]:
    filed = keywords(item.at("snippet", "tags"))
    filed = filed or next((found for each in told if (found := keywords(each.at("videoDetails", "keywords")))), ())
    return (*page.links(data), *filed)


def _place(item: Doc) -> Place | None:
    said = item.at("recordingDetails")
    name, there = said.at("locationDescription").words, said.at("location")
    latitude, longitude = there.at("latitude").number, there.at("longitude").number
    return Place(name, latitude, longitude) if name or latitude or longitude else None
