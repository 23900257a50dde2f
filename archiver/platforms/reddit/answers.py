"""The answers of Reddit: its interface for programs, its feed of a post, and what it tells for embedding (oEmbed)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Found
from archiver.platforms.reading import MAX_ITEMS, Doc, json_in
from archiver.platforms.reddit.addresses import name_of
from archiver.platforms.xml import Part, entries, xml_in

INFO: Final = "api.info"
API_THREAD: Final = "api.thread"  # with answers, which were wanted
API_REASON: Final = "api.reason"  # without any: only how the post stands
FEED: Final = "feed"
FEED_THREAD: Final = "feed.thread"
OEMBED: Final = "oembed"
DELETED: Final = "[deleted]"  # in place of what its author deleted, and of an account that is gone
REMOVED: Final = "[removed]"  # in place of what moderators or Reddit removed
ROLES: Final = (INFO, API_THREAD, API_REASON, FEED, FEED_THREAD, OEMBED)

_WHOLE = re.compile(r"([0-9]{1,12})(?:\.0{1,6})?")


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered: `item` is what is meant as the interface tells it, `above` the post that a comment is under.

    `entry` and `entry_above` are the same in the feed. Each holds nothing where it is not told.
    """

    last: dict[str, Seen]
    thread: Doc
    item: Doc
    above: Doc
    entry: Part
    entry_above: Part
    entries: tuple[Part, ...]
    oembed: Doc

    def seen(self, *roles: str) -> Seen | None:
        """Return the last exchange of the first of these roles that was asked for."""
        return next((self.last[role] for role in roles if role in self.last), None)


def read(key: PostKey, seen: tuple[Seen, ...]) -> Answers:
    """Return the answers that are there."""
    last = {each.role: each for each in seen if each.role in ROLES}
    things: dict[str, Doc] = {}
    thread = Doc(None, 0)
    for role in (INFO, API_THREAD, API_REASON):
        if role in last and last[role].status == 200:
            answer = json_in(last[role])
            thread = answer.at(1) if role == API_THREAD else thread
            for listing in (answer, answer.at(0), answer.at(1)):
                for thing in children(listing):
                    name = thing.at("data", "name").id
                    if name is not None:
                        things.setdefault(name.value, thing.at("data"))
    told = [each for role in (FEED, FEED_THREAD) if role in last and last[role].status == 200
            for each in entries(xml_in(last[role]))]  # fmt: skip
    named = {name.value: each for each in reversed(told) if (name := each.first("id").text)}
    nothing, post = Doc(None, 0), f"t3_{key.part('id')}"
    embed = last.get(OEMBED)
    oembed = json_in(embed) if embed is not None and embed.status == 200 else nothing
    return Answers(
        last,
        thread,
        things.get(name_of(key), nothing),
        things.get(post, nothing),
        named.get(name_of(key), Part(None, 0)),
        named.get(post, Part(None, 0)),
        tuple(told),
        oembed if oembed.at("title").words else nothing,
    )


def children(listing: Doc) -> tuple[Doc, ...]:
    """Return the things of a listing."""
    return listing.at("data", "children").items


def replies_in(thread: Doc, most: int) -> Iterator[Doc]:
    """Yield the comments and the marks of those left out, each comment before its answers; `most` of them at most."""
    waiting = list(reversed(children(thread)))
    for _ in range(min(most, MAX_ITEMS)):
        if not waiting:
            return
        thing = waiting.pop()
        yield thing
        waiting += reversed(children(thing.at("data", "replies")))


def asked_for(url: str) -> int:
    """Return how many answers of other people the address of a request asks for, 0 where it does not say."""
    try:
        asked = dict(parse_qsl(urlsplit(url).query[:2000])).get("limit", "")
    except ValueError:
        return 0
    return int(asked) if re.fullmatch("[0-9]{1,4}", asked) else 0


def seconds(at: Doc) -> Found[int] | None:
    """Return the seconds that stand here: Reddit writes whole ones with a fraction of zero."""
    if at.integer is not None:
        return at.integer
    said = at.number
    match = _WHOLE.fullmatch(said.value) if said is not None else None
    return Found(int(match[1]), at.exchange, at.pointer) if match else None


def reason_of(seen: Seen) -> str:
    """Return the name of the reason with which Reddit refuses, "" where it gives none."""
    said = json_in(seen).at("reason").words if seen.status in {403, 404} and seen.body else None
    return said.value if said is not None and re.fullmatch("[a-z_]{1,40}", said.value) else ""
