"""What the answers of Meta's sites come to where the page does not tell the post itself."""

from collections.abc import Callable

from archiver.model.platform import Seen, Standing
from archiver.platforms.html import Element
from archiver.platforms.meta import preview
from archiver.platforms.meta.answers import by_status, embedding, is_whole, last
from archiver.platforms.meta.keys import PAGE


def of_story(platform: str, seen: tuple[Seen, ...]) -> Standing:
    """Return how a story stands, which nobody is shown without a login."""
    answer = last(seen, PAGE)
    refused = by_status(platform, seen, PAGE)
    if refused is not None and refused.state == "rate_limited":
        return refused
    return Standing("login_required", f"{platform}.address.story", answer.number if answer is not None else 0)


def untold(
    platform: str,
    seen: tuple[Seen, ...],
    page: Element,
    is_mine: Callable[[str], bool],
    absent: Callable[[], Standing],
) -> Standing:
    """Return how a post stands that its page does not tell: by what other sites may show, or as `absent` says."""
    whole = is_whole(seen, PAGE)
    if whole and preview.shows(page, is_mine):
        return Standing("needs_browser", f"{platform}.page.preview", page.exchange)
    said = embedding(platform, seen, is_mine)
    if whole and said is not None and said.state == "needs_browser":
        return said
    found = absent()
    limited = said is not None and said.state == "rate_limited"
    return said if said is not None and limited and found.state == "unavailable_unknown" else found


def of_nothing(platform: str, seen: tuple[Seen, ...]) -> Standing:
    """Return what is left to say of a page that shows nothing at all."""
    answer = last(seen, PAGE)
    cut = answer is not None and not answer.whole
    number = answer.number if answer is not None else 0
    return Standing("unavailable_unknown", f"{platform}.page.{'broken-off' if cut else 'nothing'}", number)
