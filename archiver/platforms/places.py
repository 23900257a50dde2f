"""Where addresses and redirects lead. Nothing here raises, whatever stands in them."""

from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import PostKey, Seen


def path_of(url: str) -> str:
    """Return the path of `url`, "" where it has none."""
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def query_of(url: str) -> str:
    """Return the query of `url`, "" where it has none."""
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """Return the host of `url` in small letters, "" where it has none."""
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""


def joined(base: str, place: str) -> str:
    """Return the address that `place` means in an answer from `base`, "" where it means none."""
    try:
        return urljoin(base, place) if place else ""
    except ValueError:
        return ""


def led_to(match: Callable[[Address], PostKey | None], base: str, place: str) -> PostKey | None:
    """Return the post that `match` finds behind `place`, to which an answer from `base` leads; None for none."""
    try:
        return match(Address.parse(joined(base, place)))
    except UsageError:
        return None


def followed(key: PostKey, seen: tuple[Seen, ...], short: str, match: Callable[[Address], PostKey | None]) -> PostKey:
    """Return the post that a short link turned out to lead to, under the id of the link; `key` itself where it is none.

    `short` is the kind of such links, and how the roles of their answers begin. A link that leads to another one is
    that one.
    """
    for each in seen:
        if key.kind == short and each.role.startswith(short):
            found = led_to(match, each.url, each.header("location"))
            if found is not None:
                key = PostKey(key.platform, key.id, found.kind, found.parts)
    return key
