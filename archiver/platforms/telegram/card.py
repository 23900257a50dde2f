"""The card of a channel, a group or an account: its own page, and the head of the page of its messages."""

import re
from typing import Final

from archiver.model.post import Actor, ActorType, Count, Found, Post
from archiver.platforms.html import Element
from archiver.platforms.telegram.values import count
from archiver.platforms.telegram.widget import Pages

_NUMBERED = re.compile(r"([0-9][0-9 \u00a0\u202f]{0,20}(?:\.[0-9]{1,3})?[KMB]?)[ \u00a0]([a-z][a-z ]{0,30})")
_TYPES: Final[dict[str, ActorType]] = {
    "subscribers": "Group",
    "subscriber": "Group",
    "members": "Group",
    "member": "Group",
    "monthly users": "Service",
}
_MAX_COUNTERS: Final = 10


def card_of(pages: Pages, channel: Actor | None) -> Post | None:
    """Return what is told of the channel itself; `channel` is how a message names it. None where there is no card.

    Numbers are those of its own page, which are exact, and from the other one what only that has.
    """
    own, head = pages.page.get("card"), pages.page.get("around")
    title = pages.card("card") or pages.card("around")
    if not title:
        return None
    counts = {each.name: each for page, read in ((head, _counters), (own, _extra)) if page for each in read(page)}
    page = own if pages.card("card") else head
    description = ":is(.tgme_page_description, .tgme_channel_info_description)"
    return Post(
        "Page",
        attributed_to=_actor(title, head or Element(None, 0), channel, tuple(counts)),
        name=_name(title),
        summary=page.first(description).text if page else None,
        counts=tuple(counts.values()),
    )


def _actor(title: Element, head: Element, channel: Actor | None, counted: tuple[str, ...]) -> Actor:
    named = head.first(".tgme_channel_info_header_username a")
    badge = title.first(".verified-icon") or head.first(".tgme_channel_info_header_labels .verified-icon")
    verified = Found(True, badge.exchange, badge.path) if badge else None
    if channel is not None:
        return Actor(
            "Group", channel.id, channel.preferred_username, channel.name or _name(title), channel.url,
            channel.verified or verified,
        )  # fmt: skip
    kind: ActorType = next((_TYPES[each] for each in counted if each in _TYPES), "Group" if named else "Person")
    username = named.text
    if username is not None:
        username = Found(username.value.removeprefix("@"), username.exchange, username.at)
    return Actor(kind, None, username, _name(title), named.attribute("href"), verified)


def _name(title: Element) -> Found[str] | None:
    return (title.first("span") or title).text  # beside it stand badges, which have words of their own


def _extra(page: Element) -> tuple[Count, ...]:
    said = page.first(".tgme_page_extra").text
    found = _NUMBERED.finditer(said.value[:200]) if said else ()
    counts = (count(match[2].strip(), Found(match[1], said.exchange, said.at)) for match in found if said)
    return tuple(each for each in counts if each is not None)


def _counters(page: Element) -> tuple[Count, ...]:
    found = []
    for counter in page.css(".tgme_channel_info_counter")[:_MAX_COUNTERS]:
        name = counter.first(".counter_type").text
        found.append(count(name.value[:30], counter.first(".counter_value").text) if name else None)
    return tuple(each for each in found if each is not None)
