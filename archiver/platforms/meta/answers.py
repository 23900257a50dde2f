"""What an answer of Meta says by its status, by where it leads, and what the interface for embedding answers.

That interface (oEmbed) asks for no token since 2026. It says that a post can be shown on other sites, gives markup that
loads it there, and nothing of what the post says.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote

from archiver.model.platform import Seen, Standing, State, Target
from archiver.model.post import Found
from archiver.platforms.html import markup_in
from archiver.platforms.places import host_of, joined, path_of, query_of
from archiver.platforms.reading import json_in
from archiver.platforms.statuses import STATES

GRAPH: Final = "https://graph.facebook.com/v26.0"
"""The interface with its version of 2026: an older one ends two years after the next came, and this number is all that
has to follow."""
OEMBED: Final = "oembed"  # role

_LIMITS: Final = frozenset({4, 17, 32, 613})  # codes of errors: too much was asked
_PERMALINKS: Final = ("data-instgrm-permalink", "data-text-post-permalink", "data-href", "cite")
_MAX_LINKS: Final = 20

Places = tuple[tuple[re.Pattern[str], State, str], ...]
"""Paths (or paths with their query) to which readers are sent away, the state that each means, the name of the rule."""


def last(seen: Iterable[Seen], role: str) -> Seen | None:
    """Return the last answer to what was asked in this role: behind redirects the one that counts."""
    return next((each for each in reversed(tuple(seen)) if each.role == role), None)


def way(seen: Iterable[Seen], role: str) -> tuple[tuple[str, int], ...]:
    """Return where the asking in this role led: each address with the number of the exchange that names it."""
    found: list[tuple[str, int]] = []
    for each in seen:
        if each.role == role:
            found.append((each.url, each.number))
            if 300 <= each.status < 400 and (there := joined(each.url, each.header("location"))):
                found.append((there, each.number))
    return tuple(found)


def sent_away(platform: str, seen: Iterable[Seen], role: str, places: Places) -> Standing | None:
    """Return what it means that the reader was sent to one of `places`, None where he was not."""
    for url, number in (each for each in way(seen, role) if host_of(each[0])):
        path, query = path_of(url) or "/", query_of(url)
        for pattern, state, name in places:
            if pattern.fullmatch(path) or pattern.fullmatch(f"{path}?{query}"):
                return Standing(state, f"{platform}.redirect.{name}", number)
    return None


def by_status(platform: str, seen: tuple[Seen, ...], role: str) -> Standing | None:
    """Return what the status of an answer means, None for 200."""
    answer = last(seen, role)
    if answer is None:
        return Standing("unavailable_unknown", f"{platform}.{role}.not-asked")
    if answer.failure or not answer.status:
        return Standing("unavailable_unknown", f"{platform}.{role}.failed", answer.number)
    if answer.status == 200:
        return None
    state = STATES.get(answer.status, "unavailable_unknown")
    return Standing(state, f"{platform}.{role}.status-{answer.status}", answer.number)


def is_whole(seen: tuple[Seen, ...], role: str) -> bool:
    """Return whether all came that was asked in this role: what a page that broke off, or a fault in its place, does
    not show may well be shown."""
    answer = last(seen, role)
    return answer is not None and answer.whole and 0 < answer.status < 500


def oembed(endpoint: str, url: str) -> Target:
    """Return the question whether the post at `url` can be shown on other sites."""
    return Target(OEMBED, f"{endpoint}?url={quote(url, safe='')}")


def embeddable(seen: tuple[Seen, ...], is_mine: Callable[[str], bool]) -> Found[str] | None:
    """Return the address of the post in the markup for other sites, None where none is given for this very post."""
    answer = last(seen, OEMBED)
    html = json_in(answer).at("html").words if answer is not None and answer.status == 200 else None
    if html is None:
        return None
    markup = markup_in(html)
    for name in _PERMALINKS:
        for element in markup.css(f"[{name}]")[:_MAX_LINKS]:
            found = element.attribute(name)
            if found is not None and is_mine(found.value):
                return found
    return None


def embedding(platform: str, seen: tuple[Seen, ...], is_mine: Callable[[str], bool]) -> Standing | None:
    """Return what the interface for embedding says of the post, None where it was not asked or says nothing."""
    found = embeddable(seen, is_mine)
    if found is not None:
        return Standing("needs_browser", f"{platform}.oembed.embeddable", found.exchange)
    answer = last(seen, OEMBED)
    if answer is None:
        return None
    code = json_in(answer).at("error", "code").integer
    if answer.status == 429 or (code is not None and code.value in _LIMITS):
        return Standing("rate_limited", f"{platform}.oembed.limit", answer.number)
    return None
