"""Times, channels, counts and tags as the data of YouTube tell them."""

import re
from typing import Final

from archiver.model.post import Actor, Found, Moment, Tag
from archiver.platforms.moments import rfc3339, unclear
from archiver.platforms.reading import Doc
from archiver.platforms.youtube.addresses import SITE
from archiver.platforms.youtube.words import link, target_of, words

MAX_TAGS: Final = 500

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HANDLE = re.compile(r"/(@[^/?#]{1,100})")
_VERIFIED: Final = frozenset({"BADGE_STYLE_TYPE_VERIFIED", "BADGE_STYLE_TYPE_VERIFIED_ARTIST"})


def moment(found: Found[str] | None) -> Moment | None:
    """Return a time with its offset; of a day alone it is not known whose day it was, so no time is made from it."""
    if found is not None and _DAY.fullmatch(found.value):
        return unclear(found, "day", "server")
    return rfc3339(found)


def handle_in(url: Found[str] | None) -> Found[str] | None:
    """Return the handle in the address of a channel."""
    match = _HANDLE.search(url.value) if url is not None else None
    return Found(match[1], url.exchange, url.at) if match is not None and url is not None else None


def channel(number: Found[str] | None, name: Found[str] | None, url: Found[str] | None = None) -> Actor | None:
    """Return who posted. A channel may be that of a person or of a group: the data do not say."""
    if number is None and name is None:
        return None
    if url is None and number is not None:
        url = Found(f"{SITE}/channel/{number.value}", number.exchange, number.at)
    elif url is not None:
        url = Found(target_of(url.value), url.exchange, url.at)
    return Actor("Group", id=number, preferred_username=handle_in(url), name=name, url=url)


def verified(badges: Doc) -> Found[bool] | None:
    """Return that YouTube vouches for a channel, None where no badge says so."""
    for each in badges.items:
        style = each.at("metadataBadgeRenderer", "style").words
        if style is not None and style.value in _VERIFIED:
            return Found(True, style.exchange, style.at)
    return None


def keywords(told: Doc) -> tuple[Tag, ...]:
    """Return the words that the uploader filed a video under."""
    return tuple(Tag("Hashtag", name=found) for each in told.items[:MAX_TAGS] if (found := each.words) is not None)


def linked(described: Doc) -> tuple[Tag, ...]:
    """Return the links in a text of the form that has `commandRuns`: positions are counted in UTF-16."""
    whole = words(described)
    units = whole.value.encode("utf-16-le", "replace") if whole is not None else b""
    found = []
    for each in described.at("commandRuns").items[:MAX_TAGS]:
        leads = link(each.at("onTap", "innertubeCommand"))
        start, length = each.at("startIndex").integer, each.at("length").integer
        if leads is None:
            continue
        shown = b""
        if start is not None and length is not None and start.value >= 0 and length.value > 0:
            shown = units[2 * start.value : 2 * (start.value + length.value)]
        name = shown.decode("utf-16-le", "replace").strip()
        found.append(_tag(leads, Found(name, each.exchange, each.pointer) if name else None))
    return tuple(found)


def run_links(runs: Doc) -> tuple[Tag, ...]:
    """Return the links in a text that is told in pieces."""
    found = []
    for each in runs.items[:MAX_TAGS]:
        leads = link(each.at("navigationEndpoint"))
        if leads is not None:
            found.append(_tag(leads, each.at("text").words))
    return tuple(found)


def _tag(leads: Found[str], name: Found[str] | None) -> Tag:
    if leads.value.startswith(f"{SITE}/hashtag/"):
        return Tag("Hashtag", name, leads)
    if leads.value.startswith((f"{SITE}/@", f"{SITE}/channel/")):
        return Tag("Mention", name, leads)
    return Tag("Link", name, leads)
