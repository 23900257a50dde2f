"""An object of schema.org, read from JSON-LD, as what a page tells (https://schema.org/Article and its kin)."""

import re
from collections.abc import Iterator
from typing import Final

from archiver.model.post import Actor, ActorType, Count, Found, Media, MediaType, Post, PostType, Rendition, Tag
from archiver.platforms.page.addresses import absolute
from archiver.platforms.page.ldjson import Graph, is_article, is_written, types_of, url_in
from archiver.platforms.page.times import told as time_told
from archiver.platforms.page.told import Told
from archiver.platforms.reading import Doc

FORM: Final = "JSON-LD"

_KINDS: Final[dict[str, PostType]] = {
    "SocialMediaPosting": "Note", "DiscussionForumPosting": "Note", "VideoObject": "Video", "AudioObject": "Audio",
    "PodcastEpisode": "Audio", "RadioEpisode": "Audio", "MusicRecording": "Audio", "ImageObject": "Image",
    "Photograph": "Image",
}  # fmt: skip
_COUNTS: Final = {
    "LikeAction": "likes", "ShareAction": "shares", "CommentAction": "replies", "ReplyAction": "replies",
    "WatchAction": "views", "ViewAction": "views", "ReadAction": "views", "VoteAction": "votes",
    "EndorseAction": "endorsements", "AgreeAction": "endorsements", "FollowAction": "followers",
}  # fmt: skip
_ACTION = re.compile(r"[A-Z][A-Za-z]{1,40}Action")
_DURATION = re.compile(r"P(?:([0-9]{1,3})D)?T?(?:([0-9]{1,4})H)?(?:([0-9]{1,5})M)?(?:([0-9]{1,7})(?:\.[0-9]{1,9})?S)?")
_FALSE: Final = ("false", "http://schema.org/false", "https://schema.org/false", "no")


def told_by(node: Doc, graph: Graph, others: tuple[Doc, ...], base: str) -> Told:
    """Return what the object that is the page tells; `others` are articles that stand beside it."""
    written = is_written(node)  # the times and people of a book or a match are not those of the page about it
    authors = tuple(_actors(node, ("author", "creator"), graph, base, "Person")) if written else ()
    houses = _actors(node, ("publisher", "sourceOrganization", "copyrightHolder"), graph, base, "Organization")
    return Told(
        FORM,
        type=_type(node),
        url=absolute(base, node.at("url").words) or url_in(node.at("mainEntityOfPage"), base),
        authors=authors,
        publisher=next(houses, None) if written else None,
        published=time_told(_first(node, "datePublished", "uploadDate", "dateCreated")) if written else None,
        updated=time_told(_first(node, "dateModified")) if written else None,
        name=_first(node, "headline", "name"),
        summary=_first(node, "description", "abstract"),
        text=_first(node, "articleBody", "text"),
        language=_language(node, graph),
        tags=tuple(_tags(node, graph, base)),
        media=tuple(_media(node, graph, base)),
        counts=tuple(_counts(node, graph)),
        beside=tuple(_beside(node, graph, others, base)),
        free=_free(node, graph),
        comments=node.at("commentCount").integer,
    )


def told_beside(others: tuple[Doc, ...], shown: tuple[Doc, ...], base: str) -> Told:
    """Return what a page tells of articles of which none is the page, and of the videos and sounds on it."""
    media = tuple(file for each in shown for file in _file(each, base, ""))
    return Told(FORM, weak=True, media=media, beside=tuple(_articles(others, base)))


def _type(node: Doc) -> PostType | None:
    for kind in sorted(types_of(node)):
        if kind in _KINDS:
            return _KINDS[kind]
    return "Article" if is_article(node) else None


def _first(node: Doc, *names: str) -> Found[str] | None:
    for name in names:
        place = node.at(name)
        for each in (place, *place.items[:1], place.at("@value")):
            found = each.words
            if found is not None and found.value.strip():
                return found
    return None


def _actors(node: Doc, names: tuple[str, ...], graph: Graph, base: str, otherwise: ActorType) -> Iterator[Actor]:
    for name in names:
        places = graph.values(node.at(name))
        found = [each for each in (_actor(place, base, otherwise) for place in places) if each is not None]
        yield from found
        if found:
            return


def _actor(place: Doc, base: str, otherwise: ActorType) -> Actor | None:
    if words := place.words:
        link = absolute(base, words) if words.value.startswith(("http://", "https://", "/")) else None
        return Actor(otherwise, url=link) if link else Actor(otherwise, name=words)
    name = _first(place, "name", "alternateName", "legalName")
    url = absolute(base, _first(place, "url", "sameAs"))
    if name is None and url is None:
        return None
    kinds = types_of(place)
    group = any(each.endswith(("Organization", "Corporation", "Business")) for each in kinds)
    kind: ActorType = "Organization" if group else "Person" if "Person" in kinds else otherwise
    return Actor(kind, name=name, url=url)


def _language(node: Doc, graph: Graph) -> Found[str] | None:
    for each in graph.values(node.at("inLanguage")):
        found = each.words or _first(each, "alternateName", "name")
        if found is not None:
            return found
    return None


def _tags(node: Doc, graph: Graph, base: str) -> Iterator[Tag]:
    for name in ("keywords", "articleSection", "genre"):
        for each in graph.values(node.at(name)):
            words = each.words or _first(each, "name", "termCode")
            yield from hashtags(words) if words is not None else ()
    for name in ("mentions", "about"):
        for each in graph.values(node.at(name)):
            words = each.words or _first(each, "name")
            if words is not None:
                yield Tag("Mention" if name == "mentions" else "Hashtag", words, absolute(base, each.at("url").words))


def hashtags(words: Found[str]) -> Iterator[Tag]:
    """Yield each of the keywords in a list with commas."""
    for each in words.value.split(",", 200):
        if each.strip():
            yield Tag("Hashtag", Found(each.strip(), words.exchange, words.at))


def _media(node: Doc, graph: Graph, base: str) -> Iterator[Media]:
    kinds = types_of(node)
    if kinds & {"VideoObject", "AudioObject", "ImageObject"}:
        yield from _file(node, base, "")
    for name, kind in (("video", "VideoObject"), ("audio", "AudioObject"), ("associatedMedia", ""), ("encoding", "")):
        for each in graph.values(node.at(name)):
            yield from _file(each, base, kind)
    for name in ("image", "primaryImageOfPage", "thumbnailUrl"):
        for each in graph.values(node.at(name)):
            yield from _file(each, base, "ImageObject")


def _file(place: Doc, base: str, kind: str) -> Iterator[Media]:
    kinds = types_of(place) | {kind}
    still = absolute(base, _first(place, "thumbnailUrl")) or url_in(place.at("thumbnail"), base)
    mime = _first(place, "encodingFormat")
    width, height = place.at("width").integer, place.at("height").integer
    if "VideoObject" in kinds or "AudioObject" in kinds:
        sort: MediaType = "Video" if "VideoObject" in kinds else "Audio"
        url = absolute(base, place.words) or absolute(base, _first(place, "contentUrl"))
        player = absolute(base, _first(place, "embedUrl"))
    elif "ImageObject" in kinds:
        sort, player, still = "Image", None, None
        url = absolute(base, place.words) or absolute(base, _first(place, "contentUrl", "url"))
    else:
        sort, player, still = "Document", None, None
        url = absolute(base, _first(place, "contentUrl"))
    if url is None and player is None and still is None:
        return
    best = (Rendition(url, "best", mime, width, height),) if url else ()
    files = (*best, Rendition(still, "thumb")) if still else best
    why = "" if files else "the page names a player, and no file"
    yield Media(
        sort,
        name=_first(place, "name"),
        description=_first(place, "caption", "description"),
        url=player,
        duration=_seconds(_first(place, "duration")),
        renditions=files,
        why=why,
    )


def _seconds(said: Found[str] | None) -> Found[int] | None:
    match = _DURATION.fullmatch(said.value.strip()) if said is not None else None
    if said is None or match is None or not any(match.groups()):
        return None
    days, hours, minutes, rest = (int(each or 0) for each in match.groups())
    return Found(days * 86_400 + hours * 3_600 + minutes * 60 + rest, said.exchange, said.at)


def _counts(node: Doc, graph: Graph) -> Iterator[Count]:
    for each in graph.values(node.at("interactionStatistic")):
        action = each.at("interactionType")
        named = [action.value, *types_of(action), action.at("@id").value]
        words = next((str(name).rpartition("/")[2] for name in named if isinstance(name, str)), "")
        value = each.at("userInteractionCount").integer
        if value is not None and value.value >= 0 and _ACTION.fullmatch(words):
            yield Count(_COUNTS.get(words, words.removesuffix("Action").lower()), value)
    for name, meaning in (("commentCount", "replies"), ("interactionCount", "views")):
        value = node.at(name).integer
        if value is not None and value.value >= 0:
            yield Count(meaning, value)


def _beside(node: Doc, graph: Graph, others: tuple[Doc, ...], base: str) -> Iterator[Post]:
    for name in ("relatedLink", "isPartOf"):
        for each in graph.values(node.at(name)):
            url = absolute(base, each.words) or absolute(base, each.at("url").words)
            if url is not None:
                yield Post("Page", url=url, name=_first(each, "name", "headline"))
    yield from _articles(others, base)


def _articles(others: tuple[Doc, ...], base: str) -> Iterator[Post]:
    for each in others:
        url = url_in(each, base) or url_in(each.at("mainEntityOfPage"), base)
        if url is not None:
            published = time_told(_first(each, "datePublished"))
            yield Post("Article", url=url, name=_first(each, "headline", "name"), published=published)


def _free(node: Doc, graph: Graph) -> Found[bool] | None:
    """Return False where the page says that it, or a part of it, is not free to read."""
    for each in (node, *graph.values(node.at("hasPart"))):
        place = each.at("isAccessibleForFree")
        words = place.words
        if place.value is False or (words is not None and words.value.strip().lower() in _FALSE):
            return Found(False, place.exchange, place.pointer)
    return None
