"""How a page stands: by statuses, headers, redirects, and by whether it tells anything of itself."""

from typing import Final

from archiver.model.platform import PostKey, Seen, Standing, State
from archiver.platforms.contract import NOT_ONE
from archiver.platforms.page.addresses import host_of, leads_back, same_page
from archiver.platforms.page.answers import asked_first, page_of
from archiver.platforms.page.reading import Reading, read
from archiver.platforms.places import path_of
from archiver.platforms.statuses import is_challenge

_STATES: Final[dict[int, State]] = {
    401: "login_required",
    404: "not_found",
    410: "not_found",
    429: "rate_limited",
    451: "geo_blocked",
}


def standing_of(key: PostKey, seen: tuple[Seen, ...]) -> Standing:
    """Return how the page at the address of `key` stands."""
    page = page_of(seen)
    if page is None:
        return Standing("unavailable_unknown", "page.not-asked")
    if page.failure or not page.status:
        return Standing("unavailable_unknown", "page.failed", page.number)
    if is_challenge(page):
        return Standing("challenge", "page.challenge", page.number)
    if not 200 <= page.status < 300:
        state = _STATES.get(page.status, "unavailable_unknown")
        return Standing(state, f"page.status-{page.status}", page.number)
    return _shown(page, seen, read(seen))


def _shown(page: Seen, seen: tuple[Seen, ...], found: Reading) -> Standing:
    if _is_door(page, seen, found):
        return Standing("unavailable_unknown", "page.redirect.leads-back", page.number)
    if found.post is None:
        return Standing("unavailable_unknown", f"page.{found.kind}{NOT_ONE}", page.number)
    where = f"page.html.{found.by}" if found.kind == "html" else f"page.{found.by}"
    return Standing("available", where, page.number)


def _is_door(page: Seen, seen: tuple[Seen, ...], found: Reading) -> bool:
    """Whether what came is a door before the page: a redirect led to an address that holds the one that was asked.

    A page that is an article, or says that it is the one that was asked, is none.
    """
    first = asked_first(seen)
    if first is None or first.number == page.number or not 300 <= first.status < 400:
        return False
    if host_of(first.url) == host_of(page.url) and path_of(first.url).rstrip("/") == path_of(page.url).rstrip("/"):
        return False
    post = found.post
    if post is not None and (post.type not in ("Page", "Image") or (post.url and same_page(post.url.value, first.url))):
        return False
    return leads_back(page.url, first.url)
