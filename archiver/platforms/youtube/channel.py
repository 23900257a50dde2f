"""Channels: what their page says of them, and their newest videos from the feed, with times to the second."""

from dataclasses import replace
from typing import Final

from archiver.model.platform import Seen
from archiver.model.post import Actor, Content, Found, Media, Moment, Post
from archiver.platforms.files import Files
from archiver.platforms.reading import Doc
from archiver.platforms.xml import Part, xml_in
from archiver.platforms.youtube.community import pictures
from archiver.platforms.youtube.values import channel, moment
from archiver.platforms.youtube.words import words

MAX_VIDEOS: Final = 50  # of a feed, which has 15

_CARD: Final = ("metadata", "channelMetadataRenderer")


def shows_channel(data: Doc) -> bool:
    """Return whether a page shows a channel."""
    return data.at(*_CARD, "title").words is not None


def channel_id(data: Doc) -> str:
    """Return the id of the channel that a page shows, "" where it shows none."""
    found = data.at(*_CARD, "externalId").words
    return found.value if found is not None else ""


def feed_in(feed: Seen | None) -> Part:
    """Return the feed of a channel, with its name and its newest videos."""
    atom = xml_in(feed) if feed is not None and feed.status == 200 else Part(None, 0)
    return atom if atom.name == "feed" and atom.first("author").first("name") else Part(None, 0)


def channel_post(data: Doc, feed: Seen | None, files: Files) -> Post | None:
    """Return a channel as a page, with its newest videos beside it; None where neither page nor feed tells of one."""
    card, atom = data.at(*_CARD), feed_in(feed)
    if not shows_channel(data) and not atom:
        return None
    number, url = card.at("externalId").words, card.at("vanityChannelUrl").words or card.at("channelUrl").words
    actor = channel(number, card.at("title").words, url) if shows_channel(data) else _author(atom)
    since = _since(atom)
    actor = replace(actor, published=since) if actor is not None and since is not None else actor
    avatar = pictures(card.at("avatar", "thumbnails"), files)
    text = words(card.at("description"))
    return Post(
        "Page",
        id=actor.id if actor is not None else None,
        url=actor.url if actor is not None else None,
        attributed_to=actor,
        name=actor.name if actor is not None else None,
        content=Content(text=text) if text is not None else None,
        attachment=(Media("Image", renditions=avatar),) if avatar else (),
        context=tuple(_video(each) for each in atom.all("entry")[:MAX_VIDEOS]),
    )


def _author(atom: Part) -> Actor | None:
    """Return whose feed it is, by the names and the address at its head."""
    return channel(None, atom.first("author").said("name"), atom.first("author").said("uri"))


def _since(atom: Part) -> Moment | None:
    """Return since when the channel is there: what stands at the head of the feed, before its first video."""
    return moment(atom.said("published"))


def _video(entry: Part) -> Post:
    number = entry.said("yt:videoId")
    described = entry.first("media:group").said("media:description")
    return Post(
        "Video",
        id=number,
        url=_href(entry),
        published=moment(entry.said("published")),
        updated=moment(entry.said("updated")),
        name=entry.said("title"),
        content=Content(text=described) if described is not None else None,
    )


def _href(entry: Part) -> Found[str] | None:
    links = (each for each in entry.all("link") if (rel := each.attribute("rel")) and rel.value == "alternate")
    return next((each.attribute("href") for each in links), None)
