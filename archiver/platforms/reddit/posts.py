"""A post or comment as Reddit's interface for programs tells it."""

from typing import Final
from urllib.parse import urljoin

from archiver.model.media import ROLE
from archiver.model.platform import Seen
from archiver.model.post import Actor, Choice, Content, Count, Found, Media, Moment, Poll, Post, Rendition
from archiver.platforms.files import NOT_ASKED, Files, askable
from archiver.platforms.moments import unix
from archiver.platforms.places import host_of
from archiver.platforms.reading import Doc
from archiver.platforms.reddit.addresses import SITE
from archiver.platforms.reddit.answers import DELETED, seconds
from archiver.platforms.reddit.standing import is_gone
from archiver.platforms.video import video_renditions

MAX_MEDIA: Final = 100  # of one gallery; 20 is the most that Reddit takes
MAX_CHOICES: Final = 50

_SILENT: Final = "the picture without its sound; the program for media asks for both"
_REFUSED: Final = "not asked for: its host has refused the stream"
_OTHER_SIZE: Final = "another size; not asked for"
_ELSEWHERE: Final = "what the post links to; not asked for"


def post_of_item(item: Doc, files: Files, seen: tuple[Seen, ...]) -> Post:
    """Return the post at `item`, with the one that it shares."""
    gone = is_gone(item)
    parent = item.at("crosspost_parent_list", 0)
    shared = bool(parent.at("id").id)
    poll = _poll(item.at("poll_data"))
    body = item.at("selftext").words
    return Post(
        "Tombstone" if gone else "Question" if poll else "Article",
        id=item.at("name").id,
        url=_page(item),
        attributed_to=_author(item),
        on_behalf_of=_community(item),
        published=unix(seconds(item.at("created_utc"))),
        updated=_edited(item),
        edited=item.at("edited").boolean if item.at("edited").value is True else None,
        name=item.at("title").words,
        content=Content(body, item.at("selftext_html").words) if body and not gone else None,
        sensitive=item.at("over_18").boolean,
        relation="repost" if shared else "",
        origin=(_shared(parent, files, seen),) if shared else (),
        attachment=() if gone or shared else _attachments(item, files, seen),
        counts=_counts(item, "num_comments"),
        poll=poll,
    )


def comment_of_item(item: Doc) -> Post:
    """Return the comment at `item`; what was removed keeps its place and time."""
    gone = is_gone(item)
    body = item.at("body").words
    return Post(
        "Tombstone" if gone else "Note",
        id=item.at("name").id,
        url=_page(item),
        attributed_to=_author(item),
        published=unix(seconds(item.at("created_utc"))),
        updated=_edited(item),
        edited=item.at("edited").boolean if item.at("edited").value is True else None,
        content=Content(body, item.at("body_html").words) if body and not gone else None,
        in_reply_to=item.at("parent_id").id,
        counts=_counts(item),
    )


def stream_of(item: Doc) -> str:
    """Return the address of the stream of a post's video, "" where it has none, or one on a host of others."""
    found = _film(item).at("hls_url").words or _film(item.at("crosspost_parent_list", 0)).at("hls_url").words
    return found.value if found is not None and host_of(found.value) == "v.redd.it" and askable(found.value) else ""


def _shared(parent: Doc, files: Files, seen: tuple[Seen, ...]) -> Post:
    body = parent.at("selftext").words
    return Post(
        "Tombstone" if is_gone(parent) else "Article",
        id=parent.at("name").id,
        url=_page(parent),
        attributed_to=_author(parent),
        on_behalf_of=_community(parent),
        published=unix(seconds(parent.at("created_utc"))),
        name=parent.at("title").words,
        content=Content(body, parent.at("selftext_html").words) if body and not is_gone(parent) else None,
        attachment=() if is_gone(parent) else _attachments(parent, files, seen),
    )


def _page(item: Doc) -> Found[str] | None:
    """Return the address of the page, which is told without the name of the site."""
    path = item.at("permalink").words
    if path is None or not path.value.startswith("/"):
        return path
    return Found(urljoin(SITE, path.value), path.exchange, path.at)


def _author(item: Doc) -> Actor | None:
    name = item.at("author").words
    if name is None or name.value == DELETED:
        return None
    url = Found(f"{SITE}/user/{name.value}/", name.exchange, name.at)
    return Actor("Person", item.at("author_fullname").id, preferred_username=name, url=url)


def _community(item: Doc) -> Actor | None:
    name = item.at("subreddit_name_prefixed").words or item.at("subreddit").words
    return Actor("Group", item.at("subreddit_id").id, name=name) if name is not None else None


def _edited(item: Doc) -> Moment | None:
    at = item.at("edited")
    return None if isinstance(at.value, bool) else unix(seconds(at))


def _counts(item: Doc, replies: str = "") -> tuple[Count, ...]:
    """Return the counts. Reddit blurs the score on purpose, and hides that of what is new."""
    found = []
    score = seconds(item.at("score")) or item.at("score").integer
    if score is not None and item.at("score_hidden").value is not True and item.at("hide_score").value is not True:
        found.append(Count("score", score, exact=False))
    answers = item.at(replies).integer if replies else None
    if answers is not None and answers.value >= 0:
        found.append(Count("replies", answers))
    return tuple(found)


def _poll(poll: Doc) -> Poll | None:
    choices = []
    for option in poll.at("options").items[:MAX_CHOICES]:
        name, votes = option.at("text").words, option.at("vote_count").integer
        if name is not None:
            choices.append(Choice(name, Count("votes", votes) if votes is not None else None))
    if not choices:
        return None
    total = poll.at("total_vote_count").integer
    end = unix(poll.at("voting_end_timestamp").integer, per_second=1000)
    return Poll(choices=tuple(choices), total=Count("votes", total) if total is not None else None, end_time=end)


def _attachments(item: Doc, files: Files, seen: tuple[Seen, ...]) -> tuple[Media, ...]:
    if item.at("media_metadata").members:
        return _gallery(item, files)
    if _film(item).members:
        return (_video(item, files, seen),)
    linked = item.at("url_overridden_by_dest").words or item.at("url").words
    if linked is None or item.at("is_self").value is True:
        return ()
    preview = item.at("preview", "images", 0, "source")
    if item.at("post_hint").value == "image" or host_of(linked.value) == "i.redd.it":
        return (Media("Image", renditions=(files.rendition(linked, "original"), *_still(preview, files, _OTHER_SIZE))),)
    return (Media("Link", name=item.at("domain").words, url=linked, renditions=_still(preview, files), why=_ELSEWHERE),)


def _gallery(item: Doc, files: Files) -> tuple[Media, ...]:
    """Return the pictures of a gallery, or in a text, in the order of the gallery where there is one."""
    order = [each for each in item.at("gallery_data", "items").items if each.at("media_id").words]
    named: list[tuple[str, Found[str] | None]] = [
        (said.value, each.at("caption").words) for each in order if (said := each.at("media_id").words)
    ]
    named = named or [(name, None) for name, _ in item.at("media_metadata").members]
    found = []
    for name, caption in named[:MAX_MEDIA]:
        at = item.at("media_metadata", name)
        source = at.at("s")
        is_film = bool(source.at("mp4").words) and not source.at("u").words
        url = source.at("u").words or source.at("gif").words or source.at("mp4").words
        why = "" if url else "Reddit names no file"
        found.append(
            Media(
                "Video" if is_film else "Image",
                kind=at.at("e").words,
                id=at.at("id").id,
                description=caption,
                renditions=(files.rendition(url, "best", width=source.at("x").integer, height=source.at("y").integer),)
                if url
                else (),
                why=why,
            )
        )
    return tuple(found)


def _film(item: Doc) -> Doc:
    film = item.at("secure_media", "reddit_video")
    return film if film.members else item.at("media", "reddit_video")


def _video(item: Doc, files: Files, seen: tuple[Seen, ...]) -> Media:
    """Return the video. Its file has no sound: where there is some, the stream has both."""
    film = _film(item)
    streamed = video_renditions(seen)
    tried = any(each.role == ROLE for each in seen) and not streamed
    alone = (
        tried or film.at("has_audio").value is False or film.at("is_gif").value is True or not film.at("hls_url").words
    )
    found: list[Rendition] = [*streamed]
    url = film.at("fallback_url").words
    if url is not None:
        width, height = film.at("width").integer, film.at("height").integer
        why = _REFUSED if _refused(url.value, seen) else NOT_ASKED if alone else _SILENT
        found.append(files.rendition(url, "best", width=width, height=height, otherwise=why))
    for name in ("hls_url", "dash_url"):
        url = film.at(name).words
        if url is not None and all(each.url.value != url.value for each in found):
            found.append(files.rendition(url, "manifest", otherwise="a list of the pieces of a stream"))
    found += _still(item.at("preview", "images", 0, "source"), files)
    return Media("Video", duration=film.at("duration").integer, renditions=tuple(found))


def _refused(url: str, seen: tuple[Seen, ...]) -> bool:
    """Return whether the host of a file has refused the stream."""
    return any(
        each.role == ROLE and each.status in {401, 403, 429} and host_of(each.url) == host_of(url) for each in seen
    )


def _still(source: Doc, files: Files, otherwise: str = NOT_ASKED) -> tuple[Rendition, ...]:
    url = source.at("url").words
    if url is None:
        return ()
    width, height = source.at("width").integer, source.at("height").integer
    return (files.rendition(url, "thumb", width=width, height=height, otherwise=otherwise),)
