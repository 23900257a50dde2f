"""Posts of the community tab, as the page of one shows it (docs/spec/platforms/youtube.md §Community posts)."""

from typing import Final

from archiver.model.platform import PostKey
from archiver.model.post import Choice, Content, Count, Found, Media, Poll, Post, Rendition
from archiver.platforms.files import Files
from archiver.platforms.moments import unclear
from archiver.platforms.reading import Doc
from archiver.platforms.youtube.addresses import SITE, watch_url
from archiver.platforms.youtube.values import channel, run_links
from archiver.platforms.youtube.words import count, link, words

MAX_POSTS: Final = 100  # of one page
SMALLER: Final = "not asked for: a smaller size"

_POST: Final = "backstagePostRenderer"
_SHARED: Final = "sharedPostRenderer"


def shared(key: PostKey, data: Doc) -> Doc | None:
    """Return the post that is meant, None where the page does not show it."""
    for each in _posts(data):
        found = each.at("postId").words
        if found is not None and found.value == key.part("id"):
            return each
    return None


def community_post(told: Doc, files: Files) -> Post:
    """Return a community post, with the one that it shares. When it was posted is told in words alone."""
    number = told.at("postId").words
    text, attached = _text(told), told.at("backstageAttachment")
    inner = told.at("originalPost", _POST)
    author = told.at("authorText") or told.at("displayName")
    ends = told.at("authorEndpoint") or told.at("endpoint")
    return Post(
        "Question" if _poll(attached) else "Note",
        id=number,
        url=Found(f"{SITE}/post/{number.value}", number.exchange, number.at) if number is not None else None,
        attributed_to=channel(ends.at("browseEndpoint", "browseId").words, words(author), link(ends)),
        published=unclear(words(told.at("publishedTimeText"))),
        content=Content(text=words(text)) if words(text) is not None else None,
        relation="repost" if inner else "",
        origin=(community_post(inner, Files({})),) if inner and told.pointer.endswith(_SHARED) else (),
        attachment=attachments(attached, files),
        tag=run_links(text.at("runs")),
        counts=(*count("likes", told.at("voteCount")), *_replies(told)),
        poll=_poll(attached),
    )


def attachments(attached: Doc, files: Files) -> tuple[Media, ...]:
    """Return the pictures of a post, or the video that it shows, which is a post of its own."""
    images = [attached.at("backstageImageRenderer")] if attached.at("backstageImageRenderer") else []
    images += [each.at("backstageImageRenderer") for each in attached.at("postMultiImageRenderer", "images").items[:50]]
    found = [Media("Image", renditions=pictures(each.at("image", "thumbnails"), files)) for each in images]
    video = attached.at("videoRenderer", "videoId").words
    if video is not None:
        url = Found(watch_url(video.value), video.exchange, video.at)
        name, why = words(attached.at("videoRenderer", "title")), "not asked for: it is a post of its own"
        found.append(Media("Video", id=video, name=name, url=url, why=why))
    return tuple(found)


def pictures(sizes: Doc, files: Files) -> tuple[Rendition, ...]:
    """Return a picture in its sizes, the largest first; that one is asked for."""
    told = sorted(sizes.items[:20], key=lambda each: -(each.at("width").integer or Found(0, 0, "")).value)
    found: list[Rendition] = []
    for each in told:
        url = each.at("url").words
        if url is None:
            continue
        whole = Found(f"https:{url.value}" if url.value.startswith("//") else url.value, url.exchange, url.at)
        width, height = each.at("width").integer, each.at("height").integer
        if not found:
            found.append(files.rendition(whole, "best", width=width, height=height))
        else:
            found.append(files.rendition(whole, "thumb", width=width, height=height, otherwise=SMALLER))
    return tuple(found)


def _posts(data: Doc) -> list[Doc]:
    """Return the posts of a page: of its tabs, else of a list without tabs."""
    contents = data.at("contents")
    tabs = contents.at("twoColumnBrowseResultsRenderer", "tabs").items[:20]
    lists = [each.at("tabRenderer", "content", "sectionListRenderer") for each in tabs]
    lists += [contents.at("sectionListRenderer")]
    found: list[Doc] = []
    for each in (section for one in lists for section in one.at("contents").items[:MAX_POSTS]):
        for item in (each, *each.at("itemSectionRenderer", "contents").items[:MAX_POSTS]):
            post = item.at("backstagePostThreadRenderer", "post")
            found += [one for name in (_POST, _SHARED) if (one := post.at(name))]
    return found[:MAX_POSTS]


def _text(told: Doc) -> Doc:
    return told.at("contentText") or told.at("content")


def _poll(attached: Doc) -> Poll | None:
    told = attached.at("pollRenderer")
    names = (words(each.at("text")) for each in told.at("choices").items[:50])
    choices = tuple(Choice(name) for name in names if name is not None)
    total: tuple[Count, ...] = count("votes", told.at("totalVotes"))
    return Poll(choices=choices, total=total[0] if total else None) if told else None


def _replies(told: Doc) -> tuple[Count, ...]:
    button = told.at("actionButtons", "commentActionButtonsRenderer", "replyButton", "buttonRenderer", "text")
    return count("replies", told.at("replyCount"), button)
