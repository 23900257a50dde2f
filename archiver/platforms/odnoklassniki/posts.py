"""A video as its player is told of it, and a topic as its page shows it or as its card for previews does."""

from collections.abc import Iterator
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Actor, Content, Count, Extracted, Found, Media, Missing, Moment, Post, Rendition
from archiver.platforms.files import NOT_ASKED, Files
from archiver.platforms.moments import rfc3339, unclear
from archiver.platforms.odnoklassniki.answers import Answers, read
from archiver.platforms.odnoklassniki.standing import is_page_of, standing_of, text_of_topic
from archiver.platforms.reading import Doc
from archiver.platforms.video import video_renditions

MAX_TRACKS: Final = 50  # of captions

_SIZES: Final = ("mobile", "lowest", "low", "sd", "hd", "full", "quad", "ultra")  # the platform's names, the best last
_STREAM: Final = (
    "a list of the pieces of a stream; the program for media asks for it where the file itself does not come"
)
_OTHER_LANGUAGE: Final = "in another language; not asked for"
_COMMENTS: Final = "they are shown to those who are logged in"
_TOPIC: Final = "the page that is shown without a login does not have them in a form that can be read for certain"


def extracted_from(key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
    """Return what the answers tell. Numbers of Odnoklassniki tell no time."""
    answers, standing = read(key, seen), standing_of(key, seen)
    shown = answers.options if key.kind == "video" else answers.meta("og:title") or text_of_topic(key, answers)
    missing = list(_left_out(key, answers, standing.exchange))
    if not shown or (key.kind == "topic" and not is_page_of(key, answers)):
        why = f"the page does not show it ({standing.rule}){_said(answers)}"
        return Extracted(None, missing=(Missing("the post", why, standing.exchange),))
    return Extracted(
        post_of(key, answers, Files.of(seen), seen), missing=tuple(missing), warnings=_warnings(key, answers)
    )


def post_of(key: PostKey, answers: Answers, files: Files, seen: tuple[Seen, ...]) -> Post:
    """Return the video or topic, as far as it is told."""
    return _video(answers, files, seen) if key.kind == "video" else _topic(key, answers, files)


def _video(answers: Answers, files: Files, seen: tuple[Seen, ...]) -> Post:
    movie = answers.movie
    title = movie.at("title").words or answers.meta("og:title").attribute("content")
    text = answers.meta("og:description").attribute("content")
    likes = answers.metadata.at("likeCount").integer
    views = answers.meta("ya:ovs:views_total").attribute("content")
    shown = Doc(views.value, views.exchange, views.at).integer if views else None
    adult = answers.meta("ya:ovs:adult").attribute("content")
    return Post(
        "Video",
        id=movie.at("id").id or movie.at("movieId").id,
        url=answers.meta("og:url").attribute("content"),
        attributed_to=_author(answers.metadata.at("author")),
        published=_day(answers.meta("ya:ovs:upload_date").attribute("content")),
        name=title,
        summary=text,
        sensitive=Found(adult.value == "true", adult.exchange, adult.at) if adult else None,
        attachment=_attachments(answers, files, seen),
        counts=tuple(
            Count(name, value) for name, value in (("likes", likes), ("views", shown)) if value and value.value >= 0
        ),
    )


def _topic(key: PostKey, answers: Answers, files: Files) -> Post:
    text = text_of_topic(key, answers)
    picture = answers.meta("og:image").attribute("content")
    card = answers.meta("og:description").attribute("content")
    url = answers.meta("og:url").attribute("content") or answers.first('link[rel="canonical"]').attribute("href")
    return Post(
        "Note",
        url=url,
        published=rfc3339(_only_time(answers)) if text else None,
        name=answers.meta("og:title").attribute("content"),
        summary=None if text else card,
        content=Content(text.text, text.html) if text and text.text else None,
        attachment=(Media("Image", renditions=(files.rendition(picture, "preview"),)),) if picture else (),
    )


def _only_time(answers: Answers) -> Found[str] | None:
    """Return the time on the page where there is one only: others are those of other topics."""
    page = answers.page.get("page")
    times = page.css("time[datetime]") if page is not None and answers.whole else ()
    return times[0].attribute("datetime") if len(times) == 1 else None


def _warnings(key: PostKey, answers: Answers) -> tuple[str, ...]:
    number = answers.movie.at("id").id or answers.movie.at("movieId").id
    wanted = key.part("id").partition("-")[0]
    if key.kind != "video" or number is None or number.value.partition("-")[0] == wanted:
        return ()
    return (f"the player tells of a video with the number {number.value[:40]!r}, which is not that of the address",)


def _author(author: Doc) -> Actor | None:
    name, number = author.at("name").words, author.at("id").id
    if name is None and number is None:
        return None
    place = author.at("profile").words
    is_group = place is not None and "/group/" in place.value[:200]
    return Actor("Group" if is_group else "Person", number, name=name, url=place)


def _day(said: Found[str] | None) -> Moment | None:
    """Return when, where a whole time with its zone is told; else the day as it stands: of which zone, is not said."""
    moment = rfc3339(said)
    return moment if moment is not None and moment.value else unclear(said, "day")


def _attachments(answers: Answers, files: Files, seen: tuple[Seen, ...]) -> tuple[Media, ...]:
    movie = answers.movie
    elsewhere = answers.options.at("url").words or movie.at("contentId").words
    if (
        answers.options.at("isExternalPlayer").value is not True
        and answers.metadata.at("provider").value != "USER_YOUTUBE"
    ):
        elsewhere = None
    found = [*_best(answers.metadata, files), *video_renditions(seen), *_lists(answers.metadata, files)]
    why = "" if found else "the player names no file"
    if elsewhere is not None:
        why = "the video lies on another site; nothing was asked there"
    elif answers.metadata.at("paymentInfo").members and not found:
        why = "the player names no file: it is shown to those who pay"
    poster = movie.at("poster").words
    if poster is not None:
        found.append(files.rendition(poster, "thumb"))
    for number, track in enumerate(movie.at("subtitleTracks").items[:MAX_TRACKS]):
        url = track.at("url").words
        if url is not None:
            found.append(files.rendition(url, "captions", otherwise=_OTHER_LANGUAGE if number else NOT_ASKED))
    duration = movie.at("duration").integer
    return (
        Media(
            "Video",
            kind=answers.metadata.at("provider").words,
            url=elsewhere,
            duration=duration if duration and duration.value > 0 else None,
            renditions=tuple(found),
            why=why,
        ),
    )


def _best(metadata: Doc, files: Files) -> Iterator[Rendition]:
    offered = [each for each in metadata.at("videos").items if each.at("url").words]
    known = [each for each in offered if each.at("disallowed").value is not True]
    best = max(known or offered, key=_size, default=None)
    url = best.at("url").words if best is not None else None
    if url is not None:
        yield files.rendition(url, "best")


def _size(video: Doc) -> int:
    name = video.at("name").value
    return _SIZES.index(name) if isinstance(name, str) and name in _SIZES else -1


def _lists(metadata: Doc, files: Files) -> Iterator[Rendition]:
    for name in ("hlsManifestUrl", "ondemandHls", "ondemandDash", "metadataWebmUrl", "hlsMasterPlaylistUrl"):
        url = metadata.at(name).words
        if url is not None:
            yield files.rendition(url, "manifest", otherwise=_STREAM)


def _left_out(key: PostKey, answers: Answers, exchange: int) -> Iterator[Missing]:
    yield Missing("answers of other people", _COMMENTS, exchange)
    if key.kind == "topic" and not answers.whole:
        yield Missing("the end of the page", "the answer broke off: a text may be cut", exchange)
    if key.kind == "topic":
        yield Missing("the author, the time, the numbers, further pictures and films", _TOPIC, exchange)


def _said(answers: Answers) -> str:
    stub = answers.first(".vp_video_stub_txt").text
    return f"; Odnoklassniki says: {' '.join(stub.value[:300].split())}" if stub else ""
