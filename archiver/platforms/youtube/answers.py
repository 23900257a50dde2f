"""The answers of YouTube, each read once (docs/spec/platforms/youtube.md §What is asked)."""

import re
from dataclasses import dataclass
from typing import Final

from archiver.model.media import ROLE
from archiver.model.platform import PostKey, Seen
from archiver.model.post import Found
from archiver.platforms.html import Element
from archiver.platforms.places import host_of
from archiver.platforms.reading import Doc, json_in
from archiver.platforms.youtube.scripts import DATA, PLAYER, SETTINGS, scripted

_COUNTRY = re.compile(r"[A-Z]{2}")
_NOTHING: Final = Doc(None, 0)


@dataclass(frozen=True, slots=True)
class Answers:
    """What came: `page` is the markup without scripts, `shown` the answer of the player within it, `data` what stands
    around the video.

    `player` is the answer that was asked for besides, `card` that of oEmbed, `api` that of the Data API. Whatever did
    not come holds nothing. `hops` are all exchanges but those of the program for media.
    """

    hops: tuple[Seen, ...]
    page: Element
    shown: Doc
    data: Doc
    country: Found[str] | None
    player: Doc
    card: Doc
    api: Doc

    @property
    def players(self) -> tuple[tuple[str, Doc], ...]:
        """The answers of the player, with the names of the places where they stand."""
        return (("page", self.shown), ("player", self.player))

    def last(self, role: str) -> Seen | None:
        """Return the last exchange of a role: behind redirects, the answer."""
        return next((each for each in reversed(self.hops) if each.role == role), None)

    def of(self, beginning: str) -> tuple[Seen, ...]:
        """Return the exchanges whose roles begin so, in order."""
        return tuple(each for each in self.hops if each.role.startswith(beginning))

    def item(self, key: PostKey) -> Doc:
        """Return the video as the Data API tells it, nothing where it tells of none or of another one."""
        item = self.api.at("items", 0)
        return item if item.at("id").value == key.part("id") else _NOTHING

    def told(self, key: PostKey) -> tuple[Doc, ...]:
        """Return the answers of the player that are about this video: another one is put in its place at times."""
        return tuple(doc for _, doc in self.players if about(doc) == key.part("id"))


def about(player: Doc) -> str:
    """Return the id of the video that an answer of the player tells about, "" where it tells of none."""
    found = (
        player.at("videoDetails", "videoId").words
        or player.at("microformat", "playerMicroformatRenderer", "externalVideoId").words
    )
    return found.value if found is not None else ""


def of_youtube(url: str) -> bool:
    """Return whether an address is one of YouTube's own site, where its data stand."""
    host = host_of(url)
    return (host == "youtube.com" or host.endswith(".youtube.com")) and not host.startswith("consent.")


def read(seen: tuple[Seen, ...]) -> Answers:
    """Return what is in the answers."""
    hops = tuple(each for each in seen if each.role != ROLE)
    last = {each.role: each for each in hops}
    page, values = _page(last.get("page"))
    country = values.get(SETTINGS, _NOTHING).at("INNERTUBE_CONTEXT_GL").words
    return Answers(
        hops,
        page,
        values.get(PLAYER, _NOTHING),
        values.get(DATA, _NOTHING),
        country if country is not None and _COUNTRY.fullmatch(country.value) else None,
        _json(last.get("player")),
        _json(last.get("oembed")),
        _json(last.get("api.video")),
    )


def _page(seen: Seen | None) -> tuple[Element, dict[str, Doc]]:
    if seen is None or not seen.body:
        return Element(None, seen.number if seen is not None else 0), {}
    page = scripted(seen)
    return page.markup, page.values if of_youtube(seen.url) else {}


def _json(seen: Seen | None) -> Doc:
    return json_in(seen) if seen is not None and seen.status == 200 else _NOTHING
